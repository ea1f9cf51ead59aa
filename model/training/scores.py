"""Scores of a classifier: accuracy, macro-F1, top-3, calibration, per-label table, confusion.

Takes probabilities and labels and returns plain numbers, independent of networks and files.
"""

import math
from collections.abc import Sequence

import numpy as np
import torch
from sklearn.metrics import confusion_matrix, f1_score, precision_recall_fscore_support

CALIBRATION_BINS = 15
CONFIDENT = 0.8
BIAS_PENALTY = 0.002  # for each squared bias, beside the mean loss of a row
USUAL_THRESHOLD = 0.5
MAX_TEMPERATURE = 20.0
USUAL_TEMPERATURE = 1.5  # of networks that have been trained on few rows


def report(
    probabilities: np.ndarray,
    targets: np.ndarray,
    labels: Sequence[str],
    accepted: Sequence[set[int]],
    wholes: Sequence[bool] = (),
) -> dict:
    """Return the scores of `probabilities` (n, labels) against `targets` (n,), JSON-ready.

    `accepted[i]` holds every label that text i has in the data; a text of several labels has a row
    for each, so `accuracy` cannot reach 1 there while `accuracy_any` can. Where `wholes` marks
    the texts that are whole sentences, these are also scored by themselves.
    """
    predicted = probabilities.argmax(axis=1)
    label_ids = list(range(len(labels)))
    precision, recall, f1, support = precision_recall_fscore_support(
        targets, predicted, labels=label_ids, zero_division=0
    )
    top3 = np.argsort(-probabilities, axis=1, kind="stable")[:, :3]
    bins = reliability(probabilities, targets)
    calibration = [label_calibration(probabilities, targets, i) for i in label_ids]
    return {
        "rows": len(targets),
        "accuracy": float((predicted == targets).mean()),
        "accuracy_any": float(np.mean([p in a for p, a in zip(predicted, accepted, strict=True)])),
        "macro_f1": float(f1.mean()),
        "top3_accuracy": float((top3 == targets[:, None]).any(axis=1).mean()),
        "ece": expected_calibration_error(bins),
        "classwise_ece": float(np.mean([label["calibration_error"] for label in calibration])),
        "reliability": bins,
        "confusion": confusion_matrix(targets, predicted, labels=label_ids).tolist(),
        "per_label": [
            {
                "label": label,
                "precision": float(precision[i]),
                "recall": float(recall[i]),
                "f1": float(f1[i]),
                "support": int(support[i]),
                **calibration[i],
            }
            for i, label in enumerate(labels)
        ],
        **({"wholes": _score_wholes(predicted, targets, np.array(wholes))} if any(wholes) else {}),
    }


def _score_wholes(predicted: np.ndarray, targets: np.ndarray, wholes: np.ndarray) -> dict:
    predicted, targets = predicted[wholes], targets[wholes]
    return {
        "rows": len(targets),
        "accuracy": float((predicted == targets).mean()),
        "macro_f1": float(f1_score(targets, predicted, average="macro")),
    }


def reliability(
    probabilities: np.ndarray, targets: np.ndarray, bins: int = CALIBRATION_BINS
) -> list[tuple[float, float, int]]:
    """Return (mean top probability, accuracy, rows) for each of `bins` bins of equal mass.

    Bins are ordered by confidence. Source: Nguyen and O'Connor 2015, "Posterior calibration and
    exploratory analysis for natural language processing models" (adaptive binning).
    """
    return _equal_bins(probabilities.max(axis=1), probabilities.argmax(axis=1) == targets, bins)


def _equal_bins(
    probability: np.ndarray, is_true: np.ndarray, bins: int
) -> list[tuple[float, float, int]]:
    order = np.argsort(probability, kind="stable")
    return [
        (float(probability[part].mean()), float(is_true[part].mean()), len(part))
        for part in np.array_split(order, min(bins, len(order)))
    ]


def label_calibration(
    probabilities: np.ndarray, targets: np.ndarray, label: int, bins: int = CALIBRATION_BINS
) -> dict:
    """Return how far the probabilities of one label, by its index, can be relied on.

    `calibration_error` is the mean gap between its probability and its share of the rows, over all
    rows in bins of equal mass. Source: Kull et al. 2019, "Beyond temperature scaling" (class-wise
    ECE). `gap` is the mean top probability less the precision of the rows that are `predicted` to
    have it, with its standard error; both are None without such a row.
    """
    probability, is_true = probabilities[:, label], targets == label
    error = expected_calibration_error(_equal_bins(probability, is_true, bins))
    chosen = probabilities.argmax(axis=1) == label
    gaps = (probability - is_true)[chosen]
    return {
        "calibration_error": error,
        "predicted": len(gaps),
        "gap": float(gaps.mean()) if len(gaps) else None,
        "gap_error": float(gaps.std() / len(gaps) ** 0.5) if len(gaps) else None,
    }


def expected_calibration_error(bins: list[tuple[float, float, int]]) -> float:
    """Return the mean gap between probability and share of true rows over bins; 0 is best.

    >>> expected_calibration_error([(0.5, 0.25, 10), (0.75, 0.75, 30)])
    0.0625
    """
    rows = sum(n for _, _, n in bins)
    return sum(abs(p - right) * n for p, right, n in bins) / rows


def score_list(
    wanted: Sequence[str],
    labels: Sequence[str],
    probabilities: np.ndarray,
    none: np.ndarray,
    unsure_below: float,
) -> dict:
    """Return what a model makes of n texts that are never trained on.

    `wanted` has a label for each, `a|b` where either is right: then it is the share whose answer is
    right, which is not none and has the most likely label, and the share of unsure answers among
    these. Of texts that have none of the labels, whose own are "", it is the share that is called
    none, none or unsure, and the share of confident answers, which are wrong: a label with a
    probability above 0.8. `probabilities` (n, labels) are those given that a text has a label,
    `none` (n,) that of none of them.
    """
    best = probabilities.max(axis=1) * (1 - none)
    is_none, unsure = none > best, best < unsure_below
    if not any(wanted):
        return {
            "rows": len(wanted),
            "none": float(is_none.mean()),
            "none_or_unsure": float((is_none | unsure).mean()),
            "above_80": float((~is_none & (best > CONFIDENT)).mean()),
        }
    pairs = zip(probabilities.argmax(axis=1), wanted, strict=True)
    right = np.array([labels[i] in answers.split("|") for i, answers in pairs]) & ~is_none
    unsure_if_right = float(unsure[right].mean()) if right.any() else 0.0
    return {"rows": len(wanted), "right": float(right.mean()), "unsure_if_right": unsure_if_right}


def fit_temperature(logits: torch.Tensor, targets: torch.Tensor, prior_rows: float = 0) -> float:
    """Return the temperature by which `logits` (n, labels) fit `targets` (n,) best in likelihood.

    Source: Guo et al. 2017, "On calibration of modern neural networks"; the rows must not be those
    that the network was trained on. Above 1 the network was overconfident. What is usual of such
    networks counts as much as `prior_rows`.
    """
    return _temperature(_fit(logits[None], targets, prior_rows, with_bias=False)[0])


def fit_scaling(
    logits: torch.Tensor, targets: torch.Tensor, prior_rows: float = 0
) -> tuple[float, torch.Tensor]:
    """Return the temperature and the bias (labels,) by which the logits fit `targets` best.

    (logits + bias) / temperature has the highest likelihood on `targets`, less a penalty that keeps
    biases small where there are few rows. Source: Alexandari et al. 2020, "Maximum likelihood
    with bias-corrected calibration is hard-to-beat at label shift adaptation".
    """
    scales, bias = _fit(logits[None], targets, prior_rows, with_bias=True)
    temperature = _temperature(scales)
    return temperature, (bias * temperature).float()


def fit_mix(halves: torch.Tensor, targets: torch.Tensor, prior_rows: float = 0) -> float:
    """Return the share of the first of two classifiers' logits in the sum that fits `targets` best.

    `halves` (2, n, labels) are their logits.
    """
    scales, _ = _fit(halves, targets, prior_rows, with_bias=True)
    return float(scales[0] / scales.sum())


def _temperature(scales: torch.Tensor) -> float:
    # A few rows that are all right or all wrong would drive it to 0 or infinity.
    return min(max(1 / scales.item(), 0.05), MAX_TEMPERATURE)


def _fit(
    parts: torch.Tensor, targets: torch.Tensor, prior_rows: float, with_bias: bool
) -> tuple[torch.Tensor, torch.Tensor]:
    """Return the scale of each of `parts` (P, n, labels) and the bias of their sum."""
    parts, targets = parts.detach().double().cpu(), targets.cpu()
    usual = -math.log(len(parts) * (USUAL_TEMPERATURE if prior_rows else 1))
    prior = prior_rows / len(targets)
    log_scales = torch.full((len(parts),), usual, dtype=torch.float64, requires_grad=True)
    bias = torch.zeros(parts.shape[2], dtype=torch.float64, requires_grad=with_bias)
    parameters = [log_scales, *([bias] if with_bias else [])]
    optimizer = torch.optim.LBFGS(parameters, max_iter=200, line_search_fn="strong_wolfe")

    def loss() -> torch.Tensor:
        optimizer.zero_grad()
        scaled = torch.einsum("p,pnc->nc", log_scales.exp(), parts) + bias
        value = torch.nn.functional.cross_entropy(scaled, targets)
        value = value + max(BIAS_PENALTY, prior) * bias.square().sum()
        value = value + prior * (log_scales - usual).square().sum()
        value.backward()
        return value

    optimizer.step(loss)
    return log_scales.detach().exp(), bias.detach()


def moderate(logits: torch.Tensor, temperature: float) -> float:
    """Return the temperature, raised until no row is more certain than n rows can tell.

    After n right answers in a row the next is wrong once in n + 2 times (Laplace's rule of
    succession). `logits` are (n, labels).
    """
    most = 1 - 1 / (len(logits) + 2)
    while temperature < MAX_TEMPERATURE and (logits / temperature).softmax(dim=1).max() > most:
        temperature *= 1.05
    return temperature


def unsure_threshold(
    probabilities: np.ndarray,
    none: np.ndarray,
    targets: np.ndarray,
    share: float,
    prior_rows: float = 0,
) -> float:
    """Return the threshold by which a `share` of the right answers are called unsure or none.

    `probabilities` (n, labels) are those given that a text has a label, `none` (n,) that of none.
    An answer whose best label has less than the threshold is unsure.
    """
    right = probabilities.argmax(axis=1) == targets
    best = probabilities.max(axis=1) * (1 - none)
    confidence = np.where(none > best, 0.0, best)[right]
    if not len(confidence):
        return USUAL_THRESHOLD
    found, n = float(np.quantile(confidence, share)), len(confidence)
    return (n * found + prior_rows * USUAL_THRESHOLD) / (n + prior_rows)
