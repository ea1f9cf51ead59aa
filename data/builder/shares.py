"""How common each surname is in each of its languages: the core, the most common names, shares.

A name's rate is the part of a language's people that bears it: of counted persons, of a rank in a
list, or of open counts, whichever is largest. Languages count as if they were equally large.
"""

import re
from collections import defaultdict
from collections.abc import Container
from heapq import nlargest

from model.data.pairs import CORE_RANK
from model.data.variation import folded

from .choose import is_outside
from .counts import rates
from .evidence import Evidence
from .languages import LANGUAGES
from .lists import Name, japanese_rows, shorten_vowels, sinonym_rows
from .rows import Rows, shuffled
from .spelling import match_key, script_of

COMMON_RANK, LIST_RANK = 300, 60
LEAST_RATE = 1e-6  # of a name that a source has and nobody counts
LEAST_SHARE = 0.1  # for a fair judge to accept a language
NOT_OWN = {"Hiragana", "Katakana"}  # scripts that no name is at home in
Ranks = dict[tuple[str, ...], int]  # row -> its rank in its language and script
Shares = dict[str, dict[str, float]]  # name -> language -> share


class Commonness:
    """The rate of every name in every language.

    `table` has the evidence on Latin names, `native` the names in other scripts.
    """

    def __init__(self, table: dict[str, Evidence], native: list[Name]):
        self.table, self.links = table, dict[tuple[str, str], str]()
        for name in native:
            self.links.setdefault((name.text, name.group), match_key(name.link))

    def rate(self, text: str, language: str) -> float:
        """Return the part of the language's people that bears the name `text`.

        In another script than Han it has the persons of its Latin form.
        """
        key, script = match_key(text), script_of(text)
        latin = key if script == "Latin" else self.links.get((text, language), "")
        known = self.table[latin].people.get(language, 0.0) if latin in self.table else 0.0
        return max(rates(language).get(key, 0.0), known * (script != "Han"), LEAST_RATE)

    def unclaimed(self, claimed: Container[str]) -> dict[str, set[str]]:
        """Return {match key: {language}} of common names that no language claims by its own rules.

        They are of a language's first ranks, and not more common outside of all languages.
        """
        found = defaultdict(set)
        for language in LANGUAGES:
            names = [key for key, evidence in self.table.items() if language in evidence.rates]
            for key in nlargest(CORE_RANK, names, key=lambda key: self.rate(key, language)):
                if key not in claimed and not is_outside(language, self.table[key]):
                    found[key].add(language)
        return found

    def ranks(self, rows: Rows) -> Ranks:
        """Return the rank of each row among those of its language and script."""
        parts = defaultdict(list)
        for row in sorted(rows, key=lambda row: (-self.rate(*row), shuffled(row[0]))):
            parts[row[1], script_of(row[0])].append(row)
        return {row: rank for part in parts.values() for rank, row in enumerate(part, start=1)}

    def core(self, rows: Rows) -> set[str]:
        """Return the match keys of the names of the first ranks of a language.

        With a name in another script comes its Latin form, and with a Chinese one all ways to
        write the syllable.
        """
        common = [row for row, rank in self.ranks(rows).items() if rank <= CORE_RANK]
        keys = {(match_key(text), language) for text, language in common}
        keys |= {(self.links[row], row[1]) for row in common if row in self.links}
        for row in sinonym_rows("surname_romanizations"):
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
            for form in (text, folded(text)) if script_of(text) == "Latin" else (text,):
                found[form][language] = self.rate(text, language)
        return {
            text: {language: rate / sum(of_name.values()) for language, rate in of_name.items()}
            for text, of_name in found.items()
        }

    def listed(self, ranks: Ranks, shares: Shares) -> list[list]:
        """Return name, language, form, rank, rate and accepted languages of the first names.

        `ranks` and `shares` are those of all rows. A form is "own", in the language's own spelling
        or script, or "latin", in plain letters.
        """
        found, scripted = [], {language for _, language in self.links}
        for (text, language), rank in ranks.items():
            if rank <= LIST_RANK and script_of(text) not in NOT_OWN:
                is_own = script_of(text) != "Latin" or language not in scripted
                plain = [("latin", folded(text))] if is_own and folded(text) != text else []
                for form, name in [("own" if is_own else "latin", text), *plain]:
                    others = {x for x, share in shares[name].items() if share >= LEAST_SHARE}
                    accepted = "|".join([language, *sorted(others - {language})])
                    rate = self.rate(text, language)
                    found.append([name, language, form, rank, f"{rate:.3g}", accepted])
        return sorted(found, key=lambda row: (row[1], row[2], row[3], row[0]))


def common_rows(ranks: Ranks, train: Rows) -> Rows:
    """Return (name, language, rank) of the most common of all ranked names that are in `train`.

    Japanese ones come with their long vowels too, as they are often typed: Satou, Satō.
    """
    longer = defaultdict(set)
    for _, _, _, romaji in japanese_rows("last_name_org"):
        longer[shorten_vowels(romaji)] |= {romaji, long_vowels(romaji)}
    found, training = [], set(train)
    for row, rank in ranks.items():
        if rank <= COMMON_RANK and row in training:
            forms = longer[row[0].lower()] if row[1] == "Japanese" else ()
            forms = {row[0], *map(str.capitalize, forms)}
            found += [(form, row[1], str(rank)) for form in forms]
    # Satou has two ranks, its own and that of Sato, in an order without meaning but the same.
    found = sorted(set(found), key=lambda row: shuffled(f"{row[1]}:{row[2]}"), reverse=True)
    return sorted(found, key=lambda row: (match_key(row[0]), row[1], row[0]))


def long_vowels(romaji: str) -> str:
    """Return romaji with a macron on long vowels.

    >>> long_vowels("satou"), long_vowels("oono"), long_vowels("inoue")
    ('satō', 'ōno', 'inoue')
    """
    return re.sub("ou(?!e)|oo", "ō", romaji).replace("uu", "ū")
