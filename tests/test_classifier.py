import copy
import hashlib
import itertools
import json
import re
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
import safetensors.torch
import torch
from models import load

from examples.plates import plates
from model import TextClassifier
from model.errors import InputError
from model.storage.folder import HELD_OUT, WEIGHTS, digest_of

NAMES = [
    "Nakamura",
    "Ng",
    "Иванов",
    "De Rossi",
    "O'Connor",
    "Wolfeschlegelsteinhausen",
    "É",
]


def test_the_most_probable_labels_come_first(
    small_classifier,
):
    batch = small_classifier.predict_batch(NAMES)
    for text, row in zip(NAMES, batch, strict=True):
        by_label = dict(zip(small_classifier.labels, row, strict=True))
        best = small_classifier.predict(text, top_k=3)
        assert best == pytest.approx(by_label, abs=1e-6)
        probabilities = list(best.values())
        assert probabilities == sorted(probabilities, reverse=True)
    np.testing.assert_allclose(batch.sum(axis=1), 1, atol=1e-6)


def test_spellings_of_one_name_get_one_answer(small_classifier):
    spellings = ["MÜLLER", "müller", "Mu\u0308ller", " Müller "]
    answers = small_classifier.predict_batch(spellings)
    assert (answers == answers[0]).all()


def test_a_batch_may_be_empty_or_a_column_of_a_frame(small_classifier):
    assert small_classifier.predict_batch([]).shape == (0, 3)
    frame = pd.DataFrame({"text": NAMES})
    assert small_classifier.predict_batch(frame["text"]).shape == (len(NAMES), 3)


NOTHING = [None, float("nan"), pd.NA]
TABLES = [pd.DataFrame({"text": NAMES, "n": NAMES}), {"text": NAMES}]
PAIR = ["Rossi", "Conti"]
# What is called with what, and what it says
REFUSED = [
    ("predict", [""], r"The text is empty: give a surname\."),
    (
        "predict",
        [["Kim"]],
        r"One text is needed: answers and predict_batch take many\.",
    ),
    ("predict", ["Kim", 4], r"top_k must be .* not 4\."),
    ("predict_batch", [[*PAIR, " "]], r"texts\[2\]: The text is empty.*"),
    ("answers", [[*PAIR, " "]], r"texts\[2\]: The text is empty.*"),
    (
        "predict_batch",
        [np.array([["Kim", "Li"]])],
        r"texts: a list is needed, not a ndarray of shape \(1, 2\): .*",
    ),
    *(
        ("predict_batch", [wrong], "texts: a list is needed.*")
        for wrong in ("Rossi", None, *TABLES)
    ),
    ("answer", [["Rossi"]], "A text is needed, not list: .*"),
    ("answers", [["Kim", "Kim", {}]], r"texts\[2\]: A text is needed, not dict.*"),
    *(
        (method, ["Kim\ud83d"], "This text has half a character.*")
        for method in ("answer", "predict", "explain")
    ),
    ("evaluate", [[], []], ".*"),
    ("evaluate", ["ab", ["Italian", "Japanese"]], ".*"),
    ("evaluate", [PAIR, [3, ""]], ".*"),
    (
        "evaluate",
        [[*PAIR, " "], ["Italian", "Peru", "Chad"]],
        r"labels\[1\]: The model has no label 'Peru' but.*",
    ),
    (
        "evaluate",
        [["Rossi", 5], ["Italian"] * 2],
        r"texts\[1\]: A text is needed, not int.*",
    ),
    ("save", ["."], ".*model: give a folder for .*"),
    ("save", ["x\0y"], ".*zero byte.*"),
    ("load", ["."], "No .*: give a whole folder that .*"),
]
for nothing in NOTHING:
    missing = r"texts\[1\]: The text is missing: give.*"
    REFUSED.append(("answers", [["Rossi", nothing]], missing))
    labels = ["Italian", nothing]
    REFUSED.append(("evaluate", [PAIR, labels], r"labels\[1\]: The label is missing\."))


@pytest.mark.parametrize(("method", "given", "message"), REFUSED)
def test_what_the_library_refuses_is_said_in_python_s_words(
    small_classifier, tmp_path, monkeypatch, method, given, message
):
    (tmp_path / "notes.txt").touch()
    monkeypatch.chdir(tmp_path)
    with pytest.raises(InputError) as error:
        getattr(small_classifier, method)(*given)
    assert re.fullmatch(message, str(error.value))
    assert not re.search(r"--|\btype\b|\.py\b", str(error.value))


def test_a_training_that_diverges_says_what_to_lower():
    texts, labels = map(list, zip(*plates(24), strict=True))
    options = {"learning_rate": 1e300, "epochs": 1, "verbose": False}
    with pytest.raises(InputError, match=r" a lower learning_rate\.$"):
        TextClassifier.fit(texts, labels, **options)


def test_what_cannot_be_read_is_nan_or_an_empty_set_if_asked():
    classifier = load("names")
    texts = ["Rossi", None, "12", float("nan"), ["a"], "a" * 30_000]
    bad = [False] + [True] * 5
    of_all = classifier.predict_batch(texts, unreadable="nan")
    assert np.isnan(of_all).any(axis=1).tolist() == bad
    assert of_all[0] == pytest.approx(classifier.predict_batch(["Rossi"])[0])
    assert np.isnan(classifier.none_batch(texts, unreadable="nan")).tolist() == bad
    sets = classifier.sets(texts, unreadable="nan")
    assert sets == [*classifier.sets(["Rossi"]), *[()] * 5]


def test_a_blank_text_is_one_unknown_character(small_classifier):
    """A contest's rows may be blank."""
    blank, unknown = small_classifier.predict_all([" ", "?"], any_text=True)[0]
    np.testing.assert_allclose(blank, unknown, atol=1e-6)


def test_of_thousands_of_texts_each_gets_its_own_answer(small_classifier):
    """They pass the network in chunks, in the order of their lengths."""
    letters = "abehiklmnorstuvy"
    texts = ["".join(name) for name in itertools.product(letters, repeat=3)]
    texts += [f"{text}{letter}" for text in texts[::8] for letter in letters[:3]]
    rows = small_classifier.predict_batch(texts)
    for i in (*range(0, len(texts), 97), len(texts) - 1):
        alone = small_classifier.predict_batch([texts[i]])[0]
        np.testing.assert_allclose(rows[i], alone, atol=1e-6)


REPEATED = [*NAMES, *NAMES[::-1], "NG", " ng "] * 3


@pytest.mark.parametrize("method", ["predict_batch", "answers"])
def test_what_is_read_alike_passes_the_network_once(small_classifier, method):
    network = copy.deepcopy(small_classifier.model.network)
    passed = []
    network.register_forward_hook(lambda *each: passed.append(len(each[-1])))
    classifier = TextClassifier(replace(small_classifier.model, network=network))
    getattr(classifier, method)(REPEATED)
    assert sum(passed) == len(NAMES)


def test_a_saved_model_replaces_the_folder_and_is_loaded_as_it_was(
    small_classifier, tmp_path, monkeypatch
):
    folder = tmp_path / "new" / "model"
    monkeypatch.setattr(small_classifier.model.calibration, "temperature", 1.7)
    monkeypatch.setattr(small_classifier.model.calibration, "unsure_below", 1.0)
    small_classifier.save(folder)
    (folder / "README.md").write_text("old")
    small_classifier.save(folder)
    loaded = TextClassifier.load(folder)
    probabilities = small_classifier.predict_batch(NAMES)
    assert np.array_equal(loaded.predict_batch(NAMES), probabilities)
    assert loaded.model.training == small_classifier.model.training
    assert loaded.model.calibration == small_classifier.model.calibration
    assert not (folder / "README.md").exists()
    assert [path.name for path in folder.parent.iterdir()] == ["model"]


def config(part=None, **changes):
    """Change config.json, or a part of it."""

    def change(folder):
        path = folder / "config.json"
        content = json.loads(path.read_text())
        changed = content[part] if part else content
        changed.update(changes)
        content["sha256"] = digest_of(content)
        path.write_text(json.dumps(content))

    return change


def write_config(text):
    """Put another text in the place of config.json."""
    return lambda folder: (folder / "config.json").write_text(text)


def put(name, content):
    """Write a file with a sum that fits, as a hostile folder would have."""

    def damage(folder):
        (folder / name).write_bytes(content)
        sums = json.loads((folder / "config.json").read_text())["files"]
        config(files=sums | {name: hashlib.sha256(content).hexdigest()})(folder)

    return damage


def weights(change):
    def damage(folder):
        tensors = safetensors.torch.load((folder / WEIGHTS).read_bytes())
        change(tensors)
        put(WEIGHTS, safetensors.torch.save(tensors))(folder)

    return damage


def held_out(*targets):
    joint = torch.full((len(targets), 4), 0.25)
    rows = {"joint": joint, "targets": torch.tensor(targets)}
    return put(HELD_OUT, safetensors.torch.save(rows))


FOUR_BIASES = {"linear.bias": torch.zeros(4)}
WHOLE_BIASES = {"linear.bias": torch.zeros(3, dtype=int)}


DAMAGED = {
    "cut JSON": (write_config('{"labels": ['), "Invalid JSON"),
    "deep JSON": (write_config("[" * 100_000), "damaged"),
    "another version": (config(format_version=99), "format_version: it should be 5"),
    "nan": (config("calibration", temperature=float("nan")), "temperature"),
    "too few biases": (
        config("calibration", bias=[0, 0]),
        "biases and network differ in number",
    ),
    "other labels": (
        config(labels=["A", "B"], other_labels=["C"]),
        "its other labels do not fit",
    ),
    "small vocabulary": (
        config(encoder={"kind": "letters", "characters": "ab"}),
        "its vocabulary does not",
    ),
    "label twice": (config(labels=["A", "A", "B"]), "its labels repeat"),
    "label of two lines": (config(labels=["A", "B", "C\n"]), "cannot be shown"),
    "huge network": (config("network", hidden_size=10**9), "damaged .*weights"),
    "pickle": (put(WEIGHTS, b"\x80\x04" * 9000), "damaged .*header"),
    "another shape": (
        weights(lambda tensors: tensors.update(FOUR_BIASES)),
        r"size mismatch for linear\.bias: .*\[4\].*\[3\]",
    ),
    "whole numbers": (weights(lambda tensors: tensors.update(WHOLE_BIASES)), "float"),
    "nan in weights": (
        weights(lambda tensors: tensors["linear.bias"].fill_(torch.nan)),
        "not finite",
    ),
    "too many weights": (
        weights(lambda tensors: tensors.update(more=torch.zeros(10**6))),
        "Unexpected key.*more",
    ),
    "held-out floats": (held_out(0.0, 1.0), "unknown labels"),
    "held-out label below none": (held_out(0, -1), "unknown labels"),
    "held-out none alone": (held_out(3, 3), "no row with a label"),
    "nothing held out": (held_out(), "no row with a label"),
    "deep metrics": (put("metrics.json", b"[" * 100_000), r"metrics\.json is damaged"),
}


@pytest.mark.parametrize(
    ("damage", "complaint"),
    DAMAGED.values(),
    ids=DAMAGED,
)
def test_an_invalid_folder_is_named_in_one_line(
    small_classifier, tmp_path, damage, complaint
):
    small_classifier.save(tmp_path / "m")
    damage(tmp_path / "m")
    with pytest.raises(InputError, match=complaint) as error:
        TextClassifier.load(tmp_path / "m")
    assert "\n" not in str(error.value)
    assert str(tmp_path / "m") in str(error.value)
