"""Bare given names by language, in Latin letters and in the language's own script.

They stand beside surnames when a model learns full names. No bearer is recorded, and no name is
paired with another.
"""

import math
import random
import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from functools import cache

from model.answers.known import NEARLY_ALWAYS_GIVEN, USUALLY_GIVEN
from model.data.hints import MISSING
from model.tasks.typed import WORDS as TITLES

from .attested import ADJECTIVES
from .claims import SHRINKAGE
from .languages import (
    CLOSED_SETS,
    LANGUAGES,
    NEUTRAL,
    WORDS,
    group_of,
    is_surname,
    romanised,
    surname_of,
)
from .native import arabic_given_names, arabic_words
from .packages import (
    japanese_given_rows,
    package_lists,
    persons,
    sinonym_rows,
    traditional_characters,
)
from .pretraining import MIN_FRACTION
from .rows import (
    MAX_PER_LANGUAGE,
    Row,
    first_of_each,
    in_order,
    shuffled,
)
from .spelling import (
    best_spelling,
    clean_spelling,
    loose_key,
    match_key,
    script_of,
    with_marks,
    written,
)

TWO_CHARACTERS = 0.8  # of Chinese given names
GIVEN_SEED = 1
# How many times as common as elsewhere a given name of a closed set must be
OWN_RATIO = 3
GIVEN_PERSONS = 3  # that a given name needs which no list has
ALSO_PERSONS = 30  # that one needs which is a surname hardly less often
LISTED_PERSONS = 2  # that a list is worth, where it is told whose a given name is
# Of known names: the binary logarithm of how many times as often they are first words as last ones
LEAST_TIMES = 0  # as often
RARE_TIMES = 3  # hardly a surname, if it is not a common one
COMMON = 150  # persons with it as the last word, of a million
LEAST_LETTERS = 3  # of an alphabet: shorter ones may be initials or particles
PARTICLES = {*TITLES["particles"]} - {"ben"}  # which is short for Benjamin, too
MOST_GROUPS = 3  # the likeliest
PERSIAN = set("پچژگ")  # letters that Arabic lacks
EASTERN = {"Han", "Hiragana", "Katakana"}  # scripts in which a surname stands in front
LISTED_TIMES = 2  # of those in other scripts, which no person has
ELSEWHERE = "elsewhere"  # all groups beside the closed sets


def given_names(listed: list[Row], hidden: set[str]) -> list[Row]:
    """Return the sorted (given name, language) rows, without those whose key is in `hidden`.

    They are the `listed` ones, at most MAX_PER_LANGUAGE a language and script, from the first
    sources.
    """
    seen = [row for row in listed if loose_key(row[0]) not in hidden]
    return in_order(first_of_each(seen))


def listed_names() -> list[Row]:
    """Return the (given name, language) rows of all sources, the first source first.

    Those of closed sets come from counted persons too, because lists have few of them.
    """
    listed = list(_in_packages("given"))
    names = [row for row in listed if row[1] not in CLOSED_SETS]
    names += closed_set_names(listed)
    names += [(name, "Chinese") for name in chinese_given_names()]
    japanese = japanese_given_rows()
    japanese.sort(key=lambda row: shuffled(row[0]))
    for row in japanese:
        # Hiragana, romaji and the first kanji
        names += [(name, "Japanese") for name in row[:3]]
    names += [(name, "Arabic") for name in arabic_given_names()]
    return _as_entries(names)


def _in_packages(kind: str) -> Iterator[Row]:
    """Yield the names of lists of a kind, and how they are romanised, with their groups."""
    for given in package_lists(kind):
        for name in given.names:
            yield name, given.group
            yield romanised(name), given.group


def _as_entries(rows: Iterable[Row]) -> list[Row]:
    """Return the rows as they are written, without those that cannot be an entry."""
    entries = [(written(text), group) for text, group in rows]
    return [(name, group) for name, group in entries if name and is_whole(name)]


def is_whole(name: str) -> bool:
    """Return whether a name is neither a title, an initial nor, without a vowel, an abbreviation.

    >>> is_whole("Al"), is_whole("希"), is_whole("J"), is_whole("Tj"), is_whole("Dr")
    (True, True, False, False, False)
    """
    script = script_of(name)
    if script in EASTERN or script == "Hangul":
        return True
    key = match_key(name)
    has_vowel = script != "Latin" or re.search("[aeiouy]", key)
    return bool(len(key) > 1 and has_vowel and key not in TITLES["anywhere"])


def chinese_given_names() -> Iterator[str]:
    """Yield names in Han, simplified and traditional, made of sinonym's given-name characters.

    Characters are drawn by how common they are, two for most names and one for the others.
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
        traditional = ""
        for character in drawn:
            usual, *_ = forms.get(character, [character])
            traditional += usual
        yield name
        if traditional != name:
            yield traditional


def closed_set_names(listed: list[Row]) -> list[Row]:
    """Return (name, language) of given names in closed sets: `listed` ones, then those of persons.

    The latter are the words beside a surname of a closed set, most borne first. Each name is
    OWN_RATIO times as common there as elsewhere: many Chinese are called John in an encyclopedia,
    but it is not a Chinese name. Being listed for a language counts as one more bearer.
    """
    in_lists = defaultdict(set)
    for name, language in listed:
        in_lists[match_key(name)].add(language)
    sizes, elsewhere, spellings, *_ = _count_persons()

    def is_own(language: str, key: str) -> bool:
        languages = in_lists[key]
        bearers = spellings[language, key].total()
        if language in languages:
            bearers += 1
        expected = sizes[language] * elsewhere[key] / sizes[ELSEWHERE]
        if languages - {*CLOSED_SETS, "Japanese"}:
            expected += 1
        return bearers >= OWN_RATIO * expected

    kept = []
    for name, language in listed:
        if language in CLOSED_SETS and is_own(language, match_key(name)):
            kept.append((name, language))
    places = {}
    for (language, key), counts in list(spellings.items()):
        if counts and is_own(language, key):
            name = best_spelling(counts)
            places[name, language] = (-counts.total(), shuffled(name), language)
    return kept + sorted(places, key=places.get)


@cache
def _count_persons() -> tuple:
    """Return what persons tell of words: first for `closed_set_names`, then for `known_rows`.

    {group or ELSEWHERE: persons}; {match key: persons elsewhere}; {(closed set, match key):
    {spelling with marks: persons}}.
    {group: {match key: persons given the name}}; {match key: first words}, {match key: last words}:
    in closed sets the last word is the known surname, and the first words are those beside it.
    """
    sizes = Counter()
    elsewhere = Counter()
    spellings = defaultdict(Counter)
    given = defaultdict(Counter)
    first_words = Counter()
    last_words = Counter()
    for words, nationalities in persons():
        of_person = list(map(group_of, nationalities))
        for group in of_person:
            sizes[group] += 1 / len(of_person)
        groups = set(of_person)
        if groups.isdisjoint(CLOSED_SETS):
            sizes[ELSEWHERE] += 1
            elsewhere.update(set(map(match_key, words)))
            first, *_, last = map(match_key, words)
            first_words[first] += 1
            last_words[last] += 1
            for group in groups - NEUTRAL:
                given[ADJECTIVES.get(group, group)][first] += 1 / len(groups)
        elif len(groups) == 1:
            [group] = groups
            beside = list(_given_words(words, group))
            for word, spelling in beside:
                key = match_key(spelling)
                first_words[key] += 1
                given[group][key] += 1
                spellings[group, key][with_marks(word, spelling)] += 1
            if beside:
                last_words[match_key(surname_of(words, group))] += 1
    return sizes, elsewhere, spellings, given, first_words, last_words


def _given_words(words: list[str], group: str) -> Iterator[tuple[str, str]]:
    """Yield the words beside the surname of a closed set, with their clean spelling."""
    surname = surname_of(words, group)
    if not is_surname(surname, group):
        return
    for word in set(words) - {surname}:
        is_title = word.lower() in WORDS["not_given"]
        spelling = clean_spelling(word)
        if spelling and word[0].isupper() and not is_title:
            yield word, spelling


def known_rows(listed: list[Row], unseen: set[str]) -> list[Row]:
    """Return (given name, group, times) of usual given names, none in `unseen`.

    `times` is the binary logarithm of how many times as often a name is somebody's first word as
    the last one; in closed sets the words beside a surname are first. The groups are languages, or
    peoples outside of a name that no language has.
    """
    *_, given, first_words, last_words = _count_persons()
    sizes = {group: names.total() for group, names in given.items()}
    in_lists = defaultdict(set)  # match key -> groups whose lists have it
    outside = _as_entries(_in_packages("outside_given"))
    for name, group in listed + outside:
        if script_of(name) not in EASTERN:
            in_lists[match_key(name)].add(group)
    counted = defaultdict(Counter)  # match key -> persons of each group
    for group, names in given.items():
        for key, number in names.items():
            counted[key][group] += number
    arabic = {match_key(row[0]): row for row in _arabic_rows()}
    rows = list(arabic.values())
    unseen = unseen | arabic.keys()
    for key in sorted(counted.keys() | in_lists):
        first, last = first_words[key], last_words[key]
        is_latin = script_of(key) == "Latin"  # as the persons' names are
        times = _times(first, last) if is_latin else LISTED_TIMES
        is_usual = _is_usual(first, times) or not is_latin
        if key in unseen or not _is_clear(key) or not is_usual:
            continue
        name = key.capitalize()
        if name not in MISSING:
            groups = _likely_groups(counted[key], in_lists[key], sizes)
            rows += [(name, group, str(times)) for group in groups]
    return rows


def _arabic_rows() -> Iterator[Row]:
    """Yield the rows of names in Arabic letters, by the index that counts words of names."""
    for text, given, surnames in arabic_words():
        times = _times(given.total(), surnames)
        group = "Arabic"
        if not PERSIAN.isdisjoint(text):
            del given["Arabic"], given["Other"]
            group = best_spelling(given) if given else ""
        if group and _is_clear(text) and _is_usual(given.total(), times):
            yield text, group, str(times)


def _is_clear(name: str) -> bool:
    """Return whether a name is whole, long enough to be told from initials, and not a particle."""
    least = 2 if script_of(name) == "Hangul" else LEAST_LETTERS
    return is_whole(name) and len(name) >= least and name not in PARTICLES


def _is_usual(persons: float, times: int) -> bool:
    """Return whether enough persons have a given name with so many `times`."""
    least = GIVEN_PERSONS if times >= USUALLY_GIVEN else ALSO_PERSONS
    return times >= LEAST_TIMES and persons >= least


def _times(first: float, last: float) -> int:
    """Return the binary logarithm of how many times as often a name is first as last.

    It is NEARLY_ALWAYS_GIVEN at most, which a surname that is not COMMON has from RARE_TIMES on.
    """
    times = math.log2((first + 1) / (last + 1))
    if times >= (RARE_TIMES if last < COMMON else NEARLY_ALWAYS_GIVEN):
        return NEARLY_ALWAYS_GIVEN
    return min(round(times), RARE_TIMES)


def _likely_groups(counted: Counter, listed: set[str], sizes: dict) -> list[str]:
    """Return the groups of a given name, the likeliest first, none below MIN_FRACTION of it.

    They follow from persons and lists. A group of many persons counts more than by its rate, and
    less than by its number: by the root of their product.
    """
    weights = {}
    for group in counted.keys() | listed:
        if group in listed or counted[group] >= GIVEN_PERSONS:
            persons = counted[group] + LISTED_PERSONS * (group in listed)
            weights[group] = persons / math.sqrt(sizes.get(group, 0) + SHRINKAGE)
    highest = max(weights.values(), default=0)
    likely = {group for group in weights if weights[group] >= MIN_FRACTION * highest}
    named = likely & set(LANGUAGES) or likely
    return sorted(named, key=lambda group: (-weights[group], group))[:MOST_GROUPS]
