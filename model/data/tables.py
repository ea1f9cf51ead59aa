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
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import islice
from typing import NamedTuple
from zipfile import is_zipfile

from ..errors import InputError, listing, shorten
from .columns import (
    has_header,
    has_words,
    heading_groups,
    heading_index,
    rows_above,
    text_score,
)
from .encodings import Decoded, decoded, is_text
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
from .hints import ERROR, FULL, OTHER, SURE, WEAK, Hints
from .records import EMPTY, SAMPLE_ROWS, SURROGATES, Limits, Record

WORKBOOK = b"xl/workbook.xml"  # a part that an XLSX file has, by name


class Choice(NamedTuple):
    """A column of texts, and a warning where it is a guess."""

    column: int
    warning: str = ""


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
    hints: Hints = Hints()
    warning: str = ""  # that the column of texts is a guess by content, and which it is
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
        """One line on what was detected: the columns, of how many, and the header."""
        header = "header found" if self.header else "no header found"
        if self.above:
            noun = "row" if self.above == 1 else "rows"
            header += f", {self.above} {noun} above it left out"
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
        return self.hints.labels is not None

    @property
    def sample(self) -> list[list[str]]:
        """The cells of the first records without a problem, the header too."""
        head = self.records[:SAMPLE_ROWS]
        return [record.fields for record in head if not record.problem]

    @cached_property
    def rows(self) -> list[Record]:
        """The records below the header, with a problem each that has no text or no label."""
        missing = re.compile("|".join([*self.hints.missing, ERROR]))
        rows = []
        for record in self.records[self.header :]:  # True counts as 1
            problem = record.problem or self._problem(record, missing)
            rows.append(record._replace(problem=problem or None))
        return rows

    def _problem(self, record: Record, missing: re.Pattern[str]) -> str:
        """Return what is wrong with the text of a record, or with its label, "" if nothing is."""
        cell = record.fields[self.column].strip()
        values = record.values
        if isinstance(values, dict):  # of a JSON line
            text = values.get(self.names[self.column])
            if isinstance(text, bool | list | dict):
                return f"the value is not a text: {shorten(cell)}"
            label = values.get(self.names[self.label])
            if self.has_labels and isinstance(label, list | dict):
                return f"the label is not a text: {shorten(record.fields[self.label])}"
        if self.form == XLSX and not cell:
            return "empty, or a formula without a saved value: open and save the file in Excel"
        if self.form != UNQUOTED and missing.fullmatch(cell):
            return f"{cell} stands for a missing value: leave the row out, or write it differently"
        return ""

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
    ) -> "Table":
        """Return the table with this `header`, read by these columns of texts and of labels.

        A column is given by its heading or its number from 1. What is None is detected in the first
        rows. Raises InputError if a column does not exist, or none is found for the labels.
        """
        named = [one for one in (column, label_column) if one is not None]
        table = replace(self, header=self._has_header(named, header))
        text = None if column is None else Choice(table.column_index(column))
        label = table._label_column(label_column, text)
        if self.has_labels and text and text.column == label:
            raise InputError(
                "Text and label have the same column: name two different ones."
            )
        is_open = self.has_labels and header is None and not table.header
        if is_open and label is not None:
            table = replace(table, header=table._starts_with_heading(label))
        text = text or table._text_column(label)
        return replace(
            table, column=text.column, label=label or 0, warning=text.warning
        )

    def _has_header(self, columns: Iterable[str | int], header: bool | None) -> bool:
        """Return whether there is a header: as given, or as the first row looks.

        It may name the given columns. The keys of JSON Lines come with the rows.
        """
        if self.form == JSONL or (header is None and self.above):
            return True
        if header is not None:
            return header
        headings = set(map(str, columns)).difference(self.numbers)
        return has_header(self.sample, [*headings, *self.hints.known])

    def column_index(self, column: str | int) -> int:
        """Return the index of a column by its heading, or by its number from 1."""
        names = self.headings
        wanted = str(column)
        if names.count(wanted) == 1:
            return names.index(wanted)
        if wanted not in names and wanted in self.numbers:
            return self.numbers.index(wanted)
        fault = "more than one column" if wanted in names else "no column"
        known = listing(names) or f"numbers 1 to {self.width}"
        raise InputError(
            f"{self.name} has {fault} {shorten(wanted)!r}; its columns: {known}."
        )

    def _text_column(self, label: int | None) -> Choice:
        """Return the column of texts, by the first rule that finds one: heading, then content.

        It is the column `label` only if there is no other.
        """
        columns = [i for i in range(self.width) if i != label] or [0]
        by_kind = self._by_kind(columns)
        if sure := by_kind[SURE]:
            return Choice(sure[0], self._also_sure(sure))
        if full := by_kind[FULL]:
            return Choice(full[0])
        below = self.sample[self.header :]
        cells = list(zip(*below, strict=True)) or [()] * self.width
        with_words = [i for i in columns if has_words(cells[i])]
        if weak := by_kind[WEAK]:
            if set(with_words) <= {weak[0]}:
                return Choice(weak[0])
            return self._guess(weak[0], "by a heading that may mean something else")
        others = by_kind[OTHER]  # read only where no other column has words
        candidates = columns
        if others:
            candidates = [i for i in with_words if i not in others] or others
        index = max(candidates, key=lambda i: text_score(cells[i], self.hints.short))
        if index in others:
            return self._guess(index, "though its heading means something else")
        if len(columns) == 1:
            return Choice(index)
        return self._guess(index, "by its content")

    def _by_kind(self, columns: Sequence[int]) -> dict[str, list[int]]:
        """Return the columns by the kind of their heading, in each kind the surest first.

        The kinds are those of hints.py: SURE, FULL, WEAK, OTHER.
        """
        ranks, groups = zip(*self.hints.groups, strict=True)
        found = heading_groups(self.headings, groups)
        by_kind = defaultdict[str, list[int]](list)
        for number, rank in enumerate(ranks):
            of_group = [i for i, group in enumerate(found) if group == number]
            by_kind[rank] += [i for i in of_group if i in columns]
        return by_kind

    def _guess(self, column: int, way: str) -> Choice:
        """Return a column with the warning that it was chosen this `way`: no heading is sure."""
        why = "no header was found"
        if self.header:
            wanted = self.hints.known[0] if self.hints.headings else self.hints.text
            why = f"no column is called {shorten(wanted, 60)!r}"
        return Choice(
            column,
            f"{why}, so column {self.title(column)} of {self.width} was chosen {way}",
        )

    def _also_sure(self, columns: list[int]) -> str:
        """Return the warning that more than the first of these columns is called as texts are."""
        if len(columns) == 1:
            return ""
        *titles, last = map(self.title, sorted(columns))
        first = self.title(columns[0])
        return f"the columns {', '.join(titles)} and {last} may be meant, and {first} is read"

    def _label_column(self, column: str | None, text: Choice | None) -> int | None:
        """Return the column of labels: as given, by heading, or by content where that is clear.

        `text` is the column of texts if that was given. Raises InputError if nothing is clear, and
        returns None where it is not looked for.
        """
        if self.has_labels and self.width == 1:
            raise InputError(f"{self.name} needs two columns at least: text and label.")
        if self.has_labels and column is not None:
            return self.column_index(column)
        headings = [self.hints.label]
        if self.has_labels:
            headings += self.hints.label_headings
        index = heading_index(self.headings, headings)
        if index is not None or not self.has_labels:
            return index
        index = self._label_by_content(text)
        if index is not None:
            return index
        wanted = "that is surely that of the labels"
        if self.hints.labels:
            wanted = "of the model's labels"
        hint = "name it with --label-column; its first row"  # a header, found or not
        row = shorten(", ".join(self.records[0].fields))
        raise InputError(f"{self.name} has no column {wanted}: {hint}: {row}.")

    def _label_by_content(self, text: Choice | None) -> int | None:
        """Return the column with most of the model's labels, or of two the one that repeats."""
        sample = [map(str.strip, row) for row in self.sample]
        columns = list(zip(*sample, strict=True))
        if labels := self.hints.labels:
            counts = [sum(cell in labels for cell in cells) for cells in columns]
            return counts.index(max(counts)) if any(counts) else None
        if len(columns) != 2:
            return None
        n_first, n_second = (len(set(cells)) for cells in columns)
        if text is None and n_first != n_second:
            return 0 if n_first < n_second else 1  # labels repeat
        return 1 - (text or self._text_column(None)).column

    def _starts_with_heading(self, label: int) -> bool:
        """Return whether the first cell of the column of labels is not a label.

        It is not one of the model's labels or, where these are not known, none that the rows below
        have although they repeat theirs.
        """
        cells = [row[label].strip() for row in self.sample]
        first, *below = cells or [""]
        if self.hints.labels:
            return first not in self.hints.labels
        n_different = len(set(below))
        repeats = n_different <= len(below) / 2
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
    may_have_title = header is None
    if isinstance(content, bytes) and form is None and _is_workbook(content):
        table = _sheet_table(name, content, sheet, may_have_title, hints, limits)
    elif sheet is not None:
        raise InputError(f"{name} has no sheets: leave the sheet out.")
    else:
        text = _text_of(name, content, encoding)
        table = _text_table(name, text, form, may_have_title, hints, limits)
    return replace(table, sha256=sha256).choose(column, header, label_column)


def _is_workbook(content: bytes) -> bool:
    return WORKBOOK in content and is_zipfile(io.BytesIO(content))


def _sheet_table(
    name: str,
    content: bytes,
    sheet: str | None,
    may_have_title: bool,
    hints: Hints,
    limits: Limits,
) -> Table:
    """Return the table of a workbook's sheet, as if without a header; see `_text_table`."""
    from .sheets import sheet_records  # here because most tables go without openpyxl

    rows, note = sheet_records(name, content, sheet, limits)
    records = limited(name, rows, limits)
    above = _lines_above(records, hints) if may_have_title else 0
    return Table(
        name,
        XLSX,
        records[above:],
        note=note,
        unit="row",
        above=above,
        hints=hints,
    )


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
    may_have_title: bool,
    hints: Hints,
    limits: Limits,
) -> Table:
    """Return the table in a text, as if without a header; in a form of this name, if given.

    If it `may_have_title`, lines above a header are left out; they count in the numbers of the
    records below.
    """
    lines = lines_of(name, decoded.text)
    form = form_of(name, lines, hints, form_name)
    above = 0
    if may_have_title and form.name == CSV:
        above = _lines_above(form.records(lines, hints.short), hints)
        form = form._replace(start=form.start + above)
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
        above=above,
        hints=hints,
    )


def _lines_above(records: Iterable[Record], hints: Hints) -> int:
    """Return how many lines stand above the header of a table."""
    head = list(islice(records, SAMPLE_ROWS))
    if not head or head[0].problem not in (None, EMPTY):
        return 0  # a damaged first line is not a title
    rows = [record.fields for record in head]
    above = rows_above(rows, hints.known)
    return head[above].line - head[0].line
