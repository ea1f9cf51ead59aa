"""The linear half, solved at once: a support vector machine of its n-grams, and naive Bayes.

Step by step, n-grams of few rows are learnt too little or too much: their best weights are those
that all rows together determine. The machine and naive Bayes make different mistakes, and their sum
is linear too. An n-gram counts by its inverse document frequency, and a word by its letters too.
All of this is in the votes of the n-grams, which the network reads as any other.

    counts = count_features(model, dataset, recipe)       # the n-grams of each row, once a training
    choice, held_out = choose_solution(counts, recipe)    # cost, Bayes' weight and scale
    half.load_state_dict(solve_half(counts, rows, choice))  # learnt of these rows
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import torch
from scipy.sparse import csr_matrix, diags, hstack  # type: ignore[import-untyped]
from sklearn.feature_extraction.text import CountVectorizer, TfidfTransformer
from sklearn.naive_bayes import ComplementNB
from sklearn.svm import LinearSVC
from torch import Tensor

from ..data.rows import Dataset
from ..data.splits import folds
from ..encoder import FIRST_ID
from ..ngrams import MARGIN, LinearNgrams
from ..tasks.recipe import Recipe
from ..text.words import WordEncoder
from ..trained import Model
from .calibration import CalibrationRows, Truth, fit_scaling

# What is tried; of equally good choices the first is taken.
COSTS = [1.0, 0.3, 0.1, 3.0, 10.0]
BAYES_WEIGHTS = [0.0, 0.25, 0.5, 1.0]  # of naive Bayes beside the machine
SMOOTHING = 0.1  # what is added to each count of naive Bayes
FOLDS = 5  # to choose and to calibrate by
FEWEST_TO_CHOOSE = 100  # to choose by
LETTERS = (1, 5)  # sizes of the n-grams of letters of which a word's votes are made too


class Choice(NamedTuple):
    """How the half is solved, as config.json has it among the options of training."""

    linear_cost: float
    linear_bayes: float  # how much naive Bayes counts beside the machine
    linear_scale: float  # what the margins are multiplied by


@dataclass(frozen=True, eq=False)
class Counts:
    """What the linear half reads of n rows, those to train on first: its F features of each.

    A feature is a row of the matrix of n-grams, or an n-gram of letters of words.
    """

    half: LinearNgrams
    of_ngrams: csr_matrix  # (n, buckets)
    of_letters: csr_matrix | None  # of each row of the matrix, where words are read
    scales: np.ndarray  # (F,) by which a count is multiplied
    used: np.ndarray  # the U features that any row has
    features: csr_matrix  # (n, U)
    lengths: Tensor  # (n,)
    targets: np.ndarray  # (n,) label indices
    weights: np.ndarray  # (n,)
    n_labels: int
    is_balanced: bool  # whether all labels weigh the same
    folds: list[np.ndarray]  # indices of rows that are held out in turn


def count_features(model: Model, dataset: Dataset, recipe: Recipe) -> Counts:
    """Return what the linear half of a model reads of the rows to train and to validate.

    All labels weigh the same where the recipe trains as if they were equally frequent; less than
    that costs accuracy here, and calibration finds their frequencies anyway. Rows of labels with
    fewer than three texts are never held out.
    """
    half = model.network.linear_ngrams
    assert half
    rows = dataset.train + dataset.validation
    of_ngrams, lengths = _count_ngrams(model, half, rows.texts)
    blocks = [of_ngrams]
    of_letters = None
    if isinstance(model.encoder, WordEncoder):
        of_letters = _letters_of(model.encoder, half)
        blocks.append(of_ngrams @ of_letters)
    scales = list(map(_scaled_idf, blocks))
    weighted = [
        block @ diags(scale) for block, scale in zip(blocks, scales, strict=True)
    ]
    features = hstack(weighted, "csr")
    used = np.unique(features.indices)
    return Counts(
        half,
        of_ngrams,
        of_letters,
        np.concatenate(scales),
        used,
        features[:, used],
        lengths,
        np.array([model.labels.index(label) for label in rows.labels]),
        np.array(dataset.weights(rows)),
        len(model.labels),
        recipe.logit_adjustment == 1,
        [np.array(fold, int) for fold in folds(rows, FOLDS, dataset.key) or [[]]],
    )


def choose_solution(counts: Counts, recipe: Recipe) -> tuple[Choice, CalibrationRows]:
    """Return cost and Bayes' weight with which most rows are right, and the scale.

    A recipe may give the cost. The scale makes logits of the margins of rows held out: those of
    rows learnt are too wide. The second are these rows, in whose logits a GRU has no part. Of few
    rows the first of each choice is taken.
    """
    indices = np.concatenate(counts.folds)
    is_few = len(indices) < FEWEST_TO_CHOOSE
    n_tried = 1 if is_few else None
    costs = [recipe.linear_cost] if recipe.linear_cost else COSTS[:n_tried]
    targets = torch.from_numpy(counts.targets[indices])
    margins = {}
    for cost in costs:
        of_both = held_out_margins(counts, cost)
        for bayes in BAYES_WEIGHTS[:n_tried]:
            margins[cost, bayes] = torch.from_numpy(joint(of_both, bayes))
    n_right = {
        tried: (of_rows.argmax(dim=1) == targets).sum()
        for tried, of_rows in margins.items()
    }
    best = max(margins, key=n_right.__getitem__)
    scale = MARGIN
    if not is_few:
        temperature, _ = fit_scaling(margins[best], Truth(targets=targets))
        scale = 1 / temperature
    logits = (scale * margins[best]).float()
    held_out = CalibrationRows(
        targets=targets,
        weights=counts.weights[indices].tolist(),
        prior_rows=recipe.prior_rows,
        apart=[torch.zeros_like(logits), logits],
        lengths=counts.lengths[indices],
        n_rows=len(indices),
    )
    return Choice(*best, scale), held_out


def held_out_margins(counts: Counts, cost: float) -> np.ndarray:
    """Return the margins (2, n, labels) of the rows of all folds, each held out in turn.

    The first are the machine's, the second those of naive Bayes.
    """
    everything = np.arange(len(counts.targets))
    margins = []
    for fold in counts.folds:
        votes, bias = learn_votes(counts, np.delete(everything, fold), cost)
        features = counts.features[fold]
        margins.append(np.stack([features @ votes[0] + bias, features @ votes[1]]))
    return np.concatenate(margins, axis=1)


def learn_votes(
    counts: Counts, rows: np.ndarray, cost: float
) -> tuple[np.ndarray, np.ndarray]:
    """Return the votes (2, U, labels) and the bias (labels,) that are learnt of some rows.

    The bias is the machine's; the votes of naive Bayes have sums with a variance of 1. Source:
    Rennie et al. 2003, "Tackling the poor assumptions of naive Bayes text classifiers".
    """
    votes = np.zeros((2, counts.features.shape[1], counts.n_labels))
    bias = np.full(counts.n_labels, -1.0)  # of a label without a row
    targets = counts.targets[rows]
    labels = np.unique(targets)
    if len(labels) > 1:
        class_weight = "balanced" if counts.is_balanced else None
        machine = LinearSVC(C=cost, random_state=0, class_weight=class_weight)
        features = counts.features[rows]
        weights = counts.weights[rows]
        machine.fit(features, targets, sample_weight=weights)
        # Of two labels scikit-learn has one row, the second's.
        signs = [[-1], [1]] if len(labels) == 2 else 1
        votes[0][:, labels] = (signs * machine.coef_).T
        bias[labels] = np.ravel(signs * machine.intercept_[:, None])
        bayes = ComplementNB(alpha=SMOOTHING)
        bayes.fit(features, targets, sample_weight=weights)
        log_shares = bayes.feature_log_prob_.T
        log_shares -= log_shares.mean(axis=1, keepdims=True)
        is_learnt = np.zeros(len(log_shares), bool)
        is_learnt[features.indices] = True
        log_shares[~is_learnt] = 0
        log_shares /= max((features @ log_shares).std(), 1e-9)
        votes[1][:, labels] = log_shares
    return votes, bias


def solve_half(counts: Counts, rows: np.ndarray, choice: Choice) -> dict[str, Tensor]:
    """Return the weights of the half that are learnt of some rows, by their names in it.

    Where its matrix has a rank, it holds what the principal components of the rows' votes keep.
    """
    half = counts.half
    of_both, bias = learn_votes(counts, rows, choice.linear_cost)
    votes = np.zeros((len(counts.scales), counts.n_labels))
    votes[counts.used] = joint(of_both, choice.linear_bayes)
    votes *= choice.linear_scale * counts.scales[:, None]
    kept = votes[: half.buckets]
    if counts.of_letters is not None:
        kept = kept + counts.of_letters @ votes[half.buckets :]
    weights = {"bias": choice.linear_scale * bias}
    if half.project is not None:
        of_rows = counts.of_ngrams[rows] @ kept
        _, components = np.linalg.eigh(of_rows.T @ of_rows)  # the largest last
        weights["project.weight"] = components[:, -half.table.embedding_dim :]
        kept = kept @ weights["project.weight"]
    weights["table.weight"] = kept
    return {name: torch.from_numpy(weight) for name, weight in weights.items()}


def joint(of_both: np.ndarray, bayes: float) -> np.ndarray:
    """Return votes or margins of the machine and of naive Bayes times `bayes`, of those of each."""
    of_machine, of_bayes = of_both
    return of_machine + bayes * of_bayes


def _count_ngrams(
    model: Model, half: LinearNgrams, texts: Sequence[str]
) -> tuple[csr_matrix, Tensor]:
    """Return what the linear half reads of texts: scaled counts of each row of its matrix.

    The lengths of the texts come second.
    """
    network = model.network
    values: list[float] = []
    columns: list[int] = []
    ends = [0]
    lengths = []
    for text in texts:
        ids = torch.tensor([model.encoder.encode(text)])
        lengths.append(ids.shape[1])
        buckets = half.buckets_of(ids, network.ngram_ids[ids], network.unknown_ids[ids])
        found = torch.stack(buckets).flatten().tolist()
        columns += found
        values += [len(found) ** -0.5] * len(found)
        ends.append(len(columns))
    counts = csr_matrix((values, columns, ends), (len(texts), half.buckets))
    counts.sum_duplicates()
    return counts, torch.tensor(lengths)


def _scaled_idf(counts: csr_matrix) -> np.ndarray:
    """Return the weight of each column, with which the rows have a mean square of 1."""
    idf = TfidfTransformer().fit(counts).idf_
    mean_square = (counts @ diags(idf)).power(2).sum() / counts.shape[0]
    return idf / np.sqrt(max(mean_square, 1e-9))


def _letters_of(encoder: WordEncoder, half: LinearNgrams) -> csr_matrix:
    """Return how often the words of each row of the matrix have each n-gram of letters.

    A word has a space at both ends, and "-ing", a piece of one, at its end.
    """
    words = encoder.words.split()
    ids = torch.arange(len(words))[:, None] + FIRST_ID
    buckets, *_ = half.buckets_of(ids, ids, ids)
    of_words = buckets[:, int(half.marks_ends)]  # behind the mark, if there is one
    places = of_words, np.arange(len(words))
    to_rows = csr_matrix((np.ones(len(words)), places), (half.buckets, len(words)))
    spelt = [f" {word} ".replace(" -", "") for word in words]
    vectorizer = CountVectorizer(analyzer="char", ngram_range=LETTERS, lowercase=False)
    return to_rows @ vectorizer.fit_transform(spelt)
