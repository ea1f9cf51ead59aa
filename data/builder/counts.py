"""How large a part of a language's people bears a surname, from open counts, as counts.toml says.

Greek, Irish, Italian and Scottish have none. data/counts/SOURCES.md tells where the files are from.
"""

import csv
import gzip
import tomllib
import unicodedata
from collections import Counter, defaultdict
from collections.abc import Iterator
from functools import cache
from pathlib import Path

from model.core import normalise

from . import arabic, lists
from .curated import curated_lists, curated_names
from .spelling import clean_spelling, match_key, script_of, with_marks

FOLDER = Path(__file__).resolve().parent.parent / "counts"
FACTS = tomllib.loads(Path(__file__).with_name("counts.toml").read_text(encoding="utf-8"))
STRESS = "\u0301"  # on Russian vowels; no Russian letter has it
_TO_KATAKANA = {code: code + 0x60 for code in range(ord("ぁ"), ord("ゖ") + 1)}


@cache
def rates(language: str) -> dict[str, float]:
    """Return {surname as a source spells it: share of the language's people who bear it}.

    Spellings of one `match_key` share one rate: the largest that a source gives for a country,
    averaged over the countries by their people, where a name that is not listed counts 0. What is
    romanised is an upper bound: each way to write a name in Latin letters has the bearers of them
    all (이: Lee, Yi, Rhee), and one that several names share has their sum. The main hanja of a
    Hangul name has all its bearers, the others none.
    """
    countries = FACTS["rates"].get(language, {}).values()
    people = sum(country["people"] for country in countries)
    found, keys = Counter(), {}
    for country in countries:
        shares = Counter()
        for source, total in country["sources"].items():
            by_key = Counter()
            for spellings, bearers in _counted(*source.split()):
                keys |= {spelling: match_key(spelling) for spelling in sorted(spellings) if bearers}
                by_key.update(dict.fromkeys(map(match_key, spellings), bearers / total))
            shares |= by_key  # the larger one of each
        for key, share in shares.items():
            found[key] += share * country["people"] / people
    return {spelling: found[key] for spelling, key in keys.items()}


@cache
def ranked(language: str) -> list[str]:
    """Return the surnames of a language, most borne first: those with rates, then ranked lists'."""
    found = rates(language)
    names = sorted(found, key=lambda name: -found[name])
    for spellings, _ in _cc0(FACTS["ranks"].get(language, "")):
        names += sorted(spellings)
    for listed in [*lists.surname_lists(), *lists.package_lists("native"), *curated_lists()]:
        if listed.group == language and listed.ranked:
            for name in listed.names:
                latin = clean_spelling(name) if script_of(name) == "Latin" else None
                names.append(with_marks(name, latin) if latin else name)
    return list(dict.fromkeys(names))


def _counted(kind: str, place: str = "") -> Iterator[tuple[set[str], float]]:
    """Yield the spellings of each name of a source, and its bearers."""
    if kind == "cc0":
        yield from _cc0(place)
    elif kind == "faker":
        weights = lists.faker_weights(place).items()
        yield from ((_linked().get(name, {name}), weight) for name, weight in weights)
    elif kind == "sinonym":
        for row in lists.sinonym_rows("familyname_orcid"):
            yield _linked()[row["surname"]], float(row["ppm"])
    elif kind == "japanese":
        for kanji, bearers, kana, romaji in lists.japanese_rows("last_name_org"):
            latin = {romaji.capitalize(), lists.shorten_vowels(romaji).capitalize()}
            yield {kanji, kana, kana.translate(_TO_KATAKANA), *latin}, int(bearers)
    elif kind == "arabic":
        named = (name for name in arabic.surnames() if name.group == "Arabic")
        yield from (({name.text, name.link}, name.weight) for name in named)
    for path in sorted(FOLDER.glob(f"*_{kind}_*.csv.gz")):  # INE, PESEL
        yield from (({row["name"]}, int(row["bearers"])) for row in _rows(path))


def _rows(path: Path) -> list[dict[str, str]]:
    with gzip.open(path, "rt", encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))


def _cc0(country: str) -> Iterator[tuple[set[str], float]]:
    """Yield the names of a country: the rows of a "Name Group" share one count, 0 without one."""
    groups = defaultdict(set)
    for row in _rows(FOLDER / "cc0_common_surnames_by_country.csv.gz"):
        if row["Country"] == country:  # Vietnamese have Han beside them, which nobody writes
            both = f"{row['Romanized Name']}/{row['Localized Name'] if country != 'VN' else ''}"
            both = unicodedata.normalize("NFC", both).replace(STRESS, "")
            groups[row["Name Group"], float(row["Count"] or 0)].update(both.split("/"))
    yield from ((spellings - {""}, bearers) for (_, bearers), spellings in groups.items())


@cache
def _linked() -> dict[str, set[str]]:
    """Return {Chinese surname in Han or Korean one in Hangul: its spellings, the main hanja}."""
    latin, found = defaultdict(set), defaultdict(set)
    for row in lists.sinonym_rows("surname_romanizations"):
        if float(row["target_share"]) == 1:  # the others mostly stand for another name
            latin[row["mandarin_target"]].add(row["spelling"].capitalize())
    variants = lists.traditional_characters().items()
    simplified = str.maketrans({form: char for char, forms in variants for form in forms})
    taiwan = [name for name, _ in lists.faker_weights("zh_TW").most_common()]
    traditional = {name.translate(simplified): name for name in reversed(taiwan)}  # 于, not 於
    orcid = [row["surname"] for row in lists.sinonym_rows("familyname_orcid")]
    for name in [*orcid, *lists.faker_weights("zh_CN"), *traditional]:
        pinyin, both = normalise(name), {name, traditional.get(name, name)}
        for spelling in both:
            found[spelling] |= {*both, pinyin.capitalize(), *latin[pinyin]}
    korean = [set(line.split()) for line in curated_names("korean_native")]
    for groups in (korean, [spellings for spellings, _ in _cc0("KR")]):
        for hangul in {s for spellings in groups for s in spellings if script_of(s) == "Hangul"}:
            found[hangul] |= next(spellings for spellings in groups if hangul in spellings)
    return found
