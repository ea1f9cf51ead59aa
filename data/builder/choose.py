"""Decide under which languages each surname is listed, and which names fit the size limit.

Works on evidence alone: reads no source, writes nothing. What a single language needs is in
`rules.py`.
"""

from hashlib import sha256

from builder.curate import Corrections
from builder.evidence import Evidence
from builder.languages import CURATED, ISLES, LANGUAGES, UNRANKED
from builder.rules import FEMALE_FORM, enough_bearers, fits_language

MAX_PER_LANGUAGE = 3500
FEMALE_FORMS_KEPT = 400  # per language that has them; the sexes' forms are near copies
# A language keeps a name when its share of the evidence, set against the strongest language's, is
# at least this: about one bearer for six among as many people of the strongest.
MIN_SHARE = 0.15
# The kept languages together must hold this share of the evidence of the 18 languages ...
MIN_TOTAL_SHARE = 0.6
# ... and this one when a single person is all that is known.
MIN_TOTAL_SHARE_WEAK = 0.8
# Persons that a second or third language needs, so that chance bearers add no label.
MIN_PERSONS_LISTED, MIN_PERSONS_UNLISTED = 3, 10
# A name this high in its language's own frequency list stays whatever outside nations do ...
CORE_RANK = 100
# ... unless it is this many times as common in one of them.
CORE_OUTSIDE_RATIO = 8
SECOND_LABEL_RANK = 1000  # Polish has no counted persons: how high a rank a second label needs
_NO_RANK = 10**6


def judge(table: dict[str, Evidence], corrections: Corrections) -> dict[str, set[str]]:
    """Return {match key: languages} of every name that has one, before the cut."""
    _rank_by_evidence(table)
    found = {
        key: set(labels(evidence, corrections.wrong.get(key, set())))
        | corrections.missing.get(key, set())
        for key, evidence in table.items()
    }
    return {key: languages for key, languages in found.items() if languages}


def choose(table: dict[str, Evidence], judged: dict[str, set[str]]) -> dict[str, list[str]]:
    """Return {language: match keys, best attested first}, cut to the size limit."""
    return {
        language: _best(language, [k for k, found in judged.items() if language in found], table)
        for language in LANGUAGES
    }


def _rank_by_evidence(table: dict[str, Evidence]) -> None:
    """Give the most common names a rank in languages that have no frequency list."""
    for language in UNRANKED:
        bearers = [key for key, evidence in table.items() if language in evidence.rates]
        bearers.sort(key=lambda key: (-table[key].rates[language], key))
        for rank, key in enumerate(bearers[:CORE_RANK], start=1):
            table[key].ranks[language] = rank


def labels(evidence: Evidence, wrong: set[str]) -> list[str]:
    """Return the languages a name is kept under; none drops the name."""
    rates = {
        language: rate
        for language, rate in evidence.rates.items()
        if language in LANGUAGES and language not in wrong and _admits(language, evidence)
    }
    if not rates:
        return []
    strongest = max(rates, key=lambda language: (rates[language], language))
    forced = {language for language in rates if _is_core(language, evidence)}
    kept = forced | {strongest} | _further(rates, strongest, evidence)
    weak = evidence.persons[strongest] < 2 and not evidence.sources[strongest]
    needed = MIN_TOTAL_SHARE_WEAK if weak else MIN_TOTAL_SHARE
    enough = sum(rates[language] for language in kept) >= needed * _rivals(evidence, rates)
    return sorted(kept if enough else forced)


def _rivals(evidence: Evidence, rates: dict[str, float]) -> float:
    """Return the evidence of all 18 languages that compete for a name.

    English, Irish and Scottish are one crowd: where one of them has the name, another that may
    not have it is no rival.
    """
    isles_settled = bool(ISLES & rates.keys())
    return sum(
        rate
        for group, rate in evidence.rates.items()
        if group in rates or (group in LANGUAGES and not (isles_settled and group in ISLES))
    )


def _further(rates: dict[str, float], strongest: str, evidence: Evidence) -> set[str]:
    """Return the languages that own the name beside the strongest one."""
    return {
        language
        for language, rate in rates.items()
        if rate / (rate + rates[strongest]) >= MIN_SHARE and _has_bearers(language, evidence)
    }


def _has_bearers(language: str, evidence: Evidence) -> bool:
    if language == "Polish":
        return evidence.ranks.get(language, _NO_RANK) <= SECOND_LABEL_RANK
    needed = MIN_PERSONS_LISTED if evidence.sources[language] else MIN_PERSONS_UNLISTED
    return evidence.persons[language] >= needed


def _admits(language: str, evidence: Evidence) -> bool:
    """Tell whether a language may keep a name at all."""
    if language in CURATED:
        return "curated" in evidence.sources[language]
    if evidence.rates[language] == 0 or not fits_language(language, evidence):
        return False
    if _is_core(language, evidence):
        return True
    return enough_bearers(language, evidence) and is_plausible(language, evidence)


def is_plausible(language: str, evidence: Evidence) -> bool:
    """Tell whether a name fits a language and is not more common outside of all languages."""
    return fits_language(language, evidence) and evidence.rates[language] >= _outside(evidence)


def _is_core(language: str, evidence: Evidence) -> bool:
    """Tell whether a name is curated or high in the language's own frequency list."""
    if language in CURATED:
        return "curated" in evidence.sources[language]
    if evidence.ranks.get(language, _NO_RANK) > CORE_RANK:
        return False
    rate = evidence.rates[language]
    inside = max(other for group, other in evidence.rates.items() if group in LANGUAGES)
    return rate / (rate + inside) >= MIN_SHARE and CORE_OUTSIDE_RATIO * rate >= _outside(evidence)


def _outside(evidence: Evidence) -> float:
    """Return the highest rate in a nationality that speaks for none of the 18 languages."""
    return max((r for group, r in evidence.rates.items() if group not in LANGUAGES), default=0.0)


def _best(language: str, keys: list[str], table: dict[str, Evidence]) -> list[str]:
    """Return at most MAX_PER_LANGUAGE keys, few female forms among them."""
    keys = sorted(keys, key=lambda key: _order(language, table[key]))
    if language in FEMALE_FORM:
        female = [key for key in keys if FEMALE_FORM[language].search(key)]
        surplus = set(female[FEMALE_FORMS_KEPT:])
        keys = [key for key in keys if key not in surplus]
    return keys[:MAX_PER_LANGUAGE]


def _order(language: str, evidence: Evidence) -> tuple:
    """Return the sort key: best attested first, and equals in no alphabetical order."""
    rank = evidence.ranks.get(language, _NO_RANK)
    anywhere = sum(evidence.persons.values())
    shuffled = sha256(evidence.key.encode()).hexdigest()
    return -evidence.rates.get(language, 0), rank, -anywhere, shuffled
