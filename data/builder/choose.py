"""Decide, by evidence alone, under which languages each surname is listed.

The second half has the rules of single languages, each made for an error seen in samples.
data/README.md has the reasons for the constants.
"""

import re
from functools import cache
from heapq import nsmallest
from typing import Any

from .claims import Claims, ClaimsByKey
from .languages import CURATED, FACTS, LANGUAGES, NOT_RUSSIAN, corrections
from .packages import japanese_given_rows, shorten_vowels
from .rows import MAX_PER_LANGUAGE, Labels, Row, in_order, shuffled

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


def languages_by_key(claims_of: ClaimsByKey) -> Labels:
    """Return the languages of every name that has one, before the cut."""
    for language in UNRANKED:
        places = {}
        for key, claims in claims_of.items():
            if language in claims.rates:
                places[key] = (-claims.rates[language], key)
        most_common = nsmallest(FAMOUS_RANK, places, key=places.get)
        for rank, key in enumerate(most_common, start=1):
            claims_of[key].ranks[language] = rank
    wrong = corrections("-")
    missing = corrections("+")
    labels = {}
    for key, claims in claims_of.items():
        languages = languages_of(claims, wrong[key]) | missing[key]
        if languages:
            labels[key] = languages
    return labels


def kept_rows(claims_of: ClaimsByKey, labels: Labels) -> list[Row]:
    """Return the sorted (name, language) rows: the best attested names of each language."""
    rows = []
    for language in LANGUAGES:
        places = {}
        for key, languages in labels.items():
            if language in languages:
                claims = claims_of[key]
                places[key] = (
                    -claims.rates.get(language, 0),
                    claims.ranks.get(language, NO_RANK),
                    -claims.persons.total(),
                    shuffled(key),  # names of equal evidence in arbitrary order
                )
        spellings = []
        for key in sorted(places, key=places.get):
            usual, *_ = claims_of[key].spellings_in(language)
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


def languages_of(claims: Claims, wrong: set[str]) -> set[str]:
    """Return the languages a name is kept under; none drops the name."""
    candidates = claims.rates.keys() & set(LANGUAGES) - wrong
    rates = {
        language: claims.rates[language]
        for language in candidates
        if _admits(language, claims)
    }
    if not rates:
        return set()
    strongest = max(rates, key=lambda language: (rates[language], language))
    famous = {language for language in rates if _is_famous(language, claims)}
    kept = famous | {strongest}
    for language, rate in rates.items():
        share = rate / (rate + rates[strongest])
        if share >= MIN_SHARE and _has_bearers(language, claims):
            kept.add(language)
    competing = set(LANGUAGES)
    # If one of the isles has the name, those that may not have it do not compete.
    if not ISLES.isdisjoint(rates):
        competing -= ISLES - rates.keys()
    total = sum(
        rate for language, rate in claims.rates.items() if language in competing
    )
    needed = MIN_TOTAL_SHARE
    if claims.persons[strongest] < 2 and not claims.sources[strongest]:
        needed = MIN_TOTAL_SHARE_WEAK
    if sum(rates[language] for language in kept) < needed * total:
        return famous
    return kept


def _has_bearers(language: str, claims: Claims) -> bool:
    """Return whether a language that is not the strongest has enough bearers of the name."""
    if language == "Polish":
        rank = claims.ranks.get(language, NO_RANK)
        return rank <= SECOND_LABEL_RANK
    needed = MIN_PERSONS_UNLISTED
    if claims.sources[language]:
        needed = MIN_PERSONS_LISTED
    return claims.persons[language] >= needed


def _admits(language: str, claims: Claims) -> bool:
    """Return whether a language may keep a name at all."""
    if language in CURATED:
        return "curated" in claims.sources[language]
    if not fits_language(language, claims):
        return False
    if _is_famous(language, claims):
        return True
    if is_outside(language, claims):
        return False
    return _enough_bearers(language, claims)


def _is_famous(language: str, claims: Claims) -> bool:
    """Return whether an admitted name is curated or high in the language's own frequency list."""
    if language in CURATED:
        return True
    if claims.ranks.get(language, NO_RANK) > FAMOUS_RANK:
        return False
    if is_outside(language, claims, FAMOUS_OUTSIDE_RATIO):
        return False
    rates = claims.rates
    rate = rates[language]
    strongest = max(rates[group] for group in rates if group in LANGUAGES)
    return rate / (rate + strongest) >= MIN_SHARE


def is_outside(
    language: str,
    claims: Claims,
    ratio: float = 1,
) -> bool:
    """Return whether a name is over `ratio` times as common in a nation outside the languages."""
    highest = ratio * claims.rates[language]
    return any(
        rate > highest for group, rate in claims.rates.items() if group not in LANGUAGES
    )


def _has_form(form: str, text: str) -> bool:
    """Return whether a key, or a spelling, has a form of languages.toml."""
    return re.search(FACTS["forms"][form], text) is not None


def _enough_bearers(language: str, claims: Claims) -> bool:
    """Return whether lists or enough persons confirm the name as a surname of the language."""
    if claims.sources[language] and _is_confirmed(language, claims):
        return True
    if claims.given > 0:  # it is a given name more often than a surname
        return False
    return claims.persons[language] >= _needed_persons(language, claims)


def _is_confirmed(language: str, claims: Claims) -> bool:
    """Return whether something beside one unranked list confirms a listed name.

    Greek lists need nothing else: they are in Greek letters, so the spelling made from them may be
    met nowhere else.
    """
    if language == "Greek" or language in claims.ranks:
        return True
    if len(claims.sources[language]) > 1:
        return True
    needed = MIN_PERSONS["German"] if language == "German" else 1
    if claims.persons[language] >= needed:
        return True
    neighbours = FACTS["neighbours"].get(language, "").split()
    return any(claims.persons[group] or group in claims.sources for group in neighbours)


def _needed_persons(language: str, claims: Claims) -> int:
    """Return how many persons confirm an unlisted name: fewer where its form is the language's."""
    match language:
        case "Czech":
            usual, *_ = claims.spellings_in(language)
            return 1 if _has_form("czech_letter", usual) else 2
        case "Dutch":
            return 1 if "Belgian" in claims.sources else 2
        case "Greek":
            return 1 if _has_form("greek_ending", claims.key) else 2
        case "Japanese" if _has_form("japanese_surname_ending", claims.key):
            return 2
    return MIN_PERSONS.get(language, 2)


def fits_language(language: str, claims: Claims) -> bool:
    """Return whether a name passes its language's own test, if there is one."""
    key = claims.key
    persons = claims.persons[language]
    sources = claims.sources[language]
    rank = claims.ranks.get(language, NO_RANK)
    match language:
        case "Arabic":
            return not _has_form("armenian_ending", key)
        case "Czech":
            is_known = persons >= FEW_PERSONS or bool(sources)
            return is_known or _looks_czech(claims)
        case "English" | "Irish":
            return _fits_isles(language, claims)
        case "Japanese":
            is_common = rank <= MAYBE_GIVEN_RANK or persons >= MAYBE_GIVEN_PERSONS
            is_surname = is_common or not _may_be_given(key)
            return is_surname and _has_form("japanese_word", key)
        case "Portuguese":
            # Brazil has many immigrants, whose names need more than bearers there.
            is_european = "Portuguese" in claims.nationalities
            if is_european or len(sources) >= 2 or "curated" in sources:
                return True
            return _has_form("portuguese_particle", claims.spelling)
        case "Russian":
            if rank <= FAMOUS_RANK:
                return True
            is_known = persons >= FEW_PERSONS or rank < NO_RANK
            is_plain = is_known or _has_form("russian_ending", key)
            return is_plain and not NOT_RUSSIAN.fullmatch(key)
    return True


def _looks_czech(claims: Claims) -> bool:
    if not _has_form("german_spelling", claims.key):
        return True
    # ck is c and k in Černický.
    usual, *_ = claims.spellings_in("Czech")
    return _has_form("czech_letter", usual)


def _fits_isles(language: str, claims: Claims) -> bool:
    """Return whether a name that may be English or Irish, or both, is of this one."""
    is_gaelic = _has_form("gaelic_prefix", claims.spelling)
    persons = claims.persons[language]
    english = claims.rates.get("English", 0)
    irish = claims.rates.get("Irish", 0)
    if language == "English":
        is_as_common = ISLES_RATIO * english >= irish
        return is_as_common and not is_gaelic and persons >= ENGLISH_PERSONS
    if is_gaelic:
        return True
    if persons >= COMMON_PERSONS:
        return irish >= ISLES_RATIO_COMMON * english
    is_confirmed = bool(claims.sources["Irish"]) and persons >= 2
    return is_confirmed and irish >= ISLES_RATIO * english


def _may_be_given(key: str) -> bool:
    """Return whether a Japanese name is, or ends like, a given name."""
    return key in _japanese_given_names() or _has_form("japanese_given_ending", key)


@cache
def _japanese_given_names() -> set[str]:
    """Return romanised given names in lower case, which persons of one name may have."""
    return {shorten_vowels(row[1]) for row in japanese_given_rows()}
