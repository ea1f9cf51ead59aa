"""A model folder as files: read as one whole set, replaced whole or not at all.

config.json holds the SHA-256 of every other file but the card and its picture, which may be edited
by hand. A new set is written beside the old one under names that end in .new, config.json.new last:
from then on it is the model. Only then is each file renamed, config.json last. So whoever reads
after the writer was killed at any moment finds the old set or the new one. Whoever reads meanwhile
reads again if either config.json is another one afterwards, and so finds one of the two as well,
card included, never a mix.

`write_card` replaces the card alone, its two files one after the other, and config.json does not
change: each of them is whole, but a reader, or a kill, between the two leaves README.md newer than
confusion.png until the card is written again. Two writers at once are not provided for.

Independent of networks.
"""

import contextlib
import hashlib
import json
import os
import stat
import tempfile
from pathlib import Path
from typing import Any

from .encoding import InputError

WEIGHTS, CONFIG, METRICS, CARD = "model.safetensors", "config.json", "metrics.json", "README.md"
TRAINING_TEXTS, PICTURE = "training_texts.json.gz", "confusion.png"
CARD_FILES = (CARD, PICTURE)  # written anew at will, so config.json has no sums of them
# The most bytes that a file may have: what is larger is none of ours and might fill the memory.
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
READINGS = 100  # of a folder that is replaced each time before it has been read to the end


def read_model_folder(folder: Path) -> dict[str, bytes]:
    """Return the content of each file of the model in `folder`.

    Raises InputError if the folder is missing, or its files are unfit or not of one set.
    """
    if not folder.is_dir():
        raise InputError(f"No model folder {folder}: run python train.py to make one.")
    for _ in range(READINGS):
        before = _configs(folder)
        try:
            found: dict[str, bytes] | InputError = _read_new_or_old(folder)
        except InputError as error:
            found = error
        if _configs(folder) == before:  # nobody has put another set there meanwhile
            break
    else:
        raise InputError(f"{folder} is being replaced over and over: try again.")
    if isinstance(found, InputError):
        raise found
    return found


def _configs(folder: Path) -> list[bytes | None]:
    """Return what tells which set is the model: config.json.new, if there is one, and config.json.

    A set's other files change their names only while its config.json.new is there.
    """
    contents: list[bytes | None] = []
    for suffix in (NEW, ""):
        try:
            contents.append(_read(folder / (CONFIG + suffix), CONFIG))
        except InputError:
            contents.append(None)
    return contents


def _read_new_or_old(folder: Path) -> dict[str, bytes]:
    with contextlib.suppress(InputError):
        return _read_set(folder, NEW)
    return _read_set(folder, "")


def _read_set(folder: Path, suffix: str) -> dict[str, bytes]:
    """Return the files that go with the config.json of this suffix; raise InputError if unfit."""
    config_path = folder / (CONFIG + suffix)
    content = _read(config_path, CONFIG)
    if content is None:
        raise InputError(f"{folder} has no {CONFIG}: run python train.py again.")
    files = {CONFIG: content}
    config = parse_json(content, config_path)
    sums = config.get("files") if isinstance(config, dict) else None
    for name in (WEIGHTS, METRICS, TRAINING_TEXTS, *CARD_FILES):
        content = _read(folder / (name + suffix), name)
        if content is None and suffix:  # renamed already
            content = _read(folder / name, name)
        if isinstance(sums, dict) and name not in CARD_FILES:  # older folders have no sums
            content = _checked(folder, name, content, sums.get(name))
        if content or (content is not None and name not in CARD_FILES):  # see _replace
            files[name] = content
    if WEIGHTS not in files:
        raise InputError(f"{folder} has no {WEIGHTS}: run python train.py again.")
    return files


def _checked(folder: Path, name: str, content: bytes | None, expected: str | None) -> bytes | None:
    """Return `content` if it has the sum that config.json states; nothing where that has none."""
    if expected is None:
        return None
    if content is None:
        raise InputError(f"{folder} has no {name}: run python train.py again.")
    if hashlib.sha256(content).hexdigest() != expected:
        raise InputError(
            f"{folder} is damaged ({name} is not the one that {CONFIG} was written with): "
            "train it anew."
        )
    return content


def _read(path: Path, name: str) -> bytes | None:
    """Return a file's bytes, None if there is none; raise InputError for what is no model file."""
    try:
        _refuse_link_elsewhere(path)
        with open(os.open(path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0)), "rb") as file:
            status = os.fstat(file.fileno())
            if not stat.S_ISREG(status.st_mode):
                raise InputError(f"{path} is damaged (it is no file): train the model anew.")
            if status.st_size > MAX_BYTES[name]:
                raise InputError(
                    f"{path} is damaged (it has {status.st_size:,} bytes and may have "
                    f"{MAX_BYTES[name]:,}): train the model anew."
                )
            return file.read(status.st_size)
    except FileNotFoundError:
        return None
    except (OSError, ValueError) as error:
        if isinstance(error, InputError):
            raise
        reason = getattr(error, "strerror", None) or error
        raise InputError(f"{path} is damaged ({reason}): train the model anew.") from None


def _refuse_link_elsewhere(path: Path) -> None:
    """Raise InputError for a link out of the folder: the page would show what is behind it.

    The Hub's cache keeps a model's files in blobs/ and links to them.
    """
    if not path.is_symlink():
        return
    folder, target = (Path(os.path.realpath(p)) for p in (path.parent, path))
    if not any(target.is_relative_to(f) for f in (folder, folder.parent.parent / "blobs")):
        raise InputError(
            f"{path} is damaged (it is a link out of the folder): put the file itself there."
        )


def parse_json(content: bytes, path: Path) -> Any:
    """Return what the JSON in `content` holds; raise InputError that names `path` if it is none."""
    try:
        value = json.loads(content)
        if b"\\u" in content:
            json.dumps(value, ensure_ascii=False).encode()  # half a character is no text
        return value
    except (ValueError, RecursionError):
        raise InputError(f"{path} is damaged (not JSON): train the model anew.") from None


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
            f"{folder} holds {min(foreign)}, which is no part of a model: give --output another "
            "folder, since this one would be replaced."
        )


def whole_set(config: dict, files: dict[str, bytes]) -> dict[str, bytes]:
    """Return `files` with their config.json, which holds their sums."""
    summed = {name: content for name, content in sorted(files.items()) if name not in CARD_FILES}
    sums = {name: hashlib.sha256(content).hexdigest() for name, content in summed.items()}
    return files | {CONFIG: to_json(config | {"files": sums})}


def write_card(folder: Path, files: dict[str, bytes]) -> None:
    """Replace the card's files in a model folder, each whole; raise InputError if it fails."""
    try:
        for name in CARD_FILES:
            (folder / (name + NEW)).unlink(missing_ok=True)
            _write(folder / (name + NEW), files[name])
            os.replace(folder / (name + NEW), folder / name)
    except OSError as error:
        raise InputError(f"{folder} cannot be written: {error.strerror}.") from None


def write_model_folder(folder: Path, config: dict, files: dict[str, bytes]) -> None:
    """Put config.json and `files` in the place of the model in `folder`, or raise InputError.

    After an error, whatever was there before is there untouched.
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
    # An empty card file stands for none, so that no older card is taken for that of the new set.
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
    """Rename what counts already but still ends in .new; remove what does not count."""
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
