"""What How it reads shows is what the network does: against nn.GRU, torch and the classifier."""

import base64
import json
from dataclasses import replace
from itertools import product

import numpy as np
import pytest
import torch
from conftest import ROOT, SHIPPED

from model import TextClassifier
from model.core import pad_ids
from model.reading import gru_steps, strongest_texts, weigh_states
from model.tabs.reading import reading, server_functions
from model.tabs.shown import Shown, read_model
from model.tasks.names import read_names
from model.tasks.recipe import LECTURE
from model.training.build import build

REVIEWS = ROOT / "model" / "weights" / "reviews"
TEXTS = {SHIPPED: ["Müller", "Папандопуло", "김", "O"], REVIEWS: ["beautiful, but empty", "film"]}


@pytest.fixture(scope="module")
def shown():
    return {folder: read_model(folder) for folder in TEXTS if (folder / "config.json").exists()}


def all_states(steps):
    return torch.cat([direction.states for direction in steps], dim=1)


def gates_of(steps):
    """The gates by the equations of nn.GRU's documentation, from the sums alone."""
    reset, update = (torch.sigmoid(steps.inputs[:, g] + steps.memory[:, g]) for g in (0, 1))
    return reset, update, torch.tanh(steps.inputs[:, 2] + reset * steps.memory[:, 2])


@pytest.mark.parametrize(("layers", "bidirectional"), list(product((1, 2, 3), (False, True))))
def test_the_steps_end_in_the_states_of_torch_s_own_gru(layers, bidirectional):
    torch.manual_seed(layers)
    gru = torch.nn.GRU(5, 7, layers, batch_first=True, bidirectional=bidirectional)
    read = torch.randn(9, 5)
    outputs, last = gru(read[None])
    steps = gru_steps(gru, read)
    assert torch.allclose(all_states(steps[-1]), outputs[0], atol=1e-5)
    ends = [d.states[0 if i else -1] for layer in steps for i, d in enumerate(layer)]
    assert torch.allclose(torch.stack(ends), last[:, 0], atol=1e-5)  # of every layer


def test_the_shipped_gates_make_the_states_of_torch_s_own_gru(shown):
    for folder, model in shown.items():
        classifier = model.classifier
        for text in TEXTS[folder]:
            ids, _ = pad_ids([classifier.encoder.encode(text)])
            embedded, _ = classifier.network.eval().embed(ids)
            steps = gru_steps(classifier.network.gru, embedded[0])
            outputs, _ = classifier.network.gru(embedded)
            assert torch.allclose(all_states(steps[-1]), outputs[0], atol=1e-5)
            forward, backward = steps[-1]
            zero = torch.zeros(1, forward.states.shape[1])
            before = torch.cat([zero, forward.states[:-1]]), torch.cat([backward.states[1:], zero])
            for direction, old in zip((forward, backward), before, strict=True):
                _, update, new = gates_of(direction)
                expected = (1 - update) * new + update * old
                assert torch.allclose(direction.states, expected, atol=1e-5)


def test_what_the_pooled_states_add_sums_to_the_logits(shown):
    for folder, model in shown.items():
        network = model.classifier.network
        ids, lengths = pad_ids([model.classifier.encoder.encode(TEXTS[folder][0])])
        embedded, _ = network.embed(ids)
        pooled, added = weigh_states(network, gru_steps(network.gru, embedded[0])[-1])
        assert torch.allclose(added.sum(dim=0), network.logits_apart(ids, lengths)[0][0], atol=1e-4)
        assert len(pooled) == 3


def test_the_strongest_texts_are_those_of_a_search_one_by_one(small_classifier):
    network, encoder = small_classifier.network.eval(), small_classifier.encoder
    rows = [encoder.encode(text) for text in ("Rossi", "Nakamura", "Inoue", "Popov", "Bruno")]
    texts, places = strongest_texts(network, rows, 0, 2)
    gru = torch.nn.GRU(8, 12, 1, batch_first=True, bidirectional=True)  # the first layer alone
    gru.load_state_dict({k: v for k, v in network.gru.state_dict().items() if "_l0" in k})
    states = [gru(network.embed(torch.tensor([ids]))[0])[0][0] for ids in rows]
    highest = torch.stack([state.amax(dim=0) for state in states])  # (texts, units)
    assert torch.equal(texts, highest.topk(2, dim=0).indices)
    for unit in (0, 5, 13):
        assert places[0, unit] == states[texts[0, unit]][:, unit].argmax()


def test_the_last_beginning_has_the_classifier_s_own_answer(shown):
    for folder, model in shown.items():
        for text in TEXTS[folder]:
            found = reading(model, text)
            answer = model.classifier.answer(text, len(model.labels))
            got = dict(zip(found["labels"], found["shares"][-1], strict=True))
            for label, probability in answer.predictions:
                assert got[label] == pytest.approx(probability, abs=1e-5)
            if answer.none is not None:
                assert got["None of these 18 languages"] == pytest.approx(answer.none, abs=1e-5)
            first = model.classifier.answer(found["units"][0], 1)
            best = max(found["labels"][: len(model.labels)], key=lambda x: got_first(found, x))
            assert first.predictions[0][0] == best
            score = torch.tensor(found["score"]).softmax(dim=0)
            n = len(model.labels)
            of_labels = torch.tensor(found["shares"][-1][:n])
            assert torch.allclose(score, of_labels / of_labels.sum(), atol=1e-5)


def got_first(found, label):
    return found["shares"][0][found["labels"].index(label)]


def test_numbers_travel_as_thousandths(shown):
    found = reading(shown[SHIPPED], "Kim")
    states = np.frombuffer(base64.b64decode(found["states"]), "<i2") / 1000
    embedded, _ = shown[SHIPPED].classifier.network.embed(torch.tensor([found["ids"]]))
    forward, backward = shown[SHIPPED].classifier.network.gru(embedded)[0][0].split(128, dim=1)
    expected = torch.stack([forward, backward]).detach().numpy()
    assert np.abs(states.reshape(2, 3, 128) - expected).max() < 6e-4
    json.dumps(found)


def test_a_long_text_shows_its_first_40(shown):
    found = reading(shown[SHIPPED], "x" * 60)
    assert len(found["units"]) == len(found["ids"]) == len(found["shares"]) == 40
    assert found["more"]


def test_every_layer_of_the_lecture_s_network_can_be_read(small_data):
    classifier = TextClassifier.of(build(replace(LECTURE, hidden_size=6), read_names(small_data)))
    found = reading(Shown("lecture", classifier), "Usami")
    assert found["units"] == list("Usami")
    states = np.frombuffer(base64.b64decode(found["states"]), "<i2") / 1000
    embedded, _ = classifier.network.eval().embed(torch.tensor([found["ids"]]))
    forward, backward = classifier.network.gru(embedded)[0][0].split(6, dim=1)
    expected = torch.stack([forward, backward]).detach().numpy()
    assert np.abs(states.reshape(2, 2, 5, 6)[1] - expected).max() < 6e-4  # the last layer


def test_a_one_way_network_can_be_read(small_data):
    recipe = replace(LECTURE, hidden_size=6, layers=1, bidirectional=False, pool=True)
    shown = Shown("one_way", TextClassifier.of(build(recipe, read_names(small_data))))
    found = reading(shown, "Usami")
    assert len(base64.b64decode(found["states"])) == 2 * 5 * 6
    logits = shown.classifier.network(*pad_ids([found["ids"]]))[0].tolist()
    sums = [sum(row[i] for row in found["added"]) for i in range(3)]
    assert sums == pytest.approx(logits, abs=1e-4)


@pytest.mark.parametrize("text", [None, 5, ["Kim"], {}, "", "5", "x" * 101])
def test_what_cannot_be_read_is_one_line(shown, text):
    read, _ = server_functions(shown[SHIPPED])
    (problem,) = read(text).values()
    assert isinstance(problem, str)
    assert len(problem.splitlines()) == 1


def test_units_are_excited_by_training_names_only_where_these_are_published(shown):
    _, strongest = server_functions(shown[SHIPPED])
    (units,) = strongest(None)["layers"]
    assert len(units) == 256
    classifier = shown[SHIPPED].classifier
    read = {classifier.encoder.read(text) for text in classifier.training_texts}
    assert all("".join(letters) in read and at < len(letters) for letters, at in units[5])
    if REVIEWS in shown:
        _, strongest = server_functions(shown[REVIEWS])
        assert strongest(None)["layers"] == [[]]
