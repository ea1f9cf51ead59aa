"""The forms of output: a table with predictions behind each row.

    CSV, TSV      label_1, probability_1, ... behind the cells, none_probability of a model that has
                  been taught what is none, known ("Dutch 0.88; German 0.12") of one with texts
    JSON Lines    the same as keys at the end of each object
    XLSX          cells of the types that they had; a text is never taken for a formula

A table is written in the form that it came in, unless the name of the output says another. Text is
written as UTF-8, and packed where the name ends in .gz.
"""

import codecs
import csv
import gzip
import json
import os
import re
from collections.abc import Iterable, Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from functools import lru_cache
from pathlib import Path
from types import SimpleNamespace
from typing import Any, BinaryIO, Literal

from ..atomic import new_file, writing
from ..classifier import Answer, TextClassifier
from ..data.records import LAST_COLUMN, LAST_ROW, Record, text_of, without_surrogates
from ..data.tables import CSV, JSONL, STANDARD_STREAM, XLSX, Table
from ..errors import InputError, shorten

KNOWN = "known"  # the heading of what is known of a text
FORMS = {
    ".csv": CSV,
    ".tsv": CSV,
    ".jsonl": JSONL,
    ".xlsx": XLSX,
}  # by the ending of a name
LONGEST_CELL = 32_767  # characters, of a sheet
LARGEST_WHOLE = 2**53  # of the numbers of a sheet
FORMULA = re.compile(r"""(^|(?<=[,;\t\r\n]))(?="*[=+\-@＝＋－＠])|^(?=[\t\r\n])""")
# What a sheet has as _xHHHH_: what XML cannot have, and the beginning of what would be read as such
ESCAPED = re.compile(r"_(?=x[0-9A-Fa-f]{4}_)|[\0-\x08\x0b-\x1f\ufffe\uffff]")
NUMBER = re.compile(r"[+-]?\d+([.,]\d+)?")
Answered = Iterable[tuple[Record, list]]  # records, each with what is predicted for it


def behind(
    classifier: TextClassifier, ranks: Sequence, none: Any, known: Any, *note: Any
) -> list:
    """Return what stands behind a row: none and what is known are there if the model has them."""
    asked, has_texts = bool(classifier.other_labels), bool(classifier.training_texts)
    return [*ranks, *[none] * asked, *note, *[known] * has_texts]


def added_names(
    classifier: TextClassifier, table: Table, k: int, *note: str
) -> list[str]:
    """Return the headings of what is added; raise InputError if the table has one already."""
    ranks = [f"{part}_{i + 1}" for i in range(k) for part in ("label", "probability")]
    names = behind(classifier, ranks, "none_probability", KNOWN, *note)
    if taken := set(table.names) & set(names):
        raise InputError(
            f"{table.name} has a column {min(taken)} already: rename or drop it."
        )
    return names


def cells_of(classifier: TextClassifier, answer: Answer, k: int, *note: str) -> list:
    """Return the cells under those headings, empty ones for predictions that are missing."""
    ranks: list = [
        part for label, p in answer.predictions for part in (label, round(p, 4))
    ]
    ranks += [""] * (2 * k - len(ranks))
    none = "" if answer.none is None else round(answer.none, 4)
    return behind(classifier, ranks, none, known_cell(answer), *note)


def known_cell(answer: Answer) -> str:
    """Return what is known of a text: labels with their shares, largest first, none as 0.00."""
    known = answer.known or []
    return "; ".join(
        f"{label} {'<0.01' if share < 0.005 else f'{share:.2f}'}"
        for label, share in known
    )


def write_table(
    classifier: TextClassifier, table: Table, path: str, top_k: int, answered: Answered
) -> None:
    """Write records and their answers to a file, or to standard output for -."""
    added = added_names(classifier, table, top_k)
    ending = os.path.splitext(path.casefold().removesuffix(".gz"))[1]
    form = FORMS.get(ending) or (JSONL if table.form == JSONL else CSV)
    if form == XLSX and path.casefold().endswith(".gz"):
        raise InputError(
            f"{path}: an XLSX file is packed already: leave .gz out of its name."
        )
    with _open_output(path) as file:
        text = codecs.getwriter("utf-8")(file)
        if form == XLSX:
            _write_sheet(file, table, added, answered)
        elif form == JSONL:
            _write_json(text, table, added, answered)
        else:
            header = [*table.names, *added] if table.header else None
            no_tab = "," if table.delimiter == "\t" else table.delimiter
            delimiter = {".tsv": "\t", ".csv": no_tab}.get(ending, table.delimiter)
            write_csv(text, header, answered, delimiter, table.newline)


@contextmanager
def _open_output(path: str) -> Iterator[BinaryIO]:
    """Open a file to write whole or not at all, or standard output, a device or a pipe as it is."""
    is_stdout = path == STANDARD_STREAM
    with writing("standard output" if is_stdout else path), ExitStack() as opened:
        if is_stdout or (os.path.exists(path) and not os.path.isfile(path)):
            descriptor = 1 if is_stdout else path
            file: Any = opened.enter_context(
                open(descriptor, "wb", closefd=not is_stdout)
            )
        else:
            file = opened.enter_context(new_file(Path(os.path.realpath(path))))
            if path.endswith(".gz"):
                file = opened.enter_context(
                    gzip.GzipFile("", "wb", fileobj=file, mtime=0)
                )
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
    # With these line ends the csv module quotes a cell that has either of them.
    lines = SimpleNamespace(
        write=lambda line: file.write(line.removesuffix("\r\n") + newline)
    )
    quoting: Literal[0, 1] = csv.QUOTE_ALL if for_spreadsheet else csv.QUOTE_MINIMAL
    writer = csv.writer(
        lines, delimiter=delimiter, quoting=quoting, lineterminator="\r\n"
    )
    clean, added_cell = (
        harmless if for_spreadsheet else str,
        lru_cache(20_000)(_added_cell),
    )
    if header is not None:
        writer.writerow(map(clean, header))
    for record, answer in answered:
        writer.writerow([*map(clean, record.fields), *map(added_cell, answer)])


def _write_json(
    file: Any, table: Table, added: Sequence[str], answered: Answered
) -> None:
    if twice := [name for i, name in enumerate(table.names) if name in table.names[:i]]:
        raise InputError(  # "" for columns without a heading
            f"{table.name} has more than one column {shorten(twice[0])!r}, and a JSON object has a "
            "key once: rename one, or name a .csv file."
        )
    for record, answer in answered:
        values = record.values
        if not isinstance(values, dict):
            values = dict(zip(table.names, values or record.fields, strict=True))
        value = values | dict(zip(added, answer, strict=True))
        line = json.dumps(value, ensure_ascii=False, default=text_of)
        file.write(without_surrogates(line) + "\n")


def _write_sheet(
    file: BinaryIO, table: Table, added: Sequence[str], answered: Answered
) -> None:
    if len(table.records) > LAST_ROW or table.width + len(added) > LAST_COLUMN:
        most = f"{LAST_ROW:,} rows and {LAST_COLUMN:,} columns"
        raise InputError(f"A sheet has {most} at most: name a .csv file with -o.")
    import openpyxl  # here because a page and most tables go without it

    book = openpyxl.Workbook(write_only=True)
    sheet = book.create_sheet()
    try:
        if table.header:
            sheet.append([_cell(sheet, cell) for cell in [*table.names, *added]])
        for record, answer in answered:
            if max(map(len, record.fields), default=0) > LONGEST_CELL:
                where = f"{table.name}, {table.unit} {record.line}"
                most = (
                    f"{LONGEST_CELL:,} characters, the most that a cell of a sheet has"
                )
                raise InputError(
                    f"{where} has more than {most}: name a .csv file with -o."
                )
            values = record.values or record.fields
            if isinstance(values, dict):
                values = [values.get(name) for name in table.names]
            sheet.append([_cell(sheet, cell) for cell in [*values, *answer]])
    except BaseException:
        with suppress(Exception):
            sheet.close()  # or its half-written rows complain when they are cleared away
        raise
    book.save(file)


def _cell(sheet: Any, value: object) -> object:
    """Return a cell; a text stays one, whatever sign it begins with."""
    if isinstance(value, int | float) and not abs(value) <= LARGEST_WHOLE:
        value = str(
            value
        )  # infinite, not a number, or with more digits than a sheet keeps
    elif isinstance(value, list | dict):
        value = text_of(value)
    if not isinstance(value, str):
        return value
    from openpyxl.cell.cell import WriteOnlyCell

    text = ESCAPED.sub(
        lambda found: f"_x{ord(found[0]):04X}_", without_surrogates(value)
    )
    if not value.startswith(("=", "+", "-", "@", "\t", "\r", "#")):
        return text
    cell = WriteOnlyCell(sheet, text)
    cell.data_type = "s"  # openpyxl takes "=1+1" for a formula, and "#N/A" for an error
    cell.quotePrefix = True  # and a spreadsheet would, when the cell is edited
    return cell


def harmless(cell: str) -> str:
    """Return `cell` so that a spreadsheet takes it for text and not for a formula.

    So is each part of it: where a spreadsheet expects semicolons, quotes behind a comma are text.

    >>> harmless("=1+1"), harmless("Rossi;=1+1"), harmless("Rossi")
    ("'=1+1", "Rossi;'=1+1", 'Rossi')
    """
    return FORMULA.sub("'", cell)


def _added_cell(part: str | float) -> str:
    """Return a probability, or a stranger's label made harmless; a number starts no formula."""
    if isinstance(part, float):
        return f"{part:.4f}"
    return part if NUMBER.fullmatch(part) else harmless(part)
