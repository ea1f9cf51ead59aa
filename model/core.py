"""The whole idea in one file: a recurrent network reads a short text and classifies it.

Read this first, from top to bottom. It is the code that production runs, in the order of a lecture:

    1  text to ids       "Usami" -> [85, 115, 97, 109, 105], padded to a batch, as the lecture does;
                         letters.py keeps marks and every script, words.py reads words
    2  the network       ids -> embeddings -> GRU -> pooled states -> one logit per label
    3  loss, optimiser   cross-entropy, AdamW, one cycle of the learning rate
    4  one epoch         forward, backward, step, for every batch
    5  accuracy          how many texts get their own label

It differs from the lecture "RNN Classifier" in what can be switched on, all of it off by default:
n-gram embeddings, pooling over all states, a linear classifier of n-grams beside the GRU, and
outputs for texts that have none of the labels.

Shapes: B texts in a batch, T ids in the longest text, E embedding size, H hidden size, D directions
(1 or 2), C outputs, K labels (C minus the outputs for other texts).
"""

import unicodedata
from collections.abc import Callable, Iterable, Sequence
from contextlib import nullcontext
from dataclasses import dataclass
from functools import reduce
from itertools import chain
from typing import TYPE_CHECKING, Annotated, ClassVar

import numpy as np
import pydantic
import torch
from anyascii import anyascii
from pydantic import Field, PositiveInt
from torch import Tensor, nn
from torch.nn.functional import cross_entropy, pad
from torch.nn.utils.rnn import PackedSequence, pack_padded_sequence, pad_packed_sequence

from .ngrams import LinearNgrams, NgramEmbedding, margin_loss
from .symbols import is_symbol

if TYPE_CHECKING:  # a fifth of a second, and only training needs it
    from accelerate import Accelerator

# ------------------------------------------------------------------------------ 1. text to ids

PADDING_ID, UNKNOWN_ID, FIRST_ID = (
    0,
    1,
    2,
)  # a vocabulary that is learnt starts at FIRST_ID


def normalise(text: str, fold_case: bool = True) -> str:
    """Return `text` in ASCII with white space squeezed, in lower case if `fold_case`.

    >>> normalise(" Müller "), normalise("Иванов"), normalise("NAKAMURA"), normalise("김")
    ('muller', 'ivanov', 'nakamura', 'gim')
    """
    return " ".join(romanise(text, fold_case).split())


def romanise(text: str, fold_case: bool = True) -> str:
    """Return `text` in ASCII, in lower case if `fold_case`, with white space as it is."""
    if not text.isascii():
        # NFKC first: full-width letters and ligatures become plain ones. Emoji and invisible
        # characters are dropped because anyascii would spell out their names.
        text = "".join(
            c for c in unicodedata.normalize("NFKC", text) if not is_symbol(c)
        )
        text = anyascii(text)
    return text.casefold() if fold_case else text


@dataclass(frozen=True)
class CharacterEncoder:
    """Maps texts to ids as the lecture does: in ASCII, and a character's id is its code point.

    >>> CharacterEncoder().encode("Usami")
    [85, 115, 97, 109, 105]
    """

    vocabulary_size: ClassVar[int] = (
        128  # ids, with those of padding and of unknown characters
    )

    def read(self, text: str) -> str:
        """Return the characters that the network reads of `text`; case is kept."""
        return normalise(text, fold_case=False)

    def recognises(self, units: Sequence[str]) -> bool:
        """Always true: every character is informative."""
        return True

    def ids(self, units: Sequence[str]) -> list[int]:
        """Return the ids of what `read` returned."""
        return [
            max(ord(character), UNKNOWN_ID) for character in units
        ]  # 0 is padding's

    def encode(self, text: str) -> list[int]:
        """Return the ids of one text, unpadded; an empty text is one unknown character."""
        return self.ids(self.read(text)) or [UNKNOWN_ID]


def pad_ids(rows: Sequence[Sequence[int]]) -> tuple[Tensor, Tensor]:
    """Return ids (B, T), padded with 0, and lengths (B,), both int64, for the ids of each text.

    A text without any id becomes one unknown id because a length of 0 cannot be packed.

    >>> pad_ids([[5, 6, 7], [8]])[0]
    tensor([[5, 6, 7],
            [8, 0, 0]])
    """
    rows = [row or [UNKNOWN_ID] for row in rows]
    lengths = np.fromiter(map(len, rows), np.int64, len(rows))
    ids = np.full((len(rows), lengths.max(initial=1)), PADDING_ID, np.int64)
    is_text = np.arange(ids.shape[1]) < lengths[:, None]
    ids[is_text] = np.fromiter(chain.from_iterable(rows), np.int64)
    return torch.from_numpy(ids), torch.from_numpy(lengths)


def length_buckets(
    lengths: Tensor, batch_size: int, generator: torch.Generator | None = None
) -> list[Tensor]:
    """Return row indices in batches of texts of about one length, so that little is padded.

    With a `generator`, rows of one length are shuffled and then the batches are. Without it, the
    batches go from short to long.
    """
    order = torch.arange(len(lengths))
    if generator is not None:
        order = torch.randperm(len(lengths), generator=generator)
    by_length = order[torch.argsort(lengths[order], stable=True)]
    batches = [batch for batch in by_length.split(batch_size) if len(batch)]
    if generator is not None:
        batches = [
            batches[i] for i in torch.randperm(len(batches), generator=generator)
        ]
    return batches


@dataclass(frozen=True)
class EncodedRows:
    """Texts and labels as tensors, encoded once and kept on one device."""

    ids: Tensor  # (N, T), padded with 0
    lengths: Tensor  # (N,), on the CPU, where packing wants it
    targets: Tensor  # (N,), index of each row's label

    def __len__(self) -> int:
        return len(self.lengths)

    def take(self, index: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """Return ids (B, T), lengths (B,) and targets (B,) of the rows at `index`.

        T is the longest of these rows alone, so rows of one length have no padding.
        """
        lengths = self.lengths[index]
        on_device = index.to(self.ids.device, non_blocking=True)
        return (
            self.ids[on_device, : int(lengths.max())],
            lengths,
            self.targets[on_device],
        )


# ------------------------------------------------------------------------------ 2. the network

Probability = Annotated[float, Field(ge=0, lt=1, allow_inf_nan=False)]
NgramSizes = Annotated[Sequence[Annotated[int, Field(ge=1, le=5)]], Field(max_length=5)]


@pydantic.dataclasses.dataclass(frozen=True, config=pydantic.ConfigDict(strict=True))
class NetworkConfig:
    """Sizes of the network. The defaults are the lecture's; impossible values raise ValueError."""

    vocabulary_size: PositiveInt  # ids, with padding and unknown
    n_labels: PositiveInt  # outputs in all: K labels and then `n_others`
    embedding_size: PositiveInt = 100  # E
    hidden_size: PositiveInt = 100  # H, GRU units per direction and layer
    n_layers: Annotated[int, Field(ge=1, le=100)] = 2
    bidirectional: bool = True
    dropout: Probability = 0.0  # on embeddings, between GRU layers and on pooled states
    ngrams: NgramSizes = ()  # sizes of the n-grams whose embeddings are added to each id's
    ngram_buckets: PositiveInt = 8192  # rows of the table that these are hashed into
    pool: bool = False  # whether mean and maximum of all states join the last ones
    linear_ngrams: NgramSizes = ()  # n-gram sizes of the linear classifier beside the GRU
    linear_buckets: PositiveInt = 131072  # rows of its table
    linear_rank: Annotated[int, Field(ge=0)] = (
        0  # row width if below K; 0: a vote per label
    )
    script_ngrams: NgramSizes = ()  # sizes of n-grams of scripts, which join both kinds
    n_others: Annotated[int, Field(ge=0)] = 0  # outputs for texts of none of the labels

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
        if not self.training or self.p in (0, 1) or input.device.type != "cpu":
            return super().forward(input)
        kept = torch.rand(input.shape, device=input.device) >= self.p
        return input * kept / (1 - self.p)


class RNNClassifier(nn.Module):
    """A GRU over the ids of a text that ends in one logit per output."""

    ngram_ids: Tensor  # (vocabulary,): for every id what longer n-grams read instead; not learnt
    unknown_ids: (
        Tensor  # (vocabulary,): for every id the unknown letter of its kind; not learnt
    )

    def __init__(self, config: NetworkConfig):
        super().__init__()
        self.config = config
        n_labels = config.n_labels - config.n_others
        self.embedding = nn.Embedding(
            config.vocabulary_size, config.embedding_size, padding_idx=0
        )
        self.ngram_embedding = self.linear_ngrams = None
        if config.ngrams:
            sizes = config.ngrams, config.script_ngrams, config.ngram_buckets
            self.ngram_embedding = NgramEmbedding(
                *sizes, config.embedding_size, std=0.1
            )
        if config.linear_ngrams:
            n_votes = n_labels + (
                config.n_others > 0
            )  # one for all other texts together
            sizes = config.linear_ngrams, config.script_ngrams, config.linear_buckets
            self.linear_ngrams = LinearNgrams(*sizes, n_votes, config.linear_rank)
        for name in ("ngram_ids", "unknown_ids"):
            self.register_buffer(
                name, torch.arange(config.vocabulary_size), persistent=False
            )
        self.gru = nn.GRU(
            config.embedding_size,
            config.hidden_size,
            config.n_layers,
            batch_first=True,
            dropout=config.dropout if config.n_layers > 1 else 0.0,
            bidirectional=config.bidirectional,
        )
        self.dropout = Dropout(config.dropout)
        n_states = (1 + config.bidirectional) * (3 if config.pool else 1)
        self.linear = nn.Linear(n_states * config.hidden_size, config.n_labels)

    def forward(self, ids: Tensor, lengths: Tensor | None = None) -> Tensor:
        """Return logits (B, C) for ids (B, T), padded with 0, and their lengths (B,), all >= 1.

        Without lengths, nothing is padding and no branch depends on a value, as an export requires.
        """
        return join(*self.logits_apart(ids, lengths))

    def logits_apart(self, ids: Tensor, lengths: Tensor | None = None) -> list[Tensor]:
        """Return the logits of the GRU (B, C) and of the linear classifier, if any (B, V).

        V is K, and one more where there are outputs for other texts.
        """
        return self.classify(*self.embed(ids), lengths)

    def embed(self, ids: Tensor) -> tuple[Tensor, Tensor | None]:
        """Return what the GRU reads for ids (B, T): (B, T, E), and the n-grams' votes (B, T, V)."""
        embeddings, votes = self.parts(ids)
        return reduce(torch.add, embeddings), reduce(
            torch.add, votes
        ) if votes else None

    def parts(self, ids: Tensor) -> tuple[list[Tensor], list[Tensor]]:
        """Return what `embed` sums, apart.

        It is the embeddings (B, T, E) of each n-gram size and then those of the ids, and the votes
        (B, T, V) of each n-gram size.
        """
        read = ids, self.ngram_ids[ids], self.unknown_ids[ids]
        tables = self.ngram_embedding, self.linear_ngrams
        ngrams, votes = ([] if table is None else table(*read) for table in tables)
        return [*ngrams, self.embedding(ids)], votes

    def classify(
        self, embedded: Tensor, votes: Tensor | None, lengths: Tensor | None = None
    ) -> list[Tensor]:
        """Return what `logits_apart` does for what `embed` returned and the texts' lengths."""
        if lengths is not None and int(lengths.min()) == embedded.shape[1]:
            lengths = None  # as nothing is padding
        outputs, last = self._run_gru(self.dropout(embedded), lengths)
        if self.config.pool:
            last = torch.cat(
                [last, *_mean_and_max(outputs, lengths)], dim=1
            )  # -> (B, 3 * D * H)
        logits = self.linear(self.dropout(last))  # -> (B, C)
        if self.linear_ngrams is None or votes is None:
            return [logits]
        return [logits, self.linear_ngrams.count(votes, lengths)]

    def _run_gru(
        self, embedded: Tensor, lengths: Tensor | None
    ) -> tuple[Tensor, Tensor]:
        """Return the last layer's states (B, T, D * H) and its final ones (B, D * H)."""
        read: Tensor | PackedSequence = embedded
        if lengths is not None:
            # Packed, the backward direction starts at each text's own end, not in its padding.
            read = pack_padded_sequence(
                embedded, lengths.cpu(), batch_first=True, enforce_sorted=False
            )
        # Under autocast, cuDNN's GRU computes in fp16 whatever precision is asked for, and fp16
        # gradients vanish unless the loss is scaled. So on CUDA the GRU stays in fp32.
        with (
            torch.autocast("cuda", enabled=False) if embedded.is_cuda else nullcontext()
        ):
            outputs, states = self.gru(
                read
            )  # states: (L * D, B, H), the last layer last
        if lengths is not None:
            outputs, _ = pad_packed_sequence(outputs, batch_first=True)
        # Forward state after the last id, backward state after the first one.
        return outputs, torch.cat([*states[-1 - self.config.bidirectional :]], dim=1)


def join(logits: Tensor, counted: Tensor | None = None) -> Tensor:
    """Return the mean of the GRU's logits (B, C) and the linear classifier's, as (B, C).

    The linear part has one output for all other labels, its last; the mean uses their total, and
    the GRU splits it.
    """
    if counted is None:
        return logits
    if counted.shape == logits.shape:
        return (logits + counted) / 2
    n_labels = counted.shape[1] - 1
    others = logits[:, n_labels:]
    shift = (counted[:, n_labels:] - others.logsumexp(dim=1, keepdim=True)) / 2
    labels = (logits[:, :n_labels] + counted[:, :n_labels]) / 2
    return torch.cat([labels, others + shift], dim=1)


def _mean_and_max(outputs: Tensor, lengths: Tensor | None) -> tuple[Tensor, Tensor]:
    """Return mean and maximum (B, D * H) over the states (B, T, D * H), leaving padding out."""
    if lengths is None:
        return outputs.mean(dim=1), outputs.amax(dim=1)
    lengths = lengths.to(outputs.device)
    is_padding = (
        torch.arange(outputs.shape[1], device=outputs.device) >= lengths[:, None]
    )  # (B, T)
    mean = outputs.sum(dim=1) / lengths[:, None]  # padded states are 0
    return mean, outputs.masked_fill(is_padding[:, :, None], -torch.inf).amax(dim=1)


# ------------------------------------------------------------------ 3. loss, optimiser, schedule


def mean_loss(
    outputs: list[Tensor], targets: Tensor, log_prior: Tensor, margins: bool = False
) -> Tensor:
    """Return the mean of the cross-entropies of `outputs`, as a scalar.

    `outputs` are the GRU's logits (B, C) and the linear classifier's, if there is one, whose last
    output is for all texts of none of the labels. Each learns by itself: apart they make different
    mistakes, and their mean is better than either; with `margins` the second has a margin loss.
    `targets` are label indices (B,) or probabilities (B, C). `log_prior` (K,) is added to the
    logits in training only, which favours rare labels in the answers (Menon et al. 2021,
    "Long-tail learning via logit adjustment").
    """
    losses: list[Tensor] = []
    for logits in outputs:
        last = logits.shape[1] - 1
        adjusted = logits + pad(log_prior, (0, last + 1 - len(log_prior)))
        if targets.is_floating_point():
            rest = targets[:, last:].sum(
                dim=1, keepdim=True
            )  # all kinds of none together
            wanted = torch.cat([targets[:, :last], rest], dim=1)
        else:
            wanted = targets.clamp(max=last)
        criterion = margin_loss if margins and losses else cross_entropy
        losses.append(criterion(adjusted, wanted))
    return torch.stack(losses).mean()


def make_optimizer(
    network: RNNClassifier,
    learning_rate: float,
    linear_learning_rate: float,
    weight_decay: float,
) -> torch.optim.Optimizer:
    """Return AdamW, in which the linear classifier of n-grams has a learning rate of its own."""
    groups: list[dict] = [
        {"params": [], "lr": r} for r in (learning_rate, linear_learning_rate)
    ]
    for name, weight in network.named_parameters():
        groups[name.startswith("linear_ngrams.")]["params"].append(weight)
    # Fused: one pass over all weights, most of which are in the tables of n-grams.
    return torch.optim.AdamW(groups, weight_decay=weight_decay, fused=True)


def make_schedule(
    optimizer: torch.optim.Optimizer, steps: int, one_cycle: bool
) -> torch.optim.lr_scheduler.LRScheduler:
    """Return the learning rates over all `steps`: one cycle, or constant.

    Source: Smith and Topin 2018, "Super-convergence: very fast training of neural networks".
    """
    if not one_cycle:
        return torch.optim.lr_scheduler.ConstantLR(optimizer, factor=1.0)
    rates = [group["lr"] for group in optimizer.param_groups]
    steps = max(10, steps)  # with fewer, the rising part has no step at all
    return torch.optim.lr_scheduler.OneCycleLR(
        optimizer, rates, total_steps=steps, pct_start=0.2
    )


# ------------------------------------------------------------------------------ 4. one epoch


def train_epoch(
    network: RNNClassifier,
    batches: Iterable[tuple[Tensor, Tensor, Tensor]],
    log_prior: Tensor,
    optimizer: torch.optim.Optimizer,
    schedule: torch.optim.lr_scheduler.LRScheduler,
    accelerator: "Accelerator",
    after_batch: Callable[[int], None] = lambda done: None,
    margins: bool = False,
) -> Tensor:
    """Train on every batch once and return their mean losses (batches,).

    A batch is what `EncodedRows.take` returns. Accelerate picks device and precision.
    """
    network.train()  # dropout on
    losses = []
    for ids, lengths, targets in batches:
        with (
            accelerator.autocast()
        ):  # matrix products in bf16 where the hardware has it
            outputs = network.logits_apart(ids, lengths)
            loss = mean_loss(outputs, targets, log_prior, margins)
        accelerator.backward(
            loss
        )  # gradients of all weights, through every step of the GRU
        optimizer.step()
        optimizer.zero_grad()  # or the next batch's gradients would be added to these
        schedule.step()  # a new learning rate for each batch, not for each epoch
        losses.append(
            loss.detach()
        )  # not .item(), which would wait for a GPU at every batch
        after_batch(len(losses))
    return torch.stack(losses)


# ------------------------------------------------------------------------------ 5. accuracy

PREDICTION_BATCH = 256  # a quarter faster than 1,024: the states stay in the cache


@torch.inference_mode()
def predict_outputs(network: RNNClassifier, ids: Tensor, lengths: Tensor) -> Tensor:
    """Return the network's logits (N, C) in fp32, in the order of the rows, for ids (N, T)."""
    network.eval()  # dropout off
    outputs = torch.empty(len(lengths), network.config.n_labels, device=ids.device)
    for index in length_buckets(lengths, PREDICTION_BATCH):
        in_batch, rows = lengths[index], index.to(ids.device)
        outputs[rows] = network(ids[rows, : int(in_batch.max())], in_batch).float()
    return outputs


def none_share(outputs: Tensor, n_labels: int) -> Tensor:
    """Return the total share (N,) of the outputs (N, C) after those of labels; 0 without any."""
    return outputs.softmax(dim=1)[:, n_labels:].sum(dim=1)


def loss_and_right(network: RNNClassifier, rows: EncodedRows) -> Tensor:
    """Return the summed cross-entropy on `rows` and how many get their own label, as (2,).

    Only the outputs of the labels count: every row has one of them.
    """
    outputs = predict_outputs(network, rows.ids, rows.lengths)
    logits = outputs[:, : network.config.n_labels - network.config.n_others]
    logits, targets = logits.to("cpu", torch.float64), rows.targets.cpu()
    loss = cross_entropy(logits, targets, reduction="sum")
    return torch.stack([loss, (logits.argmax(dim=1) == targets).sum()])
