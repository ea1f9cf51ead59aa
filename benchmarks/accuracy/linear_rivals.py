"""A linear SVM and a logistic regression on TF-IDF of n-grams, tuned on validation rows."""

import math
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from itertools import groupby, product

import numpy as np
import torch
from scipy.sparse import csr_matrix
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.svm import LinearSVC

from model import TextClassifier
from model.core import none_share, normalise
from model.data.rows import Dataset, Rows
from model.storage.parts import Calibration
from model.training.calibration import NONE_PRIOR, UNSURE_SHARE
from model.training.scores import fit_scaling, fit_temperature, report, unsure_threshold
from model.words import cut

ANALYZERS = ("char", "char_wb")
LONGEST = (3, 4, 5)  # characters of the longest n-gram; the shortest has one
COSTS = (0.1, 0.3, 1.0, 3.0, 10.0)
EXTRA_WEIGHTS = (0.1, 0.3, 1.0)
KINDS = {"LinearSVC": LinearSVC, "LogisticRegression": LogisticRegression}
NO_ROWS = Rows([], [])
NONE = ""  # the label of an extra row that has none of the data set's


@dataclass(frozen=True)
class Settings:
    """What tuning chooses."""

    kind: str
    analyzer: str = "char"
    longest: int = 3
    cost: float = 1.0
    extra_weight: float = 0.0  # of an extra row; the data set's own rows weigh 1
    read: Callable[[str], str] = normalise  # what of a text the n-grams are taken from

    def __str__(self) -> str:
        extra = f", extra rows weigh {self.extra_weight:g}" if self.extra_weight else ""
        return f"{self.kind} ({self.analyzer} 1–{self.longest}, C {self.cost:g}{extra})"

    def vectorizer(self) -> TfidfVectorizer:
        """Return the untrained n-gram features."""
        return TfidfVectorizer(
            preprocessor=self.read,
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


def grid(kind: str, read: Callable[[str], str] = normalise) -> list[Settings]:
    """Return all settings for characters."""
    cases = product(ANALYZERS, LONGEST, COSTS)
    return [Settings(kind, *values, read=read) for values in cases]


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
    """A fitted linear classifier; `seconds` is the time for its n-grams and its weights.

    Where extra rows are of NONE, it answers as a network does that has outputs for such texts.
    """

    def __init__(self, settings: Settings, labels: list[str], rows: Rows, extra: Rows = NO_ROWS):
        start = time.perf_counter()
        self.settings, self.labels = settings, labels
        self.vectorizer = settings.vectorizer()
        features = self.vectorizer.fit_transform(rows.texts + extra.texts)
        self.classifier = settings.fit(features, rows, extra)
        self.seconds = time.perf_counter() - start
        n_none = extra.labels.count(NONE)
        known = len(rows) + settings.extra_weight * (len(extra) - n_none)
        self.odds_of_none = settings.extra_weight * n_none / known  # among the rows trained on
        self.outputs = [*labels, NONE] if n_none else labels
        self.calibration = Calibration([0.0] * len(self.outputs))

    def logits(self, texts: Sequence[str]) -> torch.Tensor:
        """Return scores (n, outputs); a label without a training row gets the lowest of all."""
        scores = self.classifier.decision_function(self.vectorizer.transform(texts))
        logits = np.full((len(texts), len(self.outputs)), scores.min())
        logits[:, [self.outputs.index(label) for label in self.classifier.classes_]] = scores
        return torch.from_numpy(logits) + torch.tensor(self.calibration.bias)

    def predict_any(self, texts: Sequence[str]) -> tuple[np.ndarray, np.ndarray]:
        """Return probabilities (n, labels), given that a text has a label, and of none (n,)."""
        logits, n_labels = self.logits(texts), len(self.labels)
        known = (logits[:, :n_labels] / self.calibration.temperature).softmax(dim=1)
        return known.numpy(), none_share(logits, n_labels).numpy()

    def calibrate(self, rows: Rows) -> None:
        """Fit the calibration to `rows`, which must not be those trained on.

        With texts of none it is that of the names' network, else one temperature.
        """
        targets = torch.tensor([self.labels.index(label) for label in rows.labels])
        logits = self.logits(rows.texts)[:, : len(self.labels)]
        if not self.odds_of_none:
            self.calibration.temperature = fit_temperature(logits, targets)
            return
        temperature, bias = fit_scaling(logits, targets)
        rarer = math.log(NONE_PRIOR / (1 - NONE_PRIOR) / self.odds_of_none)
        self.calibration = Calibration([*bias.tolist(), rarer], temperature)
        answers = self.predict_any(rows.texts)
        self.calibration.unsure_below = unsure_threshold(*answers, targets.numpy(), UNSURE_SHARE)


def fit_twice(settings: Settings, dataset: Dataset, extra: Rows = NO_ROWS) -> tuple[Rival, Rival]:
    """Return the classifier fitted to the training rows, and to the validation rows too.

    Both have the calibration of the first; a LinearSVC has none.
    """
    tuned = Rival(settings, dataset.labels, dataset.train, extra)
    if settings.kind == "LogisticRegression":
        tuned.calibrate(dataset.validation)
    final = Rival(settings, dataset.labels, dataset.train + dataset.validation, extra)
    final.calibration = tuned.calibration
    return tuned, final


def report_on(model: "Rival | TextClassifier", dataset: Dataset, rows: Rows) -> dict:
    """Return the scores of a model on `rows`, given that each has a label."""
    targets = np.array([model.labels.index(label) for label in rows.labels])
    probabilities = model.predict_any(rows.texts)[0]
    return report(probabilities, targets, model.labels, dataset.accepted(rows), rows.wholes)
