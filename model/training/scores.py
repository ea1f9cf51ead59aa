"""Scores of probabilities and verdicts against the right labels; independent of the model."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike
from sklearn.metrics import confusion_matrix, f1_score, precision_recall_fscore_support

from ..decisions import Verdict, end_of_side

CALIBRATION_BINS = 15
CONFIDENT = 0.8
OF_WHOLES = ("rows", "accuracy", "macro_f1", "ece")
Bin = tuple[float, float, float]  # mean probability, share of true rows, their weight


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
    label_ids = range(len(labels))
    predicted = probabilities.argmax(axis=1)
    is_right = predicted == targets
    is_accepted = [
        label in of_text for label, of_text in zip(predicted, accepted, strict=True)
    ]
    top3 = np.argsort(-probabilities, axis=1, kind="stable")[:, :3]
    is_in_top3 = (top3 == targets[:, None]).any(axis=1)
    bins = equal_bins(probabilities.max(axis=1), is_right)
    calibration = [label_calibration(probabilities, targets, i) for i in label_ids]
    errors = [label["calibration_error"] for label in calibration]
    precision, recall, f1, support = precision_recall_fscore_support(
        targets, predicted, labels=label_ids, zero_division=0
    )
    scores = {
        "rows": len(targets),
        "accuracy": float(is_right.mean()),
        "accuracy_any": float(np.mean(is_accepted)),
        "macro_f1": macro_f1(targets, predicted),
        "top3_accuracy": float(is_in_top3.mean()),
        "ece": expected_calibration_error(bins),
        "classwise_ece": float(np.mean(errors)),
        "reliability": bins,
        "confusion": confusion_matrix(targets, predicted, labels=label_ids).tolist(),
        "per_label": [
            {
                "label": labels[i],
                "precision": float(precision[i]),
                "recall": float(recall[i]),
                "f1": float(f1[i]),
                "support": int(support[i]),
                **calibration[i],
            }
            for i in label_ids
        ],
    }
    if any(wholes):
        index = np.flatnonzero(wholes).tolist()
        accepted = [accepted[i] for i in index]
        of_wholes = report(probabilities[index], targets[index], labels, accepted)
        scores["wholes"] = {name: of_wholes[name] for name in OF_WHOLES}
    return scores


def macro_f1(targets: ArrayLike, predicted: ArrayLike) -> float:
    """Return the mean F1 of the labels that occur among `targets`, each counting as much.

    A label without a row here has no F1: it counts as a mistake where it is predicted, no more.

    >>> macro_f1(["a", "a", "b"], ["a", "c", "b"])
    0.8333333333333333
    """
    labels = np.unique(targets)
    return float(
        f1_score(targets, predicted, labels=labels, average="macro", zero_division=0)
    )


def equal_bins(probability: np.ndarray, is_true: np.ndarray) -> list[Bin]:
    """Return bins with equal numbers of rows, lowest probability first; they weigh 1 each.

    Source: Nguyen and O'Connor 2015, "Posterior calibration and exploratory analysis for natural
    language processing models" (adaptive binning).
    """
    order = np.argsort(probability, kind="stable")
    parts = np.array_split(order, min(CALIBRATION_BINS, len(order)))
    return [
        (float(probability[part].mean()), float(is_true[part].mean()), len(part))
        for part in parts
    ]


def weighed_bins(
    probability: np.ndarray, is_true: np.ndarray, weights: np.ndarray
) -> list[Bin]:
    """Return bins of about equal weight, lowest probability first, of rows with `weights`."""
    order = np.argsort(probability, kind="stable")
    middles = weights[order].cumsum() - weights[order] / 2
    numbers = (middles / weights.sum() * CALIBRATION_BINS).astype(int)
    bins = []
    for number in np.unique(numbers):
        part = order[numbers == number]
        weight = weights[part]
        mean = np.average(probability[part], weights=weight)
        share = np.average(is_true[part], weights=weight)
        bins.append((float(mean), float(share), float(weight.sum())))
    return bins


def expected_calibration_error(bins: Sequence[Bin]) -> float:
    """Return the mean gap between probability and share of true rows over bins; 0 is best.

    >>> expected_calibration_error([(0.5, 0.25, 10), (0.75, 0.75, 30)])
    0.0625
    """
    total = sum(weight for _, _, weight in bins)
    return sum(abs(mean - share) * weight for mean, share, weight in bins) / total


def label_calibration(
    probabilities: np.ndarray, targets: np.ndarray, label: int
) -> dict:
    """Return how far the probabilities of one label, by its index, can be relied on.

    `calibration_error` is its mean gap over bins of all rows: the class-wise ECE of Kull et al.
    2019, "Beyond temperature scaling". `gap` is the mean top probability less the precision of the
    rows `predicted` to have it, with its standard error; both are None without such a row.
    """
    probability, is_true = probabilities[:, label], targets == label
    bins = equal_bins(probability, is_true)
    is_predicted = probabilities.argmax(axis=1) == label
    gaps = (probability - is_true)[is_predicted]
    n = len(gaps)
    return {
        "calibration_error": expected_calibration_error(bins),
        "predicted": n,
        "gap": float(gaps.mean()) if n else None,
        "gap_error": float(gaps.std() / n**0.5) if n else None,
    }


def score_verdicts(
    verdicts: Sequence[Verdict], targets: np.ndarray, labels: Sequence[str]
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


def column_of(verdict: Verdict, target: int, labels: Sequence[str]) -> int:
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
    verdicts: Sequence[Verdict], answers: Sequence[str], wanted: Sequence[str]
) -> dict:
    """Return the share of right `answers`, the likeliest labels, and that of unsure ones in these.

    `wanted` is the right label of each text, or `a|b` where either is right.
    """
    is_open = [
        verdict.is_open
        for verdict, answer, right in zip(verdicts, answers, wanted, strict=True)
        if verdict.kind != "none" and answer in right.split("|")
    ]
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
