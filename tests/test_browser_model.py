"""A trained model in JavaScript against the same model in Python."""

import base64
import csv
import gzip
import random
import string
import unicodedata
from dataclasses import replace

import numpy as np
import pytest
import torch
from conftest import ROOT, SHIPPED
from models import load
from node import run

from model import TextClassifier
from model.data.labelled import to_dataset
from model.data.rows import Rows
from model.errors import InputError
from model.storage.browser import pack
from model.tabs.name import answer_value, letters_value
from model.tabs.page_model import PageModel
from model.tabs.reading import reading
from model.tasks.custom import custom_task, read_description
from model.tasks.names import read_names
from model.tasks.recipe import LECTURE
from model.training.build import build

ANSWERS = """TextClassifier.load(Uint8Array.from(atob(given.model), (c) => c.charCodeAt(0)))
  .then((classifier) => ({
    ids: given.texts.map((text) => classifier.reader.ids(classifier.reader.read(text))),
    answers: given.answered.map((text) => {
      try { return classifier.answer(text); } catch (error) { return error.message; }
    }),
    shares: given.answered.slice(0, given.readable).map((text) => {
      const {network} = classifier, ids = classifier.idsOf(classifier.reader.read(text));
      const {labels, none} = network.probabilities(network.outputsOf(ids));
      return [...labels, none];
    }),
    explained: given.explained.map((text) => classifier.explain(text)),
    shown: given.shown.map((text) => classifier.shown(text, given.k)),
    letters: given.shown.map((text) => classifier.letters(text)),
    readings: given.explained.map((text) => classifier.reading(text)),
  }))"""
# Every 701st character that this Python knows, and what has been hard to read before
CHARACTERS = [chr(i) for i in range(33, 0x30000, 701) if unicodedata.category(chr(i)) != "Cn"]
HARD = "O’Neill Straße ΠΑΠΑΣ Ле́бедев ﬁn ㄱㅏ İnan e\u0301é a\u200bb well-made 悪くない".split()
# Notes, problems, and texts that are names of what JavaScript's objects have
SHOWN = "De_Vries Van_der Rossi,_Maria Maria_De_Luca 김민수 남궁민 佐藤_太郎 Щукин なかむら".split()
SHOWN = ["", *(text.replace("_", " ") for text in SHOWN), "2 Ωmega €\u200b\x00", " \x1f", "É" * 50]
SHOWN += ["x" * 101, "ﷺ" * 90, "".join(random.Random(0).choices("ᾂᾃᾄᾅᾆᾇᾒᾓᾔᾕ", k=90))]
SHOWN += ["constructor", "__proto__", "a 👍\ufeff", "zounds", "\u200b", "it " * 402]
HOSTILE = ["<img src=x onerror=alert(1)>", "__proto__", "constructor"]
HARD += ["1\x1c2", "It isn't BAD, -LRB- or is n't it? -RRB-", "C# and .NET 👍🏽!"]


def custom(units):
    """A model of 300 labels that has learnt nothing, with weights drawn at random."""
    draw = random.Random(0)
    texts = ["".join(draw.choices(string.ascii_lowercase + " é👍#", k=9)) for _ in range(2400)]
    labels = [*HOSTILE, *(f"label {i}" for i in range(297))] * 8
    task = custom_task(read_description({"units": units, "symbols": True}))
    sizes = {"hidden_size": 8, "embedding_size": 100, "layers": 2, "linear_rank": 5}
    recipe = replace(task.recipe, **sizes, linear_buckets=200, ngram_buckets=50)
    model = build(recipe, to_dataset({"train": Rows(texts, labels)}, task.words))
    model.training["task"] = task.record
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
        torch.nn.init.normal_(weight, std=0.4)
    return TextClassifier.of(model)


def close(ours, theirs):
    """Whether two pieces of JSON are the same but for numbers that differ by 1e-3."""
    if isinstance(theirs, dict):
        return ours.keys() == theirs.keys() and all(close(ours[key], theirs[key]) for key in ours)
    if isinstance(theirs, list | tuple | np.ndarray):
        return len(ours) == len(theirs) and all(map(close, ours, theirs))
    return ours == pytest.approx(theirs, abs=1e-3) if isinstance(theirs, float) else ours == theirs


@pytest.mark.parametrize("which", ["names", "reviews", "lecture", "letters", "words"])
def test_a_packed_model_reads_answers_and_explains_in_javascript_as_in_python(which, small_data):
    classifier = small(which, small_data)
    texts = [*CHARACTERS, *HARD]
    with gzip.open(ROOT / "data" / "native_test.csv.gz", "rt", encoding="utf-8") as file:
        texts += [name for name, _ in csv.reader(file)][::40]
    answered = [text for text in texts if not classifier.problem_with(text)][::4]
    given = {"texts": texts, "answered": answered, "readable": len(answered)}
    given |= {"explained": [*answered[:: len(answered) // 6], "Macron", "Müller", "佐藤"]}
    given |= {"shown": [*SHOWN, *given["explained"]], "k": 2}
    encoded = base64.b64encode(pack(classifier, "fp16")).decode()
    found = run(["network.js", "classifier.js"], ANSWERS, given | {"model": encoded})
    encoder = classifier.encoder
    assert found["ids"] == [encoder.ids(encoder.read(text)) for text in texts]
    shares = np.column_stack(classifier.predict_all(answered))
    assert np.abs(np.array(found["shares"]) - shares).max() < 5e-4
    for text, ours in zip(answered, found["answers"], strict=True):
        theirs = classifier.answer(text)
        assert isinstance(ours, dict), (text, ours)
        assert (ours["unsure"], ours["isNone"]) == (theirs.unsure, theirs.is_none), text
        assert ours["either"] == (list(theirs.either) if theirs.either else None)
        assert (ours["side"] or [None])[0] == (theirs.side or [None])[0]
    page = PageModel("model", classifier)
    for text, ours, letters in zip(given["shown"], found["shown"], found["letters"], strict=True):
        theirs = answer_value(page, text, given["k"])
        if "reply" in ours and ours["reply"]["romanised"] is None:  # where a letter is not Latin
            theirs["reply"]["romanised"] = None
            kana = theirs["notes"] and text not in classifier.readings  # or Russian letters
            theirs["notes"] = [
                n for n in theirs["notes"] if not (kana and n.startswith("In Latin"))
            ]
        assert close(ours, theirs), (text, ours, theirs)
        assert close(letters, letters_value(page, text)), text
    for text, ours in zip(given["explained"], found["readings"], strict=True):
        theirs = reading(page, text)
        for name in ("embedding", "given", "memory", "states"):  # thousandths, and no larger ones
            theirs[name] = np.frombuffer(base64.b64decode(theirs[name]), "<i2") / 1000
            ours[name] = np.clip(ours[name], -32.768, 32.767)
        assert ours.keys() == theirs.keys()
        assert [key for key in ours if not close(ours[key], theirs[key])] == [], text
    for text, ours in zip(given["explained"], found["explained"], strict=True):
        theirs = classifier.explain(text, classifier.task.words.on_a_scale)
        assert ours["label"] == theirs.label
        pieces, values = zip(*ours["contributions"], strict=True)
        assert pieces == tuple(piece for piece, _ in theirs.contributions)
        assert values == pytest.approx([value for _, value in theirs.contributions], abs=1e-3)


def test_whole_numbers_lose_little_and_a_text_that_cannot_be_read_is_refused_in_the_same_words():
    classifier = load(SHIPPED)
    texts = ["", "  ", "5", "x" * 101, "a" + "\u0301" * 102]
    with gzip.open(ROOT / "data" / "names_test.csv.gz", "rt", encoding="utf-8") as file:
        names = [name for name, _ in csv.reader(file)][::60]
    model = pack(classifier, "int8")
    assert len(model) < 4.5e6
    given = {"texts": [], "answered": names + texts, "readable": len(names), "explained": []}
    given |= {"shown": ["Nakamura"], "k": 19}
    encoded = base64.b64encode(model).decode()
    found = run(["network.js", "classifier.js"], ANSWERS, given | {"model": encoded})
    shares = np.column_stack(classifier.predict_all(names))
    assert np.abs(np.array(found["shares"]) - shares).max() < 0.02
    for text, said in zip(texts, found["answers"][len(names) :], strict=True):
        assert said.startswith(classifier.problem_with(text)), text
    with pytest.raises(InputError) as error:
        classifier.predict("Nakamura", 19)
    assert found["shown"] == [{"problem": str(error.value)}]
