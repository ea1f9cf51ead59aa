"""The shipped weights keep what README says of them: scores, honesty about texts of none, size.

How tests/data/outside_names.csv was chosen is in benchmarks/README.md, "Names from outside".
"""

import hashlib

import numpy as np
import pytest
from conftest import ROOT, SHIPPED
from models import load

from model.tasks.names import NAMES as TASK
from model.tasks.names import read_lists, read_names
from model.training.metrics import evaluate, on_lists, score_with_none


@pytest.fixture(scope="module")
def classifier():
    return load(SHIPPED)


@pytest.fixture(scope="module")
def dataset():
    return read_names(ROOT / "data")


def test_the_scores_on_the_test_split_can_be_computed_again(classifier, dataset):
    scores = evaluate(classifier.model, dataset, dataset.test, publish_texts=True)
    stated = classifier.metrics["test"]
    for score in ("accuracy", "accuracy_any", "macro_f1", "top3_accuracy", "ece"):
        assert scores[score] == pytest.approx(stated[score], abs=5e-5)
    assert (
        np.abs(np.subtract(scores["confusion"], stated["confusion"])).sum() <= 4
    )  # near ties


def test_the_figures_of_the_lists_can_be_computed_again(classifier):
    stated = classifier.metrics
    lists = read_lists(classifier.labels)
    assert read_lists(classifier.labels[1:]) == {}
    assert set(lists) == {
        "native_names",
        "full_names",
        "outside_names",
        "outside_written",
        "mash",
    }
    for name, scores in on_lists(classifier.model, lists).items():
        assert scores == pytest.approx(
            stated[name], abs=2 / scores["rows"]
        )  # near ties
    assert stated["outside_names"]["none_or_unsure"] >= 0.8
    assert stated["outside_names"]["above_80"] <= 0.1


def test_the_calibration_error_of_what_is_printed_can_be_computed_again(
    classifier, dataset
):
    outside = read_lists(classifier.labels)["outside_names"]
    scores = score_with_none(classifier.model, dataset.test, outside)
    assert scores == pytest.approx(classifier.metrics["with_none"], abs=5e-5)


def test_scripts_are_read_as_by_who_knows_them(classifier):
    """Hangul in open syllables; 高, 崎, 柳 and 吉 in forms that no data file has; romanisations."""
    syllables = [
        chr(0xAC00 + 28 * i) for i in range(19 * 21)
    ]  # each consonant with each vowel
    answers = classifier.answers(syllables, 1)
    assert sum(a.is_none or a.predictions[0][0] != "Korean" for a in answers) <= 4
    for name in ("髙橋", "山﨑", "栁田", "𠮷田"):
        assert not set(name) <= set(classifier.encoder.characters)
        assert classifier.answer(name, 1).predictions[0][0] == "Japanese"
    answers = {
        text: classifier.answer(text) for text in TASK.page.examples
    }  # the page's
    assert {
        text: answer.predictions[0][0] for text, answer in answers.items()
    } == TASK.page.examples
    assert not any(answer.unsure or answer.is_none for answer in answers.values())
    latin = {
        text: classifier.answer(text).romanised for text in ("佐藤", "陈", "Иванов")
    }
    assert latin == {"佐藤": "Sato", "陈": "chen", "Иванов": "ivanov"}


def test_few_right_answers_are_called_unsure_or_none_and_probabilities_hold(
    classifier, dataset
):
    """Of languages predicted often, the mean probability is near the share that is right."""
    probabilities, none = classifier.predict_all(dataset.test.texts)
    predicted, best = probabilities.argmax(axis=1), probabilities.max(axis=1)
    targets = np.array(
        [classifier.labels.index(label) for label in dataset.test.labels]
    )
    joint = best * (1 - none)
    doubted = (none > joint) | (joint < classifier.calibration.unsure_below)
    assert doubted[predicted == targets].mean() <= 0.08
    gaps = [
        abs(float(best[chosen].mean() - (targets[chosen] == i).mean()))
        for i in range(len(classifier.labels))
        if (chosen := predicted == i).sum() >= 200
    ]
    assert len(gaps) >= 12
    assert np.mean(gaps) <= 0.04
    assert sum(gap > 0.06 for gap in gaps) <= 2, gaps


def test_what_is_known_of_a_name_are_all_its_labels_in_the_data(classifier, dataset):
    rows, labels = dataset.train + dataset.validation, {}
    for text, label in zip(rows.texts, rows.labels, strict=True):
        labels.setdefault(dataset.key(text), set()).add(label)
    for text in ("余", "李", "王", "Lee", "Rossi"):
        known = classifier.known(text)
        assert {label for label, _ in known} == labels[dataset.key(text)]
    assert dict(classifier.known("余"))["Korean"] < 0.005


def test_the_shipped_names_were_trained_on_the_committed_files(classifier):
    assert TASK.data == ROOT / "data"
    assert classifier.training["command"] == "python train.py"
    used = ("names_train", "names_test", "native_train", "native_test", "given_names")
    used += ("readings", "common", "shares", "pretraining")
    stated = {
        name: facts["sha256"] for name, facts in classifier.metrics["dataset"].items()
    }
    files = {
        f"{name}.csv.gz": (ROOT / "data" / f"{name}.csv.gz").read_bytes()
        for name in used
    }
    assert stated == {
        name: hashlib.sha256(content).hexdigest() for name, content in files.items()
    }
