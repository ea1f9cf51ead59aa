"""The one error that a user of this program sees, and what its messages are made of."""

import reprlib
from collections.abc import Iterable, Mapping
from itertools import accumulate

from pydantic import ValidationError

LISTED = 200  # characters of names in a message: less than three lines of a terminal
# What pydantic says -> our words
OUR_WORDS = {
    "Value error, ": "",
    "Input should": "it should",
    "Unexpected keyword argument": "there is no such option",
}


class InputError(ValueError):
    r"""Input that cannot be used. Its message is one line: what is wrong, where, what to do.

    The message is for a caller of the library. A page or a command line may have its own name for
    one `word` of the remedy, such as an argument; without a remedy, of the problem:

    >>> error = InputError("The loss is nan", "try a lower learning_rate", "learning_rate")
    >>> print(error, error.worded({"learning_rate": "--learning-rate"}), sep="\n")
    The loss is nan: try a lower learning_rate.
    The loss is nan: try a lower --learning-rate.
    """

    def __init__(self, problem: str, remedy: str = "", word: str = ""):
        self.problem = problem
        self.remedy = remedy
        self.word = word
        super().__init__(self.worded({}))

    def worded(self, names: Mapping[str, str]) -> str:
        """Return the message with what `names` calls the word of the remedy."""
        name = names.get(self.word, self.word)
        if not self.remedy:
            return self.problem.replace(self.word, name, 1)
        remedy = self.remedy.replace(self.word, name, 1)
        return f"{self.problem}: {remedy}."

    def at(self, place: str) -> "InputError":
        """Return this error with the place where it was found before the problem."""
        return InputError(f"{place}: {self.problem}", self.remedy, self.word)


def shorten(value: object, length: int = 200) -> str:
    """Return `value` as text for a message, with the middle cut out if it is long.

    >>> shorten("Papadopoulos", 6), shorten(1.5)
    ('Pap…los', '1.5')
    """
    text = value if isinstance(value, str) else reprlib.repr(value)
    if len(text) <= length:
        return text
    half = length // 2
    return f"{text[:half]}…{text[-half:]}"


def listing(names: Iterable[str], length: int = LISTED) -> str:
    """Return as many names as fit, and the number of the others.

    >>> listing(["Czech", "Dutch", "English", "French"], 15)
    'Czech, Dutch and 2 more'
    """
    short = [shorten(name, 60) for name in names]
    ends = accumulate(len(name) + 2 for name in short)
    n = sum(end <= length for end in ends)
    rest = f" and {len(short) - n:,} more" if n < len(short) else ""
    return ", ".join(short[:n]) + rest


def reason(error: Exception) -> str:
    """Return why `error` was raised, as one short line for a message."""
    if isinstance(error, ValidationError):
        faults = error.errors(include_url=False, include_input=False)
        first = faults[0]
        text = first["msg"]
        for theirs, ours in OUR_WORDS.items():
            text = text.replace(theirs, ours)
        place = ".".join(map(str, first["loc"]))
        if place:
            text = f"{place}: {text}"
    elif isinstance(error, KeyError):
        text = f"{error} is missing"
    else:
        text = str(error).strip() or type(error).__name__
    first_line = text.splitlines()[0]
    return shorten(first_line)
