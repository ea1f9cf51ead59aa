"""Lists of texts: read a CSV or plain text, predict every row, write a CSV safe in a spreadsheet.

A row that cannot be predicted stays in its place, with the reason. Everything is kept in memory
and nothing is written to a disk; independent of gradio.
"""

import csv
import io
from collections import Counter
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice

from model.classifier import Answer, TextClassifier
from model.data.decoding import decode, without_surrogates
from model.data.records import Record, find_delimiter, not_decoded, read_records
from model.data.streams import Source
from model.errors import InputError
from model.predict.tables import NONE

MAX_ROWS = 10_000
MAX_BYTES = 2_000_000
MAX_COLUMNS = 200  # every row gets as many cells as the first one has
LIMITS = f"up to {MAX_ROWS:,} rows and {MAX_BYTES // 1_000_000} MB"
TOP_K = 3
NONE_OF_THESE = "none of these"
CHUNK_ROWS = 512


@dataclass(frozen=True)
class Table:
    """Rows as they were read; `name` is how messages call the list.

    `note` is what a person should know of how it was read, mostly nothing.
    """

    name: str
    delimiter: str
    records: list[Record]
    note: str = ""

    @property
    def width(self) -> int:
        """Number of columns: that of the first row."""
        return max(len(self.records[0].fields), 1)

    def heading(self, header: bool) -> list[str] | None:
        """Return the headings of the columns if the first row is a `header`."""
        return self.records[0].fields if header else None

    def has_heading(self, headings: Collection[str]) -> bool:
        """Tell whether the first row looks like a header: a cell of it is one of `headings`."""
        return any(cell.strip().casefold() in headings for cell in self.records[0].fields)

    def columns(self, header: bool) -> list[tuple[str, int]]:
        """Return (title, index) of each column; without a header the first row helps to choose."""
        cells = self.records[0].fields
        if header:
            return [(cell or f"column {i + 1}", i) for i, cell in enumerate(cells)]
        return [(f"column {i + 1} ({cell})", i) for i, cell in enumerate(cells)]

    def default_column(self, header: bool, headings: Collection[str]) -> int:
        """Return the index of the first column with one of `headings`, else the first of all."""
        cells = self.records[0].fields if header else []
        return next((i for i, c in enumerate(cells) if c.strip().casefold() in headings), 0)


@dataclass(frozen=True)
class Row:
    """One row with its answer, `TOP_K` predictions, or with its problem."""

    record: Record
    text: str
    answer: Answer | None = None
    problem: str = ""

    @property
    def predictions(self) -> list[tuple[str, float]]:
        """The labels with their probabilities, none where there is a problem."""
        return self.answer.predictions if self.answer else []

    @property
    def note(self) -> str:
        """What there is to say of the row beside its predictions, if anything."""
        if self.answer is None:
            return self.problem
        return NONE_OF_THESE if self.answer.is_none else "unsure" if self.answer.unsure else ""


def read_lines(text: str, name: str = "The list") -> Table:
    """Read one text a line, commas and quotes as they stand, without blank lines at the end.

    If tabs part the first line it is read as a table, as `read_csv` reads one.
    """
    if not isinstance(text, str):
        raise InputError(f"A text is needed, not {type(text).__name__}: give one a line.")
    _check_size(len(text.encode(errors="replace")), name)
    if "\t" in text.lstrip("\r\n").partition("\n")[0]:  # copied from a spreadsheet
        return read_csv(without_surrogates(text).encode(), name)
    return _list(text, name, "a character is cut in half: type the line again")


def read_file(content: bytes, name: str) -> Table:
    """Read a TXT file one text a line, unless tabs part its columns; any other file as a CSV."""
    if not name.casefold().endswith(".txt"):
        return read_csv(content, name)
    _check_size(len(content), name)
    text, encoding = decode(content)
    if "\t" in "".join(text.splitlines()[:1]):
        return read_csv(content, name)
    return _list(text, name, not_decoded(encoding.name), encoding.note)


def _list(text: str, name: str, if_undecoded: str, note: str = "") -> Table:
    """Return a table of lines; those with surrogates get the problem `if_undecoded`."""
    records = []
    for number, line in enumerate(text.rstrip().splitlines()[: MAX_ROWS + 2], start=1):
        clean = without_surrogates(line)
        records.append(Record(number, clean, [clean], None if clean == line else if_undecoded))
    return _checked(Table(name, ",", records, note))


def read_csv(content: bytes, name: str) -> Table:
    """Read a CSV separated by commas, semicolons or tabs; model/decoding.py finds the encoding."""
    _check_size(len(content), name)
    source = Source(name, io.BytesIO(content))
    delimiter = find_delimiter(source)
    records = list(islice(read_records(source, delimiter), MAX_ROWS + 2))
    return _checked(Table(name, delimiter, records, source.encoding.note))


def _check_size(size: int, name: str) -> None:
    if size > MAX_BYTES:
        raise InputError(f"{name} has {size / 1e6:.1f} MB: give {LIMITS}, in parts if need be.")


def _checked(table: Table) -> Table:
    if not table.records:
        raise InputError(f"{table.name} is empty: give at least one line.")
    if len(table.records) > MAX_ROWS + 1:  # one of them may be a header
        raise InputError(f"{table.name} has more than {MAX_ROWS:,} rows: give {LIMITS} at once.")
    if table.width > MAX_COLUMNS:
        raise InputError(
            f"{table.name} has {table.width:,} columns: give one of up to {MAX_COLUMNS}, "
            "the names in one of them."
        )
    return table


def predict_rows(
    classifier: TextClassifier,
    table: Table,
    column: int = 0,
    header: bool = False,
    on_progress: Callable[[int, int], None] = lambda done, rows: None,
) -> list[Row]:
    """Return every row below the header with its predictions, in order."""
    records = table.records[1:] if header else table.records
    if not records:
        raise InputError(f"{table.name} has a header and no row below it: give at least one.")
    if not 0 <= column < table.width:
        raise InputError(f"{table.name} has {table.width} columns: choose one of them.")
    rows: list[Row] = []
    for start in range(0, len(records), CHUNK_ROWS):
        rows += _predict_chunk(classifier, records[start : start + CHUNK_ROWS], column)
        on_progress(len(rows), len(records))
    return rows


def _predict_chunk(
    classifier: TextClassifier, records: Sequence[Record], column: int
) -> Iterator[Row]:
    checked = [_check(classifier, record, column) for record in records]
    k = min(TOP_K, len(classifier.labels))
    answers = iter(classifier.answers([text for text, problem in checked if not problem], k))
    for record, (text, problem) in zip(records, checked, strict=True):
        if problem:
            yield Row(record, text, problem=problem)
        else:
            yield Row(record, text, next(answers))


def _check(classifier: TextClassifier, record: Record, column: int) -> tuple[str, str]:
    """Return the record's text and what is wrong with it, if anything."""
    text = record.fields[column] if column < len(record.fields) else record.raw
    if record.problem:
        return text, record.problem
    try:
        classifier.read(text)
    except InputError as error:
        return text, str(error)
    return text, ""


def to_csv(table: Table, rows: Sequence[Row], heading: Sequence[str] | None) -> str:
    """Return every row and column in order, and behind them the predictions and the note.

    `heading` has the headings of the columns; without it the CSV has no header.
    """
    output = io.StringIO()
    has_none = any(row.answer and row.answer.none is not None for row in rows)
    writer = csv.writer(output, delimiter=table.delimiter, lineterminator="\n")
    if heading is not None:
        heading = [*heading, *[""] * (table.width - len(heading))]
        added = [f"{part}_{k}" for k in range(1, TOP_K + 1) for part in ("label", "probability")]
        added += [NONE] * has_none
        writer.writerow([*map(harmless, heading), *added, "prediction_note"])
    for row in rows:
        cells = list(row.record.fields) or ([row.record.raw] if row.record.raw else [])
        cells += [""] * (table.width - len(cells))
        added = [part for label, p in row.predictions for part in (label, f"{p:.4f}")]
        added += [""] * (2 * TOP_K - len(added))
        if has_none:
            none = row.answer and row.answer.none
            added.append("" if none is None else f"{none:.4f}")
        # A guess at the encoding concerns the rows that have more than ASCII.
        notes = [row.note, "" if row.record.raw.isascii() else table.note]
        writer.writerow([*map(harmless, cells), *added, "; ".join(filter(None, notes))])
    return output.getvalue()


def harmless(cell: str) -> str:
    """Return `cell` so that a spreadsheet takes it for text and not for a formula.

    >>> harmless("=1+1"), harmless("Rossi")
    ("'=1+1", 'Rossi')
    """
    return f"'{cell}" if cell.startswith(("=", "+", "-", "@", "\t", "\r")) else cell


def count_labels(rows: Sequence[Row]) -> list[tuple[str, int]]:
    """Return how often each label was the answer, or a note in its place, most frequent first."""
    counts = Counter(row.note or row.answer.predictions[0][0] for row in rows if row.answer)
    return sorted(counts.items(), key=lambda item: (-item[1], item[0]))
