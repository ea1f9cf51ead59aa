"""What Look inside shows is what the network does: against nn.GRU, torch and the classifier."""

import base64
from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest
import torch
from conftest import SHIPPED, run_async
from models import load

from model import TextClassifier
from model.core import pad_ids
from model.tabs.page_model import PageModel
from model.tabs.reading import pool_of, server_functions, view_of
from model.tasks.names import read_names
from model.tasks.recipe import LECTURE
from model.training.build import build

REVIEWS = SHIPPED.with_name("reviews")
TEXTS = {
    SHIPPED: ["Müller", "Папандопуло", "김", "O"],
    REVIEWS: ["beautiful, but empty", "film"],
}


@pytest.fixture(params=TEXTS, ids=["names", "reviews"])
def shown(request):
    return PageModel(request.param.name, load(request.param))


@pytest.fixture
def readings(shown):
    """What is shown of each text."""
    texts = TEXTS[SHIPPED.with_name(shown.folder)]
    return {text: view_of(shown, text, opened=True) for text in texts}


def test_after_the_last_letter_it_has_the_classifier_s_answer(shown, readings):
    for text, numbers in readings.items():
        answer = shown.classifier.answer(text, len(shown.labels))
        expected = dict(answer.predictions)
        if answer.none is not None:
            expected["None of these 18 languages"] = answer.none
        shares = numbers["shares"][-1]
        last = dict(zip(numbers["labels"], shares, strict=True))
        assert last == pytest.approx(expected, abs=1e-5)


def test_after_the_first_letter_it_has_the_answer_to_this_letter(shown, readings):
    for numbers in readings.values():
        first_letter = numbers["units"][0]
        first_shares = numbers["shares"][0]
        of_labels = first_shares[: len(shown.labels)]
        best = shown.labels[np.argmax(of_labels)]
        assert best in shown.classifier.predict(first_letter, 1)


def test_the_softmax_of_the_score_is_the_answer(shown, readings):
    for numbers in readings.values():
        last_shares = numbers["shares"][-1]
        shares = torch.tensor(last_shares[: len(shown.labels)])
        score = torch.tensor(numbers["score"])
        answer = shares / shares.sum()
        assert torch.allclose(score.softmax(dim=0), answer, atol=1e-5)


def numbers_of(packed, *shape):
    return (np.frombuffer(base64.b64decode(packed), "<i2") / 1000).reshape(shape)


@pytest.mark.parametrize("shown", [SHIPPED], indirect=True)
def test_what_the_groups_add_sums_to_their_half_of_the_score(shown, readings):
    network, calibration = (
        shown.classifier.model.network,
        shown.classifier.model.calibration,
    )
    half = 1 - calibration.gru_weight
    for numbers in readings.values():
        groups = numbers_of(
            numbers["groups"], -1, len(numbers["ids"]), len(shown.labels)
        )
        scores = groups.sum(axis=(0, 1)) * numbers["temperature"]
        bias = network.linear_ngrams.bias[: len(shown.labels)]
        with torch.inference_mode():
            _, logits = network.logits_apart(*pad_ids([numbers["ids"]]))
        expected = half * (logits[0, : len(shown.labels)] - bias)
        assert scores == pytest.approx(expected.tolist(), abs=groups.size * 1e-3)


@pytest.mark.parametrize("shown", [SHIPPED], indirect=True)
def test_what_a_group_adds_stands_at_its_letters(shown):
    whole, other = (view_of(shown, text, opened=True) for text in ("otto", "ottx"))
    (of_whole, of_other) = (
        numbers_of(each["groups"], -1, 4, len(shown.labels)) for each in (whole, other)
    )
    first, second, third, last = of_whole[0]  # of one letter
    assert (first == last).all()
    assert (second == third).all()
    for row, size in enumerate(whole["sizes"]):
        changed = (of_whole[row] != of_other[row]).any(axis=-1)
        reaches = [t - size // 2 + size > 3 for t in range(4)]
        assert changed.tolist() == reaches, size


@pytest.fixture(
    params=[
        pytest.param((1, False), id="plain"),
        pytest.param((2, True), id="two layers"),
    ]
)
def own(request, small_data):
    """A network of one's own: its classifier, and what is shown of a name."""
    layers, bidirectional = request.param
    recipe = replace(
        LECTURE,
        hidden_size=6,
        layers=layers,
        bidirectional=bidirectional,
        pool=True,
    )
    dataset = read_names(small_data)
    classifier = TextClassifier(build(recipe, dataset))
    page = PageModel("own", classifier)
    return classifier, view_of(page, "Usami", opened=True)


def test_what_is_all_of_the_network_answers_alone_as_the_classifier_does(own):
    classifier, _ = own
    classifier.model.calibration.bias[0] = 2.0
    (alone,) = view_of(PageModel("own", classifier), "Usami", opened=True)["alone"]
    assert alone == pytest.approx(classifier.predict_batch(["Usami"])[0], abs=1e-6)


def test_the_states_are_those_of_torch(own):
    classifier, numbers = own
    network = classifier.model.network.eval()
    n_layers = network.config.n_layers
    of_layers = numbers_of(numbers["states"], n_layers, -1, len("Usami"), 6)
    embedded = network.embed(torch.tensor([numbers["ids"]]))
    outputs, _ = network.gru(embedded)
    of_directions = outputs[0].split(6, dim=1)
    expected = torch.stack(of_directions).detach().numpy()
    differences = np.abs(of_layers[-1] - expected)
    assert differences.max() < 6e-4


def test_a_post_is_the_mean_of_the_update_gate(own):
    """z = sigmoid(W_iz x + b_iz + W_hz h + b_hz), in the first layer, reading forward."""
    classifier, numbers = own
    network = classifier.model.network.eval()
    w_i, w_h, b_i, b_h = [weights[6:12] for weights in network.gru.all_weights[0]]
    with torch.inference_mode():
        (embedded,) = network.embed(torch.tensor([numbers["ids"]]))
        states = torch.as_tensor(
            numbers_of(numbers["states"], -1, len("Usami"), 6)[0], dtype=torch.float
        )
        before = torch.cat([torch.zeros(1, 6), states[:-1]])
        update = (embedded @ w_i.T + b_i + before @ w_h.T + b_h).sigmoid()
    assert numbers["update"][0] == pytest.approx(update.mean(1).tolist(), abs=1e-3)


def test_what_the_letters_add_sums_to_the_logits(own):
    classifier, numbers = own
    network = classifier.model.network.eval()
    ids, lengths = pad_ids([numbers["ids"]])
    of_gru, *_ = network.logits_apart(ids, lengths)
    logits = of_gru[0].tolist()
    sums = np.sum(numbers["added"], axis=0)
    assert sums.tolist() == pytest.approx(logits, abs=1e-4)


@pytest.mark.parametrize("shown", [SHIPPED], indirect=True)
def test_of_a_long_text_the_beginning_is_read(shown):
    numbers = view_of(shown, "x" * 60, opened=True)
    for key in ("units", "ids", "shares"):
        assert len(numbers[key]) == 40
    assert numbers["more"]


@pytest.mark.parametrize("shown", [SHIPPED], indirect=True)
@pytest.mark.parametrize("text", [None, 5, ["Kim"], {}, "", "5", "x" * 101])
def test_what_cannot_be_read_gets_one_line(shown, text):
    view, *_ = server_functions(shown)
    for opened in (False, True):
        reply = run_async(view({"text": text, "opened": opened}))
        (problem,) = reply.values()
        assert len(problem.splitlines()) == 1


@pytest.mark.parametrize("n", [1, 4_999, 5_000, 9_999, 10_000, 23_000])
def test_a_pool_has_at_most_five_thousand_texts_of_all_parts(n):
    texts = [str(i) for i in range(n)]
    model = SimpleNamespace(
        task=SimpleNamespace(name="mine"), training_texts=dict.fromkeys(texts)
    )
    pool = [int(text) for text in pool_of(SimpleNamespace(model=model))["texts"]]
    assert min(n, 2_500) <= len(pool) <= 5_000
    assert np.diff([*pool, n]).max(initial=1) <= n // 2_500 + 1
