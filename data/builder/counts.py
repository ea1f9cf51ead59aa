"""How large a part of a language's people bears a surname, from open counts, as counts.toml says.

Greek, Irish and Scottish have none. data/counts/SOURCES.md tells where the files are from.
"""

import csv
import gzip
import tomllib
import unicodedata
from collections import Counter, defaultdict
from collections.abc import Iterator
from functools import cache
from pathlib import Path

from . import arabic, lists
from .languages import curated_names
from .spelling import match_key

FOLDER = Path(__file__).resolve().parent.parent / "counts"
COUNTRIES = tomllib.loads(Path(__file__).with_name("counts.toml").read_text(encoding="utf-8"))
STRESS = "\u0301"  # on Russian vowels; no Russian letter has it


@cache
def rates(language: str) -> dict[str, float]:
    """Return {match key of a surname: share of the language's people who bear it}.

    It is the largest that a source gives for a country, averaged over the countries by their
    people, where a name that is not listed counts 0.
    """
    countries = COUNTRIES.get(language, {}).values()
    people, found = sum(country["people"] for country in countries), Counter()
    for country in countries:
        shares = Counter()
        for source, total in country["sources"].items():
            by_key = Counter()
            for spellings, bearers in _counted(*source.split()):
                by_key.update(dict.fromkeys(map(match_key, spellings), bearers / total))
            shares |= by_key  # the larger one of each
        for key, share in shares.items():
            found[key] += share * country["people"] / people
    return found


def _counted(kind: str, place: str = "") -> Iterator[tuple[set[str], float]]:
    """Yield the spellings of each name of a source, and its bearers."""
    match kind:
        case "cc0":
            yield from _cc0(place)
        case "faker":
            yield from (({name}, n) for name, n in lists.faker_weights(place).items())
        case "sinonym":  # in simplified characters; one may have several traditional ones
            forms = lists.traditional_characters()
            for row in lists.sinonym_rows("familyname_orcid"):
                yield {row["surname"], *forms.get(row["surname"], [])}, float(row["ppm"])
        case "korean":  # of families with one Hangul name the first has nearly all the bearers
            weights, families = lists.faker_weights("ko_KR"), Counter()
            yield from (({name}, n) for name, n in weights.items())
            for hangul, *hanja in map(str.split, curated_names("korean_native")):
                for character in hanja:
                    yield {character}, weights[hangul] / 10 ** families[hangul]
                    families[hangul] += 1
        case "japanese":
            for kanji, bearers, kana, romaji in lists.japanese_rows("last_name_org"):
                latin = {romaji, lists.shorten_vowels(romaji)}
                yield {kanji, kana, lists.to_katakana(kana), *latin}, int(bearers)
        case "arabic":
            named = (name for name in arabic.surnames() if name.group == "Arabic")
            yield from (({name.text, name.link}, name.weight) for name in named)
        case _:  # INE, PESEL
            for path in sorted(FOLDER.glob(f"*_{kind}_*.csv.gz")):
                yield from (({row["name"]}, int(row["bearers"])) for row in _rows(path))


def _rows(path: Path) -> list[dict[str, str]]:
    with gzip.open(path, "rt", encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))


def _cc0(country: str) -> Iterator[tuple[set[str], float]]:
    """Yield the names of a country: the rows of a "Name Group" share one count."""
    groups = defaultdict(set)
    for row in _rows(FOLDER / "cc0_common_surnames_by_country.csv.gz"):
        if row["Country"] == country:  # Vietnamese have Han beside them, which nobody writes
            both = f"{row['Romanized Name']}/{row['Localized Name'] if country != 'VN' else ''}"
            both = unicodedata.normalize("NFC", both).replace(STRESS, "")
            groups[row["Name Group"], float(row["Count"] or 0)].update(both.split("/"))
    yield from ((spellings - {""}, bearers) for (_, bearers), spellings in groups.items())
