"""The Test results tab: confusion matrix, the texts behind its cells, scores and curves."""

import base64
from collections.abc import Iterable
from functools import cache

import gradio as gr
from markupsafe import Markup

from ..errors import InputError
from ..storage.card import cautions
from . import markup
from .markup import draw
from .matrix import cell_html, errors_behind, has_texts, matrix_html
from .page_model import PRIVATE, QUIET, PageModel

UNITS = COUNTS, PERCENT = "counts", "percent of the row"
KINDS = {"svg": "image/svg+xml", "png": "image/png"}  # of files of the matrix


def quality_tab(shown: PageModel, tab: gr.Tab) -> None:
    """Scores, matrix, per-label table and curves, or one line; drawn when the tab is opened."""
    suffix, words = shown.suffix, shown.words
    quality_endpoints(shown)
    try:
        markup.html(overview_html(shown), classes="part")
    except InputError as not_scored:
        markup.html(draw.paragraph(str(not_scored)), classes="part")
        return
    with gr.Row(equal_height=False):
        # Below 1,000 pixels what is behind a cell goes below it.
        with gr.Column(scale=5, min_width=720, elem_classes="part"):
            numbers = gr.Radio(UNITS, value=COUNTS, label="Confusion matrix in")
            matrix = markup.html("", f"matrix{suffix}", js=markup.script("matrix"))
        with gr.Column(scale=2, min_width=280, elem_classes="beside part"):
            start = nothing_chosen(shown)
            behind = markup.html(start, f"behind{suffix}", "behind", markup.LIVE)
    downloads = markup.html("", f"downloads{suffix}", "downloads")
    curves = markup.html("", f"curves{suffix}", "curves")
    sorts = markup.script("by_label")
    markup.html(by_label_html(shown), f"per-label{suffix}", "part", sorts)

    @cache
    def figures() -> tuple[Markup, Markup]:
        return downloads_html(shown.metrics), curves_html(shown.metrics)

    def show_matrix(numbers: str) -> Markup:
        return matrix_html(shown.metrics, words, numbers == PERCENT)

    def show_cell(event: gr.EventData) -> Markup:
        place = event._data if isinstance(event._data, dict) else {}
        row, column = place.get("row"), place.get("column")
        return cell_html(shown.metrics, words, row, column, shown.box)

    drawn = [matrix, downloads, curves]
    tab.select(lambda numbers: (show_matrix(numbers), *figures()), numbers, drawn, **PRIVATE)
    numbers.change(show_matrix, numbers, matrix, **QUIET)
    chosen = matrix.click(show_cell, None, behind, **QUIET)
    chosen.success(None, js=f"() => page.showBelow('behind{suffix}')", **PRIVATE)


def quality_endpoints(shown: PageModel) -> None:
    """Offer /errors and /metrics to programs."""

    @shown.endpoint
    def errors(true_label: str, predicted_label: str) -> list[dict]:
        """List the misclassified test rows behind a cell of the confusion matrix.

        Args:
            true_label: the {label} that the row has in the data.
            predicted_label: the {label} that the model gave instead.
        """
        return errors_behind(shown.metrics, shown.words, true_label, predicted_label)

    @shown.endpoint
    def metrics() -> dict:
        """Return the model's metrics.json: scores, confusion counts, errors and history."""
        return shown.metrics

    gr.api(errors)
    gr.api(metrics)


def overview_html(shown: PageModel) -> Markup:
    """Return the scores and how far to trust them; raise InputError without any."""
    metrics, texts = shown.metrics, shown.words.texts
    verdicts = draw.verdicts(metrics["test"].get("verdicts"), texts)
    hidden = draw.paragraph(cautions(metrics, texts))
    found = draw.scores(metrics["test"], shown.words) + verdicts + draw.paragraph(shown.caution)
    return found + hidden + markup.baseline(metrics)


def nothing_chosen(shown: PageModel) -> Markup:
    """Return what stands beside the matrix until a cell is chosen."""
    return draw.nothing_chosen(shown.words.texts, has_texts(shown.metrics, shown.words))


def by_label_html(shown: PageModel) -> Markup:
    """Return the table of precision, recall and F1."""
    return draw.by_label(shown.words, shown.metrics["test"]["per_label"])


def downloads_html(metrics: dict, kinds: Iterable[str] = KINDS) -> Markup:
    """Return the links to the matrix as files."""
    from ..storage import plots  # matplotlib is slow to import, and few visits need it

    labels, confusion = metrics["labels"], metrics["test"]["confusion"]

    def link(kind: str) -> Markup:
        url = data_url(KINDS[kind], plots.confusion_file(labels, confusion, kind))
        return draw.download(url, f"confusion.{kind}", f"Matrix as {kind.upper()}")

    return Markup().join(map(link, kinds))


def curves_html(metrics: dict) -> Markup:
    """Return the curves of training and the reliability diagram."""
    from ..storage import plots

    pretraining = metrics.get("pretraining_history", ())
    accuracy, loss = plots.history_svgs(metrics["history"], pretraining)
    figures = {"Accuracy in training": accuracy, "Loss in training": loss}
    if bins := metrics["test"].get("reliability"):
        figures = {"Reliability": plots.reliability_svg(bins)} | figures
    # An SVG is matplotlib's, of numbers alone.
    return draw.curves({title: Markup(svg) for title, svg in figures.items()})  # noqa: S704


def data_url(kind: str, content: bytes) -> str:
    """Return `content` as an address that holds it."""
    return f"data:{kind};base64,{base64.b64encode(content).decode()}"
