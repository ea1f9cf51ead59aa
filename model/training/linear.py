"""The linear half, solved at once: a support vector machine of its n-grams, and naive Bayes.

Step by step, n-grams of few rows are learnt too little or too much: their best weights are those
that all rows together determine. The machine and naive Bayes make different mistakes, and their sum
is linear too. An n-gram counts by its inverse document frequency, and a word by its letters too.
All of this is in the votes of the table, which the network reads as any other.

    machine = Machine(model, half, dataset, is_balanced)   # the n-grams of each row
    choice = machine.choice(recipe)                        # the cost, Bayes' weight and the scale
    half.load_state_dict(machine.solved(choice))
"""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import torch
from scipy.sparse import csr_matrix, diags, hstack  # type: ignore[import-untyped]
from sklearn.feature_extraction.text import CountVectorizer, TfidfTransformer
from sklearn.naive_bayes import ComplementNB
from sklearn.svm import LinearSVC
from torch import Tensor

from ..core import pad_ids
from ..data.rows import Dataset
from ..data.splits import folds
from ..encoder import FIRST_ID
from ..ngrams import MARGIN, LinearNgrams
from ..tasks.recipe import Recipe
from ..text.words import WordEncoder
from ..trained import Model
from .calibration import CalibrationRows, fit_scaling

# What is tried; of equally good choices the first is taken.
COSTS = (1.0, 0.3, 3.0, 10.0)
BAYES_WEIGHTS = (0.0, 0.25, 0.5, 1.0)  # of naive Bayes beside the machine
SMOOTHING = 0.1  # what is added to each count of naive Bayes
FOLDS = 5  # to choose by
HELD_OUT_FOLDS = 10  # to calibrate by
FEWEST_ROWS = 100  # the same
LETTERS = (1, 5)  # sizes of the n-grams of letters of which a word's votes are made too


class Choice(NamedTuple):
    """The options of a recipe by which a machine is solved."""

    linear_cost: float
    linear_bayes: float
    linear_scale: float


class Machine:
    """Linear classifiers of a dataset's training rows, whose votes become a model's linear half.

    All labels weigh the same if it `is_balanced`, as where the recipe trains as if they were
    equally frequent; less than that costs accuracy here, and calibration finds their frequencies
    anyway.
    """

    def __init__(
        self, model: Model, half: LinearNgrams, dataset: Dataset, is_balanced: bool
    ):
        self.model = model
        self.half = half
        self.dataset = dataset
        rows = dataset.train
        self.counts, self.lengths = _counts(model, half, rows.texts)
        self.of_letters = None
        blocks = [self.counts]
        if isinstance(model.encoder, WordEncoder):
            self.of_letters = _letters_of(model.encoder, half)
            blocks.append(self.counts @ self.of_letters)
        scales = list(map(_scaled_idf, blocks))
        weighted = [
            block @ diags(scale) for block, scale in zip(blocks, scales, strict=True)
        ]
        self.scales = np.concatenate(scales)
        self.features = hstack(weighted, "csr")  # (n, F)
        self.targets = np.array([model.labels.index(label) for label in rows.labels])
        self.weights = np.array(dataset.weights(rows))
        self.class_weight = "balanced" if is_balanced else None

    def choice(self, recipe: Recipe) -> Choice:
        """Return cost and Bayes' weight with which most rows are right, and the scale, or as given.

        The scale makes logits of the margins of rows held out: those of rows learnt are too wide.
        """
        costs = [recipe.linear_cost] if recipe.linear_cost else COSTS
        bayes_weights = (
            BAYES_WEIGHTS if recipe.linear_bayes is None else [recipe.linear_bayes]
        )
        scale = recipe.linear_scale
        if (
            scale and len(costs) == len(bayes_weights) == 1
        ):  # as in all stages but the first
            return Choice(costs[0], bayes_weights[0], scale)
        parts = self.parts(FOLDS)
        targets = self.targets[np.concatenate(parts)]
        if len(targets) < FEWEST_ROWS:
            return Choice(costs[0], bayes_weights[0], scale or MARGIN)
        margins = {}
        for cost in costs:
            of_both = self.margins(cost, parts)
            for bayes in bayes_weights:
                margins[cost, bayes] = joint(of_both, bayes)
        n_right = {
            tried: (of_rows.argmax(axis=1) == targets).sum()
            for tried, of_rows in margins.items()
        }
        best = max(margins, key=n_right.__getitem__)
        logits = torch.from_numpy(margins[best])
        temperature, _ = fit_scaling(logits, torch.from_numpy(targets))
        return Choice(*best, scale or 1 / temperature)

    def calibration_rows(self, choice: Choice) -> CalibrationRows:
        """Return the logits of rows that are held out in turn; a GRU has no part in them."""
        parts = self.parts(HELD_OUT_FOLDS)
        indices = np.concatenate(parts)
        of_both = self.margins(choice.linear_cost, parts)
        margins = joint(of_both, choice.linear_bayes)
        logits = torch.from_numpy(choice.linear_scale * margins).float()
        apart = [torch.zeros_like(logits), logits]
        targets = torch.from_numpy(self.targets[indices])
        weights = self.weights[indices].tolist()
        return CalibrationRows(
            apart, targets, self.lengths[indices], weights, len(indices)
        )

    def parts(self, n: int) -> list[np.ndarray]:
        """Return the indices of the rows that are held out in turn, in up to n parts.

        Rows of labels with fewer than three texts are never held out.
        """
        parts = folds(self.dataset.train, n, self.dataset.key) or [[]]
        return [np.array(fold, int) for fold in parts]

    def margins(self, cost: float, parts: Sequence[np.ndarray]) -> np.ndarray:
        """Return the margins (2, n, labels) of the rows of all parts, each held out in turn.

        The first are the machine's, the second those of naive Bayes.
        """
        everything = np.arange(len(self.targets))
        margins = []
        for fold in parts:
            votes, bias = self.fit(cost, np.delete(everything, fold))
            features = self.features[fold]
            margins.append(np.stack([features @ votes[0] + bias, features @ votes[1]]))
        return np.concatenate(margins, axis=1)

    def fit(self, cost: float, indices: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Return the votes (2, F, labels) and the bias (labels,) that are learnt of some rows.

        The bias is the machine's; the votes of naive Bayes have sums with a variance of 1. Source:
        Rennie et al. 2003, "Tackling the poor assumptions of naive Bayes text classifiers".
        """
        votes = np.zeros((2, self.features.shape[1], len(self.model.labels)))
        bias = np.full(len(self.model.labels), -1.0)  # of a label without a row
        targets = self.targets[indices]
        labels = np.unique(targets)
        if len(labels) > 1:
            machine = LinearSVC(C=cost, random_state=0, class_weight=self.class_weight)
            features = self.features[indices]
            weights = self.weights[indices]
            machine.fit(features, targets, sample_weight=weights)
            # Of two labels scikit-learn has one row, the second's.
            signs = [[-1], [1]] if len(labels) == 2 else 1
            votes[0][:, labels] = (signs * machine.coef_).T
            bias[labels] = np.ravel(signs * machine.intercept_[:, None])
            used = np.unique(features.indices)
            bayes = ComplementNB(alpha=SMOOTHING)
            bayes.fit(features[:, used], targets, sample_weight=weights)
            log_shares = bayes.feature_log_prob_.T
            log_shares -= log_shares.mean(axis=1, keepdims=True)
            log_shares /= max((features[:, used] @ log_shares).std(), 1e-9)
            votes[1][np.ix_(used, labels)] = log_shares
        return votes, bias

    def solved(self, choice: Choice) -> dict[str, Tensor]:
        """Return the weights of the half, by their names in it.

        Where its table has a rank, it holds what the principal components of the rows' votes keep.
        """
        half = self.half
        everything = np.arange(len(self.targets))
        of_both, bias = self.fit(choice.linear_cost, everything)
        votes = joint(of_both, choice.linear_bayes)
        votes *= choice.linear_scale * self.scales[:, None]
        table = votes[: half.buckets]
        if self.of_letters is not None:
            table = table + self.of_letters @ votes[half.buckets :]
        weights = {"bias": choice.linear_scale * bias}
        if half.project is not None:
            of_rows = self.counts @ table
            _, components = np.linalg.eigh(of_rows.T @ of_rows)  # the largest last
            weights["project.weight"] = components[:, -half.table.embedding_dim :]
            table = table @ weights["project.weight"]
        weights["table.weight"] = table
        return {name: torch.from_numpy(weight) for name, weight in weights.items()}


def joint(of_both: np.ndarray, bayes: float) -> np.ndarray:
    """Return votes or margins of the machine and of naive Bayes times `bayes`, of those of each."""
    of_machine, of_bayes = of_both
    return of_machine + bayes * of_bayes


def _counts(
    model: Model, half: LinearNgrams, texts: Sequence[str]
) -> tuple[csr_matrix, Tensor]:
    """Return what the linear half reads of texts: scaled counts of each row of its table.

    The lengths of the texts come second.
    """
    network = model.network
    values: list[float] = []
    columns: list[int] = []
    ends = [0]
    lengths = []
    for text in texts:
        ids, length = pad_ids([model.encoder.encode(text)])
        lengths.append(length)
        buckets = half.buckets_of(ids, network.ngram_ids[ids], network.unknown_ids[ids])
        found = torch.stack(buckets).flatten().tolist()
        columns += found
        values += [len(found) ** -0.5] * len(found)
        ends.append(len(columns))
    counts = csr_matrix((values, columns, ends), (len(texts), half.buckets))
    counts.sum_duplicates()
    return counts, torch.cat(lengths)


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
    buckets, *_ = half.buckets_of(ids, ids, ids)
    places = buckets.flatten(), np.arange(len(words))
    to_rows = csr_matrix((np.ones(len(words)), places), (half.buckets, len(words)))
    spelt = [f" {word} ".replace(" -", "") for word in words]
    vectorizer = CountVectorizer(analyzer="char", ngram_range=LETTERS, lowercase=False)
    return to_rows @ vectorizer.fit_transform(spelt)
