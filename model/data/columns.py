"""Which row of a table is its header, and which column has the texts: by headings, by content."""

import re
import unicodedata
from collections.abc import Iterable, Sequence
from functools import lru_cache
from typing import NamedTuple

Cells = Sequence[str]  # of a row or of a column
LONG = 40  # characters; few names have more
LONGEST_HEADING = 100  # characters
LONGEST_SAMPLE = 1000  # characters of a cell that are looked at
SIGNS_IN_NAMES = "'’-.,()"
TITLE_ROWS = 10  # the header is one of so many first rows
CAMEL_CASE = re.compile("(?<=[a-z])(?=[A-Z])")
BRACKETED = re.compile(r"\([^()]*\)|\[[^][]*\]")
MISSING = "n/a na nan none null nil unknown".split()  # in place of a number


def heading_index(cells: Cells, headings: Iterable[str]) -> int | None:
    """Return the index of the cell that holds the first of `headings` to occur, None if none does.

    >>> heading_index(["Name", "Employee Last-Name *"], ["last name", "name"])
    1
    """
    groups = [(heading,) for heading in headings]
    return best_column(heading_groups(cells, groups))


def best_column(groups: Sequence[int | None]) -> int | None:
    """Return the first of the columns whose heading is of the lowest group, None without any."""
    known = [group for group in groups if group is not None]
    return groups.index(min(known)) if known else None


def heading_groups(cells: Cells, groups: Sequence[Cells]) -> list[int | None]:
    """Return for each cell the index of the first group that has it as a heading, None for none.

    A heading of several words may also be the last words of a cell, unless the cell as a whole is a
    heading. "first + last" is the heading `last` beside a cell `first`.

    >>> groups = [["last name", "first + last"], ["first name", "first and last name"]]
    >>> heading_groups(["Staff: LastName", "First and last name", "last", "x"], groups)
    [0, 1, None, None]
    """
    known = _known_headings(tuple(map(tuple, groups)))
    keys = {_key(cell) for cell in cells}
    beside = []
    for (first, last), group in known.pairs.items():
        if first in keys:
            beside.append((last, group))
    return [_group_of(cell, known, beside) for cell in cells]


def _group_of(
    cell: str, known: "_Headings", beside: Sequence[tuple[str, int]]
) -> int | None:
    """Return the first group with a cell as a heading; `beside` has ends of pairs and groups."""
    key = _key(cell)
    matches = [group for last, group in beside if last == key]
    for name in (cell, key):
        if name in known.exact:
            matches.append(known.exact[name])
    if matches:
        return min(matches)
    for end in _ends(cell):
        if end in known.endings:
            return known.endings[end]
    return None


class _Headings(NamedTuple):
    """The group of each heading, of each that has several words, and of each pair."""

    exact: dict[str, int]
    endings: dict[str, int]
    pairs: dict[tuple[str, str], int]


@lru_cache(maxsize=64)
def _known_headings(groups: tuple[tuple[str, ...], ...]) -> _Headings:
    known = _Headings({}, {}, {})
    for group, headings in enumerate(groups):
        for heading in filter(None, headings):
            known.exact.setdefault(heading, group)
            first, _, last = heading.rpartition(" + ")
            if first:
                known.pairs.setdefault((_key(first), _key(last)), group)
                continue
            known.exact.setdefault(_key(heading), group)
            if len(_words(heading)) > 1:
                known.endings.setdefault(_key(heading), group)
    return known


def _key(heading: str) -> str:
    """Return what two spellings of a heading have in common: its letters and digits."""
    return "".join(_words(heading)) or heading


def _ends(cell: str) -> list[str]:
    """Return the last words of a cell as keys, the longest first: of "My LastName" `lastname`."""
    spaced = CAMEL_CASE.sub(" ", cell[:LONGEST_HEADING])
    words = _words(spaced)
    return ["".join(words[start:]) for start in range(1, len(words))]


def _words(heading: str) -> list[str]:
    """Return the words of a heading in lower case, without what stands in brackets."""
    text = unicodedata.normalize("NFKC", heading[:LONGEST_HEADING])
    text = text.casefold().replace("ı", "i")
    text = text.replace("i\u0307", "i")  # Turkish has a pair of each
    text = BRACKETED.sub("", text)
    letters = [c if _kind(c) in "LMN" else " " for c in text]
    return "".join(letters).split()


def rows_above(rows: Sequence[Cells], headings: Cells) -> int:
    """Return how many rows, titles and the like, stand above the header.

    A header is known by one of `headings`, and each row above has fewer cells that are filled. Any
    row is a header below a title: one cell alone, over rows that have more, where a blank row
    follows it, or it is longer than all cells below it.

    >>> rows_above([["Staff", ""], ["", ""], ["id", "surname"], ["1", "Kim"]], ["surname"])
    2
    >>> rows_above([["Class list 7b", ""], ["Student", "Class"], ["Anna", "7b"]], [])
    1
    >>> rows_above([["Rossi", ""], ["Kim", "Seoul"], ["Nakamura", "Osaka"]], [])
    0
    """
    filled = [_n_filled(row) for row in rows]
    for index, row in enumerate(rows[:TITLE_ROWS]):
        if heading_index(row, headings) is not None:
            widest = max(filled[:index], default=0)
            return index if 0 < widest < filled[index] else 0
    above = 0  # rows before the first that has more than one filled cell
    while above < len(filled) and filled[above] < 2:
        above += 1
    below = filled[above + 1 :]
    n_wide = sum(count > 1 for count in below)
    is_table = n_wide >= max(1, 0.8 * len(below))
    if above >= TITLE_ROWS or not is_table or not any(filled[:above]):
        return 0
    titles = [cell.strip() for row in rows[:above] for cell in row]
    title = max(titles, key=len)
    longest = max(len(row[0]) for row in rows[above + 1 :] if row)
    is_long = " " in title and len(title) > longest  # one word alone may be a name
    is_apart = 0 in filled[filled.index(1) : above]
    return above if is_long or is_apart else 0


def _n_filled(row: Cells) -> int:
    return sum(cell.strip(" \"'") != "" for cell in row)


def has_header(rows: Sequence[Cells], headings: Cells = ()) -> bool:
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
    return any(map(_is_heading, first, zip(*below, strict=True)))


def _is_heading(cell: str, column: Cells) -> bool:
    """Return whether a cell is a word and the column below it has nothing but numbers."""
    filled = [below for below in column if below.strip()]
    is_word = any(map(str.isalpha, cell))
    if not filled or not is_word or cell.strip().casefold() in MISSING:
        return False
    return all(map(_is_number, filled))


def text_score(cells: Cells, short: bool = True) -> float:
    """Return how much a column looks like texts, from 0 to 1 in steps of a tenth.

    That is the mean share of letters in its cells (an empty cell has 0), times the share of
    distinct ones, times how well their length fits: of names, how little longer than LONG
    characters they are; of longer texts, how many words they have.
    """
    filled = [cell.strip() for cell in cells if cell.strip()]
    if not filled:
        return 0
    if short:
        mean_length = sum(map(len, filled)) / len(filled)
        fit = min(1, LONG / mean_length)
    else:
        words = sum(len(cell.split()) for cell in filled) / len(filled)
        fit = words / (words + 3)
    letters = sum(map(_share_of_letters, filled)) / len(cells)
    return round(letters * len(set(filled)) / len(filled) * fit, 1)


def _share_of_letters(cell: str) -> float:
    """Return the share of letters in a cell, where digits and signs count four times.

    So "anna@example.org" is less of a name than "O'Neill, Mary".
    """
    start = cell[:LONGEST_SAMPLE]
    letters = sum(map(_is_letter, start))
    signs = sum(map(_is_sign_in_names, start))
    others = len(start) - letters - signs
    return letters / (letters + 4 * others) if letters else 0


def has_words(cells: Cells) -> bool:
    """Return whether most of the filled cells are words, such as names of persons or of towns.

    >>> has_words(["O'Neill, Mary", "Rome"]), has_words(["7b", "m", "a@b.org", "1,80"])
    (True, False)
    """
    filled = [cell[:LONGEST_SAMPLE] for cell in cells if cell.strip()]
    return 2 * sum(map(_is_words, filled)) > len(filled)


def _is_words(cell: str) -> bool:
    n_letters = sum(map(_is_letter, cell))
    n_signs = sum(map(_is_sign_in_names, cell))
    return n_letters > 1 and n_letters + n_signs == len(cell)


def _is_sign_in_names(character: str) -> bool:
    return character.isspace() or character in SIGNS_IN_NAMES


def _kind(character: str) -> str:
    """Return the first letter of the Unicode category: L for letters, M for marks."""
    return unicodedata.category(character)[0]


def _is_letter(character: str) -> bool:
    return _kind(character) in "LM"


def _is_number(cell: str) -> bool:
    """Return whether it is a number, an amount, a date or the like: digits, and no word."""
    start = cell[:LONGEST_SAMPLE]
    n_letters = sum(map(str.isalpha, start))
    return n_letters <= 1 and any(map(str.isdigit, start))
