"""The linear half, solved at once: a linear support vector machine of its n-grams.

Step by step, n-grams of few rows are learnt too little or too much: their best weights are those
that all rows together determine. An n-gram counts by its inverse document frequency, and a word by
its letters too. Both are in the votes of the table, so that the network reads it as any other.
"""

from collections.abc import Sequence

import numpy as np
import torch
from scipy.sparse import csr_matrix, diags, hstack  # type: ignore[import-untyped]
from sklearn.feature_extraction.text import CountVectorizer
from sklearn.model_selection import GridSearchCV, KFold
from sklearn.svm import LinearSVC

from ..core import pad_ids
from ..data.rows import Dataset
from ..encoder import FIRST_ID
from ..ngrams import MARGIN, LinearNgrams
from ..trained import Model
from ..words import WordEncoder

FEWEST_ROWS = 100  # to choose a cost by
COSTS = {"C": [0.3, 1.0, 3.0, 10.0]}
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
    targets = np.array([model.labels.index(label) for label in rows.labels])
    found = np.unique(targets)
    is_balanced = model.training["logit_adjustment"] == 1
    class_weight = "balanced" if is_balanced else None
    cost = model.training["linear_cost"]
    classifier = LinearSVC(C=cost or 1.0, random_state=0, class_weight=class_weight)
    if cost is None and len(rows) >= FEWEST_ROWS:
        folds = KFold(3, shuffle=True, random_state=0)
        classifier = GridSearchCV(classifier, COSTS, cv=folds)
    features = hstack(weighted, "csr")
    classifier.fit(features, targets, sample_weight=dataset.weights(rows))
    classifier = getattr(classifier, "best_estimator_", classifier)
    model.training["linear_cost"] = classifier.C

    votes, bias = _of_each_label(classifier, found, len(half.bias))
    votes *= np.concatenate(scales)[:, None]
    table = votes[: half.buckets]
    if len(blocks) > 1:
        table = table + of_letters @ votes[half.buckets :]
    _fill(half, counts, MARGIN * table, MARGIN * bias)
    half.requires_grad_(False)


def _of_each_label(
    classifier: LinearSVC, found: np.ndarray, n_labels: int
) -> tuple[np.ndarray, np.ndarray]:
    """Return weights (features, labels) and bias (labels,); a label without a row has a bias."""
    weights, bias = classifier.coef_, classifier.intercept_
    if len(found) == 2:  # scikit-learn has one row for both
        weights, bias = np.concatenate([-weights, weights]), np.append(-bias, bias)
    votes = np.zeros((weights.shape[1], n_labels))
    votes[:, found] = weights.T
    biases = np.full(n_labels, -1.0)
    biases[found] = bias
    return votes, biases


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
    n_rows = counts.shape[0]
    n_with = np.bincount(counts.indices, minlength=counts.shape[1])
    idf = np.log((1 + n_rows) / (1 + n_with)) + 1
    mean_square = (counts @ diags(idf)).power(2).sum() / n_rows
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
