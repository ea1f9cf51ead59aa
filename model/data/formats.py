"""The formats that a table may have as text, and the bytes of a file to that text.

    CSV         id,surname      with any delimiter, and quotes
    LIST        Rossi, Maria    a text a line
    JSONL       {"name": "Kim"} an object a line, or an array of objects or of texts
    UNQUOTED    7<tab>so "bad"  tabs, and quotes that are characters like any other: a contest's

The content decides which format it is; the name of the file, where the content could be any.
"""

import gzip
import hashlib
import io
import json
import re
import sys
import zlib
from collections.abc import Iterable, Iterator, Sequence
from itertools import dropwhile, islice
from statistics import mode
from typing import NamedTuple

from ..errors import InputError, reason
from ..symbols import SURROGATES
from .headings import heading_index
from .hints import Hints
from .records import (
    EMPTY,
    HEAD_LINES,
    Limits,
    Record,
    delimiter_of,
    json_records,
    line_records,
    split_records,
    without_surrogates,
)

CSV = "CSV"
LIST = "list"
JSONL = "JSON Lines"
XLSX = "XLSX"
UNQUOTED = "text with tabs"
STANDARD_STREAM = "-"
NO_FILE = "No file {}: give a table, or - for standard input"
LONGEST_LINE = 1_000_000  # characters
SEPARATOR = re.compile('"?sep=([,;|\t])"?[\r\n]*', re.IGNORECASE)  # Excel's first line
JSON = re.compile(r'\[\s*(?:[\[{"\]]|$)|\{\s*(?:["}]|$)')  # an array or an object
ARRAY = re.compile(r'\s*\[\s*[{"]')  # of objects or texts


class Format(NamedTuple):
    """How a text is written, and at which of its lines the table starts, from 0."""

    name: str
    delimiter: str = ""
    start: int = 0

    def records(self, lines: Sequence[str], short: bool) -> Iterator[Record]:
        """Yield the records of lines; texts may be `short`, as names are."""
        if self.name == JSONL:
            return json_records(lines)
        if self.name == CSV:
            return split_records(lines, self.delimiter, short, self.start)
        return line_records(lines, self.delimiter)


def unpacked(
    name: str,
    path: str,
    content: bytes | str | None,
    limits: Limits,
) -> tuple[bytes | str, str]:
    """Return the content of a file, unpacked if it is gzipped, and the SHA-256 of its bytes.

    The file is read where there is no `content`. A text has "" as SHA-256. Raises InputError.
    """
    most = limits.max_bytes + 1
    sha256 = ""
    try:
        if content is None:
            content = _bytes_of(path, most)
        if isinstance(content, bytes):
            sha256 = hashlib.sha256(content).hexdigest()
            if content.startswith(b"\x1f\x8b"):
                content = gzip.GzipFile(fileobj=io.BytesIO(content)).read(most)
    except FileNotFoundError:
        raise InputError(f"{NO_FILE.format(name)}.") from None
    except (gzip.BadGzipFile, zlib.error, EOFError):
        raise InputError(
            f"{name} is not a complete gzip file: compress it again with gzip."
        ) from None
    except OSError as error:
        raise InputError(f"{name} cannot be read: {error.strerror or error}.") from None
    size = len(content)
    if isinstance(content, str):
        size = len(content.encode("utf-8", "replace"))
    if size >= most:
        raise limits.exceeded(
            name, f"more than {limits.max_bytes / 1e6:g} MB of content"
        )
    return content, sha256


def _bytes_of(path: str, most: int) -> bytes:
    if path == STANDARD_STREAM:
        if not sys.stdin:
            raise OSError("it is closed")
        return sys.stdin.buffer.read(most)
    with open(path, "rb") as file:
        return file.read(most)


def lines_of(name: str, text: str) -> list[str]:
    """Return the lines of a text with their ends, which may differ, without blank ones behind."""
    text = text.rstrip("\r\n")
    lines = list(io.StringIO(text, newline=""))
    longest = max(map(len, lines), default=0)
    if longest >= LONGEST_LINE:
        raise InputError(
            f"{name} has a line of {LONGEST_LINE:,} characters or more: split it."
        )
    return lines


def format_of(
    name: str,
    lines: Sequence[str],
    hints: Hints,
    format_name: str | None,
) -> Format:
    """Return how some lines are written: in the format of this name, or as they look.

    Raises InputError for JSON that is not one object a line.
    """
    if format_name is None:
        separator = SEPARATOR.fullmatch("".join(lines[:1]))
        if separator:
            return Format(CSV, separator[1], start=1)
        format_name = _name_of(name, lines, hints)
    if format_name == UNQUOTED:
        return Format(format_name, "\t")
    if format_name != CSV:
        return Format(format_name)
    if _has_ending(name, ".tsv"):
        return Format(CSV, "\t")
    return Format(CSV, delimiter_of(lines))


def _name_of(
    name: str,
    lines: Sequence[str],
    hints: Hints,
) -> str:
    first = next(filter(None, map(str.strip, lines)), "")
    columns = set(hints.unquoted)
    if columns and columns <= set(first.split("\t")):
        return UNQUOTED
    is_jsonl = first != "" and _has_ending(name, ".jsonl", ".ndjson")
    may_be_cut = is_jsonl and first != "{"
    if first.startswith("{") and (first.endswith("}") or may_be_cut):
        return JSONL
    if is_jsonl or JSON.match(first):
        raise InputError(
            f"{name} is neither JSON Lines nor a JSON array: give one JSON object a line, or an "
            "array of objects or of texts."
        )
    may_be_list = columns or _has_ending(name, ".txt")
    if not may_be_list or hints.has_labels or _has_ending(name, ".csv", ".tsv"):
        return CSV
    n_bars = mode([*(line.count("|") for line in lines[:HEAD_LINES]), 0])
    if "\t" in first or n_bars:
        return CSV
    for cells in (first.split(","), first.split(";")):
        if len(cells) > 1 and heading_index(cells, hints.all_headings) is not None:
            return CSV
    return LIST


def array_lines(name: str, text: str, heading: str) -> str:
    """Return a JSON array as JSON Lines, in which a text has this `heading`.

    >>> array_lines("a.json", '["Kim", {"name": "Rossi"}]', "name")
    '{"name": "Kim"}\\n{"name": "Rossi"}'
    """
    try:
        values = json.loads(text)
        objects = [v if isinstance(v, dict) else {heading: v} for v in values]
        return "\n".join(json.dumps(v, ensure_ascii=False) for v in objects)
    except (ValueError, RecursionError) as error:
        raise InputError(f"{name} is not JSON: {reason(error)}.") from None


def _has_ending(name: str, *endings: str) -> bool:
    unpacked = name.casefold().removesuffix(".gz")
    return unpacked.endswith(endings)


def limited(
    name: str,
    records: Iterable[Record],
    limits: Limits,
) -> list[Record]:
    """Return the records without blank ones at either end; raise InputError for too many, or none.

    The first ones are checked before the others are made, which may get as many cells.
    """
    filled = dropwhile(lambda record: record.problem == EMPTY, records)
    found = list(islice(filled, HEAD_LINES))
    if not found:
        raise InputError(f"{name} is empty: give at least one line.")
    width = max(len(record.fields) for record in found)
    if width > limits.max_columns:
        raise limits.exceeded(name, f"{width:,} columns")
    found += islice(filled, max(0, limits.max_rows + 2 - len(found)))
    if len(found) > limits.max_rows + 1:  # the first may be a header
        raise limits.exceeded(name, f"more than {limits.max_rows:,} rows")
    while found[-1].problem == EMPTY:
        found.pop()
    return found


def marked(
    record: Record,
    lines: Sequence[str],
    fault: str,
) -> Record:
    """Return a record with U+FFFD for each surrogate, and the problem `fault` if it has one."""
    # A line of JSON has lost its surrogates in its values.
    line = lines[record.line - 1 : record.line]
    if not any(map(SURROGATES.search, [*record.fields, *line])):
        return record
    fields = list(map(without_surrogates, record.fields))
    return record._replace(fields=fields, problem=record.problem or fault)
