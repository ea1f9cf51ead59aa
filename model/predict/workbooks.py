"""A table with predictions as an XLSX file: cells keep their types, and no text is a formula."""

import io
import re
from collections.abc import Iterable, Sequence
from contextlib import suppress
from typing import Any, BinaryIO

import openpyxl
from openpyxl.cell.cell import WriteOnlyCell

from ..data.records import Record, by_path, text_of, without_surrogates
from ..data.sheets import LAST_ROW
from ..data.tables import Table
from ..errors import InputError

LAST_COLUMN = 16_384  # of a sheet
LONGEST_CELL = 32_767  # characters
LARGEST_WHOLE = 2**53  # of its numbers
# What a sheet has as _xHHHH_: what XML cannot have, and the beginning of what would be read as such
ESCAPED = re.compile(r"_(?=x[0-9A-Fa-f]{4}_)|[\0-\x08\x0b-\x1f\ufffe\uffff]")
FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r", "#")


def write_sheet(
    file: BinaryIO,
    table: Table,
    added: Sequence[str],
    answered: Iterable[tuple[Record, list]],
) -> None:
    """Write records and their answers; raise InputError for more than a sheet can have."""
    if len(table.records) > LAST_ROW or table.width + len(added) > LAST_COLUMN:
        raise InputError(
            f"A sheet has {LAST_ROW:,} rows and {LAST_COLUMN:,} columns at most: name a .csv "
            "file with -o."
        )
    content = (
        io.BytesIO()
    )  # what openpyxl cannot write, it writes again when it is cleared away
    book = openpyxl.Workbook(write_only=True)
    sheet = book.create_sheet()
    try:
        if table.header:
            names = [*table.names, *added]
            sheet.append([_cell(sheet, name) for name in names])
        for record, answer in answered:
            values = [*_values(table, record), *answer]
            sheet.append([_cell(sheet, value) for value in values])
        book.save(content)
    except BaseException:
        with suppress(Exception):
            sheet.close()  # or its half-written rows complain when they are cleared away
        raise
    file.write(content.getbuffer())


def _values(table: Table, record: Record) -> Sequence:
    """Return the cells of a record with their types; raise InputError for one that is too long."""
    if max(map(len, record.fields), default=0) > LONGEST_CELL:
        raise InputError(
            f"{table.name}, {table.unit} {record.line} has more than {LONGEST_CELL:,} "
            "characters, the most that a cell of a sheet has: name a .csv file with -o."
        )
    if isinstance(record.values, dict):
        return list(map(by_path(record.values).get, table.names))
    return record.values or record.fields


def _cell(sheet: Any, value: object) -> object:
    """Return a cell; a text stays one, whatever sign it begins with."""
    if isinstance(value, list | dict):
        value = text_of(value)
    elif isinstance(value, int | float) and not abs(value) <= LARGEST_WHOLE:
        # Infinite, not a number, or with more digits than a sheet keeps
        value = str(value)
    if not isinstance(value, str):
        return value
    text = ESCAPED.sub(_escape, without_surrogates(value))
    if not value.startswith(FORMULA_STARTS):
        return text
    cell = WriteOnlyCell(sheet, text)
    cell.data_type = "s"  # openpyxl takes "=1+1" for a formula, and "#N/A" for an error
    cell.quotePrefix = True  # and a spreadsheet would, when the cell is edited
    return cell


def _escape(match: re.Match[str]) -> str:
    return f"_x{ord(match[0]):04X}_"
