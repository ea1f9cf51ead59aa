"""An Accelerator of any device and precision, in a process that has made others before."""

from contextlib import contextmanager

from accelerate import Accelerator

from benchmarks.common import forget_accelerator
from model.training.loop import make_accelerator


@contextmanager
def accelerator_on(device="cpu", precision=None):
    """Yield an Accelerator on "cpu" or "cuda", in the default precision unless one is given."""
    forget_accelerator()
    try:
        if precision is None:
            yield make_accelerator(use_gpu=device != "cpu")
        else:  # "bf16" also on a CPU that has to emulate it: slow, but the same computation
            yield Accelerator(cpu=device == "cpu", mixed_precision=precision)
    finally:
        forget_accelerator()
