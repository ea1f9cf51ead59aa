"""The facts that a model's card and the page's About tab share, computed once from its parts."""

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass

from .parts import Parts

STAGES = {
    "pretraining_history": "of pretraining",
    "history": "of training",
    "refit_history": "of a refit on training and validation rows together",
}
DEVICES = {"cpu": "a CPU", "cuda": "a GPU"}
MOST_LABELS = 50  # in a confusion matrix that people can read


@dataclass(frozen=True)
class Facts:
    """Facts about one model, as parts of sentences."""

    network: str
    n_weights: int
    epochs: str
    minutes: float  # of training, all stages
    device: str
    weakest: list[tuple[str, float]]  # label and F1 on the test split, lowest first
    mistakes: list[tuple[float, str, str]]  # share of a label's rows, label, what they are read as


def facts_of(parts: Parts, piece: str) -> Facts:
    """Return the facts about a model with metrics, whose network reads one `piece` at a time.

    Raises LookupError, TypeError or ValueError where the metrics are incomplete.
    """
    metrics, test = parts.metrics, parts.metrics["test"]
    counted = [f"{len(metrics[key])} epochs {of}" for key, of in STAGES.items() if metrics.get(key)]
    shares = [
        (count / sum(row), parts.labels[i], parts.labels[j])
        for i, row in enumerate(test["confusion"])
        for j, count in enumerate(row)
        if i != j and count
    ]
    scores = sorted(test["per_label"], key=lambda scores: scores["f1"])
    device = metrics.get("device", "")
    return Facts(
        network=_describe(parts, piece),
        n_weights=sum(weight.numel() for weight in parts.network.parameters()),
        epochs=", ".join(counted) or "no epoch",
        minutes=metrics.get("seconds", 0) / 60,
        device=DEVICES.get(device, device or "an unknown device"),
        weakest=[(row["label"], row["f1"]) for row in scores],
        mistakes=sorted(shares, reverse=True),
    )


def plain(text: str) -> str:
    """Return `text` so that Markdown shows it as it is, whoever wrote it.

    >>> plain("<b>*C|C++*")
    '\\\\<b\\\\>\\\\*C\\\\|C++\\\\*'
    """
    return re.sub(r"[\\`*_{}\[\]<>#|~!&]", r"\\\g<0>", text)


def often_mistaken(confusion: Sequence[Sequence[int]]) -> list[int]:
    """Return the indices of up to MOST_LABELS labels, those with most mistakes, in their order.

    >>> often_mistaken([[9, 1], [0, 9]])
    [0, 1]
    """
    columns = zip(*confusion, strict=True)
    wrong = [
        sum(row) + sum(column) - 2 * row[i]
        for i, (row, column) in enumerate(zip(confusion, columns, strict=True))
    ]
    return sorted(sorted(range(len(wrong)), key=lambda i: -wrong[i])[:MOST_LABELS])


def verdict(baseline: dict, test: dict) -> str:
    """Return which is better on the test split, the network or the linear classifier."""
    error = max(standard_error(scores["accuracy"], test["rows"]) for scores in (baseline, test))
    gain = test["accuracy"] - baseline["accuracy"]
    if not gain:
        return "Both are right equally often."
    if abs(gain) <= 2 * error:
        return f"The difference is within two standard errors, {2 * error:.1%}."
    if gain > 0:
        return f"The network has {gain:.1%} more."
    return f"The linear classifier is the better one here: the network lacks {-gain:.1%}."


def standard_error(share: float, n: int) -> float:
    """Return the standard error of a `share` that was counted on `n` independent rows.

    >>> standard_error(0.5, 100)
    0.05
    """
    return math.sqrt(share * (1 - share) / n)


def _describe(parts: Parts, piece: str) -> str:
    config = parts.network.config
    groups = f" and per group of {sizes_in_words(config.ngrams)} {piece}s" if config.ngrams else ""
    if config.ngrams and config.script_ngrams:
        groups = f"{groups} or {sizes_in_words(config.script_ngrams)} scripts"
    linear = ""
    if config.linear_ngrams:
        linear = (
            ", its logits averaged with those of a linear classifier of groups of "
            f"{sizes_in_words(config.linear_ngrams)} {piece}s"
        )
    return (
        f"A {'bidirectional' if config.bidirectional else 'one-way'} GRU, {config.n_layers} "
        f"layer{'s' * (config.n_layers > 1)} of {config.hidden_size} units, on embeddings of "
        f"{config.embedding_size} numbers per {piece}{groups}{linear}"
    )


def sizes_in_words(sizes: Sequence[int]) -> str:
    """Return numbers as text, none as "".

    >>> sizes_in_words([2, 3, 4])
    '2, 3 or 4'
    """
    if not sizes:
        return ""
    *first, last = map(str, sizes)
    return f"{', '.join(first)} or {last}" if first else last
