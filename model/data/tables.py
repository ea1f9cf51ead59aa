"""Any table to its rows, in memory: CSV, lists, JSON Lines and XLSX; texts may be gzipped.

    table = read_table("people.xlsx", hints=Hints(("surname", "nachname"), "surname"))
    table.summary                           # "column Nachname of 3, header found"
    for record in table.rows:               # below the header
        if not record.problem:
            print(record.line, record.fields[table.column])

The header and the columns of texts and labels are detected unless given. Independent of the model.
"""

import io
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from itertools import chain, islice
from zipfile import is_zipfile

from ..errors import InputError, shorten
from .columns import (
    best_column,
    has_header,
    has_words,
    heading_groups,
    heading_index,
    rows_above,
    text_score,
)
from .encodings import Decoded, decoded, kind_of
from .forms import (
    CSV,
    JSONL,
    STANDARD_STREAM,
    UNQUOTED,
    XLSX,
    form_of,
    limited,
    lines_of,
    marked,
    unpacked,
)
from .hints import FULL, OTHER, SURE, WEAK, Hints
from .records import EMPTY, SAMPLE_ROWS, SURROGATES, Limits, Record

WORKBOOK = b"xl/workbook.xml"  # a part that an XLSX file has, by name


@dataclass(frozen=True)
class Table:
    """A table, with its first record as the header if `header`."""

    name: str  # what messages call it
    form: str
    records: list[Record]  # all of them
    delimiter: str = ","  # of CSV
    note: str = ""  # what a person should know of how it was read, mostly nothing
    newline: str = "\n"
    unit: str = "line"  # what a record is called in messages, before its number
    above: int = 0  # rows above the header, titles and the like, that are left out
    header: bool = False
    column: int = 0  # of the texts
    label: int = 0  # of the labels, if they were looked for
    hints: Hints = field(default=Hints(), repr=False)
    warning: str = ""  # that the column of texts is a guess by content, and which it is
    sha256: str = ""  # of the file, as a model records those it was trained on

    @property
    def width(self) -> int:
        """Number of columns: that of the first row, if there is any."""
        return max([1, *(len(record.fields) for record in self.records[:1])])

    @property
    def numbers(self) -> list[str]:
        """The numbers of its columns, from 1, as people give them."""
        return [str(i + 1) for i in range(self.width)]

    @property
    def headings(self) -> list[str]:
        """The headings of its columns, if it has any."""
        return self.records[0].fields if self.header else []

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
        """One line on what was detected: the columns, of how many, and the header."""
        header = "header found" if self.header else "no header found"
        if self.above:
            rows = "row" if self.above == 1 else "rows"
            header += f", {self.above} {rows} above it left out"
        text = self.title(self.column)
        if self.hints.labels is not None:
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
    def sample(self) -> list[list[str]]:
        """The cells of the first records without a problem, the header too."""
        head = self.records[:SAMPLE_ROWS]
        return [record.fields for record in head if not record.problem]

    @cached_property
    def rows(self) -> list[Record]:
        """The records below the header; one without a text, or a label, in it has a problem."""
        missing = re.compile(self.hints.missing_pattern)
        rows = []
        for record in self.records[self.header :]:
            problem = record.problem or self._problem(record, missing)
            rows.append(record._replace(problem=problem) if problem else record)
        return rows

    def _problem(self, record: Record, missing: re.Pattern[str]) -> str:
        """Return what is wrong with the text of a record, or with its label, "" if nothing is."""
        cell = record.fields[self.column].strip()
        if isinstance(record.values, dict):  # of a JSON line
            if isinstance(
                record.values.get(self.names[self.column]), bool | list | dict
            ):
                return f"the value is not a text: {shorten(cell)}"
            label = None if self.hints.labels is None else self.names[self.label]
            if isinstance(record.values.get(label), list | dict):
                shown = shorten(record.fields[self.label])
                return f"the label is not a text: {shown}"
        if self.form == XLSX and not cell:
            return "empty, or a formula without a saved value: open and save the file in Excel"
        if self.form != UNQUOTED and missing.fullmatch(cell):
            remedy = "leave the row out, or write it differently"
            return f"{cell} stands for a missing value: {remedy}"
        return ""

    def title(self, column: int) -> str:
        """Return what a column is called in messages: its heading, or its number from 1."""
        heading = shorten(self.names[column], 60) if self.header else ""
        return heading or str(column + 1)

    def choose(
        self,
        column: str | int | None = None,
        header: bool | None = None,
        label_column: str | None = None,
    ) -> "Table":
        """Return the table with this `header`, read by these columns of texts and of labels.

        A column is given by its heading or its number from 1. What is None is detected in the first
        rows. Raises InputError if a column does not exist, or none is found for the labels.
        """
        has_labels = self.hints.labels is not None
        if self.form == JSONL:
            header = True  # the keys come with the rows
        is_header = header
        if is_header is None:
            is_header = self._has_header([column, label_column])
        table = replace(self, header=is_header)
        text = None if column is None else table.column_index(column)
        label = table._known_label()
        if has_labels:
            label = table._label_index(label_column, text)
            if text == label:
                fault = "Text and label have the same column"
                raise InputError(f"{fault}: name two different ones.")
            if header is None and not table.header:
                table = replace(table, header=table._is_no_label(label))
        warning = ""
        if text is None:
            text, warning = table._text_index(label)
        return replace(table, column=text, label=label or 0, warning=warning)

    def _has_header(self, columns: Sequence[str | int | None]) -> bool:
        """Return whether the first row is a header, in which the given columns may be named."""
        given = [str(column) for column in columns if column is not None]
        headings = [heading for heading in given if heading not in self.numbers]
        return self.above > 0 or has_header(self.sample, [*headings, *self.hints.known])

    def column_index(self, column: str | int) -> int:
        """Return the index of a column by its heading, or by its number from 1."""
        names = self.headings
        wanted = str(column)
        if names.count(wanted) == 1:
            return names.index(wanted)
        if wanted not in names and wanted in self.numbers:
            return self.numbers.index(wanted)
        fault = "has more than one column" if wanted in names else "has no column"
        known = shorten(", ".join(names)) if names else f"numbers 1 to {self.width}"
        shown = shorten(wanted)
        raise InputError(f"{self.name} {fault} {shown!r}; its columns: {known}.")

    def _text_index(self, label: int | None) -> tuple[int, str]:
        """Return the column of texts, by heading or content, and a warning where it is a guess.

        It is never the column `label`.
        """
        headings = ["" if i == label else name for i, name in enumerate(self.headings)]
        groups = heading_groups(headings, self.hints.groups) or [None] * self.width
        kinds = [self.hints.kind_of(group) for group in groups]
        best = best_column(groups)
        kind = None if best is None else kinds[best]
        if best is not None and kind == SURE:
            return best, self._also_sure(best, kinds)
        if best is not None and kind == FULL:
            return best, ""
        cells = list(zip(*self.sample[self.header :], strict=True)) or [()] * self.width
        columns = [i for i in range(self.width) if i != label]
        if best is not None and kind == WEAK:
            if not any(has_words(cells[i]) for i in columns if i != best):
                return best, ""
            return best, self._guess(best, "by a heading that may mean something else")
        others = [i for i in columns if kinds[i] == OTHER]
        if others:  # read where no other column has words
            free = [i for i in columns if i not in others and has_words(cells[i])]
            columns = free or others
        index = max(columns, key=lambda i: text_score(cells[i], self.hints.short))
        if index in others:
            return index, self._guess(index, "though its heading means something else")
        is_guess = self.width > (1 if label is None else 2)
        return index, self._guess(index, "by its content") if is_guess else ""

    def _guess(self, column: int, way: str) -> str:
        """Return the warning that a column was chosen this `way`, because no heading is sure."""
        wanted = next(chain.from_iterable(self.hints.sure), self.hints.text)
        why = "no header was found"
        if self.header:
            why = f"no column is called {shorten(wanted, 60)!r}"
        return f"{why}, so column {self.title(column)} of {self.width} was chosen {way}"

    def _also_sure(self, index: int, kinds: Sequence[str | None]) -> str:
        """Return the warning that not only the column at `index` is called as texts are."""
        titles = [self.title(i) for i, kind in enumerate(kinds) if kind == SURE]
        if len(titles) == 1:
            return ""
        named = f"{', '.join(titles[:-1])} and {titles[-1]}"
        return f"the columns {named} may be meant, and {self.title(index)} is read"

    def _known_label(self) -> int | None:
        """Return the column that has the heading of the labels in training."""
        if self.width == 1:
            return None
        return heading_index(self.headings, [self.hints.label])

    def _label_index(self, column: str | None, text: int | None) -> int:
        """Return the column of labels: as given, by heading, or by content where that is clear."""
        if self.width == 1:
            raise InputError(f"{self.name} needs two columns at least: text and label.")
        if column is not None:
            return self.column_index(column)
        headings = [self.hints.label, *self.hints.label_headings]
        index = heading_index(self.headings, headings)
        if index is not None:
            return index
        labels = self.hints.labels or ()
        cells = [[cell.strip() for cell in row] for row in self.sample]
        columns = list(zip(*cells, strict=True))
        counts = [sum(cell in labels for cell in column) for column in columns]
        if any(counts):
            return counts.index(max(counts))
        if len(columns) == 2 and not labels:  # labels repeat, and look less like texts
            guess = self._text_index(None)[0] if text is None else text
            return min((0, 1), key=lambda i: (len(set(columns[i])), i == guess))
        wanted = "that is surely that of the labels"
        if labels:
            wanted = "of the model's labels"
        hint = "name it with --label-column; its first row"  # a header, found or not
        first = shorten(", ".join(self.records[0].fields))
        raise InputError(f"{self.name} has no column {wanted}: {hint}: {first}.")

    def _is_no_label(self, label: int) -> bool:
        """Return whether the first row has none of the labels, or another than the rows below."""
        first, *below = [row[label].strip() for row in self.sample] or [""]
        if self.hints.labels:
            return first not in self.hints.labels
        repeats = len(set(below)) <= len(below) / 2
        return repeats and first not in below


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
) -> Table:
    """Return the table at `path`, `-` for standard input; or in `content`, which came as `path`.

    `form` is one of forms.py; `sheet` the title of one of an XLSX file, the first visible one by
    default; `column`, `header` and `label_column` as Table.choose has them. What is None is
    detected. Raises InputError for what is not a table, is empty, exceeds the `limits`, or lacks
    that sheet or column.
    """
    name = "standard input" if path == STANDARD_STREAM else path
    content, sha256 = unpacked(name, path, content, limits)
    titled = header is None
    if isinstance(content, bytes) and form is None and _is_workbook(content):
        table = _sheet_table(name, content, sheet, titled, hints, limits)
    elif sheet is not None:
        raise InputError(f"{name} has no sheets: leave the sheet out.")
    elif isinstance(content, str):
        text = Decoded(content, "UTF-16")
        fault = "a character is cut in half: type the line again"
        table = _text_table(name, text, fault, form, titled, hints, limits)
    elif kind := kind_of(content):
        forms = "give CSV, TSV, TXT, JSON Lines or XLSX"
        raise InputError(f"{name} seems to be {kind}: {forms}.")
    else:
        text = decoded(name, content, encoding)
        fault = f"not {text.encoding}: save the file as UTF-8"
        table = _text_table(name, text, fault, form, titled, hints, limits)
    return replace(table, sha256=sha256).choose(column, header, label_column)


def _is_workbook(content: bytes) -> bool:
    return WORKBOOK in content and is_zipfile(io.BytesIO(content))


def _sheet_table(
    name: str,
    content: bytes,
    title: str | None,
    titled: bool,
    hints: Hints,
    limits: Limits,
) -> Table:
    from .sheets import sheet_records  # here because most tables go without openpyxl

    found, note = sheet_records(name, content, title, limits)
    records = limited(name, found, limits)
    above = _lines_above(records, hints) if titled else 0
    return Table(
        name, XLSX, records[above:], note=note, unit="row", above=above, hints=hints
    )


def _text_table(
    name: str,
    decoded: Decoded,
    fault: str,
    kind: str | None,
    titled: bool,
    hints: Hints,
    limits: Limits,
) -> Table:
    """Return the table in a text, in this `kind` of form or as it looks, as if without a header.

    A record with a surrogate has the problem `fault`. If it may be `titled`, lines above a header
    are left out; they count in the numbers of those below.
    """
    lines = lines_of(name, decoded.text)
    form = form_of(name, lines, hints, kind)
    above = 0
    if titled and form.kind == CSV:
        above = _lines_above(form.records(lines, hints.short), hints)
        form = form._replace(start=form.start + above)
    records = limited(name, form.records(lines, hints.short), limits)
    if SURROGATES.search(decoded.text):
        records = [marked(record, lines, fault) for record in records]
    return Table(
        name,
        form.kind,
        records,
        form.delimiter,
        decoded.note,
        newline="\r\n" if "\r\n" in decoded.text else "\n",
        above=above,
        hints=hints,
    )


def _lines_above(records: Iterable[Record], hints: Hints) -> int:
    """Return how many lines stand above the header of a table."""
    head = list(islice(records, SAMPLE_ROWS))
    if not head or head[0].problem not in (None, EMPTY):
        return 0  # a damaged first line is not a title
    above = rows_above([record.fields for record in head], hints.known)
    return head[above].line - head[0].line
