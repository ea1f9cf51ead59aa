"""The Test results tab: confusion matrix, the texts behind its cells, scores and curves."""

import base64
from functools import lru_cache

import gradio as gr
from markupsafe import Markup

from ..errors import InputError
from ..storage.card import cautions
from . import markup
from .markup import draw
from .matrix import cell_html, errors_behind, has_texts, matrix_html
from .page_model import PageModel, one_line

PERCENT = "percent of the row"
# Where the page is narrow what is behind a cell stands below the matrix.
SHOW_BELOW = """() => {
  const found = document.getElementById('%s');
  const {top, bottom} = found.getBoundingClientRect();
  if (top >= 0 && Math.min(bottom, top + 300) <= innerHeight) return;
  const still = matchMedia('(prefers-reduced-motion: reduce)').matches;
  found.scrollIntoView({behavior: still ? 'auto' : 'smooth'});
}"""


def quality_tab(shown: PageModel, tab: gr.Tab) -> None:
    """Scores, matrix, per-label table and curves, or one line; drawn when the tab is opened."""
    suffix, words = shown.suffix, shown.words
    quality_endpoints(shown)
    try:
        scores, baseline = markup.scores(shown.metrics, words), markup.baseline(shown.metrics)
    except InputError as not_scored:
        markup.html(draw.paragraph(str(not_scored)), elem_classes="part")
        return
    verdicts = draw.verdicts(shown.metrics["test"].get("verdicts"), words.texts)
    hidden = draw.paragraph(cautions(shown.metrics, words.texts))
    overview = scores + verdicts + draw.paragraph(shown.caution) + hidden + baseline
    markup.html(overview, elem_classes="part")
    with gr.Row(equal_height=False):
        # Below 1,000 pixels what is behind a cell goes below it.
        with gr.Column(scale=5, min_width=720, elem_classes="part"):
            numbers = gr.Radio(["counts", PERCENT], value="counts", label="Confusion matrix in")
            matrix = markup.html(elem_id=f"matrix{suffix}", js=markup.script("matrix"))
        with gr.Column(scale=2, min_width=280, elem_classes="beside part"):
            title = words.texts.capitalize() if has_texts(shown.metrics, words) else "What is"
            asked = Markup("<h2>{} behind a cell</h2><p>Choose a cell in the matrix.</p>")
            behind = markup.html(
                asked.format(title),
                elem_id=f"behind{suffix}",
                elem_classes="behind",
                js=markup.LIVE,
            )
    downloads = markup.html(elem_id=f"downloads{suffix}", elem_classes="downloads")
    curves = markup.html(elem_id=f"curves{suffix}", elem_classes="curves")
    markup.html(
        draw.by_label(words.label, words.on_a_scale, shown.metrics["test"]["per_label"]),
        elem_id=f"per-label{suffix}",
        elem_classes="part",
        js=markup.script("by_label"),
    )
    draw_on_opening(shown, tab, numbers, [matrix, downloads, curves])
    show_behind(shown, matrix, behind)


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

    gr.api(errors, api_name=f"errors{shown.suffix}")
    gr.api(metrics, api_name=f"metrics{shown.suffix}")


def draw_on_opening(
    shown: PageModel, tab: gr.Tab, numbers: gr.Radio, outputs: list[gr.HTML]
) -> None:
    """Draw matrix, downloads and curves when the tab is opened, and the matrix on a choice."""

    @lru_cache(maxsize=1)
    def figures() -> tuple[Markup, Markup]:
        return downloads_html(shown.metrics), curves_html(shown.metrics)

    @lru_cache(maxsize=2)
    def show_matrix(numbers: str) -> Markup:
        return matrix_html(shown.metrics, shown.words, numbers == PERCENT)

    def draw(numbers: str) -> tuple[Markup, Markup, Markup]:
        return show_matrix(numbers), *figures()

    tab.select(draw, numbers, outputs, api_visibility="private")
    numbers.change(
        show_matrix,
        numbers,
        outputs[0],
        show_progress="hidden",
        api_visibility="private",
    )


def show_behind(shown: PageModel, matrix: gr.HTML, behind: gr.HTML) -> None:
    """Show what is behind a cell that is chosen, and scroll to it."""

    @one_line
    def show_cell(event: gr.EventData) -> Markup:
        try:
            row, column = event.row, event.column
        except (AttributeError, TypeError):  # a program may send anything
            row = column = None
        return cell_html(shown.metrics, shown.words, row, column, shown.box)

    chosen = matrix.click(show_cell, None, behind, show_progress="hidden", api_visibility="private")
    chosen.success(None, js=SHOW_BELOW % f"behind{shown.suffix}", api_visibility="private")


def downloads_html(metrics: dict) -> Markup:
    """Return the links to the matrix as files."""
    from ..storage import plots  # matplotlib is slow to import, and few visits need it

    labels, confusion = metrics["labels"], metrics["test"]["confusion"]
    svg, png = (plots.confusion_file(labels, confusion, kind) for kind in ("svg", "png"))
    return draw.download(
        data_url("image/svg+xml", svg), "confusion.svg", "Matrix as SVG"
    ) + draw.download(data_url("image/png", png), "confusion.png", "Matrix as PNG")


def curves_html(metrics: dict) -> Markup:
    """Return the curves of training and the reliability diagram."""
    from ..storage import plots

    pretraining = metrics.get("pretraining_history", ())
    accuracy, loss = plots.history_svgs(metrics["history"], pretraining)
    figures = {"Accuracy in training": accuracy, "Loss in training": loss}
    if bins := metrics["test"].get("reliability"):
        figures = {"Reliability": plots.reliability_svg(bins)} | figures
    # An SVG is matplotlib's, of numbers alone.
    figure = Markup('<div class="part"><h2>{}</h2>{}</div>')
    return Markup().join(figure.format(t, Markup(svg)) for t, svg in figures.items())  # noqa: S704


def data_url(kind: str, content: bytes) -> str:
    """Return `content` as an address that holds it."""
    return f"data:{kind};base64,{base64.b64encode(content).decode()}"
