"""Builds the untrained model that a recipe asks for."""

from pathlib import Path

import torch

from ..core import CharacterEncoder, NetworkConfig, RNNClassifier
from ..data.rows import Dataset, Encoder
from ..data.word_vectors import read_vectors, start_from
from ..errors import InputError, reason
from ..letters import LetterEncoder
from ..storage.parts import Parts
from ..storage.shapes import check_size
from ..tasks.recipe import Recipe
from ..words import WordEncoder

PACKAGE = Path(__file__).resolve().parents[1]


def build(recipe: Recipe, dataset: Dataset, pretrained: Parts | None = None) -> Parts:
    """Return a model for `dataset` with weights drawn from the recipe's seed.

    With a `pretrained` model of the same sizes and labels, its weights, encoder and other labels
    are taken over. Without one, the labels of the dataset's outsiders become the other labels.
    Raises InputError if the recipe's sizes make no network.
    """
    torch.manual_seed(recipe.seed)
    encoder = pretrained.encoder if pretrained else _make_encoder(recipe, dataset)
    outsiders = sorted(set(dataset.outsiders.labels))
    others = pretrained.other_labels if pretrained else outsiders
    network = RNNClassifier(_configure(recipe, encoder, len(dataset.labels), len(others)))
    if pretrained:
        network.load_state_dict(pretrained.network.state_dict())
    else:
        with torch.no_grad():
            network.embedding.weight *= recipe.embedding_std
        if isinstance(encoder, WordEncoder) and recipe.word_vectors:
            start_from(network.embedding, encoder, read_vectors(PACKAGE / recipe.word_vectors))
    return Parts(
        network,
        encoder,
        list(dataset.labels),
        list(others),
        training=recipe.record(),
        columns=dataset.columns,
        readings=dataset.readings,
    )


def _make_encoder(recipe: Recipe, dataset: Dataset) -> Encoder:
    texts, others = dataset.train.texts, dataset.outsiders.texts
    if recipe.words:
        return WordEncoder.from_texts(texts + others, recipe.most_words)
    if recipe.letters:
        known = texts + dataset.given_names.texts
        return LetterEncoder.from_texts(known, others, recipe.kinds_in_ngrams)
    return CharacterEncoder()


def _configure(recipe: Recipe, encoder: Encoder, n_labels: int, n_others: int) -> NetworkConfig:
    try:
        config = NetworkConfig(
            vocabulary_size=encoder.vocabulary_size,
            n_labels=n_labels + n_others,
            embedding_size=recipe.embedding_size,
            hidden_size=recipe.hidden_size,
            n_layers=recipe.layers,
            bidirectional=recipe.bidirectional,
            dropout=recipe.dropout,
            ngrams=recipe.ngrams,
            ngram_buckets=recipe.ngram_buckets,
            pool=recipe.pool,
            linear_ngrams=recipe.linear_ngrams,
            linear_buckets=recipe.linear_buckets,
            linear_rank=recipe.linear_rank,
            script_ngrams=recipe.script_ngrams,
            n_others=n_others,
        )
        check_size(config)
    except ValueError as error:
        raise InputError(f"No such network: {reason(error)}.") from None
    return config
