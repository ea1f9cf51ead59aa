"""Writes files and folders whole or not at all: all that the program saves goes through here.

    with writing("out.csv"), new_file(Path("out.csv")) as file:
        file.write(b"Nakamura,Japanese\n")

out.csv appears, or has its new content, when the block ends; until then the bytes are in a hidden
file beside it. `write_folder` does the same for a folder.
"""

import os
import shutil
from collections.abc import Iterable, Iterator, Mapping
from contextlib import ExitStack, contextmanager, suppress
from glob import escape
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import BinaryIO

from .errors import InputError


@contextmanager
def new_file(path: Path) -> Iterator[BinaryIO]:
    """Open a file that takes the place of `path` at the end of the block, in one step.

    If the block fails, and until it ends, what was there stays as it is; after it, both the file
    and its name are on the disk. Of two processes that write one file, the first fails. Raises
    OSError.
    """
    unfinished = path.with_name(f".{path.name}.{os.getpid()}.part")
    # What killed processes left
    for leftover in path.parent.glob(f".{escape(path.name)}.*.part"):
        leftover.unlink(missing_ok=True)
    try:
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


def write_folder(folder: Path, files: Mapping[str, bytes]) -> None:
    """Replace `folder` by one with these files, name -> content, and what was hidden in it.

    Raises OSError and leaves the folder as it was. The new files are written into a sibling,
    `.NAME.new`, and kept by the disk before the old folder becomes `.NAME.old` and the sibling
    takes its place. A kill between these two renames leaves no folder of that name:
    `complete_folder` says where the new one is, and the next write finishes what was begun.
    """
    folder = resolved(folder)
    new, old = _siblings(folder)
    _finish(folder)
    try:
        new.mkdir(parents=True)
        for name, content in files.items():
            write_file(new / name, content)
        if folder.exists():
            shutil.copymode(folder, new)
            os.rename(folder, old)
        os.rename(new, folder)
        sync(folder.parent)
    except BaseException:
        if old.exists() and not folder.exists():
            os.rename(old, folder)
        shutil.rmtree(new, ignore_errors=True)
        raise
    _finish(folder)


def complete_folder(folder: Path) -> Path:
    """Return `folder`, or where its new content is if a write was killed between its renames."""
    new, old = _siblings(resolved(folder))
    # os.path, because a name may be too long for a file
    is_between = all(map(os.path.exists, [old, new])) and not os.path.exists(folder)
    return new if is_between else folder


def _siblings(folder: Path) -> tuple[Path, Path]:
    """Return where a folder is written, and where its old content goes until it is removed."""
    hidden = f".{folder.name}"
    return folder.parent / f"{hidden}.new", folder.parent / f"{hidden}.old"


def _finish(folder: Path) -> None:
    """Do what is left of a write that replaced the folder, and remove what a killed one began."""
    new, old = _siblings(folder)
    if complete_folder(folder) == new:
        os.rename(new, folder)
    hidden = old.glob(".*") if folder.exists() else ()
    for path in hidden:
        if not (folder / path.name).exists():
            os.rename(path, folder / path.name)
    for leftover in (new, old):
        shutil.rmtree(leftover, ignore_errors=True)


def write_files(folder: Path, files: Mapping[str, bytes]) -> None:
    """Replace files in `folder`, name -> content, once all are on the disk.

    Raises InputError if the disk is full, say, and leaves all files and folders as they were.
    """
    absolute = folder.absolute()
    missing = [path for path in (absolute, *absolute.parents) if not path.exists()]
    with writing(folder), ExitStack() as unfinished:
        unfinished.callback(_remove_empty, missing)
        folder.mkdir(parents=True, exist_ok=True)
        for name, content in files.items():
            file = unfinished.enter_context(new_file(folder / name))
            file.write(content)
            file.flush()


def _remove_empty(folders: Iterable[Path]) -> None:
    """Remove those of the folders that are empty, each before the one that it is in."""
    for folder in folders:
        with suppress(OSError):
            folder.rmdir()


def try_writing(path: Path, folders: Iterable[Path]) -> None:
    """Raise InputError unless `path` can be made in the first of `folders` that is there."""
    with writing(path):
        folder = next(filter(Path.exists, folders))
        # Of its own name, because another process of the training may try it, too.
        TemporaryDirectory(prefix=f".{path.name}", dir=folder).cleanup()


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


def resolved(path: Path) -> Path:
    """Return `path` without links, except for those in a circle, which `Path.resolve` refuses."""
    return Path(os.path.realpath(path))


def sync(folder: Path) -> None:
    """Have the disk keep the names in `folder` before going on, where the system offers that."""
    if hasattr(os, "O_DIRECTORY"):
        descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
