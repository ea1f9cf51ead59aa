"""Training on lists in Python: TextClassifier.fit."""

import warnings
from collections.abc import Iterable, Mapping
from contextlib import closing
from typing import Any

from ..data.lists import Pairs, dataset_of
from ..tasks.custom import custom_recipe, custom_task
from ..tasks.recipe import Options
from ..trained import Model
from .case import choose_case
from .progress import Progress
from .session import Session, make_accelerator, restoring_threads
from .stages import finish, train


def train_lists(
    lists: Mapping[str, Pairs | None],
    description: dict[str, Any],
    options: Options,
    strict: bool,
    sample_weight: Iterable[float] | None,
    quick: bool,
    use_gpu: bool | None,
    verbose: bool,
) -> Model:
    """Return a model of the part "train" of `lists`, on the CPU.

    `description` are the arguments of `custom_task`, the others those of TextClassifier.fit, which
    says what each is. Raises InputError for what cannot be trained on.
    """
    task = custom_task(**description)
    dataset = dataset_of(lists, task.kind, strict, sample_weight)
    notes = [*dataset.notes, *dataset.cautions]
    if notes:
        warnings.warn("; ".join(notes), stacklevel=3)
    if not quick:
        task, dataset = choose_case(task, dataset)
    if verbose:
        for line in dataset.summary:
            print(line)
    recipe = custom_recipe(task, dataset, options, quick)
    accelerator = make_accelerator(use_gpu)
    with (
        closing(Progress(accelerator if verbose else None)) as progress,
        restoring_threads(),
    ):
        trained = train(recipe, dataset, Session(accelerator, progress))
        if trained.ended_by:
            raise trained.ended_by
        model = finish(trained, dataset, task, with_baseline=True)
    model.training["command"] = "TextClassifier.fit"
    model.network.cpu()
    return model
