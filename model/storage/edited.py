"""A card that may be edited by hand: what is generated is marked, and only that is rewritten.

    ---                            front matter: figures and languages are rewritten; the licence,
    license: mit                   further tags and keys of one's own stay
    ---
    one's own text                 stays
    <!-- generated (1f3a...) -->   with a checksum, so that an edit in here is found, and not lost
    # Surname languages ...
    <!-- /generated -->
    one's own text                 stays

A card without the two comments is all one's own and stays as it is. Reads and writes no file.
"""

import hashlib
import re
from typing import NamedTuple

from ..errors import InputError, reason
from .folder import CARD

BEGIN = (
    "<!-- generated ({sum}): python -m model card rewrites all down to the last comment; "
    "your own text goes above this one or below that one -->"
)
END = "<!-- /generated -->"
MARKS = re.compile(rf"^<!-- generated \((\w+)\)[^\n]*-->\n|\n{re.escape(END)}", re.MULTILINE)
# What front matter has of the model and its figures; the rest may have been chosen by hand.
REWRITTEN = ("language", "library_name", "pipeline_tag", "metrics", "model-index")
ALL_OWN = f"{CARD} has no generated part, so it stays as it is: remove it to get a new one"


class Edited(NamedTuple):
    """What is one's own in a card."""

    front: dict
    above: str
    below: str


def whole_card(front: dict, body: str, earlier: bytes | None = None) -> bytes:
    """Return the card of this front matter and generated `body`, with one's own text of `earlier`.

    Raises InputError where `earlier` was edited in such a way that something would be lost.
    """
    own = own_parts(earlier) if earlier else Edited({}, "", "\n")
    if own is None:
        return earlier or b""
    front, generated = _merge(front, own.front), f"{BEGIN.format(sum=_sum(body))}\n{body}\n{END}"
    return f"---\n{to_yaml(front)}\n---\n\n{own.above}{generated}{own.below}".encode()


def is_all_own(card: bytes | None) -> bool:
    """Return whether there is a card and it has no generated part; raise InputError."""
    return bool(card) and own_parts(card or b"") is None


def own_parts(card: bytes) -> Edited | None:
    """Return what is one's own in a `card`, or None if all of it is; raise InputError."""
    from huggingface_hub import RepoCard  # here: it takes half a second to import

    try:
        text = card.decode("utf-8-sig").replace("\r\n", "\n")
    except UnicodeDecodeError:
        raise InputError(f"{CARD} is not UTF-8: save it as UTF-8.") from None
    try:
        marks = list(MARKS.finditer(text))
        if not marks:
            return None
        # Any text before the front matter would make it none.
        repo_card = RepoCard(text) if text.lstrip().startswith("---\n") else None
    except Exception as error:  # the YAML library has its own
        raise InputError(f"The front matter of {CARD} is not YAML: {reason(error)}.") from None
    if [bool(mark[1]) for mark in marks] != [True, False]:
        raise InputError(
            f"{CARD} needs both comments that mark its generated part, once each: put them back, "
            "or remove both to keep the card as it is."
        )
    begin, end = marks
    if begin[1] != _sum(text[begin.end() : end.start()]):
        raise InputError(
            f"{CARD} was edited in its generated part: move your text above or below the comments "
            f"that mark it, or remove both comments to keep the card as it is."
        )
    start = len(text) - len(repo_card.text) if repo_card else 0
    above = text[start : begin.start()].lstrip("\n")
    front = repo_card.data.to_dict() if repo_card else {}  # type: ignore[no-untyped-call]
    return Edited(front, above, text[end.end() :])


def _merge(new: dict, own: dict) -> dict:
    kept = {key: value for key, value in own.items() if key not in REWRITTEN}
    merged = new | kept
    if isinstance(kept.get("tags"), list):
        merged["tags"] = kept["tags"] + [tag for tag in new["tags"] if tag not in kept["tags"]]
    if new.get("datasets"):
        merged["datasets"] = new["datasets"]
    return merged


def _sum(body: str) -> str:
    return hashlib.sha256(body.encode()).hexdigest()[:12]


def to_yaml(front: dict) -> str:
    """Return front matter as the Hub writes it."""
    from huggingface_hub import CardData

    return CardData(**front).to_yaml()
