"""Rows of a sheet of an XLSX file, one by one, their cells as numbers, dates and texts.

An XLSX file is a ZIP archive of XML parts. Expat reads the five that a table needs, piece by piece
and within limits. openpyxl, which writes such files here, builds objects of all styles, names and
empty cells before it gives a row: a hostile file of 13 kB makes it take 2 GB or 20 seconds.
(python-calamine holds a sheet as a rectangle: 5 kB with cells in two corners ask it for half a
terabyte.) Formulas are read as the values that they had when the file was saved.
"""

import posixpath
import re
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from itertools import chain, islice
from typing import BinaryIO, NamedTuple
from xml.parsers import expat
from zipfile import ZIP_DEFLATED, ZIP_STORED, ZipFile

from openpyxl.styles.numbers import builtin_format_code, is_date_format, is_timedelta_format
from openpyxl.utils import column_index_from_string
from openpyxl.utils.datetime import MAC_EPOCH, WINDOWS_EPOCH, from_excel, from_ISO8601

from ..errors import InputError, shorten
from .records import SAMPLE_ROWS, Record, blank_records, text_of

LAST_ROW, LAST_COLUMN = 1_048_576, 16_384  # of a sheet
MAX_DEPTH = 100  # of nested elements; ten are common
MAX_TAG = 100_000  # bytes; expat holds a tag in memory as a whole
MAX_OTHERS = 250_000  # elements of a part that has neither rows nor texts
LONGEST_FORMAT = 255  # characters, in Excel
PIECE_BYTES = 1 << 12  # few tags at once, or the garbage collector takes half of the time
INTEGER = re.compile("[+-]?[0-9]{1,300}")
ESCAPED = re.compile("_x([0-9A-Fa-f]{4})_")
Tag = tuple[str, dict[str, str] | None, str]  # its name; attributes where it begins; text before it


@dataclass(frozen=True)
class Limits:
    """What a table may have."""

    max_bytes: int | None = None  # unpacked; None: it is read as a stream
    max_unpacked: int = 2_000_000_000  # bytes of an XLSX file's parts, characters of its cells
    max_elements: int = 1_000_000_000  # of its XML: of a part that has rows or texts
    max_columns: int = LAST_COLUMN


class Sheet(NamedTuple):
    """The records of a sheet, its title, and the titles of all."""

    records: Iterator[Record]
    title: str
    titles: list[str]


class _Unsaved(str):
    """The empty text of a cell whose formula was saved without its value."""


UNSAVED = _Unsaved()


@contextmanager
def open_sheet(name: str, file: BinaryIO, title: str | None, limits: Limits) -> Iterator[Sheet]:
    """Open the sheet with this `title` of an XLSX file that messages call `name`.

    Without a title it is the first that is not hidden, or the first where all are. Raises
    InputError where the file is damaged or exceeds the `limits`, or has no such sheet.
    """
    with ExitStack() as stack:
        try:
            book = _Book(name, stack.enter_context(ZipFile(file)), limits)
            sheets, first_visible, epoch = _contents(book)
            if title is not None and title not in sheets:
                known = shorten(", ".join(sheets))
                raise InputError(f"{name} has no sheet {shorten(title)!r}; its sheets: {known}.")
            if not sheets:
                raise InputError(f"{name} has no sheet.")
            title = first_visible if title is None else title
            values = _Values(epoch, _shared_texts(book), _durations(book))
        except Exception as error:
            raise _damaged(name, error) from None
        yield Sheet(_records(_rows(book, sheets[title], values)), title, list(sheets))


def _damaged(name: str, error: Exception) -> InputError:
    """Return the error to raise for what zipfile, zlib, expat or a wrong value raised."""
    if isinstance(error, InputError):
        return error
    return InputError(
        f"{name} is a damaged XLSX file ({type(error).__name__}): save it again, or as CSV."
    )


class _Book:
    """The parts of an XLSX file; `relations` has kind and place of what the workbook refers to."""

    def __init__(self, name: str, archive: ZipFile, limits: Limits):
        self.name, self.archive, self.limits = name, archive, limits
        unpacked = sum(part.file_size for part in archive.infolist())  # no part gives more
        if unpacked > limits.max_unpacked:
            raise InputError(
                f"{name} unpacks to {unpacked / 1e6:,.0f} MB, and {limits.max_unpacked / 1e6:,.0f} "
                "MB are the most: give it in parts or as CSV."
            )
        self.relations: dict[str, tuple[str, str]] = {}
        for tag, attributes, _ in self.tags("xl/_rels/workbook.xml.rels"):
            if tag == "Relationship" and attributes:
                kind = attributes["Type"].rpartition("/")[2]
                self.relations[attributes["Id"]] = kind, attributes["Target"]

    def tags_of(self, kind: str, max_elements: int = MAX_OTHERS) -> Iterator[Tag]:
        """Yield the tags of the part of this kind that the workbook names, or of the usual one."""
        part = part_at(dict(self.relations.values()).get(kind, f"{kind}.xml"))
        return self.tags(part, max_elements) if part in self.archive.NameToInfo else iter(())

    def tags(self, part: str, max_elements: int = MAX_OTHERS) -> Iterator[Tag]:
        """Yield the tags of a part, without their namespaces.

        Raises InputError for more than `max_elements`, ValueError for XML that no spreadsheet has.
        """
        if self.archive.getinfo(part).compress_type not in (ZIP_STORED, ZIP_DEFLATED):
            raise ValueError("a compression that no spreadsheet has and that may need gigabytes")
        # A tag begins with "<", and one that ends an element with "</".
        elements = sum(piece.count(b"<") - piece.count(b"</") for piece in self._pieces(part))
        if elements > max_elements:
            raise InputError(
                f"{self.name} has more than {max_elements:,} cells, rows, texts or formats, the "
                "empty ones included: give it in parts or as CSV."
            )
        found: list[Tag] = []
        text: list[str] = []
        depth = 0

        def start(tag: str, attributes: dict[str, str]) -> None:
            nonlocal depth
            depth += 1
            if depth > MAX_DEPTH:
                raise ValueError("elements nested too deeply")
            text.clear()
            found.append((tag.rpartition("}")[2], attributes, ""))

        def end(tag: str) -> None:
            nonlocal depth
            depth -= 1
            found.append((tag.rpartition("}")[2], None, "".join(text)))
            text.clear()

        def refuse(*_: object) -> None:
            raise ValueError("a document type, whose entities may grow without limit")

        parser = expat.ParserCreate(namespace_separator="}")
        parser.buffer_text = True
        parser.StartElementHandler, parser.EndElementHandler = start, end
        parser.CharacterDataHandler, parser.StartDoctypeDeclHandler = text.append, refuse
        read = 0
        for piece in self._pieces(part):
            read += len(piece)
            parser.Parse(piece)
            if read - parser.CurrentByteIndex > MAX_TAG:
                raise ValueError("a tag that is too long")
            yield from found
            found.clear()
        parser.Parse(b"", True)

    def _pieces(self, part: str) -> Iterator[bytes]:
        """Yield the bytes of a part, unpacked; no piece ends between the two signs of "</"."""
        with self.archive.open(part) as file:
            while piece := file.read(PIECE_BYTES):
                yield piece + (file.read(1) if piece.endswith(b"<") else b"")


def part_at(place: str) -> str:
    """Return the name of the part at a place that is given from the workbook's folder.

    >>> part_at("worksheets/sheet1.xml") == part_at("/xl/worksheets/sheet1.xml")
    True
    """
    return posixpath.normpath(posixpath.join("/xl", place)).lstrip("/")


def _contents(book: _Book) -> tuple[dict[str, str], str, datetime]:
    """Return the part of each sheet by title, the first visible title, the day of number 0."""
    parts: dict[str, str] = {}
    visible, epoch = [], WINDOWS_EPOCH
    for tag, attributes, _ in book.tags("xl/workbook.xml"):
        if tag == "workbookPr" and attributes and attributes.get("date1904") in ("1", "true"):
            epoch = MAC_EPOCH
        elif tag == "sheet" and attributes:
            title = attributes["name"]
            relation = next((v for k, v in attributes.items() if k.endswith("}id")), "")
            kind, place = book.relations.get(relation, ("", ""))
            if kind == "worksheet":  # others are charts
                parts[title] = part_at(place)
                visible += [title] * (attributes.get("state", "visible") == "visible")
    return parts, next(iter(visible or parts), ""), epoch


def _shared_texts(book: _Book) -> list[str]:
    """Return the texts that cells refer to by their number."""
    texts: list[str] = []
    pieces: list[str] = []
    is_spoken = False  # how a text is pronounced
    for tag, attributes, text in book.tags_of("sharedStrings", book.limits.max_elements):
        if tag == "rPh":
            is_spoken = attributes is not None
        elif attributes is not None:
            continue
        elif tag == "t" and not is_spoken:
            pieces.append(text)
        elif tag == "si":
            texts.append(_unescaped("".join(pieces)))
            pieces.clear()
    return texts


def _unescaped(text: str) -> str:
    """Return a text with the characters that XML cannot hold.

    >>> _unescaped("Via Roma 1_x000D_"), _unescaped("_x005F_x000D_")
    ('Via Roma 1\\r', '_x000D_')
    """
    return ESCAPED.sub(lambda match: chr(int(match[1], 16)), text) if "_x" in text else text


def _durations(book: _Book) -> dict[int, bool]:
    """Return whether a format of dates is one of durations, by the number of a cell's style."""
    codes: dict[int, str] = {}
    formats: list[int] = []  # of each style
    is_inside = False
    for tag, attributes, _ in book.tags_of("styles"):
        if tag == "cellXfs":
            is_inside = attributes is not None
        elif tag == "numFmt" and attributes:
            codes[int(attributes["numFmtId"])] = attributes["formatCode"]
        elif tag == "xf" and is_inside and attributes is not None:
            formats.append(int(attributes.get("numFmtId", 0)))
    durations = {}
    for number in set(formats):
        code = codes.get(number) or builtin_format_code(number) or ""
        if len(code) <= LONGEST_FORMAT and is_date_format(code):
            durations[number] = is_timedelta_format(code)
    return {i: durations[number] for i, number in enumerate(formats) if number in durations}


class _Values(NamedTuple):
    """What makes values of what cells hold."""

    epoch: datetime
    texts: list[str]
    durations: dict[int, bool]

    def value(self, text: str, cell: Mapping[str, str]) -> object:
        """Return the value of a cell with these attributes in which `text` stands."""
        kind, style = cell.get("t", "n"), int(cell.get("s", 0))
        if kind == "s":
            return self.texts[int(text)]
        if kind == "b":
            return text in ("1", "true")
        if kind == "d":
            return _without_midnight(from_ISO8601(text))
        if kind != "n":
            return _unescaped(text)
        number = int(text) if INTEGER.fullmatch(text) else float(text)
        if style in self.durations:
            with suppress(OverflowError, ValueError):  # beyond the dates: a number
                is_duration = self.durations[style]
                return _without_midnight(from_excel(number, self.epoch, timedelta=is_duration))
        return number


def _without_midnight(value: object) -> object:
    """Return a midnight as the day that it is, anything else as it stands."""
    return value.date() if isinstance(value, datetime) and value.time() == time() else value


def _rows(book: _Book, part: str, values: _Values) -> Iterator[tuple[int, list]]:
    """Yield number and cells of each row that is not blank, without empty cells at its end."""
    name, limits = book.name, book.limits
    row = column = characters = 0
    cells: dict[int, object] = {}  # of this row, by column from 1
    cell: dict[str, str] = {}
    pieces: list[str] = []  # of the text of this cell
    is_formula = is_spoken = False
    try:
        for tag, attributes, text in book.tags(part, limits.max_elements):
            if tag == "c" and attributes is not None:
                place = attributes.get("r", "").rstrip("0123456789")
                column = column_index_from_string(place) if place else column + 1
                cell, pieces, is_formula = attributes, [], False
            elif tag == "row" and attributes is not None:
                row, last = int(float(attributes.get("r", row + 1))), row
                if row > LAST_ROW:
                    raise InputError(f"{name} has more than {LAST_ROW:,} rows.")
                if row <= last:
                    raise ValueError("rows that are not in order")
                column = 0
            elif tag == "rPh":
                is_spoken = attributes is not None
            elif tag == "f":
                is_formula = True
            elif tag == "v" or tag == "t":
                pieces += [text] * (not is_spoken)
            elif tag == "c" and (content := "".join(pieces)):
                cells[column] = value = values.value(content, cell)
                characters += len(value) if isinstance(value, str) else 0
                if column > limits.max_columns:
                    raise InputError(
                        f"{name}, row {row}: more than {limits.max_columns:,} columns."
                    )
                if characters > limits.max_unpacked:  # many cells may share one long text
                    most = f"{limits.max_unpacked / 1e6:,.0f} MB"
                    raise InputError(f"{name} has more than {most} of text: give it in parts.")
            elif tag == "c" and is_formula and cell.get("t") != "str":
                cells[column] = UNSAVED
            elif tag == "row" and cells:
                yield row, [cells.get(i) for i in range(1, max(cells) + 1)]
                cells = {}
            elif tag == "sheetData" and attributes is None:
                return  # the rest is of its looks
    except Exception as error:
        raise _damaged(name, error) from None


def _records(rows: Iterator[tuple[int, list]]) -> Iterator[Record]:
    """Yield the records; all are as wide as the widest of the first SAMPLE_ROWS.

    Blank rows between others have a problem each.
    """
    sample = list(islice(rows, SAMPLE_ROWS))
    width = max((len(cells) for _, cells in sample), default=0)
    last = None
    for number, cells in chain(sample, rows):
        yield from blank_records(range(last or number, number))
        last = number + 1
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
