"""A table of few rows: early stopping and calibration, by what a user gets."""

import random
from dataclasses import dataclass

import numpy as np
import pytest
import torch
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.metrics import accuracy_score, f1_score
from sklearn.pipeline import make_pipeline
from sklearn.svm import LinearSVC

from model import TextClassifier
from model.data.rows import Rows
from model.tasks.custom import RECIPES
from model.trained import leads
from model.training import calibration

# Made-up words repeat.
pytestmark = pytest.mark.filterwarnings("ignore:the texts of")
EPOCHS = 16
PRIOR_ROWS = RECIPES["letters"].prior_rows
SIZES = {
    "hidden_size": 8,
    "embedding_size": 8,
    "linear_buckets": 200,
    "ngram_buckets": 50,
}
OPTIONS = SIZES | {
    "epochs": EPOCHS,
    "dropout": 0.0,
    "use_gpu": False,
}
OPTIONS |= {"learning_rate": 0.03, "linear_learning_rate": 0.12}
OPTIONS["solves_linear"] = False  # test_linear.py has when the network is left out
# One model of what it is given
ALONE = {
    "refit": False,
    "fixed_gru_weight": 0.5,
}
OTHER = {"a": "o", "o": "a"}


def words(n, seed):
    """Return n made-up words, labelled by their vowel, one in five wrongly."""
    draw = random.Random(seed)
    rows = Rows([], [])
    for _ in range(n):
        start, middle, behind, end = draw.choices("bcdfgh", k=4)
        vowel = draw.choice("ao")
        is_right = draw.random() < 0.8
        rows.texts.append(start + middle + vowel + behind + end)
        rows.labels.append(vowel if is_right else OTHER[vowel])
    return rows


TRAIN = words(60, 2)
VALIDATION = words(36, 52)
TEST = words(99, 99)


def fit(rows, validation, **options):
    pair = validation.texts, validation.labels
    options = OPTIONS | options
    return TextClassifier.fit(rows.texts, rows.labels, pair, **options)


@pytest.fixture(scope="module")
def fitted():
    test = TEST.texts, TEST.labels
    return fit(TRAIN, VALIDATION, test=test)


@pytest.fixture(scope="module")
def best(fitted):
    """The epoch with the lowest validation loss, which is neither the first nor the last."""
    history = fitted.metrics["history"]
    losses = [entry["validation_loss"] for entry in history]
    lowest = min(losses)
    assert losses[0] > lowest
    assert losses[-1] > lowest
    return losses.index(lowest) + 1


def test_the_refit_ends_at_the_best_epoch_with_the_learning_rates_of_the_training(
    fitted, best
):
    history = fitted.metrics["history"]
    assert len(history) == best + EPOCHS // 4 + 1
    assert len(history) < EPOCHS
    assert len(fitted.metrics["refit_history"]) == best
    rates = []
    for name in ("history", "refit_history"):
        first = fitted.metrics[name][:best]
        rates.append([entry["learning_rate"] for entry in first])
    assert rates[0] == pytest.approx(rates[1], rel=0.1)


def halves(model, rows):
    """Return the logits (2, n, labels) of the GRU and of the linear half, and the targets (n,)."""
    encoded = model.model.encode_rows(rows)
    network = model.model.network.eval()
    with torch.no_grad():
        logits = network.logits_apart(encoded.ids, encoded.lengths)
    return torch.stack(logits), encoded.targets


@dataclass
class ByHand:
    """Two models trained by hand, and what is fitted to the logits of the validation rows.

    `both` are these logits (2, n, labels).
    """

    both: torch.Tensor
    targets: torch.Tensor
    test: tuple[torch.Tensor, torch.Tensor]  # of the model of all rows

    def __post_init__(self):
        truth = calibration.Truth(targets=self.targets, prior_rows=PRIOR_ROWS)
        scales, _ = calibration.fit_scales(self.both, truth)
        shares = scales / scales.sum()
        self.gru_weight = shares.float()[:, None, None]
        mixed = self.mixed(self.both)
        fitted = calibration.fit_scaling(mixed, truth)
        temperature, self.bias = fitted
        moderate = calibration.moderate(mixed + self.bias, temperature)
        self.temperature, self.power = moderate

    def mixed(self, logits):
        return (self.gru_weight * logits).sum(0)

    def answers(self, logits):
        """Return the probabilities (n, labels) that a user gets for logits."""
        corrected = self.mixed(logits) + self.bias
        temperatures = self.temperature * leads(corrected) ** self.power
        calibrated = corrected / temperatures[:, None]
        return calibrated.softmax(dim=1).numpy()


@pytest.fixture(scope="module")
def by_hand(best):
    """Calibrated by the validation rows; the refit learns them, too, and chooses no epoch."""
    chosen = ALONE | {
        "keep": "last",
        "most_epochs": best,
    }
    first = fit(TRAIN, VALIDATION, **ALONE)
    last = fit(TRAIN + VALIDATION, VALIDATION, **chosen)
    return ByHand(*halves(first, VALIDATION), test=halves(last, TEST))


def test_calibration_and_threshold_are_of_the_validation_rows(fitted, by_hand):
    found = fitted.model.calibration
    assert found.rows == 36
    assert len(by_hand.targets) == 36
    assert found.temperature == pytest.approx(by_hand.temperature, abs=1e-3)
    assert found.lead_power == pytest.approx(by_hand.power)
    assert found.bias == pytest.approx(by_hand.bias.tolist(), abs=1e-3)
    answers = by_hand.answers(by_hand.both)
    none = np.zeros(36)
    targets = by_hand.targets.numpy()
    threshold = calibration.unsure_threshold(answers, none, targets, PRIOR_ROWS)
    assert found.unsure_below == pytest.approx(threshold, abs=1e-4)
    accuracy = accuracy_score(targets, answers.argmax(axis=1))
    assert fitted.metrics["validation"]["accuracy"] == pytest.approx(accuracy)
    share = float(by_hand.gru_weight[0])
    assert fitted.metrics["halves"]["share"] == pytest.approx(share, abs=1e-4)


def test_the_answers_are_those_of_a_model_of_all_rows_calibrated_by_hand(
    fitted, by_hand
):
    logits, targets = by_hand.test
    expected = by_hand.answers(logits)
    assert fitted.predict_batch(TEST.texts) == pytest.approx(expected, abs=1e-3)
    accuracy = accuracy_score(targets, expected.argmax(axis=1))
    assert fitted.metrics["test"]["accuracy"] == pytest.approx(accuracy)


@pytest.mark.parametrize(("i", "name"), enumerate(["network", "linear"]))
def test_each_half_is_scored_by_itself(fitted, by_hand, i, name):
    logits, targets = by_hand.test
    half = by_hand.both[i]
    truth = calibration.Truth(targets=by_hand.targets, prior_rows=PRIOR_ROWS)
    _, bias = calibration.fit_scaling(half, truth)
    predicted = (logits[i] + bias).argmax(dim=1)
    accuracy = accuracy_score(targets, predicted)
    assert fitted.metrics["halves"][name] == pytest.approx(accuracy)


def assert_scores(scores, predicted):
    f1 = f1_score(TEST.labels, predicted, average="macro")
    assert scores["accuracy"] == accuracy_score(TEST.labels, predicted)
    assert scores["macro_f1"] == pytest.approx(f1)


def test_the_rival_is_a_linear_classifier_and_below_it_the_most_frequent_label(fitted):
    letters = TfidfVectorizer(
        analyzer="char_wb",
        ngram_range=(1, 5),
        sublinear_tf=True,
    )
    rows = TRAIN + VALIDATION
    baseline = make_pipeline(letters, LinearSVC(random_state=0))
    baseline.fit(rows.texts, rows.labels)
    predicted = baseline.predict(TEST.texts)
    assert_scores(fitted.metrics["rival"], predicted)
    labels = (TRAIN + VALIDATION).labels
    most_frequent = max("ao", key=labels.count)
    predicted = [most_frequent] * len(TEST)
    assert_scores(fitted.metrics["most_frequent"], predicted)
