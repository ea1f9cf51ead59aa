"""The untrained model that a recipe asks for."""

from dataclasses import fields
from pathlib import Path

import torch

from ..core import CharacterEncoder
from ..data.rows import Dataset
from ..data.teaching import read_vectors, start_from
from ..encoder import Encoder
from ..errors import InputError, reason
from ..network import TextNetwork, TextNetworkConfig
from ..storage.config import network_of_shapes
from ..tasks.recipe import Recipe
from ..text.letters import LetterEncoder
from ..text.words import WordEncoder
from ..trained import Model

PACKAGE = Path(__file__).resolve().parents[1]


def build_model(
    recipe: Recipe,
    dataset: Dataset,
    pretrained: Model | None = None,
) -> Model:
    """Return a model for `dataset` with weights drawn from the recipe's seed.

    With a `pretrained` model of the same sizes and labels, its weights and encoder are taken over.
    Raises InputError if the recipe makes no network, or if no weight of its halves can be fitted.
    """
    encoder = pretrained.encoder if pretrained else make_encoder(recipe, dataset)
    other_labels = dataset.other_labels
    if other_labels and recipe.linear_ngrams and recipe.fixed_gru_weight is None:
        raise InputError(
            "fixed_gru_weight is fitted: where texts may have no label, give a number."
        )
    n_labels, n_others = len(dataset.labels), len(other_labels)
    config = network_config(recipe, encoder.vocabulary_size, n_labels, n_others)
    network = TextNetwork(config)
    if pretrained:
        network.load_state_dict(pretrained.network.state_dict())
    else:
        draw_weights(network, recipe, encoder)
    return Model(
        network,
        encoder,
        list(dataset.labels),
        list(other_labels),
        training=recipe.record(),
        columns=dataset.columns,
        readings=dataset.readings,
    )


def make_encoder(recipe: Recipe, dataset: Dataset) -> Encoder:
    """Return the recipe's encoder, with the vocabulary of the texts to train on."""
    texts, none = dataset.train.texts, dataset.none.texts
    kept = {"symbols": recipe.symbols, "keep_case": recipe.keep_case}
    if recipe.units == "words":
        # A teacher's texts have words, too, of which it says enough to learn them.
        texts = texts + none + dataset.taught.texts
        whole = vectors_of(recipe) if recipe.in_pieces else ()
        return WordEncoder.from_texts(
            texts, recipe.most_words, recipe.in_pieces, whole, **kept
        )
    if recipe.units == "letters":
        known = texts + dataset.given_names.texts
        return LetterEncoder.from_texts(known, none, recipe.kinds_in_ngrams, **kept)
    return CharacterEncoder()


def network_config(
    recipe: Recipe,
    vocabulary_size: int,
    n_labels: int,
    n_others: int,
) -> TextNetworkConfig:
    """Return the sizes of the recipe's network; raise InputError if they make none."""
    shared = {field.name for field in fields(TextNetworkConfig)} & set(vars(recipe))
    try:
        config = TextNetworkConfig(
            vocabulary_size=vocabulary_size,
            n_labels=n_labels + n_others,
            n_layers=recipe.layers,
            n_others=n_others,
            **{name: getattr(recipe, name) for name in shared},
        )
        network_of_shapes(config)
    except ValueError as error:
        raise InputError(f"No such network: {reason(error)}.") from None
    return config


def draw_weights(network: TextNetwork, recipe: Recipe, encoder: Encoder) -> None:
    """Draw all weights from the recipe's seed; known words start from their vectors."""
    torch.manual_seed(recipe.seed)
    network.draw_weights()
    with torch.no_grad():
        network.embedding.weight *= recipe.embedding_std
    if recipe.units == "words" and recipe.word_vectors:
        start_from(network.embedding, encoder, vectors_of(recipe))


def vectors_of(recipe: Recipe) -> dict[str, torch.Tensor]:
    """Return the vectors that known words start from, none if the recipe has no file of them."""
    if not recipe.word_vectors:
        return {}
    return read_vectors(PACKAGE / recipe.word_vectors)
