"""What single languages need: how many bearers, which forms, which traps.

Each rule answers to an error that was seen in samples; none of them adds a label.
"""

import re

from builder.curate import not_russian
from builder.evidence import Evidence
from builder.languages import LANGUAGES
from builder.lists import japanese_given_names

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
CORE_RANK = 100  # the most common Russian names are Russian whatever their root

# Neutral nationalities whose bearers confirm a name that one list gives.
NEIGHBOURS = {
    "Dutch": ("Belgian",),
    "French": ("Belgian", "Canadian"),
    "Irish": ("American", "Australian", "British"),
}

# The rule for female forms: they are entries of their own, at most FEMALE_FORMS_KEPT a language.
FEMALE_FORM = {
    "Russian": re.compile(r"([oe]va|[iy]na|aya)$"),
    "Czech": re.compile(r"(ova|ska|cka)$"),
    "Polish": re.compile(r"(ska|cka|dzka)$"),
}

_GAELIC_PREFIX = re.compile(r"(Mc|Mac ?[A-Z]|O'|O [A-Z])")
_ARABIC_PREFIX = re.compile(r"(El|Al|Ben)[ -]")
_PORTUGUESE_PARTICLE = re.compile(r"(Da|Do|Dos|Das) ")
_RUSSIAN_ENDING = re.compile(r"([oe]va?|[iy]na?|ski[iy]?|sky|skaya|[oyi]y|aya|[yi]kh|ago|ovo)$")
_GERMAN_SPELLING = re.compile(r"sch|tz|ck|th|ph|w|x|ei|eu|nn|tt|ll|ss|ff|mm|dt|man$|stein|berg")
_ARMENIAN_ENDING = re.compile(r"[iy]an(ts)?$")
_GREEK_ENDING = re.compile(
    r"(poul(os|ou)|[ai]d[ie]s|idou|akis|aki|akos|oglou|iotis|iotou|eas|elis)$"
)
# A word of Japanese syllables in Latin letters.
_JAPANESE_WORD = re.compile(
    r"((k|s|t|n|h|f|m|y|r|w|g|z|d|b|p|j|sh|ch|ts|ky|gy|ny|hy|my|ry|by|py|kk|ss|tt|pp|ssh|tch|tts)?"
    r"[aiueo]h?|[nm](?![aiueo]))+"
)
# Mountain, river, field, village, island, bridge ...: most Japanese surnames end in such a word.
_JAPANESE_SURNAME_ENDING = re.compile(
    r"(moto|yama|[kg]awa|mura|[sj]hima|jima|[hbw]ara|[sz]aki|[kg]uchi|oka|mori|matsu|[hb]ashi"
    r"|[td]ani|[sz]awa|naka|numa|kura|ura|uchi|ishi|ike|shita|mizu|[td]a|no|[hb]ayashi|[tz]uka"
    r"|kubo|sugi|gaki|kami|fuji|hata|machi|jo|dera|hama|se|be)$"
)
_JAPANESE_GIVEN_ENDING = re.compile(
    r"(hiko|suke|taro|jiro|nobu|hide|yoshi|shige|mitsu|masa|tomo|yuki|ko|mi|emon|sai|tei)$"
)


def enough_bearers(language: str, evidence: Evidence) -> bool:
    """Tell whether lists or persons enough say that the name is a surname of the language."""
    if evidence.sources[language] and _in_use(language, evidence):
        return True
    return not evidence.is_given_name and evidence.persons[language] >= _needed(language, evidence)


def _in_use(language: str, evidence: Evidence) -> bool:
    """Tell whether a listed name has a sign of life beside one unranked list.

    Greek lists are in Greek letters, so the spelling made from them may be met nowhere else.
    """
    bearers = MIN_PERSONS[language] if language == "German" else 1
    return (
        language == "Greek"
        or language in evidence.ranks
        or len(evidence.sources[language]) > 1
        or evidence.persons[language] >= bearers
        or any(evidence.persons[n] or n in evidence.sources for n in NEIGHBOURS.get(language, ()))
    )


def _needed(language: str, evidence: Evidence) -> int:
    """Return how many bearers an unlisted name needs: fewer where its form speaks for it."""
    plain = {
        "Czech": evidence.czech_letters,
        "Dutch": "Belgian" in evidence.sources,
        "Greek": bool(_GREEK_ENDING.search(evidence.key)),
    }
    if plain.get(language):
        return 1
    if language == "Japanese" and _JAPANESE_SURNAME_ENDING.search(evidence.key):
        return 2
    return MIN_PERSONS[language]


def fits_language(language: str, evidence: Evidence) -> bool:
    """Tell whether a name passes its language's own test, if there is one."""
    test = _TESTS.get(language)
    return test is None or test(evidence)


def _arabic(evidence: Evidence) -> bool:
    return not _ARMENIAN_ENDING.search(evidence.key)


def _czech(evidence: Evidence) -> bool:
    rare = evidence.persons["Czech"] < FEW_PERSONS and not evidence.sources["Czech"]
    return not (rare and _GERMAN_SPELLING.search(evidence.key))


def _english(evidence: Evidence) -> bool:
    as_common = ISLES_RATIO * evidence.rates["English"] >= evidence.rates.get("Irish", 0)
    gaelic = _GAELIC_PREFIX.match(evidence.spelling)
    return as_common and not gaelic and evidence.persons["English"] >= ENGLISH_PERSONS


def _irish(evidence: Evidence) -> bool:
    if _GAELIC_PREFIX.match(evidence.spelling):
        return True
    common = evidence.persons["Irish"] >= COMMON_PERSONS
    known = common or (evidence.sources["Irish"] and evidence.persons["Irish"] >= 2)
    ratio = ISLES_RATIO_COMMON if common else ISLES_RATIO
    return bool(known) and evidence.rates["Irish"] >= ratio * evidence.rates.get("English", 0)


def _japanese(evidence: Evidence) -> bool:
    if not _JAPANESE_WORD.fullmatch(evidence.key):
        return False
    key = evidence.key
    maybe_given = key in japanese_given_names() or _JAPANESE_GIVEN_ENDING.search(key)
    common = evidence.ranks.get("Japanese", MAYBE_GIVEN_RANK + 1) <= MAYBE_GIVEN_RANK
    return not maybe_given or common or evidence.persons["Japanese"] >= MAYBE_GIVEN_PERSONS


def _portuguese(evidence: Evidence) -> bool:
    """Brazil has many immigrants, so more than a few bearers there must confirm a name."""
    sources = evidence.sources["Portuguese"]
    return bool(
        evidence.nationalities["Portuguese"] > 0
        or len(sources) >= 2
        or "curated" in sources
        or _PORTUGUESE_PARTICLE.match(evidence.spelling)
    )


def _russian(evidence: Evidence) -> bool:
    if evidence.ranks.get("Russian", CORE_RANK + 1) <= CORE_RANK:
        return True
    rare = evidence.persons["Russian"] < FEW_PERSONS and "Russian" not in evidence.ranks
    looks_russian = bool(_RUSSIAN_ENDING.search(evidence.key))
    return not not_russian().match(evidence.key) and (looks_russian or not rare)


def _spanish(evidence: Evidence) -> bool:
    """Spain's register has Moroccans in it; Spanish names do not begin as theirs do."""
    return not _ARABIC_PREFIX.match(evidence.spelling)


_TESTS = {
    "Arabic": _arabic,
    "Czech": _czech,
    "English": _english,
    "Irish": _irish,
    "Japanese": _japanese,
    "Portuguese": _portuguese,
    "Russian": _russian,
    "Spanish": _spanish,
}
