"""A log without a word of what visitors type: what a library logs may repeat it.

pydantic, for one, prints the arguments of a call that it refuses, and uvicorn an error's message.
"""

import logging
import traceback
from typing import Any


class Place(logging.LogRecord):
    """A record that says where something was logged, and how an error came about, not what."""

    def __init__(
        self,
        name: str,
        level: int,
        pathname: str,
        lineno: int,
        _message: object,
        _arguments: Any,
        exc_info: Any,
        func: str | None = None,
        *_: Any,
        **__: Any,
    ):
        where = f'File "{pathname}", line {lineno}, in {func}'
        super().__init__(name, level, pathname, lineno, where, None, None, func)
        if exc_info and exc_info[1]:
            self.exc_text = trace(exc_info[1])


def trace(error: BaseException) -> str:
    """Return the traceback of an error without its message, which may hold what was typed."""
    lines = traceback.format_tb(error.__traceback__)
    return "".join([*lines, type(error).__name__])


def log_places() -> None:
    """Let every logger of this process write places alone, from now on."""
    logging.setLogRecordFactory(Place)
