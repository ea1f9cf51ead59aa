from contextlib import suppress
from unicodedata import category, normalize

import numpy as np
import pytest
import torch
from conftest import REVIEWS, SHIPPED
from hypothesis import example, given, settings
from hypothesis import strategies as st
from models import load

from model import TextClassifier, normalise
from model.answers.explanation import Explanation
from model.encoder import letter_pieces
from model.errors import InputError
from model.network import TextNetwork, TextNetworkConfig
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


def without(classifier: TextClassifier, explanation: Explanation) -> list[float | None]:
    """Return how probable the label is to `predict` in the text that is left without each piece."""
    pieces = [piece for piece, _ in explanation.contributions]
    found: list[float | None] = []
    for i, piece in enumerate(pieces):
        is_gap = classifier.task.kind.units == "words" and piece.isspace()
        rest = "".join(pieces[:i] + [piece] * is_gap + pieces[i + 1 :])
        try:
            shares = classifier.predict(rest, len(classifier.labels))
        except InputError:
            found.append(None)
            continue
        labels = explanation.label.split(" or ")
        none = 1 - sum(shares.values())
        found.append(sum(shares.get(label, none) for label in labels))
    return found


@pytest.mark.parametrize(
    ("text", "label"),
    [
        ("Rossi", "Italian"),
        ("O'Brien", "Irish"),
        ("佐藤", "Japanese"),
        ("Adeyemi", "none of these"),
        ("Van Dijk", "Dutch"),
        ("E", "Japanese"),
    ],
)
def test_a_letter_shows_how_probable_the_answer_is_without_it(text, label):
    classifier = load(SHIPPED)
    explanation = classifier.explain(text)
    assert explanation.label == label
    assert "".join(piece for piece, _ in explanation.contributions) == text
    assert explanation.without == pytest.approx(
        without(classifier, explanation), abs=1e-5
    )
    for (_, added), p in zip(
        explanation.contributions, explanation.without, strict=True
    ):
        if p is None:
            assert added == 0
            continue
        whole, rest = np.clip([explanation.probability, p], 0.001, 0.999)
        odds = whole / (1 - whole) / (rest / (1 - rest))
        assert added == pytest.approx(np.log(odds), abs=1e-4)


@pytest.mark.parametrize(
    ("text", "label"),
    [
        ("a joyless, overlong mess", "negative or somewhat negative"),
        ("not bad at all", "somewhat positive or positive"),
        ("the story begins in 1962", "neutral"),
    ],
)
def test_a_word_shows_how_probable_the_half_of_the_scale_is_without_it(text, label):
    classifier = load(REVIEWS)
    explanation = classifier.explain(text)
    assert explanation.label == label
    assert explanation.without == pytest.approx(
        without(classifier, explanation), abs=1e-5
    )


def test_what_is_not_explained():
    classifier = load(SHIPPED)
    sentence = classifier.explain("https://example.org/page")
    assert (sentence.label, sentence.contributions) == ("not a name", ())
    with pytest.raises(InputError, match="up to 40 characters"):
        classifier.explain("Wolfeschlegelsteinhausenbergerdorffwelchevoraltern")
    given = classifier.explain("Garcia", label="Italian")
    assert given.label == "Italian"
    alone = classifier.predict("Garcia", 18)["Italian"]
    assert given.probability == pytest.approx(alone, abs=1e-5)


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


@settings(max_examples=50)
@given(ANY_TEXT)
def test_any_text_is_explained_and_answered_or_refused(untrained, text):
    with suppress(InputError):
        answer = untrained.answer(text, 2)
        contributions = untrained.explain(text).contributions
        read = untrained.task.as_typed(text).name
        is_name = answer.verdict.kind != "text"
        assert "".join(piece for piece, _ in contributions) == read * is_name
        labels = sum(probability for _, probability in answer.predictions)
        assert labels + answer.none == pytest.approx(1, abs=1e-4)


@pytest.mark.parametrize(
    "text", ["김", "Mu\u0308ller", "ﬁori", " De  Vries\n", "🙂 Kim"]
)
def test_characters_as_typed_keep_their_marks(untrained, text):
    explanation = untrained.explain(text)
    read = untrained.task.as_typed(text).name
    pieces = [piece for piece, _ in explanation.contributions]
    assert "".join(pieces) == read
    assert not any(category(piece[0])[0] == "M" for piece in pieces)
    assert explanation.without == pytest.approx(without(untrained, explanation))
