"""HTML for what Gradio has no accessible widget for: scores, the matrix, tables.

`draw.bars(…)` and the like are the macros of draw.html and return `Markup`. Whatever is put into
it, or comes in its place, is escaped.
"""

from base64 import b64encode
from pathlib import Path
from typing import Any

import gradio as gr
from jinja2 import Environment, FileSystemLoader
from markupsafe import Markup, escape

from ..errors import InputError, shorten
from ..storage.card import STRICT, verdict
from ..storage.schema import standard_error
from .scripts import FILES, script

HERE = Path(__file__).parent


def html(
    value: Markup | str = "",
    at: str = "",
    classes: str = "",
    js: str = "",
    **options: Any,
) -> gr.HTML:
    """Return a component that shows `Markup`, and any other text as text.

    `at` is its id; `js` the file of model/web/ that runs when it is loaded. Events that fill it
    return `Markup`.
    """
    return gr.HTML(
        escape(value),
        js_on_load=script(js) if js else None,
        elem_id=at or None,
        elem_classes=classes or None,
        **options,
    )


def message_of(error: InputError) -> str:
    """Return what is wrong, and what a visitor may type instead, or a program send as `k`."""
    return error.worded({"give": "type", "top_k": "k"})


def data_url(media_type: str, content: bytes) -> str:
    """Return an address that holds `content`, a file of this media type."""
    return f"data:{media_type};base64,{b64encode(content).decode()}"


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


FOLDERS = [HERE, *{path.parent for path in FILES.values()}]
templates = Environment(loader=FileSystemLoader(FOLDERS), autoescape=True, **STRICT)
templates.globals["standard_error"] = standard_error
templates.filters |= {"percent": percent, "shorten": shorten, "verdict": verdict}
draw: Any = templates.get_template("draw.html").module
