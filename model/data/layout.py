"""Where a table's rows begin, and which columns have its texts and labels.

By what a person gives, then by headings, then by cells, with the rules of columns.py; what none of
them tells is asked about, with a guess that can be copied.
"""

import shlex
from collections.abc import Sequence
from dataclasses import replace
from itertools import compress
from statistics import mode
from typing import TYPE_CHECKING, NamedTuple

from ..errors import InputError, listing
from .columns import (
    clear_columns,
    clear_header,
    find_columns,
    guessed,
    header_index,
    known_label,
    n_filled,
)
from .formats import CSV, JSONL, UNQUOTED
from .headings import one_line
from .records import HEAD_LINES, fit_width

if TYPE_CHECKING:
    from .tables import Table

# How a question begins its answer, and what it names there: the columns of texts and of labels, and
# whether there is a header
OPTIONS = ("give", "--column", "--label-column", "--header", "--no-header")
GUESSED = 1000  # rows that a guess is made of
Columns = tuple[
    int | None, int | None
]  # of texts and of labels, None where it is not known


class Asked(NamedTuple):
    """What a person says of a table; what is None is found."""

    sheet: str | None = None  # the title of one of an XLSX file
    column: str | int | None = None  # of the texts: its heading, or its number from 1
    label_column: str | None = None  # likewise
    header: bool | None = None  # whether the first row is one
    encoding: str | None = None
    # How a question's answer is given; without options there is a warning instead
    options: Sequence[str] = OPTIONS

    @property
    def columns(self) -> list[str | int | None]:
        """Those of texts and of labels."""
        return [self.column, self.label_column]


def laid_out(table: "Table", asked: Asked) -> "Table":
    """Return a table with its header and columns, or raise InputError with a question."""
    header, options = asked.header, asked.options
    start, found = first_record(table, asked)
    laid = _from(table, start, found)
    cells = _cells_of(laid)
    has_labels = laid.has_labels
    if has_labels and laid.width == 1:
        raise InputError(
            f"{_place(laid)} has one column: it needs two, text and label."
        )
    named = [None if one is None else laid.column_index(one) for one in asked.columns]
    if named[1] is None and laid.hints.labels:
        named[1] = known_label(cells, laid.hints.labels)
    text, label, sure = find_columns(laid.headings, laid.width, laid.hints, *named)
    if has_labels and text == label and label is not None:
        raise InputError(
            "Text and label have the same column: name two different ones."
        )
    warning = _also_sure(laid, sure)
    by_headings = (text, label, found)
    if has_labels:
        text, label = _clear_columns(cells[bool(found) :], (text, label))
        if header is None and label is not None and laid.format != JSONL:
            found = _clear_header(laid, found, (text, label), is_first=start == 0)
            if found is False:
                laid = _from(table, 0, found)
    missing = [text is None, has_labels and label is None, found is None]
    if any(missing):
        warning = _asked(laid, missing, (text, label), options)
    elif by_headings != (text, label, found):
        told = _told(laid, found, options)
        warning = "; ".join(filter(None, [warning, told]))
    return replace(laid, column=text or 0, label=label or 0, warning=warning)


def first_record(table: "Table", asked: Asked) -> tuple[int, bool | None]:
    """Return at which record a table starts, and whether that is a header; None: maybe.

    The keys of JSON Lines come with the rows.
    """
    header = asked.header
    head = [record.fields for record in table.records[:HEAD_LINES]]
    if table.format == JSONL or header is False:
        return 0, table.format == JSONL
    numbers = map(str, range(1, max(map(len, head)) + 1))
    names = set(map(str, filter(None, asked.columns))).difference(numbers)
    start = header_index(head, names, table.hints.all_headings)
    if start is not None:
        return start, True
    usual = mode([*map(len, filter(None, head)), 0])
    filled = [n_filled(cells) * (len(cells) == usual) for cells in head]
    if header or max(filled) == 1:  # a list has none
        return 0, header or False
    return filled.index(max(filled)), None


def _from(table: "Table", start: int, header: bool | None) -> "Table":
    """Return the table from this record on, which is a `header` or may be one."""
    records = table.records[start:]
    if table.format in (CSV, UNQUOTED):
        records = list(fit_width(records))
    return replace(table, records=records, header=header is not False)


def _cells_of(table: "Table") -> list[list[str]]:
    """Return the cells of the records that are as wide as the first, which is among them."""
    rows = (record.fields for record in table.records)
    return [cells for cells in rows if len(cells) == table.width]


def _clear_columns(rows: list[list[str]], by_headings: Columns) -> Columns:
    """Return the columns of texts and labels, by their cells where headings do not tell."""
    clear = clear_columns(rows)
    pairs = zip(by_headings, clear, strict=True)
    return clear if all(one in (None, other) for one, other in pairs) else by_headings


def _clear_header(
    table: "Table", found: bool | None, columns: Columns, is_first: bool
) -> bool | None:
    """Return whether the first record is a header, by its cells where headings do not tell."""
    text, label = columns
    rows = _cells_of(table)
    assert label is not None
    if table.hints.labels:
        return rows[0][label].strip() not in table.hints.labels
    if found is None and text is not None and is_first:
        return clear_header(rows, text, label)
    return found


def _place(table: "Table") -> str:
    """Return what a message calls a table, with its sheet if there are others."""
    return ", ".join(filter(None, [table.name, table.note]))


def _told(table: "Table", header: bool | None, options: Sequence[str]) -> str:
    """Return what cells told, not headings, with the `options` for something else."""
    first = table.records[0]
    row = listing(map(repr, first.fields))
    what = "the header" if header else "a row"
    kind = f"; {table.unit} {first.line} ({row}) is {what}" * (table.format != JSONL)
    _, *others, with_header, without = options or OPTIONS
    if kind:
        others.append(without if header else with_header)
    return f"told by the cells{kind}; for others give {listing(others)}"


def _asked(
    table: "Table",
    missing: Sequence[bool],
    columns: Columns,
    options: Sequence[str],
) -> str:
    """Return what is not certain, or raise InputError with options that would decide it.

    What is `missing` are the column of texts, that of labels and the header.
    """
    questions = [
        f"which column is the {table.hints.text}",
        "which is the label",
        "whether the first row is a header",
    ]
    problem = f"it is not certain {' and '.join(compress(questions, missing))}"
    if not options:
        return problem
    cells = _cells_of(table)
    rows = cells[:: len(cells) // GUESSED + 1]  # which may be sorted
    has_header, *guesses = guessed(rows, *columns)
    command, *of_columns, with_header, without = options
    words = [command]
    is_named = not missing[2]
    if is_named:
        has_header = table.header
    first = table.records[0].fields
    headings = list(map(one_line, first))
    for option, column in compress(zip(of_columns, guesses, strict=True), missing):
        name = headings[column]
        is_clear = headings.count(name) == 1 and name.isprintable()
        if not (has_header and is_clear and name.strip("0123456789 ")):
            name = table.numbers[column]
        is_named |= name != table.numbers[column]
        words += [option, shlex.quote(name)]
    if not is_named:
        words.append(with_header if has_header else without)
    row = listing(map(repr, first))
    guess = " ".join(filter(None, words))
    raise InputError(
        f"{_place(table)}: {problem}; found: {row}; if this guess is right: {guess}"
    )


def _also_sure(table: "Table", columns: list[int]) -> str:
    """Return the warning that more than the first of these columns is called as texts are."""
    if len(columns) < 2:
        return ""
    *titles, last = map(table.title, sorted(columns))
    first = table.title(columns[0])
    return (
        f"the columns {', '.join(titles)} and {last} may be meant, and {first} is read"
    )
