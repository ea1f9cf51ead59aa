"""Surnames in their own script: which to keep, and on which side of the split.

A name goes to the side of the Latin name that a source, or its romanisation, links it to. Reads
what `scripts.py` gathers and the labels of the Latin names; writes nothing.
"""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import replace
from hashlib import sha256

from builder.choose import FEMALE_FORMS_KEPT, MAX_PER_LANGUAGE, is_plausible
from builder.evidence import Evidence
from builder.languages import LANGUAGES
from builder.rules import FEMALE_FORM
from builder.scripts import Name, link_of, loose_key, script_of
from builder.write import in_order, is_test
from model.core import normalise
from model.data.texts import letters_of, match_key

# An Arabic surname that is of other languages in Latin letters is a foreigner's name in Arabic
# letters (لوبيز is López), unless it has the article or this many bearers.
ARABIC_BEARERS = 10
ARTICLE = "ال"

Rows = list[tuple[str, str]]


def keys_of(name: str) -> set[str]:
    """Return the keys of a name and of the Latin names that may be taken for it.

    >>> sorted(keys_of("Воробьёв"))
    ['vorobev', 'vorobyov', 'воробьев', 'воробьёв']
    """
    return {match_key(name), loose_key(name), match_key(link_of(name)), letters_of(normalise(name))}


def sides(names: Iterable[Name]) -> dict[str, bool]:
    """Return {loose key: whether it is a test name}.

    `names` come with the surest links first: the first link of a key decides for all its rows.
    Outside groups link to none of the Latin names of these files.
    """
    found: dict[str, bool] = {}
    for name in names:
        if name.group in LANGUAGES:
            found.setdefault(loose_key(name.text), is_test(name.link))
    return found


def keep(names: list[Name], table: dict[str, Evidence], labels: dict[str, set[str]]) -> list[Name]:
    """Return one name for each key, language and script, best attested first, cut to the limit.

    `table` and `labels` are what is known of the Latin names, before their own cut.
    """
    found: dict[tuple[str, str], dict[str, Name]] = defaultdict(dict)
    for name in names:
        if name.group in LANGUAGES and _is_of_its_group(name, table, labels):
            same = found[name.group, script_of(name.text)]
            before = same.setdefault(loose_key(name.text), replace(name, weight=0))
            same[loose_key(name.text)] = replace(before, weight=before.weight + name.weight)
    return [name for same in found.values() for name in _best(list(same.values()))]


def _is_of_its_group(name: Name, table, labels) -> bool:
    """Judge a name by its Latin form where lists hold other peoples' names."""
    key = match_key(name.link)
    if name.group == "Russian":
        judged = key in table and is_plausible("Russian", table[key])
        return "Russian" in labels[key] if key in labels else judged
    if name.group == "Arabic" and "Arabic" not in labels.get(key, {"Arabic"}):
        return name.weight >= ARABIC_BEARERS or name.text.startswith(ARTICLE)
    return True


def _best(names: list[Name]) -> list[Name]:
    names.sort(key=lambda name: (-name.weight, sha256(name.text.encode()).hexdigest()))
    if (form := FEMALE_FORM.get(names[0].group)) is not None:
        female = [name for name in names if form.search(match_key(name.link))]
        surplus = {name.text for name in female[FEMALE_FORMS_KEPT:]}
        names = [name for name in names if name.text not in surplus]
    return names[:MAX_PER_LANGUAGE]


def split(kept: list[Name], names: Iterable[Name], latin: dict[str, Rows]) -> dict[str, Rows]:
    """Return {"train": rows, "test": rows} of those kept, each sorted; `names` tell the sides.

    A name with a Latin form among the Latin names of the other side is left out. Not so one in
    Chinese characters: its pinyin may be the form of many names.
    """
    is_test_name = sides(names)
    others = {part: {match_key(name) for name, _ in rows} for part, rows in latin.items()}
    rows: dict[str, Rows] = {"train": [], "test": []}
    for name in kept:
        part, other = ("test", "train") if is_test_name[loose_key(name.text)] else ("train", "test")
        if script_of(name.text) == "Han" or not keys_of(name.text) & others[other]:
            rows[part].append((name.text, name.group))
    return {part: in_order(found) for part, found in rows.items()}
