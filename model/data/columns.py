"""Which row of a table is its header, and which column has the texts: by headings, by content."""

import re
import unicodedata
from collections.abc import Iterable, Sequence
from functools import lru_cache
from itertools import chain
from typing import NamedTuple

Cells = Sequence[str]  # of a row or of a column
Groups = dict[str, int]  # the group of each heading
LONG = 40  # characters; few names have more
LONGEST_HEADING = 100  # characters
LONGEST_SAMPLE = 1000  # characters of a cell that are looked at
SIGNS_IN_NAMES = "'’-.,()"
TITLE_ROWS = 10  # the header is one of so many first rows
CAMEL_CASE = re.compile("(?<=[a-z])(?=[A-Z])")
DOTS = ("ı", "i\u0307")  # Turkish has a pair of each i
BRACKETED = re.compile(r"\([^()]*\)|\[[^][]*\]")
MISSING = "n/a na nan none null nil unknown".split()  # in place of a number


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
        spaced += character if _category(character) in "LMN" else " "
    return spaced.split()


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
    # How many cells of each have more than a space or a quote
    filled = [len([cell for cell in row if cell.strip(" \"'")]) for row in rows]
    for index, row in enumerate(rows[:TITLE_ROWS]):
        if heading_index(row, headings) is not None:
            widest = max(filled[:index], default=0)
            is_below = 0 < widest < filled[index]
            return index if is_below else 0
    above = 0  # rows before the first that has more than one filled cell
    while above < len(filled) and filled[above] < 2:
        above += 1
    if above < TITLE_ROWS and _is_title(rows, filled, above):
        return above
    return 0


def _is_title(
    rows: Sequence[Cells],
    filled: list[int],
    above: int,
) -> bool:
    """Return whether the first rows, with a filled cell at most, are not of the table below."""
    below = filled[above + 1 :]
    wide = [count for count in below if count > 1]
    is_table = len(wide) >= max(1, 0.8 * len(below))
    if not is_table or 1 not in filled[:above]:
        return False
    first = filled.index(1)
    if 0 in filled[first:above]:
        return True
    cells = map(str.strip, chain(*rows[:above]))
    title = max(cells, key=len)
    firsts = [row[0] for row in rows[above + 1 :] if row]
    longest = max(map(len, firsts))
    return " " in title and len(title) > longest  # one word alone may be a name


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
    is_missing = cell.strip().casefold() in MISSING
    if is_missing or not is_word or not filled:
        return False
    return all(map(_is_number, filled))


def text_score(cells: Cells, short: bool) -> float:
    """Return how much a column looks like texts, from 0 to 1 in steps of a tenth.

    That is the mean share of letters in its cells (an empty cell has 0), times the share of
    distinct ones, times how well their length fits: of names, how little longer than LONG
    characters they are; of longer texts, how many words they have.
    """
    filled = list(filter(None, map(str.strip, cells)))
    n = len(filled)
    if n == 0:
        return 0
    if short:
        mean_length = len("".join(filled)) / n
        fit = min(1, LONG / mean_length)
    else:
        mean_words = len(" ".join(filled).split()) / n
        fit = mean_words / (mean_words + 3)
    letters = sum(map(_share_of_letters, filled)) / len(cells)
    distinct = len(set(filled)) / n
    return round(letters * distinct * fit, 1)


def has_words(cells: Cells) -> bool:
    """Return whether most of the filled cells are words, such as names of persons or of towns.

    >>> has_words(["O'Neill, Mary", "Rome"]), has_words(["7b", "m", "a@b.org", "1,80"])
    (True, False)
    """
    filled = list(filter(str.strip, cells))
    n_words = sum(map(_is_words, filled))
    return 2 * n_words > len(filled)


def _is_words(cell: str) -> bool:
    n_letters, n_others = _counts(cell)
    return n_letters > 1 and n_others == 0


def _share_of_letters(cell: str) -> float:
    """Return the share of letters in a cell, where digits and signs count four times.

    So "anna@example.org" is less of a name than "O'Neill, Mary".
    """
    n_letters, n_others = _counts(cell)
    return n_letters / max(1, n_letters + 4 * n_others)


def _counts(cell: str) -> tuple[int, int]:
    """Return how many letters a cell has, and how many characters that are not of names."""
    n_letters = 0
    n_others = 0
    for character in cell[:LONGEST_SAMPLE]:
        if _category(character) in "LM":
            n_letters += 1
        elif not (character.isspace() or character in SIGNS_IN_NAMES):
            n_others += 1
    return n_letters, n_others


def _category(character: str) -> str:
    """Return the first letter of the Unicode category: L for letters, M for marks."""
    return unicodedata.category(character)[0]


def _is_number(cell: str) -> bool:
    """Return whether it is a number, an amount, a date or the like: digits, and no word."""
    start = cell[:LONGEST_SAMPLE]
    n_letters = sum(map(str.isalpha, start))
    has_digit = any(map(str.isdigit, start))
    return has_digit and n_letters <= 1
