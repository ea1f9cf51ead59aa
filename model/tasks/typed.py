"""What is read of a surname as people type it: the name without titles, initials and degrees.

    as_typed("Prof. Müller, PhD")   -> Typed("Müller", ("Prof.", "PhD"))
    as_typed("Tolkien, J. R. R.")   -> Typed("Tolkien", ("J.", "R.", "R."))

The words are in typed.toml. No name of the data is changed, and nothing becomes unreadable.
"""

import re
import tomllib
import unicodedata
from collections.abc import Sequence
from pathlib import Path
from typing import Literal, NamedTuple

_LISTS = tomllib.loads(Path(__file__).with_suffix(".toml").read_text("utf-8"))
WORDS = {name: tuple(words.split()) for name, words in _LISTS.items()}
SENTENCES = set(WORDS["of_sentences"])
ALONE = SENTENCES.union(WORDS["of_sentences_too"])  # words that nobody means as a name
OF_SENTENCES = ALONE.union(WORDS["surnames_too"])
LONGEST = 1000  # characters; what is longer is not a name

LETTER = r"[^\W\d_]"
# As IN_PYTHON of symbols.py, which examples/export_onnx.py does not take along
IN_PYTHON = (LETTER, r"\d", r"\w", r"\s")
COMMA = ",،、，"
DIGIT = "⁰¹²³⁴-⁹₀-₉"  # besides those of the language
MARK = r'()\[\]{}（）【】"“”„«»「」『』;:!?*#/&+=_~\\|<>@^¡¿©®™№'
MARK += r"\u2020-\u2026\u2190-\u245f\u2500-\u2bff"
DASH = "·‐-―"  # between letters they belong to a name
APOSTROPHE = "'’‘ʼʻ‛′＇´`ʹ"  # and what looks like one
CAPITAL = "[A-ZİА-ЯΑ-Ω]"
SMALL = "[a-zß-öø-ÿа-яα-ω]"


def one_of(words: Sequence[str], between: str = "") -> str:
    """Return a pattern of any of `words`, the longest first, with one `between` their letters.

    Their i may be a Turkish one: Python ignores its case, and JavaScript does not.
    """
    in_order = sorted(words, key=lambda word: (-len(word), word))
    return "|".join(between.join(word) for word in in_order).replace("i", "[iıİ]")


_STOP = r"\.?"
_ANYWHERE = one_of(WORDS["anywhere"], _STOP)
_BEFORE = one_of(WORDS["before"], _STOP)
_WITH_STOP = one_of(WORDS["before"] + WORDS["with_stop"], _STOP)
_BEHIND = "|".join(WORDS["behind"])
_DEGREES = "|".join(WORDS["in_capitals"])
_PARTICLES = "|".join(
    f"{word}|{word.title()}" for word in WORDS["particles"] if len(word) > 1
)


def beside(
    letter: str, digit: str, word: str, space: str
) -> tuple[list[str], list[str]]:
    """Return patterns of what is left out, one after the other: in capitals or not, then as it is.

    That is the group at the end of each pattern, if it matches. The second are of initials, which
    "O Sullivan" and "RAMON Y CAJAL" do not have, and of degrees. The parameters are as a language
    spells them, the last three within brackets.
    """
    start = f"(?<![{word}{APOSTROPHE}-])"
    end = f"(?![{word}{APOSTROPHE}-])"
    in_any_case = [
        # Brackets with their content, and a nickname in quotes
        r"([(\[{（【][^()\[\]{}（）【】]*[)\]}）】]"
        rf'|(?<=[{space}])["“”„«][^"“”„«»]*["“”»](?=[{space}])'
        rf"|(?<=[{space}])[{APOSTROPHE}][^{space}{APOSTROPHE}]+[{APOSTROPHE}](?=[{space}]))",
        rf"([{digit}{DIGIT}]+(?:(?:st|nd|rd|th)(?!{letter}))?)",
        rf"([{MARK}]+|(?<![{word}])[{DASH}]+|[{DASH}]+(?![{word}]))",
        rf"{start}((?:{_ANYWHERE})(?:\.|{end})|(?:{_WITH_STOP})\.)",
        rf"((?:{_BEHIND}|(?<={letter})[{APOSTROPHE}]s)+){end}",
        rf"{start}((?:{letter}\.-?)+)",
        rf"(?:^|[{COMMA}])[{space}]*((?:(?:{_BEFORE})[{space}]+)+)(?=[{APOSTROPHE}]?{letter})",
    ]
    in_capitals = [
        rf"{start}(?:(?:{_PARTICLES})[{space}]+{CAPITAL}"
        rf"|(?<={CAPITAL}{{2}}[{space}])[EIY](?=[{space}]+{CAPITAL}{{2}})"
        rf"|O(?=[{space}]+{letter}[{word}{APOSTROPHE}])|({CAPITAL})){end}",
        rf"^(?=.*{SMALL})[^{space}{COMMA}]+(?:[{space}]*[{COMMA}]|[{space}]+[^{space}{COMMA}]+).*?"
        rf"((?:[{space}{COMMA}]+(?:{_DEGREES}))+)(?=[{space}{COMMA}]*$)",
    ]
    return in_any_case, in_capitals


_IN_ANY_CASE, _IN_CAPITALS = beside(*IN_PYTHON)
LEFT_OUT = [re.compile(pattern, re.IGNORECASE) for pattern in _IN_ANY_CASE]
LEFT_OUT += map(re.compile, _IN_CAPITALS)
QUOTED = re.compile(f"^[{APOSTROPHE}]([^{APOSTROPHE}]+)[{APOSTROPHE}]$")
GAP = re.compile(rf" (?=[{COMMA}])|[{COMMA}](?= ?[{COMMA}])")
AROUND = f"{COMMA}. -"  # a name, when what stood beside it is left out
# Addresses of mail and of the web, and tags; the same in JavaScript
ADDRESS = re.compile(
    r"[^ ]@[^ ]+\.[^ ]|^@[^ ]|^#[^ 0-9]|://|^www\.|^[^ ]+\.(?:com|org|net|edu|gov|io|info)(?![a-z])"
)
# A number that numbers nothing: see `doubt`
NUMBER = re.compile(r"(?<![^ ,])[0-9]+(?:[.:/][0-9]+)*[A-Za-z]?(?![^ ,]| *[-–—])")
# As most texts are: one word
_LETTERS = rf"[^\W\d_{DIGIT}]+"
PLAIN = re.compile(f"{_LETTERS}(?:[{APOSTROPHE}-](?![sS]$){_LETTERS})*")
# What is nobody's name, with marks around it
_MARKS = rf"[{MARK}{DASH}{APOSTROPHE}{COMMA}. -]"
_NOTHING = one_of(WORDS["placeholders"]).replace("_", "[_ -]?").replace("/", "[./]")
PLACEHOLDER = re.compile(f"^{_MARKS}*(?:{_NOTHING}){_MARKS}*$", re.IGNORECASE)
_TITLE = rf"(?:{_ANYWHERE}|(?:{_WITH_STOP})(?=\.))(?:{_MARKS}+|$)"
TITLES = re.compile(f"^{_MARKS}*(?:{_TITLE})+$", re.IGNORECASE)
# Controls, marks of direction and of emoji, also within a word; joiners are part of other scripts
HIDDEN = re.compile(
    r"[\x00-\x08\x0e-\x1f\x7f-\x84\x86-\x9f\xad\u061c\u200b\u200e\u200f"
    r"\u202a-\u202e\u2060-\u206f\ufe00-\ufe0f\ufeff]|(?<=[A-Za-z\u00c0-\u024f])[\u200c\u200d]"
)


Doubt = Literal["", "word", "number", "text", "placeholder", "title"]
NO_NAME: Sequence[Doubt] = ("text", "placeholder", "title")  # by what doubts it is not


class Typed(NamedTuple):
    """A text without what stands beside the name in it."""

    name: str
    left_out: tuple[str, ...] = ()  # as typed, in their order

    @property
    def notes(self) -> list[str]:
        """What a reader should know about it, a sentence or none."""
        quoted = ", ".join(f"“{words}”" for words in self.left_out)
        return [f"Left out: {quoted}."] if quoted else []


def doubt(text: str) -> Doubt:
    """Return why a text is not a single name, "" if it is one.

    It is a "text": an address, a tag or a sentence; a "placeholder", or a "title" without a name. A
    "word" of sentences is hardly a name. A "number" leaves it open what is meant, unless it numbers
    a row: with a mark or a tab behind it ("1. Rossi", "12) Kim"), in brackets, or behind "#".

    >>> doubt("9 Hill Street"), doubt("9. Hill")
    ('number', '')
    >>> doubt("I love you"), doubt("info@example.org"), doubt("you"), doubt("Mary An Hart")
    ('text', 'text', 'word', '')
    >>> doubt("(Unknown)"), doubt("Ph.D."), doubt("Anna Missing")
    ('placeholder', 'title', '')
    """
    text = text.strip()
    if ADDRESS.search(text):
        return "text"
    if PLACEHOLDER.search(text):
        return "placeholder"
    if TITLES.search(text):
        return "title"
    words = text.casefold().split()
    if len(words) == 1:
        return "word" if words[0] in ALONE else ""
    of_sentences = OF_SENTENCES.intersection(words).difference(WORDS["particles"])
    is_sentence = len(of_sentences) > 1 or not SENTENCES.isdisjoint(of_sentences)
    if is_sentence:
        return "text"
    return "number" if NUMBER.search(text) else ""


def as_typed(text: str) -> Typed:
    """Return the name in `text`, or all of it if nothing would remain.

    >>> as_typed("Jack Ma").name, as_typed("Herr").name, as_typed("Herr Ma").name
    ('Jack Ma', 'Herr', 'Ma')
    >>> as_typed("王先生").name, as_typed("(Smith)").name, as_typed("Dr. 99").name
    ('王', 'Smith', 'Dr. 99')
    """
    text = unicodedata.normalize("NFC", text).strip()
    is_word = PLAIN.fullmatch(text) and not text.endswith(WORDS["behind"])
    if is_word or len(text) > LONGEST:
        return Typed(text)
    text = HIDDEN.sub("", text).strip()
    for patterns in (LEFT_OUT, LEFT_OUT[1:]):  # the second with what is in brackets
        typed = _without(text, patterns)
        if typed.name == text:
            return typed
        if any(map(str.isalpha, typed.name)):
            name, more = as_typed(typed.name)  # where what stood between is left out
            return Typed(name, typed.left_out + more)
    return Typed(text)


def _without(text: str, patterns: Sequence[re.Pattern[str]]) -> Typed:
    """Return what `patterns` leave of a text."""
    found = []

    def leave_out(match: re.Match[str]) -> str:
        words = match[1] or ""
        if any(map(str.isalnum, words)):
            found.append(words.strip(f"{COMMA} "))
        return match[0].removesuffix(words) + " "

    name = QUOTED.sub(r"\1", text)
    for pattern in patterns:
        name = pattern.sub(leave_out, name)
    squeezed = " ".join(name.split())
    tidy = GAP.sub("", squeezed).strip(AROUND)
    in_order = sorted(found, key=text.find)
    return Typed(tidy, tuple(in_order))
