"""Surnames in their own script: from the sources, which to keep, and on which side of the split.

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
from itertools import chain

from model.core import normalise

from .choose import cut, fits_language, is_outside
from .languages import LANGUAGES, curated_names, romanised
from .lists import Name, content, japanese_surnames, package_lists, sinonym_rows
from .rows import Rows, in_order, is_test, labels_by_key, shuffled
from .spelling import best_spelling, loose_key, match_key, native_spelling, script_of

MIN_PER_MILLION = 500  # in sinonym's list: half of the rarer ones are given names
# An Arabic surname that is of other languages in Latin letters is a foreigner's name in Arabic
# letters (لوبيز is López), unless it has the article or this many bearers.
ARABIC_BEARERS, ARTICLE = 10, "ال"
INDEX = "arabic_name_romanizer/resources/names.sqlite3"
GROUPS = dict.fromkeys(
    "AE BH DZ EG IQ JO KW LB LY MA MR OM PS QA SA SD SY TN YE".split(), "Arabic"
)
GROUPS |= {"IR": "Iranian", "PK": "Pakistani", "AF": "Afghan"}
MIN_BEARERS = 2  # of a surname: one may be a slip
MAYBE_GIVEN_BEARERS = 10  # of a surname that is a given name more often
MIN_GIVEN_BEARERS = 3
_FINAL_A = {
    "ه": "ة",
    "ي": "ى",
}  # which letter the folded one was, if Latin has an -a there
_PERSIAN_LETTERS = str.maketrans("يك", "یک")


@cache
def keys_of(name: str) -> set[str]:
    """Return the keys of a name and of the Latin names that may be taken for it.

    >>> sorted(keys_of("Воробьёв"))
    ['vorobev', 'vorobyov', 'воробьев', 'воробьёв']
    """
    return {
        match_key(name),
        loose_key(name),
        latin_key(name),
        match_key(normalise(name)),
    }


def latin_key(name: str) -> str:
    """Return the match key of a name in Latin letters, by `romanised` or else by `normalise`."""
    return match_key(normalise(romanised(name)))


def native_names() -> list[Name]:
    """Return every surname in its own script, the surest links and spellings first."""
    names = []
    for texts, _, latin, bearers in japanese_surnames():
        names += (Name(text, "Japanese", match_key(latin), bearers) for text in texts)
    for text in " ".join(curated_names("korean_native")).split():
        names.append(Name(text, "Korean", latin_key(text)))
    for found in package_lists("native"):
        latin = usual_latin() if found.group == "Arabic" else {}
        for text in filter(None, dict.fromkeys(map(native_spelling, found.names))):
            names.append(
                Name(text, found.group, latin_key(latin.get(loose_key(text), text)))
            )
    names += arabic_surnames()
    for row in sinonym_rows("familyname_orcid"):
        if (per_million := float(row["ppm"])) >= MIN_PER_MILLION:
            names.append(
                Name(row["surname"], "Chinese", latin_key(row["surname"]), per_million)
            )
    return [name for name in names if native_spelling(name.text) == name.text]


def readings() -> Rows:
    """Return (kanji, romaji) of Japanese surnames, the most borne reading of each."""
    rows = sorted(
        japanese_surnames(), key=lambda row: -row[3]
    )  # the first of each kanji counts
    return sorted(
        {texts[0]: latin.capitalize() for texts, _, latin, _ in reversed(rows)}.items()
    )


def native_rows(
    names: list[Name], kept: list[Name], latin: dict[str, Rows], core: Container[str]
) -> dict[str, Rows]:
    """Return {"train": rows, "test": rows} of the `kept` names, each sorted.

    `names` come with the surest links first: the first link of a key decides for all its rows.
    `latin` has the rows of Latin names, and `core` the keys of those that are not for the test. A
    name with a Latin form among the Latin names of the other side is left out. Not so one in
    Chinese characters: its pinyin may be the form of many names.
    """
    tests: dict[str, bool] = {}
    for name in names:
        if name.group in LANGUAGES:
            is_rare = match_key(name.text) not in core
            tests.setdefault(loose_key(name.text), is_rare and is_test(name.key, core))
    rows = {}
    for part, other in ("train", "test"), ("test", "train"):
        others = labels_by_key(latin[other]).keys()
        rows[part] = in_order(
            (name.text, name.group)
            for name in kept
            if tests[loose_key(name.text)] == (part == "test")
            and (script_of(name.text) == "Han" or keys_of(name.text).isdisjoint(others))
        )
    return rows


def kept_names(names: list[Name], table, labels) -> list[Name]:
    """Return one name for each key, language and script, best attested first, cut to the limit.

    `table` has the evidence and `labels` the languages of the Latin names before their own cut.
    """
    found: dict[tuple[str, str], dict[str, Name]] = defaultdict(dict)
    for name in names:
        if name.group in LANGUAGES and _is_of_its_group(name, table, labels):
            same, key = found[name.group, script_of(name.text)], loose_key(name.text)
            same.setdefault(key, replace(name, weight=0)).weight += name.weight
    kept = []
    for (group, _), same in found.items():
        best = sorted(
            same.values(), key=lambda name: (-name.weight, shuffled(name.text))
        )
        kept += cut(best, group)
    return kept


def _is_of_its_group(name: Name, table, labels) -> bool:
    """Judge a name by its Latin form where lists hold other peoples' names."""
    if name.group == "Russian":
        if name.key in labels or name.key not in table:
            return "Russian" in labels.get(name.key, ())
        latin = table[name.key]
        return fits_language("Russian", latin) and not is_outside("Russian", latin)
    if name.group == "Arabic" and "Arabic" not in labels.get(name.key, {"Arabic"}):
        return name.weight >= ARABIC_BEARERS or name.text.startswith(ARTICLE)
    return True


@cache
def _bearers(role: str) -> dict[str, dict[str, Counter]]:
    """Return {folded Arabic: {group: Latin spelling -> persons}} of a role's words."""
    found = defaultdict(lambda: defaultdict(Counter))
    with sqlite3.connect(":memory:") as index:
        index.deserialize(content("arabic-name-romanizer", INDEX))
        query = "SELECT arabic_key, latin, country, count FROM units WHERE role = ? ORDER BY 1"
        for arabic, latin, country, persons in index.execute(query, [role]):
            found[arabic][GROUPS.get(country, "Other")][latin] += persons
    return found


def arabic_given_names() -> Iterator[str]:
    """Yield given names of Arab countries in their usual Latin spelling, most borne first."""
    spellings = [
        groups.get("Arabic", Counter()) for groups in _bearers("given").values()
    ]
    for found in sorted(spellings, key=Counter.total, reverse=True):
        if found.total() >= MIN_GIVEN_BEARERS:
            yield best_spelling(found)


@cache
def usual_latin() -> dict[str, str]:
    """Return {loose key of a surname: the Latin spelling of most bearers in Arab countries}."""
    merged = defaultdict(Counter)
    for arabic, groups in _bearers("surname").items():
        if "Arabic" in groups:
            merged[loose_key(arabic)].update(groups["Arabic"])
    return {key: best_spelling(found) for key, found in merged.items()}


def arabic_surnames() -> Iterator[Name]:
    """Yield the surnames, each for the group that most of its bearers are of."""
    for arabic, groups in _bearers("surname").items():
        counts = {group: found.total() for group, found in groups.items()}
        group, persons = min(counts.items(), key=lambda item: (-item[1], item[0]))
        given = _bearers("given").get(arabic, {}).get(group, Counter()).total()
        if group != "Other" and persons >= max(
            MIN_BEARERS, min(given, MAYBE_GIVEN_BEARERS)
        ):
            latin = usual_latin().get(loose_key(arabic), arabic)
            persian = arabic.translate(_PERSIAN_LETTERS)
            text = _unfolded(arabic, latin) if group == "Arabic" else persian
            yield Name(text, group, match_key(latin), persons)


def _unfolded(arabic: str, latin: str) -> str:
    """Return a name of the index as it is written.

    Words that a list has are spelled as there; the Latin spelling tells the end of the others.
    """
    *words, last = map(_usual, arabic.split())
    if (
        last == arabic.split()[-1]
        and re.search("ah?$", latin)
        and not last.endswith("لله")
    ):
        last = last[:-1] + _FINAL_A.get(last[-1], last[-1])
    return " ".join([*words, last])


def _usual(word: str) -> str:
    """Return how lists write a word, with the article or without."""
    bare = word.removeprefix("ال")
    article, usual = word.removesuffix(bare), _listed_words()
    return usual.get(loose_key(word)) or article + usual.get(loose_key(bare), bare)


@cache
def _listed_words() -> dict[str, str]:
    """Return {loose key: usual spelling} of the words in lists of surnames and given names."""
    lists = chain(package_lists("native"), package_lists("given"))
    names = {name for found in lists if found.group == "Arabic" for name in found.names}
    words = Counter(
        word for name in names for word in (native_spelling(name) or "").split()
    )
    best_last = sorted(words, key=lambda word: (-words[word], word), reverse=True)
    return {loose_key(word): word for word in best_last}
