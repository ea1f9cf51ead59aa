"""A trained model in JavaScript against the same model in Python."""

import csv
import random
import re
import string
import unicodedata
from dataclasses import asdict, replace

import numpy as np
import pytest
import torch
from conftest import ROOT, SHIPPED
from models import load
from node import (
    CLASSIFIER,
    ask,
    close,
    is_same_view,
    packed,
    run,
)

from data.builder.rows import unpacked
from model import TextClassifier
from model.__main__ import main
from model.answering import problem_with
from model.answers.reply import reply
from model.data.rows import Rows
from model.data.splits import to_dataset
from model.storage.browser import MixNumbers, tables_of
from model.tabs.page_model import PageModel
from model.tasks.custom import custom_task
from model.tasks.names import read_names
from model.tasks.recipe import LECTURE
from model.tasks.typed import SENTENCES
from model.training.build import build

# Every 701st character that this Python knows, and what has been hard to read before
CHARACTERS = [
    chr(i) for i in range(33, 0x30000, 701) if unicodedata.category(chr(i)) != "Cn"
]
HARD = "O’Neill Straße ΠΑΠΑΣ Ле́бедев ﬁn ㄱㅏ İnan e\u0301é a\u200bb well-made 悪くない".split()
HARD += "O`Hara O´Hara Oˈx".split()
# Notes, problems, and texts that are names of what JavaScript's objects have
SHOWN = [
    "",
    "De Vries",
    "Van der Rossi, Maria",
    "Maria De Luca",
    "김민수",
    "남궁민",
    "佐藤 太郎",
    "Щукин",
    "なかむら",
    "2 Ωmega €\u200b\x00",
    " \x1f",
    "5",
    "x" * 101,
    "a" + "\u0301" * 102,
    "ﷺ" * 90,
    "".join(random.Random(0).choices("ᾂᾃᾄᾅᾆᾇᾒᾓᾔᾕ", k=90)),
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
    characters = string.ascii_lowercase + " é👍#"
    texts = ["".join(draw.choices(characters, k=9)) for _ in range(2400)]
    labels = [*HOSTILE, *(f"label {i}" for i in range(297))] * 8
    task = custom_task({"units": units})
    recipe = replace(
        task.recipe,
        hidden_size=8,
        embedding_size=100,
        layers=2,
        linear_rank=5,
        linear_buckets=200,
        ngram_buckets=50,
    )
    dataset = to_dataset({"train": Rows(texts, labels)}, task.kind)
    model = build(recipe, dataset)
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


class Both:
    """What JavaScript and Python make of the same texts by one model."""

    def __init__(self, classifier):
        native = unpacked(ROOT / "data" / "native_test.csv.gz")
        self.classifier = classifier
        self.page = PageModel("model", classifier)
        self.texts = [*CHARACTERS, *HARD, *(name for name, _ in native[::40])]
        valid = [
            text for text in self.texts if not problem_with(classifier.model, text)
        ]
        self.answered = valid[::4]
        some = self.answered[:: len(self.answered) // 4]
        self.explained = [*some, "Macron", "佐藤"]
        self.shown = [*SHOWN, *self.explained]
        self.in_javascript, self.shares = ask(
            classifier,
            "fp16",
            texts=self.texts,
            answered=self.answered,
            explained=self.explained,
            shown=self.shown,
        )

    def pairs(self, texts, part):
        return zip(texts, self.in_javascript[part], strict=True)


@pytest.fixture(
    scope="module",
    params=[
        "names",
        "reviews",
        "letters",
        *(pytest.param(which, marks=pytest.mark.nightly) for which in REST),
    ],
)
def both(request, small_data):
    return Both(small(request.param, small_data))


def test_a_packed_model_reads_the_same_ids(both):
    encoder = both.classifier.model.encoder
    expected = [encoder.ids(encoder.read(text)) for text in both.texts]
    assert both.in_javascript["ids"] == expected


def test_a_packed_model_has_nearly_the_same_probabilities(both):
    shares = np.array(both.in_javascript["shares"])
    assert np.abs(shares - both.shares).max() < 5e-4


def test_a_packed_model_shows_the_same(both):
    for text, ours in both.pairs(both.shown, "shown"):
        assert is_same_view(ours, both.page, text, most=1e-3), text
    for text, ours in both.pairs(both.explained, "opened"):
        assert is_same_view(ours, both.page, text, opened=True, most=1e-3), text


def test_whole_numbers_lose_little():
    classifier = load(SHIPPED)
    names = [name for name, _ in unpacked(ROOT / "data" / "names_test.csv.gz")][::60]
    in_javascript, expected = ask(
        classifier,
        "int8",
        answered=names,
        shown=[],
    )
    shares = np.array(in_javascript["shares"])
    assert np.abs(shares - expected).max() < 0.02


VERDICTS = """TextClassifier.load(Uint8Array.from(atob(given.model), (c) => c.charCodeAt(0)))
  .then((classifier) => given.texts.map((text) => {
    const {words, labels} = classifier;
    const reply = classifier.predict(text);
    return [reply.verdict, answer({reply, notes: [], words, labels})];
  }))"""


def texts_of_every_kind(classifier):
    """500 texts: names learnt, unseen, given, full, with titles, from outside, and mashed."""
    draw = random.Random(53)
    texts = (ROOT / "tests" / "data" / "mash.txt").read_text("utf-8").splitlines()[:20]
    for name in ("full_names", "outside_names", "outside_written"):
        with open(ROOT / "tests" / "data" / f"{name}.csv", encoding="utf-8") as file:
            texts += [row[0] for row in draw.sample(list(csv.reader(file)), 40)]
    files = ("names_train", "names_test", "native_test", "given_names", "pretraining")
    for name in files:
        rows = unpacked(ROOT / "data" / f"{name}.csv.gz")
        texts += [row[0] for row in draw.sample(rows, 80)]
    titles = draw.choices(["Dr.", "Mr", "Señora", "Prof. Dr.", "г-н"], k=60)
    surnames = texts[140:200]
    texts += [f"{title} {name}" for title, name in zip(titles, surnames, strict=True)]
    texts += [f"{name}, PhD" for name in surnames]
    words = sorted(SENTENCES)
    texts += [" ".join(draw.sample(words, n)) for n in range(1, 5) for _ in range(15)]
    readable = [text for text in texts if not problem_with(classifier.model, text)]
    return draw.sample(readable, 500)


def test_a_text_has_the_same_verdict_everywhere(http, tmp_path):
    classifier = load(SHIPPED)
    texts = texts_of_every_kind(classifier)
    answers = classifier.answers(texts)
    expected = [reply(answer)["verdict"] for answer in answers]

    data = {"data": ["\n".join(texts), None]}
    found = http.post("/gradio_api/run/predict_list", json=data).json()["data"][0]
    assert close([row["verdict"] for row in found], expected)

    table = tmp_path / "names.csv"
    with open(table, "w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows([["name"], *([text] for text in texts)])
    assert main(["predict", str(table), "--output", str(tmp_path / "out.csv")]) == 0
    with open(tmp_path / "out.csv", encoding="utf-8", newline="") as file:
        in_words = [row["answer"] for row in csv.DictReader(file)]
    assert in_words == [answer.verdict.in_words for answer in answers]

    given = {"model": packed(classifier, "fp16"), "texts": texts}
    found = run([*CLASSIFIER, "answer"], VERDICTS, given)
    verdicts, drawings = zip(*found, strict=True)
    assert close(verdicts, expected)
    for verdict, html in zip(verdicts, drawings, strict=True):
        if verdict["kind"] in ("label", "either", "none"):
            headline = re.search('">([^<]*)<small>', html)[1]
            first = re.search('"of">([^<]*)<', html)[1]
            assert headline.split(" or ")[0] == first.removesuffix(" 18 languages")
    sources = {verdict["source"] for verdict in expected}
    kinds = {verdict["kind"] for verdict in expected}
    assert sources == {"network", "data"}
    assert kinds >= {"label", "either", "given", "unsure", "none", "text"}


READ = """unpack(bytesOf(given.model)).then(({model, weights}) => {
  const read = {};
  const watched = (section, numbers) => {
    read[section] = new Set();
    const get = (_, name) => { read[section].add(name); return numbers[name]; };
    return new Proxy(numbers, {get});
  };
  const [belief, known] = ['belief', 'known'].map((name) => watched(name, model[name]));
  const classifier = new TextClassifier({...model, belief, known}, weights);
  const judged = given.texts.map((text) => classifier.judged(classifier.read(text)));
  judged.forEach((text) => classifier.conclude(text, 1));
  mixOf(judged.concat(...Array(30).fill(judged)), watched('mix', given.mix));
  classifier.lookUp.bearers.clear(); // as of a custom model
  classifier.predict(given.texts[0]);
  return Object.entries(read).map(([name, names]) => [name, [...names]]);
})"""


def test_javascript_reads_each_number_of_python_and_no_other():
    classifier = load(SHIPPED)
    model = classifier.model
    tables = tables_of(model)
    mix = asdict(MixNumbers(model.held_out.prior.tolist()))
    texts = ["Rossi", "Maria Rossi", "Maria"]
    given = {"model": packed(classifier, "int8"), "texts": texts, "mix": mix}
    read = run([*CLASSIFIER, "mix", "packed"], READ, given)
    for name, names in read:
        assert sorted(names) == sorted((tables | {"mix": mix})[name])
