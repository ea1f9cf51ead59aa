"""Any table to its rows, in memory: CSV, lists, JSON Lines and XLSX; texts may be gzipped.

    table = read_table("people.xlsx", hints=Hints(("surname", "nachname"), "surname"))
    table.summary                           # "column Nachname of 3, header found"
    for record in table.rows:               # below the header
        if not record.problem:
            print(record.line, record.fields[table.column])

records.py and formats.py make records of a text, sheets.py of a workbook; layout.py finds the
header and the columns of texts and labels, or asks. Independent of the model.
"""

import io
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cached_property
from zipfile import is_zipfile

from ..errors import InputError, listing, shorten
from ..symbols import SURROGATES
from .encodings import Decoded, decoded, is_text
from .formats import (
    ARRAY,
    JSONL,
    STANDARD_STREAM,
    UNQUOTED,
    XLSX,
    array_lines,
    format_of,
    limited,
    lines_of,
    marked,
    unpacked,
)
from .headings import one_line
from .hints import Hints, missing_problem
from .layout import Asked, first_record, laid_out
from .records import Limits, Record, Unsaved, by_path

WORKBOOK = b"xl/workbook.xml"  # a file in an XLSX file


@dataclass(frozen=True)
class Table:
    """A table, with its first record as the header if `header`; titles above it are left out."""

    name: str  # what messages call it
    format: str
    records: list[Record]  # all of them
    delimiter: str = ","  # of CSV
    note: str = ""  # what a person should know of how it was read, mostly nothing
    newline: str = "\n"
    unit: str = "line"  # what a record is called in messages, before its number
    header: bool = False
    column: int = 0  # of the texts
    label: int = 0  # of the labels, if they were looked for
    hints: Hints = Hints()
    warning: str = ""  # what is not certain of its columns
    sha256: str = ""  # of the file, as a model records those it was trained on

    @property
    def width(self) -> int:
        """Number of columns: that of the first row."""
        return len(self.records[0].fields)

    @property
    def numbers(self) -> list[str]:
        """The numbers of its columns, from 1, as people give them."""
        return [str(i + 1) for i in range(self.width)]

    @property
    def headings(self) -> list[str]:
        """The headings of its columns, if it has any."""
        if self.header:
            return self.records[0].fields
        return []

    @property
    def names(self) -> list[str]:
        """The headings of its columns, made up where there are none."""
        if self.header:
            return self.headings
        if self.width == 1:
            return [self.hints.text]
        return [f"column_{number}" for number in self.numbers]

    @property
    def summary(self) -> str:
        """One line on what is read: the columns, of how many, and the header."""
        header = "header found" if self.header else "no header found"
        text = self.title(self.column)
        if self.has_labels:
            label = self.title(self.label)
            return f"text from column {text}, label from column {label}, {header}"
        if self.format == JSONL:
            return f"key {text} of {self.width}"
        return f"column {text} of {self.width}, {header}"

    @property
    def remark(self) -> str:
        """The note and the warning, "" if there are none."""
        return "; ".join(filter(None, [self.note, self.warning]))

    @property
    def has_labels(self) -> bool:
        """Whether its column of labels is looked for."""
        return self.hints.has_labels

    @cached_property
    def rows(self) -> list[Record]:
        """The records below the header, with a problem each that has no text or no label."""
        rows = []
        for record in self.records[self.header :]:  # True counts as 1
            problem = record.problem or self._problem(record)
            rows.append(record._replace(problem=problem or None))
        return rows

    def checked(self, problem_of: Callable[[str], str | None]) -> "Table":
        """Return the table with what is wrong with the text of each row, too, as `problem_of`."""
        records = self.records[: self.header]
        for record in self.rows:
            if not record.problem:
                problem = problem_of(record.fields[self.column])
                record = record._replace(problem=problem)
            records.append(record)
        return replace(self, records=records)

    def fitted(self, record: Record) -> Record:
        """Return a record with a cell for each column; one too wide has its last ones as one."""
        last = self.width - 1
        missing = self.width - len(record.fields)
        if not missing:
            return record
        cells = record.fields + missing * [""]
        rest = self.delimiter.join(cells[last:])
        return record._replace(fields=[*cells[:last], rest], values=None)

    def _problem(self, record: Record) -> str:
        """Return what is wrong with the text of a record, or with its label, "" if nothing is."""
        cell = record.fields[self.column].strip()
        if isinstance(record.values, dict):  # of a JSON line
            values = by_path(record.values)
            text = values.get(self.names[self.column])
            if isinstance(text, bool | list | dict):
                return f"the value is not a text: {shorten(repr(cell))}"
            label = values.get(self.names[self.label])
            if self.has_labels and isinstance(label, list | dict):
                cell = record.fields[self.label]
                return f"the label is not a text: {shorten(repr(cell))}"
        read = self.column, self.label if self.has_labels else self.column
        if any(isinstance(record.fields[i], Unsaved) for i in read):
            return "a formula without a saved value: open and save the file in Excel"
        if self.format == UNQUOTED:
            return ""
        return missing_problem(cell, self.hints.missing)

    def title(self, column: int) -> str:
        """Return what a column is called in messages: its heading, or its number from 1."""
        heading = self.names[column] if self.header else ""
        return shorten(one_line(heading), 60) or str(column + 1)

    def column_index(self, column: str | int) -> int:
        """Return the index of a column by its heading, or by its number from 1."""
        names = self.headings
        wanted = str(column)
        if wanted not in names:
            names = list(map(one_line, names))
        if names.count(wanted) == 1:
            return names.index(wanted)
        if wanted not in names and wanted in self.numbers:
            return self.numbers.index(wanted)
        fault = "more than one column" if wanted in names else "no column"
        known = listing(map(one_line, names)) or f"numbers 1 to {self.width}"
        raise InputError(
            f"{self.name} has {fault} {shorten(wanted)!r}; its columns: {known}."
        )


def read_table(
    path: str,
    content: bytes | str | None = None,
    *,
    format: str | None = None,
    asked: Asked = Asked(),
    hints: Hints = Hints(),
    limits: Limits = Limits(),
) -> Table:
    """Return the table at `path`, `-` for standard input; or in `content`, which came as `path`.

    `format` is one of formats.py. Of an XLSX file it is by default the first visible sheet that has
    a header which is known, or else the longest; columns are found by the rules of columns.py.
    Raises InputError for what is not a table, is empty, exceeds the `limits`, or lacks the sheet or
    column that is `asked` for, and where it is not certain which column is meant, with a guess.
    Without options to give there is a warning instead: the first column has the texts, below a
    header.
    """
    name = "standard input" if path == STANDARD_STREAM else path
    content, sha256 = unpacked(name, path, content, limits)
    if isinstance(content, bytes) and format is None and _is_workbook(content):
        table = _sheet_table(name, content, asked, hints, limits)
    elif asked.sheet is not None:
        raise InputError(f"{name} has no sheets: leave the sheet out.")
    else:
        text = _text_of(name, content, asked.encoding)
        table = _text_table(name, text, format, hints, limits)
    return laid_out(replace(table, sha256=sha256), asked)


def _is_workbook(content: bytes) -> bool:
    return WORKBOOK in content and is_zipfile(io.BytesIO(content))


def _sheet_table(
    name: str,
    content: bytes,
    asked: Asked,
    hints: Hints,
    limits: Limits,
) -> Table:
    """Return the table of a workbook's sheet, as if without a header."""
    from .sheets import sheet_records  # here because most tables go without openpyxl

    tables = []
    columns = asked._replace(header=None)
    for rows, note in sheet_records(name, content, asked.sheet, limits):
        table = Table(name, XLSX, rows, note=note, unit="row", hints=hints)
        tables.append(table)
        if rows and first_record(table, columns)[1]:
            break
    else:
        table = max(tables, key=lambda table: len(table.records))
    return replace(table, records=limited(name, table.records, limits))


def _text_of(name: str, content: bytes | str, encoding: str | None) -> Decoded:
    """Return a content as text; raise InputError for bytes that are something else."""
    if isinstance(content, str):
        return Decoded(content)
    if not is_text(content):
        raise InputError(
            f"{name} is not a table in text: give CSV, TSV, TXT, JSON Lines or XLSX."
        )
    return decoded(name, content, encoding)


def _text_table(
    name: str,
    decoded: Decoded,
    format_name: str | None,
    hints: Hints,
    limits: Limits,
) -> Table:
    """Return the table in a text, as if without a header; in a format of this name, if given."""
    text = decoded.text
    unit = "line"
    if format_name is None and ARRAY.match(text):
        unit = "row"
        text = array_lines(name, text, hints.text)
    lines = lines_of(name, text)
    format = format_of(name, lines, hints, format_name)
    records = limited(name, format.records(lines, hints.short), limits)
    if SURROGATES.search(decoded.text):
        records = [marked(record, lines, decoded.fault) for record in records]
    return Table(
        name,
        format.name,
        records,
        format.delimiter or ",",
        decoded.note,
        newline="\r\n" if "\r\n" in decoded.text else "\n",
        unit=unit,
        hints=hints,
    )
