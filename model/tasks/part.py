"""Which part of a full name is the surname, by the surnames and given names of the data.

    surname_part("Gabriel García Márquez", …)   -> Part("García", other="Márquez")
    surname_part("Sun Yat-sen", …)              -> Part("Sun")
    surname_part("山田太郎", …)                   -> Part("山田")

Where the data lack a name, the last words are its surname; "certain" it is by what they have.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass

from ..data.texts import match_key
from ..data.variation import UNSPACED
from ..text.letters import script_name
from .typed import COMMA, WORDS

# Whose surnames stand first, in Latin letters, too
BEFORE_GIVEN = {"Chinese", "Korean", "Vietnamese"}
FEWEST = 4  # letters of each of two surnames that are written as one word
_PARTICLES = "|".join(WORDS["particles"])
_CLOSING = "|".join(WORDS["closing"])
# A word with the particles before it: "van Gogh"
UNIT = re.compile(
    rf"(?:(?:{_PARTICLES}) )*[^ ]+(?: (?:{_CLOSING}))*",
    re.IGNORECASE,
)
# A surname before a comma, and the particles at the end, which belong to it
FAMILY_FIRST = re.compile(rf"^([^{COMMA}]+)[{COMMA}].*?((?: (?:{_PARTICLES}))*)$")
SEVERAL_WORDS = (
    "Several words: the answer is for the surname, which is not always found. For a full name, "
    "type the surname alone."
)

# The labels that have a text as a surname or as a given name
LabelsOf = Callable[[str], set[str]]


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
        if not self.is_certain:
            return [SEVERAL_WORDS]
        return [] if self.text == name else [f"{is_read}."]


def whole(name: str, surnames: LabelsOf, given_names: LabelsOf) -> Part:
    """Return all of a text, as tasks do that have no full names."""
    return Part(name)


def surname_part(name: str, surnames: LabelsOf, given_names: LabelsOf) -> Part:
    """Return which part of `name`, which `as_typed` has tidied, is the surname.

    >>> nothing = lambda text: set()
    >>> surname_part("Müller, Hans", nothing, nothing).text
    'Müller'
    >>> surname_part("Jong, Marijke de", nothing, nothing).text
    'de Jong'
    """
    return _Finder(surnames, given_names).part(name)


@dataclass(frozen=True)
class _Finder:
    """Finds the surname in names, by the names of the data."""

    surnames: LabelsOf
    given_names: LabelsOf

    def part(self, name: str) -> Part:
        name = FAMILY_FIRST.sub(r"\2 \1", name).strip()
        if self.surnames(name):
            return Part(name)
        words = name.split()
        scripts = set(map(script_name, words))
        if scripts <= UNSPACED:
            return Part(self.in_front(words))
        if scripts & UNSPACED:
            return Part(name)
        if self.is_eastern(words):
            return Part(words[0])
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
        labels = self.surnames(family)
        is_full = given and len(family + given) > 2
        if not labels or not is_full:
            return False
        if script_name(given) != "Han" or self.given_names(given):
            return True
        is_usual = len(family) == 2 or "Japanese" not in labels
        return is_usual and len(given) == 2

    def of_one_word(self, name: str) -> Part:
        """Return the first of two Spanish surnames that a word consists of, or the word."""
        key = match_key(name)
        for end in range(FEWEST, len(key) - FEWEST + 1):
            first, second = key[:end], key[end:]
            labels = self.surnames(first) & self.surnames(second)
            if "Spanish" in labels:
                return Part(first.capitalize(), other=second.capitalize())
        return Part(name)

    def is_eastern(self, words: list[str]) -> bool:
        """Tell whether three words may be a surname before given names: "Ho Chi Minh"."""
        first, last = words[0], words[-1]
        parts = "-".join(words).split("-")
        if len(parts) < 3 or not BEFORE_GIVEN & self.surnames(first):
            return False
        labels = self.surnames(last) or self.given_names(last)
        if labels:
            return bool(BEFORE_GIVEN & labels)
        return "-" in last or not self.is_given_first(first)

    def is_given_first(self, word: str) -> bool:
        """Tell whether a first word is a given name: "Kim" is, in more than one language.

        A surname of East Asia that has one language as a given name is not taken for one.
        """
        given = self.given_names(word)
        if BEFORE_GIVEN & self.surnames(word):
            return len(given - BEFORE_GIVEN) > 1
        return bool(given)

    def of_units(self, units: list[str]) -> Part:
        """Return the surname: the first unit, the last, the last but one, or that in capitals."""
        capitals = [unit for unit in units if unit.isupper() and len(unit) > 1]
        if len(capitals) == 1:
            return Part(capitals[0])
        first = units[0]
        last_but_one, last = units[-2:]
        families = self.surnames(first)
        maternal = self.surnames(last)
        comes_first = bool(families) + bool(self.given_names(last))
        comes_last = bool(maternal) + self.is_given_first(first)
        if comes_first > comes_last:
            return Part(first)
        is_spanish = "Spanish" in self.surnames(last_but_one)
        is_maternal = not maternal or "Spanish" in maternal
        if len(units) > 2 and is_spanish and is_maternal:
            return Part(last_but_one, other=last)
        if comes_last > comes_first:
            return Part(last)
        return Part(last, is_certain=False, other=first if families else "")
