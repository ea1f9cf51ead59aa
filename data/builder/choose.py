"""Decide, by evidence alone, under which languages each surname is listed.

The second half has the rules of single languages, each made for an error seen in samples.
data/README.md has the reasons for the constants.
"""

import re
from functools import cache
from heapq import nsmallest
from typing import Any

from .evidence import Evidence, Table
from .languages import CURATED, FACTS, LANGUAGES, NOT_RUSSIAN, corrections
from .lists import japanese_given_rows, shorten_vowels
from .rows import MAX_PER_LANGUAGE, Labels, Rows, in_order, shuffled

UNRANKED = "Arabic Czech Dutch Greek Italian Portuguese".split()  # by lists
ISLES = {"English", "Irish", "Scottish"}
FEMALE_FORMS_KEPT = 400  # per language that has them; the sexes' forms are near copies
MIN_SHARE = 0.15  # of a language's and the strongest one's evidence, to keep a name
# Of all 18 languages' evidence, what the kept ones must hold; where it is a single person
MIN_TOTAL_SHARE = 0.6
MIN_TOTAL_SHARE_WEAK = 0.8
# That a second or third language needs
MIN_PERSONS_LISTED = 3
MIN_PERSONS_UNLISTED = 10
# A second label Polish needs this rank instead, because Polish persons are not counted
SECOND_LABEL_RANK = 1000
# The most common names of a language's own frequency list are kept without further evidence,
# unless they are this many times as common in one outside nation.
FAMOUS_RANK = 100
FAMOUS_OUTSIDE_RATIO = 8
NO_RANK = 10**6
# Persons needed where no list confirms the name; other languages need 2. English, French and
# German people are the most numerous here and have the most immigrants among them.
MIN_PERSONS = {"English": 4, "Irish": 4, "French": 3, "German": 3, "Japanese": 3}
# A name of fewer must look like its language, if a rule can see that
FEW_PERSONS = 5
# Of a Japanese name that may be a given one
MAYBE_GIVEN_PERSONS = 8
MAYBE_GIVEN_RANK = 1000
# Where a name is both Irish and English, each must be at least a third as common as the other;
# and to be Irish it must be three times as common there, or twice if ten persons bear it.
ISLES_RATIO = 3
ISLES_RATIO_COMMON = 2
COMMON_PERSONS = 10
# English lists have immigrants' names, so a listed name needs bearers too
ENGLISH_PERSONS = 3


def languages_by_key(table: Table) -> Labels:
    """Return the languages of every name that has one, before the cut."""
    for language in UNRANKED:
        places = {}
        for key, evidence in table.items():
            if language in evidence.rates:
                places[key] = (-evidence.rates[language], key)
        most_common = nsmallest(FAMOUS_RANK, places, key=places.get)
        for rank, key in enumerate(most_common, start=1):
            table[key].ranks[language] = rank
    wrong = corrections("-")
    missing = corrections("+")
    labels = {}
    for key, evidence in table.items():
        languages = languages_of(evidence, wrong[key]) | missing[key]
        if languages:
            labels[key] = languages
    return labels


def kept_rows(table: Table, labels: Labels) -> Rows:
    """Return the sorted (name, language) rows: the best attested names of each language."""
    rows = []
    for language in LANGUAGES:
        places = {}
        for key, languages in labels.items():
            if language in languages:
                evidence = table[key]
                places[key] = (
                    -evidence.rates.get(language, 0),
                    evidence.ranks.get(language, NO_RANK),
                    -evidence.persons.total(),
                    shuffled(key),  # names of equal evidence in arbitrary order
                )
        spellings = []
        for key in sorted(places, key=places.get):
            usual, *_ = table[key].spellings_in(language)
            spellings.append(usual)
        for usual in cut(spellings, spellings, language):
            rows.append((usual, language))
    return in_order(rows)


def cut(
    names: list[Any],
    spellings: list[str],
    language: str,
) -> list[Any]:
    """Return the first `limit` names with at most FEMALE_FORMS_KEPT female forms.

    `spellings` has each name's Latin letters, by which such a form is known.
    """
    female_form = re.compile(FACTS["female_forms"].get(language, "(?!)"))
    kept = []
    n_female = 0
    for name, spelling in zip(names, spellings, strict=True):
        if female_form.search(spelling):
            n_female += 1
            if n_female > FEMALE_FORMS_KEPT:
                continue
        kept.append(name)
    return kept[:MAX_PER_LANGUAGE]


def languages_of(evidence: Evidence, wrong: set[str]) -> set[str]:
    """Return the languages a name is kept under; none drops the name."""
    candidates = evidence.rates.keys() & set(LANGUAGES) - wrong
    rates = {
        language: evidence.rates[language]
        for language in candidates
        if _admits(language, evidence)
    }
    if not rates:
        return set()
    strongest = max(rates, key=lambda language: (rates[language], language))
    famous = {language for language in rates if _is_famous(language, evidence)}
    kept = famous | {strongest}
    for language, rate in rates.items():
        share = rate / (rate + rates[strongest])
        if share >= MIN_SHARE and _has_bearers(language, evidence):
            kept.add(language)
    competing = set(LANGUAGES)
    # If one of the isles has the name, those that may not have it do not compete.
    if not ISLES.isdisjoint(rates):
        competing -= ISLES - rates.keys()
    total = sum(
        rate for language, rate in evidence.rates.items() if language in competing
    )
    needed = MIN_TOTAL_SHARE
    if evidence.persons[strongest] < 2 and not evidence.sources[strongest]:
        needed = MIN_TOTAL_SHARE_WEAK
    if sum(rates[language] for language in kept) < needed * total:
        return famous
    return kept


def _has_bearers(language: str, evidence: Evidence) -> bool:
    """Return whether a language that is not the strongest has enough bearers of the name."""
    if language == "Polish":
        rank = evidence.ranks.get(language, NO_RANK)
        return rank <= SECOND_LABEL_RANK
    needed = MIN_PERSONS_UNLISTED
    if evidence.sources[language]:
        needed = MIN_PERSONS_LISTED
    return evidence.persons[language] >= needed


def _admits(language: str, evidence: Evidence) -> bool:
    """Return whether a language may keep a name at all."""
    if language in CURATED:
        return "curated" in evidence.sources[language]
    if not fits_language(language, evidence):
        return False
    if _is_famous(language, evidence):
        return True
    if is_outside(language, evidence):
        return False
    return _enough_bearers(language, evidence)


def _is_famous(language: str, evidence: Evidence) -> bool:
    """Return whether an admitted name is curated or high in the language's own frequency list."""
    if language in CURATED:
        return True
    if evidence.ranks.get(language, NO_RANK) > FAMOUS_RANK:
        return False
    if is_outside(language, evidence, FAMOUS_OUTSIDE_RATIO):
        return False
    rates = evidence.rates
    rate = rates[language]
    strongest = max(rates[group] for group in rates if group in LANGUAGES)
    return rate / (rate + strongest) >= MIN_SHARE


def is_outside(
    language: str,
    evidence: Evidence,
    ratio: float = 1,
) -> bool:
    """Return whether a name is over `ratio` times as common in a nation outside the languages."""
    highest = ratio * evidence.rates[language]
    return any(
        rate > highest
        for group, rate in evidence.rates.items()
        if group not in LANGUAGES
    )


def _has_form(form: str, text: str) -> bool:
    """Return whether a key, or a spelling, has a form of languages.toml."""
    return re.search(FACTS["forms"][form], text) is not None


def _enough_bearers(language: str, evidence: Evidence) -> bool:
    """Return whether lists or enough persons confirm the name as a surname of the language."""
    if evidence.sources[language] and _is_confirmed(language, evidence):
        return True
    if evidence.given > 0:  # it is a given name more often than a surname
        return False
    return evidence.persons[language] >= _needed_persons(language, evidence)


def _is_confirmed(language: str, evidence: Evidence) -> bool:
    """Return whether something beside one unranked list confirms a listed name.

    Greek lists need nothing else: they are in Greek letters, so the spelling made from them may be
    met nowhere else.
    """
    if language == "Greek" or language in evidence.ranks:
        return True
    if len(evidence.sources[language]) > 1:
        return True
    needed = MIN_PERSONS["German"] if language == "German" else 1
    if evidence.persons[language] >= needed:
        return True
    neighbours = FACTS["neighbours"].get(language, "").split()
    return any(
        evidence.persons[group] or group in evidence.sources for group in neighbours
    )


def _needed_persons(language: str, evidence: Evidence) -> int:
    """Return how many persons confirm an unlisted name: fewer where its form is the language's."""
    match language:
        case "Czech":
            usual, *_ = evidence.spellings_in(language)
            return 1 if _has_form("czech_letter", usual) else 2
        case "Dutch":
            return 1 if "Belgian" in evidence.sources else 2
        case "Greek":
            return 1 if _has_form("greek_ending", evidence.key) else 2
        case "Japanese" if _has_form("japanese_surname_ending", evidence.key):
            return 2
    return MIN_PERSONS.get(language, 2)


def fits_language(language: str, evidence: Evidence) -> bool:
    """Return whether a name passes its language's own test, if there is one."""
    key = evidence.key
    persons = evidence.persons[language]
    sources = evidence.sources[language]
    rank = evidence.ranks.get(language, NO_RANK)
    match language:
        case "Arabic":
            return not _has_form("armenian_ending", key)
        case "Czech":
            is_known = persons >= FEW_PERSONS or bool(sources)
            return is_known or _looks_czech(evidence)
        case "English" | "Irish":
            return _fits_isles(language, evidence)
        case "Japanese":
            is_common = rank <= MAYBE_GIVEN_RANK or persons >= MAYBE_GIVEN_PERSONS
            is_surname = is_common or not _may_be_given(key)
            return is_surname and _has_form("japanese_word", key)
        case "Portuguese":
            # Brazil has many immigrants, whose names need more than bearers there.
            is_european = "Portuguese" in evidence.nationalities
            if is_european or len(sources) >= 2 or "curated" in sources:
                return True
            return _has_form("portuguese_particle", evidence.spelling)
        case "Russian":
            if rank <= FAMOUS_RANK:
                return True
            is_known = persons >= FEW_PERSONS or rank < NO_RANK
            is_plain = is_known or _has_form("russian_ending", key)
            return is_plain and not NOT_RUSSIAN.fullmatch(key)
    return True


def _looks_czech(evidence: Evidence) -> bool:
    if not _has_form("german_spelling", evidence.key):
        return True
    # ck is c and k in Černický.
    usual, *_ = evidence.spellings_in("Czech")
    return _has_form("czech_letter", usual)


def _fits_isles(language: str, evidence: Evidence) -> bool:
    """Return whether a name that may be English or Irish, or both, is of this one."""
    is_gaelic = _has_form("gaelic_prefix", evidence.spelling)
    persons = evidence.persons[language]
    english = evidence.rates.get("English", 0)
    irish = evidence.rates.get("Irish", 0)
    if language == "English":
        is_as_common = ISLES_RATIO * english >= irish
        return is_as_common and not is_gaelic and persons >= ENGLISH_PERSONS
    if is_gaelic:
        return True
    if persons >= COMMON_PERSONS:
        return irish >= ISLES_RATIO_COMMON * english
    is_confirmed = bool(evidence.sources["Irish"]) and persons >= 2
    return is_confirmed and irish >= ISLES_RATIO * english


def _may_be_given(key: str) -> bool:
    """Return whether a Japanese name is, or ends like, a given name."""
    return key in _japanese_given_names() or _has_form("japanese_given_ending", key)


@cache
def _japanese_given_names() -> set[str]:
    """Return romanised given names in lower case, which persons of one name may have."""
    return {shorten_vowels(row[1]) for row in japanese_given_rows()}
