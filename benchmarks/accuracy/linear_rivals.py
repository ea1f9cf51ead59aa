"""A linear SVM and a logistic regression on TF-IDF of n-grams, tuned on validation rows."""

import time
from collections.abc import Iterable
from dataclasses import dataclass, replace
from itertools import product

import numpy as np
import torch
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.svm import LinearSVC

from model.core import normalise
from model.data.rows import Dataset, Rows
from model.training.scores import fit_temperature, report
from model.words import cut

ANALYZERS = ("char", "char_wb")
LONGEST = (3, 4, 5)  # characters of the longest n-gram; the shortest has one
COSTS = (0.1, 0.3, 1.0, 3.0, 10.0)
EXTRA_WEIGHTS = (0.1, 0.3, 1.0)
KINDS = ("LinearSVC", "LogisticRegression")
NO_ROWS = Rows([], [])


@dataclass(frozen=True)
class Settings:
    """What tuning chooses."""

    kind: str
    analyzer: str = "char"
    longest: int = 3
    cost: float = 1.0
    extra_weight: float = 0.0  # of an extra row; the data set's own rows weigh 1

    def __str__(self) -> str:
        extra = f", extra rows weigh {self.extra_weight:g}" if self.extra_weight else ""
        return f"{self.kind} ({self.analyzer} 1–{self.longest}, C {self.cost:g}{extra})"

    def vectorizer(self) -> TfidfVectorizer:
        """Return the untrained n-gram features."""
        return TfidfVectorizer(
            preprocessor=normalise,
            analyzer=self.analyzer,
            tokenizer=cut if self.analyzer == "word" else None,
            token_pattern=None,
            ngram_range=(1, self.longest),
            sublinear_tf=True,
        )

    def classifier(self) -> LinearSVC | LogisticRegression:
        """Return the untrained classifier.

        With extra rows the SVM stops at a wider tolerance: the same validation accuracy in a
        fraction of the time. The solver saga takes a second where lbfgs takes ten.
        """
        if self.kind == "LinearSVC":
            tolerance = 0.1 if self.extra_weight else 1e-4
            return LinearSVC(C=self.cost, tol=tolerance, max_iter=5000, random_state=0)
        return LogisticRegression(
            C=self.cost, solver="saga", tol=1e-3, max_iter=300, random_state=0
        )

    def row_weights(self, rows: Rows, extra: Rows) -> np.ndarray:
        """Return the weight of each of `rows` and then of each of the `extra` rows."""
        return np.repeat([1.0, self.extra_weight], [len(rows), len(extra)])


def tune(kind: str, dataset: Dataset) -> Settings:
    """Return the settings with the highest validation accuracy, over the whole grid."""
    grid = [Settings(kind, a, n) for a, n in product(ANALYZERS, LONGEST)]
    return tune_costs(grid, dataset, COSTS)


def tune_costs(grid: Iterable[Settings], dataset: Dataset, costs: Iterable[float]) -> Settings:
    """Return the settings with the highest validation accuracy, of `grid` with each cost."""
    scores = {}
    for settings in grid:
        scores |= _accuracies(dataset, NO_ROWS, [replace(settings, cost=cost) for cost in costs])
    return max(scores, key=scores.get)


def tune_extra_weight(settings: Settings, dataset: Dataset, extra: Rows) -> Settings:
    """Return `settings` with the weight of `extra` rows that gives the best validation accuracy."""
    cases = [replace(settings, extra_weight=weight) for weight in EXTRA_WEIGHTS]
    scores = _accuracies(dataset, extra, cases)
    return max(scores, key=scores.get)


def _accuracies(dataset: Dataset, extra: Rows, cases: list[Settings]) -> dict[Settings, float]:
    """Return the validation accuracy of each case; all of them share their n-grams."""
    vectorizer = cases[0].vectorizer()
    train = vectorizer.fit_transform(dataset.train.texts + extra.texts)
    validation = vectorizer.transform(dataset.validation.texts)
    labels = dataset.train.labels + extra.labels
    scores = {}
    for case in cases:
        weights = case.row_weights(dataset.train, extra)
        classifier = case.classifier().fit(train, labels, sample_weight=weights)
        scores[case] = classifier.score(validation, dataset.validation.labels)
    return scores


class Rival:
    """A fitted linear classifier; `seconds` is the time for its n-grams and its weights."""

    def __init__(self, settings: Settings, labels: list[str], rows: Rows, extra: Rows = NO_ROWS):
        start = time.perf_counter()
        self.labels, self.temperature = labels, 1.0
        self.vectorizer = settings.vectorizer()
        features = self.vectorizer.fit_transform(rows.texts + extra.texts)
        self.classifier = settings.classifier()
        weights = settings.row_weights(rows, extra)
        self.classifier.fit(features, rows.labels + extra.labels, sample_weight=weights)
        self.seconds = time.perf_counter() - start

    def logits(self, rows: Rows) -> torch.Tensor:
        """Return scores (n, labels); a label without a training row gets the lowest of all."""
        scores = self.classifier.decision_function(self.vectorizer.transform(rows.texts))
        logits = np.full((len(rows), len(self.labels)), scores.min())
        logits[:, [self.labels.index(label) for label in self.classifier.classes_]] = scores
        return torch.from_numpy(logits)

    def calibrate(self, rows: Rows) -> None:
        """Fit the temperature to `rows`, which must not be those trained on."""
        self.temperature = fit_temperature(self.logits(rows), self._targets(rows))

    def report(self, dataset: Dataset, rows: Rows) -> dict:
        """Return the same report as our network gets; a LinearSVC has no probabilities in it."""
        probabilities = (self.logits(rows) / self.temperature).softmax(dim=1).numpy()
        targets = self._targets(rows).numpy()
        return report(probabilities, targets, self.labels, dataset.accepted(rows), rows.wholes)

    def _targets(self, rows: Rows) -> torch.Tensor:
        return torch.tensor([self.labels.index(label) for label in rows.labels])
