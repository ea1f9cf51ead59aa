"""Figures with matplotlib: confusion matrix, curves of training, reliability diagram.

For a page they are SVG text whose ink is `currentColor`, so its light or dark theme colours them;
to download they are dark on white. It reads metrics, never a model.
"""

import io
import warnings
from collections.abc import Sequence

import matplotlib
import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle
from matplotlib.ticker import MaxNLocator

from ..errors import shorten
from .card import often_mistaken

SIZE = (4.4, 3.2)  # inches; of a figure that is readable on a phone
INK = "#010203"  # stands for the page's own text colour until the SVG is written
MAX_NAME = 30  # characters of a label
ACCENT, SECOND = "#2470b0", "#c2571a"  # on white; a page may have its own: --plus and --minus


def confusion_file(
    labels: list[str], confusion: list[list[int]], kind: str, dpi: int = 160
) -> bytes:
    """Return the confusion matrix as an "svg" or "png" file, dark on white, always the same one."""
    figure, buffer = confusion_figure(labels, confusion), io.BytesIO()
    metadata = {"Date": None} if kind == "svg" else None
    with (
        matplotlib.rc_context({"svg.fonttype": "none", "svg.hashsalt": "figure"}),
        warnings.catch_warnings(),
    ):
        warnings.simplefilter("ignore", UserWarning)  # of a label too long, or in none of its fonts
        figure.savefig(buffer, format=kind, facecolor="white", dpi=dpi, metadata=metadata)
    return buffer.getvalue()


def confusion_figure(labels: list[str], confusion: list[list[int]]) -> Figure:
    """Draw the confusion matrix (true rows, predicted columns) coloured by the share of its row."""
    kept = often_mistaken(confusion)  # of many labels
    counts = np.array(confusion)[kept][:, kept]
    shares = counts / np.maximum(np.array(confusion).sum(axis=1, keepdims=True)[kept], 1)
    figure = Figure(figsize=(8.4, 7.8), layout="constrained")
    axes = _style(figure.subplots())
    axes.grid(False)
    ticks, names = range(len(kept)), [shorten(labels[i], MAX_NAME) for i in kept]
    axes.set_xticks(ticks, names, rotation=90, parse_math=False)  # a label is not a formula
    axes.set_yticks(ticks, names, parse_math=False)
    axes.xaxis.tick_top()
    axes.tick_params(length=0)
    axes.set_xlim(-0.5, len(kept) - 0.5)
    axes.set_ylim(len(kept) - 0.5, -0.5)
    for row, column in zip(*np.nonzero(counts), strict=True):
        colour = ACCENT if row == column else SECOND
        alpha = 0.06 + 0.7 * shares[row, column] ** 0.5  # the root shows rare mistakes
        axes.add_patch(
            Rectangle((column - 0.48, row - 0.48), 0.96, 0.96, facecolor=colour, alpha=alpha)
        )
        count = str(counts[row, column])
        axes.text(column, row, count, color=INK, ha="center", va="center", fontsize=10)
    axes.set_xlabel("true label left, predicted above; the colour grows with the share of the row")
    return figure


def history_svgs(history: list[dict], pretraining: Sequence[dict] = ()) -> tuple[str, str]:
    """Draw validation accuracy, and both losses, over the epochs, those of pretraining first."""
    entries = [*pretraining, *history]
    best = max(history, key=lambda entry: entry["validation_accuracy"])
    accuracy = {"validation": (ACCENT, [e["validation_accuracy"] for e in entries])}
    loss = {
        "training": (SECOND, [e["train_loss"] for e in entries]),
        "validation": (ACCENT, [e["validation_loss"] for e in entries]),
    }
    said = (
        f"Accuracy on validation over {len(entries)} epochs; the best after pretraining, "
        f"{best['validation_accuracy']:.1%}, came in epoch {len(pretraining) + best['epoch']}."
    )
    last = f"at the end {loss['training'][1][-1]:.2f} and {loss['validation'][1][-1]:.2f}."
    return (
        _curves_svg("accuracy", accuracy, len(pretraining), said),
        _curves_svg("loss", loss, len(pretraining), f"Loss in training and on validation, {last}"),
    )


def _curves_svg(
    title: str, curves: dict[str, tuple[str, list[float]]], pretraining: int, description: str
) -> str:
    """Draw named curves (colour, a value for each epoch); a line ends the epochs of pretraining."""
    figure = Figure(figsize=SIZE, layout="constrained")
    axes = _style(figure.subplots())
    for name, (colour, values) in curves.items():
        axes.plot(range(1, len(values) + 1), values, color=colour, marker=".", label=name)
    axes.set_ylabel(title)
    axes.set_xlabel("epoch; left of the line: pretraining" if pretraining else "epoch")
    axes.xaxis.set_major_locator(MaxNLocator(integer=True))
    axes.legend(frameon=False, labelcolor=INK)
    if pretraining:
        axes.axvline(pretraining + 0.5, color=INK, alpha=0.4, linestyle="--")
    return _to_svg(figure, description)


def reliability_svg(bins: list[list[float]]) -> str:
    """Draw accuracy over mean confidence for bins [confidence, accuracy, rows] of test rows."""
    confidence, accuracy, rows = zip(*bins, strict=True)
    figure = Figure(figsize=SIZE, layout="constrained")
    axes = _style(figure.subplots())
    axes.plot([0, 1], [0, 1], color=INK, alpha=0.5, linestyle="--", label="probability = accuracy")
    axes.plot(confidence, accuracy, color=ACCENT, marker="o", label="this model")
    axes.set_xlabel("probability of the first label, mean of a bin")
    axes.set_ylabel("accuracy in the bin")
    axes.set_xlim(0, 1)
    axes.set_ylim(0, 1)
    axes.legend(frameon=False, labelcolor=INK)
    gap = max(abs(c - a) for c, a in zip(confidence, accuracy, strict=True))
    return _to_svg(
        figure,
        f"Reliability over {len(bins)} bins of {sum(rows):,.0f} test rows: probability and "
        f"accuracy differ by {gap:.3f} at most.",
    )


def _style(axes: Axes) -> Axes:
    """Give `axes` a transparent ground, light rules and the page's ink."""
    axes.set_facecolor("none")
    axes.grid(color=INK, alpha=0.12)
    axes.tick_params(colors=INK, labelsize=11)
    for text in (axes.title, axes.xaxis.label, axes.yaxis.label):
        text.set_color(INK)
        text.set_fontsize(11)
    for name, spine in axes.spines.items():
        spine.set_color(INK)
        spine.set_alpha(0.3)
        spine.set_visible(name in ("left", "bottom"))
    return axes


def _to_svg(figure: Figure, description: str) -> str:
    """Return `figure` as an SVG element that fits its container; `description` is read out."""
    buffer = io.StringIO()
    with matplotlib.rc_context({"svg.fonttype": "none", "svg.hashsalt": description}):
        figure.savefig(buffer, format="svg", transparent=True, metadata={"Date": None})
    svg = buffer.getvalue()
    svg = svg[svg.index("<svg") :].replace(INK, "currentColor")
    svg = svg.replace(ACCENT, f"var(--plus, {ACCENT})").replace(SECOND, f"var(--minus, {SECOND})")
    return svg.replace(
        "<svg ",
        f'<svg role="img" aria-label="{description}" style="width:100%;height:auto" ',
        1,
    )
