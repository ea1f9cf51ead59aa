"""Every change of one letter of a text: replaced, added or dropped.

    letters = alphabets(encoder, texts)   {id: "aeinr…"}, by the ids of unknown letters
    changes("Martin", "io")               {"Imartin": …, "Martini": …, "Martino": …}

model/web/engine/changes.js makes the same ones.
"""

import unicodedata
from collections import Counter
from collections.abc import Collection, Iterator
from itertools import chain

from ..encoder import Encoder
from ..text.letters import LetterEncoder, script_of

MOST_LETTERS = 60  # letters of a script, with those that have a mark
# Latin letters with a mark, which only take the place of the same letter without one: anywhere else
# they would tell more than all other letters. A model's texts are kept without.
_MARKED = {
    "a": "áäåãàâæ",
    "c": "çčć",
    "e": "éèêëěę",
    "i": "íî",
    "l": "ł",
    "n": "ñńň",
    "o": "óöøôõ",
    "r": "ř",
    "s": "šś",
    "u": "úüů",
    "z": "žż",
}
MARKED = {letter: base for base, letters in _MARKED.items() for letter in letters}
Change = tuple[str, ...]  # what stands before, the old letter, the new, after


def alphabets(encoder: Encoder, texts: Collection[str]) -> dict[int, str]:
    """Return for the ids of unknown letters the letters of their script, the most used first.

    There are none for words, and for the lecture's network.
    """
    if not isinstance(encoder, LetterEncoder):
        return {}
    uses = Counter(chain.from_iterable(texts or encoder.characters))
    by_use = dict(uses.most_common()) | MARKED
    readable = [letter for letter in by_use if is_read(letter, encoder)]
    letters = {}
    for name in encoder.scripts:
        script, _, _ = name.partition(" ")
        of_script = [letter for letter in readable if script_of(letter) == script]
        letters[encoder.id_of[name]] = "".join(of_script[:MOST_LETTERS])
    return letters


def is_read(letter: str, encoder: Encoder) -> bool:
    """Return whether the network tells a letter from all others."""
    units = unicodedata.normalize("NFD", letter)
    return encoder.read_units(letter) == units and set(units) <= encoder.id_of.keys()


def letters_for(text: str, encoder: Encoder, letters: dict[int, str]) -> str:
    """Return the letters of the script that `text` begins with, by `alphabets`."""
    first = next(filter(str.isalpha, text), "")
    if not first or not isinstance(encoder, LetterEncoder):
        return ""
    return letters.get(encoder.unknown_id(first), "")


def changes(text: str, letters: str, keep_case: bool = False) -> dict[str, Change]:
    """Return the changes of one letter by the texts that they lead to.

    Capitals stay in place, but where case is kept they are letters as all others.

    >>> list(changes("Ab", "cbá"))
    ['Cab', 'Bab', 'B', 'Cb', 'Bb', 'Áb', 'Acb', 'Abb', 'A', 'Ac', 'Abc']
    """
    text = unicodedata.normalize("NFC", text)
    case = str.upper if text.isupper() and not keep_case else str
    found: dict[str, Change] = {"": (), text: ()}
    for i in range(len(text) + 1):
        for change in _changes_at(i, text, letters, keep_case):
            before, old, new, after = map(case, change)
            found.setdefault(before + new + after, (before, old, new, after))
    return {changed: change for changed, change in found.items() if change}


def _changes_at(i: int, text: str, letters: str, keep_case: bool) -> Iterator[Change]:
    """Yield the changes of letter `i`, and of what stands before it."""
    before = text[:i]
    old = text[i : i + 1]
    after = text[i + 1 :]
    small = old if keep_case else old.lower()
    cased = str.upper if old.isupper() and not keep_case else str
    for new in letters:
        if new not in MARKED:
            yield before, "", cased(new), small + after
    if not old.isalpha():
        return
    yield before, old, "", cased(after[:1]) + after[1:]
    for new in letters:
        if MARKED.get(new, small) == small:
            yield before, old, cased(new), after
