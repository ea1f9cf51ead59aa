"""How far probabilities can be relied on: bins, calibration errors, the gaps of labels."""

from collections.abc import Sequence

import numpy as np

CALIBRATION_BINS = 15
Bin = tuple[float, float, float]  # mean probability, share of true rows, their weight


def equal_bins(probability: np.ndarray, is_true: np.ndarray) -> list[Bin]:
    """Return bins with equal numbers of rows, lowest probability first; they weigh 1 each.

    Source: Nguyen and O'Connor 2015, "Posterior calibration and exploratory analysis for natural
    language processing models" (adaptive binning).
    """
    order = np.argsort(probability, kind="stable")
    n_bins = min(CALIBRATION_BINS, len(order))
    bins: list[Bin] = []
    for in_bin in np.array_split(order, n_bins):
        mean = float(probability[in_bin].mean())
        share = float(is_true[in_bin].mean())
        bins.append((mean, share, len(in_bin)))
    return bins


def weighed_bins(
    probability: np.ndarray,
    is_true: np.ndarray,
    weights: np.ndarray,
) -> list[Bin]:
    """Return bins of about equal weight, lowest probability first, of rows with `weights`."""
    order = np.argsort(probability, kind="stable")
    in_order = weights[order]
    middles = in_order.cumsum() - in_order / 2
    numbers = (middles / weights.sum() * CALIBRATION_BINS).astype(int)
    bins = []
    for number in np.unique(numbers):
        in_bin = order[numbers == number]
        weight = weights[in_bin]
        mean = np.average(probability[in_bin], weights=weight)
        share = np.average(is_true[in_bin], weights=weight)
        bins.append((float(mean), float(share), float(weight.sum())))
    return bins


def expected_calibration_error(bins: Sequence[Bin]) -> float:
    """Return the mean gap between probability and share of true rows over bins; 0 is best.

    >>> expected_calibration_error([(0.5, 0.25, 10), (0.75, 0.75, 30)])
    0.0625
    """
    total = 0.0
    gap = 0.0
    for mean, share, weight in bins:
        total += weight
        gap += abs(mean - share) * weight
    return gap / total


def label_calibration(
    probabilities: np.ndarray,
    targets: np.ndarray,
    label: int,
) -> dict:
    """Return how far the probabilities of one label, by its index, can be relied on.

    `calibration_error` is its mean gap over bins of all rows: the class-wise ECE of Kull et al.
    2019, "Beyond temperature scaling". `gap` is the mean top probability less the precision of the
    rows `predicted` to have it, with its standard error; both are None without such a row.
    """
    probability = probabilities[:, label]
    is_true = targets == label
    is_predicted = probabilities.argmax(axis=1) == label
    gaps = (probability - is_true)[is_predicted]
    n = len(gaps)
    bins = equal_bins(probability, is_true)
    calibration: dict[str, float | None] = {
        "calibration_error": expected_calibration_error(bins),
        "predicted": n,
        "gap": None,
        "gap_error": None,
    }
    if n:
        calibration["gap"] = float(gaps.mean())
        calibration["gap_error"] = float(gaps.std() / n**0.5)
    return calibration
