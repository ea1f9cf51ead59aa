"""The forms of input that predictions are made for, and of the output: tables, lists, contests.

    table of names and columns   each row as it stands, label_1,probability_1,... behind it
    list of texts with commas    the same; a line is one text, and is quoted where it has to be
    a contest's own table        the ids and the numbers of the labels, as the contest wants them

Which one an input is, its name, its header and the classifier say. Opens no file and predicts
nothing.
"""

import csv
import io
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from itertools import chain
from typing import NamedTuple

import numpy as np

from ..classifier import TextClassifier
from ..data.records import Record, find_delimiter, read_records, read_unquoted
from ..data.streams import Source
from ..errors import InputError, shorten

PROBABILITY_TEXTS = np.array([f"{i / 10_000:.4f}" for i in range(10_001)], dtype=object)
TABLE_ENDINGS = (".csv", ".tsv")


class Table(NamedTuple):
    """An input and the form of its output.

    `records` have their text at `text_index`; `column` is the name of the text's column, None
    without a header. `lines` returns the output for records and their probabilities (n, labels),
    `heading` what goes before. Where `checks` is false every text is predicted for,
    a blank one too.
    """

    records: Iterator[Record]
    text_index: int
    column: str | None
    heading: str
    lines: Callable[[list[Record], np.ndarray], str]
    checks: bool = True


def read_table(
    classifier: TextClassifier, source: Source, column: str | None, header: bool, top_k: int
) -> Table:
    """Return the table in `source`; raise InputError if it is empty or its header is invalid."""
    is_list = classifier.columns and column is None and not _is_table(source.name)
    delimiter = "," if is_list else find_delimiter(source)
    records = _read_list(source) if is_list else read_records(source, delimiter)
    first = next(records, None)
    if first is None:
        raise InputError(f"{source.name} is empty: one text a line is needed.")
    if header and column is None and _has_columns(classifier, first):
        return _contest_table(classifier, source, first)
    names = [f"{part}_{k + 1}" for k in range(top_k) for part in ("label", "probability")]
    lines = partial(_with_endings, source, delimiter, classifier.labels, top_k)
    if not header:
        return Table(chain([first], records), 0, None, "", lines)
    index = _text_column(source, first, column, names)
    heading = delimiter.join([first.raw, *names]) + source.newline
    return Table(records, index, first.fields[index], heading, lines)


def _is_table(name: str) -> bool:
    return name.casefold().removesuffix(".gz").endswith(TABLE_ENDINGS)


def _read_list(source: Source) -> Iterator[Record]:
    """Yield each line as a record of one field, its `raw` quoted as a CSV file has it."""
    for record in read_unquoted(source, None):
        yield record._replace(raw="".join(_quote(field, ",") for field in record.fields))


def _has_columns(classifier: TextClassifier, header: Record) -> bool:
    names = header.raw.split("\t")
    return bool(classifier.columns) and all(
        names.count(classifier.columns[key]) == 1 for key in ("id", "text")
    )


def _contest_table(classifier: TextClassifier, source: Source, header: Record) -> Table:
    names, columns = header.raw.split("\t"), classifier.columns
    id_index, text_index = names.index(columns["id"]), names.index(columns["text"])

    def lines(records: list[Record], probabilities: np.ndarray) -> str:
        pairs = zip(records, probabilities.argmax(axis=1).tolist(), strict=True)
        return "".join(f"{record.fields[id_index]},{label}\n" for record, label in pairs)

    records = (_check_id(r, id_index) for r in read_unquoted(source, "\t", len(names)))
    heading = f"{columns['id']},{columns['label']}\n"
    return Table(records, text_index, None, heading, lines, checks=False)


def _check_id(record: Record, index: int) -> Record:
    if record.problem or record.fields[index].isdigit():
        return record
    return record._replace(problem=f"the id is {record.fields[index][:20]!r}, not a whole number")


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


def _with_endings(
    source: Source,
    delimiter: str,
    labels: Sequence[str],
    top_k: int,
    records: list[Record],
    probabilities: np.ndarray,
) -> str:
    """Return the records with their predictions behind them, in the line ends of the source."""
    endings = _endings(probabilities, labels, top_k, delimiter)
    pairs = zip(records, endings, strict=True)
    return "".join(f"{record.raw}{delimiter}{ending}{source.newline}" for record, ending in pairs)


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


def _quote(field: str, delimiter: str) -> str:
    csv.writer(text := io.StringIO(), delimiter=delimiter, lineterminator="").writerow([field])
    return text.getvalue()
