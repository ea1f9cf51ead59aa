"""Bare given names by language, in Latin letters and in the language's own script.

They stand beside surnames when a model learns full names. No bearer is recorded, and no name is
paired with another.
"""

import random
from collections import Counter, defaultdict
from collections.abc import Iterator

from .languages import CLOSED_SETS, WORDS, group_of, is_surname, romanised, surname_of
from .lists import (
    japanese_given_rows,
    package_lists,
    persons,
    sinonym_rows,
    traditional_characters,
)
from .native import arabic_given_names
from .rows import MAX_PER_LANGUAGE, Rows, first_of_each, in_order, shuffled
from .spelling import (
    best_spelling,
    clean_spelling,
    loose_key,
    match_key,
    with_marks,
    written,
)

TWO_CHARACTERS = 0.8  # of Chinese given names
GIVEN_SEED = 1
# How many times as common as elsewhere a given name of a closed set must be
OWN_RATIO = 3


def given_names(hidden: set[str]) -> Rows:
    """Return the sorted (given name, language) rows, without those whose key is in `hidden`.

    At most MAX_PER_LANGUAGE a language and script, of the earlier source first. Those of closed
    sets come from counted persons too, because lists have few of them.
    """
    names = []
    for given in package_lists("given"):
        for name in given.names:
            names += [(name, given.group), (romanised(name), given.group)]
    open_sets = [row for row in names if row[1] not in CLOSED_SETS]
    names = open_sets + closed_set_names(names)
    names += [(name, "Chinese") for name in chinese_given_names()]
    for row in sorted(japanese_given_rows(), key=lambda row: shuffled(row[0])):
        # Hiragana, romaji and the first kanji
        names += [(name, "Japanese") for name in row[:3]]
    names += [(name, "Arabic") for name in arabic_given_names()]
    rows = []
    for text, language in names:
        name = written(text)
        if name and loose_key(name) not in hidden:
            rows.append((name, language))
    return in_order(first_of_each(rows))


def chinese_given_names() -> Iterator[str]:
    """Yield names in Han, simplified and traditional, of sinonym's characters of given names.

    They are drawn by how common each character is: most are of two, some of one.
    """
    rows = list(sinonym_rows("givenname_orcid"))
    characters = [row["character"] for row in rows]
    weights = [float(row["ppm"]) for row in rows]
    draw = random.Random(GIVEN_SEED)
    forms = traditional_characters()
    for _ in range(MAX_PER_LANGUAGE):
        length = 2 if draw.random() < TWO_CHARACTERS else 1
        drawn = draw.choices(characters, weights, k=length)
        name = "".join(drawn)
        traditional = "".join(forms.get(char, [char])[0] for char in drawn)
        yield name
        if traditional != name:
            yield traditional


def closed_set_names(listed: Rows) -> Rows:
    """Return (name, language) of given names in closed sets: `listed` ones, then persons' own.

    The latter are the words beside a surname of a closed set, most borne first. Each name is
    OWN_RATIO times as common as in all names elsewhere: many Chinese are called John in an
    encyclopedia, but it is not a Chinese name. A list for a language counts as one bearer more.
    """
    in_lists = defaultdict(set)
    for name, language in listed:
        in_lists[match_key(name)].add(language)
    # (language, match key) -> spelling with marks -> persons
    spellings = defaultdict(Counter)
    sizes = Counter()  # group -> persons
    elsewhere = Counter()  # match key -> persons of other groups
    persons_elsewhere = 0
    for words, nationalities in persons():
        groups = list(map(group_of, nationalities))
        for group in groups:
            sizes[group] += 1 / len(groups)
        if set(groups).isdisjoint(CLOSED_SETS):
            elsewhere.update(set(map(match_key, words)))
            persons_elsewhere += 1
        elif len(set(groups)) == 1:
            for word, spelling in _given_words(words, groups[0]):
                key = match_key(spelling)
                spellings[groups[0], key][with_marks(word, spelling)] += 1

    def is_own(language: str, key: str) -> bool:
        languages = in_lists[key]
        bearers = spellings[language, key].total() + (language in languages)
        expected = sizes[language] * elsewhere[key] / persons_elsewhere
        expected += not languages <= {*CLOSED_SETS, "Japanese"}
        return bearers >= OWN_RATIO * expected

    of_closed_sets = [row for row in listed if row[1] in CLOSED_SETS]
    kept = [row for row in of_closed_sets if is_own(row[1], match_key(row[0]))]
    rows = []
    for (language, key), counts in list(spellings.items()):
        if counts and is_own(language, key):
            name = best_spelling(counts)
            rows.append((-counts.total(), shuffled(name), name, language))
    return kept + [row[2:] for row in sorted(rows)]


def _given_words(words: list[str], group: str) -> Iterator[tuple[str, str]]:
    """Yield the words beside the surname of a closed set, with their clean spelling."""
    surname = surname_of(words, group)
    if is_surname(surname, group):
        for word in set(words) - {surname}:
            spelling = clean_spelling(word)
            is_name = word[0].isupper() and word.lower() not in WORDS["not_given"]
            if spelling and is_name:
                yield word, spelling
