"""Records of a sheet of an XLSX file: numbers, dates, texts, and of formulas their saved values.

A scan by expat comes first, because a hostile file of 13 kB makes openpyxl take 2 GB or 20 seconds:
it builds objects of all elements. (python-calamine holds a sheet as a rectangle: 5 kB with cells in
two corners ask it for half a terabyte.)
"""

import io
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import suppress
from datetime import datetime, time
from typing import Any, NamedTuple
from xml.parsers import expat
from zipfile import ZIP_DEFLATED, ZIP_STORED, ZipFile

from openpyxl import load_workbook
from openpyxl.utils.cell import get_column_letter, range_boundaries
from openpyxl.utils.escape import unescape

from ..errors import InputError, listing, reason, shorten
from .records import EMPTY, SAMPLE_ROWS, Limits, Record, Unsaved, text_of

LAST_ROW = 1_048_576  # of a sheet
CELLS = "row c v f is si t r rPr".split()  # the tags that openpyxl reads fast
MAX_OTHERS = 50_000  # other tags, of the whole workbook
MAX_TAG = 100_000  # bytes; expat holds a tag in memory as a whole
LONGEST_FORMAT = 255  # characters of a number format, in Excel
PIECE_BYTES = 1 << 14
MOST_BLANK = 100  # rows in a row: more are left out, as a sheet may have a million
Row = tuple[int, list]  # its number, and its values without the empty cells at its end


class Unread(NamedTuple):
    """What openpyxl leaves out of a sheet when it reads row by row."""

    merged: list[str]  # ranges
    formulas: set[str]  # cells


def sheet_records(
    name: str,
    content: bytes,
    title: str | None,
    limits: Limits,
) -> Iterator[tuple[list[Record], str]]:
    """Yield the records and a note of sheets of an XLSX file that messages call `name`.

    They are the sheet with this `title`, or all visible ones, or all if none is. Raises InputError
    if the file is damaged, exceeds the `limits`, or has no such sheet.
    """
    file = io.BytesIO(content)
    try:
        with ZipFile(file) as archive:
            unread = _scan(name, archive, limits)
        book = load_workbook(file, read_only=True, data_only=True, keep_links=False)
        titles = [sheet.title for sheet in book.worksheets]
        for sheet in _chosen(name, book.worksheets, title):
            own = unread[sheet._worksheet_path]
            others = listing(other for other in titles if other != sheet.title)
            rows = _rows(name, sheet, limits, own.formulas)
            note = f"sheet {shorten(sheet.title)}, beside {others}" if others else ""
            filled = _fill_merged(name, rows, own.merged, limits)
            yield list(_records(rows)), "; ".join(filter(None, [note, filled]))
    except InputError:
        raise
    except Exception as error:  # openpyxl raises any error for malformed files
        raise InputError(
            f"{name} is a damaged XLSX file ({reason(error)}): save it again, or as CSV."
        ) from None


def _chosen(name: str, sheets: list, title: str | None) -> list:
    if not sheets:
        raise InputError(
            f"{name} has no sheet with cells: save it again with one, or as CSV."
        )
    if title is None:
        return [sheet for sheet in sheets if sheet.sheet_state == "visible"] or sheets
    by_title = {sheet.title: sheet for sheet in sheets}
    if title not in by_title:
        known = listing(by_title)
        raise InputError(
            f"{name} has no sheet {shorten(title)!r}; its sheets: {known}."
        )
    return [by_title[title]]


def _scan(name: str, archive: ZipFile, limits: Limits) -> dict[str, Unread]:
    """Return what is unread of each file in the archive, by its name.

    Raises InputError for too large a workbook, and ValueError for what no spreadsheet has.
    """
    unread = {}
    members = archive.infolist()
    unpacked = sum(member.file_size for member in members)  # no file gives more
    if unpacked > limits.max_unpacked:
        raise limits.exceeded(name, f"{unpacked / 1e6:,.0f} MB when unpacked")
    tags = Counter[str]()
    for member in members:
        if member.compress_type not in (ZIP_STORED, ZIP_DEFLATED):
            raise ValueError("a compression that may need gigabytes")
        content = archive.read(member)
        own = unread[member.filename] = Unread([], set())
        for _ in _count_tags(content, tags, own):
            cells = sum(tags[tag] for tag in CELLS)
            others = tags.total() - cells
            if cells > 2 * limits.max_cells or others > MAX_OTHERS:
                raise limits.exceeded(
                    name,
                    "more cells, styles or other elements than are read (of cells "
                    f"{limits.max_cells:,}, with empty ones)",
                )
    if tags["sheet"] > len(members):
        raise ValueError("sheets that share a part, which openpyxl reads for each")
    return unread


def _count_tags(content: bytes, tags: Counter[str], own: Unread) -> Iterator[None]:
    """Add the tags of a file to `tags`, and yield after each piece, so that the caller can stop."""
    cell = ""

    def count(tag: str, attributes: dict[str, str]) -> None:
        nonlocal cell
        _, _, name = tag.rpartition(":")
        tags[name] += 1
        match name:
            case "c":
                cell = attributes.get("r", "")
            case "f":
                own.formulas.add(cell)
            case "mergeCell":
                own.merged.append(attributes.get("ref", ""))
        number_format = attributes.get("formatCode", "")
        if len(number_format) > LONGEST_FORMAT:
            raise ValueError(
                "a format in which openpyxl looks for the end of each bracket"
            )

    def refuse(*_: Any) -> None:
        raise ValueError("a document type, whose entities may grow without limit")

    parser = expat.ParserCreate()
    parser.StartElementHandler = count
    parser.StartDoctypeDeclHandler = refuse
    with suppress(expat.ExpatError):  # a picture; or openpyxl fails likewise
        for at in range(0, len(content), PIECE_BYTES):
            parser.Parse(content[at : at + PIECE_BYTES])
            yield
            if at - parser.CurrentByteIndex > MAX_TAG:
                raise ValueError("a tag that is too long")


def _rows(
    name: str,
    sheet: Any,
    limits: Limits,
    formulas: set[str],
) -> list[Row]:
    """Return the rows that are not blank."""
    sheet.reset_dimensions()  # what the file claims of its size may be wrong
    rows: list[Row] = []
    n_characters = 0
    n_cells = 0
    for number, row in enumerate(sheet.iter_rows(values_only=True), start=1):
        cells = list(map(_value, row))
        for i, cell in enumerate(cells if formulas else ()):
            if cell is None and f"{get_column_letter(i + 1)}{number}" in formulas:
                cells[i] = Unsaved()
        while cells and cells[-1] is None:
            cells.pop()
        if number > LAST_ROW:
            raise ValueError("more rows than a sheet has")
        if not cells:
            continue
        n_cells += len(cells)
        texts = [cell for cell in cells if isinstance(cell, str)]
        n_characters += len("".join(texts))
        if n_characters > limits.max_bytes or n_cells > limits.max_cells:
            raise limits.exceeded(name, "too much text in its cells")
        rows.append((number, cells))
    return rows


def _fill_merged(
    name: str, rows: list[Row], merged: Sequence[str], limits: Limits
) -> str:
    """Give each row of a merged cell what its first row has; return a note if one was filled.

    Of several columns only the first is filled, or a title above a table would be a row of it.
    """
    cells_of = dict(rows)
    filled = tried = 0
    for area in merged:
        column, first, _, last = range_boundaries(area)
        own = cells_of.get(first, ())[column - 1 : column]
        for number in range(first + 1, last + 1) if own else ():
            tried += 1
            if tried > limits.max_cells:
                raise limits.exceeded(name, "too many merged cells")
            if cells := cells_of.get(number):
                cells += [None] * (column - len(cells))
                filled += cells[column - 1] is None
                cells[column - 1] = own[0]
    return f"{filled:,} merged cells filled from their first row" if filled else ""


def _value(cell: Any) -> Any:
    if isinstance(cell, str):
        return unescape(cell)  # _x000D_ is a line end
    if isinstance(cell, datetime) and cell.time() == time():
        return cell.date()
    return cell


def _records(rows: list[Row]) -> Iterator[Record]:
    """Yield the rows, all as wide as the widest of the first ones; a blank one has a problem."""
    widths = [len(cells) for _, cells in rows]
    width = max(widths[:SAMPLE_ROWS], default=0) or max(widths, default=0)
    before = 0
    for number, cells in rows:
        if number - before <= MOST_BLANK:
            for blank in range(before + 1, number):
                yield Record(blank, [], EMPTY)
        before = number
        problem = None
        missing = width - len(cells)
        if missing < 0:
            problem = (
                f"{len(cells)} columns, and the first rows have {width}: fix the row"
            )
        cells += [None] * missing
        yield Record(number, list(map(text_of, cells)), problem, cells)
