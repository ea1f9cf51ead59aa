"""Checkpoints: what a training needs to continue after it was killed, a file for each stage.

A checkpoint belongs to one recipe, data set, kind of device and precision, and is refused for any
other because the result would not be the one that the training began. It ends in its own SHA-256.
"""

import hashlib
import io
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import torch
from filelock import SoftFileLock, Timeout

from ..atomic import write_file, writing
from ..errors import InputError, reason, shorten

PRETRAINING, MAIN, REFIT = "pretraining", "main", "refit"
STAGES = (PRETRAINING, MAIN, REFIT)  # that have a checkpoint
DIGEST = 32  # bytes
REMEDIES = {
    "data": "give the same data",
    "device": "resume on a {} device",
    "precision": "set ACCELERATE_MIXED_PRECISION={}",
    "threads": "set OMP_NUM_THREADS={}",
}


def folder_beside(output: Path, ending: str = "checkpoint") -> Path:
    """Return OUTPUT.checkpoint, say; raise InputError now if nothing could be written there."""
    folder = output.absolute().with_name(f"{output.absolute().name}.{ending}")
    with writing(folder):
        is_in_the_way = folder.exists() and not folder.is_dir()
    if is_in_the_way:
        raise InputError(
            f"{folder} is not a folder: remove it, or give another --output."
        )
    return folder


@contextmanager
def held(folder: Path) -> Iterator[None]:
    """Keep other trainings out of `folder`, and remove it at the end if nothing is in it.

    Raises InputError that names the process which holds it.
    """
    with writing(folder):
        folder.mkdir(parents=True, exist_ok=True)
        lock = SoftFileLock(folder / "lock")
        try:
            lock.acquire(blocking=False)
        except Timeout:
            raise InputError(
                f"{folder} is in use by process {lock.pid}, another training",
                "wait for its end, or give a folder of its own",
                "a folder",
            ) from None
    try:
        yield
    finally:
        lock.release()
        with suppress(OSError):
            folder.rmdir()


def save_checkpoint(path: Path, identity: dict, state: dict) -> None:
    """Write `state` to `path`, or raise InputError and leave the earlier one untouched."""
    content = io.BytesIO()  # torch.save to a path hides why a file cannot be written
    torch.save({"identity": identity, "state": state}, content)
    content.write(hashlib.sha256(content.getvalue()).digest())
    with writing(path):
        path.parent.mkdir(parents=True, exist_ok=True)
        write_file(path, content.getbuffer())


def remove_checkpoints(folder: Path) -> None:
    """Remove what save_checkpoint wrote."""
    with suppress(OSError):
        for stage in STAGES:
            for path in folder.glob(f"*{stage}.pt*"):  # also what a kill left of one
                path.unlink(missing_ok=True)


def load_checkpoint(path: Path, identity: dict) -> dict | None:
    """Return the saved state, or None if there is none yet.

    Raises InputError if it is damaged, or if its recipe, data, device or precision differs from
    `identity`.
    """
    if not path.exists():
        return None
    try:
        content = memoryview(path.read_bytes())
        if hashlib.sha256(content[:-DIGEST]).digest() != content[-DIGEST:]:
            raise ValueError("its checksum is wrong")
        file = io.BytesIO(content[:-DIGEST])
        saved = torch.load(file, map_location="cpu", weights_only=True)
    except Exception as error:  # torch has several of its own
        raise damaged(path, error) from None
    for option, value in identity.items():
        saved_value = saved["identity"].get(option)
        if saved_value != value:
            raise made_otherwise(path, option, saved_value, value)
    return saved["state"]


def made_otherwise(path: Path, option: str, saved: Any, now: Any) -> InputError:
    """Return the error of a checkpoint that another recipe, data or device made."""
    difference = f"{option} {shorten(saved)}, not {now}"
    if option == "data":
        difference = "other data"
    remedy = REMEDIES.get(option, "give the same options").format(saved)
    return InputError(
        f"{path} was made with {difference}: {remedy}, or train without --resume."
    )


def damaged(path: Path, error: Exception) -> InputError:
    """Return the error of a checkpoint that cannot be resumed."""
    return InputError(f"{path} is damaged ({reason(error)}): train without --resume.")
