"""Read the published surname lists into (group, source, names) records.

A list is ranked when its order, or a count beside each name, says how common the names are.
Does not weigh anything.
"""

import ast
import csv
import json
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache

from builder.packages import members
from builder.spelling import romanise_cyrillic, romanise_greek


@dataclass(frozen=True)
class NameList:
    """Surnames that one source gives for one language or outside nationality."""

    group: str
    source: str
    names: tuple[str, ...]
    ranked: bool = False


FAKER = {
    "Arabic": "fr_DZ", "Czech": "cs_CZ", "English": "en_GB",
    "French": "fr_FR fr_CA", "German": "de_DE de_AT", "Greek": "el_GR", "Irish": "en_IE",
    "Italian": "it_IT", "Portuguese": "pt_PT pt_BR", "Russian": "ru_RU",
    "Spanish": "es_ES es_MX es_CL es_CO es_AR",
    "Croatian": "hr_HR", "Danish": "da_DK", "Estonian": "et_EE",
    "Finnish": "fi_FI", "Hungarian": "hu_HU", "Icelandic": "is_IS", "Indian": "en_IN",
    "Kenyan": "en_KE", "Lithuanian": "lt_LT", "Latvian": "lv_LV", "Nigerian": "en_NG ig_NG yo_NG",
    "Norwegian": "no_NO", "Romanian": "ro_RO", "Slovak": "sk_SK", "Slovene": "sl_SI",
    "Swedish": "sv_SE", "Thai": "en_TH", "Turkish": "tr_TR", "Ukrainian": "uk_UA",
    "Azerbaijani": "az_AZ", "Uzbek": "uz_UZ", "Zulu": "zu_ZA", "Ghanaian": "tw_GH",
    "Bulgarian": "bg_BG",
}  # fmt: skip
# These faker lists give names in order of frequency (with or without weights).
FAKER_RANKED = set("fr_FR fr_CA ru_RU es_CL es_CO es_AR hu_HU en_GB".split())
MIMESIS = {
    "Czech": "cs", "Dutch": "nl", "French": "fr", "German": "de de-at", "Greek": "el",
    "Italian": "it", "Polish": "pl", "Portuguese": "pt pt-br", "Russian": "ru",
    "Spanish": "es es-mx",
    "Azerbaijani": "az", "Croatian": "hr", "Danish": "da", "Estonian": "et", "Finnish": "fi",
    "Hungarian": "hu", "Icelandic": "is", "Norwegian": "no", "Slovak": "sk", "Swedish": "sv",
    "Turkish": "tr", "Ukrainian": "uk",
}  # fmt: skip
ETHNICITY = {
    "Arabic": "arabic", "English": "english", "German": "german", "Italian": "italian",
    "Japanese": "japanese", "Russian": "russian", "Portuguese": "portuguese",
    "Spanish": "spanish", "Greek": "greek",
    "Iranian": "iranian", "Indian": "indian", "Turkish": "turkish", "Croatian": "south-slavic",
}  # fmt: skip
ROMANISE: dict[str, Callable[[str], str]] = {
    "Greek": romanise_greek,
    "Russian": romanise_cyrillic,
    "Ukrainian": romanise_cyrillic,
    "Bulgarian": romanise_cyrillic,
}


def read_lists() -> list[NameList]:
    """Return every list of every package."""
    return [*_faker(), *_mimesis(), *_ethnicity(), *_zxcvbn(), *_japanese()]


def _romanised(group: str, names: list[str]) -> tuple[str, ...]:
    romanise = ROMANISE.get(group, str)
    return tuple(romanise(name) for name in names)


def _faker() -> Iterator[NameList]:
    for group, locales in FAKER.items():
        for locale in locales.split():
            for names in faker_names(locale, "last_name"):
                ranked = locale in FAKER_RANKED
                yield NameList(group, "faker", _romanised(group, names), ranked)


def faker_names(locale: str, kind: str) -> Iterator[list[str]]:
    """Yield each list of a kind in a locale's module, which is read from its syntax tree, not run.

    The kind is a part of the list's name there: last_name or first_name.
    """
    tree = ast.parse(members("faker")[f"faker/providers/person/{locale}/__init__.py"])
    for node in ast.walk(tree):
        if isinstance(node, ast.Assign) and any(
            kind in getattr(target, "id", "") for target in node.targets
        ):
            yield _names_by_weight(node.value)


def _names_by_weight(value: ast.expr) -> list[str]:
    constants = [node.value for node in ast.walk(value) if isinstance(node, ast.Constant)]
    names = [c for c in constants if isinstance(c, str)]
    weights = [c for c in constants if isinstance(c, int | float) and not isinstance(c, bool)]
    if len(weights) == len(names):  # an OrderedDict of weights, not always in falling order
        names = [n for _, n in sorted(zip(weights, names, strict=True), key=lambda p: -p[0])]
    return names


def _mimesis() -> Iterator[NameList]:
    for group, locales in MIMESIS.items():
        for locale in locales.split():
            names = mimesis_names(locale, "surnames")
            yield NameList(group, "mimesis", _romanised(group, names))


def mimesis_names(locale: str, kind: str) -> list[str]:
    """Return a locale's list of a kind: surnames or (given) names."""
    data = json.loads(members("mimesis")[f"mimesis/datasets/{locale}/person.json"])
    names = data.get(kind) or []
    if isinstance(names, dict):
        names = [name for gender in sorted(names) for name in names[gender]]
    return names


def _ethnicity() -> Iterator[NameList]:
    for group, folder in ETHNICITY.items():
        for kind in ("last_names", "last_names_common"):
            path = f"ethnicity/data/{folder}/{kind}/{kind}_.txt"
            if path in members("ethnicity"):
                lines = members("ethnicity")[path].decode().splitlines()
                yield NameList(group, "ethnicity", tuple(lines))
    for group, folder in (("Turkish", "turkish"), ("Croatian", "south-slavic")):
        lines = members("ethnicity")[f"ethnicity/data/{folder}/full_names/full_names_.txt"]
        surnames = (line.split()[-1] for line in lines.decode().splitlines() if " " in line)
        yield NameList(group, "ethnicity", tuple(surnames))


ZXCVBN = (
    ("Polish", "pl", "maleLastnames", True),
    ("Polish", "pl", "femaleLastnames", True),
    ("German", "de", "lastnames", True),
    ("Spanish", "es-es", "lastnames", True),
    ("Italian", "it", "lastnames", False),
    ("Portuguese", "pt-br", "lastnames", False),
    ("Belgian", "nl-be", "lastnames", True),
)


def _zxcvbn() -> Iterator[NameList]:
    for group, code, file, ranked in ZXCVBN:
        package = f"@zxcvbn-ts/language-{code}"
        names = json.loads(members(package)[f"package/src/{file}.json"])
        yield NameList(group, package, tuple(names), ranked)


JAPANESE_PACKAGE = "japanese-personal-name-dataset"
_JAPANESE_FOLDER = "japanese_personal_name_dataset/dataset"


def japanese_rows(file: str) -> Iterator[list[str]]:
    """Yield kanji, bearers, hiragana, romaji of surnames; hiragana, romaji, kanji ... of others."""
    text = members(JAPANESE_PACKAGE)[f"{_JAPANESE_FOLDER}/{file}.csv"].decode()
    return csv.reader(text.splitlines())


def shorten_vowels(romaji: str) -> str:
    """Return romaji without long vowels, as passports write it: satou -> sato."""
    return re.sub("ou(?!e)", "o", romaji).replace("uu", "u").replace("oo", "o")


def _japanese() -> Iterator[NameList]:
    counts: dict[str, int] = {}
    for row in japanese_rows("last_name_org"):
        name = shorten_vowels(row[3])
        counts[name] = counts.get(name, 0) + int(row[1])
    by_count = sorted(counts, key=lambda name: (-counts[name], name))
    yield NameList("Japanese", JAPANESE_PACKAGE, tuple(by_count), ranked=True)


@cache
def japanese_given_names() -> frozenset[str]:
    """Return romanised Japanese given names, lower case: a trap among single-token names."""
    rows = (r for f in ("man", "woman") for r in japanese_rows(f"first_name_{f}_org"))
    return frozenset(shorten_vowels(row[1]) for row in rows if len(row) > 1)
