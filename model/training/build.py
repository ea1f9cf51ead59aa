"""What a training starts from: the untrained model that a recipe asks for, and its encoded rows."""

import math
import random
from collections.abc import Sequence
from dataclasses import fields, replace
from pathlib import Path

import torch
from accelerate import Accelerator
from torch import Tensor
from torch.nn.functional import one_hot, pad

from ..core import CharacterEncoder, EncodedRows, length_buckets
from ..data.rows import Dataset, Rows
from ..data.teaching import read_vectors, start_from
from ..data.variation import Variation, in_both_forms, vary_all
from ..encoder import Encoder
from ..errors import InputError, reason
from ..letters import LetterEncoder
from ..network import TextNetwork, TextNetworkConfig
from ..storage.config import network_of_shapes
from ..tasks.recipe import Recipe
from ..trained import Model
from ..words import WordEncoder

PACKAGE = Path(__file__).resolve().parents[1]


def build(recipe: Recipe, dataset: Dataset, pretrained: Model | None = None) -> Model:
    """Return a model for `dataset` with weights drawn from the recipe's seed.

    With a `pretrained` model of the same sizes and labels, its weights, encoder and other labels
    are taken over. Without one, the labels of the dataset's texts of none become the other labels.
    Raises InputError if the recipe's sizes make no network, or if its mix does not fit the data.
    """
    encoder = pretrained.encoder if pretrained else make_encoder(recipe, dataset)
    others = pretrained.other_labels if pretrained else sorted(set(dataset.none.labels))
    if others and recipe.linear_ngrams and recipe.mix is None:
        raise InputError("mix is fitted: where texts may have no label, give a number.")
    names = {field.name for field in fields(TextNetworkConfig)} & set(vars(recipe))
    try:
        config = TextNetworkConfig(
            vocabulary_size=encoder.vocabulary_size,
            n_labels=len(dataset.labels) + len(others),
            n_layers=recipe.layers,
            n_others=len(others),
            **{name: getattr(recipe, name) for name in names},
        )
        network_of_shapes(config)
    except ValueError as error:
        raise InputError(f"No such network: {reason(error)}.") from None
    network = TextNetwork(config)
    if pretrained:
        network.load_state_dict(pretrained.network.state_dict())
    else:
        torch.manual_seed(recipe.seed)
        network.draw_weights()
        with torch.no_grad():
            network.embedding.weight *= recipe.embedding_std
        if recipe.units == "words" and recipe.word_vectors:
            start_from(
                network.embedding, encoder, read_vectors(PACKAGE / recipe.word_vectors)
            )
    model = Model(
        network, encoder, list(dataset.labels), list(others), training=recipe.record()
    )
    model.columns, model.readings = dataset.columns, dataset.readings
    return model


def make_encoder(recipe: Recipe, dataset: Dataset) -> Encoder:
    """Return the recipe's encoder, with the vocabulary of the texts to train on."""
    texts, none = dataset.train.texts, dataset.none.texts
    kept = {"symbols": recipe.symbols, "keep_case": recipe.keep_case}
    if recipe.units == "words":
        # A teacher's texts have words, too, of which it says enough to learn them.
        texts = texts + none + dataset.taught.texts
        return WordEncoder.from_texts(texts, recipe.most_words, **kept)
    if recipe.units == "letters":
        known = texts + dataset.given_names.texts
        return LetterEncoder.from_texts(known, none, recipe.kinds_in_ngrams, **kept)
    return CharacterEncoder()


class TrainingRows:
    """Rows to train on, then texts of none, then a teacher's; and this process's batches."""

    def __init__(
        self, model: Model, dataset: Dataset, recipe: Recipe, accelerator: Accelerator
    ):
        rows, none = (
            dataset.train + repeated(dataset.common, recipe.common_copies),
            dataset.none,
        )
        taught = dataset.taught
        if recipe.both_forms:
            rows, none = in_both_forms(rows), in_both_forms(none)
        self.labels = model.labels + model.other_labels
        self.rows = rows + none + Rows(taught.texts, self.labels[:1] * len(taught))
        self.model, self.recipe, self.device = model, recipe, accelerator.device
        self.variation = Variation(dataset.given_names, recipe.full_share)
        self.encoded = model.encode_rows(self.rows)
        self.sizes = [len(rows), len(none), len(taught)]
        counts = self.encoded.targets[: len(rows)].bincount(minlength=len(model.labels))
        # Relative to the most frequent label, and 0 for one without rows.
        log_shares = (counts.clamp(min=1) / counts.max().clamp(min=1)).log() * (
            counts > 0
        )
        self.log_prior = recipe.logit_adjustment * log_shares
        shares = enumerate(map(dataset.shares.get, rows.texts))
        self.shared = {
            i: found for i, found in shares if found
        }  # the rows of several labels
        if taught or self.shared:  # their targets are probabilities, and so all are
            targets = one_hot(self.encoded.targets, len(self.labels)).float()
            if taught:
                soft = pad(torch.tensor(taught.beliefs), (0, len(model.other_labels)))
                targets[-len(taught) :] = soft.to(self.device)
            for i, found in self.shared.items():
                targets[i] = torch.tensor(
                    [found.get(label, 0.0) for label in self.labels]
                )
            self.encoded = replace(self.encoded, targets=targets)
        wanted = math.inf if recipe.outsiders is None else recipe.outsiders * len(rows)
        self.n_none = round(min(len(none), wanted))  # in an epoch
        n_batches = math.ceil(
            (len(rows) + self.n_none + len(taught)) / recipe.batch_size
        )
        self.rank, self.n_processes = (
            accelerator.process_index,
            accelerator.num_processes,
        )
        self.n_steps = math.ceil(n_batches / self.n_processes)

    def draw(self, epoch: int) -> tuple[EncodedRows, list[Tensor]]:
        """Return all rows in the forms of an epoch, and the indices of each batch.

        All processes together take every row and every taught text once an epoch, and some texts
        of none. If the batches cannot be shared out evenly, some are taken more than once.
        """
        seed = self.recipe.seed * 1_000_003 + epoch
        encoded = self._varied(seed)
        shuffling = torch.Generator().manual_seed(seed)
        rows, none, taught = torch.arange(len(encoded)).split(self.sizes)
        none = none[torch.randperm(len(none), generator=shuffling)[: self.n_none]]
        rows = torch.cat([rows, none, taught])
        buckets = length_buckets(
            encoded.lengths[rows], self.recipe.batch_size, shuffling
        )
        places = range(self.rank, self.n_steps * self.n_processes, self.n_processes)
        return encoded, [rows[buckets[place % len(buckets)]] for place in places]

    def _varied(self, seed: int) -> EncodedRows:
        """Redraw the form of each text, and the letters or words that are read as unknown.

        As a full name, a text that labels share has one of them, drawn by the shares: its given
        name is of one label alone.
        """
        encoded = self.encoded
        if self.recipe.units == "letters":
            labels, draw = list(self.rows.labels), random.Random(f"labels {seed}")
            for i, shares in self.shared.items():
                labels[i] = draw.choices(list(shares), list(shares.values()))[0]
            texts = vary_all(self.variation, Rows(self.rows.texts, labels), seed)
            varied = self.model.encode_rows(Rows(texts, labels))
            targets = encoded.targets
            if full := [i for i in self.shared if texts[i] != self.rows.texts[i]]:
                drawn = one_hot(varied.targets[full], len(self.labels)).float()
                targets = targets.index_copy(
                    0, torch.tensor(full, device=self.device), drawn
                )
            encoded = replace(varied, targets=targets)
        drawn = torch.rand(
            encoded.ids.shape, generator=torch.Generator().manual_seed(seed)
        )
        is_unknown = drawn.to(self.device) < self.recipe.unknown_share
        unknown = self.model.network.unknown_ids[encoded.ids]
        return replace(encoded, ids=torch.where(is_unknown, unknown, encoded.ids))


def repeated(common: Rows, copies: Sequence[tuple[int, int]]) -> Rows:
    """Return each `common` row n times, by the first (rank, n) of `copies` that it is within."""
    numbers = [
        next((n for most, n in copies if rank <= most), 0) for rank in common.ids
    ]
    return replace(
        common.take([i for i, n in enumerate(numbers) for _ in range(n)]), ids=[]
    )
