"""The rows that one process trains on: encoded once, in batches of like length, each epoch anew.

It draws batches and knows nothing of losses or weights.
"""

import torch
from accelerate import Accelerator
from torch.nn.functional import one_hot, pad

from .classifier import TextClassifier
from .dataset import Dataset, EncodedRows, Rows
from .encoding import length_buckets
from .recipe import Recipe
from .spelling import variant_rows


class TrainingRows:
    """The rows to train on, encoded, and this process's batches in each epoch."""

    def __init__(
        self,
        classifier: TextClassifier,
        dataset: Dataset,
        recipe: Recipe,
        accelerator: Accelerator,
    ):
        labels = classifier.labels + classifier.other_labels
        rows = dataset.train
        if recipe.spelling_variants:
            rows += variant_rows(dataset, recipe.seed)
        taught = dataset.beliefs.texts if dataset.beliefs else []
        every = rows + dataset.outsiders + Rows(taught, labels[:1] * len(taught))
        self.encoded = EncodedRows.from_rows(every, classifier.encoder, labels, accelerator.device)
        self.beliefs = None
        if dataset.beliefs:
            hard = one_hot(self.encoded.targets[: -len(taught)], len(labels)).float()
            soft = pad(dataset.beliefs.probabilities, (0, len(classifier.other_labels)))
            self.beliefs = torch.cat([hard, soft.to(hard.device)])
        self.recipe, self.n_rows, self.n_taught = recipe, len(rows), len(taught)
        self.rank, self.n_processes = accelerator.process_index, accelerator.num_processes
        wanted = float("inf") if recipe.outsiders is None else recipe.outsiders * self.n_rows
        self.n_outsiders = round(min(len(dataset.outsiders), wanted))
        n_batches = -(-(self.n_rows + self.n_outsiders + self.n_taught) // recipe.batch_size)
        self.n_steps = -(-n_batches // self.n_processes)
        self.log_prior = recipe.logit_adjustment * self._log_prior(len(classifier.labels))

    def _log_prior(self, n_labels: int) -> torch.Tensor:
        """Return the log frequency (labels,) of each label against the most frequent one.

        0 for a label that no row has.
        """
        counts = self.encoded.targets[: self.n_rows].bincount(minlength=n_labels)[:n_labels]
        return (counts.clamp(min=1) / counts.max().clamp(min=1)).log() * (counts > 0)

    def batches(self, epoch: int) -> list[torch.Tensor]:
        """Return row indices by batch: all processes' have every row of the data once an epoch.

        And every belief, and some outsiders. Where the batches do not go round, some are taken by
        two processes.
        """
        shuffling = torch.Generator().manual_seed(self.recipe.seed * 1_000_003 + epoch)
        first_taught = len(self.encoded) - self.n_taught
        outsiders = torch.randperm(first_taught - self.n_rows, generator=shuffling)
        rows = torch.cat(
            [
                torch.arange(self.n_rows),
                self.n_rows + outsiders[: self.n_outsiders],
                torch.arange(first_taught, len(self.encoded)),
            ]
        )
        buckets = length_buckets(self.encoded.lengths[rows], self.recipe.batch_size, shuffling)
        places = range(self.rank, self.n_steps * self.n_processes, self.n_processes)
        return [rows[buckets[place % len(buckets)]] for place in places]

    def take(self, index: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
        """Return ids (B, T), lengths (B,) and targets (B,) of the rows at `index`.

        With beliefs the targets are probabilities (B, C).
        """
        ids, lengths, targets = self.encoded.take(index)
        return ids, lengths, targets if self.beliefs is None else self.beliefs[index]
