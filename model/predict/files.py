"""Predict for every row of a table.

    name,city                 name,city,label_1,probability_1
    Nakamura,"Paris, FR"  ->  Nakamura,"Paris, FR",Japanese,0.9731

Parses no command line, prints nothing and draws no bar: progress goes to a callback.
"""

import os
import stat
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from typing import NamedTuple

from ..classifier import TextClassifier
from ..data.records import Record
from ..data.tables import STANDARD_STREAM, Table, read_table
from ..errors import InputError
from .outputs import answers_of, open_writer, problem_in

CHUNK_ROWS = 4096  # enough for batches of about one length, few enough to see progress


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
    encoding: str | None = None,
    top_k: int | None = None,
    skip_bad: bool = False,
    workers: int = 1,
    on_progress: Callable[[int, int], None] = lambda done, rows: None,
) -> Summary:
    """Copy `source_path` to `output_path` with `top_k` labels and probabilities behind each row.

    By default three, or all of fewer labels. `sheet`, `column`, `header` and `encoding` are as
    read_table has them, the forms of output as outputs.py has them. A row that cannot be predicted
    raises BadRowError; with `skip_bad` it is left out and counted. An output file appears whole or
    not at all; the input itself is refused. `workers` threads predict, a chunk of rows each: set
    torch to one thread of its own then.
    """
    k = classifier.count_of(top_k)
    check_distinct(source_path, output_path)
    table = read_table(
        source_path,
        sheet=sheet,
        column=column,
        header=header,
        encoding=encoding,
        hints=classifier.hints,
    )
    with open_writer(classifier, table, output_path, k) as (form, write):

        def predict(chunk: list[Record]) -> tuple[list[Record], list[Record], list[list]]:
            problems = (_problem(classifier, table, form, record) for record in chunk)
            chunk = [r._replace(problem=p) for r, p in zip(chunk, problems, strict=True)]
            good = [record for record in chunk if not record.problem]
            bad = [record for record in chunk if record.problem]
            texts = [record.fields[table.column] for record in good]
            return good, bad, answers_of(classifier, texts, k)

        starts = range(0, len(table.rows), CHUNK_ROWS)
        chunks = (table.rows[start : start + CHUNK_ROWS] for start in starts)
        rows = skipped = 0
        for good, bad, answers in _map_in_order(predict, chunks, workers):
            if bad and not skip_bad:
                where = f"{table.name}, {table.unit} {bad[0].line}"
                raise BadRowError(f"{where}: {bad[0].problem}")
            write(good, answers)
            rows, skipped = rows + len(good), skipped + len(bad)
            on_progress(rows + skipped, len(table.rows))
    return Summary(rows, skipped, table.summary, table.note)


def _problem(classifier: TextClassifier, table: Table, form: str, record: Record) -> str | None:
    """Return why a row cannot be read, predicted or written, None if it can."""
    return (
        record.problem
        or problem_in(record, table, form)
        or classifier.problem_with(record.fields[table.column])
    )


def check_distinct(source: str, output: str) -> None:
    """Raise InputError if writing `output` would overwrite `source`: one file, by whatever path."""
    try:
        found = os.stat(0 if source == STANDARD_STREAM else source)
        target = os.stat(1 if output == STANDARD_STREAM else output)
    except (OSError, ValueError):
        return  # there is no such file: opening it raises the error
    if stat.S_ISREG(found.st_mode) and os.path.samestat(found, target):
        name = "standard output" if output == STANDARD_STREAM else output
        raise InputError(f"{name} is the input itself: write to another file.")


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
