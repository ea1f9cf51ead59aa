"""Facts about the 18 languages, of languages.toml, and the names kept by hand in data/curated/.

The heads of these files say where the names come from. The alphabets of languages.toml turn Greek
and Cyrillic surnames into Latin letters, and back to Cyrillic where a law says how.
"""

import re
import tomllib
import unicodedata
from collections import defaultdict
from pathlib import Path

from .spelling import clean_spelling, match_key

FACTS = tomllib.loads(
    Path(__file__).with_name("languages.toml").read_text(encoding="utf-8")
)
LANGUAGES = tuple(FACTS["nationalities"])
_LANGUAGE_OF = {
    nationality: language
    for language, nationalities in FACTS["nationalities"].items()
    for nationality in nationalities.split()
}
WORDS = {kind: frozenset(words.split()) for kind, words in FACTS["words"].items()}
_PARTICLES = {group: words.split() for group, words in FACTS["particles"].items()}
_ALL_PARTICLES = frozenset(word for words in _PARTICLES.values() for word in words)
NEUTRAL = frozenset(FACTS["neutral"].split())  # nationalities that are not evidence
# A few hundred surnames cover nearly everyone, so these come whole from data/curated/.
CLOSED_SETS = ("Chinese", "Korean", "Vietnamese")
CURATED = (*CLOSED_SETS, "Scottish")


def group_of(nationality: str) -> str:
    """Return the language a nationality counts for, or the nationality itself if it is outside.

    >>> group_of("Austrian"), group_of("Hungarian")
    ('German', 'Hungarian')
    """
    return _LANGUAGE_OF.get(nationality, nationality)


def curated_names(stem: str) -> list[str]:
    """Return the names of `data/curated/<stem>.txt`, one a line, comments left out."""
    path = Path(__file__).resolve().parents[1] / "curated" / f"{stem.lower()}.txt"
    lines = path.read_text(encoding="utf-8").splitlines()
    return [name for name in (line.split("#")[0].strip() for line in lines) if name]


_CLOSED_SET_KEYS = {
    group: set(map(match_key, curated_names(group))) for group in CLOSED_SETS
}


def surname_of(words: list[str], group: str) -> str:
    """Return the surname in the words of a full name, "" if it is an Irish woman's form.

    >>> surname_of(["Jan", "van", "Dam"], "Dutch"), surname_of(["Nguyen", "Lan"], "Vietnamese")
    ('van Dam', 'Nguyen')
    """
    if group in CLOSED_SETS:
        return next(
            (w for w in (words[0], words[-1]) if is_surname(w, group)), words[0]
        )
    if group == "Irish" and words[-2].lower() in WORDS["of_irish_women"]:
        return ""
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
    return match_key(clean_spelling(word) or "") in _CLOSED_SET_KEYS[language]


def corrections(sign: str) -> dict[str, set[str]]:
    """Return {match key: languages} to take from ("-") or to give to ("+") names."""
    found = defaultdict(set)
    for line in curated_names("corrections"):
        if line.startswith(sign):
            language, names = line[2:].split(": ")
            for name in names.split(","):
                found[match_key(name)].add(language)
    return found


# Match keys that are Russian by passport, not by origin: in the file a hyphen is any letters.
NOT_RUSSIAN = re.compile("|".join(curated_names("not_russian")).replace("-", ".*"))


def _replaced(text: str, pairs: str) -> str:
    """Return `text` with its letters replaced, the longest groups of letters first.

    `pairs` has a group of letters, then what stands for it, as languages.toml lists them.
    """
    words = pairs.split()
    letters = dict(zip(words[::2], words[1::2], strict=True))
    longest_first = "|".join(sorted(letters, key=len, reverse=True))
    return re.sub(longest_first, lambda match: letters[match[0]], text)


def romanised(name: str) -> str:
    """Return a name that begins in Greek or Cyrillic in Latin letters, and any other as it is.

    Greek is written as on passports and Cyrillic as in English newspapers, both in lower case.

    >>> romanised("Αγγελίδης"), romanised("Достоевский"), romanised("Воробьёв"), romanised("Çelik")
    ('angelidis', 'dostoevsky', 'vorobyov', 'Çelik')
    """
    if re.match("[Ά-ώ]", name):
        plain = unicodedata.normalize("NFD", name.lower())
        plain = "".join(c for c in plain if not unicodedata.combining(c))
        return _replaced(re.sub("^γκ", "g", plain), FACTS["letters"]["Greek"])
    if re.match("[Ѐ-ӿ]", name):
        latin = _replaced(
            re.sub("(ый|ий)$", "y", name.lower()), FACTS["letters"]["Cyrillic"]
        )
        return re.sub("[ьъ-]", "", latin)
    return name


def to_cyrillic(name: str, group: str) -> str | None:
    """Return a Latin name in the Cyrillic letters of its group, None if it cannot be one.

    Montenegrins and Macedonians write either alphabet letter by letter. Bulgarian is romanised by
    its law of 2009, which is undone here except for ъ, which comes out as а.

    >>> to_cyrillic("Đukanović", "Montenegrin"), to_cyrillic("Zhelev", "Bulgarian")
    ('Ђукановић', 'Желев')
    >>> to_cyrillic("Yates", "Montenegrin") is None
    True
    """
    text = re.sub("ia$", "iya", name.lower()) if group == "Bulgarian" else name.lower()
    cyrillic = _replaced(text, FACTS["cyrillic"][group])
    is_folded = text.endswith(
        "ic"
    )  # -ić without its mark: other marks may be lost, too
    return None if is_folded or re.search("[^а-џ]", cyrillic) else cyrillic.capitalize()
