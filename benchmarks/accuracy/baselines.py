"""The baselines: a linear SVM and a logistic regression on TF-IDF of n-grams.

They read what the network reads, decomposed letters or words, and are tuned on validation rows.
"""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

import numpy as np
import torch
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.svm import LinearSVC

from model import TextClassifier
from model.core import none_share, normalise
from model.data.rows import Dataset, Rows
from model.letters import decompose
from model.storage.model import Calibration
from model.training.calibration import NONE_PRIOR, UNSURE_SHARE, fit_scaling, unsure_threshold
from model.training.scores import report
from model.words import cut

KINDS = {"LinearSVC": LinearSVC, "LogisticRegression": LogisticRegression}
LETTERS = {"preprocessor": decompose, "analyzer": "char_wb", "ngram_range": (1, 5)}
WORDS = {"preprocessor": normalise, "tokenizer": cut, "token_pattern": None, "ngram_range": (1, 2)}
NO_ROWS = Rows([], [])
NONE = ""  # the label of an extra row that has none of the data set's


@dataclass
class Baseline:
    """A linear classifier, which answers as a network does once it is fitted.

    Where extra rows are of NONE, it has an output for such texts.
    """

    kind: str  # of KINDS
    cost: float
    extra_weight: float = 0.0  # of an extra row; the data set's own rows weigh 1
    of_words: bool = False

    def __str__(self) -> str:
        extra = f", extra rows weigh {self.extra_weight:g}" if self.extra_weight else ""
        return f"{self.kind} (C {self.cost:g}{extra})"

    @property
    def has_probabilities(self) -> bool:
        """Whether its outputs are more than an order of the labels."""
        return self.kind == "LogisticRegression"

    def fit(self, labels: list[str], rows: Rows, extra: Rows = NO_ROWS) -> "Baseline":
        """Fit it to `rows` and, with less weight, to `extra`; return it."""
        options = {"solver": "saga", "tol": 1e-3, "max_iter": 300}  # ten times faster than lbfgs
        if self.kind == "LinearSVC":
            # With extra rows a wider tolerance gives the same accuracy in a fraction of the time.
            options = {"tol": 0.1 if self.extra_weight else 1e-4, "max_iter": 5000}
        self.pipeline = make_pipeline(
            TfidfVectorizer(sublinear_tf=True, **(WORDS if self.of_words else LETTERS)),
            KINDS[self.kind](C=self.cost, random_state=0, **options),
        )
        weights = np.repeat([1.0, self.extra_weight], [len(rows), len(extra)])
        given = {f"{self.kind.lower()}__sample_weight": weights}
        self.pipeline.fit(rows.texts + extra.texts, rows.labels + extra.labels, **given)
        n_none = extra.labels.count(NONE)
        known = len(rows) + self.extra_weight * (len(extra) - n_none)
        self.odds_of_none = self.extra_weight * n_none / known  # among the rows trained on
        self.labels, self.outputs = labels, [*labels, *[NONE] * (n_none > 0)]
        self.calibration = Calibration([0.0] * len(self.outputs))
        return self

    def logits(self, texts: Sequence[str]) -> torch.Tensor:
        """Return scores (n, outputs); a label without a training row gets the lowest of all."""
        scores = self.pipeline.decision_function(texts)
        logits = np.full((len(texts), len(self.outputs)), scores.min())
        logits[:, [self.outputs.index(label) for label in self.pipeline.classes_]] = scores
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
            self.calibration.temperature, _ = fit_scaling(logits, targets, with_bias=False)
            return
        temperature, bias = fit_scaling(logits, targets)
        rarer = math.log(NONE_PRIOR / (1 - NONE_PRIOR) / self.odds_of_none)
        self.calibration = Calibration([*bias.tolist(), rarer], temperature)
        answers = self.predict_any(rows.texts)
        self.calibration.unsure_below = unsure_threshold(*answers, targets.numpy(), UNSURE_SHARE)


def fit_best(cases: Iterable[Baseline], dataset: Dataset, extra: Rows = NO_ROWS) -> Baseline:
    """Return the case with the highest validation accuracy, fitted to the validation rows too.

    It has the calibration of a fit without them; a LinearSVC has none.
    """
    rows, labels = dataset.validation, dataset.labels
    fitted = (case.fit(labels, dataset.train, extra) for case in cases)
    tuned = max(fitted, key=lambda case: case.pipeline.score(rows.texts, rows.labels))
    if tuned.has_probabilities:
        tuned.calibrate(rows)
    final = replace(tuned).fit(labels, dataset.train + rows, extra)
    final.calibration = tuned.calibration
    return final


def report_on(model: Baseline | TextClassifier, dataset: Dataset, rows: Rows) -> dict:
    """Return the scores of a model on `rows`, given that each has a label."""
    targets = np.array([model.labels.index(label) for label in rows.labels])
    probabilities = model.predict_any(rows.texts)[0]
    return report(probabilities, targets, model.labels, dataset.accepted(rows), rows.wholes)
