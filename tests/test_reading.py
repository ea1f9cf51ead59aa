"""What Look inside shows is what the network does: against nn.GRU, torch and the classifier."""

import base64
from types import SimpleNamespace

import numpy as np
import pytest
import torch
from conftest import SHIPPED, run_async
from models import load

from model.core import pad_ids
from model.tabs.page_model import PageModel
from model.tabs.reading import pool_of, server_functions, view_of

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
