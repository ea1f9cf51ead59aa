"""What every encoder has: how a text becomes the ids that a network reads.

core.py has the lecture's encoder, text/ the others.
"""

import unicodedata
from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import accumulate, pairwise
from typing import ClassVar, Literal

PADDING_ID = 0
UNKNOWN_ID = 1
FIRST_ID = 2  # of a vocabulary that is learnt

Units = Literal["characters", "letters", "words"]  # what is read one by one
Pieces = list[tuple[str, int]]  # of a text as typed, and how many ids each is read as


@dataclass(frozen=True)
class Encoder(ABC):
    """Maps texts to ids: `read_units` returns the units of a text, and `ids` their numbers."""

    units: ClassVar[Units] = "characters"
    symbols = False  # whether emoji and other symbols are read
    keep_case = False

    @property
    @abstractmethod
    def vocabulary_size(self) -> int:
        """Number of ids, with those of padding and of the unknown."""

    @abstractmethod
    def read_units(self, text: str) -> Sequence[str]:
        """Return the units that the network reads of `text`."""

    @abstractmethod
    def ids(self, units: Sequence[str]) -> list[int]:
        """Return the ids of what `read_units` returned."""

    def encode(self, text: str) -> list[int]:
        """Return the ids of one text, unpadded; an empty text is one unknown unit."""
        return self.ids(self.read_units(text)) or [UNKNOWN_ID]

    @property
    def id_of(self) -> dict[str, int]:
        """The ids of the vocabulary, and of the kinds that an unknown unit may be of."""
        return {}

    def recognises(self, units: Sequence[str]) -> bool:
        """Return whether any unit is informative."""
        return True

    def pieces(self, text: str) -> Pieces:
        """Return `text` as typed, cut in pieces, and how many units each is read as."""
        return letter_pieces(text, self.read_units)

    @property
    def unknown_ids(self) -> list[int]:
        """For every id, the one that stands for an unknown unit in its place."""
        return list(range(self.vocabulary_size))

    @property
    def ngram_ids(self) -> list[int]:
        """For every id, the one that stands in its place in n-grams of two or more units."""
        return list(range(self.vocabulary_size))

    @property
    def kind_ids(self) -> set[int]:
        """The ids of kinds that stand for each of their letters in such n-grams."""
        return set()


def letter_pieces(text: str, read: Callable[[str], Sequence[str]]) -> Pieces:
    """Return the characters of `text`, each with its marks and how many letters it is read as.

    It is by how many `read(text)` grows when the character and its marks are typed.

    >>> letter_pieces("ẞe\u0301 ", lambda text: text.casefold().strip())
    [('ẞ', 2), ('e\u0301', 2), (' ', 0)]
    """
    pieces: list[str] = []
    for character in text:
        if pieces and unicodedata.category(character)[0] == "M":
            pieces[-1] += character
        else:
            pieces.append(character)
    n_letters = len(read(text))
    # A further letter, so that white space at the end of a beginning counts.
    beginnings = (len(read(f"{beginning}x")) - 1 for beginning in accumulate(pieces))
    ends = [0, *accumulate((min(end, n_letters) for end in beginnings), max)]
    counts = (end - start for start, end in pairwise(ends))
    return list(zip(pieces, counts, strict=True))
