"""The recurrent network: embedding -> GRU -> pooled hidden states -> linear -> logits.

Works on ids and lengths only: it knows nothing of letters, languages or files.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn.functional import pad
from torch.nn.utils.rnn import pack_padded_sequence, pad_packed_sequence


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


class NgramEmbedding(nn.Module):
    """The sum of hashed n-gram embeddings around each id.

    The window of size n around position t starts at t - n // 2; where it leaves the text it sees
    padding, which so marks the text's first and last n-grams. Source of the hashing: Bojanowski et
    al. 2017, "Enriching word vectors with subword information".
    """

    MULTIPLIERS = (1_000_003, 8_388_593, 16_777_213, 33_554_393, 67_108_859)  # primes, one a place

    def __init__(self, sizes: Sequence[int], buckets: int, embedding_size: int):
        super().__init__()
        self.sizes, self.buckets = sizes, buckets
        self.table = nn.Embedding(len(sizes) * buckets, embedding_size)
        nn.init.normal_(self.table.weight, std=0.1)
        self.register_buffer("multipliers", torch.tensor(self.MULTIPLIERS), persistent=False)

    def forward(self, ids: Tensor) -> Tensor:
        """Return (B, T, E) for ids (B, T)."""
        summed = 0
        for place, n in enumerate(self.sizes):
            windows = pad(ids, (n // 2, n - 1 - n // 2)).unfold(1, n, 1)  # (B, T) -> (B, T, n)
            bucket = (windows * self.multipliers[:n]).sum(dim=2) % self.buckets  # -> (B, T)
            summed = summed + self.table(bucket + place * self.buckets)  # -> (B, T, E)
        return summed


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
        embedded = self.embedding(ids)  # (B, T) -> (B, T, E)
        if self.ngram_embedding is not None:
            embedded = embedded + self.ngram_embedding(ids)
        outputs, last = self._run_gru(self.dropout(embedded), lengths)
        if self.config.pool:
            last = torch.cat([last, *_mean_and_max(outputs, lengths)], dim=1)  # -> (B, 3 * D * H)
        return self.linear(self.dropout(last))  # -> (B, C)

    def _run_gru(self, embedded: Tensor, lengths: Tensor) -> tuple[Tensor, Tensor]:
        """Return all hidden states of the last layer (B, T, D * H) and the last ones (B, D * H)."""
        padded = int(lengths.min()) < embedded.shape[1]
        if padded:
            # Packed, the backward direction starts at each text's own last id, not at its padding.
            embedded = pack_padded_sequence(
                embedded, lengths.cpu(), batch_first=True, enforce_sorted=False
            )
        outputs, states = self.gru(embedded)  # states (L * D, B, H), the last layer last
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
