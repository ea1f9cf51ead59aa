"""Our engine at the lecture's size beside its loop and the bare GRU, on the CPU; gpu.py runs it."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from statistics import median

import torch
from accelerate import Accelerator
from torch import Tensor, nn
from torch.nn.utils.rnn import pack_padded_sequence

from benchmarks.common import interleave, ratios
from benchmarks.speed.lecture_loop import LectureLoop
from model import TextClassifier
from model.core import length_buckets
from model.data.rows import Dataset, encode_rows
from model.tasks import TASKS
from model.tasks.recipe import LECTURE
from model.training.build import build
from model.training.loop import fit

NAMES_AT_ONCE, NAMES_ONE_BY_ONE = 100_000, 200
HEADERS = ["", "median", "ratio", "its spread", "target"]


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

    def train(self, bf16: bool) -> None:
        """Train one whole epoch, in bf16 as train.py does on a CPU that has it, or in fp32."""
        model = build(self.recipe, self.dataset)
        with torch.autocast("cpu", torch.bfloat16, enabled=bf16):
            fit(model, self.dataset, self.recipe, self.accelerator)

    @torch.inference_mode()
    def predict(self) -> None:
        """Run the network's forward on each encoded test batch."""
        for ids, lengths, _ in self.test_batches:
            self.network(ids, lengths)


def measure(
    dataset: Dataset, loop: LectureLoop, repetitions: int, clock: Callable[[], float]
) -> dict[str, list[float]]:
    """Return names per second: training, the forward of encoded batches, and from text on."""
    ours, shipped = OurEngine(dataset), TextClassifier.load(TASKS["names"].output)
    fixed = BareKernel([torch.full((LECTURE.batch_size,), 8)] * 20)
    one = BareKernel([torch.tensor([8])] * NAMES_ONE_BY_ONE)
    kernel = BareKernel(ours.training_lengths)
    test_kernel = BareKernel([lengths for _, lengths, _ in ours.test_batches])
    names, n_train = dataset.test.texts, len(ours.dataset.train)
    many = (names * -(-NAMES_AT_ONCE // len(names)))[:NAMES_AT_ONCE]
    few = names[:NAMES_ONE_BY_ONE]

    def rate(n_names: int, function: Callable[[], object]) -> Callable[[], float]:
        def case() -> float:
            start = clock()
            function()
            return n_names / (clock() - start)

        return case

    cases = {
        "lecture": rate(loop.n_train, loop.train),
        "fixed": rate(20 * LECTURE.batch_size, fixed.train),
        "kernel": rate(n_train, kernel.train),
        "fp32": rate(n_train, lambda: ours.train(bf16=False)),
        "bf16": rate(n_train, lambda: ours.train(bf16=True)),
        "kernel forward": rate(len(names), test_kernel.predict),
        "our forward": rate(len(names), ours.predict),
        "many": rate(len(many), lambda: shipped.predict_batch(many)),
        "kernel one": rate(len(few), one.predict),
        "one": rate(len(few), lambda: [shipped.predict(name) for name in few]),
    }
    return interleave(cases, repetitions)


def table(measured: dict[str, list[float]]) -> Iterator[list[str]]:
    """Yield the table's rows."""
    for what, name, other, target in (
        ("train: bare `nn.GRU`, length 8, batch 256", "fixed", "", ""),
        ("train: lecture's loop / that kernel", "lecture", "fixed", "≥ 0.55 − 15%"),
        ("train: bare `nn.GRU` on our batches", "kernel", "", ""),
        ("train: ours (bf16) / lecture's loop", "bf16", "lecture", "≥ 1.5"),
        ("train: ours in fp32 / lecture's loop", "fp32", "lecture", "≥ 1.2"),
        ("train: ours in fp32 / bare `nn.GRU` on the same batches", "fp32", "kernel", "≥ 0.9"),
        ("forward: bare `nn.GRU` on our batches", "kernel forward", "", ""),
        ("forward: our network / that kernel", "our forward", "kernel forward", "≥ 0.9"),
        ("shipped model, 100,000 names at once / that kernel", "many", "kernel forward", ""),
        ("forward: bare `nn.GRU`, one name of length 8 at a time", "kernel one", "", ""),
        ("shipped model, one name at a time / that kernel", "one", "kernel one", ""),
    ):
        cells = ["", ""]
        if other:
            each = ratios(measured[name], measured[other])
            cells = [f"{median(each):.2f}", f"{min(each):.2f}–{max(each):.2f}"]
        yield [what, f"{median(measured[name]):,.0f} names/s", *cells, target]
