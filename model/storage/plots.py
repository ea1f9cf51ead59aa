"""Figures with matplotlib: confusion matrix, curves of training, reliability diagram.

For a page they are SVG text whose ink is `currentColor`, so its light or dark theme colours them;
to download they are dark on white. It reads metrics, never a model.
"""

import io
import warnings
from functools import partial
from typing import Any

import matplotlib
import numpy as np
from matplotlib.colors import LinearSegmentedColormap
from matplotlib.figure import Figure

from ..errors import shorten
from .schema import often_mistaken

SIZE = (4.4, 3.2)  # inches; of a figure that is readable on a phone
INK = "#010203"  # stands for the page's own text colour until the SVG is written
MAX_NAME = 30  # characters of a label
# On white; a page may have its own: --plus and --minus
ACCENT = "#2470b0"
SECOND = "#c2571a"
MATRIX_COLOURS = LinearSegmentedColormap.from_list("", [SECOND, "white", ACCENT])
# A transparent ground, light rules and the page's ink; an SVG that is the same for the same figure.
STYLE: dict[Any, Any] = {
    "axes.facecolor": "none",
    "axes.edgecolor": f"{INK}4d",
    "axes.labelcolor": INK,
    "axes.labelsize": 11,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.grid": True,
    "grid.alpha": 0.12,
    "grid.color": INK,
    "legend.frameon": False,
    "legend.labelcolor": INK,
    "xtick.color": INK,
    "xtick.labelsize": 11,
    "ytick.color": INK,
    "ytick.labelsize": 11,
    "svg.fonttype": "none",
    "svg.hashsalt": "figure",
}


@matplotlib.rc_context(STYLE)
def confusion_file(
    labels: list[str],
    confusion: list[list[int]],
    file_format: str,
) -> bytes:
    """Return the confusion matrix as an "svg" or "png" file, dark on white.

    Rows are true labels, columns predicted ones; the colour is the share of the row.
    """
    all_counts = np.array(confusion)
    kept = often_mistaken(confusion)  # of many labels
    counts = all_counts[kept][:, kept]
    row_sums = all_counts[kept].sum(axis=1, keepdims=True)
    shares = counts / np.maximum(row_sums, 1)
    is_right = np.eye(len(kept), dtype=bool)
    depth = np.sqrt(shares)  # because the root shows rare mistakes
    depth = np.where(is_right, depth, -depth)
    figure = Figure(figsize=(8.4, 7.8), layout="constrained")
    axes = figure.subplots()
    axes.pcolormesh(
        depth, cmap=MATRIX_COLOURS, vmin=-1.3, vmax=1.3, edgecolors="white", linewidth=2
    )
    names = [shorten(labels[i], MAX_NAME) for i in kept]
    centres = np.arange(len(kept)) + 0.5
    # A label is not a formula.
    axes.set_xticks(centres, names, rotation=90, parse_math=False)
    axes.set_yticks(centres, names, parse_math=False)
    axes.grid(False)
    axes.xaxis.tick_top()
    axes.invert_yaxis()
    axes.tick_params(length=0)
    for row, column in np.argwhere(counts):
        place = column + 0.5, row + 0.5
        axes.annotate(
            counts[row, column], place, color=INK, ha="center", va="center", fontsize=10
        )
    axes.set_xlabel(
        "true label left, predicted above; the colour grows with the share of the row"
    )
    buffer = io.BytesIO()
    metadata = {"Date": None} if file_format == "svg" else None
    with warnings.catch_warnings():
        # About a label that is too long, or has a character that its font lacks
        warnings.simplefilter("ignore", UserWarning)
        figure.savefig(
            buffer, format=file_format, facecolor="white", dpi=120, metadata=metadata
        )
    return buffer.getvalue()


@matplotlib.rc_context(STYLE)
def curves(metrics: dict) -> dict[str, str]:
    """Return SVG elements by title: what is known of reliability, and of accuracy and both losses.

    The last two go over the epochs, those of pretraining first.
    """
    figures = {"Reliability": _reliability(metrics["test"]["reliability"])}
    pretraining = metrics.get("pretraining_history", [])
    main = metrics.get("history")
    if not main:
        return figures
    epochs = [*pretraining, *main]
    best = max(main, key=lambda epoch: epoch["validation_accuracy"])
    best_number = len(pretraining) + best["epoch"]
    accuracy = (
        f"Accuracy on validation over {len(epochs)} epochs; the best after pretraining, "
        f"{best['validation_accuracy']:.1%}, came in epoch {best_number}."
    )
    end = "{train_loss:.2f} and {validation_loss:.2f}".format(**epochs[-1])
    losses = f"Loss in training and on validation, at the end {end}."
    curve = partial(_curve, epochs, len(pretraining))
    figures["Accuracy in training"] = curve(
        "accuracy",
        ["validation"],
        accuracy,
    )
    figures["Loss in training"] = curve(
        "loss",
        ["train", "validation"],
        losses,
    )
    return figures


def _curve(
    epochs: list[dict],
    n_before: int,
    score: str,
    splits: list[str],
    description: str,
) -> str:
    """Draw a score of each kind of `splits`, "train" or "validation", over the epochs.

    The first `n_before` epochs are pretraining, left of a line.
    """
    figure = Figure(figsize=SIZE, layout="constrained")
    axes = figure.subplots()
    numbers = range(1, len(epochs) + 1)
    titles = {"train": "training", "validation": "validation"}
    colours = {"train": SECOND, "validation": ACCENT}
    for name in splits:
        values = [epoch[f"{name}_{score}"] for epoch in epochs]
        axes.plot(
            numbers,
            values,
            label=titles[name],
            color=colours[name],
            marker=".",
        )
    axes.locator_params(axis="x", integer=True)
    across = "epoch"
    if n_before:
        across = "epoch; left of the line: pretraining"
        axes.axvline(
            n_before + 0.5,
            color=INK,
            alpha=0.4,
            linestyle="--",
        )
    return _svg(figure, across, score, description)


def _reliability(bins: list[list[float]]) -> str:
    """Draw accuracy over mean confidence for bins [confidence, accuracy, rows] of test rows."""
    confidence, accuracy, n_rows = np.array(bins).T
    figure = Figure(figsize=SIZE, layout="constrained")
    axes = figure.subplots()
    axes.plot(
        [0, 1], [0, 1], label="probability = accuracy", color=f"{INK}80", linestyle="--"
    )
    axes.plot(
        confidence,
        accuracy,
        label="this model",
        color=ACCENT,
        marker="o",
    )
    axes.set(xlim=(0, 1), ylim=(0, 1))
    description = (
        f"Reliability over {len(bins)} bins of {n_rows.sum():,.0f} test rows: probability and "
        f"accuracy differ by {abs(confidence - accuracy).max():.3f} at most."
    )
    return _svg(
        figure,
        "probability of the first label, mean of a bin",
        "accuracy in the bin",
        description,
    )


def _svg(
    figure: Figure,
    across: str,
    up: str,
    description: str,
) -> str:
    """Return a figure as an SVG element that fits its container.

    `across` and `up` are the axes' labels; `description` is read out.
    """
    (axes,) = figure.axes
    axes.set(xlabel=across, ylabel=up)
    axes.legend()
    buffer = io.StringIO()
    with matplotlib.rc_context({"svg.hashsalt": description}):
        figure.savefig(
            buffer,
            format="svg",
            transparent=True,
            metadata={"Date": None},
        )
    _header, start, rest = buffer.getvalue().partition("<svg ")
    options = f'role="img" aria-label="{description}" style="width:100%;height:auto"'
    svg = f"{start}{options} {rest}"
    svg = svg.replace(INK, "currentColor")
    svg = svg.replace(ACCENT, f"var(--plus, {ACCENT})")
    return svg.replace(SECOND, f"var(--minus, {SECOND})")
