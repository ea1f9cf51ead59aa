"""Predict for every row of a CSV file, as a stream: memory does not grow with the file.

    name,city                 name,city,label_1,probability_1
    Nakamura,"Paris, FR"  ->  Nakamura,"Paris, FR",Japanese,0.9731

Each row is copied as it stands, quotes and all, with the predictions behind it. Parses no command
line, prints nothing and draws no bar: progress goes to a callback.
"""

import csv
import io
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from functools import partial
from itertools import chain
from typing import BinaryIO, NamedTuple

import numpy as np

from .classifier import TextClassifier
from .csv_records import Record, read_records
from .encoding import InputError, check_text, shorten
from .streams import STANDARD_STREAM, Source, open_output, open_source

CHUNK_ROWS = 4096  # enough for batches of about one length, few enough to see progress
CHUNK_CHARACTERS = 4_000_000  # so that rows of a million characters do not fill the memory
PROBABILITY_TEXTS = np.array([f"{i / 10_000:.4f}" for i in range(10_001)], dtype=object)


class BadRowError(InputError):
    """A row that cannot be predicted; the message has its line number."""


class Summary(NamedTuple):
    """Rows written, rows left out, and the name of the text's column (None without a header)."""

    rows: int
    skipped: int
    column: str | None


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
    raises BadRowError; with `skip_bad` it is left out and counted. An output file appears whole or
    not at all. `workers` threads predict, a chunk of rows each: set torch to one thread of its own
    then. `on_progress` gets rows done, bytes read, bytes in all (None if unknown).
    """
    _check_options(column, header, top_k, len(classifier.labels))
    with open_source(source_path) as source:
        records = read_records(source)
        first = _first(records, source)
        names = [f"{part}_{k + 1}" for k in range(top_k) for part in ("label", "probability")]
        index = _text_column(source, first, column, names) if header else 0
        with open_output(output_path) as output:
            if header:
                _write(output, source, [first], [source.delimiter.join(names)])
            else:
                records = chain([first], records)
            rows = skipped = 0
            predict = partial(_predict_chunk, classifier, index)
            for fit, bad, probabilities in _map_in_order(predict, _chunks(records), workers):
                if bad and not skip_bad:
                    raise BadRowError(f"{source.name}, line {bad[0].line}: {bad[0].problem}")
                endings = _endings(probabilities, classifier.labels, top_k, source.delimiter)
                _write(output, source, fit, endings)
                rows, skipped = rows + len(fit), skipped + len(bad)
                on_progress(rows + skipped, source.position(), source.size)
    return Summary(rows, skipped, shorten(first.fields[index]) if header else None)


def _check_options(column: str | None, header: bool, top_k: int, n_labels: int) -> None:
    if not 1 <= top_k <= n_labels:
        raise InputError(f"k must be from 1 to {n_labels}, not {top_k}.")
    if column is not None and not header:
        raise InputError("A column can be named only where there is a header.")


def _first(records: Iterator[Record], source: Source) -> Record:
    for record in records:
        return record
    raise InputError(f"{source.name} is empty: one name a line is needed.")


def _text_column(source: Source, header: Record, column: str | None, new: list[str]) -> int:
    """Return the index of the text's column, or raise InputError if the header does not do."""
    names = header.fields
    if header.problem:
        raise InputError(f"{source.name}, line {header.line}: {header.problem}.")
    if taken := set(names) & set(new):
        raise InputError(f"{source.name} has a column {min(taken)} already: rename or drop it.")
    if column is None:
        return 0
    if names.count(column) != 1:
        fault = "has more than one column" if column in names else "has no column"
        known = shorten(", ".join(names))
        raise InputError(f"{source.name} {fault} {column!r}; its columns: {known}.")
    return names.index(column)


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
    classifier: TextClassifier, column: int, chunk: list[Record]
) -> tuple[list[Record], list[Record], np.ndarray]:
    """Return the fit records, those with a problem, and the probabilities (fit, labels)."""
    while True:
        fit = [record for record in chunk if not record.problem]
        bad = [record for record in chunk if record.problem]
        try:
            return fit, bad, classifier.predict_batch([record.fields[column] for record in fit])
        except InputError:
            # Texts are checked one by one only where the batch as a whole has been refused.
            chunk = [record if record.problem else _check(record, column) for record in chunk]
            if len(bad) == sum(record.problem is not None for record in chunk):
                raise


def _check(record: Record, column: int) -> Record:
    try:
        check_text(record.fields[column])
    except InputError as error:
        return record._replace(problem=str(error))
    return record


def _endings(
    probabilities: np.ndarray, labels: Sequence[str], top_k: int, delimiter: str
) -> list[str]:
    """Return `label_1,probability_1,...` for each row of probabilities (n, labels)."""
    quoted = np.array([_quote(label, delimiter) for label in labels], dtype=object)
    top = np.argsort(-probabilities, axis=1, kind="stable")[:, :top_k]  # (n, k)
    best = np.take_along_axis(probabilities, top, axis=1).astype(np.float64)
    pieces = np.empty((len(top), 2 * top_k), dtype=object)
    pieces[:, 0::2] = quoted[top]
    pieces[:, 1::2] = PROBABILITY_TEXTS[np.rint(best * 10_000).astype(int)]
    return [delimiter.join(row) for row in pieces.tolist()]


def _quote(label: str, delimiter: str) -> str:
    csv.writer(text := io.StringIO(), delimiter=delimiter, lineterminator="").writerow([label])
    return text.getvalue()


def _write(output: BinaryIO, source: Source, records: list[Record], endings: list[str]) -> None:
    """Write the records with their endings, in the line ends of the source."""
    newline = source.text.newlines if isinstance(source.text.newlines, str) else "\n"
    pairs = zip(records, endings, strict=True)
    lines = (f"{record.raw}{source.delimiter}{ending}{newline}" for record, ending in pairs)
    output.write("".join(lines).encode())
    output.flush()  # so that a program that reads the output gets each chunk at once
