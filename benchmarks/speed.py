"""Speed of prediction and of training.

`python -m benchmarks.speed` prints, in one run, on the CPU and where there is one on a CUDA GPU:
distinct names predicted, from text to probabilities; and an epoch, in the precision that train.py
takes on the device. Figures are medians of the repetitions.

Run it on an idle machine.
"""

import argparse
import time
from collections.abc import Callable, Iterator
from functools import partial
from statistics import median

import torch

from benchmarks.common import forget_accelerator, machine, print_table
from model import TextClassifier
from model.data.pairs import read_pretraining
from model.data.rows import Dataset
from model.tasks.recipe import Recipe
from model.tasks.registry import TASKS
from model.training.build import build
from model.training.loop import Stage, Training
from model.training.session import Session, make_accelerator, restoring_threads

TASK = TASKS["names"]
Cases = dict[str, Callable[[], float]]  # each runs once and returns the seconds


def seconds_of(function: Callable, *arguments: object) -> float:
    """Return the seconds of one call, which does not leave a GPU at work."""
    start = time.perf_counter()
    function(*arguments)
    return time.perf_counter() - start


def epoch_seconds(device: str, recipe: Recipe, dataset: Dataset) -> float:
    """Return the seconds of the first epoch of a training on "cpu" or "cuda"."""
    forget_accelerator()
    accelerator = make_accelerator(use_gpu=device != "cpu")
    stage = Stage(build(recipe, dataset), dataset, recipe)
    training = Training(stage, Session(accelerator))
    with restoring_threads():
        training.set_threads()
        return seconds_of(training.run_epoch)


def groups(devices: list[str]) -> Iterator[tuple[str, int, Cases]]:
    """Yield what is compared: its name, how many names it takes, and the cases by their names."""
    dataset = TASK.read(TASK.data)
    names = list(dict.fromkeys(dataset.test.texts))
    cases: Cases = {}
    for device in devices:
        model = TextClassifier.load(TASK.output)
        model.network.to(device)
        cases[device] = partial(seconds_of, model.predict_batch, names)
    yield "distinct names", len(names), cases

    files = [TASK.data / "pretraining.csv.gz"]
    _, training = read_pretraining(files, dataset, TASK.kind)
    recipe = TASK.pretrained_recipe
    cases = {}
    for device in devices:
        cases[device] = partial(epoch_seconds, device, recipe, training)
    yield "an epoch of names", len(training.train), cases


def table(devices: list[str], repetitions: int) -> Iterator[list[str]]:
    """Yield a row for each case.

    The cases of a group alternate so that a busy moment of the machine affects all of them. The
    first round does not count because it includes one-off costs.
    """
    for group, n, cases in groups(devices):
        times = {name: [] for name in cases}
        for _ in range(1 + repetitions):
            for name, case in cases.items():
                times[name].append(case())
        medians = {}
        for name, seconds in times.items():
            _first_round, *counted = seconds
            medians[name] = median(counted)
        first, *_ = medians.values()
        for name, seconds in medians.items():
            title = f"{group}: {name}"
            rate = f"{n / seconds:,.0f}"
            multiple = f"{first / seconds:.2f}"
            yield [title, f"{seconds:.2f}", rate, multiple]


def main() -> None:
    """Print the machine and the table."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--repetitions", type=int, default=3)
    options = parser.parse_args()
    print(machine())
    print(f"{torch.get_num_threads()} threads")
    devices = ["cpu"]
    if torch.cuda.is_available():
        devices.append("cuda")
        print(torch.cuda.get_device_name())
    accelerator = make_accelerator()
    print(f"mixed precision of epochs: {accelerator.mixed_precision}\n")
    multiple = "speed, as a multiple of the first of its kind"
    headings = ["", "seconds", "names/s", multiple]
    rows = table(devices, options.repetitions)
    print_table(headings, rows)


if __name__ == "__main__":
    main()
