"""What How it reads shows is what the network does: against nn.GRU, torch and the classifier."""

import base64
import json
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


def test_the_first_and_the_last_beginning_have_the_classifier_s_own_answers(shown):
    labels = shown.labels
    for text in TEXTS[SHIPPED.with_name(shown.folder)]:
        found = reading(shown, text)
        answer = shown.classifier.answer(text, len(labels))
        expected = dict(answer.predictions)
        if answer.none is not None:
            expected["None of these 18 languages"] = answer.none
        last = dict(zip(found["labels"], found["shares"][-1], strict=True))
        assert last == pytest.approx(expected, abs=1e-5)
        first = dict(zip(labels, found["shares"][0][: len(labels)], strict=True))
        best = shown.classifier.predict(found["units"][0], 1)
        assert max(first, key=first.get) == next(iter(best))
        of_labels = torch.tensor(found["shares"][-1][: len(labels)])
        score = torch.tensor(found["score"]).softmax(dim=0)
        assert torch.allclose(score, of_labels / of_labels.sum(), atol=1e-5)


@pytest.mark.parametrize(("layers", "bidirectional"), [(1, False), (2, True)])
def test_every_layer_of_a_network_of_one_s_own_can_be_read(
    small_data, layers, bidirectional
):
    recipe = replace(
        LECTURE, hidden_size=6, layers=layers, bidirectional=bidirectional, pool=True
    )
    classifier = TextClassifier(build(recipe, read_names(small_data)))
    found = reading(PageModel("own", classifier), "Usami")
    json.dumps(found)
    assert found["units"] == list("Usami")
    network = classifier.network.eval()
    states = np.frombuffer(base64.b64decode(found["states"]), "<i2") / 1000
    states = states.reshape(layers, 1 + bidirectional, 5, 6)[-1]  # of the last layer
    expected = network.gru(network.embed(torch.tensor([found["ids"]])))[0][0].split(
        6, dim=1
    )
    assert np.abs(states - torch.stack(expected).detach().numpy()).max() < 6e-4
    logits = network.logits_apart(*pad_ids([found["ids"]]))[0][0].tolist()
    sums = [sum(row[i] for row in found["added"]) for i in range(3)]
    assert sums == pytest.approx(logits, abs=1e-4)


@pytest.mark.parametrize("shown", [SHIPPED], indirect=True)
def test_what_is_long_is_read_in_part_and_what_cannot_be_read_is_one_line(shown):
    found = reading(shown, "x" * 60)
    assert len(found["units"]) == len(found["ids"]) == len(found["shares"]) == 40
    assert found["more"]
    read, _ = server_functions(shown)
    for text in (None, 5, ["Kim"], {}, "", "5", "x" * 101):
        (problem,) = read(text).values()
        assert len(problem.splitlines()) == 1
