"""An Accelerator of any device and precision, in a process that has made others before."""

from contextlib import contextmanager

from accelerate import Accelerator
from accelerate.state import AcceleratorState

from model.training import make_accelerator


@contextmanager
def accelerator_on(device="cpu", precision=None):
    """Yield an Accelerator on "cpu" or "cuda", in the default precision unless one is given."""
    forget()
    try:
        if precision is None:
            yield make_accelerator(use_gpu=device != "cpu")
        else:  # "bf16" also on a CPU that has to emulate it: slow, but the same computation
            yield Accelerator(cpu=device == "cpu", mixed_precision=precision)
    finally:
        forget()


def forget():
    """Make Accelerate forget device and precision, of which it keeps one for a whole process."""
    AcceleratorState._reset_state(reset_partial_state=True)
