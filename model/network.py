"""The recurrent network: embedding -> GRU -> pooled hidden states -> linear -> logits.

Beside it, if asked for, a linear classifier of n-grams, whose logits are averaged with those.
Works on ids and lengths only: it knows nothing of letters, languages or files.
"""

from collections.abc import Sequence
from contextlib import nullcontext
from dataclasses import dataclass, fields

import torch
from torch import Tensor, nn
from torch.nn.utils.rnn import PackedSequence, pack_padded_sequence, pad_packed_sequence

from .ngrams import LinearNgrams, NgramEmbedding

MAX_WEIGHTS = 10**8  # more is a slip or a damaged config.json, and would fill the memory
MAX_LAYERS = 100


@dataclass(frozen=True)
class NetworkConfig:
    """Sizes of the network; the defaults are the lecture's.

    `ngrams` adds, to the embedding of each id, those of the n-grams around it, of each size n, all
    hashed into `ngram_buckets` rows. `pool` adds the mean and the maximum of all hidden states to
    the last ones. `dropout` acts on the embeddings, between the GRU's layers and on the pooled
    states. `linear_ngrams` adds the linear classifier of n-grams of these sizes, hashed into
    `linear_buckets` rows. The last `n_others` of the `n_labels` outputs are for texts of none of
    the labels; on these the linear classifier has no say.
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
    linear_ngrams: Sequence[int] = ()
    linear_buckets: int = 131072
    n_others: int = 0

    def __post_init__(self) -> None:
        """Raise ValueError for impossible values, before a network takes memory for them."""
        for field in fields(self):
            value = getattr(self, field.name)
            if field.type in (bool, int) and type(value) is not field.type:
                raise ValueError(f"{field.name} is {value!r}, not of type {field.type.__name__}")
            if field.type is int and field.name != "n_others" and value < 1:
                raise ValueError(f"{field.name} is {value}, not above 0")
        if not 0 <= self.n_others < self.n_labels:
            raise ValueError(f"n_others is {self.n_others}, not from 0 to below {self.n_labels}")
        if not 0 <= self.dropout < 1:
            raise ValueError(f"dropout is {self.dropout}, not from 0 to below 1")
        _check_sizes("ngrams", self.ngrams)
        _check_sizes("linear_ngrams", self.linear_ngrams)
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
        rows = self.vocabulary_size + bool(self.ngrams) * self.ngram_buckets
        first = embedding + hidden + 2  # inputs of a gate's unit in the first layer; 2 biases
        later = (self.n_layers - 1) * (directions * hidden + hidden + 2)
        gru = directions * 3 * hidden * (first + later)
        linear = (self.linear_buckets + 1) * (self.n_labels - self.n_others)
        return (
            rows * embedding
            + gru
            + (pooled * directions * hidden + 1) * self.n_labels
            + bool(self.linear_ngrams) * linear
        )


def _check_sizes(name: str, sizes: Sequence[int]) -> None:
    if len(sizes) > 5 or len(set(sizes)) < len(sizes):
        raise ValueError(f"{name} are {len(sizes)}, not up to 5 different ones")
    if not all(type(n) is int and 1 <= n <= 5 for n in sizes):
        raise ValueError(f"{name} are {sizes}, not whole numbers from 1 to 5")


class RNNClassifier(nn.Module):
    """A GRU over a sequence of ids that ends in one logit per label.

    B texts, T ids, E embedding size, H hidden size, L layers, D directions (1 or 2), C labels and
    others, K labels alone.
    """

    def __init__(self, config: NetworkConfig):
        super().__init__()
        self.config = config
        self.embedding = nn.Embedding(config.vocabulary_size, config.embedding_size, padding_idx=0)
        self.ngram_embedding = (
            NgramEmbedding(config.ngrams, config.ngram_buckets, config.embedding_size, std=0.1)
            if config.ngrams
            else None
        )
        n_labels = config.n_labels - config.n_others
        self.linear_ngrams = (
            LinearNgrams(config.linear_ngrams, config.linear_buckets, n_labels)
            if config.linear_ngrams
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
        return self.classify(*self.embed(ids), lengths)

    def logits_apart(self, ids: Tensor, lengths: Tensor) -> list[Tensor]:
        """Return the GRU's logits (B, C) and the linear classifier's (B, K), if it has one."""
        return self._apart(*self.embed(ids), lengths)

    def linear_parameters(self) -> list[nn.Parameter]:
        """Return the weights of the linear classifier of n-grams."""
        return [] if self.linear_ngrams is None else list(self.linear_ngrams.parameters())

    def gru_parameters(self) -> list[nn.Parameter]:
        """Return all weights but those of the linear classifier of n-grams."""
        linear = set(self.linear_parameters())
        return [weights for weights in self.parameters() if weights not in linear]

    @torch.no_grad()
    def round_tables(self) -> None:
        """Round all embeddings to half precision: so a model folder keeps them in half the bytes.

        The GRU and the last layer, which are small, stay as they are, and so does an embedding that
        half precision cannot hold.
        """
        for module in self.modules():
            if isinstance(module, nn.Embedding) and (half := module.weight.half()).isfinite().all():
                module.weight.copy_(half)

    def embed(self, ids: Tensor) -> tuple[Tensor, Tensor | None]:
        """Return what the GRU reads for ids (B, T), (B, T, E), and the n-grams' votes (B, T, K)."""
        parts, votes = self.embedding_parts(ids), self.vote_parts(ids)
        return sum(parts[1:], parts[0]), sum(votes[1:], votes[0]) if votes else None

    def embedding_parts(self, ids: Tensor) -> list[Tensor]:
        """Return what the GRU reads the sum of, each (B, T, E): `ngrams` in order, then the ids."""
        ngrams = [] if self.ngram_embedding is None else self.ngram_embedding(ids)
        return [*ngrams, self.embedding(ids)]

    def vote_parts(self, ids: Tensor) -> list[Tensor]:
        """Return what each of `linear_ngrams`, in order, says of the labels, each (B, T, K)."""
        return [] if self.linear_ngrams is None else self.linear_ngrams(ids)

    def classify(self, embedded: Tensor, votes: Tensor | None, lengths: Tensor) -> Tensor:
        """Return logits (B, C) for what `embed` returns and the texts' lengths (B,)."""
        return _join(*self._apart(embedded, votes, lengths))

    def _apart(self, embedded: Tensor, votes: Tensor | None, lengths: Tensor) -> list[Tensor]:
        outputs, last = self._run_gru(self.dropout(embedded), lengths)
        if self.config.pool:
            last = torch.cat([last, *_mean_and_max(outputs, lengths)], dim=1)  # -> (B, 3 * D * H)
        logits = self.linear(self.dropout(last))  # -> (B, C)
        if self.linear_ngrams is None or votes is None:
            return [logits]
        return [logits, self.linear_ngrams.count(votes, lengths)]

    def _run_gru(self, embedded: Tensor, lengths: Tensor) -> tuple[Tensor, Tensor]:
        """Return all hidden states of the last layer (B, T, D * H) and the last ones (B, D * H)."""
        padded = int(lengths.min()) < embedded.shape[1]
        read: Tensor | PackedSequence = embedded
        if padded:
            # Packed, the backward direction starts at each text's own last id, not at its padding.
            read = pack_padded_sequence(
                embedded, lengths.cpu(), batch_first=True, enforce_sorted=False
            )
        # Under autocast cuDNN's GRU computes in fp16 whatever the precision asked for, and fp16
        # gradients vanish unless the loss is scaled: so on CUDA the GRU stays in fp32.
        no_autocast = torch.autocast("cuda", enabled=False) if embedded.is_cuda else nullcontext()
        with no_autocast:
            outputs, states = self.gru(read)  # states (L * D, B, H), the last layer last
        if padded:
            outputs, _ = pad_packed_sequence(outputs, batch_first=True)
        if not self.config.bidirectional:
            return outputs, states[-1]
        return outputs, torch.cat([states[-2], states[-1]], dim=1)  # forward and backward


def _join(logits: Tensor, counted: Tensor | None = None) -> Tensor:
    """Return the mean of the GRU's logits (B, C) and the linear classifier's (B, K), as (B, C).

    It is that of their logarithms of probability among the labels; what the GRU gives to all labels
    together, and to each of the others, stays.
    """
    if counted is None:
        return logits
    labels, others = logits.split([counted.shape[1], logits.shape[1] - counted.shape[1]], dim=1)
    mean = (labels + counted) / 2
    stays = labels.logsumexp(dim=1, keepdim=True) - mean.logsumexp(dim=1, keepdim=True)
    return torch.cat([mean + stays, others], dim=1)


def _mean_and_max(outputs: Tensor, lengths: Tensor) -> tuple[Tensor, Tensor]:
    """Return the mean and the maximum (B, D * H) of `outputs` (B, T, D * H), padding left out."""
    if int(lengths.min()) == outputs.shape[1]:
        return outputs.mean(dim=1), outputs.amax(dim=1)
    lengths = lengths.to(outputs.device)
    is_padding = torch.arange(outputs.shape[1], device=outputs.device) >= lengths[:, None]  # (B, T)
    mean = outputs.sum(dim=1) / lengths[:, None]  # padded outputs are 0
    return mean, outputs.masked_fill(is_padding[:, :, None], -torch.inf).amax(dim=1)
