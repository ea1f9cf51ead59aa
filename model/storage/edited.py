"""A card that may be edited by hand: what stands between two comments is generated, the rest stays.

    ---                      front matter: figures and languages are rewritten; the licence, further
    license: mit             tags and keys of one's own stay
    ---
    one's own text           stays
    <!-- generated: ... -->
    # Surname languages      is rewritten
    <!-- /generated -->
    one's own text           stays

A card without the two comments is all one's own and stays as it is. Reads and writes no file.
"""

import re

from ..errors import InputError, reason
from .folder import CARD

BEGIN = (
    "<!-- generated: `python -m model card` rewrites everything down to the closing comment; write "
    "your own text above or below -->"
)
END = "<!-- /generated -->"
GENERATED = re.compile(rf"^<!-- generated\b[^\n]*-->\n.*\n{END}", re.DOTALL | re.MULTILINE)
# What front matter has of the model and its figures; the rest may have been chosen by hand.
REWRITTEN = ("language", "library_name", "pipeline_tag", "metrics", "model-index")
ALL_OWN = f"{CARD} has no generated part, so it stays as it is: remove it to get a new one"


def whole_card(front: dict, body: str, earlier: bytes | None = None) -> bytes:
    """Return the card of this front matter and generated `body`, with one's own text of `earlier`.

    Raises InputError if `earlier` cannot be read.
    """
    own_of_earlier = own_parts(earlier) if earlier else ({}, "", "\n")
    if own_of_earlier is None:
        return earlier or b""
    own, above, below = own_of_earlier
    kept = {key: value for key, value in own.items() if key not in REWRITTEN}
    if isinstance(tags := kept.get("tags"), list):
        kept["tags"] = tags + [tag for tag in front["tags"] if tag not in tags]
    kept["datasets"] = front["datasets"] or kept.get("datasets", [])
    return f"---\n{to_yaml(front | kept)}\n---\n\n{above}{BEGIN}\n{body}\n{END}{below}".encode()


def is_all_own(card: bytes | None) -> bool:
    """Return whether there is a card and it has no generated part; raise InputError."""
    return bool(card) and own_parts(card or b"") is None


def own_parts(card: bytes) -> tuple[dict, str, str] | None:
    """Return front matter, and the text above and below the generated part; None if there is none.

    Raises InputError for a card that cannot be read.
    """
    from huggingface_hub import RepoCard  # here: it takes half a second to import

    try:
        text = card.decode("utf-8-sig").replace("\r\n", "\n")
    except UnicodeDecodeError:
        raise InputError(f"{CARD} is not UTF-8: save it as UTF-8.") from None
    generated = GENERATED.search(text)
    if not generated:
        return None
    above, below = text[: generated.start()], text[generated.end() :]
    if not above.lstrip().startswith("---\n"):
        return {}, above, below
    try:
        repo_card = RepoCard(above)
    except Exception as error:  # the YAML library has its own
        raise InputError(f"The front matter of {CARD} is not YAML: {reason(error)}.") from None
    front = repo_card.data.to_dict()  # type: ignore[no-untyped-call]
    return front, repo_card.text.lstrip("\n"), below


def to_yaml(front: dict) -> str:
    """Return front matter as the Hub writes it."""
    from huggingface_hub import CardData

    return CardData(**front).to_yaml()
