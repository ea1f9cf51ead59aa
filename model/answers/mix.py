"""How a list is mixed, and what that says of its rows.

    >>> joint = np.array([[0.6, 0.4, 0.0]] * 70 + [[0.3, 0.7, 0.0]] * 30)
    >>> usual = np.array([0.5, 0.5, 0.0])
    >>> shares = shares_of(joint, np.ones(100), usual)
    >>> Mix(shares, usual).moved(joint[-1:]).round(2)
    array([[0.36, 0.64, 0.  ]])

Rows that bearers decide count for what they are answered with; the shares of the others follow by
expectation maximisation: Saerens, Latinne and Decaestecker 2002, "Adjusting the outputs of a
classifier to new a priori probabilities". model/web/engine/mix.js has the same steps.
"""

from typing import NamedTuple

import numpy as np

from .held_out import HeldOutRows

# Of a list: a shorter one that is mixed as usual loses by its own mix
FEWEST_TO_MIX = 30
USUAL_ROWS = 6.0  # what the usual mix counts as, so that no label is lost for ever
EM_STEPS = 300
CONVERGED = 1e-6
# Of a list with intervals: above it they held too rarely, because few rows tell the confusion
MOST_ROWS = 1_000
LEAST_SHARE = 1e-9  # that is divided by, or by which another one is multiplied
WITHIN = 1.645  # standard errors that 90% are within


def shares_of(
    joint: np.ndarray,
    counts: np.ndarray,
    usual: np.ndarray,
    pull: float = USUAL_ROWS,
) -> np.ndarray:
    """Return the shares (labels and none) of a list.

    `joint` (n, labels and none) are the probabilities of its texts under the `usual` mix, `counts`
    (n,) how often each stands in it. The usual mix counts as `pull` rows.
    """
    shares = usual
    for _ in range(EM_STEPS):
        before = shares
        ratios = ratios_of(shares, usual)
        heard = (counts / (joint @ ratios)) @ joint * ratios
        shares = (heard + pull * usual) / (counts.sum() + pull)
        if np.abs(shares - before).max() < CONVERGED:
            break
    return shares


def ratios_of(shares: np.ndarray, usual: np.ndarray) -> np.ndarray:
    """Return how many times as frequent as usual labels and none are."""
    return np.maximum(shares, LEAST_SHARE) / np.maximum(usual, LEAST_SHARE)


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


def mix_of(
    joint: np.ndarray, counts: np.ndarray, held_out: HeldOutRows, decided: np.ndarray
) -> Mix:
    """Return the mix of a list, as `shares_of` finds it.

    Texts that are `decided`, bool (n,), count for their likeliest label or none alone.
    """
    usual = held_out.prior
    likeliest = np.eye(len(usual))[joint.argmax(axis=1)]
    counted = np.where(decided[:, None], likeliest, joint)
    pull = pull_of(counts, decided)
    mix = Mix(shares_of(counted, counts, usual, pull), usual)
    if counts.sum() > MOST_ROWS:
        return mix
    return mix._replace(interval=interval_of(mix, joint, counts, held_out, decided))


def pull_of(counts: np.ndarray, decided: np.ndarray) -> float:
    """Return how many rows the usual mix counts as: fewer where bearers decide many."""
    return float(USUAL_ROWS * counts[~decided].sum() / counts.sum())


def interval_of(
    mix: Mix,
    joint: np.ndarray,
    counts: np.ndarray,
    held_out: HeldOutRows,
    decided: np.ndarray,
) -> np.ndarray:
    """Return the ends of the intervals of a list's shares, (2, labels and none).

    Each begins at the share with or without the pull, has the width that follows from the variances
    of decided rows, by what is believed of each, and of the others, and ends at a whole per cent.
    """
    n = counts.sum()
    variances = counts[decided] @ (joint[decided] * (1 - joint[decided]))
    if not decided.all():
        variances += variances_of(mix, joint[~decided], counts[~decided], held_out)
    width = WITHIN * np.sqrt(variances) / n
    not_pulled = mix.shares + (mix.shares - mix.usual) * pull_of(counts, decided) / n
    low = np.minimum(mix.shares, not_pulled) - width
    high = np.maximum(mix.shares, not_pulled) + width
    percents = np.floor(100 * low), np.ceil(100 * high)
    return np.clip(percents, 0, 100) / 100


def variances_of(
    mix: Mix, joint: np.ndarray, counts: np.ndarray, held_out: HeldOutRows
) -> np.ndarray:
    """Return the variances (labels and none) of how many rows have each, of those that are open.

    They follow from two sources of chance, the rows and the held-out rows by which it is known what
    is taken for what, by the delta method: the share of each label that the answers add up to is,
    on average, the true shares times this confusion. Two rows more of each label count (Agresti and
    Coull 1998) because of those that happen to be in no row.
    """
    n = counts.sum()
    moved = mix.moved(joint)
    shares = (counts @ moved + USUAL_ROWS * mix.usual) / (n + USUAL_ROWS)
    variance = np.cov(moved.T, fweights=counts, bias=True) / n
    confusion = np.eye(len(shares))
    known = mix.moved(held_out.joint)
    for i, share in enumerate(shares):
        own = known[held_out.targets == i]
        if len(own) > 1:
            confusion[i] = own.mean(axis=0)
            variance += share**2 * np.cov(own.T) / len(own)
    back = np.linalg.pinv(confusion.T, rcond=1e-3)
    variances = np.diag(back @ variance @ back.T)
    more = (shares * n + 2) / (n + 4)
    added = more * (1 - more) - shares * (1 - shares)
    return n**2 * (variances + np.maximum(added, 0) / n)
