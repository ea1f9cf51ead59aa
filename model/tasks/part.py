"""Which part of a full name is the surname, by the surnames and given names of the data.

    surname_part("Gabriel García Márquez", …)   -> Part("García", other="Márquez")
    surname_part("Sun Yat-sen", …)              -> Part("Sun")
    surname_part("山田太郎", …)                   -> Part("山田")

Where the data lack a name, the last words are its surname; "certain" it is by what they have.
"""

from collections.abc import Callable, Collection
from dataclasses import dataclass, replace
from itertools import pairwise, takewhile

from ..data.texts import match_key
from ..data.variation import UNSPACED
from ..letters import script_name
from .typed import COMMA, PARTICLES, WORDS

SPACED = {"Latin", "Greek", "Cyrillic", "Arabic"}
LONG_KOREAN = WORDS["long_korean"]
CHINESE = frozenset(WORDS["chinese"])  # surnames of a letter, the most common ones
CLOSING = frozenset(WORDS["closing"])
BEFORE_GIVEN = {
    "Chinese",
    "Korean",
    "Vietnamese",
}  # where surnames stand first, in Latin, too
TWO_SURNAMES = {"Spanish", "Portuguese"}
FEWEST = 4  # letters of each of two surnames that are written as one word

# The labels that have the text with a match key, as a surname or as a given name
LabelsOf = Callable[[str], Collection[str]]

IS_READ = "“{}” is read as the surname."
MAY_BE = "“{}” is read as the surname; “{}” may be one, too."
SEVERAL_WORDS = (
    "Several words: the answer is for the surname, which is not always found. For a full name, "
    "type the surname alone."
)


@dataclass(frozen=True)
class Part:
    """The part of a name that is read as the surname: all of it unless it is a full name."""

    text: str
    is_certain: bool = True
    other: str = ""  # what may be the surname, too

    def notes(self, name: str) -> list[str]:
        """Return what a reader should know about this part of `name`, a sentence or none."""
        if self.other:
            return [MAY_BE.format(self.text, self.other)]
        if not self.is_certain:
            return [SEVERAL_WORDS]
        return [] if self.text == name else [IS_READ.format(self.text)]


def whole(name: str, surnames: LabelsOf, given_names: LabelsOf) -> Part:
    """Return all of a text, as tasks do that have no full names."""
    return Part(name)


def surname_part(name: str, surnames: LabelsOf, given_names: LabelsOf) -> Part:
    """Return which part of `name` is the surname.

    >>> nothing = lambda key: []
    >>> surname_part("Müller, Hans", nothing, nothing).text
    'Müller'
    >>> surname_part("김민수", nothing, nothing), surname_part("De Vries", nothing, nothing)
    (Part(text='김', is_certain=True, other=''), Part(text='De Vries', is_certain=True, other=''))
    """
    family = _before_comma(name)
    if family:
        return replace(surname_part(family, surnames, given_names), is_certain=True)
    if surnames(match_key(name)):
        return Part(name)
    words = name.split()
    scripts = set(map(script_name, words))
    if scripts <= UNSPACED:
        return Part(_in_front(words, surnames, given_names))
    if not scripts <= SPACED:
        return Part(name)
    is_eastern = _is_eastern(words, surnames, given_names)
    units = _units(words, is_eastern)
    if len(units) > 1:
        return _of_units(units, is_eastern, surnames, given_names)
    return _of_one_word(name, surnames)


def _before_comma(name: str) -> str:
    """Return what stands before the first comma, with particles that end the part behind it.

    >>> _before_comma("Jong, Marijke de"), _before_comma("Smith,")
    ('de Jong', '')
    """
    comma = next(filter(COMMA.__contains__, name), ",")
    family, _, given = map(str.strip, name.partition(comma))
    words = given.split()
    particles = list(takewhile(PARTICLES.__contains__, reversed(words)))
    return " ".join([*reversed(particles), family]) if words else ""


def _units(words: list[str], is_eastern: bool) -> list[str]:
    """Return words with the particles before them: "Vincent", "van Gogh"; but "Le", "Duc Tho"."""
    starts = [0]
    for i, (before, word) in enumerate(pairwise(words), 1):
        if before.casefold() not in PARTICLES and word not in CLOSING:
            starts.append(i)
    if is_eastern and 1 not in starts:
        starts.insert(1, 1)
    ends = [*starts[1:], len(words)]
    return [" ".join(words[i:end]) for i, end in zip(starts, ends, strict=True)]


def _in_front(words: list[str], surnames: LabelsOf, given_names: LabelsOf) -> str:
    """Return the surname at the start of a name in Han, kana or Hangul, or all of it."""
    if len(words) == 2:
        return words[0]
    text = "".join(words)
    if script_name(text) == "Hangul":
        length = 2 if text.startswith(LONG_KOREAN) else 1
        is_full = len(text) > 2 and len(text) - length <= 2
        return text[:length] if is_full else text
    if script_name(text) != "Han":
        return text
    for length in (2, 1, 3):
        family, given = text[:length], text[length:]
        if _is_given(family, given, surnames(family), given_names):
            return family
    return text


def _is_given(
    family: str, given: str, labels: Collection[str], given_names: LabelsOf
) -> bool:
    """Tell whether a given name follows a surname of `labels` in Han: else both may be one."""
    if not labels or not given or len(family) + len(given) < 3:
        return False
    if script_name(given) != "Han" or given_names(given):
        return True
    is_chinese = family in CHINESE and "Japanese" not in labels
    return len(given) == 2 and (len(family) == 2 or is_chinese)


def _of_one_word(name: str, surnames: LabelsOf) -> Part:
    """Return the first of two surnames that a word consists of, or the word."""
    key = match_key(name)
    found = []
    for end in range(FEWEST, len(key) - FEWEST + 1):
        halves = key[:end], key[end:]
        both = set(surnames(halves[0])).intersection(surnames(halves[1]), TWO_SURNAMES)
        if both:
            found.append(halves)
    if len(found) != 1:
        return Part(name)
    first, second = map(str.capitalize, found[0])
    return Part(first, other=second)


def _is_eastern(words: list[str], surnames: LabelsOf, given_names: LabelsOf) -> bool:
    """Tell whether three words may be a surname before given names: "Ho Chi Minh"."""
    parts = [part for word in words for part in word.split("-")]
    first, last = match_key(words[0]), match_key(words[-1])
    if len(parts) < 3 or not BEFORE_GIVEN.intersection(surnames(first)):
        return False
    if surnames(last):
        return BEFORE_GIVEN.issuperset(surnames(last))
    if given_names(last):
        return bool(BEFORE_GIVEN.intersection(given_names(last)))
    return "-" in words[-1] or not _western(given_names(first))


def _western(given: Collection[str]) -> set[str]:
    """Return where else a surname of East Asia is a given name: "Kim", but not by one label."""
    labels = set(given) - BEFORE_GIVEN
    return labels if len(labels) > 1 else set()


def _of_units(
    units: list[str], is_eastern: bool, surnames: LabelsOf, given_names: LabelsOf
) -> Part:
    """Return the surname: the first unit, the last, the last but one, or the one in capitals."""
    capitals = [unit for unit in units if unit.isupper() and len(unit) > 1]
    if len(capitals) == 1:
        return Part(capitals[0])
    keys = [match_key(unit) for unit in units]
    families = [set(surnames(key)) for key in keys]
    given = [set(given_names(key)) for key in keys]
    first, last = units[0], units[-1]
    if families[0] & BEFORE_GIVEN:
        given[0] = _western(given[0])
    comes_first = bool(families[0]) + bool(given[-1])
    comes_last = bool(families[-1]) + bool(given[0])
    if is_eastern or comes_first > comes_last:
        return Part(first)
    if len(units) > 2 and _are_two(families[-2], families[-1]):
        return Part(units[-2], other=last)
    if len(units) == 2 and families[0] and (given[-1] or not families[-1]):
        return Part(last, is_certain=False, other=first)
    return Part(last, is_certain=comes_last > comes_first)


def _are_two(paternal: set[str], maternal: set[str]) -> bool:
    """Tell whether two units are surnames of one person, that of the father first."""
    return "Spanish" in paternal and (not maternal or "Spanish" in maternal)
