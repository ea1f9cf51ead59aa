"""The rows of the pretraining file: every surname with the groups of people who bear it.

A group is one of the 18 languages or a nationality outside them. Unlike in `choose.py`, nothing is
judged: a name's groups are those that the sources count, whether its form comes from there or not.
"""

import json
import random
from collections import Counter

from .evidence import Evidence
from .languages import CLOSED_SETS, FACTS, LANGUAGES, NEUTRAL, to_cyrillic
from .lists import Name, content, traditional_characters
from .native import keys_of
from .rows import Rows, first_of_each, in_order, labels_by_key
from .spelling import clean_spelling, loose_key, match_key, native_spelling, script_of

MIN_PART = 1 / 4  # of the weight of a name's strongest group, for another to be kept
MIN_NAMES, OTHER = 300, "Other"  # nationalities with fewer names share one group
MIN_SPELLING_PART = (
    1 / 10
)  # of the usual spelling's bearers, for another with marks to be kept
MASHED = (
    "Mashed keys"  # drawn by rule: what a network should call none of the languages
)
MASHES, MASH_SEED = 8000, 5  # fewer in the end: one mash may be drawn twice
MASH_FORMS = "run run repeat walk walk hands hands anything".split()


def rows(
    table: dict[str, Evidence],
    names: list[Name],
    given: Rows,
    train: Rows,
    hidden: set[str],
) -> Rows:
    """Return the sorted (name, group) rows; no name with a key in `hidden` is among them.

    `train` are the rows of both train files, whose names keep the languages they have there.
    """

    def unseen(rows: Rows) -> Rows:
        return [row for row in rows if not keys_of(row[0]) & hidden]

    taken = {loose_key(text) for text, _ in train}
    native = [row for row in train if script_of(row[0]) != "Latin"]
    latin = latin_rows(table, train, hidden)
    # Without them each Serbian or Bulgarian name in Cyrillic, which no source has, is Russian.
    alphabets = FACTS["cyrillic"]
    cyrillic = (
        (to_cyrillic(name, group), group) for name, group in latin if group in alphabets
    )
    names = sorted(names, key=lambda name: -name.weight)
    surplus = [(n.text, n.group) for n in names if loose_key(n.text) not in taken]
    surplus += given_rows(
        [row for row in given if loose_key(row[0]) not in taken], table
    )
    texts = [name.text for name in names] + [text for text, _ in given]
    found = [
        *latin,
        *unseen([row for row in cyrillic if row[0]]),
        *native,
        *first_of_each(unseen(surplus)),
        *chinese_rows(names, native, hidden),
        *mash_rows(hidden.union(table, *map(keys_of, texts))),
    ]
    sizes = Counter(group for _, group in set(found))
    small = {group for group, n in sizes.items() if n < MIN_NAMES} - set(LANGUAGES)
    return in_order((name, OTHER if group in small else group) for name, group in found)


def latin_rows(table: dict[str, Evidence], train: Rows, hidden: set[str]) -> Rows:
    """Return the rows of all names in Latin letters, with every usual spelling."""
    labels = labels_by_key(train)
    rows = []
    for key, evidence in table.items():
        if key in labels or key not in hidden:
            for group in labels.get(key) or strongest_groups(evidence):
                usual, *others = evidence.spellings_in(group)
                needed = MIN_SPELLING_PART * evidence.written[group, usual]
                others = [s for s in others if evidence.written[group, s] >= needed]
                rows += [
                    (s, group)
                    for s in (usual, *others)
                    if s == usual or not s.isascii()
                ]
    return rows


def strongest_groups(evidence: Evidence) -> set[str]:
    """Return a name's strongest group and those nearly as strong; neutral ones never count.

    A group's weight is its counted persons plus the lists that have the name.

    >>> sorted(strongest_groups(Evidence(persons=Counter(Norwegian=4, German=1, British=9))))
    ['German', 'Norwegian']
    """
    weights = evidence.persons + Counter(
        {g: len(lists) for g, lists in evidence.sources.items()}
    )
    weights = {
        group: weight for group, weight in weights.items() if group not in NEUTRAL
    }
    needed = MIN_PART * max(weights.values(), default=0)
    return {group for group, weight in weights.items() if weight >= needed}


def chinese_rows(names: list[Name], train: Rows, hidden: set[str]) -> Rows:
    """Return the Han forms of Chinese surnames that `train` lacks, unless a form is in `hidden`.

    The lists of these are short, so a list that nobody audited joins them, and the traditional
    form of each: without more of their characters, a network reads a rare one as Japanese or
    Korean. A surname whose pinyin is hidden stays, because many surnames share one pinyin spelling.
    """
    texts = [name.text for name in names if name.group == "Chinese"]
    texts += json.loads(content("chinese-surnames", "package/index.json"))
    forms = traditional_characters()
    # A character that is its own traditional form stays: 范 is a surname, 範 is not.
    traditional = {
        char: char if char in found else found[0] for char, found in forms.items()
    }
    taken = {text for text, _ in train}
    rows = set()
    for text in texts:
        both = {text, "".join(traditional.get(char, char) for char in text)}
        if native_spelling(text) == text and hidden.isdisjoint(map(loose_key, both)):
            rows |= {(form, "Chinese") for form in both - taken}
    return list(rows)


def given_rows(given: Rows, table: dict[str, Evidence]) -> Rows:
    """Return the rows of given names of the closed sets, whose surnames are too few to learn from.

    They are written with the same syllables, so the hyphens and capitals are those that the same
    letters have already. In Han they look like other peoples' surnames, and are left out.
    """
    usual = {key: evidence.spelling for key, evidence in table.items()}
    rows = []
    for text, language in given:
        script, spelling = script_of(text), clean_spelling(text)
        if language in CLOSED_SETS and script != "Han":
            if (
                script == "Latin"
                and usual.setdefault(match_key(text), spelling) != spelling
            ):
                text = usual[match_key(text)]
            rows.append((text, language))
    return rows


def mash_rows(hidden: set[str]) -> Rows:
    """Return (mash, MASHED) rows, without those whose key is in `hidden`: they are names."""
    draw = random.Random(MASH_SEED)
    found = dict.fromkeys(_mash(draw) for _ in range(MASHES))
    return [(mash, MASHED) for mash in found if match_key(mash) not in hidden]


def _mash(draw: random.Random) -> str:
    keyboards = FACTS["keyboards"]
    keyboard = keyboards[0] if draw.random() < 0.5 else draw.choice(keyboards)
    rows, form, length = keyboard.split(), draw.choice(MASH_FORMS), draw.randint(4, 14)
    if form == "walk":  # over neighbouring keys, at times to another row
        row, keys = draw.choice(rows), ""
        place = draw.randrange(len(row))
        for _ in range(length):
            place = max(0, min(len(row) - 1, place))
            keys += row[place]
            place += draw.choice([-1, -1, 1, 1, 2])
            row = draw.choice(rows) if draw.random() < 0.15 else row
        return keys
    if form == "run":  # keys beside one another, in either direction
        row = draw.choice(rows)
        start = draw.randrange(len(row))
        run = (row[start:] + row)[:length]
        return run if draw.random() < 0.7 else run[::-1]
    if form == "repeat":  # one to four keys again and again
        unit = draw.choices(draw.choice(rows), k=draw.choice([1, 1, 2, 2, 3, 4]))
        return ("".join(unit) * length)[:length]
    if form == "hands":  # the left and the right hand in turn, mostly on the home row
        keys = rows[1] if draw.random() < 0.7 else "".join(rows)
        hands = keys[: len(keys) // 2], keys[len(keys) // 2 :]
        return "".join(draw.choice(hands[i % 2]) for i in range(length))
    keys = "".join(rows) if draw.random() < 0.5 else draw.choice(rows)
    return "".join(draw.choices(keys, k=length))
