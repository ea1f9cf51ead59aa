"""What may stand beside the lecture's network of core.py; each part is off until it is given.

    n-grams        embeddings of several letters, which the GRU reads with each letter's own
    pooling        mean and maximum of all states beside the last ones
    linear half    a linear classifier of n-grams, whose logits are averaged with the GRU's
    other outputs  for texts that have none of the labels

Shapes as in core.py, and V votes of the linear half: K, and one more for all texts of none.
"""

from collections.abc import Callable, Sequence
from functools import reduce
from typing import Annotated

import pydantic
import torch
from pydantic import Field, PositiveInt
from torch import Tensor, nn
from torch.nn.functional import cross_entropy, pad

from .core import STRICT, NetworkConfig, RNNClassifier
from .ngrams import LinearNgrams, NgramEmbedding, margin_loss

NgramSize = Annotated[int, Field(ge=1, le=5)]
NgramSizes = Annotated[Sequence[NgramSize], Field(max_length=5)]
NGRAM_STD = 0.1  # standard deviation of n-grams' embeddings before training


@pydantic.dataclasses.dataclass(frozen=True, config=STRICT)
class TextNetworkConfig(NetworkConfig):
    """Sizes of the network with what stands beside it; impossible values raise ValueError."""

    ngrams: NgramSizes = ()  # sizes of the n-grams whose embeddings the GRU reads
    ngram_buckets: PositiveInt = 8192  # rows of the matrix that these are hashed into
    pool: bool = False  # whether mean and maximum of all states join the last ones
    linear_ngrams: NgramSizes = ()  # n-gram sizes of the linear half
    linear_buckets: PositiveInt = 131072  # rows of its matrix
    linear_rank: Annotated[int, Field(ge=0)] = 0  # row width; 0: a vote for each label
    script_ngrams: NgramSizes = ()  # sizes of n-grams of scripts, which join both
    marks_ends: bool = (
        False  # whether the linear half sees a mark at both ends of a text
    )
    n_others: Annotated[int, Field(ge=0)] = 0  # outputs, of n_labels, for texts of none

    def __post_init__(self) -> None:
        """Raise ValueError if no output is left for the labels."""
        if self.n_others >= self.n_labels:
            raise ValueError(
                f"n_others is {self.n_others}, not below n_labels, {self.n_labels}"
            )


class Dropout(nn.Dropout):
    """`nn.Dropout` with a mask that is drawn three times as fast on a CPU.

    `nn.Dropout` draws it with `bernoulli_`, which was a sixth of a training step.
    """

    def forward(self, input: Tensor) -> Tensor:
        """Return `input`, of any shape, in training with elements set to 0 and the rest scaled."""
        is_off = not self.training or self.p in (0, 1)
        if is_off or input.device.type != "cpu":
            return super().forward(input)
        kept = torch.rand(input.shape, device=input.device) >= self.p
        return input * kept / (1 - self.p)


class TextNetwork(RNNClassifier):
    """The lecture's network with n-grams, pooling, a linear half and outputs for other texts."""

    config: TextNetworkConfig
    # For every id, what longer n-grams read in its place, and the unknown letter of its kind. They
    # depend on the encoder, are (vocabulary,) and not learnt.
    ngram_ids: Tensor
    unknown_ids: Tensor

    def __init__(self, config: TextNetworkConfig):
        super().__init__(config)
        self.dropout = Dropout(config.dropout)
        self.ngram_embedding: NgramEmbedding | None = None
        self.linear_ngrams: LinearNgrams | None = None
        if config.ngrams:
            self.ngram_embedding = NgramEmbedding(
                config.ngrams,
                config.script_ngrams,
                config.ngram_buckets,
                config.embedding_size,
                NGRAM_STD,
            )
        if config.linear_ngrams:
            has_others = config.n_others > 0
            self.linear_ngrams = LinearNgrams(
                config.linear_ngrams,
                config.script_ngrams,
                config.linear_buckets,
                self.n_own_labels + has_others,
                config.linear_rank,
                config.marks_ends,
            )
        for name in ("ngram_ids", "unknown_ids"):
            ids = torch.arange(config.vocabulary_size)
            self.register_buffer(name, ids, persistent=False)

    @property
    def n_own_labels(self) -> int:
        """Number of labels K, without the outputs for texts of none."""
        return self.config.n_labels - self.config.n_others

    @property
    def n_features(self) -> int:
        """How many numbers `features` makes of a text."""
        n_kinds = 3 if self.config.pool else 1
        return n_kinds * super().n_features

    def draw_weights(self) -> None:
        """Draw all weights from torch's random state, part by part.

        The order of the parts is fixed because a seed makes the same weights only in this order.
        """
        self.embedding.reset_parameters()
        if self.ngram_embedding is not None:
            self.ngram_embedding.reset_parameters()
        if self.linear_ngrams is not None:
            self.linear_ngrams.reset_parameters()
        self.gru.reset_parameters()
        self.linear.reset_parameters()

    def forward(
        self, ids: Tensor, lengths: Tensor | None = None, gru_weight: float = 0.5
    ) -> Tensor:
        """Return logits (B, C) for ids (B, T) and lengths (B,), the GRU's times `gru_weight`."""
        if (
            not gru_weight
            and self.linear_ngrams is not None
            and not self.config.n_others
        ):
            votes = reduce(torch.add, self.votes(ids))
            return self.linear_ngrams.logits(votes, lengths)  # which answer alone
        return mean_logits(self.logits_apart(ids, lengths), gru_weight)

    def logits_apart(self, ids: Tensor, lengths: Tensor | None = None) -> list[Tensor]:
        """Return the logits of the GRU (B, C) and those of the linear half, if any (B, V)."""
        return self.classify_apart(self.embed(ids), self.votes(ids), lengths)

    def embed(self, ids: Tensor) -> Tensor:
        """Return what the GRU reads for ids (B, T): the sums of `embeddings`, (B, T, E)."""
        return reduce(torch.add, self.embeddings(ids))

    def embeddings(self, ids: Tensor) -> list[Tensor]:
        """Return the embeddings (B, T, E) of the n-grams of each size, then those of the ids."""
        own = self.embedding(ids)
        if self.ngram_embedding is None:
            return [own]
        return [*self._look_up(self.ngram_embedding, ids), own]

    def votes(self, ids: Tensor) -> list[Tensor]:
        """Return the votes (B, T, V), or (B, T, rank), of the n-grams of each size, if any."""
        if self.linear_ngrams is None:
            return []
        return self._look_up(self.linear_ngrams, ids)

    def _look_up(self, ngrams: NgramEmbedding, ids: Tensor) -> list[Tensor]:
        return ngrams(ids, self.ngram_ids[ids], self.unknown_ids[ids])

    def classify_apart(
        self,
        embedded: Tensor,
        votes: Sequence[Tensor],
        lengths: Tensor | None = None,
    ) -> list[Tensor]:
        """Return what `logits_apart` does for what `embed` and `votes` returned."""
        logits = [self.classify(embedded, lengths)]
        if votes and self.linear_ngrams is not None:
            logits.append(self.linear_ngrams.logits(reduce(torch.add, votes), lengths))
        return logits

    def features(self, states: Tensor, last: Tensor, lengths: Tensor | None) -> Tensor:
        """Return the last states (B, D * H), with `pool` mean and maximum of all beside them."""
        if not self.config.pool:
            return last
        mean, highest = mean_and_max(states, lengths)
        return torch.cat([last, mean, highest], dim=1)


def mean_logits(apart: Sequence[Tensor], gru_weight: float = 0.5) -> Tensor:
    """Return the mean (B, C) of the GRU's logits (B, C) and of the linear half's, if any (B, V).

    The first count `gru_weight`. The last output of the linear half may be for all texts of none
    together: the mean uses their total, and the GRU splits it.
    """
    logits = apart[0]
    if len(apart) == 1:
        return logits
    linear_logits = apart[1]
    rest = 1 - gru_weight
    if linear_logits.shape == logits.shape:
        return gru_weight * logits + rest * linear_logits
    n_labels = linear_logits.shape[1] - 1
    own = gru_weight * logits[:, :n_labels]
    labels = own + rest * linear_logits[:, :n_labels]
    others = logits[:, n_labels:]
    total = others.logsumexp(dim=1, keepdim=True)
    shift = rest * (linear_logits[:, n_labels:] - total)
    return torch.cat([labels, others + shift], dim=1)


def half_weights(network: TextNetwork, gru_weight: float) -> list[float]:
    """Return what each half's logits are multiplied by, so that their plain mean is the answer."""
    if network.linear_ngrams is None:
        return [1.0]
    return [2 * gru_weight, 2 - 2 * gru_weight]


def mean_and_max(states: Tensor, lengths: Tensor | None) -> tuple[Tensor, Tensor]:
    """Return mean and maximum (B, D * H) over the states (B, T, D * H), leaving padding out."""
    if lengths is None:
        return states.mean(dim=1), states.amax(dim=1)
    lengths = lengths.to(states.device)
    places = torch.arange(states.shape[1], device=states.device)
    is_padding = places >= lengths[:, None]  # (B, T)
    mean = states.sum(dim=1) / lengths[:, None]  # padded states are 0
    without_padding = states.masked_fill(is_padding[:, :, None], -torch.inf)
    return mean, without_padding.amax(dim=1)


def none_share(outputs: Tensor, n_labels: int) -> Tensor:
    """Return the total share (N,) of the outputs (N, C) after those of labels; 0 without any."""
    return outputs.softmax(dim=1)[:, n_labels:].sum(dim=1)


def parameter_groups(network: TextNetwork, linear_learning_rate: float) -> list[dict]:
    """Return the weights for an optimiser: the linear half has a learning rate of its own.

    One that is solved is left out.
    """
    linear_half: list[nn.Parameter] = []
    rest: list[nn.Parameter] = []
    for name, weight in network.named_parameters():
        if not name.startswith("linear_ngrams."):
            rest.append(weight)
        elif weight.requires_grad:
            linear_half.append(weight)
    return [{"params": rest}, {"params": linear_half, "lr": linear_learning_rate}]


def joint_loss(
    apart: Sequence[Tensor],
    targets: Tensor,
    log_prior: Tensor,
    margins: bool = False,
) -> Tensor:
    """Return the mean of the losses of what `logits_apart` returned, as a scalar.

    GRU and linear half learn by themselves: apart they make different mistakes, and their mean is
    better than either; with `margins` the second has a margin loss. `targets` are label indices
    (B,) or probabilities (B, C). `log_prior` (K,) is added to the logits in training only, which
    favours rare labels in the answers (Menon et al. 2021, "Long-tail learning via logit
    adjustment").
    """
    of_gru, *of_linear = apart
    losses = [_loss(cross_entropy, of_gru, targets, log_prior)]
    criterion = margin_loss if margins else cross_entropy
    for logits in of_linear:
        losses.append(_loss(criterion, logits, targets, log_prior))
    return torch.stack(losses).mean()


def _loss(
    criterion: Callable[[Tensor, Tensor], Tensor],
    logits: Tensor,
    targets: Tensor,
    log_prior: Tensor,
) -> Tensor:
    """Return the loss of logits (B, C) or (B, V), whose last output may be for all of none."""
    n_outputs = logits.shape[1]
    n_without_prior = n_outputs - len(log_prior)
    adjusted = logits + pad(log_prior, (0, n_without_prior))
    last = n_outputs - 1
    if not targets.is_floating_point():
        return criterion(adjusted, targets.clamp(max=last))
    all_of_none = targets[:, last:].sum(dim=1, keepdim=True)
    summed = torch.cat([targets[:, :last], all_of_none], dim=1)
    return criterion(adjusted, summed)
