"""The whole idea in one file: a recurrent network reads a short text and classifies it.

Read this first, from top to bottom. It is the code that production runs, in the order of a lecture:

    1  text to ids       "Usami" -> [85, 115, 97, 109, 105], padded to a batch, as the lecture does;
                         text/letters.py keeps marks and every script, text/words.py words
    2  the network       ids -> embeddings -> GRU -> last states -> one logit per label
    3  loss, optimiser   cross-entropy, AdamW, one cycle of the learning rate
    4  one epoch         forward, backward, step, for every batch
    5  accuracy          how many texts get their own label

network.py comes next: what may stand beside this network, all of it off in the lecture's.

Shapes: B texts in a batch, T ids in the longest text, E embedding size, L layers, H hidden size,
D directions (1 or 2), K labels, C outputs (K and, in network.py, further ones for texts of none of
the labels).
"""

import unicodedata
from collections.abc import Callable, Iterable, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from itertools import chain
from typing import TYPE_CHECKING, Annotated

import numpy as np
import pydantic
import torch
from anyascii import anyascii
from pydantic import Field, PositiveInt
from torch import Tensor, nn
from torch.nn.functional import cross_entropy
from torch.nn.utils.rnn import PackedSequence, pack_padded_sequence, pad_packed_sequence

from .encoder import PADDING_ID, UNKNOWN_ID, Encoder
from .symbols import is_symbol

if TYPE_CHECKING:  # a fifth of a second, and only training needs it
    from accelerate import Accelerator

# ------------------------------------------------------------------------------ 1. text to ids


def normalise(text: str, fold_case: bool = True) -> str:
    """Return `text` in ASCII with white space squeezed, in lower case if `fold_case`.

    >>> normalise(" Müller "), normalise("Иванов"), normalise("NAKAMURA"), normalise("김")
    ('muller', 'ivanov', 'nakamura', 'gim')
    """
    return " ".join(romanise(text, fold_case).split())


def romanise(text: str, fold_case: bool = True) -> str:
    """Return `text` in ASCII, in lower case if `fold_case`, with white space as it is."""
    if not text.isascii():
        # NFKC first: full-width letters and ligatures become plain ones.
        text = unicodedata.normalize("NFKC", text)
        # anyascii would spell out the names of emoji and invisible characters.
        text = "".join(c for c in text if not is_symbol(c))
        text = anyascii(text)
    return text.casefold() if fold_case else text


@dataclass(frozen=True)
class CharacterEncoder(Encoder):
    """Maps texts to ids as the lecture does: in ASCII, and a character's id is its code point.

    >>> CharacterEncoder().encode("Usami")
    [85, 115, 97, 109, 105]
    """

    vocabulary_size = 128  # with the ids of padding and of the unknown

    def read_units(self, text: str) -> str:
        """Return the characters that the network reads of `text`; case is kept."""
        return normalise(text, fold_case=False)

    def ids(self, units: Sequence[str]) -> list[int]:
        """Return the ids of what `read_units` returned; a NUL is unknown, because 0 is padding."""
        return [max(ord(character), UNKNOWN_ID) for character in units]


def pad_ids(rows: Sequence[Sequence[int]]) -> tuple[Tensor, Tensor]:
    """Return ids (B, T), padded with 0, and lengths (B,), both int64, for the ids of each text.

    A text without any id becomes one unknown id because a length of 0 cannot be packed.

    >>> pad_ids([[5, 6, 7], [8]])[0]
    tensor([[5, 6, 7],
            [8, 0, 0]])
    """
    rows = [row or [UNKNOWN_ID] for row in rows]
    lengths = np.fromiter(map(len, rows), np.int64, len(rows))
    longest = lengths.max(initial=1)
    ids = np.full((len(rows), longest), PADDING_ID, np.int64)
    is_text = np.arange(longest) < lengths[:, None]  # (B, T), False where padding is
    ids[is_text] = np.fromiter(chain.from_iterable(rows), np.int64)
    return torch.from_numpy(ids), torch.from_numpy(lengths)


def length_buckets(
    lengths: Tensor, batch_size: int, generator: torch.Generator | None = None
) -> list[Tensor]:
    """Return row indices in batches of texts of about one length, so that little is padded.

    With a `generator`, rows of one length are shuffled and then the batches are. Without it, the
    batches go from short to long.
    """
    n_rows = len(lengths)
    order = torch.arange(n_rows)
    if generator is not None:
        order = torch.randperm(n_rows, generator=generator)
    by_length = order[torch.argsort(lengths[order], stable=True)]
    batches = [batch for batch in by_length.split(batch_size) if len(batch)]
    if generator is None:
        return batches
    shuffled = torch.randperm(len(batches), generator=generator)
    return [batches[i] for i in shuffled]


@dataclass(frozen=True)
class EncodedRows:
    """Texts and labels as tensors, encoded once and kept on one device."""

    ids: Tensor  # (N, T), padded with 0
    lengths: Tensor  # (N,), on the CPU, where packing wants it
    targets: Tensor  # (N,), index of each row's label

    def take(self, index: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """Return ids (B, T), lengths (B,) and targets (B,) of the rows at `index`.

        T is the longest of these rows alone, so rows of one length have no padding.
        """
        lengths = self.lengths[index]
        longest = int(lengths.max())
        on_device = index.to(self.ids.device, non_blocking=True)
        ids = self.ids[on_device, :longest]
        targets = self.targets[on_device]
        return ids, lengths, targets


# ------------------------------------------------------------------------------ 2. the network

Probability = Annotated[float, Field(ge=0, lt=1, allow_inf_nan=False)]
STRICT = pydantic.ConfigDict(strict=True)


@pydantic.dataclasses.dataclass(frozen=True, config=STRICT)
class NetworkConfig:
    """Sizes of the network. The defaults are the lecture's; impossible values raise ValueError."""

    vocabulary_size: PositiveInt  # with the ids of padding and of the unknown
    n_labels: PositiveInt  # outputs
    embedding_size: PositiveInt = 100  # E
    hidden_size: PositiveInt = 100  # H, GRU units per direction and layer
    n_layers: Annotated[int, Field(ge=1, le=100)] = 2
    bidirectional: bool = True  # D is 2, or 1
    dropout: Probability = 0.0  # on embeddings, between GRU layers, on the last states


class RNNClassifier(nn.Module):
    """The lecture's network: a GRU over the letters of a text, whose last states are weighed."""

    def __init__(self, config: NetworkConfig):
        super().__init__()
        self.config = config
        size = config.embedding_size
        self.embedding = nn.Embedding(
            config.vocabulary_size, size, padding_idx=PADDING_ID
        )
        self.gru = nn.GRU(
            size,
            config.hidden_size,
            config.n_layers,
            batch_first=True,
            dropout=config.dropout if config.n_layers > 1 else 0.0,
            bidirectional=config.bidirectional,
        )
        self.dropout = nn.Dropout(config.dropout)
        self.linear = nn.Linear(self.n_features, config.n_labels)

    @property
    def n_features(self) -> int:
        """How many numbers `features` makes of a text: D * H."""
        n_directions = 2 if self.config.bidirectional else 1
        return n_directions * self.config.hidden_size

    def forward(self, ids: Tensor, lengths: Tensor | None = None) -> Tensor:
        """Return logits (B, C) for ids (B, T), padded with 0, and their lengths (B,), all >= 1.

        Without lengths, nothing is padding and no branch depends on a value, as an export requires.
        """
        return self.classify(self.embed(ids), lengths)

    def embed(self, ids: Tensor) -> Tensor:
        """Return what the GRU reads for ids (B, T): their embeddings (B, T, E)."""
        return self.embedding(ids)

    def classify(self, embedded: Tensor, lengths: Tensor | None = None) -> Tensor:
        """Return the logits (B, C) for embedded texts (B, T, E) of these lengths (B,)."""
        if lengths is not None and int(lengths.min()) == embedded.shape[1]:
            lengths = None  # because nothing is padding
        states, last = self.run_gru(self.dropout(embedded), lengths)
        features = self.features(states, last, lengths)
        return self.linear(self.dropout(features))

    def run_gru(
        self, embedded: Tensor, lengths: Tensor | None
    ) -> tuple[Tensor, Tensor]:
        """Return the last layer's states at every id (B, T, D * H) and its last ones (B, D * H)."""
        texts: Tensor | PackedSequence = embedded
        if lengths is not None:
            # Packed, the backward direction starts at each text's own end, not in its padding.
            texts = pack_padded_sequence(
                embedded, lengths.cpu(), batch_first=True, enforce_sorted=False
            )
        with _full_precision(embedded):
            states, last = self.gru(texts)  # last: (L * D, B, H), last layer last
        if lengths is not None:
            states, _ = pad_packed_sequence(states, batch_first=True)
        if not self.config.bidirectional:
            return states, last[-1]
        # The forward direction ends at the last id, the backward one at the first.
        forward, backward = last[-2:]
        return states, torch.cat([forward, backward], dim=1)

    def features(self, states: Tensor, last: Tensor, lengths: Tensor | None) -> Tensor:
        """Return what the linear layer weighs: of all states, the last ones (B, D * H)."""
        return last


def _full_precision(embedded: Tensor) -> AbstractContextManager:
    """Keep the GRU in fp32 on CUDA.

    Under autocast cuDNN's GRU computes in fp16 whatever precision is asked for, and fp16 gradients
    vanish unless the loss is scaled.
    """
    if embedded.is_cuda:
        return torch.autocast("cuda", enabled=False)
    return nullcontext()


# ------------------------------------------------------------------ 3. loss, optimiser, schedule


def mean_loss(
    network: RNNClassifier, ids: Tensor, lengths: Tensor, targets: Tensor
) -> Tensor:
    """Return the mean cross-entropy of a batch, as a scalar."""
    return cross_entropy(network(ids, lengths), targets)


def make_optimizer(
    parameters: Iterable[nn.Parameter] | Iterable[dict],
    learning_rate: float,
    weight_decay: float,
) -> torch.optim.Optimizer:
    """Return AdamW for these parameters, or groups of them that may have rates of their own."""
    return torch.optim.AdamW(
        parameters,
        lr=learning_rate,
        weight_decay=weight_decay,
        fused=True,  # one pass over all weights
    )


def make_schedule(
    optimizer: torch.optim.Optimizer, steps: int, one_cycle: bool
) -> torch.optim.lr_scheduler.LRScheduler:
    """Return the learning rates over all `steps`: one cycle, or constant.

    Source: Smith and Topin 2018, "Super-convergence: very fast training of neural networks".
    """
    if not one_cycle:
        return torch.optim.lr_scheduler.ConstantLR(optimizer, factor=1.0)
    highest = [group["lr"] for group in optimizer.param_groups]
    return torch.optim.lr_scheduler.OneCycleLR(
        optimizer,
        highest,
        total_steps=max(10, steps),  # with fewer, the rising part has no step at all
        pct_start=0.2,
    )


# ------------------------------------------------------------------------------ 4. one epoch


def train_epoch(
    network: RNNClassifier,
    batches: Iterable[tuple[Tensor, Tensor, Tensor]],
    optimizer: torch.optim.Optimizer,
    schedule: torch.optim.lr_scheduler.LRScheduler,
    accelerator: "Accelerator",
    loss_of: Callable[..., Tensor] = mean_loss,
    after_batch: Callable[[], None] = lambda: None,
) -> Tensor:
    """Train on every batch once and return their mean losses (batches,).

    A batch is what `EncodedRows.take` returns. Accelerate picks device and precision.
    """
    network.train()  # dropout on
    losses = []
    for ids, lengths, targets in batches:
        with accelerator.autocast():  # products in bf16 where the hardware has it
            loss = loss_of(network, ids, lengths, targets)
        # Gradients of all weights, through every step of the GRU
        accelerator.backward(loss)
        optimizer.step()
        optimizer.zero_grad()  # or the next batch's gradients would be added to these
        schedule.step()  # a new learning rate for each batch, not for each epoch
        losses.append(loss.detach())  # .item() would wait for a GPU at every batch
        after_batch()
    return torch.stack(losses)


# ------------------------------------------------------------------------------ 5. accuracy

PREDICTION_BATCH = 256  # a quarter faster than 1,024: the states stay in the cache


@torch.inference_mode()
def predict_logits(
    network: RNNClassifier, ids: Tensor, lengths: Tensor, **options: float
) -> Tensor:
    """Return the network's logits (N, C) in fp32, in the order of the rows, for ids (N, T).

    `options` are further arguments of the network.
    """
    network.eval()  # dropout off
    n_outputs = network.config.n_labels
    logits = torch.empty(len(lengths), n_outputs, device=ids.device)
    for index in length_buckets(lengths, PREDICTION_BATCH):
        in_batch = lengths[index]
        rows = index.to(ids.device)
        longest = int(in_batch.max())
        logits[rows] = network(ids[rows, :longest], in_batch, **options).float()
    return logits


def loss_and_accuracy(
    network: RNNClassifier, rows: EncodedRows, n_labels: int
) -> tuple[float, float]:
    """Return the mean cross-entropy on `rows` and the share that gets its own label.

    Only the first `n_labels` outputs count: every row has one of these labels.
    """
    logits = predict_logits(network, rows.ids, rows.lengths)
    logits = logits[:, :n_labels].to("cpu", torch.float64)
    targets = rows.targets.cpu()
    is_right = logits.argmax(dim=1) == targets
    return cross_entropy(logits, targets).item(), is_right.double().mean().item()
