"""HTML for what Gradio has no accessible widget for: bars, coloured letters, scores, lists.

Every text that comes from outside is escaped here; no model and no gradio.
"""

from collections.abc import Iterable, Sequence
from html import escape
from urllib.parse import urlencode

from model.tasks.words import TaskWords

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


def bars(rows: Iterable[tuple[str, float, str]], label: str, on_a_scale: bool = False) -> str:
    """Return a list of bars, each of a name, its share of the whole width, and a text.

    On a scale their colours go from one end of it to the other.
    """
    rows = list(rows)
    steps = max(len(rows) - 1, 1)
    items = "".join(
        f'<li><span class="of">{escape(name)}</span><span class="value">{escape(text)}</span>'
        f'<span class="track" style="--share:{share:.4f}; --place:{i / steps:.2f}"></span></li>'
        for i, (name, share, text) in enumerate(rows)
    )
    kind = "bars scale" if on_a_scale else "bars"
    return f'<ol class="{kind}" aria-label="{escape(label)}">{items}</ol>'


def letters(contributions: Sequence[tuple[str, float]], label: str, piece: str) -> str:
    """Return the pieces of a text, letters say, each with what it adds to the logit of `label`."""
    strongest = max((abs(value) for _, value in contributions), default=0) or 1.0
    seen = [(part, value) for part, value in contributions if value or part.strip()]
    items = "".join(_letter(part, value, strongest) for part, value in seen)
    return (
        f"<p>What each {piece} adds to <b>{escape(label)}</b> (+) or takes from it (−):</p>"
        f'<ol class="letters of-{piece}" aria-label="What each {piece} adds">{items}</ol>'
    )


def _letter(piece: str, value: float, strongest: float) -> str:
    sign = "plus" if value > 0 else "minus"
    amount = f"{value:+.1f}".replace("-", "−")
    if amount in ("+0.0", "−0.0"):
        sign, amount = "none", "0"
    shown = escape(piece) if piece.strip() else "␣"
    return (
        f'<li class="{sign}" style="--strength:{abs(value) / strongest:.2f}">'
        f"<b>{shown}</b><span>{amount}</span></li>"
    )


def link(text: str, k: int) -> str:
    """Return a link that opens the page with this text and k."""
    query = urlencode({"name": text, "k": k}, errors="replace")
    return f'<a href="?{escape(query)}">Link to this answer</a>'


def scores(metrics: dict, words: TaskWords) -> str:
    """Return the headline scores on the test split."""
    test = metrics["test"]
    shown = {
        "accuracy": f"{test['accuracy']:.1%}",
        "macro-F1": f"{test['macro_f1']:.3f}",
        "right among the first three": f"{test['top3_accuracy']:.1%}",
        "calibration error": f"{test['ece']:.3f}",
        f"{words.texts} tested": f"{test['rows']:,}",
    }
    if wholes := test.get("wholes"):
        shown["right on whole sentences"] = f"{wholes['accuracy']:.1%}"
    cells = (f"<div><dd>{value}</dd><dt>{name}</dt></div>" for name, value in shown.items())
    return f'<dl class="scores">{"".join(cells)}</dl>'


def download(content_url: str, file_name: str, text: str) -> str:
    """Return a link that saves `content_url`; with a data: URL nothing lies on the server."""
    return f'<a class="download" download="{escape(file_name)}" href="{content_url}">{text}</a>'
