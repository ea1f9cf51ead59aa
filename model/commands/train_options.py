"""The command line of training: its options, checked, and the recipe they make.

Reads no file and trains nothing.
"""

import argparse
import shlex
import sys
from dataclasses import fields, replace
from pathlib import Path

from ..arguments import Parser, nonempty, nonempty_path, whole_number
from ..data.labelled import PARTS, is_table_name
from ..tasks import TASKS
from ..tasks.names import NAMES
from ..tasks.own import FILE, RECIPES
from ..tasks.recipe import LECTURE, Recipe
from ..tasks.task import Task
from .train_log import tracker

Group = argparse._ArgumentGroup  # its only name
OWN = (*PARTS, "text_column", "label_column", "units", "strict", "task_file", "no_baseline")


def positive_number(text: str) -> float:
    """Parse a finite number above 0 for argparse."""
    try:
        value = float(text)
    except ValueError:
        value = 0.0
    if not 0 < value < float("inf"):
        raise argparse.ArgumentTypeError(f"{text!r} is not a number above 0")
    return value


def share(text: str) -> float:
    """Parse a number from 0 to 1 for argparse."""
    try:
        value = float(text)
    except ValueError:
        value = -1.0
    if not 0 <= value <= 1:
        raise argparse.ArgumentTypeError(f"{text!r} is not a number from 0 to 1")
    return value


def parse_arguments(
    arguments: list[str] | None = None, program: str = "train.py"
) -> argparse.Namespace:
    """Parse the command line of `program`; exit with 2 and one clear line if it is wrong.

    The namespace has `program`, and the whole `command` as it was typed, for the model's card.
    """
    arguments = sys.argv[1:] if arguments is None else arguments
    typed = f"python {program}" if program.endswith(".py") else program
    parser = Parser(
        prog=program,
        usage=f"{typed} [options]",
        description="Train a classifier and save it as a model folder.",
    )
    add_data_options(parser.add_argument_group("what to learn and from what"))
    add_recipe_options(parser.add_argument_group("recipe (default: the task's own)"))
    add_run_options(parser.add_argument_group("this run"))
    parser.set_defaults(program=program, command=shlex.join([*typed.split(), *arguments]))
    options = parser.parse_args(arguments)
    given = [name for name in OWN if getattr(options, name)]
    if options.task is not None and given:
        parser.error(f"--{given[0].replace('_', '-')} is for a task of your own: leave --task out")
    if options.task is None and (given or is_own(options.data)):
        return check_own(parser, options)
    options.own, options.task = False, options.task or NAMES.name
    task = TASKS[options.task]
    pretraining = options.pretraining or options.pretrain_epochs
    if options.lecture and (pretraining or options.teacher):
        parser.error("--lecture is the lecture's training, without pretraining or a teacher")
    if options.data is None and not (task.data and task.data.is_dir()):
        parser.error(f"--task {task.name} needs --data: {task.where_from}")
    if task.pretrained_recipe is None and pretraining:
        parser.error(f"--task {task.name} has no pretraining")
    return options


def is_own(data: str | None) -> bool:
    """Return whether `data` is of a task of one's own: a table, or a folder with a task.toml."""
    path = Path(data or "")
    return data is not None and (path.is_file() or (path / FILE).exists() or is_table_name(path))


def check_own(parser: Parser, options: argparse.Namespace) -> argparse.Namespace:
    """Return the options of a task of one's own; exit with 2 and one line if they do not fit."""
    options.own = True
    if not options.train and not options.data:
        parser.error("a task of your own needs --data TABLE, or --train TABLE")
    if options.train and options.data:
        parser.error("--data is a table to split, --train one of its parts: give one of them")
    if (options.validation or options.test) and not options.train:
        parser.error("--validation and --test go with --train")
    if options.output is None and not options.dry_run:
        parser.error("a task of your own needs --output FOLDER")
    if options.pretraining or options.pretrain_epochs or options.teacher:
        parser.error("a task of your own has no pretraining and no teacher")
    return options


def add_data_options(group: Group) -> None:
    """Add the options that name the task and its files."""
    group.add_argument("--task", choices=TASKS, help="what to learn (default: names, or a table)")
    group.add_argument(
        "--data",
        type=nonempty,
        metavar="FOLDER|FILE|hub:USER/NAME",
        help="data folder or file, or dataset on the Hub (default: data/ for names); any table of "
        "texts and labels is a task of your own",
    )
    for part in PARTS:
        group.add_argument(
            f"--{part}", type=nonempty_path, metavar="TABLE", help=f"in place of --data: to {part}"
        )
    group.add_argument("--text-column", type=nonempty, metavar="NAME", help="heading or number")
    group.add_argument("--label-column", type=nonempty, metavar="NAME", help="heading or number")
    group.add_argument(
        "--units", choices=RECIPES, help="what is read one by one (default: letters)"
    )
    group.add_argument("--strict", action="store_true", help="end at the first unusable row")
    group.add_argument(
        "--task-file",
        type=nonempty_path,
        metavar="task.toml",
        help="what a task of your own is called (default: task.toml beside the table)",
    )
    group.add_argument(
        "--no-baseline", action="store_true", help="train no linear classifier to compare with"
    )
    group.add_argument(
        "--pretraining",
        action="extend",
        nargs="+",
        metavar="FILE",
        type=nonempty_path,
        help="all files of texts to pretrain on (default: pretraining.csv.gz of the data folder)",
    )
    group.add_argument(
        "--teacher",
        metavar="FILE",
        type=nonempty_path,
        help="a larger model's probabilities for more texts, to learn from too (data/teacher.py)",
    )
    group.add_argument(
        "--output",
        type=nonempty_path,
        help="model folder (default: model/weights/TASK, with --lecture out/lecture)",
    )
    group.add_argument("--lecture", action="store_true", help="the lecture's network and options")


def add_recipe_options(group: Group) -> None:
    """Add the options that change a field of the recipe, each named after its field."""
    add = group.add_argument
    add("--epochs", type=whole_number(1, 10**6), help="maximum number of epochs")
    add("--batch-size", type=whole_number(1, 10**6), help="texts per batch")
    add("--hidden-size", type=whole_number(1, 10**4), help="GRU units per direction")
    add("--layers", type=whole_number(1, 100), help="GRU layers")
    add("--bidirectional", action=argparse.BooleanOptionalAction)
    add("--learning-rate", type=positive_number, help="of AdamW")
    add("--pretrain-epochs", type=whole_number(0, 10**6), help="epochs of pretraining, 0 for none")
    add(
        "--logit-adjustment",
        type=share,
        help="how far to train as if all labels were equally frequent, 0 to 1",
    )
    add(
        "--prior-power",
        type=share,
        help="how far answers get the labels' frequencies back, 0 to 1",
    )
    add("--seed", type=whole_number(0, 2**32 - 1), help="of weights and of shuffling")


def add_run_options(group: Group) -> None:
    """Add the options that say where and how far to run."""
    group.add_argument(
        "--use-gpu", action=argparse.BooleanOptionalAction, help="default: the GPU if there is one"
    )
    group.add_argument("--resume", action="store_true", help="go on from the last checkpoint")
    trackers = "tensorboard, which logs to OUTPUT.logs, or another tracker of Accelerate"
    group.add_argument("--log-with", type=tracker, metavar="NAME", help=trackers)
    group.add_argument("--dry-run", action="store_true", help="two batches, no file written")


def choose_recipe(options: argparse.Namespace, task: Task, pretraining: bool) -> Recipe:
    """Return the task's or the lecture's recipe with what the command line changes in it.

    `pretraining` says whether there are texts to pretrain on.
    """
    names = {field.name for field in fields(Recipe)}
    given = {name: value for name, value in vars(options).items() if name in names}
    changes = {name: value for name, value in given.items() if value is not None}
    recipe = task.recipe
    if options.lecture:
        recipe = replace(LECTURE, words=recipe.words)  # the lecture's network on the task's units
    elif task.pretrained_recipe and pretraining and changes.get("pretrain_epochs") != 0:
        recipe = task.pretrained_recipe
    return replace(recipe, **changes)
