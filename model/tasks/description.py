"""What a task.toml may say: the keys that a user's file and the built-in tasks' files share."""

import tomllib
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import field
from pathlib import Path
from typing import Annotated, Any, Literal

import pydantic
from pydantic import (
    AfterValidator,
    BeforeValidator,
    Field,
    StringConstraints,
    ValidationError,
)

from ..errors import InputError, reason

FILE = "task.toml"


def _noun(text: str) -> str:
    kinds = {unicodedata.category(c)[0] for c in text if c not in " '-"}
    if "L" not in kinds or kinds - {"L", "M"}:
        raise ValueError("it may have letters, spaces and hyphens only")
    return text


def _printable(text: str) -> str:
    if not text.isprintable():
        raise ValueError(
            "it has a character that cannot be shown, such as a line break"
        )
    return text


def _with_labels(examples: Any) -> Any:
    if isinstance(examples, list | tuple):
        return dict.fromkeys(map(str, examples), "")
    if not isinstance(examples, dict):
        raise ValueError("a list of texts is needed")
    return examples


def _up_to(length: int) -> StringConstraints:
    return StringConstraints(strip_whitespace=True, min_length=1, max_length=length)


Noun = Annotated[str, _up_to(40), AfterValidator(_noun)]
Line = Annotated[str, _up_to(500), AfterValidator(_printable)]
Sentence = Annotated[Line, AfterValidator(lambda line: line.rstrip("."))]
Slug = Annotated[str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9.+-]{0,40}$")]
Few = Field(max_length=20)
Tags = Annotated[Sequence[Slug], Few]
Examples = Annotated[Mapping[Line, str], Few, BeforeValidator(_with_labels)]
NO_ETHICS_NOTE = (
    "Its maker has not said what this model must not be used for. Do not use it to decide "
    "anything about a person."
)


@pydantic.dataclasses.dataclass(
    frozen=True, kw_only=True, config=pydantic.ConfigDict(strict=True, extra="forbid")
)
class Description:
    """The keys of a task.toml, each of which may be left out.

    It may come from anybody, with a model from the Hub, so all of it is short and plain.
    """

    title: Line | None = None  # a question; None: it is made of the nouns
    does: Sentence | None = None  # what the network does, without the full stop
    text: Noun = "text"
    texts: Noun = "texts"
    label: Noun = "label"
    labels: Noun = "labels"
    must_not: Line = NO_ETHICS_NOTE  # what a model must not be used for
    # Text -> a label that a model must have to show it, or ""
    examples: Examples = field(default_factory=dict)
    licence: Slug = ""  # as the Hub abbreviates it; "": none is given
    tags: Tags = ()  # of the Hub
    publish_texts: bool = False  # whether a model folder may hold its texts
    units: Literal["letters", "words"] = "letters"  # what the network reads one by one
    keep_case: bool | None = None  # None: folded, or chosen by what is trained on


def described(
    source: str | Path | dict | None = None, **options: Any
) -> tuple[dict, Description]:
    """Return what a task.toml says, or a dict of the same, as it is and checked.

    Its `units` and `keep_case` may be given as `options`, which are stronger. Raises InputError for
    what is missing or invalid.
    """
    name = source if isinstance(source, str | Path) else "task"
    chosen = {key: value for key, value in options.items() if value is not None}
    content = _content(source, name) | chosen
    try:
        return content, Description(**content)
    except ValidationError as error:
        where = f"{name}: " if source else ""
        raise InputError(f"{where}{reason(error)}.") from None


def _content(source: str | Path | dict | None, name: str | Path) -> dict:
    """Return what a task.toml says, or a dict itself; raise InputError if it cannot be read."""
    if source is None or isinstance(source, dict):
        return source or {}
    try:
        return tomllib.loads(Path(source).read_text("utf-8-sig"))
    except OSError as error:
        raise InputError(f"{name} cannot be read: {error.strerror}.") from None
    except (TypeError, ValueError, RecursionError) as error:
        raise InputError(f"{name} is not TOML in UTF-8: {reason(error)}.") from None
