"""Records of a CSV file one by one, each as it stands in the file, with its line number.

Reads in constant memory and says of each record what is wrong with it; what to do about that is
left to the caller. Independent of the model.
"""

import csv
import re
from collections.abc import Iterator
from typing import NamedTuple

from ..errors import InputError
from .decoding import without_surrogates
from .streams import LONGEST_LINE, Source

DELIMITERS = ",;\t"
QUOTED = re.compile(rf'(^|[{DELIMITERS}])"[^"]*(?:""[^"]*)*("?)')  # a field, closed or not
LONGEST_HEADER = 20  # lines, where a quoted heading has line ends


class Record(NamedTuple):
    """One record: the line it starts at, its text without the line's end, its fields.

    `problem` says what is wrong with it, if anything.
    """

    line: int
    raw: str
    fields: list[str]
    problem: str | None = None


class _Lines:
    """The lines of a file, for csv.reader; remembers those of the record being read."""

    def __init__(self, source: Source):
        self.source = source
        self.waiting: list[str] = []  # lines to read once more, the next one last
        self.record: list[str] = []
        self.size = 0  # of the record, in characters
        self.line = 0  # number of the line read last

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
    return max(DELIMITERS, key="".join(unquoted.splitlines()[:1]).count)


def not_decoded(encoding: str) -> str:
    """Return what is wrong with a text that has bytes which its encoding does not define."""
    return f"not {encoding}: save the file as UTF-8"


def read_records(source: Source, delimiter: str | None = None) -> Iterator[Record]:
    """Yield every record, the header included; the first one says how many columns there are.

    Without a `delimiter` it is found, in the same way as by `find_delimiter`.
    Blank lines at the end of the file are passed over; elsewhere each is a record with a problem.
    A quote that is never closed costs its own line only, not those that it would swallow.
    """
    lines = _Lines(source)
    reader = csv.reader(lines, delimiter=delimiter or find_delimiter(source), strict=True)
    n_columns = None
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
            blank = range(blank.start or line, line + 1)
            continue
        n_columns = n_columns or len(fields)
        yield from (Record(number, "", [], "the line is empty") for number in blank)
        blank = range(0)
        yield Record(line, raw, fields, problem or undecoded or _problem(fields, n_columns))


def read_unquoted(source: Source, delimiter: str | None, n_columns: int = 0) -> Iterator[Record]:
    """Yield the lines that are left of a file in which a quote is a character like any other.

    `n_columns` is how many each must have, 0 for as many as the first one has; without a
    `delimiter` a line is one field. Blank lines at the end of the file are passed over.
    """
    lines = _Lines(source)
    lines.line = 1 if n_columns else 0  # behind a header that has been read
    blank = range(0)
    for _ in lines:
        line, raw, undecoded = lines.end_record()
        if not raw:
            blank = range(blank.start or line, line + 1)
            continue
        yield from (Record(number, "", [], "the line is empty") for number in blank)
        blank = range(0)
        fields = raw.split(delimiter) if delimiter else [raw]
        n_columns = n_columns or len(fields)
        yield Record(line, raw, fields, undecoded or _problem(fields, n_columns))


def _problem(fields: list[str], n_columns: int) -> str | None:
    if len(fields) != n_columns:
        return f"{len(fields)} columns, and the first line has {n_columns}: fix the line"
    return None
