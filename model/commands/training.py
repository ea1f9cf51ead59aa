"""A training as its options say, which train.py beside this file reads.

options -> task, recipe, data -> stages of training -> calibration, scores -> model folder
"""

import argparse
import re
import sys
from contextlib import closing, nullcontext
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TextIO
from warnings import simplefilter

from accelerate import Accelerator

from ..atomic import resolved, try_writing
from ..classifier import TextClassifier
from ..data.pairs import data_file, read_pretraining
from ..data.rows import Dataset
from ..data.teaching import with_teacher
from ..errors import InputError, reason
from ..storage.folder import check_replaceable
from ..tasks.custom import custom_recipe, custom_task
from ..tasks.recipe import Recipe
from ..tasks.registry import TASKS
from ..tasks.task import Task
from ..trained import Model
from ..training.capitals import choose_case
from ..training.checkpoint import folder_beside, held, remove_checkpoints
from ..training.progress import Progress
from ..training.session import Session, make_accelerator
from ..training.stages import finish, train
from .options import choose_recipe
from .report import describe, outcome, scores, warnings


def output_folder(options: argparse.Namespace) -> Path:
    """Return the model folder, once it is sure to be writable."""
    output: Path = options.output or TASKS[options.task].output
    if options.lecture and not options.output:
        output = Path("out/lecture")
    elif not (options.output or output.parent.is_dir()):
        raise InputError(
            "Outside a clone of the repository --output is needed: a model folder."
        )
    check_replaceable(output)
    parents = resolved(output).parents
    try_writing(output, [output, *parents])  # a write-protected model is not replaced
    try_writing(output, parents)
    if options.log_with:
        folder_beside(output, "logs")
    return output


def prepare(
    options: argparse.Namespace,
) -> tuple[Task, Recipe, Dataset, Dataset | None]:
    """Return the task, the recipe, the data that `options` ask for, and those to pretrain on."""
    if options.custom:
        task, dataset = _read_custom(options)
        return task, choose_recipe(options, task, pretraining=False), dataset, None
    task = TASKS[options.task]
    return task, *_read_task(options, task)


def two_batches(
    recipe: Recipe, dataset: Dataset, pretraining: Dataset | None
) -> tuple[Recipe, Dataset, Dataset | None]:
    """Return a recipe of one epoch, and data of two batches."""
    if pretraining:
        pretraining = pretraining.sample(2 * recipe.pretrain_batch_size)
    dataset = dataset.sample(2 * recipe.batch_size)
    recipe = replace(
        recipe,
        epochs=1,
        pretrain_epochs=min(1, recipe.pretrain_epochs),
    )
    return recipe, dataset, pretraining


def _read_task(
    options: argparse.Namespace, task: Task
) -> tuple[Recipe, Dataset, Dataset | None]:
    """Return the recipe of a built-in task, its data, and those to pretrain on."""
    data = options.data or task.data
    assert data is not None  # because a task without data requires --data
    files = options.pretraining or [data_file(data, "pretraining")]
    has_files = bool(options.pretraining) or files[0].exists()
    recipe = choose_recipe(options, task, has_files)
    dataset = task.read_data(data)
    if options.teacher:
        dataset = with_teacher(dataset, options.teacher)
    if not recipe.pretrain_epochs:
        return recipe, dataset, None
    pretraining, dataset = read_pretraining(files, dataset, task.kind)
    if not pretraining.train:
        names = ", ".join(map(str, files))
        raise InputError(
            f"{names} has no new {task.kind.text} of these labels: add some, or give "
            "--pretrain-epochs 0."
        )
    return recipe, dataset, pretraining


def _read_custom(options: argparse.Namespace) -> tuple[Task, Dataset]:
    """Return a custom task, with a recipe that fits its data, and these."""
    task_file = options.task_file
    task = custom_task(task_file, units=options.units)
    dataset = task.read_data(options.tables)
    columns = dataset.columns
    # Plain words, which may stand in a question
    are_nouns = all(re.fullmatch("[A-Za-z]{2,20}", name) for name in columns.values())
    if task_file is None and columns and are_nouns:
        nouns = {noun: heading.lower() for noun, heading in columns.items()}
        task = custom_task(nouns, units=options.units)
    # The lecture's network is the same for all data.
    if not (options.lecture or options.quick):
        task, dataset = choose_case(task, dataset)
    recipe = custom_recipe(task, dataset, {}, options.quick)
    return replace(task, recipe=recipe), dataset


def start_log(accelerator: Accelerator, tracker: str, logs: Path) -> None:
    """Have the accelerator log to a tracker; what it writes is in `logs`."""
    accelerator.project_configuration.set_directories(str(logs))
    accelerator.log_with = [tracker]
    # A new TensorBoard log in the same folder hides what an earlier one wrote.
    settings = {"tensorboard": {"purge_step": 0}}
    try:
        accelerator.init_trackers(logs.stem, init_kwargs=settings)
    except Exception as error:  # each tracker has its own
        raise InputError(
            f"--log-with {tracker} does not start: {reason(error)}"
        ) from None


def save_model(model: Model, options: argparse.Namespace, output: Path) -> None:
    """Write the model folder with its card."""
    data = str(options.data) if options.data else None
    model.training |= {"command": options.command, "data": data}
    TextClassifier(model).save(output)
    print(f"saved to {output}")


def train_and_save(options: argparse.Namespace, errors: TextIO) -> int:
    """Train as `options` say; return the exit code. What ended it early is written to `errors`."""
    output = output_folder(options)
    checkpoint = folder_beside(output)
    task, recipe, dataset, pretraining = prepare(options)
    accelerator = make_accelerator(options.use_gpu)
    session = Session(accelerator, checkpoint=checkpoint, resume=options.resume)
    if options.dry_run:
        session = Session(accelerator)
        recipe, dataset, pretraining = two_batches(recipe, dataset, pretraining)
        simplefilter("ignore", UserWarning)  # scikit-learn's, of a label for each row
    with nullcontext() if options.dry_run else held(checkpoint):
        replaced = None if options.dry_run else output
        lines = describe(dataset, pretraining, accelerator, replaced)
        print(*lines, sep="\n", flush=True)
        device = accelerator.device.type
        for line in warnings(options, dataset, device, checkpoint):
            print(line, file=sys.stderr)
        if options.log_with and not options.dry_run:
            start_log(accelerator, options.log_with, folder_beside(output, "logs"))

        write = partial(print, flush=True)
        with closing(Progress(accelerator, write)) as session.progress:
            trained = train(recipe, dataset, session, pretraining)
        code, message = outcome(trained.ended_by, options.program)

        model = finish(trained, dataset, task)
        print(*scores(model), sep="\n")
        if options.dry_run:
            print("dry run: nothing saved")
        else:
            save_model(model, options, output)
        session.progress.log("test", model.metrics["test"])
        if message:
            print(message, file=errors)
        elif session.checkpoint:
            remove_checkpoints(checkpoint)
    accelerator.end_training()
    return code
