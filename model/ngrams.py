"""Hashed n-grams of ids: embeddings for the GRU to read, and a linear classifier of their own.

Works on ids and lengths only.
"""

from collections.abc import Sequence

import torch
from torch import Tensor, nn
from torch.nn.functional import pad


def windows(ids: Tensor, n: int) -> Tensor:
    """Return the window of size n around each position of ids (B, T), as (B, T, n).

    It starts at t - n // 2 for position t, and holds 0 where it leaves the text.
    """
    return pad(ids, (n // 2, n - 1 - n // 2)).unfold(1, n, 1)


class NgramEmbedding(nn.Module):
    """Hashed embeddings of the n-grams around each id, all sizes in one table.

    Where an n-gram's window leaves the text it sees padding, which so marks the text's first and
    last n-grams. Source of the hashing: Bojanowski et al. 2017, "Enriching word vectors with
    subword information".
    """

    # Primes of many bits, one a place and one for the size.
    MULTIPLIERS = (1_000_003, 2_654_435_761, 2_246_822_519, 3_266_489_917, 668_265_263)
    SIZE_MULTIPLIER = 374_761_393
    multipliers: Tensor

    def __init__(self, sizes: Sequence[int], buckets: int, embedding_size: int, std: float):
        super().__init__()
        self.sizes, self.buckets = sizes, buckets
        self.table = nn.Embedding(buckets, embedding_size)
        nn.init.normal_(self.table.weight, std=std)
        self.register_buffer("multipliers", torch.tensor(self.MULTIPLIERS), persistent=False)

    def forward(self, ids: Tensor) -> list[Tensor]:
        """Return, for each size, (B, T, E) for ids (B, T)."""
        embedded = []
        for n in self.sizes:
            hashed = (windows(ids, n) * self.multipliers[:n]).sum(dim=2)  # (B, T) -> (B, T)
            hashed = hashed + n * self.SIZE_MULTIPLIER
            # The high bits into the low ones: of a power of two the remainder is these alone.
            bucket = (hashed ^ hashed >> 15) % self.buckets
            embedded.append(self.table(bucket))  # -> (B, T, E)
        return embedded


class LinearNgrams(NgramEmbedding):
    """A linear classifier of hashed n-grams: an n-gram's embedding is its votes for the labels."""

    def __init__(self, sizes: Sequence[int], buckets: int, n_labels: int):
        super().__init__(sizes, buckets, n_labels, std=0.0)
        self.bias = nn.Parameter(torch.zeros(n_labels))

    def count(self, votes: Tensor, lengths: Tensor) -> Tensor:
        """Return logits (B, K) for votes (B, T, K), padding left out.

        Divided by the root of the n-grams' number, as if their counts were of length 1.
        """
        lengths = lengths.to(votes.device)
        is_text = torch.arange(votes.shape[1], device=votes.device) < lengths[:, None]  # (B, T)
        sums = (votes * is_text[:, :, None]).sum(dim=1)  # -> (B, K)
        return sums / (lengths[:, None] * len(self.sizes)).sqrt() + self.bias
