"""Surnames in their own script: read from the sources, selected, and put on a side of the split.

A name goes to the side of the Latin name that its source, or its romanisation, links it to.

The second half reads arabic-name-romanizer's index, which counts single words of Arabic and Persian
names by country, with their Latin spellings. It has no full names, no hamza, and no dots at a
word's end.
"""

import re
import sqlite3
from collections import Counter, defaultdict
from collections.abc import Container, Iterator
from dataclasses import replace
from functools import cache

from model.core import normalise

from .choose import cut, fits_language, is_outside
from .claims import ClaimsByKey
from .languages import LANGUAGES, curated_names, romanised
from .packages import (
    Name,
    content,
    japanese_surnames,
    package_lists,
    sinonym_rows,
)
from .rows import (
    Labels,
    Row,
    in_order,
    is_test,
    labels_by_key,
    shuffled,
)
from .spelling import (
    best_spelling,
    loose_key,
    match_key,
    native_spelling,
    script_of,
)

MIN_PER_MILLION = 500  # in sinonym's list: half of the rarer ones are given names
# An Arabic surname that is of other languages in Latin letters is a foreigner's name in Arabic
# letters (لوبيز is López), unless it has the article or this many bearers.
ARTICLE = "ال"
ARABIC_BEARERS = 10
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
    in_ascii = normalise(name)
    return {
        match_key(name),
        loose_key(name),
        latin_key(name),
        match_key(in_ascii),
    }


def latin_key(name: str) -> str:
    """Return the match key of a name in Latin letters, by `romanised` or else by `normalise`."""
    latin = romanised(name)
    return match_key(normalise(latin))


def native_names() -> list[Name]:
    """Return every surname in its own script, the surest links and spellings first."""
    names = []
    for texts, _, latin, bearers in japanese_surnames():
        key = match_key(latin)
        names += [Name(text, "Japanese", key, bearers) for text in texts]
    for line in curated_names("korean_native"):
        for text in line.split():
            key = latin_key(text)
            names.append(Name(text, "Korean", key))
    for source in package_lists("native"):
        latin = usual_latin() if source.group == "Arabic" else {}
        spellings = dict.fromkeys(map(native_spelling, source.names))
        for text in filter(None, spellings):
            spelling = latin.get(loose_key(text), text)
            key = latin_key(spelling)
            names.append(Name(text, source.group, key))
    names += arabic_surnames()
    for row in sinonym_rows("familyname_orcid"):
        text = row["surname"]
        per_million = float(row["ppm"])
        if per_million >= MIN_PER_MILLION:
            key = latin_key(text)
            names.append(Name(text, "Chinese", key, per_million))
    return [name for name in names if native_spelling(name.text) == name.text]


def readings() -> list[Row]:
    """Return (kanji, romaji) of Japanese surnames, the most borne reading of each."""
    latin_of = {}
    most_borne_first = sorted(japanese_surnames(), key=lambda row: -row[3])
    for texts, _, latin, _ in most_borne_first:
        kanji, *_ = texts
        latin_of.setdefault(kanji, latin.capitalize())
    return sorted(latin_of.items())


def native_rows(
    names: list[Name],
    kept: list[Name],
    latin: dict[str, list[Row]],
    core: Container[str],
) -> dict[str, list[Row]]:
    """Return {"train": rows, "test": rows} of the `kept` names, each sorted.

    `names` come with the surest links first: the first link of a key decides for all its rows.
    `latin` has the rows of Latin names, and `core` the keys of those that are not for the test. A
    name with a Latin form among the Latin names of the other side is left out, unless it is in
    Chinese characters, because many names may share its pinyin.
    """
    split_of = {}  # loose key -> "train" or "test"
    for name in names:
        if name.group in LANGUAGES:
            is_common = match_key(name.text) in core
            is_tested = is_test(name.key, core) and not is_common
            split = "test" if is_tested else "train"
            split_of.setdefault(loose_key(name.text), split)
    in_train = labels_by_key(latin["train"])
    in_test = labels_by_key(latin["test"])
    other_side = {"train": in_test.keys(), "test": in_train.keys()}
    rows = {"train": [], "test": []}
    for name in kept:
        split = split_of[loose_key(name.text)]
        is_han = script_of(name.text) == "Han"
        if is_han or keys_of(name.text).isdisjoint(other_side[split]):
            rows[split].append((name.text, name.group))
    return {split: in_order(of_split) for split, of_split in rows.items()}


def kept_names(
    names: list[Name],
    claims_of: ClaimsByKey,
    labels: Labels,
) -> list[Name]:
    """Return one name for each key, language and script, best attested first, cut to the limit.

    `claims_of` has the evidence and `labels` the languages of the Latin names before their own cut.
    """
    names_of = defaultdict(dict)  # (group, script) -> loose key -> name
    for name in names:
        if name.group in LANGUAGES and _is_of_its_group(name, claims_of, labels):
            script = script_of(name.text)
            by_key = names_of[name.group, script]
            key = loose_key(name.text)
            first = by_key.setdefault(key, replace(name, weight=0))
            first.weight += name.weight
    kept = []
    for (group, _), by_key in names_of.items():
        best_first = sorted(
            by_key.values(),
            key=lambda name: (-name.weight, shuffled(name.text)),
        )
        keys = [name.key for name in best_first]
        kept += cut(best_first, keys, group)
    return kept


def _is_of_its_group(
    name: Name,
    claims_of: ClaimsByKey,
    labels: Labels,
) -> bool:
    """Judge a name by its Latin form where lists hold other peoples' names."""
    languages = labels.get(name.key, set())
    is_of_others = bool(languages - {name.group})
    if name.group in languages:
        return True
    if name.group == "Russian":
        latin = claims_of.get(name.key)
        if is_of_others or latin is None:
            return False
        if is_outside("Russian", latin):
            return False
        return fits_language("Russian", latin)
    if name.group == "Arabic" and is_of_others:
        has_article = name.text.startswith(ARTICLE)
        return has_article or name.weight >= ARABIC_BEARERS
    return True


@cache
def _bearers(role: str) -> defaultdict:
    """Return {folded Arabic: {group: {Latin spelling: persons}}} of a role's words.

    A missing word or group has no spellings.
    """
    bearers = defaultdict(lambda: defaultdict(Counter))
    query = (
        "SELECT arabic_key, latin, country, count FROM units WHERE role = ? ORDER BY 1"
    )
    with sqlite3.connect(":memory:") as index:
        index.deserialize(content("arabic-name-romanizer", INDEX))
        records = index.execute(query, [role])
        for arabic, latin, country, persons in records:
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


def arabic_words() -> Iterator[tuple[str, Counter, int]]:
    """Yield words in Arabic letters, as lists write them, with the persons given and born to them.

    The first are those of each group who have it as a given name, the second have it as a surname.
    """
    surnames = _bearers("surname")
    for arabic, groups in _bearers("given").items():
        given = Counter({group: groups[group].total() for group in groups})
        born = sum(spellings.total() for spellings in surnames[arabic].values())
        yield _usual(arabic), given, born


@cache
def usual_latin() -> dict[str, str]:
    """Return {loose key of a surname: the Latin spelling of most bearers in Arab countries}."""
    merged = defaultdict(Counter)
    for arabic, groups in _bearers("surname").items():
        if "Arabic" in groups:
            key = loose_key(arabic)
            merged[key].update(groups["Arabic"])
    return {key: best_spelling(spellings) for key, spellings in merged.items()}


def arabic_surnames() -> Iterator[Name]:
    """Yield the surnames, each for the group that most of its bearers belong to."""
    given_names = _bearers("given")
    latin_of = usual_latin()
    for arabic, groups in _bearers("surname").items():
        sizes = Counter({group: groups[group].total() for group in groups})
        group = best_spelling(sizes)
        given = given_names[arabic][group].total()
        needed = max(MIN_BEARERS, min(given, MAYBE_GIVEN_BEARERS))
        if group != "Other" and sizes[group] >= needed:
            latin = latin_of.get(loose_key(arabic), arabic)
            text = arabic.translate(_PERSIAN_LETTERS)
            if group == "Arabic":
                text = _unfolded(arabic, latin)
            key = match_key(latin)
            yield Name(text, group, key, sizes[group])


def _unfolded(arabic: str, latin: str) -> str:
    """Return a name of the index as it is written.

    Listed words are spelled as in the lists. The Latin spelling decides the end of the others.
    """
    words = arabic.split()
    usual = list(map(_usual, words))
    last = usual[-1]
    is_open = last == words[-1] and not last.endswith("لله")
    if is_open and re.search("ah?$", latin):
        end = last[-1]
        usual[-1] = last[:-1] + _FINAL_A.get(end, end)
    return " ".join(usual)


def _usual(word: str) -> str:
    """Return how lists write a word, with the article or without."""
    usual = _listed_words()
    key = loose_key(word)
    if key in usual:
        return usual[key]
    bare = word.removeprefix(ARTICLE)
    article = word.removesuffix(bare)
    key = loose_key(bare)
    return article + usual.get(key, bare)


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
        spelling = native_spelling(name) or ""
        words.update(spelling.split())
    usual_last = sorted(
        words,
        key=lambda word: (-words[word], word),
        reverse=True,
    )
    return {loose_key(word): word for word in usual_last}
