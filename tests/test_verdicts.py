"""Verdicts by hand: none, unsure, two labels, a side of a scale; their scores, headline, margin."""

import numpy as np
import pytest

from model.classifier import Answer
from model.storage.model import Calibration
from model.tabs.name import verdict
from model.training.calibration import either_margin
from model.training.scores import score_verdicts

CLOSE = Calibration([0.0], unsure_below=0.5, either_below=0.2)


@pytest.mark.parametrize(
    ("joint", "none", "expected"),
    [
        ([0.6, 0.3, 0.0], 0.1, (False, False, False)),
        ([0.5, 0.35, 0.05], 0.1, (False, True, True)),  # the first alone would do
        ([0.45, 0.4, 0.05], 0.1, (False, True, True)),
        ([0.4, 0.35, 0.15], 0.1, (False, True, False)),  # together 0.75
        ([0.1, 0.05, 0.0], 0.85, (True, False, False)),
        ([0.3, 0.2, 0.05], 0.45, (False, True, False)),  # none leads, and is unlikely
    ],
)
def test_none_needs_the_threshold_and_two_labels_are_named_if_close(joint, none, expected):
    found = CLOSE.decide(np.array([joint]) / (1 - none), np.array([none]))
    assert (found.none[0], found.unsure[0], found.close[0]) == expected


def test_on_a_scale_a_side_is_the_answer_where_no_label_is_and_is_scored_as_such():
    rows = [[0.45, 0.4, 0.1, 0.05, 0], [0.55, 0.4, 0.05, 0, 0], [0.2, 0.2, 0.2, 0.2, 0.2]]
    probabilities, none = np.array([*rows, rows[0]]), np.zeros(4)
    found = CLOSE.decide(probabilities, none, on_a_scale=True)
    assert found.side.tolist() == [0, -1, -1, 0]
    assert found.of_side[0] == pytest.approx(0.85)
    assert found.unsure.tolist() == [False, False, True, False]
    scores, columns = score_verdicts(found, probabilities, np.array([1, 1, 4, 3]))
    assert columns.tolist() == [1, 0, 5, 0]  # right; wrong; unsure; wrong, by the end of its side
    assert scores["matrix"][1] == [1, 1, 0, 0, 0, 0, 0]
    assert [scores[key] for key in ("plain_right", "plain_wrong", "unsure")] == [0.25, 0.5, 0.25]


@pytest.mark.parametrize(("rights", "margin"), [([12, 10], 0.2), ([20, 2], None), ([11, 6], None)])
def test_the_margin_is_one_at_which_the_first_is_often_wrong_and_one_of_two_right(rights, margin):
    """Of 24 texts with 0.5 and 0.36 so many have the first label, and the second."""
    probabilities = np.tile([0.5, 0.36, 0.14], (24, 1))
    targets = np.repeat([0, 1, 2], [*rights, 24 - sum(rights)])
    assert either_margin(probabilities, np.zeros(24), targets, 0.4) == margin
    assert either_margin(probabilities[:9], np.zeros(9), targets[:9], 0.4) is None  # too few


def test_the_page_says_what_was_decided():
    def said(unsure=False, is_none=False, either=None, side=None, none=0.1):
        predictions = [("Korean", 0.5), ("Chinese", 0.4)]
        return verdict(Answer("", None, [], unsure, is_none, either, side, predictions, none, []))

    assert said() == ("Korean", "with a probability of 50.0%")
    assert said(is_none=True)[0] == "None of these"
    assert said(unsure=True) == ("Unsure", "The best guess is Korean, 50.0%.")
    assert "None of these leads, with only 55.0%" in said(unsure=True, none=0.55)[1]
    assert said(unsure=True, either=("Korean", "Chinese"))[0] == "Korean or Chinese"
    assert said(side=("negative", 0.92))[0] == "Negative"
