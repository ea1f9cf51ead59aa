import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from model.evaluation import expected_calibration_error, report

PROBABILITIES = np.array(
    [[0.7, 0.2, 0.1, 0.0], [0.1, 0.6, 0.2, 0.1], [0.4, 0.3, 0.2, 0.1], [0.1, 0.2, 0.3, 0.4]]
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
    assert scores["macro_f1"] == pytest.approx((0.5 + 2 / 3) / 4)


def test_calibration_error_worked_by_hand():
    # Two bins by confidence, {0.4, 0.4} and {0.6, 0.7}: none and both of them right.
    assert expected_calibration_error(PROBABILITIES, TARGETS, bins=2) == pytest.approx(
        (0.8 + 0.7) / 4
    )


@given(st.integers(1, 200), st.integers(0, 99))
def test_an_honest_and_sure_classifier_has_no_calibration_error(rows, seed):
    targets = np.random.default_rng(seed).integers(0, 3, rows)
    assert expected_calibration_error(np.eye(3)[targets], targets) == 0
