"""A custom task: any short texts with labels, in the words of a task.toml.

    title = "Which country is a city in?"
    does = "Reads the name of a city and weighs 25 countries"
    text = "city"
    texts = "cities"
    label = "country"
    labels = "countries"
    must_not = "Do not use this model to find anybody."
    examples = ["Osaka", "Torino"]
    licence = "cc-by-4.0"
    tags = ["geography"]
    publish_texts = true

All of it may be left out. A model folder holds it, and so it may come from anybody: nouns are
letters, everything else is escaped where it is shown.
"""

import difflib
import tomllib
import unicodedata
from collections.abc import Sequence
from dataclasses import asdict, fields, replace
from functools import lru_cache
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, Field, StringConstraints, ValidationError

from ..data.labelled import read_labelled
from ..data.rows import Dataset
from ..data.texts import unread
from ..errors import InputError, reason
from .recipe import Recipe, make_recipe
from .task import RECIPES, Task, length_notes, make_words

FILE = "task.toml"
MOST_LABELS, RANK = 50, 64  # with more labels the linear classifier has a rank
LINEAR_NUMBERS = 2_000_000  # in its table: with the others less than 8 MiB in half precision
SMALL = 5000  # rows: fewer are trained on in steps, until the validation loss rises
STEPS = 400  # at least, of a small training
KEYWORDS = "validation test units keep_case task use_gpu missing verbose".split()  # of fit


def _printable(text: str) -> str:
    if not text.isprintable():
        raise ValueError("it has a character that cannot be shown, such as a line break")
    return text


def _noun(text: str) -> str:
    kinds = {unicodedata.category(c)[0] for c in text if c not in " '-"}
    if "L" not in kinds or kinds - {"L", "M"}:
        raise ValueError("it may have letters, spaces and hyphens only")
    return text


Text = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=500)]
Line = Annotated[Text, AfterValidator(_printable)]
Noun = Annotated[Text, StringConstraints(max_length=40), AfterValidator(_noun)]
Slug = Annotated[str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9.+-]{0,40}$")]
Few = Field(max_length=20, strict=False)  # a list in TOML and JSON is a tuple here


class Description(BaseModel, strict=True, extra="forbid", frozen=True):
    """What a task.toml may say."""

    title: Line | None = None  # a question
    does: Line | None = None  # one sentence
    text: Noun = "text"
    texts: Noun = "texts"
    label: Noun = "label"
    labels: Noun = "labels"
    must_not: Line | None = None
    examples: Annotated[tuple[Line, ...], Few] = ()
    licence: Slug | None = None  # as the Hub abbreviates it
    tags: Annotated[tuple[Slug, ...], Few] = ()
    publish_texts: bool = False  # whether a model folder and the Hub may hold the texts
    units: Literal["letters", "words"] = "letters"
    keep_case: bool = False
    symbols: bool = False  # whether they are read: not in a folder that does not say so


def read_description(
    given: str | Path | dict | None = None,
    units: str | None = None,
    keep_case: bool | None = None,
) -> Description:
    """Return what a task.toml says, or a dict of the same; neutral words for None.

    `units` and `keep_case`, if given, stand for its own. Raises InputError for what is missing or
    invalid.
    """
    found, name = given or {}, given if isinstance(given, str | Path) else "task"
    options = {"units": units, "keep_case": keep_case}
    stronger = {key: value for key, value in options.items() if value is not None}
    try:
        if not isinstance(found, dict):
            found = tomllib.loads(Path(found).read_text("utf-8-sig"))
        return Description.model_validate({"symbols": True} | found | stronger)
    except ValidationError as error:
        raise InputError(f"{name}: {reason(error)}.") from None
    except OSError as error:
        raise InputError(f"{name} cannot be read: {error.strerror}.") from None
    except (TypeError, UnicodeDecodeError, tomllib.TOMLDecodeError, RecursionError) as error:
        raise InputError(f"{name} is not TOML in UTF-8: {reason(error)}.") from None


@lru_cache(maxsize=64)
def custom_task(description: Description) -> Task:
    """Return the task of these words, with a recipe for few labels and many rows."""
    words = make_words(description.model_dump(exclude_none=True))

    def notes(text: str, units: Sequence[str]) -> list[str]:
        hidden = ", ".join(unread(text))
        found = [f"Invisible, and not read: {hidden}."] * bool(hidden and words.symbols)
        return length_notes(text, units) + found

    return Task(
        name="own",
        words=words,
        read=lambda path: read_labelled(path, words),
        recipe=replace(RECIPES[words.units], symbols=words.symbols, keep_case=words.keep_case),
        description=description.model_dump(mode="json"),
        notes=notes,
    )


def fit_sizes(recipe: Recipe, n_rows: int, n_labels: int) -> Recipe:
    """Return `recipe` with sizes and steps that fit so many rows to train on and so many labels.

    A model of up to 50 labels has at most 8 MiB, one of 300 at most 32. Few rows are trained on in
    small batches, for enough steps, and until the validation loss rises.
    """
    batch_size = 128 if n_rows > 2 * SMALL else 64 if n_rows > 1000 else 16
    is_small, steps = n_rows < SMALL, -(-n_rows // batch_size)  # of an epoch
    least, rank = -(-STEPS // steps) if is_small else 0, 0
    if n_labels > MOST_LABELS:  # each of them with few rows, and no room for votes in the table
        rank, epochs = RANK, 3 * recipe.epochs // 2
        recipe = replace(recipe, margins=False, epochs=epochs, logit_adjustment=0.5)
        recipe = replace(recipe, linear_learning_rate=2e-2)
    return replace(
        recipe,
        linear_rank=rank,
        linear_buckets=49152 if rank else min(131072, LINEAR_NUMBERS // n_labels),
        ngram_buckets=8192,
        most_words=12_000,
        batch_size=batch_size,
        epochs=max(recipe.epochs, least),
        stops_by_loss=is_small,
    )


def custom_recipe(task: Task, dataset: Dataset, options: dict[str, Any]) -> Recipe:
    """Return the task's recipe in sizes that fit the dataset, with `options` instead of its own."""
    of_task = {*RECIPES, "symbols", "keep_case"}
    known = [field.name for field in fields(Recipe) if field.name not in of_task]
    if unknown := set(options) - set(known):
        close = difflib.get_close_matches(min(unknown), [*known, *KEYWORDS], n=1)
        others = f"did you mean {close[0]}?" if close else f"the options: {', '.join(known)}."
        raise InputError(f"There is no option {min(unknown)}; {others}")
    n_rows = len(dataset.train) + len(dataset.validation)
    recipe = fit_sizes(task.recipe, n_rows, len(dataset.labels))
    try:
        return make_recipe(asdict(recipe) | options)
    except ValidationError as error:
        raise InputError(f"{reason(error)}.") from None
