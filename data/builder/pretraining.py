"""The rows of the pretraining file: every surname with the groups of people who bear it.

A group is one of the 18 languages or a nationality outside them. Unlike in `choose.py`, nothing is
judged: a name's groups are those that the sources count, whatever form it has.
"""

import json
import random
import re
from collections import Counter

from .claims import Claims, ClaimsByKey
from .languages import CLOSED_SETS, FACTS, LANGUAGES, NEUTRAL, to_cyrillic
from .native import keys_of
from .packages import Name, content, han_forms
from .rows import Row, first_of_each, in_order, labels_by_key
from .spelling import (
    clean_spelling,
    loose_key,
    match_key,
    native_spelling,
    script_of,
)

# Of the weight of a name's strongest group, for another to be kept
MIN_FRACTION = 1 / 4
OTHER = "Other"  # the group of nationalities with fewer names than MIN_NAMES
MIN_NAMES = 300
# Of the usual spelling's bearers, for another with marks to be kept
MIN_SPELLING_FRACTION = 1 / 10
# The group of mashed keys, drawn by rule, which a network should call none of the languages
MASHED = "Mashed keys"
MASHES = 8000  # fewer in the end: one mash may be drawn twice
MASH_SEED = 5
MASH_FORMS = "run run repeat walk walk hands hands anything".split()
# Russian letters alone, with a Russian ending
RUSSIAN_FORM = re.compile("[А-Яа-яё]*([ое]ва?|ина?|[ао][йя])")
UNITS = [1, 1, 2, 2, 3, 4]  # lengths of what is repeated


def rows(
    claims_of: ClaimsByKey,
    names: list[Name],
    given: list[Row],
    train: list[Row],
    hidden: set[str],
) -> list[Row]:
    """Return the sorted (name, group) rows; no name with a key in `hidden` is among them.

    `train` are the rows of both train files, whose names keep the languages they have there.
    """
    names = sorted(names, key=lambda name: -name.weight)
    surnames = [(name.text, name.group) for name in names]
    taken = {loose_key(text) for text, _ in train}
    attested = hidden.union(claims_of)
    for text, _ in surnames + given:
        attested |= keys_of(text)
    latin = latin_rows(claims_of, train, hidden)
    native = [row for row in train if script_of(row[0]) != "Latin"]
    more = []
    for row in surnames + given_rows(given, claims_of):
        name, _ = row
        if loose_key(name) not in taken and keys_of(name).isdisjoint(hidden):
            more.append(row)
    respelt = cyrillic_rows(latin, surnames + train)
    cyrillic = [row for row in respelt if keys_of(row[0]).isdisjoint(hidden)]
    collected = [
        *latin,
        *cyrillic,
        *native,
        *first_of_each(more),
        *chinese_rows(names, native, hidden),
        *mash_rows(attested),
    ]
    sizes = Counter(group for _, group in set(collected))
    grouped = []
    for name, group in collected:
        is_small = sizes[group] < MIN_NAMES and group not in LANGUAGES
        kept_group = OTHER if is_small else group
        grouped.append((name, kept_group))
    return in_order(grouped)


def cyrillic_rows(latin: list[Row], native: list[Row]) -> list[Row]:
    """Return the names of groups that write Cyrillic, in it.

    Hardly a source has them, and without them every Serbian or Bulgarian name there is Russian.
    Ukrainians whose name has a Russian form, or is borne by Russians, are left out.
    """
    russian = {loose_key(name) for name, group in latin + native if group == "Russian"}
    rows = []
    for name, group in latin:
        cyrillic = group in FACTS["cyrillic"] and to_cyrillic(name, group)
        if not cyrillic:
            continue
        keys = {loose_key(name), loose_key(cyrillic)}
        is_russian = keys & russian or RUSSIAN_FORM.fullmatch(cyrillic)
        if group != "Ukrainian" or not is_russian:
            rows.append((cyrillic, group))
    return rows


def latin_rows(
    claims_of: ClaimsByKey,
    train: list[Row],
    hidden: set[str],
) -> list[Row]:
    """Return the rows of all names in Latin letters, with every usual spelling."""
    labels = labels_by_key(train)
    rows = []
    for key, claims in claims_of.items():
        if key in hidden and key not in labels:
            continue
        groups = labels.get(key) or strongest_groups(claims)
        for group in groups:
            usual, *others = claims.spellings_in(group)
            rows.append((usual, group))
            needed = MIN_SPELLING_FRACTION * claims.written[group, usual]
            for spelling in others:
                persons = claims.written[group, spelling]
                if persons >= needed and not spelling.isascii():
                    rows.append((spelling, group))
    return rows


def strongest_groups(claims: Claims) -> set[str]:
    """Return a name's strongest group and those nearly as strong; neutral ones never count.

    A group's weight is its counted persons plus the lists that have the name.

    >>> sorted(strongest_groups(Claims(persons=Counter(Norwegian=4, German=1, British=9))))
    ['German', 'Norwegian']
    """
    listed = {group: len(lists) for group, lists in claims.sources.items()}
    weights = claims.persons + Counter(listed)
    for group in NEUTRAL:
        del weights[group]
    needed = MIN_FRACTION * max(weights.values(), default=0)
    return {group for group, weight in weights.items() if weight >= needed}


def chinese_rows(
    names: list[Name],
    train: list[Row],
    hidden: set[str],
) -> list[Row]:
    """Return the Han forms of Chinese surnames that `train` lacks, unless a form is in `hidden`.

    The lists of these are short, so an unaudited list is added, and the traditional form of each:
    without more of their characters, a network reads a rare one as Japanese or Korean. A surname
    whose pinyin is hidden stays, because many surnames share one pinyin spelling.
    """
    texts = [name.text for name in names if name.group == "Chinese"]
    texts += json.loads(content("chinese-surnames", "package/index.json"))
    traditional, _ = han_forms()
    new = set()
    for text in texts:
        both = [text, text.translate(traditional)]
        keys = map(loose_key, both)
        if native_spelling(text) == text and hidden.isdisjoint(keys):
            new.update(both)
    taken = {text for text, _ in train}
    return [(text, "Chinese") for text in new - taken]


def given_rows(given: list[Row], claims_of: ClaimsByKey) -> list[Row]:
    """Return the rows of given names of the closed sets, whose surnames are too few to learn from.

    They are written with the same syllables as surnames, so they get the hyphens and capitals of
    what has the same letters. Those in Han look like other peoples' surnames, and are left out.
    """
    usual = {key: claims.spelling for key, claims in claims_of.items()}
    rows = []
    for text, language in given:
        script = script_of(text)
        if language not in CLOSED_SETS or script == "Han":
            continue
        if script == "Latin":
            key = match_key(text)
            spelling = clean_spelling(text)
            first = usual.setdefault(key, spelling)
            if first != spelling:
                text = first
        rows.append((text, language))
    return rows


def mash_rows(hidden: set[str]) -> list[Row]:
    """Return (mash, MASHED) rows, without those whose key is in `hidden`: they are names."""
    draw = random.Random(MASH_SEED)
    mashes = {_mash(draw) for _ in range(MASHES)}
    return [(mash, MASHED) for mash in mashes if match_key(mash) not in hidden]


def _mash(draw: random.Random) -> str:
    keyboards = FACTS["keyboards"]
    keyboard = keyboards[0]
    if draw.random() >= 0.5:
        keyboard = draw.choice(keyboards)
    rows = keyboard.split()
    form = draw.choice(MASH_FORMS)
    length = draw.randint(4, 14)
    match form:
        case "walk":
            return _walk(rows, length, draw)
        case "run":
            return _run(rows, length, draw)
        case "repeat":  # one to four keys again and again
            row = draw.choice(rows)
            n_keys = draw.choice(UNITS)
            unit = "".join(draw.choices(row, k=n_keys))
            return (unit * length)[:length]
        case "hands":
            return _hands(rows, length, draw)
    keys = "".join(rows)
    if draw.random() >= 0.5:
        keys = draw.choice(rows)
    return "".join(draw.choices(keys, k=length))


def _run(
    rows: list[str],
    length: int,
    draw: random.Random,
) -> str:
    """Return keys beside one another, in either direction."""
    row = draw.choice(rows)
    start = draw.randrange(len(row))
    from_start = row[start:] + row
    run = from_start[:length]
    if draw.random() < 0.7:
        return run
    return run[::-1]


def _hands(
    rows: list[str],
    length: int,
    draw: random.Random,
) -> str:
    """Return keys of the left and the right hand in turn, mostly on the home row."""
    keys = "".join(rows)
    if draw.random() < 0.7:
        keys = rows[1]
    half = len(keys) // 2
    left = keys[:half]
    right = keys[half:]
    mash = ""
    for i in range(length):
        hand = right if i % 2 else left
        mash += draw.choice(hand)
    return mash


def _walk(
    rows: list[str],
    length: int,
    draw: random.Random,
) -> str:
    """Return keys of a walk over neighbouring ones, at times to another row."""
    row = draw.choice(rows)
    place = draw.randrange(len(row))
    keys = ""
    for _ in range(length):
        place = max(0, min(len(row) - 1, place))
        keys += row[place]
        place += draw.choice([-1, -1, 1, 1, 2])
        if draw.random() < 0.15:
            row = draw.choice(rows)
    return keys
