"""Verdicts by hand: none, unsure, two labels, a side of a scale; their scores, headline, margin.

And a text that has none of the labels: what is answered, listed and written of it.
"""

import csv
import io

import numpy as np
import pytest
import torch
from node import drawn

from model import TextClassifier
from model.data.hints import Hints
from model.data.pairs import read_pretraining
from model.data.rows import Rows
from model.decisions import Thresholds, Verdict, decide
from model.predict.files import predict_file
from model.tabs.listing import count_labels, predict_rows, read_lines, to_csv
from model.tasks.names import NAMES as TASK
from model.tasks.names import read_names
from model.training.build import build
from model.training.calibration import either_margin
from model.training.metrics import on_lists, score_with_none, to_guess
from model.training.scores import score_verdicts

THREE = ["Irish", "Scottish", "Czech"]
FIVE = ["worst", "bad", "neutral", "good", "best"]
CLOSE = Thresholds(unsure_below=0.5, either_below=0.2)
SCALE = Thresholds(unsure_below=0.5, on_a_scale=True)
NAMES = ["Rossi", "Nakamura", "Okonkwo"]


@pytest.fixture(scope="module")
def dataset(small_data_with_more):
    files = [small_data_with_more / "pretraining.csv.gz"]
    return read_pretraining(files, read_names(small_data_with_more), TASK.kind)[0]


def answering(dataset, small_recipe, odds):
    """Return a classifier that gives every text these odds: of its labels, then of the others."""
    classifier = TextClassifier(build(small_recipe, dataset))
    with torch.no_grad():
        classifier.network.linear.weight.zero_()
        classifier.network.linear.bias.copy_(
            torch.tensor(odds, dtype=torch.float).log()
        )
    # The linear classifier of n-grams sees the three labels alone, and finds them equal.
    classifier.network.linear_ngrams = None
    return classifier


@pytest.fixture
def undecided(dataset, small_recipe):
    """Three labels have the odds 4, 2 and 2, three groups of others 1, 0.5 and 0.5."""
    return answering(dataset, small_recipe, [4, 2, 2, 1, 0.5, 0.5])


def test_the_labels_share_what_none_leaves(undecided, small_classifier):
    assert undecided.predict("Rossi", 3) == pytest.approx(
        {"Italian": 0.4, "Japanese": 0.2, "Russian": 0.2}
    )
    assert undecided.none_batch(NAMES) == pytest.approx([0.2] * 3)
    np.testing.assert_allclose(
        undecided.predict_batch(NAMES), [[0.5, 0.25, 0.25]] * 3, rtol=1e-6
    )
    untaught = small_classifier.answer("Rossi", 3)
    assert (untaught.none, untaught.is_none) == (None, False)
    assert sum(p for _, p in untaught.predictions) == pytest.approx(1)
    assert small_classifier.none_batch(NAMES).tolist() == [0, 0, 0]


def test_predict_appends_the_probability_of_none(undecided, tmp_path):
    (tmp_path / "in.csv").write_text("name,city\nRossi,Rome\nKim,Seoul\n")
    predict_file(
        undecided, str(tmp_path / "in.csv"), str(tmp_path / "out.csv"), top_k=1
    )
    assert (tmp_path / "out.csv").read_text().splitlines() == [
        "name,city,label_1,probability_1,none_probability",
        "Rossi,Rome,Italian,0.4000,0.2000",
        "Kim,Seoul,Italian,0.4000,0.2000",
    ]


def test_a_list_names_rows_that_are_none_and_counts_them(
    dataset, small_recipe, undecided
):
    elsewhere = answering(dataset, small_recipe, [1, 1, 1, 2, 2, 2])
    undecided.calibration.unsure_below, table = 0.1, read_lines("Rossi\n42", Hints())
    for classifier, none, note in (
        (undecided, "0.2000", ""),
        (elsewhere, "0.6667", "none of these"),
    ):
        rows = predict_rows(classifier, table)
        first, second = csv.reader(io.StringIO(to_csv(classifier, table, rows, False)))
        assert first[-2:] == [none, note]
        assert second[-2] == ""
        assert second[-1].startswith("There is no letter")
        assert count_labels(rows) == [(note or "Italian", 1)]


def test_the_game_and_the_scores_know_none(dataset, small_recipe):
    """None has 5/13, more than the best label's 4/13; of those that have a label that has 1/2."""
    classifier = answering(dataset, small_recipe, [4, 2, 2, 3, 1, 1])
    classifier.calibration.unsure_below = 0.35
    rows = Rows(["Rossi", "Rossi"], ["Italian", "Russian"])
    assert [
        guess["answer"] for guess in to_guess(classifier.model, dataset, rows.take([0]))
    ] == [None]
    scores = classifier.evaluate(rows.texts, rows.labels)
    assert (scores["none"], scores["unsure"]) == (1, 0)
    assert (scores["accuracy"], scores["accuracy_any"]) == (0.5, 1)


def test_lists_are_scored_as_by_hand(undecided):
    undecided.calibration.unsure_below = 0.45
    lists = {"known": Rows(["a", "b", "c"], ["Italian", "Russian|Italian", "Russian"])}
    lists |= {"outside": Rows(["d", "e"], ["", ""]), "absent": Rows([], [])}
    assert on_lists(undecided.model, lists) == {
        "known": {"rows": 3, "right": pytest.approx(2 / 3), "unsure_if_right": 1.0},
        "outside": {"rows": 2, "none": 0.0, "none_or_unsure": 1.0, "above_80": 0.0},
    }


@pytest.mark.parametrize(
    ("joint", "none", "kind"),
    [
        ([0.6, 0.3, 0.0], 0.1, "label"),
        ([0.5, 0.35, 0.05], 0.1, "either"),  # the first alone would do
        ([0.45, 0.4, 0.05], 0.1, "either"),
        ([0.4, 0.35, 0.15], 0.1, "unsure"),  # together 0.75
        ([0.1, 0.05, 0.0], 0.85, "none"),
        ([0.3, 0.2, 0.05], 0.45, "unsure"),  # none leads, and is unlikely
        ([0.44, 0.1, 0.45], 0.01, "either"),
        ([0.47, 0.05, 0.42], 0.43, "unsure"),  # none between the two
    ],
)
def test_what_is_said_of_a_text(joint, none, kind):
    """None needs the threshold, and two labels are named together if they are close."""
    assert decide(joint, none, THREE, CLOSE).kind == kind


def test_two_labels_together_need_the_threshold_too():
    strict = Thresholds(unsure_below=0.9, either_below=0.2)
    assert decide([0.45, 0.4, 0.05], 0.1, THREE, strict).kind == "unsure"


def test_two_labels_too_close_to_tell_apart_are_named_likeliest_first():
    verdict = decide([0.44, 0.1, 0.46], 0.0, THREE, CLOSE)
    assert verdict == Verdict("either", ("Czech", "Irish"), pytest.approx(0.9))


@pytest.mark.parametrize(
    ("probabilities", "kind", "labels"),
    [
        ([0.45, 0.4, 0.1, 0.05, 0], "side", ("worst", "bad")),
        ([0, 0.1, 0.2, 0.4, 0.3], "side", ("good", "best")),
        ([0.55, 0.4, 0.05, 0, 0], "label", ("worst",)),
        ([0.2, 0.2, 0.21, 0.2, 0.19], "unsure", ("neutral",)),
    ],
)
def test_on_a_scale_a_side_is_the_answer_where_no_label_is(probabilities, kind, labels):
    assert decide(probabilities, 0.0, FIVE, SCALE)[:2] == (kind, labels)


def test_a_side_has_the_probability_of_its_labels_together():
    assert decide([0.45, 0.4, 0.1, 0.05, 0], 0.0, FIVE, SCALE).probability == (
        pytest.approx(0.85)
    )


def test_a_side_counts_as_the_target_it_holds_and_else_as_its_end():
    low, unsure = Verdict("side", ("worst", "bad"), 0.9), Verdict("unsure", (), 0.3)
    verdicts = [low, Verdict("label", ("worst",), 0.6), unsure, low]
    targets = np.array([1, 1, 4, 3])
    scores, columns = score_verdicts(verdicts, targets, FIVE)
    assert columns.tolist() == [1, 0, 5, 0]  # right, wrong, unsure, wrong
    assert scores["matrix"][1] == [1, 1, 0, 0, 0, 0, 0]
    shares = [scores[key] for key in ("plain_right", "plain_wrong", "unsure", "none")]
    assert shares == [0.25, 0.5, 0.25, 0]


@pytest.mark.parametrize(
    ("rights", "margin"), [([12, 10], 0.2), ([20, 2], None), ([11, 6], None)]
)
def test_the_margin_is_one_at_which_the_first_is_often_wrong_and_one_of_two_right(
    rights, margin
):
    """Of 24 texts with 0.5 and 0.36 so many have the first label, and the second."""
    probabilities = np.tile([0.5, 0.36, 0.14], (24, 1))
    targets = np.repeat([0, 1, 2], [*rights, 24 - sum(rights)])
    assert either_margin(probabilities, np.zeros(24), targets, 0.4) == margin
    assert (
        either_margin(probabilities[:9], np.zeros(9), targets[:9], 0.4) is None
    )  # too few


def test_the_page_says_what_was_decided_and_what_the_data_say():
    def answer(kind="label", labels=(), units="letters", korean=0, none=0.1, side=None):
        shares = {"Chinese": 1 - korean, "Korean": korean}
        known = [{"label": label, "share": share} for label, share in shares.items()]
        reply = {
            "predictions": [
                {"label": "Korean", "probability": 0.5},
                {"label": "Chinese", "probability": 0.4},
            ],
            "known": known if korean else None,
            "none": none,
            "verdict": {"kind": kind, "labels": labels},
            "unsure": kind in ("unsure", "either"),
            "side": side,
        }
        words = {"labels": "languages", "units": units}
        return {"reply": reply, "words": words, "size": 18, "caution": ""}

    ours = "according to our data. From the spelling alone, the network would "
    negative = {"label": "negative", "probability": 0.92}
    cases = [
        (answer(), "Korean", "with a probability of 50.0%<"),
        (
            answer("none"),
            "None of these",
            "The most likely of them, Korean, has 50.0%.",
        ),
        (
            answer("unsure", none=0.55),
            "Unsure",
            "“None of these” is likeliest, with only 55.0%.",
        ),
        (
            answer("either", ["Korean", "<"]),
            "Korean or &#60;",
            "Too close to call",
        ),
        (
            answer("side", side=negative),
            "Negative",
            "with a probability of 92.0%; Korean alone has 50.0%",
        ),
        (answer(korean=0.2), "Korean", "with a probability of 50.0%. Our data agree."),
        (answer(korean=0.19), "Chinese", ours + "say Korean (50.0%)."),
        (answer("unsure", korean=0.19), "Chinese", ours + "be unsure."),
        (answer("none", korean=0.5), "Chinese or Korean", ours + "say none"),
        (answer(korean=0.19, units="words"), "Chinese", ours[:32] + "wording"),
    ]
    found = drawn("answer", [value for value, *_ in cases])
    for html, (_, headline, why) in zip(found, cases, strict=True):
        assert html.startswith(f'<p class="verdict">{headline}<small>{why}')


def test_the_calibration_of_what_is_printed_counts_none_at_its_assumed_share(
    undecided, dataset, small_recipe, monkeypatch
):
    """Two of three test texts are Italian, and a quarter of what is typed is from outside."""
    monkeypatch.setattr("model.training.scores.CALIBRATION_BINS", 1)
    test = Rows(["Rossi", "Sato", "Bruno"], ["Italian", "Japanese", "Italian"])
    outside = Rows(["Okonkwo", "Hansen"], ["", ""])
    # Each text is called Italian with 0.4, and three quarters times two thirds are.
    scores = score_with_none(undecided.model, test, outside)
    assert scores == {"rows": 3, "outside": 2, "none_share": 0.25} | {
        "ece": pytest.approx(0.5 - 0.4)
    }
    # Each text is called none with 0.6, and a quarter has none.
    none = answering(dataset, small_recipe, [1, 2, 1, 3, 2, 1])
    assert score_with_none(none.model, test, outside)["ece"] == pytest.approx(
        0.6 - 0.25
    )
