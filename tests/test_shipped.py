"""The shipped weights keep what README says of them: scores, honesty about outsiders, size."""

import csv

import numpy as np
import pytest
from conftest import ROOT

from model import TextClassifier
from model.tasks.names import read_names
from model.training.results import evaluate

NAMES = ROOT / "model" / "weights" / "names"
LECTURE_NAMES = {
    "Maclean": "English",
    "Vajnichy": "Russian",
    "Nasikovsky": "Russian",
    "Usami": "Japanese",
    "Fionin": "Russian",
    "Sharkey": "English",
    "Balagul": "Russian",
    "Pakhrin": "Russian",
    "Tansho": "Japanese",
}


@pytest.fixture(scope="module")
def classifier():
    return TextClassifier.load(NAMES)


@pytest.fixture(scope="module")
def dataset():
    return read_names(ROOT / "data")


def test_the_scores_on_the_test_split_can_be_computed_again(classifier, dataset):
    scores = evaluate(classifier, dataset, dataset.test, publish_texts=True)
    stated = classifier.metrics["test"]
    for score in ("accuracy", "accuracy_any", "macro_f1", "top3_accuracy", "ece"):
        assert scores[score] == pytest.approx(stated[score], abs=5e-5)
    assert np.abs(np.subtract(scores["confusion"], stated["confusion"])).sum() <= 4  # near ties


def test_few_names_of_other_languages_get_a_sure_answer(classifier):
    with open(ROOT / "tests" / "data" / "outside_names.csv", encoding="utf-8") as file:
        names = [row["name"] for row in csv.DictReader(file)]
    assert len(names) == 200
    top = classifier.predict_batch(names).max(axis=1)
    assert (top > 0.8).mean() <= 0.1
    assert (top < classifier.calibration.unsure_below).mean() >= 0.6


def test_few_right_answers_are_called_unsure(classifier, dataset):
    probabilities = classifier.predict_batch(dataset.test.texts)
    right = np.array(classifier.labels)[probabilities.argmax(axis=1)] == dataset.test.labels
    assert (probabilities.max(axis=1)[right] < classifier.calibration.unsure_below).mean() <= 0.1


@pytest.mark.parametrize(("name", "language"), LECTURE_NAMES.items())
def test_the_lecture_s_names_have_their_language_among_the_first_three(classifier, name, language):
    assert language in classifier.predict(name, top_k=3)


def test_the_weights_are_small():
    assert (NAMES / "model.safetensors").stat().st_size <= 8 * 2**20
