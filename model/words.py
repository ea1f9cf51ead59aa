"""Text to tensors of word ids: words in place of letters, for texts longer than a name.

    cut        "It isn't bad!"  -> ["it", "is", "n't", "bad", "!"]   ASCII, case folded
    encode     "It isn't bad!"  -> [9, 5, 12, 31, 14]                one id per word

Id 0 is padding and id 1 an unknown word, so the words of the vocabulary start at 2.
"""

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property

from .core import FIRST_ID, UNKNOWN_ID, romanise

MAX_WORDS = 400  # eight times the longest sentence of a film review
MAX_CHARACTERS = 20_000  # enough for MAX_WORDS words; the rest of a text is never looked at

# As treebanks write them: "can't" is "ca n't", "film's" is "film 's".
WORD = re.compile(
    r"""[a-z0-9]+?(?=n't\b) | n't\b | can(?=not\b)
    | '(?:s|re|ve|ll|d|m|em)\b
    | [a-z0-9]+ (?:[-/&.][a-z0-9]+)*
    | \.\.+ | --+ | [^\s]""",
    re.VERBOSE,
)
PART = re.compile(r"[a-z0-9]+|[^a-z0-9]")
SPELLINGS = {"-lrb-": "(", "-rrb-": ")", "``": '"', "''": '"', "`": "'"}
SPELLING = re.compile("|".join(map(re.escape, SPELLINGS)))


def cut(text: str) -> list[str]:
    """Return the words and the marks of `text`, in ASCII and lower case.

    >>> cut("It isn't BAD, -LRB- or is n't it? -RRB-")
    ['it', 'is', "n't", 'bad', ',', '(', 'or', 'is', "n't", 'it', '?', ')']
    """
    folded = romanise(re.sub("[–—]", "--", text[:MAX_CHARACTERS]))
    return WORD.findall(SPELLING.sub(lambda found: SPELLINGS[found[0]], folded))


@dataclass(frozen=True)
class WordEncoder:
    """Maps texts to ids, one per word: the i-th of `words` has the id `i + 2`.

    A compound that is not in the vocabulary is read part by part.

    >>> WordEncoder("- made well").encode("Well-made nonsense")
    [4, 2, 3, 1]
    """

    words: str  # separated by spaces

    def __post_init__(self) -> None:
        """Raise ValueError for a vocabulary that is not distinct ASCII words."""
        if not isinstance(self.words, str) or not self.words.isascii():
            raise ValueError("its words are not ASCII text")
        if len(self._id_of) != len(self.words.split()):
            raise ValueError("its words repeat")

    @classmethod
    def from_texts(cls, texts: Iterable[str], most: int | None = None) -> "WordEncoder":
        """Build the vocabulary from the words that occur in `texts`, the `most` frequent ones."""
        counts = Counter(word for text in texts for word in cut(text))
        return cls(" ".join(sorted(word for word, _ in counts.most_common(most))))

    @property
    def vocabulary_size(self) -> int:
        """Number of ids, with those of padding and of unknown words."""
        return FIRST_ID + len(self._id_of)

    @cached_property
    def _id_of(self) -> dict[str, int]:
        return {word: FIRST_ID + i for i, word in enumerate(self.words.split())}

    @property
    def unknown_ids(self) -> list[int]:
        """For every id, the one that stands for an unknown word in its place."""
        return [0, *[UNKNOWN_ID] * (self.vocabulary_size - 1)]

    def read(self, text: str) -> list[str]:
        """Return the words of `text`, and the parts of a compound that is not known."""
        return [part for word in cut(text) for part in self._parts(word)]

    def _parts(self, word: str) -> list[str]:
        return [word] if word in self._id_of else PART.findall(word)

    def recognises(self, units: Sequence[str]) -> bool:
        """Return whether any of the words is known; punctuation alone does not count.

        >>> encoder = WordEncoder("! well")
        >>> encoder.recognises(["well", "!"]), encoder.recognises(["zounds", "!"])
        (True, False)
        """
        return any(word in self._id_of for word in units if re.search("[a-z0-9]", word))

    def ids(self, units: Sequence[str]) -> list[int]:
        """Return the ids of what `read` returned, at most MAX_WORDS."""
        return [self._id_of.get(word, UNKNOWN_ID) for word in units[:MAX_WORDS]]

    def encode(self, text: str) -> list[int]:
        """Return the ids of one text, unpadded."""
        return self.ids(self.read(text))

    def pieces(self, text: str) -> list[tuple[str, int]]:
        """Return `text` cut at its white space, and how many ids each piece has; no id is lost.

        >>> WordEncoder("do n't bad").pieces("Don't  panic")
        [("Don't", 2), ('  ', 0), ('panic', 1)]
        """
        pieces = [(piece, len(self.read(piece))) for piece in re.split(r"(\s+)", text) if piece]
        left = MAX_WORDS
        for i, (piece, n_ids) in enumerate(pieces):
            pieces[i] = piece, min(n_ids, left)
            left -= pieces[i][1]
        return pieces
