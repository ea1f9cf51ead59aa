"""One surname as people write it in ASCII letters, and the few romanisations the lists need.

Does not decide which language a name belongs to.
"""

import re
import unicodedata
from collections import Counter

from model.core import normalise
from model.data.texts import match_key

MIN_LENGTH, MAX_LENGTH = 2, 20

_WELL_FORMED = re.compile(r"[A-Za-z]['A-Za-z -]*[A-Za-z]")
_GAELIC_O = re.compile(r"^Ó\s+")


def clean_spelling(text: str) -> str | None:
    """Return `text` as a dataset entry, or None when it cannot be one.

    >>> clean_spelling("Müller"), clean_spelling("van den Berg"), clean_spelling("o'brien")
    ('Muller', 'Van den Berg', "O'Brien")
    >>> clean_spelling("X"), clean_spelling("Smith2")
    (None, None)
    """
    name = normalise(text, fold_case=False).replace("`", "'").strip(" -'.")
    if not MIN_LENGTH <= len(name) <= MAX_LENGTH or not _WELL_FORMED.fullmatch(name):
        return None
    if len(match_key(name)) < MIN_LENGTH or len(name.split()) > 4:
        return None
    if name.islower() or name.isupper():
        name = _capitalise_words(name)
    return name[0].upper() + name[1:]


def with_marks(text: str, spelling: str) -> str:
    """Return `text` with its marks, in the form of `spelling`, which is its clean spelling.

    Where capitals or punctuation differ in more than that, `spelling` comes back.

    >>> with_marks("DVOŘÁK", "Dvorak"), with_marks("Ó Brien", "O'Brien")
    ('Dvořák', "O'Brien")
    """
    if text.isascii():
        return spelling
    name = unicodedata.normalize("NFKC", text).translate(_PUNCTUATION)
    name = " ".join(name.split()).strip(" -'.")
    if name.islower() or name.isupper():
        name = _capitalise_words(name)
    name = name[:1].upper() + name[1:]
    is_same = normalise(name, fold_case=False) == spelling and match_key(name) == match_key(
        spelling
    )
    return name if is_same else spelling  # a Greek letter among Latin ones would change the key


def best_spelling(spellings: Counter) -> str:
    """Return the most frequent spelling; among equals the first in the alphabet."""
    return min(spellings, key=lambda s: (-spellings[s], s))


_PUNCTUATION = dict.fromkeys(map(ord, "’‘`ʼ´′"), "'") | dict.fromkeys(map(ord, "‐‑–"), "-")
_LOWER_INSIDE = set("de den der van la las los del het 't t ten ter".split())


def _capitalise_words(name: str) -> str:
    words = [w if w in _LOWER_INSIDE else _capitalise(w) for w in name.lower().split()]
    return " ".join(words)


def _capitalise(word: str) -> str:
    word = re.sub(r"(^|-|')([^\W\d_])", lambda m: m[1] + m[2].upper(), word)
    return re.sub(r"^Mc([a-z])", lambda m: "Mc" + m[1].upper(), word)


_GREEK_PAIRS = (
    ("ου", "ou"), ("αυ", "av"), ("ευ", "ev"), ("γγ", "ng"), ("γκ", "gk"), ("μπ", "b"),
    ("ντ", "nt"), ("τσ", "ts"), ("τζ", "tz"),
)  # fmt: skip
_GREEK_LETTERS = dict(
    zip("αβγδεζηθικλμνξοπρστυφχψως",
        "a v g d e z i th i k l m n x o p r s t y f ch ps o s".split(), strict=True)
)  # fmt: skip


def romanise_greek(text: str) -> str:
    """Return a Greek surname in the letters Greeks use on passports, lower case.

    >>> romanise_greek("Αγγελίδης")
    'angelidis'
    """
    plain = unicodedata.normalize("NFD", text.lower())
    plain = "".join(c for c in plain if not unicodedata.combining(c))
    plain = re.sub("^γκ", "g", plain)
    for pair, latin in _GREEK_PAIRS:
        plain = plain.replace(pair, latin)
    return "".join(_GREEK_LETTERS.get(c, c) for c in plain)


_CYRILLIC = dict(
    zip("абвгдеёжзийклмнопрстуфхцчшщъыьэюяіїєґ",
        "a b v g d e yo zh z i y k l m n o p r s t u f kh ts ch sh shch - y - e yu ya "
        "i i ye g".split(), strict=True)
)  # fmt: skip


def romanise_cyrillic(text: str) -> str:
    """Return a Russian or Ukrainian surname as English newspapers write it, lower case.

    >>> romanise_cyrillic("Достоевский"), romanise_cyrillic("Воробьёв")
    ('dostoevsky', 'vorobyov')
    """
    text = re.sub("(ый|ий)$", "y", text.lower())
    text = text.replace("ье", "ye").replace("ьё", "yo").replace("ьи", "yi")
    return "".join(_CYRILLIC.get(c, c) for c in text).replace("-", "")


_LETTERS = dict(zip("abvgdezijklmnoprstufhc", "абвгдезијклмнопрстуфхц", strict=True))
_CARONS = {"č": "ч", "š": "ш", "ž": "ж"}
_BULGARIAN = {
    "sht": "щ", "ch": "ч", "sh": "ш", "ts": "ц", "zh": "ж", "ya": "я", "yu": "ю", "y": "й",
}  # fmt: skip
# Latin letters, the longest first, to the Cyrillic ones that they stand for.
CYRILLIC_ALPHABETS = {
    "Montenegrin": {"dž": "џ", "lj": "љ", "nj": "њ", "ć": "ћ", "đ": "ђ"} | _CARONS | _LETTERS,
    "Macedonian": {"dž": "џ", "gj": "ѓ", "kj": "ќ", "lj": "љ", "nj": "њ", "ć": "ќ", "ǵ": "ѓ",
                   "ḱ": "ќ"} | _CARONS | _LETTERS,
    "Bulgarian": _BULGARIAN | {c: _LETTERS[c] for c in _LETTERS if c not in "cj"},
}  # fmt: skip


def to_cyrillic(name: str, group: str) -> str | None:
    """Return a Latin name of a group of CYRILLIC_ALPHABETS in Cyrillic, None if it cannot be one.

    Montenegrins and Macedonians write either alphabet letter by letter. Bulgarian is romanised by
    its law of 2009, which is undone here but for ъ, that comes out as а.

    >>> to_cyrillic("Đukanović", "Montenegrin"), to_cyrillic("Zhelev", "Bulgarian")
    ('Ђукановић', 'Желев')
    >>> to_cyrillic("Yates", "Montenegrin") is None
    True
    """
    alphabet = CYRILLIC_ALPHABETS[group]
    text = re.sub("ia$", "iya", name.lower()) if group == "Bulgarian" else name.lower()
    letters = "|".join(alphabet)
    is_folded = text.endswith("ic")  # -ić without its mark: nobody knows which others are lost
    if is_folded or not re.fullmatch(f"(?:{letters})+", text):
        return None
    return re.sub(letters, lambda match: alphabet[match[0]], text).capitalize()
