"""The other forms of surnames that men and women write differently: Novák and Nováková.

languages.toml has the endings. A name and its other forms belong to one side of the split.
"""

import re
from collections import defaultdict
from collections.abc import Container

from .languages import FACTS, LANGUAGES, pairs_of
from .native import keys_of
from .rows import Labels, Row, in_order
from .spelling import loose_key

Endings = defaultdict[str, list[tuple[str, str]]]
# language -> endings, each with the one that takes its place, "" for none
WOMEN: Endings = defaultdict(list)
MEN: Endings = defaultdict(list)
for _language, _endings in FACTS["endings"].items():
    for _ending, _of_women in pairs_of(_endings):
        _of_men = _ending.strip("-")
        WOMEN[_language].append((_of_men, _of_women))
        MEN[_language].append((_of_women, _of_men))
CONSONANT = "[^aeiouyáéíóúůýě]$"  # after which an ending is added, and none removed
LEAST_STEM = 2


def forms_of_women(name: str, language: str) -> list[str]:
    """Return how a woman may write a man's name, the usual form first; none for other names.

    >>> forms_of_women("Hájek", "Czech"), forms_of_women("Hájková", "Czech")
    (['Hájková', 'Hájeková'], [])
    """
    female_form = FACTS["female_forms"].get(language, "$^")
    if re.search(female_form, name):
        return []
    return _exchanged(name, WOMEN[language])


def other_forms(name: str, language: str) -> list[str]:
    """Return every form of the other sex that a name may have.

    >>> other_forms("Kowalska", "Polish"), other_forms("Nowak", "Polish")
    (['Kowalski'], [])
    """
    return forms_of_women(name, language) + men_of_women(name, language)


def men_of_women(name: str, language: str) -> list[str]:
    """Return the names of men that a woman's name may come from."""
    return _exchanged(name, MEN[language])


def _exchanged(name: str, endings: list[tuple[str, str]]) -> list[str]:
    """Return the name with each ending that it has exchanged for the other."""
    is_of_consonant = re.search(CONSONANT, name)
    forms = []
    for old, new in endings:
        stem = name.removesuffix(old)
        fits = name.endswith(old) if old else is_of_consonant
        form = stem + new
        if fits and len(stem) >= LEAST_STEM and form not in forms:
            forms.append(form)
    return forms


def relatives(rows: list[Row]) -> Labels:
    """Return {key: languages} of all other forms of the rows' names."""
    related = defaultdict(set)
    for name, language in rows:
        for form in other_forms(name, language):
            for key in keys_of(form):
                related[key].add(language)
    return dict(related)


def without(rows: list[Row], related: Labels) -> list[Row]:
    """Return the rows that are not `related` in their language, or in any if theirs is outside.

    Neumann may train as German though Neumannová is a Czech test name; a Slovak Nováková may not
    where Novák is one.
    """
    kept = []
    for row in rows:
        name, group, *_ = row
        languages = set()
        for key in keys_of(name):
            languages |= related.get(key, set())
        if group in LANGUAGES:
            languages &= {group}
        if not languages:
            kept.append(row)
    return kept


def form_rows(
    names: list[Row],
    attested: Container[str],
    hidden: set[str],
) -> list[Row]:
    """Return (form, language, name), without forms that have a key in `hidden`.

    A man's name has its forms that have a key in `attested`, or else the usual one; a woman's name
    stands with each attested name of a man that it may come from.
    """
    rows = []
    for name, language in names:
        forms = forms_of_women(name, language)
        in_sources = [form for form in forms if loose_key(form) in attested]
        for form in in_sources or forms[:1]:
            if keys_of(form).isdisjoint(hidden):
                rows.append((form, language, name))
        for man in men_of_women(name, language):
            if loose_key(man) in attested:
                rows.append((name, language, man))
    return in_order(rows)
