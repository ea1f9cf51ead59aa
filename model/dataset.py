"""Rows of text and label, the splits of a dataset, and encoded rows in batches.

Reads no file: names_dataset.py and reviews_dataset.py do.
"""

from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import torch

from .encoding import CharacterEncoder, match_key
from .words import WordEncoder

if TYPE_CHECKING:
    from .teacher import Beliefs


@dataclass(frozen=True)
class Rows:
    """Texts with one label each, in file order; a text of several labels has a row for each.

    Where a file has them, `ids` are its own numbers of the rows, and `wholes` tells which rows are
    whole texts, of which others are parts.
    """

    texts: list[str]
    labels: list[str]
    ids: list[int] = field(default_factory=list)
    wholes: list[bool] = field(default_factory=list)

    def __len__(self) -> int:
        return len(self.texts)

    def __add__(self, others: "Rows") -> "Rows":
        return Rows(
            self.texts + others.texts,
            self.labels + others.labels,
            self.ids + others.ids,
            self.wholes + others.wholes,
        )

    def take(self, indices: Sequence[int]) -> "Rows":
        """Return the rows at `indices`, in that order."""
        return Rows(
            [self.texts[i] for i in indices],
            [self.labels[i] for i in indices],
            [self.ids[i] for i in indices] if self.ids else [],
            [self.wholes[i] for i in indices] if self.wholes else [],
        )


@dataclass(frozen=True)
class Dataset:
    """Training, validation and test rows, the labels in their order, and the files' facts.

    `outsiders` are rows to train on beside the others: texts of none of the labels, with labels of
    their own. `files` has the number of rows and the SHA-256 of each file; `shared_rows` counts
    the test rows whose text occurs in training too. `columns` has the names of the columns "id",
    "text" and "label" of a table that is to come back as ids and label numbers. Texts of one `key`
    are one text. `beliefs` are texts of which a teacher says how likely each label is.
    """

    train: Rows
    validation: Rows
    test: Rows
    labels: list[str]
    files: dict[str, dict]
    shared_rows: int
    outsiders: Rows = field(default_factory=lambda: Rows([], []))
    columns: dict[str, str] = field(default_factory=dict)
    key: Callable[[str], str] = match_key
    beliefs: "Beliefs | None" = None

    def unseen(self, texts: Sequence[str]) -> list[int]:
        """Return the indices of `texts` that may be trained on: no validation or test text is."""
        held_out = set(map(match_key, self.validation.texts + self.test.texts))
        return [i for i, text in enumerate(texts) if match_key(text) not in held_out]

    def accepted(self, rows: Rows) -> list[set[int]]:
        """Return, for each row, the indices of every label that its text has in the data."""
        label_ids = defaultdict(set)
        for part in (self.train, self.validation, self.test):
            for text, label in zip(part.texts, part.labels, strict=True):
                label_ids[self.key(text)].add(self.labels.index(label))
        return [label_ids[self.key(text)] for text in rows.texts]


@dataclass(frozen=True)
class EncodedRows:
    """Rows as tensors: ids (N, T), lengths (N,) on the CPU as packing wants, targets (N,)."""

    ids: torch.Tensor
    lengths: torch.Tensor
    targets: torch.Tensor

    def __len__(self) -> int:
        return len(self.lengths)

    @classmethod
    def from_rows(
        cls,
        rows: Rows,
        encoder: CharacterEncoder | WordEncoder,
        labels: Sequence[str],
        device: torch.device | str = "cpu",
    ) -> "EncodedRows":
        """Encode all `rows` once and put them on `device`."""
        ids, lengths = encoder.encode_batch(rows.texts)
        label_ids = {label: i for i, label in enumerate(labels)}
        targets = torch.tensor([label_ids[label] for label in rows.labels])
        return cls(ids.to(device), lengths, targets.to(device))

    def take(self, index: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
        """Return ids (B, T), lengths (B,) and targets (B,) of the rows at `index`, on their device.

        T is the longest of these rows alone, so rows of one length have no padding.
        """
        lengths = self.lengths[index]
        on_device = index.to(self.ids.device, non_blocking=True)
        return self.ids[on_device, : int(lengths.max())], lengths, self.targets[on_device]
