"""Files and standard streams to read text from and to write bytes to.

Reading unpacks gzip and drops a BOM; a file is written whole or not at all. Knows nothing of rows.
"""

import gzip
import io
import os
import stat
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO, NamedTuple, TextIO, cast

from ..errors import InputError

STANDARD_STREAM = "-"


class Source(NamedTuple):
    """An open input: name, text, bytes in all (None if unknown), a function for bytes read."""

    name: str
    text: TextIO
    delimiter: str
    size: int | None
    position: Callable[[], int]


@contextmanager
def open_source(path: str) -> Iterator[Source]:
    """Open a file, or standard input for `-`: UTF-8, a BOM dropped; gzip known by its first bytes.

    A file whose name ends in .tsv or .tsv.gz is separated by tabs, any other by commas.
    """
    is_stdin = path == STANDARD_STREAM
    name = "standard input" if is_stdin else path
    delimiter = "\t" if path.removesuffix(".gz").endswith(".tsv") else ","
    try:
        raw = open(0 if is_stdin else path, "rb", buffering=0, closefd=not is_stdin)  # noqa: SIM115
        file = io.BufferedReader(raw, 1 << 16)
        is_gzip = file.peek(2).startswith(b"\x1f\x8b")
    except OSError as error:
        raise unreadable(name, error) from None
    with raw:
        status = os.fstat(raw.fileno())
        size = status.st_size if stat.S_ISREG(status.st_mode) else None
        # A byte that is not UTF-8 becomes a surrogate here and its reader's problem later.
        text = io.TextIOWrapper(
            gzip.GzipFile(fileobj=file) if is_gzip else file,
            "utf-8-sig",
            "surrogateescape",
            newline="",
        )
        yield Source(name, text, delimiter, size, (lambda: 0) if size is None else raw.tell)


def unreadable(name: str, error: Exception) -> InputError:
    """Return the InputError that says why the input `name` could not be opened or read."""
    if isinstance(error, FileNotFoundError):
        return InputError(f"No file {name}: give a CSV file, or - for standard input.")
    if isinstance(error, (gzip.BadGzipFile, zlib.error, EOFError)):
        return InputError(f"{name} is not a whole gzip file: compress it anew with gzip.")
    return InputError(f"{name} cannot be read: {getattr(error, 'strerror', None) or error}.")


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
