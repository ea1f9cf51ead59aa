"""A text that has none of the labels: what is answered, listed and written of it."""

import csv
import io

import numpy as np
import pytest
import torch

from model import TextClassifier
from model.data.pairs import read_pretraining
from model.data.rows import Rows
from model.data.tables import Hints
from model.predict.files import predict_file
from model.tabs.tables import count_labels, predict_rows, read_lines, to_csv
from model.tasks.names import WORDS, read_names
from model.training.build import build
from model.training.scores import on_lists, to_guess

NAMES = ["Rossi", "Nakamura", "Okonkwo"]


@pytest.fixture(scope="module")
def dataset(small_data_with_more):
    files = [small_data_with_more / "pretraining.csv.gz"]
    return read_pretraining(files, read_names(small_data_with_more), WORDS)[0]


def answering(dataset, small_recipe, odds):
    """Return a classifier that gives every text these odds: of its labels, then of the others."""
    classifier = TextClassifier.of(build(small_recipe, dataset))
    with torch.no_grad():
        classifier.network.linear.weight.zero_()
        classifier.network.linear.bias.copy_(torch.tensor(odds, dtype=torch.float).log())
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
    np.testing.assert_allclose(undecided.predict_batch(NAMES), [[0.5, 0.25, 0.25]] * 3, rtol=1e-6)
    untaught = small_classifier.answer("Rossi", 3)
    assert (untaught.none, untaught.is_none) == (None, False)
    assert sum(p for _, p in untaught.predictions) == pytest.approx(1)
    assert small_classifier.none_batch(NAMES).tolist() == [0, 0, 0]


def test_predict_appends_the_probability_of_none(undecided, tmp_path):
    (tmp_path / "in.csv").write_text("name,city\nRossi,Rome\nKim,Seoul\n")
    predict_file(undecided, str(tmp_path / "in.csv"), str(tmp_path / "out.csv"), top_k=1)
    assert (tmp_path / "out.csv").read_text().splitlines() == [
        "name,city,label_1,probability_1,none_probability",
        "Rossi,Rome,Italian,0.4000,0.2000",
        "Kim,Seoul,Italian,0.4000,0.2000",
    ]


def test_a_list_names_rows_that_are_none_and_counts_them(dataset, small_recipe, undecided):
    elsewhere = answering(dataset, small_recipe, [1, 1, 1, 2, 2, 2])
    undecided.calibration.unsure_below, table = 0.1, read_lines("Rossi\n42", Hints())
    for classifier, none, note in (
        (undecided, "0.2000", ""),
        (elsewhere, "0.6667", "none of these"),
    ):
        rows = predict_rows(classifier, table)
        first, second = csv.reader(io.StringIO(to_csv(table, rows, None)))
        assert first[-2:] == [none, note]
        assert second[-2] == ""
        assert second[-1].startswith("There is no letter")
        assert count_labels(rows) == [(note or "Italian", 1)]


def test_the_game_and_the_scores_know_none(dataset, small_recipe):
    """None has 5/13, more than the best label's 4/13; of those that have a label that has 1/2."""
    classifier = answering(dataset, small_recipe, [4, 2, 2, 3, 1, 1])
    classifier.calibration.unsure_below = 0.35
    rows = Rows(["Rossi", "Rossi"], ["Italian", "Russian"])
    assert [guess["answer"] for guess in to_guess(classifier, dataset, rows.take([0]))] == [None]
    scores = classifier.evaluate(rows.texts, rows.labels)
    assert (scores["none"], scores["unsure"]) == (1, 0)
    assert (scores["accuracy"], scores["accuracy_any"]) == (0.5, 1)


def test_lists_are_scored_as_by_hand(undecided):
    undecided.calibration.unsure_below = 0.45
    lists = {"known": Rows(["a", "b", "c"], ["Italian", "Russian|Italian", "Russian"])}
    lists |= {"outside": Rows(["d", "e"], ["", ""]), "absent": Rows([], [])}
    assert on_lists(undecided, lists) == {
        "known": {"rows": 3, "right": pytest.approx(2 / 3), "unsure_if_right": 1.0},
        "outside": {"rows": 2, "none": 0.0, "none_or_unsure": 1.0, "above_80": 0.0},
    }
