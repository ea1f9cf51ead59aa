"""A model folder as files: read as one set, replaced as one set.

config.json holds the SHA-256 of every other file except the card and its picture, which may be
edited by hand. A new set is written beside the old one under names that end in .new, and
config.json.new last: from then on it is the model. Then each file is renamed, config.json last. A
reader after a crash at any moment finds the old set or the new one. A reader meanwhile reads again
if either config.json has changed, and so finds one of the two as well, card included.

`write_card` replaces the card's two files one after the other, while config.json stays: a reader
between the two gets the new README.md with the old confusion.png. Two writers at once are not
supported.
"""

import contextlib
import hashlib
import json
import os
import stat
import tempfile
from pathlib import Path
from typing import Any

from pydantic_core import from_json

from ..errors import InputError

WEIGHTS, CONFIG, METRICS, CARD = "model.safetensors", "config.json", "metrics.json", "README.md"
TRAINING_TEXTS, PICTURE = "training_texts.json.gz", "confusion.png"
CARD_FILES = (CARD, PICTURE)  # may be rewritten at any time, so config.json has no sums of them
# The largest size of each file in bytes: a larger one is not a model's and might fill the memory.
MAX_BYTES = {
    CONFIG: 16_000_000,
    WEIGHTS: 401_000_000,
    METRICS: 32_000_000,
    TRAINING_TEXTS: 32_000_000,
    CARD: 1_000_000,
    PICTURE: 2_000_000,
}
NEW = ".new"
PROBE = ".writable" + NEW
MODEL_FILES = {PROBE, *(name + suffix for name in MAX_BYTES for suffix in ("", NEW))}
ATTEMPTS = 100  # at reading a folder that is replaced each time before it has been read


def read_model_folder(folder: Path) -> dict[str, bytes]:
    """Return the content of each file of the model in `folder`.

    Raises InputError if the folder is missing, or its files are damaged or not of one set.
    """
    if not folder.is_dir():
        raise InputError(f"No model folder {folder}: run python train.py to make one.")
    for _ in range(ATTEMPTS):
        problem, before = None, _configs(folder)
        try:
            files = _read_new_or_old(folder)
        except InputError as error:
            problem = error
        if _configs(folder) == before:  # no other set was put there meanwhile
            break
    else:
        raise InputError(f"{folder} is being replaced over and over: try again.")
    if problem:
        raise problem
    return files


def _configs(folder: Path) -> list[bytes | None]:
    """Return config.json.new and config.json, which determine which set is the model."""
    contents: list[bytes | None] = [None, None]
    for i, suffix in enumerate((NEW, "")):
        with contextlib.suppress(InputError):
            contents[i] = _read(folder / (CONFIG + suffix), CONFIG)
    return contents


def _read_new_or_old(folder: Path) -> dict[str, bytes]:
    with contextlib.suppress(InputError):
        return _read_set(folder, NEW)
    return _read_set(folder, "")


def _read_set(folder: Path, suffix: str) -> dict[str, bytes]:
    """Return the files that belong to the config.json of this suffix, or raise InputError."""
    content = _read(folder / (CONFIG + suffix), CONFIG)
    if content is None:
        raise InputError(f"{folder} has no {CONFIG}: run python train.py again.")
    files = {CONFIG: content}
    config = parse_json(content, folder / (CONFIG + suffix))
    sums = config.get("files") if isinstance(config, dict) else None
    for name in (WEIGHTS, METRICS, TRAINING_TEXTS, *CARD_FILES):
        content = _read(folder / (name + suffix), name)
        if content is None and suffix:  # renamed already
            content = _read(folder / name, name)
        if name in CARD_FILES:
            content = content or None  # an empty one stands for none, see _replace
        elif isinstance(sums, dict):  # older folders have no sums
            content = _checked(folder, name, content, sums.get(name))
        if content is not None:
            files[name] = content
    if WEIGHTS not in files:
        raise InputError(f"{folder} has no {WEIGHTS}: run python train.py again.")
    return files


def _checked(folder: Path, name: str, content: bytes | None, expected: str | None) -> bytes | None:
    """Return `content` if it has the checksum `expected`; None where none is expected."""
    if expected is None:
        return None
    if content is None:
        raise InputError(f"{folder} has no {name}: run python train.py again.")
    if hashlib.sha256(content).hexdigest() != expected:
        raise InputError(
            f"{folder} is damaged ({name} is not the one that {CONFIG} was written with): "
            "retrain it."
        )
    return content


def _read(path: Path, name: str) -> bytes | None:
    """Return a file's bytes, None if it is missing; raise InputError if it cannot be a model's."""
    try:
        if _leads_elsewhere(path):
            raise ValueError("it is a link out of the folder: put the file itself there")
        with open(os.open(path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0)), "rb") as file:
            status = os.fstat(file.fileno())
            if not stat.S_ISREG(status.st_mode):
                raise ValueError("it is not a file")
            if status.st_size > MAX_BYTES[name]:
                raise ValueError(
                    f"it has {status.st_size:,} bytes and may have {MAX_BYTES[name]:,}"
                )
            return file.read(status.st_size)
    except FileNotFoundError:
        return None
    except (OSError, ValueError) as error:
        problem = getattr(error, "strerror", None) or error
        raise InputError(f"{path} is damaged ({problem}): retrain the model.") from None


def _leads_elsewhere(path: Path) -> bool:
    """Return whether `path` is a link out of its folder: the page would show what is behind it.

    The Hub's cache keeps a model's files in blobs/ and links to them.
    """
    if not path.is_symlink():
        return False
    folder, target = (Path(os.path.realpath(p)) for p in (path.parent, path))
    return not any(target.is_relative_to(f) for f in (folder, folder.parent.parent / "blobs"))


def parse_json(content: bytes, path: Path) -> Any:
    """Return what the JSON in `content` holds; raise InputError that names `path` if it is not."""
    try:
        return from_json(content)  # refuses halves of surrogate pairs too
    except ValueError:
        raise InputError(f"{path} is damaged (not JSON): retrain the model.") from None


def to_json(value: object) -> bytes:
    """Return `value` as JSON text, the same bytes for the same value."""
    return (json.dumps(value, ensure_ascii=False, indent=1) + "\n").encode()


def check_writable(folder: Path) -> None:
    """Raise InputError unless a model folder can be written at `folder`; create its parents."""
    folder = folder.resolve()
    if Path.cwd().is_relative_to(folder):
        raise InputError(f"{folder} is where you are: give --output a folder below this one.")
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        if folder.exists() and not folder.is_dir():
            raise InputError(f"{folder} is a file: give --output a folder.")
        foreign = {path.name for path in folder.iterdir()} - MODEL_FILES if folder.exists() else ()
        probe = (folder if folder.exists() else folder.parent) / PROBE
        probe.touch()
        probe.unlink()
    except OSError as error:
        raise InputError(f"{folder} cannot be written: {error.strerror}.") from None
    if foreign:
        raise InputError(
            f"{folder} holds {min(foreign)}, which is not part of a model: give --output another "
            "folder, because this one would be replaced."
        )


def whole_set(config: dict, files: dict[str, bytes]) -> dict[str, bytes]:
    """Return `files` with their config.json, which holds their checksums."""
    summed = {name: content for name, content in sorted(files.items()) if name not in CARD_FILES}
    sums = {name: hashlib.sha256(content).hexdigest() for name, content in summed.items()}
    return files | {CONFIG: to_json(config | {"files": sums})}


def write_card(folder: Path, files: dict[str, bytes]) -> None:
    """Replace the card's files in a model folder, each as a whole; raise InputError on failure."""
    try:
        for name in CARD_FILES:
            (folder / (name + NEW)).unlink(missing_ok=True)
            _write(folder / (name + NEW), files[name])
            os.replace(folder / (name + NEW), folder / name)
    except OSError as error:
        raise InputError(f"{folder} cannot be written: {error.strerror}.") from None


def write_model_folder(folder: Path, config: dict, files: dict[str, bytes]) -> None:
    """Replace the model in `folder` by config.json and `files`, or raise InputError.

    After an error, whatever was there before is untouched.
    """
    folder = folder.resolve()
    check_writable(folder)
    contents = whole_set(config, files)
    for name, content in contents.items():
        if len(content) > MAX_BYTES[name]:
            raise InputError(
                f"{folder / name} would have {len(content):,} bytes and may have "
                f"{MAX_BYTES[name]:,}: nothing is saved."
            )
    try:
        if folder.exists():
            _replace(folder, contents)
        else:
            _create(folder, contents)
    except OSError as error:
        raise InputError(f"{folder} cannot be written: {error.strerror}.") from None


def _create(folder: Path, contents: dict[str, bytes]) -> None:
    with tempfile.TemporaryDirectory(prefix=f".{folder.name}-", dir=folder.parent) as scratch:
        new = Path(scratch, "new")
        new.mkdir()
        for name, content in contents.items():
            _write(new / name, content)
        _sync(new)
        new.rename(folder)
    _sync(folder.parent)


def _replace(folder: Path, files: dict[str, bytes]) -> None:
    # An empty card file stands for none, so that no older card is read with the new set.
    contents = dict.fromkeys(CARD_FILES, b"") | files
    _finish(folder)
    try:
        for name, content in contents.items():
            if name != CONFIG:
                _write(folder / (name + NEW), content)
        _write(folder / PROBE, contents[CONFIG])
        _sync(folder)
        os.replace(folder / PROBE, folder / (CONFIG + NEW))  # from here on the new set counts
    except OSError:
        _remove(folder, {PROBE, *(name + NEW for name in contents)})
        raise
    _finish(folder)
    _remove(folder, MODEL_FILES - set(files))


def _finish(folder: Path) -> None:
    """Rename the files of a new set that counts already, and remove those of one that does not."""
    with contextlib.suppress(InputError):
        _read_set(folder, NEW)
        for name in (WEIGHTS, METRICS, TRAINING_TEXTS, *CARD_FILES, CONFIG):
            with contextlib.suppress(FileNotFoundError):
                os.replace(folder / (name + NEW), folder / name)
        _sync(folder)
    _remove(folder, {name for name in MODEL_FILES if name.endswith(NEW)})


def _remove(folder: Path, names: set[str]) -> None:
    for name in names:
        (folder / name).unlink(missing_ok=True)


def _write(path: Path, content: bytes) -> None:
    with open(path, "xb") as file:  # x: never through a link
        file.write(content)
        file.flush()
        os.fsync(file.fileno())


def _sync(folder: Path) -> None:
    """Have the disk keep the names in `folder` before going on, where the system offers that."""
    if hasattr(os, "O_DIRECTORY"):
        descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
