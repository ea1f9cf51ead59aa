"""Predict for every row of a table, as a stream: memory does not grow with a text file.

    name,city                 name,city,label_1,probability_1
    Nakamura,"Paris, FR"  ->  Nakamura,"Paris, FR",Japanese,0.9731

Parses no command line, prints nothing and draws no bar: progress goes to a callback.
"""

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from functools import partial
from typing import NamedTuple

import numpy as np

from ..classifier import TextClassifier
from ..data.records import Record
from ..data.streams import STANDARD_STREAM, check_distinct
from ..data.tables import CONTEST, Table, open_table
from ..errors import InputError
from .outputs import open_writer, unwritable

CHUNK_ROWS = 4096  # enough for batches of about one length, few enough to see progress
CHUNK_CHARACTERS = 4_000_000  # so that rows of a million characters do not fill the memory


class BadRowError(InputError):
    """A row that cannot be predicted; the message has its line number."""


class Summary(NamedTuple):
    """What was done."""

    rows: int  # written
    skipped: int  # left out
    found: str  # which column has the texts, and whether there is a header
    note: str  # what to know of how it was read, mostly nothing


def predict_file(
    classifier: TextClassifier,
    source_path: str,
    output_path: str = STANDARD_STREAM,
    *,
    sheet: str | None = None,
    column: str | None = None,
    header: bool | None = None,
    top_k: int | None = None,
    skip_bad: bool = False,
    workers: int = 1,
    on_progress: Callable[[int, int, int | None], None] = lambda rows, read, size: None,
) -> Summary:
    """Copy `source_path` to `output_path` with `top_k` labels and probabilities behind each row.

    By default three, or all of fewer labels. `sheet`, `column` and `header` are as open_table has
    them, the forms of output as outputs.py has them. A row that cannot be predicted raises
    BadRowError; with `skip_bad` it is left out and counted. An output file appears whole or not at
    all, a text in UTF-8 whatever the input is in; the input itself is refused.
    `workers` threads predict, a chunk of rows each: set torch to one thread of its own
    then. `on_progress` gets rows done, bytes read, bytes in all (None if unknown).
    """
    k = classifier.count_of(top_k)
    check_distinct(source_path, output_path)
    hints = classifier.hints
    with (
        open_table(source_path, sheet=sheet, column=column, header=header, hints=hints) as table,
        open_writer(classifier, table, output_path, k) as write,
    ):
        rows = skipped = 0
        predict = partial(_predict_chunk, classifier, table)
        records = _checked(table, output_path, classifier)
        for fit, bad, answers in _map_in_order(predict, _chunks(records), workers):
            if bad and not skip_bad:
                where = f"{table.name}, {table.unit} {bad[0].line}"
                raise BadRowError(f"{where}: {bad[0].problem}")
            write(fit, *answers)
            rows, skipped = rows + len(fit), skipped + len(bad)
            on_progress(rows + skipped, table.position, table.size)
    return Summary(rows, skipped, table.summary, table.note)


def _checked(table: Table, path: str, classifier: TextClassifier) -> Iterator[Record]:
    """Return the rows; those that cannot be written as the output wants them have a problem."""
    if table.form == CONTEST:
        place = table.names.index(classifier.columns["id"])
        return (_check_id(record, place) for record in table.rows())
    problem_of = unwritable(table, path)
    if problem_of is None:
        return table.rows()
    return (r if r.problem else r._replace(problem=problem_of(r)) for r in table.rows())


def _check_id(record: Record, index: int) -> Record:
    if record.problem or record.fields[index].isdigit():
        return record
    return record._replace(problem=f"the id is {record.fields[index][:20]!r}, not a whole number")


def _chunks(records: Iterator[Record]) -> Iterator[list[Record]]:
    chunk, size = [], 0
    for record in records:
        chunk.append(record)
        size += len(record.raw) or sum(map(len, record.fields))
        if len(chunk) == CHUNK_ROWS or size > CHUNK_CHARACTERS:
            yield chunk
            chunk, size = [], 0
    if chunk:
        yield chunk


def _map_in_order(function: Callable, items: Iterable, workers: int) -> Iterator:
    """Yield function(item) for each, in order; only a few items are ever read ahead."""
    with ThreadPoolExecutor(workers) as pool:
        running: deque[Future] = deque()
        for item in items:
            running.append(pool.submit(function, item))
            if len(running) > workers:
                yield running.popleft().result()
        while running:
            yield running.popleft().result()


def _predict_chunk(
    classifier: TextClassifier, table: Table, chunk: list[Record]
) -> tuple[list[Record], list[Record], tuple[np.ndarray, np.ndarray]]:
    """Return the fit records, those with a problem, and what is predicted for the first."""
    predict = classifier.predict_any if table.form == CONTEST else classifier.predict_all
    while True:
        fit = [record for record in chunk if not record.problem]
        bad = [record for record in chunk if record.problem]
        try:
            return fit, bad, predict([record.fields[table.column] for record in fit])
        except InputError:
            # Texts are checked one by one only where the batch as a whole has been refused.
            chunk = [r if r.problem else _check(classifier, r, table.column) for r in chunk]
            if len(bad) == sum(record.problem is not None for record in chunk):
                raise


def _check(classifier: TextClassifier, record: Record, column: int) -> Record:
    return record._replace(problem=classifier.problem_with(record.fields[column]))
