"""Trainings in this process: on any device and precision, watched, or interrupted."""

from contextlib import contextmanager

import torch
from accelerate import Accelerator

from benchmarks.common import forget_accelerator
from model.tasks.names import read_names
from model.training.build import build_model
from model.training.loop import Stage, fit_stage
from model.training.progress import Progress
from model.training.session import Session, make_accelerator


@contextmanager
def accelerator_on(device="cpu", precision=None):
    """Yield an Accelerator on "cpu" or "cuda", in the default precision unless one is given."""
    forget_accelerator()
    try:
        if precision is None:
            yield make_accelerator(use_gpu=device != "cpu")
        else:
            # Also "bf16" on a CPU that has to emulate it: slow, but the same computation.
            yield Accelerator(cpu=device == "cpu", mixed_precision=precision)
    finally:
        forget_accelerator()


def cpu():
    """Return an Accelerator on the CPU."""
    return make_accelerator(use_gpu=False)


def watching(**callbacks):
    """Return a Progress that calls `begin`, `on_batch` or `on_epoch`."""
    progress = Progress()
    vars(progress).update(callbacks)
    return progress


def interrupt(*_, **__):
    """Press Ctrl-C."""
    raise KeyboardInterrupt


def stop_after(epoch):
    """Return a Progress that presses Ctrl-C at the end of an epoch."""
    return watching(on_epoch=lambda entry: entry["epoch"] == epoch and interrupt())


def train(data, recipe, accelerator=None, **options):
    """Train on a names folder until the end or Ctrl-C; return the stage.

    The options are those of a Session.
    """
    dataset = read_names(data)
    stage = Stage(build_model(recipe, dataset), dataset, recipe)
    try:
        fit_stage(stage, Session(accelerator or cpu(), **options))
    except KeyboardInterrupt:
        assert stage.history
    return stage


def assert_same_weights(first, second, **tolerance):
    """Fail unless two models have the same weights, bit for bit unless a tolerance is given."""
    tolerance = {"atol": 0, "rtol": 0} | tolerance
    weights = second.network.state_dict()
    assert weights.keys() == first.network.state_dict().keys()
    for name, tensor in first.network.state_dict().items():
        torch.testing.assert_close(
            tensor,
            weights[name],
            **tolerance,
            msg=name,
        )
