"""Scores worked by hand."""

import numpy as np
import pytest

from model.training.reliability import (
    equal_bins,
    expected_calibration_error,
    label_calibration,
    weighed_bins,
)
from model.training.scores import report

LABELS = list("abcd")
PROBABILITIES = np.array(
    [
        [0.7, 0.2, 0.1, 0.0],
        [0.1, 0.6, 0.2, 0.1],
        [0.4, 0.3, 0.2, 0.1],
        [0.1, 0.2, 0.3, 0.4],
    ]
)
TARGETS = np.array([0, 1, 1, 0])  # the first two are right


@pytest.fixture
def _two_bins(monkeypatch):
    monkeypatch.setattr("model.training.reliability.CALIBRATION_BINS", 2)


two_bins = pytest.mark.usefixtures("_two_bins")


def test_scores():
    """The third text has the labels a and b."""
    scores = report(PROBABILITIES, TARGETS, LABELS, [{0}, {1}, {0, 1}, {0}])
    expected = {
        "accuracy": 0.5,
        "accuracy_any": 0.75,
        "top3_accuracy": 0.75,
        "macro_f1": pytest.approx((0.5 + 2 / 3) / 2),  # of labels with rows
        "confusion": [[1, 0, 0, 1], [1, 1, 0, 0], [0] * 4, [0] * 4],
    }
    assert {name: scores[name] for name in expected} == expected
    names = "label precision recall f1 support".split()
    assert [[row[name] for name in names] for row in scores["per_label"]] == [
        ["a", 0.5, 0.5, 0.5, 2],
        ["b", 1, 0.5, pytest.approx(2 / 3), 2],
        ["c", 0, 0, 0, 0],
        ["d", 0, 0, 0, 0],
    ]


@two_bins
def test_calibration_error():
    """The bins are {0.4, 0.4} and {0.6, 0.7}: none and both of them are right."""
    is_right = PROBABILITIES.argmax(axis=1) == TARGETS
    bins = equal_bins(PROBABILITIES.max(axis=1), is_right)
    below = [0.4, 0, 2]
    above = [0.65, 1, 2]
    np.testing.assert_allclose(bins, [below, above], rtol=1e-6, atol=1e-12)
    assert expected_calibration_error(bins) == pytest.approx((0.8 + 0.7) / 4)


def test_wholes_are_scored_by_themselves():
    """Scores where the first, the third and the last text are wholes; the last is wrong."""
    targets = np.array([0, 1, 0, 0])
    accepted = [{target} for target in targets]
    wholes = [True, False, True, True]
    with_wholes = report(PROBABILITIES, targets, LABELS, accepted, wholes)
    assert with_wholes["accuracy"] == 0.75
    # F1 of a is 2 · 1 · (2/3) / (1 + 2/3), and d has no row. Each row is a bin of its own.
    gaps = (1 - 0.4) + (1 - 0.7) + 0.4
    assert with_wholes["wholes"] == {
        "rows": 3,
        "accuracy": pytest.approx(2 / 3),
        "macro_f1": pytest.approx(0.8),
        "ece": pytest.approx(gaps / 3),
    }


@two_bins
def test_calibration_error_and_gap_of_a_label():
    """Its probabilities are 0.1, 0.1 and 0.4, 0.7: one row of each bin has the label."""
    a = label_calibration(PROBABILITIES, TARGETS, 0)
    gaps = abs(0.1 - 0.5) + abs(0.55 - 0.5)
    assert a["calibration_error"] == pytest.approx(gaps / 2)
    assert a["predicted"] == 2
    assert a["gap"] == pytest.approx(0.55 - 0.5)
    assert a["gap_error"] == pytest.approx(0.35 / 2**0.5)
    c = label_calibration(PROBABILITIES, TARGETS, 2)
    assert c["calibration_error"] == pytest.approx(0.2)  # no row is c
    assert c["predicted"] == 0
    assert c["gap"] is None
    assert c["gap_error"] is None


PROBABILITY = np.array([0.6, 0.1, 0.8, 0.2])
IS_TRUE = np.array([True, False, True, True])


@two_bins
def test_bins_of_rows_that_weigh():
    """Half of the weight is below 0.5, where 0.16 is given and 0.6 are right."""
    weights = np.array([0.1, 0.2, 0.4, 0.3])
    bins = weighed_bins(PROBABILITY, IS_TRUE, weights)
    below = [0.16, 0.6, 0.5]
    above = [0.76, 1, 0.5]
    np.testing.assert_allclose(bins, [below, above], rtol=1e-6, atol=1e-12)
    assert expected_calibration_error(bins) == pytest.approx((0.44 + 0.24) / 2)
