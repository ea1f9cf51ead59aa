"""Compare our training and inference with the lecture's loop and with the bare GRU, in one run.

`python benchmarks/engine.py` prints a Markdown table of rates and ratios, each ratio with the least
and the greatest of its repetitions; `python benchmarks/engine.py --time-to-accuracy` prints how
soon each side reaches its accuracy. It needs the lecture's files and changes nothing.

A rate belongs to one machine. A ratio carries over better, but only runs on several machines tell
how far. Run it on an idle one or, where other programs cannot be stopped, with `OMP_NUM_THREADS=1`
and `--cpu-time`, which counts this process's own processor time.
"""

import argparse
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from statistics import mean, median, stdev

import torch
from accelerate import Accelerator
from common import interleave, machine, print_table, ratios, require_lecture_data, spread
from lecture_loop import LectureLoop
from torch import nn
from torch.nn.utils.rnn import pack_padded_sequence

from model import TextClassifier
from model.dataset import Dataset, EncodedRows, Rows
from model.encoding import length_buckets
from model.names_dataset import read_names
from model.recipe import LECTURE
from model.tasks import TASKS
from model.training import fit, make_accelerator

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
clock = time.perf_counter  # --cpu-time takes another
Batch = tuple[torch.Tensor, torch.Tensor, torch.Tensor]  # ids, lengths, targets


class BareKernel:
    """The lecture's nn.GRU alone, fed with random embeddings in the shapes of given batches.

    Texts of one length come as a plain tensor, others as a packed sequence made beforehand.
    """

    def __init__(self, lengths_of_batches: list[torch.Tensor]):
        size = LECTURE.hidden_size
        self.gru = nn.GRU(
            LECTURE.embedding_size, size, LECTURE.layers, batch_first=True, bidirectional=True
        )
        self.inputs = [self._random_input(lengths) for lengths in lengths_of_batches]
        self.n_rows = sum(map(len, lengths_of_batches))

    def _random_input(self, lengths: torch.Tensor):
        embedded = torch.randn(len(lengths), int(lengths.max()), LECTURE.embedding_size)
        if lengths.min() == lengths.max():
            return embedded
        return pack_padded_sequence(embedded, lengths, batch_first=True, enforce_sorted=False)

    def forward_backward(self) -> float:
        """Return the names per second of forward and backward."""
        start = clock()
        for batch in self.inputs:
            self.gru.zero_grad()
            _, states = self.gru(batch)
            states.sum().backward()
        return self.n_rows / (clock() - start)

    @torch.inference_mode()
    def forward(self) -> float:
        """Return the names per second of forward alone."""
        start = clock()
        for batch in self.inputs:
            self.gru(batch)
        return self.n_rows / (clock() - start)

    @torch.inference_mode()
    def one_by_one(self) -> float:
        """Return the median milliseconds of one forward, over NAMES_ONE_BY_ONE of them."""
        return _median_milliseconds(self.gru, [self.inputs[0][:1]] * NAMES_ONE_BY_ONE)


def _median_milliseconds(function: Callable, inputs: Sequence) -> float:
    seconds = []
    for each in inputs:
        start = clock()
        function(each)
        seconds.append(clock() - start)
    return 1000 * median(seconds)


class OurEngine:
    """Our side: `fit` at the lecture's recipe, and the network's forward on encoded batches."""

    def __init__(self, dataset: Dataset):
        # All rows but one train, as in the lecture; the one keeps validation's share of time at 0.
        everything = Rows(
            dataset.train.texts + dataset.validation.texts,
            dataset.train.labels + dataset.validation.labels,
        )
        self.dataset = replace(dataset, train=everything, validation=everything.take([0]))
        self.recipe = replace(LECTURE, epochs=1)
        self.accelerator = Accelerator(cpu=True, mixed_precision="no")
        self.classifier = self.recipe.build(self.dataset)
        self.test = self._encode(self.dataset.test)

    def _encode(self, rows: Rows) -> EncodedRows:
        return EncodedRows.from_rows(rows, self.classifier.encoder, self.classifier.labels)

    def training_lengths(self) -> list[torch.Tensor]:
        """Return the lengths in each training batch."""
        lengths = self._encode(self.dataset.train).lengths
        buckets = length_buckets(lengths, self.recipe.batch_size, torch.Generator().manual_seed(0))
        return [lengths[index] for index in buckets]

    def test_batches(self) -> list[Batch]:
        """Return the encoded test rows in batches of the lecture's size, short to long."""
        buckets = length_buckets(self.test.lengths, self.recipe.batch_size)
        return [self.test.take(index) for index in buckets]

    def train(self, bf16: bool = False) -> float:
        """Return the names per second of one whole epoch.

        `bf16` is what train.py does on a CPU with instructions for it, without it fp32.
        """
        classifier = self.recipe.build(self.dataset)
        start = clock()
        with torch.autocast("cpu", torch.bfloat16, enabled=bf16):
            fit(classifier, self.dataset, self.recipe, self.accelerator)
        return len(self.dataset.train) / (clock() - start)

    @torch.inference_mode()
    def forward(self, batches: list[Batch]) -> float:
        """Return the names per second of the network's forward on encoded `batches`."""
        network = self.classifier.network.eval()
        start = clock()
        for ids, lengths, _ in batches:
            network(ids, lengths)
        return len(self.test) / (clock() - start)


def rate_of_lecture(loop: LectureLoop) -> float:
    """Return the names per second of the lecture's training epoch."""
    start = clock()
    loop.train()
    return loop.n_train / (clock() - start)


class ShippedModel:
    """The shipped model for names, from text to probabilities."""

    def __init__(self, names: list[str]):
        self.classifier = TextClassifier.load(TASKS["names"].output)
        self.names = names

    def many(self) -> float:
        """Return the names per second of NAMES_TO_PREDICT names at once."""
        many = (self.names * -(-NAMES_TO_PREDICT // len(self.names)))[:NAMES_TO_PREDICT]
        start = clock()
        self.classifier.predict_batch(many)
        return len(many) / (clock() - start)

    def one_by_one(self) -> float:
        """Return the median milliseconds of one name."""
        return _median_milliseconds(self.classifier.predict, self.names[:NAMES_ONE_BY_ONE])


def compare(dataset: Dataset, loop: LectureLoop, repetitions: int) -> list[list[str]]:
    """Return the table's rows: training, the forward of encoded batches, and from text on."""
    ours, shipped = OurEngine(dataset), ShippedModel(dataset.test.texts)
    test_batches = ours.test_batches()
    fixed = BareKernel([torch.full((LECTURE.batch_size,), 8)] * 20)
    kernel = BareKernel(ours.training_lengths())
    test_kernel = BareKernel([lengths for _, lengths, _ in test_batches])
    measured = interleave(
        {
            "lecture": lambda: rate_of_lecture(loop),
            "fixed": fixed.forward_backward,
            "kernel": kernel.forward_backward,
            "fp32": ours.train,
            "bf16": lambda: ours.train(bf16=True),
            "kernel forward": test_kernel.forward,
            "our forward": lambda: ours.forward(test_batches),
            "many": shipped.many,
            "kernel one": fixed.one_by_one,
            "one": shipped.one_by_one,
        },
        repetitions,
    )

    def row(
        what: str, name: str, target: str = "", other: str | None = None, unit: str = "names/s"
    ) -> list[str]:
        found = ratios(measured[name], measured[other]) if other else []
        ratio = [f"{median(found):.2f}", spread(found)] if found else ["", ""]
        middle = median(measured[name])
        value = f"{middle:,.0f}" if unit == "names/s" else f"{middle:.2f}"
        return [what, f"{value} {unit}", *ratio, target]

    check = f"{REFERENCE_RATIO:.2f} ± 15%"
    return [
        row("train: bare `nn.GRU`, length 8, batch 256", "fixed"),
        row("train: lecture's loop / that kernel", "lecture", check, "fixed"),
        row("train: bare `nn.GRU` on our batches", "kernel"),
        row("train: ours (bf16, the default here) / lecture's loop", "bf16", "≥ 1.5", "lecture"),
        row("train: ours in fp32 / lecture's loop", "fp32", "", "lecture"),
        row("train: ours in fp32 / bare `nn.GRU` on the same batches", "fp32", "≥ 0.8", "kernel"),
        row("forward: bare `nn.GRU` on our batches", "kernel forward"),
        row("forward: our network / that kernel", "our forward", "≥ 0.9", "kernel forward"),
        row(
            f"shipped model, {NAMES_TO_PREDICT:,} names to probabilities / that kernel",
            "many",
            other="kernel forward",
        ),
        row("forward: bare `nn.GRU`, one name of length 8", "kernel one", unit="ms"),
        row(
            "shipped model, one name to probabilities / that kernel", "one", "", "kernel one", "ms"
        ),
    ]


def time_ours(dataset: Dataset, seed: int) -> tuple[float, float]:
    """Train the quick recipe on training and validation rows; return test accuracy and seconds.

    Nothing is chosen on the way: its last epoch counts. What it is was chosen on validation rows
    before, and the test rows are looked at once, when it has ended.
    """
    everything = replace(dataset, train=dataset.train + dataset.validation)
    recipe = replace(QUICK, seed=seed)
    start = clock()
    classifier = recipe.build(everything)
    fit(classifier, everything, recipe, make_accelerator(use_gpu=False))
    seconds = clock() - start
    test = EncodedRows.from_rows(dataset.test, classifier.encoder, classifier.labels)
    logits = classifier.logits(test.ids, test.lengths)
    return float((logits.argmax(dim=1) == test.targets).float().mean()), seconds


def time_lecture(loop: LectureLoop, n_epochs: int) -> tuple[float, float]:
    """Return the lecture's best test accuracy in `n_epochs` epochs and the seconds to it."""
    start = clock()
    best = (0.0, 0.0)
    for _ in range(n_epochs):
        loop.train()
        accuracy = loop.test()
        if accuracy > best[0]:
            best = (accuracy, clock() - start)
    return best


def print_time_to_accuracy(dataset: Dataset, loop: LectureLoop, lecture_epochs: int) -> None:
    """Run the lecture's side once and ours with three seeds around it, and print the table."""
    ours = [time_ours(dataset, seed=0)]
    lecture_accuracy, lecture_seconds = time_lecture(loop, lecture_epochs)
    ours += [time_ours(dataset, seed) for seed in (1, 2)]

    def row(what: str, accuracy: str, spent: float) -> list[str]:
        return [what, accuracy, f"{spent:.1f}", f"{spent / lecture_seconds:.2f}"]

    accuracies, seconds = zip(*ours, strict=True)
    mean_accuracy = f"{mean(accuracies):.2%} ± {stdev(accuracies):.2%}"
    what = f"ours, {QUICK.epochs} epochs, the last one; mean of {len(ours)} seeds"
    rows = [
        row(
            "lecture's loop, its best epoch by the test", f"{lecture_accuracy:.2%}", lecture_seconds
        ),
        row(what, mean_accuracy, mean(seconds)),
    ]
    print_table(
        ["", "test accuracy", "seconds", "of the lecture's time (target: 85.0% in ≤ 0.20)"], rows
    )


def main() -> int:
    """Print the machine and the tables; return the exit status."""
    parser = argparse.ArgumentParser(prog="engine.py", description=__doc__.split("\n")[0])
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
    measure = ", processor time" if options.cpu_time else ""
    print(f"{machine()}, {torch.get_num_threads()} threads{measure}", end="\n\n")
    if options.time_to_accuracy:
        print_time_to_accuracy(dataset, loop, options.lecture_epochs)
        return 0
    print_table(HEADERS, compare(dataset, loop, options.repetitions))
    return 0


if __name__ == "__main__":
    sys.exit(main())
