"""Which row is the header, and which columns have the texts and the labels.

The header is the first of the first rows that has what is named, or a heading that is known. A
column is the one that is named, the one that is known by its heading, or the only one left, by the
first of these rules that finds one. What no rule finds is None and has to be asked about: only the
question has a guess from the cells.
"""

import re
from collections import Counter, defaultdict
from collections.abc import Collection, Sequence

from .headings import Cells, heading_groups, heading_index
from .hints import FULL, OTHER, SURE, WEAK, Hints

# What no label is, but a number, a date or a time
COUNTED = re.compile(r"[\d\s.,:/+%TZ-]*")
# Nor a guess at one: what a box that is ticked or not is exported as
TICKED = set(
    "true false yes no ja nein oui non si sí sim não tak nie да нет x t f y n".split()
)
FEWEST_ROWS = 10  # whose cells tell what a column has


def n_filled(cells: Cells) -> int:
    """Return how many cells have anything in them, of a row that may be a header.

    The first may be empty there: programs that write row numbers have no heading for them.
    """
    filled = list(map(bool, map(str.strip, cells)))
    return sum(filled) + (any(filled) and not filled[0])


def header_index(
    rows: Sequence[Cells], named: set[str], known: Sequence[str]
) -> int | None:
    """Return which of the first rows is the header, None if none of them tells.

    It has all headings that are `named`, or else a `known` one below rows of fewer cells: titles.

    >>> rows = [["Staff"], [], ["Nr", "Last Name"], ["1", "Name"]]
    >>> header_index(rows, set(), ["name", "last name"]), header_index(rows, {"Name"}, [])
    (2, 3)
    """
    most = 0
    first_known = None
    for i, cells in enumerate(rows):
        if named and named <= set(cells):
            return i
        is_below_titles = n_filled(cells) > most and first_known is None
        if is_below_titles and heading_index(cells, known) is not None:
            first_known = i
        most = max(most, n_filled(cells))
    return first_known


def label_columns(rows: Sequence[Cells], labels: Collection[str]) -> list[int]:
    """Return the columns of which nearly all cells are among `labels`.

    >>> label_columns([["language", "name"], ["Czech", "Novák"], ["Dutch", "Kok"]] * 9, ["Czech"])
    []
    >>> label_columns([["Czech", "Novák"], ["Dutch", "Kok"]], ["Czech", "Dutch"])
    [0]
    """
    found = []
    for i, column in enumerate(zip(*rows, strict=True)):
        cells = list(filter(None, map(str.strip, column[1:] or column)))
        n_known = sum(cell in labels for cell in cells)
        if cells and n_known >= 0.9 * len(cells):
            found.append(i)
    return found


def told_by_cells(rows: Sequence[Cells]) -> tuple[list[int], bool | None]:
    """Return the columns of texts and of labels among two, and whether a header is above them.

    Nearly all texts are different and have letters; labels recur, and are neither dates nor
    numbers. The header's is the only label that occurs once, or it recurs in a row whose text
    looks like the others. What the cells do not tell is empty or None.
    """
    for text, label in ((0, 1), (1, 0)):
        texts, labels = ([cells[i].strip() for cells in rows] for i in (text, label))
        counts = Counter(filter(None, labels[1:]))
        n, n_texts = counts.total(), len(set(texts[1:]))
        have_letters = sum(any(map(str.isalpha, one)) for one in texts[1:])
        n_counted = sum(n for one, n in counts.items() if COUNTED.fullmatch(one))
        is_told = (
            n >= FEWEST_ROWS
            and min(n_texts, have_letters) >= 0.9 * n
            and 2 <= len(counts) <= n / 2
            and n_counted < n / 2
        )
        if not is_told:
            continue
        header = None
        if labels[0] not in counts and min(counts.values()) > 1:
            header = True
        elif labels[0] in counts and _looks_like(texts[0], texts[1:]):
            header = False
        return [text, label], header
    return [], None


def _looks_like(text: str, others: Sequence[str]) -> bool:
    """Return whether a text is no shorter or longer than the others are, in words and letters."""
    for length in (len, lambda one: len(one.split())):
        lengths = sorted(map(length, filter(None, others)))
        if not lengths[0] <= length(text) <= lengths[-1]:
            return False
    return True


def guessed(
    rows: Sequence[Cells], text: int | None, label: int | None
) -> tuple[bool, int, int]:
    """Return whether the first row is a header, and the columns of texts and of labels: a guess.

    Counted are letters in the different cells of a column. Texts have most, and labels, which
    recur, fewest. `text` and `label` are those that are certain.

    >>> guessed([["Nr", "Who", "Where"], ["1", "Rossi", "Rome"], ["2", "Kim", "Rome"]], None, None)
    (True, 1, 2)
    """
    below = rows[1:] or rows
    filled = [list(filter(None, column)) for column in zip(*below, strict=True)]
    letters = [sum(map(str.isalpha, "".join(set(cells)))) for cells in filled]
    is_header = all(
        cell not in cells and (cell.strip("0123456789., ") or not cell)
        for cell, cells in zip(rows[0], filled, strict=True)
    )

    def rank(column: int) -> tuple[bool, bool, int]:
        cells = set(filled[column])
        recurs = 1 < len(cells) <= len(filled[column]) / 2
        is_ticked = {cell.strip().casefold() for cell in cells} <= TICKED
        is_other = is_ticked or all(map(COUNTED.fullmatch, cells))
        return not recurs, is_other, letters[column]

    free = set(range(len(filled))) - {text, label}
    if text is None:
        text = max(sorted(free), key=letters.__getitem__)
    if label is None:
        label = min(sorted(free - {text}), key=rank, default=text)
    return is_header, text, label


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
