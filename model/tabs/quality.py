"""The Test results tab: confusion matrix, the texts behind its cells, scores and curves.

All of it comes from metrics.json, independent of the model.
"""

from functools import cache
from typing import Any

import gradio as gr
from markupsafe import Markup

from ..errors import InputError, listing, shorten
from ..storage.card import cautions
from ..storage.schema import often_mistaken
from .markup import data_url, draw, html, percent
from .page_model import PRIVATE, QUIET, PageModel

UNITS = ["counts", "percent of the row"]  # the matrix has both, style.css shows one
BRIEF = 24  # characters of a label beside the matrix
BESIDE = ["unsure", "none"]  # columns beside those of the labels


def quality_tab(shown: PageModel, tab: gr.Tab) -> None:
    """Show scores, matrix, per-label table and curves when the tab is opened, or one line."""
    suffix = shown.suffix
    quality_endpoints(shown)
    html(overview_html(shown), classes="part")
    if not shown.classifier.metrics:
        return
    with gr.Row(equal_height=False):
        # Below 1,000 pixels what is behind a cell goes below it.
        with gr.Column(scale=5, min_width=720, elem_classes="part"):
            gr.Radio(
                UNITS,
                value=UNITS[0],
                label="Confusion matrix in",
                interactive=True,
            )
            matrix = html(
                at=f"matrix{suffix}",
                js="matrix",
            )
        with gr.Column(scale=2, min_width=280, elem_classes="beside part"):
            behind = html(
                draw.nothing_chosen(shown.kind.texts, has_texts(shown)),
                at=f"behind{suffix}",
                classes="behind",
                js="live",
            )
    downloads = html(at=f"downloads{suffix}", classes="downloads")
    curves = html(at=f"curves{suffix}", classes="curves")
    html(
        draw.by_label(shown.kind, shown.metrics),
        at=f"per-label{suffix}",
        classes="part",
        js="by_label",
    )

    @cache
    def figures() -> tuple[Markup, ...]:
        return (
            matrix_html(shown),
            downloads_html(shown),
            curves_html(shown),
        )

    def show_cell(event: gr.EventData) -> Markup:
        place: Any = event._data
        return cell_html(shown, place["row"], place["column"])

    tab.select(figures, None, [matrix, downloads, curves], **PRIVATE)
    chosen = matrix.click(show_cell, None, behind, **QUIET)
    chosen.success(None, js=f"() => page.showBelow('behind{suffix}')", **PRIVATE)


def quality_endpoints(shown: PageModel) -> None:
    """Offer /errors and /metrics to programs."""

    def errors(true_label: str, predicted_label: str) -> list[dict]:
        """List the misclassified test rows behind a cell of the confusion matrix.

        Args:
            true_label: the {label} that the row has in the data.
            predicted_label: the {label} that the model gave instead.
        """
        for label in (true_label, predicted_label):
            if label not in shown.labels:
                fault = f"No {shown.kind.label} {shorten(label)!r}"
                known = listing(shown.labels)
                raise InputError(f"{fault}; there are: {known}.")
        return errors_of(shown.test, label=true_label, predicted=predicted_label)

    def metrics() -> dict:
        """Return the model's metrics.json: scores, confusion counts, errors and history."""
        return shown.metrics

    shown.endpoint(errors)
    shown.endpoint(metrics)


def overview_html(shown: PageModel) -> Markup:
    """Return the scores and how far to trust them, or that there are none."""
    try:
        metrics = shown.metrics
    except InputError as not_scored:
        return draw.paragraph(str(not_scored))
    notes = cautions(metrics, shown.kind.texts)
    return draw.overview(metrics, shown.kind, shown.caution, notes)


def matrix_html(shown: PageModel) -> Markup:
    """Return the table: true labels are rows, predicted ones columns, then unsure and none."""
    counts, names = counts_of(shown)
    kept, columns = rows_and_columns(shown)
    rows = []
    for i in kept:
        cells = [matrix_cell(counts[i], names, i, j) for j in columns]
        rows.append((shorten(names[i], BRIEF), cells))
    return draw.matrix(
        kind=shown.kind,
        heads=[shorten(names[j], BRIEF) for j in columns],
        rows=rows,
        n_labels=len(shown.labels),
        has_texts=has_texts(shown),
    )


def matrix_cell(
    row: list[int],
    names: list[str],
    i: int,
    j: int,
) -> tuple:
    """Return a cell as draw.html has it: place, depth of colour, numbers, and what is read out."""
    n = row[j]
    total = max(sum(row), 1)
    share = n / total
    colour = share**0.5  # the root, so that rare mistakes show, too
    numbers: list = []
    if n:
        rounded = "<1" if share < 0.005 else f"{100 * share:.0f}"
        numbers = [n, rounded]
    title = f"{names[i]} read as {names[j]}: {n} of {total}, {percent(share)}"
    return i, j, colour, numbers, title


def counts_of(shown: PageModel) -> tuple[list[list[int]], list[str]]:
    """Return the rows of the matrix, and the names of its columns."""
    return shown.test["verdicts"]["matrix"], shown.labels + BESIDE


def rows_and_columns(shown: PageModel) -> tuple[list[int], list[int]]:
    """Return which labels are rows of the table, and its columns: they and what is BESIDE them."""
    counts, names = counts_of(shown)
    kept = often_mistaken(shown.test["confusion"])
    columns = list(kept)
    for j in range(len(shown.labels), len(names)):
        if any(row[j] for row in counts):
            columns.append(j)
    return kept, columns


def has_texts(shown: PageModel) -> bool:
    """Return whether the texts that a cell counts are there to be shown."""
    if shown.page.not_shown:
        return False
    errors = shown.test.get("errors")
    if not errors:
        return shown.test["accuracy"] == 1
    return all("text" in error for error in errors)


def errors_of(scores: dict, **wanted: Any) -> list[dict]:
    """Return the test rows with these values, most probable first."""
    errors = scores.get("errors", [])
    matching = [error for error in errors if wanted.items() <= error.items()]
    return sorted(matching, key=lambda error: -error["probability"])


def cell_html(shown: PageModel, row: int, column: int) -> Markup:
    """Return what stands behind a cell: the texts, or for the diagonal what became of the rest."""
    counts, names = counts_of(shown)
    of_row = counts[row]
    others = list(zip(of_row, names, strict=True))
    del others[row]
    cell = {
        "label": shown.labels[row],
        "predicted": names[column],
        "is_right": row == column,
        "n": of_row[column],
        "total": sum(of_row),
        "taken": sorted(others, reverse=True)[:5],
    }
    not_shown = shown.page.not_shown
    return draw.behind(
        kind=shown.kind,
        not_shown=not_shown,
        cell=cell,
        is_shown=bool(not_shown) or has_texts(shown),
        errors=errors_behind(shown, row, column),
        box=shown.box,
    )


def errors_behind(shown: PageModel, row: int, column: int) -> list[dict]:
    """Return the rows behind a cell: of the test split, or of texts that may be shown instead."""
    if row == column:
        return []
    scores = {}
    if shown.page.not_shown:
        scores = shown.metrics.get("own", {})
    elif has_texts(shown):
        scores = shown.test
    label = shown.labels[row]
    return errors_of(scores, label=label, column=column)


def downloads_html(shown: PageModel) -> Markup:
    """Return the link to the matrix as a file."""
    from ..storage import plots  # matplotlib is slow to import, and few visits need it

    file = plots.confusion_file(shown.labels, shown.test["confusion"], "svg")
    url = data_url("image/svg+xml", file)
    return draw.download(url, "confusion.svg", "Matrix as SVG")


def curves_html(shown: PageModel) -> Markup:
    """Return the curves of training and the reliability diagram."""
    from ..storage import plots

    curves = plots.curves(shown.metrics)
    # An SVG is matplotlib's, of numbers alone.
    figures = {title: Markup(svg) for title, svg in curves.items()}  # noqa: S704
    return draw.curves(figures)
