"""A model folder as files: read as one set, replaced as one set; or a model in one file.

config.json makes the set: it holds the SHA-256 of every other file but the card's two, which may be
rewritten, and that of the rest of itself. A save writes a whole new folder and then renames it
(atomic.py), so that a reader finds the old set or the new one after a crash at any moment. A reader
that meets a save reads once more. Two writers at once are not supported.
"""

import hashlib
import json
import os
import stat
from pathlib import Path
from typing import Literal

from pydantic import BaseModel

from ..atomic import complete_folder, resolved, write_folder, writing
from ..errors import InputError, reason

WEIGHTS = "model.safetensors"
CONFIG = "config.json"
METRICS = "metrics.json"
CARD = "README.md"
TRAINING_TEXTS = "training_texts.json.gz"
LOOK_UP = "look_up.json.gz"
HELD_OUT = "held_out.safetensors"
PICTURE = "confusion.png"
# These may be rewritten at any time, so config.json has no sums of them.
CARD_FILES = (CARD, PICTURE)
# The largest size of each file in bytes: a larger one is not a model's and might fill the memory.
MAX_BYTES = dict.fromkeys(
    (METRICS, TRAINING_TEXTS, LOOK_UP, HELD_OUT, CARD, PICTURE, CONFIG), 32_000_000
)
MAX_BYTES[WEIGHTS] = 401_000_000


class _Manifest(BaseModel, strict=True):
    """What of config.json makes a set of the folder's files."""

    format_version: Literal[5]
    files: dict[str, str]  # name -> SHA-256, of all but config.json and the card
    sha256: str  # of the rest of config.json


def read_model_folder(folder: Path) -> dict[str, bytes]:
    """Return the content of each file of the model in `folder`, or in the one file that it is.

    Raises InputError if the folder is missing, or its files are damaged or not of one set.
    """
    if os.path.isfile(folder):
        return _read_one_file(folder)
    try:
        return _read_set(complete_folder(folder))
    except InputError:  # as when a save replaces the folder between two files
        return _read_set(complete_folder(folder))


def _read_set(folder: Path) -> dict[str, bytes]:
    """Return the files of the set that config.json makes."""
    config = None
    if os.path.isdir(folder):
        config = read_file(folder, CONFIG)
    if config is None:
        raise InputError(
            f"No model folder {folder} (it has no {CONFIG})",
            "give a whole folder that a training has saved",
            "a training",
        )
    try:
        manifest = _Manifest.model_validate_json(config)
        if manifest.sha256 != digest_of(json.loads(config)):
            raise ValueError("its checksum is wrong")
    except ValueError as error:  # of pydantic, too
        raise InputError(
            f"{folder / CONFIG} is damaged or of another version ({reason(error)}): "
            "retrain the model with this version."
        ) from None
    sums = manifest.files
    files = {CONFIG: config}
    for name in (WEIGHTS, METRICS, TRAINING_TEXTS, LOOK_UP, HELD_OUT, *CARD_FILES):
        content = read_file(folder, name)
        if name in sums:
            _check(folder / name, content, sums[name])
        if content is not None and name in (*sums, *CARD_FILES):
            files[name] = content
    if read_file(folder, CONFIG) != config:
        raise InputError(f"{folder} was replaced while it was read: read it again.")
    return files


def _read_one_file(path: Path) -> dict[str, bytes]:
    """Return the files of a model whose config.json is in the metadata of its weights."""
    content = read_file(path.parent, path.name) or b""
    length = int.from_bytes(content[:8], "little")
    try:
        if length > MAX_BYTES[CONFIG]:
            raise ValueError
        header = json.loads(content[8 : 8 + length])
        config = header["__metadata__"]["config"]
        return {CONFIG: config.encode(), WEIGHTS: content}
    except (ValueError, LookupError, TypeError, AttributeError, RecursionError):
        raise InputError(
            f"{path} is damaged, or not a file that the tab Train made: download it again."
        ) from None


def _check(path: Path, content: bytes | None, checksum: str) -> None:
    """Raise InputError unless a file is there and has this checksum."""
    problem = ""
    if content is None:
        problem = "missing"
    elif sha256(content) != checksum:
        problem = f"damaged, not the one of {CONFIG}"
    if problem:
        raise InputError(f"{path} is {problem}: copy the whole folder, or retrain it.")


def read_file(folder: Path, name: str) -> bytes | None:
    """Return a file's bytes, None if it is missing; raise InputError if it cannot be a model's."""
    path = folder / name
    try:
        _check_kind(path)
        return path.read_bytes()
    except FileNotFoundError:
        return None
    except OSError as error:
        problem = error.strerror or str(error)
    except ValueError as error:
        problem = str(error)
    raise InputError(f"{path} cannot be read ({problem}): fix or replace the file.")


def _check_kind(path: Path) -> None:
    """Raise ValueError or OSError unless a model may have a file of this place, kind and size."""
    folder = Path(os.path.realpath(path.parent))
    # To which links in a snapshot of the Hub's cache lead
    hub_cache = folder.parent.parent / "blobs"
    target = Path(os.path.realpath(path))
    if not (target.is_relative_to(folder) or target.is_relative_to(hub_cache)):
        raise ValueError("it is a link out of the folder: put the file itself there")
    status = path.stat()
    if not stat.S_ISREG(status.st_mode):
        raise ValueError("it is not a file")
    most = MAX_BYTES.get(path.name, MAX_BYTES[WEIGHTS])
    if status.st_size > most:
        raise ValueError(f"it has {status.st_size:,} bytes and may have {most:,}")


def digest_of(config: dict) -> str:
    """Return the checksum of config.json apart from this checksum itself."""
    rest = {name: value for name, value in config.items() if name != "sha256"}
    return sha256(to_json(rest))


def sha256(content: bytes) -> str:
    """Return the checksum of a file's content, as config.json and the card hold it."""
    return hashlib.sha256(content).hexdigest()


def to_json(value: object) -> bytes:
    """Return `value` as JSON text, the same bytes for the same value."""
    return (json.dumps(value, ensure_ascii=False, indent=1) + "\n").encode()


def check_replaceable(folder: Path) -> None:
    """Raise InputError if there is something at `folder` that a model may not replace."""
    place = resolved(folder)
    with writing(folder):
        names = os.listdir(place) if place.exists() else []
    foreign = [name for name in names if not (name in MAX_BYTES or name[0] == ".")]
    if foreign:
        raise InputError(
            f"{folder} holds {min(foreign)}, which is not part of a model",
            "give a folder for the model alone",
            "a folder",
        )
    if os.path.ismount(place) or Path.cwd().is_relative_to(place):
        raise InputError(
            f"{folder} is the current folder or a mount point, which cannot be replaced",
            "give a folder in it",
            "a folder",
        )


def whole_set(config: dict, files: dict[str, bytes]) -> dict[str, bytes]:
    """Return `files` with their config.json, which holds the format's version and checksums."""
    sums = {
        name: sha256(files[name]) for name in sorted(files) if name not in CARD_FILES
    }
    config = {"format_version": 5} | config | {"files": sums}
    config["sha256"] = digest_of(config)
    return files | {CONFIG: to_json(config)}


def write_model_folder(folder: Path, files: dict[str, bytes]) -> None:
    """Replace the model in `folder` by a whole set of files, or raise InputError.

    After an error, whatever was there before is untouched.
    """
    check_replaceable(folder)
    for name, content in files.items():
        if len(content) > MAX_BYTES[name]:
            raise InputError(
                f"{name} has more than {MAX_BYTES[name]:,} bytes: nothing is saved."
            )
    with writing(folder):
        write_folder(folder, files)
