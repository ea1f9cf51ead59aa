"""The shipped weights keep what README says of them: scores, honesty about outsiders, size.

How tests/data/outside_names.csv was chosen is in benchmarks/README.md, "Names from outside".
"""

import csv
import gzip
import hashlib

import numpy as np
import pytest
from conftest import ROOT

from model import TextClassifier
from model.data.texts import match_key
from model.tasks import TASKS
from model.tasks.names import NAMES as TASK
from model.tasks.names import WORDS, read_lists, read_names
from model.tasks.recipe import Recipe
from model.training.scores import evaluate, on_lists

NAMES_RECIPE = TASK.pretrained_recipe
NAMES = ROOT / "model" / "weights" / "names"


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


def test_the_figures_of_the_lists_can_be_computed_again(classifier):
    stated = classifier.metrics
    lists = read_lists(classifier.labels)
    assert read_lists(classifier.labels[1:]) == {}
    assert set(lists) == {"native_names", "full_names", "outside_names", "outside_written", "mash"}
    for name, scores in on_lists(classifier, lists).items():
        assert scores == pytest.approx(stated[name], abs=2 / scores["rows"])  # near ties


def test_native_names_are_scored_by_language_and_script(classifier, dataset):
    stated = classifier.metrics["native"]
    assert sum(scores["rows"] for scores in stated.values()) == len(dataset.native)
    for part in ("Arabic, Arabic", "Greek, Greek", "Japanese, Hiragana", "Korean, Hangul"):
        assert stated[part]["right"] >= 0.97
    texts = [
        t
        for t, label in zip(dataset.native.texts, dataset.native.labels, strict=True)
        if label == "Greek"
    ]
    predicted = classifier.predict_batch(texts).argmax(axis=1)
    right = np.mean([classifier.labels[i] == "Greek" for i in predicted])
    assert stated["Greek, Greek"]["right"] == pytest.approx(right, abs=0.01)


def test_most_names_of_other_languages_are_none_or_unsure_and_few_get_a_sure_answer(classifier):
    scores = classifier.metrics["outside_names"]
    assert scores["none_or_unsure"] >= 0.8
    assert scores["above_80"] <= 0.1


def test_few_right_answers_are_called_unsure_or_none(classifier, dataset):
    answers = classifier.answers(dataset.test.texts, top_k=1)
    right = [
        answer
        for answer, label in zip(answers, dataset.test.labels, strict=True)
        if answer.predictions[0][0] == label
    ]
    assert sum(answer.unsure or answer.is_none for answer in right) / len(right) <= 0.08


def test_the_page_s_example_of_each_language_is_answered_with_it(classifier):
    answers = {text: classifier.answer(text) for text in WORDS.examples}
    assert {text: answer.predictions[0][0] for text, answer in answers.items()} == WORDS.examples
    assert not any(answer.unsure or answer.is_none for answer in answers.values())


def test_open_syllables_in_hangul_are_korean_and_not_taken_for_random_keys(classifier):
    syllables = [chr(0xAC00 + 28 * i) for i in range(19 * 21)]  # each consonant with each vowel
    answers = list(map(classifier.answer, syllables))
    assert sum(a.is_none or a.predictions[0][0] != "Korean" for a in answers) <= 4


def test_variants_that_training_lacks_are_read_as_what_they_are_variants_of(classifier):
    """高, 崎, 柳 and 吉 in forms that many families write, which no data file has."""
    for name in ("髙橋", "山﨑", "栁田", "𠮷田"):
        assert not set(name) <= set(classifier.encoder.characters)
        assert classifier.answer(name, 1).predictions[0][0] == "Japanese"


def test_probabilities_hold_for_the_languages_that_are_predicted_often(classifier, dataset):
    """The mean probability of the answers is near the share of them that is right."""
    probabilities = classifier.predict_batch(dataset.test.texts)
    predicted = probabilities.argmax(axis=1)
    targets = np.array([classifier.labels.index(label) for label in dataset.test.labels])
    gaps = {}
    for i, label in enumerate(classifier.labels):
        chosen = predicted == i
        if chosen.sum() >= 200:
            right = (targets[chosen] == i).mean()
            gaps[label] = abs(float(probabilities[chosen, i].mean() - right))
    assert len(gaps) >= 12
    assert np.mean(list(gaps.values())) <= 0.04
    assert sum(gap > 0.06 for gap in gaps.values()) <= 2, gaps


def test_the_shipped_weights_are_what_train_py_makes_of_the_repository(classifier, dataset):
    """Its options, its data by their SHA-256, and its seed are those of `python train.py`."""
    training = classifier.training
    assert training["command"] == "python train.py"
    expected = NAMES_RECIPE.last_stage().record()
    recorded = {name: value for name, value in training.items() if name in expected}
    # An option that is newer than the weights has its default.
    assert Recipe().record() | recorded == expected
    used = ("names_train", "names_test", "native_train", "native_test", "given_names")
    used += ("readings", "pretraining")
    for name in used:
        content = (ROOT / "data" / f"{name}.csv.gz").read_bytes()
        stated = classifier.metrics["dataset"][f"{name}.csv.gz"]["sha256"]
        assert stated == hashlib.sha256(content).hexdigest(), name
    assert set(classifier.metrics["dataset"]) == {f"{name}.csv.gz" for name in used}


def test_the_recipe_of_reviews_is_that_of_the_shipped_weights():
    training = TextClassifier.load(TASKS["reviews"].output).training
    expected = TASKS["reviews"].recipe.last_stage().record()
    recorded = {name: value for name, value in training.items() if name in expected}
    assert Recipe().record() | recorded == expected


def test_han_names_have_a_reading_where_japanese_leads_and_pinyin_where_chinese_does(classifier):
    assert classifier.answer("佐藤").romanised == "Sato"
    assert classifier.answer("陈").romanised == "chen"
    assert classifier.answer("Иванов").romanised == "ivanov"


def test_the_weights_are_small():
    assert (NAMES / "model.safetensors").stat().st_size <= 8 * 2**20
