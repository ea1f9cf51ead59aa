"""Keyboard mashes, made up: what a network should call none of the languages.

They are drawn by rule from the rows of common keyboards, always the same ones. Reads nothing.
"""

import random
from collections.abc import Container

from model.data.texts import match_key

GROUP = "Mashed keys"
NUMBER = 8000  # fewer in the end: one mash may be drawn twice
SEED = 5
LATIN = "qwertyuiop asdfghjkl zxcvbnm"
KEYBOARDS = [
    *(LATIN, "qwertzuiopü asdfghjklöä yxcvbnm", "azertyuiop qsdfghjklm wxcvbn"),
    *("йцукенгшщзхъ фывапролджэ ячсмитьбю", "ςερτυθιοπ ασδφγηξκλ ζχψωβνμ"),
    *("ضصثقفغعهخحجد شسيبلاتنمكط ئءؤرلاىةوزظ", "קראטוןםפ שדגכעיחלךף זסבהנמצתץ"),
    *(
        "ㅂㅈㄷㄱㅅㅛㅕㅑㅐㅔ ㅁㄴㅇㄹㅎㅗㅓㅏㅣ ㅋㅌㅊㅍㅠㅜㅡ",
        "たていすかんなにらせ ちとしはきくまのりれけむ つさそひこみもねるめろ",
    ),
]


def rows(hidden: Container[str]) -> list[tuple[str, str]]:
    """Return (mash, GROUP) rows; those with `hidden` keys, of names among others, are left out."""
    draw = random.Random(SEED)
    found = dict.fromkeys(_mash(draw) for _ in range(NUMBER))
    return [(mash, GROUP) for mash in found if match_key(mash) not in hidden]


def _mash(draw: random.Random) -> str:
    keyboard = LATIN if draw.random() < 0.5 else draw.choice(KEYBOARDS)
    form = draw.choice([_run, _run, _repeat, _walk, _walk, _two_hands, _two_hands, _anything])
    return form(keyboard.split(), draw.randint(4, 14), draw)


def _run(keyboard: list[str], length: int, draw: random.Random) -> str:
    """Return keys beside one another, in either direction."""
    row = draw.choice(keyboard)
    start = draw.randrange(len(row))
    run = (row[start:] + row)[:length]
    return run if draw.random() < 0.7 else run[::-1]


def _repeat(keyboard: list[str], length: int, draw: random.Random) -> str:
    """Return one to four keys again and again."""
    unit = draw.choices(draw.choice(keyboard), k=draw.choice([1, 1, 2, 2, 3, 4]))
    return ("".join(unit) * length)[:length]


def _walk(keyboard: list[str], length: int, draw: random.Random) -> str:
    """Return a walk over neighbouring keys that changes the row at times."""
    row = draw.choice(keyboard)
    place, keys = draw.randrange(len(row)), []
    for _ in range(length):
        place = max(0, min(len(row) - 1, place))
        keys.append(row[place])
        place += draw.choice([-1, -1, 1, 1, 2])
        row = draw.choice(keyboard) if draw.random() < 0.15 else row
    return "".join(keys)


def _two_hands(keyboard: list[str], length: int, draw: random.Random) -> str:
    """Return keys of the left and the right hand in turn, mostly of the home row."""
    keys = keyboard[1] if draw.random() < 0.7 else "".join(keyboard)
    hands = keys[: len(keys) // 2], keys[len(keys) // 2 :]
    return "".join(draw.choice(hands[i % 2]) for i in range(length))


def _anything(keyboard: list[str], length: int, draw: random.Random) -> str:
    """Return keys of the whole keyboard or of one row."""
    keys = "".join(keyboard) if draw.random() < 0.5 else draw.choice(keyboard)
    return "".join(draw.choices(keys, k=length))
