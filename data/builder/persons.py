"""The encyclopedia persons of name2nat: their nationalities, and where a surname stands."""

import pickle
import re
from collections.abc import Iterator

from .languages import CLOSED_SETS, FACTS, closed_set_keys
from .lists import content
from .spelling import clean_spelling, match_key

MAX_NATIONALITIES = 2  # a person of three nationalities is little evidence of one name's language
MAX_WORDS = 6
_TITLE = re.compile(r"\bof\b|\bthe\b|,|\d", re.IGNORECASE)
_NUMERAL = re.compile("[IVX]{2,}")
WORDS = {kind: frozenset(words.split()) for kind, words in FACTS["words"].items()}
_PARTICLES = {group: words.split() for group, words in FACTS["particles"].items()}
_ALL_PARTICLES = frozenset(word for words in _PARTICLES.values() for word in words)


def persons() -> Iterator[tuple[list[str], list[str]]]:
    """Yield (words of the full name, nationalities) of every person whose name can be used."""
    # Plain data, which `fetch_all` has checked: a pickle of any other sum might run code.
    found = pickle.loads(content("name2nat", "name2nat/name2nats.pkl"))
    for full_name, nationalities in found.items():
        words = re.sub(r"\(.*?\)", "", full_name).split()
        while words and words[-1].strip(".").lower() in WORDS["suffixes"]:
            words.pop()
        is_title = _TITLE.search(full_name) or any(map(_NUMERAL.fullmatch, words[1:]))
        few = 2 <= len(words) <= MAX_WORDS and len(nationalities) <= MAX_NATIONALITIES
        if few and not is_title:
            yield words, sorted(set(nationalities))


def surname_of(words: list[str], group: str) -> str | None:
    """Return the surname in the words of a full name, or None.

    >>> surname_of(["Jan", "van", "Dam"], "Dutch"), surname_of(["Nguyen", "Lan"], "Vietnamese")
    ('van Dam', 'Nguyen')
    """
    if group in CLOSED_SETS:
        return next((w for w in (words[0], words[-1]) if is_surname(w, group)), words[0])
    if group == "Irish" and words[-2].lower() in WORDS["of_irish_women"]:
        return None
    if group == "Portuguese" and words[-1].lower() in WORDS["portuguese_suffixes"]:
        words = words[:-1] if len(words) > 2 else words
    start = len(words) - 1
    while start > 1 and words[start - 1].lower() in _ALL_PARTICLES:
        start -= 1
    allowed = _PARTICLES.get(group, _PARTICLES["others"])
    own = all(particle.lower() in allowed for particle in words[start:-1])
    return " ".join(words[start:] if own else words[-1:])


def is_surname(word: str, language: str) -> bool:
    """Return whether a word is a surname of a closed set."""
    spelling = clean_spelling(word)
    return spelling is not None and match_key(spelling) in closed_set_keys(language)
