"""The shipped weights keep what README says of them: scores, honesty about outsiders, size.

How tests/data/outside_names.csv was chosen is in benchmarks/README.md, "Names from outside".
"""

import csv
import gzip

import numpy as np
import pytest
from conftest import ROOT

from model import TextClassifier
from model.data.texts import match_key
from model.tasks.names import read_names
from model.training.results import evaluate

README = (ROOT / "README.md").read_text()
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


def outside_rows():
    with open(ROOT / "tests" / "data" / "outside_names.csv", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def names_in(*files):
    """The match keys of the names in gzipped CSV files below data/."""
    keys = set()
    for name in files:
        with gzip.open(ROOT / "data" / name, "rt", encoding="utf-8", newline="") as file:
            keys |= {match_key(row[0]) for row in csv.reader(file)}
    return keys


@pytest.mark.parametrize(
    "files",
    [
        ("names_train.csv.gz", "names_test.csv.gz", "pretraining.csv.gz"),
        ("lecture/names_train.csv.gz", "lecture/names_test.csv.gz"),
    ],
    ids=["open data", "the lecture's data"],
)
def test_no_name_from_outside_is_in_any_data(files):
    if not (ROOT / "data" / files[0]).exists():
        pytest.skip("no lecture data: python data/fetch_lecture.py")
    known = names_in(*files)
    assert len(known) > 10_000
    assert [row["name"] for row in outside_rows() if match_key(row["name"]) in known] == []


def test_the_names_from_outside_are_many_and_of_many_languages(dataset):
    rows = outside_rows()
    assert len({match_key(row["name"]) for row in rows}) == len(rows) >= 250
    assert len({row["language"] for row in rows}) >= 40
    assert not {row["language"] for row in rows} & set(dataset.labels)
    assert len({row["language"] for row in rows if row["training_rows"] == "none"}) >= 10
    with gzip.open(ROOT / "data" / "pretraining.csv.gz", "rt", encoding="utf-8") as file:
        groups = {group for _, group in csv.reader(file)} - set(dataset.labels)
    assert {row["training_rows"] for row in rows} <= groups | {"strays", "none"}
    assert len({(row["language"], row["training_rows"]) for row in rows}) == len(
        {row["language"] for row in rows}
    )


def test_most_names_of_other_languages_are_called_unsure_and_few_get_a_sure_answer(classifier):
    rows = outside_rows()
    top = classifier.predict_batch([row["name"] for row in rows]).max(axis=1)
    without_a_row = np.array([row["training_rows"] == "none" for row in rows])
    for chosen in (np.full(len(rows), True), without_a_row):
        assert (top[chosen] > 0.8).mean() <= 0.2
        assert (top[chosen] < classifier.calibration.unsure_below).mean() >= 0.6


def test_readme_has_the_shares_of_names_from_outside(classifier):
    rows = outside_rows()
    top = classifier.predict_batch([row["name"] for row in rows]).max(axis=1)
    parts = {
        "all languages": lambda training_rows: True,
        "languages with stray rows in it": lambda training_rows: training_rows == "strays",
        "languages without a row in it": lambda training_rows: training_rows == "none",
    }
    for part, belongs in parts.items():
        chosen = np.array([belongs(row["training_rows"]) for row in rows])
        (line,) = [line for line in README.splitlines() if line.startswith(f"| {part} |")]
        n, unsure, sure = (cell.strip() for cell in line.split("|")[3:6])
        assert int(n) == chosen.sum()
        for cell, counted in (
            (unsure, top[chosen] < classifier.calibration.unsure_below),
            (sure, top[chosen] > 0.8),
        ):
            share, error = (float(figure.rstrip("%")) / 100 for figure in cell.split(" ± "))
            assert share == pytest.approx(counted.mean(), abs=2 / len(counted))  # near ties
            assert error == pytest.approx(counted.std() / len(counted) ** 0.5, abs=1e-3)


def test_few_right_answers_are_called_unsure(classifier, dataset):
    probabilities = classifier.predict_batch(dataset.test.texts)
    right = np.array(classifier.labels)[probabilities.argmax(axis=1)] == dataset.test.labels
    assert (probabilities.max(axis=1)[right] < classifier.calibration.unsure_below).mean() <= 0.1


@pytest.mark.parametrize(("name", "language"), LECTURE_NAMES.items())
def test_the_lecture_s_names_have_their_language_among_the_first_three(classifier, name, language):
    assert language in classifier.predict(name, top_k=3)


def test_the_weights_are_small():
    assert (NAMES / "model.safetensors").stat().st_size <= 8 * 2**20
