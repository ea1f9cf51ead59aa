"""Keyboard mashes, drawn by rule: what a network should call none of the languages."""

import random
from collections.abc import Container

from .languages import FACTS
from .rows import Rows
from .spelling import match_key

GROUP = "Mashed keys"
NUMBER = 8000  # fewer in the end: one mash may be drawn twice
SEED = 5
FORMS = "run run repeat walk walk hands hands anything".split()


def mash_rows(hidden: Container[str]) -> Rows:
    """Return (mash, GROUP) rows, without those whose key is in `hidden`: they are names."""
    draw = random.Random(SEED)
    found = dict.fromkeys(_mash(draw) for _ in range(NUMBER))
    return [(mash, GROUP) for mash in found if match_key(mash) not in hidden]


def _mash(draw: random.Random) -> str:
    keyboards = FACTS["keyboards"]
    keyboard = keyboards[0] if draw.random() < 0.5 else draw.choice(keyboards)
    rows, form, length = keyboard.split(), draw.choice(FORMS), draw.randint(4, 14)
    if form == "walk":
        return _walk(rows, length, draw)
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


def _walk(rows: list[str], length: int, draw: random.Random) -> str:
    """Return a walk over neighbouring keys that changes the row at times."""
    row = draw.choice(rows)
    place, keys = draw.randrange(len(row)), ""
    for _ in range(length):
        place = max(0, min(len(row) - 1, place))
        keys += row[place]
        place += draw.choice([-1, -1, 1, 1, 2])
        row = draw.choice(rows) if draw.random() < 0.15 else row
    return keys
