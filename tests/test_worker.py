"""The Web Worker of the tab Train as the page asks it, against PyTorch with the same weights."""

import copy
import random
import re
from collections import Counter

import numpy as np
import pytest
import torch
from conftest import ROOT
from networks import CELLS, gradients, pytorch, states_and_logits
from node import SCRIPTS, run, talk
from scipy.stats import kstest
from torch import nn
from torch.nn.functional import cross_entropy

from model.nearest import changes

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


def progress(*requests, **changes):
    """Return the events that a start and what is asked then make."""
    messages = talk([["start", START | changes], *requests])
    return [message for message in messages if "event" in message]


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
    """Return ids and label of each text, as the table and a network's vocabulary have them."""
    characters = found["encoder"]["characters"]
    number = {letter: i for i, letter in enumerate(characters, 2)}
    rows = []
    for text in texts:
        ids = [number.get(letter, 1) for letter in text]
        label = found["labels"].index(LABEL_OF[text])
        rows.append((ids, label))
    return rows


def logits_of(network, ids):
    _, logits = states_and_logits(network, ids)
    return logits


def accuracy_by_label(network, rows):
    """Return the share of right answers of all rows, and those of each label."""
    right = {0: [], 1: []}
    for ids, label in rows:
        answer = int(logits_of(network, ids).argmax())
        right[label].append(answer == label)
    of_all = np.mean(right[0] + right[1])
    by_label = [np.mean(of_label) for of_label in right.values()]
    return of_all, by_label


def train(network, rows, rate, n_steps):
    """Train in PyTorch as code.txt does; return norm of the gradient and weights of each step."""
    optimiser = torch.optim.Adam(network.parameters(), rate)
    steps = []
    all_ids, all_labels = zip(*rows, strict=True)
    ids = torch.tensor(all_ids).T  # all texts have three letters
    labels = torch.tensor(all_labels)
    for _ in range(n_steps):
        optimiser.zero_grad()
        cross_entropy(logits_of(network, ids), labels).backward()
        norm = nn.utils.clip_grad_norm_(network.parameters(), 1.0)
        optimiser.step()
        steps.append((norm, copy.deepcopy(network.state_dict())))
    return steps


@pytest.mark.parametrize("cell", CELLS)
def test_steps_are_those_of_pytorch_on_the_training_texts_alone(cell):
    """The batch is all of them; the rate is so high that gradients grow, and are clipped."""
    six = [ONE, WEIGHTS] * 6
    _, held_out, before, *found = results(
        HELD_OUT, WEIGHTS, *six, cells=[cell], rate=0.5
    )
    rows = rows_of(training_texts(held_out), before)
    steps = train(network_of(before), rows, 0.5, 6)
    assert max(norm for norm, _ in steps) > 1.1
    for ours, (_, weights) in zip(found, steps, strict=True):
        for name, weight in ours["weights"].items():
            expected = weights[name].flatten()
            np.testing.assert_allclose(
                weight["values"], expected, rtol=1e-4, atol=1e-4, err_msg=name
            )


def curve_of(events):
    """Return the points of the curves, a step and the scores of the first network each."""
    points = [point for event in events for point in event["curves"]]
    return [(point["step"], point["values"][0]) for point in points]


@pytest.mark.parametrize("side", ["seen", "unseen"])
def test_a_point_of_the_curves_has_what_the_network_of_that_step_makes_of_either_side(
    side,
):
    """Of both sides at the same steps, with the same weights."""
    _, held_out, at_three = results(HELD_OUT, *[ONE] * 3, WEIGHTS, rate=0.03)
    unseen = texts_of(held_out)
    texts = unseen if side == "unseen" else training_texts(held_out)
    network = network_of(at_three)
    rows = rows_of(texts, at_three)
    right, by_label = accuracy_by_label(network, rows)
    labels = torch.tensor([label for _, label in rows])
    logits = torch.stack([logits_of(network, ids) for ids, _ in rows])
    curve = curve_of(progress(*[ONE] * 3, rate=0.03))
    assert [step for step, _ in curve] == [0, 1, 2, 3]
    scores = curve[-1][1][side]
    assert scores["rows"] == len(texts)
    assert scores["right"] == pytest.approx(right)
    assert scores["byLabel"] == pytest.approx(by_label)
    loss = cross_entropy(logits, labels).item()
    assert scores["loss"] == pytest.approx(loss, abs=1e-5)


FOUR_A_PASS = {"rate": 0.01, "batch": 12}


def test_each_training_text_is_read_once_a_pass():
    """Each text has a letter of its own, whose row changes when it is learnt."""
    own = {chr(0x4E00 + i): LABELS[i] for i in range(60)}
    steps = [ONE, WEIGHTS] * 4
    table = as_table(own)
    _, before, *after = results(WEIGHTS, *steps, **FOUR_A_PASS, table=table)
    changed = []
    for found in [before, *after]:
        weights = [each["weights"]["embedding.weight"] for each in (before, found)]
        first, now = [np.reshape(each["values"], each["shape"]) for each in weights]
        changed.append(int(np.any(first != now, axis=1).sum()))
    assert changed == [0, 12, 24, 36, 48]


def test_the_next_pass_begins_after_the_last_batch_of_one():
    events = progress(*[ONE] * 5, **FOUR_A_PASS)
    places = [(event["epoch"], event["step"]) for event in events]
    assert places == [(0, 0), (1, 1), (1, 2), (1, 3), (1, 4), (2, 5)]


def test_held_out_texts_have_their_labels_and_the_answers_of_the_network():
    *_, held_out, found = results(*[ONE] * 30, HELD_OUT, WEIGHTS)
    network = network_of(found)
    rows = rows_of(texts_of(held_out), found)
    for row, (ids, _) in zip(held_out, rows, strict=True):
        shares = logits_of(network, ids).softmax(dim=-1)
        best = int(shares.argmax())
        assert row["label"] == LABEL_OF[row["text"]]
        assert row["answer"] == found["labels"][best]
        assert row["probability"] == pytest.approx(shares[best].item(), abs=1e-6)
        assert row["choices"] == found["labels"]


def test_of_each_label_one_text_in_five_is_held_out_and_the_page_gets_the_numbers():
    started, held_out, found = results(HELD_OUT, WEIGHTS)
    n_of_label = Counter(row["label"] for row in held_out)
    assert n_of_label == {"no": 9, "yes": 3}
    assert started["labels"] == ["no", "yes"]
    assert started["training"] == 48
    assert started["heldOut"] == 12
    assert started["majority"] == pytest.approx(9 / 12)
    examples = {example["text"]: example["label"] for example in started["examples"]}
    last = texts_of(held_out[-3:])  # what a visitor has seen is guessed at last
    assert examples == {text: LABEL_OF[text] for text in last}
    assert set(examples.values()) == {"no", "yes"}
    parameters = network_of(found).parameters()
    assert started["weights"] == [sum(weight.numel() for weight in parameters)]


def test_spellings_of_one_text_are_all_held_out_or_none():
    """Each text of the table is there in lower and in upper case and once more."""
    upper_case = as_table({text.upper(): label for text, label in LABEL_OF.items()})
    started, held_out = results(HELD_OUT, table=TABLE + upper_case + TABLE)
    assert started["training"] == 3 * 48
    assert started["heldOut"] == 3 * 12
    n_spellings = Counter(text.lower() for text in texts_of(held_out))
    assert max(n_spellings.values()) > 1
    assert set(n_spellings) <= set(TEXTS)


def test_the_vocabulary_has_the_letters_of_training_texts_alone():
    """Each text has a letter of its own."""
    own = [chr(0x4E00 + i) for i in range(40)]
    labels = {f"a{letter}": i % 2 for i, letter in enumerate(own)}
    _, held_out, found = results(HELD_OUT, WEIGHTS, table=as_table(labels))
    unseen = {text[1] for text in texts_of(held_out)}
    assert len(unseen) == 8
    expected = sorted({"a", *own} - unseen)
    assert list(found["encoder"]["characters"]) == expected
    n_ids = len(expected) + 2  # padding, an unknown letter
    assert found["config"]["vocabulary"] == n_ids


def test_the_same_seed_gives_the_same_start_and_another_one_another():
    start, again, other = (results(HELD_OUT, WEIGHTS, seed=seed) for seed in (3, 3, 4))
    assert again == start
    assert set(texts_of(start[1])) != set(texts_of(other[1]))
    assert start[2]["weights"] != other[2]["weights"]


@pytest.mark.parametrize("cell", CELLS)
def test_first_weights_are_drawn_as_pytorch_draws_them(cell):
    """Embeddings normal, but padding's 0; those of each gate uniform up to 1 / √units."""
    _, found = results(WEIGHTS, cells=[cell], units=64)
    weights = network_of(found).state_dict()
    padding, *others = weights.pop("embedding.weight")
    assert not padding.any()
    assert kstest(torch.cat(others), "norm").pvalue > 1e-3
    for name, values in weights.items():
        n_inputs = 2 * 64 if name.startswith("linear") else 64
        most = n_inputs**-0.5
        gates = values.split(64) if name.startswith(cell) else [values]
        for gate in gates:
            assert gate.abs().max() <= most, name
            found = kstest(gate.flatten(), "uniform", (-most, 2 * most))
            assert found.pvalue > 1e-3, name


MOMENTS = [0, 1, 2, 3, 4, 5, 6, 8, 10]  # steps, each at least 1.2 times the one before


def test_moments_are_kept_a_fifth_of_the_steps_apart():
    *_, last = progress(*[ONE] * 10)
    assert last["moments"] == MOMENTS


def test_a_moment_has_weights_and_accuracy_of_then_and_changes_nothing_now():
    then = [["weights", FIRST | {"moment": i}] for i in range(len(MOMENTS))]
    steps = [ONE, WEIGHTS] * 10
    look = look_at("kes", moment=3)
    _, held_out, *found = results(HELD_OUT, WEIGHTS, *steps, *then, look, WEIGHTS)
    at, asked, seen, now = found[:11], found[11:-2], found[-2], found[-1]
    assert asked == [at[step] for step in MOMENTS]
    assert now == at[10]
    rows = rows_of(texts_of(held_out), now)
    expected, _ = accuracy_by_label(network_of(at[MOMENTS[3]]), rows)
    assert seen["scores"]["right"] == pytest.approx(expected)


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


@pytest.mark.parametrize("cells", [["gru", "gru"], ["rnn", "gru"], ["rnn", "lstm"]])
def test_two_networks_learn_from_the_same_batches_each_as_if_alone(cells):
    learn = {"batch": 7}
    asked = [*[ONE] * 3, WEIGHTS, ["weights", SECOND]]
    *_, first, second = results(*asked, cells=cells, **learn)
    for cell, found in zip(cells, (first, second), strict=True):
        *_, alone = results(*asked[:-1], cells=[cell], **learn)
        assert found == alone


def right_and_shuffled(labels, n_steps):
    """Return what is right after so many steps on {text: label}, and with shuffled letters."""
    many = [ONE] * n_steps
    asked = [["broken", FIRST], ["broken", FIRST | {"shuffle": True}]]
    found = results(*many, *asked, table=as_table(labels))
    return [scores["right"] for scores in found[-2:]]


def test_shuffled_letters_cost_nothing_where_their_order_says_nothing():
    """Every label has one letter."""
    labels = {}
    for n in range(1, 21):
        labels["a" * n] = 0
        labels["b" * n] = 1
    assert right_and_shuffled(labels, 40) == [1, 1]


def test_shuffled_letters_cost_much_where_their_order_says_all():
    """Which came first, a or b, is lost."""
    labels = {}
    for n in range(1, 21):
        labels["c" * n + "ba"] = 0
        labels["c" * n + "ab"] = 1
    right, shuffled = right_and_shuffled(labels, 60)
    assert right == 1
    assert 0.2 < shuffled < 0.9


@pytest.fixture(scope="module")
def look():
    """A look at a text, and the network in PyTorch."""
    three = [ONE] * 3
    *_, found, seen = results(*three, WEIGHTS, look_at("Kesa"))
    characters = found["encoder"]["characters"]
    known = [characters.index(letter) + 2 for letter in "kes"]
    ids = [*known, 1]  # no text has an a
    return seen, network_of(found), ids


def test_a_look_has_states(look):
    seen, network, ids = look
    states, logits = states_and_logits(network, ids)
    assert seen["units"] == list("kesa")
    probabilities = logits.softmax(0).tolist()
    assert seen["probabilities"] == pytest.approx(probabilities, abs=1e-6)
    both = np.concatenate(seen["states"], axis=1)
    np.testing.assert_allclose(both, states.detach(), atol=1e-6)


def test_a_look_has_gradients_of_the_likeliest_label(look):
    """The gradient at the last letter of each direction goes through the linear layer alone."""
    seen, network, ids = look
    logits = logits_of(network, ids).detach()
    of_logits = logits.softmax(0)
    of_logits[logits.argmax()] -= 1
    at_last = network["linear"].weight.detach().T @ of_logits
    forward, backward = at_last.split(6)
    gradients = np.array(seen["gradients"])
    assert gradients[0, -1] == pytest.approx(forward.norm().item(), abs=1e-6)
    assert gradients[1, 0] == pytest.approx(backward.norm().item(), abs=1e-6)


LESSON = """(() => {
  globalThis.postMessage = () => {};
  const {examples} = METHODS.start({data: 'order', length: +given[0], cells: ['gru', 'rnn'],
    both: false, units: 32, rate: 0.008, batch: 16, seed: 1});
  for (let i = 0; i < given[1]; i += 1) learnBatch();
  const {ids} = data.heldOut.find(({text}) => text === examples[0].text);
  return networks.map((network) => ({ids, ...METHODS.weights({}, network),
    right: finish(scoresOn(data.heldOut, network)).right}));
})()"""
ROW = r"(?m)^\| (\d+), (\d+).*?\| (.*) \|$"  # of the table: length, step and figures


@pytest.mark.slow
def test_the_teacher_s_page_has_pytorch_s_figures_of_exercise_5():
    page = (ROOT / "docs" / "lesson-teacher.md").read_text("utf-8")
    rows = re.findall(ROW, page)
    assert len(rows) == 4
    for length, steps, figures in rows:
        networks = run(SCRIPTS, LESSON, [length, steps])
        cells = [f"{found['right']:.1%}" for found in networks]
        for found in networks:
            # Of the loss of one label, likely or not: with two, the other's has the same share
            norms = gradients(network_of(found), found["ids"], 0)
            share = norms[0] / norms[-1]
            cells.append(f"{share:.1%}" if share > 0.001 else "< 0.1%")
        assert figures == " | ".join(cells)


def test_how_it_reads_gets_what_pytorch_computes():
    read = ["read", FIRST | {"text": "Kesa"}]
    *_, found, seen = results(*[ONE] * 3, WEIGHTS, read)
    network = network_of(found)
    ids = seen["ids"]
    expected = {
        "text": "Kesa",
        "units": list("kesa"),
        "cell": "gru",
        "size": 6,
        "temperature": 1,
        "labels": ["no", "yes"],
        "more": False,
        "alone": [seen["shares"][-1]],
    }
    assert expected.items() <= seen.items()
    logits = [logits_of(network, ids[:n]) for n in range(1, 5)]
    shares = torch.stack(logits).softmax(1).detach()
    np.testing.assert_allclose(seen["shares"], shares, atol=1e-5)
    assert len(seen["added"]) == 2  # last states and bias
    added = np.sum(seen["added"], axis=0)
    for scores in (seen["score"], seen["logits"][0], added):
        np.testing.assert_allclose(scores, logits[-1].detach(), atol=1e-5)
    vectors = network["embedding"](torch.tensor(ids))
    weights = dict(network.cell.named_parameters())
    embedded = np.reshape(seen["embedding"], (2, 4, 16))
    given = np.reshape(seen["given"], (2, 4, 18))
    for d, suffix in enumerate(("_l0", "_l0_reverse")):
        np.testing.assert_allclose(embedded[d], vectors.detach(), atol=1e-6)
        expected = vectors @ weights[f"weight_ih{suffix}"].T
        expected += weights[f"bias_ih{suffix}"]
        np.testing.assert_allclose(given[d], expected.detach(), atol=1e-5)


def test_the_letters_that_raise_a_unit_most_are_those_of_training_texts():
    asked = [HELD_OUT, WEIGHTS, ["strongest", FIRST]]
    *_, held_out, found, strongest = results(*[ONE] * 3, *asked)
    network = network_of(found)
    training = training_texts(held_out)
    states_of = {}
    for text, (ids, _) in zip(training, rows_of(training, found), strict=True):
        states, _ = states_and_logits(network, ids)
        states_of[text] = states.detach().numpy()
    (units,) = strongest["layers"]
    assert len(units) == 12
    for unit, shown in enumerate(units):
        highest = {text: states[:, unit].max() for text, states in states_of.items()}
        ranked = sorted(highest.values(), reverse=True)
        texts = ["".join(letters) for letters, _ in shown]
        values = [highest[text] for text in texts]
        assert values == pytest.approx(ranked[:6], abs=1e-6)
        for text, (_, place) in zip(texts, shown, strict=True):
            assert place == states_of[text][:, unit].argmax()


def test_the_states_of_several_texts_are_pytorch_s():
    texts = TEXTS[:2]
    *_, found, shown = results(WEIGHTS, ["states", {**FIRST, "texts": texts}])
    network = network_of(found)
    assert shown["units"] == [list(text) for text in texts]
    expected = []
    for ids, _ in rows_of(texts, found):
        states, _ = states_and_logits(network, ids)
        by_direction = states.detach().numpy().reshape(3, 2, 6).swapaxes(0, 1)
        expected.extend(by_direction.ravel())
    assert shown["states"] == pytest.approx(expected, abs=1e-6)


def test_the_nearest_text_is_the_surest_with_another_label():
    text = TEXTS[0]
    nearest = ["nearest", {**FIRST, "text": text}]
    *_, found, near = results(ONE, WEIGHTS, nearest, rate=0.3)
    network = network_of(found)
    characters = found["encoder"]["characters"]
    tried = changes(text, characters)
    shares = {}
    for changed in [text, *tried]:
        ids = [characters.index(letter) + 2 for letter in changed]
        shares[changed] = logits_of(network, ids).softmax(dim=-1).tolist()
    own = np.argmax(shares[text])
    others = [changed for changed in tried if np.argmax(shares[changed]) != own]
    surest = max(others, key=lambda changed: max(shares[changed]))
    (shown,) = near["nearest"]
    assert tuple(shown["change"]) == tried[surest]
    assert shown["probability"] == pytest.approx(max(shares[surest]), abs=1e-6)


def test_of_a_long_text_the_first_100_letters_are_read():
    _, seen = results(["read", FIRST | {"text": "ke" * 51}])
    assert len(seen["units"]) == 100
    assert seen["more"]


def test_all_eighteen_languages_learn():
    names = (ROOT / "model" / "web" / "names.txt").read_text("utf-8")
    names_of = {}
    for line in names.strip().splitlines():
        language, of_language = line.split(": ")
        names_of[language] = of_language.split(", ")
    (started,) = results(data="names", names=names, cells=["rnn"])
    assert started["labels"] == sorted(names_of)
    n_texts = sum(map(len, names_of.values()))
    assert started["training"] + started["heldOut"] == n_texts
    assert started["heldOut"] / n_texts == pytest.approx(0.2, abs=0.01)


def strings(length):
    """Return the numbers of a start on strings of a length, and what is held out."""
    return results(HELD_OUT, data="order", length=length, cells=["rnn"])


def test_the_label_of_a_string_says_which_of_two_letters_in_its_first_half_is_first():
    started, held_out = strings(length=20)
    assert started["training"] + started["heldOut"] == 3000
    assert started["labels"] == ["a first", "b first"]
    for row in held_out:
        text = row["text"]
        assert len(text) == 20
        assert set(text) <= set("abcdefgh")
        assert text[:10].count("a") == text[:10].count("b") == 1
        assert text.count("a") == text.count("b") == 1
        assert row["label"] == f"{min('ab', key=text.index)} first"


def test_in_a_short_string_the_two_letters_stand_anywhere():
    _, held_out = strings(length=5)
    places = set()
    for text in texts_of(held_out):
        places |= {text.find("a"), text.find("b")}
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


def test_after_a_table_that_is_refused_nothing_is_learnt_any_more():
    sent = run(SCRIPTS, TRAINING % REFUSED, START)
    assert [message["problem"] for message in sent if "problem" in message]
    _, before, after = results_of(sent)  # the first is that of the start
    assert after["weights"] == before["weights"]


def test_after_a_new_start_nothing_of_the_training_before_is_learnt():
    sent = run(SCRIPTS, TRAINING % RESTARTED, START)
    *_, before, after = results_of(sent)
    assert after["weights"] == before["weights"]


def distances(network, ids, others):
    """Return how far the states of a text are from those of others, as shares of the farthest."""
    states, _ = states_and_logits(network, ids)
    total = torch.zeros(len(ids))
    for other in others:
        of_other, _ = states_and_logits(network, other)
        forward = (of_other - states)[:, : network.units]
        total += forward.norm(dim=1)
    return (total / total.max()).tolist()


def test_what_is_kept_of_the_first_letter_is_how_far_states_are_without_it():
    """Of each moment, with all other letters that the network knows in its place."""
    steps = [ONE, WEIGHTS] * 3
    story = ["story", FIRST | {"text": "kes"}]
    _, *weights, found, again = results(WEIGHTS, *steps, story, WEIGHTS)
    assert again == weights[-1]
    assert len(found) == 5  # steps 0 to 3, and now
    characters = again["encoder"]["characters"]
    first, *rest = [characters.index(letter) + 2 for letter in "kes"]
    letters = range(2, len(characters) + 2)
    others = [[letter, *rest] for letter in letters if letter != first]
    for moment, at in zip(found, [*weights, again], strict=True):
        expected = distances(network_of(at), [first, *rest], others)
        assert moment["kept"] == pytest.approx(expected, abs=1e-5)
        assert expected[0] == 1


def test_what_is_kept_of_a_and_b_is_how_far_states_are_with_them_swapped():
    _, found, (now, _) = results(
        WEIGHTS,
        ["story", FIRST | {"text": "cdahgbef"}],
        data="order",
        length=8,
    )
    characters = found["encoder"]["characters"]
    texts = ("cdahgbef", "cdbhgaef")
    ids, other = [[characters.index(c) + 2 for c in text] for text in texts]
    expected = distances(network_of(found), ids, [other])
    assert now["kept"] == pytest.approx(expected, abs=1e-5)
    assert expected[:2] == [0, 0]
