"""The forms of output: tables with predictions behind each row, and a contest's own table.

    CSV to CSV       each row as it stands, quotes and all, label_1,probability_1,... behind it, and
                     none_probability of a model that has been taught what is none
    JSON Lines       each object as it stands, the same as keys at its end
    XLSX             cells of the types that they had; a text is never taken for a formula
    contest          the ids and the numbers of the labels, as the contest wants them

A table is written in the form that it came in, unless the name of the output says another. Predicts
nothing.
"""

import csv
import io
import json
import re
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from typing import Any

import numpy as np
import openpyxl
from openpyxl.cell import WriteOnlyCell
from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE

from ..classifier import TextClassifier
from ..data.decoding import without_surrogates
from ..data.records import Record, text_of
from ..data.sheets import LAST_COLUMN, LAST_ROW, cell_text
from ..data.streams import STANDARD_STREAM, open_output
from ..data.tables import CONTEST, CSV, JSONL, LIST, XLSX, Table
from ..errors import InputError, shorten

PROBABILITY_TEXTS = np.array([f"{i / 10_000:.4f}" for i in range(10_001)], dtype=object)
NONE = "none_probability"
LONGEST_CELL = 32_767  # characters, of a sheet
LARGEST_WHOLE = 2**53  # of the numbers of a sheet
FORMULA = re.compile(r"""(^|(?<=[,;\t\r\n]))(?="*[=+\-@＝＋－＠])|^(?=[\t\r\n])""")
NUMBER = re.compile(r"[+-]?\d+([.,]\d+)?")
# Records, their probabilities (n, labels) and that of none (n,).
Write = Callable[[list[Record], np.ndarray, np.ndarray], None]


def output_form(table: Table, path: str) -> tuple[str, str]:
    """Return the form to write and, for CSV, the delimiter; raise InputError if that cannot be."""
    name = path.casefold().removesuffix(".gz")
    form, delimiter = table.form, table.delimiter
    if name.endswith(".jsonl"):
        form = JSONL
    elif name.endswith(".xlsx"):
        form = XLSX
    elif name.endswith(".tsv"):
        form, delimiter = CSV, "\t"
    elif name.endswith(".csv"):
        keeps = table.form == CSV and delimiter != "\t"
        form, delimiter = CSV, delimiter if keeps else ","
    if table.form == CONTEST:
        if form in (JSONL, XLSX):
            raise InputError(f"{path}: a contest's table is written as CSV: name a .csv file.")
        return CONTEST, ","
    if form == XLSX and path == STANDARD_STREAM:
        raise InputError(
            "An XLSX file cannot go to standard output: name a file with -o, .xlsx or .csv."
        )
    if form == XLSX and not path.casefold().endswith(".xlsx"):
        raise InputError(f"{path} should end in .xlsx, as the input is XLSX, or in .csv.")
    return CSV if form == LIST else form, delimiter


def added_names(top_k: int, has_none: bool) -> list[str]:
    """Return the headings of what is predicted."""
    names = [f"{part}_{k + 1}" for k in range(top_k) for part in ("label", "probability")]
    return names + [NONE] * has_none


def refuse_taken(table: Table, added: Sequence[str]) -> None:
    """Raise InputError if the table has a heading that is to be added."""
    if taken := set(table.names) & set(added):
        raise InputError(f"{table.name} has a column {min(taken)} already: rename or drop it.")


@contextmanager
def open_writer(classifier: TextClassifier, table: Table, path: str, top_k: int) -> Iterator[Write]:
    """Yield what writes records with their predictions to `path`, a file, or - for stdout."""
    form, delimiter = output_form(table, path)
    added = added_names(top_k, bool(classifier.other_labels))
    if form != CONTEST:
        refuse_taken(table, added)
    if form == JSONL != table.form:
        names = table.names
        twice = next((name for i, name in enumerate(names) if name in names[:i]), None)
        if twice is not None:  # "" for columns without a heading
            raise InputError(
                f"{table.name} has more than one column {shorten(twice)!r}, and a JSON object has "
                "a key once: rename one, or name a .csv file."
            )
    with open_output(path) as file:
        if form == XLSX:
            yield from _sheet_writer(classifier, table, file, added)
            return
        heading, lines = _text_form(classifier, table, form, delimiter, added)
        file.write(heading.encode())
        file.flush()

        def write(records: list[Record], probabilities: np.ndarray, none: np.ndarray) -> None:
            file.write(lines(records, probabilities, none).encode())
            file.flush()  # so that a program that reads the output gets each chunk at once

        yield write


def unwritable(table: Table, path: str) -> Callable[[Record], str | None] | None:
    """Return what says why a record cannot be written to `path`, None where each can."""
    form, _ = output_form(table, path)
    checks: list[Callable[[Record], str | None]] = []
    if form == XLSX:
        checks.append(_too_long)
    if table.form == JSONL and form != JSONL and table.header:
        known = set(table.names)
        checks.append(lambda record: _unknown_key(record, known))
    if not checks:
        return None
    return lambda record: next(filter(None, (check(record) for check in checks)), None)


def _too_long(record: Record) -> str | None:
    if max(map(len, record.fields), default=0) <= LONGEST_CELL:
        return None
    return f"a text of more than {LONGEST_CELL:,} characters, which no cell of a sheet may have"


def _unknown_key(record: Record, known: set[str]) -> str | None:
    keys = record.values if isinstance(record.values, dict) else ()
    found = next((key for key in keys if key not in known), None)
    return None if found is None else f"the key {shorten(found)!r} is in none of the first lines"


def _text_form(
    classifier: TextClassifier, table: Table, form: str, delimiter: str, added: list[str]
) -> tuple[str, Callable[[list[Record], np.ndarray, np.ndarray], str]]:
    """Return the heading, with its line end, and what makes the lines of records."""
    top_k = len(added) // 2
    if form == CONTEST:
        return _contest_form(classifier, table)
    if form == JSONL:
        names = table.names

        def objects(records: list[Record], probabilities: np.ndarray, none: np.ndarray) -> str:
            answers = _answers(classifier, probabilities, none, top_k)
            pairs = zip(records, answers, strict=True)
            return "".join(
                _object(record, names, dict(zip(added, answer, strict=True))) + "\n"
                for record, answer in pairs
            )

        return "", objects
    as_is = table.form == CSV and delimiter == table.delimiter
    heading = ""
    if table.header:
        first = table.sample[0]
        start = first.raw if as_is else csv_line(table.names, delimiter)
        heading = delimiter.join([start, *added]) + table.newline

    def rows(records: list[Record], probabilities: np.ndarray, none: np.ndarray) -> str:
        endings = _endings(classifier, probabilities, none, top_k, delimiter)
        newline = table.newline
        starts = [r.raw if as_is else csv_line(r.fields, delimiter) for r in records]
        pairs = zip(starts, endings, strict=True)
        return "".join(f"{start}{delimiter}{ending}{newline}" for start, ending in pairs)

    return heading, rows


def _contest_form(
    classifier: TextClassifier, table: Table
) -> tuple[str, Callable[[list[Record], np.ndarray, np.ndarray], str]]:
    columns = classifier.columns
    place = table.names.index(columns["id"])

    def lines(records: list[Record], probabilities: np.ndarray, _: np.ndarray) -> str:
        pairs = zip(records, probabilities.argmax(axis=1).tolist(), strict=True)
        return "".join(f"{record.fields[place]},{label}\n" for record, label in pairs)

    return f"{columns['id']},{columns['label']}\n", lines


def _object(record: Record, names: list[str], answer: dict[str, Any]) -> str:
    """Return a JSON object: a JSON line as it stands, or a record's cells, with the answer."""
    end = json.dumps(answer, ensure_ascii=False)
    if isinstance(record.values, dict):
        start = record.raw.rstrip()[:-1].rstrip()
        return start + ("" if start.endswith("{") else ", ") + end[1:]
    values = record.values if isinstance(record.values, list) else record.fields
    cells = dict(zip(names, values, strict=True))
    start = json.dumps(cells, ensure_ascii=False, default=cell_text)
    return start[:-1] + ", " + end[1:]


def _sheet_writer(
    classifier: TextClassifier, table: Table, file: Any, added: list[str]
) -> Iterator[Write]:
    book = openpyxl.Workbook(write_only=True)
    sheet = book.create_sheet()
    top_k, written = len(added) // 2, 0
    if table.width + len(added) > LAST_COLUMN:
        raise InputError(f"{table.name} has {table.width:,} columns, too many for a sheet.")

    def append(cells: Sequence[object]) -> None:
        nonlocal written
        written += 1
        if written > LAST_ROW:
            raise InputError(f"A sheet has {LAST_ROW:,} rows at most: name a .csv file with -o.")
        sheet.append([_cell(sheet, cell) for cell in cells])

    def write(records: list[Record], probabilities: np.ndarray, none: np.ndarray) -> None:
        answers = _answers(classifier, probabilities, none, top_k)
        for record, answer in zip(records, answers, strict=True):
            append([*_values(table, record), *answer])

    if table.header:
        append([*table.names, *added])
    try:
        yield write
    except BaseException:
        with suppress(Exception):
            sheet.close()  # or its half-written rows complain when they are cleared away
        raise
    book.save(file)


def _values(table: Table, record: Record) -> list:
    """Return the cells of a record, typed where its form has types."""
    if isinstance(record.values, dict):
        return [record.values.get(name) for name in table.names]
    return record.values if isinstance(record.values, list) else record.fields


def _cell(sheet: Any, value: object) -> object:
    """Return a cell; a text stays one, whatever sign it begins with."""
    if isinstance(value, int | float) and not abs(value) <= LARGEST_WHOLE:
        value = str(value)  # infinite, not a number, or with more digits than a sheet keeps
    elif isinstance(value, list | dict):
        value = text_of(value)
    if not isinstance(value, str):
        return value
    text = ILLEGAL_CHARACTERS_RE.sub("\ufffd", without_surrogates(value))
    if not text.startswith(("=", "+", "-", "@", "\t", "\r", "#")):
        return text
    cell = WriteOnlyCell(sheet, text)
    cell.data_type = "s"  # openpyxl takes "=1+1" for a formula, and "#N/A" for an error
    cell.quotePrefix = True  # and a spreadsheet would, when the cell is edited
    return cell


def _answers(
    classifier: TextClassifier, probabilities: np.ndarray, none: np.ndarray, top_k: int
) -> list[list[Any]]:
    """Return [label, probability, ...] for each row of probabilities (n, labels), then none's."""
    top, best = _top(probabilities, none, top_k)
    rows: list[list[Any]] = []
    for labels, numbers, rest in zip(top.tolist(), best.tolist(), none.tolist(), strict=True):
        pairs = zip(labels, numbers, strict=True)
        row = [part for i, p in pairs for part in (classifier.labels[i], round(p, 4))]
        rows.append(row + [round(rest, 4)] * bool(classifier.other_labels))
    return rows


def _top(probabilities: np.ndarray, none: np.ndarray, top_k: int) -> tuple[np.ndarray, np.ndarray]:
    """Return the indices (n, k) of the most likely labels and their joint probabilities."""
    joint = probabilities * (1 - none[:, None])
    top = np.argsort(-joint, axis=1, kind="stable")[:, :top_k]
    return top, np.take_along_axis(joint, top, axis=1).astype(np.float64)


def _endings(
    classifier: TextClassifier,
    probabilities: np.ndarray,
    none: np.ndarray,
    top_k: int,
    delimiter: str,
) -> list[str]:
    """Return `label_1,probability_1,...` for each row of probabilities (n, labels)."""
    labels = [csv_line([label_cell(label)], delimiter) for label in classifier.labels]
    quoted = np.array(labels, dtype=object)
    top, best = _top(probabilities, none, top_k)
    pieces = np.empty((len(top), 2 * top_k + bool(classifier.other_labels)), dtype=object)
    pieces[:, 0 : 2 * top_k : 2] = quoted[top]
    pieces[:, 1 : 2 * top_k : 2] = _rounded(best)
    if classifier.other_labels:
        pieces[:, -1] = _rounded(none.astype(np.float64))
    return [delimiter.join(row) for row in pieces.tolist()]


def _rounded(probabilities: np.ndarray) -> np.ndarray:
    return PROBABILITY_TEXTS[np.rint(probabilities * 10_000).astype(int)]


def csv_line(fields: Sequence[str], delimiter: str) -> str:
    """Return a line of CSV without its end; a cell with a line end of any kind is quoted."""
    csv.writer(text := io.StringIO(), delimiter=delimiter, lineterminator="\r\n").writerow(fields)
    return text.getvalue().removesuffix("\r\n")


def harmless(cell: str) -> str:
    """Return `cell` so that a spreadsheet takes it for text and not for a formula.

    So is each part of it: where a spreadsheet expects semicolons, quotes behind a comma are text.

    >>> harmless("=1+1"), harmless("Rossi;=1+1"), harmless("Rossi")
    ("'=1+1", "Rossi;'=1+1", 'Rossi')
    """
    return FORMULA.sub("'", cell)


def label_cell(label: str) -> str:
    """Return a label, which may be a stranger's, for a CSV; a number starts no formula."""
    return label if NUMBER.fullmatch(label) else harmless(label)
