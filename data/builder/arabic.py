"""Arabic and Persian names of arabic-name-romanizer's index: who bears them, how they are written.

The index counts single words of names by country, and folds their spelling: hamza and the dots at
a word's end are lost. Nothing of a full name is in it.
"""

import re
import sqlite3
from collections import Counter, defaultdict
from collections.abc import Iterator
from functools import cache

from .lists import Name, content, package_lists
from .spelling import best_spelling, loose_key, native_spelling

INDEX = "arabic_name_romanizer/resources/names.sqlite3"
GROUPS = dict.fromkeys("AE BH DZ EG IQ JO KW LB LY MA MR OM PS QA SA SD SY TN YE".split(), "Arabic")
GROUPS |= {"IR": "Iranian", "PK": "Pakistani", "AF": "Afghan"}
MIN_BEARERS = 2  # of a surname: one may be a slip
# A word that is a given name more often than a surname needs this many bearers of the surname.
MAYBE_GIVEN_BEARERS = 10
MIN_GIVEN_BEARERS = 3
# An -a at the end in Latin tells which letter the folded one was.
_FINAL_A = {"ه": "ة", "ي": "ى"}
_PERSIAN_LETTERS = str.maketrans("يك", "یک")


@cache
def _bearers(role: str) -> dict[str, dict[str, Counter]]:
    """Return {folded Arabic: {group: Latin spelling -> persons}} of a role's words."""
    found = defaultdict(lambda: defaultdict(Counter))
    with sqlite3.connect(":memory:") as index:
        index.deserialize(content("arabic-name-romanizer", INDEX))
        query = "SELECT arabic_key, latin, country, count FROM units WHERE role = ? ORDER BY 1"
        for arabic, latin, country, persons in index.execute(query, [role]):
            found[arabic][GROUPS.get(country, "Other")][latin] += persons
    return found


def given_names() -> Iterator[str]:
    """Yield given names of Arab countries in their usual Latin spelling, most borne first."""
    spellings = [groups.get("Arabic", Counter()) for groups in _bearers("given").values()]
    for found in sorted(spellings, key=Counter.total, reverse=True):
        if found.total() >= MIN_GIVEN_BEARERS:
            yield best_spelling(found)


@cache
def usual_latin() -> dict[str, str]:
    """Return {loose key of a surname: the Latin spelling of most bearers in Arab countries}."""
    merged = defaultdict(Counter)
    for arabic, groups in _bearers("surname").items():
        if "Arabic" in groups:
            merged[loose_key(arabic)].update(groups["Arabic"])
    return {key: best_spelling(found) for key, found in merged.items()}


def surnames() -> Iterator[Name]:
    """Yield the surnames, each for the group that most of its bearers are of."""
    for arabic, groups in _bearers("surname").items():
        counts = {group: found.total() for group, found in groups.items()}
        group, persons = min(counts.items(), key=lambda item: (-item[1], item[0]))
        given = _bearers("given").get(arabic, {}).get(group, Counter()).total()
        if group != "Other" and persons >= max(MIN_BEARERS, min(given, MAYBE_GIVEN_BEARERS)):
            latin = usual_latin().get(loose_key(arabic), arabic)
            persian = arabic.translate(_PERSIAN_LETTERS)
            text = _unfolded(arabic, latin) if group == "Arabic" else persian
            yield Name(text, group, latin, persons)


def _unfolded(arabic: str, latin: str) -> str:
    """Return a name of the index as it is written.

    Words that a list has are spelled as there; the Latin spelling tells the end of the others.
    """
    *words, last = map(_usual, arabic.split())
    if last == arabic.split()[-1] and re.search("ah?$", latin) and not last.endswith("لله"):
        last = last[:-1] + _FINAL_A.get(last[-1], last[-1])
    return " ".join([*words, last])


def _usual(word: str) -> str:
    """Return how lists write a word, with the article or without."""
    bare = word.removeprefix("ال")
    article, usual = word.removesuffix(bare), _listed_words()
    return usual.get(loose_key(word)) or article + usual.get(loose_key(bare), bare)


@cache
def _listed_words() -> dict[str, str]:
    """Return {loose key: usual spelling} of the words in lists of surnames and given names."""
    lists = [*package_lists("native"), *package_lists("given")]
    names = {name for found in lists if found.group == "Arabic" for name in found.names}
    spellings = defaultdict(Counter)
    for name in names:
        for word in (native_spelling(name) or "").split():
            spellings[loose_key(word)][word] += 1
    return {key: best_spelling(found) for key, found in spellings.items()}
