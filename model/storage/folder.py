"""A model folder as files: read as one set, replaced as one set.

config.json makes the set: it holds the SHA-256 of every other file but the card's two, which may be
edited by hand. The files of a new set are written into a hidden folder, `.new-` and the checksum of
their config.json. Replacing config.json makes them the model; only then do they move to their
places. A reader looks for each file in that hidden folder first, so after a crash at any moment it
finds the old set or the new one. A reader meanwhile starts again if config.json has changed, and so
finds one of the two as well. Two writers at once are not supported.
"""

import hashlib
import json
import os
import shutil
import stat
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Literal

from pydantic import BaseModel, ValidationError

from ..atomic import sync, write_file, writing
from ..errors import InputError, reason

WEIGHTS, CONFIG, METRICS, CARD = (
    "model.safetensors",
    "config.json",
    "metrics.json",
    "README.md",
)
TRAINING_TEXTS, PICTURE = "training_texts.json.gz", "confusion.png"
CARD_FILES = (
    CARD,
    PICTURE,
)  # may be rewritten at any time, so config.json has no sums of them
# The largest size of each file in bytes: a larger one is not a model's and might fill the memory.
MAX_BYTES = dict.fromkeys((METRICS, TRAINING_TEXTS, CARD, PICTURE, CONFIG), 32_000_000)
MAX_BYTES[WEIGHTS] = 401_000_000
NEW = ".new-"  # begins the name of the folder that holds a new set's files


class _Manifest(
    BaseModel, strict=True
):  # what of config.json makes a set of the folder's files
    format_version: Literal[4]
    files: dict[str, str]  # name -> SHA-256, of all but config.json and the card


def read_model_folder(folder: Path) -> dict[str, bytes]:
    """Return the content of each file of the model in `folder`.

    Raises InputError if the folder is missing, or its files are damaged or not of one set.
    """
    if not os.path.exists(folder / CONFIG):  # False for a name that is not a path
        models = sorted(folder.glob(f"[!.]*/{CONFIG}")) if os.path.isdir(folder) else []
        such = f", such as {models[0].parent}" if models else ""
        raise InputError(
            f"No model folder {folder} (it has no {CONFIG})",
            f"give a whole folder that a training has saved{such}",
            "a training",
        )
    before = None
    while (
        config := read_file(folder, CONFIG) or b""
    ) != before:  # no other set took its place
        before, problem = config, None
        try:
            files = _read_set(folder, config)
        except InputError as error:
            problem = error
    if problem:
        raise problem
    return files


def _read_set(folder: Path, config: bytes) -> dict[str, bytes]:
    """Return the files of the set that `config`, the content of config.json, makes."""
    try:
        sums = _Manifest.model_validate_json(config).files
    except ValidationError as error:
        raise InputError(
            f"{folder / CONFIG} is damaged or of another version ({reason(error)}): "
            "retrain the model with this version."
        ) from None
    files, new = {CONFIG: config}, _place_of_new(config)
    for name in (WEIGHTS, METRICS, TRAINING_TEXTS, *CARD_FILES):
        content = read_file(folder, f"{new}/{name}")
        if content is None:  # moved to its place already
            content = read_file(folder, name)
        if name in sums and (content is None or sha256(content) != sums[name]):
            problem = (
                "missing" if content is None else f"damaged, not the one of {CONFIG}"
            )
            raise InputError(
                f"{folder / name} is {problem}: copy the whole folder, or retrain it."
            )
        if name in sums or (
            name in CARD_FILES and content
        ):  # an empty file stands for none
            files[name] = content or b""
    return files


def _place_of_new(config: bytes) -> str:
    """Return in which folder the files of a set are until they have moved to their places."""
    return f"{NEW}{sha256(config)[:16]}"


def read_file(folder: Path, name: str) -> bytes | None:
    """Return a file's bytes, None if it is missing; raise InputError if it cannot be a model's."""
    path = folder / name
    most, real = MAX_BYTES[path.name], Path(os.path.realpath(folder))
    places = (
        real,
        real.parent.parent / "blobs",
    )  # where the Hub's cache keeps what it links to
    try:
        if not any(
            Path(os.path.realpath(path)).is_relative_to(place) for place in places
        ):
            raise ValueError(
                "it is a link out of the folder: put the file itself there"
            )
        status = path.stat()
        if not stat.S_ISREG(status.st_mode):
            raise ValueError("it is not a file")
        if status.st_size > most:
            raise ValueError(f"it has {status.st_size:,} bytes and may have {most:,}")
        return path.read_bytes()
    except FileNotFoundError:
        return None
    except (OSError, ValueError) as error:
        problem = getattr(error, "strerror", None) or error
        raise InputError(
            f"{path} cannot be read ({problem}): fix or replace the file."
        ) from None


def sha256(content: bytes) -> str:
    """Return the checksum of a file's content, as config.json and the card hold it."""
    return hashlib.sha256(content).hexdigest()


def to_json(value: object) -> bytes:
    """Return `value` as JSON text, the same bytes for the same value."""
    return (json.dumps(value, ensure_ascii=False, indent=1) + "\n").encode()


def check_writable(folder: Path) -> None:
    """Raise InputError unless a model folder can be written at `folder`; create its parents."""
    with writing(folder):
        # A new one is not made and removed: another process of the training may look for it.
        place = folder if folder.exists() else folder.parent
        place.mkdir(parents=True, exist_ok=True)
        with TemporaryDirectory(prefix=NEW, dir=place):
            there = {
                path.name for path in folder.glob("*") if not path.name.startswith(".")
            }
    if foreign := there - set(MAX_BYTES):
        raise InputError(
            f"{folder} holds {min(foreign)}, which is not part of a model",
            "give a folder for the model alone",
            "a folder",
        )


def whole_set(config: dict, files: dict[str, bytes]) -> dict[str, bytes]:
    """Return `files` with their config.json, which holds the format's version and checksums."""
    sums = {
        name: sha256(files[name]) for name in sorted(files) if name not in CARD_FILES
    }
    config = {"format_version": 4} | config | {"files": sums}
    return files | {CONFIG: to_json(config)}


def write_model_folder(folder: Path, files: dict[str, bytes]) -> None:
    """Replace the model in `folder` by a whole set of files, or raise InputError.

    After an error, whatever was there before is untouched.
    """
    folder = folder.resolve()
    check_writable(folder)
    if large := next(
        (name for name in files if len(files[name]) > MAX_BYTES[name]), None
    ):
        raise InputError(
            f"{large} has more than {MAX_BYTES[large]:,} bytes: nothing is saved."
        )
    is_new, new = not folder.exists(), folder / _place_of_new(files[CONFIG])
    with writing(folder):
        _finish(folder)  # what a save that was killed left to do
        try:
            new.mkdir(parents=True)
            # An empty file stands for none, so that no older one is taken for the new set's.
            for name, content in (dict.fromkeys(MAX_BYTES, b"") | files).items():
                write_file(new / name, content)
            sync(folder)
        except BaseException:
            shutil.rmtree(folder if is_new else new, ignore_errors=True)
            raise
        os.replace(new / CONFIG, folder / CONFIG)  # from here on the new set counts
        _finish(folder)


def _finish(folder: Path) -> None:
    """Move the files of the set that counts to their places, and remove what else was begun."""
    if config := read_file(folder, CONFIG):
        sync(folder)
        new = folder / _place_of_new(config)
        for path in new.iterdir() if new.is_dir() else ():
            if path.stat().st_size:
                os.replace(path, folder / path.name)
            else:
                (folder / path.name).unlink(missing_ok=True)
        sync(folder)
    for begun in folder.glob(f"{NEW}*"):
        shutil.rmtree(begun, ignore_errors=True)
