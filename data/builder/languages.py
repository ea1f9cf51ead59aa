"""Facts about the 18 languages (languages.toml), and the names kept by hand in data/curated/.

The first lines of each file tell where its names come from. The alphabets in languages.toml turn
Greek and Cyrillic surnames into Latin letters, and back to Cyrillic where a law defines how.
"""

import re
import tomllib
import unicodedata
from collections import defaultdict
from pathlib import Path

from .spelling import clean_spelling, match_key

FOLDER = Path(__file__).resolve().parent
FACTS = tomllib.loads((FOLDER / "languages.toml").read_text(encoding="utf-8"))
LANGUAGES = tuple(FACTS["nationalities"])
_LANGUAGE_OF = {
    nationality: language
    for language, nationalities in FACTS["nationalities"].items()
    for nationality in nationalities.split()
}
WORDS = {kind: set(words.split()) for kind, words in FACTS["words"].items()}
_PARTICLES = {group: set(words.split()) for group, words in FACTS["particles"].items()}
_ALL_PARTICLES = set().union(*_PARTICLES.values())
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
    path = FOLDER.parent / "curated" / f"{stem.lower()}.txt"
    lines = path.read_text(encoding="utf-8").splitlines()
    names = [line.partition("#")[0].strip() for line in lines]
    return list(filter(None, names))


_CLOSED_SET_KEYS = {
    group: set(map(match_key, curated_names(group))) for group in CLOSED_SETS
}


def surname_of(words: list[str], group: str) -> str:
    """Return the surname in the words of a full name, "" if it is an Irish woman's form.

    >>> surname_of(["Jan", "van", "Dam"], "Dutch"), surname_of(["Nguyen", "Lan"], "Vietnamese")
    ('van Dam', 'Nguyen')
    """
    first, last = words[0], words[-1]
    if group in CLOSED_SETS:
        is_last = is_surname(last, group) and not is_surname(first, group)
        return last if is_last else first
    if group == "Irish" and words[-2].lower() in WORDS["of_irish_women"]:
        return ""
    has_suffix = last.lower() in WORDS["portuguese_suffixes"]
    if group == "Portuguese" and has_suffix and len(words) > 2:
        words = words[:-1]
    start = len(words) - 1
    while start > 1 and words[start - 1].lower() in _ALL_PARTICLES:
        start -= 1
    particles = {word.lower() for word in words[start:-1]}
    own = _PARTICLES.get(group, _PARTICLES["others"])
    if particles <= own:
        return " ".join(words[start:])
    return words[-1]


def is_surname(word: str, language: str) -> bool:
    """Return whether a word is a surname of a closed set."""
    spelling = clean_spelling(word) or ""
    return match_key(spelling) in _CLOSED_SET_KEYS[language]


def corrections(sign: str) -> defaultdict:
    """Return {match key: languages} to take from ("-") or to give to ("+") names."""
    languages = defaultdict(set)
    for line in curated_names("corrections"):
        if line.startswith(sign):
            language, names = line[2:].split(": ")
            for name in names.split(","):
                languages[match_key(name)].add(language)
    return languages


# Match keys that are Russian by passport, not by origin: in the file a hyphen is any letters.
_not_russian = "|".join(curated_names("not_russian"))
NOT_RUSSIAN = re.compile(_not_russian.replace("-", ".*"))


def _replaced(text: str, pairs: str) -> str:
    """Return `text` with its letters replaced, the longest groups of letters first.

    `pairs` has a group of letters, then what stands for it, as languages.toml lists them.
    """
    words = iter(pairs.split())
    letters = dict(zip(words, words, strict=True))
    longest_first = sorted(letters, key=len, reverse=True)
    return re.sub(
        "|".join(longest_first),
        lambda match: letters[match[0]],
        text,
    )


def romanised(name: str) -> str:
    """Return a Greek or Cyrillic name in Latin letters, any other unchanged.

    Greek is written as on passports and Cyrillic as in English newspapers, both in lower case.

    >>> romanised("Αγγελίδης"), romanised("Достоевский"), romanised("Воробьёв"), romanised("Çelik")
    ('angelidis', 'dostoevsky', 'vorobyov', 'Çelik')
    """
    letters = FACTS["letters"]
    if re.match("[Ά-ώ]", name):
        apart = unicodedata.normalize("NFD", name.lower())
        plain = "".join(c for c in apart if not unicodedata.combining(c))
        return _replaced(re.sub("^γκ", "g", plain), letters["Greek"])
    if re.match("[Ѐ-ӿ]", name):
        with_end = re.sub("(ый|ий)$", "y", name.lower())
        latin = _replaced(with_end, letters["Cyrillic"])
        return re.sub("[ьъ-]", "", latin)
    return name


def to_cyrillic(name: str, group: str) -> str | None:
    """Return a Latin name in the Cyrillic letters of its group, None if it has other letters.

    Montenegrins and Macedonians write either alphabet letter by letter. Bulgarian is romanised by
    its law of 2009, which is undone here except for ъ, which comes out as а.

    >>> to_cyrillic("Đukanović", "Montenegrin"), to_cyrillic("Zhelev", "Bulgarian")
    ('Ђукановић', 'Желев')
    >>> to_cyrillic("Yates", "Montenegrin") is None
    True
    """
    text = name.lower()
    if text.endswith("ic"):  # -ić without its mark: other marks may be lost, too
        return None
    if group == "Bulgarian":
        text = re.sub("ia$", "iya", text)
    cyrillic = _replaced(text, FACTS["cyrillic"][group])
    return None if re.search("[^а-џ]", cyrillic) else cyrillic.capitalize()
