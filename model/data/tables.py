"""Any table to its rows, in memory: CSV, lists, JSON Lines and XLSX; texts may be gzipped.

    table = read_table("people.xlsx", hints=Hints(("surname", "nachname"), "surname"))
    table.summary                           # "column Nachname of 3, header found"
    for record in table.rows:               # below the header
        if not record.problem:
            print(record.line, record.fields[table.column])

The form is told by content first and by name second. What is the header, and which columns have the
texts and the labels, is found in the first rows and can be said instead. Independent of the model.
"""

import gzip
import hashlib
import io
import re
import zlib
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property, partial
from itertools import chain, dropwhile, islice
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
from .encodings import decoded, kind_of
from .records import (
    EMPTY,
    SAMPLE_ROWS,
    SURROGATES,
    Limits,
    Record,
    delimiter_of,
    json_records,
    sheet_records,
    text_records,
    without_surrogates,
)

CSV, LIST, JSONL, XLSX = "CSV", "list", "JSON Lines", "XLSX"
UNQUOTED = (
    "text with tabs"  # and quotes that are characters like any other: a contest's table
)
# What a heading says: that its column has the texts; something that contains them, as a full
# name does; that or something else, as "name" does; or something that only looks like them.
SURE, FULL, WEAK, OTHER = "sure", "full", "weak", "other"
STANDARD_STREAM = "-"
WORKBOOK = b"xl/workbook.xml"  # a part that an XLSX file has, by name
LONGEST_LINE = 1_000_000  # characters
SEPARATOR = re.compile(
    '"?sep=([,;|\t])"?[\r\n]*', re.IGNORECASE
)  # a first line for Excel
JSON = re.compile(r'\[\s*(?:[\[{"\]]|$)|\{\s*(?:["}]|$)')  # an array or an object
# As programs write that there is no value. Na, Nan and Null are surnames.
MISSING = frozenset("NaN nan NA N/A n/a <NA> NULL null None".split())
# What may be a text or a label all the same: a line of code, Namibia. No surname is written so.
MAY_BE_MEANT = frozenset("NA NULL null None".split())
# What spreadsheets of several languages show in place of a value: #REF!, #N/A, #¡VALOR!, Err:502
ERROR = r"#N/[ABD]|#NV|#Н/Д|#YOK|#GETTING_DATA|#[^\sa-z]{2,}[!?]|Err:\d{3}"


@dataclass(frozen=True)
class Hints:
    """What a task says of its texts and labels, so that their columns are found in a table."""

    # Of the texts, in any case, the surest first; of those that stand in one list the leftmost
    # column is read. "first + last" stands for `last` in a table that has a column `first`, too.
    headings: Sequence[str | Sequence[str]] = ()
    full_headings: Sequence[str] = ()  # of what contains a text, as a full name does
    weak_headings: Sequence[str] = ()  # that texts may have, or something else
    other_headings: Sequence[str] = ()  # of what only looks like texts
    text: str = "text"  # what one is called
    short: bool = True  # as names are
    unquoted: Collection[str] = ()  # columns of the tables that are read as UNQUOTED
    label: str = (
        ""  # heading of the labels in training, which tells a header as those above do
    )
    label_headings: Sequence[str] = ()  # what else their column may be called
    labels: Collection[str] | None = (
        None  # () if unknown; None: they are not looked for
    )
    missing: Collection[str] = MISSING  # in place of a text

    @property
    def missing_pattern(self) -> str:
        """What stands in place of a text, for Python and for a browser; an ERROR always does."""
        return "|".join([*sorted(self.missing), ERROR])

    @property
    def sure(self) -> list[Sequence[str]]:
        """The headings of the texts, in groups, the surest first."""
        return [[group] if isinstance(group, str) else group for group in self.headings]

    @property
    def groups(self) -> list[Sequence[str]]:
        """All groups of headings: the sure ones, then FULL, WEAK and OTHER."""
        rest = [self.full_headings, self.weak_headings, self.other_headings]
        return [*self.sure, *rest]

    @property
    def known(self) -> list[str]:
        """The headings that tell a header."""
        return [*chain.from_iterable(self.groups), self.label]

    def kind_of(self, group: int | None) -> str | None:
        """Return which kind of heading one of the `groups` is, None for none."""
        kinds = [SURE] * len(self.headings) + [FULL, WEAK, OTHER]
        return None if group is None else kinds[group]


@dataclass(frozen=True)
class Table:
    """A table, with its first record as the header if `header`."""

    name: str  # how messages call it
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
        return [f"column_{i + 1}" for i in range(self.width)]

    @property
    def summary(self) -> str:
        """One line on what was found: the columns, of how many, and whether there is a header."""
        found = "header found" if self.header else "no header found"
        if self.above:
            found += f", {self.above} row{'s' * (self.above > 1)} above it left out"
        text = self.title(self.column)
        if self.hints.labels is not None:
            return f"text from column {text}, label from column {self.title(self.label)}, {found}"
        if self.form == JSONL:
            return f"key {text} of {self.width}"
        return f"column {text} of {self.width}, {found}"

    @property
    def remark(self) -> str:
        """The note and the warning, "" if there are none."""
        return "; ".join(filter(None, [self.note, self.warning]))

    @property
    def sample(self) -> list[list[str]]:
        """The cells of the first records that are sound, the header too."""
        return [
            record.fields for record in self.records[:SAMPLE_ROWS] if not record.problem
        ]

    @cached_property
    def rows(self) -> list[Record]:
        """The records below the header; one without a text, or a label, in it has a problem."""
        found, names = self.records[self.header :], self.names
        label = names[self.label] if self.hints.labels is not None else None
        missing = re.compile(self.hints.missing_pattern)
        for i, record in enumerate(found):
            cell, fault = (
                "".join(record.fields[self.column : self.column + 1]).strip(),
                "",
            )
            typed = (
                record.values if isinstance(record.values, dict) else {}
            )  # of a JSON line
            if isinstance(typed.get(names[self.column]), bool | list | dict):
                fault = f"the value is not a text: {shorten(cell)}"
            elif isinstance(typed.get(label), list | dict):
                fault = f"the label is not a text: {shorten(record.fields[self.label])}"
            elif self.form == XLSX and not cell:
                fault = "empty, or a formula without a saved value: open and save the file in Excel"
            elif missing.fullmatch(cell) and self.form != UNQUOTED:
                remedy = "leave the row out, or write it differently"
                fault = f"{cell} stands for a missing value: {remedy}"
            if fault and not record.problem:
                found[i] = record._replace(problem=fault)
        return found

    def title(self, column: int) -> str:
        """Return what a column is called in messages: its heading, or its number from 1."""
        return (self.header and shorten(self.names[column], 60)) or str(column + 1)

    def choose(
        self,
        column: str | int | None = None,
        header: bool | None = None,
        label_column: str | None = None,
    ) -> "Table":
        """Return the table with this `header`, read by these columns of texts and of labels.

        A column is given by its heading or its number from 1. What is None is found in the first
        rows. Raises InputError if a column does not exist, or none is found for the labels.
        """
        if self.form == JSONL:
            header = True  # the keys come with the rows
        given = [str(name) for name in (column, label_column) if name is not None]
        given = [name for name in given if name not in self.numbers]
        found = bool(self.above) or has_header(self.sample, [*given, *self.hints.known])
        table = replace(self, header=found if header is None else header)
        texts = None if column is None else table.column_index(column)
        if self.hints.labels is None:
            label = (
                heading_index(table.headings, [self.hints.label])
                if self.width > 1
                else None
            )
        elif self.width == 1:
            raise InputError(f"{self.name} needs two columns at least: text and label.")
        else:
            label = table._label_index(label_column, texts)
            if texts == label:
                raise InputError(
                    "Text and label have the same column: name two different ones."
                )
            if header is None and not found:
                table = replace(table, header=table._is_no_label(label))
        warning = ""
        if texts is None:
            texts, warning = table._text_index(label)
        return replace(table, column=texts, label=label or 0, warning=warning)

    def column_index(self, column: str | int) -> int:
        """Return the index of a column by its heading, or by its number from 1."""
        names, numbers, wanted = self.headings, self.numbers, str(column)
        if names.count(wanted) == 1:
            return names.index(wanted)
        if wanted not in names and wanted in numbers:
            return numbers.index(wanted)
        fault = "has more than one column" if wanted in names else "has no column"
        known = shorten(", ".join(names)) if names else f"numbers 1 to {self.width}"
        raise InputError(
            f"{self.name} {fault} {shorten(wanted)!r}; its columns: {known}."
        )

    def _text_index(self, label: int | None) -> tuple[int, str]:
        """Return the column of texts, by heading or content, never `label`; and what is a guess."""
        names = ["" if i == label else name for i, name in enumerate(self.headings)]
        groups = heading_groups(names, self.hints.groups) or [None] * self.width
        kinds = [self.hints.kind_of(group) for group in groups]
        best = best_column(groups)
        if best is not None and kinds[best] == SURE:
            return best, self._also_sure(best, kinds)
        if best is not None and kinds[best] == FULL:
            return best, ""
        rest = [i for i in range(self.width) if i != label]
        cells = list(zip(*self.sample[self.header :], strict=True)) or [()] * self.width
        if best is not None and kinds[best] == WEAK:
            if not any(has_words(cells[i]) for i in rest if i != best):
                return best, ""
            return best, self._guess(best, "by a heading that may mean something else")
        others = [i for i in rest if kinds[i] == OTHER]
        if others:  # read where no other column has words
            free = [i for i in rest if i not in others and has_words(cells[i])]
            rest = free or others
        index = max(rest, key=lambda i: text_score(cells[i], self.hints.short))
        if index in others:
            return index, self._guess(index, "though its heading means something else")
        is_guess = self.width - (label is not None) > 1
        return index, self._guess(index, "by its content") if is_guess else ""

    def _guess(self, column: int, how: str) -> str:
        """Return that a column was chosen `how`, because no heading is sure."""
        wanted = shorten(
            next(chain.from_iterable(self.hints.sure), self.hints.text), 60
        )
        why = "no header was found"
        if self.header:
            why = f"no column is called {wanted!r}"
        return f"{why}, so column {self.title(column)} of {self.width} was chosen {how}"

    def _also_sure(self, index: int, kinds: Sequence[str | None]) -> str:
        """Return that other columns than the one at `index` are called as texts are, "" if none."""
        titles = [self.title(i) for i, kind in enumerate(kinds) if kind == SURE]
        if len(titles) == 1:
            return ""
        named = " and ".join([", ".join(titles[:-1]), titles[-1]])
        return f"the columns {named} may be meant, and {self.title(index)} is read"

    def _label_index(self, column: str | None, texts: int | None) -> int:
        """Return the column of labels: as given, by heading, or by content where that is clear."""
        if column is not None:
            return self.column_index(column)
        known, headings = (
            self.hints.labels,
            [self.hints.label, *self.hints.label_headings],
        )
        if (index := heading_index(self.headings, headings)) is not None:
            return index
        columns = [
            [cell.strip() for cell in column]
            for column in zip(*self.sample, strict=True)
        ]
        counts = (
            [sum(cell in known for cell in column) for column in columns]
            if known
            else []
        )
        if any(counts):
            return counts.index(max(counts))
        if len(columns) == 2 and not known:  # labels repeat, and look less like texts
            guess = self._text_index(None)[0] if texts is None else texts
            return min((0, 1), key=lambda i: (len(set(columns[i])), i == guess))
        of_whom = (
            "of the model's labels" if known else "that is surely that of the labels"
        )
        hint = "name it with --label-column; its first row"  # a header, found or not
        first = shorten(", ".join(self.records[0].fields))
        raise InputError(f"{self.name} has no column {of_whom}: {hint}: {first}.")

    def _is_no_label(self, label: int) -> bool:
        """Return whether the first row has none of the labels, or another than the rows below."""
        first, *below = [row[label].strip() for row in self.sample] or [""]
        if self.hints.labels:
            return first not in self.hints.labels
        return (
            first not in below and len(set(below)) <= len(below) / 2
        )  # as labels repeat


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

    `form` is one of text; `sheet` the title of one of an XLSX file, the first visible one by
    default; `column`, `header` and `label_column` as Table.choose has them. What is None is found
    by content. Raises InputError for what is not a table, is empty, exceeds the `limits`, or lacks
    that sheet or column.
    """
    name = "standard input" if path == STANDARD_STREAM else path
    content, sha256 = _unpacked(name, path, content, limits)
    note = ""
    if isinstance(content, str):
        fault = "a character is cut in half: type the line again"
        table = _text_table(name, content, form, fault, header is None, hints, limits)
    elif form is None and is_zipfile(io.BytesIO(content)) and WORKBOOK in content:
        found, note = sheet_records(name, content, sheet, limits)
        records = _limited(name, found, limits)
        head = [record.fields for record in records[:SAMPLE_ROWS]]
        above = rows_above(head, hints.known) if header is None else 0
        table = Table(name, XLSX, records[above:], unit="row", above=above, hints=hints)
    elif sheet is not None:
        raise InputError(f"{name} has no sheets: leave the sheet out.")
    elif kind := kind_of(content):
        raise InputError(
            f"{name} seems to be {kind}: give CSV, TSV, TXT, JSON Lines or XLSX."
        )
    else:
        text, encoding, note = decoded(name, content, encoding)
        fault = f"not {encoding}: save the file as UTF-8"
        table = _text_table(name, text, form, fault, header is None, hints, limits)
    table = replace(table, note=note, sha256=sha256)
    return table.choose(column, header, label_column)


def _text_table(
    name: str,
    text: str,
    form: str | None,
    fault: str,
    titled: bool,
    hints: Hints,
    limits: Limits,
) -> Table:
    """Return the table in a text, in this `form` or in the one that it has, as if without a header.

    A record with a surrogate has the problem `fault`. If it may be `titled`, lines above a header
    are left out; they count in the numbers of those below.
    """
    lines = list(io.StringIO(text.rstrip("\r\n"), newline=""))  # whose ends may differ
    if max(map(len, lines), default=0) >= LONGEST_LINE:
        raise InputError(
            f"{name} has a line of {LONGEST_LINE:,} characters or more: split it."
        )
    separator = SEPARATOR.fullmatch(lines[0]) if lines and form is None else None
    form = CSV if separator else form or _form(name, lines, hints)
    delimiter = separator[1] if separator else "\t" if form == UNQUOTED else ","
    if form == CSV and not separator:
        delimiter = "\t" if _has_ending(name, ".tsv") else delimiter_of(lines)
    parts = "" if form == LIST else delimiter
    read = partial(text_records, lines, parts, quoted=form == CSV, short=hints.short)
    at, above = int(bool(separator)), 0
    if titled and form == CSV:
        head = list(islice(read(at=at), SAMPLE_ROWS))
        if head and head[0].problem in (
            None,
            EMPTY,
        ):  # a damaged first line is not a title
            found = rows_above([record.fields for record in head], hints.known)
            above = head[found].line - 1 - at if found else 0
    records = json_records(lines) if form == JSONL else read(at=at + above)
    rows = _limited(name, records, limits)
    if SURROGATES.search(text):
        for i, row in enumerate(rows):
            # A line of JSON has lost them in its values.
            if any(map(SURROGATES.search, row.fields + lines[row.line - 1 : row.line])):
                fields = list(map(without_surrogates, row.fields))
                rows[i] = row._replace(fields=fields, problem=row.problem or fault)
    newline = "\r\n" if "\r\n" in text else "\n"
    return Table(name, form, rows, delimiter, newline=newline, above=above, hints=hints)


def _limited(name: str, records: Iterable[Record], limits: Limits) -> list[Record]:
    """Return the records without blank ones at either end; raise InputError for too many, or none.

    The first one is looked at before the others are made, because they get as many cells.
    """
    filled = dropwhile(lambda record: record.problem == EMPTY, records)
    first = next(filled, None)
    if not first:
        raise InputError(f"{name} is empty: give at least one line.")
    if len(first.fields) > limits.max_columns:
        raise limits.exceeded(name, f"{len(first.fields):,} columns")
    found = [first, *islice(filled, limits.max_rows + 1)]
    if len(found) > limits.max_rows + 1:  # one may be a header
        raise limits.exceeded(name, f"more than {limits.max_rows:,} rows")
    while found[-1].problem == EMPTY:
        found.pop()
    return found


def _unpacked(
    name: str, path: str, content: bytes | str | None, limits: Limits
) -> tuple[bytes | str, str]:
    """Return the bytes of a file, or the content, unpacked if it is gzipped, and its SHA-256.

    That is of bytes as they came, and "" of a text. Raises InputError.
    """
    most, sha256 = limits.max_bytes + 1, ""
    try:
        if content is None:
            is_stdin = path == STANDARD_STREAM
            with open(0 if is_stdin else path, "rb", closefd=not is_stdin) as file:
                content = file.read(most)
        if isinstance(content, bytes):
            sha256 = hashlib.sha256(content).hexdigest()
        if isinstance(content, bytes) and content.startswith(b"\x1f\x8b"):
            content = gzip.GzipFile(fileobj=io.BytesIO(content)).read(most)
    except FileNotFoundError:
        raise InputError(
            f"No file {name}: give a table, or - for standard input."
        ) from None
    except (gzip.BadGzipFile, zlib.error, EOFError):
        fault = "is not a complete gzip file: compress it again with gzip"
        raise InputError(f"{name} {fault}.") from None
    except OSError as error:
        raise InputError(f"{name} cannot be read: {error.strerror or error}.") from None
    if (
        len(content.encode("utf-8", "replace") if isinstance(content, str) else content)
        >= most
    ):
        raise limits.exceeded(
            name, f"more than {limits.max_bytes / 1e6:g} MB of content"
        )
    return content, sha256


def _has_ending(name: str, *endings: str) -> bool:
    return name.casefold().removesuffix(".gz").endswith(endings)


def _form(name: str, lines: Sequence[str], hints: Hints) -> str:
    """Return the form of a text: by its first line, and where that can be any, by its name.

    Raises InputError for JSON that is not one object a line.
    """
    first = next(filter(None, map(str.strip, lines)), "")
    tabbed = first.split("\t")
    if hints.unquoted and all(tabbed.count(column) == 1 for column in hints.unquoted):
        return UNQUOTED
    is_jsonl = bool(first) and _has_ending(name, ".jsonl", ".ndjson")
    if first.startswith("{") and (first.endswith("}") or (is_jsonl and first != "{")):
        return JSONL
    if is_jsonl or JSON.match(first):
        raise InputError(f"{name} is not JSON Lines: give one JSON object a line.")
    if _has_ending(name, ".csv", ".tsv") or not (
        _has_ending(name, ".txt") or hints.unquoted
    ):
        return CSV
    heads = (
        first.split(delimiter) for delimiter in ",;|"
    )  # a list begins with no header
    names = any(len(h) > 1 and heading_index(h, hints.known) is not None for h in heads)
    return CSV if len(tabbed) > 1 or names else LIST
