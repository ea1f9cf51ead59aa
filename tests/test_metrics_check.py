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
        ("device", "cpu", None),
        ("seconds", None, "seconds: "),
        ("history", [], "history: "),
        ("history.0.train_loss", float("nan"), "history.0.train_loss: "),
        ("labels", LABELS[:-1], "its labels are not the model's"),
        ("test.confusion.3", [1, 2], "its confusion matrix has not a row and a column"),
        ("test.verdicts", VERDICTS, None),
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
    if message is None:
        assert load_with("metrics.json", content).metrics == json.loads(content)
    else:
        with pytest.raises(
            InputError, match=rf"metrics\.json is damaged \({message}[^\n]*$"
        ):
            load_with("metrics.json", content)


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
BOMB = gzip.compress(bytes(10**7)) * 20


@pytest.mark.parametrize(
    "packed",
    [
        *(gzip.compress(text.encode()) for text in (*ODD, "[" * 10_000)),
        b"",
        b"{}",
        BOMB,
    ],
    ids=range(10),
)
def test_damaged_training_texts_are_refused(packed):
    with pytest.raises(
        InputError, match=r"training_texts\.json\.gz is damaged [^\n]*$"
    ):
        load_with(TRAINING_TEXTS, packed)


def test_what_is_known_comes_with_its_shares_which_older_folders_lack():
    texts = {"lee": [1, 0], "kim": {"0": 0.25, "1": 0.75}}
    classifier = load_with(TRAINING_TEXTS, gzip.compress(json.dumps(texts).encode()))
    assert classifier.known("LEE") == [(LABELS[0], 0.5), (LABELS[1], 0.5)]
    assert classifier.answer("Kim", 1).known == [(LABELS[1], 0.75), (LABELS[0], 0.25)]
    assert (
        classifier.known("Ким") is None
    )  # most names that are romanised alike are others
