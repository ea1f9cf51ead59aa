"""Text to tensors of Unicode letters: marks, jamo, Han and kana as they are, nothing romanised.

    decompose   "Müller"  -> "mu\u0308ller"         a mark is a character of its own
                "김"      -> "\u1100\u1175\u11b7"   and so is each part of a Hangul syllable
    encode      "mu\u0308ller" -> [21, 29, 9, 20, 20, 13, 26]

Id 0 is padding and id 1 an unknown character. The next ids are the unknown letters of each script
that labels are written in, so that a rare Han character still counts as Han, and as one that is in
use in China alone, or in Japan. Then comes the vocabulary.
"""

import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Sequence
from functools import cache, cached_property
from itertools import chain

from anyascii import anyascii
from pydantic.dataclasses import dataclass

from ..encoder import FIRST_ID, UNKNOWN_ID, Encoder
from ..symbols import dropped, is_symbol

BETWEEN = " ,'-"  # between the words of a name: always in the vocabulary
MAX_IDS = 300  # more than 100 characters of any script decompose into, ligatures aside
# As phones and word processors type them.
PLAIN = str.maketrans("‘’ʼʻʹʽˈꞌ‛′‵＇´`ˋ｀‐‑‒–—−İ", "''''''''''''''''------I")
# A Korean consonant that stands alone, as keys hit at random leave it, becomes that of a syllable's
# end: NFKC would make it the first of a syllable, and a mash like names that begin with it.
for _code in range(0x3131, 0x314F):
    _name = unicodedata.name(chr(_code)).replace("LETTER", "JONGSEONG")
    PLAIN[_code] = ord(unicodedata.lookup(_name))

# Stress marks of Cyrillic, as dictionaries print them: on a vowel, where no letter has them.
STRESS = re.compile("(?<=[аеиоуыэюяАЕИОУЫЭЮЯ])[\u0300\u0301]")

# The character sets of China, Taiwan, Japan and South Korea, by Python's names. Which of them have
# a Han character suggests where it is used: 张 is in the first alone, 沢 and 髙 in the third.
HAN_SETS = ("gb2312", "big5", "cp932", "euc_kr")
FEWEST = 10  # letters in training for a kind to have an unknown letter of its own


def decompose(text: str, symbols: bool = False, keep_case: bool = False) -> str:
    """Return `text` as the network reads it: NFKC, case folded, NFD, white space squeezed.

    Invisible characters are dropped and, without `symbols`, so are symbols.

    >>> decompose(" O’Neill\\u200b \\0"), len(decompose("é")), len(decompose("김"))
    ("o'neill", 2, 3)
    >>> decompose("Ле́бедев"), decompose("€5 👍", symbols=True)
    ('лебедев', '€5 👍')
    """
    text = dropped(symbols).sub("", text)
    if not text.isascii() or "`" in text:
        text = unicodedata.normalize("NFC", text)
        # Twice, because folding case may leave what NFKC changes, and the other way round
        for _ in range(2):
            text = text.translate(PLAIN)
            text = unicodedata.normalize("NFKC", text)
            if not keep_case:
                text = text.casefold()
        text = unicodedata.normalize("NFD", text)
        text = STRESS.sub("", text)
        if not symbols:
            text = "".join(c for c in text if not is_symbol(c))
    elif not keep_case:
        text = text.lower()
    return " ".join(text.split())


@cache
def script_of(letter: str) -> str:
    """Return the script of a letter, the first word of its Unicode name; "" if it is not a letter.

    A letter of another width is of the script of the usual one.

    >>> script_of("я"), script_of("山"), script_of("ﾔ"), script_of("-")
    ('CYRILLIC', 'CJK', 'KATAKANA', '')
    """
    usual = unicodedata.normalize("NFKC", letter).strip()[:1]
    if unicodedata.category(letter)[0] != "L":
        return ""
    return unicodedata.name(usual, "").partition(" ")[0]


@cache
def kinds_of(letter: str) -> tuple[str, ...]:
    """Return the kinds of an unknown letter, the narrowest first; none if it is not a letter.

    The last is its script. A Han letter that only some of HAN_SETS have is of a narrower kind, too:
    its script and their names.

    >>> kinds_of("я"), kinds_of("沢"), kinds_of("田"), kinds_of("-")
    (('CYRILLIC',), ('CJK cp932', 'CJK'), ('CJK',), ())
    """
    script = script_of(letter)
    if script == "CJK":
        sets = [name for name in HAN_SETS if letter.encode(name, "ignore")]
        if 0 < len(sets) < len(HAN_SETS):
            narrow = " ".join([script, *sets])
            return narrow, script
    return (script,) if script else ()


def script_name(text: str) -> str:
    """Return the script of the first letter of `text` as people call it, "" if there is none.

    >>> script_name("山田"), script_name("Müller")
    ('Han', 'Latin')
    """
    script = next(filter(None, map(script_of, text)), "")
    return "Han" if script in ("CJK", "IDEOGRAPHIC") else script.capitalize()


def is_in_han(text: str) -> bool:
    """Tell whether all letters of `text` are Han.

    >>> is_in_han("佐々木 修"), is_in_han("林めぐみ"), is_in_han("-")
    (True, False, False)
    """
    return {script_name(letter) for letter in text} - {""} == {"Han"}


@dataclass(frozen=True)
class LetterEncoder(Encoder):
    """Maps texts to ids, one per character of the decomposed text.

    The unknown letter of `scripts[i]`, a kind of `kinds_of`, has the id `i + 2`; the characters
    follow in their order.

    >>> LetterEncoder("am", ("LATIN", "GREEK")).encode("Mα?z")
    [5, 3, 1, 2]
    """

    characters: str  # the vocabulary
    scripts: tuple[str, ...] = ()
    # Scripts, as in `script_of`, whose letters count by kind alone in n-grams of two or more
    kinds_in_ngrams: tuple[str, ...] = ()
    symbols: bool = False  # whether emoji and other symbols are read
    keep_case: bool = False
    units = "letters"

    @classmethod
    def from_texts(
        cls,
        texts: Iterable[str],
        others: Iterable[str] = (),
        kinds_in_ngrams: Sequence[str] = (),
        **kept: bool,
    ) -> "LetterEncoder":
        """Build the vocabulary: the characters of `texts`, their scripts and frequent other kinds.

        Of `others`, texts of none of the labels, the letters of these scripts join. `kept` are
        `symbols` and `keep_case`.
        """
        characters = set(BETWEEN)
        for text in texts:
            characters.update(decompose(text, **kept))
        counts = Counter(chain.from_iterable(map(kinds_of, characters)))
        names = {name for name, n in counts.items() if n >= FEWEST or " " not in name}
        for text in others:
            letters = decompose(text, **kept)
            characters.update(c for c in letters if script_of(c) in names)
        vocabulary = "".join(sorted(characters))
        scripts = tuple(sorted(names))
        return cls(vocabulary, scripts, tuple(kinds_in_ngrams), **kept)

    @property
    def vocabulary_size(self) -> int:
        """Number of ids, with those of padding and of unknown characters."""
        return FIRST_ID + len(self.scripts) + len(self.characters)

    @cached_property
    def id_of(self) -> dict[str, int]:
        """The ids of scripts, which stand for their unknown letters, and of characters."""
        units = [*self.scripts, *self.characters]
        return {unit: i for i, unit in enumerate(units, FIRST_ID)}

    def unknown_id(self, character: str) -> int:
        """Return the id of an unknown character: that of its narrowest kind which has one."""
        for name in kinds_of(character):
            if name in self.id_of:
                return self.id_of[name]
        return UNKNOWN_ID

    @property
    def unknown_ids(self) -> list[int]:
        """For every id, the one that stands for an unknown letter in its place."""
        ids = list(range(FIRST_ID + len(self.scripts)))
        for character in self.characters:
            ids.append(self.unknown_id(character))
        return ids

    @cached_property
    def kind_ids(self) -> set[int]:
        """The ids of kinds that stand for each of their letters in n-grams of two or more.

        In a script of thousands of letters a pair is mostly new, while its kinds have been met.
        """
        ids = set()
        for name in self.scripts:
            script, _, _ = name.partition(" ")
            if script in self.kinds_in_ngrams:
                ids.add(self.id_of[name])
        return ids

    @property
    def ngram_ids(self) -> list[int]:
        """For every id, the one that stands in its place in n-grams of two or more letters."""
        ids = list(range(self.vocabulary_size))
        for i, unknown in enumerate(self.unknown_ids):
            if unknown in self.kind_ids:
                ids[i] = unknown
        return ids

    def read_units(self, text: str) -> str:
        """Return the characters that the network reads of `text`."""
        return decompose(text, self.symbols, self.keep_case)

    def recognises(self, units: Sequence[str]) -> bool:
        """Return whether any unit is known; always true where symbols are not read."""
        return not self.symbols or any(i != UNKNOWN_ID for i in self.ids(units))

    def ids(self, units: Sequence[str]) -> list[int]:
        """Return the ids of what `read_units` returned, at most MAX_IDS."""
        return [self.id_of.get(c) or self.unknown_id(c) for c in units[:MAX_IDS]]


@dataclass(frozen=True)
class PlainLetterEncoder(LetterEncoder):
    """Reads Latin letters as the names of the page's own network have them: without marks.

    >>> PlainLetterEncoder("delmru").read_units("Müller  Ødegård")
    'muller odegard'
    """

    def read_units(self, text: str) -> str:
        """Return the characters that the network reads of `text`."""
        letters = []
        for character in super().read_units(text):
            if script_of(character) == "LATIN":
                letters.append(anyascii(character))
            elif unicodedata.category(character)[0] != "M":
                letters.append(character)
        return "".join(letters)
