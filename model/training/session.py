"""What the stages of a training share: its device, who watches it and where it is saved."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path

import torch
from accelerate import Accelerator

from ..data.rows import Dataset
from ..errors import InputError, shorten
from ..tasks.recipe import Recipe
from .progress import SILENT, Progress

PRECISION = "ACCELERATE_MIXED_PRECISION"
THREADS = "OMP_NUM_THREADS"


@dataclass
class Session:
    """What the stages of a training share."""

    accelerator: Accelerator  # device and precision
    progress: Progress = SILENT
    checkpoint: Path | None = None  # folder in which the end of each epoch is saved
    resume: bool = False  # whether to continue from what is saved there
    # The epochs of each stage, in turn
    histories: dict[str, list[dict]] = field(init=False, default_factory=dict)
    # Of a training on a CPU. None: not decided yet, or left to torch
    threads: int | None = field(init=False, default=None)

    def __post_init__(self) -> None:
        """Keep to the number of threads that the environment gives."""
        is_given = bool(os.environ.get(THREADS))
        if is_given and self.accelerator.device.type == "cpu":
            self.threads = torch.get_num_threads()

    def identity(self, recipe: Recipe, dataset: Dataset) -> dict:
        """Return what a stage's checkpoint belongs to."""
        identity = {
            "data": dataset.files,
            **asdict(recipe),
            "device": self.accelerator.device.type,
            "precision": self.accelerator.mixed_precision,
        }
        if self.threads:
            identity["threads"] = self.threads
        return identity

    def set_threads(self, threads: int | None) -> None:
        """Train with so many threads from now on; None leaves it to torch."""
        self.threads = threads
        if threads:
            torch.set_num_threads(threads)


@contextmanager
def restoring_threads() -> Iterator[None]:
    """Leave torch's number of threads as it was, whatever a training sets."""
    threads = torch.get_num_threads()
    try:
        yield
    finally:
        torch.set_num_threads(threads)


def make_accelerator(use_gpu: bool | None = None) -> Accelerator:
    """Return an Accelerator on CUDA, else MPS, else the CPU.

    `use_gpu` False keeps to the CPU. Weights, gradients and optimiser are fp32. With precision
    "bf16", the default where the device has instructions for it, matrix products are in bf16,
    except the GRU's on CUDA (core.py says why). The environment's ACCELERATE_MIXED_PRECISION
    chooses. Raises InputError for any other precision, because gradients are not scaled here, and
    for "bf16" where it would be emulated.
    """
    chosen = os.environ.get(PRECISION, "").lower()
    if chosen not in ("", "no", "bf16"):
        raise InputError(
            f"{PRECISION} is {shorten(chosen)!r}: set it to no or bf16, or unset it."
        )
    device = _device(use_gpu)
    has_bf16 = _has_bf16(device)
    if chosen == "bf16" and not has_bf16:
        raise InputError(
            f"{PRECISION} is bf16, which is not supported on this {device}: set it to no."
        )
    usual = "bf16" if has_bf16 else "no"
    return Accelerator(cpu=device == "cpu", mixed_precision=chosen or usual)


def _device(use_gpu: bool | None) -> str:
    if use_gpu is False:
        return "cpu"
    if torch.cuda.is_available():
        return "cuda"
    return "mps" if torch.backends.mps.is_available() else "cpu"


def _has_bf16(device: str) -> bool:
    """Return whether the device has instructions for bf16."""
    if device == "cuda":
        return torch.cuda.is_bf16_supported(including_emulation=False)
    if device == "mps":
        return False
    # Older versions of torch do not have this function.
    list_capabilities = getattr(torch.cpu, "get_capabilities", dict)
    capabilities: dict = list_capabilities()
    return any(capabilities.get(name) for name in ("avx512_bf16", "amx_bf16"))
