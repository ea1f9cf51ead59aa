import numpy as np
import pytest

from model.training.scores import (
    equal_bins,
    expected_calibration_error,
    label_calibration,
    report,
    weighed_bins,
)

PROBABILITIES = np.array(
    [
        [0.7, 0.2, 0.1, 0.0],
        [0.1, 0.6, 0.2, 0.1],
        [0.4, 0.3, 0.2, 0.1],
        [0.1, 0.2, 0.3, 0.4],
    ]
)
TARGETS = np.array([0, 1, 1, 0])


def test_scores_worked_by_hand():
    scores = report(PROBABILITIES, TARGETS, list("abcd"), [{0}, {1}, {0, 1}, {0}])
    assert scores["accuracy"] == 0.5
    assert scores["accuracy_any"] == 0.75
    assert scores["top3_accuracy"] == 0.75
    assert scores["confusion"] == [[1, 0, 0, 1], [1, 1, 0, 0], [0] * 4, [0] * 4]
    a, b, c, d = scores["per_label"]
    assert (a["precision"], a["recall"], a["f1"], a["support"]) == (0.5, 0.5, 0.5, 2)
    assert (b["precision"], b["recall"]) == (1.0, 0.5)
    assert b["f1"] == pytest.approx(2 / 3)
    assert c["f1"] == d["f1"] == 0
    assert scores["macro_f1"] == pytest.approx((0.5 + 2 / 3) / 2)  # c and d have no row


def test_calibration_error_worked_by_hand(monkeypatch):
    # Two bins by confidence, {0.4, 0.4} and {0.6, 0.7}: none and both of them right.
    best, is_right = PROBABILITIES.max(axis=1), PROBABILITIES.argmax(axis=1) == TARGETS
    monkeypatch.setattr("model.training.scores.CALIBRATION_BINS", 2)
    bins = equal_bins(best, is_right)
    assert np.array(bins) == pytest.approx(np.array([[0.4, 0, 2], [0.65, 1, 2]]))
    assert expected_calibration_error(bins) == pytest.approx((0.8 + 0.7) / 4)


def test_more_right_than_wrong_and_the_whole_texts_by_themselves():
    targets = np.array([0, 1, 0, 0])
    wholes = [True, False, True, True]
    scores = report(
        PROBABILITIES, targets, list("abcd"), [{t} for t in targets], wholes
    )
    assert scores["accuracy"] == 0.75
    # Of the three wholes two are right; F1 of a is 2 · 1 · (2/3) / (1 + 2/3); d has no row.
    wholes = {
        "rows": 3,
        "accuracy": pytest.approx(2 / 3),
        "macro_f1": pytest.approx(0.8),
    }
    gaps = (
        (1 - 0.4) + (1 - 0.7) + 0.4
    )  # each in a bin of its own: two are right, one is wrong
    assert scores["wholes"] == wholes | {"ece": pytest.approx(gaps / 3)}
    assert "wholes" not in report(PROBABILITIES, targets, list("abcd"), [{0}] * 4)


def test_the_calibration_of_a_label_worked_by_hand(monkeypatch):
    # Label a: its probabilities are 0.1, 0.1 (rows 1, 3) and 0.4, 0.7 (rows 2, 0); the rows of a
    # are 0 and 3, so each of the two bins has one.
    monkeypatch.setattr("model.training.scores.CALIBRATION_BINS", 2)
    a = label_calibration(PROBABILITIES, TARGETS, 0)
    assert a["calibration_error"] == pytest.approx(
        (abs(0.1 - 0.5) + abs(0.55 - 0.5)) / 2
    )
    # Rows 0 and 2 are called a, with 0.7 and 0.4, and one of them is: 0.55 - 0.5. The two
    # differences, -0.3 and 0.4, are 0.35 from their mean.
    assert (a["predicted"], a["gap"]) == (2, pytest.approx(0.05))
    assert a["gap_error"] == pytest.approx(0.35 / 2**0.5)
    c = label_calibration(PROBABILITIES, TARGETS, 2)
    assert c["calibration_error"] == pytest.approx(0.2)  # no row is c
    assert (c["predicted"], c["gap"], c["gap_error"]) == (0, None, None)


def test_the_calibration_of_rows_that_weigh_worked_by_hand(monkeypatch):
    # Half of the weight is below 0.5, where 0.16 is given and 0.6 are right, half above: 0.76, 1.
    probability, is_true = (
        np.array([0.6, 0.1, 0.8, 0.2]),
        np.array([True, False, True, True]),
    )
    weights = np.array([0.1, 0.2, 0.4, 0.3])
    monkeypatch.setattr("model.training.scores.CALIBRATION_BINS", 2)
    bins = weighed_bins(probability, is_true, weights)
    assert np.array(bins) == pytest.approx(np.array([[0.16, 0.6, 0.5], [0.76, 1, 0.5]]))
    assert expected_calibration_error(bins) == pytest.approx((0.44 + 0.24) / 2)
    times = [1, 2, 4, 3]  # the same rows, as often as they weigh
    again = equal_bins(np.repeat(probability, times), np.repeat(is_true, times))
    assert np.array(again)[:, :2] == pytest.approx(np.array(bins)[:, :2])
