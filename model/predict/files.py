"""Predict for every row of a table.

    name,city                 name,city,label_1,probability_1
    Nakamura,"Paris, FR"  ->  Nakamura,"Paris, FR",Japanese,0.9731

Parses no command line, prints nothing and draws no bar: progress goes to a callback.
"""

import os
import stat
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from functools import lru_cache
from typing import Any, NamedTuple

from ..classifier import TextClassifier
from ..data.records import Record
from ..data.tables import STANDARD_STREAM, UNQUOTED, Table, read_table
from ..errors import InputError
from .outputs import answers_of, open_writer, output_form, problem_in

CHUNK_ROWS = 4096  # enough for batches of about one length, few enough to see progress
REMEMBERED = 100_000  # texts, because the frequent ones come again and again


class BadRowError(InputError):
    """A row that cannot be predicted; the message has its line number."""


class Summary(NamedTuple):
    """What was done."""

    rows: int  # written
    skipped: int  # left out
    table: Table  # as it was read


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
) -> Summary:
    """Copy `source_path` to `output_path` with `top_k` labels and probabilities behind each row.

    By default three, or all of fewer labels. `how`, that is `sheet`, `column`, `header` and
    `encoding`, is as read_table has it, the forms of output as outputs.py has them. A row that
    cannot be predicted raises BadRowError; with `skip_bad` it is left out and counted. An output
    file appears whole or not at all; the input itself is refused. `workers` threads predict, a
    chunk of rows each: set torch to one thread of its own then.
    """
    k = classifier.count_of(top_k)
    check_distinct(source_path, output_path)
    table = read_table(source_path, **how, hints=classifier.hints)
    form, _ = output_form(table, output_path)
    rows = sound_rows(classifier, table, skip_bad, lambda record: problem_in(record, table, form))

    answered: dict[str, list] = {}

    def predict(start: int) -> tuple[list[Record], list[list]]:
        chunk = rows[start : start + CHUNK_ROWS]
        texts = [row.fields[table.column] for row in chunk]
        new = [text for text in dict.fromkeys(texts) if text not in answered]
        answers = dict(zip(new, answers_of(classifier, new, k), strict=True))
        if len(answered) < REMEMBERED:
            answered.update(answers)
        return chunk, [answers.get(text) or answered[text] for text in texts]

    with (
        open_writer(classifier, table, output_path, k) as write,
        ThreadPoolExecutor(workers) as pool,
        closing(pool.map(predict, range(0, len(rows), CHUNK_ROWS))) as chunks,  # type: ignore[type-var]
    ):
        for chunk, answers in chunks:
            for row, answer in zip(chunk, answers, strict=True):
                write(row, answer)
            on_progress(len(chunk))
    return Summary(len(rows), len(table.rows) - len(rows), table)


def sound_rows(
    classifier: TextClassifier,
    table: Table,
    skip_bad: bool,
    problem_of: Callable[[Record], str | None],
) -> list[Record]:
    """Return the rows that can be read and have no problem in the eyes of `problem_of` either.

    Any other raises BadRowError, unless `skip_bad` leaves it out.
    """
    sound, problem_with = [], lru_cache(REMEMBERED)(classifier.problem_with)
    for row in table.rows:
        problem = row.problem or problem_of(row)
        if not problem and table.form != UNQUOTED:  # a contest's texts may be blank
            problem = problem_with(row.fields[table.column])
        if not problem:
            sound.append(row)
        elif not skip_bad:
            raise BadRowError(f"{table.name}, {table.unit} {row.line}: {problem}")
    return sound


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
