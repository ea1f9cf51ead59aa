"""The scores by label as an HTML table whose headings sort it.

Works on metrics.json alone, independent of the model and of gradio.
"""

from markupsafe import Markup

from ..tasks.task import TaskWords

SCORES = {"precision": "precision", "recall": "recall", "f1": "F1", "support": "rows"}


def by_label_html(metrics: dict, words: TaskWords) -> Markup:
    """Return the table of precision, recall, F1 and rows, one row a label."""
    order = "none" if words.on_a_scale else "ascending"  # that of the alphabet
    heads = _heading(words.label, order) + Markup().join(map(_heading, SCORES.values()))
    rows = Markup().join(map(_row, metrics["test"]["per_label"]))
    return Markup(
        '<h2>By {}</h2><div class="scroll"><table class="by-label">'
        "<thead><tr>{}</tr></thead><tbody>{}</tbody></table></div>"
    ).format(words.label, heads, rows)


def _heading(name: str, order: str = "none") -> Markup:
    head = Markup('<th scope="col" aria-sort="{}"><button>{}</button></th>')
    return head.format(order, name)


def _row(scores: dict) -> Markup:
    cell = Markup('<td data-value="{}">{}</td>')
    cells = Markup().join(cell.format(scores[key], _shown(scores[key])) for key in SCORES)
    row = Markup('<tr><th scope="row" data-value="{label}">{label}</th>{cells}</tr>')
    return row.format(label=scores["label"], cells=cells)


def _shown(value: float) -> str:
    return f"{value:,}" if isinstance(value, int) else f"{value:.2f}"
