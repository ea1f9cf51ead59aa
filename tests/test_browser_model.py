"""A trained model in JavaScript against the same model in Python."""

import csv
import random
import re
import unicodedata

import numpy as np
import pytest
from conftest import REVIEWS, ROOT, SHIPPED
from models import load
from node import (
    CLASSIFIER,
    ask,
    close,
    is_same_view,
    packed,
    run_js,
)

from data.builder.rows import unpacked
from model.answering import problem_with
from model.answers.belief import UNSURE_FACTOR
from model.answers.decisions import TOGETHER
from model.answers.reply import reply
from model.tabs.name import spoken
from model.tabs.nearest import nearest_value
from model.tabs.page_model import PageModel
from model.tasks.typed import SENTENCES
from model.text.words import MAX_WORDS

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
    "it " * MAX_WORDS,
]
HARD += ["1\x1c2", "It isn't BAD, -LRB- or is n't it? -RRB-", "C# and .NET 👍🏽!"]


@pytest.fixture(scope="module", params=[SHIPPED, REVIEWS])
def both(request):
    """A page's model, texts and what JavaScript says of them, as it says it."""
    classifier = load(request.param)
    native = unpacked(ROOT / "data" / "native_test.csv.gz")
    texts = [*CHARACTERS, *HARD, *(name for name, _ in native[::40])]
    answered = [text for text in texts if not problem_with(classifier.model, text)][::4]
    explained = [*answered[::100], "Macron", "佐藤"]
    given = {
        "texts": texts,
        "answered": answered,
        "explained": explained,
        "shown": [*SHOWN, *explained],
    }
    found, shares = ask(classifier, "fp16", **given)
    return PageModel("model", classifier), given, found, shares


@pytest.mark.slow
def test_a_packed_model_reads_the_same_ids(both):
    page, given, found, _ = both
    encoder = page.model.encoder
    expected = [encoder.ids(encoder.read_units(text)) for text in given["texts"]]
    assert found["ids"] == expected


@pytest.mark.slow
def test_a_packed_model_has_nearly_the_same_probabilities(both):
    _, _, found, shares = both
    np.testing.assert_allclose(found["shares"], shares, rtol=0, atol=5e-4)


@pytest.mark.slow
def test_a_packed_model_shows_the_same(both):
    page, given, found, _ = both
    for text, ours in zip(given["shown"], found["shown"], strict=True):
        assert is_same_view(ours, page, text, most=1e-3), text
    for text, ours in zip(given["explained"], found["opened"], strict=True):
        assert is_same_view(ours, page, text, opened=True, most=1e-3), text


VERDICTS = """TextClassifier.load(Uint8Array.from(atob(given.model), (c) => c.charCodeAt(0)))
  .then((classifier) => given.texts.map((text) => {
    const {words, labels} = classifier;
    const reply = classifier.predict(text);
    return [reply.verdict, answer({reply, notes: [], words, labels})];
  }))"""


def texts_of_every_kind(classifier):
    """Names of the data, full, with titles, from outside, and mashed; sentences, too."""
    draw = random.Random(53)
    texts = (ROOT / "tests" / "data" / "mash.txt").read_text("utf-8").splitlines()[:20]
    for name in ("full_names", "outside_names", "outside_written"):
        with open(ROOT / "tests" / "data" / f"{name}.csv", encoding="utf-8") as file:
            texts += [row[0] for row in draw.sample(list(csv.reader(file)), 40)]
    for name in ("names_test", "native_test", "given_names"):
        rows = unpacked(ROOT / "data" / f"{name}.csv.gz")
        texts += [row[0] for row in draw.sample(rows, 100)]
    texts += [f"Señora {name}, PhD" for name in texts[140:200]]
    words = sorted(SENTENCES)
    texts += [" ".join(draw.sample(words, n)) for n in range(1, 5) for _ in range(10)]
    return [text for text in texts if not problem_with(classifier.model, text)]


@pytest.mark.slow
def test_a_text_has_the_same_verdict_everywhere(http):
    classifier = load(SHIPPED)
    texts = texts_of_every_kind(classifier)
    expected = [reply(answer)["verdict"] for answer in classifier.answers(texts)]

    data = {"data": ["\n".join(texts), None]}
    found = http.post("/gradio_api/run/predict_list", json=data).json()["data"][0]
    assert close([row["verdict"] for row in found], expected)

    given = {"model": packed(classifier, "fp16"), "texts": texts}
    found = run_js([*CLASSIFIER, "answer"], VERDICTS, given)
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


IN_TURN = """(async () => {
  const posted = [];
  globalThis.postMessage = ({id, done}) => done ?? posted.push(id);
  const ask = (id, method, asked) => onmessage({data: {id, method, given: asked}});
  await ask('load', 'load', Uint8Array.from(atob(given.model), (c) => c.charCodeAt(0)));
  await ask('view', 'view', {text: given.text});
  const work = [ask('search', 'nearest', {text: given.text}), ask('list', 'judge', given)];
  await new Promise((next) => setTimeout(next));
  await ask('key', 'view', {text: 'Rossi'});
  await Promise.all(work);
  return posted;
})()"""


@pytest.mark.slow
def test_a_key_is_answered_before_a_search_and_a_list():
    classifier = load(SHIPPED)
    text = "Wolfeschlegelsteinhausenbergerdorff"
    texts = [f"{letter}{text}" for letter in "abcdefghijklmnopqrstuvwxyz"]
    given = {"model": packed(classifier, "fp16"), "text": text, "texts": texts}
    in_order = run_js(["answering"], IN_TURN, given)
    assert in_order[:3] == ["load", "view", "key"]
    assert sorted(in_order[3:]) == ["list", "search"]


def test_no_change_leads_to_the_answer_and_what_is_no_name_has_none():
    page = PageModel("names", load(SHIPPED))
    for text in ("Oko", "Kim", "Moreno", "Smith", "Bauer"):
        verdict = page.classifier.answer(text).verdict
        found = nearest_value(page, text, page.alphabets)["nearest"]
        assert found, text
        assert not {row["label"] for row in found} & set(verdict.labels)
    sentence = "This is a whole sentence, not a name."
    assert nearest_value(page, sentence, page.alphabets)["nearest"] == []


ANSWERED = """TextClassifier.load(Uint8Array.from(atob(given.model), (c) => c.charCodeAt(0)))
  .then((classifier) => given.texts.map((text) => {
    const one = classifier.answer(text);
    return [one.part.text, notesOn(one, classifier), one.verdict];
  }))"""
ODD = list(
    "İıIiſKÅǅßẞςΣØ-‐’'.,;()\"“#@&/  \u3000\u200b\u0301\u0307ﾔﾞーｰ々〆・ʼº²Ⅷ①Ａﬁ😀7"
)


def damaged(draw, text):
    """Return a text with a few characters changed, in any of the ways that texts are."""
    for _ in range(draw.randint(1, 3)):
        i = draw.randrange(len(text) + 1)
        change = draw.choice([str.upper, str.lower, str.title, lambda part: ""])
        j = i + draw.randint(1, 4)
        text = draw.choice(
            [
                text[:i] + draw.choice(ODD) + text[i:],
                text[:i] + change(text[i:j]) + text[j:],
                text.replace("i", "İ").replace("ı", "I").upper(),
                unicodedata.normalize(draw.choice(["NFD", "NFKD", "NFKC"]), text),
            ]
        )
    return text


def drawn_names(draw, n):
    """Return names of the data, alone and as parts of full ones."""
    surnames, given = (
        [row[0] for file in files for row in unpacked(ROOT / "data" / file)]
        for files in (
            ("names_test.csv.gz", "native_test.csv.gz", "names_train.csv.gz"),
            ("given_names.csv.gz",),
        )
    )
    forms = ["{0}", "{1} {0}", "{0}, {1}", "{0} {1}", "{1} {0} {2}", "Dr. {1} {0}"]
    forms += ["{1} {3} {0}", "{0}, {1} {3}", "{1} {4} {0}", "{1} {0}-{2}", "{0}{1}"]
    particles = "de van von der di Dİ DI bin BİN al el y i İ mac O".split()
    names = []
    for _ in range(n):
        first, second = draw.choices(surnames, k=2)
        parts = first, draw.choice(given), second, draw.choice(particles)
        name = draw.choice(forms).format(*parts, draw.choice("ABİIYŞÖ"))
        names.append(draw.choice([name, name, name.upper()]))
    return names


@pytest.mark.nightly
def test_names_and_damaged_names_are_taken_apart_alike():
    classifier = load(SHIPPED)
    page, calibration = PageModel("names", classifier), classifier.model.calibration
    draw = random.Random(3)
    names = drawn_names(draw, 3000)
    texts = [*names, *(damaged(draw, name) for name in names)]
    texts = [text for text in texts if not problem_with(classifier.model, text)]
    given = {"model": packed(classifier, "fp16"), "texts": texts}
    found = run_js(CLASSIFIER, ANSWERED, given)
    unsure_below = calibration.unsure_below
    bounds = unsure_below, unsure_below * UNSURE_FACTOR, TOGETHER
    differ = []
    for text, theirs, (part, notes, verdict) in zip(
        texts, classifier.answers(texts), found, strict=True
    ):
        assert part == theirs.surname, text
        ours, expected = (
            [note for note in those if not note.startswith("In Latin")]
            for those in (notes, spoken(page, theirs)["notes"])
        )
        assert ours == expected, text
        kind, labels, probability, *_ = theirs.verdict
        first, second, *_ = sorted(theirs.network, reverse=True)
        near = [abs(probability - bound) for bound in bounds]
        near.append(abs(first - second - calibration.either_below))
        if (verdict["kind"], *verdict["labels"]) != (kind, *labels):
            differ.append((text, min(near)))
    assert not [text for text, near in differ if near >= 0.005]
