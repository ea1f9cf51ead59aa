"""The recurrent network: embedding -> GRU -> pooled hidden states -> linear -> logits.

Works on ids and lengths only: it knows nothing of letters, languages or files.
"""

from collections.abc import Sequence
from dataclasses import dataclass, fields

import torch
from torch import Tensor, nn
from torch.nn.functional import pad
from torch.nn.utils.rnn import PackedSequence, pack_padded_sequence, pad_packed_sequence

MAX_WEIGHTS = 10**8  # more is a slip or a damaged config.json, and would fill the memory
MAX_LAYERS = 100


@dataclass(frozen=True)
class NetworkConfig:
    """Sizes of the network; the defaults are the lecture's.

    `ngrams` adds, to the embedding of each id, those of the n-grams around it, each size n hashed
    into `ngram_buckets` rows. `pool` adds the mean and the maximum of all hidden states to the last
    ones. `dropout` acts on the embeddings, between the GRU's layers and on the pooled states.
    """

    vocabulary_size: int
    n_labels: int
    embedding_size: int = 100
    hidden_size: int = 100
    n_layers: int = 2
    bidirectional: bool = True
    dropout: float = 0.0
    ngrams: Sequence[int] = ()
    ngram_buckets: int = 8192
    pool: bool = False

    def __post_init__(self) -> None:
        """Raise ValueError for impossible values, before a network takes memory for them."""
        for field in fields(self):
            value = getattr(self, field.name)
            if field.type in (bool, int) and type(value) is not field.type:
                raise ValueError(f"{field.name} is {value!r}, not of type {field.type.__name__}")
            if field.type is int and value < 1:
                raise ValueError(f"{field.name} is {value}, not above 0")
        if not 0 <= self.dropout < 1:
            raise ValueError(f"dropout is {self.dropout}, not from 0 to below 1")
        if len(self.ngrams) > 5 or len(set(self.ngrams)) < len(self.ngrams):
            raise ValueError(f"ngrams are {len(self.ngrams)}, not up to 5 different ones")
        if not all(type(n) is int and 1 <= n <= 5 for n in self.ngrams):
            raise ValueError(f"ngrams are {self.ngrams}, not whole numbers from 1 to 5")
        if self.n_layers > MAX_LAYERS:
            raise ValueError(f"n_layers is {self.n_layers}, more than {MAX_LAYERS}")
        if self.n_weights > MAX_WEIGHTS:
            raise ValueError(
                f"its sizes ask for {self.n_weights:,} weights, more than {MAX_WEIGHTS:,}"
            )

    @property
    def n_weights(self) -> int:
        """Number of weights that a network of these sizes has."""
        embedding, hidden = self.embedding_size, self.hidden_size
        directions, pooled = 1 + self.bidirectional, 3 if self.pool else 1
        rows = self.vocabulary_size + len(self.ngrams) * self.ngram_buckets
        first = embedding + hidden + 2  # inputs of a gate's unit in the first layer; 2 biases
        later = (self.n_layers - 1) * (directions * hidden + hidden + 2)
        gru = directions * 3 * hidden * (first + later)
        return rows * embedding + gru + (pooled * directions * hidden + 1) * self.n_labels


def windows(ids: Tensor, n: int) -> Tensor:
    """Return the window of size n around each position of ids (B, T), as (B, T, n).

    It starts at t - n // 2 for position t, and holds 0 where it leaves the text.
    """
    return pad(ids, (n // 2, n - 1 - n // 2)).unfold(1, n, 1)


class NgramEmbedding(nn.Module):
    """Hashed embeddings of the n-grams around each id.

    Where an n-gram's window leaves the text it sees padding, which so marks the text's first and
    last n-grams. Source of the hashing: Bojanowski et al. 2017, "Enriching word vectors with
    subword information".
    """

    MULTIPLIERS = (1_000_003, 8_388_593, 16_777_213, 33_554_393, 67_108_859)  # primes, one a place
    multipliers: Tensor

    def __init__(self, sizes: Sequence[int], buckets: int, embedding_size: int):
        super().__init__()
        self.sizes, self.buckets = sizes, buckets
        self.table = nn.Embedding(len(sizes) * buckets, embedding_size)
        nn.init.normal_(self.table.weight, std=0.1)
        self.register_buffer("multipliers", torch.tensor(self.MULTIPLIERS), persistent=False)

    def forward(self, ids: Tensor) -> list[Tensor]:
        """Return, for each size, (B, T, E) for ids (B, T)."""
        embedded = []
        for place, n in enumerate(self.sizes):
            hashed = (windows(ids, n) * self.multipliers[:n]).sum(dim=2)  # (B, T) -> (B, T)
            bucket = hashed % self.buckets + place * self.buckets
            embedded.append(self.table(bucket))  # -> (B, T, E)
        return embedded


class RNNClassifier(nn.Module):
    """A GRU over a sequence of ids that ends in one logit per label.

    B texts, T ids, E embedding size, H hidden size, L layers, D directions (1 or 2), C labels.
    """

    def __init__(self, config: NetworkConfig):
        super().__init__()
        self.config = config
        self.embedding = nn.Embedding(config.vocabulary_size, config.embedding_size, padding_idx=0)
        self.ngram_embedding = (
            NgramEmbedding(config.ngrams, config.ngram_buckets, config.embedding_size)
            if config.ngrams
            else None
        )
        self.gru = nn.GRU(
            config.embedding_size,
            config.hidden_size,
            config.n_layers,
            batch_first=True,
            dropout=config.dropout if config.n_layers > 1 else 0.0,
            bidirectional=config.bidirectional,
        )
        self.dropout = nn.Dropout(config.dropout)
        n_directions = 2 if config.bidirectional else 1
        n_pooled = 3 if config.pool else 1
        self.linear = nn.Linear(n_pooled * n_directions * config.hidden_size, config.n_labels)

    def forward(self, ids: Tensor, lengths: Tensor) -> Tensor:
        """Return logits (B, C) for ids (B, T), padded with 0, and their lengths (B,), all >= 1."""
        return self.classify(self.embed(ids), lengths)

    def embed(self, ids: Tensor) -> Tensor:
        """Return the embeddings (B, T, E) that the GRU reads for ids (B, T)."""
        parts = self.embedding_parts(ids)
        return sum(parts[1:], parts[0])

    def embedding_parts(self, ids: Tensor) -> list[Tensor]:
        """Return what `embed` sums, each (B, T, E): `ngrams` in their order, then the ids' own."""
        ngrams = [] if self.ngram_embedding is None else self.ngram_embedding(ids)
        return [*ngrams, self.embedding(ids)]

    def classify(self, embedded: Tensor, lengths: Tensor) -> Tensor:
        """Return logits (B, C) for embeddings (B, T, E) and their lengths (B,)."""
        outputs, last = self._run_gru(self.dropout(embedded), lengths)
        if self.config.pool:
            last = torch.cat([last, *_mean_and_max(outputs, lengths)], dim=1)  # -> (B, 3 * D * H)
        return self.linear(self.dropout(last))  # -> (B, C)

    def _run_gru(self, embedded: Tensor, lengths: Tensor) -> tuple[Tensor, Tensor]:
        """Return all hidden states of the last layer (B, T, D * H) and the last ones (B, D * H)."""
        padded = int(lengths.min()) < embedded.shape[1]
        read: Tensor | PackedSequence = embedded
        if padded:
            # Packed, the backward direction starts at each text's own last id, not at its padding.
            read = pack_padded_sequence(
                embedded, lengths.cpu(), batch_first=True, enforce_sorted=False
            )
        outputs, states = self.gru(read)  # states (L * D, B, H), the last layer last
        if padded:
            outputs, _ = pad_packed_sequence(outputs, batch_first=True)
        if not self.config.bidirectional:
            return outputs, states[-1]
        return outputs, torch.cat([states[-2], states[-1]], dim=1)  # forward and backward


def _mean_and_max(outputs: Tensor, lengths: Tensor) -> tuple[Tensor, Tensor]:
    """Return the mean and the maximum (B, D * H) of `outputs` (B, T, D * H), padding left out."""
    if int(lengths.min()) == outputs.shape[1]:
        return outputs.mean(dim=1), outputs.amax(dim=1)
    lengths = lengths.to(outputs.device)
    is_padding = torch.arange(outputs.shape[1], device=outputs.device) >= lengths[:, None]  # (B, T)
    mean = outputs.sum(dim=1) / lengths[:, None]  # padded outputs are 0
    return mean, outputs.masked_fill(is_padding[:, :, None], -torch.inf).amax(dim=1)
