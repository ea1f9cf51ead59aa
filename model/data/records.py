"""Iterate over a table's records, with line numbers and per-record errors.

    split_records    CSV with any delimiter, quotes and line ends in quotes
    line_records     a record a line, where a quote is a character like any other: lists of texts
                     and a contest's tables
    json_records     one JSON object a line

`fit_width` makes them as wide as the first one. Sheets of XLSX files are in sheets.py. The caller
decides what to do about a record with a problem.
"""

import csv
import json
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from ..errors import InputError
from ..symbols import SURROGATES

DELIMITERS = ";\t,|"  # ties go to the first: "3,5;4,5" has decimal commas
HEAD_LINES = 20  # lines that decide which delimiter a table has
SAMPLE_ROWS = 200  # first rows, which decide how many columns a sheet has
MOST_LINES = 1000  # of a record: a quote that is open for longer is a mistake
MOST_AHEAD = 20_000  # lines of a file that are read in vain for the end of a quote
LONG_CELL = 20  # lines of a long text in quotes, with commas as often as the columns
DEEPEST = 5  # an object within an object whose keys are columns
MOST_NESTED = 256  # columns of objects within objects: of more, keys may be numbers
EMPTY = "the line is empty"
QUOTED = re.compile('"[^"]*(?:""[^"]*)*"')


class Unsaved(str):
    """The empty text of a cell with a formula, whose value was not saved."""


class Record(NamedTuple):
    """One record: the line it starts at, its cells as texts, and what is wrong with it.

    `values` are the typed cells of a sheet, or the object of a JSON line. A line that is not a
    record is one cell.
    """

    line: int
    fields: list[str]
    problem: str | None = None
    values: Any = None


@dataclass(frozen=True)
class Limits:
    """Size limits, and the advice shown when one is exceeded; by default those of `predict`."""

    max_bytes: int = 50_000_000  # unpacked; of a sheet characters of its cells
    max_rows: int = 3_000_000
    max_columns: int = 16_384
    max_cells: int = 20_000_000  # of sheets, empty ones too
    max_unpacked: int = 500_000_000  # bytes of the files in an XLSX file
    advice: str = "split it, or see examples/ray_predict.py"

    def exceeded(self, name: str, what: str) -> InputError:
        """Return the error of a table that has more."""
        return InputError(f"{name} has {what}: {self.advice}.")


TRAINING = Limits(
    max_bytes=100_000_000,
    max_rows=5_000_000,
    advice="leave rows out, because all must fit in memory",
)


def delimiter_of(lines: Sequence[str]) -> str:
    """Return the delimiter that most of the first lines have equally often.

    Ties go to the one that the first line has most of; only what is outside quotes counts.

    >>> delimiter_of(["Staff, 2024", "id|name", "1|Kim"]), delimiter_of(['"a,b,c";name'])
    ('|', ';')
    """
    text = "".join(lines[:MOST_LINES])
    unquoted = QUOTED.sub("", text).splitlines()
    head = list(filter(None, unquoted[:HEAD_LINES]))

    def rank(delimiter: str) -> tuple[int, int, int]:
        counts = [line.count(delimiter) for line in head]
        usual = max(filter(None, counts), key=counts.count)
        return counts.count(usual), counts[0], usual

    present = filter("".join(head).count, DELIMITERS)
    return max(present, key=rank, default=",")


def split_records(
    lines: Sequence[str],
    delimiter: str,
    short: bool = True,
    start: int = 0,
) -> Iterator[Record]:
    """Yield every record of CSV from line `start` on, as wide as it is.

    A quote that is never closed costs its own line only, and so does one that joins lines which
    have all columns without it, where texts are `short`, as names are, or it joins many lines.
    After MOST_AHEAD lines that were read in vain, a quote may join LONG_CELL lines only.
    """
    may_join = 1 if short else LONG_CELL
    spare = MOST_AHEAD
    width = 0  # of the first record
    at = start
    while at < len(lines):
        line = lines[at].rstrip("\r\n")
        n_lines = 1
        if '"' in line:
            ahead = MOST_LINES if spare > 0 else LONG_CELL
            fields, fault, n_read = _quoted(lines, at, ahead, delimiter)
            joined = lines[at : at + n_read]
            widths = {line.count(delimiter) + 1 for line in joined}
            if not fault and n_read > may_join and widths == {width}:
                fault = f"a quote joins {n_read} lines"
            if fault:
                spare -= n_read
                record = Record(at + 1, [line], f"not CSV ({fault}): fix the quotes")
            else:
                n_lines = n_read
                record = Record(at + 1, fields)
        elif line:  # ten times as fast
            record = Record(at + 1, line.split(delimiter))
        else:
            record = Record(at + 1, [], EMPTY)
        if not record.problem:
            width = width or len(record.fields)
        yield record
        at += n_lines


def _quoted(
    lines: Sequence[str],
    at: int,
    ahead: int,
    delimiter: str,
) -> tuple[list[str], str, int]:
    """Return the cells from line `at` on, or what is wrong, and how many lines were read."""
    end = min(at + ahead, len(lines))
    rest = (lines[i] for i in range(at, end))
    reader = csv.reader(rest, delimiter=delimiter, strict=True)
    try:
        return next(reader), "", reader.line_num
    except csv.Error as error:
        fault = str(error)
        if "end of data" in fault:
            fault = "a quote is never closed"
        return [], fault, reader.line_num


def line_records(lines: Sequence[str], delimiter: str = "") -> Iterator[Record]:
    """Yield a record for each line, which is one cell where there is no delimiter."""
    for number, line in enumerate(lines, start=1):
        text = line.rstrip("\r\n")
        if text.strip():
            fields = text.split(delimiter) if delimiter else [text]
            yield Record(number, fields)
        else:
            yield Record(number, [], EMPTY)


def fit_width(records: Iterable[Record]) -> Iterator[Record]:
    """Yield the records as wide as the first one; where one cannot be, it has a problem.

    An empty last cell that the first record lacks is removed, and one that it alone has is added.
    """
    first: list[str] = []
    for record in records:
        if not record.problem:
            first = first or record.fields
            record = _fitted(record, first)
        yield record


def _fitted(record: Record, first: list[str]) -> Record:
    fields = record.fields
    excess = len(fields) - len(first)
    if excess == 0:
        return record
    if excess == 1 and not fields[-1]:  # "1,Rossi," below "id,surname"
        return record._replace(fields=fields[:-1])
    if excess == -1 and not first[-1]:  # or the other way round
        return record._replace(fields=[*fields, ""])
    return record._replace(
        problem=f"{len(fields)} columns, and the first line has {len(first)}: fix the line"
    )


def json_records(lines: Sequence[str]) -> Iterator[Record]:
    """Yield the keys of all objects, which name the columns, then a record for each line.

    The keys of an object within one are columns, too, as `flat` has them, unless they are many.
    """
    records = list(map(_parsed, line_records(lines)))
    names: dict[str, None] = {}
    own_names: dict[str, None] = {}
    for record in records:
        own_names |= dict.fromkeys(record.values or {})
        if len(names) <= MOST_NESTED:
            names |= dict.fromkeys(flat(record.values or {}))
    if len(names) > MOST_NESTED:
        names = own_names
    keys = list(map(without_surrogates, names))
    yield Record(0, keys or [""])
    for record in records:
        if not record.problem:
            values = map(by_path(record.values).get, names)
            fields = list(map(text_of, values))
            record = record._replace(fields=fields or [""])
        yield record


def flat(values: dict[str, Any], depth: int = DEEPEST) -> dict[str, Any]:
    """Return an object whose objects have given it their keys, behind their own and a full stop.

    >>> flat({"id": 1, "log": {"message": "Hello", "by": {"name": "Kim"}}, "to": {}})
    {'id': 1, 'log.message': 'Hello', 'log.by.name': 'Kim', 'to': {}}
    """
    cells: dict[str, Any] = {}
    for key, value in values.items():
        if isinstance(value, dict) and value and depth:
            for name, cell in flat(value, depth - 1).items():
                cells.setdefault(f"{key}.{name}", cell)
        else:
            cells[key] = value
    return cells


def by_path(values: dict[str, Any]) -> dict[str, Any]:
    """Return the values of an object by its own keys, and by those of `flat`."""
    return flat(values) | values


def _parsed(record: Record) -> Record:
    """Return the record of a line with its JSON object as `values`, or with a problem."""
    if record.problem:
        return record
    try:
        value = json.loads(record.fields[0])
    except (ValueError, RecursionError) as error:
        fault = getattr(error, "msg", error)
        return record._replace(problem=f"not JSON ({fault}): fix the line")
    if isinstance(value, dict):
        return record._replace(values=value)
    return record._replace(problem="not a JSON object: fix the line")


def without_surrogates(text: str) -> str:
    """Return `text` with U+FFFD, the sign for what cannot be read, in place of each surrogate."""
    if text.isascii():  # as most are
        return text
    return SURROGATES.sub("\ufffd", text)


def text_of(value: object) -> str:
    """Return a value of JSON or of a sheet as a CSV file would have it.

    >>> text_of("Rossi"), text_of(None), text_of(2.0), text_of(True), text_of(["a"])
    ('Rossi', '', '2', 'true', '["a"]')
    >>> from datetime import datetime
    >>> text_of(datetime(2024, 2, 3, 4, 5))
    '2024-02-03 04:05:00'
    """
    if isinstance(value, str):
        return without_surrogates(value)
    if value is None:
        return ""
    if isinstance(value, float) and value.is_integer() and abs(value) < 1e15:
        value = int(value)
    if isinstance(value, bool | float | list | dict):
        return without_surrogates(json.dumps(value, ensure_ascii=False))
    return str(value)  # a whole number, a date, a time or a duration
