"""Greek and Cyrillic surnames in Latin letters, and back to Cyrillic where a law says how."""

import re
import unicodedata

from .languages import FACTS


def _letters(pairs: str) -> dict[str, str]:
    words = pairs.split()
    return dict(zip(words[::2], words[1::2], strict=True))


_LATIN = {script: _letters(pairs) for script, pairs in FACTS["letters"].items()}
TO_CYRILLIC = {group: _letters(pairs) for group, pairs in FACTS["cyrillic"].items()}


def _replaced(text: str, letters: dict[str, str]) -> str:
    """Return `text` with its letters replaced, the longest groups of letters first."""
    longest_first = "|".join(sorted(letters, key=len, reverse=True))
    return re.sub(longest_first, lambda match: letters[match[0]], text)


def romanise_greek(text: str) -> str:
    """Return a Greek surname in the letters Greeks use on passports, lower case.

    >>> romanise_greek("Αγγελίδης")
    'angelidis'
    """
    plain = unicodedata.normalize("NFD", text.lower())
    plain = "".join(c for c in plain if not unicodedata.combining(c))
    return _replaced(re.sub("^γκ", "g", plain), _LATIN["Greek"])


def romanise_cyrillic(text: str) -> str:
    """Return a Russian or Ukrainian surname as English newspapers write it, lower case.

    >>> romanise_cyrillic("Достоевский"), romanise_cyrillic("Воробьёв")
    ('dostoevsky', 'vorobyov')
    """
    latin = _replaced(re.sub("(ый|ий)$", "y", text.lower()), _LATIN["Cyrillic"])
    return re.sub("[ьъ-]", "", latin)


def romanised(name: str) -> str:
    """Return a name that begins in Greek or Cyrillic as on passports, and any other as it is."""
    if re.match("[Ά-ώ]", name):
        return romanise_greek(name)
    return romanise_cyrillic(name) if re.match("[Ѐ-ӿ]", name) else name


def to_cyrillic(name: str, group: str) -> str | None:
    """Return a Latin name of a group of TO_CYRILLIC in Cyrillic, None if it cannot be one.

    Montenegrins and Macedonians write either alphabet letter by letter. Bulgarian is romanised by
    its law of 2009, which is undone here except for ъ, which comes out as а.

    >>> to_cyrillic("Đukanović", "Montenegrin"), to_cyrillic("Zhelev", "Bulgarian")
    ('Ђукановић', 'Желев')
    >>> to_cyrillic("Yates", "Montenegrin") is None
    True
    """
    text = re.sub("ia$", "iya", name.lower()) if group == "Bulgarian" else name.lower()
    cyrillic = _replaced(text, TO_CYRILLIC[group])
    is_folded = text.endswith("ic")  # -ić without its mark: other marks may be lost, too
    return None if is_folded or re.search("[^а-џ]", cyrillic) else cyrillic.capitalize()
