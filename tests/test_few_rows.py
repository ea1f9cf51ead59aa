"""A table of few rows: early stopping, cross-validation and calibration, by what a user gets."""

import random

import numpy as np
import pytest
import torch

from model import TextClassifier
from model.data.labelled import folds
from model.data.rows import Rows, encode_rows
from model.training.calibration import PRIOR_ROWS, UNSURE_SHARE
from model.training.scores import fit_mix, fit_scaling, moderate, unsure_threshold

EPOCHS = 16
SIZES = {"hidden_size": 8, "embedding_size": 8, "linear_buckets": 200, "ngram_buckets": 50}
OPTIONS = SIZES | {"epochs": EPOCHS, "dropout": 0.0, "use_gpu": False}
OPTIONS |= {"learning_rate": 0.03, "linear_learning_rate": 0.12}
ALONE = {"refit": False, "held_out_in_turn": 0, "mix": 0.5}  # one model of what it is given


def words(n, seed):
    """Return n made-up words, labelled by their vowel, one in five wrongly."""
    draw = random.Random(seed)
    rows = Rows([], [])
    for _ in range(n):
        consonants, label = draw.choices("bcdfgh", k=4), draw.choice("ao")
        rows.texts.append("".join([*consonants[:2], label, *consonants[2:]]))
        rows.labels.append(label if draw.random() < 0.8 else "ao"[label == "a"])
    return rows


TRAIN, VALIDATION, TEST = words(60, 2), words(12, 52), words(12, 99)


def fit(rows, validation, **options):
    parts = {"validation": (validation.texts, validation.labels)}
    parts |= {"test": (TEST.texts, TEST.labels)}
    return TextClassifier.fit(rows.texts, rows.labels, **parts, **OPTIONS | options)


@pytest.fixture(scope="module")
def fitted():
    return fit(TRAIN, VALIDATION, held_out_in_turn=24)


@pytest.fixture(scope="module")
def best(fitted):
    """The epoch with the lowest validation loss, which is neither the first nor the last."""
    losses = [entry["validation_loss"] for entry in fitted.metrics["history"]]
    assert losses[0] > min(losses) < losses[-1]
    return losses.index(min(losses)) + 1


def test_training_ends_when_a_quarter_of_the_epochs_brought_no_lower_loss(fitted, best):
    assert len(fitted.metrics["history"]) == best + EPOCHS // 4 + 1 < EPOCHS
    assert len(fitted.metrics["refit_history"]) == best


def halves(model, rows):
    """Return the logits (2, n, labels) of the GRU and of the linear half, and the targets (n,)."""
    encoded = encode_rows(rows, model.encoder, model.labels)
    with torch.no_grad():
        logits = model.network.eval().logits_apart(encoded.ids, encoded.lengths)
    return torch.stack(logits), encoded.targets


def test_the_answers_are_those_of_models_trained_one_by_one_and_calibrated_by_hand(fitted, best):
    """Two tenths of the rows are held out in turn; no epoch is chosen by them, or by the refit."""
    chosen = ALONE | {"stops_by_loss": False, "keeps_last_epoch": True, "most_epochs": best}
    models = [(fit(TRAIN, VALIDATION, **ALONE), VALIDATION)]
    for part in folds(TRAIN)[:2]:
        rest, unseen = TRAIN.part(part)
        models.append((fit(rest + VALIDATION, unseen, **chosen), unseen))
    logits, wanted = zip(*(halves(model, rows) for model, rows in models), strict=True)
    both, targets = torch.cat(logits, dim=1), torch.cat(wanted)
    share = fit_mix(both, targets, PRIOR_ROWS)
    mix = torch.tensor([share, 1 - share])[:, None, None]
    temperature, bias = fit_scaling((mix * both).sum(0), targets, PRIOR_ROWS)
    temperature = moderate((mix * both).sum(0) + bias, temperature)

    def answers(logits):
        return (((mix * logits).sum(0) + bias) / temperature).softmax(dim=1).numpy()

    last = fit(TRAIN + VALIDATION, VALIDATION, **chosen)
    given = answers(halves(last, TEST)[0])
    assert fitted.predict_batch(TEST.texts) == pytest.approx(given, abs=1e-3)
    found = fitted.calibration
    assert found.rows == len(targets) == 24
    assert found.temperature == pytest.approx(temperature, abs=1e-3)
    assert found.bias == pytest.approx(bias.tolist(), abs=1e-3)
    certain = answers(both), np.zeros(24), targets.numpy()
    threshold = unsure_threshold(*certain, UNSURE_SHARE, PRIOR_ROWS / UNSURE_SHARE)
    assert found.unsure_below == pytest.approx(threshold, abs=1e-4)
