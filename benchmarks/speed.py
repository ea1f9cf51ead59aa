"""Speed of prediction and of training.

`python -m benchmarks.speed` prints, in one run, on the CPU and where there is one on a CUDA GPU:
distinct names predicted, from text to probabilities; and an epoch, in the precision that train.py
takes on the device. Figures are medians of the repetitions.

Run it on an idle machine.
"""

import time
from collections import defaultdict
from collections.abc import Callable, Iterator
from functools import partial
from statistics import median

import torch

from benchmarks.common import forget_accelerator, machine, parser_of, print_table
from model import TextClassifier
from model.data.pairs import read_pretraining
from model.data.rows import Dataset
from model.tasks.registry import TASKS
from model.training.build import build_model
from model.training.loop import Stage, Training
from model.training.session import Session, make_accelerator, restoring_threads

TASK = TASKS["names"]


def seconds_of(function: Callable, *arguments: object) -> float:
    """Return the seconds of one call, which does not leave a GPU at work."""
    start = time.perf_counter()
    function(*arguments)
    return time.perf_counter() - start


def epoch_seconds(device: str, dataset: Dataset) -> float:
    """Return the seconds of the first epoch of a training on "cpu" or "cuda"."""
    forget_accelerator()
    accelerator = make_accelerator(use_gpu=device != "cpu")
    recipe = TASK.pretrained_recipe
    stage = Stage(build_model(recipe, dataset), dataset, recipe)
    training = Training(stage, Session(accelerator))
    with restoring_threads():
        training.set_threads()
        return seconds_of(training.run_epoch)


def cases(devices: list[str]) -> dict[str, tuple[int, Callable[[], float]]]:
    """Return by its title each case: how many names it takes, and what returns its seconds."""
    dataset = TASK.read_data(TASK.data)
    names = list(dict.fromkeys(dataset.test.texts))
    files = [TASK.data / "pretraining.csv.gz"]
    _, training = read_pretraining(files, dataset, TASK.kind)
    found = {}
    for device in devices:
        model = TextClassifier.load(TASK.output)
        model.network.to(device)
        predict = partial(seconds_of, model.predict_batch, names)
        found[f"distinct names: {device}"] = len(names), predict
        epoch = partial(epoch_seconds, device, training)
        found[f"an epoch of names: {device}"] = len(training.train), epoch
    return found


def table(devices: list[str], repetitions: int) -> Iterator[list]:
    """Yield a row for each case.

    The cases alternate so that a busy moment of the machine affects all of them. The first round
    does not count because it includes one-off costs.
    """
    found = cases(devices)
    times = defaultdict(list)
    for _ in range(1 + repetitions):
        for title, (_, case) in found.items():
            times[title].append(case())
    for title, (n, _) in found.items():
        seconds = median(times[title][1:])
        yield [title, f"{seconds:.2f}", round(n / seconds)]


def main() -> None:
    """Print the machine and the table."""
    parser = parser_of(__doc__)
    parser.add_argument("--repetitions", type=int, default=3)
    options = parser.parse_args()
    print(machine())
    print(f"{torch.get_num_threads()} threads")
    devices = ["cpu"]
    if torch.cuda.is_available():
        devices.append("cuda")
        print(torch.cuda.get_device_name())
    print(f"mixed precision of epochs: {make_accelerator().mixed_precision}\n")
    print_table(["", "seconds", "names/s"], table(devices, options.repetitions))


if __name__ == "__main__":
    main()
