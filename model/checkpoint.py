"""Checkpoints: what a training needs to go on after it was killed, replaced atomically.

A checkpoint belongs to one recipe and one data set, and is refused for any other.
"""

import contextlib
import os
from pathlib import Path

import torch

from .encoding import InputError

STATE = "state.pt"


def save_checkpoint(folder: Path, identity: dict, state: dict) -> None:
    """Write `state` into `folder`, or raise InputError and leave the earlier one untouched."""
    scratch = folder / f"{STATE}.new"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with open(scratch, "wb") as file:
            torch.save({"identity": identity, "state": state}, file)
            file.flush()
            os.fsync(file.fileno())
        os.replace(scratch, folder / STATE)
    except (OSError, RuntimeError) as error:  # torch reports a full disk as a RuntimeError
        reason = getattr(error, "strerror", None) or str(error).splitlines()[0]
        with contextlib.suppress(OSError):
            scratch.unlink()
        raise InputError(
            f"{folder} cannot be written ({reason}): training stops; go on later with --resume."
        ) from None


def remove_checkpoint(folder: Path) -> None:
    """Remove what save_checkpoint wrote, and the folder if nothing else is in it."""
    with contextlib.suppress(OSError):
        for name in (STATE, f"{STATE}.new"):
            (folder / name).unlink(missing_ok=True)
        folder.rmdir()


def load_checkpoint(folder: Path, identity: dict) -> dict | None:
    """Return the saved state, or None if there is none yet.

    Raises InputError if it is damaged, or of another recipe or other data than `identity` says.
    """
    path = folder / STATE
    if not path.exists():
        return None
    try:
        saved = torch.load(path, map_location="cpu", weights_only=True)  # refuses pickled code
        then, state = saved["identity"], dict(saved["state"])
        recipe, data = dict(then["recipe"]), then["data"]
    except Exception as error:
        reason = str(error).splitlines()[0]
        raise InputError(f"{path} is damaged ({reason}): train without --resume.") from None
    if data != identity["data"]:
        raise InputError(f"{path} was made with other data: train without --resume.")
    for option, value in identity["recipe"].items():
        if recipe.get(option) != value:
            raise InputError(
                f"{path} was made with {option} {recipe.get(option)}, not {value}: "
                "give the same options, or train without --resume."
            )
    return state
