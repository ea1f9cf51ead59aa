"""Verdicts by hand: none, unsure, two labels, a side of a scale; their scores, headline, margin.

And a text that has none of the labels: what is answered, listed and written of it.
"""

import csv
import io
import json
from operator import itemgetter

import numpy as np
import pytest
from conftest import ROOT
from models import answering, rows_of
from node import run_js

from model.answers.decisions import Thresholds, Verdict, decide, evidence_of
from model.data.hints import Hints
from model.data.pairs import read_pretraining
from model.data.rows import Rows
from model.predict.files import predict_file
from model.predict.outputs import Output
from model.tabs.listing import count_labels, predict_rows, read_lines, to_csv
from model.tabs.page_model import PageModel
from model.tabs.reading import view_of
from model.tasks.names import NAMES as TASK
from model.tasks.names import read_names
from model.training.calibration import either_margin
from model.training.metrics import score_test_lists, score_with_none, to_guess
from model.training.verdict_scores import score_verdicts

FIVE = ["worst", "bad", "neutral", "good", "best"]
VERDICTS = ROOT / "tests" / "data" / "verdicts.json"  # JavaScript passes them, too
NAMES = ["Rossi", "Nakamura", "Okonkwo"]


@pytest.fixture(scope="module")
def dataset(small_data_with_more):
    files = [small_data_with_more / "pretraining.csv.gz"]
    return read_pretraining(files, read_names(small_data_with_more), TASK.kind)[0]


@pytest.fixture
def undecided(dataset, small_recipe):
    """Three labels have the odds 4, 2 and 2, three groups of others 1, 0.5 and 0.5."""
    return answering(dataset, small_recipe, [4, 2, 2, 1, 0.5, 0.5])


def test_the_labels_share_what_none_leaves(undecided):
    expected = {"Italian": 0.4, "Japanese": 0.2, "Russian": 0.2}
    assert undecided.predict("Rossi", 3) == pytest.approx(expected, abs=1e-5)
    assert undecided.none_batch(NAMES) == pytest.approx([0.2] * 3, abs=1e-5)
    shares = undecided.predict_batch(NAMES)
    np.testing.assert_allclose(shares, [[0.5, 0.25, 0.25]] * 3, atol=1e-5)


def test_a_model_that_was_not_taught_what_is_none_never_says_so(small_classifier):
    answer = small_classifier.answer("Rossi", 3)
    assert answer.none is None
    assert not answer.is_none
    assert sum(p for _, p in answer.predictions) == pytest.approx(1)
    assert small_classifier.none_batch(NAMES).tolist() == [0, 0, 0]


def test_predict_appends_the_probability_of_none(undecided, tmp_path):
    table, output = tmp_path / "in.csv", tmp_path / "out.csv"
    table.write_text("name,city\nRossi,Rome\nKim,Seoul\n")
    predict_file(undecided, str(table), Output(str(output), top_k=1))
    weights = undecided.model.sha256[:12]
    assert output.read_text().splitlines() == [
        "name,city,answer,label_1,probability_1,none_probability,"
        "prediction_note,open,answer_probability,probability_of,weights",
        f"Rossi,Rome,unsure,Italian,0.4000,0.2000,,unsure,0.4000,Italian,{weights}",
        f"Kim,Seoul,unsure,Italian,0.4000,0.2000,,unsure,0.4000,Italian,{weights}",
    ]


@pytest.mark.parametrize(
    ("odds", "answer", "none"),
    [
        ([4, 2, 2, 1, 0.5, 0.5], "Italian", "0.2000"),
        ([1, 1, 1, 2, 2, 2], "none of these", "0.6667"),
    ],
)
def test_a_list_names_and_counts_rows_that_are_none(
    dataset, small_recipe, odds, answer, none
):
    """Of a name and of 42."""
    classifier = answering(dataset, small_recipe, odds)
    classifier.model.calibration.unsure_below = 0.1
    table = read_lines("Rossi\n42", Hints())
    rows = predict_rows(classifier, table)
    first, second = csv.reader(
        io.StringIO(to_csv(classifier.model, table, rows, False))
    )
    assert first[1] == answer
    assert first[-6:-4] == [none, ""]
    assert second[-6] == ""
    assert second[-5].startswith("There is no letter")
    assert count_labels(rows) == [(answer, 1)]


TINTS = dict(
    rows_of("""
label |
either | unsure
unsure | unsure
given | none
none | none
""")
)


def test_a_row_of_a_list_has_the_tint_of_its_kind_of_answer():
    answers = [{"reply": {"verdict": {"kind": kind}}} for kind in TINTS]
    classes = run_js(["rows"], "given.map(kindOf)", answers)
    assert classes == list(TINTS.values())


def test_answers_of_none_are_scored_and_the_game_has_them(dataset, small_recipe):
    """None has 5/13, more than the best label's 4/13; of those that have a label that has 1/2."""
    classifier = answering(dataset, small_recipe, [4, 2, 2, 3, 1, 1])
    classifier.model.calibration.unsure_below = 0.35
    rows = Rows(["Rossi"], ["Italian"])
    (guess,) = to_guess(classifier.model, dataset, rows)
    assert guess["answer"] is None
    scores = classifier.evaluate(["Rossi", "Rossi"], ["Italian", "Russian"])
    assert scores["none"] == 1
    assert scores["unsure"] == 0
    assert scores["accuracy"] == 0.5
    assert scores["accuracy_any"] == 1


def test_lists_are_scored_as_by_hand(undecided):
    undecided.model.calibration.unsure_below = 0.45
    lists = {
        "known": Rows(["a", "b", "c"], ["Italian", "Russian|Italian", "Russian"]),
        "outside": Rows(["d", "e"], ["", ""]),
        "absent": Rows([], []),
    }
    assert score_test_lists(undecided.model, lists) == {
        "known": {
            "rows": 3,
            "right": pytest.approx(2 / 3),
            "unsure_if_right": 1.0,
        },
        "outside": {
            "rows": 2,
            "none": 0.0,
            "none_or_unsure": 1.0,
            "above_80": 0.0,
        },
    }
    undecided.model.calibration.bias[0] = 9.0  # and so it is sure
    outside = score_test_lists(undecided.model, {"outside": lists["outside"]})[
        "outside"
    ]
    assert (outside["none_or_unsure"], outside["above_80"]) == (0.0, 1.0)


@pytest.mark.parametrize(
    "case", json.loads(VERDICTS.read_text()), ids=itemgetter("why")
)
def test_the_verdict_is_the_first_rule_s(case):
    thresholds = Thresholds(**case["thresholds"])
    [evidence] = evidence_of(np.array([case["joint"]]), case["labels"], thresholds)
    known = {name: case[name] for name in ("doubt", "given", "is_read")}
    found = decide(evidence._replace(**known))._asdict()
    assert found.pop("source") == ("data" if found["kind"] == "given" else "network")
    assert found | {"labels": list(found["labels"])} == case["expected"]


def test_verdicts_are_scored_and_a_side_without_the_target_counts_as_its_end():
    """Scores and columns of four verdicts: a side that holds the target, and three others."""
    low = Verdict("side", ("worst", "bad"), 0.9)
    unsure = Verdict("unsure", (), 0.3)
    verdicts = [low, Verdict("label", ("worst",), 0.6), unsure, low]
    scores, columns = score_verdicts(verdicts, np.array([1, 1, 4, 3]), FIVE)
    assert columns.tolist() == [1, 0, 5, 0]  # right, wrong, unsure, wrong
    assert scores["matrix"][1] == [1, 1, 0, 0, 0, 0, 0]
    assert scores["plain_right"] == 0.25
    assert scores["plain_wrong"] == 0.5
    assert scores["unsure"] == 0.25
    assert scores["none"] == 0


@pytest.mark.parametrize(
    ("n_first", "n_second", "n", "margin"),
    [(12, 10, 24, 0.2), (20, 2, 24, None), (11, 6, 24, None), (5, 4, 9, None)],
    ids=["often wrong", "often right", "both wrong", "too few texts"],
)
def test_the_margin_is_one_at_which_the_first_is_often_wrong(
    n_first, n_second, n, margin
):
    """So many of n texts with 0.5 and 0.36 have these labels."""
    probabilities = np.tile([0.5, 0.36, 0.14], (n, 1))
    targets = np.repeat([0, 1, 2], [n_first, n_second, n - n_first - n_second])
    assert either_margin(probabilities, np.zeros(n), targets, 0.4) == margin


def test_calibration_counts_none(dataset, monkeypatch, undecided, small_recipe):
    """The calibration error of what a model prints, in one bin.

    Two of three test texts are Italian, and a quarter of what is typed is from outside.
    """
    monkeypatch.setattr("model.training.reliability.CALIBRATION_BINS", 1)
    test = Rows(["Rossi", "Sato", "Bruno"], ["Italian", "Japanese", "Italian"])
    outside = Rows(["Okonkwo", "Hansen"], ["", ""])

    def printed_error(classifier):
        return score_with_none(classifier.model, test, outside)

    # Each text is called Italian with 0.4, and three quarters times two thirds are.
    error = pytest.approx(0.5 - 0.4)
    expected = {
        "rows": 3,
        "outside": 2,
        "none_share": 0.25,
        "ece": error,
    }
    assert printed_error(undecided) == expected
    # Each text is called none with 0.6, and a quarter has none.
    none = answering(dataset, small_recipe, [1, 2, 1, 3, 2, 1])
    assert printed_error(none)["ece"] == pytest.approx(0.6 - 0.25)


def test_where_the_answer_is_none_it_is_explained(dataset, small_recipe):
    """Three labels have the odds 2, 1 and 1, three groups of others 12, 2 and 2."""
    classifier = answering(dataset, small_recipe, [2, 1, 1, 12, 2, 2])
    page = PageModel("mine", classifier)
    assert view_of(page, NAMES[0])["letters"]["label"] == "none of these"
