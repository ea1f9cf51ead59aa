"""What to believe of a surname: the network is the prior, its bearers are witnesses.

    >>> network = np.array([[0.01, 0.2, 0.79]])  # of two labels, and of none
    >>> believed(network, [{0: 6}], [False]).round(2)
    array([[0.6 , 0.08, 0.33]])

The mean of a Dirichlet distribution, whose prior is the network's answer and worth PRIOR_BEARERS. A
bearer tells a nationality, and may be of a family from elsewhere: so each counts for every label by
how likely a family of it has such a bearer. They are heard in turn, by what is believed after those
before (quasi-Bayes: Smith and Makov 1978, "A quasi-Bayes sequential procedure for mixtures").
model/web/engine/belief.js has the same rules. data/README.md has what the numbers were chosen by.
"""

from collections.abc import Mapping, Sequence

import numpy as np

# How many bearers the network is worth. With 1 a few more answers are the nationality's language,
# with 2 more are the family's where that has moved.
PRIOR_BEARERS = 2.0
SEEN = 0.5  # what a bearer is worth where the network was trained on the name, because of bearers
# The fraction of a people whose names come from peoples outside, and from one of the other labels;
# and of the peoples outside whose names come from a label
FROM_OUTSIDE = 0.026
FROM_ANOTHER = 0.003
FROM_LABEL = 0.03
TURNS = 6  # in which the bearers are heard
# By what logarithms are divided in the end, because families move: all are less certain
TEMPERATURE = 1.2
# Of the network's threshold, below which an answer of both is unsure
UNSURE_FACTOR = 0.9
# By how much a whole name changes what is believed of its surname: the power of the ratio of what
# the network says of both, and the least probability of the surname's in it
WHOLE_POWER = 0.5
WHOLE_FLOOR = 0.01


def likelihoods(n_labels: int) -> np.ndarray:
    """Return how likely a bearer of each people (row) is of a family of each label (column).

    (labels and none, labels and none); a diagonal of 1, because only ratios in a row count.
    """
    rates = np.full((n_labels + 1, n_labels + 1), FROM_ANOTHER)
    rates[:, -1] = FROM_OUTSIDE
    rates[-1] = FROM_LABEL
    np.fill_diagonal(rates, 1)
    return rates


def believed(
    network: np.ndarray,
    bearers: Sequence[Mapping[int, float]],
    seen: Sequence[bool],
) -> np.ndarray:
    """Return the probabilities (n, labels and none) after the `bearers` of n texts were heard.

    `network` are those before; without bearers they stay. `bearers` are by index, of none the last
    one. `seen` says whether the network was trained on each text.
    """
    counts = np.zeros_like(network)
    for row, of_text, is_seen in zip(counts, bearers, seen, strict=True):
        for i, number in of_text.items():
            row[i] = number * SEEN if is_seen else number
    belief = network.copy()
    is_counted = counts.any(axis=1)
    heard = _after(network[is_counted], counts[is_counted])
    softer = heard ** (1 / TEMPERATURE)
    belief[is_counted] = softer / softer.sum(axis=1, keepdims=True)
    return belief


def _after(network: np.ndarray, bearers: np.ndarray) -> np.ndarray:
    """Return the probabilities after the bearers were heard, all (n, labels and none)."""
    rates = likelihoods(network.shape[1] - 1)
    heard = np.zeros_like(network)
    belief = network
    for _ in range(TURNS):
        families = belief[:, None] * rates
        families /= families.sum(axis=2, keepdims=True)
        heard = heard + np.einsum("ng,ngl->nl", bearers / TURNS, families)
        weight = PRIOR_BEARERS + heard.sum(axis=1, keepdims=True)
        belief = (PRIOR_BEARERS * network + heard) / weight
    return belief


def of_whole(belief: np.ndarray, whole: np.ndarray, surname: np.ndarray) -> np.ndarray:
    """Return what is believed of whole names, (n, labels and none).

    `belief` is what is believed of their surnames, `whole` and `surname` what the network says of
    either.
    """
    ratios = whole / np.maximum(surname, WHOLE_FLOOR)
    weights = belief * ratios**WHOLE_POWER
    return weights / weights.sum(axis=1, keepdims=True)
