"""Decide, by evidence alone, under which languages each surname is listed, and which ones fit.

What a single language needs is in `rules.py`.
"""

import re
from collections.abc import Callable
from itertools import accumulate
from typing import Any

from .curated import corrections
from .evidence import Evidence
from .languages import CURATED, FACTS, LANGUAGES
from .rows import MAX_PER_LANGUAGE, Rows, in_order, shuffled
from .rules import CORE_RANK, NO_RANK, enough_bearers, fits_language

# No list ranks the names of these, so the counted persons do.
UNRANKED = ("Arabic", "Czech", "Dutch", "Greek", "Italian", "Portuguese")
ISLES = {"English", "Irish", "Scottish"}
FEMALE_FORMS_KEPT = 400  # per language that has them; the sexes' forms are near copies
# Of a language's and the strongest one's evidence, the part that keeps a name: one bearer for six.
MIN_SHARE = 0.15
# The kept languages together must hold the first share of the evidence of the 18 languages, and the
# second where a single person is all the evidence.
MIN_TOTAL_SHARE, MIN_TOTAL_SHARE_WEAK = 0.6, 0.8
# Persons that a second or third language needs, so that chance bearers add no label.
MIN_PERSONS_LISTED, MIN_PERSONS_UNLISTED = 3, 10
# The CORE_RANK most common names of a language's own frequency list stay whatever outside nations
# do, unless a name is this many times as common in one of them.
CORE_OUTSIDE_RATIO = 8
SECOND_LABEL_RANK = 1000  # Polish has no counted persons: how high a rank a second label needs


def languages_by_key(table: dict[str, Evidence]) -> dict[str, set[str]]:
    """Return {match key: languages} of every name that has one, before the cut."""
    _rank_by_evidence(table)
    wrong, missing = corrections("-"), corrections("+")
    found = {
        key: languages_of(evidence, wrong.get(key, set())) | missing.get(key, set())
        for key, evidence in table.items()
    }
    return {key: languages for key, languages in found.items() if languages}


def kept_rows(table: dict[str, Evidence], languages: dict[str, set[str]]) -> Rows:
    """Return the sorted (name, language) rows: the best attested names of each language."""
    rows = []
    for language in LANGUAGES:
        names = [table[key] for key, found in languages.items() if language in found]
        names.sort(key=lambda name: shuffled(name.key))  # equals in no alphabetical order
        names.sort(key=lambda name: -name.persons.total())
        names.sort(key=lambda name: name.ranks.get(language, NO_RANK))
        names.sort(key=lambda name: -name.rates.get(language, 0))
        kept = cut(names, language, latin_key=lambda name: name.key)
        rows += [(name.spellings_in(language)[0], language) for name in kept]
    return in_order(rows)


def cut(names: list[Any], language: str, latin_key: Callable[[Any], str]) -> list[Any]:
    """Return the first MAX_PER_LANGUAGE names, at most FEMALE_FORMS_KEPT female forms among them.

    `latin_key` returns the match key of a name's form in Latin letters.
    """
    if form := FACTS["female_forms"].get(language):
        female = [bool(re.search(form, latin_key(name))) for name in names]
        numbered = zip(names, female, accumulate(female), strict=True)
        names = [name for name, is_it, n in numbered if not is_it or n <= FEMALE_FORMS_KEPT]
    return names[:MAX_PER_LANGUAGE]


def _rank_by_evidence(table: dict[str, Evidence]) -> None:
    """Give the most common names a rank in languages that have no frequency list."""
    for language in UNRANKED:
        bearers = [key for key, evidence in table.items() if language in evidence.rates]
        bearers.sort(key=lambda key: (-table[key].rates[language], key))
        for rank, key in enumerate(bearers[:CORE_RANK], start=1):
            table[key].ranks[language] = rank


def languages_of(evidence: Evidence, wrong: set[str]) -> set[str]:
    """Return the languages a name is kept under; none drops the name."""
    rates = {
        language: rate
        for language, rate in evidence.rates.items()
        if language in LANGUAGES and language not in wrong and _admits(language, evidence)
    }
    if not rates:
        return set()
    strongest = max(rates, key=lambda language: (rates[language], language))
    core = {language for language in rates if _is_core(language, evidence)}
    kept = core | {strongest}
    for language, rate in rates.items():
        if rate / (rate + rates[strongest]) >= MIN_SHARE and _has_bearers(language, evidence):
            kept.add(language)
    weak = evidence.persons[strongest] < 2 and not evidence.sources[strongest]
    needed = MIN_TOTAL_SHARE_WEAK if weak else MIN_TOTAL_SHARE
    enough = sum(rates[language] for language in kept) >= needed * _competing(evidence, rates)
    return kept if enough else core


def _competing(evidence: Evidence, rates: dict[str, float]) -> float:
    """Return the evidence of all 18 languages that compete for a name.

    English, Irish and Scottish are one crowd: where one of them has the name, another that may
    not have it does not compete.
    """
    without = ISLES if ISLES & rates.keys() else set()
    groups = rates.keys() | (evidence.rates.keys() & set(LANGUAGES)) - without
    return sum(rate for group, rate in evidence.rates.items() if group in groups)


def _has_bearers(language: str, evidence: Evidence) -> bool:
    """Return whether a language that is not the strongest has enough bearers of the name."""
    if language == "Polish":
        return evidence.ranks.get(language, NO_RANK) <= SECOND_LABEL_RANK
    needed = MIN_PERSONS_LISTED if evidence.sources[language] else MIN_PERSONS_UNLISTED
    return evidence.persons[language] >= needed


def _admits(language: str, evidence: Evidence) -> bool:
    """Return whether a language may keep a name at all."""
    if language in CURATED:
        return "curated" in evidence.sources[language]
    if evidence.rates[language] == 0 or not fits_language(language, evidence):
        return False
    confirmed = enough_bearers(language, evidence)
    return _is_core(language, evidence) or (confirmed and not is_outside(language, evidence))


def _is_core(language: str, evidence: Evidence) -> bool:
    """Return whether a name is curated or high in the language's own frequency list."""
    if language in CURATED:
        return "curated" in evidence.sources[language]
    rate = evidence.rates[language]
    inside = max(other for group, other in evidence.rates.items() if group in LANGUAGES)
    is_common = evidence.ranks.get(language, NO_RANK) <= CORE_RANK
    is_shared = rate / (rate + inside) >= MIN_SHARE
    return is_common and is_shared and not is_outside(language, evidence, CORE_OUTSIDE_RATIO)


def is_outside(language: str, evidence: Evidence, ratio: float = 1) -> bool:
    """Return whether a name is more than `ratio` times as common outside of all languages."""
    outside = (rate for group, rate in evidence.rates.items() if group not in LANGUAGES)
    return max(outside, default=0.0) > ratio * evidence.rates[language]
