"""Characters that are not read: invisible ones, and symbols where a task does not read them."""

import re
from unicodedata import category

# What has no form of its own: controls, marks of direction and the like. Those of JOINERS also join
# or vary an emoji, which is read without them.
HIDDEN = (
    r"\x00-\x08\x0e-\x1b\x7f-\x84\x86-\x9f\xad\u061c\u180b-\u180f\u200b\u200c\u200e\u200f"
    r"\u202a-\u202e\u2060-\u206f\ud800-\udfff\ufeff\ufff9-\ufffb\U000e0001"
)
JOINERS = r"\u200d\ufe00-\ufe0f\U000e0100-\U000e01ef"
UNREAD, DROPPED = re.compile(f"[{HIDDEN}]"), re.compile(f"[{HIDDEN}{JOINERS}]")


def dropped(symbols: bool) -> re.Pattern[str]:
    """Return what is dropped of a text first of all; joiners only where symbols are read."""
    return DROPPED if symbols else UNREAD


def is_symbol(character: str) -> bool:
    """Return whether it is dropped: not ASCII, and invisible or a symbol."""
    return not character.isascii() and category(character)[0] in "CS"  # other, symbol
