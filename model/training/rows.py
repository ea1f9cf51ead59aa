"""The encoded rows that a network is trained on, in the forms and batches of each epoch."""

import math
import random
from collections.abc import Sequence
from dataclasses import replace

import torch
from accelerate import Accelerator
from torch import Tensor
from torch.nn.functional import one_hot, pad

from ..core import EncodedRows, length_buckets, pad_ids
from ..data.rows import Dataset, Rows
from ..data.variation import Variation, in_both_forms, vary_all
from ..tasks.recipe import Recipe
from ..trained import Model


class TrainingRows:
    """Rows to train on, then texts of none, then a teacher's."""

    def __init__(
        self,
        model: Model,
        dataset: Dataset,
        recipe: Recipe,
        accelerator: Accelerator,
    ):
        self.model = model
        self.recipe = recipe
        self.device = accelerator.device
        self.labels = model.labels + model.other_labels
        held_out = dataset.held_out_keys()
        self.variation = Variation(
            dataset.given_names,
            recipe.full_share,
            recipe.unmarked_share,
            held_out,
        )

        common = repeated(dataset.common, recipe.common_copies)
        labelled = dataset.train + common
        none, taught = dataset.none, dataset.taught
        if recipe.both_forms:
            labelled = in_both_forms(labelled)
            none = in_both_forms(none)
        parts = labelled, none, taught
        self.sizes = [len(part) for part in parts]
        # The label of a teacher's text stands for the teacher's probabilities.
        any_label = self.labels[:1] * len(taught)
        self.rows = labelled + none + Rows(taught.texts, any_label)
        encoded = map(model.encoder.encode, self.rows.texts)
        self.ids = list(encoded)
        # Row number -> {label: share} of texts with several labels
        self.shares: dict[int, dict[str, float]] = {}
        for i, text in enumerate(labelled.texts):
            if dataset.shares.get(text):
                self.shares[i] = dataset.shares[text]

        label_ids = map(self.labels.index, self.rows.labels)
        self.targets = torch.tensor(list(label_ids))
        of_labels = self.targets[: len(labelled)]
        log_prior = _log_prior(of_labels, model.labels).to(self.device)
        self.log_prior = recipe.logit_adjustment * log_prior
        if taught or self.shares or self.rows.weights:
            self.targets = self._soft_targets(taught)

        n_none = len(none)
        if recipe.outsiders is not None:
            most = recipe.outsiders * len(labelled)
            n_none = min(n_none, round(most))
        self.n_none = n_none  # in an epoch
        n_texts = len(labelled) + n_none + len(taught)
        self.n_steps = math.ceil(n_texts / recipe.batch_size)

    def _soft_targets(self, taught: Rows) -> Tensor:
        """Return the probability of each label for every row, times its weight, (N, labels)."""
        n_labels = len(self.labels)
        targets = one_hot(self.targets, n_labels).float()
        if taught:
            beliefs = torch.tensor(taught.beliefs)
            n_others = n_labels - beliefs.shape[1]
            targets[-len(taught) :] = pad(beliefs, (0, n_others))
        for i, shares in self.shares.items():
            of_labels = [shares.get(label, 0.0) for label in self.labels]
            targets[i] = torch.tensor(of_labels)
        if self.rows.weights:
            targets *= torch.tensor(self.rows.weights)[:, None]
        return targets

    def draw(self, epoch: int) -> tuple[EncodedRows, list[Tensor]]:
        """Return the rows of an epoch in its forms, and the indices of each batch.

        Every row and every taught text is taken once an epoch, and some texts of none.
        """
        seed = self.recipe.seed * 1_000_003 + epoch
        shuffling = torch.Generator().manual_seed(seed)
        everything = torch.arange(len(self.rows))
        labelled, none, taught = everything.split(self.sizes)
        order = torch.randperm(len(none), generator=shuffling)
        chosen = none[order[: self.n_none]]
        rows = torch.cat([labelled, chosen, taught])
        encoded = self._in_forms(rows.tolist(), seed)
        encoded = self._with_unknown(encoded, seed)
        batch_size = self.recipe.batch_size
        return encoded, length_buckets(encoded.lengths, batch_size, shuffling)

    def _in_forms(self, numbers: list[int], seed: int) -> EncodedRows:
        """Return the rows of these numbers; if letters are read, each in a form drawn for it."""
        ids = [self.ids[i] for i in numbers]
        targets = self.targets[numbers]
        if self.recipe.units == "letters":
            rows = self.rows.take(numbers)
            self._redraw(rows, ids, targets, seed)
        padded, lengths = pad_ids(ids)
        return EncodedRows(
            padded.to(self.device),
            lengths,
            targets.to(self.device),
        )

    def _redraw(
        self,
        rows: Rows,
        ids: list[list[int]],
        targets: Tensor,
        seed: int,
    ) -> None:
        """Change the ids and targets of those `rows` that get another form.

        As a full name, a text of several labels has one of them, drawn by the shares: its given
        name is of one label alone.
        """
        draw = random.Random(f"labels {seed}")
        # Rows with labels come first, so their places are their numbers.
        for i, shares in self.shares.items():
            labels = list(shares)
            weights = list(shares.values())
            (rows.labels[i],) = draw.choices(labels, weights)
        forms = vary_all(self.variation, rows, seed)
        for i, form in enumerate(forms):
            if form == rows.texts[i]:
                continue
            ids[i] = self.model.encoder.encode(form)
            if i in self.shares:
                label_id = self.labels.index(rows.labels[i])
                targets[i] = 0
                targets[i, label_id] = 1

    def _with_unknown(self, encoded: EncodedRows, seed: int) -> EncodedRows:
        """Redraw which letters or words are read as unknown."""
        generator = torch.Generator().manual_seed(seed)
        drawn = torch.rand(encoded.ids.shape, generator=generator)
        drawn = drawn.to(self.device)
        is_unknown = drawn < self.recipe.unknown_share
        unknown = self.model.network.unknown_ids[encoded.ids]
        ids = torch.where(is_unknown, unknown, encoded.ids)
        return replace(encoded, ids=ids)


def repeated(common: Rows, copies: Sequence[tuple[int, int]]) -> Rows:
    """Return each `common` row n times, by the first (rank, n) of `copies` that it is within."""
    indices: list[int] = []
    for i, rank in enumerate(common.ranks):
        for last_rank, n in copies:
            if rank <= last_rank:
                indices += [i] * n
                break
    rows = common.take(indices)
    return replace(rows, ranks=[])


def _log_prior(label_ids: Tensor, labels: Sequence[str]) -> Tensor:
    """Return the logarithm of each label's rows, as a share of the most frequent label's.

    It is 0 for a label without rows.
    """
    counts = label_ids.bincount(minlength=len(labels))
    at_least_one = counts.clamp(min=1)
    shares = at_least_one / at_least_one.max()
    return shares.log() * (counts > 0)
