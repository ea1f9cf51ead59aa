"""The options of training, checked, the tables that they name, and the recipe they make.

Built-in tasks and trackers take seconds to import, because torch does: --help and the refusal of a
table come at once.
"""

import argparse
import shlex
from dataclasses import fields, replace
from pathlib import Path
from typing import TYPE_CHECKING

from ..arguments import QUIET, SHEET, Parser, checked
from ..data.layout import Asked
from ..data.sources import SPLITS, is_table_name, read_tables
from ..data.tables import Table
from ..errors import InputError
from ..tasks.description import FILE, described
from ..tasks.recipe import LECTURE, Recipe

if TYPE_CHECKING:
    from ..tasks.task import Task

TASK = "what to learn: names or reviews (default: names, or the table's own)"
DATA = "data of the task (default: data/ for names), or any table of texts and labels"
PRETRAINING = "texts to pretrain on (default: those of the data)"
TEACHER = "a larger model's probabilities, to learn from too"
OUTPUT = "model folder (default: model/weights/TASK; with --lecture out/lecture; for a table: none)"
TASK_FILE = "what texts are called (default: task.toml beside them)"
TRACKER = "a tracker; tensorboard logs to OUTPUT.logs"
FILE_OPTION: dict = {"type": Path, "metavar": "FILE"}
COLUMN: dict = {"metavar": "NAME", "help": "heading, or number from 1"}
FLAG: dict = {"action": "store_true"}
YES_OR_NO: dict = {"action": argparse.BooleanOptionalAction}
# Options of a custom task alone
CUSTOM: dict[str, dict] = {
    "train": FILE_OPTION | {"help": "train rows, in place of --data"},
    "validation": FILE_OPTION | {"help": "validation rows, in place of --data"},
    "test": FILE_OPTION | {"help": "test rows, in place of --data"},
    "text_column": COLUMN,
    "label_column": COLUMN,
    "header": YES_OR_NO | {"help": "whether the first row is a header"},
    "sheet": {"metavar": "NAME", "help": SHEET},
    "task_file": FILE_OPTION | {"help": TASK_FILE},
    "units": {
        "choices": ["letters", "words"],
        "help": "what is read one by one of a text",
    },
    "quick": FLAG | {"help": "a first try: one stage instead of three or more"},
}


def parse_arguments(
    arguments: list[str], program: str = "train.py"
) -> argparse.Namespace:
    """Parse the command line of `program`; exit with 2 and one clear line if it is wrong.

    The namespace has `program`, the whole `command` as it was typed, for the model's card, and
    `custom`, whether the task is one of the user's own.
    """
    typed = f"python {program}" if program.endswith(".py") else program
    parser = Parser(
        prog=program,
        usage=f"{typed} [options]",
        description="Train a classifier and save it as a model folder.",
    )
    command = shlex.join([*typed.split(), *arguments])
    parser.set_defaults(program=program, command=command)
    _add_options(parser)
    options = parser.parse_all(arguments)
    chosen = [
        name for name in CUSTOM if getattr(options, name) != parser.get_default(name)
    ]
    if options.task and chosen:
        parser.error(f"{_flag(chosen[0])} is for a custom task: leave --task out")
    options.custom = options.task is None and bool(chosen or _is_custom(options.data))
    options.task = options.task or "names"
    problem = _unknown(options) or _problem(options)
    if problem:
        parser.error(problem)
    return options


def _flag(name: str) -> str:
    return f"--{name.replace('_', '-')}"


def _is_custom(data: Path | None) -> bool:
    """Return whether data are those of a custom task: a table, or a folder with a task.toml."""
    if data is None:
        return False
    return data.is_file() or (data / FILE).exists() or is_table_name(data)


def _add_options(parser: Parser) -> None:
    add = parser.add_argument_group("data").add_argument
    add("--task", metavar="NAME", help=TASK)
    add("--data", type=Path, metavar="FOLDER|FILE", help=DATA)
    add(
        "--pretraining",
        nargs="+",
        action="extend",
        help=PRETRAINING,
        **FILE_OPTION,
    )
    add("--teacher", help=TEACHER, **FILE_OPTION)
    add("--output", type=Path, metavar="FOLDER", help=OUTPUT)

    add = parser.add_argument_group("a table of your own, without --task").add_argument
    for name, settings in CUSTOM.items():
        add(_flag(name), **settings)

    add = parser.add_argument_group("recipe (default: the task's own)").add_argument
    add("--lecture", help="the lecture's network and options", **FLAG)
    for field in fields(Recipe):
        text = field.metadata.get("help")
        if text and field.type is bool:
            add(_flag(field.name), help=text, **YES_OR_NO)
        elif text:
            add(_flag(field.name), help=text, type=checked(field.type))

    add = parser.add_argument_group("this run").add_argument
    add("--use-gpu", help="default: the GPU if there is one", **YES_OR_NO)
    add("--resume", help="continue from the last checkpoint", **FLAG)
    add("--log-with", metavar="NAME", help=TRACKER)
    add("--dry-run", help="two batches, no file written", **FLAG)
    add("--quiet", help=QUIET, **FLAG)


def _unknown(options: argparse.Namespace) -> str | None:
    """Return which task or tracker is not there, None if both are."""
    if options.custom and not options.log_with:
        return None
    from accelerate.tracking import get_available_trackers

    from ..tasks.registry import TASKS

    trackers = list(map(str, get_available_trackers()))
    if options.task not in TASKS:
        return f"--task {options.task} is not one of {', '.join(TASKS)}"
    if options.log_with not in (None, *trackers):
        installed = ", ".join(trackers) or "none"
        return f"--log-with {options.log_with} is not installed; what is: {installed}"
    return None


def _problem(options: argparse.Namespace) -> str | None:
    """Return the first thing that does not fit together, None if all does."""
    name = "a custom task"
    where = "a table, or --train one"
    has_data = options.data or options.train
    task = None
    if not options.custom:
        from ..tasks.registry import TASKS

        task = TASKS[options.task]
        name = f"--task {task.name}"
        where = task.where_from
        has_data = has_data or (task.data and task.data.is_dir())
    pretrains = options.pretraining or options.pretrain_epochs
    has_one_stage = options.custom or options.lecture
    if (options.validation or options.test) and not options.train:
        return "--validation and --test go with --train"
    if not has_data:
        return f"{name} needs --data: {where}"
    if options.data and options.train:
        return "--data is a table to split, --train a part: give one of them"
    if has_one_stage and (pretrains or options.teacher):
        return "--lecture and a custom task have no pretraining and no teacher"
    if pretrains and task and not task.pretrained_recipe:
        return f"{name} has no pretraining"
    return None


def tables_of(options: argparse.Namespace) -> dict[str, Table]:
    """Return the tables of a custom task, read before torch is imported; raise InputError.

    A message ends with the command as it should be.
    """
    files = {split: path for split in SPLITS if (path := getattr(options, split))}
    data = options.train or options.data
    folder = data if data.is_dir() else data.parent
    if options.task_file is None and (folder / FILE).exists():
        options.task_file = folder / FILE
    command = options.command
    if not (options.output or options.dry_run):
        command += f" --output {shlex.quote('my_' + data.name.partition('.')[0])}"
    asked = Asked(
        options.sheet, options.text_column, options.label_column, options.header
    )
    _, nouns = described(options.task_file)
    tables = read_tables(files or data, nouns, command, asked)
    if command != options.command:
        raise InputError(f"A custom task needs --output FOLDER: {command}")
    return tables


def choose_recipe(
    options: argparse.Namespace, task: "Task", pretraining: bool
) -> Recipe:
    """Return the task's or the lecture's recipe with what the command line changes in it.

    `pretraining` says whether there are texts to pretrain on.
    """
    recipe = task.recipe
    pretrains = pretraining and options.pretrain_epochs != 0
    if options.lecture:
        recipe = LECTURE
        # The lecture's network reads words where the task does.
        if task.recipe.units == "words":
            recipe = replace(LECTURE, units="words")
    elif task.pretrained_recipe and pretrains:
        recipe = task.pretrained_recipe
    changes = {}
    for field in fields(Recipe):
        value = getattr(options, field.name, None)
        if value is not None:
            changes[field.name] = value
    return replace(recipe, **changes)
