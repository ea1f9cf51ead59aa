"""Writes files whole or not at all: whatever the program saves goes through `new_file`.

    with writing("out.csv"), new_file(Path("out.csv")) as file:
        file.write(b"Nakamura,Japanese\n")

out.csv appears, or has its new content, when the block ends; until then the bytes are in a hidden
file beside it.
"""

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from .errors import InputError


@contextmanager
def new_file(path: Path) -> Iterator[BinaryIO]:
    """Open a file that takes the place of `path` at the end of the block, in one step.

    If the block fails, and until it ends, what was there stays as it is; after it, both the file
    and its name are on the disk. Raises OSError.
    """
    unfinished = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        unfinished.unlink(
            missing_ok=True
        )  # of a process of this number that was killed
        with open(unfinished, "xb") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        os.replace(unfinished, path)
        sync(path.parent)
    finally:
        unfinished.unlink(missing_ok=True)


def write_file(path: Path, content: bytes | memoryview) -> None:
    """Replace the content of `path`, or raise OSError and leave it as it was."""
    with new_file(path) as file:
        file.write(content)


def write_files(folder: Path, files: Mapping[str, bytes]) -> None:
    """Replace files in `folder`, name -> content, one by one; raise InputError on failure."""
    with writing(folder):
        folder.mkdir(parents=True, exist_ok=True)
        for name, content in files.items():
            write_file(folder / name, content)


@contextmanager
def writing(name: object) -> Iterator[None]:
    """Raise an OSError of the block as an InputError that `name` cannot be written, and why.

    A reader that closes its pipe has seen enough: BrokenPipeError stays what it is.
    """
    try:
        yield
    except BrokenPipeError:
        raise
    except OSError as error:
        raise InputError(
            f"{name} cannot be written: {error.strerror or error}."
        ) from None


def sync(folder: Path) -> None:
    """Have the disk keep the names in `folder` before going on, where the system offers that."""
    if hasattr(os, "O_DIRECTORY"):
        descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
