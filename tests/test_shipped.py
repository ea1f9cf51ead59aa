"""The shipped weights keep what README says of them: scores, honesty about texts of none, size.

How tests/data/outside_names.csv was chosen is in benchmarks/README.md, "Names from outside".
"""

import hashlib

import numpy as np
import pytest
from conftest import ROOT, SHIPPED
from models import load, rows_of

from model.answering import facts_on
from model.tasks.names import NAMES as TASK
from model.tasks.names import read_names, read_test_lists
from model.training.metrics import score_rows, score_test_lists, score_with_none


@pytest.fixture(scope="module")
def classifier():
    return load(SHIPPED)


@pytest.fixture(scope="module")
def dataset():
    return read_names(ROOT / "data")


def test_the_scores_on_the_test_split_can_be_computed_again(classifier, dataset):
    scores = score_rows(classifier.model, dataset, dataset.test, publish_texts=True)
    stated = classifier.metrics["test"]
    for score in ("accuracy", "accuracy_any", "macro_f1", "top3_accuracy", "ece"):
        assert scores[score] == pytest.approx(stated[score], abs=5e-5)
    differences = np.subtract(scores["confusion"], stated["confusion"])
    assert np.abs(differences).sum() <= 4  # near ties


@pytest.fixture(scope="module")
def lists(classifier):
    return read_test_lists(classifier.labels)


def test_the_lists_and_their_figures_can_be_computed_again(classifier, lists):
    names = ["native_names", "full_names", "outside_names", "outside_written", "mash"]
    assert sorted(lists) == sorted(names)
    assert read_test_lists(classifier.labels[1:]) == {}
    for name, scores in score_test_lists(classifier.model, lists).items():
        near_ties = 2 / scores["rows"]
        assert scores == pytest.approx(classifier.metrics[name], abs=near_ties)
    outside = classifier.metrics["outside_names"]
    assert outside["none_or_unsure"] >= 0.8
    assert outside["above_80"] <= 0.1


@pytest.mark.slow
def test_the_calibration_error_of_what_is_printed_can_be_computed_again(
    classifier, dataset, lists
):
    outside = lists["outside_names"]
    scores = score_with_none(classifier.model, dataset.test, outside)
    assert scores == pytest.approx(classifier.metrics["with_none"], abs=5e-5)


def first_label(answer):
    return answer.predictions[0][0]


def test_hangul_is_korean(classifier):
    """Open syllables: each consonant with each vowel."""
    syllables = [chr(0xAC00 + 28 * i) for i in range(19 * 21)]
    answers = classifier.answers(syllables, 1)
    right = [a for a in answers if first_label(a) == "Korean" and not a.is_none]
    assert len(right) >= len(syllables) - 4


@pytest.mark.parametrize("name", ["髙橋", "山﨑", "栁田", "𠮷田"])
def test_forms_of_han_that_are_japanese_alone_are_japanese(classifier, name):
    """Of 高, 崎, 柳 and 吉 these forms are in no data file."""
    assert not set(name) <= set(classifier.model.encoder.characters)
    assert first_label(classifier.answer(name, 1)) == "Japanese"


def test_the_examples_of_the_page_are_answered_right(classifier):
    for text, label in TASK.page.examples.items():
        answer = classifier.answer(text)
        assert first_label(answer) == label, text
        assert not answer.unsure
        assert not answer.is_none


@pytest.mark.parametrize(
    ("text", "latin"),
    rows_of("""
佐藤 | Sato
陈 | chen
Иванов | ivanov
"""),
)
def test_names_are_romanised_as_their_language_reads_them(classifier, text, latin):
    assert classifier.answer(text).romanised == latin


@pytest.mark.slow
def test_few_right_answers_are_doubted_and_probabilities_are_near_the_share_that_is_right(
    classifier, dataset
):
    probabilities, none = classifier.predict_all(dataset.test.texts)
    targets = [classifier.labels.index(label) for label in dataset.test.labels]
    joint = probabilities.max(axis=1) * (1 - none)
    doubted = (none > joint) | (joint < classifier.model.calibration.unsure_below)
    assert doubted[probabilities.argmax(axis=1) == targets].mean() <= 0.08
    gaps = [
        abs(of_label["gap"])
        for of_label in classifier.metrics["test"]["per_label"]
        if of_label["predicted"] >= 200
    ]
    assert len(gaps) >= 12
    assert np.mean(gaps) <= 0.04
    assert sum(gap > 0.06 for gap in gaps) <= 2, gaps


def test_what_is_known_of_a_name_are_all_its_labels_in_the_data(classifier, dataset):
    rows = dataset.train + dataset.validation
    labels = {}
    for text, label in zip(rows.texts, rows.labels, strict=True):
        labels.setdefault(dataset.key(text), set()).add(label)
    for text in ("余", "李", "王", "Lee", "Rossi"):
        shares = dict(facts_on(classifier.model, text).shares)
        assert set(shares) == labels[dataset.key(text)]
    assert dict(facts_on(classifier.model, "余").shares)["Korean"] < 0.005


def test_the_shipped_names_were_trained_on_the_committed_files(classifier):
    assert TASK.data == ROOT / "data"
    assert classifier.model.training["command"] == "python train.py"
    used = """names_train names_test names_forms native_train native_test given_names readings
    common shares pretraining attested given_known""".split()
    stated = classifier.metrics["dataset"]
    assert sorted(stated) == sorted(f"{name}.csv.gz" for name in used)
    for name, facts in stated.items():
        content = (ROOT / "data" / name).read_bytes()
        assert facts["sha256"] == hashlib.sha256(content).hexdigest()
