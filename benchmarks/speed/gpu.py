"""How fast training and prediction are on a GPU, on the CPU, and beside the lecture's loop.

`python -m benchmarks.speed.gpu` prints, in one run: ratios on the CPU to the lecture's loop and to
the bare `nn.GRU`, each with the least and the greatest of its repetitions; for the CPU, and for a
CUDA GPU where there is one, the seconds of an epoch, the names predicted per second and the seconds
to 85.0% of the lecture's test names; and where a training step goes. It needs the lecture's files,
and for the rows of reviews the contest's; no weights are saved.

A rate belongs to one machine, a ratio carries over better. Run it on an idle machine or, where
other programs cannot be stopped, with `OMP_NUM_THREADS=1` and `--cpu-time`, which counts this
process's own processor time in the ratios.
"""

import argparse
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from statistics import median
from types import SimpleNamespace
from typing import Any

import torch
from accelerate import Accelerator
from torch import Tensor
from torch.autograd import DeviceType
from torch.profiler import ProfilerActivity, profile

from benchmarks.common import (
    ROOT,
    forget_accelerator,
    interleave,
    machine,
    print_table,
    require_lecture_data,
)
from benchmarks.speed import engine
from benchmarks.speed.lecture_loop import LectureLoop
from model.core import loss_and_right, predict_outputs, train_epoch
from model.data.pairs import read_pretraining
from model.data.rows import Dataset, encode_rows
from model.tasks import TASKS
from model.tasks.names import WORDS, read_names
from model.tasks.recipe import LECTURE, Recipe
from model.training.build import build
from model.training.loop import Training, make_accelerator

GOAL, MOST_EPOCHS = 0.85, 40  # of the lecture's test names; epochs of its loop at most
EPOCHS, STEPS = 3, 60  # how many are timed
WARM_UP = 10  # steps before those
REVIEWS = ROOT / "data" / "sentiment"
STEP = "names, after pretraining"  # the training whose step is taken apart


def accelerator_on(device: str) -> Accelerator:
    """Return an Accelerator on "cpu" or "cuda", in the precision that train.py takes there."""
    forget_accelerator()
    accelerator = make_accelerator(use_gpu=device != "cpu")
    if accelerator.device.type != device:
        sys.exit("The environment keeps to the CPU: unset ACCELERATE_USE_CPU.")
    return accelerator


@dataclass(frozen=True)
class Case:
    """A recipe and the data that it is trained on."""

    recipe: Recipe
    dataset: Dataset

    def start(self, device: str) -> Training:
        """Return its training on "cpu" or "cuda", from new weights."""
        accelerator = accelerator_on(device)
        return Training(build(self.recipe, self.dataset), self.dataset, self.recipe, accelerator)


def cases(lecture: Dataset) -> dict[str, Case]:
    """Return the trainings whose epochs are timed, by name; `lecture` has the lecture's rows."""
    names = TASKS["names"]
    recipe, dataset = names.pretrained_recipe, read_names(names.data)
    pretraining, dataset = read_pretraining([names.data / "pretraining.csv.gz"], dataset, WORDS)
    found = {
        "the lecture's network": Case(LECTURE, lecture),
        "names, pretraining": Case(recipe.first_stage(), pretraining),
        STEP: Case(recipe, dataset),
    }
    for path in sorted(REVIEWS.glob("train.tsv*"))[:1]:
        found["reviews"] = Case(TASKS["reviews"].recipe, TASKS["reviews"].read(path))
    return found


def wait(device: str) -> float:
    """Return the time in seconds once the device has done all that it was given."""
    if device != "cpu":
        torch.cuda.synchronize()
    return time.perf_counter()


def seconds_of(function: Callable[[], object], device: str) -> float:
    """Return the seconds that one call takes on the device."""
    start = wait(device)
    function()
    return wait(device) - start


def repeated(case: Callable[[], float]) -> list[float]:
    """Return what `case` returns EPOCHS times, after a call that does not count."""
    return interleave({"": case}, EPOCHS)[""]


def epoch_seconds(case: Case, device: str) -> list[float]:
    """Return the seconds of some epochs, as train.py runs them, after one that does not count."""
    training = case.start(device)
    return repeated(lambda: training.run_epoch(lambda *_: None)["seconds"])


def forms_seconds(case: Case, device: str) -> list[float]:
    """Return the seconds that each of some epochs takes to draw and encode the forms of texts."""
    rows = case.start(device).rows
    return repeated(lambda: seconds_of(lambda: rows.vary(1), device))


def names_per_second(case: Case, device: str) -> float:
    """Return how many encoded test names a second the network gives outputs for."""
    training = case.start(device)
    model, test = training.model, case.dataset.test
    rows = encode_rows(test, model.encoder, model.labels, training.accelerator.device)

    def predict() -> None:
        predict_outputs(training.network, rows.ids, rows.lengths)

    return len(test) / median(repeated(lambda: seconds_of(predict, device)))


def time_to_goal(case: Case, device: str) -> tuple[float, float]:
    """Return the seconds of training until GOAL of the test rows are right, or all of them.

    And the share that was right, at best. Encoding and drawing of forms count, scoring does not.
    """
    training = case.start(device)
    model, seconds, best = training.model, 0.0, 0.0
    test = encode_rows(case.dataset.test, model.encoder, model.labels, training.accelerator.device)
    while best < GOAL and not training.is_done:
        seconds += training.run_epoch(lambda *_: None)["seconds"]
        best = max(best, float(loss_and_right(training.network, test)[1]) / len(test))
    return seconds, best


def lecture_to_goal(loop: LectureLoop) -> tuple[float, float]:
    """Return what `time_to_goal` does, for the lecture's own loop on the CPU."""
    seconds, best = 0.0, 0.0
    for _ in range(MOST_EPOCHS):
        seconds += seconds_of(loop.train, "cpu")
        best = max(best, loop.accuracy())
        if best >= GOAL:
            break
    return seconds, best


def start_epoch(case: Case, device: str) -> tuple[Training, list[Tensor]]:
    """Return a training that has taken some steps of its first epoch, and the next batches."""
    training = case.start(device)
    training.rows.vary(1)
    batches = training.rows.batches(1)
    run_steps(training, batches[:WARM_UP])
    return training, batches[WARM_UP : WARM_UP + STEPS]


def run_steps(training: Training, batches: list[Tensor], **watched: Any) -> None:
    """Train on `batches`, with `watched` in place of what train_epoch is given by that name."""
    given = {name: getattr(training, name) for name in ("optimizer", "schedule", "accelerator")}
    given |= {"take": training.rows.take} | watched
    rows = map(given.pop("take"), batches)
    train_epoch(training.network, rows, training.rows.log_prior, **given)


def step_parts(case: Case, device: str) -> dict[str, float]:
    """Return the seconds of each part of a step of train_epoch."""
    training, batches = start_epoch(case, device)
    spent = dict.fromkeys(("rows", "forward", "backward", "optimiser"), 0.0)

    @contextmanager
    def timed(part: str) -> Iterator[None]:
        start = wait(device)
        yield
        spent[part] += wait(device) - start

    def watched(part: str, function: Callable) -> Callable:
        def call(*arguments: object) -> object:
            with timed(part):
                return function(*arguments)

        return call

    @contextmanager
    def forward() -> Iterator[None]:
        with timed("forward"), training.accelerator.autocast():
            yield

    run_steps(
        training,
        batches,
        take=watched("rows", training.rows.take),
        accelerator=SimpleNamespace(
            autocast=forward, backward=watched("backward", training.accelerator.backward)
        ),
        optimizer=SimpleNamespace(
            step=watched("optimiser", training.optimizer.step),
            zero_grad=watched("optimiser", training.optimizer.zero_grad),
        ),
        schedule=SimpleNamespace(step=watched("optimiser", training.schedule.step)),
    )
    return {part: seconds / len(batches) for part, seconds in spent.items()}


def operations(case: Case, device: str) -> tuple[list[tuple[str, float]], float]:
    """Return the operations that take most of a step with their shares, and how busy the GPU is.

    Without a GPU the second is 0; where torch's profiler may not see the GPU there is nothing.
    """
    training, batches = start_epoch(case, device)
    # Without the profiler, which slows the steps down.
    seconds = seconds_of(lambda: run_steps(training, batches), device)
    on_gpu = device != "cpu"
    with profile(activities=[ProfilerActivity.CPU] + [ProfilerActivity.CUDA] * on_gpu) as profiler:
        run_steps(training, batches)
        wait(device)
    # A kernel is listed twice: by itself, and as the device's time of the operation that ran it.
    operations = [
        event
        for event in profiler.key_averages()
        if event.device_type == DeviceType.CPU and not event.is_user_annotation
    ]
    kind = "self_device_time_total" if on_gpu else "self_cpu_time_total"
    spent = {event.key: getattr(event, kind) / 1e6 for event in operations}
    total = sum(spent.values())
    most = sorted(spent.items(), key=lambda item: -item[1])[:6]
    return [(name, part / total) for name, part in most if part], on_gpu * total / seconds


def seconds_text(values: list[float]) -> str:
    """Return the median of `values` with the least and the greatest."""
    return f"{median(values):.2f} s ({min(values):.2f}–{max(values):.2f})"


def goal_text(found: tuple[float, float]) -> str:
    """Return seconds and share as `time_to_goal` returns them, in words."""
    seconds, share = found
    return f"{seconds:.0f} s" if share >= GOAL else f"not in {seconds:.0f} s ({share:.1%})"


def devices_table(folder: Path, found: dict[str, Case], devices: list[str]) -> Iterator[list[str]]:
    """Yield a row of each measurement: ours on each device, and the lecture's loop's."""
    loop = LectureLoop(folder)
    loop_seconds = repeated(lambda: seconds_of(loop.train, "cpu"))
    for name, case in found.items():
        cells = [seconds_text(epoch_seconds(case, device)) for device in devices]
        is_lecture = case.recipe == LECTURE
        yield [f"an epoch: {name}", *cells, seconds_text(loop_seconds) if is_lecture else ""]
    cells = [seconds_text(forms_seconds(found[STEP], device)) for device in devices]
    yield [f"of it, forms of texts drawn and encoded: {STEP}", *cells, ""]
    rates = [f"{names_per_second(found[STEP], device):,.0f}" for device in devices]
    yield ["names per second, encoded, to outputs", *rates, ""]
    scratch = Case(TASKS["names"].recipe, found["the lecture's network"].dataset)
    goals = [goal_text(time_to_goal(scratch, device)) for device in devices]
    yield [
        f"to {GOAL:.1%} of the lecture's test names",
        *goals,
        goal_text(lecture_to_goal(LectureLoop(folder))),
    ]


def main() -> None:
    """Print the machine and the tables."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--repetitions", type=int, default=5, help="of each ratio (default: 5)")
    parser.add_argument("--cpu-time", action="store_true", help="not the wall's; with one thread")
    options = parser.parse_args()
    folder = require_lecture_data()
    devices = ["cpu"] + ["cuda"] * torch.cuda.is_available()
    cards = ["this CPU", *(torch.cuda.get_device_name() for _ in devices[1:])]
    kind = ", processor time in the ratios" if options.cpu_time else ""
    print(f"{machine()}, {torch.get_num_threads()} threads{kind}", end="\n\n", flush=True)
    lecture = read_names(folder)
    clock = time.process_time if options.cpu_time else time.perf_counter
    measured = engine.measure(lecture, LectureLoop(folder), options.repetitions, clock)
    print_table(engine.HEADERS, engine.table(measured))
    # All rows but one train, as in the lecture.
    everything = lecture.train + lecture.validation
    found = cases(replace(lecture, train=everything, validation=everything.take([0])))
    precisions = [accelerator_on(device).mixed_precision for device in devices]
    print(f"\nPrecision: {', '.join('fp32' if p == 'no' else p for p in precisions)}", end="\n\n")
    print_table(["", *cards, "lecture's loop, CPU"], devices_table(folder, found, devices))
    for device, card in zip(devices, cards, strict=True):
        parts = step_parts(found[STEP], device)
        total = sum(parts.values())
        print(f"\nA step of {STEP}, {card}: {total * 1000:.1f} ms", end="\n\n")
        print_table(["part", "share"], ([p, f"{s / total:.0%}"] for p, s in parts.items()))
        most, busy = operations(found[STEP], device)
        print("\nOperations by their own time: " + ", ".join(f"{n} {s:.0%}" for n, s in most))
        if device != "cpu":
            print(f"The GPU computes for {busy:.0%} of a step's time.")


if __name__ == "__main__":
    main()
