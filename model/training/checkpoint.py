"""Checkpoints: what a training needs to go on after it was killed, replaced atomically.

A checkpoint belongs to one recipe, one data set, one kind of device and one precision, and is
refused for any other because the result would not be the one that the training began.
"""

import contextlib
import io
import os
import zipfile
from collections.abc import Iterable
from pathlib import Path

import torch

from ..atomic import write_file
from ..errors import InputError, reason, shorten

STATE = "state.pt"


def checkpoint_folder(output: Path) -> Path:
    """Return OUTPUT.checkpoint; raise InputError now if no checkpoint could be written there."""
    folder = output.absolute().with_name(f"{output.absolute().name}.checkpoint")
    try:
        if os.path.lexists(folder) and not folder.is_dir():
            raise InputError(f"{folder} is not a folder: remove it, or give another --output.")
        (folder / STATE).stat()
    except FileNotFoundError:
        pass
    except OSError as error:
        raise InputError(
            f"{folder} cannot be written: {error.strerror}: give another --output."
        ) from None
    return folder


def save_checkpoint(folder: Path, identity: dict, state: dict) -> None:
    """Write `state` into `folder`, or raise InputError and leave the earlier one untouched."""
    content = io.BytesIO()  # torch.save to a path hides why a file cannot be written
    torch.save({"identity": identity, "state": state}, content)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        write_file(folder / STATE, content.getbuffer())
    except OSError as error:
        with contextlib.suppress(OSError):
            folder.rmdir()  # only if no earlier checkpoint is in it
        later = "; go on later with --resume" if os.path.exists(folder / STATE) else ""
        raise InputError(
            f"{folder} cannot be written ({error.strerror}): training stops{later}."
        ) from None


def remove_checkpoint(folder: Path) -> None:
    """Remove what save_checkpoint wrote, and the folder if nothing else is in it."""
    with contextlib.suppress(OSError):
        for path in (folder / STATE, *folder.glob(f".{STATE}.*.part")):  # what a kill left too
            path.unlink(missing_ok=True)
        folder.rmdir()


def saved_history(folder: Path) -> list[dict]:
    """Return the epochs that the checkpoint in `folder` holds, none if it cannot be resumed."""
    try:
        saved = _load(folder / STATE)
        return list(map(dict, saved["state"]["history"]))
    except Exception:
        return []


def _load(path: Path) -> dict:
    # torch writes it uncompressed; anything else could unpack to any size. It checks no checksum,
    # and reads nothing where an attribute calls a tensor a folder.
    with zipfile.ZipFile(path) as archive:
        if any(entry.compress_type or entry.external_attr for entry in archive.infolist()):
            raise ValueError("it is compressed or has attributes")
        if archive.testzip() is not None:
            raise ValueError("its checksums are wrong")
    return torch.load(path, map_location="cpu", weights_only=True)  # refuses pickled code


def load_checkpoint(folder: Path, identity: dict) -> dict | None:
    """Return the saved state, or None if there is none yet.

    Raises InputError if it is damaged, or if its recipe, data, device or precision differs from
    `identity`.
    """
    path = folder / STATE
    if not path.exists():
        return None
    try:
        saved = _load(path)
        then, state = saved["identity"], dict(saved["state"])
        recipe, data = dict(then["recipe"]), then["data"]
    except Exception as error:
        raise _damaged(path, error) from None
    if data != identity["data"]:
        raise InputError(f"{path} was made with other data: train without --resume.")
    for option, value in identity["recipe"].items():
        if (earlier := recipe.get(option)) != value:
            remedy = {
                "device": f"resume on a {earlier} device",
                "precision": f"set ACCELERATE_MIXED_PRECISION={earlier}",
            }.get(option, "give the same options")
            raise InputError(
                f"{path} was made with {option} {shorten(earlier)}, not {value}: "
                f"{remedy}, or train without --resume."
            )
    return state


def check_fits(folder: Path, state: dict, network: torch.nn.Module, parts: Iterable[str]) -> None:
    """Raise InputError unless `state` has these parts and its tensors have the network's shapes."""
    try:
        if set(state) != set(parts):
            raise ValueError(f"it holds {', '.join(sorted(state))}")
        for part in ("weights", "best_weights"):
            if _shapes(state[part]) != _shapes(network.state_dict()):
                raise ValueError(f"its {part} do not fit the network")
        _check_optimizer(state["optimizer"], network)
        if not isinstance(state["schedule"], dict):
            raise ValueError("its schedule has no values")
        if state["best_epoch"] not in [entry["epoch"] for entry in state["history"]]:
            raise ValueError("its best epoch is not in its history")
    except Exception as error:
        raise _damaged(folder / STATE, error) from None


def _check_optimizer(optimizer: dict, network: torch.nn.Module) -> None:
    shapes = sorted(tuple(weight.shape) for weight in network.parameters())
    for moment in ("exp_avg", "exp_avg_sq"):
        moments = [entry[moment] for entry in optimizer["state"].values()]
        if sorted(tuple(tensor.shape) for tensor in moments) != shapes:
            raise ValueError(f"its optimizer's {moment} does not fit the network")
    if sum(len(group["params"]) for group in optimizer["param_groups"]) != len(shapes):
        raise ValueError("its optimizer's groups do not fit the network")


def _shapes(tensors: dict[str, torch.Tensor]) -> dict[str, torch.Size]:
    return {name: tensor.shape for name, tensor in tensors.items()}


def _damaged(path: Path, error: Exception) -> InputError:
    return InputError(f"{path} is damaged ({reason(error)}): train without --resume.")
