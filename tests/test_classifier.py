import copy
import hashlib
import itertools
import json
import re
import struct
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
import safetensors.torch
import torch
from conftest import SHIPPED
from models import load

from examples.plates import plates
from model import TextClassifier
from model.errors import InputError
from model.storage.folder import WEIGHTS
from model.tasks.names import NAMES as TASK

NAMES = [
    "Nakamura",
    "Ng",
    "Иванов",
    "De Rossi",
    "O'Connor",
    "Wolfeschlegelsteinhausen",
    "É",
]


def test_predictions_are_equal_one_by_one_or_in_a_batch(small_classifier):
    batch = small_classifier.predict_batch(NAMES)
    for text, row in zip(NAMES, batch, strict=True):
        alone = small_classifier.predict_batch([text])[0]
        np.testing.assert_allclose(alone, row, atol=1e-6)
        by_label = dict(zip(small_classifier.labels, row, strict=True))
        best = small_classifier.predict(text, top_k=3)
        assert best == pytest.approx(by_label, abs=1e-6)


def test_the_most_likely_label_comes_first(small_classifier):
    for text in NAMES:
        probabilities = list(small_classifier.predict(text, top_k=3).values())
        assert probabilities == sorted(probabilities, reverse=True)


def test_probabilities_sum_to_one(small_classifier):
    batch = small_classifier.predict_batch(NAMES)
    np.testing.assert_allclose(batch.sum(axis=1), 1, atol=1e-6)


def test_spellings_of_one_name_get_one_answer(small_classifier):
    spellings = ["MÜLLER", "müller", "Mu\u0308ller", " Müller "]
    answers = small_classifier.predict_batch(spellings)
    assert (answers == answers[0]).all()


def test_a_batch_may_be_empty(small_classifier):
    assert small_classifier.predict_batch([]).shape == (0, 3)


def test_texts_may_be_a_column_of_a_frame(small_classifier):
    frame = pd.DataFrame({"text": NAMES})
    assert small_classifier.predict_batch(frame["text"]).shape == (len(NAMES), 3)


@pytest.mark.parametrize(
    "wrong", ["Rossi", pd.DataFrame({"text": NAMES}), {"text": NAMES}, None]
)
def test_texts_must_be_a_list(small_classifier, wrong):
    with pytest.raises(InputError, match="texts: a list is needed"):
        small_classifier.predict_batch(wrong)


def test_an_error_of_a_batch_has_the_index(small_classifier):
    texts = ["Rossi", "Conti", " "]
    for predict in (small_classifier.predict_batch, small_classifier.answers):
        with pytest.raises(InputError, match=r"^texts\[2\]: The text is empty"):
            predict(texts)


def test_an_error_of_one_text_has_no_index(small_classifier):
    with pytest.raises(InputError, match=r"^The text is empty"):
        small_classifier.predict(" ")


def test_an_error_of_evaluate_has_the_index(small_classifier):
    first, second, _ = small_classifier.labels
    unknown = r"^labels\[1\]: The model has no label 'Peru' but"
    with pytest.raises(InputError, match=unknown):
        small_classifier.evaluate(["Rossi", "Conti", " "], [first, "Peru", "Chad"])
    with pytest.raises(InputError, match=r"^texts\[1\]: A text is needed, not int"):
        small_classifier.evaluate(["Rossi", 5], [first, second])


def test_evaluate_refuses_what_it_cannot_score(small_classifier):
    labels = small_classifier.labels[:2]
    for wrong in (([], []), ("ab", labels), (["Rossi", "Conti"], [3, ""])):
        with pytest.raises(InputError):
            small_classifier.evaluate(*wrong)


@pytest.mark.parametrize("nothing", [None, float("nan"), pd.NA])
def test_a_missing_value_is_called_so_with_its_index(small_classifier, nothing):
    texts, labels = ["Rossi", nothing], small_classifier.labels[:2]
    for predict in (
        small_classifier.predict_batch,
        small_classifier.answers,
        lambda texts: small_classifier.evaluate(texts, labels),
    ):
        with pytest.raises(InputError, match=r"^texts\[1\]: The text is missing: give"):
            predict(texts)
    with pytest.raises(InputError, match=r"^labels\[1\]: The label is missing\.$"):
        small_classifier.evaluate(["Rossi", "Conti"], [labels[0], nothing])


def fit_too_fast(_):
    texts, labels = map(list, zip(*plates(24), strict=True))
    options = {"learning_rate": 1e300, "epochs": 1, "verbose": False}
    TextClassifier.fit(texts, labels, **options)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda model: model.predict(""), "The text is empty: give a surname."),
        (lambda model: model.predict("Kim", 4), "top_k must be .* not 4."),
        (lambda model: model.save("."), ".*model: give a folder for .*"),
        (lambda _: TextClassifier.load("."), "No .*: give a whole folder that .*"),
        (fit_too_fast, ".* a lower learning_rate."),
    ],
    ids="predict,top_k,save,load,fit".split(","),
)
def test_messages_of_the_library_are_in_python_s_words(
    small_classifier, tmp_path, monkeypatch, call, message
):
    (tmp_path / "notes.txt").touch()
    monkeypatch.chdir(tmp_path)
    with pytest.raises(InputError) as error:
        call(small_classifier)
    assert re.fullmatch(message, str(error.value))
    assert not re.search(r"--|\btype\b|\.py\b", str(error.value))


def test_the_examples_of_the_page_are_answered_by_the_shipped_weights():
    answers = load(SHIPPED).answers(list(TASK.page.examples), 1)
    found = {answer.text: answer.predictions[0][0] for answer in answers}
    assert found == TASK.page.examples
    assert {answer.verdict.kind for answer in answers} == {"label"}


def test_a_blank_text_is_one_unknown_character(small_classifier):
    """A contest's rows may be blank."""
    blank, unknown = small_classifier.predict_all([" ", "?"], any_text=True)[0]
    np.testing.assert_allclose(blank, unknown, atol=1e-6)


def test_of_thousands_of_texts_each_gets_its_own_answer(small_classifier):
    """They pass the network in chunks, in the order of their lengths."""
    letters = "abehiklmnorstuvy"
    texts = ["".join(name) for name in itertools.product(letters, repeat=3)]
    texts += [f"{text}{letter}" for text in texts[::8] for letter in letters[:3]]
    found = small_classifier.predict_batch(texts)
    for i in (*range(0, len(texts), 97), len(texts) - 1):
        alone = small_classifier.predict_batch([texts[i]])[0]
        np.testing.assert_allclose(found[i], alone, atol=1e-6)


def test_what_is_known_comes_with_the_largest_share_first(small_classifier):
    texts = {"rossi": {0: 0.2, 1: 0.5, 2: 0.3}, "sato": {2: 0.5, 1: 0.5}}
    model = replace(small_classifier.model, training_texts=texts)
    italian, japanese, russian = model.labels
    rossi, sato = TextClassifier(model).answers(["Rossi", "Sato"])
    assert rossi.known == [(japanese, 0.5), (russian, 0.3), (italian, 0.2)]
    assert sato.known == [(japanese, 0.5), (russian, 0.5)]


def test_the_accuracy_of_the_first_k_counts_k(small_classifier):
    texts, labels = NAMES * 3, [x for x in small_classifier.labels for _ in NAMES]
    ranks = [list(small_classifier.predict(text, 3)) for text in texts]
    for k in (1, 2, 3):
        right = [label in rank[:k] for label, rank in zip(labels, ranks, strict=True)]
        assert len(small_classifier.answer("Ng", k).predictions) == k
        scores = small_classifier.evaluate(texts, labels, k)
        assert scores["top_accuracy"] == pytest.approx(np.mean(right)) == k / 3


def test_what_is_read_alike_passes_the_network_once(small_classifier):
    network, passed = copy.deepcopy(small_classifier.network), []
    model = TextClassifier(replace(small_classifier.model, network=network))
    network.register_forward_hook(lambda *each: passed.append(len(each[-1])))
    texts = [*NAMES, *NAMES[::-1], "NG", " ng "] * 3
    found, answers = model.predict_batch(texts), model.answers(texts, 2)
    assert sum(passed) == 2 * len(NAMES)
    alone = {text: small_classifier.predict_batch([text])[0] for text in texts}
    np.testing.assert_allclose(found, [alone[text] for text in texts], atol=1e-6)
    assert [answer.text for answer in answers] == texts
    best = [answer.predictions[0][1] for answer in answers]
    assert best == pytest.approx(found.max(axis=1))
    assert sum(passed) == 2 * len(NAMES)


@pytest.fixture
def saved(small_classifier, tmp_path, monkeypatch):
    """A folder that a classifier was saved to twice."""
    folder = tmp_path / "new" / "model"
    monkeypatch.setattr(small_classifier.calibration, "temperature", 1.7)
    monkeypatch.setattr(small_classifier.calibration, "unsure_below", 1.0)
    small_classifier.save(folder)
    (folder / "README.md").write_text("old")
    small_classifier.save(folder)
    return folder


def test_a_loaded_model_gives_equal_probabilities(small_classifier, saved):
    loaded = TextClassifier.load(saved)
    probabilities = small_classifier.predict_batch(NAMES)
    assert np.array_equal(loaded.predict_batch(NAMES), probabilities)


def test_a_loaded_model_has_its_training(small_classifier, saved):
    loaded = TextClassifier.load(saved)
    assert loaded.training == small_classifier.training
    assert loaded.calibration == small_classifier.calibration


def test_saving_replaces_the_whole_folder(saved):
    assert not (saved / "README.md").exists()
    assert [path.name for path in saved.parent.iterdir()] == ["model"]


def config(part=None, **changes):
    """Change config.json, or a part of it."""

    def change(folder):
        found = json.loads((folder / "config.json").read_text())
        (found[part] if part else found).update(changes)
        (folder / "config.json").write_text(json.dumps(found))

    return change


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


HUGE_SHAPE = (
    b'{"a":{"dtype":"F32","shape":[4294967296,4294967296],"data_offsets":[0,8]}}'
)


def header(content, length=None):
    size = struct.pack("<Q", length or len(content))
    return put(WEIGHTS, size + content + bytes(9000))


@pytest.mark.parametrize(
    ("damage", "complaint"),
    [
        (lambda folder: (folder / WEIGHTS).write_bytes(b"cut"), "damaged"),
        (
            lambda folder: (folder / "config.json").write_text('{"labels": ['),
            "Invalid JSON",
        ),
        (lambda folder: (folder / "config.json").write_text("[" * 100_000), "damaged"),
        (config(format_version=99), "format_version: Input should be 4"),
        (config(files=None), "of another version .*files"),
        (config("calibration", temperature=float("nan")), "temperature"),
        (config("calibration", bias=[0, 0]), "biases and network differ in number"),
        (config("calibration", bias=[0, 0, 1e300]), "calibration.bias.2: "),
        (config(labels=["A", "B"], other_labels=["C"]), "its other labels do not fit"),
        (
            config(encoder={"kind": "letters", "characters": "ab"}),
            "its vocabulary does not",
        ),
        (config(training={"task": 1}), r"task\.str: Input should be"),
        (config(labels=["A", "A", "B"]), "its labels repeat"),
        (config(labels=["A", "B", "C\n"]), "cannot be shown"),
        (
            config("encoder", kinds_in_ngrams=[1]),
            r"kinds_in_ngrams\.0: Input should be a",
        ),
        (config(encoder={"kind": "syllables"}), "'syllables' is missing"),
        (config("network", hidden_size=10**9), "damaged .*weights"),
        # Hostile rather than damaged: sums that fit, and content that does not.
        (put(WEIGHTS, b"\x80\x04" * 9000), "damaged .*header"),  # a pickle
        (header(b"{}", 2**63), "damaged"),
        (header(b"[" * 10**6), "damaged"),
        (header(HUGE_SHAPE), "damaged"),
        (
            weights(lambda t: t.update({"linear.bias": torch.zeros(4)})),
            r"size mismatch for linear\.bias: .*\[4\].*\[3\]",
        ),
        (
            weights(lambda t: t.update({"linear.bias": torch.zeros(3, dtype=int)})),
            "float",
        ),
        (weights(lambda t: t["linear.bias"].fill_(torch.nan)), "not finite"),
        (weights(lambda t: t.pop("linear.bias")), r"Missing key.*linear\.bias"),
        (weights(lambda t: t.update(more=torch.zeros(10**6))), "Unexpected key.*more"),
        (put("metrics.json", b"[" * 100_000), r"metrics\.json is damaged"),
    ],
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
