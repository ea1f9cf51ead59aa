"""How fast the shipped model predicts, beside others; how fast training is; how soon the page.

`python -m benchmarks.speed` prints, in one run, on the CPU and where there is one on a CUDA GPU:
distinct names predicted, from text to probabilities, beside LinearSVC and fastText; a million
people of Spain, whose names repeat, while the other two get each distinct name once and need not
put the answers in order; an epoch, in the precision that train.py takes on the device; an epoch of
the lecture's network, and of the same in a plain loop; and `app.py` to its first answer, beside an
import of torch and gradio. Figures are medians of the repetitions, and a ratio is the median of
those within a repetition.

Run it on an idle machine: with two threads on two cores, any other busy program slows every small
step of the GRU, because each thread waits for the other. On a busy one, set OMP_NUM_THREADS=1 and
give `--cpu-time`, which counts the processor time of this process and leaves the page out.
"""

import argparse
import csv
import gzip
import random
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from functools import partial
from statistics import median
from subprocess import call

import torch
from torch import nn
from torch.nn.functional import cross_entropy
from torch.nn.utils.rnn import pack_padded_sequence, pad_sequence
from torch.utils.data import DataLoader

from benchmarks import common
from benchmarks.accuracy.baselines import Baseline
from model import TextClassifier
from model.core import normalise
from model.data.pairs import read_pretraining
from model.data.rows import Dataset, Rows
from model.letters import decompose
from model.tasks import TASKS
from model.tasks.names import WORDS, read_names
from model.tasks.recipe import LECTURE, Recipe
from model.training.build import build
from model.training.loop import SILENT, Training, make_accelerator

TASK = TASKS["names"]
PEOPLE = 1_000_000
Clock = Callable[[], float]
Case = Callable[[], float]  # runs once and returns the seconds


class LectureLoop:
    """The loop of the lecture "RNN Classifier", written from its description, without short cuts.

    Names travel as strings, and each batch is turned into tensors in Python inside the loop, padded
    and packed. It uses nothing of model/, so that no change there changes what we compare with.
    """

    def __init__(self, rows: Rows):
        names = [normalise(text, fold_case=False) or "?" for text in rows.texts]  # ASCII
        index = {label: i for i, label in enumerate(sorted(set(rows.labels)))}
        targets = [index[label] for label in rows.labels]
        self.loader = DataLoader(list(zip(names, targets, strict=True)), 256, shuffle=True)
        self.embedding = nn.Embedding(128, 100)
        self.gru = nn.GRU(100, 100, 2, bidirectional=True)
        self.linear = nn.Linear(200, len(index))
        parts = nn.ModuleList([self.embedding, self.gru, self.linear])
        self.optimizer = torch.optim.Adam(parts.parameters(), lr=1e-3)

    def train(self) -> None:
        """Go once over the names."""
        total = 0.0
        for names, targets in self.loader:
            ids = [torch.tensor([ord(character) for character in name]) for name in names]
            lengths = torch.tensor([len(name) for name in names])
            embedded = self.embedding(pad_sequence(ids))  # -> (T, B, 100)
            packed = pack_padded_sequence(embedded, lengths, enforce_sorted=False)
            _, states = self.gru(packed)
            logits = self.linear(torch.cat([states[-1], states[-2]], dim=1))  # -> (B, C)
            loss = cross_entropy(logits, targets)
            self.optimizer.zero_grad()
            loss.backward()
            self.optimizer.step()
            total += loss.item()


def epoch_seconds(clock: Clock, recipe: Recipe, dataset: Dataset, device: str) -> float:
    """Return the seconds of the first epoch of a training on "cpu" or "cuda"."""
    common.forget_accelerator()
    accelerator = make_accelerator(use_gpu=device != "cpu")
    if accelerator.device.type != device:
        sys.exit("The environment keeps to the CPU: unset ACCELERATE_USE_CPU.")
    training = Training(build(recipe, dataset), dataset, recipe, accelerator)
    return seconds_of(clock, training.run_epoch, SILENT)


def seconds_of(clock: Clock, function: Callable, *arguments: object) -> float:
    """Return the seconds of one call, which does not leave a GPU at work."""
    start = clock()
    function(*arguments)
    return clock() - start


def start_page() -> None:
    """Start app.py, and end it after its first answer."""
    with common.running_app():
        pass


def draw_people(n: int) -> list[str]:
    """Return the surnames of `n` people of Spain, drawn by INE's counts of the bearers."""
    with gzip.open(TASK.data / "counts" / "es_ine_2020.csv.gz", "rt", encoding="utf-8") as file:
        bearers = {row["name"]: int(row["bearers"]) for row in csv.DictReader(file)}
    return random.Random(0).choices(list(bearers), list(bearers.values()), k=n)


def groups(devices: list[str], clock: Clock) -> Iterator[tuple[str, int, dict[str, Case]]]:
    """Yield what is compared: its name, how many names it takes, and the cases by their names."""
    dataset, timed = read_names(TASK.data), partial(partial, seconds_of, clock)
    names, svm = list(dict.fromkeys(dataset.test.texts)), Baseline("LinearSVC", 0.3)
    models = {device: TextClassifier.load(TASK.output) for device in devices}
    for device, classifier in models.items():
        classifier.network.to(device)
    rows, linear = dataset.train, svm.fit(dataset.labels, dataset.train).logits
    of_letters = common.fit_fasttext(map(decompose, rows.texts), rows.labels, thread=1)

    def predict(device: str, texts: Sequence[str]) -> float:
        return seconds_of(clock, replace(models[device]).predict_batch, texts)  # remembers nothing

    def fast(texts: Sequence[str]) -> None:
        of_letters(list(map(decompose, texts)), k=-1)  # the probabilities of all labels

    cases = {device: partial(predict, device, names) for device in devices}
    cases |= {"LinearSVC": timed(linear, names), "fastText": timed(fast, names)}
    yield "distinct names", len(names), cases
    people = draw_people(PEOPLE)
    cases = {device: partial(predict, device, people) for device in devices}
    once = list(dict.fromkeys(people))
    cases |= {"LinearSVC, names once": timed(linear, once)}
    cases |= {"fastText, names once": timed(fast, once)}
    yield f"people of {len(once):,} names", len(people), cases
    _, rows = read_pretraining([TASK.data / "pretraining.csv.gz"], dataset, WORDS)
    epoch = partial(partial, epoch_seconds, clock)
    cases = {device: epoch(TASK.pretrained_recipe, rows, device) for device in devices}
    yield "an epoch of names", len(rows.train), cases
    cases = {device: epoch(LECTURE, dataset, device) for device in devices}
    cases["plain loop"] = timed(LectureLoop(dataset.train).train)
    yield "an epoch of the lecture's network", len(dataset.train), cases
    if clock is time.perf_counter:
        imports = [sys.executable, "-c", "import torch, gradio"]
        cases = {"app.py to its first answer": timed(start_page)}
        yield "start", 0, cases | {"import torch, gradio": timed(call, imports)}


def table(devices: list[str], repetitions: int, clock: Clock) -> Iterator[list[str]]:
    """Yield a row for each case."""
    for group, n, cases in groups(devices, clock):
        found = common.interleave(cases, repetitions)
        first = next(iter(found.values()))
        for name, seconds in found.items():
            ratio = median(a / b for a, b in zip(first, seconds, strict=True))
            typical = median(seconds)
            rate = f"{n / typical:,.0f}" if n else ""
            yield [f"{group}: {name}", f"{typical:.2f}", rate, f"{ratio:.2f}"]


def main() -> None:
    """Print the machine and the table."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--repetitions", type=int, default=3)
    parser.add_argument("--cpu-time", action="store_true", help="in place of the wall's")
    options = parser.parse_args()
    clock = time.process_time if options.cpu_time else time.perf_counter
    devices = ["cpu"] + ["cuda"] * torch.cuda.is_available()
    cards = [torch.cuda.get_device_name() for _ in devices[1:]]
    precision = make_accelerator().mixed_precision.replace("no", "fp32")
    facts = [*cards, f"{torch.get_num_threads()} threads", f"epochs in {precision}"]
    print("; ".join([common.machine(), *facts]), end="\n\n", flush=True)
    headers = ["", "seconds", "names/s", "speed, as a multiple of the first of its kind"]
    common.print_table(headers, table(devices, options.repetitions, clock))


if __name__ == "__main__":
    main()
