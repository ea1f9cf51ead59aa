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
LABEL_OF = dict(zip(TEXTS, LABELS, strict=True))
TABLE = "".join(f"{text},{label}\n" for text, label in LABEL_OF.items())
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
ONE = ["one", {}]
WEIGHTS = ["weights", FIRST]
HELD_OUT = ["heldOut", FIRST]


def results(*requests, **changes):
    """Return the results of a start with some settings and of what is asked then."""
    messages = talk([["start", START | changes], *requests])
    return [message["result"] for message in messages if "result" in message]


def progress(*requests, **changes):
    """Return the events that a start and what is asked then make."""
    messages = talk([["start", START | changes], *requests])
    return [message for message in messages if "event" in message]


def look_at(text, moment=None):
    return ["look", FIRST | {"text": text, "moment": moment}]


def training_texts(held_out):
    unseen = {row["text"] for row in held_out}
    return [text for text in TEXTS if text not in unseen]


def network_of(found):
    return pytorch(found["config"], found["weights"])


def rows_of(texts, found):
    """Return ids and label of each text, as the table and a network's vocabulary have them."""
    characters = found["encoder"]["characters"]
    number = {letter: i for i, letter in enumerate(characters, 2)}
    rows = []
    for text in texts:
        ids = [number.get(letter, 1) for letter in text]
        label = found["labels"].index(LABEL_OF[text])
        rows.append((ids, label))
    return rows


def shares_right(rows, answer):
    """Return the share of rows whose label is the answer, and those of each label."""
    right = {0: [], 1: []}
    for ids, label in rows:
        right[label].append(answer(ids) == label)
    by_label = [np.mean(right[0]), np.mean(right[1])]
    return np.mean(right[0] + right[1]), by_label


def accuracy_by_label(network, rows):
    """Return the share of right answers of all rows, and those of each label."""
    return shares_right(
        rows, lambda ids: int(states_and_logits(network, ids)[1].argmax())
    )


def train(network, rows, rate, n_steps):
    """Train in PyTorch as code.txt does; return loss and accuracy at each step, and the weights."""
    optimiser = torch.optim.Adam(network.parameters(), rate)
    seen = []
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
        weights = copy.deepcopy(network.state_dict())
        seen.append((loss.item(), accuracy.item(), norm.item(), weights))
    return seen


@pytest.mark.parametrize("cell", CELLS)
def test_steps_are_those_of_pytorch_on_the_training_texts_alone(cell):
    """The batch is all of them; the rate is so high that gradients grow, and are clipped."""
    six = [ONE, WEIGHTS] * 6
    _, held_out, before, *found = results(
        HELD_OUT, WEIGHTS, *six, cells=[cell], rate=0.5
    )
    rows = rows_of(training_texts(held_out), before)
    steps = train(network_of(before), rows, 0.5, 6)
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
    rows = rows_of(training_texts(held_out), before)
    steps = train(network_of(before), rows, 0.03, 54)
    means = np.zeros(2)
    expected = []
    for n, (loss, accuracy, *_) in enumerate(steps, 1):
        means += (np.array([loss, accuracy]) - means) / min(n, 50)
        expected.append(means.copy())
    _, *events = progress(*[ONE] * 54, rate=0.03)
    networks = [event["networks"][0] for event in events]
    found = [(network["loss"], network["accuracy"]) for network in networks]
    np.testing.assert_allclose(found, expected, atol=1e-5)


def test_each_training_text_is_read_once_a_pass_in_an_order_of_the_seed():
    """At a rate of 0 the losses of a pass have the mean of all; the next pass begins after it."""
    _, held_out, before = results(HELD_OUT, WEIGHTS, rate=0)
    training = training_texts(held_out)
    assert len(training) == 48
    ((loss, accuracy, *_),) = train(
        network_of(before),
        rows_of(training, before),
        0,
        1,
    )
    events = progress(
        *[ONE] * 5,
        rate=0,
        batch=12,
        seed=3,
    )
    others = progress(
        *[ONE] * 5,
        rate=0,
        batch=12,
        seed=4,
    )
    assert [event["epoch"] for event in events] == [0, 1, 1, 1, 1, 2]
    assert [event["step"] for event in events] == [0, 1, 2, 3, 4, 5]
    after_one = events[4]["networks"][0]
    assert after_one["loss"] == pytest.approx(loss, abs=1e-6)
    assert after_one["accuracy"] == pytest.approx(accuracy, abs=1e-6)
    first = events[1]["networks"][0]
    second = events[2]["networks"][0]
    assert first["loss"] != pytest.approx(second["loss"], abs=1e-6)
    assert events[0]["networks"][0]["heldOut"] != others[0]["networks"][0]["heldOut"]


@pytest.fixture(scope="module")
def learnt():
    """Held-out rows, network and a look after 30 steps; texts, rows and PyTorch's network."""
    *_, held_out, found, seen = results(
        *[ONE] * 30,
        HELD_OUT,
        WEIGHTS,
        look_at("kes"),
    )
    texts = [row["text"] for row in held_out]
    return held_out, found, seen, texts, rows_of(texts, found), network_of(found)


def test_the_share_of_right_answers_is_that_of_the_held_out_texts(learnt):
    held_out, found, seen, _, rows, network = learnt
    all_of_them, by_label = accuracy_by_label(network, rows)
    of_training = rows_of(training_texts(held_out), found)
    share_of_training, _ = accuracy_by_label(network, of_training)
    assert abs(share_of_training - all_of_them) > 0.1  # or the test would say little
    assert by_label[0] != by_label[1]
    assert seen["heldOut"] == pytest.approx(all_of_them)
    assert seen["byLabel"] == pytest.approx(by_label)


def test_the_share_of_right_answers_is_reported(learnt):
    *_, rows, network = learnt
    share, _ = accuracy_by_label(network, rows)
    last = progress(*[ONE] * 30)[-1]
    assert last["networks"][0]["heldOut"] == pytest.approx(share)
    assert last["curves"][0]["values"][0]["heldOut"] == pytest.approx(share)


def test_held_out_texts_have_their_labels(learnt):
    held_out, found, _, texts, *_ = learnt
    labels = [found["labels"][row["label"]] for row in held_out]
    assert labels == [LABEL_OF[text] for text in texts]


def test_held_out_texts_have_the_answers_of_the_network(learnt):
    held_out, _, _, _, rows, network = learnt
    logits = [states_and_logits(network, ids)[1] for ids, _ in rows]
    assert [row["answer"] for row in held_out] == [int(of.argmax()) for of in logits]


@pytest.fixture(scope="module")
def start():
    started, held_out, _ = results(HELD_OUT, WEIGHTS)
    return started, held_out


def test_of_each_label_one_text_in_five_is_held_out(start):
    started, held_out = start
    labels = [started["labels"][row["label"]] for row in held_out]
    assert Counter(labels) == {"no": 9, "yes": 3}


def test_the_page_gets_the_numbers_of_a_start(start):
    started, held_out = start
    assert started["labels"] == ["no", "yes"]
    assert (started["training"], started["heldOut"]) == (48, 12)
    assert started["majority"] == pytest.approx(9 / 12)
    assert started["examples"] == [row["text"] for row in held_out[:3]]
    parameters = pytorch_of(started["config"]).parameters()
    assert started["weights"] == [sum(weight.numel() for weight in parameters)]


def pytorch_of(config):
    width, units, both = config["embedding"], config["units"], config["both"]
    embedding = nn.Embedding(config["vocabulary"], width)
    cell = CELLS[config["cell"]](width, units, bidirectional=both)
    linear = nn.Linear((1 + both) * units, config["labels"])
    return nn.ModuleList([embedding, cell, linear])


def test_spellings_of_one_text_are_all_held_out_or_none():
    """Each text of the table is there in lower and in upper case and once more."""
    started, held_out = results(HELD_OUT, table=TABLE + upper_case(TABLE) + TABLE)
    assert (started["training"], started["heldOut"]) == (3 * 48, 3 * 12)
    lower = [row["text"].lower() for row in held_out]
    assert max(Counter(lower).values()) > 1
    assert set(lower) <= set(TEXTS)


def upper_case(table):
    lines = [line.split(",") for line in table.splitlines()]
    return "".join(f"{text.upper()},{label}\n" for text, label in lines)


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


@pytest.fixture(scope="module")
def ten_steps():
    """The network before the first step and after each of ten, and what was asked after them."""
    then = [["weights", FIRST | {"moment": moment}] for moment in range(7)]
    asked = [*then, look_at("kes", moment=3), WEIGHTS]
    _, *found = results(WEIGHTS, *[ONE, WEIGHTS] * 10, *asked)
    return found[:11], found[11:]


MOMENTS = [0, 1, 2, 3, 5, 7, 10]  # steps, each at least 1.35 times the one before


def test_moments_are_kept_a_third_of_the_steps_apart():
    assert progress(*[ONE] * 10)[-1]["moments"] == MOMENTS


def test_a_moment_has_the_weights_of_then(ten_steps):
    at, asked = ten_steps
    assert asked[:7] == [at[step] for step in MOMENTS]


def test_asking_about_then_changes_nothing_now(ten_steps):
    at, asked = ten_steps
    assert asked[-1] == at[10]


def test_a_look_at_a_moment_has_the_accuracy_of_then(ten_steps):
    at, asked = ten_steps
    texts = [row["text"] for row in results(HELD_OUT)[1]]
    network = network_of(at[MOMENTS[3]])
    expected, _ = accuracy_by_label(network, rows_of(texts, at[0]))
    assert asked[7]["heldOut"] == pytest.approx(expected)


def test_two_networks_learn_beside_each_other_from_the_same_batches():
    of_second = ["weights", {"network": 1}]
    many = [ONE] * 3
    alone = results(*many, WEIGHTS, batch=7)[-1]
    *_, first, second = results(
        *many, WEIGHTS, of_second, cells=["gru", "gru"], batch=7
    )
    assert first == second == alone
    *_, second = results(
        *many,
        of_second,
        cells=["rnn", "gru"],
        batch=7,
    )
    assert second == alone
    (lstm,) = results(*many, WEIGHTS, cells=["lstm"], batch=7)[-1:]
    *_, second = results(
        *many,
        of_second,
        cells=["rnn", "lstm"],
        batch=7,
    )
    assert second == lstm


def broken_by_hand(network, ids, update, silenced):
    """Return the logits of a GRU in both directions with a held gate and silenced units."""
    H = network.units
    last = []
    for d, suffix in enumerate(("_l0", "_l0_reverse")):
        own = {
            name.removesuffix(suffix): weight
            for name, weight in network.cell.named_parameters()
        }
        h = torch.zeros(H, dtype=torch.float64)
        for i in reversed(ids) if d else ids:
            x = network["embedding"].weight[i]
            given = own["weight_ih"] @ x + own["bias_ih"]
            memory = own["weight_hh"] @ h + own["bias_hh"]
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
    network = network_of(found)
    rows = rows_of([row["text"] for row in held_out], found)
    after, by_label_after = shares_right(
        rows, lambda ids: int(broken_by_hand(network, ids, 0.5, silenced).argmax())
    )
    assert cost["after"] == pytest.approx(after)
    assert cost["byLabel"]["after"] == pytest.approx(by_label_after)
    before, by_label_before = accuracy_by_label(network, rows)
    assert cost["before"] == pytest.approx(before)
    assert cost["byLabel"]["before"] == pytest.approx(by_label_before)


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
    *_, found, seen = results(*[ONE] * 3, WEIGHTS, look_at("Kesa"))
    network = network_of(found)
    characters = found["encoder"]["characters"]
    ids = [characters.index(letter) + 2 for letter in "kes"] + [1]  # no text has an a
    assert seen["units"] == list("kesa")
    states, logits = states_and_logits(network, ids)
    assert seen["probabilities"] == pytest.approx(logits.softmax(0).tolist(), abs=1e-6)
    both = np.concatenate(seen["states"], axis=1)
    np.testing.assert_allclose(both, states.detach(), atol=1e-6)
    cross_entropy(logits, logits.argmax()).backward()
    # The gradient at the last letter of each direction goes through the linear layer alone.
    probabilities = logits.softmax(0).detach()
    probabilities[logits.argmax()] -= 1
    at_last = network["linear"].weight.detach().T @ probabilities
    gradients = np.array(seen["gradients"])
    assert gradients[0, -1] == pytest.approx(at_last[:6].norm().item(), abs=1e-6)
    assert gradients[1, 0] == pytest.approx(at_last[6:].norm().item(), abs=1e-6)


@pytest.fixture(scope="module")
def kesa():
    """What How it reads gets of a text, and the network in PyTorch."""
    read = ["read", FIRST | {"text": "Kesa"}]
    *_, found, seen = results(*[ONE] * 3, WEIGHTS, read)
    return seen, network_of(found)


def test_how_it_reads_gets_the_answer_to_each_beginning(kesa):
    seen, network = kesa
    beginnings = [seen["ids"][: n + 1] for n in range(4)]
    logits = [states_and_logits(network, ids)[1] for ids in beginnings]
    expected = torch.stack(logits).softmax(1).detach()
    np.testing.assert_allclose(seen["shares"], expected, atol=1e-5)
    assert seen["alone"] == [seen["shares"][-1]]


def test_how_it_reads_gets_the_scores(kesa):
    seen, network = kesa
    logits = states_and_logits(network, seen["ids"])[1].detach()
    assert len(seen["added"]) == 2  # last states and bias
    for scores in (seen["score"], seen["logits"][0], np.sum(seen["added"], axis=0)):
        np.testing.assert_allclose(scores, logits, atol=1e-5)


def test_how_it_reads_gets_the_vectors(kesa):
    seen, network = kesa
    vectors = network["embedding"](torch.tensor(seen["ids"])).detach()
    embedding = np.reshape(seen["embedding"], (2, 4, 16))
    np.testing.assert_allclose(embedding, [vectors.numpy()] * 2, atol=1e-6)


def test_how_it_reads_gets_what_letters_give_to_each_gate(kesa):
    seen, network = kesa
    vectors = network["embedding"](torch.tensor(seen["ids"]))
    weights = dict(network.cell.named_parameters())
    shown = np.reshape(seen["given"], (2, 4, 18))
    for given, suffix in zip(shown, ("_l0", "_l0_reverse"), strict=True):
        expected = vectors @ weights[f"weight_ih{suffix}"].T
        expected += weights[f"bias_ih{suffix}"]
        np.testing.assert_allclose(given, expected.detach(), atol=1e-5)


def test_how_it_reads_gets_text_labels_sizes(kesa):
    seen, _ = kesa
    assert (seen["text"], seen["units"]) == ("Kesa", list("kesa"))
    assert (seen["cell"], seen["size"], seen["temperature"]) == ("gru", 6, 1)
    assert (seen["labels"], seen["more"]) == (["no", "yes"], False)


def test_the_letters_that_raise_a_unit_most_are_those_of_training_texts():
    *_, held_out, found, strongest = results(
        *[ONE] * 3, HELD_OUT, WEIGHTS, ["strongest", FIRST]
    )
    network = network_of(found)
    training = training_texts(held_out)
    highest = {}
    place = {}
    for text, (ids, _) in zip(training, rows_of(training, found), strict=True):
        states = states_and_logits(network, ids)[0].detach().numpy()
        highest[text] = states.max(axis=0)
        place[text] = states.argmax(axis=0)
    (units,) = strongest["layers"]
    assert len(units) == 12
    for unit, shown in enumerate(units):
        ranked = sorted((values[unit] for values in highest.values()), reverse=True)
        texts = ["".join(letters) for letters, _ in shown]
        values = [highest[text][unit] for text in texts]
        assert values == pytest.approx(ranked[:6], abs=1e-6)
        assert [place[text][unit] for text in texts] == [at for _, at in shown]


def test_a_text_without_letters_is_refused():
    *_, refused = talk([["start", START], look_at(" \u200b")])
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
    of_names = {
        "data": "names",
        "names": names,
        "cells": ["rnn"],
    }
    _, found, seen = results(WEIGHTS, look_at("Łódź-ñ"), **of_names)
    assert set(found["encoder"]["characters"]) <= set("abcdefghijklmnopqrstuvwxyz '-")
    assert seen["units"] == list("lodz-n")


def test_the_label_of_a_string_says_which_of_two_letters_in_its_first_half_is_first():
    started, held_out = results(
        HELD_OUT,
        data="order",
        length=20,
        cells=["rnn"],
    )
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
