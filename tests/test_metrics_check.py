"""metrics.json and training texts of any content are refused or drawn; seeds that fuzzing found."""

import gzip
import json

import pytest
from conftest import ROOT

from model import InputError, TextClassifier
from model.storage.folder import TRAINING_TEXTS, read_model_folder
from model.storage.schema import problem_of

NAMES = ROOT / "model" / "weights" / "names"
METRICS = json.loads((NAMES / "metrics.json").read_bytes())
LABELS = METRICS["labels"]


def changed(place, value):
    """Return metrics.json with the value at `place`, keys joined by dots, replaced."""
    metrics = json.loads(json.dumps(METRICS))
    *path, last = [int(key) if key.isdigit() else key for key in place.split(".")]
    part = metrics
    for key in path:
        part = part[key]
    part[last] = value
    return json.dumps(metrics).encode()


def test_the_shipped_metrics_are_whole():
    assert problem_of(changed("device", "cpu"), LABELS) is None


@pytest.mark.parametrize(
    ("place", "value"),
    [
        ("seconds", None),  # found by fuzzing: the page divided it by 60
        ("history", []),
        ("history.0", None),
        ("history.0.train_loss", float("nan")),
        ("history.0.validation_accuracy", "0.5"),
        ("labels", LABELS[:-1]),
        ("labels.0", "<b>"),
        ("test.confusion", []),
        ("test.confusion.3", [1, 2]),
        ("test.confusion.3.3", -1),
        ("test.confusion.3.3", 1.5),
        ("test.per_label", []),
        ("test.per_label.0.f1", 2),
        ("test.errors.0", "Rossi"),
        ("test.errors.0.probability", None),
        ("test.reliability", [[0.5, 0.5]]),
        ("test.rows", 10**30),
        ("test.accuracy", True),
        ("dataset.names_train.csv.gz", 1),
        ("refit_history", None),
        ("to_guess", [{"text": "Rossi", "label": "Italian"}]),
        # These were loaded, and ended in a traceback in page or card.
        ("test.rows", 0),
        ("test.wholes", True),
        ("test.wholes", {"rows": 0, "accuracy": 0.5, "macro_f1": 0.5}),
        ("test.folded", [1]),
        ("own", {"errors": [{"label": "Irish", "predicted": "Dutch", "probability": 0.5}]}),
        ("native", {"Greek, Greek": {"rows": None}}),
        ("mash.none_or_unsure", "all"),
        ("none_prior", []),
        ("versions", None),
    ],
)
def test_metrics_that_page_or_card_could_not_show_are_named(place, value):
    if place.startswith("dataset"):
        metrics = METRICS | {"dataset": {"names_train.csv.gz": value}}
        content = json.dumps(metrics).encode()
    else:
        content = changed(place, value)
    problem = problem_of(content, LABELS)
    assert problem
    assert "\n" not in problem


def test_damaged_metrics_are_refused_when_the_model_is_loaded():
    files = read_model_folder(NAMES) | {"metrics.json": changed("test.wholes", True)}
    with pytest.raises(InputError, match=r"metrics\.json is damaged \(test\.wholes: [^\n]*$"):
        TextClassifier.from_files(files, NAMES)


@pytest.mark.parametrize(
    "texts",
    [
        b'{"rossi": [0.0]}',  # found by fuzzing: a float that equals a label's number
        b'{"rossi": [18]}',
        b'{"rossi": [-1]}',
        b'{"rossi": 3}',
        b'{"rossi": [true]}',
        b"[[1]]",
        b"[" * 10_000,
        b"\xff",
    ],
)
def test_training_texts_of_the_wrong_shape_are_refused(texts):
    files = read_model_folder(NAMES) | {TRAINING_TEXTS: gzip.compress(texts)}
    with pytest.raises(InputError, match=r"training_texts\.json\.gz is damaged"):
        TextClassifier.from_files(files, NAMES)


@pytest.mark.parametrize("packed", [b"", b"\x1f\x8b", gzip.compress(b"{}", mtime=0)[:-5], b"{}"])
def test_training_texts_that_are_no_gzip_are_refused(packed):
    files = read_model_folder(NAMES) | {TRAINING_TEXTS: packed}
    with pytest.raises(InputError, match=r"training_texts\.json\.gz is damaged"):
        TextClassifier.from_files(files, NAMES)
