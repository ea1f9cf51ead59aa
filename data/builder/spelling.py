"""How a name is written: in ASCII, with its marks or in its own script; and its keys."""

import re
import unicodedata
from collections import Counter
from functools import cache

from model.core import normalise
from model.data import texts
from model.text.letters import script_name

match_key = cache(texts.match_key)  # the same words come millions of times
MAX_LENGTH = 20
MAX_NATIVE_WORDS = 2
_ENTRY = re.compile("[A-Za-z]['A-Za-z -]{0,18}[A-Za-z]")  # at most MAX_LENGTH letters
_PUNCTUATION = str.maketrans("’‘`ʼ´′‐‑–", "''''''---")
_LOWER_INSIDE = "de den der van la las los del het 't t ten ter".split()
# Points of Arabic and Hebrew that few people write
_POINTS = re.compile("[\u064b-\u065f\u0670\u0640\u0591-\u05c7]")
_NOT_IN_NAMES = re.compile(r"[\d,()/]")
_ARABIC_VARIANTS = str.maketrans("ٱىیےةەہکڪ", "ايييهههكك")


@cache
def clean_spelling(text: str) -> str | None:
    """Return `text` as a dataset entry in ASCII, or None when it cannot be one.

    >>> clean_spelling("Müller"), clean_spelling("van den berg"), clean_spelling("o'brien")
    ('Muller', 'Van den Berg', "O'Brien")
    >>> clean_spelling("X"), clean_spelling("Smith2")
    (None, None)
    """
    name = normalise(text, fold_case=False)
    name = name.replace("`", "'")
    name = name.strip(" -'.")
    if not _ENTRY.fullmatch(name):
        return None
    return _capitalised(name)


def with_marks(text: str, spelling: str) -> str:
    """Return `text` with its marks, otherwise written as `spelling`, its clean spelling.

    If they differ in more than marks, return `spelling`.

    >>> with_marks("DVOŘÁK", "Dvorak"), with_marks("Ó Brien", "O'Brien")
    ('Dvořák', "O'Brien")
    """
    if text.isascii():
        return spelling
    name = unicodedata.normalize("NFKC", text)
    name = name.translate(_PUNCTUATION)
    name = " ".join(name.split())
    name = name.strip(" -'.")
    name = _capitalised(name)
    if normalise(name, fold_case=False) != spelling:
        return spelling
    # A Greek letter among Latin ones changes the key.
    if match_key(name) != match_key(spelling):
        return spelling
    return name


def _capitalised(name: str) -> str:
    """Return a name with a capital first letter, or with all its capitals if it has one case."""
    if name.islower() or name.isupper():
        words = name.lower().split()
        for i, word in enumerate(words):
            if word not in _LOWER_INSIDE:
                words[i] = word.title()
        name = re.sub(
            r"(?<=\bMc)[a-z]",
            lambda match: match[0].upper(),
            " ".join(words),
        )
    first = name[:1]
    return first.upper() + name[1:]


def native_spelling(text: str) -> str | None:
    """Return a name as an entry in its own script, or None when it cannot be one."""
    name = unicodedata.normalize("NFC", text)
    name = _POINTS.sub("", name)
    name = name.replace("ʼ", "’")
    words = name.split()
    name = " ".join(words).strip(" -.’")
    if script_of(name) in ("", "Latin"):
        return None
    if _NOT_IN_NAMES.search(name):
        return None
    if len(name) > MAX_LENGTH or len(words) > MAX_NATIVE_WORDS:
        return None
    first = name[0]
    return first.title() + name[1:]


def written(text: str) -> str | None:
    """Return a name as an entry with its marks, in Latin or its own script, or None."""
    if script_of(text) != "Latin":
        return native_spelling(text)
    spelling = clean_spelling(text)
    if not spelling:
        return None
    return with_marks(text, spelling)


def best_spelling(spellings: Counter) -> str:
    """Return the most frequent spelling; ties go to the first in the alphabet."""
    return min(spellings, key=lambda spelling: (-spellings[spelling], spelling))


@cache
def script_of(text: str) -> str:
    """Return the name of the letters' script, or "" if there are several.

    Kana beside Chinese characters count as Han, as in 一ノ瀬.

    >>> script_of("Müller"), script_of("佐々木"), script_of("一ノ瀬"), script_of("さとう")
    ('Latin', 'Han', 'Han', 'Hiragana')
    """
    scripts = set()
    for letter in text:
        if unicodedata.category(letter) != "Lm":
            scripts.add(script_name(letter))
    scripts.discard("")
    if "Han" in scripts:
        scripts -= {"Hiragana", "Katakana"}
    if len(scripts) > 1:
        return ""
    return "".join(scripts)


def loose_key(name: str) -> str:
    """Return the match key without what writers of Arabic, Cyrillic and Greek leave out.

    That is hamza, dots at the end of an Arabic word, the dots of ё, and Greek accents.

    >>> loose_key("أحمد") == loose_key("احمد"), loose_key("Фёдоров"), loose_key("Νικολάου")
    (True, 'федоров', 'νικολαου')
    """
    key = match_key(name)
    if script_of(key) not in ("Arabic", "Cyrillic", "Greek"):
        return key
    key = key.translate(_ARABIC_VARIANTS)
    plain = ""
    for letter in unicodedata.normalize("NFD", key):
        is_mark = unicodedata.category(letter).startswith("M")
        if not is_mark:
            plain += letter
    return plain
