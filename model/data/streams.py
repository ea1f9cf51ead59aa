"""Files and standard streams to read text from and to write bytes to.

Reading unpacks gzip and finds the encoding; a file is written whole or not at all. Independent of
rows.
"""

import gzip
import io
import os
import stat
import zlib
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from itertools import chain, islice
from pathlib import Path
from typing import Any, BinaryIO, cast

from ..errors import InputError
from .decoding import CHUNK_BYTES, UTF_8, Encoding, Utf8Reader, find_encoding
from .signatures import what_it_is

STANDARD_STREAM = "-"
LONGEST_LINE = 1_000_000  # characters; what is longer is not a table, and might not fit in memory
DECIDING_BYTES = 1_000_000  # of standard input: they say what encoding it is in
SMALL_BYTES, MAX_RATIO = 100_000_000, 300  # a gzip file of more unpacks to no more times its size
GZIP_ERRORS = (gzip.BadGzipFile, zlib.error, EOFError)


class Source:
    """An open input, read line by line.

    `name` is how messages call it, `size` is its number of bytes (None if unknown), `position()`
    how many have been read. Bytes that the `encoding` does not define are surrogates in its lines.
    """

    def __init__(
        self,
        name: str,
        chunks: Iterator[bytes],
        encoding: Encoding = UTF_8,
        *,
        size: int | None = None,
        position: Callable[[], int] = lambda: 0,
    ):
        self.name, self.size, self.position, self.encoding = name, size, position, encoding
        reader = cast(BinaryIO, Utf8Reader(chunks, encoding))
        self._text = io.TextIOWrapper(reader, "utf-8", "surrogateescape", newline="")
        self._ahead: deque[str] = deque()  # lines that have been looked at only
        self.passed = 0  # lines before the table, which are not read as rows

    @property
    def newline(self) -> str:
        """The end of its lines, `\\n` where they differ or none has been read."""
        return self._text.newlines if isinstance(self._text.newlines, str) else "\n"

    def readline(self) -> str:
        """Return the next line with its end, nothing at the end; raise InputError.

        A line of LONGEST_LINE characters or more is returned in parts.
        """
        return self._ahead.popleft() if self._ahead else self._read()

    def peek(self, lines: int) -> str:
        """Return the first so many of the lines to come, or all where there are fewer."""
        while len(self._ahead) < lines and (line := self._read()):
            self._ahead.append(line)
        return "".join(islice(self._ahead, lines))

    def pass_over(self, lines: int) -> None:
        """Leave out so many of the lines to come; they count in the numbers of those below."""
        for _ in range(lines):
            self.readline()
        self.passed += lines

    def _read(self) -> str:
        try:
            return self._text.readline(LONGEST_LINE)
        except (OSError, *GZIP_ERRORS) as error:
            raise unreadable(self.name, error) from None


@contextmanager
def open_source(path: str, *, strict: bool = False) -> Iterator[Source]:
    """Open a file, or standard input for `-`; gzip is known by its first bytes.

    decoding.py finds the encoding, unless `strict` asks for UTF-8 and nothing else: of a file in a
    first pass, which also measures what a gzip file unpacks to, and of standard input by what comes
    first. Raises InputError for what is not text.
    """
    is_stdin = path == STANDARD_STREAM
    name = "standard input" if is_stdin else path
    try:
        raw = open(0 if is_stdin else path, "rb", buffering=0, closefd=not is_stdin)  # noqa: SIM115
    except OSError as error:
        raise unreadable(name, error) from None
    with raw:
        status = os.fstat(raw.fileno())
        size = status.st_size if stat.S_ISREG(status.st_mode) else None
        file = io.BufferedReader(raw, CHUNK_BYTES)
        try:
            if size is None or is_stdin:
                chunks = _chunks(file)
                head = _first(chunks, DECIDING_BYTES)
                _check_kind(name, head)
                encoding = UTF_8 if strict else find_encoding([head])
                chunks = chain([head], chunks)
            else:
                encoding = _first_pass(name, file, size, strict)
                file.seek(0)
                chunks = _chunks(file)
        except (OSError, *GZIP_ERRORS) as error:
            raise unreadable(name, error) from None
        position = (lambda: 0) if size is None else raw.tell
        yield Source(name, chunks, encoding, size=size, position=position)


def source_of(name: str, content: bytes, max_bytes: int, *, strict: bool = False) -> Source:
    """Return a Source of bytes that are in memory, gzip unpacked; raise InputError.

    Unpacked they may have `max_bytes`, and not more than that is ever unpacked.
    """
    try:
        chunks = _chunks(io.BufferedReader(io.BytesIO(content), CHUNK_BYTES))
        content = _first(chunks, max_bytes + 1)
    except (OSError, *GZIP_ERRORS) as error:
        raise unreadable(name, error) from None
    if len(content) > max_bytes:
        raise InputError(f"{name} has more than {max_bytes / 1e6:g} MB: give it in parts.")
    _check_kind(name, content)
    return Source(name, iter([content]), UTF_8 if strict else find_encoding([content]))


def _chunks(file: "io.BufferedReader[Any]") -> Iterator[bytes]:
    """Return the bytes of a file, unpacked if it is a gzip file."""
    is_gzip = file.peek(2).startswith(b"\x1f\x8b")
    read = gzip.GzipFile(fileobj=file).read1 if is_gzip else file.read1
    return iter(partial(read, CHUNK_BYTES), b"")


def _first(chunks: Iterator[bytes], size: int) -> bytes:
    """Return at least the first `size` bytes of the chunks, or all where there are fewer."""
    found, total = [], 0
    while total < size and (chunk := next(chunks, b"")):
        found.append(chunk)
        total += len(chunk)
    return b"".join(found)


def _first_pass(name: str, file: "io.BufferedReader[Any]", size: int, strict: bool) -> Encoding:
    """Return the encoding of a file; raise InputError if it is no text or a gzip bomb."""
    is_gzip = file.peek(2).startswith(b"\x1f\x8b")
    chunks = _chunks(file)
    head = _first(chunks, CHUNK_BYTES)
    _check_kind(name, head)
    if is_gzip:
        chunks = _measured(name, chunks, size)
    encoding = UTF_8 if strict else find_encoding(chain([head], chunks))
    deque(chunks if is_gzip else (), maxlen=0)  # to its end, which may be missing
    return encoding


def _measured(name: str, chunks: Iterator[bytes], size: int) -> Iterator[bytes]:
    unpacked = 0
    for chunk in chunks:
        unpacked += len(chunk)
        if unpacked > max(SMALL_BYTES, MAX_RATIO * size):
            raise InputError(
                f"{name} unpacks to more than {MAX_RATIO} times its size, as no table does: "
                "unpack it with gunzip if you trust it."
            )
        yield chunk


def _check_kind(name: str, head: bytes) -> None:
    if kind := what_it_is(head):
        raise InputError(f"{name} seems to be {kind}: give CSV, TSV, TXT, JSON Lines or XLSX.")


def unreadable(name: str, error: Exception) -> InputError:
    """Return the InputError that says why the input `name` could not be opened or read."""
    if isinstance(error, FileNotFoundError):
        return InputError(f"No file {name}: give a table, or - for standard input.")
    if isinstance(error, GZIP_ERRORS):
        return InputError(f"{name} is not a complete gzip file: compress it again with gzip.")
    return InputError(f"{name} cannot be read: {getattr(error, 'strerror', None) or error}.")


def check_distinct(source: str, output: str) -> None:
    """Raise InputError if writing `output` would overwrite `source`: one file, by whatever path."""
    try:
        found = os.stat(0 if source == STANDARD_STREAM else source)
        target = os.stat(1 if output == STANDARD_STREAM else output)
    except (OSError, ValueError):
        return  # there is no such file: opening it raises the error
    if stat.S_ISREG(found.st_mode) and os.path.samestat(found, target):
        name = "standard output" if output == STANDARD_STREAM else output
        raise InputError(f"{name} is the input itself: write to another file.")


@contextmanager
def open_output(path: str) -> Iterator[BinaryIO]:
    """Open a file to write, or standard output for `-`; gzip where the name ends in .gz.

    A file is written under another name beside its place and put there at the end. A device or a
    pipe is written directly.
    """
    name = "standard output" if path == STANDARD_STREAM else path
    try:
        if path == STANDARD_STREAM:
            with open(1, "wb", closefd=False) as file:
                yield file
        elif os.path.exists(path) and not os.path.isfile(path):
            with open(path, "wb") as file:
                yield file
        else:
            with _new_file(Path(os.path.realpath(path))) as file:
                yield file
    except BrokenPipeError:
        raise  # the reader has seen enough: no fault
    except OSError as error:
        raise InputError(f"{name} cannot be written: {error.strerror or error}.") from None


@contextmanager
def _new_file(path: Path) -> Iterator[BinaryIO]:
    unfinished = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        with open(unfinished, "xb") as file:
            if path.suffix == ".gz":
                with gzip.GzipFile("", "wb", fileobj=file, mtime=0) as packed:
                    yield cast(BinaryIO, packed)
            else:
                yield file
            file.flush()
            os.fsync(file.fileno())
        unfinished.replace(path)
    finally:
        unfinished.unlink(missing_ok=True)
