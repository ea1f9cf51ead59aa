"""The rows of the pretraining file: every surname with the groups of people who bear it.

A group is one of the 18 languages or a nationality outside them. Unlike in `choose.py`, nothing is
judged: a name's groups are those that the sources count, whether its form comes from there or not.
"""

import json
import random
from collections import Counter

from .evidence import Evidence, Table
from .languages import CLOSED_SETS, FACTS, LANGUAGES, NEUTRAL, to_cyrillic
from .lists import Name, content, traditional_characters
from .native import keys_of
from .rows import Rows, first_of_each, in_order, labels_by_key
from .spelling import clean_spelling, loose_key, match_key, native_spelling, script_of

MIN_PART = 1 / 4  # of the weight of a name's strongest group, for another to be kept
OTHER = "Other"  # the group of nationalities with fewer names than MIN_NAMES
MIN_NAMES = 300
# Of the usual spelling's bearers, for another with marks to be kept
MIN_SPELLING_PART = 1 / 10
# Drawn by rule: what a network should call none of the languages
MASHED = "Mashed keys"
MASHES = 8000  # fewer in the end: one mash may be drawn twice
MASH_SEED = 5
MASH_FORMS = "run run repeat walk walk hands hands anything".split()


def rows(
    table: Table,
    names: list[Name],
    given: Rows,
    train: Rows,
    hidden: set[str],
) -> Rows:
    """Return the sorted (name, group) rows; no name with a key in `hidden` is among them.

    `train` are the rows of both train files, whose names keep the languages they have there.
    """
    taken = {loose_key(text) for text, _ in train}
    native = [row for row in train if script_of(row[0]) != "Latin"]
    latin = latin_rows(table, train, hidden)
    names = sorted(names, key=lambda name: -name.weight)
    surnames = [(name.text, name.group) for name in names]
    surplus = _without(surnames, taken)
    surplus += given_rows(_without(given, taken), table)
    attested = hidden.union(table)
    for text, _ in surnames + given:
        attested |= keys_of(text)
    collected = [
        *latin,
        *_unseen(cyrillic_rows(latin), hidden),
        *native,
        *first_of_each(_unseen(surplus, hidden)),
        *chinese_rows(names, native, hidden),
        *mash_rows(attested),
    ]
    sizes = Counter(group for _, group in set(collected))
    grouped = []
    for name, group in collected:
        is_small = sizes[group] < MIN_NAMES and group not in LANGUAGES
        grouped.append((name, OTHER if is_small else group))
    return in_order(grouped)


def _without(rows: Rows, taken: set[str]) -> Rows:
    return [row for row in rows if loose_key(row[0]) not in taken]


def _unseen(rows: Rows, hidden: set[str]) -> Rows:
    return [row for row in rows if keys_of(row[0]).isdisjoint(hidden)]


def cyrillic_rows(latin: Rows) -> Rows:
    """Return the names of groups that write Cyrillic, in it.

    Without them, each Serbian or Bulgarian name in Cyrillic, which no source has, is Russian.
    """
    rows = []
    for name, group in latin:
        if group in FACTS["cyrillic"]:
            cyrillic = to_cyrillic(name, group)
            if cyrillic:
                rows.append((cyrillic, group))
    return rows


def latin_rows(
    table: Table,
    train: Rows,
    hidden: set[str],
) -> Rows:
    """Return the rows of all names in Latin letters, with every usual spelling."""
    labels = labels_by_key(train)
    rows = []
    for key, evidence in table.items():
        if key in hidden and key not in labels:
            continue
        for group in labels.get(key) or strongest_groups(evidence):
            usual, *others = evidence.spellings_in(group)
            needed = MIN_SPELLING_PART * evidence.written[group, usual]
            rows.append((usual, group))
            for spelling in others:
                is_usual = evidence.written[group, spelling] >= needed
                if is_usual and not spelling.isascii():
                    rows.append((spelling, group))
    return rows


def strongest_groups(evidence: Evidence) -> set[str]:
    """Return a name's strongest group and those nearly as strong; neutral ones never count.

    A group's weight is its counted persons plus the lists that have the name.

    >>> sorted(strongest_groups(Evidence(persons=Counter(Norwegian=4, German=1, British=9))))
    ['German', 'Norwegian']
    """
    listed = {group: len(lists) for group, lists in evidence.sources.items()}
    weights = evidence.persons + Counter(listed)
    for group in NEUTRAL:
        del weights[group]
    needed = MIN_PART * max(weights.values(), default=0)
    return {group for group, weight in weights.items() if weight >= needed}


def chinese_rows(
    names: list[Name],
    train: Rows,
    hidden: set[str],
) -> Rows:
    """Return the Han forms of Chinese surnames that `train` lacks, unless a form is in `hidden`.

    The lists of these are short, so a list that nobody audited joins them, and the traditional
    form of each: without more of their characters, a network reads a rare one as Japanese or
    Korean. A surname whose pinyin is hidden stays, because many surnames share one pinyin spelling.
    """
    texts = [name.text for name in names if name.group == "Chinese"]
    texts += json.loads(content("chinese-surnames", "package/index.json"))
    traditional = {}
    for char, forms in traditional_characters().items():
        # A character that is its own traditional form stays: 范 is a surname, 範 is not.
        traditional[char] = char if char in forms else forms[0]
    taken = {text for text, _ in train}
    new = set()
    for text in texts:
        both = {text, "".join(traditional.get(char, char) for char in text)}
        if native_spelling(text) == text and hidden.isdisjoint(map(loose_key, both)):
            new |= both - taken
    return [(text, "Chinese") for text in new]


def given_rows(given: Rows, table: Table) -> Rows:
    """Return the rows of given names of the closed sets, whose surnames are too few to learn from.

    They are written with the same syllables, so the hyphens and capitals are those that the same
    letters have already. In Han they look like other peoples' surnames, and are left out.
    """
    usual = {key: evidence.spelling for key, evidence in table.items()}
    rows = []
    for text, language in given:
        script = script_of(text)
        if language not in CLOSED_SETS or script == "Han":
            continue
        if script == "Latin":
            spelling = clean_spelling(text)
            known = usual.setdefault(match_key(text), spelling)
            if known != spelling:
                text = known
        rows.append((text, language))
    return rows


def mash_rows(hidden: set[str]) -> Rows:
    """Return (mash, MASHED) rows, without those whose key is in `hidden`: they are names."""
    draw = random.Random(MASH_SEED)
    mashes = dict.fromkeys(_mash(draw) for _ in range(MASHES))
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
        case "walk":  # over neighbouring keys, at times to another row
            return _walk(rows, length, draw)
        case "run":  # keys beside one another, in either direction
            row = draw.choice(rows)
            start = draw.randrange(len(row))
            run = (row[start:] + row)[:length]
            return run if draw.random() < 0.7 else run[::-1]
        case "repeat":  # one to four keys again and again
            row = draw.choice(rows)
            unit = draw.choices(row, k=draw.choice([1, 1, 2, 2, 3, 4]))
            return ("".join(unit) * length)[:length]
        case "hands":  # the left and the right hand in turn, mostly on the home row
            keys = rows[1] if draw.random() < 0.7 else "".join(rows)
            half = len(keys) // 2
            hands = keys[:half], keys[half:]
            return "".join(draw.choice(hands[i % 2]) for i in range(length))
    keys = "".join(rows) if draw.random() < 0.5 else draw.choice(rows)
    return "".join(draw.choices(keys, k=length))


def _walk(
    rows: list[str],
    length: int,
    draw: random.Random,
) -> str:
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
