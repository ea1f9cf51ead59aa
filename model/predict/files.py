"""Predict for every row of a CSV file, as a stream: memory does not grow with the file.

    name,city                 name,city,label_1,probability_1
    Nakamura,"Paris, FR"  ->  Nakamura,"Paris, FR",Japanese,0.9731

Each row is copied as it stands, quotes and all, with the predictions behind it. Parses no command
line, prints nothing and draws no bar: progress goes to a callback.
"""

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from functools import partial
from typing import NamedTuple

import numpy as np

from ..classifier import TextClassifier
from ..data.records import Record
from ..data.streams import STANDARD_STREAM, check_distinct, open_output, open_source
from ..errors import InputError, shorten
from .tables import Table, read_table

CHUNK_ROWS = 4096  # enough for batches of about one length, few enough to see progress
CHUNK_CHARACTERS = 4_000_000  # so that rows of a million characters do not fill the memory


class BadRowError(InputError):
    """A row that cannot be predicted; the message has its line number."""


class Summary(NamedTuple):
    """What was done."""

    rows: int  # written
    skipped: int  # left out
    column: str | None  # name of the text's column, None without a header
    note: str  # what to know of the encoding, mostly nothing


def predict_file(
    classifier: TextClassifier,
    source_path: str,
    output_path: str = STANDARD_STREAM,
    *,
    column: str | None = None,
    header: bool = True,
    top_k: int = 3,
    skip_bad: bool = False,
    workers: int = 1,
    on_progress: Callable[[int, int, int | None], None] = lambda rows, read, size: None,
) -> Summary:
    """Copy `source_path` to `output_path` with `top_k` labels and probabilities behind each row.

    The text is in the column named `column`, or in the first. A row that cannot be predicted
    raises BadRowError; with `skip_bad` it is left out and counted. A list or a contest's table is
    written as tables.py says. An output file appears whole or not at all, in UTF-8
    whatever the input is in; the input itself is refused.
    `workers` threads predict, a chunk of rows each: set torch to one thread of its own
    then. `on_progress` gets rows done, bytes read, bytes in all (None if unknown).
    """
    _check_options(column, header, top_k, len(classifier.labels))
    check_distinct(source_path, output_path)
    with open_source(source_path) as source:
        table = read_table(classifier, source, column, header, top_k)
        with open_output(output_path) as output:
            output.write(table.heading.encode())
            output.flush()
            rows = skipped = 0
            predict = partial(_predict_chunk, classifier, table)
            for fit, bad, answers in _map_in_order(predict, _chunks(table.records), workers):
                if bad and not skip_bad:
                    raise BadRowError(f"{source.name}, line {bad[0].line}: {bad[0].problem}")
                output.write(table.lines(fit, *answers).encode())
                output.flush()  # so that a program that reads the output gets each chunk at once
                rows, skipped = rows + len(fit), skipped + len(bad)
                on_progress(rows + skipped, source.position(), source.size)
    column = table.column if table.column is None else shorten(table.column)
    return Summary(rows, skipped, column, source.encoding.note)


def _check_options(column: str | None, header: bool, top_k: int, n_labels: int) -> None:
    if not 1 <= top_k <= n_labels:
        raise InputError(f"k must be from 1 to {n_labels}, not {top_k}.")
    if column is not None and not header:
        raise InputError("A column can be named only where there is a header.")


def _chunks(records: Iterator[Record]) -> Iterator[list[Record]]:
    chunk, size = [], 0
    for record in records:
        chunk.append(record)
        size += len(record.raw)
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
    predict = classifier.predict_all if table.checks else classifier.predict_any
    while True:
        fit = [record for record in chunk if not record.problem]
        bad = [record for record in chunk if record.problem]
        try:
            return fit, bad, predict([record.fields[table.text_index] for record in fit])
        except InputError:
            # Texts are checked one by one only where the batch as a whole has been refused.
            chunk = [r if r.problem else _check(classifier, r, table.text_index) for r in chunk]
            if len(bad) == sum(record.problem is not None for record in chunk):
                raise


def _check(classifier: TextClassifier, record: Record, column: int) -> Record:
    try:
        classifier.read(record.fields[column])
    except InputError as error:
        return record._replace(problem=str(error))
    return record
