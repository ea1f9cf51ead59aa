"""Compare our training and inference with the lecture's loop and with the bare GRU, in one run.

`python -m benchmarks.speed.engine` prints a Markdown table of rates and ratios, each ratio with the
least and the greatest of its repetitions; with `--time-to-accuracy` it prints how soon each side
reaches its accuracy. It needs the lecture's files and changes nothing.

A rate belongs to one machine. A ratio carries over better, but only runs on several machines tell
how far. Run it on an idle one or, where other programs cannot be stopped, with `OMP_NUM_THREADS=1`
and `--cpu-time`, which counts this process's own processor time.
"""

import argparse
import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from statistics import mean, median

import torch
from accelerate import Accelerator
from torch import Tensor, nn
from torch.nn.utils.rnn import pack_padded_sequence

from benchmarks.common import (
    interleave,
    machine,
    mean_and_spread,
    print_table,
    ratios,
    require_lecture_data,
)
from benchmarks.speed.lecture_loop import LectureLoop
from model import TextClassifier
from model.core import length_buckets, loss_and_right
from model.data.rows import Dataset, encode_rows
from model.tasks import TASKS
from model.tasks.names import read_names
from model.tasks.recipe import LECTURE
from model.training.build import build
from model.training.loop import fit, make_accelerator

REFERENCE_RATIO = 3_900 / 7_100  # lecture loop to bare kernel, as measured before this project
NAMES_TO_PREDICT, NAMES_ONE_BY_ONE = 100_000, 200
HEADERS = ["", "median", "ratio", "its spread", "target"]
# Chosen on the validation rows of the lecture's files among a dozen of such short recipes.
QUICK = replace(
    TASKS["names"].recipe,
    epochs=4,
    learning_rate=4e-3,
    linear_learning_rate=0.05,
    linear_buckets=65536,
    dropout=0.4,
    refit=False,
    keeps_last_epoch=True,
)
clock = time.perf_counter  # replaced by --cpu-time


def rate(n: int, function: Callable[[], object]) -> float:
    """Return how many of `n` names a second a call of `function` processes."""
    start = clock()
    function()
    return n / (clock() - start)


def milliseconds(function: Callable, inputs: Iterable) -> float:
    """Return the median milliseconds of `function` on one input."""
    return median(1000 / rate(1, lambda each=each: function(each)) for each in inputs)


class BareKernel:
    """The lecture's nn.GRU alone, fed with random embeddings in the shapes of given batches.

    Texts of one length come as a plain tensor, others as a packed sequence made beforehand.
    """

    def __init__(self, lengths_of_batches: list[Tensor]):
        size = LECTURE.embedding_size
        self.gru = nn.GRU(
            size, LECTURE.hidden_size, LECTURE.layers, batch_first=True, bidirectional=True
        )
        self.batches = [torch.randn(len(n), int(n.max()), size) for n in lengths_of_batches]
        for i, lengths in enumerate(lengths_of_batches):
            if lengths.min() < lengths.max():
                self.batches[i] = pack_padded_sequence(
                    self.batches[i], lengths, batch_first=True, enforce_sorted=False
                )
        self.n_rows = sum(map(len, lengths_of_batches))

    def train(self) -> None:
        """Run forward and backward on each batch."""
        for batch in self.batches:
            self.gru.zero_grad()
            _, states = self.gru(batch)
            states.sum().backward()

    @torch.inference_mode()
    def predict(self) -> None:
        """Run forward alone on each batch."""
        for batch in self.batches:
            self.gru(batch)

    @torch.inference_mode()
    def one_by_one(self) -> float:
        """Return the median milliseconds of one text."""
        return milliseconds(self.gru, [self.batches[0][:1]] * NAMES_ONE_BY_ONE)


class OurEngine:
    """Our side: `fit` at the lecture's recipe, and the network's forward on encoded batches."""

    def __init__(self, dataset: Dataset):
        # All rows but one train, as in the lecture; the one keeps validation's share of time at 0.
        everything = dataset.train + dataset.validation
        self.dataset = replace(dataset, train=everything, validation=everything.take([0]))
        self.recipe = replace(LECTURE, epochs=1)
        self.accelerator = Accelerator(cpu=True, mixed_precision="no")
        model = build(self.recipe, self.dataset)
        train, test = (
            encode_rows(rows, model.encoder, model.labels) for rows in (everything, dataset.test)
        )
        self.network, size = model.network.eval(), self.recipe.batch_size
        buckets = length_buckets(train.lengths, size, torch.Generator().manual_seed(0))
        self.training_lengths = [train.lengths[index] for index in buckets]
        self.test_batches = [test.take(index) for index in length_buckets(test.lengths, size)]

    def train(self, bf16: bool = False) -> float:
        """Return the names per second of one whole epoch.

        `bf16` is what train.py does on a CPU with instructions for it; without it, it is fp32.
        """
        model = build(self.recipe, self.dataset)
        with torch.autocast("cpu", torch.bfloat16, enabled=bf16):
            return rate(
                len(self.dataset.train),
                lambda: fit(model, self.dataset, self.recipe, self.accelerator),
            )

    @torch.inference_mode()
    def predict(self) -> None:
        """Run the network's forward on each encoded test batch."""
        for ids, lengths, _ in self.test_batches:
            self.network(ids, lengths)


def measure(dataset: Dataset, loop: LectureLoop, repetitions: int) -> dict[str, list[float]]:
    """Return rates and milliseconds: training, the forward of encoded batches, and from text on."""
    ours, shipped = OurEngine(dataset), TextClassifier.load(TASKS["names"].output)
    fixed = BareKernel([torch.full((LECTURE.batch_size,), 8)] * 20)
    kernel = BareKernel(ours.training_lengths)
    test_kernel = BareKernel([lengths for _, lengths, _ in ours.test_batches])
    names = dataset.test.texts
    many = (names * -(-NAMES_TO_PREDICT // len(names)))[:NAMES_TO_PREDICT]
    return interleave(
        {
            "lecture": lambda: rate(loop.n_train, loop.train),
            "fixed": lambda: rate(fixed.n_rows, fixed.train),
            "kernel": lambda: rate(kernel.n_rows, kernel.train),
            "fp32": ours.train,
            "bf16": lambda: ours.train(bf16=True),
            "kernel forward": lambda: rate(test_kernel.n_rows, test_kernel.predict),
            "our forward": lambda: rate(len(names), ours.predict),
            "many": lambda: rate(len(many), lambda: shipped.predict_batch(many)),
            "kernel one": fixed.one_by_one,
            "one": lambda: milliseconds(shipped.predict, names[:NAMES_ONE_BY_ONE]),
        },
        repetitions,
    )


def table(measured: dict[str, list[float]]) -> list[list[str]]:
    """Return the table's rows."""

    def row(what: str, name: str, other: str = "", target: str = "") -> list[str]:
        middle, cells = median(measured[name]), ["", ""]
        if other:
            found = ratios(measured[name], measured[other])
            cells = [f"{median(found):.2f}", f"{min(found):.2f}–{max(found):.2f}"]
        value = f"{middle:.2f} ms" if name.endswith("one") else f"{middle:,.0f} names/s"
        return [what, value, *cells, target]

    check = f"{REFERENCE_RATIO:.2f} ± 15%"
    many = f"shipped model, {NAMES_TO_PREDICT:,} names to probabilities / that kernel"
    return [
        row("train: bare `nn.GRU`, length 8, batch 256", "fixed"),
        row("train: lecture's loop / that kernel", "lecture", "fixed", check),
        row("train: bare `nn.GRU` on our batches", "kernel"),
        row("train: ours (bf16, the default here) / lecture's loop", "bf16", "lecture", "≥ 1.5"),
        row("train: ours in fp32 / lecture's loop", "fp32", "lecture"),
        row("train: ours in fp32 / bare `nn.GRU` on the same batches", "fp32", "kernel", "≥ 0.8"),
        row("forward: bare `nn.GRU` on our batches", "kernel forward"),
        row("forward: our network / that kernel", "our forward", "kernel forward", "≥ 0.9"),
        row(many, "many", "kernel forward"),
        row("forward: bare `nn.GRU`, one name of length 8", "kernel one"),
        row("shipped model, one name to probabilities / that kernel", "one", "kernel one"),
    ]


def time_ours(dataset: Dataset, seed: int) -> tuple[float, float]:
    """Train the quick recipe on training and validation rows; return test accuracy and seconds.

    Nothing is chosen on the way: its last epoch counts. The recipe was chosen on validation rows
    before, and the test rows are looked at once, when training has ended.
    """
    everything = replace(dataset, train=dataset.train + dataset.validation)
    recipe = replace(QUICK, seed=seed)
    start = clock()
    model = build(recipe, everything)
    fit(model, everything, recipe, make_accelerator(use_gpu=False))
    seconds = clock() - start
    test = encode_rows(dataset.test, model.encoder, model.labels)
    return float(loss_and_right(model.network, test)[1]) / len(test), seconds


def time_lecture(loop: LectureLoop, n_epochs: int) -> tuple[float, float]:
    """Return the lecture's best test accuracy in `n_epochs` epochs and the seconds to it."""
    start, best = clock(), (0.0, 0.0)
    for _ in range(n_epochs):
        loop.train()
        accuracy = loop.test()
        if accuracy > best[0]:
            best = (accuracy, clock() - start)
    return best


def time_to_accuracy(dataset: Dataset, loop: LectureLoop, n_epochs: int) -> Iterator[list[str]]:
    """Yield the rows of the lecture's side, run once, and of ours, with three seeds around it."""
    ours = [time_ours(dataset, seed=0)]
    lecture_accuracy, lecture_seconds = time_lecture(loop, n_epochs)
    ours += [time_ours(dataset, seed) for seed in (1, 2)]
    accuracies, seconds = zip(*ours, strict=True)
    lecture = "lecture's loop, its best epoch by the test"
    yield [lecture, f"{lecture_accuracy:.2%}", f"{lecture_seconds:.1f}", "1.00"]
    yield [
        f"ours, {QUICK.epochs} epochs, the last one; mean of {len(ours)} seeds",
        mean_and_spread(accuracies, "{:.2%}"),
        f"{mean(seconds):.1f}",
        f"{mean(seconds) / lecture_seconds:.2f}",
    ]


def main() -> None:
    """Print the machine and the table."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--time-to-accuracy", action="store_true", help="that table alone")
    parser.add_argument("--repetitions", type=int, default=5, help="of each case (default: 5)")
    parser.add_argument("--lecture-epochs", type=int, default=20, help="to find its best (20)")
    parser.add_argument("--cpu-time", action="store_true", help="not the wall's; with one thread")
    options = parser.parse_args()
    if options.cpu_time:
        global clock
        clock = time.process_time
    folder = require_lecture_data()
    dataset, loop = read_names(folder), LectureLoop(folder)
    kind = ", processor time" if options.cpu_time else ""
    print(f"{machine()}, {torch.get_num_threads()} threads{kind}", end="\n\n")
    if options.time_to_accuracy:
        headers = ["", "test accuracy", "seconds"]
        headers += ["of the lecture's time (target: 85.0% in ≤ 0.20)"]
        print_table(headers, time_to_accuracy(dataset, loop, options.lecture_epochs))
    else:
        print_table(HEADERS, table(measure(dataset, loop, options.repetitions)))


if __name__ == "__main__":
    main()
