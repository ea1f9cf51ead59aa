"""Decide, by evidence alone, under which languages each surname is listed.

The second half is what single languages need: each rule answers to an error seen in samples.
data/README.md has the reasons for the constants.
"""

import re
from functools import cache
from typing import Any

from .evidence import Evidence
from .languages import CURATED, FACTS, LANGUAGES, NOT_RUSSIAN, corrections
from .lists import japanese_given_rows, shorten_vowels
from .rows import MAX_PER_LANGUAGE, Rows, in_order, shuffled

UNRANKED = ("Arabic", "Czech", "Dutch", "Greek", "Italian", "Portuguese")  # by lists
ISLES = {"English", "Irish", "Scottish"}
FEMALE_FORMS_KEPT = 400  # per language that has them; the sexes' forms are near copies
MIN_SHARE = 0.15  # of a language's and the strongest one's evidence, to keep a name
# Of all 18 languages' evidence, what the kept ones must hold; where it is a single person
MIN_TOTAL_SHARE, MIN_TOTAL_SHARE_WEAK = 0.6, 0.8
MIN_PERSONS_LISTED, MIN_PERSONS_UNLISTED = (
    3,
    10,
)  # that a second or third language needs
SECOND_LABEL_RANK = (
    1000  # Polish has no counted persons: how high a rank a second label needs
)
# The FAMOUS_RANK most common names of a language's own frequency list stay whatever the rules on
# bearers and forms, unless they are so many times as common in one outside nation.
FAMOUS_RANK, FAMOUS_OUTSIDE_RATIO = 100, 8
NO_RANK = 10**6
# Persons needed where no list confirms the name. English, French and German people are the most
# numerous here and have the most immigrants among them.
MIN_PERSONS = {
    "English": 4,
    "Irish": 4,
    "French": 3,
    "German": 3,
    "Japanese": 3,
}  # others 2
FEW_PERSONS = (
    5  # a name of fewer must look like its language where that is plain to see
)
MAYBE_GIVEN_PERSONS, MAYBE_GIVEN_RANK = (
    8,
    1000,
)  # of a Japanese name that may be a given one
# Where a name is both Irish and English, each must be at least a third as common as the other;
# and to be Irish it must be three times as common there, or twice if ten persons bear it.
ISLES_RATIO, ISLES_RATIO_COMMON, COMMON_PERSONS = 3, 2, 10
ENGLISH_PERSONS = (
    3  # English lists hold immigrants' names, so a listed name needs bearers too
)


def languages_by_key(table: dict[str, Evidence]) -> dict[str, set[str]]:
    """Return {match key: languages} of every name that has one, before the cut."""
    for language in UNRANKED:
        bearers = [key for key, evidence in table.items() if language in evidence.rates]
        bearers.sort(key=lambda key: (-table[key].rates[language], key))
        for rank, key in enumerate(bearers[:FAMOUS_RANK], start=1):
            table[key].ranks[language] = rank
    wrong, missing = corrections("-"), corrections("+")
    found = {
        key: languages_of(name, wrong[key]) | missing[key]
        for key, name in table.items()
    }
    return {key: languages for key, languages in found.items() if languages}


def kept_rows(table: dict[str, Evidence], languages: dict[str, set[str]]) -> Rows:
    """Return the sorted (name, language) rows: the best attested names of each language."""
    rows = []
    for language in LANGUAGES:
        names = [table[key] for key, found in languages.items() if language in found]
        names.sort(
            key=lambda name: (
                -name.rates.get(language, 0),
                name.ranks.get(language, NO_RANK),
                -name.persons.total(),
                shuffled(name.key),  # equals in no alphabetical order
            )
        )
        rows += [
            (name.spellings_in(language)[0], language) for name in cut(names, language)
        ]
    return in_order(rows)


def cut(names: list[Any], language: str) -> list[Any]:
    """Return the first MAX_PER_LANGUAGE names with at most FEMALE_FORMS_KEPT female forms."""
    kept, female, form = [], 0, FACTS["female_forms"].get(language, "(?!)")
    for name in names:
        is_female = bool(re.search(form, name.key))
        female += is_female
        if not is_female or female <= FEMALE_FORMS_KEPT:
            kept.append(name)
    return kept[:MAX_PER_LANGUAGE]


def languages_of(evidence: Evidence, wrong: set[str]) -> set[str]:
    """Return the languages a name is kept under; none drops the name."""
    candidates = evidence.rates.keys() & set(LANGUAGES) - wrong
    rates = {x: evidence.rates[x] for x in candidates if _admits(x, evidence)}
    if not rates:
        return set()
    strongest = max(rates, key=lambda language: (rates[language], language))
    famous = {language for language in rates if _is_famous(language, evidence)}
    kept = famous | {strongest}
    for language, rate in rates.items():
        if rate / (rate + rates[strongest]) >= MIN_SHARE and _has_bearers(
            language, evidence
        ):
            kept.add(language)
    weak = evidence.persons[strongest] < 2 and not evidence.sources[strongest]
    needed = MIN_TOTAL_SHARE_WEAK if weak else MIN_TOTAL_SHARE
    # English, Irish and Scottish are one crowd: where one of them has the name, another that may
    # not have it does not compete.
    apart = set(LANGUAGES) - (ISLES if ISLES & rates.keys() else set())
    competing = sum(
        rate for x, rate in evidence.rates.items() if x in apart | rates.keys()
    )
    return kept if sum(rates[x] for x in kept) >= needed * competing else famous


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
    confirmed = _enough_bearers(language, evidence) and not is_outside(
        language, evidence
    )
    return fits_language(language, evidence) and (
        confirmed or _is_famous(language, evidence)
    )


def _is_famous(language: str, evidence: Evidence) -> bool:
    """Return whether an admitted name is curated or high in the language's own frequency list."""
    rate = evidence.rates[language]
    inside = max(other for group, other in evidence.rates.items() if group in LANGUAGES)
    is_shared = rate / (rate + inside) >= MIN_SHARE
    is_high = is_shared and evidence.ranks.get(language, NO_RANK) <= FAMOUS_RANK
    outside = is_outside(language, evidence, FAMOUS_OUTSIDE_RATIO)
    return language in CURATED or (is_high and not outside)


def is_outside(language: str, evidence: Evidence, ratio: float = 1) -> bool:
    """Return whether a name is more than `ratio` times as common outside of all languages."""
    outside = (rate for group, rate in evidence.rates.items() if group not in LANGUAGES)
    return max(outside, default=0.0) > ratio * evidence.rates[language]


def _has_form(form: str, text: str) -> bool:
    """Return whether a key, or a spelling, has a form of languages.toml."""
    return re.search(FACTS["forms"][form], text) is not None


def _enough_bearers(language: str, evidence: Evidence) -> bool:
    """Return whether lists or enough persons confirm the name as a surname of the language.

    A listed name needs a sign of life beside one unranked list. Greek lists are in Greek letters,
    so the spelling made from them may be met nowhere else. An unlisted one needs persons, fewer
    where its form speaks for it.
    """
    sources, persons = evidence.sources[language], evidence.persons
    neighbours = FACTS["neighbours"].get(language, "").split()
    if sources and (
        language == "Greek"
        or language in evidence.ranks
        or len(sources) > 1
        or persons[language] >= (MIN_PERSONS[language] if language == "German" else 1)
        or any(persons[n] or n in evidence.sources for n in neighbours)
    ):
        return True
    needed = MIN_PERSONS.get(language, 2)
    if language == "Japanese" and _has_form("japanese_surname_ending", evidence.key):
        needed = 2
    elif (
        (
            language == "Czech"
            and _has_form("czech_letter", evidence.spellings_in("Czech")[0])
        )
        or (language == "Dutch" and "Belgian" in evidence.sources)
        or (language == "Greek" and _has_form("greek_ending", evidence.key))
    ):
        needed = 1
    return not evidence.is_given_name and persons[language] >= needed


def fits_language(language: str, evidence: Evidence) -> bool:
    """Return whether a name passes its language's own test, if there is one."""
    key, rates, persons = evidence.key, evidence.rates, evidence.persons[language]
    sources, rank = evidence.sources[language], evidence.ranks.get(language, NO_RANK)
    is_gaelic = _has_form("gaelic_prefix", evidence.spelling)
    match language:
        case "Arabic":
            return not _has_form("armenian_ending", key)
        case "Czech":
            return (
                persons >= FEW_PERSONS
                or bool(sources)
                or not _has_form("german_spelling", key)
            )
        case "English":
            as_common = ISLES_RATIO * rates["English"] >= rates.get("Irish", 0)
            return as_common and not is_gaelic and persons >= ENGLISH_PERSONS
        case "Irish":
            ratio = ISLES_RATIO_COMMON if persons >= COMMON_PERSONS else ISLES_RATIO
            confirmed = persons >= COMMON_PERSONS or (bool(sources) and persons >= 2)
            return is_gaelic or (
                confirmed and rates["Irish"] >= ratio * rates.get("English", 0)
            )
        case "Japanese":
            is_given = key in _japanese_given_names() or _has_form(
                "japanese_given_ending", key
            )
            common = rank <= MAYBE_GIVEN_RANK or persons >= MAYBE_GIVEN_PERSONS
            return _has_form("japanese_word", key) and (common or not is_given)
        case (
            "Portuguese"
        ):  # Brazil has many immigrants, whose names need more than bearers there
            confirmed = "Portuguese" in evidence.nationalities or len(sources) >= 2
            by_form = _has_form("portuguese_particle", evidence.spelling)
            return confirmed or "curated" in sources or by_form
        case "Russian":
            common = persons >= FEW_PERSONS or rank < NO_RANK
            is_plain = common or _has_form("russian_ending", key)
            return rank <= FAMOUS_RANK or (is_plain and not NOT_RUSSIAN.fullmatch(key))
    return True


@cache
def _japanese_given_names() -> frozenset[str]:
    """Return romanised given names, lower case: a trap among persons of one name."""
    return frozenset(
        shorten_vowels(row[1]) for row in japanese_given_rows() if len(row) > 1
    )
