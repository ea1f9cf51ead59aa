"""A trained model in JavaScript against the same model in Python."""

import random
import string
import unicodedata
from dataclasses import replace

import numpy as np
import pytest
import torch
from conftest import ROOT, SHIPPED
from models import load
from node import ask, close, reading_in_javascript, shown_in_javascript

from data.builder.rows import unpacked
from model import TextClassifier
from model.data.rows import Rows
from model.data.splits import to_dataset
from model.tabs.name import letters_value
from model.tabs.page_model import PageModel
from model.tasks.custom import custom_task
from model.tasks.names import read_names
from model.tasks.recipe import LECTURE
from model.training.build import build

# Every 701st character that this Python knows, and what has been hard to read before
CHARACTERS = [
    chr(i) for i in range(33, 0x30000, 701) if unicodedata.category(chr(i)) != "Cn"
]
HARD = "O’Neill Straße ΠΑΠΑΣ Ле́бедев ﬁn ㄱㅏ İnan e\u0301é a\u200bb well-made 悪くない".split()
# Notes, problems, and texts that are names of what JavaScript's objects have
SHOWN = "De_Vries Van_der Rossi,_Maria Maria_De_Luca 김민수 남궁민 佐藤_太郎 Щукин なかむら".split()
SHOWN = [
    "",
    *(text.replace("_", " ") for text in SHOWN),
    "2 Ωmega €\u200b\x00",
    " \x1f",
]
SHOWN += [
    "5",
    "x" * 101,
    "a" + "\u0301" * 102,
    "ﷺ" * 90,
    "".join(random.Random(0).choices("ᾂᾃᾄᾅᾆᾇᾒᾓᾔᾕ", k=90)),
]
SHOWN += [
    "E\u0301" * 50,
    "constructor",
    "__proto__",
    "a 👍\ufeff",
    "zounds",
    "\u200b",
    "it " * 402,
]
REST = ["lecture", "words"]
HOSTILE = ["<img src=x onerror=alert(1)>", "__proto__", "constructor"]
HARD += ["1\x1c2", "It isn't BAD, -LRB- or is n't it? -RRB-", "C# and .NET 👍🏽!"]


def custom(units):
    """A model of 300 labels that has learnt nothing."""
    draw = random.Random(0)
    texts = [
        "".join(draw.choices(string.ascii_lowercase + " é👍#", k=9))
        for _ in range(2400)
    ]
    labels = [*HOSTILE, *(f"label {i}" for i in range(297))] * 8
    task = custom_task({"units": units, "symbols": True})
    sizes = {"hidden_size": 8, "embedding_size": 100, "layers": 2, "linear_rank": 5}
    recipe = replace(task.recipe, **sizes, linear_buckets=200, ngram_buckets=50)
    model = build(recipe, to_dataset({"train": Rows(texts, labels)}, task.kind))
    model.training["task"] = task.description or task.name
    if units == "letters":
        known = dict(enumerate([0.5, 0.25, 0.25]))
        model.training_texts = {"constructor": known, "__proto__": known}
    return model


def small(which, data):
    if which == "lecture":
        model = build(LECTURE, read_names(data))
    elif which in ("letters", "words"):
        model = custom(which)
    else:
        return load(SHIPPED.with_name(which))
    torch.manual_seed(0)
    for weight in model.network.parameters():
        torch.nn.init.normal_(weight, std=0.1)
    return TextClassifier(model)


@pytest.mark.parametrize(
    "which",
    [
        "names",
        "reviews",
        "letters",
        *(pytest.param(w, marks=pytest.mark.nightly) for w in REST),
    ],
)
def test_a_packed_model_reads_answers_and_explains_in_javascript_as_in_python(
    which, small_data
):
    classifier = small(which, small_data)
    texts = [*CHARACTERS, *HARD]
    texts += [name for name, _ in unpacked(ROOT / "data" / "native_test.csv.gz")][::40]
    answered = [text for text in texts if not classifier.problem_with(text)][::4]
    explained = [*answered[:: len(answered) // 4], "Macron", "佐藤"]
    shown = [*SHOWN, *explained]
    given = {"answered": answered, "explained": explained, "shown": shown}
    found, shares = ask(classifier, "fp16", texts=texts, k=2, **given)
    encoder = classifier.encoder
    assert found["ids"] == [encoder.ids(encoder.read(text)) for text in texts]
    assert np.abs(np.array(found["shares"]) - shares).max() < 5e-4
    page = PageModel("model", classifier)
    for text, ours, letters in zip(
        shown, found["shown"], found["letters"], strict=True
    ):
        assert close(ours, shown_in_javascript(page, text, 2)), (text, ours)
        assert close(letters, letters_value(page, text)), text
    for text, ours in zip(explained, found["readings"], strict=True):
        theirs = reading_in_javascript(page, text, ours)
        assert ours.keys() == theirs.keys()
        assert [key for key in ours if not close(ours[key], theirs[key])] == [], text


def test_whole_numbers_lose_little():
    classifier = load(SHIPPED)
    names = [name for name, _ in unpacked(ROOT / "data" / "names_test.csv.gz")][::60]
    found, shares = ask(classifier, "int8", answered=names, shown=[], k=1)
    assert np.abs(np.array(found["shares"]) - shares).max() < 0.02
