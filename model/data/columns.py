"""Which row of a table is its header, and which column has the texts: by headings, by content."""

import re
import unicodedata
from collections.abc import Iterable, Sequence

LONG = 40  # characters; few names have more
LONGEST_HEADING = 100  # characters
LONGEST_SAMPLE = 1000  # characters of a cell that are looked at
TITLE_ROWS = 10  # the header is one of so many first rows
BRACKETED = re.compile(r"\([^()]*\)|\[[^][]*\]")
MISSING = ("n/a", "na", "nan", "none", "null", "nil", "unknown")  # in place of a number


def heading_index(cells: Sequence[str], headings: Iterable[str]) -> int | None:
    """Return the index of the cell that holds the first of `headings` to occur, None if none does.

    An exact match comes first; a heading of several words may also match the end of a cell.

    >>> heading_index(["Name", "Employee Last-Name *"], ["last name", "name"])
    1
    """
    known = list(map(_plain, cells))
    for heading in filter(None, headings):
        if heading in cells:
            return cells.index(heading)
        first, _, last = heading.rpartition(" + ")
        wanted = _plain(last)
        if wanted and wanted in known and (not first or _plain(first) in known):
            return known.index(wanted)
        if wanted and " " in last:
            ends = (i for i, cell in enumerate(known) if cell.endswith(wanted))
            if (index := next(ends, None)) is not None:
                return index
    return None


def _plain(heading: str) -> str:
    """Return the letters and digits of a heading, without what stands in brackets."""
    text = unicodedata.normalize("NFKC", heading[:LONGEST_HEADING]).casefold()
    text = text.replace("ı", "i").replace("i\u0307", "i")  # Turkish has a pair of each
    return "".join(
        c for c in BRACKETED.sub("", text) if unicodedata.category(c)[0] in "LMN"
    )


def rows_above(rows: Sequence[Sequence[str]], headings: Sequence[str]) -> int:
    """Return how many rows, titles and the like, stand above the header.

    A header is known by one of `headings`, and each row above has fewer cells that are filled. Any
    row is a header below a title: one cell alone, over rows that have more, where a blank row
    follows it, or it is longer than all cells below it, or the row differs in kind from the next.

    >>> rows_above([["Staff", ""], ["", ""], ["id", "surname"], ["1", "Kim"]], ["surname"])
    2
    >>> rows_above([["Class list 7b", ""], ["Student", "Class"], ["Anna", "7b"]], [])
    1
    >>> rows_above([["Rossi", ""], ["Kim", "Seoul"], ["Nakamura", "Osaka"]], [])
    0
    """
    filled = [sum(bool(cell.strip(" \"'")) for cell in row) for row in rows]
    for index, row in enumerate(rows[:TITLE_ROWS]):
        if heading_index(row, headings) is not None:
            return index if 0 < max(filled[:index], default=0) < filled[index] else 0
    above = next((i for i, count in enumerate(filled[:TITLE_ROWS]) if count > 1), 0)
    below = filled[above + 1 :]
    if not any(filled[:above]) or sum(count > 1 for count in below) < max(
        1, 0.8 * len(below)
    ):
        return 0
    title = max((cell.strip() for row in rows[:above] for cell in row), key=len)
    longest = max(len(row[0]) for row in rows[above + 1 :] if row)
    is_longer = " " in title and len(title) > longest  # one word alone may be a name
    is_apart = 0 in filled[filled.index(1) : above]
    same_width = [row for row in rows[above:] if len(row) == len(rows[above])]
    return above if is_apart or is_longer or has_header(same_width) else 0


def has_header(rows: Sequence[Sequence[str]], headings: Sequence[str] = ()) -> bool:
    """Return whether the first of the rows, which are equally long, is a header.

    It is if one of its cells is one of `headings`, or if it differs in kind from a column below:
    no number in it, and a word over nothing but numbers or dates.

    >>> rows = [["nr", "wer"], ["1", "Kim"], ["2", ""]]
    >>> has_header(rows), has_header(rows[1:])
    (True, False)
    """
    first, *below = rows or [[]]
    if heading_index(first, headings) is not None:
        return True
    if any(map(_is_number, first)):
        return False
    for cell, *column in zip(first, *below, strict=True):
        filled = [below for below in column if below.strip()]
        is_word = any(map(str.isalpha, cell)) and cell.strip().casefold() not in MISSING
        if filled and is_word and all(map(_is_number, filled)):
            return True
    return False


def text_score(cells: Sequence[str], short: bool = True) -> float:
    """Return how much a column looks like texts, from 0 to 1 in steps of a tenth.

    That is the mean share of letters in its cells (an empty cell has 0), times the share of
    distinct ones, times how well their length fits: of names, how little longer than LONG
    characters they are; of longer texts, how many words they have. Digits and signs count four
    times: "anna@example.org" is less of a name than "O'Neill, Mary".
    """
    filled = [cell.strip() for cell in cells if cell.strip()]
    if not filled:
        return 0
    shares = 0.0
    for cell in filled:
        start = cell[:LONGEST_SAMPLE]
        letters = sum(unicodedata.category(c)[0] in "LM" for c in start)
        others = sum(not c.isspace() and c not in "'’-.,()" for c in start) - letters
        shares += letters / (letters + 4 * others) if letters else 0
    mean_length = sum(map(len, filled)) / len(filled)
    words = sum(len(cell.split()) for cell in filled) / len(filled)
    fit = min(1, LONG / mean_length) if short else words / (words + 3)
    return round(shares / len(cells) * len(set(filled)) / len(filled) * fit, 1)


def _is_number(cell: str) -> bool:
    """Return whether it is a number, an amount, a date or the like: digits, and no word."""
    start = cell[:LONGEST_SAMPLE]
    return any(map(str.isdigit, start)) and sum(map(str.isalpha, start)) <= 1
