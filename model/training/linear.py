"""The linear half, solved at once: a support vector machine of its n-grams, and naive Bayes.

Step by step, n-grams of few rows are learnt too little or too much: their best weights are those
that all rows together determine. The machine and naive Bayes make different mistakes, and their sum
is linear too. An n-gram counts by its inverse document frequency, and a word by its letters too.
All of this is in the votes of the table, so that the network reads it as any other.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import product
from typing import Any

import numpy as np
import torch
from scipy.sparse import csr_matrix, diags, hstack  # type: ignore[import-untyped]
from sklearn.feature_extraction.text import CountVectorizer, TfidfTransformer
from sklearn.model_selection import KFold
from sklearn.naive_bayes import ComplementNB
from sklearn.svm import LinearSVC
from torch.nn.functional import cross_entropy

from ..core import pad_ids
from ..data.rows import Dataset
from ..encoder import FIRST_ID
from ..ngrams import MARGIN, LinearNgrams
from ..trained import Model
from ..words import WordEncoder

FEWEST_ROWS = 100  # to choose a cost and a share by
# What is tried; with fewer rows the first is taken.
CHOICES = {
    "linear_cost": [1.0, 0.3, 3.0, 10.0],
    "linear_bayes": [0.0, 0.25, 0.5, 1.0],
    "linear_scale": [MARGIN, 1.0, 2.0, 8.0],
}
SMOOTHING = 0.1  # what is added to each count of naive Bayes
LETTERS = (1, 5)  # sizes of the n-grams of letters of which a word's votes are made too


def solve(model: Model, dataset: Dataset) -> None:
    """Set the votes of the model's linear half by the training rows, and keep them from training.

    All labels weigh the same where the recipe trains as if they were equally frequent; less than
    that costs accuracy here, and calibration finds their frequencies anyway.
    """
    half = model.network.linear_ngrams
    rows = dataset.train
    if half is None or len(set(rows.labels)) < 2:
        return
    counts = _counts(model, half, rows.texts)
    blocks = [counts]
    if isinstance(model.encoder, WordEncoder):
        of_letters = _letters_of(model.encoder, half)
        blocks.append(counts @ of_letters)
    scales = list(map(_scaled_idf, blocks))
    weighted = [
        block @ diags(scale) for block, scale in zip(blocks, scales, strict=True)
    ]
    examples = Examples(
        hstack(weighted, "csr"),
        np.array([model.labels.index(label) for label in rows.labels]),
        np.array(dataset.weights(rows)),
        model.training["logit_adjustment"] == 1,
    )
    chosen = _choose(examples, model.training)
    model.training |= chosen

    of_machine, bias_of_machine = examples.machine(chosen["linear_cost"])
    votes = np.zeros((examples.features.shape[1], len(half.bias)))
    votes[:, examples.found] = of_machine + chosen["linear_bayes"] * examples.bayes
    votes *= np.concatenate(scales)[:, None]
    bias = np.full(len(half.bias), -1.0)  # of a label without a row
    bias[examples.found] = bias_of_machine
    table = votes[: half.buckets]
    if len(blocks) > 1:
        table = table + of_letters @ votes[half.buckets :]
    scale = chosen["linear_scale"]
    _fill(half, counts, scale * table, scale * bias)
    half.requires_grad_(False)


@dataclass(frozen=True)
class Examples:
    """What a linear classifier learns: n rows with F features, which have some of the labels."""

    features: csr_matrix  # (n, F)
    targets: np.ndarray  # (n,) label indices
    weights: np.ndarray  # (n,)
    is_balanced: bool  # whether all labels weigh the same

    def part(self, rows: np.ndarray) -> "Examples":
        """Return those of some rows."""
        return replace(
            self,
            features=self.features[rows],
            targets=self.targets[rows],
            weights=self.weights[rows],
        )

    @cached_property
    def found(self) -> np.ndarray:
        """The indices of the L labels that rows have, in order."""
        return np.unique(self.targets)

    def machine(self, cost: float) -> tuple[np.ndarray, np.ndarray]:
        """Return votes (F, L) and bias (L,) of a support vector machine for each label."""
        class_weight = "balanced" if self.is_balanced else None
        machine = LinearSVC(C=cost, random_state=0, class_weight=class_weight)
        machine.fit(self.features, self.targets, sample_weight=self.weights)
        votes = machine.coef_
        bias = machine.intercept_
        if len(bias) == 1:  # scikit-learn has one row for both labels
            votes = np.concatenate([-votes, votes])
            bias = np.append(-bias, bias)
        return votes.T, bias

    @cached_property
    def bayes(self) -> np.ndarray:
        """The votes (F, L) of complement naive Bayes, whose sums have a variance of 1.

        Source: Rennie et al. 2003, "Tackling the poor assumptions of naive Bayes text classifiers".
        """
        bayes = ComplementNB(alpha=SMOOTHING)
        used = np.unique(self.features.indices)
        bayes.fit(self.features[:, used], self.targets, sample_weight=self.weights)
        log_shares = bayes.feature_log_prob_.T
        votes = np.zeros((self.features.shape[1], len(self.found)))
        votes[used] = log_shares - log_shares.mean(axis=1, keepdims=True)
        spread = (self.features @ votes).std()
        return votes / max(spread, 1e-9)


def _choose(examples: Examples, given: Mapping[str, Any]) -> dict[str, float]:
    """Return the best of CHOICES, but what is `given`, for rows that are held out in turn.

    Cost and share are those that are right of the most of them. The scale has the least loss: the
    margins of rows that are learnt are too wide.
    """
    choices: dict[str, list[float]] = {
        name: values if given[name] is None else [given[name]]
        for name, values in CHOICES.items()
    }
    costs, shares, scales = choices.values()
    n_choices = len(costs) * len(shares) * len(scales)
    if n_choices == 1 or len(examples.targets) < FEWEST_ROWS:
        return {name: values[0] for name, values in choices.items()}
    targets = np.searchsorted(examples.found, examples.targets)
    margins = _held_out(examples, costs, shares)
    n_right = {
        choice: (values.argmax(axis=1) == targets).sum()
        for choice, values in margins.items()
    }
    cost, share = max(n_right, key=n_right.__getitem__)
    logits = torch.from_numpy(margins[cost, share])

    def loss(scale: float) -> float:
        return cross_entropy(scale * logits, torch.from_numpy(targets)).item()

    return dict(zip(CHOICES, (cost, share, min(scales, key=loss)), strict=True))


def _held_out(
    examples: Examples, costs: list[float], shares: list[float]
) -> dict[tuple[float, float], np.ndarray]:
    """Return for each cost and share the margins (n, L) of all rows, each held out once."""
    shape = len(examples.targets), len(examples.found)
    margins = {choice: np.full(shape, -1.0) for choice in product(costs, shares)}
    folds = KFold(5, shuffle=True, random_state=0)
    for rest, held_out in folds.split(examples.targets):
        training = examples.part(rest)
        if len(training.found) == 1:
            continue
        features = examples.features[held_out]
        places = np.ix_(held_out, np.searchsorted(examples.found, training.found))
        of_bayes = features @ training.bayes
        for cost in costs:
            votes, bias = training.machine(cost)
            of_machine = features @ votes + bias
            for share in shares:
                margins[cost, share][places] = of_machine + share * of_bayes
    return margins


def _counts(model: Model, half: LinearNgrams, texts: Sequence[str]) -> csr_matrix:
    """Return what the linear half reads of texts: scaled counts of each row of its table."""
    network = model.network
    values: list[float] = []
    columns: list[int] = []
    ends = [0]
    for text in texts:
        ids, _ = pad_ids([model.encoder.encode(text)])
        buckets = half.buckets_of(ids, network.ngram_ids[ids], network.unknown_ids[ids])
        found = torch.stack(buckets).flatten().tolist()
        columns += found
        values += [len(found) ** -0.5] * len(found)
        ends.append(len(columns))
    counts = csr_matrix((values, columns, ends), (len(texts), half.buckets))
    counts.sum_duplicates()
    return counts


def _scaled_idf(counts: csr_matrix) -> np.ndarray:
    """Return the weight of each column, with which the rows have a mean square of 1."""
    idf = TfidfTransformer().fit(counts).idf_
    mean_square = (counts @ diags(idf)).power(2).sum() / counts.shape[0]
    return idf / np.sqrt(max(mean_square, 1e-9))


def _letters_of(encoder: WordEncoder, half: LinearNgrams) -> csr_matrix:
    """Return how often the words of each row of the table have each n-gram of letters.

    A word has a space at both ends, and "-ing", a piece of one, at its end.
    """
    words = encoder.words.split()
    ids = torch.arange(len(words))[:, None] + FIRST_ID
    rows, *_ = half.buckets_of(ids, ids, ids)
    places = rows.flatten(), np.arange(len(words))
    to_rows = csr_matrix((np.ones(len(words)), places), (half.buckets, len(words)))
    spelt = [f" {word} ".replace(" -", "") for word in words]
    vectorizer = CountVectorizer(analyzer="char", ngram_range=LETTERS, lowercase=False)
    return to_rows @ vectorizer.fit_transform(spelt)


@torch.no_grad()
def _fill(
    half: LinearNgrams, counts: csr_matrix, table: np.ndarray, bias: np.ndarray
) -> None:
    """Write votes (buckets, labels) and the bias (labels,).

    Where the table has a rank, it holds what the principal components of the rows' votes keep.
    """
    half.bias.copy_(torch.from_numpy(bias))
    if half.project is not None:
        votes = counts @ table
        _, components = np.linalg.eigh(votes.T @ votes)  # the largest last
        kept = components[:, -half.table.embedding_dim :]
        table = table @ kept
        half.project.weight.copy_(torch.from_numpy(kept.copy()))
    half.table.weight.copy_(torch.from_numpy(table))
