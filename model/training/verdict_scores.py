"""Scores of verdicts, of test rows and of lists that are never trained on."""

from collections.abc import Sequence

import numpy as np
from sklearn.metrics import confusion_matrix

from ..answers.decisions import Verdict, end_of_side

CONFIDENT = 0.8


def score_verdicts(
    verdicts: Sequence[Verdict],
    targets: np.ndarray,
    labels: Sequence[str],
) -> tuple[dict, np.ndarray]:
    """Return the scores of the verdicts on n texts with `targets`, and the column of each.

    `matrix` counts the texts of each target by columns: labels, unsure, none. The four shares sum
    to 1.
    """
    pairs = zip(verdicts, targets, strict=True)
    columns = np.array([column_of(*pair, labels) for pair in pairs])
    n_labels = len(labels)
    matrix = confusion_matrix(targets, columns, labels=range(n_labels + 2))[:n_labels]
    *plain, unsure, none = matrix.sum(axis=0)
    right = matrix.trace()
    counts = {
        "plain_right": right,
        "plain_wrong": sum(plain) - right,
        "unsure": unsure,
        "none": none,
    }
    shares = {name: float(count / len(targets)) for name, count in counts.items()}
    return {**shares, "matrix": matrix.tolist()}, columns


def column_of(
    verdict: Verdict,
    target: int,
    labels: Sequence[str],
) -> int:
    """Return the column of the matrix that a verdict on a text with this target counts in.

    A side of a scale counts as the target if it holds it, else as its end, which it is named after.
    """
    if verdict.kind == "none":
        return len(labels) + 1
    if verdict.is_open:
        return len(labels)
    if labels[target] in verdict.labels:
        return target
    end = end_of_side(verdict, labels)
    return labels.index(end[0] if end else verdict.labels[0])


def score_labelled(
    verdicts: Sequence[Verdict],
    answers: Sequence[str],
    wanted: Sequence[str],
) -> dict:
    """Return the share of right `answers`, the likeliest labels, and that of unsure ones in these.

    `wanted` is the right label of each text, or `a|b` where either is right.
    """
    is_open = []  # of the right answers
    for verdict, answer, right in zip(verdicts, answers, wanted, strict=True):
        if verdict.kind != "none" and answer in right.split("|"):
            is_open.append(verdict.is_open)
    return {
        "rows": len(wanted),
        "right": len(is_open) / len(wanted),
        "unsure_if_right": float(np.mean(is_open)) if is_open else 0.0,
    }


def score_outside(verdicts: Sequence[Verdict], joint: np.ndarray) -> dict:
    """Return the scores of texts that have none of the labels.

    They are the shares of none, of none or unsure, and of labels above 0.8, which are wrong.
    `joint` (n, labels) are the probabilities of the labels, which with that of none sum to 1.
    """
    is_none = np.array([verdict.kind == "none" for verdict in verdicts])
    is_open = np.array([verdict.is_open for verdict in verdicts])
    is_confident = joint.max(axis=1) > CONFIDENT
    return {
        "rows": len(verdicts),
        "none": float(is_none.mean()),
        "none_or_unsure": float((is_none | is_open).mean()),
        "above_80": float((is_confident & ~is_none).mean()),
    }
