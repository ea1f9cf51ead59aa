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
from itertools import islice
from pathlib import Path
from typing import BinaryIO, cast

from ..errors import InputError
from .decoding import CHUNK_BYTES, UTF_8, BinaryFile, Encoding, Utf8Reader

STANDARD_STREAM = "-"
LONGEST_LINE = 1_000_000  # characters; what is longer is not a table, and might not fit in memory


class Source:
    """An open input, read line by line.

    `name` is how messages call it, `size` is its number of bytes (None if unknown), `position()`
    how many have been read. With `strict` it is read as UTF-8 whatever it is. Bytes that the
    encoding does not define are surrogates in its lines.
    """

    def __init__(
        self,
        name: str,
        file: BinaryFile,
        *,
        strict: bool = False,
        size: int | None = None,
        position: Callable[[], int] = lambda: 0,
    ):
        self.name, self.size, self.position = name, size, position
        self._reader = None if strict else Utf8Reader(file)
        decoded = cast(BinaryIO, self._reader or file)
        codec = "utf-8-sig" if strict else "utf-8"
        self._text = io.TextIOWrapper(decoded, codec, "surrogateescape", newline="")
        self._ahead: deque[str] = deque()  # lines that have been looked at only

    @property
    def encoding(self) -> Encoding:
        """The encoding, as far as it has been read."""
        return self._reader.encoding if self._reader else UTF_8

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

    def _read(self) -> str:
        try:
            return self._text.readline(LONGEST_LINE)
        except (OSError, EOFError, zlib.error) as error:
            raise unreadable(self.name, error) from None


@contextmanager
def open_source(path: str, *, strict: bool = False) -> Iterator[Source]:
    """Open a file, or standard input for `-`; gzip is known by its first bytes.

    decoding.py finds the encoding, unless `strict` asks for UTF-8 and nothing else.
    """
    is_stdin = path == STANDARD_STREAM
    name = "standard input" if is_stdin else path
    try:
        raw = open(0 if is_stdin else path, "rb", buffering=0, closefd=not is_stdin)  # noqa: SIM115
        file = io.BufferedReader(raw, CHUNK_BYTES)
        is_gzip = file.peek(2).startswith(b"\x1f\x8b")
    except OSError as error:
        raise unreadable(name, error) from None
    with raw:
        status = os.fstat(raw.fileno())
        size = status.st_size if stat.S_ISREG(status.st_mode) else None
        unpacked = gzip.GzipFile(fileobj=file) if is_gzip else file
        position = (lambda: 0) if size is None else raw.tell
        yield Source(name, unpacked, strict=strict, size=size, position=position)


def unreadable(name: str, error: Exception) -> InputError:
    """Return the InputError that says why the input `name` could not be opened or read."""
    if isinstance(error, FileNotFoundError):
        return InputError(f"No file {name}: give a CSV file, or - for standard input.")
    if isinstance(error, (gzip.BadGzipFile, zlib.error, EOFError)):
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
