"""Surnames in their own script: read from the sources, selected, and put on a side of the split.

A name goes to the side of the Latin name that its source, or its romanisation, links it to.

The second half reads arabic-name-romanizer's index: it counts single words of Arabic and Persian
names by country, with their Latin spellings. Hamza and the dots at a word's end are lost there, and
nothing of a full name is in it.
"""

import re
import sqlite3
from collections import Counter, defaultdict
from collections.abc import Container, Iterator
from dataclasses import replace
from functools import cache

from model.core import normalise

from .choose import cut, fits_language, is_outside
from .evidence import Table
from .languages import LANGUAGES, curated_names, romanised
from .lists import Name, content, japanese_surnames, package_lists, sinonym_rows
from .rows import Labels, Rows, in_order, is_test, labels_by_key, shuffled
from .spelling import best_spelling, loose_key, match_key, native_spelling, script_of

MIN_PER_MILLION = 500  # in sinonym's list: half of the rarer ones are given names
# An Arabic surname that is of other languages in Latin letters is a foreigner's name in Arabic
# letters (لوبيز is López), unless it has the article or this many bearers.
ARABIC_BEARERS, ARTICLE = 10, "ال"
INDEX = "arabic_name_romanizer/resources/names.sqlite3"
ARABIC = "AE BH DZ EG IQ JO KW LB LY MA MR OM PS QA SA SD SY TN YE".split()
GROUPS = dict.fromkeys(ARABIC, "Arabic")
GROUPS |= {"IR": "Iranian", "PK": "Pakistani", "AF": "Afghan"}
MIN_BEARERS = 2  # of a surname: one may be a slip
MAYBE_GIVEN_BEARERS = 10  # of a surname that is a given name more often
MIN_GIVEN_BEARERS = 3
# Which letter the folded one was, if Latin has an -a there
_FINAL_A = {"ه": "ة", "ي": "ى"}
_PERSIAN_LETTERS = str.maketrans("يك", "یک")


@cache
def keys_of(name: str) -> set[str]:
    """Return the keys of a name and of the Latin names that may be taken for it.

    >>> sorted(keys_of("Воробьёв"))
    ['vorobev', 'vorobyov', 'воробьев', 'воробьёв']
    """
    latin = match_key(normalise(name))
    return {match_key(name), loose_key(name), latin_key(name), latin}


def latin_key(name: str) -> str:
    """Return the match key of a name in Latin letters, by `romanised` or else by `normalise`."""
    return match_key(normalise(romanised(name)))


def native_names() -> list[Name]:
    """Return every surname in its own script, the surest links and spellings first."""
    names = []
    for texts, _, latin, bearers in japanese_surnames():
        key = match_key(latin)
        names += [Name(text, "Japanese", key, bearers) for text in texts]
    for line in curated_names("korean_native"):
        for text in line.split():
            names.append(Name(text, "Korean", latin_key(text)))
    for source in package_lists("native"):
        latin = usual_latin() if source.group == "Arabic" else {}
        spellings = dict.fromkeys(map(native_spelling, source.names))
        for text in filter(None, spellings):
            key = latin_key(latin.get(loose_key(text), text))
            names.append(Name(text, source.group, key))
    names += arabic_surnames()
    for row in sinonym_rows("familyname_orcid"):
        text = row["surname"]
        per_million = float(row["ppm"])
        if per_million >= MIN_PER_MILLION:
            names.append(Name(text, "Chinese", latin_key(text), per_million))
    return [name for name in names if native_spelling(name.text) == name.text]


def readings() -> Rows:
    """Return (kanji, romaji) of Japanese surnames, the most borne reading of each."""
    latin_of = {}
    most_borne_first = sorted(japanese_surnames(), key=lambda row: -row[3])
    for (kanji, *_), _, latin, _ in most_borne_first:
        latin_of.setdefault(kanji, latin.capitalize())
    return sorted(latin_of.items())


def native_rows(
    names: list[Name],
    kept: list[Name],
    latin: dict[str, Rows],
    core: Container[str],
) -> dict[str, Rows]:
    """Return {"train": rows, "test": rows} of the `kept` names, each sorted.

    `names` come with the surest links first: the first link of a key decides for all its rows.
    `latin` has the rows of Latin names, and `core` the keys of those that are not for the test. A
    name with a Latin form among the Latin names of the other side is left out. Not so one in
    Chinese characters: its pinyin may be the form of many names.
    """
    part_of = {}  # loose key -> "train" or "test"
    for name in names:
        if name.group in LANGUAGES:
            part = "train"
            if match_key(name.text) not in core and is_test(name.key, core):
                part = "test"
            part_of.setdefault(loose_key(name.text), part)
    in_latin = {part: labels_by_key(rows).keys() for part, rows in latin.items()}
    rows = {"train": [], "test": []}
    for name in kept:
        part = part_of[loose_key(name.text)]
        other = "train" if part == "test" else "test"
        is_han = script_of(name.text) == "Han"
        if is_han or keys_of(name.text).isdisjoint(in_latin[other]):
            rows[part].append((name.text, name.group))
    return {
        "train": in_order(rows["train"]),
        "test": in_order(rows["test"]),
    }


def kept_names(
    names: list[Name],
    table: Table,
    labels: Labels,
) -> list[Name]:
    """Return one name for each key, language and script, best attested first, cut to the limit.

    `table` has the evidence and `labels` the languages of the Latin names before their own cut.
    """
    parts = defaultdict(dict)  # (group, script) -> loose key -> name
    for name in names:
        if name.group in LANGUAGES and _is_of_its_group(name, table, labels):
            part = parts[name.group, script_of(name.text)]
            key = loose_key(name.text)
            if key not in part:
                part[key] = replace(name, weight=0)
            part[key].weight += name.weight
    kept = []
    for (group, _), part in parts.items():
        best_first = sorted(
            part.values(),
            key=lambda name: (-name.weight, shuffled(name.text)),
        )
        keys = [name.key for name in best_first]
        kept += cut(best_first, keys, group)
    return kept


def _is_of_its_group(
    name: Name,
    table: Table,
    labels: Labels,
) -> bool:
    """Judge a name by its Latin form where lists hold other peoples' names."""
    languages = labels.get(name.key)
    if name.group == "Russian":
        if languages or name.key not in table:
            return "Russian" in (languages or ())
        latin = table[name.key]
        if is_outside("Russian", latin):
            return False
        return fits_language("Russian", latin)
    is_of_others = languages and "Arabic" not in languages
    if name.group == "Arabic" and is_of_others:
        has_article = name.text.startswith(ARTICLE)
        return has_article or name.weight >= ARABIC_BEARERS
    return True


@cache
def _bearers(role: str) -> defaultdict:
    """Return {folded Arabic: {group: Latin spelling -> persons}} of a role's words.

    A missing word or group has no spellings.
    """
    bearers = defaultdict(lambda: defaultdict(Counter))
    with sqlite3.connect(":memory:") as index:
        index.deserialize(content("arabic-name-romanizer", INDEX))
        query = "SELECT arabic_key, latin, country, count FROM units WHERE role = ? ORDER BY 1"
        for arabic, latin, country, persons in index.execute(query, [role]):
            group = GROUPS.get(country, "Other")
            bearers[arabic][group][latin] += persons
    return bearers


def arabic_given_names() -> Iterator[str]:
    """Yield given names of Arab countries in their usual Latin spelling, most borne first."""
    names = [groups["Arabic"] for groups in _bearers("given").values()]
    names.sort(key=Counter.total, reverse=True)
    for spellings in names:
        if spellings.total() >= MIN_GIVEN_BEARERS:
            yield best_spelling(spellings)


@cache
def usual_latin() -> dict[str, str]:
    """Return {loose key of a surname: the Latin spelling of most bearers in Arab countries}."""
    merged = defaultdict(Counter)
    for arabic, groups in _bearers("surname").items():
        if "Arabic" in groups:
            merged[loose_key(arabic)].update(groups["Arabic"])
    return {key: best_spelling(spellings) for key, spellings in merged.items()}


def arabic_surnames() -> Iterator[Name]:
    """Yield the surnames, each for the group that most of its bearers are of."""
    for arabic, groups in _bearers("surname").items():
        group = min(groups, key=lambda group: (-groups[group].total(), group))
        persons = groups[group].total()
        given = _bearers("given")[arabic][group].total()
        needed = max(MIN_BEARERS, min(given, MAYBE_GIVEN_BEARERS))
        if group != "Other" and persons >= needed:
            latin = usual_latin().get(loose_key(arabic), arabic)
            text = arabic.translate(_PERSIAN_LETTERS)
            if group == "Arabic":
                text = _unfolded(arabic, latin)
            yield Name(text, group, match_key(latin), persons)


def _unfolded(arabic: str, latin: str) -> str:
    """Return a name of the index as it is written.

    Words that a list has are spelled as there; the Latin spelling tells the end of the others.
    """
    words = arabic.split()
    usual = list(map(_usual, words))
    last = usual[-1]
    is_open = last == words[-1] and not last.endswith("لله")
    if is_open and re.search("ah?$", latin):
        *rest, end = last
        usual[-1] = "".join(rest) + _FINAL_A.get(end, end)
    return " ".join(usual)


def _usual(word: str) -> str:
    """Return how lists write a word, with the article or without."""
    usual = _listed_words()
    if loose_key(word) in usual:
        return usual[loose_key(word)]
    bare = word.removeprefix(ARTICLE)
    article = word.removesuffix(bare)
    return article + usual.get(loose_key(bare), bare)


@cache
def _listed_words() -> dict[str, str]:
    """Return {loose key: usual spelling} of the words in lists of surnames and given names."""
    names = set()
    for kind in ("native", "given"):
        for source in package_lists(kind):
            if source.group == "Arabic":
                names.update(source.names)
    words = Counter()
    for name in names:
        words.update((native_spelling(name) or "").split())
    usual_last = sorted(
        words,
        key=lambda word: (-words[word], word),
        reverse=True,
    )
    return {loose_key(word): word for word in usual_last}
