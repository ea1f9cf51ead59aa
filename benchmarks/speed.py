"""Speed of prediction (beside a LinearSVC) and of training, and how long the page takes to start.

`python -m benchmarks.speed` prints, in one run, on the CPU and where there is one on a CUDA GPU:
distinct names predicted, from text to probabilities; a million people of Spain, whose names repeat,
while the LinearSVC gets each distinct name once; an epoch, in the precision that train.py takes on
the device; an epoch of the lecture's network; and `app.py` to its first answer, beside an import of
torch and gradio. Figures are medians of the repetitions.

Run it on an idle machine: with two threads on two cores, any other busy program slows every small
step of the GRU, because each thread waits for the other.
"""

import argparse
import random
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from functools import partial
from statistics import median

import torch
from sklearn.pipeline import make_pipeline
from sklearn.svm import LinearSVC

from benchmarks.common import forget_accelerator, machine, print_table, running_app
from data.builder.rows import unpacked
from model import TextClassifier
from model.data.pairs import read_pretraining
from model.data.rows import Dataset
from model.letters import decompose
from model.tasks import TASKS
from model.tasks.names import read_names
from model.tasks.recipe import LECTURE, Recipe
from model.training.baselines import features
from model.training.build import build
from model.training.loop import Stage, Training
from model.training.session import Session, make_accelerator

TASK = TASKS["names"]
PEOPLE = 1_000_000
Cases = dict[str, Callable[[], float]]  # each runs once and returns the seconds


def epoch_seconds(
    device: str,
    recipe: Recipe,
    dataset: Dataset,
) -> float:
    """Return the seconds of the first epoch of a training on "cpu" or "cuda"."""
    forget_accelerator()
    accelerator = make_accelerator(use_gpu=device != "cpu")
    stage = Stage(build(recipe, dataset), dataset, recipe)
    return seconds_of(Training(stage, Session(accelerator)).run_epoch)


def seconds_of(function: Callable, *arguments: object) -> float:
    """Return the seconds of one call, which does not leave a GPU at work."""
    start = time.perf_counter()
    function(*arguments)
    return time.perf_counter() - start


def draw_people(n: int) -> list[str]:
    """Return the surnames of `n` people of Spain, drawn by INE's counts of the bearers."""
    _header, *rows = unpacked(TASK.data / "counts" / "es_ine_2020.csv.gz")
    names = [name for name, _ in rows]
    bearers = [int(number) for _, number in rows]
    return random.Random(0).choices(
        names,
        bearers,
        k=n,
    )


def start_page() -> None:
    """Start the page, and end it after its first answer."""
    with running_app():
        pass


def groups(devices: list[str]) -> Iterator[tuple[str, int, Cases]]:
    """Yield what is compared: its name, how many names it takes, and the cases by their names."""
    dataset = read_names(TASK.data)
    models = {}
    for device in devices:
        models[device] = TextClassifier.load(TASK.output)
        models[device].network.to(device)
    svm = make_pipeline(features(of_words=False), LinearSVC(C=0.3, random_state=0))
    svm.fit(list(map(decompose, dataset.train.texts)), dataset.train.labels)

    def prediction(texts: list[str]) -> Cases:
        return {
            device: partial(seconds_of, model.predict_batch, texts)
            for device, model in models.items()
        }

    def linear(texts: list[str]) -> float:
        decomposed = map(decompose, texts)
        return seconds_of(lambda: svm.decision_function(list(decomposed)))

    def epoch(recipe: Recipe, rows: Dataset) -> Cases:
        return {
            device: partial(epoch_seconds, device, recipe, rows) for device in devices
        }

    names = list(dict.fromkeys(dataset.test.texts))
    cases = prediction(names) | {"LinearSVC": partial(linear, names)}
    yield "distinct names", len(names), cases
    people = draw_people(PEOPLE)
    once = list(dict.fromkeys(people))
    cases = prediction(people) | {"LinearSVC, names once": partial(linear, once)}
    yield f"people of {len(once):,} names", len(people), cases
    _, rows = read_pretraining([TASK.data / "pretraining.csv.gz"], dataset, TASK.kind)
    cases = epoch(TASK.pretrained_recipe, rows)
    yield "an epoch of names", len(rows.train), cases
    n_lecture = len(dataset.train)
    yield "an epoch of the lecture's network", n_lecture, epoch(LECTURE, dataset)
    imports = [sys.executable, "-c", "import torch, gradio"]
    cases = {
        "app.py to its first answer": partial(seconds_of, start_page),
        "import torch, gradio": partial(seconds_of, subprocess.call, imports),
    }
    yield "start", 0, cases


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
        medians = {name: median(seconds[1:]) for name, seconds in times.items()}
        first, *_ = medians.values()
        for name, seconds in medians.items():
            rate = f"{n / seconds:,.0f}" if n else ""
            yield [f"{group}: {name}", f"{seconds:.2f}", rate, f"{first / seconds:.2f}"]


def main() -> None:
    """Print the machine and the table."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--repetitions", type=int, default=3)
    options = parser.parse_args()
    devices = ["cpu"]
    facts = [machine()]
    if torch.cuda.is_available():
        devices.append("cuda")
        facts.append(torch.cuda.get_device_name())
    facts.append(f"{torch.get_num_threads()} threads")
    precision = make_accelerator().mixed_precision.replace("no", "fp32")
    facts.append(f"epochs in {precision}")
    print(
        "; ".join(facts),
        end="\n\n",
        flush=True,
    )
    multiple = "speed, as a multiple of the first of its kind"
    rows = table(devices, options.repetitions)
    print_table(["", "seconds", "names/s", multiple], rows)


if __name__ == "__main__":
    main()
