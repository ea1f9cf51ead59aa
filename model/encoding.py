"""Text to tensors of ids: normalise, map characters, pad.

Knows nothing of networks, files or labels. A text goes through two steps:

    normalise  "Müller"  -> "muller"                     any script to ASCII, case folded
    encode     "muller"  -> [15, 22, 13, 13, 6, 19]      one id per character

Id 0 is padding and id 1 an unknown character, so the characters of the vocabulary start at 2.
"""

import re
import reprlib
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import torch
from anyascii import anyascii

PADDING_ID = 0
UNKNOWN_ID = 1
FIRST_CHARACTER_ID = 2

MAX_CHARACTERS = 100  # no surname is longer; a longer text is a mistake or an attack
# Words that belong to a surname without being one: Van den Berg, De la Cruz, Ó Briain, Abu Bakr.
PARTICLES = frozenset(
    """abu abou af al av bin ben ibn bint da dal dalla das de degli dei del della den der di do dos
    du e el het i in la las le les lo los mac mc o of op san st 't te ten ter van vande vander vom
    von y zu zum zur""".split()
)

_HAN = re.compile("[\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff々]")


class InputError(ValueError):
    """Input that cannot be used; its message is one line that says what, where and what to do."""


def normalise(text: str, fold_case: bool = True) -> str:
    """Return `text` in ASCII, white space squeezed, in lower case unless `fold_case` is false.

    >>> normalise(" Müller "), normalise("Иванов"), normalise("NAKAMURA"), normalise("김")
    ('muller', 'ivanov', 'nakamura', 'gim')
    """
    return " ".join(romanise(text, fold_case).split())


def romanise(text: str, fold_case: bool = True) -> str:
    """Return `text` in ASCII, in lower case unless `fold_case` is false, white space as it is.

    Unicode NFKC first, then anyascii for whatever is still not ASCII; emoji and invisible marks
    go, since anyascii would spell them out as words.
    """
    if not text.isascii():
        composed = unicodedata.normalize("NFKC", text)
        text = anyascii("".join(c for c in composed if not _is_symbol(c)))
    return text.casefold() if fold_case else text


def _is_symbol(character: str) -> bool:
    # Categories C and S: control, format, surrogate, symbol.
    return not character.isascii() and unicodedata.category(character)[0] in "CS"


def shorten(value: object, length: int = 200) -> str:
    """Return `value` as text for a message, its middle left out where it is long.

    >>> shorten("Papadopoulos", 6), shorten(1.5)
    ('Pap…los', '1.5')
    """
    text = value if isinstance(value, str) else reprlib.repr(value)
    half = length // 2
    return text if len(text) <= length else f"{text[:half]}…{text[-half:]}"


def match_key(text: str) -> str:
    """Return the letters of `text` that tell whether two spellings are one name.

    Case, diacritics, spaces, hyphens and apostrophes do not count.

    >>> match_key("O'Brien") == match_key("OBRIEN"), match_key("Van den Berg")
    (True, 'vandenberg')
    """
    return "".join(c for c in normalise(text) if c.isalnum())


def check_text(text: str) -> None:
    """Raise InputError unless `text` is a string with a letter and of a surname's length."""
    if not isinstance(text, str):
        raise InputError(f"A text is needed, not {type(text).__name__}: type a surname.")
    if len(text) > MAX_CHARACTERS:
        raise InputError(
            f"This text has {len(text):,} characters and a surname at most {MAX_CHARACTERS}: "
            "type one surname."
        )
    if not text.strip():
        raise InputError("The text is empty: type a surname.")
    romanised = normalise(text)
    if not any(c.isalpha() for c in romanised):
        raise InputError("There is no letter in this text: type a surname.")
    if len(romanised) > MAX_CHARACTERS:  # one sign of some scripts becomes twenty letters
        raise InputError(
            f"This text has {len(romanised):,} letters in Latin script and a surname at most "
            f"{MAX_CHARACTERS}: type one surname."
        )


def input_notes(text: str) -> list[str]:
    """Return what a reader should know about how `text` was read, a sentence each.

    >>> input_notes("de Vries")
    []
    >>> input_notes("Akira Kurosawa")
    ['More than one word: a surname alone is expected.']
    """
    notes = []
    if sum(word not in PARTICLES for word in normalise(text).split()) > 1:
        notes.append("More than one word: a surname alone is expected.")
    if _HAN.search(text):
        notes.append(
            "Chinese characters are read as Mandarin: for a Japanese or Korean name, "
            "type its Latin spelling."
        )
    return notes


@dataclass(frozen=True)
class CharacterEncoder:
    """Maps texts to ids; `characters[i]` has id `i + 2`, all of them ASCII.

    >>> CharacterEncoder("aln").encode("Allan!")
    [2, 3, 3, 2, 4, 1]
    """

    characters: str
    fold_case: bool = True

    def __post_init__(self) -> None:
        """Raise ValueError for characters that cannot be told apart."""
        if not isinstance(self.characters, str) or not self.characters.isascii():
            raise ValueError("its characters are not ASCII text")
        if len(set(self.characters)) != len(self.characters):
            raise ValueError("its characters repeat")

    @classmethod
    def from_texts(cls, texts: Iterable[str], fold_case: bool = True) -> "CharacterEncoder":
        """Build the vocabulary of every character that occurs in `texts`, in ASCII order."""
        seen = set().union(*(normalise(text, fold_case) for text in texts))
        return cls("".join(sorted(seen)), fold_case)

    @classmethod
    def ascii(cls) -> "CharacterEncoder":
        """Build the lecture's encoder: case kept, and the id of a character is its code point."""
        return cls("".join(map(chr, range(FIRST_CHARACTER_ID, 128))), fold_case=False)

    @property
    def vocabulary_size(self) -> int:
        """Number of ids, padding and unknown included."""
        return FIRST_CHARACTER_ID + len(self.characters)

    @cached_property
    def _id_of_code_point(self) -> np.ndarray:  # (128,)
        table = np.full(128, UNKNOWN_ID, dtype=np.int64)
        for index, character in enumerate(self.characters):
            table[ord(character)] = FIRST_CHARACTER_ID + index
        return table

    def check(self, text: str) -> None:
        """Raise InputError unless `text` can be a surname."""
        check_text(text)

    def knows(self, text: str) -> bool:
        """Tell that an answer to `text` rests on something: any letter says a little."""
        return True

    def notes(self, text: str) -> list[str]:
        """Return what a reader should know about how `text` was read."""
        return input_notes(text)

    def encode(self, text: str) -> list[int]:
        """Return the ids of one text, unpadded."""
        ids, lengths = self.encode_batch([text])
        return ids[0, : lengths[0]].tolist()

    def encode_batch(self, texts: Sequence[str]) -> tuple[torch.Tensor, torch.Tensor]:
        """Return ids (B, T), padded with 0, and lengths (B,), both int64 on the CPU.

        A text of no character at all becomes one unknown character: a length of 0 cannot be packed.
        """
        normalised = [normalise(text, self.fold_case) or "\x01" for text in texts]
        lengths = np.fromiter(map(len, normalised), dtype=np.int64, count=len(normalised))
        code_points = np.frombuffer("".join(normalised).encode("ascii"), dtype=np.uint8)
        ids = np.full((len(lengths), lengths.max(initial=1)), PADDING_ID, dtype=np.int64)
        ids[np.arange(ids.shape[1]) < lengths[:, None]] = self._id_of_code_point[code_points]
        return torch.from_numpy(ids), torch.from_numpy(lengths)


def length_buckets(
    lengths: torch.Tensor, batch_size: int, generator: torch.Generator | None = None
) -> list[torch.Tensor]:
    """Return row indices in batches whose texts are of about one length, so almost no padding.

    With a `generator` rows of one length are shuffled, and then the batches; without it the
    batches go from short to long.
    """
    n_rows = len(lengths)
    shuffled = generator is not None
    order = torch.randperm(n_rows, generator=generator) if shuffled else torch.arange(n_rows)
    by_length = order[torch.argsort(lengths[order], stable=True)]
    batches = [batch for batch in by_length.split(batch_size) if len(batch)]
    if not shuffled:
        return batches
    return [batches[i] for i in torch.randperm(len(batches), generator=generator)]
