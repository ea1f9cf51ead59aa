"""Text to tensors of word ids: words in place of letters, for texts longer than a name.

    cut        "It isn't bad!"  -> ["it", "is", "n't", "bad", "!"]   ASCII, case folded
    encode     "It isn't bad!"  -> [9, 5, 12, 31, 14]                one id per word

With `symbols`, as for custom tasks, "C# 👍" is ["c#", "👍"], and what is written without spaces is
read character by character. With `in_pieces` a word that is not known is ["block", "-ing"].

Id 0 is padding and id 1 an unknown word, so the words of the vocabulary start at 2.
"""

import re
import unicodedata
from collections import Counter
from collections.abc import Container, Iterable, Sequence
from dataclasses import dataclass
from functools import cache, cached_property

from anyascii import anyascii

from ..core import romanise
from ..encoder import FIRST_ID, PADDING_ID, UNKNOWN_ID, Encoder, Pieces
from ..symbols import IN_PYTHON, Spelling, dropped, is_symbol

MAX_WORDS = 400  # eight times the longest sentence of a film review
# Enough for MAX_WORDS words; the rest of a text is never looked at
MAX_CHARACTERS = 20_000

OF_WORDS = re.compile(r"[a-z0-9]|[^\x00-\x7f]", re.IGNORECASE)  # not punctuation
SEGMENT = re.compile(r"[a-z0-9]+|[^a-z0-9]", re.IGNORECASE)
# Of scripts without spaces between words: Thai, Lao, Burmese, Khmer, kana and Han.
UNSPACED = (
    r"\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3005-\u3007\u3040-\u30ff\u31f0-\u31ff"
    r"\u3400-\u9fff\uf900-\ufaff"
    "\U00020000-\U0003ffff"  # characters, because JavaScript has no such escapes
)
LONGEST_PIECE = 8  # letters
FEWEST_WORDS = 3  # that share a piece
MOST_PIECES = 3000
SPELLINGS = {"-lrb-": "(", "-rrb-": ")", "``": '"', "''": '"', "`": "'"}
SPELLING = re.compile("|".join(map(re.escape, SPELLINGS)))


def word_pattern(spelling: Spelling) -> str:
    """Return what a word is, as treebanks write them: "can't" is "ca n't", "film's" "film 's"."""
    end = f"(?![{spelling.word}])"
    return (
        f"[a-z0-9]+?(?=n't{end})|n't{end}|can(?=not{end})"
        f"|'(?:s|re|ve|ll|d|m|em){end}"
        r"|[a-z0-9]+(?:[-/&.][a-z0-9]+)*"
        rf"|\.\.+|--+|[^{spelling.space}]"
    )


def symbol_pattern(spelling: Spelling) -> str:
    """Return what a word or a symbol is."""
    return (
        # "C++", "F#" and ".NET"
        r"[a-z][a-z0-9]*(?:\+\+|#)(?![a-z0-9])|(?<![a-z0-9.])\.[a-z][a-z0-9]*"
        # Flags, of two letters or of a black flag and tags
        "|[\U0001f1e6-\U0001f1ff]{2}|\U0001f3f4[\U000e0020-\U000e007f]+|"
        + word_pattern(spelling)
    )


def end_pattern(spelling: Spelling) -> str:
    """Return what ends a piece to show."""
    return rf"([{UNSPACED}]|[^\x00-\x7f{spelling.word}{spelling.space}]+)"


WORD = re.compile(word_pattern(IN_PYTHON))
WORD_OR_SYMBOL = re.compile(symbol_pattern(IN_PYTHON), re.IGNORECASE)
APART = re.compile(end_pattern(IN_PYTHON))


@cache
def spell(character: str) -> str:
    """Return a character in ASCII; as it is where it is a symbol or read by itself.

    >>> spell("é"), spell("€"), spell("本"), spell("я")
    ('e', '€', '本', 'ya')
    """
    if is_symbol(character) or re.match(f"[{UNSPACED}]", character):
        return character
    spelling = anyascii(character)
    is_mark = unicodedata.category(character)[0] == "M"
    return spelling if is_mark or spelling.strip() else character


def cut(text: str, symbols: bool = False, keep_case: bool = False) -> list[str]:
    """Return the words and the marks of `text`, in ASCII and lower case.

    With `symbols`, these stay, and characters of UNSPACED.

    >>> cut("It isn't BAD, -LRB- or is n't it? -RRB-")
    ['it', 'is', "n't", 'bad', ',', '(', 'or', 'is', "n't", 'it', '?', ')']
    """
    text = re.sub("[–—]", "--", text[:MAX_CHARACTERS])
    text = dropped(symbols).sub("", text)
    if symbols:
        text = unicodedata.normalize("NFKC", text)
        text = "".join(map(spell, text))
        if not keep_case:
            text = text.casefold()
    else:
        text = romanise(text, not keep_case)
    text = SPELLING.sub(lambda match: SPELLINGS[match[0]], text)
    return (WORD_OR_SYMBOL if symbols else WORD).findall(text)


def shared_pieces(words: Iterable[str]) -> list[str]:
    """Return the groups of letters that make up most of `words`; those not at a start have a "-".

    >>> shared_pieces(["loading", "reading", "adding"])[:2]
    ['-ding', '-din']
    """
    counts: Counter[str] = Counter()
    for word in words:
        for segment in SEGMENT.findall(word):
            for start in range(len(segment)):
                mark = "-" if start else ""
                for end in range(start, min(start + LONGEST_PIECE, len(segment))):
                    counts[mark + segment[start : end + 1]] += 1
    shared = [piece for piece, count in counts.items() if count >= FEWEST_WORDS]
    shared.sort(key=lambda piece: (-counts[piece] * len(piece), piece))
    return shared[:MOST_PIECES]


@dataclass(frozen=True)
class WordEncoder(Encoder):
    """Maps texts to ids, one per word: the i-th of `words` has the id `i + 2`.

    A compound that is not in the vocabulary is read segment by segment, and with `in_pieces` one in
    the longest pieces that are there.

    >>> WordEncoder("- made well").encode("Well-made nonsense")
    [4, 2, 3, 1]
    """

    words: str  # separated by spaces
    symbols: bool = False  # whether emoji and other symbols are read
    keep_case: bool = False
    in_pieces: bool = False
    units = "words"

    @classmethod
    def from_texts(
        cls,
        texts: Iterable[str],
        most: int | None = None,
        in_pieces: bool = False,
        whole: Container[str] = (),
        **kept: bool,
    ) -> "WordEncoder":
        """Build the vocabulary from the `most` frequent words of `texts`.

        With `in_pieces` it has pieces, too; a word that occurs once is read in them unless it is
        in `whole`. `kept` are the other fields.
        """
        counts: Counter[str] = Counter()
        for text in texts:
            counts.update(cut(text, **kept))
        frequent = counts.most_common(most)
        words = {word for word, n in frequent if n > in_pieces or word in whole}
        if in_pieces:
            words.update(shared_pieces(counts))
        return cls(" ".join(sorted(words)), in_pieces=in_pieces, **kept)

    @property
    def vocabulary_size(self) -> int:
        """Number of ids, with those of padding and of unknown words."""
        return FIRST_ID + len(self.words.split())

    @cached_property
    def id_of(self) -> dict[str, int]:
        """The ids of the words."""
        return {word: i for i, word in enumerate(self.words.split(), FIRST_ID)}

    @property
    def unknown_ids(self) -> list[int]:
        """For every id, the one that stands for an unknown word in its place."""
        ids = [UNKNOWN_ID] * self.vocabulary_size
        ids[PADDING_ID] = PADDING_ID
        return ids

    def read_units(self, text: str) -> list[str]:
        """Return the words of `text`, and the segments or pieces of one that is not known."""
        units = []
        for word in cut(text, self.symbols, self.keep_case):
            if word in self.id_of:
                units.append(word)
                continue
            for segment in SEGMENT.findall(word):
                if self.in_pieces:
                    units += self._longest_pieces(segment)
                else:
                    units.append(segment)
        return units

    def _longest_pieces(self, segment: str) -> list[str]:
        """Return a segment of a word, or its longest pieces if they are all known."""
        if segment in self.id_of:
            return [segment]
        pieces = []
        start = 0
        while start < len(segment):
            mark = "-" if start else ""
            end = min(start + LONGEST_PIECE, len(segment))
            while end > start + 1 and mark + segment[start:end] not in self.id_of:
                end -= 1
            piece = mark + segment[start:end]
            if piece not in self.id_of:
                return [segment]
            pieces.append(piece)
            start = end
        return pieces

    def recognises(self, units: Sequence[str]) -> bool:
        """Return whether any of the words is known; punctuation alone does not count."""
        return any(word in self.id_of for word in units if OF_WORDS.search(word))

    def ids(self, units: Sequence[str]) -> list[int]:
        """Return the ids of what `read_units` returned, at most MAX_WORDS."""
        return [self.id_of.get(word, UNKNOWN_ID) for word in units[:MAX_WORDS]]

    def pieces(self, text: str) -> Pieces:
        """Return `text` cut at its white space, and how many words each piece is read as.

        Where symbols are read, they are pieces too, and so are characters of UNSPACED.

        >>> WordEncoder("do n't bad").pieces("Don't  panic")
        [("Don't", 2), ('  ', 0), ('panic', 1)]
        """
        pieces: Pieces = []
        for piece in re.split(r"(\s+)", text):
            n_words = len(self.read_units(piece))
            segments = APART.split(piece) if self.symbols else [piece]
            counts = [len(self.read_units(segment)) for segment in segments]
            # Otherwise a mark belongs to two of the segments.
            if sum(counts) == n_words:
                pieces += zip(segments, counts, strict=True)
            else:
                pieces.append((piece, n_words))
        return [(piece, n_words) for piece, n_words in pieces if piece]
