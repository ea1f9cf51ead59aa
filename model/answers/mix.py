"""How a list is mixed, and what that says of its rows.

    >>> joint = np.array([[0.6, 0.4, 0.0]] * 70 + [[0.3, 0.7, 0.0]] * 30)
    >>> usual = np.array([0.5, 0.5, 0.0])
    >>> shares = shares_of(joint, np.ones(100), usual)
    >>> Mix(shares, usual).moved(joint[-1:]).round(2)
    array([[0.36, 0.64, 0.  ]])

Expectation maximisation: Saerens, Latinne and Decaestecker 2002, "Adjusting the outputs of a
classifier to new a priori probabilities". model/web/mix.js has the same steps.
"""

from typing import NamedTuple

import numpy as np

from .held_out import HeldOutRows

# Of a list: a shorter one that is mixed as usual loses by its own mix
FEWEST_ROWS = 30
USUAL_ROWS = 6.0  # what the usual mix counts as, so that no label is lost for ever
TURNS = 300
CONVERGED = 1e-6
# Of a list with intervals: above it they held too rarely, because few rows tell the confusion
MOST_ROWS = 1_000
WITHIN = 1.645  # standard errors that 90% are within


def shares_of(joint: np.ndarray, counts: np.ndarray, usual: np.ndarray) -> np.ndarray:
    """Return the shares (labels and none) of a list.

    `joint` (n, labels and none) are the probabilities of its texts under the `usual` mix, `counts`
    (n,) how often each stands in it.
    """
    shares = usual
    for _ in range(TURNS):
        before = shares
        ratios = ratios_of(shares, usual)
        heard = (counts / (joint @ ratios)) @ joint * ratios
        shares = (heard + USUAL_ROWS * usual) / (counts.sum() + USUAL_ROWS)
        if np.abs(shares - before).max() < CONVERGED:
            break
    return shares


def ratios_of(shares: np.ndarray, usual: np.ndarray) -> np.ndarray:
    """Return how many times as frequent as usual labels and none are."""
    return shares / np.maximum(usual, 1e-9)


class Mix(NamedTuple):
    """The mix of a list."""

    shares: np.ndarray  # (labels and none), which sum to 1
    usual: np.ndarray  # those that the network's probabilities assume
    # The ends of each share's interval of 90%, (2, labels and none); None where it has none
    interval: np.ndarray | None = None

    def moved(self, joint: np.ndarray) -> np.ndarray:
        """Return the probabilities (n, labels and none) of texts of the list."""
        weights = joint * ratios_of(self.shares, self.usual)
        return weights / weights.sum(axis=1, keepdims=True)


def mix_of(joint: np.ndarray, counts: np.ndarray, held_out: HeldOutRows) -> Mix:
    """Return the mix of a list, as `shares_of` finds it."""
    usual = held_out.prior
    mix = Mix(shares_of(joint, counts, usual), usual)
    if counts.sum() > MOST_ROWS:
        return mix
    return mix._replace(interval=interval_of(mix, joint, counts, held_out))


def interval_of(
    mix: Mix, joint: np.ndarray, counts: np.ndarray, held_out: HeldOutRows
) -> np.ndarray:
    """Return the ends of the intervals of a list's shares, (2, labels and none).

    Their width follows from two sources of chance, the rows of the list and the held-out rows by
    which it is known what is taken for what, by the delta method: the share of each label that the
    answers add up to is, on average, the true shares times this confusion. Each begins at the share
    with or without the pull of USUAL_ROWS, counts two rows more of each label (Agresti and Coull
    1998) because of those that happen to be in no row, and ends at a whole per cent.
    """
    n_columns = len(mix.shares)
    n = counts.sum()
    variance = np.cov(mix.moved(joint).T, fweights=counts) / n
    confusion = np.eye(n_columns)
    known = mix.moved(held_out.joint)
    for i, share in enumerate(mix.shares):
        own = known[held_out.targets == i]
        if len(own) > 1:
            confusion[i] = own.mean(axis=0)
            variance += share**2 * np.cov(own.T) / len(own)
    back = np.linalg.pinv(confusion.T, rcond=1e-3)
    variances = np.diag(back @ variance @ back.T)
    more = (mix.shares * n + 2) / (n + 4)
    added = more * (1 - more) - mix.shares * (1 - mix.shares)
    width = WITHIN * np.sqrt(variances + np.maximum(added, 0) / n)
    not_pulled = mix.shares + (mix.shares - mix.usual) * USUAL_ROWS / n
    low = np.minimum(mix.shares, not_pulled) - width
    high = np.maximum(mix.shares, not_pulled) + width
    percents = np.floor(100 * low), np.ceil(100 * high)
    return np.clip(percents, 0, 100) / 100
