"""Which row is the header, and which columns have the texts and the labels.

The header is the first of the first rows that has what is named, or a heading that is known. A
column is the one that is named, the one that is known by its heading, or the only one left, by the
first of these rules that finds one. Cells tell the rest where they are clear: those that are labels
of a model, and in a table of two columns the ones that recur. What no rule finds is None and has to
be asked about, with a guess.
"""

import re
import tomllib
from collections import Counter, defaultdict
from collections.abc import Collection, Sequence
from pathlib import Path

from .headings import Cells, heading_groups, heading_index, one_line, tells_of
from .hints import FULL, OTHER, SURE, WEAK, Hints

_PATH = Path(__file__).with_suffix(".toml")
_WORDS = tomllib.loads(_PATH.read_text("utf-8"))
TEXT_HEADINGS = _WORDS["texts"]
LABEL_HEADINGS = _WORDS["labels"]
GUESSED_HEADINGS = LABEL_HEADINGS + _WORDS["perhaps_labels"]
BOOLEANS = frozenset(_WORDS["booleans"])
NEARLY_ALL = 0.9  # of the cells of a column
# A number, an amount or a date, with or without a time: 1.234,50 €; 2024-02-03T04:05Z; 3 Feb 2024
VALUE = re.compile(
    r"[\W\d_]*\d[\W\d_]*([TZ年月日時分秒년월일][\W\d_]*)*|([^\W\d_]+\W+)?\d{1,2}\W+[^\W\d_]{3,9}\W+\d{2,4}\b.*"
    r"|([^\W\d_]+\W+)?[^\W\d_]{3,9}\W+\d{1,2}\W+\d{4}\b.*"
)


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
        if named and named <= {*cells, *map(one_line, cells)}:
            return i
        is_below_titles = n_filled(cells) > most and first_known is None
        if is_below_titles and heading_index(cells, known) is not None:
            first_known = i
        most = max(most, n_filled(cells))
    return first_known


def known_label(rows: Sequence[Cells], labels: Collection[str]) -> int | None:
    """Return the column nearly all of whose cells are `labels`, None if none is, or several are.

    >>> known_label([["a", "of"], ["Kim", "x"], ["Rossi", "y"]], ["x", "y"])
    1
    """
    found = []
    for i, cells in enumerate(_columns(rows[1:] or rows)):
        if cells and sum(cell in labels for cell in cells) >= NEARLY_ALL * len(cells):
            found.append(i)
    return found[0] if len(found) == 1 else None


def clear_columns(rows: Sequence[Cells]) -> tuple[int | None, int | None]:
    """Return the columns of texts and of labels where two columns leave no doubt.

    Texts have letters and nearly all differ, labels recur and are neither numbers nor dates.

    >>> clear_columns([["a", "Kim"], ["b", "Rossi"], ["a", "Sato"], ["b", "Conti"]])
    (1, 0)
    >>> clear_columns([["1", "Kim"], ["2", "Rossi"], ["1", "Sato"], ["2", "Conti"]])
    (None, None)
    """
    columns = _columns(rows)
    if len(columns) != 2:
        return None, None
    may_be_text = [_are_texts(cells) for cells in columns]
    may_be_label = [recur(cells) and not are_values(cells) for cells in columns]
    pairs = [(0, 1), (1, 0)]
    found = [(i, j) for i, j in pairs if may_be_text[i] and may_be_label[j]]
    return found[0] if len(found) == 1 else (None, None)


def clear_header(rows: Sequence[Cells], text: int, label: int) -> bool | None:
    """Return whether the first row is a header, by its text and its label; None: maybe.

    >>> rows = [["Kim", "a"], ["Rossi", "b"], ["Sato", "a"], ["Conti", "b"]]
    >>> clear_header([["who", "where"], *rows], 0, 1), clear_header(rows, 0, 1)
    (True, False)
    >>> clear_header([["Weber", "c"], *rows, ["Roux", "d"]], 0, 1) is None
    True
    """
    labels = Counter(row[label].strip() for row in rows)
    first = rows[0][label].strip()
    once = [each for each, n in labels.items() if n == 1]
    if once == [first] and first:
        return True
    lengths = [len(row[text]) for row in rows[1:] if row[text]] or [0]
    is_like_others = min(lengths) / 2 <= len(rows[0][text]) <= 2 * max(lengths)
    return False if labels[first] > 1 and first and is_like_others else None


def _columns(rows: Sequence[Cells]) -> list[list[str]]:
    """Return the cells of each column that have anything in them."""
    columns = zip(*rows, strict=True)
    return [list(filter(None, map(str.strip, cells))) for cells in columns]


def recur(cells: Cells) -> bool:
    """Return whether there are at least two different cells, and each twice on average."""
    return 1 < len(set(cells)) <= len(cells) / 2


def are_values(cells: Cells) -> bool:
    """Return whether nearly all are numbers, amounts or dates.

    >>> are_values(["3.5 €", "4"]), are_values(["2024-02-03", "Feb. 3, 2024"]), are_values(["B2"])
    (True, True, False)
    """
    n_values = sum(VALUE.fullmatch(cell) is not None for cell in cells)
    return n_values >= NEARLY_ALL * len(cells)


def _are_texts(cells: Cells) -> bool:
    """Return whether nearly all are different, and have letters."""
    n_lettered = sum(any(map(str.isalpha, cell)) for cell in cells)
    return min(len(set(cells)), n_lettered) >= NEARLY_ALL * len(cells)


def guessed(
    rows: Sequence[Cells], text: int | None, label: int | None
) -> tuple[bool, int, int]:
    """Return whether the first row is a header, and the columns of texts and of labels: a guess.

    Counted are letters in the different cells of a column. Texts have most, and labels, which
    recur and are neither numbers, dates nor yes and no, fewest, if no heading tells of them.
    `text` and `label` are those that are certain.

    >>> guessed([["Nr", "Who", "Where"], ["1", "Rossi", "Rome"], ["2", "Kim", "Rome"]], None, None)
    (True, 1, 2)
    """
    filled = _columns(rows[1:] or rows)
    letters = [sum(map(str.isalpha, "".join(set(cells)))) for cells in filled]
    is_header = all(
        cell not in cells and (cell.strip("0123456789., ") or not cell)
        for cell, cells in zip(rows[0], filled, strict=True)
    )

    def rank(column: int) -> tuple[bool, bool, bool, int]:
        cells = filled[column]
        are_plain = are_values(cells) or BOOLEANS.issuperset(map(str.lower, cells))
        is_told = is_header and tells_of(rows[0][column], GUESSED_HEADINGS)
        return not recur(cells), are_plain, not is_told, letters[column]

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
