"""The rows that one process trains on, encoded once, and its batches in each epoch."""

import torch
from accelerate import Accelerator
from torch import Tensor
from torch.nn.functional import one_hot, pad

from ..core import CharacterEncoder, EncodedRows, length_buckets
from ..data.rows import Dataset, Rows, encode_rows
from ..data.variation import Variation, in_both_forms, vary_all
from ..letters import LetterEncoder
from ..storage.parts import Parts
from ..tasks.recipe import Recipe


class TrainingRows:
    """Rows to train on, then outsiders, then a teacher's texts; and this process's batches."""

    def __init__(self, model: Parts, dataset: Dataset, recipe: Recipe, accelerator: Accelerator):
        labels = model.labels + model.other_labels
        rows, outsiders = dataset.train, dataset.outsiders
        if recipe.both_forms:
            rows, outsiders = in_both_forms(rows), in_both_forms(outsiders)
        taught = dataset.beliefs.texts if dataset.beliefs else []
        self.rows = rows + outsiders + Rows(taught, labels[:1] * len(taught))
        self.model, self.labels, self.device = model, labels, accelerator.device
        self.variation = Variation(dataset.given_names, recipe.full_share)
        self.encoded = self.whole = encode_rows(self.rows, model.encoder, labels, self.device)
        self.beliefs = None
        if dataset.beliefs:
            hard = one_hot(self.encoded.targets[: -len(taught)], len(labels)).float()
            soft = pad(dataset.beliefs.probabilities, (0, len(model.other_labels)))
            self.beliefs = torch.cat([hard, soft.to(hard.device)])
        self.recipe, self.n_rows, self.n_taught = recipe, len(rows), len(taught)
        self.rank, self.n_processes = accelerator.process_index, accelerator.num_processes
        self.n_outsiders = recipe.count_outsiders(self.n_rows, len(outsiders))
        n_batches = -(-(self.n_rows + self.n_outsiders + self.n_taught) // recipe.batch_size)
        self.n_steps = -(-n_batches // self.n_processes)
        self.log_prior = recipe.logit_adjustment * self._log_prior(len(model.labels))

    def _log_prior(self, n_labels: int) -> Tensor:
        """Return the log frequency (labels,) of each label relative to the most frequent one.

        It is 0 for a label without rows.
        """
        counts = self.encoded.targets[: self.n_rows].bincount(minlength=n_labels)[:n_labels]
        return (counts.clamp(min=1) / counts.max().clamp(min=1)).log() * (counts > 0)

    def vary(self, epoch: int) -> None:
        """Draw the form of each text anew, and the letters that are read as unknown."""
        recipe, encoder, encoded = self.recipe, self.model.encoder, self.whole
        if isinstance(encoder, CharacterEncoder):
            return
        seed = recipe.seed * 1_000_003 + epoch
        if isinstance(encoder, LetterEncoder):
            rows = Rows(vary_all(self.variation, self.rows, seed), self.rows.labels)
            encoded = encode_rows(rows, encoder, self.labels, self.device)
        drawn = torch.rand(encoded.ids.shape, generator=torch.Generator().manual_seed(seed))
        unknown = torch.tensor(encoder.unknown_ids)[encoded.ids.cpu()]
        ids = torch.where(drawn < recipe.unknown_share, unknown, encoded.ids.cpu())
        self.encoded = EncodedRows(ids.to(self.device), encoded.lengths, encoded.targets)

    def batches(self, epoch: int) -> list[Tensor]:
        """Return row indices by batch.

        All processes together take every row and every taught text once an epoch, and some
        outsiders. Where the number of batches is not divisible, two processes take the same one.
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

    def take(self, index: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """Return ids (B, T), lengths (B,) and targets of the rows at `index`.

        Targets are label indices (B,), or with beliefs probabilities (B, C).
        """
        ids, lengths, targets = self.encoded.take(index)
        return ids, lengths, targets if self.beliefs is None else self.beliefs[index]
