"""Trainings in this process: on any device and precision, watched, or interrupted."""

from contextlib import contextmanager

import torch
from accelerate import Accelerator

from benchmarks.common import forget_accelerator
from model import TextClassifier
from model.tasks.names import read_names
from model.training.build import build
from model.training.loop import fit, make_accelerator
from model.training.progress import SILENT, Progress


@contextmanager
def accelerator_on(device="cpu", precision=None):
    """Yield an Accelerator on "cpu" or "cuda", in the default precision unless one is given."""
    forget_accelerator()
    try:
        # "bf16" also on a CPU that has to emulate it: slow, but the same computation
        given = precision and Accelerator(
            cpu=device == "cpu", mixed_precision=precision
        )
        yield given or make_accelerator(use_gpu=device != "cpu")
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


def train(
    data, recipe, checkpoint=None, resume=False, progress=SILENT, accelerator=None
):
    """Train on a names folder; return its rows, the classifier, the history and what ended it."""
    dataset = read_names(data)
    model = build(recipe, dataset)
    done = fit(
        model, dataset, recipe, accelerator or cpu(), checkpoint, resume, progress
    )
    return dataset, TextClassifier(model), *done


def assert_same_weights(first, second, **tolerance):
    """Fail unless two models have the same weights, bit for bit unless a tolerance is given."""
    tolerance = {"atol": 0, "rtol": 0} | tolerance
    weights = second.network.state_dict()
    assert weights.keys() == first.network.state_dict().keys()
    for name, tensor in first.network.state_dict().items():
        torch.testing.assert_close(tensor, weights[name], **tolerance, msg=name)
