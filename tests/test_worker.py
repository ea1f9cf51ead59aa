"""The Web Worker of the tab Train as the page asks it, against PyTorch with the same weights."""

import random
import re
from collections import Counter

import numpy as np
import pytest
import torch
from conftest import ROOT
from networks import CELLS, gradients, pytorch, states_and_logits
from node import run_js, talk
from scipy.stats import kstest
from torch import nn
from torch.nn.functional import cross_entropy

from model.tabs.scripts import web

TEXTS = [f"{a}{b}{c}" for a in "klmnp" for b in "eiou" for c in "rst"]
LABELS = ["no"] * 45 + ["yes"] * 15  # at random: what is learnt is of no use elsewhere
random.Random(0).shuffle(LABELS)
LABEL_OF = dict(zip(TEXTS, LABELS, strict=True))


def as_table(labels):
    """Return a table with a line for each text of {text: label}."""
    return "".join(f"{text},{label}\n" for text, label in labels.items())


TABLE = as_table(LABEL_OF)
START = {
    "data": "own",
    "table": TABLE,
    "cells": ["gru"],
    "units": 6,
    "both": True,
    "rate": 0.1,
    "batch": 1000,
    "seed": 3,
}
FIRST = {"network": 0}
SECOND = {"network": 1}
ONE = ["one", {}]
WEIGHTS = ["weights", FIRST]
HELD_OUT = ["questions", FIRST]


def results_of(messages):
    return [message["result"] for message in messages if message.get("result")]


def results(*requests, **changes):
    """Return the results of a start with some settings and of what is asked then."""
    return results_of(talk([["start", START | changes], *requests]))


def look_at(text, moment=None):
    return ["look", FIRST | {"text": text, "moment": moment}]


def texts_of(rows):
    return [row["text"] for row in rows]


def training_texts(held_out):
    unseen = set(texts_of(held_out))
    return [text for text in TEXTS if text not in unseen]


def network_of(found):
    return pytorch(found["config"], found["weights"])


def rows_of(texts, found):
    """Return ids of texts of three letters, (3, N), and labels, as a network has them."""
    characters = found["encoder"]["characters"]
    ids = [[characters.index(letter) + 2 for letter in text] for text in texts]
    labels = [found["labels"].index(LABEL_OF[text]) for text in texts]
    return torch.tensor(ids).T, torch.tensor(labels)


def logits_of(network, ids):
    _, logits = states_and_logits(network, ids)
    return logits


def right_of(network, ids, labels):
    """Return whether each text is answered rightly."""
    return (logits_of(network, ids).argmax(1) == labels).numpy()


@pytest.mark.parametrize("cell", CELLS)
def test_steps_are_those_of_pytorch_on_the_training_texts_alone(cell):
    """The batch is all of them; the rate is so high that gradients grow, and are clipped."""
    asked = [HELD_OUT, WEIGHTS, *[ONE] * 6, WEIGHTS]
    _, held_out, before, after = results(*asked, cells=[cell], rate=0.5)
    network = network_of(before)
    ids, labels = rows_of(training_texts(held_out), before)
    optimiser = torch.optim.Adam(network.parameters(), 0.5)
    norms = []
    for _ in range(6):
        optimiser.zero_grad()
        cross_entropy(logits_of(network, ids), labels).backward()
        norms.append(nn.utils.clip_grad_norm_(network.parameters(), 1.0))
        optimiser.step()
    assert max(norms) > 1.1
    for name, weight in network.named_parameters():
        values = after["weights"][name]["values"]
        expected = weight.detach().flatten()
        np.testing.assert_allclose(values, expected, rtol=1e-4, atol=1e-4)


def test_a_point_of_the_curves_has_what_the_network_of_that_step_makes_of_either_side():
    asked = [["start", START | {"rate": 0.03}], HELD_OUT, *[ONE] * 3, WEIGHTS]
    messages = talk(asked)
    _, held_out, found = results_of(messages)
    network = network_of(found)
    points = [point for message in messages for point in message.get("curves", [])]
    assert [point["step"] for point in points] == [0, 1, 2, 3]
    (scores,) = points[-1]["values"]
    unseen = texts_of(held_out)
    sides = {"seen": training_texts(held_out), "unseen": unseen}
    for side, texts in sides.items():
        ids, labels = rows_of(texts, found)
        right = right_of(network, ids, labels)
        loss = cross_entropy(logits_of(network, ids), labels).item()
        assert scores[side]["right"] == pytest.approx(right.mean())
        of_labels = [right[labels == label].mean() for label in (0, 1)]
        assert scores[side]["byLabel"] == pytest.approx(of_labels)
        assert scores[side]["loss"] == pytest.approx(loss, abs=1e-5)


def test_each_training_text_is_read_once_a_pass_and_its_letters_alone_are_known():
    """Each text has a letter of its own, whose row changes when it is learnt."""
    own = {chr(0x4E00 + i): LABELS[i] for i in range(60)}
    given = START | {"rate": 0.01, "batch": 12, "table": as_table(own)}
    steps = [ONE, WEIGHTS] * 4
    messages = talk([["start", given], HELD_OUT, WEIGHTS, *steps, ONE])
    _, held_out, before, *after = results_of(messages)
    known = before["encoder"]["characters"]
    assert {*known} == {*own} - {*texts_of(held_out)}
    changed = []
    for found in [before, *after]:
        weights = [each["weights"]["embedding.weight"] for each in (before, found)]
        first, now = [np.reshape(each["values"], each["shape"]) for each in weights]
        changed.append(int(np.any(first != now, axis=1).sum()))
    assert changed == [0, 12, 24, 36, 48]
    events = [message for message in messages if "event" in message]
    places = [(event["epoch"], event["step"]) for event in events]
    assert places == [(0, 0), (1, 1), (1, 2), (1, 3), (1, 4), (2, 5)]


def test_of_each_label_one_text_in_five_is_held_out_and_answered_by_the_network():
    started, held_out, found = results(*[ONE] * 30, HELD_OUT, WEIGHTS)
    assert started["training"] == 48
    assert started["heldOut"] == 12
    assert started["majority"] == pytest.approx(9 / 12)
    n_of_label = Counter(row["label"] for row in held_out)
    assert n_of_label == {"no": 9, "yes": 3}
    last = held_out[-3:]  # what a visitor has seen is guessed at last
    examples = [{"text": row["text"], "label": row["label"]} for row in last]
    assert started["examples"] == examples
    assert {row["label"] for row in last} == {"no", "yes"}
    network = network_of(found)
    sizes = [weight.numel() for weight in network.parameters()]
    assert started["weights"] == [sum(sizes)]
    ids, _ = rows_of(texts_of(held_out), found)
    shares = logits_of(network, ids).softmax(1)
    for row, of_row in zip(held_out, shares, strict=True):
        best = int(of_row.argmax())
        assert row["label"] == LABEL_OF[row["text"]]
        assert row["answer"] == found["labels"][best]
        assert row["probability"] == pytest.approx(of_row[best].item(), abs=1e-6)
        assert row["choices"] == ["no", "yes"]


def test_the_same_seed_gives_the_same_start_and_another_one_another():
    start, again, other = (results(HELD_OUT, WEIGHTS, seed=seed) for seed in (3, 3, 4))
    assert again == start
    assert set(texts_of(start[1])) != set(texts_of(other[1]))
    assert start[2]["weights"] != other[2]["weights"]


@pytest.mark.parametrize("cell", CELLS)
def test_first_weights_are_drawn_as_pytorch_draws_them(cell):
    """Embeddings normal, but padding's 0; others uniform up to 1 / √inputs."""
    _, found = results(WEIGHTS, cells=[cell], units=64)
    weights = network_of(found).state_dict()
    padding, *others = weights.pop("embedding.weight")
    assert not padding.any()
    assert kstest(torch.cat(others), "norm").pvalue > 1e-3
    for name, values in weights.items():
        n_inputs = 2 * 64 if name.startswith("linear") else 64
        most = n_inputs**-0.5
        drawn = kstest(values.flatten(), "uniform", (-most, 2 * most))
        assert drawn.pvalue > 1e-3, name


def test_a_moment_has_weights_and_accuracy_of_then_and_changes_nothing_now():
    """Moments are kept at steps each at least 1.2 times the one before."""
    kept = [0, 1, 2, 3, 4, 5, 6, 8, 10]
    then = [["weights", FIRST | {"moment": i}] for i in range(len(kept))]
    steps = [ONE, WEIGHTS] * 10
    look = look_at("kes", moment=3)
    messages = talk([["start", START], HELD_OUT, WEIGHTS, *steps, *then, look, WEIGHTS])
    events = [message for message in messages if "event" in message]
    assert events[-1]["moments"] == kept
    _, held_out, *found = results_of(messages)
    at, asked, seen, now = found[:11], found[11:-2], found[-2], found[-1]
    assert asked == [at[step] for step in kept]
    assert now == at[10]
    right = right_of(network_of(at[3]), *rows_of(texts_of(held_out), now))
    assert seen["scores"]["right"] == pytest.approx(right.mean())
    assert (seen["step"], seen["now"]["step"]) == (3, 10)


def test_questions_do_not_change_what_is_learnt():
    text = FIRST | {"text": "kes"}
    questions = [
        look_at("kes", moment=0),
        ["read", text],
        ["nearest", text],
        ["broken", FIRST | {"hold": {"update": 1}}],
        HELD_OUT,
    ]
    steps = [ONE] * 20
    *_, plain = results(*steps, *steps, WEIGHTS, batch=8)
    *_, asked = results(*steps, *questions, *steps, WEIGHTS, batch=8)
    assert asked == plain


def test_two_networks_learn_from_the_same_batches_each_as_if_alone():
    asked = [*[ONE] * 3, WEIGHTS, ["weights", SECOND]]
    *_, first, second = results(*asked, cells=["rnn", "gru"], batch=7)
    for cell, found in (("rnn", first), ("gru", second)):
        *_, alone = results(*asked[:-1], cells=[cell], batch=7)
        assert found == alone


def test_shuffled_letters_cost_as_much_as_their_order_says():
    """Which letter a text has is left; which came first, a or b, is lost."""
    alike, ordered = {}, {}
    for n in range(1, 21):
        for label, letter, both in (("a", "a", "ba"), ("b", "b", "ab")):
            alike[letter * n] = label
            ordered["c" * n + both] = label
    asked = [["broken", FIRST], ["broken", FIRST | {"shuffle": True}]]
    for labels, least, most in ((alike, 1, 1), (ordered, 0.2, 0.9)):
        *_, whole, shuffled = results(*[ONE] * 60, *asked, table=as_table(labels))
        assert whole["right"] == 1
        assert least <= shuffled["right"] <= most


LESSON = """(() => {
  let reply;
  globalThis.postMessage = ({result}) => { reply = result; };
  const ask = (method, request) => {
    onmessage({data: {id: 0, method, given: request}});
    return reply;
  };
  const {examples} = ask('start', {data: 'order', length: +given[0], cells: ['gru', 'rnn'],
    both: false, units: 32, rate: 0.008, batch: 16, seed: 1});
  for (let i = 0; i < given[1]; i += 1) learnBatch();
  return [0, 1].map((network) => ({...ask('weights', {network}),
    ids: ask('view', {network, text: examples[0].text}).ids, ...ask('broken', {network})}));
})()"""
ROW = r"(?m)^(\d+) letters, step (\d+).*?: (.*)"  # length, step and figures


@pytest.mark.nightly
def test_the_teacher_s_page_has_pytorch_s_figures_of_exercise_5():
    page = (ROOT / "docs" / "lesson-teacher.md").read_text("utf-8")
    rows = re.findall(ROW, page)
    assert len(rows) == 4
    for length, steps, figures in rows:
        networks = run_js(["worker"], LESSON, [length, steps])
        cells = [f"{found['right']:.1%}" for found in networks]
        for found in networks:
            # Of the loss of one label, likely or not: with two, the other's has the same share
            norms = gradients(network_of(found), found["ids"], 0)
            share = norms[0] / norms[-1]
            cells.append(f"{share:.1%}" if share > 0.001 else "< 0.1%")
        assert re.findall(r"(?:< )?[\d.]+%", figures) == cells


def test_how_it_reads_gets_what_pytorch_computes():
    text = "Kesa" * 26  # of which no text that was learnt has an a
    read = ["view", FIRST | {"text": text}]
    *_, found, look, seen = results(*[ONE] * 3, WEIGHTS, look_at(text), read)
    assert look["units"] == seen["units"] == list("kesa" * 25)
    assert seen["more"]  # but at most 100 letters are read
    network = network_of(found)
    characters = found["encoder"]["characters"]
    ids = [*(characters.index(letter) + 2 for letter in "kes"), 1] * 25
    assert seen["ids"] == ids
    states, _ = states_and_logits(network, ids)
    both = np.concatenate(look["states"], axis=1)
    np.testing.assert_allclose(both, states.detach(), atol=1e-5)
    beginnings = [logits_of(network, ids[:n]) for n in range(1, 101)]
    shares = torch.stack(beginnings).softmax(1).detach()
    np.testing.assert_allclose(seen["shares"], shares, atol=1e-5)
    assert seen["alone"] == [seen["shares"][-1]]
    assert look["probabilities"] == pytest.approx(seen["shares"][-1], abs=1e-6)
    added = np.sum(seen["added"], axis=0)  # last states and bias
    for scores in (seen["score"], seen["logits"][0], added):
        np.testing.assert_allclose(scores, beginnings[-1].detach(), atol=1e-5)
    vectors = network["embedding"](torch.tensor(ids))
    embedded = np.reshape(seen["embedding"], (2, 100, 16))
    given = np.reshape(seen["given"], (2, 100, 18))
    for d, suffix in enumerate(("_l0", "_l0_reverse")):
        np.testing.assert_allclose(embedded[d], vectors.detach(), atol=1e-6)
        weight, bias = (
            getattr(network.cell, f"{kind}_ih{suffix}") for kind in ("weight", "bias")
        )
        expected = vectors @ weight.T + bias
        np.testing.assert_allclose(given[d], expected.detach(), atol=1e-5)


def test_the_states_of_texts_are_pytorch_s():
    of_texts = ["states", FIRST | {"texts": TEXTS}]
    *_, found, shown = results(*[ONE] * 3, WEIGHTS, of_texts)
    ids, _ = rows_of(TEXTS, found)
    states, _ = states_and_logits(network_of(found), ids)  # (3, N, 2 * 6)
    of_directions = states.detach().unflatten(2, (2, 6)).permute(1, 2, 0, 3)
    expected = of_directions.flatten().tolist()
    assert shown["states"] == pytest.approx(expected, abs=1e-6)


def test_all_eighteen_languages_learn():
    names = web("names.txt")
    languages = re.findall("(?m)^(.*): ", names)
    n_names = len(languages) + names.count(", ")
    (started,) = results(data="names", names=names, cells=["rnn"])
    assert started["labels"] == sorted(languages)
    assert started["training"] + started["heldOut"] == n_names


@pytest.mark.parametrize(("length", "ends"), [(20, 10), (5, 5)])
def test_the_label_of_a_string_says_which_of_two_letters_is_first(length, ends):
    """They stand in its first half, in a short string anywhere."""
    started, held_out = results(HELD_OUT, data="order", length=length, cells=["rnn"])
    assert started["training"] + started["heldOut"] == 3000
    assert started["labels"] == ["a first", "b first"]
    places = set()
    for row in held_out:
        text = row["text"]
        assert len(text) == length
        assert set(text) <= set("abcdefgh")
        assert text.count("a") == text.count("b") == 1
        assert row["label"] == f"{min('ab', key=text.index)} first"
        places |= {text.index("a"), text.index("b")}
    assert places == {*range(ends)}


def test_after_a_new_start_or_a_refused_table_nothing_is_learnt_any_more():
    start, odd = (["start", START | {"table": table}] for table in (TABLE, "odd"))
    training = [start, WEIGHTS, ["train", {}]]
    _, untrained, _, again = results_of(talk([*training, start, WEIGHTS]))
    assert again == untrained
    asked = [*training, odd, WEIGHTS, WEIGHTS, ["pause", {}]]
    *_, before, after = results_of(talk(asked))
    assert after == before
