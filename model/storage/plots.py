"""Figures with matplotlib: confusion matrix, curves of training, reliability diagram.

For a page they are SVG text whose ink is `currentColor`, so its light or dark theme colours them;
to download they are dark on white. It reads metrics, never a model.
"""

import io
import warnings
from collections.abc import Sequence
from typing import Any

import matplotlib
import numpy as np
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle
from matplotlib.ticker import MaxNLocator

from ..errors import shorten
from .schema import often_mistaken

SIZE = (4.4, 3.2)  # inches; of a figure that is readable on a phone
INK = "#010203"  # stands for the page's own text colour until the SVG is written
MAX_NAME = 30  # characters of a label
ACCENT, SECOND = "#2470b0", "#c2571a"  # on white; a page may have its own: --plus and --minus
# A transparent ground, light rules and the page's ink; an SVG that is the same for the same figure.
STYLE: dict[Any, Any] = {
    **dict.fromkeys(("xtick.color", "ytick.color", "axes.labelcolor", "grid.color"), INK),
    **dict.fromkeys(("xtick.labelsize", "ytick.labelsize", "axes.labelsize"), 11),
    **dict.fromkeys(("axes.spines.top", "axes.spines.right", "legend.frameon"), False),
    **{"axes.facecolor": "none", "axes.edgecolor": f"{INK}4d", "legend.labelcolor": INK},
    **{"axes.grid": True, "grid.alpha": 0.12, "svg.fonttype": "none", "svg.hashsalt": "figure"},
}


@matplotlib.rc_context(STYLE)
def confusion_file(
    labels: list[str], confusion: list[list[int]], kind: str, dpi: int = 160
) -> bytes:
    """Return the confusion matrix as an "svg" or "png" file, dark on white.

    Rows are true labels, columns predicted ones; the colour is the share of the row.
    """
    kept = often_mistaken(confusion)  # of many labels
    counts = np.array(confusion)[kept][:, kept]
    shares = counts / np.maximum(np.array(confusion).sum(axis=1, keepdims=True)[kept], 1)
    figure = Figure(figsize=(8.4, 7.8), layout="constrained")
    axes = figure.subplots()
    axes.grid(False)
    ticks, names = range(len(kept)), [shorten(labels[i], MAX_NAME) for i in kept]
    axes.set_xticks(ticks, names, rotation=90, parse_math=False)  # a label is not a formula
    axes.set_yticks(ticks, names, parse_math=False)
    axes.xaxis.tick_top()
    axes.tick_params(length=0)
    axes.set(xlim=(-0.5, len(kept) - 0.5), ylim=(len(kept) - 0.5, -0.5))
    for row, column in zip(*np.nonzero(counts), strict=True):
        colour = ACCENT if row == column else SECOND
        alpha = 0.06 + 0.7 * shares[row, column] ** 0.5  # the root shows rare mistakes
        corner = column - 0.48, row - 0.48
        axes.add_patch(Rectangle(corner, 0.96, 0.96, facecolor=colour, alpha=alpha))
        count = str(counts[row, column])
        axes.text(column, row, count, color=INK, ha="center", va="center", fontsize=10)
    axes.set_xlabel("true label left, predicted above; the colour grows with the share of the row")
    buffer, metadata = io.BytesIO(), {"Date": None} if kind == "svg" else None
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)  # of a label too long, or in none of its fonts
        figure.savefig(buffer, format=kind, facecolor="white", dpi=dpi, metadata=metadata)
    return buffer.getvalue()


def history_svgs(history: list[dict], pretraining: Sequence[dict] = ()) -> tuple[str, str]:
    """Draw validation accuracy, and both losses, over the epochs, those of pretraining first."""
    epochs, n_before = [*pretraining, *history], len(pretraining)

    def curve(name: str, colour: str) -> tuple:
        style = {"color": colour, "marker": "."}
        return range(1, len(epochs) + 1), [epoch[name] for epoch in epochs], style

    best = max(history, key=lambda epoch: epoch["validation_accuracy"])
    accuracies = (
        f"Accuracy on validation over {len(epochs)} epochs; the best after pretraining, "
        f"{best['validation_accuracy']:.1%}, came in epoch {n_before + best['epoch']}."
    )
    accuracy = {"validation": curve("validation_accuracy", ACCENT)}
    loss = {"training": curve("train_loss", SECOND), "validation": curve("validation_loss", ACCENT)}
    end = " and ".join(f"{values[-1]:.2f}" for _, values, _ in loss.values())
    losses = f"Loss in training and on validation, at the end {end}."
    across = "epoch; left of the line: pretraining" if pretraining else "epoch"
    return (
        _curves_svg(accuracy, across, "accuracy", accuracies, n_before),
        _curves_svg(loss, across, "loss", losses, n_before),
    )


def reliability_svg(bins: list[list[float]]) -> str:
    """Draw accuracy over mean confidence for bins [confidence, accuracy, rows] of test rows."""
    confidence, accuracy, rows = map(np.array, zip(*bins, strict=True))
    curves = {
        "probability = accuracy": ([0, 1], [0, 1], {"color": f"{INK}80", "linestyle": "--"}),
        "this model": (confidence, accuracy, {"color": ACCENT, "marker": "o"}),
    }
    description = (
        f"Reliability over {len(bins)} bins of {rows.sum():,.0f} test rows: probability and "
        f"accuracy differ by {abs(confidence - accuracy).max():.3f} at most."
    )
    across = "probability of the first label, mean of a bin"
    return _curves_svg(curves, across, "accuracy in the bin", description)


@matplotlib.rc_context(STYLE)
def _curves_svg(
    curves: dict[str, tuple], across: str, up: str, description: str, n_before: int | None = None
) -> str:
    """Draw named curves (x, y, style) as an SVG element that fits its container.

    `across` and `up` are the axes' labels; `description` is read out. Over epochs `n_before` is the
    number of those before a dashed line.
    """
    figure = Figure(figsize=SIZE, layout="constrained")
    axes = figure.subplots()
    for name, (x, y, style) in curves.items():
        axes.plot(x, y, label=name, **style)
    axes.set(xlabel=across, ylabel=up)
    axes.legend()
    if n_before is None:
        axes.set(xlim=(0, 1), ylim=(0, 1))
    else:
        axes.xaxis.set_major_locator(MaxNLocator(integer=True))
    if n_before:
        axes.axvline(n_before + 0.5, color=INK, alpha=0.4, linestyle="--")
    buffer = io.StringIO()
    with matplotlib.rc_context({"svg.hashsalt": description}):
        figure.savefig(buffer, format="svg", transparent=True, metadata={"Date": None})
    svg = buffer.getvalue()
    svg = svg[svg.index("<svg") :].replace(INK, "currentColor")
    svg = svg.replace(ACCENT, f"var(--plus, {ACCENT})").replace(SECOND, f"var(--minus, {SECOND})")
    said = f'<svg role="img" aria-label="{description}" style="width:100%;height:auto" '
    return svg.replace("<svg ", said, 1)
