"""How common each surname is in each of its languages: shares, the most common names, the core.

A rate is the part of a language's people that bears a name: of counted persons, of a rank in a
list, or of open counts, whichever is largest. Languages count as if they were equally large.
"""

import csv
import re
from collections import Counter, defaultdict
from collections.abc import Container

from model.data.variation import folded

from . import counts
from .choose import is_outside
from .curated import curated_names
from .evidence import Evidence
from .languages import LANGUAGES
from .lists import Name, japanese_rows, shorten_vowels
from .packages import content
from .rows import Rows, in_order, shuffled
from .spelling import match_key, script_of

CORE_RANK, COMMON_RANK = 100, 300
LEAST_RATE = 1e-6  # of a name that a source has and nobody counts
# In Latin letters their counts are upper bounds, and thousands of persons tell which are usual.
BY_PERSONS = ("Chinese", "Korean")


class Commonness:
    """The rate of every name, Latin or not, in every language that has it.

    `table` has the evidence on Latin names, `native` the names in other scripts.
    """

    def __init__(self, table: dict[str, Evidence], native: list[Name]):
        self.table = table
        self.links: dict[tuple[str, str], str] = {}
        for name in native:
            self.links.setdefault((name.text, name.group), match_key(name.link))
        self.counted = {language: self._counted(language) for language in LANGUAGES}

    def _counted(self, language: str) -> dict[str, float]:
        """Return {match key: rate} of open counts; without them, a rank has the persons' rate."""
        if rates := counts.rates(language):
            found = {match_key(spelling): rate for spelling, rate in rates.items()}
            return found | (_hanja(found) if language == "Korean" else {})
        rates = sorted((e.people.get(language, 0.0) for e in self.table.values()), reverse=True)
        return dict(zip(map(match_key, counts.ranked(language)), rates, strict=False))

    def rate(self, text: str, language: str) -> float:
        """Return the part of the language's people that bears the name `text`."""
        key = match_key(text)
        counted = self.counted[language].get(key, 0.0)
        if script_of(text) == "Latin":
            counted *= language not in BY_PERSONS
            known = self.table[key].people.get(language, 0.0) if key in self.table else 0.0
        else:  # that of its Latin form, which may be the form of many names where it is Han
            link = self.links.get((text, language), "")
            known = self.table[link].people.get(language, 0.0) if link in self.table else 0.0
            known *= script_of(text) != "Han"
        return max(counted, known, LEAST_RATE)

    def unclaimed(self, claimed: Container[str]) -> dict[str, set[str]]:
        """Return {match key: languages} of common names that no language claims by its own rules.

        They are among the first of a language's list, and not more common outside of all languages.
        """
        found = defaultdict(set)
        for language in LANGUAGES:
            for key in map(match_key, counts.ranked(language)[:CORE_RANK]):
                evidence = self.table.get(key, Evidence())
                fits = language in evidence.rates and key not in claimed
                if fits and not is_outside(language, evidence):
                    found[key].add(language)
        return found

    def ranks(self, rows: Rows) -> dict[tuple[str, str], int]:
        """Return the rank of each row among those of its language and script."""
        parts = defaultdict(list)
        for text, language in rows:
            parts[language, script_of(text)].append((text, language))
        return {
            row: rank
            for part in parts.values()
            for rank, row in enumerate(
                sorted(part, key=lambda row: (-self.rate(*row), shuffled(row[0]))), start=1
            )
        }

    def core(self, rows: Rows) -> set[str]:
        """Return the match keys, in Latin letters, of the names of the first ranks of a language.

        A name in another script has that of its Latin form, and Chinese ones have those of all
        ways to write the syllable.
        """
        common = [row for row, rank in self.ranks(rows).items() if rank <= CORE_RANK]
        keys = {(self.links.get(row) or match_key(row[0]), row[1]) for row in common}
        lines = content("sinonym", "sinonym/data/surname_romanizations.csv").decode().splitlines()
        for line in csv.DictReader(lines):
            is_of_it = float(line["target_share"]) == 1
            if is_of_it and (match_key(line["mandarin_target"]), "Chinese") in keys:
                keys.add((match_key(line["spelling"]), ""))
        return {key for key, _ in keys}

    def common_rows(self, rows: Rows, train: Rows) -> Rows:
        """Return (name, language, rank) of the most common of all `rows` that are in `train`.

        Japanese ones come with their long vowels too, as they are often typed: Satou, Satō.
        """
        longer = defaultdict(set)
        for _, _, _, romaji in japanese_rows("last_name_org"):
            longer[shorten_vowels(romaji)] |= {romaji, long_vowels(romaji)}
        found, training = [], set(train)
        for row, rank in self.ranks(rows).items():
            if rank <= COMMON_RANK and row in training:
                forms = longer[row[0].lower()] if row[1] == "Japanese" else ()
                forms = {row[0], *map(str.capitalize, forms)}
                found += [(form, row[1], str(rank)) for form in forms]
        return in_order(found)

    def share_rows(self, rows: Rows) -> Rows:
        """Return (name, language, share) of every name that several languages have.

        A spelling with marks is of the languages that write it so, one without of all.
        """
        languages = defaultdict(set)
        for text, language in rows:
            languages[text].add(language)
            if script_of(text) == "Latin":
                languages[folded(text)].add(language)
        found = []
        for text, those in languages.items():
            rates = {language: self.rate(text, language) for language in those}
            if len(those) > 1:
                total = sum(rates.values())
                found += [(text, x, f"{rate / total:.4f}") for x, rate in rates.items()]
        return in_order(found)


def _hanja(rates: dict[str, float]) -> dict[str, float]:
    """Return the rates of the Chinese characters of Korean families by those of their Hangul.

    The first family of a Hangul name has nearly all its bearers, each next one a tenth of them.
    """
    found, families = {}, Counter()
    for line in curated_names("korean_native"):
        hangul, *characters = line.split()
        for character in characters:
            found[character] = rates.get(hangul, 0.0) / 10 ** families[hangul]
            families[hangul] += 1
    return found


def long_vowels(romaji: str) -> str:
    """Return romaji with a macron on long vowels.

    >>> long_vowels("satou"), long_vowels("oono"), long_vowels("inoue")
    ('satō', 'ōno', 'inoue')
    """
    return re.sub("ou(?!e)|oo", "ō", romaji).replace("uu", "ū")
