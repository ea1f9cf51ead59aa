"""The encoded rows that a network is trained on, in the forms and batches of each epoch."""

import math
import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import torch
from torch import Tensor
from torch.nn.functional import one_hot, pad

from ..core import EncodedRows, length_buckets, pad_ids
from ..data.rows import Dataset, Rows
from ..data.variation import Variation, in_both_forms, vary_all
from ..tasks.recipe import Recipe
from ..trained import Model


@dataclass(frozen=True)
class TrainingRows:
    """Rows to train on, then texts of none, then a teacher's."""

    model: Model
    recipe: Recipe
    device: torch.device
    rows: Rows
    sizes: list[int]  # of the three kinds
    n_none: int  # texts of none in an epoch
    ids: list[list[int]]  # of each text as it is
    targets: Tensor  # label indices (N,), or probabilities (N, labels and other labels)
    shares: dict[int, dict[str, float]]  # of texts with several labels, by their number
    log_prior: Tensor  # (labels,), as far as the recipe adjusts logits by it
    variation: Variation

    @property
    def n_steps(self) -> int:
        """Number of batches in an epoch."""
        labelled, _, taught = self.sizes
        return math.ceil((labelled + self.n_none + taught) / self.recipe.batch_size)

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
        numbers = torch.cat([labelled, chosen, taught])
        encoded = self._with_unknown(self._in_forms(numbers.tolist(), seed), seed)
        batch_size = self.recipe.batch_size
        return encoded, length_buckets(encoded.lengths, batch_size, shuffling)

    def _in_forms(self, numbers: list[int], seed: int) -> EncodedRows:
        """Return the rows of these numbers; if letters are read, each in a form drawn for it.

        As a full name, a text of several labels has one of them, drawn by the shares: its given
        name is of one label alone.
        """
        ids = [self.ids[i] for i in numbers]
        targets = self.targets[numbers]
        if self.recipe.units == "letters":
            rows = self.rows.take(numbers)
            draw = random.Random(f"labels {seed}")
            # Rows with labels come first, so their places are their numbers.
            for i, shares in self.shares.items():
                (rows.labels[i],) = draw.choices(list(shares), list(shares.values()))
            labels = self.model.labels
            for i, form in enumerate(vary_all(self.variation, rows, seed)):
                if form == rows.texts[i]:
                    continue
                ids[i] = self.model.encoder.encode(form)
                if i in self.shares:
                    targets[i] = 0
                    targets[i, labels.index(rows.labels[i])] = 1
        padded, lengths = pad_ids(ids)
        device = self.device
        return EncodedRows(padded.to(device), lengths, targets.to(device))

    def _with_unknown(self, encoded: EncodedRows, seed: int) -> EncodedRows:
        """Redraw which letters or words are read as unknown."""
        generator = torch.Generator().manual_seed(seed)
        drawn = torch.rand(encoded.ids.shape, generator=generator)
        drawn = drawn.to(self.device)
        is_unknown = drawn < self.recipe.unknown_share
        unknown = self.model.network.unknown_ids[encoded.ids]
        ids = torch.where(is_unknown, unknown, encoded.ids)
        return replace(encoded, ids=ids)


def rows_to_train(
    model: Model, dataset: Dataset, recipe: Recipe, device: torch.device
) -> TrainingRows:
    """Return what a model is trained on."""
    labels = model.labels + model.other_labels
    labelled = dataset.train + repeated(dataset.common, recipe.common_copies)
    none, taught = dataset.none, dataset.taught
    if recipe.both_forms:
        labelled = in_both_forms(labelled)
        none = in_both_forms(none)
    # The label of a teacher's text stands for the teacher's probabilities.
    rows = labelled + none + Rows(taught.texts, labels[:1] * len(taught))
    targets = torch.tensor([labels.index(label) for label in rows.labels])
    shares = {
        i: dataset.shares[text]
        for i, text in enumerate(labelled.texts)
        if text in dataset.shares
    }
    log_prior = _log_prior(targets[: len(labelled)], model.labels)
    if taught or shares or rows.weights:
        targets = _soft_targets(targets, labels, rows, taught, shares)
    n_none = len(none)
    if recipe.outsiders is not None:
        n_none = min(n_none, round(recipe.outsiders * len(labelled)))
    variation = Variation(
        dataset.given_names,
        recipe.full_share,
        recipe.unmarked_share,
        dataset.scored_keys(),
    )
    return TrainingRows(
        model,
        recipe,
        device,
        rows,
        sizes=[len(labelled), len(none), len(taught)],
        n_none=n_none,
        ids=list(map(model.encoder.encode, rows.texts)),
        targets=targets,
        shares=shares,
        log_prior=recipe.logit_adjustment * log_prior.to(device),
        variation=variation,
    )


def _soft_targets(
    label_ids: Tensor,
    labels: Sequence[str],
    rows: Rows,
    taught: Rows,
    shares: Mapping[int, Mapping[str, float]],
) -> Tensor:
    """Return the probability of each label for every row, times its weight, (N, labels)."""
    targets = one_hot(label_ids, len(labels)).float()
    if taught:
        beliefs = torch.tensor(taught.beliefs)
        n_others = len(labels) - beliefs.shape[1]
        targets[-len(taught) :] = pad(beliefs, (0, n_others))
    for i, of_text in shares.items():
        targets[i] = torch.tensor([of_text.get(label, 0.0) for label in labels])
    if rows.weights:
        targets *= torch.tensor(rows.weights)[:, None]
    return targets


def repeated(common: Rows, copies: Sequence[tuple[int, int]]) -> Rows:
    """Return each `common` row n times, by the first (rank, n) of `copies` that it is within."""
    indices: list[int] = []
    for i, rank in enumerate(common.values):
        for last_rank, n in copies:
            if rank <= last_rank:
                indices += [i] * n
                break
    return replace(common.take(indices), values=[])


def _log_prior(label_ids: Tensor, labels: Sequence[str]) -> Tensor:
    """Return the logarithm of each label's rows, as a share of the most frequent label's.

    It is 0 for a label without rows.
    """
    counts = label_ids.bincount(minlength=len(labels))
    at_least_one = counts.clamp(min=1)
    shares = at_least_one / at_least_one.max()
    return shares.log() * (counts > 0)
