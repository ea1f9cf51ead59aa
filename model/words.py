"""Text to tensors of word ids: words in place of letters, for texts longer than a name.

    cut        "It isn't bad!"  -> ["it", "is", "n't", "bad", "!"]   ASCII, case folded
    encode     "It isn't bad!"  -> [9, 5, 12, 31, 14]                one id per word

Id 0 is padding and id 1 an unknown word, so the words of the vocabulary start at 2. Knows nothing
of networks, files or labels.
"""

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import ClassVar

import numpy as np
import torch

from .encoding import PADDING_ID, UNKNOWN_ID, InputError, romanise

FIRST_WORD_ID = 2
MAX_WORDS = 400  # eight times the longest sentence of a film review
LONGEST_TEXT = 100_000  # characters; a longer one is a mistake or an attack
_MAX_CHARACTERS = 20_000  # of MAX_WORDS words and more; what is behind them is never looked at

# As treebanks write them: "can't" is "ca n't", "film's" is "film 's".
_WORD = re.compile(
    r"""[a-z0-9]+?(?=n't\b) | n't\b | can(?=not\b)
    | '(?:s|re|ve|ll|d|m|em)\b
    | [a-z0-9]+ (?:[-/&.][a-z0-9]+)*
    | \.\.+ | --+ | [^\s]""",
    re.VERBOSE,
)
_PART = re.compile(r"[a-z0-9]+|[^a-z0-9]")
_SPELLINGS = {"-lrb-": "(", "-rrb-": ")", "``": '"', "''": '"', "`": "'"}
_SPELLING = re.compile("|".join(map(re.escape, _SPELLINGS)))


def cut(text: str) -> list[str]:
    """Return the words and the marks of `text`, in ASCII and lower case.

    >>> cut("It isn't BAD, -LRB- or is n't it? -RRB-")
    ['it', 'is', "n't", 'bad', ',', '(', 'or', 'is', "n't", 'it', '?', ')']
    """
    folded = romanise(re.sub("[–—]", "--", text[:_MAX_CHARACTERS]))
    return _WORD.findall(_SPELLING.sub(lambda found: _SPELLINGS[found[0]], folded))


@dataclass(frozen=True)
class WordEncoder:
    """Maps texts to ids; `words[i]` has id `i + 2`.

    A compound that is not among them is read part by part.

    >>> WordEncoder("- made well").encode("Well-made nonsense")
    [4, 2, 3, 1]
    """

    words: str  # separated by spaces
    fold_case: ClassVar[bool] = True

    def __post_init__(self) -> None:
        """Raise ValueError for words that cannot be told apart."""
        if not isinstance(self.words, str) or not self.words.isascii():
            raise ValueError("its words are not ASCII text")
        if len(self._id_of) != len(self.words.split()):
            raise ValueError("its words repeat")

    @classmethod
    def from_texts(cls, texts: Iterable[str], min_count: int = 1) -> "WordEncoder":
        """Build the vocabulary of the words that at least `min_count` of `texts` have."""
        counts = Counter(word for text in texts for word in set(cut(text)))
        return cls(" ".join(sorted(word for word, n in counts.items() if n >= min_count)))

    @property
    def vocabulary_size(self) -> int:
        """Number of ids, padding and unknown included."""
        return FIRST_WORD_ID + len(self._id_of)

    @cached_property
    def _id_of(self) -> dict[str, int]:
        return {word: FIRST_WORD_ID + i for i, word in enumerate(self.words.split())}

    def check(self, text: str) -> None:
        """Raise InputError unless `text` is a string with something to read."""
        if not isinstance(text, str):
            raise InputError(f"A text is needed, not {type(text).__name__}: type a sentence.")
        if len(text) > LONGEST_TEXT:
            raise InputError(
                f"The text has {len(text):,} characters and may have {LONGEST_TEXT:,}: "
                "type a sentence."
            )
        if not cut(text):
            raise InputError("The text is empty: type a sentence.")

    def knows(self, text: str) -> bool:
        """Tell whether any word of `text` is known; marks alone do not count.

        >>> WordEncoder("! well").knows("Well!"), WordEncoder("! well").knows("Zounds!")
        (True, False)
        """
        return any(word in self._id_of for word in self.read(text) if re.search("[a-z0-9]", word))

    def notes(self, text: str) -> list[str]:
        """Return what a reader should know about how `text` was read, a sentence each."""
        notes = []
        if len(text) > _MAX_CHARACTERS or len(self.read(text)) > MAX_WORDS:
            notes.append(f"Only the first {MAX_WORDS} words are read.")
        if not self.knows(text):
            notes.append("None of these words was in training.")
        return notes

    def encode(self, text: str) -> list[int]:
        """Return the ids of one text, unpadded; at most MAX_WORDS."""
        return [self._id_of.get(word, UNKNOWN_ID) for word in self.read(text)[:MAX_WORDS]]

    def read(self, text: str) -> list[str]:
        """Return the words of `text`, and of a compound that is not known the parts."""
        return [part for word in cut(text) for part in self._parts(word)]

    def _parts(self, word: str) -> list[str]:
        return [word] if word in self._id_of else _PART.findall(word)

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

    def encode_batch(self, texts: Sequence[str]) -> tuple[torch.Tensor, torch.Tensor]:
        """Return ids (B, T), padded with 0, and lengths (B,), both int64 on the CPU.

        A text of no word at all becomes one unknown word: a length of 0 cannot be packed.
        """
        encoded = [self.encode(text) or [UNKNOWN_ID] for text in texts]
        lengths = np.fromiter(map(len, encoded), dtype=np.int64, count=len(encoded))
        ids = np.full((len(lengths), lengths.max(initial=1)), PADDING_ID, dtype=np.int64)
        ids[np.arange(ids.shape[1]) < lengths[:, None]] = np.concatenate(encoded or [[]])
        return torch.from_numpy(ids), torch.from_numpy(lengths)
