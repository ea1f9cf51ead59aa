"""Which columns have the texts and the labels, and whether the first row is a header.

A column is the one that is named, the one that is known by its heading, or the only one left, by
the first of these rules that finds one. The first row is a header if it has a heading that is named
or known. What no rule finds is None and has to be asked about: nothing is guessed from the cells.
"""

from collections import defaultdict
from collections.abc import Iterable

from .headings import Cells, heading_groups, heading_index
from .hints import FULL, OTHER, SURE, WEAK, Hints


def has_header(first: Cells, headings: Iterable[str]) -> bool | None:
    """Return whether the first row has one of `headings`; None if it has not, and may be a header.

    >>> has_header(["Nr", "Last Name"], ["last name"]), has_header(["Kim"], ["last name"])
    (True, False)
    """
    if heading_index(first, headings) is not None:
        return True
    return False if len(first) == 1 else None  # a list has none


def find_columns(
    headings: Cells,
    width: int,
    hints: Hints,
    text: int | None = None,
    label: int | None = None,
) -> tuple[int | None, int | None, list[int]]:
    """Return the columns of texts and labels, and all that are surely called as texts are.

    `text` and `label` are those that are named; of several that are called alike the first is read.

    >>> hints = Hints(["surname"], weak_headings=["name"], label_headings=["language"])
    >>> find_columns(["Name", "Language", "Surname"], 3, hints)
    (2, 1, [2])
    >>> find_columns(["Town", "Language"], 2, hints), find_columns([], 2, hints)
    ((0, 1, []), (None, None, []))
    >>> hints = Hints(full_headings=["full name"], weak_headings=["name"])
    >>> find_columns(["Name", "Full name", "Age"], 3, hints)
    (1, None, [])
    >>> find_columns(["Town", "Age", "Surname"], 3, Hints(["surname"], label_headings=["surname"]))
    (None, 2, [])
    """
    sure: list[int] = []
    if label is None:
        label = heading_index(headings, hints.label_headings)
    if text is None:
        sure, known = _known_texts(headings, hints, label)
        text = next(iter(known), None)
    left = [i for i in range(width) if i not in (text, label)]
    if len(left) == 1:
        if text is None:
            text = left[0]
        elif label is None:
            label = left[0]
    return text, label, sure


def _known_texts(
    headings: Cells, hints: Hints, label: int | None
) -> tuple[list[int], list[int]]:
    """Return the columns that are surely texts, and those to read, by their headings."""
    kinds, groups = zip(*hints.groups, strict=True)
    found = heading_groups(headings, groups)
    columns = defaultdict[str, list[int]](list)
    for number, kind in enumerate(kinds):
        of_group = [i for i, group in enumerate(found) if group == number]
        columns[kind] += [i for i in of_group if i != label]
    sure = columns[SURE]
    # Beside a given name nobody can tell what "name" means.
    weak = [] if columns[OTHER] else columns[WEAK]
    return sure, sure or columns[FULL] or weak
