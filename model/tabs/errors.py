"""Errors for people: InputError becomes one line on the page, without a traceback."""

from collections.abc import Callable
from functools import wraps
from typing import Any

import gradio as gr

from ..errors import InputError


def one_line(function: Callable) -> Callable:
    """Return `function` with InputError turned into a gr.Error that keeps its one line."""

    @wraps(function)
    def wrapped(*arguments: Any, **options: Any) -> Any:
        try:
            return function(*arguments, **options)
        except InputError as error:
            raise gr.Error(str(error), print_exception=False) from None

    return wrapped
