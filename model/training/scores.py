"""Scores of a classifier: accuracy, macro-F1, top-3, calibration, per-label table, confusion.

Takes probabilities and labels and returns plain numbers, independent of networks and files.
"""

from collections.abc import Sequence

import numpy as np
import torch
from sklearn.metrics import confusion_matrix, f1_score, precision_recall_fscore_support

CALIBRATION_BINS = 15


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
    return {
        "rows": len(targets),
        "accuracy": float((predicted == targets).mean()),
        "accuracy_any": float(np.mean([p in a for p, a in zip(predicted, accepted, strict=True)])),
        "macro_f1": float(f1.mean()),
        "top3_accuracy": float((top3 == targets[:, None]).any(axis=1).mean()),
        "ece": expected_calibration_error(bins),
        "reliability": bins,
        "confusion": confusion_matrix(targets, predicted, labels=label_ids).tolist(),
        "per_label": [
            {
                "label": label,
                "precision": float(precision[i]),
                "recall": float(recall[i]),
                "f1": float(f1[i]),
                "support": int(support[i]),
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
    confidence = probabilities.max(axis=1)
    correct = probabilities.argmax(axis=1) == targets
    order = np.argsort(confidence, kind="stable")
    return [
        (float(confidence[part].mean()), float(correct[part].mean()), len(part))
        for part in np.array_split(order, min(bins, len(order)))
    ]


def expected_calibration_error(bins: list[tuple[float, float, int]]) -> float:
    """Return the mean gap between top probability and accuracy over `reliability` bins; 0 is best.

    >>> expected_calibration_error([(0.5, 0.25, 10), (0.75, 0.75, 30)])
    0.0625
    """
    rows = sum(n for _, _, n in bins)
    return sum(abs(p - right) * n for p, right, n in bins) / rows


def fit_temperature(logits: torch.Tensor, targets: torch.Tensor) -> float:
    """Return the temperature by which `logits` (n, labels) fit `targets` (n,) best in likelihood.

    Source: Guo et al. 2017, "On calibration of modern neural networks"; the rows must not be those
    that the network was trained on. Above 1 the network was overconfident.
    """
    logits, targets = logits.double().cpu(), targets.cpu()
    log_temperature = torch.zeros(1, dtype=torch.float64, requires_grad=True)
    optimizer = torch.optim.LBFGS([log_temperature], max_iter=100, line_search_fn="strong_wolfe")

    def loss() -> torch.Tensor:
        optimizer.zero_grad()
        value = torch.nn.functional.cross_entropy(logits / log_temperature.exp(), targets)
        value.backward()
        return value

    optimizer.step(loss)
    # A few rows that are all right or all wrong would drive it to 0 or infinity.
    return min(max(log_temperature.detach().exp().item(), 0.05), 20.0)


def unsure_threshold(probabilities: np.ndarray, targets: np.ndarray, share: float) -> float:
    """Return the top probability below which a `share` of the right answers lie."""
    confidence = probabilities.max(axis=1)[probabilities.argmax(axis=1) == targets]
    return float(np.quantile(confidence, share)) if len(confidence) else 0.5
