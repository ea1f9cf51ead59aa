"""Verdicts by hand: none, unsure, two labels, a side of a scale; their scores, headline, margin."""

import numpy as np
import pytest
from node import drawn

from model.storage.model import Calibration
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


def test_the_page_says_what_was_decided_and_what_the_data_say():
    def answer(is_none=False, units="letters", korean=0, none=0.1, **changes):
        best = [{"label": "Korean", "probability": 0.5}, {"label": "Chinese", "probability": 0.4}]
        known = [{"label": "Chinese", "share": 1 - korean}, {"label": "Korean", "share": korean}]
        reply = {"predictions": best, "known": known if korean else None, "none": none} | changes
        words = {"labels": "languages", "units": units}
        return {"reply": reply, "is_none": is_none, "words": words, "size": 18, "caution": ""}

    ours = "according to our data. From the spelling alone, the network would "
    negative = {"label": "negative", "probability": 0.92}
    cases = [
        (answer(), "Korean", "with a probability of 50.0%<"),
        (answer(is_none=True), "None of these", "The most likely of them, Korean, has 50.0%."),
        (answer(unsure=True, none=0.55), "Unsure", "None of these leads, with only 55.0%. The b"),
        (answer(unsure=True, either=["Korean", "<"]), "Korean or &#60;", "Too close to call"),
        (answer(side=negative), "Negative", "with a probability of 92.0%; Korean alone has 50.0%"),
        (answer(korean=0.2), "Korean", "with a probability of 50.0%. Our data agree."),
        (answer(korean=0.19), "Chinese", ours + "say Korean (50.0%)."),
        (answer(korean=0.19, unsure=True), "Chinese", ours + "be unsure."),
        (answer(korean=0.5, is_none=True), "Chinese or Korean", ours + "say none"),
        (answer(korean=0.19, units="words"), "Chinese", ours[:32] + "wording"),
    ]
    found = drawn("answer", [value for value, *_ in cases])
    for html, (_, headline, why) in zip(found, cases, strict=True):
        assert html.startswith(f'<p class="verdict">{headline}<small>{why}')
