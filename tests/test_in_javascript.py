"""Small models in JavaScript against the same models in Python, to single precision's rounding.

test_browser_model.py does this with the shipped models and many more texts, and is slow.
"""

import copy
import json
import random
from dataclasses import replace
from functools import cache

import numpy as np
import pytest
import torch
from conftest import ROOT
from node import (
    CLASSIFIER,
    ask,
    close,
    is_same_view,
    packed,
    run_js,
)
from test_typed import (
    FORMS,
    FULL,
    GIVEN_NAMES,
    SURNAMES,
    TYPED_WORDS,
    UNTOUCHED,
    WHOLE,
)

from model import InputError, TextClassifier
from model.answering import problem_with
from model.answers import belief, decisions, explanation, gru_steps, known, mix
from model.answers import reply as reply_module
from model.answers.belief import believed, of_whole
from model.answers.known import Facts, LookUp
from model.answers.nearest import alphabets
from model.answers.reply import reply
from model.data.rows import Rows
from model.data.splits import to_dataset
from model.data.texts import match_key
from model.storage import browser
from model.storage.browser import (
    constants_of,
    encoder_rules,
    json_of,
    surname_rules,
)
from model.tabs import scripts
from model.tabs.markup import message_of
from model.tabs.nearest import nearest_value
from model.tabs.page_model import PageModel
from model.tasks import part
from model.tasks.custom import custom_task
from model.tasks.names import read_names
from model.tasks.part import surname_part
from model.tasks.recipe import LECTURE
from model.tasks.reviews import REVIEWS
from model.tasks.typed import OF_SENTENCES, as_typed, doubt
from model.text.letters import LetterEncoder
from model.training.build import build_model

# What two ways of adding in single precision differ by, after 400 words.
ROUNDING = 5e-5
SMALL = {"embedding_size": 6, "hidden_size": 5, "layers": 1}
NGRAMS = {
    "ngrams": (2, 3),
    "ngram_buckets": 50,
    "linear_ngrams": (1, 2, 3),
}
NGRAMS |= {"linear_buckets": 60, "pool": True}
DRAW = random.Random(1)
NAMES = (
    "Rossi o'neill Müller Straße İnan x e\u0301\u0323a Щукин Ле́бедев ΠΑΠΆΣ 김".split()
)
NAMES += [*"なかむら 佐藤 鈴木 a👍".split(), "DE VRIES", "ﬁn ㄱㅏ", "Ki\0m\x07"]
NAMES += [
    "".join(DRAW.choices("aeiorsnkltvüш", k=DRAW.randint(2, 9))) for _ in range(25)
]
FULL_NAMES = (
    "De_Vries Rossi,_Maria ,_Maria Maria_De_Luca van_der_Berg Rossi_Щукин".split()
)
FULL_NAMES += "佐藤_太郎 김민수 남궁민 김민수진 佐藤太郎_Kim I_love_you you".split()
FULL_NAMES = [text.replace("_", " ") for text in FULL_NAMES]
REFUSED = ["", " \x1f", "5", "👍", "\u200b", "x" * 101, "a" + "\u0301" * 102, "ﷺ" * 90]
REFUSED += [
    "2 Ωmega €\u200b\x00 a",
    "constructor",
    "__proto__",
    "the quick brown fox jumps over the lazy dogs x",
]
WORDS = ["a fine film", "It isn't BAD, -LRB- or is n't it? -RRB-", "dull — and slow"]
WORDS += [
    "C# and .NET 👍🏽!",
    "é \u200b well-made",
    "悪くない film",
    "👍",
    "a\x1cb",
    "fi\0ne\x07 film",
    "...",
]
WORDS += ["", "zzz", "film " * 410, "not a dull film and the good not bad"]


def names(data, **sizes):
    """Five labels with none, n-grams, some of kinds and of scripts, and a calibration."""
    dataset = read_names(data)
    more = Rows(["佐藤", "김", "Щукин", "Müller"], ["Japanese", *["Russian"] * 3])
    others = Rows(["Zuma", "Okonkwo", "Papadakis"], ["African", "African", "Greek"])
    dataset = replace(
        dataset,
        train=dataset.train + more,
        none=others,
        other_labels=["African", "Greek"],
        readings={"佐藤": "Satō"},
    )
    options = {
        "units": "letters",
        "kinds_in_ngrams": ("CJK",),
        "script_ngrams": (2,),
    }
    model = build_model(replace(LECTURE, **SMALL | NGRAMS | options | sizes), dataset)
    model.training_texts = {
        "rossi": {
            0: 0.2,
            1: 0.6,
            2: 0.2,
        },
        "佐藤": {1: 1.0},
    }
    model.look_up = LookUp(
        bearers={
            "김": {2: 5},
            "devries": {1: 9, 0: 9},
            "oneill": {3: 8},
            "лебедев": {3: 20, 0: 1},
            "muller": {0: 30, 2: 20},
            "x": {2: 2},
        },
        peoples={"oneill": ["Indian"], "лебедев": ["Greek", "Serbian"]},
        unseen={"muller": {0: 0.45, 2: 0.55}, "rossi": {0: 1.0}},
        given={
            "rossi": (-4, [1, 2]),
            "strasse": (3, ["Turkish", 0]),
            "x": (4, [0]),
            "鈴木": (-2, [1, 2]),
        },
    )
    model.calibration.bias = [0.3, -0.2, 0.1, -1.0, -1.4]
    return model


def reviews(data):
    """Words on a scale; one direction and two layers."""
    sizes = SMALL | {"layers": 2, "bidirectional": False}
    model = build_model(
        replace(REVIEWS.recipe, **sizes, **NGRAMS, word_vectors=""), data
    )
    model.calibration.bias = [0.1, 0.2, -0.1, 0.0, 0.3]
    model.training["task"] = "reviews"  # which has a scale
    return model


def custom(units):
    """Labels without none, whose names are those of what objects have in JavaScript."""
    task = custom_task({"units": units, "keep_case": units == "letters"})
    texts = [
        f"{a} fine {b}" for a in ("a", "Not", "C#", "👍") for b in ("film", "é", "mess")
    ]
    labels = ["__proto__", "constructor", "<img>"] * 4
    recipe = replace(task.recipe, **SMALL | NGRAMS | {"ngrams": (), "linear_rank": 2})
    model = build_model(recipe, to_dataset({"train": Rows(texts, labels)}, task.kind))
    model.training["task"] = task.description
    if units == "letters":  # texts of words are in no page
        model.training_texts = {"constructor": {0: 0.5, 2: 0.5}}
    return model


def with_drawn_weights(model):
    torch.manual_seed(4)
    for weight in model.network.parameters():
        torch.nn.init.normal_(weight, std=0.8)
    model.calibration.gru_weight = 0.3
    model.calibration.temperature = 1.2
    model.calibration.length_power = 0.2
    model.calibration.lead_power = 0.3
    model.calibration.unsure_below = 0.45
    model.calibration.either_below = None if model.task.kind.on_a_scale else 0.4
    return TextClassifier(model)


MODELS = {
    "names": (lambda data, _: names(data), NAMES + FULL_NAMES, REFUSED),
    "reviews": (lambda _, data: reviews(data), WORDS, []),
    "own letters": (lambda *_: custom("letters"), NAMES, [*REFUSED, *WORDS]),
    "own words": (lambda *_: custom("words"), WORDS, REFUSED),
    "lecture": (
        lambda data, _: build_model(
            replace(LECTURE, **SMALL | {"layers": 2}), read_names(data)
        ),
        NAMES,
        [],
    ),
}


@pytest.fixture(scope="module", params=MODELS)
def both(request, small_data, reviews):
    """A page's model, texts and what JavaScript says of them, as it says it."""
    make, texts, refused = MODELS[request.param]
    classifier = with_drawn_weights(make(small_data, reviews))
    answered = [text for text in texts if not problem_with(classifier.model, text)]
    given = {
        "answered": answered,
        "shown": [*texts, *refused],
    }
    given |= {
        "explained": answered[::4],
        "nearest": answered[::4],
        "counts": [0, 2, 1.5, len(classifier.labels) + 1],
    }
    found, shares = ask(classifier, "fp16", **given)
    return PageModel("model", classifier), given, found, shares


def test_probabilities_are_the_same(both):
    _, _, found, shares = both
    np.testing.assert_allclose(
        found["shares"],
        shares,
        rtol=0,
        atol=ROUNDING,
    )


def test_the_page_shows_the_same(both):
    page, given, found, _ = both
    for text, ours in zip(given["shown"], found["shown"], strict=True):
        assert is_same_view(ours, page, text), text
    for text, ours in zip(given["explained"], found["opened"], strict=True):
        assert is_same_view(ours, page, text, opened=True), text


def test_a_changed_letter_leads_to_the_same_labels(both):
    page, given, found, _ = both
    classifier = page.classifier
    letters = alphabets(classifier.model.encoder, classifier.model.training_texts)
    for text, ours in zip(given["nearest"], found["nearest"], strict=True):
        assert close(ours, nearest_value(page, text, letters), ROUNDING), text


PRODUCTS = """TextClassifier.load(Uint8Array.from(atob(given.model), (c) => c.charCodeAt(0)))
  .then((classifier) => {
    const {forward} = Linear.prototype;
    let n = 0;
    Linear.prototype.forward = function (input) { n += 1; return forward.call(this, input); };
    return given.texts.map((text) => {
      n = 0;
      return [classifier.predict(text), n];
    });
  })"""


def products(classifier, *texts):
    """Return the answers to texts, read one after the other, each with its products of matrices."""
    return run_js(
        CLASSIFIER, PRODUCTS, {"model": packed(classifier, "fp16"), "texts": texts}
    )


VERDICT_CASES = ROOT / "tests" / "data" / "verdicts.json"
VERDICTS = """given.map(({labels, joint, doubt, given, is_read: isRead, thresholds: each}) => {
  const {unsure_below: unsureBelow, either_below: eitherBelow, on_a_scale: onAScale} = each;
  const together = Math.max(0.8, unsureBelow);
  const evidence = evidenceOf(joint, labels, {unsureBelow, eitherBelow, together, onAScale});
  const {source, ...verdict} = decide({...evidence, doubt, given, isRead});
  return verdict;
})"""


def test_verdicts_are_those_of_the_hand_worked_cases():
    cases = json.loads(VERDICT_CASES.read_text())
    found = run_js(["decisions"], VERDICTS, cases)
    for case, verdict in zip(cases, found, strict=True):
        assert verdict == case["expected"], case["why"]


@pytest.mark.slow
def test_what_a_text_has_in_common_with_the_one_before_is_not_read_again(small_data):
    classifier = with_drawn_weights(names(small_data))
    (alone, all_of_it), *_ = products(classifier, "papadopoulos")
    for before in ("papadopoulos", "papadopoules", "fapadopoulos", "papaopoulos"):
        _, (after, rest) = products(classifier, before, "papadopoulos")
        assert after == alone
        assert rest < 0.8 * all_of_it


def test_three_labels_are_predicted_if_no_number_is_given(both):
    page, given, found, _ = both
    for text, ours in zip(given["explained"], found["predicted"], strict=True):
        theirs = reply(page.classifier.answer(text))
        if ours["romanised"] is None:
            del ours["romanised"], theirs["romanised"]
        assert close(ours, theirs, ROUNDING), text


def test_a_number_of_labels_that_cannot_be_given_is_refused_in_the_same_words(both):
    page, given, found, _ = both
    for k, ours in zip(given["counts"], found["refused"], strict=True):
        problem = None
        try:
            page.classifier.answer("a", k)
        except InputError as error:
            problem = message_of(error)
        assert ours == problem, k


def test_the_texts_above_have_every_kind_of_answer(small_data):
    """Or the tests above would say little."""
    classifier = with_drawn_weights(names(small_data))
    answers = classifier.answers([*NAMES, *FULL_NAMES])
    kinds = {"label", "either", "unsure", "none"}
    assert {answer.of_network.kind for answer in answers} == kinds
    assert {answer.verdict.kind for answer in answers} == kinds | {"given", "text"}
    sources = {answer.verdict.source for answer in answers}
    assert sources == {"network", "data"}


def halved(values):
    return values.half().float()


def test_a_table_of_whole_numbers_answers_as_the_weights_that_they_stand_for(
    small_data,
):
    """A row is 127ths of its largest, itself in half precision, as are all smaller parts."""
    classifier = with_drawn_weights(names(small_data, linear_buckets=40_000))
    expected = copy.deepcopy(classifier)
    for name, weight in expected.model.network.named_parameters():
        if name == "linear_ngrams.table.weight":
            largest = weight.abs().amax(dim=-1, keepdim=True)
            scale = halved(largest / 127)
            weight.data = scale * (weight / scale).round()
        else:
            weight.data = halved(weight)
    found, _ = ask(classifier, "int8", answered=NAMES, shown=[])
    shares = np.column_stack(expected.predict_all(NAMES))
    np.testing.assert_allclose(
        found["shares"],
        shares,
        rtol=0,
        atol=2e-6,
    )


def test_equal_probabilities_stand_in_the_order_of_the_labels(small_data):
    classifier = with_drawn_weights(names(small_data))
    for weight in classifier.model.network.parameters():
        weight.data.zero_()
    classifier.model.calibration.bias = [0.0, 1.0, 1.0, 0.0, 0.0]
    found, _ = ask(
        classifier,
        "fp16",
        answered=["Kim"],
        shown=["Kim"],
        k=3,
    )
    order = [of["label"] for of in found["shown"][0]["reply"]["predictions"]]
    assert order == ["Japanese", "Russian", "Italian"]


BELIEFS = """given.texts.map(([surname, whole, bearers, isSeen]) => {
  const belief = believed(surname, bearers, isSeen, given.numbers);
  return [belief, ofWhole(belief, whole, surname, given.numbers)];
})"""


def test_network_and_bearers_are_weighed_alike(small_data):
    draw = np.random.default_rng(1)
    network, whole = draw.dirichlet([0.3] * 6, (2, 200))
    bearers = [dict(draw.integers([[0, 1]] * 2, [6, 40]).tolist()) for _ in network]
    bearers[:20] = [{}] * 20
    seen = draw.random(200) < 0.5
    texts = zip(network.tolist(), whole.tolist(), bearers, seen.tolist(), strict=True)
    numbers = json_of(names(small_data))["belief"]
    found = run_js(["belief"], BELIEFS, {"texts": [*texts], "numbers": numbers})
    belief = believed(network, bearers, seen)
    expected = np.stack([belief, of_whole(belief, whole, network)], axis=1)
    np.testing.assert_allclose(found, expected, rtol=1e-9)


SHOWN = """Promise.all(given.models.map(async ({packed, numbers}) => {
  const bytes = Uint8Array.from(atob(packed), (c) => c.charCodeAt(0));
  const classifier = await TextClassifier.load(bytes);
  const judged = given.texts.map((text) => classifier.judge(classifier.readText(text)));
  const views = given.texts.map((text) => {
    const {reply, notes, units, letters} = classifier.view(text);
    return {...reply, weights: '', notes, units, letters};
  });
  const mixes = [[0.3, 0.3, 0.2, 0.2], [0.5, 0.3, 0.2, 0]].map((usual) => {
    return mixOf(judged, {...numbers, usual});
  });
  return JSON.stringify([views, mixes]);
}))"""
SHARED = [belief, decisions, explanation, gru_steps, known, mix, reply_module, part]
# Of intervals, which JavaScript has none of, and typed.py's, which have other names there
IN_PYTHON = {"MOST_ROWS", "WITHIN", "COMMA", "LONGEST"}


@pytest.mark.slow
def test_javascript_follows_each_number_and_text_that_it_shares(
    small_data, monkeypatch
):
    """Ten times as much, or a tenth, changes what it shows of one of the texts."""
    model = with_drawn_weights(names(small_data)).model
    model.labels[0] = "Spanish"
    counts = {"garcia": {0: 40}, "marquez": {0: 50}, "lopez": {0: 8}, "zuma": {3: 5}}
    model.look_up.bearers |= counts | {"strasse": {0: 20}, "ito": {1: 9}}
    model.look_up.given |= {"anna": (2, [0]), "ito": (3, [1])}
    rules = {model.encoder: encoder_rules(model.encoder)}
    monkeypatch.setattr(browser, "encoder_rules", rules.__getitem__)
    monkeypatch.setattr(browser, "runs", cache(browser.runs))

    def made(look_up):
        classifier = TextClassifier(replace(model, look_up=look_up))
        return {"packed": packed(classifier, "fp16"), "numbers": constants_of(mix)}

    look_ups = model.look_up, LookUp()
    models = [made(look_up) for look_up in look_ups]
    changed = []
    for module in SHARED:
        for name, value in [*vars(module).items()]:
            is_shared = name.isupper() and name[0] != "_"
            if not is_shared or not isinstance(value, int | float | str):
                continue
            for factor in (10, 0.1):
                other = "other" if isinstance(value, str) else value * factor
                monkeypatch.setattr(module, name, other)
                has_no_data = (
                    name == "TRAINED_BEARERS"
                )  # which then stand in for others
                models.append(made(look_ups[has_no_data]))
                changed.append((name, has_no_data))
            monkeypatch.setattr(module, name, value)
    texts = [*NAMES, *FULL_NAMES, "Garcialopez", "Garciamarquez", "Zuma", "Anna Ito"]
    texts.append("Ro🙂⚡✂i")
    *usual, _ = found = run_js(
        [*CLASSIFIER, "mix"], SHOWN, {"models": models, "texts": texts}
    )
    followed = {
        name
        for (name, has_no_data), shown in zip(changed, found[2:], strict=True)
        if shown != usual[has_no_data]
    }
    assert {name for name, _ in changed} - followed == IN_PYTHON


TYPED = """(({encoder, rules, words, unknown, texts}) => {
  const reader = readerOf(encoder);
  const read = compiled(rules);
  const wordOf = (text) => words[reader.key(text)] ?? unknown;
  const finder = new PartFinder(read, reader, wordOf);
  return texts.map((text) => {
    const {name, leftOut} = asTyped(text, read, reader);
    const part = finder.part(name);
    const note = partNote({part, name}, {surnames: read});
    return [name, leftOut, part, note, doubtOf(text, read)];
  });
})(given)"""


def texts_as_typed():
    texts = [*FORMS, *UNTOUCHED, *FULL, *WHOLE, *NAMES, "a@example.org", "@ana", "TH"]
    words = [*TYPED_WORDS, *SURNAMES, *GIVEN_NAMES]
    words += ["MORA", "Kim", "Van", "de", "La-Ha"]
    for _ in range(800):
        some = DRAW.choice([words, [*SURNAMES, *GIVEN_NAMES], sorted(OF_SENTENCES)])
        chosen = DRAW.choices(some, k=DRAW.randint(1, 5))
        spelt = [DRAW.choice([word, word.title()]) for word in chosen]
        texts.append(DRAW.choice([" ", " ", " ", ", ", ""]).join(spelt))
    return texts


def test_a_text_is_read_as_typed_in_the_same_way():
    texts = texts_as_typed()
    unknown = Facts()
    words = {}
    for name in {**SURNAMES, **GIVEN_NAMES}:
        words[name] = Facts(
            [(label, 1.0) for label in SURNAMES.get(name, [])],
            given=GIVEN_NAMES.get(name, []),
            times=DRAW.randint(-4, 4),
            is_surname=DRAW.random() < 0.5,
        )
    as_json = {
        name: {
            "surname": word.surname,
            "given": word.given,
            "times": word.times,
            "isCommon": word.is_common,
        }
        for name, word in [*words.items(), ("", unknown)]
    }
    given = {
        "encoder": encoder_rules(LetterEncoder.from_texts(texts)),
        "rules": surname_rules(),
        "words": as_json,
        "unknown": as_json[""],
        "texts": texts,
    }
    found = run_js(CLASSIFIER, TYPED, given)
    for text, ours in zip(texts, found, strict=True):
        name, left_out = as_typed(text)
        part = surname_part(name, lambda word: words.get(match_key(word), unknown))
        shown = {
            "text": part.text,
            "isCertain": part.is_certain,
            "other": part.other,
        }
        note = "".join(part.notes(name))
        assert ours == [name, list(left_out), shown, note, doubt(text)], text


CLASH = {
    "one.js": "import {\n  a,\n} from './other.js';\n\nfunction b() {}\n",
    "other.js": "export const a = 1;\nconst {b} = a;\n",
}


def test_a_name_that_two_files_of_a_script_declare_is_refused(monkeypatch):
    file = scripts.web
    monkeypatch.setattr(scripts, "web", lambda name: CLASH.get(name) or file(name))
    with pytest.raises(ValueError, match=r"other\.js and one\.js both declare b"):
        scripts.script("one")
