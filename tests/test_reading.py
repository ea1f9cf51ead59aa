"""What How it reads shows is what the network does: against nn.GRU, torch and the classifier."""

import base64
from dataclasses import replace

import numpy as np
import pytest
import torch
from conftest import SHIPPED
from models import load

from model import TextClassifier
from model.core import pad_ids
from model.tabs.page_model import PageModel
from model.tabs.reading import reading, server_functions
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
    return {text: reading(shown, text) for text in texts}


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
    return classifier, reading(page, "Usami")


def test_what_is_all_of_the_network_answers_alone_as_the_classifier_does(own):
    classifier, _ = own
    classifier.calibration.bias[0] = 2.0
    (alone,) = reading(PageModel("own", classifier), "Usami")["alone"]
    assert alone == pytest.approx(classifier.predict_batch(["Usami"])[0], abs=1e-6)


def test_the_states_are_those_of_torch(own):
    classifier, numbers = own
    network = classifier.network.eval()
    n_layers = network.config.n_layers
    packed = base64.b64decode(numbers["states"])
    thousandths = np.frombuffer(packed, "<i2")
    states = thousandths / 1000
    of_layers = states.reshape(n_layers, -1, len("Usami"), 6)
    embedded = network.embed(torch.tensor([numbers["ids"]]))
    outputs, _ = network.gru(embedded)
    of_directions = outputs[0].split(6, dim=1)
    expected = torch.stack(of_directions).detach().numpy()
    differences = np.abs(of_layers[-1] - expected)
    assert differences.max() < 6e-4


def test_what_the_letters_add_sums_to_the_logits(own):
    classifier, numbers = own
    network = classifier.network.eval()
    ids, lengths = pad_ids([numbers["ids"]])
    of_gru, *_ = network.logits_apart(ids, lengths)
    logits = of_gru[0].tolist()
    sums = np.sum(numbers["added"], axis=0)
    assert sums.tolist() == pytest.approx(logits, abs=1e-4)


@pytest.mark.parametrize("shown", [SHIPPED], indirect=True)
def test_of_a_long_text_the_beginning_is_read(shown):
    numbers = reading(shown, "x" * 60)
    for key in ("units", "ids", "shares"):
        assert len(numbers[key]) == 40
    assert numbers["more"]


@pytest.mark.parametrize("shown", [SHIPPED], indirect=True)
@pytest.mark.parametrize("text", [None, 5, ["Kim"], {}, "", "5", "x" * 101])
def test_what_cannot_be_read_gets_one_line(shown, text):
    read, *_ = server_functions(shown)
    (problem,) = read(text).values()
    assert len(problem.splitlines()) == 1
