"""Records of a file one by one, each as it stands in the file, with its line number.

    read_records     CSV with any delimiter, quotes and line ends in quotes
    read_unquoted    a quote is a character like any other: lists, a contest's tables
    read_json_lines  one JSON object a line

Reads in constant memory and says of each record what is wrong with it; what to do about that is
left to the caller. Independent of the model.
"""

import csv
import json
import re
from collections.abc import Iterator, Sequence
from itertools import chain, islice
from typing import Any, NamedTuple

from ..errors import InputError, shorten
from .decoding import without_surrogates
from .streams import LONGEST_LINE, Source

DELIMITERS = ";\t,"  # of equal ones the first: "3,5;4,5" has decimal commas
QUOTED = re.compile(rf'(^|[{DELIMITERS}])"[^"]*(?:""[^"]*)*("?)')  # a field, closed or not
LONGEST_HEADER = 20  # lines, where a quoted heading has line ends
SAMPLE_ROWS = 200  # the first ones, from which columns and their names are found


class Record(NamedTuple):
    """One record: the line it starts at, its text without the line's end, its fields.

    `problem` says what is wrong with it, if anything. `values` are the cells of a sheet as they are
    typed, or the object of a JSON line.
    """

    line: int
    raw: str
    fields: list[str]
    problem: str | None = None
    values: Any = None


class _Lines:
    """The lines of a file, for csv.reader; remembers those of the record being read."""

    def __init__(self, source: Source):
        self.source = source
        self.waiting: list[str] = []  # lines to read once more, the next one last
        self.record: list[str] = []
        self.size = 0  # of the record, in characters
        self.line = source.passed  # number of the line read last

    def __iter__(self) -> "_Lines":
        return self

    def __next__(self) -> str:
        line = self.waiting.pop() if self.waiting else self.source.readline()
        if not line:
            raise StopIteration
        self.line += 1
        self.size += len(line)
        if self.size >= LONGEST_LINE:
            first = self.line - len(self.record)
            raise InputError(f"{self.source.name}, line {first}: too long for a CSV file.")
        self.record.append(line)
        return without_surrogates(line)

    def end_record(self) -> tuple[int, str, str | None]:
        """Return the record's first line number, its text, and what is wrong with its bytes."""
        lines, self.record, self.size = self.record, [], 0
        text = "".join(lines).rstrip("\r\n")
        raw = without_surrogates(text)
        problem = None if raw == text else not_decoded(self.source.encoding.name)
        return self.line - len(lines) + 1, raw, problem

    def put_back_all_but_the_first(self) -> None:
        """End the record after its first line; the others are read once more."""
        first, *others = self.record
        self.record = [first]
        self.waiting.extend(reversed(others))
        self.line -= len(others)


def find_delimiter(source: Source) -> str:
    """Return what separates the columns: tabs in a .tsv file, else what the header has most of.

    Only delimiters outside quotes count; a comma where there is none. Consumes no input.
    """
    if source.name.casefold().removesuffix(".gz").endswith(".tsv"):
        return "\t"
    for lines in range(1, LONGEST_HEADER + 1):
        header = source.peek(lines).lstrip("\r\n")
        is_open = any(not closing for _, closing in QUOTED.findall(header))
        if header and not is_open:
            break
    # A quote that is not closed does not count: its line will have a problem.
    unquoted = header if is_open else QUOTED.sub(r"\1", header)
    counted = "".join(unquoted.splitlines()[:1])
    return max(DELIMITERS, key=counted.count) if any(d in counted for d in DELIMITERS) else ","


def not_decoded(encoding: str) -> str:
    """Return what is wrong with a text that has bytes which its encoding does not define."""
    return f"not {encoding}: save the file as UTF-8"


def read_records(source: Source, delimiter: str | None = None) -> Iterator[Record]:
    """Yield every record, the header included; the first one says how many columns there are.

    Without a `delimiter` it is found, in the same way as by `find_delimiter`. Blank lines at the
    beginning and the end are passed over; elsewhere each is a record with a problem. An empty last
    cell that the first record lacks is taken away, one that it alone has is added.
    A quote that is never closed costs its own line only, not those that it would swallow.
    """
    lines = _Lines(source)
    delimiter = delimiter or find_delimiter(source)
    reader = csv.reader(lines, delimiter=delimiter, strict=True)
    first: list[str] = []
    blank = range(0)  # numbers of the blank lines since the last record
    while True:
        problem = None
        try:
            fields = next(reader, None)
        except csv.Error as error:
            lines.put_back_all_but_the_first()
            fields, problem = [], f"not CSV ({error}): fix the quotes"
        if fields is None:
            return
        line, raw, undecoded = lines.end_record()
        if not fields and not problem:
            if first:
                blank = range(blank.start or line, line + 1)
            continue
        first = first or fields
        yield from blank_records(blank)
        blank = range(0)
        if len(fields) == len(first) + 1 and not fields[-1]:  # "1,Rossi," below "id,surname"
            fields, raw = fields[:-1], raw[: raw.rindex(delimiter)]
        elif fields and len(fields) == len(first) - 1 and not first[-1]:  # or the other way round
            fields, raw = [*fields, ""], raw + delimiter
        yield Record(line, raw, fields, problem or undecoded or _problem(fields, len(first)))


def blank_records(lines: Sequence[int]) -> Iterator[Record]:
    """Yield a record for each of the numbers of blank lines."""
    return (Record(number, "", [], "the line is empty") for number in lines)


def read_unquoted(source: Source, delimiter: str | None) -> Iterator[Record]:
    """Yield the lines of a file in which a quote is a character like any other.

    Each must have as many columns as the first one has; without a
    `delimiter` a line is one field. Blank lines at the beginning and the end are passed over.
    """
    lines = _Lines(source)
    blank, n_columns = range(0), 0
    for _ in lines:
        line, raw, undecoded = lines.end_record()
        if not raw.strip():
            if n_columns:
                blank = range(blank.start or line, line + 1)
            continue
        yield from blank_records(blank)
        blank = range(0)
        fields = raw.split(delimiter) if delimiter else [raw]
        n_columns = n_columns or len(fields)
        yield Record(line, raw, fields, undecoded or _problem(fields, n_columns))


def read_json_lines(source: Source, max_columns: int) -> Iterator[Record]:
    """Yield a record for each JSON object of a file, and first one with the names of its columns.

    These are the keys of the first SAMPLE_ROWS objects. A line that is a JSON string is a record of
    that field alone; if the first one is, there is no record of names. Raises InputError for more
    than `max_columns`.
    """
    lines = (_json_record(record) for record in read_unquoted(source, None))
    sample = list(islice(lines, SAMPLE_ROWS))
    names: dict[str, None] = {}
    for record in sample:
        if isinstance(record.values, dict):
            names |= dict.fromkeys(record.values)
        if len(names) > max_columns:
            raise InputError(
                f"{source.name}, line {record.line}: more than {max_columns:,} different keys."
            )
    if names:
        yield Record(0, "", [without_surrogates(name) for name in names])
    for record in chain(sample, lines):
        if record.problem:
            yield record
        elif isinstance(record.values, dict) and names:
            yield record._replace(fields=[text_of(record.values.get(name)) for name in names])
        elif isinstance(record.values, str) and not names:
            yield record._replace(fields=[text_of(record.values)])
        else:
            yield record._replace(problem="not a JSON object as the first lines are")


def _json_record(record: Record) -> Record:
    if record.problem:
        return record
    try:
        return record._replace(values=json.loads(record.raw), fields=[])
    except (ValueError, RecursionError) as error:
        reason = getattr(error, "msg", None) or "nested or long beyond reason"
        return record._replace(problem=f"not JSON ({reason}): fix the line", fields=[])


def text_of(value: object) -> str:
    """Return a value of JSON or of a sheet as the text that a CSV file has of it.

    >>> text_of("Rossi"), text_of(None), text_of(2.0), text_of(True), text_of(["a"])
    ('Rossi', '', '2', 'true', '["a"]')
    """
    if value is None:
        return ""
    if isinstance(value, str):
        return without_surrogates(value)
    if isinstance(value, int) and not isinstance(value, bool):
        return str(value)
    if isinstance(value, float) and value.is_integer() and abs(value) < 1e15:
        return str(int(value))
    if isinstance(value, bool | float | list | dict):
        return without_surrogates(json.dumps(value, ensure_ascii=False))
    return shorten(str(value))


def _problem(fields: list[str], n_columns: int) -> str | None:
    if len(fields) != n_columns:
        return f"{len(fields)} columns, and the first line has {n_columns}: fix the line"
    return None
