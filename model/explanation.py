"""Which characters of a text point to a label: integrated gradients, mapped back to the text.

Works on a network, ids and text; independent of labels' names, calibration and files.

The gradient of a label's logit is averaged along the straight path from a baseline to the text's
embeddings and multiplied by the embeddings. The baseline is the zero embedding at every position:
a text of the same length whose letters say nothing. What an n-gram adds is shared equally among
its letters, and what the letters of a character as it is read add goes to the character as typed.
Source: Sundararajan, Taly and Yan 2017, "Axiomatic attribution for deep networks".
"""

from collections.abc import Callable
from dataclasses import dataclass
from itertools import accumulate, pairwise

import torch
from torch import Tensor

from .core import RNNClassifier
from .ngrams import windows

N_STEPS = 32  # on each section of the path; one section does for almost every name
TOLERANCE = 0.01  # of the difference of logits: a section further off is halved
MAX_POSITIONS = 100_000  # steps * letters before halving ends: some seconds, for no real name
POSITIONS_AT_ONCE = 8192  # bounds the memory that a long text needs

Embeddings = tuple[Tensor, ...]  # that a network sums, each (1, T, E)


@dataclass(frozen=True)
class Explanation:
    """What each character of `text` adds to the logit of `label`, or takes from it.

    `contributions` holds a (character, value) pair for each character of the text as typed. The
    values sum to the label's logit less its logit at the baseline; 0.0 is a character that the
    network does not see. Logits are calibrated: a value of 1 multiplies the label's odds by e,
    were the other labels' logits to stay. `start` is the logit at the baseline.
    """

    text: str
    label: str
    contributions: tuple[tuple[str, float], ...]
    start: float = 0.0


def letter_contributions(network: RNNClassifier, ids: Tensor, label: int | Tensor) -> Tensor:
    """Return what each id of one text, ids (1, T), adds to the logit of `label`, as (T,).

    With weights (C,) in place of a label, it is what each id adds to the weighted sum of logits.
    """
    tables = network.ngram_embedding, network.linear_ngrams
    ngram_sizes, vote_sizes = ([] if t is None else t.all_sizes for t in tables)
    n_read = len(ngram_sizes) + 1

    def logit(*parts: Tensor) -> Tensor:
        read, votes = parts[:n_read], parts[n_read:]
        embedded = sum(read[1:], read[0])  # (S, T, E), one row for each step of the path
        counted = sum(votes[1:], votes[0]) if votes else None
        logits = network.classify(embedded, counted, None)  # without padding
        return logits[:, label] if isinstance(label, int) else logits @ label  # -> (S,)

    network.eval()
    with torch.no_grad():
        parts = (*network.embedding_parts(ids), *network.vote_parts(ids))  # each (1, T, E or K)
    # cuDNN gives no gradient of a GRU outside training; elsewhere the flag changes nothing.
    with torch.backends.cudnn.flags(enabled=False):
        attributions = _integrate(logit, parts)
    sizes = (*ngram_sizes, 1, *vote_sizes)
    first, *others = (spread(a[0].sum(dim=1), n) for a, n in zip(attributions, sizes, strict=True))
    return sum(others, first)


def _integrate(logit: Callable[..., Tensor], parts: Embeddings) -> Embeddings:
    """Return the integrated gradients of `logit` for `parts`, from a baseline of zeros.

    A section of the path whose values do not sum to its difference of logits is halved: along the
    path of a long text the logit may jump, and the jump falls between two steps.
    """
    from captum.attr import IntegratedGradients  # here because the import takes most of a second

    n_letters = parts[0].shape[1]
    options = {"n_steps": N_STEPS, "internal_batch_size": max(1, POSITIONS_AT_ONCE // n_letters)}
    zeros = tuple(map(torch.zeros_like, parts))
    with torch.no_grad():
        allowed = max(TOLERANCE * abs(float(logit(*parts) - logit(*zeros))), 1e-3)
    total, sections, left = zeros, [(zeros, parts)], MAX_POSITIONS // (N_STEPS * n_letters)
    while sections:
        start, end = sections.pop()
        gradients, error = IntegratedGradients(logit).attribute(
            end, start, return_convergence_delta=True, **options
        )
        left -= 1
        if left <= 0 or abs(float(error)) <= allowed:
            total = tuple(map(torch.add, total, gradients))
        else:
            middle = tuple((a + b) / 2 for a, b in zip(start, end, strict=True))
            sections += [(start, middle), (middle, end)]
    return total


def spread(values: Tensor, n: int) -> Tensor:
    """Share the value of the n-gram around each position equally among its letters, (T,) -> (T,).

    >>> spread(torch.tensor([1.0, 2.0, 4.0]), 2)  # the first one holds the first letter alone
    tensor([2., 3., 2.])
    """
    places = torch.arange(1, len(values) + 1, device=values.device)
    # (T, n), 0 where a window leaves the text
    covered = torch.cat(windows(places[None], n)).T
    shares = values / (covered > 0).sum(dim=1)
    sums = values.new_zeros(len(values) + 1)
    return sums.index_add(0, covered.flatten(), shares.repeat_interleave(n))[1:]


def letter_counts(text: str, read: Callable[[str], str]) -> list[int]:
    """Return how many of the letters `read(text)` come from each character of `text`.

    They are as many as what is read of the text grows by when the character is typed.

    >>> letter_counts(" ẞ a ", lambda text: text.casefold().strip())
    [0, 2, 1, 1, 0]
    """
    n_letters = len(read(text))
    # A further letter, so that white space at the end of a beginning counts.
    beginnings = (len(read(text[: end + 1] + "x")) - 1 for end in range(len(text)))
    ends = [0, *accumulate((min(end, n_letters) for end in beginnings), max)]
    return [end - start for start, end in pairwise(ends)]
