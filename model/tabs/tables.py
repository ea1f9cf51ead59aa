"""Lists of texts: every row predicted, and a CSV that is safe in a spreadsheet.

A row that cannot be predicted stays in its place, with the reason. Everything is kept in memory
and nothing is written to a disk; independent of gradio.
"""

import io
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from itertools import accumulate

from ..classifier import TOP_K, Answer, TextClassifier
from ..data.records import Limits, Record
from ..data.tables import CSV, LIST, XLSX, Hints, Table, read_table
from ..data.texts import unfolded_length
from ..errors import InputError
from ..predict.outputs import added_names, cells_of, write_csv

MAX_ROWS = 10_000
MAX_BYTES = 2_000_000
LIMITS = f"up to {MAX_ROWS:,} rows and {MAX_BYTES // 1_000_000} MB"
TAKEN = Limits(
    MAX_BYTES,
    MAX_ROWS,
    max_columns=200,  # every row gets as many cells as the first one has
    max_cells=300_000,
    max_unpacked=20_000_000,  # markup is ten times as long as its texts
    advice=f"give {LIMITS}, in 200 columns",
)
NONE_OF_THESE = "none of these"
CHUNK_ROWS = 512
NO_ANSWER = Answer("", None, [], False, False, None, None, [], None, None)


@dataclass
class Row:
    """One row with its answer, `TOP_K` predictions, or none of them and its problem."""

    record: Record
    problem: str
    answer: Answer

    @property
    def note(self) -> str:
        """What there is to say of the row beside its predictions, if anything."""
        found = NONE_OF_THESE if self.answer.is_none else "unsure" * self.answer.unsure
        return self.problem or found


def read_lines(text: str, hints: Hints, name: str = "The list") -> Table:
    """Read one text a line, commas and quotes as they stand, without blank lines at the end.

    If tabs part the first line it is read as a table, whose header and column are found.
    """
    if not isinstance(text, str):
        raise InputError(f"A text is needed, not {type(text).__name__}: give one a line.")
    form = CSV if "\t" in text.lstrip("\r\n").partition("\n")[0] else LIST  # from a spreadsheet
    header = None if form == CSV else False
    return read_table(name, text, form=form, header=header, hints=hints, limits=TAKEN)


def read_file(content: bytes, name: str, hints: Hints) -> Table:
    """Read an uploaded table or list of any form; its header and column are found by content."""
    return read_table(name, content, hints=hints, limits=TAKEN)


def predict_rows(
    classifier: TextClassifier,
    table: Table,
    on_progress: Callable[[int, int], None] = lambda done, rows: None,
) -> list[Row]:
    """Return every row below the header with its predictions, in order."""
    column = table.column
    if not (records := table.rows):
        raise InputError(f"{table.name} has a header and no row below it: give at least one.")
    texts = ["".join(r.fields[column : column + 1] or r.fields) for r in records]
    # Ends at the first text too many, because ligatures take long to take apart.
    if any(size > MAX_BYTES for size in accumulate(map(unfolded_length, texts))):
        raise InputError(
            f"{table.name} has more than {MAX_BYTES:,} characters in its texts when ligatures are "
            "taken apart: give it in parts."
        )
    rows = []
    for record, text in zip(records, texts, strict=True):
        problem = record.problem or classifier.problem_with(text) or ""
        rows.append(Row(record, problem, replace(NO_ANSWER, text=text)))
    good = [row for row in rows if not row.problem]
    for start in range(0, len(good), CHUNK_ROWS):
        chunk = good[start : start + CHUNK_ROWS]
        answers = classifier.answers([row.answer.text for row in chunk])
        for row, answer in zip(chunk, answers, strict=True):
            row.answer = answer
        on_progress(start + len(chunk), len(good))
    return rows


def to_csv(
    classifier: TextClassifier, table: Table, rows: Sequence[Row], names: Sequence[str] | None
) -> str:
    """Return every row and column in order, then predictions, the note, and what is known.

    `names` are the headings of the columns; without them the CSV has no header. A row that is too
    wide has its last cells as one.
    """
    added, last = added_names(classifier, table, TOP_K, "prediction_note"), table.width - 1
    delimiter = "," if table.delimiter == "\t" else table.delimiter
    answered: list[tuple[Record, list]] = []
    for row in rows:
        cells = [*row.record.fields, *[""] * (table.width - len(row.record.fields))]
        fields = [*cells[:last], table.delimiter.join(cells[last:])]
        # A note on a text is a guess at its encoding, of the rows that have more than ASCII.
        is_clear = table.form == XLSX or "".join(row.record.fields).isascii()
        note = "; ".join(filter(None, [row.note, "" if is_clear else table.note]))
        found = cells_of(classifier, row.answer, TOP_K, note)
        answered.append((row.record._replace(fields=fields), found))
    write_csv(text := io.StringIO(), names, added, answered, delimiter, for_spreadsheet=True)
    return text.getvalue()


def count_labels(rows: Sequence[Row]) -> list[tuple[str, int]]:
    """Return how often each label was the answer, or a note in its place, most frequent first."""
    counts = Counter(row.note or row.answer.predictions[0][0] for row in rows if not row.problem)
    return sorted(counts.items(), key=lambda item: (-item[1], item[0]))
