"""Trains a task of one's own from Python; train.py does the same with progress and checkpoints."""

from collections.abc import Mapping
from dataclasses import asdict, fields
from typing import Any

from pydantic import TypeAdapter, ValidationError

from ..data.labelled import Pairs, rows_of, to_dataset
from ..data.rows import Dataset, Rows
from ..errors import InputError, reason
from ..storage.parts import Parts
from ..tasks.custom import RECIPES, fit_sizes
from ..tasks.recipe import Recipe
from ..tasks.task import Task
from .calibration import calibrate
from .loop import NotFiniteError, make_accelerator
from .results import all_metrics, training_texts
from .rival import score_rival
from .stages import SILENT, Stages


def fit_own(
    task: Task, parts: Mapping[str, Pairs | None], use_gpu: bool | None, options: dict[str, Any]
) -> Parts:
    """Return a model of the texts and labels in `parts`, by "train", "validation" and "test".

    `options` are fields of the recipe. Without a test part the model has no metrics. Raises
    InputError for rows and options that cannot be trained on.
    """
    rows: dict[str, Rows] = {}
    for part, pairs in parts.items():
        if pairs is not None:
            known = set(rows["train"].labels) if rows else None
            rows[part] = rows_of(part, pairs, task.words, known)
    dataset = to_dataset(rows, task.words, needs_test=False)
    stages = Stages(make_accelerator(use_gpu), lambda stage, epochs: SILENT)
    try:
        model, refitted = stages.train(own_recipe(task, dataset, options), dataset, None)
    except NotFiniteError as error:
        raise InputError(str(error)) from None
    if stages.ended_by:
        raise stages.ended_by
    best = finish(model, refitted, dataset, stages, task, with_rival=True)
    best.training["command"] = "TextClassifier.fit"
    best.network.cpu()
    return best


def finish(
    model: Parts,
    refitted: Parts | None,
    dataset: Dataset,
    stages: Stages,
    task: Task,
    with_rival: bool,
) -> Parts:
    """Return the better of what `stages` trained: calibrated and, if there are test rows, scored.

    `with_rival` scores a linear classifier of the same rows beside it.
    """
    calibrate(model, dataset, refitted, stages.folds)
    best = refitted or model
    best.training["task"] = task.record
    if len(dataset.test):
        best.metrics = all_metrics(
            best,
            dataset,
            stages.histories,
            task.words.publish_texts,
            held_out=model,
            public_rows=task.public_rows(),
            lists=task.lists(best.labels),
        )
        if with_rival:
            best.metrics["rival"] = score_rival(dataset, task.recipe.words)
    if task.words.publish_texts:
        best.training_texts = training_texts(dataset)
    return best


def own_recipe(task: Task, dataset: Dataset, options: dict[str, Any]) -> Recipe:
    """Return the task's recipe in sizes that fit the dataset, with `options` instead of its own."""
    known = [field.name for field in fields(Recipe) if field.name not in RECIPES]  # units
    if unknown := set(options) - set(known):
        raise InputError(f"There is no option {min(unknown)}; the options: {', '.join(known)}.")
    n_rows = len(dataset.train) + len(dataset.validation)
    recipe = fit_sizes(task.recipe, n_rows, len(dataset.labels))
    try:
        return TypeAdapter(Recipe).validate_python(asdict(recipe) | options)
    except ValidationError as error:
        raise InputError(f"{reason(error)}.") from None
