"""One reader of tables for training, the command line and the page: any form of file to its rows.

    with open_table("people.xlsx", headings=("surname", "nachname")) as table:
        table.summary                            # "column Nachname of 3, header found"
        for record in table.rows():
            record.line, record.fields[table.column]

Forms are told by content first and by name second: CSV with commas, semicolons or tabs, lists of
one text a line, JSON Lines, XLSX, a contest's table without quotes; the text forms gzipped, too.
What is the header, and which column has the texts, is found in the first rows and can be said
instead. Independent of the model.
"""

import io
import os
import re
import unicodedata
from collections.abc import Collection, Iterable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field, replace
from itertools import chain, islice
from typing import BinaryIO, cast

from ..errors import InputError, shorten
from .records import (
    DELIMITERS,
    LONGEST_HEADER,
    SAMPLE_ROWS,
    Record,
    find_delimiter,
    read_json_lines,
    read_records,
    read_unquoted,
    text_of,
)
from .sheets import LAST_COLUMN, UNSAVED, Limits, open_sheet
from .signatures import is_xlsx
from .streams import STANDARD_STREAM, Source, open_source, source_of, unreadable

CSV, LIST, JSONL, XLSX, CONTEST = "CSV", "list", "JSON Lines", "XLSX", "contest"
LONG = 40  # characters; few names have more
LONGEST_HEADING = 100  # characters
LONGEST_SAMPLE = 1000  # characters of a cell that are looked at to find the column
LINE_END = re.compile("[\r\n]")
SEPARATOR = re.compile('"?sep=([,;|\t])"?[\r\n]*', re.IGNORECASE)  # a first line for Excel
JSON_ARRAY = re.compile(r'\[\s*(?:[\[{"\]]|$)')
JSON_OBJECT = re.compile(r'\{\s*(?:["}]|$)')
BRACKETED = re.compile(r"\([^()]*\)|\[[^][]*\]")
TITLE_ROWS = 10  # the header is one of so many first rows
LIMITS = Limits()  # of the command line
MISSING = ("n/a", "na", "nan", "none", "null", "nil", "unknown")  # in place of a number


@dataclass(frozen=True)
class Hints:
    """What a task says of its texts, so that they are found in a table.

    `headings` of a column of them, in lower case, the surest first, "first + last" for `last` in a
    table that has a column `first`, too; whether they are `short`, as names are; the columns of a
    `contest`, whose tables are read without quotes; what one `text` is called.
    """

    headings: Sequence[str] = ()
    text: str = "text"
    short: bool = True
    contest: Collection[str] = ()


@dataclass(frozen=True)
class Table:
    """A table that is open: its first row is the header if `header`; texts are in `column`.

    `name` is how messages call it, `sample` are its first records, `note` is what a person should
    know of how it was read, mostly nothing. `delimiter` is that of CSV. `source` is None for XLSX.
    `above` is how many rows above the header, titles and the like, are left out.
    """

    name: str
    form: str
    records: Iterable[Record]  # all, the header too
    sample: list[Record]
    delimiter: str = ","
    note: str = ""
    source: Source | None = None
    header: bool = False
    column: int = 0
    above: int = 0
    hints: Hints = field(default=Hints(), repr=False)

    @property
    def width(self) -> int:
        """Number of columns: that of the first row."""
        return max(len(self.sample[0].fields), 1)

    @property
    def unit(self) -> str:
        """What a record is called in messages, before its number."""
        return "row" if self.form == XLSX else "line"

    @property
    def newline(self) -> str:
        """The end of its lines."""
        return self.source.newline if self.source else "\n"

    @property
    def size(self) -> int | None:
        """Bytes of the input, None if unknown."""
        return self.source.size if self.source else None

    @property
    def position(self) -> int:
        """How many of them have been read."""
        return self.source.position() if self.source else 0

    @property
    def names(self) -> list[str]:
        """The headings of its columns, made up where there are none."""
        if self.header:
            return [*self.sample[0].fields, *[""] * (self.width - len(self.sample[0].fields))]
        if self.width == 1:
            return [self.hints.text]
        return [f"column_{i + 1}" for i in range(self.width)]

    @property
    def summary(self) -> str:
        """One line on what was found: the column, of how many, and whether there is a header."""
        name = shorten(self.names[self.column]) if self.header else ""
        found = "header found" if self.header else "no header found"
        if self.above:
            found += f", {self.above} row{'s' * (self.above > 1)} above it left out"
        if self.form == JSONL and self.header:
            return f"key {name} of {self.width}"
        return f"column {name or self.column + 1} of {self.width}, {found}"

    def rows(self) -> Iterator[Record]:
        """Yield the records below the header, once if the table is a stream."""
        records = islice(self.records, int(self.header), None)
        if self.form == JSONL and self.header:
            key = self.names[self.column]
            return (_check_value(record, key) for record in records)
        if self.form == XLSX:
            return (_check_saved(record, self.column) for record in records)
        return records

    def find(self, *headings: str) -> int | None:
        """Return the index of the column with the first of these headings that is there."""
        return _heading_index(self.names, headings) if self.header else None

    def choose(self, column: str | int | None = None, header: bool | None = None) -> "Table":
        """Return the table read by this column, by heading or from 1, and with this `header`.

        What is None is found in the first rows. Raises InputError if there is no such column.
        """
        first = self.sample[0].fields
        if self.form == JSONL and not self.sample[0].raw:
            header = True  # the keys come with the rows
        elif header is None:
            header = isinstance(column, str) and column in first
            header = header or has_header(self.sample, self.hints.headings)
        table = replace(self, header=header)
        if column is None:
            index = find_column(self.sample, header, self.hints.headings, self.hints.short)
        else:
            index = table.column_index(column)
        return replace(table, column=index)

    def column_index(self, column: str | int) -> int:
        """Return the index of a column by its heading, or by its number from 1."""
        names = self.names if self.header else []
        if names.count(str(column)) == 1:
            return names.index(str(column))
        if str(column) not in names and str(column).isdecimal() and len(str(column)) < 9:
            if 1 <= int(column) <= self.width:
                return int(column) - 1
            raise InputError(f"{self.name} has {self.width} columns, and no column {column}.")
        fault = "has more than one column" if column in names else "has no column"
        known = shorten(", ".join(names)) if names else f"numbers 1 to {self.width}"
        raise InputError(f"{self.name} {fault} {shorten(str(column))!r}; its columns: {known}.")


@contextmanager
def open_table(
    path: str,
    content: bytes | None = None,
    *,
    sheet: str | None = None,
    column: str | int | None = None,
    header: bool | None = None,
    hints: Hints = Hints(),
    limits: Limits = LIMITS,
) -> Iterator[Table]:
    """Open the table at `path`, `-` for standard input; or in `content`, which came as `path`.

    `sheet` is the title of one of an XLSX file, the first visible one by default; `column` the
    heading of the texts or its number from 1; `header` whether the first row is one. What is None
    is found by content. Raises InputError for what is not a table, is empty, or lacks that sheet
    or column.
    """
    with ExitStack() as stack:
        file = _open_if_xlsx(stack, path, content)
        if file is not None:
            found = stack.enter_context(open_sheet(path, file, sheet, limits))
            note = ""
            if len(found.titles) > 1 and sheet is None:
                shown = "" if found.title == found.titles[0] else "visible "
                note = f"sheet {shorten(found.title)}, the first {shown}of {len(found.titles)}"
            table = _table(path, XLSX, found.records, hints, note=note)
            above = _rows_above([r.fields for r in table.sample[:TITLE_ROWS]], hints.headings)
            if header is None and above:
                records = islice(table.records, above, None)
                table = replace(table, records=records, sample=table.sample[above:], above=above)
        else:
            if content is None:
                source = stack.enter_context(open_source(path))
            else:
                source = source_of(path, content, limits.max_bytes or len(content))
            if sheet is not None:
                raise InputError(f"{source.name} has no sheets: leave the sheet out.")
            table = text_table(source, hints, limits.max_columns, titled=header is None)
        yield table.choose(column, header)


def text_table(
    source: Source,
    hints: Hints,
    max_columns: int = LAST_COLUMN,
    form: str | None = None,
    titled: bool = False,
) -> Table:
    """Return the table in a text, in this `form` or in the one that it has.

    If it may be `titled`, lines above a header that is known by its headings are left out.
    """
    delimiter = None
    if form is None and (separator := SEPARATOR.fullmatch(source.peek(1))):
        form, delimiter = CSV, separator[1]
        source.pass_over(1)
    form = form or _form(source, hints)
    above = 0
    if titled and form == CSV:
        above = _lines_above(source, hints.headings, delimiter or DELIMITERS)
    source.pass_over(above)
    fixed = {LIST: ",", CONTEST: "\t", JSONL: ","}.get(form)
    delimiter = delimiter or fixed or find_delimiter(source)
    records = {
        CSV: lambda: read_records(source, delimiter),
        CONTEST: lambda: read_unquoted(source, delimiter),
        LIST: lambda: read_unquoted(source, None),
        JSONL: lambda: read_json_lines(source, max_columns),
    }[form]()
    note = source.encoding.note
    return replace(_table(source.name, form, records, hints, delimiter, note, source), above=above)


def _table(
    name: str,
    form: str,
    records: Iterator[Record],
    hints: Hints,
    delimiter: str = ",",
    note: str = "",
    source: Source | None = None,
) -> Table:
    sample = list(islice(records, SAMPLE_ROWS))
    if not sample:
        raise InputError(f"{name} is empty: give at least one line.")
    return Table(
        name,
        form,
        chain(sample, records),
        sample,
        delimiter,
        note,
        source,
        hints=hints,
    )


def _open_if_xlsx(stack: ExitStack, path: str, content: bytes | None) -> BinaryIO | None:
    """Return the file if it is XLSX, whatever its name is."""
    if content is not None:
        file = cast(BinaryIO, io.BytesIO(content))
    elif path == STANDARD_STREAM or not os.path.isfile(path):
        return None  # a pipe could not be read twice
    else:
        try:
            file = open(path, "rb")  # noqa: SIM115  closed below or by the stack
        except OSError as error:
            raise unreadable(path, error) from None
    try:
        found = file.seekable() and is_xlsx(cast(io.BufferedIOBase, file))
    except OSError as error:
        raise unreadable(path, error) from None
    if found:
        return stack.enter_context(file)
    file.close()
    return None


def _form(source: Source, hints: Hints) -> str:
    """Return the form of a text: by its first line, and where that can be any, by its name.

    Raises InputError for JSON that is not one object a line.
    """
    name = source.name.casefold().removesuffix(".gz")
    first, *others = LINE_END.split(source.peek(LONGEST_HEADER).lstrip("\r\n "))
    second = next((line.lstrip() for line in others if line.strip()), "")
    tabbed = first.split("\t")
    if hints.contest and all(tabbed.count(column) == 1 for column in hints.contest):
        return CONTEST
    is_object = first.startswith("{") and first.rstrip().endswith("}")
    is_part = JSON_OBJECT.match(first) and second and not second.startswith("{")
    if JSON_ARRAY.match(first) or (is_part and not is_object):
        raise InputError(f"{source.name} is JSON, but not JSON Lines: give one object a line.")
    if is_object or (name.endswith((".jsonl", ".ndjson")) and first[:1] in ("{", '"')):
        return JSONL
    if name.endswith((".csv", ".tsv")):
        return CSV
    if name.endswith(".txt") or hints.contest:
        return CSV if len(tabbed) > 1 or _names_a_column(first, hints.headings) else LIST
    return CSV


def _names_a_column(line: str, headings: Sequence[str]) -> bool:
    """Return whether a line is the header of a table, which a list of texts cannot begin with."""
    rows = (line.split(delimiter) for delimiter in ",;")
    return any(len(row) > 1 and _heading_index(row, headings) is not None for row in rows)


def _check_value(record: Record, key: str) -> Record:
    """Return the record of a JSON object, with a problem if its `key` has no text."""
    value = None if record.problem else record.values.get(key)
    if not isinstance(value, bool | list | dict):
        return record
    return record._replace(problem=f"the value is not a text: {shorten(text_of(value))}")


def _check_saved(record: Record, column: int) -> Record:
    """Return the record of a sheet, with a problem if its text is a formula without its value."""
    if record.problem or record.values[column] is not UNSAVED:
        return record
    fault = "a formula without a saved value: open and save the file in Excel"
    return record._replace(problem=fault)


def _heading_index(cells: Sequence[str], headings: Iterable[str]) -> int | None:
    """Return where the first of `headings` that is there stands.

    One of several words may also be the end of a cell.

    >>> _heading_index(["Name", "Employee Last-Name *"], ["last name", "name"])
    1
    """
    known = list(map(_plain, cells))
    for heading in headings:
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
    """Return the letters and digits of a heading, without what stands in brackets.

    >>> _plain("Last_Name *"), _plain("SurName (family name)"), _plain("SOYADI") == _plain("soyadı")
    ('lastname', 'surname', True)
    """
    if len(heading) > LONGEST_HEADING:
        return ""
    text = unicodedata.normalize("NFKC", heading).casefold()
    text = text.replace("ı", "i").replace("i\u0307", "i")  # Turkish has a pair of each
    return "".join(c for c in BRACKETED.sub("", text) if unicodedata.category(c)[0] in "LMN")


def _rows_above(rows: Sequence[Sequence[str]], headings: Sequence[str]) -> int:
    """Return how many rows stand above a header that is known by one of `headings`.

    Each of them has fewer cells that are filled than the header has.

    >>> _rows_above([["Staff", ""], ["", ""], ["id", "surname"], ["1", "Kim"]], ["surname"])
    2
    """
    most = 0
    for index, row in enumerate(rows):
        filled = sum(bool(cell.strip(" \"'")) for cell in row)
        if _heading_index(row, headings) is not None:
            return index if most and filled > most else 0
        most = max(most, filled)
    return 0


def _lines_above(source: Source, headings: Sequence[str], delimiters: str) -> int:
    """Return how many lines of a text stand above such a header, by one of the `delimiters`."""
    lines = [line.rstrip("\r\n") for line in io.StringIO(source.peek(TITLE_ROWS), newline="")]
    return max(_rows_above([line.split(d) for line in lines], headings) for d in delimiters)


def has_header(sample: Sequence[Record], headings: Sequence[str] = ()) -> bool:
    """Return whether the first of the records is a header.

    It is if one of its cells is one of `headings`, or if it differs in kind from a column below:
    no number in it, and a word over nothing but numbers or dates.

    >>> rows = [Record(1, "", ["nr", "wer"]), Record(2, "", ["1", "Kim"]), Record(3, "", ["2", ""])]
    >>> has_header(rows), has_header(rows[1:])
    (True, False)
    """
    first, *below = [record.fields for record in sample if not record.problem] or [[]]
    if _heading_index(first, headings) is not None:
        return True
    if any(map(_is_number, first)):
        return False
    for cell, *column in zip(first, *below, strict=True):
        filled = [below for below in column if below.strip()]
        is_word = any(map(str.isalpha, cell)) and cell.strip().casefold() not in MISSING
        if filled and is_word and all(map(_is_number, filled)):
            return True
    return False


def find_column(
    sample: Sequence[Record], header: bool, headings: Sequence[str] = (), short: bool = True
) -> int:
    """Return the index of the column of texts: by its heading, or that with the highest score.

    A column's score, from 0 to 1, is the mean share of letters in its cells (an empty cell has 0),
    times the share of distinct ones, times how well their length fits: of names, how little longer
    than LONG characters they are; of longer texts, how many words they have. Scores are rounded to
    a tenth, and of equal ones the first column wins.
    """
    rows = [record.fields for record in sample if not record.problem] or [[""]]
    if header and (index := _heading_index(rows[0], headings)) is not None:
        return index
    below = rows[1:] if header else rows
    if not below:
        return 0
    columns = list(zip(*below, strict=True))
    scores = [round(_score(column, short), 1) for column in columns]
    return scores.index(max(scores))


def _score(cells: Sequence[str], short: bool) -> float:
    filled = [cell.strip() for cell in cells if cell.strip()]
    if not filled:
        return 0
    letters = sum(_share_of_letters(cell[:LONGEST_SAMPLE]) for cell in filled) / len(cells)
    mean_length = sum(map(len, filled)) / len(filled)
    words = sum(len(cell.split()) for cell in filled) / len(filled)
    fit = min(1, LONG / mean_length) if short else words / (words + 3)
    return letters * len(set(filled)) / len(filled) * fit


def _share_of_letters(cell: str) -> float:
    """Return the share of letters among the characters that are not between words.

    Digits and signs count four times: "anna@example.org" is less of a name than "Anna".

    >>> _share_of_letters("O'Neill, Mary"), _share_of_letters("b2b") < 0.5
    (1.0, True)
    """
    letters = sum(unicodedata.category(c)[0] in "LM" for c in cell)
    others = sum(not c.isspace() and c not in "'’-.,()" for c in cell) - letters
    return letters / (letters + 4 * others) if letters else 0


def _is_number(cell: str) -> bool:
    """Return whether it is a number, an amount, a date or the like: digits, and no word."""
    cell = cell[:LONGEST_SAMPLE]
    letters = sum(map(str.isalpha, cell))
    digits = sum(map(str.isdigit, cell))
    return digits > 0 and letters <= 1
