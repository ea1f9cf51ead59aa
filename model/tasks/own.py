"""A task of one's own: any short texts with labels, in the words of a task.toml.

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

import json
import re
import tomllib
import unicodedata
from collections.abc import Sequence
from dataclasses import replace
from functools import lru_cache
from pathlib import Path
from typing import Annotated

from pydantic import AfterValidator, BaseModel, Field, StringConstraints, ValidationError

from ..data.labelled import read_labelled
from ..errors import InputError, reason
from ..letters import MAX_IDS
from ..words import MAX_CHARACTERS
from .recipe import Recipe
from .task import Task, word_notes
from .words import TaskWords

FILE = "task.toml"
LETTERS, WORDS = "letters", "words"
MOST_LABELS, RANK = 50, 64  # with more labels the linear classifier has a rank
LINEAR_NUMBERS = 2_000_000  # in its table: with the others less than 8 MiB in half precision
SMALL = 5000  # rows: fewer are trained on in steps, until the validation loss rises
STEPS = 400  # at least, of a small training


def _printable(text: str) -> str:
    if not text.isprintable():
        raise ValueError("it has a character that cannot be shown, such as a line break")
    return text


def _noun(text: str) -> str:
    kinds = {unicodedata.category(c)[0] for c in text if c not in " '-"}
    if "L" not in kinds or kinds - {"L", "M"}:
        raise ValueError("it may have letters, spaces and hyphens only")
    return text


Line = Annotated[
    str,
    StringConstraints(strip_whitespace=True, min_length=1, max_length=500),
    AfterValidator(_printable),
]
Noun = Annotated[
    str,
    StringConstraints(strip_whitespace=True, min_length=1, max_length=40),
    AfterValidator(_noun),
]
Slug = Annotated[str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9.+-]{0,40}$")]


class Description(BaseModel, strict=True, extra="forbid"):
    """What a task.toml may say."""

    title: Line | None = None  # a question
    does: Line | None = None  # one sentence
    text: Noun = "text"
    texts: Noun = "texts"
    label: Noun = "label"
    labels: Noun = "labels"
    must_not: Line | None = None
    examples: Annotated[list[Line], Field(max_length=20)] = []
    licence: Slug | None = None  # as the Hub abbreviates it
    tags: Annotated[list[Slug], Field(max_length=20)] = []
    publish_texts: bool = False  # whether a model folder and the Hub may hold the texts
    units: Annotated[str, StringConstraints(pattern=f"^({LETTERS}|{WORDS})$")] = LETTERS


def read_description(
    given: str | Path | dict | None = None, units: str | None = None
) -> Description:
    """Return what a task.toml says, or a dict of the same; neutral words for None.

    `units`, if given, stands for its own. Raises InputError for what is missing or invalid.
    """
    found, name = given or {}, given if isinstance(given, str | Path) else "task"
    try:
        if not isinstance(found, dict):
            found = tomllib.loads(Path(found).read_text("utf-8-sig"))
        return Description.model_validate(found | ({"units": units} if units else {}))
    except ValidationError as error:
        raise InputError(f"{name}: {reason(error)}.") from None
    except OSError as error:
        raise InputError(f"{name} cannot be read: {error.strerror}.") from None
    except (TypeError, UnicodeDecodeError, tomllib.TOMLDecodeError, RecursionError) as error:
        raise InputError(f"{name} is not TOML in UTF-8: {reason(error)}.") from None


def own_task(description: Description) -> Task:
    """Return the task of these words, with a recipe for few labels and many rows."""
    return _own_task(description.model_dump_json())


@lru_cache(maxsize=64)
def _own_task(description: str) -> Task:
    described = Description.model_validate_json(description)
    words = _words(described)
    return Task(
        name="own",
        words=words,
        read=lambda path: read_labelled(path, words),
        recipe=RECIPES[described.units],
        publish_texts=described.publish_texts,
        description=json.loads(description),
        notes=word_notes if described.units == WORDS else _letter_notes,
    )


def _words(own: Description) -> TaskWords:
    ask = f"{'an' if own.text[0].casefold() in 'aeiou' else 'a'} {own.text}"
    piece = own.units.removesuffix("s")
    title = own.title or f"Which {own.label} does {ask} have?"
    does = (
        own.does or f"Reads {ask} {piece} by {piece} and gives the probability of each {own.label}"
    )
    data = f"{own.texts.capitalize()} and {own.labels} from a table of its maker's own."
    return TaskWords(
        text=own.text,
        texts=own.texts,
        label=own.label,
        labels=own.labels,
        ask=ask,
        max_characters=MAX_CHARACTERS,
        needs_letter=False,
        title=title,
        page_title=title,
        introduction=f"{does.rstrip('.')}.",
        tab=own.text.capitalize(),
        box=own.text.capitalize(),
        placeholder=f"Type {ask}",
        piece=piece,
        caveat="",
        examples=dict.fromkeys(own.examples, ""),
        headings=(own.text.casefold(), own.texts.casefold(), "text", "texts"),
        max_explained=400 if own.units == WORDS else 100,
        card_title=title,
        model_name=re.sub(r"[^a-z0-9]+", "-", title.casefold()).strip("-")[:60] or "classifier",
        does=does.rstrip("."),
        must_not=own.must_not
        or "Its maker has not said what this model must not be used for. Do not use it to decide "
        "anything about a person.",
        example=own.examples[0] if own.examples else f"{ask} to classify",
        intended_uses=(
            f"Sorting {own.texts} like those it was trained on, with a person who looks at what it "
            "is unsure of.",
        ),
        limits=(
            f"It has seen the {own.texts} of one table. Any other gets one of these {own.labels} "
            "too.",
        ),
        biases=("It repeats the habits of whoever labelled its rows.",),
        dataset_type="own",
        dataset_name=f"{own.texts.capitalize()} of its maker's own",
        data=data,
        own_data=data,
        licence=own.licence or "",
        tags=("gru", "pytorch", *own.tags),
    )


def _letter_notes(text: str, units: Sequence[str]) -> list[str]:
    return [f"Only the first {MAX_IDS} letters are read."] * (len(units) > MAX_IDS)


SHARED = Recipe(
    unknown_share=0.05,
    logit_adjustment=0.3,  # rare labels weigh more
    prior_power=None,
    mix=None,
    held_out_in_turn=500,
    hidden_size=128,
    layers=1,
    pool=True,
    margins=True,
    linear_learning_rate=4e-2,
    one_cycle=True,
    weight_decay=0.01,
    refit=True,
)
RECIPES = {
    LETTERS: replace(
        SHARED,
        letters=True,
        embedding_size=96,
        ngrams=(2, 3, 4),
        script_ngrams=(3,),
        linear_ngrams=(1, 2, 3, 4, 5),
        dropout=0.6,
        epochs=16,
        learning_rate=3e-3,
    ),
    WORDS: replace(
        SHARED,
        words=True,
        word_vectors="data/word_vectors.safetensors",
        embedding_size=100,
        linear_ngrams=(1, 2),
        dropout=0.5,
        epochs=12,
        learning_rate=2e-3,
    ),
}


def fit_sizes(recipe: Recipe, n_rows: int, n_labels: int) -> Recipe:
    """Return `recipe` with sizes and steps that fit so many rows to train on and so many labels.

    A model of up to 50 labels has at most 8 MiB, one of 300 at most 32. Few rows are trained on in
    small batches, for enough steps, and until the validation loss rises.
    """
    batch_size = 128 if n_rows > 2 * SMALL else 64 if n_rows > 1000 else 16
    steps = -(-n_rows // batch_size)  # of an epoch
    is_small = n_rows < SMALL
    rank = 0
    if n_labels > MOST_LABELS:  # each of them with few rows, and no room for votes in the table
        rank, epochs = RANK, 3 * recipe.epochs // 2
        recipe = replace(
            recipe,
            margins=False,
            linear_learning_rate=2e-2,
            epochs=epochs,
            logit_adjustment=0.5,
        )
    return replace(
        recipe,
        linear_rank=rank,
        linear_buckets=49152 if rank else min(131072, LINEAR_NUMBERS // n_labels),
        ngram_buckets=8192,
        most_words=12_000,
        batch_size=batch_size,
        epochs=max(recipe.epochs, -(-STEPS // steps)) if is_small else recipe.epochs,
        stops_by_loss=is_small,
    )
