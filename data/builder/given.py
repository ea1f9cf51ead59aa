"""Bare given names by language, in Latin letters and in the language's own script.

They are there to be put beside surnames when a model learns full names. Nothing tells who bears
one, and no name stands beside another.
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
OWN_RATIO = (
    3  # how many times as common as elsewhere a given name of a closed set must be
)


def given_names(hidden: set[str]) -> Rows:
    """Return the sorted (given name, language) rows, without those whose key is in `hidden`.

    At most MAX_PER_LANGUAGE a language and script, of the earlier source first. Those of closed
    sets come from counted persons too, because lists have few of them.
    """
    listed = [
        (name, found.group) for found in package_lists("given") for name in found.names
    ]
    found = [
        (form, group) for name, group in listed for form in (name, romanised(name))
    ]
    found += closed_set_names()
    found += ((name, "Chinese") for name in chinese_given_names())
    for row in sorted(japanese_given_rows(), key=lambda row: shuffled(row[0])):
        found += (
            (name, "Japanese") for name in row[:3]
        )  # hiragana, romaji, first kanji
    found += ((name, "Arabic") for name in arabic_given_names())
    names = ((written(text), language) for text, language in found)
    names = (row for row in names if row[0] and loose_key(row[0]) not in hidden)
    return in_order(first_of_each(names))


def chinese_given_names() -> Iterator[str]:
    """Yield names in Han, simplified and traditional, of sinonym's characters of given names.

    They are drawn by how common each character is: most are of two, some of one.
    """
    rows = list(sinonym_rows("givenname_orcid"))
    characters, weights = (
        [row["character"] for row in rows],
        [float(row["ppm"]) for row in rows],
    )
    draw, forms = random.Random(GIVEN_SEED), traditional_characters()
    for _ in range(MAX_PER_LANGUAGE):
        name = "".join(
            draw.choices(characters, weights, k=1 + (draw.random() < TWO_CHARACTERS))
        )
        traditional = "".join(forms.get(char, [char])[0] for char in name)
        yield from dict.fromkeys((name, traditional))


def closed_set_names() -> Rows:
    """Return (name, language) of the words beside a surname of a closed set, most borne first.

    Each is OWN_RATIO times as common as in all names elsewhere: many Chinese are called John
    in an encyclopedia, but it is not a Chinese name.
    """
    spellings = defaultdict(
        Counter
    )  # (language, match key) -> spelling with marks -> persons
    sizes, elsewhere, persons_elsewhere = Counter(), Counter(), 0
    for words, nationalities in persons():
        group, *others = groups = list(map(group_of, nationalities))
        for each in groups:
            sizes[each] += 1 / len(groups)
        if set(groups).isdisjoint(CLOSED_SETS):
            elsewhere.update(set(map(match_key, words)))
            persons_elsewhere += 1
        elif set(others) <= {group} and is_surname(
            surname := surname_of(words, group), group
        ):
            for word in set(words) - {surname}:
                spelling = clean_spelling(word)
                if spelling and word.lower() not in WORDS["not_given"]:
                    spellings[group, match_key(spelling)][
                        with_marks(word, spelling)
                    ] += 1
    found = []
    for (language, key), counts in spellings.items():
        if (
            counts.total()
            >= OWN_RATIO * sizes[language] * elsewhere[key] / persons_elsewhere
        ):
            name = best_spelling(counts)
            found.append((-counts.total(), shuffled(name), name, language))
    return [row[2:] for row in sorted(found)]
