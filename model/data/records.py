"""Records of a table one by one, each with its line number and with what is wrong with it.

    text_records     CSV with any delimiter, quotes and line ends in quotes; or, where a quote is a
                     character like any other, lists and a contest's tables
    json_records     one JSON object a line
    sheet_records    a sheet of an XLSX file: numbers, dates, texts, and of formulas the values that
                     they had when the file was saved

What to do about a record that has a problem is left to the caller. openpyxl reads a sheet after a
scan by expat: a hostile file of 13 kB makes openpyxl take 2 GB or 20 seconds, because it builds
objects of all elements. (python-calamine holds a sheet as a rectangle: 5 kB with cells in two
corners ask it for half a terabyte.)
"""

import csv
import io
import json
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, time
from itertools import chain
from typing import Any, NamedTuple
from xml.parsers import expat
from zipfile import ZIP_DEFLATED, ZIP_STORED, ZipFile

from ..errors import InputError, reason, shorten

DELIMITERS = ";\t,|"  # of equal ones the first: "3,5;4,5" has decimal commas
HEAD_LINES = 20  # which say what the delimiter is
SAMPLE_ROWS = 200  # the first ones, which say what the columns are
MOST_LINES = 1000  # of a record: a quote that is open for longer was never meant to be
MOST_AHEAD = 20_000  # lines of a file that are looked at in vain for the end of a quote
EMPTY = "the line is empty"
LONG_CELL = (
    20  # lines of a long text in quotes, which may have as many commas as the columns
)
NOT_CSV = "not CSV ({}): fix the quotes"
QUOTED = re.compile('"[^"]*(?:""[^"]*)*"')
SURROGATES = re.compile("[\ud800-\udfff]")
LAST_ROW, LAST_COLUMN = 1_048_576, 16_384  # of a sheet
CELLS = "row c v f is si t r rPr".split()  # the tags that openpyxl reads fast
MAX_OTHERS = 50_000  # of all parts together
TOO_MANY = "more cells, styles or other elements than are read (of cells {:,}, with empty ones)"
MAX_TAG = 100_000  # bytes; expat holds a tag in memory as a whole
LONGEST_FORMAT = 255  # characters of a number format, in Excel
PIECE_BYTES = 1 << 14


class Record(NamedTuple):
    """One record: the line it starts at, its cells as texts, what is wrong with it, if anything.

    `values` are the cells of a sheet as they are typed, or the object of a JSON line. Of a line
    that is not a record the whole is one cell.
    """

    line: int
    fields: list[str]
    problem: str | None = None
    values: Any = None


@dataclass(frozen=True)
class Limits:
    """What a table may have, and what to do if it has more. The defaults are those of `predict`."""

    max_bytes: int = 50_000_000  # unpacked; of a sheet characters of its cells
    max_rows: int = 3_000_000
    max_columns: int = LAST_COLUMN
    max_cells: int = 20_000_000  # of sheets, empty ones too
    max_unpacked: int = 500_000_000  # bytes of an XLSX file's parts
    advice: str = "split it, or see examples/ray_predict.py"

    def exceeded(self, name: str, what: str) -> InputError:
        """Return the error of a table that has more."""
        return InputError(f"{name} has {what}: {self.advice}.")


TRAINING = Limits(
    100_000_000, 5_000_000, advice="leave rows out, because all must fit in memory"
)


def delimiter_of(lines: Sequence[str]) -> str:
    """Return what parts the columns: what most of the first lines have equally often.

    Of equal ones it is what the first line has most of; only what is outside quotes counts.

    >>> delimiter_of(["Staff, 2024", "id|name", "1|Kim"]), delimiter_of(['"a,b,c";name'])
    ('|', ';')
    """
    head = QUOTED.sub("", "".join(lines[:MOST_LINES])).splitlines()[:HEAD_LINES]

    def rank(delimiter: str) -> tuple[int, int, int]:
        counts = [line.count(delimiter) for line in head if line]
        usual = max(filter(None, counts), key=counts.count, default=0)
        return counts.count(usual) * bool(usual), next(iter(counts), 0), usual

    best = max(DELIMITERS, key=rank)
    return best if any(rank(best)) else ","


def text_records(
    lines: Sequence[str],
    delimiter: str,
    *,
    quoted: bool = True,
    short: bool = True,
    at: int = 0,
) -> Iterator[Record]:
    """Yield every record from line `at` on; the first one says how many columns there are.

    Without a `delimiter` a line is one cell. An empty last cell that the first record lacks is
    taken away, one that it alone has is added. Where cells may be `quoted`, a quote that is never
    closed costs its own line only, and so does one that joins lines which have all their columns
    without it, where texts are `short` or it joins many lines. After MOST_AHEAD lines that were
    looked at in vain, a quote may join LONG_CELL lines only.
    """
    first: list[str] = []
    spare = MOST_AHEAD
    while at < len(lines):
        line, taken, problem = lines[at].rstrip("\r\n"), 1, ""
        if not quoted or '"' not in line:  # ten times as fast
            is_empty = not (line if quoted else line.strip())
            fields = [] if is_empty else line.split(delimiter) if delimiter else [line]
        else:
            ahead = min(MOST_LINES, max(LONG_CELL, spare))
            rest = (lines[i] for i in range(at, min(at + ahead, len(lines))))
            read = csv.reader(rest, delimiter=delimiter, strict=True)
            try:
                fields, taken = next(read), read.line_num
            except csv.Error as error:
                is_open = "end of data" in str(error)
                problem = NOT_CSV.format(
                    "a quote is never closed" if is_open else error
                )
        joined = (
            lines[at : at + taken] if taken > 1 and (short or taken > LONG_CELL) else []
        )
        if joined and all(line.count(delimiter) == len(first) - 1 for line in joined):
            problem = NOT_CSV.format(f"a quote joins {taken} lines")
        if problem:
            fields, taken = [line], 1
            spare -= read.line_num
        elif not fields:
            problem = EMPTY
        elif not first:
            first = fields
        elif (
            len(fields) == len(first) + 1 and not fields[-1]
        ):  # "1,Rossi," below "id,surname"
            fields.pop()
        elif len(fields) == len(first) - 1 and not first[-1]:  # or the other way round
            fields.append("")
        if not problem and len(fields) != len(first):
            problem = f"{len(fields)} columns, and the first line has {len(first)}: fix the line"
        yield Record(at + 1, fields, problem or None)
        at += taken


def json_records(lines: Sequence[str]) -> Iterator[Record]:
    """Yield the keys of all objects, which name the columns, then a record for each line."""
    records: list[Record] = []
    for record in text_records(lines, "", quoted=False):
        try:
            value = None
            if not record.problem:
                value = json.loads(record.fields[0], object_pairs_hook=_object)
            records.append(record._replace(values=value))
        except InputError as error:
            records.append(record._replace(problem=str(error)))
        except (ValueError, RecursionError) as error:
            fault = getattr(error, "msg", None) or "nested or long beyond reason"
            records.append(record._replace(problem=f"not JSON ({fault}): fix the line"))
    objects = (record.values for record in records if isinstance(record.values, dict))
    names = list(dict.fromkeys(chain.from_iterable(objects))) or [""]
    yield Record(0, list(map(without_surrogates, names)))
    for record in records:
        if isinstance(record.values, dict):
            yield record._replace(
                fields=[text_of(record.values.get(name)) for name in names]
            )
        else:
            yield record._replace(
                problem=record.problem or "not a JSON object: fix the line"
            )


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """Return a JSON object; raise InputError for a key twice: one of the values would be lost."""
    value: dict[str, Any] = {}
    for key, part in pairs:
        if key in value:
            shown = shorten(repr(key), 60)
            raise InputError(f"the object has {shown} twice: fix the line")
        value[key] = part
    return value


def without_surrogates(text: str) -> str:
    """Return `text` with U+FFFD, a sign for what cannot be read, in place of each surrogate."""
    return text if text.isascii() else SURROGATES.sub("\ufffd", text)


def text_of(value: object) -> str:
    """Return a value of JSON or of a sheet as the text that a CSV file has of it.

    >>> text_of("Rossi"), text_of(None), text_of(2.0), text_of(True), text_of(["a"])
    ('Rossi', '', '2', 'true', '["a"]')
    >>> text_of(datetime(2024, 2, 3, 4, 5))
    '2024-02-03 04:05:00'
    """
    if isinstance(value, str):
        return without_surrogates(value)
    if value is None:
        return ""
    if isinstance(value, float) and value.is_integer() and abs(value) < 1e15:
        value = int(value)
    if isinstance(value, bool | float | list | dict):
        return without_surrogates(json.dumps(value, ensure_ascii=False))
    return str(value)  # a whole number, a date, a time or a duration


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
        book = _workbook(content)
        sheets = {sheet.title: sheet for sheet in book.worksheets}
        if title is not None and title not in sheets:
            known = shorten(", ".join(sheets))
            raise InputError(
                f"{name} has no sheet {shorten(title)!r}; its sheets: {known}."
            )
        visible = [
            key for key, sheet in sheets.items() if sheet.sheet_state == "visible"
        ]
        chosen = [*visible, *sheets][0] if title is None else title
        records = _records(name, sheets[chosen], limits)
    except InputError:
        raise
    except (
        Exception
    ) as error:  # openpyxl raises errors of every kind for parts that are malformed
        raise InputError(
            f"{name} is a damaged XLSX file ({reason(error)}): save it again, or as CSV."
        ) from None
    note = f"sheet {shorten(chosen)}, the first visible of {len(sheets)}"
    return records, note * (title is None and len(sheets) > 1)


def _scan(name: str, archive: ZipFile, limits: Limits) -> None:
    """Raise InputError for a workbook of too much, and ValueError for what no spreadsheet has."""
    parts = archive.infolist()
    unpacked = sum(part.file_size for part in parts)  # no part gives more
    if unpacked > limits.max_unpacked:
        raise limits.exceeded(name, f"{unpacked / 1e6:,.0f} MB when unpacked")
    tags = Counter[str]()

    def count(tag: str, attributes: dict[str, str]) -> None:
        tags[tag.rpartition(":")[2]] += 1
        if len(attributes.get("formatCode", "")) > LONGEST_FORMAT:
            raise ValueError(
                "a format in which openpyxl looks for the end of each bracket"
            )

    def refuse(*_: Any) -> None:
        raise ValueError("a document type, whose entities may grow without limit")

    for part in parts:
        if part.compress_type not in (ZIP_STORED, ZIP_DEFLATED):
            raise ValueError("a compression that may need gigabytes")
        content, parser = archive.read(part), expat.ParserCreate()
        parser.StartElementHandler, parser.StartDoctypeDeclHandler = count, refuse
        with suppress(expat.ExpatError):  # a picture; or openpyxl fails likewise
            for at in range(0, len(content), PIECE_BYTES):
                parser.Parse(content[at : at + PIECE_BYTES])
                cells = sum(tags[tag] for tag in CELLS)
                if cells > 2 * limits.max_cells or tags.total() - cells > MAX_OTHERS:
                    raise limits.exceeded(name, TOO_MANY.format(limits.max_cells))
                if at - parser.CurrentByteIndex > MAX_TAG:
                    raise ValueError("a tag that is too long")
    if tags["sheet"] > len(parts):
        raise ValueError("sheets that share a part, which openpyxl reads for each")


def _workbook(content: bytes) -> Any:
    """Return a workbook of openpyxl, with `_xHHHH_` in shared texts as the file has it.

    openpyxl itself would take the escape away from `_x005F_x000D_`, the text `_x000D_`, and not
    decode `_x000D_`, a line end; then nobody could tell the two apart.
    """
    # Here because a page and most tables go without it
    from openpyxl.cell.text import Text
    from openpyxl.reader.excel import SHARED_STRINGS, ExcelReader
    from openpyxl.xml.functions import iterparse

    class Reader(ExcelReader):  # type: ignore[misc]
        def read_strings(self) -> None:
            part = self.package.find(SHARED_STRINGS)
            if part is None:
                return
            with self.archive.open(part.PartName[1:]) as source:
                for _, node in iterparse(source):
                    if node.tag.endswith("}si"):
                        self.shared_strings.append(Text.from_tree(node).content)
                        node.clear()

    how = {"read_only": True, "data_only": True, "keep_links": False}
    reader = Reader(io.BytesIO(content), **how)
    reader.read()
    return reader.wb


def _records(name: str, sheet: Any, limits: Limits) -> list[Record]:
    """Return the rows, all as wide as the widest of the first ones; a blank one has a problem."""
    from openpyxl.utils.escape import unescape  # _x000D_ is a line end, _x005F_ its "_"

    sheet.reset_dimensions()  # what the file says of its size may be wrong
    rows: list[list] = []
    characters = total = 0
    for row in sheet.iter_rows(values_only=True):
        # A midnight is the day that it is.
        cells = [
            c.date() if isinstance(c, datetime) and c.time() == time() else c
            for c in row
        ]
        cells = [unescape(c) if isinstance(c, str) else c for c in cells]
        while cells and cells[-1] is None:
            cells.pop()
        total += len(cells)
        characters += sum(len(cell) for cell in cells if isinstance(cell, str))
        if characters > limits.max_bytes or total > limits.max_cells:
            raise limits.exceeded(name, "too much text in its cells")
        if len(rows) == LAST_ROW:
            raise ValueError("more rows than a sheet has")
        rows.append(cells)
    width = max(map(len, rows[:SAMPLE_ROWS]), default=0) or max(
        map(len, rows), default=0
    )
    records = []
    for number, cells in enumerate(rows, start=1):
        many = f"{len(cells)} columns, and the first rows have {width}: fix the row"
        problem = EMPTY if not cells else many if len(cells) > width else None
        cells += [None] * (width - len(cells)) if cells else []
        records.append(
            Record(number, list(map(text_of, cells)), problem, cells or None)
        )
    return records
