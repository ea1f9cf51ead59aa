"""Characters that are not read: invisible ones, and symbols where a task does not read them."""

import re
from typing import NamedTuple
from unicodedata import category


class Spelling(NamedTuple):
    """What regular expressions of two languages write in different ways."""

    letter: str
    digit: str  # this and the others within brackets
    word: str
    space: str


IN_PYTHON = Spelling(
    letter=r"[^\W\d_]",
    digit=r"\d",
    word=r"\w",
    space=r"\s",
)
# With the flag u; \s of JavaScript is another set
IN_JAVASCRIPT = Spelling(
    letter=r"[\p{L}\p{Nl}\p{No}]",
    digit=r"\p{Nd}",
    word=r"\p{L}\p{N}_",
    space=r"\t-\r\x1c-\x20\x85\xa0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000",
)

SURROGATES = re.compile(
    "[\ud800-\udfff]"
)  # halves of characters, which UTF-8 does not have
# What has no form of its own: controls, marks of direction and the like. Those of JOINERS also join
# or vary an emoji, which is read without them.
HIDDEN = (
    r"\x00-\x08\x0e-\x1b\x7f-\x84\x86-\x9f\xad\u061c\u180b-\u180f\u200b\u200c\u200e\u200f"
    r"\u202a-\u202e\u2060-\u206f\ud800-\udfff\ufeff\ufff9-\ufffb"
    "\U000e0001"  # a character, because JavaScript has no such escape
)
JOINERS = "\u200d\ufe00-\ufe0f\U000e0100-\U000e01ef"
UNREAD, DROPPED = re.compile(f"[{HIDDEN}]"), re.compile(f"[{HIDDEN}{JOINERS}]")


def dropped(symbols: bool) -> re.Pattern[str]:
    """Return what is dropped of a text first of all; joiners only where symbols are read."""
    return DROPPED if symbols else UNREAD


def is_symbol(character: str) -> bool:
    """Return whether it is dropped: not ASCII, and invisible or a symbol."""
    return not character.isascii() and category(character)[0] in "CS"  # other, symbol
