"""Headings of columns, however they are written: `LastName` and "Last name *" are one."""

import re
import unicodedata
from collections.abc import Iterable, Sequence
from functools import lru_cache
from typing import NamedTuple

Cells = Sequence[str]  # of a row
Groups = dict[str, int]  # the group of each heading
LONGEST_HEADING = 100  # characters
SHORTEST_END = 5  # bytes: a word of five letters, or two of Chinese
CAMEL_CASE = re.compile("(?<=[a-z])(?=[A-Z])")
DOTS = ("ı", "i\u0307")  # Turkish has a pair of each i
BRACKETED = re.compile(r"\([^()]*\)|\[[^][]*\]")


def one_line(heading: str) -> str:
    """Return a heading as messages quote it, and as it may be given: without white space around."""
    return " ".join(heading.split())


def heading_index(cells: Cells, headings: Iterable[str]) -> int | None:
    """Return the index of the cell that holds the first of `headings` to occur, None if none does.

    >>> heading_index(["Name", "Employee Last-Name *"], ["last name", "name"])
    1
    """
    groups = heading_groups(cells, [[heading] for heading in headings])
    known = [group for group in groups if group is not None]
    if not known:
        return None
    return groups.index(min(known))


def heading_groups(cells: Cells, groups: Iterable[Cells]) -> list[int | None]:
    """Return for each cell the index of the first group that has it as a heading, None for none.

    A heading of several words may also be the last words of a cell, unless the cell as a whole is a
    heading. "first + last" is the heading `last` beside a cell `first`.

    >>> groups = [["last name", "first + last"], ["first name", "first and last name"]]
    >>> heading_groups(["Staff: LastName", "First and last name", "last", "x"], groups)
    [0, 1, None, None]
    """
    to_look_up = tuple(map(tuple, groups))
    known = _known_headings(to_look_up)
    keys = set(map(_key, cells))
    return [_group_of(cell, known, keys) for cell in cells]


def tells_of(cell: str, headings: Iterable[str]) -> bool:
    """Return whether a cell is, has or ends as one of `headings`, of which a guess is made.

    >>> tells_of("issueType (new)", ["type"]), tells_of("Hauptgruppe", ["Gruppe"])
    (True, True)
    """
    known = frozenset(map(_key, headings))
    words = _words(CAMEL_CASE.sub(" ", cell[:LONGEST_HEADING]))
    ends = tuple(one for one in known if len(one.encode()) >= SHORTEST_END)
    return not known.isdisjoint(words) or _key(cell).endswith(ends)


def _group_of(
    cell: str,
    known: "_Headings",
    keys: set[str],
) -> int | None:
    """Return the first group with a cell as a heading, where the cells have these `keys`."""
    key = _key(cell)
    matches = [known.exact[name] for name in (cell, key) if name in known.exact]
    beside = known.pairs.get(key, {})
    for first in keys.intersection(beside):
        matches.append(beside[first])
    if matches:
        return min(matches)
    return _group_of_end(cell, known.endings)


def _group_of_end(cell: str, endings: Groups) -> int | None:
    """Return the group of the longest heading that ends a cell: `last name` in "Staff LastName"."""
    spaced = CAMEL_CASE.sub(" ", cell[:LONGEST_HEADING])
    words = _words(spaced)
    while words:
        words = words[1:]
        end = "".join(words)
        if end in endings:
            return endings[end]
    return None


class _Headings(NamedTuple):
    exact: Groups  # by heading and by key
    endings: Groups  # by key, of headings of several words
    pairs: dict[str, Groups]  # by the key of the second, and then of the first


@lru_cache(maxsize=64)
def _known_headings(groups: tuple[tuple[str, ...], ...]) -> _Headings:
    exact: Groups = {}
    endings: Groups = {}
    pairs: dict[str, Groups] = {}
    for group, headings in enumerate(groups):
        for heading in filter(None, headings):
            exact.setdefault(heading, group)
            first, _, last = heading.rpartition(" + ")
            if first:
                pairs.setdefault(_key(last), {}).setdefault(_key(first), group)
                continue
            key = _key(heading)
            exact.setdefault(key, group)
            if len(_words(heading)) > 1:
                endings.setdefault(key, group)
    return _Headings(exact, endings, pairs)


def _key(heading: str) -> str:
    """Return what two spellings of a heading have in common: its letters and digits."""
    return "".join(_words(heading)) or heading


def _words(heading: str) -> list[str]:
    """Return the words of a heading in lower case, without what stands in brackets."""
    start = heading[:LONGEST_HEADING]
    text = unicodedata.normalize("NFKC", start)
    text = text.casefold()
    for dotted_or_not in DOTS:
        text = text.replace(dotted_or_not, "i")
    text = BRACKETED.sub("", text)
    spaced = ""
    for character in text:
        kind = unicodedata.category(character)[0]  # a letter, a mark, a number
        spaced += character if kind in "LMN" else " "
    return spaced.split()
