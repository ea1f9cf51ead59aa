"""How common each surname is in each of its languages: the core, the most common names, shares.

A name's rate is the part of a language's people that bears it: of counted persons, of a rank in a
list, or of open counts, whichever is largest. Languages count as if they were equally large.
counts.toml names the counts, of which Greek, Irish and Scottish have none; data/counts/SOURCES.md
tells where the files are from.
"""

import re
import tomllib
import unicodedata
from collections import Counter, defaultdict
from collections.abc import Container, Iterator
from functools import cache
from heapq import nlargest
from pathlib import Path

from model.data.pairs import TRAINED_RANK
from model.data.variation import folded

from . import lists
from .choose import is_outside
from .evidence import Evidence
from .languages import LANGUAGES, curated_names
from .native import arabic_surnames
from .rows import Rows, shuffled, unpacked
from .spelling import match_key, script_of

FOLDER = Path(__file__).resolve().parent.parent / "counts"
COUNTRIES = tomllib.loads(
    Path(__file__).with_name("counts.toml").read_text(encoding="utf-8")
)
STRESS = "\u0301"  # on Russian vowels; no Russian letter has it
COMMON_RANK, LIST_RANK = 300, 60
LEAST_RATE = 1e-6  # of a name that a source has and nobody counts
LEAST_SHARE = 0.1  # for a fair judge to accept a language
NOT_OWN = {"Hiragana", "Katakana"}  # scripts that no name is at home in
Ranks = dict[tuple[str, ...], int]  # row -> its rank in its language and script
Shares = dict[str, dict[str, float]]  # name -> language -> share


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
        case "cc0":  # the rows of a "Name Group" share one count
            groups = defaultdict(set)
            rows = unpacked(FOLDER / "cc0_common_surnames_by_country.csv.gz")
            for country, _, _, group, local, romanised, bearers, _ in rows:
                if (
                    country == place
                ):  # Vietnamese have Han beside them, which nobody writes
                    both = f"{romanised}/{local}" if place != "VN" else romanised
                    both = unicodedata.normalize("NFC", both).replace(STRESS, "")
                    groups[group, float(bearers or 0)] |= set(both.split("/")) - {""}
            yield from (
                (spellings, bearers) for (_, bearers), spellings in groups.items()
            )
        case "faker":
            yield from (
                ({name}, n) for name, n in next(lists.faker_weights(place)).items()
            )
        case (
            "sinonym"
        ):  # in simplified characters; one may have several traditional ones
            forms = lists.traditional_characters()
            for row in lists.sinonym_rows("familyname_orcid"):
                yield (
                    {row["surname"], *forms.get(row["surname"], [])},
                    float(row["ppm"]),
                )
        case (
            "hanja"
        ):  # of families with one Hangul name the first has nearly all the bearers
            weights, families = next(lists.faker_weights("ko_KR")), Counter()
            for hangul, *hanja in map(str.split, curated_names("korean_native")):
                for character in hanja:
                    yield {character}, weights[hangul] / 10 ** families[hangul]
                    families[hangul] += 1
        case "japanese":
            for texts, romaji, latin, bearers in lists.japanese_surnames():
                yield {*texts, romaji, latin}, bearers
        case "arabic":
            named = (name for name in arabic_surnames() if name.group == "Arabic")
            yield from (({name.text, name.key}, name.weight) for name in named)
        case _:  # INE, PESEL
            for path in sorted(FOLDER.glob(f"*_{kind}_*.csv.gz")):
                _, *rows = unpacked(path)  # without the header
                yield from (({name}, int(bearers)) for name, bearers in rows)


class Commonness:
    """The rate of every name in every language.

    `table` has the evidence on Latin names, `native` the names in other scripts, surest first.
    """

    def __init__(self, table: dict[str, Evidence], native: list[lists.Name]):
        self.table = table
        self.links = {(name.text, name.group): name.key for name in reversed(native)}

    def rate(self, text: str, language: str) -> float:
        """Return the part of the language's people that bears the name `text`.

        In another script than Han it has the persons of its Latin form.
        """
        key, script = match_key(text), script_of(text)
        latin = key if script == "Latin" else self.links.get((text, language), "")
        known = (
            self.table[latin].people.get(language, 0.0) if latin in self.table else 0.0
        )
        return max(rates(language).get(key, 0.0), known * (script != "Han"), LEAST_RATE)

    def unclaimed(self, claimed: Container[str]) -> dict[str, set[str]]:
        """Return {match key: {language}} of common names that no language claims by its own rules.

        They are of a language's first ranks, and not more common outside of all languages.
        """
        found = defaultdict(set)
        for language in LANGUAGES:
            names = [
                key
                for key, evidence in self.table.items()
                if language in evidence.rates
            ]
            for key in nlargest(
                TRAINED_RANK, names, key=lambda key: self.rate(key, language)
            ):
                if key not in claimed and not is_outside(language, self.table[key]):
                    found[key].add(language)
        return found

    def ranks(self, rows: Rows) -> Ranks:
        """Return the rank of each row among those of its language and script."""
        parts = defaultdict(list)
        for row in sorted(rows, key=lambda row: (-self.rate(*row), shuffled(row[0]))):
            parts[row[1], script_of(row[0])].append(row)
        return {
            row: rank
            for part in parts.values()
            for rank, row in enumerate(part, start=1)
        }

    def core(self, rows: Rows) -> set[str]:
        """Return the match keys of the names of the first ranks of a language.

        With a name in another script comes its Latin form, and with a Chinese one all ways to
        write the syllable.
        """
        common = [row for row, rank in self.ranks(rows).items() if rank <= TRAINED_RANK]
        keys = {(match_key(text), language) for text, language in common}
        keys |= {(self.links[row], row[1]) for row in common if row in self.links}
        for row in lists.sinonym_rows("surname_romanizations"):
            is_of_it = float(row["target_share"]) == 1
            if is_of_it and (match_key(row["mandarin_target"]), "Chinese") in keys:
                keys.add((match_key(row["spelling"]), ""))
        return {key for key, _ in keys}

    def shares(self, rows: Rows) -> Shares:
        """Return {name: {language: share}}, summing to 1 for each name of the rows.

        A spelling with marks is of the languages that write it so, one without of all.
        """
        found = defaultdict(dict)
        for text, language in rows:
            found[text][language] = found[folded(text)][language] = self.rate(
                text, language
            )
        for of_name in found.values():
            total = sum(of_name.values())
            of_name.update(
                {language: rate / total for language, rate in of_name.items()}
            )
        return found

    def listed(self, ranks: Ranks, shares: Shares) -> list[list]:
        """Return name, language, form, rank, rate and accepted languages of the first names.

        `ranks` and `shares` are those of all rows. A form is "own", in the language's own spelling
        or script, or "latin", in plain letters.
        """
        found, scripted = [], {language for _, language in self.links}
        for (text, language), rank in ranks.items():
            if rank <= LIST_RANK and script_of(text) not in NOT_OWN:
                is_own = script_of(text) != "Latin" or language not in scripted
                plain = (
                    [("latin", folded(text))] if is_own and folded(text) != text else []
                )
                for form, name in [("own" if is_own else "latin", text), *plain]:
                    others = {
                        x for x, share in shares[name].items() if share >= LEAST_SHARE
                    }
                    accepted = "|".join([language, *sorted(others - {language})])
                    rate = self.rate(text, language)
                    found.append([name, language, form, rank, f"{rate:.3g}", accepted])
        return sorted(found, key=lambda row: (row[1], row[2], row[3], row[0]))


def common_rows(ranks: Ranks, train: Rows) -> Rows:
    """Return (name, language, rank) of the most common of all ranked names that are in `train`.

    Japanese ones come with their long vowels too, as they are often typed: Satou, Satō.
    """
    longer = defaultdict(set)
    for _, romaji, latin, _ in lists.japanese_surnames():
        longer[latin] |= {romaji, long_vowels(romaji)}
    found, training = [], set(train)
    for row, rank in ranks.items():
        if rank <= COMMON_RANK and row in training:
            forms = longer[row[0].lower()] if row[1] == "Japanese" else ()
            forms = {row[0], *map(str.capitalize, forms)}
            found += [(form, row[1], str(rank)) for form in forms]
    # Satou has two ranks, its own and that of Sato, in an order without meaning but the same.
    found = sorted(
        set(found), key=lambda row: shuffled(f"{row[1]}:{row[2]}"), reverse=True
    )
    return sorted(found, key=lambda row: (match_key(row[0]), row[1], row[0]))


def long_vowels(romaji: str) -> str:
    """Return romaji with a macron on long vowels.

    >>> long_vowels("satou"), long_vowels("oono"), long_vowels("inoue")
    ('satō', 'ōno', 'inoue')
    """
    return re.sub("ou(?!e)|oo", "ō", romaji).replace("uu", "ū")
