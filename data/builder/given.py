"""Bare given names by language, in Latin letters and in the language's own script.

They are there to be put beside surnames when a model learns full names. Nothing tells who bears
one, and no name stands beside another.
"""

import random
from collections import Counter, defaultdict
from collections.abc import Iterator

from . import arabic
from .languages import CLOSED_SETS, WORDS, group_of, is_surname, romanised, surname_of
from .lists import japanese_given_rows, package_lists, persons, sinonym_rows, traditional_characters
from .rows import MAX_PER_LANGUAGE, Rows, first_of_each, in_order, shuffled
from .spelling import (
    best_spelling,
    clean_spelling,
    loose_key,
    match_key,
    native_spelling,
    script_of,
    with_marks,
)

TWO_CHARACTERS = 0.8  # of Chinese given names
GIVEN_SEED = 1
OWN_RATIO = 3  # how many times as common as elsewhere a given name of a closed set must be


def given_names(hidden: set[str]) -> Rows:
    """Return the sorted (given name, language) rows, without those whose key is in `hidden`.

    At most MAX_PER_LANGUAGE a language and script, of the earlier source first. Those of closed
    sets come from counted persons too, because lists have few of them.
    """
    listed = [(found.group, name) for found in package_lists("given") for name in found.names]
    found = [(group, form) for group, name in listed for form in (name, romanised(name))]
    found += closed_set_names()
    found += (("Chinese", name) for name in chinese_given_names())
    for kana, romaji, *kanji in sorted(japanese_given_rows(), key=lambda row: shuffled(row[0])):
        found += (("Japanese", name) for name in (kana, romaji, *kanji[:1]))
    found += (("Arabic", name) for name in arabic.given_names())
    names = []
    for language, text in found:
        latin = script_of(text) == "Latin" and clean_spelling(text)
        name = with_marks(text, latin) if latin else native_spelling(text)
        if name and loose_key(name) not in hidden:
            names.append((name, language))
    return in_order(first_of_each(names))


def chinese_given_names() -> Iterator[str]:
    """Yield names in Han, simplified and traditional, of sinonym's characters of given names.

    They are drawn by how common each character is: most are of two, some of one.
    """
    rows = list(sinonym_rows("givenname_orcid"))
    characters, weights = [row["character"] for row in rows], [float(row["ppm"]) for row in rows]
    draw, forms = random.Random(GIVEN_SEED), traditional_characters()
    for _ in range(MAX_PER_LANGUAGE):
        name = "".join(draw.choices(characters, weights, k=1 + (draw.random() < TWO_CHARACTERS)))
        traditional = "".join(forms.get(char, [char])[0] for char in name)
        yield from dict.fromkeys((name, traditional))


def closed_set_names() -> Rows:
    """Return (language, name) of the words beside a surname of a closed set, most borne first.

    Each is OWN_RATIO times as common as in all names elsewhere: many Chinese are called John
    in an encyclopedia, but it is not a Chinese name.
    """
    spellings = defaultdict(Counter)  # (language, match key) -> spelling with marks -> persons
    sizes, elsewhere, persons_elsewhere = Counter(), Counter(), 0
    for words, nationalities in persons():
        groups = list(map(group_of, nationalities))
        for group in groups:
            sizes[group] += 1 / len(groups)
        if set(groups).isdisjoint(CLOSED_SETS):
            elsewhere.update(set(map(match_key, words)))
            persons_elsewhere += 1
        elif len(set(groups)) == 1 and is_surname(surname_of(words, groups[0]), groups[0]):
            for word in set(words) - {surname_of(words, groups[0])}:
                spelling = clean_spelling(word)
                if spelling and word.lower() not in WORDS["not_given"]:
                    spellings[groups[0], match_key(spelling)][with_marks(word, spelling)] += 1
    found = []
    for (language, key), written in spellings.items():
        expected = sizes[language] * elsewhere[key] / max(1, persons_elsewhere)
        if written.total() >= OWN_RATIO * expected:
            name = best_spelling(written)
            found.append((-written.total(), shuffled(name), language, name))
    return [(language, name) for *_, language, name in sorted(found)]
