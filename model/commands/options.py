"""The options of training, checked, and the recipe they make. Reads no file and trains nothing."""

import argparse
import shlex
import sys
from dataclasses import fields, replace
from pathlib import Path

from accelerate.tracking import get_available_trackers

from ..arguments import Parser, checked
from ..data.labelled import PARTS, is_table_name
from ..tasks import TASKS
from ..tasks.custom import FILE, RECIPES
from ..tasks.names import NAMES
from ..tasks.recipe import LECTURE, Recipe
from ..tasks.task import Task

CUSTOM = (*PARTS, *"text_column label_column units keep_case strict".split())
CUSTOM += ("task_file", "no_baseline")
WHAT = "data of the task (default: data/ for names), or any table of texts and labels"
OUTPUT = "the model folder (default: model/weights/TASK, of --lecture out/lecture)"
DATA = {  # option: its type, and what --help calls it and says of it
    "--data": (str, "FOLDER|FILE|hub:USER/NAME", WHAT),
    **{f"--{part}": (Path, "TABLE", f"in place of --data: {part} rows") for part in PARTS},
    "--text-column": (str, "NAME", "heading, or number from 1"),
    "--label-column": (str, "NAME", "heading, or number from 1"),
    "--task-file": (Path, "FILE", "of a table (default: task.toml beside it)"),
    "--teacher": (Path, "FILE", "a larger model's probabilities, to learn from too"),
    "--output": (Path, "FOLDER", OUTPUT),
}


def parse_arguments(
    arguments: list[str] | None = None, program: str = "train.py"
) -> argparse.Namespace:
    """Parse the command line of `program`; exit with 2 and one clear line if it is wrong.

    The namespace has `program`, the whole `command` as it was typed, for the model's card, and
    `custom`, whether the task is one of the user's own.
    """
    arguments = sys.argv[1:] if arguments is None else arguments
    typed = f"python {program}" if program.endswith(".py") else program
    text = "Train a classifier and save it as a model folder."
    parser = Parser(prog=program, usage=f"{typed} [options]", description=text)
    parser.set_defaults(program=program, command=shlex.join([*typed.split(), *arguments]))
    _add_options(parser)
    options = parser.parse_all(arguments)
    given = [name for name in CUSTOM if getattr(options, name)]
    options.custom = options.task is None and bool(given or _is_custom(options.data))
    if options.task and given:
        parser.error(f"--{given[0].replace('_', '-')} is for a custom task: leave --task out")
    options.task = options.task or NAMES.name
    if problem := _problem(options):
        parser.error(problem)
    return options


def _add_options(parser: Parser) -> None:
    yes_or_no = argparse.BooleanOptionalAction
    add = parser.add_argument_group("data").add_argument
    add("--task", choices=TASKS, help="what to learn (default: names, or the table's own)")
    for name, (kind, metavar, text) in DATA.items():
        add(name, type=kind, metavar=metavar, help=text)
    files = "texts to pretrain on (default: those of the data)"
    add("--pretraining", type=Path, nargs="+", action="extend", metavar="FILE", help=files)
    add("--units", choices=RECIPES, help="what is read one by one of a table's texts")
    # Without it the task.toml decides, so its default is not False.
    add("--keep-case", action="store_true", default=None, help="read A and a as two letters")
    add("--strict", action="store_true", help="stop at the first unusable row of a table")
    add("--no-baseline", action="store_true", help="train no linear classifier to compare with")
    add = parser.add_argument_group("recipe (default: the task's own)").add_argument
    add("--lecture", action="store_true", help="the lecture's network and options")
    for field in fields(Recipe):
        if "help" in field.metadata:
            is_flag = field.type is bool
            how: dict = {"action": yes_or_no} if is_flag else {"type": checked(field.type)}
            add(f"--{field.name.replace('_', '-')}", help=field.metadata["help"], **how)
    add = parser.add_argument_group("this run").add_argument
    add("--use-gpu", action=yes_or_no, help="default: the GPU if there is one")
    add("--resume", action="store_true", help="continue from the last checkpoint")
    trackers = list(map(str, get_available_trackers()))  # those that are installed
    add("--log-with", choices=trackers, help="a tracker; tensorboard logs to OUTPUT.logs")
    add("--dry-run", action="store_true", help="two batches, no file written")


def _is_custom(data: str | None) -> bool:
    """Return whether `data` is of a custom task: a table, or a folder with a task.toml."""
    path = Path(data or "")
    return data is not None and (path.is_file() or (path / FILE).exists() or is_table_name(path))


def _problem(options: argparse.Namespace) -> str | None:
    """Return the first thing that does not fit together, None if all does."""
    task, data, train = TASKS[options.task], options.data, options.train
    more = options.pretraining or options.pretrain_epochs
    if options.custom:
        parts = options.validation or options.test
        problems = {
            "a custom task needs --data TABLE, or --train TABLE": not train and not data,
            "--data is a table to split, --train a part: give one of them": train and data,
            "--validation and --test go with --train": not train and parts,
            "a custom task needs --output FOLDER": not (options.output or options.dry_run),
            "a custom task has no pretraining and no teacher": more or options.teacher,
        }
    else:
        has_data = data is not None or (task.data and task.data.is_dir())
        lecture = options.lecture and (more or options.teacher)
        problems = {
            "--lecture is the lecture's training, without pretraining or a teacher": lecture,
            f"--task {task.name} needs --data: {task.where_from}": not has_data,
            f"--task {task.name} has no pretraining": more and not task.pretrained_recipe,
        }
    return next((text for text, holds in problems.items() if holds), None)


def choose_recipe(options: argparse.Namespace, task: Task, pretraining: bool) -> Recipe:
    """Return the task's or the lecture's recipe with what the command line changes in it.

    `pretraining` says whether there are texts to pretrain on.
    """
    given = {field.name: getattr(options, field.name, None) for field in fields(Recipe)}
    recipe = task.recipe
    if options.lecture:
        recipe = replace(LECTURE, words=recipe.words)  # the lecture's network on the task's units
    elif task.pretrained_recipe and pretraining and options.pretrain_epochs != 0:
        recipe = task.pretrained_recipe
    return replace(recipe, **{name: v for name, v in given.items() if v is not None})
