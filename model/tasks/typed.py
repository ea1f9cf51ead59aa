"""What is read of a surname as people type it: the name without titles, initials and degrees.

    as_typed("Prof. Müller, PhD")   -> Typed("Müller", ("Prof.", "PhD"))
    as_typed("Tolkien, J. R. R.")   -> Typed("Tolkien", ("J.", "R.", "R."))

The words are in typed.toml. No name of the data is changed, and nothing becomes unreadable.
"""

import re
import tomllib
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from typing import NamedTuple

_LISTS = tomllib.loads(Path(__file__).with_suffix(".toml").read_text("utf-8"))
WORDS = {name: tuple(words.split()) for name, words in _LISTS.items()}
ANYWHERE = frozenset(WORDS["anywhere"])
BEFORE = frozenset(WORDS["before"])
WITH_STOP = BEFORE.union(WORDS["with_stop"])
IN_CAPITALS = frozenset(WORDS["in_capitals"])
BEHIND = WORDS["behind"]
PARTICLES = frozenset(WORDS["particles"])
OF_A_LETTER = frozenset(
    "eioystóé"
)  # words of surnames: "Ortega y Gasset", "O Sullivan"

COMMA = ",،、，"
DIGIT = r"\d⁰¹²³⁴-⁹₀-₉"
MARK = r"()\[\]{}（）【】\"“”„«»「」『』;:!?*#/&+=_~\\|<>@^†"
LETTER = r"[^\W\d_]"
# As most texts are: one word
PLAIN = re.compile(rf"{LETTER}+(?:['’-]{LETTER}+)*")
# Brackets with their content, and a nickname in quotes
ASIDE = (
    r"[(\[{（【][^()\[\]{}（）【】]*[)\]}）】]"
    r"|(?<=[\s])[\"“”„«][^\"“”„«»]*[\"“”»](?=[\s])"
    r"|(?<=[\s])['‘][^\s'‘’]+['’](?=[\s])"
)
# A number, "3rd" among them; marks; a comma; white space; a word
PIECE = (
    rf"[{DIGIT}]+(?:(?:st|nd|rd|th)(?!{LETTER}))?"
    rf"|[{MARK}]+|[{COMMA}]|[\s]+|[^\s{COMMA}{DIGIT}{MARK}]+"
)
NUMBER = re.compile(f"[{DIGIT}]")
PIECES = re.compile(PIECE)
PIECES_AND_ASIDES = re.compile(f"{ASIDE}|{PIECE}")
QUOTED = re.compile("['‘][^'‘’]+['’]")
AFTER_STOP = re.compile(rf"(?<=\.)(?={LETTER})")
INITIALS = re.compile(rf"(?:-?{LETTER}\.)+")
INITIAL = re.compile("[A-ZА-ЯΑ-Ω]")
GAP = re.compile(rf" (?=[{COMMA}])|[{COMMA}](?= ?[{COMMA}])")
AROUND = f"{COMMA}. -"  # a name, when what stood beside it is left out


class Typed(NamedTuple):
    """A text without what stands beside the name in it."""

    name: str
    left_out: tuple[str, ...] = ()  # as typed, in their order

    @property
    def notes(self) -> list[str]:
        """What a reader should know about it, a sentence or none."""
        parts = ", ".join(f"“{part}”" for part in self.left_out)
        return [f"Left out: {parts}."] if parts else []


def as_typed(text: str) -> Typed:
    """Return the name in `text`, or all of it if nothing would remain.

    >>> as_typed("Jack Ma").name, as_typed("Herr").name, as_typed("Herr Ma").name
    ('Jack Ma', 'Herr', 'Ma')
    >>> as_typed("王先生").name, as_typed("(Smith)").name, as_typed("Dr. 99").name
    ('王', 'Smith', 'Dr. 99')
    """
    text = text.strip()
    if PLAIN.fullmatch(text) and not text.endswith(BEHIND):
        return Typed(text)
    bare = text[1:-1] if QUOTED.fullmatch(text) else text
    for pattern in (PIECES_AND_ASIDES, PIECES):
        pieces: list[str] = []
        for piece in pattern.findall(bare):
            pieces += _apart(piece)
        kept = _kept(pieces)
        name = _tidy("".join(kept))
        if any(map(str.isalpha, name)):
            pairs = zip(pieces, kept, strict=True)
            left_out = [piece for piece, rest in pairs if rest != piece]
            named = tuple(piece for piece in left_out if any(map(str.isalnum, piece)))
            return Typed(name, named)
    return Typed(text)


def _apart(piece: str) -> list[str]:
    """Return the words that stand together in a piece, as in "J.Smith" and "王先生"."""
    ends: list[str] = []
    while end := next((end for end in BEHIND if piece.endswith(end)), ""):
        piece = piece.removesuffix(end)
        ends.insert(0, end)
    if not piece:
        return ends
    is_word = piece[0] not in MARK and _key(piece) not in ANYWHERE
    words = AFTER_STOP.split(piece) if is_word else [piece]
    return [*words, *ends]


def _kept(pieces: list[str]) -> list[str]:
    """Return `pieces` with a space in place of each that is not of the name."""
    kept = [piece if _may_be_of_name(piece) else " " for piece in pieces]
    for leave_out in (_initials, _titles_before, _capitals):
        for i in leave_out(kept, _places(kept)):
            kept[i] = " "
    return kept


def _may_be_of_name(piece: str) -> bool:
    """Tell whether a piece is not left out whatever stands beside it."""
    if piece in COMMA or piece.isspace():
        return True
    if not any(map(str.isalpha, piece)) or NUMBER.match(piece) or piece[0] in MARK:
        return False
    key = _key(piece)
    is_title = key in ANYWHERE or piece in BEHIND
    is_short = piece.endswith(".") and key in WITH_STOP
    return not (is_title or is_short or INITIALS.fullmatch(piece))


def _initials(kept: list[str], places: list[int]) -> Iterator[int]:
    """Yield the places of single letters, unless they are words of the name."""
    following = ","
    for before, i in zip([None, *places][-2::-1], places[::-1], strict=True):
        is_of_name = _key(kept[i]) in OF_A_LETTER and following not in COMMA
        is_behind_particle = before is not None and _key(kept[before]) in PARTICLES
        if not INITIAL.fullmatch(kept[i]) or is_of_name or is_behind_particle:
            following = kept[i]
        else:
            yield i


def _titles_before(kept: list[str], places: list[int]) -> Iterator[int]:
    """Yield the places of titles at the front of the text, or behind a comma, before a word."""
    is_first = True
    for i, following in pairwise(places):
        is_title = _key(kept[i]) in BEFORE and kept[following] not in COMMA
        if is_first and is_title:
            yield i
        else:
            is_first = kept[i] in COMMA


def _capitals(kept: list[str], places: list[int]) -> Iterator[int]:
    """Yield the places of degrees in capitals behind two words, or one and a comma."""
    has_small = any(map(str.islower, "".join(kept)))
    while has_small and len(places) > 2 and kept[places[-1]] in IN_CAPITALS:
        yield places.pop()
        while kept[places[-1]] in COMMA:
            places.pop()


def _places(kept: list[str]) -> list[int]:
    """Return the indices of words and of commas before them."""
    places = [i for i, piece in enumerate(kept) if not piece.isspace()]
    while places and kept[places[-1]] in COMMA:
        places.pop()
    return places


def _key(piece: str) -> str:
    return piece.casefold().replace(".", "")


def _tidy(name: str) -> str:
    """Return a name without gaps."""
    squeezed = " ".join(name.split())
    return GAP.sub("", squeezed).strip(AROUND)
