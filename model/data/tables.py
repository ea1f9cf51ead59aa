"""Any table to its rows, in memory: CSV, lists, JSON Lines and XLSX; texts may be gzipped.

    table = read_table("people.xlsx", hints=Hints(("surname", "nachname"), "surname"))
    table.summary                           # "column Nachname of 3, header found"
    for record in table.rows:               # below the header
        if not record.problem:
            print(record.line, record.fields[table.column])

The header and the columns of texts and labels are found by the rules of columns.py, and asked about
where none applies. Independent of the model.
"""

import io
import shlex
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import compress
from statistics import mode
from zipfile import is_zipfile

from ..errors import InputError, listing, shorten
from ..symbols import SURROGATES
from .columns import (
    clear_columns,
    clear_header,
    find_columns,
    guessed,
    header_index,
    known_label,
    n_filled,
)
from .encodings import Decoded, decoded, is_text
from .forms import (
    ARRAY,
    CSV,
    JSONL,
    STANDARD_STREAM,
    UNQUOTED,
    XLSX,
    array_lines,
    form_of,
    limited,
    lines_of,
    marked,
    unpacked,
)
from .hints import Hints, missing_problem
from .records import HEAD_LINES, Limits, Record, Unsaved, by_path, fit_width

WORKBOOK = b"xl/workbook.xml"  # a part that an XLSX file has, by name

# How a question begins its answer, and what it names there: the columns of texts and of labels, and
# whether there is a header
OPTIONS = ("give", "--column", "--label-column", "--header", "--no-header")
GUESSED = 1000  # rows that a guess is made of


@dataclass(frozen=True)
class Table:
    """A table, with its first record as the header if `header`; titles above it are left out."""

    name: str  # what messages call it
    form: str
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
        if self.form == JSONL:
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
        if self.form == UNQUOTED:
            return ""
        return missing_problem(cell, self.hints.missing)

    def title(self, column: int) -> str:
        """Return what a column is called in messages: its heading, or its number from 1."""
        number = str(column + 1)
        if self.header:
            return shorten(self.names[column], 60) or number
        return number

    def choose(
        self,
        column: str | int | None = None,
        header: bool | None = None,
        label_column: str | None = None,
        options: Sequence[str] = (),
    ) -> "Table":
        """Return the table with this `header`, read by these columns of texts and of labels.

        A column is given by its heading or its number from 1. What is None is found by the rules of
        columns.py. Raises InputError if a column does not exist, and where no rule applies, with a
        guess in these `options`, as OPTIONS has them. Without options there is a warning instead,
        and the first column has the texts, below a header.
        """
        given = [column, label_column]
        start, found = self._header(given, header)
        table = self._from(start, found)
        if self.has_labels and table.width == 1:
            raise InputError(
                f"{self._place} has one column: it needs two, text and label."
            )
        named = [None if one is None else table.column_index(one) for one in given]
        if named[1] is None and self.hints.labels:
            named[1] = known_label(table._cells, self.hints.labels)
        text, label, sure = find_columns(
            table.headings, table.width, table.hints, *named
        )
        if self.has_labels and text == label and label is not None:
            raise InputError(
                "Text and label have the same column: name two different ones."
            )
        warning = table._also_sure(sure)
        by_headings = (text, label, found)
        if self.has_labels:
            text, label = table._clear_columns(bool(found), text, label)
            if header is None and label is not None and self.form != JSONL:
                found = table._clear_header(start, found, text, label)
                if found is False:
                    table = self._from(0, found)
        missing = [text is None, self.has_labels and label is None, found is None]
        if any(missing):
            warning = table._ask(missing, text, label, options)
        elif by_headings != (text, label, found):
            told = table._told(found, options)
            warning = "; ".join(filter(None, [warning, told]))
        return replace(table, column=text or 0, label=label or 0, warning=warning)

    def _from(self, start: int, header: bool | None) -> "Table":
        """Return the table from this record on, which is a `header` or may be one."""
        records = self.records[start:]
        if self.form in (CSV, UNQUOTED):
            records = list(fit_width(records))
        return replace(self, records=records, header=header is not False)

    @cached_property
    def _cells(self) -> list[list[str]]:
        """The cells of the records that are as wide as the first, which is among them."""
        rows = (record.fields for record in self.records)
        return [cells for cells in rows if len(cells) == self.width]

    def _clear_columns(
        self, has_header: bool, text: int | None, label: int | None
    ) -> tuple[int | None, int | None]:
        """Return the columns of texts and labels, by their cells where headings do not tell."""
        clear = clear_columns(self._cells[has_header:])
        by_headings = (text, label)
        pairs = zip(by_headings, clear, strict=True)
        if all(one in (None, other) for one, other in pairs):
            return clear
        return by_headings

    def _clear_header(
        self, start: int, found: bool | None, text: int | None, label: int
    ) -> bool | None:
        """Return whether the first record is a header, by its cells where headings do not tell."""
        rows = self._cells
        if self.hints.labels:
            return rows[0][label].strip() not in self.hints.labels
        if found is None and text is not None and start == 0:
            return clear_header(rows, text, label)
        return found

    def _told(self, header: bool | None, options: Sequence[str]) -> str:
        """Return what cells told, not headings, with the `options` for something else."""
        first = self.records[0]
        row = listing(map(repr, first.fields))
        what = "the header" if header else "a row"
        kind = f"; {self.unit} {first.line} ({row}) is {what}" * (self.form != JSONL)
        _, *others, with_header, without = options or OPTIONS
        if kind:
            others.append(without if header else with_header)
        return f"told by the cells{kind}; for others give {listing(others)}"

    @property
    def _place(self) -> str:
        """What a message calls it, with its sheet if there are others."""
        return ", ".join(filter(None, [self.name, self.note]))

    def _header(
        self, given: Sequence[str | int | None], header: bool | None
    ) -> tuple[int, bool | None]:
        """Return at which record the table starts, and whether that is a header; None: maybe.

        The keys of JSON Lines come with the rows.
        """
        head = [record.fields for record in self.records[:HEAD_LINES]]
        if self.form == JSONL or header is False:
            return 0, self.form == JSONL
        numbers = map(str, range(1, max(map(len, head)) + 1))
        names = set(map(str, filter(None, given))).difference(numbers)
        start = header_index(head, names, self.hints.known)
        if start is not None:
            return start, True
        usual = mode([*map(len, filter(None, head)), 0])
        filled = [n_filled(cells) * (len(cells) == usual) for cells in head]
        if header or max(filled) == 1:  # a list has none
            return 0, header or False
        return filled.index(max(filled)), None

    def _ask(
        self,
        missing: Sequence[bool],
        text: int | None,
        label: int | None,
        options: Sequence[str],
    ) -> str:
        """Return what is not certain, or raise InputError with options that would decide it.

        What is `missing` are the column of texts, that of labels and the header.
        """
        questions = [
            f"which column is the {self.hints.text}",
            "which is the label",
            "whether the first row is a header",
        ]
        problem = f"it is not certain {' and '.join(compress(questions, missing))}"
        if not options:
            return problem
        rows = self._cells[:: len(self._cells) // GUESSED + 1]  # which may be sorted
        has_header, *columns = guessed(rows, text, label)
        command, *of_columns, with_header, without = options
        words = [command]
        is_named = not missing[2]
        if is_named:
            has_header = self.header
        first = self.records[0].fields
        for option, column in compress(zip(of_columns, columns, strict=True), missing):
            name = first[column]
            is_clear = first.count(name) == 1 and name.isprintable()
            if not (has_header and is_clear and name.strip("0123456789 ")):
                name = self.numbers[column]
            is_named |= name != self.numbers[column]
            words += [option, shlex.quote(name)]
        if not is_named:
            words.append(with_header if has_header else without)
        row = listing(map(repr, first))
        guess = " ".join(filter(None, words))
        raise InputError(
            f"{self._place}: {problem}; found: {row}; if this guess is right: {guess}"
        )

    def column_index(self, column: str | int) -> int:
        """Return the index of a column by its heading, or by its number from 1."""
        names = self.headings
        wanted = str(column)
        if names.count(wanted) == 1:
            return names.index(wanted)
        if wanted not in names and wanted in self.numbers:
            return self.numbers.index(wanted)
        fault = "more than one column" if wanted in names else "no column"
        in_a_line = (" ".join(name.split()) for name in names)
        known = listing(in_a_line) or f"numbers 1 to {self.width}"
        raise InputError(
            f"{self.name} has {fault} {shorten(wanted)!r}; its columns: {known}."
        )

    def _also_sure(self, columns: list[int]) -> str:
        """Return the warning that more than the first of these columns is called as texts are."""
        if len(columns) < 2:
            return ""
        *titles, last = map(self.title, sorted(columns))
        first = self.title(columns[0])
        return f"the columns {', '.join(titles)} and {last} may be meant, and {first} is read"


def read_table(
    path: str,
    content: bytes | str | None = None,
    *,
    form: str | None = None,
    sheet: str | None = None,
    column: str | int | None = None,
    header: bool | None = None,
    label_column: str | None = None,
    encoding: str | None = None,
    hints: Hints = Hints(),
    limits: Limits = Limits(),
    options: Sequence[str] = OPTIONS,
) -> Table:
    """Return the table at `path`, `-` for standard input; or in `content`, which came as `path`.

    `form` is one of forms.py; `sheet` the title of one of an XLSX file, by default the first
    visible one that has a header which is known, or else the longest; `column`, `header`,
    `label_column` and `options` as Table.choose has them. Raises InputError for what is not a
    table, is empty, exceeds the `limits`, or lacks that sheet or column, and where it is not
    certain which column is meant.
    """
    name = "standard input" if path == STANDARD_STREAM else path
    content, sha256 = unpacked(name, path, content, limits)
    if isinstance(content, bytes) and form is None and _is_workbook(content):
        given = column, label_column
        table = _sheet_table(name, content, sheet, hints, limits, given)
    elif sheet is not None:
        raise InputError(f"{name} has no sheets: leave the sheet out.")
    else:
        text = _text_of(name, content, encoding)
        table = _text_table(name, text, form, hints, limits)
    return replace(table, sha256=sha256).choose(column, header, label_column, options)


def _is_workbook(content: bytes) -> bool:
    return WORKBOOK in content and is_zipfile(io.BytesIO(content))


def _sheet_table(
    name: str,
    content: bytes,
    sheet: str | None,
    hints: Hints,
    limits: Limits,
    given: Sequence[str | int | None],
) -> Table:
    """Return the table of a workbook's sheet, as if without a header."""
    from .sheets import sheet_records  # here because most tables go without openpyxl

    tables = []
    for rows, note in sheet_records(name, content, sheet, limits):
        table = Table(name, XLSX, rows, note=note, unit="row", hints=hints)
        tables.append(table)
        if rows and table._header(given, None)[1]:
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
    form_name: str | None,
    hints: Hints,
    limits: Limits,
) -> Table:
    """Return the table in a text, as if without a header; in a form of this name, if given."""
    text = decoded.text
    unit = "line"
    if form_name is None and ARRAY.match(text):
        unit = "row"
        text = array_lines(name, text, hints.text)
    lines = lines_of(name, text)
    form = form_of(name, lines, hints, form_name)
    records = limited(name, form.records(lines, hints.short), limits)
    if SURROGATES.search(decoded.text):
        records = [marked(record, lines, decoded.fault) for record in records]
    return Table(
        name,
        form.name,
        records,
        form.delimiter or ",",
        decoded.note,
        newline="\r\n" if "\r\n" in decoded.text else "\n",
        unit=unit,
        hints=hints,
    )
