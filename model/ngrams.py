"""Hashed n-grams of ids: embeddings that a GRU can read, and a linear classifier beside it.

Both are options of the network in network.py. Works on ids and lengths only.
"""

from collections.abc import Sequence
from typing import ClassVar

import torch
from torch import Tensor, nn
from torch.nn.functional import one_hot, pad

MARGIN = 4.0
Sizes = Sequence[int]  # of n-grams


def windows(ids: Tensor, n: int) -> list[Tensor]:
    """Return the window of `n` ids around each position of ids (B, T): its places, each (B, T).

    It starts at t - n // 2 for position t, and holds 0 where it leaves the text.
    """
    n_before = n // 2
    n_ids = ids.shape[1]
    padded = pad(ids, (n_before, n - 1 - n_before))
    # Slices, because ONNX has no unfold
    return [padded[:, place : place + n_ids] for place in range(n)]


def margin_loss(logits: Tensor, targets: Tensor) -> Tensor:
    """Return the mean squared hinge loss of each label against the rest, as a scalar.

    The loss of a linear support vector machine, better than cross-entropy where there are far
    more n-grams than rows. MARGIN puts `logits` (B, V) on the scale of the GRU's; `targets` are
    label indices (B,), or (B, V) with each row's weight in the place of its label.
    """
    if not targets.is_floating_point():
        targets = one_hot(targets, logits.shape[1])
    signs = 2 * (targets > 0) - 1
    margins = signs * logits / MARGIN
    hinges = (1 - margins).relu()
    losses = hinges.square().sum(dim=1)
    return (targets.sum(dim=1) * losses).mean()


def within_text(embeddings: Tensor, ids: Tensor) -> Tensor:
    """Return embeddings (S, B, T, E) at ids (B, T), with those of the marks at the first and last.

    The `embeddings` are (S, B, T + 2, E): of a mark, of the ids and of a mark behind the longest.
    """
    following = pad(ids, (0, 1))[:, 1:]
    is_last = (ids > 0) & (following == 0)  # (B, T), because 0 is padding
    of_marks = embeddings[:, :, 2:] * is_last[:, :, None]
    within = embeddings[:, :, 1:-1] + of_marks
    first = within[:, :, :1] + embeddings[:, :, :1]
    return torch.cat([first, within[:, :, 1:]], dim=2)


class NgramEmbedding(nn.Module):
    """Hashed embeddings of the n-grams around each id, all sizes in one matrix, `table`.

    A window that leaves the text holds padding, which marks a text's first and last n-grams. With
    `marks_ends` there are windows around a mark before and a mark behind the text, too: no other
    pair of ids tells which one is the last.
    N-grams of scripts read ids in which each letter is the unknown letter of its kind: for
    example, they show that a text is a single Han character, whichever it is.
    Source: Bojanowski et al. 2017, "Enriching word vectors with subword information".
    """

    # Large primes: one per place in the n-gram, and one for its size.
    MULTIPLIERS: ClassVar = (
        1_000_003,
        2_654_435_761,
        2_246_822_519,
        3_266_489_917,
        668_265_263,
    )
    SIZE_MULTIPLIER: ClassVar = 374_761_393

    def __init__(
        self,
        sizes: Sizes,
        script_sizes: Sizes,
        buckets: int,
        embedding_size: int,
        std: float,
        marks_ends: bool = False,
    ):
        super().__init__()
        self.marks_ends = marks_ends
        self.sizes = sizes
        self.script_sizes = script_sizes
        self.buckets = buckets
        self.all_sizes = [*sizes, *script_sizes]
        self.table = nn.Embedding(buckets, embedding_size)
        self.std = std  # of the weights before training
        nn.init.normal_(self.table.weight, std=std)

    def reset_parameters(self) -> None:
        """Draw all weights again, as torch's modules do."""
        self.table.reset_parameters()
        nn.init.normal_(self.table.weight, std=self.std)

    def forward(
        self, ids: Tensor, ngram_ids: Tensor, unknown_ids: Tensor
    ) -> list[Tensor]:
        """Return for each size the embeddings (B, T, E) of the n-grams in ids (B, T).

        Those of more than one id read `ngram_ids` (B, T). Those of scripts, in `unknown_ids`
        (B, T), follow. A text's first and last id have those of the marks beside them, too.
        """
        buckets = self.buckets_of(ids, ngram_ids, unknown_ids)
        # All in one look-up because each makes a gradient as large as the matrix.
        embeddings = self.table(torch.stack(buckets))
        if self.marks_ends:
            embeddings = within_text(embeddings, ids)
        return list(embeddings.unbind())

    def buckets_of(
        self, ids: Tensor, ngram_ids: Tensor, unknown_ids: Tensor
    ) -> list[Tensor]:
        """Return for each size the rows of the matrix that `forward` looks up.

        They are (B, T), or (B, T + 2) with those of the marks.
        """
        if self.marks_ends:
            ids, ngram_ids, unknown_ids = (
                pad(each, (1, 1)) for each in (ids, ngram_ids, unknown_ids)
            )
        buckets = []
        for n in self.sizes:
            source_ids = ngram_ids if n > 1 else ids
            buckets.append(self._buckets(source_ids, n))
        for n in self.script_sizes:
            buckets.append(self._buckets(unknown_ids, n))
        return buckets

    def _buckets(self, ids: Tensor, n: int) -> Tensor:
        hashed = torch.tensor(n * self.SIZE_MULTIPLIER)
        places = windows(ids, n)
        for place, multiplier in zip(places, self.MULTIPLIERS, strict=False):
            hashed = hashed + place * multiplier  # (B, T)
        # Mix the high bits in: a remainder by a power of two would see the low ones alone.
        return (hashed ^ hashed >> 15) % self.buckets


class LinearNgrams(NgramEmbedding):
    """A linear classifier of hashed n-grams: an n-gram's embedding is its votes for the labels.

    With a `rank` below the number of labels, the matrix holds `rank` numbers per n-gram, and a
    second one turns their sum into votes: one of hundreds of votes would be large and slow.
    Source: Joulin et al. 2017, "Bag of tricks for efficient text classification".
    """

    def __init__(
        self,
        sizes: Sizes,
        script_sizes: Sizes,
        buckets: int,
        n_labels: int,
        rank: int = 0,
        marks_ends: bool = False,
    ):
        width = rank if 0 < rank < n_labels else n_labels
        super().__init__(sizes, script_sizes, buckets, width, 0.0, marks_ends)
        self.project = None
        if width < n_labels:
            self.project = nn.Linear(width, n_labels, bias=False)
        self.bias = nn.Parameter(torch.zeros(n_labels))

    def reset_parameters(self) -> None:
        """Draw all weights again, as torch's modules do."""
        super().reset_parameters()
        if self.project is not None:
            self.project.reset_parameters()
        nn.init.zeros_(self.bias)

    def n_ngrams(self, lengths: Tensor) -> Tensor:
        """Return the number of n-grams of texts with so many ids."""
        return (lengths + 2 * self.marks_ends) * len(self.all_sizes)

    def logits(self, votes: Tensor, lengths: Tensor | None) -> Tensor:
        """Return logits (B, V) for votes (B, T, V), or (B, T, rank), leaving padding out.

        Without `lengths` there is no padding. The sum is divided by the root of the number of
        n-grams, as if their counts had length 1.
        """
        n_texts, n_ids, _ = votes.shape
        if lengths is None:
            lengths = torch.full((n_texts,), n_ids)
        lengths = lengths.to(votes.device)[:, None]  # (B, 1)
        is_text = torch.arange(n_ids, device=votes.device) < lengths  # (B, T)
        of_text = votes * is_text[:, :, None]
        logits = of_text.sum(dim=1) / self.n_ngrams(lengths).sqrt()  # (B, V)
        if self.project is not None:
            logits = self.project(logits)
        return logits + self.bias
