"""metrics.json and training texts of any content are refused or drawn; seeds that fuzzing found."""

import gzip
import json

import pytest
from conftest import SHIPPED

from model import InputError, TextClassifier
from model.storage.config import model_from
from model.storage.folder import TRAINING_TEXTS, read_model_folder

FILES = read_model_folder(SHIPPED)
METRICS = json.loads(FILES["metrics.json"])
LABELS = METRICS["labels"]
VERDICTS = dict.fromkeys(("plain_right", "plain_wrong", "unsure", "none"), 0.25)
VERDICTS |= {"matrix": [[0] * 20] * 18}


def changed(place, value):
    """Return metrics.json with the value at `place`, keys joined by dots, replaced."""
    metrics = json.loads(json.dumps(METRICS))
    *path, last = [int(key) if key.isdigit() else key for key in place.split(".")]
    part = metrics
    for key in path:
        part = part[key]
    part[last] = value
    return json.dumps(metrics).encode()


@pytest.mark.parametrize(
    ("place", "value", "message"),
    [
        ("seconds", None, "seconds: "),
        ("history", [], "history: "),
        ("persons.all.ece", "0", "persons.all.ece: "),
        ("history.0.train_loss", float("nan"), "history.0.train_loss: "),
        ("labels", LABELS[:-1], "its labels are not the model's"),
        ("test.confusion.3", [1, 2], "its confusion matrix has not a row and a column"),
        (
            "test.verdicts",
            VERDICTS | {"matrix": [[0] * 18] * 18},
            "its matrix of verdicts needs",
        ),
        ("test.per_label", [], "test.per_label: "),
        ("test.rows", 0, "test.rows: "),  # shares are of it
        (
            "test.wholes",
            {"rows": 0, "accuracy": 0.5, "macro_f1": 0.5},
            "test.wholes.rows: ",
        ),
        ("to_guess", [{"text": "Rossi", "label": "Italian"}], "to_guess.0.answer: "),
        ("test.wholes", True, "test.wholes: "),
        (
            "own",
            {"errors": [{"label": "Irish", "predicted": "Dutch"}]},
            "own.errors.0.probability: ",
        ),
    ],
)
def test_metrics_that_page_or_card_could_not_show_are_refused(place, value, message):
    content = changed(place, value)
    whole = rf"metrics\.json is damaged \({message}[^\n]*$"
    with pytest.raises(InputError, match=whole):
        load_with("metrics.json", content)


@pytest.mark.parametrize(
    ("place", "value"), [("device", "cpu"), ("test.verdicts", VERDICTS)]
)
def test_other_metrics_are_loaded(place, value):
    content = changed(place, value)
    assert load_with("metrics.json", content).metrics == json.loads(content)


def load_with(name, content):
    return TextClassifier(model_from(FILES | {name: content}, SHIPPED))


# The first was found by fuzzing: a float that equals a label's number.
ODD = (
    '{"a": [0.0]}',
    '{"a": [18]}',
    '{"a": [true]}',
    '{"a": []}',
    '{"a": {"1": 1.5}}',
    "[[1]]",
)
PACKED = [gzip.compress(text.encode()) for text in (*ODD, "[" * 10_000)]
BOMB = gzip.compress(bytes(10**7)) * 20


@pytest.mark.parametrize(
    "packed",
    [*PACKED, b"", b"{}", BOMB],
    ids=range(10),
)
def test_damaged_training_texts_are_refused(packed):
    message = r"training_texts\.json\.gz is damaged [^\n]*$"
    with pytest.raises(InputError, match=message):
        load_with(TRAINING_TEXTS, packed)
