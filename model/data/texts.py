"""What a text must be to be read, and when two spellings are one text."""

import unicodedata
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import groupby
from typing import NoReturn

from ..core import normalise
from ..encoder import Units
from ..errors import InputError, shorten
from ..symbols import SURROGATES, UNREAD
from ..text.letters import STRESS, decompose, script_of
from .hints import MAY_BE_MEANT, MISSING

Key = Callable[[str], str]  # of a text: two texts with one key are one text
LATIN = ("", "LATIN", "FEMININE", "MASCULINE")  # the last two: ª and º
UNITS_PER_CHARACTER = 3  # a Hangul syllable has three parts; a ligature may have more
MAX_MARKS = 100  # in a row: normalising takes the square of their number
PIECE = 1000  # characters that are normalised at once, because few of them are marks
# What the missing values of Python, numpy and pandas print
NO_VALUE = ("None", "nan", "NaN", "NaT", "<NA>")


def match_key(text: str) -> str:
    """Return the letters of `text` that decide whether two spellings are one name.

    Case, spaces, hyphens and apostrophes do not count, nor do diacritics of Latin letters. A text
    with letters of another script keeps its script, and its marks: in Hindi they are vowels.

    >>> match_key("O'Brien") == match_key("OBRIEN"), match_key("Van den Berg")
    (True, 'vandenberg')
    >>> match_key("ΠΑΠΑΣ") == match_key("Παπας"), match_key("Ива\u0301нов"), match_key("山田")
    (True, 'иванов', '山田')
    """
    composed = unicodedata.normalize("NFKC", text)
    if text.isascii() or not any(map(is_of_another_script, composed)):
        return "".join(filter(str.isalnum, normalise(text)))
    folded = STRESS.sub("", unicodedata.normalize("NFKC", composed.casefold()))
    return "".join(c for c in folded if c.isalnum() or _is_mark(c))


def _is_mark(character: str) -> bool:
    return unicodedata.category(character)[0] == "M"


def text_key(text: str) -> str:
    """Return what `match_key` does, and of a text without letters and digits the text itself."""
    return match_key(text) or text


def unread(text: str) -> list[str]:
    """Return the characters of `text` that are never read, by number, in their order."""
    characters = sorted(set(UNREAD.findall(text)))
    return [f"U+{ord(character):04X}" for character in characters]


@cache
def is_of_another_script(character: str) -> bool:
    """Tell whether it is a letter of a script that is not Latin; modifier letters have none."""
    is_latin = script_of(character) in LATIN
    return not is_latin and unicodedata.category(character) != "Lm"


def is_missing(value: object) -> bool:
    """Return whether it is None, NaN, NaT or pandas.NA; no text is.

    >>> is_missing(float("nan")), is_missing(None), is_missing("nan")
    (True, True, False)
    """
    return not isinstance(value, str) and str(value) in NO_VALUE


def _is_slow(text: str) -> bool:
    r"""Return whether `text` would take unusually long to read: mostly marks or long ligatures.

    >>> _is_slow("naïve " * 99), _is_slow("\ufdfa" * 99), _is_slow("e" + "\u0301" * 101)
    (False, True, True)
    """
    if text.isascii():  # as most are: a quarter of the time to read one
        return False
    for is_mark, run in groupby(text, _is_mark):
        if is_mark and len(list(run)) > MAX_MARKS:
            return True
    length = 0  # once ligatures are taken apart
    for start in range(0, len(text), PIECE):
        piece = text[start : start + PIECE]
        length += len(unicodedata.normalize("NFKC", piece))
    return length > UNITS_PER_CHARACTER * max(len(text), MAX_MARKS)


@dataclass(frozen=True, kw_only=True)
class TextKind:
    """What the texts and labels of a task are called, and what a text must be.

    >>> TextKind(ask="a city").check("")
    Traceback (most recent call last):
    model.errors.InputError: The text is empty: give a city.
    """

    text: str = "text"
    texts: str = "texts"
    label: str = "label"
    labels: str = "labels"
    ask: str = "a text"  # completes "give …" in messages
    units: Units = "letters"  # what the network reads one by one
    max_characters: int = 20_000  # more is a mistake or an attack
    needs_letter: bool = False
    symbols: bool = False  # whether emoji and other symbols are read
    keep_case: bool = False
    null_is_missing: bool = False  # whether no text is "NA", "NULL", "null" or "None"
    on_a_scale: bool = False  # whether labels have an order, in which all are shown

    @property
    def piece(self) -> str:
        """What one of the units is called."""
        return self.units.removesuffix("s")

    @property
    def refusals(self) -> dict[str, str]:
        """Why texts cannot be read, for model/web/engine/inputs.js too."""
        unseen = "" if self.symbols else "emoji and "
        return {
            "empty": "The text is empty",
            "broken": "This text has half a character, as texts that were cut have",
            "slow": "This text is mostly marks, or ligatures of many letters",
            "letterless": "There is no letter in this text",
            "unread": "There is nothing to read in this text, because "
            f"{unseen}invisible characters are left out",
            "long": "This text has {}, and {} may have at most {}",
        }

    @property
    def missing(self) -> frozenset[str]:
        """What stands for a missing text in a table."""
        return MISSING if self.null_is_missing else MISSING - MAY_BE_MEANT

    def key(self, text: str) -> str:
        """Return what two spellings of one text have in common.

        Where symbols are read, texts are one text if they are read alike.
        """
        return decompose(text, True, self.keep_case) if self.symbols else text_key(text)

    def check(self, text: object) -> None:
        """Raise InputError if it is not a text that can be read, as far as it shows.

        The length is checked, so that a text of millions of characters costs nothing.
        """
        if is_missing(text):
            self._refuse("The text is missing")
        if not isinstance(text, str):
            self._refuse(f"A text is needed, not {type(text).__name__}")
        self._check_length(len(text), "characters", self.max_characters)
        if not text.strip():
            self._refuse(self.refusals["empty"])
        if not text.isascii() and SURROGATES.search(text):
            self._refuse(self.refusals["broken"])
        if _is_slow(text):
            self._refuse(self.refusals["slow"])

    def check_units(self, units: Sequence[str]) -> None:
        """Raise InputError if `units`, which were read of a text, cannot be used."""
        if self.needs_letter and not any(unit.isalpha() for unit in units):
            self._refuse(self.refusals["letterless"])
        if not units:
            self._refuse(self.refusals["unread"])
        most = UNITS_PER_CHARACTER * self.max_characters
        self._check_length(len(units), "letters and marks when taken apart", most)

    def _check_length(self, n: int, nouns: str, most: int) -> None:
        if n > most:
            length = f"{n:,} {nouns}"
            self._refuse(self.refusals["long"].format(length, self.ask, f"{most:,}"))

    def _refuse(self, problem: str) -> NoReturn:
        raise InputError(problem, f"give {self.ask}", "give")


def label_problem(label: str) -> str | None:
    r"""Return what is wrong with a label, None if a model can have it.

    Training and loading both ask this, so that a model which trains can be loaded.

    >>> label_problem("Scottish Gaelic"), label_problem("Old\u00a0Norse")
    (None, "'Old\\xa0Norse' has the character U+00A0 (NO-BREAK SPACE), which cannot be shown")
    """
    if label.isprintable():
        return None if label else "it is empty"
    hidden = next(c for c in label if not c.isprintable())
    name = unicodedata.name(hidden, unicodedata.category(hidden))
    quoted = shorten(repr(label))  # repr escapes it
    return f"{quoted} has the character U+{ord(hidden):04X} ({name}), which cannot be shown"
