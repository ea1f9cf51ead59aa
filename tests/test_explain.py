from contextlib import suppress
from dataclasses import replace
from unicodedata import category, normalize

import pytest
import torch
from conftest import SHIPPED
from hypothesis import example, given, settings
from hypothesis import strategies as st
from models import load

from model import TextClassifier, normalise
from model.answers.explanation import letter_contributions
from model.core import pad_ids
from model.encoder import letter_pieces
from model.errors import InputError
from model.network import TextNetwork, TextNetworkConfig, mean_logits
from model.text.letters import LetterEncoder, decompose
from model.trained import Calibration, Model

TRICKY = (  # composes with its neighbours, becomes several letters, or vanishes
    "eE\u0301\u0316\u0344\u1100\u1175\u11b7\uff8a\uff9e\u0e33ক\u09c7\u09be"
    "ﷺﬁßЩ佐김 \t\u3000\x1f🙂\u200d'-"
)

TRICKY_TEXT = st.text(st.sampled_from(TRICKY), max_size=20)
ANY_TEXT = st.one_of(st.text(), TRICKY_TEXT)


@pytest.fixture(scope="module")
def untrained() -> TextClassifier:
    """A network with every option that an explanation must see through, its weights random."""
    torch.manual_seed(0)
    encoder = LetterEncoder(" '-abcdefghijklmnopqrstuvwxyz")
    options = {
        "embedding_size": 8,
        "hidden_size": 12,
        "dropout": 0.5,
        "pool": True,
        "n_others": 1,
        "ngrams": (2, 3, 4),
        "ngram_buckets": 50,
        "script_ngrams": (1, 3),
        "linear_ngrams": (1, 3),
        "linear_buckets": 40,
    }
    network = TextNetwork(TextNetworkConfig(encoder.vocabulary_size, 3, **options))
    torch.nn.init.normal_(network.linear_ngrams.table.weight)
    calibration = Calibration([], gru_weight=0.3)
    model = Model(network, encoder, ["A", "B"], ["C"], calibration)
    return TextClassifier(model)


def logit_difference(classifier: TextClassifier, text: str, label: str) -> float:
    """Return the calibrated logit of `label` for `text` less that for zero embeddings."""
    network = classifier.model.network.eval()
    share = classifier.model.calibration.gru_weight
    ids, lengths = pad_ids([classifier.model.encoder.encode(text)])
    with torch.no_grad():
        no_embedding = torch.zeros_like(network.embed(ids))
        no_votes = [torch.zeros_like(votes) for votes in network.votes(ids)]
        baseline = mean_logits(network.classify_apart(no_embedding, no_votes), share)
        difference = network(ids, lengths, share) - baseline
    place = classifier.labels.index(label)
    of_label = float(difference[0, place])
    return of_label / classifier.model.calibration.temperature


@pytest.fixture(params=["untrained", "small", "shipped"])
def explainer(request, untrained, small_classifier):
    classifiers = {
        "untrained": untrained,
        "small": small_classifier,
        "shipped": load(SHIPPED),
    }
    return classifiers[request.param]


LONG = "Wolfeschlegelsteinhausen" * 4


@pytest.mark.parametrize("text", ["a", "O'Connor", "佐藤", LONG])
def test_values_sum_to_the_difference_for_the_most_likely_label(explainer, text):
    explanation = explainer.explain(text)
    expected = logit_difference(explainer, text, explanation.label)
    values = [value for _, value in explanation.contributions]
    assert sum(values) == pytest.approx(expected, rel=0.05, abs=0.01)
    assert all(values)
    (best,) = explainer.predict(text, 1)
    assert explanation.label == best


@pytest.mark.parametrize(
    ("on_a_scale", "weights"),
    [
        (False, [0, 0, 1]),
        (True, [-1, 0, 1]),
    ],
)
def test_values_sum_to_calibrated_logits_from_their_start(
    small_classifier, on_a_scale, weights
):
    """On a scale the logits of its ends count against each other, here without the middle's."""
    bias = [0.0, 0.0, 9.0]  # the last label is the likeliest
    calibration = replace(
        small_classifier.model.calibration, bias=bias, temperature=2.0
    )
    model = replace(small_classifier.model, calibration=calibration)
    explanation = TextClassifier(model).explain("Rossi", on_a_scale)
    values = [value for _, value in explanation.contributions]
    total = explanation.start + sum(values)
    ids, lengths = pad_ids([model.encoder.encode("Rossi")])
    logits = model.outputs(ids, lengths)[0] / 2.0
    expected = logits @ torch.tensor(weights).float()
    assert total == pytest.approx(float(expected))
    assert explanation.label == model.labels[-1]


@settings(deadline=None)  # the machine may be busy
@example("\u0112\u00d7\u3099")
@given(ANY_TEXT)
def test_the_letters_of_all_characters_are_those_that_are_read(text):
    for read in (decompose, normalise):
        pieces = letter_pieces(text, read)
        counts = [count for _, count in pieces]
        assert "".join(piece for piece, _ in pieces) == text
        assert sum(counts) == len(read(text))
        assert min(counts, default=0) >= 0
        # A sign that goes may leave marks in another order than the canonical one.
        once = normalize("NFD", read(text))
        twice = normalize("NFD", read(read(text)))
        assert twice == once
        assert read is decompose or read(text).isascii()


@settings(deadline=None, max_examples=50)
@given(ANY_TEXT)
def test_any_text_is_explained_and_answered_or_refused(untrained, text):
    with suppress(InputError):
        contributions = untrained.explain(text).contributions
        read = untrained.task.as_typed(text).name
        assert "".join(piece for piece, _ in contributions) == read
    with suppress(InputError):
        answer = untrained.answer(text, 2)
        labels = sum(probability for _, probability in answer.predictions)
        assert labels + answer.none == pytest.approx(1, abs=1e-4)


@pytest.mark.parametrize(
    "text",
    [
        "김",
        "Mu\u0308ller",
        "ﬁori",
        " De  Vries\n",
        "🙂 Kim",
    ],
)
def test_values_of_letters_go_to_the_characters_as_typed(untrained, text):
    typed = untrained.explain(text)
    read = untrained.task.as_typed(text).name
    ids, _ = pad_ids([untrained.model.encoder.encode(read)])
    place = untrained.labels.index(typed.label)
    weights = torch.eye(3)[place]
    of_letters = letter_contributions(
        untrained.model.network, ids, weights, 0.3
    ).tolist()
    pieces = letter_pieces(read, untrained.model.encoder.read)
    counts = [n for _, n in pieces]
    start = 0
    for n, (piece, value) in zip(counts, typed.contributions, strict=True):
        end = start + n
        assert category(piece[0])[0] != "M"
        assert value == pytest.approx(sum(of_letters[start:end]), abs=1e-5)
        start = end
    assert start == len(of_letters)
