"""HTML for what Gradio has no accessible widget for: bars, coloured letters, scores, tables.

`draw.bars(…)` and the like are the macros of draw.html and return `Markup`. Whatever is put into
it, or comes in its place, is escaped.
"""

from collections.abc import Collection
from pathlib import Path
from typing import Any

import gradio as gr
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup, escape

from .. import Explanation
from ..storage.card import verdict
from ..tasks.task import TaskWords

HERE = Path(__file__).parent
WEB = HERE.with_name("web")
LIVE = "element.ariaLive = 'polite';"  # as `js`: what appears there is read out
MEANINGS = {
    "accuracy": "The share of the test {texts} whose most likely {label} is right.",
    "macro-F1": "How many {texts} of each {label} are found and how few are taken for it wrongly, "
    "averaged over {labels} so that rare ones count as much as frequent ones; 1 is best.",
    "right among the first three": "How often the right answer is among the three most likely.",
    "calibration error": "Of the answers given 80%, about 80% should be right; this is the mean "
    "gap between the two, and 0 is best.",
    "{texts} tested": "The number of {texts} in the test split.",
    "right on whole sentences": "Among the test texts that are whole sentences, not phrases.",
}


def html(value: Markup | str = "", js: str | None = None, **options: Any) -> gr.HTML:
    """Return a component that shows `Markup`, now or from an event, and any other text as text.

    `js` is run when it is loaded.
    """
    component = gr.HTML(escape(value), js_on_load=js, **options)
    component.postprocess = escape  # type: ignore[assignment,method-assign]
    return component


def web(name: str) -> str:
    """Return a file that runs in the browser: of model/web/, or of the Gradio page alone here."""
    file = WEB / name
    return (file if file.exists() else HERE / name).read_text("utf-8")


def script(name: str) -> str:
    """Return the JavaScript of model/web/, or of a file beside this one."""
    return web(f"{name}.js")


def percent(share: float) -> str:
    """Return a probability as text that claims neither certainty nor impossibility.

    >>> percent(0.5), percent(0.0312), percent(0.99996), percent(0.00001)
    ('50.0%', '3.1%', '> 99.9%', '< 0.1%')
    """
    if 0.999 < share < 1:
        return "> 99.9%"
    if 0 < share < 0.001:
        return "< 0.1%"
    return f"{share:.1%}"


def signed(value: float) -> str:
    """Return a number of one digit with its sign, a minus as typographers have it.

    >>> signed(6.54), signed(-1.2), signed(0.01)
    ('+6.5', '−1.2', '0')
    """
    text = f"{value:+.1f}".replace("-", "−")
    return "0" if text in ("+0.0", "−0.0") else text


def _templates() -> Environment:
    environment = Environment(
        loader=FileSystemLoader([HERE, WEB]),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["percent"] = percent
    return environment


templates = _templates()
draw: Any = templates.get_template("draw.html").module


def letters(
    found: Explanation, piece: str, ends: tuple[str, str] | None, unknown: Collection[str] = ()
) -> Markup:
    """Return the pieces of a text, letters say, each with what it adds to the score of the label.

    On a scale with these `ends` blue is for the last label and orange for the first.
    """
    strongest = max((abs(value) for _, value in found.contributions), default=0) or 1.0
    pieces = []
    for part, value in found.contributions:
        amount = signed(value)
        sign = "plus" if value > 0 else "minus"
        if part in unknown or amount == "0":
            sign = "none unknown" if part in unknown else "none"
        if value or part.strip():
            pieces.append((part if part.strip() else "␣", sign, abs(value) / strongest, amount))
    total, start = sum(value for _, value in found.contributions), found.start
    sums = signed(total), signed(start), signed(start + total)
    return draw.letters(pieces, piece, found.label, ends, sums, bool(unknown))


def scores(metrics: dict, words: TaskWords) -> Markup:
    """Return the headline scores on the test split, each with what it means on hover and focus."""
    test = metrics["test"]
    values = [f"{test['accuracy']:.1%}", f"{test['macro_f1']:.3f}", f"{test['top3_accuracy']:.1%}"]
    values += [f"{test['ece']:.3f}", f"{test['rows']:,}"]
    if wholes := test.get("wholes"):
        values.append(f"{wholes['accuracy']:.1%}")
    named = {"label": words.label, "labels": words.labels, "texts": words.texts}
    return draw.scores(
        (value, name.format(**named), meaning.format(**named))
        for value, (name, meaning) in zip(values, MEANINGS.items(), strict=False)
    )


def baseline(metrics: dict) -> Markup:
    """Return the table of this model and the baselines of the same rows, if it has any.

    Their names come from the model folder.
    """
    if not (found := metrics.get("rival")):
        return Markup()
    this = {**metrics["test"], "name": "this model", "seconds": metrics.get("seconds", 0)}
    most_frequent = filter(None, [metrics.get("most_frequent")])  # which older models lack
    return draw.baseline([this, found, *most_frequent], verdict(found, metrics["test"]))
