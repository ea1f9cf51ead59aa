"""Figures with matplotlib: confusion matrix, curves of training, reliability diagram.

For a page they are SVG text whose ink is `currentColor`, so its light or dark theme colours them;
to download they are dark on white. It reads metrics, never a model.
"""

import io
import warnings
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
ACCENT, SECOND = (
    "#2470b0",
    "#c2571a",
)  # on white; a page may have its own: --plus and --minus
COLOURS = LinearSegmentedColormap.from_list(
    "", [SECOND, "white", ACCENT]
)  # of the matrix
# A transparent ground, light rules and the page's ink; an SVG that is the same for the same figure.
STYLE: dict[Any, Any] = {
    **dict.fromkeys(
        ("xtick.color", "ytick.color", "axes.labelcolor", "grid.color"), INK
    ),
    **dict.fromkeys(("xtick.labelsize", "ytick.labelsize", "axes.labelsize"), 11),
    **dict.fromkeys(("axes.spines.top", "axes.spines.right", "legend.frameon"), False),
    **{
        "axes.facecolor": "none",
        "axes.edgecolor": f"{INK}4d",
        "legend.labelcolor": INK,
    },
    **{
        "axes.grid": True,
        "grid.alpha": 0.12,
        "svg.fonttype": "none",
        "svg.hashsalt": "figure",
    },
}


@matplotlib.rc_context(STYLE)
def confusion_file(labels: list[str], confusion: list[list[int]], kind: str) -> bytes:
    """Return the confusion matrix as an "svg" or "png" file, dark on white.

    Rows are true labels, columns predicted ones; the colour is the share of the row.
    """
    kept = often_mistaken(confusion)  # of many labels
    counts = np.array(confusion)[kept][:, kept]
    shares = counts / np.maximum(
        np.array(confusion).sum(axis=1, keepdims=True)[kept], 1
    )
    depth = np.sqrt(shares) * np.where(
        np.eye(len(kept)), 1, -1
    )  # the root shows rare mistakes
    figure = Figure(figsize=(8.4, 7.8), layout="constrained")
    axes = figure.subplots()
    axes.pcolormesh(
        depth, cmap=COLOURS, vmin=-1.3, vmax=1.3, edgecolors="white", linewidth=2
    )
    names = [shorten(labels[i], MAX_NAME) for i in kept]
    centres = np.arange(len(kept)) + 0.5
    axes.set_xticks(
        centres, names, rotation=90, parse_math=False
    )  # a label is not a formula
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
    buffer, metadata = io.BytesIO(), {"Date": None} if kind == "svg" else None
    with warnings.catch_warnings():
        warnings.simplefilter(
            "ignore", UserWarning
        )  # of a label too long, or in none of its fonts
        figure.savefig(
            buffer, format=kind, facecolor="white", dpi=120, metadata=metadata
        )
    return buffer.getvalue()


@matplotlib.rc_context(STYLE)
def curves(metrics: dict) -> dict[str, str]:
    """Return SVG elements by title: reliability if it is known, accuracy and both losses.

    The last two go over the epochs, those of pretraining first.
    """
    figures, pretraining = {}, metrics.get("pretraining_history", [])
    if bins := metrics["test"].get("reliability"):
        figures["Reliability"] = _reliability(bins)
    epochs, n_before = [*pretraining, *metrics["history"]], len(pretraining)
    across = "epoch; left of the line: pretraining" if n_before else "epoch"
    best = max(metrics["history"], key=lambda epoch: epoch["validation_accuracy"])
    accuracy = (
        f"Accuracy on validation over {len(epochs)} epochs; the best after pretraining, "
        f"{best['validation_accuracy']:.1%}, came in epoch {n_before + best['epoch']}."
    )
    end = "{train_loss:.2f} and {validation_loss:.2f}".format(**epochs[-1])
    losses = f"Loss in training and on validation, at the end {end}."
    for up, description, lines in (
        ("accuracy", accuracy, {"validation": ACCENT}),
        ("loss", losses, {"train": SECOND, "validation": ACCENT}),
    ):
        axes = (figure := Figure(figsize=SIZE, layout="constrained")).subplots()
        for name, colour in lines.items():
            values = [epoch[f"{name}_{up}"] for epoch in epochs]
            label = {"train": "training"}.get(name, name)
            axes.plot(
                range(1, len(epochs) + 1), values, label=label, color=colour, marker="."
            )
        axes.locator_params(axis="x", integer=True)
        if n_before:
            axes.axvline(n_before + 0.5, color=INK, alpha=0.4, linestyle="--")
        figures[f"{up.capitalize()} in training"] = _svg(
            figure, across, up, description
        )
    return figures


def _reliability(bins: list[list[float]]) -> str:
    """Draw accuracy over mean confidence for bins [confidence, accuracy, rows] of test rows."""
    confidence, accuracy, rows = np.array(bins).T
    axes = (figure := Figure(figsize=SIZE, layout="constrained")).subplots()
    axes.plot(
        [0, 1], [0, 1], label="probability = accuracy", color=f"{INK}80", linestyle="--"
    )
    axes.plot(confidence, accuracy, label="this model", color=ACCENT, marker="o")
    axes.set(xlim=(0, 1), ylim=(0, 1))
    description = (
        f"Reliability over {len(bins)} bins of {rows.sum():,.0f} test rows: probability and "
        f"accuracy differ by {abs(confidence - accuracy).max():.3f} at most."
    )
    across = "probability of the first label, mean of a bin"
    return _svg(figure, across, "accuracy in the bin", description)


def _svg(figure: Figure, across: str, up: str, description: str) -> str:
    """Return a figure as an SVG element that fits its container.

    `across` and `up` are the axes' labels; `description` is read out.
    """
    (axes,) = figure.axes
    axes.set(xlabel=across, ylabel=up)
    axes.legend()
    buffer = io.StringIO()
    with matplotlib.rc_context({"svg.hashsalt": description}):
        figure.savefig(buffer, format="svg", transparent=True, metadata={"Date": None})
    svg = buffer.getvalue()
    svg = svg[svg.index("<svg") :].replace(INK, "currentColor")
    svg = svg.replace(ACCENT, f"var(--plus, {ACCENT})").replace(
        SECOND, f"var(--minus, {SECOND})"
    )
    said = f'<svg role="img" aria-label="{description}" style="width:100%;height:auto" '
    return svg.replace("<svg ", said, 1)
