"""A table of few rows: early stopping, cross-validation and calibration, by what a user gets."""

import random

import numpy as np
import pytest
import torch
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.metrics import accuracy_score, f1_score
from sklearn.pipeline import make_pipeline
from sklearn.svm import LinearSVC

from model import TextClassifier
from model.data.rows import Rows
from model.data.splits import folds
from model.tasks.custom import RECIPES
from model.training import calibration

EPOCHS = 16
PRIOR_ROWS = RECIPES["letters"].prior_rows
SIZES = {
    "hidden_size": 8,
    "embedding_size": 8,
    "linear_buckets": 200,
    "ngram_buckets": 50,
}
OPTIONS = SIZES | {"epochs": EPOCHS, "dropout": 0.0, "use_gpu": False}
OPTIONS |= {"learning_rate": 0.03, "linear_learning_rate": 0.12}
ALONE = {
    "refit": False,
    "held_out_in_turn": 0,
    "mix": 0.5,
}  # one model of what it is given


def words(n, seed):
    """Return n made-up words, labelled by their vowel, one in five wrongly."""
    draw = random.Random(seed)
    rows = Rows([], [])
    for _ in range(n):
        consonants, label = draw.choices("bcdfgh", k=4), draw.choice("ao")
        rows.texts.append("".join([*consonants[:2], label, *consonants[2:]]))
        rows.labels.append(label if draw.random() < 0.8 else "ao"[label == "a"])
    return rows


TRAIN, VALIDATION, TEST = words(60, 2), words(12, 52), words(99, 99)


def fit(rows, validation, **options):
    pair = validation.texts, validation.labels
    return TextClassifier.fit(rows.texts, rows.labels, pair, **OPTIONS | options)


@pytest.fixture(scope="module")
def fitted():
    return fit(TRAIN, VALIDATION, test=(TEST.texts, TEST.labels), held_out_in_turn=36)


@pytest.fixture(scope="module")
def best(fitted):
    """The epoch with the lowest validation loss, which is neither the first nor the last."""
    losses = [entry["validation_loss"] for entry in fitted.metrics["history"]]
    assert losses[0] > min(losses) < losses[-1]
    return losses.index(min(losses)) + 1


def test_training_ends_when_a_quarter_of_the_epochs_brought_no_lower_loss(fitted, best):
    history, refit_history = (
        fitted.metrics[name] for name in ("history", "refit_history")
    )
    assert len(history) == best + EPOCHS // 4 + 1 < EPOCHS
    assert len(refit_history) == best
    rates = (
        [entry["learning_rate"] for entry in part[:best]]
        for part in (history, refit_history)
    )
    assert next(rates) == pytest.approx(next(rates), rel=0.1)


def halves(model, rows):
    """Return the logits (2, n, labels) of the GRU and of the linear half, and the targets (n,)."""
    encoded = model.model.encode_rows(rows)
    with torch.no_grad():
        logits = model.network.eval().logits_apart(encoded.ids, encoded.lengths)
    return torch.stack(logits), encoded.targets


def test_the_answers_are_those_of_models_trained_one_by_one_and_calibrated_by_hand(
    fitted, best
):
    """Two fifths of the rows are held out in turn; no epoch is chosen by them, or by the refit."""
    chosen = ALONE | {
        "stops_by_loss": False,
        "keeps_last_epoch": True,
        "most_epochs": best,
    }
    models = [(fit(TRAIN, VALIDATION, **ALONE), VALIDATION)]
    for part in folds(TRAIN, 5)[:2]:
        rest, unseen = TRAIN.part(part)
        models.append((fit(rest + VALIDATION, unseen, **chosen), unseen))
    logits, wanted = zip(*(halves(model, rows) for model, rows in models), strict=True)
    both, targets = torch.cat(logits, dim=1), torch.cat(wanted)
    scales, _ = calibration.fit_scales(both, targets, PRIOR_ROWS)
    mix = (scales / scales.sum()).float()[:, None, None]
    temperature, bias = calibration.fit_scaling(
        (mix * both).sum(0), targets, PRIOR_ROWS
    )
    temperature = calibration.moderate((mix * both).sum(0) + bias, temperature)

    def answers(logits):
        return (((mix * logits).sum(0) + bias) / temperature).softmax(dim=1).numpy()

    fitted_calibration = fitted.calibration
    assert fitted_calibration.rows == len(targets) == 36
    assert fitted_calibration.temperature == pytest.approx(temperature, abs=1e-3)
    assert fitted_calibration.bias == pytest.approx(bias.tolist(), abs=1e-3)
    certain = answers(both), np.zeros(36), targets.numpy()
    threshold = calibration.unsure_threshold(*certain, PRIOR_ROWS)
    assert fitted_calibration.unsure_below == pytest.approx(threshold, abs=1e-4)

    given, right = halves(fit(TRAIN + VALIDATION, VALIDATION, **chosen), TEST)
    assert fitted.predict_batch(TEST.texts) == pytest.approx(answers(given), abs=1e-3)
    for part, scored, labels in (
        ("test", given, right),
        ("validation", logits[0], wanted[0]),
    ):
        accuracy = accuracy_score(labels, answers(scored).argmax(axis=1))
        assert fitted.metrics[part]["accuracy"] == pytest.approx(accuracy)
    parts = fitted.metrics["halves"]
    assert parts["share"] == pytest.approx(float(mix[0]), abs=1e-4)
    for name, half, alone in zip(("network", "linear"), both, given, strict=True):
        _, own = calibration.fit_scaling(half, targets, PRIOR_ROWS)
        assert parts[name] == pytest.approx(
            accuracy_score(right, (alone + own).argmax(dim=1))
        )


def test_the_halves_of_a_model_of_words_are_scored_on_its_words():
    """Two words decide, whatever stands beside them: each half is right on nearly all."""
    draw = random.Random(0)

    def table(n):
        labels = [draw.choice(["dull", "lively"]) for _ in range(n)]
        others = "scene actor music plot camera voice".split()
        return [
            " ".join([draw.choice(others), label, draw.choice(others)])
            for label in labels
        ], labels

    made = TextClassifier.fit(*table(120), test=table(60), units="words", **OPTIONS)
    assert min(made.metrics["halves"][name] for name in ("network", "linear")) > 0.95


def test_a_rare_label_that_can_be_learnt_is_found():
    """One row in 51 is rare; trained as other tables are, none is found."""
    draw = random.Random(0)

    def table(n, n_rare):
        texts = ["".join(draw.choices("bcdfghaeiou", k=6)) for _ in range(n)]
        rare = ["".join(draw.choices("bcdfghaei", k=4)) + "uu" for _ in range(n_rare)]
        return texts + rare, ["common"] * n + ["rare"] * n_rare

    test = table(480, 20)
    options = {
        "held_out_in_turn": 0,
        "learning_rate": 0.02,
        "linear_learning_rate": 0.08,
    }
    options |= {"epochs": EPOCHS // 2}
    made = TextClassifier.fit(*table(300, 6), test=test, **OPTIONS | options)
    rare = made.metrics["test"]["per_label"][made.labels.index("rare")]
    assert rare["recall"] > 0.5
    assert rare["precision"] > 0.5


def test_a_rare_label_is_not_found_at_the_cost_of_many_others():
    """It ends as a third of the others do, which all seem rare if labels are equally frequent."""
    draw = random.Random(0)

    def table(n, n_rare):
        ends = ["uu", "oo", "oo"] * (n // 3) + ["uu"] * n_rare
        texts = ["".join(draw.choices("bcdfghaei", k=4)) + end for end in ends]
        return texts, ["common"] * n + ["rare"] * n_rare

    parts = table(180, 4), table(57, 3), table(96, 4)
    options = ALONE | {"mix": 1.0, "prior_power": 0.0, "epochs": 8}
    made = TextClassifier.fit(*parts[0], parts[1], test=parts[2], **OPTIONS | options)
    assert made.metrics["test"]["accuracy"] >= 0.95


def test_the_baselines_are_a_linear_classifier_and_the_most_frequent_label(fitted):
    letters = TfidfVectorizer(analyzer="char_wb", ngram_range=(1, 5), sublinear_tf=True)
    rows = TRAIN + VALIDATION
    baseline = make_pipeline(letters, LinearSVC(random_state=0)).fit(
        rows.texts, rows.labels
    )
    constant = [max("ao", key=rows.labels.count)] * len(TEST)
    for name, predicted in (
        ("rival", baseline.predict(TEST.texts)),
        ("most_frequent", constant),
    ):
        f1 = f1_score(TEST.labels, predicted, average="macro")
        assert fitted.metrics[name]["accuracy"] == accuracy_score(
            TEST.labels, predicted
        )
        assert fitted.metrics[name]["macro_f1"] == pytest.approx(f1)
