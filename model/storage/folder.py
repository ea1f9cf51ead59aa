"""A model folder as files: read as one set, replaced as one set.

config.json holds the SHA-256 of every other file but the card's two, which may be edited by hand. A
new set is written into a folder of its own, `.writing`, which is then renamed to `.new`: from then
on it is the model. Its files move into their places, config.json last. A reader after a crash at
any moment finds the old set or the new one. A reader meanwhile reads again if either config.json
has changed, and so finds one of the two as well. Two writers at once are not supported.
"""

import contextlib
import hashlib
import json
import os
import shlex
import shutil
import stat
from collections.abc import Iterator
from pathlib import Path

from pydantic import ValidationError

from ..errors import InputError, reason
from .schema import FORMAT_VERSION, Manifest

WEIGHTS, CONFIG, METRICS, CARD = "model.safetensors", "config.json", "metrics.json", "README.md"
TRAINING_TEXTS, PICTURE = "training_texts.json.gz", "confusion.png"
CARD_FILES = (CARD, PICTURE)  # may be rewritten at any time, so config.json has no sums of them
# The largest size of each file in bytes: a larger one is not a model's and might fill the memory.
MAX_BYTES = {
    WEIGHTS: 401_000_000,
    METRICS: 32_000_000,
    TRAINING_TEXTS: 32_000_000,
    CARD: 1_000_000,
    PICTURE: 2_000_000,
    CONFIG: 16_000_000,  # last, as files are moved
}
WRITING, NEW = ".writing", ".new"  # folders: what is being written, and a set that counts already
ATTEMPTS = 100  # at reading a folder that is replaced each time before it has been read


def read_model_folder(folder: Path) -> dict[str, bytes]:
    """Return the content of each file of the model in `folder`.

    Raises InputError if the folder is missing, or its files are damaged or not of one set.
    """
    check_model_folder(folder)
    for _ in range(ATTEMPTS):
        before = _configs(folder)
        try:
            files = _read_new_or_old(folder)
        except InputError:
            if _configs(folder) == before:
                raise
        else:
            if _configs(folder) == before:  # no other set was put there meanwhile
                return files
    raise InputError(f"{folder} is being replaced over and over: try again.")


def check_model_folder(folder: Path) -> None:
    """Raise InputError, with what to do, unless `folder` looks like a model folder."""
    if os.path.isfile(folder):  # False for a name that is no path
        raise InputError(f"{folder} is a file: give the model folder that it is in.")
    if not os.path.isdir(folder):
        raise InputError(f"No model folder {folder}: run python train.py to make one.")
    if (folder / CONFIG).exists() or (folder / NEW).exists():
        return
    if (folder / WEIGHTS).exists():
        raise InputError(f"{folder} has no {CONFIG}: copy the whole model folder, or retrain it.")
    problem = f"{folder} is not a model folder, because it has no {CONFIG}"
    if models := sorted(path.parent for path in folder.glob(f"[!.]*/{CONFIG}")):
        raise InputError(f"{problem}: give one of the model folders in it, such as {models[0]}.")
    if next(folder.glob("names_train.csv*"), None):
        raise InputError(
            f"{problem} but names to train on: python train.py --data {shlex.quote(str(folder))} "
            "--output FOLDER makes a model of them."
        )
    raise InputError(f"{problem}: give a folder that train.py has saved.")


def _configs(folder: Path) -> list[bytes | None]:
    """Return the new set's config.json and the other, which determine which set is the model."""
    contents: list[bytes | None] = [None, None]
    for i, source in enumerate((folder / NEW, folder)):
        with contextlib.suppress(InputError):
            contents[i] = _read(folder, source / CONFIG)
    return contents


def _read_new_or_old(folder: Path) -> dict[str, bytes]:
    with contextlib.suppress(InputError):
        return _read_set(folder, folder / NEW)
    return _read_set(folder, folder)


def _read_set(folder: Path, source: Path) -> dict[str, bytes]:
    """Return the files that belong to the config.json in `source`, or raise InputError."""
    content = _read(folder, source / CONFIG)
    if content is None:
        raise InputError(f"{folder} has no {CONFIG}: copy the whole model folder, or retrain it.")
    try:
        sums = Manifest.model_validate_json(content).files
    except ValidationError as error:
        raise InputError(
            f"{source / CONFIG} is damaged or of another version ({reason(error)}): "
            "retrain the model with this version's train.py."
        ) from None
    files = {CONFIG: content}
    for name in (WEIGHTS, METRICS, TRAINING_TEXTS, *CARD_FILES):
        content = _read(folder, source / name)
        if content is None:  # of a new set: moved already
            content = _read(folder, folder / name)
        if name in CARD_FILES:
            if content:  # an empty one stands for none, see write_model_folder
                files[name] = content
        elif name in sums or name == WEIGHTS:
            if content is None:
                raise InputError(
                    f"{folder} has no {name}: copy the whole model folder, or retrain it."
                )
            if hashlib.sha256(content).hexdigest() != sums.get(name):
                raise InputError(
                    f"{folder} is damaged ({name} is not the one that {CONFIG} was written with): "
                    "retrain it."
                )
            files[name] = content
    return files


def _read(folder: Path, path: Path) -> bytes | None:
    """Return a file's bytes, None if it is missing; raise InputError if it cannot be a model's."""
    most = MAX_BYTES[path.name]
    try:
        if _leads_out(folder, path):
            raise ValueError("it is a link out of the folder: put the file itself there")
        with open(os.open(path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0)), "rb") as file:
            status = os.fstat(file.fileno())
            if not stat.S_ISREG(status.st_mode):
                raise ValueError("it is not a file")
            if status.st_size > most:
                raise ValueError(f"it has {status.st_size:,} bytes and may have {most:,}")
            return file.read(status.st_size)
    except FileNotFoundError:
        return None
    except (OSError, ValueError) as error:
        problem = getattr(error, "strerror", None) or error
        raise InputError(f"{path} is damaged ({problem}): retrain the model.") from None


def _leads_out(folder: Path, path: Path) -> bool:
    """Return whether `path` is in truth out of `folder`: the page would show what is there."""
    real, target = (Path(os.path.realpath(p)) for p in (folder, path))
    # The Hub's cache keeps a model's files in blobs/ and links to them.
    return not any(target.is_relative_to(f) for f in (real, real.parent.parent / "blobs"))


def read_card(folder: Path) -> bytes | None:
    """Return the card in `folder`, None if there is none; raise InputError if it cannot be read."""
    return _read(folder, folder / CARD) or None


def to_json(value: object) -> bytes:
    """Return `value` as JSON text, the same bytes for the same value."""
    return (json.dumps(value, ensure_ascii=False, indent=1) + "\n").encode()


def check_writable(folder: Path) -> None:
    """Raise InputError unless a model folder can be written at `folder`; create its parents."""
    folder = folder.resolve()
    if Path.cwd().is_relative_to(folder):
        raise InputError(f"{folder} is where you are: give --output a folder below this one.")
    if os.path.isfile(folder):  # False for a name that is too long
        raise InputError(f"{folder} is a file: give --output a folder.")
    with _scratch(folder):
        there = {path.name for path in folder.iterdir()} if folder.exists() else set()
    if foreign := there - {*MAX_BYTES, WRITING, NEW}:
        raise InputError(
            f"{folder} holds {min(foreign)}, which is not part of a model: give --output another "
            "folder, because this one would be replaced."
        )


def whole_set(config: dict, files: dict[str, bytes]) -> dict[str, bytes]:
    """Return `files` with their config.json, which holds the format's version and checksums."""
    summed = {name: files[name] for name in sorted(files) if name not in CARD_FILES}
    sums = {name: hashlib.sha256(content).hexdigest() for name, content in summed.items()}
    config = {"format_version": FORMAT_VERSION} | config | {"files": sums}
    return files | {CONFIG: to_json(config)}


def write_card(folder: Path, files: dict[str, bytes]) -> None:
    """Replace the card's files in a model folder, one by one; raise InputError on failure."""
    with _scratch(folder) as scratch:
        _write(scratch, {name: files[name] for name in CARD_FILES})
        for name in CARD_FILES:
            os.replace(scratch / name, folder / name)


def write_model_folder(folder: Path, config: dict, files: dict[str, bytes]) -> None:
    """Replace the model in `folder` by config.json and `files`, or raise InputError.

    After an error, whatever was there before is untouched.
    """
    folder = folder.resolve()
    check_writable(folder)
    contents = whole_set(config, files)
    with _scratch(folder) as scratch:
        target = folder
        if folder.exists():
            _finish(folder)  # what an earlier save that was killed has left to do
            # An empty card file stands for none, so that no older card is read with the new set.
            target, contents = folder / NEW, dict.fromkeys(CARD_FILES, b"") | contents
        _write(scratch, contents)
        scratch.rename(target)  # from here on the new set counts
        _sync(target.parent)
        _finish(folder)


def _finish(folder: Path) -> None:
    """Put the files of a new set, if there is one, in the place of the old."""
    with contextlib.suppress(InputError):
        files = _read_set(folder, folder / NEW)
        for name in MAX_BYTES:
            if name not in files:
                (folder / name).unlink(missing_ok=True)
            elif (folder / NEW / name).exists():
                os.replace(folder / NEW / name, folder / name)
        _sync(folder)
    _clear(folder / NEW)


@contextlib.contextmanager
def _scratch(folder: Path) -> Iterator[Path]:
    """Give a folder to write into, in `folder` or beside it, which is removed unless renamed.

    An OSError becomes an InputError.
    """
    try:
        beside = folder.with_name(f".{folder.name}{WRITING}")
        scratch = folder / WRITING if folder.exists() else beside
        _clear(scratch)
        scratch.mkdir(parents=True)
        try:
            yield scratch
        finally:
            _clear(scratch)
    except OSError as error:
        raise InputError(f"{folder} cannot be written: {error.strerror}.") from None


def _write(folder: Path, contents: dict[str, bytes]) -> None:
    for name, content in contents.items():
        if len(content) > MAX_BYTES[name]:
            raise InputError(
                f"{name} would have {len(content):,} bytes and may have {MAX_BYTES[name]:,}: "
                "nothing is saved."
            )
        with open(folder / name, "xb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
    _sync(folder)


def _clear(path: Path) -> None:
    """Remove a folder that was left behind, or a link in its place but not what it leads to."""
    if path.is_symlink():
        path.unlink()
    shutil.rmtree(path, ignore_errors=True)


def _sync(folder: Path) -> None:
    """Have the disk keep the names in `folder` before going on, where the system offers that."""
    if hasattr(os, "O_DIRECTORY"):
        descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
