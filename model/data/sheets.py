"""Rows of a sheet of an XLSX file, one by one, their cells as numbers, dates and texts.

openpyxl streams the rows. (python-calamine is faster, but holds a sheet as a rectangle: a file of
5 kB with cells in two corners asks it for half a terabyte, and it ends the process.) Formulas are
read as the values that they had when the file was saved. Independent of the model.
"""

import re
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, datetime, time, timedelta
from itertools import chain, islice
from typing import Any, BinaryIO, NamedTuple

import openpyxl

from ..errors import InputError, shorten
from .records import SAMPLE_ROWS, Record, blank_records, text_of

MAX_UNPACKED = 2_000_000_000  # bytes of all parts together; texts that cells share are in memory
LAST_ROW, LAST_COLUMN = 1_048_576, 16_384  # of a sheet
# What programs that do not calculate write: a formula, and nothing or an empty value behind it.
UNSAVED = re.compile(rb"(?:</f>|<f [^<>]*/>)\s*(?:<v ?/>|<v></v>|</c>)")
SEARCHED = 1_000_000  # bytes of each sheet, in which such a formula is looked for


class Sheet(NamedTuple):
    """The records of a sheet, its title, the titles of all; whether formulas lack their values."""

    records: Iterator[Record]
    title: str
    titles: list[str]
    is_unsaved: bool


@contextmanager
def open_sheet(
    name: str, file: BinaryIO, title: str | None, max_unpacked: int, max_columns: int
) -> Iterator[Sheet]:
    """Open the sheet with this `title` of an XLSX file that messages call `name`.

    Without a title it is the first that is not hidden, or the first where all are. What its parts
    unpack to is checked first. Raises InputError where the file is damaged or too large, has no
    such sheet, or a row has more than `max_columns`.
    """
    try:
        with zipfile.ZipFile(file) as archive:
            unpacked = sum(part.file_size for part in archive.infolist())  # no part gives more
            if unpacked > max_unpacked:
                raise InputError(
                    f"{name} unpacks to {unpacked / 1e6:,.0f} MB, and {max_unpacked / 1e6:,.0f} MB "
                    "are the most: give it in parts or as CSV."
                )
            is_unsaved = _lacks_values(archive)
        book = openpyxl.load_workbook(file, read_only=True, data_only=True, keep_links=False)
    except InputError:
        raise
    except Exception as error:  # openpyxl raises of all kinds for parts that are not as they must
        raise damaged(name, error) from None
    try:
        sheets = {sheet.title: sheet for sheet in book.worksheets}
        if title is not None and title not in sheets:
            known = shorten(", ".join(sheets))
            raise InputError(f"{name} has no sheet {shorten(title)!r}; its sheets: {known}.")
        if not sheets:
            raise InputError(f"{name} has no sheet.")
        if title is None:  # the first that is not hidden
            visible = (key for key, sheet in sheets.items() if sheet.sheet_state == "visible")
            title = next(visible, next(iter(sheets)))
        rows = _rows(name, sheets[title], max_columns)
        yield Sheet(_records(rows), title, list(sheets), is_unsaved)
    finally:
        book.close()


def _lacks_values(archive: zipfile.ZipFile) -> bool:
    """Return whether a formula was saved without its value, by the beginning of each sheet."""
    for part in filter(re.compile("xl/worksheets/.*xml$").match, archive.namelist()):
        with archive.open(part) as content:
            if UNSAVED.search(content.read(SEARCHED)):
                return True
    return False


def damaged(name: str, error: Exception) -> InputError:
    """Return the InputError for an XLSX file that cannot be read."""
    return InputError(
        f"{name} is a damaged XLSX file ({type(error).__name__}): save it again, or as CSV."
    )


def _rows(name: str, sheet: Any, max_columns: int) -> Iterator[tuple[int, list]]:
    """Yield number and cells of each row, without empty cells at its end."""
    sheet.reset_dimensions()  # what the file says of its size may be wrong
    try:
        for number, row in enumerate(sheet.iter_rows(values_only=True), start=1):
            if number > LAST_ROW:
                raise InputError(f"{name} has more than {LAST_ROW:,} rows.")
            cells = list(row)
            while cells and cells[-1] is None:
                cells.pop()
            if len(cells) > max_columns:
                raise InputError(f"{name}, row {number}: more than {max_columns:,} columns.")
            yield number, [_plain(cell) for cell in cells]
    except InputError:
        raise
    except Exception as error:
        raise damaged(name, error) from None


def _plain(cell: object) -> object:
    """Return a midnight as the day that it is, anything else as it stands."""
    if isinstance(cell, datetime) and cell.time() == time():
        return cell.date()
    return cell


def _records(rows: Iterator[tuple[int, list]]) -> Iterator[Record]:
    """Yield the records; all are as wide as the widest of the first SAMPLE_ROWS.

    Blank rows at the beginning and the end are passed over; elsewhere each has a problem.
    """
    sample = list(islice(rows, SAMPLE_ROWS))
    width = max((len(cells) for _, cells in sample), default=0)
    blank: list[int] = []
    is_first = True
    for number, cells in chain(sample, rows):
        if not cells:
            if not is_first:
                blank.append(number)
            continue
        is_first = False
        yield from blank_records(blank)
        blank.clear()
        cells += [None] * (width - len(cells))
        many = f"{len(cells)} columns, and the first rows have {width}: fix the row"
        fields = [cell_text(cell) for cell in cells]
        yield Record(number, "", fields, many if len(cells) > width else None, cells)


def cell_text(cell: object) -> str:
    """Return a cell as the text that a CSV file has of it: days and times as ISO 8601 has them."""
    if isinstance(cell, datetime):
        return cell.isoformat(" ")
    if isinstance(cell, date | time):
        return cell.isoformat()
    if isinstance(cell, timedelta):
        return str(cell)
    return text_of(cell)
