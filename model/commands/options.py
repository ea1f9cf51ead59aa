"""The options of training, checked, and the recipe they make. Reads no file and trains nothing."""

import argparse
import shlex
from dataclasses import fields, replace
from pathlib import Path

from accelerate.tracking import get_available_trackers

from ..arguments import Parser, checked
from ..data.labelled import is_table_name
from ..data.splits import PARTS
from ..tasks import TASKS
from ..tasks.custom import FILE, RECIPES
from ..tasks.names import NAMES
from ..tasks.recipe import LECTURE, Recipe
from ..tasks.task import Task

DATA = "data of the task (default: data/ for names), or any table of texts and labels"
OUTPUT = "model folder (default: model/weights/TASK; with --lecture out/lecture; for a table: none)"
FILE_OPTION: dict = {"type": Path, "metavar": "FILE"}
COLUMN: dict = {"metavar": "NAME", "help": "heading, or number from 1"}
FLAG: dict = {"action": "store_true"}
CUSTOM: dict[str, dict] = {  # options of a custom task alone
    **{
        f"--{part}": FILE_OPTION | {"help": f"{part} rows, in place of --data"}
        for part in PARTS
    },
    "--text-column": COLUMN,
    "--label-column": COLUMN,
    "--task-file": FILE_OPTION
    | {"help": "what texts are called (default: task.toml beside them)"},
    "--units": {"choices": RECIPES, "help": "what is read one by one of a text"},
    # Without it the task.toml decides, so its default is not False.
    "--keep-case": FLAG | {"default": None, "help": "read A and a as two letters"},
    "--strict": FLAG | {"help": "stop at the first unusable row"},
    "--no-baseline": FLAG | {"help": "train no linear classifier to compare with"},
}


def parse_arguments(
    arguments: list[str], program: str = "train.py"
) -> argparse.Namespace:
    """Parse the command line of `program`; exit with 2 and one clear line if it is wrong.

    The namespace has `program`, the whole `command` as it was typed, for the model's card, and
    `custom`, whether the task is one of the user's own.
    """
    typed = f"python {program}" if program.endswith(".py") else program
    text = "Train a classifier and save it as a model folder."
    parser = Parser(prog=program, usage=f"{typed} [options]", description=text)
    parser.set_defaults(
        program=program, command=shlex.join([*typed.split(), *arguments])
    )
    _add_options(parser)
    options = parser.parse_all(arguments)
    given = [name for name in CUSTOM if getattr(options, name[2:].replace("-", "_"))]
    data = (
        options.data
    )  # of a custom task, if it is a table, or a folder with a task.toml
    is_own = data and (data.is_file() or (data / FILE).exists() or is_table_name(data))
    options.custom = options.task is None and bool(given or is_own)
    if options.task and given:
        parser.error(f"{given[0]} is for a custom task: leave --task out")
    options.task = options.task or NAMES.name
    if problem := _problem(options):
        parser.error(problem)
    return options


def _add_options(parser: Parser) -> None:
    yes_or_no = argparse.BooleanOptionalAction
    add = parser.add_argument_group("data").add_argument
    add(
        "--task",
        choices=TASKS,
        help="what to learn (default: names, or the table's own)",
    )
    add("--data", type=Path, metavar="FOLDER|FILE", help=DATA)
    files = "texts to pretrain on (default: those of the data)"
    add("--pretraining", nargs="+", action="extend", help=files, **FILE_OPTION)
    add(
        "--teacher",
        help="a larger model's probabilities, to learn from too",
        **FILE_OPTION,
    )
    add("--output", type=Path, metavar="FOLDER", help=OUTPUT)
    add = parser.add_argument_group("a table of your own, without --task").add_argument
    for name, how in CUSTOM.items():
        add(name, **how)
    add = parser.add_argument_group("recipe (default: the task's own)").add_argument
    add("--lecture", action="store_true", help="the lecture's network and options")
    for field in fields(Recipe):
        if "help" in field.metadata:
            is_flag = field.type is bool
            how = {"action": yes_or_no} if is_flag else {"type": checked(field.type)}
            add(f"--{field.name.replace('_', '-')}", help=field.metadata["help"], **how)
    add = parser.add_argument_group("this run").add_argument
    add("--use-gpu", action=yes_or_no, help="default: the GPU if there is one")
    add("--resume", action="store_true", help="continue from the last checkpoint")
    trackers = list(map(str, get_available_trackers()))  # those that are installed
    add(
        "--log-with",
        choices=trackers,
        help="a tracker; tensorboard logs to OUTPUT.logs",
    )
    add("--dry-run", action="store_true", help="two batches, no file written")


def _problem(options: argparse.Namespace) -> str | None:
    """Return the first thing that does not fit together, None if all does."""
    task, custom, data, train = (
        TASKS[options.task],
        options.custom,
        options.data,
        options.train,
    )
    name = "a custom task" if custom else f"--task {task.name}"
    where = "a table, or --train one" if custom else task.where_from
    is_here = not custom and task.data and task.data.is_dir()
    parts = options.validation or options.test
    pretrains = options.pretraining or options.pretrain_epochs
    learns_more, is_plain = pretrains or options.teacher, custom or options.lecture
    problems = {
        "--validation and --test go with --train": parts and not train,
        f"{name} needs --data: {where}": not (data or train or is_here),
        "--data is a table to split, --train a part: give one of them": data and train,
        f"{name} needs --output FOLDER": custom
        and not (options.output or options.dry_run),
        "--lecture and a custom task have no pretraining and no teacher": is_plain
        and learns_more,
        f"{name} has no pretraining": pretrains and not task.pretrained_recipe,
    }
    return next((text for text, holds in problems.items() if holds), None)


def choose_recipe(options: argparse.Namespace, task: Task, pretraining: bool) -> Recipe:
    """Return the task's or the lecture's recipe with what the command line changes in it.

    `pretraining` says whether there are texts to pretrain on.
    """
    given = {field.name: getattr(options, field.name, None) for field in fields(Recipe)}
    recipe = task.recipe
    if options.lecture:
        # The lecture's network, which reads words where the task does
        is_of_words = recipe.units == "words"
        recipe = replace(LECTURE, units="words") if is_of_words else LECTURE
    elif task.pretrained_recipe and pretraining and options.pretrain_epochs != 0:
        recipe = task.pretrained_recipe
    return replace(recipe, **{name: v for name, v in given.items() if v is not None})
