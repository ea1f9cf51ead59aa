"""The encoded rows that a network is trained on, in the forms and batches of each epoch."""

import math
import random
from collections.abc import Sequence
from dataclasses import replace

import torch
from accelerate import Accelerator
from torch import Tensor
from torch.nn.functional import one_hot, pad

from ..core import EncodedRows, length_buckets
from ..data.rows import Dataset, Rows
from ..data.variation import Variation, in_both_forms, vary_all
from ..tasks.recipe import Recipe
from ..trained import Model


class TrainingRows:
    """Rows to train on, then texts of none, then a teacher's; and this process's batches."""

    def __init__(
        self, model: Model, dataset: Dataset, recipe: Recipe, accelerator: Accelerator
    ):
        self.model, self.recipe, self.device = model, recipe, accelerator.device
        self.labels = model.labels + model.other_labels
        held_out = dataset.held_out_keys()
        self.variation = Variation(
            dataset.given_names,
            recipe.full_share,
            recipe.unmarked_share,
            held_out,
        )

        labelled = dataset.train + repeated(dataset.common, recipe.common_copies)
        none, taught = dataset.none, dataset.taught
        if recipe.both_forms:
            labelled, none = in_both_forms(labelled), in_both_forms(none)
        self.sizes = len(labelled), len(none), len(taught)
        # The label of a teacher's text stands for the teacher's probabilities.
        any_label = self.labels[:1] * len(taught)
        self.rows = labelled + none + Rows(taught.texts, any_label)
        # Row number -> {label: share} of texts with several labels
        self.shares = {
            i: dataset.shares[text]
            for i, text in enumerate(labelled.texts)
            if dataset.shares.get(text)
        }
        self.encoded = model.encode_rows(self.rows)
        label_ids = self.encoded.targets[: len(labelled)]
        self.log_prior = recipe.logit_adjustment * _log_prior(label_ids, model.labels)
        if taught or self.shares:
            self.encoded = replace(self.encoded, targets=self._soft_targets(taught))

        self.n_none = len(none)  # in an epoch
        if recipe.outsiders is not None:
            self.n_none = round(min(len(none), recipe.outsiders * len(labelled)))
        n_texts = len(labelled) + self.n_none + len(taught)
        self.rank = accelerator.process_index
        self.n_processes = accelerator.num_processes
        n_batches = math.ceil(n_texts / recipe.batch_size)
        self.n_steps = math.ceil(n_batches / self.n_processes)

    def _soft_targets(self, taught: Rows) -> Tensor:
        """Return the probability of each label for every row, (N, labels)."""
        targets = one_hot(self.encoded.targets, len(self.labels)).float()
        if taught:
            beliefs = torch.tensor(taught.beliefs)
            n_others = len(self.labels) - beliefs.shape[1]
            targets[-len(taught) :] = pad(beliefs, (0, n_others)).to(self.device)
        for i, shares in self.shares.items():
            of_labels = [shares.get(label, 0.0) for label in self.labels]
            targets[i] = torch.tensor(of_labels)
        return targets

    def draw(self, epoch: int) -> tuple[EncodedRows, list[Tensor]]:
        """Return all rows in the forms of an epoch, and the indices of each batch.

        All processes together take every row and every taught text once an epoch, and some texts
        of none. If the batches cannot be shared out evenly, some are taken more than once.
        """
        seed = self.recipe.seed * 1_000_003 + epoch
        encoded = self._with_unknown(self._varied(seed), seed)
        shuffling = torch.Generator().manual_seed(seed)
        labelled, none, taught = torch.arange(len(encoded)).split(self.sizes)
        chosen = torch.randperm(len(none), generator=shuffling)[: self.n_none]
        rows = torch.cat([labelled, none[chosen], taught])
        lengths = encoded.lengths[rows]
        buckets = length_buckets(lengths, self.recipe.batch_size, shuffling)
        places = range(self.rank, self.n_steps * self.n_processes, self.n_processes)
        return encoded, [rows[buckets[place % len(buckets)]] for place in places]

    def _varied(self, seed: int) -> EncodedRows:
        """Redraw the form of each text, if letters are read.

        As a full name, a text of several labels has one of them, drawn by the shares: its given
        name is of one label alone.
        """
        if self.recipe.units != "letters":
            return self.encoded
        draw = random.Random(f"labels {seed}")
        labels = list(self.rows.labels)
        for i, shares in self.shares.items():
            labels[i] = draw.choices(list(shares), list(shares.values()))[0]
        texts = vary_all(self.variation, Rows(self.rows.texts, labels), seed)
        varied = self.model.encode_rows(Rows(texts, labels))
        targets = self.encoded.targets
        full_names = [i for i in self.shares if texts[i] != self.rows.texts[i]]
        if full_names:
            drawn = one_hot(varied.targets[full_names], len(self.labels)).float()
            index = torch.tensor(full_names, device=self.device)
            targets = targets.index_copy(0, index, drawn)
        return replace(varied, targets=targets)

    def _with_unknown(self, encoded: EncodedRows, seed: int) -> EncodedRows:
        """Redraw which letters or words are read as unknown."""
        generator = torch.Generator().manual_seed(seed)
        drawn = torch.rand(encoded.ids.shape, generator=generator)
        is_unknown = drawn.to(self.device) < self.recipe.unknown_share
        unknown = self.model.network.unknown_ids[encoded.ids]
        return replace(encoded, ids=torch.where(is_unknown, unknown, encoded.ids))


def repeated(common: Rows, copies: Sequence[tuple[int, int]]) -> Rows:
    """Return each `common` row n times, by the first (rank, n) of `copies` that it is within."""
    indices = []
    for i, rank in enumerate(common.ranks):
        numbers = [n for last_rank, n in copies if rank <= last_rank]
        indices += [i] * (numbers[0] if numbers else 0)
    return replace(common.take(indices), ranks=[])


def _log_prior(label_ids: Tensor, labels: Sequence[str]) -> Tensor:
    """Return the logarithm of each label's rows, as a share of the most frequent label's.

    It is 0 for a label without rows.
    """
    counts = label_ids.bincount(minlength=len(labels))
    shares = counts.clamp(min=1) / counts.max().clamp(min=1)
    return shares.log() * (counts > 0)
