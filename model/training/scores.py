"""Scores of probabilities against the right labels; independent of the model."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike
from sklearn.metrics import (
    confusion_matrix,
    f1_score,
    precision_recall_fscore_support,
)

from .reliability import (
    equal_bins,
    expected_calibration_error,
    label_calibration,
)

OF_WHOLES = ("rows", "accuracy", "macro_f1", "ece")


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
    is_right = predicted == targets
    answers = zip(predicted, accepted, strict=True)
    is_accepted = [label in of_text for label, of_text in answers]
    bins = equal_bins(probabilities.max(axis=1), is_right)
    by_label = scores_by_label(probabilities, targets, labels)
    errors = [row["calibration_error"] for row in by_label]
    label_ids = range(len(labels))
    scores = {
        "rows": len(targets),
        "accuracy": float(is_right.mean()),
        "accuracy_any": float(np.mean(is_accepted)),
        "macro_f1": macro_f1(targets, predicted),
        "top3_accuracy": top_accuracy(probabilities, targets, 3),
        "ece": expected_calibration_error(bins),
        "classwise_ece": float(np.mean(errors)),
        "reliability": bins,
        "confusion": confusion_matrix(targets, predicted, labels=label_ids).tolist(),
        "per_label": by_label,
    }
    if any(wholes):
        index = np.flatnonzero(wholes).tolist()
        accepted = [accepted[i] for i in index]
        of_wholes = report(
            probabilities[index],
            targets[index],
            labels,
            accepted,
        )
        scores["wholes"] = {name: of_wholes[name] for name in OF_WHOLES}
    return scores


def top_accuracy(probabilities: np.ndarray, targets: np.ndarray, k: int) -> float:
    """Return the share of the rows whose label is among the `k` most likely ones."""
    top = np.argsort(-probabilities, axis=1, kind="stable")[:, :k]
    is_in_top = (top == targets[:, None]).any(axis=1)
    return float(is_in_top.mean())


def scores_by_label(
    probabilities: np.ndarray,
    targets: np.ndarray,
    labels: Sequence[str],
) -> list[dict]:
    """Return the scores of each label: precision, recall, calibration and so on."""
    columns = precision_recall_fscore_support(
        targets,
        probabilities.argmax(axis=1),
        labels=range(len(labels)),
        zero_division=0,
    )
    scores = []
    for i, (precision, recall, f1, support) in enumerate(zip(*columns, strict=True)):
        row = {
            "label": labels[i],
            "precision": float(precision),
            "recall": float(recall),
            "f1": float(f1),
            "support": int(support),
        }
        scores.append(row | label_calibration(probabilities, targets, i))
    return scores


def macro_f1(targets: ArrayLike, predicted: ArrayLike) -> float:
    """Return the mean F1 of the labels that occur among `targets`, each counting as much.

    A label without a row here has no F1: it counts as a mistake where it is predicted, no more.

    >>> macro_f1(["a", "a", "b"], ["a", "c", "b"])
    0.8333333333333333
    """
    labels = np.unique(targets)
    f1 = f1_score(
        targets,
        predicted,
        labels=labels,
        average="macro",
        zero_division=0,
    )
    return float(f1)
