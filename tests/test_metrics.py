"""What all_metrics and shares_by_key record of a trained model."""

import json
from dataclasses import replace

from conftest import write_names

from model import TextClassifier
from model.data.rows import Dataset, Rows
from model.tasks.names import NAMES, read_names
from model.training.build import build_model
from model.training.metrics import all_metrics, shares_by_key

# Its texts may not be published.
PRIVATE = replace(NAMES, publish_texts=False)


def test_metrics_have_labels_seconds_confusion_and_errors(small_data, small_classifier):
    dataset = read_names(small_data)
    histories = {"refit": [{"seconds": 1.5}], "main": [{"seconds": 2}]}
    metrics = all_metrics(small_classifier.model, dataset, NAMES, histories)
    assert metrics["labels"] == ["Italian", "Japanese", "Russian"]
    assert metrics["seconds"] == 3.5
    assert metrics["history"] == [{"seconds": 2}]
    test = json.loads(json.dumps(metrics))["test"]
    assert sum(map(sum, test["confusion"])) == test["rows"] == 3
    assert len(test["errors"]) == round(3 * (1 - test["accuracy"]))
    for error in test["errors"]:
        predictions = small_classifier.predict(error["text"], 1)
        assert list(predictions) == [error["predicted"]]
        assert error["label"] != error["predicted"]


ROSSI = [("Rossi", label) for label in ("Italian", "Japanese", "Russian")]


def test_texts_that_may_not_be_published_are_row_numbers_and_in_no_game(
    tmp_path, small_classifier
):
    """A dataset in which the three test rows have one text."""
    rossi = read_names(write_names(tmp_path, test=ROSSI))
    metrics = all_metrics(small_classifier.model, rossi, PRIVATE, {})
    errors = metrics["test"]["errors"]
    assert len(errors) == 2
    assert all(ROSSI[error["row"]][1] == error["label"] for error in errors)
    assert "Rossi" not in json.dumps(metrics)
    assert metrics["to_guess"] == []
    public = Rows(["Fumagalli"], ["Italian"])
    task = replace(PRIVATE, public_rows=lambda: public)
    metrics = all_metrics(small_classifier.model, rossi, task, {})
    assert [guess["text"] for guess in metrics["to_guess"]] == ["Fumagalli"]


def test_the_test_rows_are_scored_without_their_marks_too(small_recipe, tmp_path):
    rest = [("Иванов", "Russian"), ("Rossi", "Italian"), ("Sato", "Russian")]
    marked, plain = (
        read_names(write_names(tmp_path / name, test=[(name, "Japanese"), *rest]))
        for name in ("Dvořák", "Dvorak")
    )
    model = build_model(small_recipe, marked)
    of_marked = all_metrics(model, marked, NAMES, {})["test"]
    of_plain = all_metrics(model, plain, NAMES, {})["test"]
    folded = of_marked["folded"]
    assert folded == {name: of_plain[name] for name in folded}
    assert of_plain["folded"] == folded


def test_names_with_marks_are_scored_as_written_and_without(small_recipe, tmp_path):
    rows = [("Dvořák", "Japanese"), ("Müller", "Italian"), ("Sato", "Russian")]
    dataset = read_names(write_names(tmp_path, test=rows))
    model = build_model(small_recipe, dataset)
    classifier = TextClassifier(model)

    def is_right(text, label):
        return float(label in classifier.predict(text, top_k=1))

    expected = [
        ("Italian", 1, is_right("Müller", "Italian"), is_right("Muller", "Italian")),
        ("Japanese", 1, is_right("Dvořák", "Japanese"), is_right("Dvorak", "Japanese")),
    ]
    marked = all_metrics(model, dataset, NAMES, {})["test"]["marked"]
    assert marked["rows"] == 2
    assert [tuple(row.values()) for row in marked["per_label"]] == expected
    of_typed = [without for *_, without in expected]
    assert marked["without_marks"] == sum(of_typed) / 2


MANY = [(f"Rossi{chr(97 + i // 26)}{chr(97 + i % 26)}", "Italian") for i in range(600)]
AMBIGUOUS = [("Kitano", "Japanese"), ("Kitano", "Russian")]


def test_the_game_has_500_seeded_test_texts_of_one_label_with_the_model_s_own_answers(
    small_classifier, tmp_path
):
    dataset = read_names(write_names(tmp_path, test=MANY + AMBIGUOUS))
    game, again = (
        all_metrics(small_classifier.model, dataset, NAMES, {})["to_guess"]
        for _ in range(2)
    )
    assert len({guess["text"] for guess in game}) == 500
    assert {(guess["text"], guess["label"]) for guess in game} < set(MANY)
    assert again == game
    for guess in game[:20]:
        answer = small_classifier.answer(guess["text"], 1)
        label, _ = answer.predictions[0]
        assert guess["answer"] == (None if answer.is_none else label)


LABELS = ["Chinese", "Korean"]
NAMESAKES = Dataset(
    train=Rows(["Lee", "LEE", "Kim", "Müller"], [*LABELS, "Korean", "Chinese"]),
    validation=Rows(),
    test=Rows(["Park"], ["Korean"]),
    labels=LABELS,
)
EQUAL = {"kim": {1: 1.0}, "lee": {0: 0.5, 1: 0.5}, "muller": {0: 1.0}}


def test_training_texts_have_every_label_of_a_name():
    assert shares_by_key(NAMESAKES.train, NAMESAKES) == EQUAL


def test_training_texts_have_the_shares_of_the_data():
    shares = {
        "Lee": {"Korean": 0.9876, "Chinese": 0.0124},
        "Lêé": {"Chinese": 1.0},
        "Kim": {"Korean": 0.9999, "Chinese": 0.0001},
    }
    dataset = replace(NAMESAKES, shares=shares)
    texts = shares_by_key(dataset.train, dataset)
    assert texts["lee"] == {0: 0.012, 1: 0.988}
    assert texts["kim"] == {0: 0.0001, 1: 1.0}
    assert texts["muller"] == EQUAL["muller"]
