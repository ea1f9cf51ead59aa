"""Predict for every row of a table.

    name,city                 name,city,label_1,probability_1
    Nakamura,"Paris, FR"  ->  Nakamura,"Paris, FR",Japanese,0.9731

Parses no command line, prints nothing and draws no bar: progress goes to a callback.
"""

import os
from collections.abc import Callable, Generator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from functools import lru_cache
from typing import Any, TypeVar

from ..classifier import TextClassifier
from ..data.labelled import RowError, usable_rows
from ..data.records import Record
from ..data.tables import STANDARD_STREAM, UNQUOTED, Table, read_table
from ..errors import InputError
from .outputs import answers_of, check_record, output_form, write_table

CHUNK_ROWS = 4096  # enough for batches of about one length, few enough to see progress
REMEMBERED = 100_000  # texts: the frequent ones come again and again
T = TypeVar("T")


def predict_file(
    classifier: TextClassifier,
    source_path: str,
    output_path: str = STANDARD_STREAM,
    *,
    top_k: int | None = None,
    skip_bad: bool = False,
    workers: int = 1,
    on_progress: Callable[[int], object] = lambda rows: None,
    **how: Any,
) -> tuple[int, Table, str]:
    """Copy `source_path` to `output_path` with `top_k` labels and probabilities behind each row.

    By default three, or all of fewer labels. `how`, that is `sheet`, `column`, `header` and
    `encoding`, is as read_table has it, the forms of output as outputs.py has them. An output file
    appears whole or not at all; the input itself is refused. `workers` threads predict, a chunk of
    rows each: set torch to one thread of its own then.

    Returns the number of rows written, the table as it was read, and a line on the rows left out.
    Raises InputError for a row that cannot be predicted, unless `skip_bad` leaves it out.
    """
    k = classifier.count_of(top_k)
    check_distinct(source_path, output_path)
    table = read_table(source_path, **how, hints=classifier.hints)
    form, _ = output_form(table, output_path)

    def parse(record: Record) -> Record:
        check_record(record, table, form)
        return record

    rows, left_out = readable_rows(classifier, table, parse, skip_bad)

    def predict(start: int) -> list[tuple[Record, list]]:
        chunk = rows[start : start + CHUNK_ROWS]
        texts = [row.fields[table.column] for row in chunk]
        distinct = list(dict.fromkeys(texts))  # the frequent ones come again and again
        answers = dict(zip(distinct, answers_of(classifier, distinct, k), strict=True))
        return [(row, answers[text]) for row, text in zip(chunk, texts, strict=True)]

    def predicted() -> Generator[tuple[Record, list]]:
        with ThreadPoolExecutor(workers) as pool:
            for chunk in pool.map(predict, range(0, len(rows), CHUNK_ROWS)):
                yield from chunk
                on_progress(len(chunk))

    with closing(predicted()) as pairs:
        write_table(classifier, table, output_path, k, pairs)
    return len(rows), table, left_out


def readable_rows(
    classifier: TextClassifier, table: Table, parse: Callable[[Record], T], skip_bad: bool
) -> tuple[list[T], str]:
    """Return what `parse` makes of each row whose text can be read, and a line on those left out.

    `parse` raises RowError for what else is wrong. The first bad row raises InputError, unless
    `skip_bad` leaves it out.
    """
    problem_with = lru_cache(REMEMBERED)(classifier.problem_with)
    fault = f"with an unusable {classifier.task.words.text}"

    def read(record: Record) -> T:
        # A contest's texts may be blank.
        if table.form != UNQUOTED and (problem := problem_with(record.fields[table.column])):
            raise RowError(problem, fault)
        return parse(record)

    try:
        return usable_rows(table, read, strict=not skip_bad) if table.rows else ([], "")
    except InputError as error:
        raise InputError(f"{error} (--skip-bad leaves such rows out)") from None


def check_distinct(source: str, output: str) -> None:
    """Raise InputError if writing `output` would overwrite `source`: one file, by whatever path."""
    read = 0 if source == STANDARD_STREAM else source
    written = 1 if output == STANDARD_STREAM else output
    if os.path.isfile(read) and os.path.isfile(written) and os.path.samefile(read, written):
        name = "standard output" if output == STANDARD_STREAM else output
        raise InputError(f"{name} is the input itself: write to another file.")
