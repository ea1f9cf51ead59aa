"""The one error that a user of this program sees, and what its messages are made of."""

import reprlib

from pydantic import ValidationError


class InputError(ValueError):
    """Input that cannot be used. Its message is one line: what is wrong, where, what to do."""


def shorten(value: object, length: int = 200) -> str:
    """Return `value` as text for a message, with the middle cut out if it is long.

    >>> shorten("Papadopoulos", 6), shorten(1.5)
    ('Pap…los', '1.5')
    """
    text = value if isinstance(value, str) else reprlib.repr(value)
    half = length // 2
    return text if len(text) <= length else f"{text[:half]}…{text[-half:]}"


def reason(error: Exception) -> str:
    """Return why `error` was raised, as one short line for a message."""
    if isinstance(error, ValidationError):
        first = error.errors(include_url=False, include_input=False)[0]
        place = ".".join(map(str, first["loc"]))
        text = f"{place}: {first['msg'].removeprefix('Value error, ')}".removeprefix(
            ": "
        )
    elif isinstance(error, KeyError):
        text = f"{error} is missing"
    else:
        text = str(error).strip() or type(error).__name__
    return shorten(text.splitlines()[0])
