"""A list by its own mix, and sets of labels that keep a promise."""

import csv

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from models import load
from node import CLASSIFIER, close, packed, run_js

from model import TextClassifier
from model.__main__ import main
from model.answers import mix as mix_numbers
from model.answers.held_out import HeldOutRows
from model.answers.mix import MOST_ROWS, mix_of, shares_of
from model.answers.reply import reply
from model.errors import InputError
from model.storage.browser import constants_of
from model.tabs.listing import read_lines, read_rows, summary_of
from model.tabs.page_model import read_model

NAMES = "Silva Garcia Campbell Okafor Rossi Nakamura Martin Novak Smith Costa".split()
IN_JAVASCRIPT = """TextClassifier.load(Uint8Array.from(atob(given.model), (c) => c.charCodeAt(0)))
  .then((classifier) => {
    const cases = given.texts.map((text) => classifier.judge(classifier.readText(text)));
    const {shares, ratios} = mixOf(cases, given.mix);
    const answers = cases.map((judged) => classifier.conclude(judged, 3, ratios));
    return {shares, replies: answers.map((answer) => classifier.reply(answer))};
  })"""


@pytest.fixture(scope="module")
def classifier():
    return load("names")


def drawn(draw, shares, n):
    """Return the answers of a classifier that is calibrated, and what is right, by chance."""
    right = draw.choice(3, n, p=shares)
    evidence = draw.normal(size=(n, 3)) + 2 * np.eye(3)[right]
    weights = np.exp(2 * evidence)
    return weights / weights.sum(axis=1, keepdims=True), right


def test_the_mix_is_found_and_its_interval_holds():
    draw = np.random.default_rng(0)
    true = np.array([0.7, 0.1, 0.2])
    held = []
    nobody = np.zeros(300, bool)
    for _ in range(100):
        known = HeldOutRows(*drawn(draw, [1 / 3] * 3, 1500))
        joint, _ = drawn(draw, true, 300)
        mix = mix_of(joint, np.ones(300, int), known, nobody)
        assert mix.shares.sum() == pytest.approx(1)
        low, high = mix.interval
        held.append((low <= true) & (true <= high))
        assert mix.shares[:2] == pytest.approx(true[:2], abs=0.15)
    assert np.mean(held) > 0.85
    many = np.ones(len(joint), int) * MOST_ROWS
    assert mix_of(joint, many, known, nobody).interval is None


def test_rows_that_bearers_decide_count_whole():
    """By hand: 1.645 √(100 · .9 · .1) are 4.9 of 100 rows."""
    known = HeldOutRows(*drawn(np.random.default_rng(3), [1 / 3] * 3, 1500))
    joint = np.array([[0.9, 0.1, 0.0], [0.1, 0.9, 0.0]])
    mix = mix_of(joint, np.array([75, 25]), known, np.ones(2, bool))
    assert mix.shares == pytest.approx([0.75, 0.25, 0])
    assert mix.interval[:, 0] == pytest.approx([0.70, 0.80])
    mix = mix_of(joint, np.array([75, 25]), known, np.array([True, False]))
    [of_others] = mix.moved(joint[1:])
    rows = [75, 0, 0] + 25 * of_others + 1.5 * mix.usual  # of six for all rows
    assert mix.shares == pytest.approx(rows / 101.5, abs=1e-5)


def test_a_repeated_text_counts_as_often_as_it_stands_there():
    joint, _ = drawn(np.random.default_rng(1), [0.2, 0.5, 0.3], 20)
    counts = np.arange(20)
    usual = np.array([0.4, 0.4, 0.2])
    one_by_one = shares_of(np.repeat(joint, counts, axis=0), np.ones(190), usual)
    assert shares_of(joint, counts, usual) == pytest.approx(one_by_one)


@pytest.mark.parametrize("coverage", [0.8, 0.9])
def test_sets_hold_each_label_as_often_as_promised(coverage):
    draw = np.random.default_rng(2)
    known = HeldOutRows(*drawn(draw, [0.8, 0.1, 0.1], 3000))
    joint, right = drawn(draw, [0.8, 0.1, 0.1], 20_000)
    is_in = known.sets(joint, coverage)
    for label in range(3):
        own = is_in[right == label, label]
        assert coverage - 0.04 < own.mean() < coverage + 0.08  # no set is empty


def test_a_label_of_eight_rows_has_the_threshold_of_all():
    joint = np.repeat([[0.6, 0.3, 0.1], [0.2, 0.8, 0.0]], [40, 8], axis=0)
    thresholds, is_pooled = HeldOutRows(joint, np.repeat([0, 1], [40, 8])).thresholds(
        0.9
    )
    assert is_pooled.tolist() == [False, True, True]
    assert thresholds.tolist() == [0.6, 0.6, np.inf]


@given(st.lists(st.sampled_from(NAMES), min_size=1, max_size=50))
@pytest.mark.slow
def test_rows_stay_and_neighbours_do_not_matter(texts):
    classifier = load("names")
    answers = classifier.answers(texts, 18)
    assert [answer.text for answer in answers] == texts
    for answer in answers:
        assert sum(
            share for _, share in answer.predictions
        ) + answer.none == pytest.approx(1)
        alone = classifier.answer(answer.text, 18)
        assert close(reply(answer), reply(alone))


@pytest.mark.slow
def test_page_command_line_python_and_javascript_agree_on_a_list(classifier, tmp_path):
    texts = NAMES[:5] * 8 + ["Costa", "Fonseca", "Kelly", "the cat sat"]
    answers = classifier.answers(texts, prior="list")
    source, output = tmp_path / "in.txt", tmp_path / "out.csv"
    source.write_text("\n".join(["name", *texts]))
    options = ["--prior", "list", "--sets", "0.9", "-o", str(output)]
    assert main(["predict", str(source), "--header", *options]) == 0
    rows = list(csv.DictReader(output.open()))
    names = {None: "none"}
    for row, answer in zip(rows, answers, strict=True):
        verdict = answer.verdict
        expected = (
            verdict.in_words,
            verdict.open,
            verdict.probability_of,
            answer.weights[:12],
        )
        columns = ("answer", "open", "probability_of", "weights")
        assert tuple(row[name] for name in columns) == expected
        assert float(row["answer_probability"]) == pytest.approx(
            verdict.probability, abs=6e-5
        )
        in_words = {names.get(label, label) for label in answer.likely_set}
        assert set(row["set"].split(", ")) == in_words
    assert rows[-1]["open"] == "text"
    on_page, mix, problem = read_rows(
        classifier, read_lines("\n".join(texts), classifier.model.hints), True
    )
    assert [answer for _, answer in on_page] == answers
    assert not problem
    given = {
        "model": packed(classifier, "fp16"),
        "texts": texts,
        "mix": constants_of(mix_numbers) | {"usual": mix.usual.tolist()},
    }
    found = run_js([*CLASSIFIER, "mix"], IN_JAVASCRIPT, given)
    assert found["shares"] == pytest.approx(mix.shares.tolist(), abs=1e-3)
    for theirs, answer in zip(found["replies"], answers, strict=True):
        ours = reply(answer)
        for key in ("text", "set", "weights"):
            assert theirs[key] == ours[key]
        for key in ("kind", "labels", "open", "probability_of", "source"):
            assert theirs["verdict"][key] == ours["verdict"][key]


def test_a_mix_moves_what_nobody_counted_and_people_decide(classifier):
    spanish = "Garcia Rodriguez Jimenez Munoz Ibanez".split()
    portuguese = "Ferreira Oliveira Pereira Teixeira Nogueira".split()
    texts = ["Fonseca", "Silva", *9 * spanish, *portuguese]
    plain, *_ = classifier.predict_batch(texts)
    moved, *_ = classifier.predict_batch(texts, prior="list")
    i = classifier.labels.index("Spanish")
    assert moved[i] > plain[i]
    assert moved.sum() == pytest.approx(1)
    silva = classifier.answers(texts, prior="list")[1]
    assert silva.verdict.labels == ("Portuguese",)


@pytest.mark.parametrize("prior", ["own", {"Irish": 1}])
def test_a_wrong_prior_is_refused(classifier, prior):
    for function in (classifier.answers, classifier.predict_batch):
        with pytest.raises(InputError, match='prior must be "list" or None'):
            function(NAMES, prior=prior)


def test_a_short_list_is_read_without_and_says_why(classifier):
    shown = read_model("names")
    table = read_lines("\n".join(NAMES), classifier.model.hints)
    rows, mix, problem = read_rows(classifier, table, True)
    assert mix is None
    assert "needs 30 usable rows, and the list has 10" in summary_of(
        shown, table, rows, True, problem
    )
    with pytest.raises(InputError, match="the list has 10"):
        classifier.answers([*NAMES, *[" "] * 30], any_text=True, prior="list")


def test_a_wrong_coverage_and_an_older_model_are_refused(small_classifier, classifier):
    for coverage in (1, "0.9"):
        with pytest.raises(InputError, match=r"from 0\.5 to 0\.99"):
            classifier.sets(NAMES, coverage)
    older = TextClassifier(small_classifier.model)
    with pytest.raises(InputError, match="without held-out rows"):
        older.sets(NAMES)
