"""What a network answers to rows that it was not trained on: the usual mix, sets with a promise.

    >>> joint = np.array([[0.7, 0.3, 0.0]] * 9 + [[0.2, 0.8, 0.0]] * 9)  # of two labels and none
    >>> rows = HeldOutRows(joint, np.repeat([0, 1], 9))
    >>> rows.thresholds(0.9)[0]
    array([0.7, 0.8, inf])

A model folder holds them as held_out.safetensors, without their texts.
"""

from dataclasses import dataclass
from functools import cached_property, lru_cache

import numpy as np

# The share of texts that have none of the labels among those that people ask about. It is an
# assumption: most of the world's surnames come from other languages than the 18, but visitors have
# read which these are. A higher share trades right answers for fewer confident wrong ones:
# metrics.json has the share of such answers to the texts kept for validation ("outside").
NONE_PRIOR = 0.25
COVERAGE = 0.9  # of the sets that the page names
FEWEST_OF_A_LABEL = 9  # rows of a label for a threshold of its own
MOST_HELD_OUT = 2_500  # rows that are kept


@dataclass(frozen=True, eq=False)
class HeldOutRows:
    """Answers to n rows, those of none among them, and what is right."""

    joint: np.ndarray  # probabilities (n, labels and none)
    targets: np.ndarray  # (n,) indices of labels, of none the last one

    def to_store(self) -> "HeldOutRows":
        """Return what is stored, in half precision: of each kind MOST_HELD_OUT rows at most."""
        kept = []
        is_none = self.targets == self.joint.shape[1] - 1
        for group in np.flatnonzero(~is_none), np.flatnonzero(is_none):
            step = len(group) // MOST_HELD_OUT + 1
            kept += group[::step].tolist()
        joint = self.joint[kept].astype(np.float16).astype(float)
        return HeldOutRows(joint, self.targets[kept])

    @cached_property
    def prior(self) -> np.ndarray:
        """The mix (labels and none) that the network's probabilities assume."""
        n_labels = self.joint.shape[1] - 1
        shares = self.joint[self.targets < n_labels, :-1].mean(axis=0)
        none = NONE_PRIOR if (self.targets == n_labels).any() else 0.0
        return np.append((1 - none) * shares / shares.sum(), none)

    def thresholds(self, coverage: float) -> tuple[np.ndarray, np.ndarray]:
        """Return what labels and none need at least to be in a set, and whose threshold is pooled.

        A set that holds what reaches its threshold holds the right one with this probability,
        whichever it is. Class-conditional conformal sets: Sadinle, Lei and Wasserman 2019, "Least
        ambiguous set-valued classifiers with bounded error levels". A label of too few rows has
        the threshold of all rows with a label.
        """
        return _thresholds(self, coverage)

    def sets(self, joint: np.ndarray, coverage: float) -> np.ndarray:
        """Return which labels, and none, are in the sets of n texts: bool (n, labels and none).

        A set that would be empty has the likeliest, unless the text has NaN: it was not read.
        """
        thresholds, _ = self.thresholds(coverage)
        is_in = joint >= thresholds
        is_empty = ~is_in.any(axis=1) & ~np.isnan(joint).any(axis=1)
        is_in[is_empty, joint[is_empty].argmax(axis=1)] = True
        return is_in


@lru_cache(8)  # because they depend on the model alone
def _thresholds(rows: HeldOutRows, coverage: float) -> tuple[np.ndarray, np.ndarray]:
    n_columns = rows.joint.shape[1]
    of_right = np.take_along_axis(rows.joint, rows.targets[:, None], 1)[:, 0]
    pooled = of_right[rows.targets < n_columns - 1]
    thresholds = np.full(n_columns, _quantile(pooled, coverage))
    is_pooled = np.full(n_columns, True)
    for i in range(n_columns):
        own = of_right[rows.targets == i]
        if len(own) >= FEWEST_OF_A_LABEL and _rank(len(own), coverage):
            thresholds[i] = _quantile(own, coverage)
            is_pooled[i] = False
    if not (rows.targets == n_columns - 1).any():
        thresholds[-1] = np.inf  # none is not asked
    return thresholds, is_pooled


def _rank(n: int, coverage: float) -> int:
    """Return which of n values, from 1 for the least, another one reaches with this probability.

    It is 0 where n is too small to tell.
    """
    return int((n + 1) * (1 - coverage) + 1e-9)  # 10 × 0.1 is below 1


def _quantile(values: np.ndarray, coverage: float) -> float:
    """Return the value that another one reaches with the probability `coverage`."""
    rank = _rank(len(values), coverage)
    return float(np.sort(values)[rank - 1]) if rank else 0.0
