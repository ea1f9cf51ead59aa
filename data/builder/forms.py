"""The other forms of surnames that men and women write differently: Novák and Nováková.

languages.toml has the endings. A name and its other forms belong to one side of the split.
"""

import re
from collections import defaultdict
from collections.abc import Container

from .languages import FACTS, LANGUAGES
from .native import keys_of
from .rows import Labels, Rows, in_order
from .spelling import loose_key

ENDINGS = {
    language: list(zip(*[iter(endings.split())] * 2, strict=True))
    for language, endings in FACTS["endings"].items()
}
CONSONANT = (
    "[^aeiouyáéíóúůýě]$"  # at which an ending is put on without any being taken off
)
LEAST_STEM = 2


def forms_of_women(name: str, language: str) -> list[str]:
    """Return how a woman may write a man's name, the usual form first; none for other names.

    >>> forms_of_women("Hájek", "Czech"), forms_of_women("Hájková", "Czech")
    (['Hájková', 'Hájeková'], [])
    """
    is_of_woman = re.search(FACTS["female_forms"].get(language, "$^"), name)
    return [] if is_of_woman else _exchanged(name, language, men_first=True)


def other_forms(name: str, language: str) -> list[str]:
    """Return every form of the other sex that a name may have.

    >>> other_forms("Kowalska", "Polish"), other_forms("Nowak", "Polish")
    (['Kowalski'], [])
    """
    return forms_of_women(name, language) + men_of_women(name, language)


def men_of_women(name: str, language: str) -> list[str]:
    """Return the names of men that a woman's name may come from."""
    return _exchanged(name, language, men_first=False)


def _exchanged(name: str, language: str, men_first: bool) -> list[str]:
    forms = {}
    for pair in ENDINGS.get(language, []):
        old, new = [ending.strip("-") for ending in (pair if men_first else pair[::-1])]
        stem = name.removesuffix(old) if old else name
        fits = stem != name if old else re.search(CONSONANT, name)
        if fits and len(stem) >= LEAST_STEM:
            forms[stem + new] = None
    return list(forms)


def relatives(rows: Rows) -> Labels:
    """Return {key: languages} of all other forms of the rows' names."""
    related = defaultdict(set)
    for name, language in rows:
        for form in other_forms(name, language):
            for key in keys_of(form):
                related[key].add(language)
    return dict(related)


def without(rows: Rows, related: Labels) -> Rows:
    """Return the rows that are not `related` in their language, or in any if theirs is outside.

    Neumann may train as German though Neumannová is a Czech test name; a Slovak Nováková may not
    where Novák is one.
    """
    kept = []
    for row in rows:
        name, group, *_ = row
        languages = set().union(*(related.get(key, ()) for key in keys_of(name)))
        is_related = group in languages if group in LANGUAGES else languages
        if not is_related:
            kept.append(row)
    return kept


def form_rows(names: Rows, attested: Container[str], hidden: set[str]) -> Rows:
    """Return (form, language, name), without forms that have a key in `hidden`.

    A man's name has its forms that have a key in `attested`, or else the usual one; a woman's name
    stands with each attested name of a man that it may come from.
    """
    rows = []
    for name, language in names:
        forms = forms_of_women(name, language)
        known = [form for form in forms if loose_key(form) in attested]
        for form in known or forms[:1]:
            if keys_of(form).isdisjoint(hidden):
                rows.append((form, language, name))
        for man in men_of_women(name, language):
            if loose_key(man) in attested:
                rows.append((name, language, man))
    return in_order(rows)
