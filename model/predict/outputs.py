"""The formats of output: a table with predictions behind each row.

    CSV, TSV      answer ("Dutch", "Dutch or German", "none of these", "unsure") behind the cells,
                  then label_1, probability_1, ..., none_probability of a model that has been taught
                  what is none, known ("Dutch 0.88; German 0.12") of one with texts
    JSON Lines    the same as keys at the end of each object
    XLSX          the same as cells: workbooks.py
    json          what /predict returns, in place of the row: an object a line

A table is written in the format that it came in, unless the name of the output says another. Text
is written as UTF-8, and packed where the name ends in .gz.
"""

import codecs
import csv
import gzip
import json
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from functools import lru_cache
from pathlib import Path
from types import SimpleNamespace
from typing import Any, BinaryIO, Literal, NamedTuple

import numpy as np

from ..answers.mix import Mix
from ..answers.reply import Answer, cells_of
from ..atomic import new_file, resolved, writing
from ..data.formats import CSV, JSONL, STANDARD_STREAM, XLSX
from ..data.records import Record, text_of, without_surrogates
from ..data.tables import Table
from ..errors import InputError, shorten
from ..trained import Model

SET = "set"  # the heading of labels one of which a text has
REPLY = "json"  # what /predict returns, one object a line
# By the ending of a name
BY_ENDING = {
    ".csv": CSV,
    ".tsv": CSV,
    ".jsonl": JSONL,
    ".xlsx": XLSX,
}
FORMULA = re.compile(r"""(^|(?<=[,;\t\r\n]))(?="*[=+\-@＝＋－＠])|^(?=[\t\r\n])""")
NUMBER = re.compile(r"[+-]?\d+([.,]\d+)?")
# Records, each with the cells behind it, or with its reply
Answered = Iterable[tuple[Record, Any]]


class Output(NamedTuple):
    """Where a table is written, and what is appended to its rows."""

    path: str = STANDARD_STREAM
    format: str | None = (
        None  # by default that of the path's ending, or else the table's own
    )
    top_k: int | None = None  # labels; by default three, or all of fewer
    columns: Sequence[str] | None = None  # of all that may be appended
    sets: float | None = None  # the coverage of a column of sets


def headings(model: Model, k: int, *notes: str) -> list[str]:
    """Return the headings of what stands behind a row, for `k` labels.

    None and what is known are there if the model has them.
    """
    names = list(cells_of(Answer(""), k, **dict.fromkeys(notes, "")))
    if not model.other_labels:
        names.remove("none_probability")
    if not model.training_texts:
        names.remove("known")
    return names


def shares_in_words(mix: Mix, labels: Sequence[str]) -> list[tuple[str, float, str]]:
    """Return what has at least a hundredth of a list, its share, and that in words, largest first.

    >>> shares_in_words(Mix(np.array([0.7, 0.3, 0.0]), np.ones(3)), ["Dutch", "German"])
    [('Dutch', 0.7, '70%'), ('German', 0.3, '30%')]
    """
    names = [*labels, "none of these"]
    shares = []
    for i in np.argsort(-mix.shares, kind="stable"):
        share = float(mix.shares[i])
        words = f"{share:.0%}"
        if mix.interval is not None:
            low, high = mix.interval[:, i]
            words += f" ({low:.0%} to {high:.0%})"
        if share >= 0.01:
            shares.append((names[i], share, words))
    return shares


def check_headings(table: Table, added: Sequence[str]) -> None:
    """Raise InputError if a table has one of these headings already."""
    taken = set(table.names) & set(added)
    if taken:
        raise InputError(
            f"{table.name} has a column {min(taken)} already: rename or drop it."
        )


def write_table(
    table: Table,
    path: str,
    added: Sequence[str],
    answered: Answered,
    format: str | None = None,
) -> None:
    """Write records and their answers to a file, or to standard output for -, in this `format`.

    Without one the ending of the path says it, or else the table's own is kept. `added` are the
    headings of what the answers have.
    """
    if format != REPLY:
        check_headings(table, added)
    format, ending = _format_of(table, path, format)
    with _open_output(path) as file:
        text = codecs.getwriter("utf-8")(file)
        if format == XLSX:
            from .workbooks import write_sheet  # here because openpyxl is rarely needed

            write_sheet(file, table, added, answered)
        elif format == REPLY:
            for _, of_text in answered:
                text.write(json.dumps(of_text, ensure_ascii=False) + "\n")
        elif format == JSONL:
            _write_json(text, table, added, answered)
        else:
            header = [*table.names, *added] if table.header else None
            delimiter = table.delimiter
            if ending == ".tsv":
                delimiter = "\t"
            elif ending == ".csv" and delimiter == "\t":
                delimiter = ","
            write_csv(text, header, answered, delimiter, table.newline)


def _format_of(table: Table, path: str, format: str | None) -> tuple[str, str]:
    """Return the format of the output at a path, and the ending that says it."""
    name = path.casefold()
    ending = f".{format}" if format else Path(name.removesuffix(".gz")).suffix
    if format == REPLY:
        return format, ending
    if ending not in ("", *BY_ENDING):
        fault = f"{ending} is not an ending of a table that is written"
        raise InputError(f"{path}: {fault}: {', '.join(BY_ENDING)} are.")
    format = BY_ENDING.get(ending, JSONL if table.format == JSONL else CSV)
    if format == XLSX and name.endswith(".gz"):
        fault = "an XLSX file is packed already"
        raise InputError(f"{path}: {fault}: leave .gz out of its name.")
    return format, ending


@contextmanager
def _open_output(path: str) -> Iterator[BinaryIO]:
    """Open a file to write whole or not at all, or standard output, a device or a pipe as it is."""
    file: Any
    if path == STANDARD_STREAM:
        with writing("standard output"), open(1, "wb", closefd=False) as file:
            yield file
        return
    target = Path(path)
    with writing(path), ExitStack() as stack:
        is_stream = target.exists() and not target.is_file()
        opened = target.open("wb") if is_stream else new_file(resolved(target))
        file = stack.enter_context(opened)
        if path.endswith(".gz") and not is_stream:
            packer = gzip.GzipFile("", "wb", fileobj=file, mtime=0)
            file = stack.enter_context(packer)
        yield file


def write_csv(
    file: Any,
    header: Sequence[str] | None,
    answered: Answered,
    delimiter: str,
    newline: str = "\n",
    for_spreadsheet: bool = False,
) -> None:
    """Write lines of CSV to a text file, below the `header` if there is one.

    No label starts a formula; with `for_spreadsheet`, no cell does, and every cell is quoted.
    """

    def write(line: str) -> None:
        file.write(line.removesuffix("\r\n") + newline)

    quoting: Literal[0, 1] = csv.QUOTE_ALL if for_spreadsheet else csv.QUOTE_MINIMAL
    writer = csv.writer(
        SimpleNamespace(write=write),
        delimiter=delimiter,
        quoting=quoting,
        lineterminator="\r\n",  # so that a cell with either of them is quoted
    )
    own_cell = harmless if for_spreadsheet else str
    added_cell = lru_cache(20_000)(_added_cell)
    if header is not None:
        writer.writerow(map(own_cell, header))
    for record, answer in answered:
        own = map(own_cell, record.fields)
        writer.writerow([*own, *map(added_cell, answer)])


def _write_json(
    file: Any,
    table: Table,
    added: Sequence[str],
    answered: Answered,
) -> None:
    names = table.names
    [(commonest, count)] = Counter(names).most_common(1)
    if count > 1:  # "" for columns without a heading
        raise InputError(
            f"{table.name} has more than one column {shorten(commonest)!r}, and a JSON object has "
            "a key once: rename one, or name a .csv file."
        )
    for record, answer in answered:
        values = record.values
        if not isinstance(values, dict):
            cells = values or record.fields
            values = dict(zip(names, cells, strict=True))
        new = zip(added, answer, strict=True)
        line = json.dumps(
            values | dict(new),
            ensure_ascii=False,
            default=text_of,
        )
        file.write(without_surrogates(line) + "\n")


def harmless(cell: str) -> str:
    """Return `cell` so that a spreadsheet takes it for text and not for a formula.

    So is each part of it: where a spreadsheet expects semicolons, quotes behind a comma are text.

    >>> harmless("=1+1"), harmless("Rossi;=1+1"), harmless("Rossi")
    ("'=1+1", "Rossi;'=1+1", 'Rossi')
    """
    return FORMULA.sub("'", cell)


def _added_cell(value: str | float) -> str:
    """Return a probability, or a stranger's label made harmless; a number starts no formula."""
    if isinstance(value, float):
        return f"{value:.4f}"
    return value if NUMBER.fullmatch(value) else harmless(value)
