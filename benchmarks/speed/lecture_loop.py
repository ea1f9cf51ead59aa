"""The loop of the lecture "RNN Classifier", written from its description, to compare with.

`python -m benchmarks.speed.lecture_loop --epochs 3` trains it and prints each epoch's rate and
accuracy. Like the lecture it takes no short cut: names travel as strings, and each batch is turned
into tensors in Python inside the loop, sorted by length, padded and packed. It uses nothing of
`model/`, so that no change there changes what we compare with.
"""

import argparse
import csv
import gzip
import time
from collections.abc import Iterator
from pathlib import Path

import torch
from torch import Tensor, nn
from torch.nn.utils.rnn import pack_padded_sequence
from torch.utils.data import DataLoader

from benchmarks.common import machine, require_lecture_data

CODE_POINTS = 128
EMBEDDING_SIZE = HIDDEN_SIZE = 100
N_LAYERS = 2
BATCH_SIZE = 256
LEARNING_RATE = 1e-3


def read_rows(path: Path) -> list[tuple[str, str]]:
    """Return names as strings with their languages."""
    with gzip.open(path, "rt", encoding="utf-8", newline="") as file:
        return [(name, language) for name, language in csv.reader(file)]


class LectureNetwork(nn.Module):
    """Embedding -> two-layer bidirectional GRU -> last states of both directions -> linear."""

    def __init__(self, n_languages: int):
        super().__init__()
        self.embedding = nn.Embedding(CODE_POINTS, EMBEDDING_SIZE)
        self.gru = nn.GRU(EMBEDDING_SIZE, HIDDEN_SIZE, N_LAYERS, bidirectional=True)
        self.linear = nn.Linear(2 * HIDDEN_SIZE, n_languages)

    def forward(self, ids: Tensor, lengths: Tensor) -> Tensor:
        """Return logits (B, C) for ids (B, T), longest first, and their lengths (B,)."""
        ids = ids.t()  # (B, T) -> (T, B)
        start = torch.zeros(2 * N_LAYERS, ids.size(1), HIDDEN_SIZE)
        packed = pack_padded_sequence(self.embedding(ids), lengths)  # (T, B) -> (T, B, E)
        _, states = self.gru(packed, start)
        return self.linear(torch.cat([states[-1], states[-2]], dim=1))  # (B, 2 * H) -> (B, C)


def make_tensors(names: list[str], languages: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    """Return ids (B, T) padded with 0, lengths (B,) and languages (B,), longest name first."""
    sequences = [[ord(character) for character in name] for name in names]
    lengths = torch.LongTensor([len(sequence) for sequence in sequences])
    ids = torch.zeros(len(sequences), int(lengths.max()), dtype=torch.long)
    for row, sequence in enumerate(sequences):
        ids[row, : len(sequence)] = torch.LongTensor(sequence)
    lengths, order = lengths.sort(descending=True)
    return ids[order], lengths, languages[order]


class LectureLoop:
    """The lecture's program: data, network, Adam and the two halves of an epoch."""

    def __init__(self, folder: Path, seed: int = 0):
        torch.manual_seed(seed)
        train, test = (read_rows(folder / f"names_{part}.csv.gz") for part in ("train", "test"))
        index = {language: i for i, language in enumerate(sorted({row[1] for row in train}))}
        self.train_loader, self.test_loader = (
            DataLoader([(name, index[language]) for name, language in rows], BATCH_SIZE, shuffle)
            for rows, shuffle in ((train, True), (test, False))
        )
        self.n_train, self.n_test = len(train), len(test)
        self.network = LectureNetwork(len(index))
        self.criterion = nn.CrossEntropyLoss()
        self.optimizer = torch.optim.Adam(self.network.parameters(), lr=LEARNING_RATE)

    def outputs(self, loader: DataLoader) -> Iterator[tuple[Tensor, Tensor]]:
        """Yield each batch's logits (B, C) and targets (B,)."""
        for names, languages in loader:
            ids, lengths, targets = make_tensors(names, languages)
            yield self.network(ids, lengths), targets

    def train(self) -> float:
        """Go once over the training names; return the summed loss."""
        self.network.train()
        total = 0.0
        for logits, targets in self.outputs(self.train_loader):
            loss = self.criterion(logits, targets)
            self.optimizer.zero_grad()
            loss.backward()
            self.optimizer.step()
            total += loss.item()
        return total

    @torch.no_grad()
    def test(self) -> float:
        """Return the accuracy on the test names."""
        self.network.eval()
        correct = [(x.argmax(dim=1) == y).sum() for x, y in self.outputs(self.test_loader)]
        return int(sum(correct)) / self.n_test


def main() -> None:
    """Train for some epochs and print a line for each."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--epochs", type=int, default=3, help="how many epochs (default: 3)")
    options = parser.parse_args()
    loop = LectureLoop(require_lecture_data())
    print(machine())
    for epoch in range(1, options.epochs + 1):
        start = time.perf_counter()
        loop.train()
        rate = loop.n_train / (time.perf_counter() - start)
        print(f"epoch {epoch:3}  {rate:,.0f} names/s  accuracy {loop.test():.2%}", flush=True)


if __name__ == "__main__":
    main()
