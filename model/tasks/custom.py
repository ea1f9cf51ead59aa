"""A custom task: any short texts with labels, in the words of a task.toml.

    title = "Which country is a city in?"
    text = "city"
    texts = "cities"
    label = "country"
    labels = "countries"
    examples = ["Osaka", "Torino"]

All of it may be left out; docs/own.md has the other keys. A model folder holds it, and so it may
come from anybody: nouns are letters, everything else is escaped where it is shown.
"""

import json
import math
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import asdict, replace
from functools import lru_cache
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from ..data.labelled import labelled
from ..data.rows import Dataset
from ..data.texts import unread
from ..errors import InputError, reason
from .description import described
from .recipe import Recipe, make_recipe
from .task import Task, length_notes, make_task

_RECIPES_FILE = Path(__file__).with_suffix(".toml")
_SHARED = tomllib.loads(_RECIPES_FILE.read_text("utf-8"))
_CHANGES = _SHARED.pop("of")
_MANY_LABELS = _SHARED.pop("many_labels")
_SOLVED = _SHARED.pop("solved")
RECIPES = {
    units: make_recipe(_SHARED | changes | {"units": units})
    for units, changes in _CHANGES.items()
}
MOST_USUAL_LABELS = 50  # of the usual recipe
# Votes in the table of the linear classifier: with the others less than 8 MiB in half precision
LINEAR_NUMBERS = 2_200_000
# The same of more labels on few rows, where each has votes of its own: less than 32 MiB
SOLVED_NUMBERS = 14_700_000
SMALL = 5000  # rows: with fewer, training runs STEPS at least
MOST_SOLVED = 50_000  # rows of few labels, whose linear half is solved
STEPS = 200  # at least, of a small training
# That a network reads beside a linear half that is solved: of each row on average, or of all rows;
# words go by letters, too. Where these are fewer than FEWEST_EPOCHS, that answers alone.
LETTERS_OF_ROW = {"letters": 400, "words": 500}
LETTERS_OF_FEW = 2500  # rows
FEWEST_EPOCHS = 4
QUICK_LETTERS = 100_000  # that a quick training reads, or one epoch
# The network learns once, and the linear half has LinearSVC's own cost
QUICK = {"refit": False, "linear_cost": 1.0}


def custom_task(source: str | Path | dict | None = None, **options: Any) -> Task:
    """Return the task that a task.toml describes, or a dict of the same; neutral words for None.

    Its `units` and `keep_case` may be given as `options`, which are stronger. Its recipe is for few
    labels and many rows. Raises InputError for what is missing or invalid.
    """
    content, description = described(source, **options)

    def notes(text: str, units: Sequence[str]) -> list[str]:
        notes = length_notes(text, units)
        hidden = ", ".join(unread(text))
        if hidden:
            notes.append(f"Invisible, and not read: {hidden}.")
        return notes

    recipe = replace(RECIPES[description.units], keep_case=bool(description.keep_case))
    task: Task = make_task(
        description,
        {"kind": {"symbols": True}},
        name="own",
        description=content,
        read_data=lambda tables: labelled(tables, task.kind),
        recipe=recipe,
        notes=notes,
    )
    return task


@lru_cache(maxsize=64)
def recorded_task(description: str) -> Task:
    """Return the custom task that config.json records, in JSON; raise InputError if invalid."""
    try:
        return custom_task(json.loads(description))
    except InputError as error:
        raise InputError(f"The task of this model is damaged: {error}") from None


def fit_sizes(recipe: Recipe, n_rows: int, n_labels: int) -> Recipe:
    """Return `recipe` with sizes and steps that fit so many rows to train on and so many labels.

    A model of up to 50 labels has at most 8 MiB, one of 300 at most 32. Few rows are trained on in
    small batches, for enough steps. Where the linear half is solved, training ends when the
    validation loss has stopped falling.
    """
    batch_size = 16
    if n_rows > 1000:
        batch_size = 64
    if n_rows > 2 * SMALL:
        batch_size = 128
    buckets = min(recipe.linear_buckets, LINEAR_NUMBERS // n_labels)
    sizes: dict[str, Any] = {"linear_buckets": buckets}
    epochs = recipe.epochs
    if n_labels > MOST_USUAL_LABELS:
        sizes = _MANY_LABELS
        epochs = 3 * epochs // 2
    elif n_rows < MOST_SOLVED:
        sizes = sizes | _SOLVED
    if n_rows < SMALL:
        room = SOLVED_NUMBERS if n_labels > MOST_USUAL_LABELS else LINEAR_NUMBERS
        buckets = min(2 * sizes["linear_buckets"], room // n_labels)
        sizes = sizes | _SOLVED | {"linear_buckets": buckets}
        steps_per_epoch = math.ceil(n_rows / batch_size)
        epochs = max(epochs, math.ceil(STEPS / steps_per_epoch))
    return replace(
        recipe,
        **sizes,
        batch_size=batch_size,
        epochs=epochs,
    )


def custom_recipe(
    task: Task, dataset: Dataset, options: Mapping[str, object], quick: bool = False
) -> Recipe:
    """Return the task's recipe in sizes that fit the dataset, with `options` instead of its own.

    The network reads so much that it takes half a minute for 3,000 rows, and nothing of long texts
    unless `epochs` are given. A `quick` training has a single stage. Raises InputError for an
    unknown option or value.
    """
    n_rows = len(dataset.train) + len(dataset.validation)
    recipe = fit_sizes(task.recipe, n_rows, len(dataset.labels))
    changes: dict[str, Any] = QUICK if quick else {}
    if quick or recipe.has_solved_half:
        letters = LETTERS_OF_ROW[recipe.units] * max(n_rows, LETTERS_OF_FEW)
        usual, fewest = recipe.epochs, FEWEST_EPOCHS
        if quick:
            letters, usual, fewest = QUICK_LETTERS, math.ceil(usual / 2), 1
        most = letters // sum(map(len, dataset.train.texts))
        changes = changes | {"epochs": min(usual, max(fewest, most))}
        if most < fewest and recipe.has_solved_half and "epochs" not in options:
            changes["fixed_gru_weight"] = 0.0
    try:
        return make_recipe({**asdict(recipe), **changes, **options})
    except ValidationError as error:
        raise InputError(f"{reason(error)}.") from None
