"""The Test split tab: confusion matrix, the texts behind its cells, scores and curves."""

import base64
from functools import lru_cache

import gradio as gr

from . import by_label, markup
from .errors import one_line
from .matrix import ON_LOAD, cell_html, errors_behind, matrix_html
from .shown import Shown

PERCENT = "percent of the row"
# On a phone what is behind a cell stands below the screen.
SHOW_BELOW = """() => {
  const found = document.getElementById('%s');
  if (found.getBoundingClientRect().top < innerHeight - 80) return;
  const still = matchMedia('(prefers-reduced-motion: reduce)').matches;
  found.scrollIntoView({behavior: still ? 'auto' : 'smooth'});
}"""


def quality_tab(shown: Shown, tab: gr.Tab) -> None:
    """Scores, matrix, per-label table and curves; drawn when the tab is opened."""
    suffix, words = shown.suffix, shown.words
    gr.HTML(markup.scores(shown.metrics, words), js_on_load=None)
    with gr.Row(equal_height=False):
        with gr.Column(scale=5, min_width=300):
            numbers = gr.Radio(["counts", PERCENT], value="counts", label="Confusion matrix in")
            matrix = gr.HTML(elem_id=f"matrix{suffix}", js_on_load=ON_LOAD)
        with gr.Column(scale=2, min_width=280):
            behind = gr.HTML(
                f"<h2>{words.texts.capitalize()} behind a cell</h2>"
                "<p>Choose a cell of the matrix.</p>",
                elem_id=f"behind{suffix}",
                elem_classes="behind",
                js_on_load=markup.LIVE,
            )
    downloads = gr.HTML(elem_id=f"downloads{suffix}", js_on_load=None)
    curves = gr.HTML(elem_id=f"curves{suffix}", elem_classes="curves", js_on_load=None)
    gr.HTML(
        by_label.by_label_html(shown.metrics, words),
        elem_id=f"per-label{suffix}",
        js_on_load=by_label.ON_LOAD,
    )

    def show_matrix(numbers: str) -> str:
        return matrix_html(shown.metrics, words, numbers == PERCENT)

    def draw(numbers: str) -> tuple[str, str, str]:
        return show_matrix(numbers), downloads_html(), curves_html()

    @lru_cache(maxsize=1)
    def downloads_html() -> str:
        from model import plots  # matplotlib is slow to import, and few visits need it

        svg, png = plots.confusion_files(
            shown.metrics["labels"], shown.metrics["test"]["confusion"]
        )
        return markup.download(
            data_url("image/svg+xml", svg), "confusion.svg", "Matrix as SVG"
        ) + markup.download(data_url("image/png", png), "confusion.png", "Matrix as PNG")

    @lru_cache(maxsize=1)
    def curves_html() -> str:
        from model import plots

        pretraining = shown.metrics.get("pretraining_history", ())
        accuracy, loss = plots.history_svgs(shown.metrics["history"], pretraining)
        figures = {"Accuracy in training": accuracy, "Loss in training": loss}
        if bins := shown.metrics["test"].get("reliability"):
            figures = {"Reliability": plots.reliability_svg(bins)} | figures
        return "".join(f"<div><h2>{title}</h2>{svg}</div>" for title, svg in figures.items())

    @one_line
    def show_cell(event: gr.EventData) -> str:
        try:
            row, column = event.row, event.column
        except (AttributeError, TypeError):  # a program may send anything
            row = column = None
        return cell_html(shown.metrics, words, row, column)

    @one_line
    @shown.endpoint
    def errors(true_label: str, predicted_label: str) -> list[dict]:
        """List the misclassified test rows behind a cell of the confusion matrix.

        Args:
            true_label: the {label} that the row has in the data.
            predicted_label: the {label} that the model gave instead.
        """
        return errors_behind(shown.metrics, words, true_label, predicted_label)

    @shown.endpoint
    def metrics() -> dict:
        """Return the model's metrics.json: scores, confusion counts, errors and history."""
        return shown.metrics

    gr.api(errors, api_name=f"errors{suffix}")
    gr.api(metrics, api_name=f"metrics{suffix}")
    tab.select(draw, numbers, [matrix, downloads, curves], api_visibility="private")
    numbers.change(
        show_matrix,
        numbers,
        matrix,
        show_progress="hidden",
        api_visibility="private",
    )
    chosen = matrix.click(show_cell, None, behind, show_progress="hidden", api_visibility="private")
    chosen.success(None, js=SHOW_BELOW % f"behind{suffix}", api_visibility="private")


def data_url(kind: str, content: bytes) -> str:
    """Return `content` as an address that holds it."""
    return f"data:{kind};base64,{base64.b64encode(content).decode()}"
