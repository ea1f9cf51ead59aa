"""A linear SVM and a logistic regression on TF-IDF of n-grams, tuned on validation rows."""

import time
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import groupby, product

import numpy as np
import torch
from scipy.sparse import csr_matrix
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
KINDS = {"LinearSVC": LinearSVC, "LogisticRegression": LogisticRegression}
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

    def fit(self, features: csr_matrix, rows: Rows, extra: Rows) -> LinearSVC | LogisticRegression:
        """Return the classifier fitted to the features of `rows`, followed by the `extra` rows.

        With extra rows the SVM stops at a wider tolerance: the same validation accuracy in a
        fraction of the time. The solver saga takes a second where lbfgs takes ten.
        """
        options = {"solver": "saga", "tol": 1e-3, "max_iter": 300}
        if self.kind == "LinearSVC":
            options = {"tol": 0.1 if self.extra_weight else 1e-4, "max_iter": 5000}
        classifier = KINDS[self.kind](C=self.cost, random_state=0, **options)
        weights = np.repeat([1.0, self.extra_weight], [len(rows), len(extra)])
        return classifier.fit(features, rows.labels + extra.labels, sample_weight=weights)


def grid(kind: str) -> list[Settings]:
    """Return all settings for characters."""
    return [Settings(kind, *values) for values in product(ANALYZERS, LONGEST, COSTS)]


def tune(cases: Iterable[Settings], dataset: Dataset, extra: Rows = NO_ROWS) -> Settings:
    """Return the case with the highest validation accuracy. Cases in a row share their n-grams."""
    scores = {}
    for _, group in groupby(cases, key=lambda case: (case.analyzer, case.longest)):
        group = list(group)
        vectorizer = group[0].vectorizer()
        train = vectorizer.fit_transform(dataset.train.texts + extra.texts)
        validation = vectorizer.transform(dataset.validation.texts)
        for case in group:
            classifier = case.fit(train, dataset.train, extra)
            scores[case] = classifier.score(validation, dataset.validation.labels)
    return max(scores, key=scores.get)


class Rival:
    """A fitted linear classifier; `seconds` is the time for its n-grams and its weights."""

    def __init__(self, settings: Settings, labels: list[str], rows: Rows, extra: Rows = NO_ROWS):
        start = time.perf_counter()
        self.labels, self.temperature = labels, 1.0
        self.vectorizer = settings.vectorizer()
        features = self.vectorizer.fit_transform(rows.texts + extra.texts)
        self.classifier = settings.fit(features, rows, extra)
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
