"""HTML for what Gradio has no accessible widget for: bars, coloured letters, scores, lists.

Every text that comes from outside is escaped here; no model and no gradio.
"""

import json
from collections.abc import Collection, Iterable
from html import escape
from typing import Any

from .. import Explanation
from ..storage.facts import verdict
from ..tasks.words import TaskWords

LIVE = "element.ariaLive = 'polite';"  # as js_on_load: what appears there is read out


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


def bars(
    rows: Iterable[tuple[str, float, str]], label: str, on_a_scale: bool = False, none: str = ""
) -> str:
    """Return a list of bars, each of a name, its share of the whole width, and a text.

    On a scale their colours go from one end of it to the other. That of `none` is grey.
    """
    rows = list(rows)
    steps = max(len(rows) - 1, 1)
    items = "".join(
        f'<li{" class=of-none" * (name == none)}><span class="of">{escape(name)}</span>'
        f'<span class="value">{escape(text)}</span>'
        f'<span class="track" style="--share:{share:.4f}; --place:{i / steps:.2f}"></span></li>'
        for i, (name, share, text) in enumerate(rows)
    )
    kind = "bars scale" if on_a_scale else "bars"
    return f'<ol class="{kind}" aria-label="{escape(label)}">{items}</ol>'


def letters(
    found: Explanation, piece: str, ends: tuple[str, str] | None, unknown: Collection[str] = ()
) -> str:
    """Return the pieces of a text, letters say, each with what it adds to the score of the label.

    On a scale with these `ends` blue is for the last label and orange for the first.
    """
    strongest = max((abs(value) for _, value in found.contributions), default=0) or 1.0
    seen = [(part, value) for part, value in found.contributions if value or part.strip()]
    items = "".join(_letter(part, value, strongest, part in unknown) for part, value in seen)
    total, start = sum(value for _, value in found.contributions), found.start
    score = f"the score of <b>{escape(found.label)}</b>"
    if ends:
        score = f"<b>{escape(ends[1])}</b> (+, blue) or <b>{escape(ends[0])}</b> (−, orange)"
    blank = f"the score with every {piece} blanked out"
    sums = f"{signed(total)} in all, from {signed(start)}, {blank}, to {signed(start + total)}"
    grey = f" A {piece} in grey was not in training." if unknown else ""
    return (
        f"<p>What each {piece} adds to {score}: {sums}.{grey}</p>"
        f'<ol class="letters of-{piece}" aria-label="What each {piece} adds">{items}</ol>'
    )


def signed(value: float) -> str:
    """Return a number of one digit with its sign, a minus as typographers have it.

    >>> signed(6.54), signed(-1.2), signed(0.01)
    ('+6.5', '−1.2', '0')
    """
    text = f"{value:+.1f}".replace("-", "−")
    return "0" if text in ("+0.0", "−0.0") else text


def _letter(piece: str, value: float, strongest: float, is_unknown: bool) -> str:
    amount = signed(value)
    sign = "none" if is_unknown or amount == "0" else "plus" if value > 0 else "minus"
    kind = f"{sign} unknown" if is_unknown else sign
    shown = escape(piece) if piece.strip() else "␣"
    return (
        f'<li class="{kind}" style="--strength:{abs(value) / strongest:.2f}">'
        f"<b>{shown}</b><span>{amount}</span></li>"
    )


def copy_button(query: dict[str, Any]) -> str:
    """Return a button that copies the address of the page with this query; page.js does it."""
    return f'<button class="copy" data-copy="{escape(json.dumps(query))}">Copy link</button>'


def examples(box: str, groups: dict[str, dict[str, str]], wrong: dict[str, str]) -> str:
    """Return the texts to try as buttons under headings; a mark is on those that it gets wrong."""

    def button(text: str, label: str) -> str:
        mark, title = "", label or "at home in several languages"
        if text in wrong:
            mark = f"<small>✗ not {escape(wrong[text])}</small>"
            title = f"{label}, and the network says {wrong[text]}"
        title = f' title="{escape(title)}"' if len(groups) > 1 else ""
        data = f'data-box="{box}" data-text="{escape(text)}"'
        return f"<button {data}{title}><bdi>{escape(text)}</bdi>{mark}</button>"

    return "".join(
        f"<h3>{title}</h3><p>{''.join(button(*pair) for pair in texts.items())}</p>"
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


def scores(metrics: dict, words: TaskWords) -> str:
    """Return the headline scores on the test split, each with what it means on hover and focus."""
    test = metrics["test"]
    values = [f"{test['accuracy']:.1%}", f"{test['macro_f1']:.3f}", f"{test['top3_accuracy']:.1%}"]
    values += [f"{test['ece']:.3f}", f"{test['rows']:,}"]
    if wholes := test.get("wholes"):
        values.append(f"{wholes['accuracy']:.1%}")
    named = {"labels": words.labels, "texts": words.texts}
    cells = (
        f'<div tabindex="0"><dd>{value}</dd><dt>{name.format(**named)}</dt>'
        f'<dd class="meaning">{meaning.format(**named)}</dd></div>'
        for value, (name, meaning) in zip(values, MEANINGS.items(), strict=False)
    )
    return f'<dl class="scores">{"".join(cells)}</dl>'


def rival(metrics: dict) -> str:
    """Return the table of the network and the linear classifier of the same rows, if there is one.

    The name of that comes from the model folder.
    """
    if not (found := metrics.get("rival")):
        return ""
    this = {**metrics["test"], "name": "this model", "seconds": metrics.get("seconds", 0)}
    rows = "".join(
        f'<tr><th scope="row">{escape(s["name"])}</th><td>{s["accuracy"]:.1%}</td>'
        f"<td>{s['macro_f1']:.3f}</td><td>{s['seconds']:,.1f}</td></tr>"
        for s in (this, found)
    )
    columns = ("trained on the same rows", "accuracy", "macro-F1", "seconds to train")
    heads = "".join(f'<th scope="col">{column}</th>' for column in columns)
    return (
        f'<div class="scroll rival"><table class="by-label"><thead><tr>{heads}</tr></thead>'
        f"<tbody>{rows}</tbody></table></div><p>{verdict(found, metrics['test'])} The linear "
        "classifier is LinearSVC on TF-IDF, not tuned.</p>"
    )


def download(content_url: str, file_name: str, text: str) -> str:
    """Return a link that saves `content_url`; with a data: URL nothing lies on the server."""
    return f'<a class="download" download="{escape(file_name)}" href="{content_url}">{text}</a>'
