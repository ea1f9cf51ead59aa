"""Facts about the languages (languages.toml), and the names kept by hand in data/curated/.

The first lines of each file tell where its names come from. The alphabets in languages.toml turn
Greek and Cyrillic surnames into Latin letters, and back to Cyrillic where a law defines how.
"""

import re
import tomllib
import unicodedata
from collections import defaultdict
from functools import cache
from itertools import count
from pathlib import Path

from model.tasks.names import NAMES

from .spelling import clean_spelling, match_key

FOLDER = Path(__file__).resolve().parent


def read_toml(name: str) -> dict:
    """Return the content of a TOML file beside this one."""
    text = (FOLDER / name).read_text("utf-8")
    return tomllib.loads(text)


FACTS = read_toml("languages.toml")
LANGUAGES = tuple(NAMES.languages)


def _word_sets(table: str) -> dict[str, set[str]]:
    sets = {}
    for name, words in FACTS[table].items():
        sets[name] = set(words.split())
    return sets


def pairs_of(text: str) -> list[tuple[str, str]]:
    """Return the words of a text in pairs: in languages.toml, what is replaced and by what.

    >>> pairs_of("ski ska cki cka")
    [('ski', 'ska'), ('cki', 'cka')]
    """
    words = text.split()
    first = words[::2]
    second = words[1::2]
    return list(zip(first, second, strict=True))


_LANGUAGE_OF = {}
for _label, _language in NAMES.languages.items():
    _LANGUAGE_OF |= dict.fromkeys(_language.nationalities.split(), _label)
WORDS = _word_sets("words")
_PARTICLES = _word_sets("particles")
_ALL_PARTICLES = set().union(*_PARTICLES.values())
NEUTRAL = set(FACTS["neutral"].split())  # nationalities that are not evidence
OF_OWN_LANGUAGE = set(FACTS["of_own_language"].split())
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
    text = path.read_text("utf-8")
    without_comments = re.sub("#.*", "", text)
    lines = map(str.strip, without_comments.splitlines())
    return list(filter(None, lines))


def surname_of(words: list[str], group: str) -> str:
    """Return the surname in the words of a full name, "" if it has none or an Irish woman's form.

    >>> surname_of(["Xx", "van", "Dam"], "Dutch"), surname_of(["Nguyen", "Xx"], "Vietnamese")
    ('van Dam', 'Nguyen')
    """
    if group in CLOSED_SETS:
        return _surname_of_closed_set(words, group)
    lower = [word.lower() for word in words]
    last = len(words) - 1
    if group == "Irish" and lower[last - 1] in WORDS["of_irish_women"]:
        return ""
    is_suffix = lower[last] in WORDS["portuguese_suffixes"]
    if group == "Portuguese" and is_suffix and last > 1:
        last -= 1
    start = last
    while start > 1 and lower[start - 1] in _ALL_PARTICLES:
        start -= 1
    particles = lower[start:last]
    allowed = _PARTICLES.get(group, _PARTICLES["others"])
    if not allowed.issuperset(particles):
        start = last
    surname = words[start : last + 1]
    return " ".join(surname)


def _surname_of_closed_set(words: list[str], language: str) -> str:
    """Return the first word if it is a surname, else the most common surname of the others.

    >>> _surname_of_closed_set(["Xx", "Nguyen", "Chi", "Yy"], "Vietnamese")
    'Nguyen'
    >>> _surname_of_closed_set(["Ryom", "Xx-yy"], "Korean")  # a given name has the hyphen
    'Ryom'
    >>> _surname_of_closed_set(["Xx", "Smith"], "Korean")
    ''
    """
    first, *others = words
    if is_surname(first, language):
        return first
    ranks = _closed_set(language)
    rank_of = {}
    for word in others:
        if is_surname(word, language):
            rank_of[word] = ranks[_key(word)]
    if rank_of:
        return min(rank_of, key=rank_of.get)
    if len(others) == 1 and "-" in others[0]:
        return first
    return ""


def is_surname(word: str, language: str) -> bool:
    """Return whether a word is a surname of a closed set."""
    return _key(word) in _closed_set(language)


def _key(word: str) -> str:
    return match_key(clean_spelling(word) or "")


@cache
def _closed_set(language: str) -> dict[str, int]:
    """Return {match key: place} of the surnames, the most common first."""
    keys = map(match_key, curated_names(language))
    unique = dict.fromkeys(keys)
    return dict(zip(unique, count(), strict=False))


def corrections(sign: str) -> defaultdict:
    """Return {match key: languages} to remove from ("-") or to add to ("+") names."""
    languages = defaultdict(set)
    for line in curated_names("corrections"):
        if line.startswith(sign):
            language, names = line[2:].split(": ")
            for name in names.split(","):
                key = match_key(name)
                languages[key].add(language)
    return languages


# Match keys that are Russian by passport, not by origin: in the file a hyphen is any letters.
_not_russian = "|".join(curated_names("not_russian"))
NOT_RUSSIAN = re.compile(_not_russian.replace("-", ".*"))


def _replaced(text: str, pairs: str) -> str:
    """Return `text` with its letters replaced, the longest groups of letters first.

    In `pairs`, each group of letters is followed by what replaces it.
    """
    letters = dict(pairs_of(pairs))
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
        lower = name.lower()
        accented = unicodedata.normalize("NFD", lower)
        plain = re.sub("[\u0300-\u036f]", "", accented)
        with_start = re.sub("^γκ", "g", plain)
        return _replaced(with_start, letters["Greek"])
    if re.match("[Ѐ-ӿ]", name):
        lower = name.lower()
        with_end = re.sub("(ый|ий)$", "y", lower)
        latin = _replaced(with_end, letters["Cyrillic"])
        return re.sub("[ьъ-]", "", latin)
    return name


def to_cyrillic(name: str, group: str) -> str | None:
    """Return a Latin name in the Cyrillic letters of its group, None if it has other letters.

    Montenegrins and Macedonians write either alphabet letter by letter. Bulgarian is romanised by
    its law of 2009, which is undone here except for ъ, which comes out as а. Ukrainian is romanised
    by its government's resolution 55 of 2010, which leaves out ь and the apostrophe: ь comes back
    in common endings alone. Older spellings such as -sky and -iy are read, too.

    >>> to_cyrillic("Đukanović", "Montenegrin"), to_cyrillic("Zhelev", "Bulgarian")
    ('Ђукановић', 'Желев')
    >>> to_cyrillic("Khmelnytskyi", "Ukrainian"), to_cyrillic("Serhiienko", "Ukrainian")
    ('Хмельницький', 'Сергієнко')
    >>> to_cyrillic("Yates", "Montenegrin") is None
    True
    """
    text = name.lower()
    # -ić without its mark: other marks may be lost, too
    if text.endswith("ic"):
        return None
    for latin, letters in pairs_of(FACTS["before_cyrillic"].get(group, "")):
        text = re.sub(latin, letters, text)
    alphabet = FACTS["cyrillic"][group]
    cyrillic = _replaced(text, alphabet)
    if re.search("[^а-ґ]", cyrillic):
        return None
    return cyrillic.capitalize()
