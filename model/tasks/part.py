"""Which part of a full name is the surname, by the surnames and given names of the data.

    surname_part("Gabriel García Márquez", …)   -> Part("García", other="Márquez")
    surname_part("Sun Yat-sen", …)              -> Part("Sun")
    surname_part("山田太郎", …)                   -> Part("山田")

Where the data lack a name, the last words are its surname; "certain" it is by what they have.
"""

import re
from collections.abc import Callable, Collection
from dataclasses import dataclass, replace
from typing import Protocol

from ..data.texts import match_key
from ..data.variation import UNSPACED
from ..text.letters import script_name
from .typed import COMMA, LONGEST, WORDS, one_of

# Whose surnames stand first, in Latin letters, too
BEFORE_GIVEN = {"Chinese", "Korean", "Vietnamese"}
# Of each of two surnames that are written as one word
FEWEST_LETTERS, MOST_LETTERS = 5, 16
_PARTICLES = one_of(WORDS["particles"])
_CLOSING = "|".join(WORDS["closing"])
# A word with the particles before it: "van Gogh"
UNIT = re.compile(
    rf"(?:(?:{_PARTICLES}) )*[^ ]+(?: (?:{_CLOSING}))*",
    re.IGNORECASE,
)
# A surname before a comma, and the particles at the end, which belong to it
FAMILY_FIRST = re.compile(rf"^([^{COMMA}]+)[{COMMA}].*?((?: (?:{_PARTICLES}))*)$")
# Two surnames that a word joins, the second of them: "Ramón y Cajal"
JOINED = re.compile("^(.+) [YyIi] ([^ ]+)$")  # İ is an initial
FREQUENT = WORDS["frequent_in_han"]
INITIALS = re.compile("[A-ZА-ЯΑ-Ω]{1,3}")
# How much more a first word must be a surname than the last one is, to be the surname: binary
# logarithms of how many times as often they are first words as last ones
REVERSED = -2
NOT_ALWAYS = ", which is not always right. For a full name, type the surname alone."
SEVERAL_WORDS = (
    "Several words, none of which is a surname in our data: all are read. For a full name, type "
    "the surname alone."
)


class Word(Protocol):
    """What the data have of a word: Facts of answers/known.py."""

    @property
    def surname(self) -> Collection[str]:
        """Labels that have it as a surname."""

    @property
    def given(self) -> Collection[str]:
        """Those that have it as a given name."""

    @property
    def times(self) -> int:
        """The binary logarithm of how many times as often it comes first as last in a name."""

    @property
    def is_common(self) -> bool:
        """Whether many have it as a surname."""


WordOf = Callable[[str], Word]


@dataclass(frozen=True)
class Part:
    """The part of a name that is read as the surname: all of it unless it is a full name."""

    text: str
    is_certain: bool = True
    other: str = ""  # what may be the surname, too

    def notes(self, name: str) -> list[str]:
        """Return what a reader should know about this part of `name`, a sentence or none."""
        is_read = f"“{self.text}” is read as the surname"
        if self.other:
            return [f"{is_read}; “{self.other}” may be one, too."]
        if self.is_certain:
            return [] if self.text == name else [f"{is_read}."]
        return [SEVERAL_WORDS if self.text == name else is_read + NOT_ALWAYS]


def whole(name: str, word_of: WordOf) -> Part:
    """Return all of a text, as tasks do that have no full names."""
    return Part(name)


def surname_part(name: str, word_of: WordOf) -> Part:
    """Return which part of `name`, which `as_typed` has tidied, is the surname.

    >>> from types import SimpleNamespace
    >>> nothing = lambda text: SimpleNamespace(surname=(), given=(), times=0)
    >>> surname_part("Müller, Hans", nothing).text
    'Müller'
    >>> surname_part("Jong, Marijke de", nothing).text
    'de Jong'
    """
    part = _Finder(word_of).part(name)
    is_twice = match_key(part.other) == match_key(part.text)
    return replace(part, other="") if is_twice else part


@dataclass(frozen=True)
class _Finder:
    """Finds the surname in names, by the names of the data."""

    word_of: WordOf

    def part(self, name: str) -> Part:
        if len(name) > LONGEST or self.word_of(name).surname:
            return Part(name)
        family = FAMILY_FIRST.sub(r"\2 \1", name).strip()
        if family != name:
            return self.two_of(UNIT.findall(family)) or Part(family)
        if two := JOINED.match(name):
            return replace(self.part(two[1]), other=two[2])
        words = name.split()
        scripts = set(map(script_name, words))
        if scripts <= UNSPACED:
            return Part(self.in_front(words))
        if scripts & UNSPACED:
            return Part(name)
        if self.is_eastern(words):
            return Part(words[0])
        # "Andy Lau Tak-wah", but not "Anna Lau Baker-Smith"
        if words[-1] == words[-1].capitalize() and self.is_eastern(words[-2:]):
            return Part(words[-2])
        units = UNIT.findall(name)
        if len(units) > 1:
            return self.of_units(units)
        return self.of_one_word(name)

    def in_front(self, words: list[str]) -> str:
        """Return the surname at the start of a name in Han, kana or Hangul, or all of it."""
        if len(words) == 2:
            return words[0]
        text = "".join(words)
        if script_name(text) not in ("Han", "Hangul"):
            return text
        for length in (2, 1, 3):
            family = text[:length]
            if self.is_followed(family, given=text[length:]):
                return family
        return text

    def is_followed(self, family: str, given: str) -> bool:
        """Tell whether a surname is followed by a given name: else both may be one surname."""
        labels = self.word_of(family).surname
        if not labels or not given:
            return False
        if family in FREQUENT and len(given) <= 2:
            return True
        if script_name(given) != "Han" or self.word_of(given).given:
            return len(family + given) > 2
        is_usual = len(family) == 2 or "Japanese" not in labels
        return is_usual and len(given) == 2

    def of_one_word(self, name: str) -> Part:
        """Return the first of two Spanish surnames that a word consists of, or the word."""
        key = match_key(name)
        start = max(FEWEST_LETTERS, len(key) - MOST_LETTERS)
        for end in range(start, min(MOST_LETTERS, len(key) - FEWEST_LETTERS) + 1):
            first, second = key[:end], key[end:]
            if self.is_spanish(first) and self.is_spanish(second):
                return Part(first.capitalize(), other=second.capitalize())
        return Part(name)

    def is_eastern(self, words: list[str]) -> bool:
        """Tell whether three words may be a surname before given names: "Ho Chi Minh"."""
        first, last = words[0], words[-1]
        syllables = "-".join(words).split("-")
        if len(syllables) < 3 or not self.is_of_east(first):
            return False
        labels = self.word_of(last).surname or self.word_of(last).given
        if labels:
            return not BEFORE_GIVEN.isdisjoint(labels)
        return "-" in last or self.word_of(first).times < 0

    def of_units(self, units: list[str]) -> Part:
        """Return the surname: that in capitals, the first unit, the last but one, or the last."""
        capitals = [unit for unit in units if unit.isupper() and len(unit) > 1]
        if len(capitals) == 1:
            [in_capitals] = capitals
            if not self.is_initials(in_capitals):
                return Part(in_capitals)
            units = [unit for unit in units if unit != in_capitals]
        first, last = units[0], units[-1]
        if len(set(map(match_key, units))) == 1:
            return Part(first)
        lead = self.word_of(first).times - self.word_of(last).times
        # Where one order is a custom, less is needed
        lead += self.is_of_east(last) - self.is_of_east(first)
        if lead < REVERSED:
            return Part(first)
        if two := self.two_of(units):
            return two
        families = self.word_of(first).surname
        is_certain = lead > 0 or len(units) == 1
        return Part(last, is_certain, "" if is_certain or not families else first)

    def is_initials(self, unit: str) -> bool:
        """Tell whether up to three capitals in front of a name are nobody's name."""
        return bool(INITIALS.fullmatch(unit)) and not self.word_of(unit).is_common

    def two_of(self, units: list[str]) -> Part | None:
        """Return the first of two Spanish surnames that end a name, None if there are none."""
        *_, first, second = ["", *units]
        others = self.word_of(second).surname
        is_second = not others or self.is_spanish(second)
        if not self.is_spanish(first) or self.word_of(first).times > 0 or not is_second:
            return None
        return Part(first, other=second)

    def is_of_east(self, text: str) -> bool:
        """Tell whether a text is a surname that stands first, in Latin letters, too."""
        return not BEFORE_GIVEN.isdisjoint(self.word_of(text).surname)

    def is_spanish(self, text: str) -> bool:
        """Tell whether a text is a Spanish surname, with its particles or without."""
        _, _, word = text.rpartition(" ")
        return "Spanish" in [*self.word_of(text).surname, *self.word_of(word).surname]
