"""HTML for what Gradio has no accessible widget for: bars, coloured letters, scores, lists.

HTML on the page is `Markup`: what is put into it, or comes in its place, is escaped.
"""

import json
from collections.abc import Collection, Iterable
from pathlib import Path
from typing import Any

import gradio as gr
from markupsafe import Markup, escape

from .. import Explanation
from ..storage.facts import verdict
from ..tasks.task import TaskWords

LIVE = "element.ariaLive = 'polite';"  # as `js`: what appears there is read out


def html(value: Markup | str = "", js: str | None = None, **options: Any) -> gr.HTML:
    """Return a component that shows `Markup`, now or from an event, and any other text as text.

    `js` is run when it is loaded.
    """
    component = gr.HTML(escape(value), js_on_load=js, **options)
    component.postprocess = escape  # type: ignore[assignment,method-assign]
    return component


def script(name: str) -> str:
    """Return the JavaScript of a file beside this one."""
    return (Path(__file__).parent / f"{name}.js").read_text("utf-8")


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


def paragraph(text: str) -> Markup:
    """Return a text, or Markup, as a paragraph, and none for ""."""
    return Markup("<p>{}</p>").format(text) if text else Markup()


def bars(
    rows: Iterable[tuple[str, float, str]], label: str, on_a_scale: bool = False, none: str = ""
) -> Markup:
    """Return a list of bars, each of a name, its share of the whole width, and a text.

    On a scale their colours go from one end of it to the other. That of `none` is grey.
    """
    rows = list(rows)
    steps = max(len(rows) - 1, 1)
    bar = Markup(
        '<li class="{}"><span class="of">{}</span><span class="value">{}</span>'
        '<span class="track" style="--share:{:.4f}; --place:{:.2f}"></span></li>'
    )
    items = Markup().join(
        bar.format("of-none" if name == none else "", name, text, share, i / steps)
        for i, (name, share, text) in enumerate(rows)
    )
    kind = "bars scale" if on_a_scale else "bars"
    return Markup('<ol class="{}" aria-label="{}">{}</ol>').format(kind, label, items)


def letters(
    found: Explanation, piece: str, ends: tuple[str, str] | None, unknown: Collection[str] = ()
) -> Markup:
    """Return the pieces of a text, letters say, each with what it adds to the score of the label.

    On a scale with these `ends` blue is for the last label and orange for the first.
    """
    strongest = max((abs(value) for _, value in found.contributions), default=0) or 1.0
    seen = [(part, value) for part, value in found.contributions if value or part.strip()]
    items = Markup().join(_letter(part, value, strongest, part in unknown) for part, value in seen)
    total, start = sum(value for _, value in found.contributions), found.start
    score = Markup("the score of <b>{}</b>").format(found.label)
    if ends:
        score = Markup("<b>{1}</b> (+, blue) or <b>{0}</b> (−, orange)").format(*ends)
    blank = f"the score with every {piece} blanked out"
    sums = f"{signed(total)} in all, from {signed(start)}, {blank}, to {signed(start + total)}"
    grey = f" A {piece} in grey was not in training." if unknown else ""
    return Markup(
        "<p>What each {piece} adds to {score}: {sums}.{grey}</p>"
        '<ol class="letters of-{piece}" aria-label="What each {piece} adds">{items}</ol>'
    ).format(piece=piece, score=score, sums=sums, grey=grey, items=items)


def signed(value: float) -> str:
    """Return a number of one digit with its sign, a minus as typographers have it.

    >>> signed(6.54), signed(-1.2), signed(0.01)
    ('+6.5', '−1.2', '0')
    """
    text = f"{value:+.1f}".replace("-", "−")
    return "0" if text in ("+0.0", "−0.0") else text


def _letter(piece: str, value: float, strongest: float, is_unknown: bool) -> Markup:
    amount = signed(value)
    sign = "none" if is_unknown or amount == "0" else "plus" if value > 0 else "minus"
    kind = f"{sign} unknown" if is_unknown else sign
    item = Markup('<li class="{}" style="--strength:{:.2f}"><b>{}</b><span>{}</span></li>')
    return item.format(kind, abs(value) / strongest, piece if piece.strip() else "␣", amount)


def copy_button(query: dict[str, Any]) -> Markup:
    """Return a button that copies the address of the page with this query; page.js does it."""
    button = Markup('<button class="copy" data-copy="{}">Copy link</button>')
    return button.format(json.dumps(query))


def text_button(box: str, text: str, title: str = "", mark: Markup | str = "") -> Markup:
    """Return a text as a button that opens it in its `box`, which page.js does."""
    return Markup(
        '<button data-box="{box}" data-tab="{box}" data-text="{text}" title="{title}">'
        "<bdi>{text}</bdi>{mark}</button>"
    ).format(box=box, text=text, title=title, mark=mark)


def examples(box: str, groups: dict[str, dict[str, str]], wrong: dict[str, str]) -> Markup:
    """Return the texts to try as buttons under headings; a mark is on those that it gets wrong."""

    def button(text: str, label: str) -> Markup:
        mark, title = "", label or "at home in several languages"
        if text in wrong:
            mark = Markup("<small>✗ not {}</small>").format(wrong[text])
            title = f"{label}, and the network says {wrong[text]}"
        return text_button(box, text, title if len(groups) > 1 else "", mark)

    group = Markup("<h3>{}</h3><p>{}</p>")
    return Markup().join(
        group.format(title, Markup().join(button(*pair) for pair in texts.items()))
        for title, texts in groups.items()
    )


MEANINGS = {
    "accuracy": "Right answers among all of the test.",
    "macro-F1": "How well the {labels} are found and how rarely they are claimed wrongly, on "
    "average over {labels}, so that rare ones count as much as frequent ones; 1 is best.",
    "right among the first three": "How often the right answer is one of the three likeliest.",
    "calibration error": "Of answers given with 80%, about 80% should be right; this is the mean "
    "gap between the two, and 0 is best.",
    "{texts} tested": "How many {texts} of the test split the network was asked about.",
    "right on whole sentences": "Among the test texts that are whole sentences, not phrases.",
}


def scores(metrics: dict, words: TaskWords) -> Markup:
    """Return the headline scores on the test split, each with what it means on hover and focus."""
    test = metrics["test"]
    values = [f"{test['accuracy']:.1%}", f"{test['macro_f1']:.3f}", f"{test['top3_accuracy']:.1%}"]
    values += [f"{test['ece']:.3f}", f"{test['rows']:,}"]
    if wholes := test.get("wholes"):
        values.append(f"{wholes['accuracy']:.1%}")
    named = {"labels": words.labels, "texts": words.texts}
    cell = Markup('<div tabindex="0"><dd>{}</dd><dt>{}</dt><dd class="meaning">{}</dd></div>')
    cells = (
        cell.format(value, name.format(**named), meaning.format(**named))
        for value, (name, meaning) in zip(values, MEANINGS.items(), strict=False)
    )
    return Markup('<dl class="scores">{}</dl>').format(Markup().join(cells))


def rival(metrics: dict) -> Markup:
    """Return the table of the network and the linear classifier of the same rows, if there is one.

    The name of that comes from the model folder.
    """
    if not (found := metrics.get("rival")):
        return Markup()
    this = {**metrics["test"], "name": "this model", "seconds": metrics.get("seconds", 0)}
    row = Markup(
        '<tr><th scope="row">{name}</th><td>{accuracy:.1%}</td>'
        "<td>{macro_f1:.3f}</td><td>{seconds:,.1f}</td></tr>"
    )
    return Markup(
        '<div class="scroll rival"><table class="by-label"><thead><tr>'
        '<th scope="col">trained on the same rows</th><th scope="col">accuracy</th>'
        '<th scope="col">macro-F1</th><th scope="col">seconds to train</th></tr></thead><tbody>'
        "{}{}</tbody></table></div><p>{} The linear classifier is LinearSVC on TF-IDF, not tuned."
        "</p>"
    ).format(row.format(**this), row.format(**found), verdict(found, metrics["test"]))


def download(content_url: str, file_name: str, text: str) -> Markup:
    """Return a link that saves `content_url`; with a data: URL nothing lies on the server."""
    link = Markup('<a class="download" download="{}" href="{}">{}</a>')
    return link.format(file_name, content_url, text)
