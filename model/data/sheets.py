"""Rows of a sheet of an XLSX file, their cells as numbers, dates and texts.

openpyxl reads them after a scan by expat: a hostile file of 13 kB makes openpyxl take 2 GB or 20
seconds, because it builds objects of all elements. (python-calamine holds a sheet as a rectangle:
5 kB with cells in two corners ask it for half a terabyte.) Formulas are read as the values that
they had when the file was saved.
"""

import io
from contextlib import suppress
from datetime import datetime, time
from typing import Any
from xml.parsers import expat
from zipfile import ZIP_DEFLATED, ZIP_STORED, ZipFile

from ..errors import InputError, shorten
from .records import EMPTY, LAST_ROW, SAMPLE_ROWS, Limits, Record, text_of

CELLS = {"row", "c", "v", "f", "is", "si", "t", "r", "rPr"}  # the tags that openpyxl reads fast
MAX_OTHERS = 50_000  # of all parts together
MAX_DEPTH = 100  # of nested elements; ten are common
MAX_TAG = 100_000  # bytes; expat holds a tag in memory as a whole
LONGEST_FORMAT = 255  # characters of a number format, in Excel
PIECE_BYTES = 1 << 14


def sheet_records(
    name: str, content: bytes, title: str | None, limits: Limits
) -> tuple[list[Record], str]:
    """Return the records of a sheet of an XLSX file that messages call `name`, and a note.

    The sheet is that with this `title`, or the first that is not hidden, or the first where all
    are. Raises InputError where the file is damaged or exceeds the `limits`, or has no such sheet.
    """
    try:
        with ZipFile(io.BytesIO(content)) as archive:
            _scan(name, archive, limits)
        import openpyxl  # here because a page and most tables go without it

        book = openpyxl.load_workbook(
            io.BytesIO(content), read_only=True, data_only=True, keep_links=False
        )
        sheets = {sheet.title: sheet for sheet in book.worksheets}
        if not sheets:
            raise InputError(f"{name} has no sheet.")
        if title is not None and title not in sheets:
            known = shorten(", ".join(sheets))
            raise InputError(f"{name} has no sheet {shorten(title)!r}; its sheets: {known}.")
        visible = (key for key, sheet in sheets.items() if sheet.sheet_state == "visible")
        chosen = title if title is not None else next(visible, next(iter(sheets)))
        records = _records(name, sheets[chosen], limits)
    except InputError:
        raise
    except Exception as error:  # openpyxl raises of all kinds for parts that are not as they must
        raise InputError(
            f"{name} is a damaged XLSX file ({type(error).__name__}): save it again, or as CSV."
        ) from None
    note = ""
    if title is None and len(sheets) > 1:
        shown = "" if chosen == next(iter(sheets)) else "visible "
        note = f"sheet {shorten(chosen)}, the first {shown}of {len(sheets)}"
    return records, note


def _scan(name: str, archive: ZipFile, limits: Limits) -> None:
    """Raise InputError for a workbook of too much, and ValueError for what no spreadsheet has."""
    parts = archive.infolist()
    unpacked = sum(part.file_size for part in parts)  # no part gives more
    if unpacked > limits.max_unpacked:
        most = f"{limits.max_unpacked / 1e6:,.0f} MB are the most"
        raise InputError(f"{name} unpacks to {unpacked / 1e6:,.0f} MB, and {most}.")
    most = f"{limits.max_cells:,}, with empty ones"
    many = f"more cells, styles or other elements than are read (of cells {most})"
    max_cells = 2 * limits.max_cells  # of elements: a cell and its value
    cells = others = sheets = depth = 0

    def start(tag: str, attributes: dict[str, str]) -> None:
        nonlocal cells, others, sheets, depth
        tag = tag.rpartition(":")[2]
        depth += 1
        cells += tag in CELLS
        others += tag not in CELLS
        sheets += tag == "sheet"  # openpyxl reads the size of each, also if they share a part
        far = tag == "row" and int(float(attributes.get("r", 1))) > LAST_ROW
        long = tag == "numFmt" and len(attributes.get("formatCode", "")) > LONGEST_FORMAT
        if depth > MAX_DEPTH or far or long or sheets > len(parts):
            raise ValueError("nested too deeply, too far down, too long or too many")
        if cells > max_cells or others > MAX_OTHERS:
            raise limits.exceeded(name, many)

    def end(_: str) -> None:
        nonlocal depth
        depth -= 1

    def refuse(*_: Any) -> None:
        raise ValueError("a document type, whose entities may grow without limit")

    for part in parts:
        if part.compress_type not in (ZIP_STORED, ZIP_DEFLATED):
            raise ValueError("a compression that may need gigabytes")
        content, depth = archive.read(part), 0
        if content.count(b"<") - content.count(b"</") > max_cells + MAX_OTHERS:
            raise limits.exceeded(name, many)  # at a hundredth of the time that parsing takes
        parser = expat.ParserCreate()
        parser.StartElementHandler, parser.EndElementHandler = start, end
        parser.StartDoctypeDeclHandler = refuse
        with suppress(expat.ExpatError):  # a picture; or openpyxl fails likewise
            for at in range(0, len(content), PIECE_BYTES):
                parser.Parse(content[at : at + PIECE_BYTES])
                if at - parser.CurrentByteIndex > MAX_TAG:
                    raise ValueError("a tag that is too long")


def _records(name: str, sheet: Any, limits: Limits) -> list[Record]:
    """Return the rows, all as wide as the widest of the first ones; a blank one has a problem."""
    sheet.reset_dimensions()  # what the file says of its size may be wrong
    rows: list[list] = []
    characters = total = 0
    for row in sheet.iter_rows(values_only=True):
        # A midnight is the day that it is.
        cells = [c.date() if isinstance(c, datetime) and c.time() == time() else c for c in row]
        while cells and cells[-1] is None:
            cells.pop()
        total += len(cells)
        characters += sum(len(cell) for cell in cells if isinstance(cell, str))
        if characters > limits.max_unpacked or total > limits.max_cells:
            raise limits.exceeded(name, "too much text in its cells")
        rows.append(cells)
    width = max(map(len, rows[:SAMPLE_ROWS]), default=0) or max(map(len, rows), default=0)
    records = []
    for number, cells in enumerate(rows, start=1):
        many = f"{len(cells)} columns, and the first rows have {width}: fix the row"
        problem = EMPTY if not cells else many if len(cells) > width else None
        cells += [None] * (width - len(cells)) if cells else []
        records.append(Record(number, list(map(text_of, cells)), problem, cells or None))
    return records
