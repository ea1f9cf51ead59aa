"""The loop of the lecture "RNN Classifier", written from its description, to compare with.

Like the lecture it takes no short cut: names travel as strings, and each batch is turned into
tensors in Python inside the loop, sorted by length, padded and packed. It uses nothing of `model/`,
so that no change there changes what we compare with. engine.py runs it.
"""

import csv
import gzip
from pathlib import Path

import torch
from torch import Tensor, nn
from torch.nn.utils.rnn import pack_padded_sequence
from torch.utils.data import DataLoader

CODE_POINTS = 128
EMBEDDING_SIZE = HIDDEN_SIZE = 100
N_LAYERS = 2
BATCH_SIZE = 256
LEARNING_RATE = 1e-3


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
    """The lecture's program: data, network, Adam and an epoch of training."""

    def __init__(self, folder: Path, seed: int = 0):
        torch.manual_seed(seed)
        rows, test_rows = (_rows(folder / f"names_{part}.csv.gz") for part in ("train", "test"))
        index = {language: i for i, language in enumerate(sorted({row[1] for row in rows}))}
        data, test = ([(n, index[language]) for n, language in part] for part in (rows, test_rows))
        self.loader, self.n_train = DataLoader(data, BATCH_SIZE, shuffle=True), len(data)
        self.test_loader, self.n_test = DataLoader(test, BATCH_SIZE), len(test)
        self.network = LectureNetwork(len(index))
        self.criterion = nn.CrossEntropyLoss()
        self.optimizer = torch.optim.Adam(self.network.parameters(), lr=LEARNING_RATE)

    def train(self) -> float:
        """Go once over the training names; return the summed loss."""
        self.network.train()
        total = 0.0
        for names, languages in self.loader:
            ids, lengths, targets = make_tensors(names, languages)
            loss = self.criterion(self.network(ids, lengths), targets)
            self.optimizer.zero_grad()
            loss.backward()
            self.optimizer.step()
            total += loss.item()
        return total

    @torch.no_grad()
    def accuracy(self) -> float:
        """Return the share of the test names that get their own language."""
        self.network.eval()
        right = 0
        for names, languages in self.test_loader:
            ids, lengths, targets = make_tensors(names, languages)
            right += int((self.network(ids, lengths).argmax(dim=1) == targets).sum())
        return right / self.n_test


def _rows(path: Path) -> list[list[str]]:
    with gzip.open(path, "rt", encoding="utf-8", newline="") as file:
        return list(csv.reader(file))
