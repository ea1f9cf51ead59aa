"""Errors for people: InputError becomes one line on the page, without a traceback."""

from collections.abc import Callable
from functools import partial, wraps
from typing import Any

import gradio as gr
from markupsafe import escape

from ..errors import InputError


def one_line(function: Callable, told: Callable[[str], str] = str) -> Callable:
    """Return `function` with InputError turned into a gr.Error that keeps its one line."""

    @wraps(function)
    def wrapped(*arguments: Any, **options: Any) -> Any:
        try:
            return function(*arguments, **options)
        except InputError as error:
            raise gr.Error(told(str(error)), print_exception=False) from None

    return wrapped


# The same for an event of the page itself, whose message Gradio shows as HTML.
one_line_on_page = partial(one_line, told=escape)
