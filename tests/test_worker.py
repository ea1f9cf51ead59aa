"""The Web Worker of the tab Train as the page asks it, against PyTorch with the same weights."""

import copy
import random
from collections import Counter

import numpy as np
import pytest
import torch
from conftest import ROOT
from networks import CELLS, pytorch, states_and_logits
from node import run, talk
from scipy.stats import kstest
from torch import nn
from torch.nn.functional import cross_entropy

TEXTS = [f"{a}{b}{c}" for a in "klmnp" for b in "eiou" for c in "rst"]
LABELS = ["no"] * 45 + ["yes"] * 15  # at random: what is learnt is of no use elsewhere
random.Random(0).shuffle(LABELS)
TABLE = "".join(f"{text},{label}\n" for text, label in zip(TEXTS, LABELS, strict=True))
START = {"data": "own", "table": TABLE, "cells": ["gru"], "units": 6, "both": True}
START |= {"rate": 0.1, "batch": 1000, "seed": 3}
FIRST = {"network": 0}
ONE, WEIGHTS, HELD_OUT = ["one", {}], ["weights", FIRST], ["heldOut", FIRST]


def results(*requests, **changes):
    """Return the results of a start with some settings and of what is asked then."""
    messages = talk([["start", START | changes], *requests])
    return [message["result"] for message in messages if "result" in message]


def progress(*requests, **changes):
    """Return the events that a start and what is asked then make."""
    messages = talk([["start", START | changes], *requests])
    return [message for message in messages if "event" in message]


def rows_of(texts, found):
    """Return ids and label of each text, as the table and a network's vocabulary have them."""
    characters = found["encoder"]["characters"]
    ids = [
        [characters.find(letter) + 2 if letter in characters else 1 for letter in t]
        for t in texts
    ]
    labels = [found["labels"].index(LABELS[TEXTS.index(text)]) for text in texts]
    return list(zip(ids, labels, strict=True))


def accuracy_by_label(network, rows):
    """Return the share of right answers of all rows, and those of each label."""
    right = [
        (label, int(states_and_logits(network, ids)[1].argmax()) == label)
        for ids, label in rows
    ]
    by_label = [
        np.mean([is_right for of, is_right in right if of == label]) for label in (0, 1)
    ]
    return np.mean([is_right for _, is_right in right]), by_label


def train(network, rows, rate, n_steps):
    """Train in PyTorch as code.txt does; return loss and accuracy at each step, and the weights."""
    optimiser, seen = torch.optim.Adam(network.parameters(), rate), []
    ids = torch.tensor([ids for ids, _ in rows]).T  # all texts have three letters
    labels = torch.tensor([label for _, label in rows])
    for _ in range(n_steps):
        logits = states_and_logits(network, ids)[1]
        optimiser.zero_grad()
        loss = cross_entropy(logits, labels)
        loss.backward()
        norm = nn.utils.clip_grad_norm_(network.parameters(), 1.0)
        optimiser.step()
        accuracy = (logits.argmax(1) == labels).double().mean()
        seen.append(
            (
                loss.item(),
                accuracy.item(),
                norm.item(),
                copy.deepcopy(network.state_dict()),
            )
        )
    return seen


@pytest.mark.parametrize("cell", CELLS)
def test_steps_are_those_of_pytorch_on_the_training_texts_alone(cell):
    """The batch is all of them; the rate is so high that gradients grow, and are clipped."""
    many = [step for _ in range(6) for step in (ONE, WEIGHTS)]
    _, held_out, before, *found = results(
        HELD_OUT, WEIGHTS, *many, cells=[cell], rate=0.5
    )
    training = [text for text in TEXTS if text not in {row["text"] for row in held_out}]
    network = pytorch(before["config"], before["weights"])
    steps = train(network, rows_of(training, before), 0.5, 6)
    assert max(norm for _, _, norm, _ in steps) > 1.1
    for ours, (*_, weights) in zip(found, steps, strict=True):
        for name, weight in ours["weights"].items():
            values = weights[name].flatten()
            np.testing.assert_allclose(
                weight["values"], values, rtol=1e-4, atol=1e-4, err_msg=name
            )


def test_loss_and_accuracy_are_means_that_forget_after_50_batches():
    """Each is the mean of all batches so far; from the 50th on, a new one counts a fiftieth."""
    _, held_out, before = results(HELD_OUT, WEIGHTS, rate=0.03)
    training = [text for text in TEXTS if text not in {row["text"] for row in held_out}]
    network = pytorch(before["config"], before["weights"])
    loss, accuracy, expected = 0.0, 0.0, []
    for n, step in enumerate(train(network, rows_of(training, before), 0.03, 54), 1):
        loss += (step[0] - loss) / min(n, 50)
        accuracy += (step[1] - accuracy) / min(n, 50)
        expected.append((loss, accuracy))
    _, *events = progress(*[ONE] * 54, rate=0.03)
    found = [
        (of["loss"], of["accuracy"]) for event in events for of in event["networks"]
    ]
    np.testing.assert_allclose(found, expected, atol=1e-5)


def test_each_training_text_is_read_once_a_pass_in_an_order_of_the_seed():
    """At a rate of 0 the losses of a pass have the mean of all; the next pass begins after it."""
    _, held_out, before = results(HELD_OUT, WEIGHTS, rate=0)
    training = [text for text in TEXTS if text not in {row["text"] for row in held_out}]
    assert len(training) == 48
    network = pytorch(before["config"], before["weights"])
    ((loss, accuracy, *_),) = train(network, rows_of(training, before), 0, 1)
    events, others = (
        progress(*[ONE] * 5, rate=0, batch=12, seed=seed) for seed in (3, 4)
    )
    assert [event["epoch"] for event in events] == [0, 1, 1, 1, 1, 2]
    assert [event["step"] for event in events] == [0, 1, 2, 3, 4, 5]
    after_one = events[4]["networks"][0]
    assert after_one["loss"] == pytest.approx(loss, abs=1e-6)
    assert after_one["accuracy"] == pytest.approx(accuracy, abs=1e-6)
    first, second = events[1]["networks"][0], events[2]["networks"][0]
    assert first["loss"] != pytest.approx(second["loss"], abs=1e-6)
    assert events[0]["networks"][0]["heldOut"] != others[0]["networks"][0]["heldOut"]


def test_unseen_texts_and_those_of_each_label_are_the_held_out_ones():
    many = [ONE] * 30
    look = ["look", FIRST | {"text": "kes", "moment": None}]
    _, *_, held_out, found, seen = results(*many, HELD_OUT, WEIGHTS, look)
    network = pytorch(found["config"], found["weights"])
    texts = [row["text"] for row in held_out]
    all_of_them, by_label = accuracy_by_label(network, rows_of(texts, found))
    training = [text for text in TEXTS if text not in texts]
    of_training = accuracy_by_label(network, rows_of(training, found))
    assert abs(of_training[0] - all_of_them) > 0.1  # or the test would say little
    assert by_label[0] != by_label[1]
    assert seen["heldOut"] == pytest.approx(all_of_them)
    assert seen["byLabel"] == pytest.approx(by_label)
    last = progress(*many)[-1]
    assert last["networks"][0]["heldOut"] == pytest.approx(all_of_them)
    assert last["curves"][0]["values"][0]["heldOut"] == pytest.approx(all_of_them)
    answers = [found["labels"][row["answer"]] for row in held_out]
    logits = [states_and_logits(network, ids)[1] for ids, _ in rows_of(texts, found)]
    assert answers == [found["labels"][int(of.argmax())] for of in logits]
    assert [found["labels"][row["label"]] for row in held_out] == [
        LABELS[TEXTS.index(text)] for text in texts
    ]


def test_of_each_label_one_text_in_five_is_held_out_and_the_page_gets_their_numbers():
    started, held_out, _ = results(HELD_OUT, WEIGHTS)
    assert Counter(started["labels"][row["label"]] for row in held_out) == {
        "no": 9,
        "yes": 3,
    }
    assert started["labels"] == ["no", "yes"]
    assert (started["training"], started["heldOut"]) == (48, 12)
    assert started["majority"] == pytest.approx(9 / 12)
    assert started["examples"] == [row["text"] for row in held_out[:3]]
    config = started["config"]
    assert started["weights"] == [
        sum(p.numel() for p in pytorch_of(config).parameters())
    ]


def pytorch_of(config):
    cell = CELLS[config["cell"]](
        config["embedding"], config["units"], bidirectional=config["both"]
    )
    size = (1 + config["both"]) * config["units"]
    embedding = nn.Embedding(config["vocabulary"], config["embedding"])
    return nn.ModuleList([embedding, cell, nn.Linear(size, config["labels"])])


def test_spellings_of_one_text_are_all_held_out_or_none():
    """Each text of the table is there in lower and in upper case and once more."""
    table = "".join(
        f"{text},{label}\n{text.upper()},{label}\n{text},{label}\n"
        for text, label in zip(TEXTS, LABELS, strict=True)
    )
    started, held_out = results(HELD_OUT, table=table)
    assert (started["training"], started["heldOut"]) == (3 * 48, 3 * 12)
    assert max(Counter(row["text"].lower() for row in held_out).values()) > 1
    assert {row["text"].lower() for row in held_out} <= set(TEXTS)


def test_the_vocabulary_has_the_letters_of_training_texts_alone():
    """Each text has a letter of its own."""
    own = [chr(0x4E00 + i) for i in range(40)]
    table = "".join(f"a{letter},{i % 2}\n" for i, letter in enumerate(own))
    _, held_out, found = results(HELD_OUT, WEIGHTS, table=table)
    unseen = {row["text"][1] for row in held_out}
    assert len(unseen) == 8
    expected = sorted({"a", *own} - unseen)
    assert list(found["encoder"]["characters"]) == expected
    assert (
        found["config"]["vocabulary"] == len(expected) + 2
    )  # padding, an unknown letter


def test_the_same_seed_gives_the_same_start():
    start = results(HELD_OUT, WEIGHTS, seed=3)
    again = results(HELD_OUT, WEIGHTS, seed=3)
    assert again == start


def test_another_seed_gives_another_start():
    _, held_out, found = results(HELD_OUT, WEIGHTS, seed=3)
    _, other_held_out, other = results(HELD_OUT, WEIGHTS, seed=4)
    assert {row["text"] for row in held_out} != {row["text"] for row in other_held_out}
    assert found["weights"] != other["weights"]


@pytest.mark.parametrize("cell", CELLS)
def test_the_first_weights_are_drawn_as_pytorch_draws_them(cell):
    """Uniform up to 1 / √units, those of each gate; of the embedding normal, but padding's 0."""
    _, found = results(WEIGHTS, cells=[cell], units=64)
    draws = {
        name: torch.tensor(w["values"]).view(w["shape"])
        for name, w in found["weights"].items()
    }
    embedding = draws.pop("embedding.weight")
    assert not embedding[0].any()
    assert kstest(embedding[1:].flatten(), "norm").pvalue > 1e-3
    for name, values in draws.items():
        most = 128**-0.5 if name.startswith("linear") else 64**-0.5
        for gate in values.split(64) if name.startswith(cell) else [values]:
            assert gate.abs().max() <= most, name
            assert kstest(gate.flatten(), "uniform", (-most, 2 * most)).pvalue > 1e-3, (
                name
            )


def test_moments_are_kept_a_third_of_the_steps_apart_and_have_the_weights_of_then():
    asked = [step for _ in range(10) for step in (ONE, WEIGHTS)]
    then = [["weights", FIRST | {"moment": moment}] for moment in range(7)]
    look = [["look", FIRST | {"moment": 3, "text": "kes"}]]
    _, before, *found = results(WEIGHTS, *asked, *then, *look, WEIGHTS)
    steps = [0, 1, 2, 3, 5, 7, 10]  # each at least 1.35 times the one before
    assert progress(*[ONE] * 10)[-1]["moments"] == steps
    at = [before, *found[:10]]
    assert found[10:17] == [at[step] for step in steps]
    assert found[-1] == at[10]  # asking about then changes nothing now
    rows = rows_of([row["text"] for row in results(HELD_OUT)[1]], before)
    network = pytorch(at[3]["config"], at[3]["weights"])
    assert found[17]["heldOut"] == pytest.approx(accuracy_by_label(network, rows)[0])


def test_two_networks_learn_beside_each_other_from_the_same_batches():
    of_second = ["weights", {"network": 1}]
    many = [ONE] * 3
    alone = results(*many, WEIGHTS, batch=7)[-1]
    *_, first, second = results(
        *many, WEIGHTS, of_second, cells=["gru", "gru"], batch=7
    )
    assert first == second == alone
    *_, second = results(*many, of_second, cells=["rnn", "gru"], batch=7)
    assert second == alone
    (lstm,) = results(*many, WEIGHTS, cells=["lstm"], batch=7)[-1:]
    *_, second = results(*many, of_second, cells=["rnn", "lstm"], batch=7)
    assert second == lstm


def broken_by_hand(network, ids, update, silenced):
    """Return the logits of a GRU in both directions with a held gate and silenced units."""
    H, weights, last = network.units, dict(network.cell.named_parameters()), []
    for d, suffix in enumerate(("", "_reverse")):
        h = torch.zeros(H, dtype=torch.float64)
        for i in reversed(ids) if d else ids:
            x = network["embedding"].weight[i]
            given = (
                weights[f"weight_ih_l0{suffix}"] @ x + weights[f"bias_ih_l0{suffix}"]
            )
            memory = (
                weights[f"weight_hh_l0{suffix}"] @ h + weights[f"bias_hh_l0{suffix}"]
            )
            r = torch.sigmoid(given[:H] + memory[:H])
            n = torch.tanh(given[2 * H :] + r * memory[2 * H :])
            h = (1 - update) * n + update * h
            for unit in silenced:
                if d * H <= unit < (d + 1) * H:
                    h[unit - d * H] = 0
        last.append(h)
    return network["linear"](torch.cat(last))


@pytest.mark.parametrize("silenced", [[], [0, 3, 5, 6, 11]])
def test_what_is_broken_costs_what_it_costs_by_hand(silenced):
    broken = ["broken", FIRST | {"hold": {"update": 0.5}, "silenced": silenced}]
    *_, held_out, found, cost, again = results(
        *[ONE] * 30, HELD_OUT, WEIGHTS, broken, WEIGHTS
    )
    assert again == found
    network = pytorch(found["config"], found["weights"])
    rows = rows_of([row["text"] for row in held_out], found)
    right = [
        (label, int(broken_by_hand(network, ids, 0.5, silenced).argmax()) == label)
        for ids, label in rows
    ]
    assert cost["after"] == pytest.approx(np.mean([is_right for _, is_right in right]))
    for label in (0, 1):
        ours = np.mean([is_right for of, is_right in right if of == label])
        assert cost["byLabel"]["after"][label] == pytest.approx(ours)
    before, by_label = accuracy_by_label(network, rows)
    assert cost["before"] == pytest.approx(before)
    assert cost["byLabel"]["before"] == pytest.approx(by_label)


def test_shuffled_letters_cost_nothing_where_their_order_says_nothing():
    """Every label has one letter; which came first, a or b, is lost."""
    shuffled = ["broken", FIRST | {"shuffle": True}]
    letters = "".join(f"{'ab'[i % 2] * (i // 2 + 1)},{i % 2}\n" for i in range(40))
    cost = results(*[ONE] * 40, shuffled, table=letters)[-1]
    assert (cost["before"], cost["after"]) == (1, 1)
    ordered = "".join(
        f"{'c' * (i // 2 + 1)}{'ab' if i % 2 else 'ba'},{i % 2}\n" for i in range(40)
    )
    cost = results(*[ONE] * 60, shuffled, shuffled, table=ordered)[-1]
    assert cost["before"] == 1
    assert 0.2 < cost["after"] < 0.9


def test_a_look_has_states_and_gradients_of_the_likeliest_label():
    look = ["look", FIRST | {"text": "Kesa", "moment": None}]
    *_, found, seen = results(*[ONE] * 3, WEIGHTS, look)
    network = pytorch(found["config"], found["weights"])
    characters = found["encoder"]["characters"]
    ids = [characters.index(letter) + 2 for letter in "kes"] + [1]  # no text has an a
    assert seen["units"] == list("kesa")
    states, logits = states_and_logits(network, ids)
    assert seen["probabilities"] == pytest.approx(logits.softmax(0).tolist(), abs=1e-6)
    both = torch.stack([torch.tensor(part).view(4, 6) for part in seen["states"]])
    np.testing.assert_allclose(torch.cat([*both], 1), states.detach(), atol=1e-6)
    cross_entropy(logits, logits.argmax()).backward()
    # The gradient at the last letter of each direction goes through the linear layer alone.
    probabilities = logits.softmax(0).detach()
    probabilities[logits.argmax()] -= 1
    at_last = network["linear"].weight.detach().T @ probabilities
    gradients = np.array(seen["gradients"])
    assert gradients[0, -1] == pytest.approx(at_last[:6].norm().item(), abs=1e-6)
    assert gradients[1, 0] == pytest.approx(at_last[6:].norm().item(), abs=1e-6)


def test_how_it_reads_gets_the_numbers_of_the_network_as_it_is():
    read = ["read", FIRST | {"text": "Kesa"}]
    *_, found, seen = results(*[ONE] * 3, WEIGHTS, read)
    network = pytorch(found["config"], found["weights"])
    ids = seen["ids"]
    logits = states_and_logits(network, ids)[1]
    beginnings = [
        states_and_logits(network, ids[: n + 1])[1].softmax(0) for n in range(4)
    ]
    np.testing.assert_allclose(
        seen["shares"], torch.stack(beginnings).detach(), atol=1e-5
    )
    for name in ("score", "logits"):
        np.testing.assert_allclose(np.ravel(seen[name]), logits.detach(), atol=1e-5)
    np.testing.assert_allclose(
        np.sum(seen["added"], axis=0), logits.detach(), atol=1e-5
    )
    assert len(seen["added"]) == 2  # last states and bias
    assert seen["alone"] == [seen["shares"][-1]]
    vectors = network["embedding"](torch.tensor(ids)).detach()
    embedding = np.reshape(seen["embedding"], (2, 4, 16))
    np.testing.assert_allclose(embedding, [vectors.numpy()] * 2, atol=1e-6)
    weights = dict(network.cell.named_parameters())
    given = [
        (vectors @ weights[f"weight_ih_l0{s}"].T + weights[f"bias_ih_l0{s}"])
        .detach()
        .numpy()
        for s in ("", "_reverse")
    ]
    np.testing.assert_allclose(np.reshape(seen["given"], (2, 4, 18)), given, atol=1e-5)
    assert (seen["text"], seen["units"]) == ("Kesa", list("kesa"))
    assert (seen["cell"], seen["size"], seen["temperature"]) == ("gru", 6, 1)
    assert (seen["labels"], seen["more"]) == (["no", "yes"], False)


def test_the_letters_that_raise_a_unit_most_are_those_of_training_texts():
    *_, held_out, found, strongest = results(
        *[ONE] * 3, HELD_OUT, WEIGHTS, ["strongest", FIRST]
    )
    network = pytorch(found["config"], found["weights"])
    training = [text for text in TEXTS if text not in {row["text"] for row in held_out}]
    highest = {}
    for text, (ids, _) in zip(training, rows_of(training, found), strict=True):
        states = states_and_logits(network, ids)[0].detach().numpy()
        highest[text] = (states.max(axis=0), states.argmax(axis=0))
    (units,) = strongest["layers"]
    assert len(units) == 12
    for unit, shown in enumerate(units):
        ranked = sorted(training, key=lambda text: -highest[text][0][unit])[:6]
        values = [highest["".join(letters)][0][unit] for letters, _ in shown]
        assert values == pytest.approx(
            [highest[text][0][unit] for text in ranked], abs=1e-6
        )
        for letters, at in shown:
            assert highest["".join(letters)][1][unit] == at


def test_a_text_without_letters_is_refused():
    empty = ["look", FIRST | {"text": " \u200b", "moment": None}]
    *_, refused = talk([["start", START], empty])
    assert refused["problem"] == "The text is empty: type a few letters."


def test_of_a_long_text_the_first_100_letters_are_read():
    long = ["read", FIRST | {"text": "ke" * 51}]
    fits = ["read", FIRST | {"text": "ke" * 50}]
    _, of_long, of_fits = results(long, fits)
    assert (len(of_long["units"]), of_long["more"]) == (100, True)
    assert (len(of_fits["units"]), of_fits["more"]) == (100, False)


@pytest.fixture(scope="module")
def names():
    return (ROOT / "model" / "web" / "names.txt").read_text("utf-8")


def test_all_eighteen_languages_learn(names):
    lines = dict(line.split(": ") for line in names.strip().splitlines())
    (started,) = results(data="names", names=names, cells=["rnn"])
    assert started["labels"] == sorted(lines)
    n_texts = sum(len(line.split(", ")) for line in lines.values())
    assert started["training"] + started["heldOut"] == n_texts
    assert started["heldOut"] / n_texts == pytest.approx(0.2, abs=0.01)


def test_names_are_read_without_marks(names):
    look = ["look", FIRST | {"text": "Łódź-ñ", "moment": None}]
    _, found, seen = results(WEIGHTS, look, data="names", names=names, cells=["rnn"])
    assert set(found["encoder"]["characters"]) <= set("abcdefghijklmnopqrstuvwxyz '-")
    assert seen["units"] == list("lodz-n")


def test_the_label_of_a_string_says_which_of_two_letters_in_its_first_half_is_first():
    started, held_out = results(HELD_OUT, data="order", length=20, cells=["rnn"])
    assert started["training"] + started["heldOut"] == 3000
    assert started["labels"] == ["a first", "b first"]
    for row in held_out:
        text, a, b = row["text"], row["text"].find("a"), row["text"].find("b")
        assert len(text) == 20
        assert (text.count("a"), text.count("b")) == (1, 1)
        assert set(text) <= set("abcdefgh")
        assert max(a, b) < 10
        assert started["labels"][row["label"]] == ("a first" if a < b else "b first")


def test_in_a_short_string_the_two_letters_stand_anywhere():
    short = results(HELD_OUT, data="order", length=5, cells=["rnn"])[1]
    places = {row["text"].find(letter) for row in short for letter in "ab"}
    assert places == {0, 1, 2, 3, 4}


# A network trains, then a test asks what stands in place of %s; returns all that the worker sent.
TRAINING = """(async (sent) => {
  const ask = (method, request) => onmessage({data: {id: 0, method, given: request}});
  const trained = new Promise((heard) => {
    globalThis.postMessage = (message) => {
      sent.push(message);
      if (message.running) heard();
    };
  });
  ask('start', given);
  ask('train', {});
  await trained;
  const turns = async (left) => {
    for (; left > 0; left -= 1) await new Promise((next) => setImmediate(next));
  };
  %s
  return sent;
})([])"""
REFUSED = """
  ask('start', {...given, table: 'odd'});
  await turns(2); // what was on its way has come
  ask('weights', {network: 0});
  await turns(1);
  ask('weights', {network: 0});
  ask('pause', {});"""
RESTARTED = """
  ask('start', given);
  ask('weights', {network: 0});
  await turns(5);
  ask('weights', {network: 0});"""
SCRIPTS = ["network.js", "records.js", "datasets.js", "worker.js"]


def test_after_a_table_that_is_refused_nothing_is_learnt_any_more():
    sent = run(SCRIPTS, TRAINING % REFUSED, START)
    assert [message["problem"] for message in sent if "problem" in message]
    found = [message["result"] for message in sent if message.get("result")]
    _, before, after = found  # the first is that of the start
    assert after["weights"] == before["weights"]


def test_after_a_new_start_nothing_of_the_training_before_is_learnt():
    sent = run(SCRIPTS, TRAINING % RESTARTED, START)
    *_, before, after = [message["result"] for message in sent if message.get("result")]
    assert after["weights"] == before["weights"]
