"""Which characters of a text point to a label: integrated gradients, mapped back to the text.

Works on a network, ids and text; independent of labels' names, calibration and files.

The gradient of a label's logit is averaged along the straight path from a baseline to the text's
embeddings and multiplied by the embeddings. The baseline is the zero embedding at every position:
a text of the same length whose letters carry no information. What an n-gram adds is shared equally
among its letters; what the letters of a character as it is read add goes to the typed character.
Source: Sundararajan, Taly and Yan 2017, "Axiomatic attribution for deep networks".
"""

from dataclasses import dataclass

import torch
from numpy.polynomial.legendre import leggauss
from torch import Tensor

from ..network import TextNetwork, mean_logits
from ..ngrams import windows

N_STEPS = 16  # of the path: values sum to the difference of logits within 0.03
# Gauss's quadrature from -1 to 1; of the path, the places of the steps from 0 to 1 and their shares
PLACES, WEIGHTS = leggauss(N_STEPS)
NODES = (PLACES + 1) / 2
SHARES = WEIGHTS / 2


@dataclass(frozen=True)
class Explanation:
    """What each piece of `text` adds to the logit of `label`, or takes from it.

    `contributions` holds a (piece, value) pair for each character of the text as typed, with the
    marks behind it, or for each word. The values sum to the label's logit less `start`, its logit
    at the baseline; 0.0 is a piece that the network does not see. Logits are calibrated: a value of
    1 multiplies the label's odds by e, were the other labels' logits to stay.
    """

    text: str
    label: str
    contributions: tuple[tuple[str, float], ...]
    start: float = 0.0


def letter_contributions(
    network: TextNetwork,
    ids: Tensor,
    weights: Tensor,
    gru_weight: float = 0.5,
) -> Tensor:
    """Return what each id of one text, ids (1, T), adds to its logits' weighted sum, as (T,).

    `weights` (C,) are 1 for the label to explain and 0 for the others, or any others; `gru_weight`
    is that of the GRU's logits.
    """
    network.eval()
    with torch.no_grad():
        embeddings = network.embeddings(ids)  # (1, T, E) each
        votes = network.votes(ids)  # (1, T, V) each, if any
    halves = [embeddings, votes] if votes else [embeddings]
    places = torch.tensor(NODES).to(weights)[:, None, None]  # (S, 1, 1)
    shares = torch.tensor(SHARES).to(weights)  # (S,)
    # What the network reads at each step, (S, T, E), and the votes, if any, (S, T, V)
    path = [(places * sum(half)).requires_grad_() for half in halves]
    # cuDNN gives no gradient of a GRU outside training; elsewhere the flag changes nothing.
    with torch.backends.cudnn.flags(enabled=False):
        apart = network.classify_apart(path[0], path[1:])
        logits = mean_logits(apart, gru_weight)
        gradients = torch.autograd.grad(logits @ weights @ shares, path)
    sizes = [1]  # of the n-grams that the summands are of
    if network.ngram_embedding is not None:
        sizes = [*network.ngram_embedding.all_sizes, 1]
    if network.linear_ngrams is not None:
        sizes += network.linear_ngrams.all_sizes
    values: list[Tensor] = []  # (T,) for each summand
    for half, gradient in zip(halves, gradients, strict=True):
        slope = gradient.sum(dim=0)  # (T, E or V)
        for summand in half:
            n = sizes[len(values)]
            values.append(spread((summand * slope).sum(dim=(0, 2)), n))
    return torch.stack(values).sum(dim=0)


def spread(values: Tensor, n: int) -> Tensor:
    """Share the value of the n-gram around each position equally among its letters, (T,) -> (T,).

    >>> spread(torch.tensor([1.0, 2.0, 4.0]), 2)  # the first one holds the first letter alone
    tensor([2., 3., 2.])
    """
    n_letters = len(values)
    places = torch.arange(1, n_letters + 1, device=values.device)
    # (T, n), 0 where a window leaves the text
    covered = torch.cat(windows(places[None], n)).T
    n_covered = (covered > 0).sum(dim=1)
    shares = values / n_covered
    shares_by_place = shares.repeat_interleave(n)
    sums = values.new_zeros(n_letters + 1)
    sums = sums.index_add(0, covered.flatten(), shares_by_place)
    return sums[1:]
