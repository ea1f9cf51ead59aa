"""What single languages need. Each rule answers to an error that was seen in samples."""

import re
from functools import cache

from .curated import not_russian
from .evidence import Evidence
from .languages import FACTS, LANGUAGES
from .lists import japanese_given_rows, shorten_vowels

# Persons needed where no list confirms the name. English, French and German people are the most
# numerous here and have the most immigrants among them.
MIN_PERSONS = dict.fromkeys(LANGUAGES, 2) | {"English": 4, "Irish": 4}
MIN_PERSONS |= {"French": 3, "German": 3, "Japanese": 3}
# Names of fewer bearers than this must look like their language where that is plain to see.
FEW_PERSONS = 5
# A Japanese name that may be a given or an art name needs this many bearers, or this rank.
MAYBE_GIVEN_PERSONS, MAYBE_GIVEN_RANK = 8, 1000
# Where a name is both Irish and English, each must be at least a third as common as the other;
# and to be Irish it must be three times as common there, or twice if ten persons bear it.
ISLES_RATIO, ISLES_RATIO_COMMON, COMMON_PERSONS = 3, 2, 10
ENGLISH_PERSONS = 3  # English lists hold immigrants' names, so a listed name needs bearers too
CORE_RANK = 100  # the most common names are kept whatever the rules on bearers and forms
NO_RANK = 10**6


def has_form(form: str, text: str) -> bool:
    """Return whether a key, or a spelling, has a form of languages.toml."""
    return re.search(FACTS["forms"][form], text) is not None


def enough_bearers(language: str, evidence: Evidence) -> bool:
    """Return whether lists or enough persons confirm the name as a surname of the language."""
    if evidence.sources[language] and _in_use(language, evidence):
        return True
    return not evidence.is_given_name and evidence.persons[language] >= _needed(language, evidence)


def _in_use(language: str, evidence: Evidence) -> bool:
    """Return whether a listed name has a sign of life beside one unranked list.

    Greek lists are in Greek letters, so the spelling made from them may be met nowhere else.
    """
    bearers = MIN_PERSONS[language] if language == "German" else 1
    neighbours = FACTS["neighbours"].get(language, "").split()
    return (
        language == "Greek"
        or language in evidence.ranks
        or len(evidence.sources[language]) > 1
        or evidence.persons[language] >= bearers
        or any(evidence.persons[n] or n in evidence.sources for n in neighbours)
    )


def _needed(language: str, evidence: Evidence) -> int:
    """Return how many bearers an unlisted name needs: fewer where its form speaks for it."""
    if language == "Japanese" and has_form("japanese_surname_ending", evidence.key):
        return 2
    plain = (
        (language == "Czech" and evidence.czech_letters)
        or (language == "Dutch" and "Belgian" in evidence.sources)
        or (language == "Greek" and has_form("greek_ending", evidence.key))
    )
    return 1 if plain else MIN_PERSONS[language]


def fits_language(language: str, evidence: Evidence) -> bool:
    """Return whether a name passes its language's own test, if there is one."""
    key, rates, persons = evidence.key, evidence.rates, evidence.persons[language]
    sources, rank = evidence.sources[language], evidence.ranks.get(language, NO_RANK)
    rare = persons < FEW_PERSONS and not sources
    match language:
        case "Arabic":
            return not has_form("armenian_ending", key)
        case "Czech":
            return not (rare and has_form("german_spelling", key))
        case "English":
            as_common = ISLES_RATIO * rates["English"] >= rates.get("Irish", 0)
            gaelic = has_form("gaelic_prefix", evidence.spelling)
            return as_common and not gaelic and persons >= ENGLISH_PERSONS
        case "Irish":
            ratio = ISLES_RATIO_COMMON if persons >= COMMON_PERSONS else ISLES_RATIO
            confirmed = persons >= COMMON_PERSONS or (bool(sources) and persons >= 2)
            irish = confirmed and rates["Irish"] >= ratio * rates.get("English", 0)
            return irish or has_form("gaelic_prefix", evidence.spelling)
        case "Japanese":
            is_given = key in _japanese_given_names() or has_form("japanese_given_ending", key)
            common = rank <= MAYBE_GIVEN_RANK or persons >= MAYBE_GIVEN_PERSONS
            return has_form("japanese_word", key) and (common or not is_given)
        case "Portuguese":  # Brazil has many immigrants, whose names need more than bearers there
            confirmed = "Portuguese" in evidence.nationalities or len(sources) >= 2
            by_form = has_form("portuguese_particle", evidence.spelling)
            return confirmed or "curated" in sources or by_form
        case "Russian":
            common = persons >= FEW_PERSONS or rank < NO_RANK
            plain = (common or has_form("russian_ending", key)) and not not_russian().match(key)
            return plain or rank <= CORE_RANK
    return True


@cache
def _japanese_given_names() -> frozenset[str]:
    """Return romanised given names, lower case: a trap among persons of one name."""
    return frozenset(shorten_vowels(row[1]) for row in japanese_given_rows() if len(row) > 1)
