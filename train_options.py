"""The command line of train.py: its options, checked, and the recipe they make.

Reads no file and trains nothing.
"""

import argparse
from collections.abc import Callable
from dataclasses import replace

from model.arguments import Parser, nonempty, nonempty_path
from model.tasks import TASKS
from model.tasks.recipe import LECTURE, Recipe
from model.tasks.task import Task

RECIPE_OPTIONS = (
    "epochs",
    "batch_size",
    "hidden_size",
    "layers",
    "bidirectional",
    "learning_rate",
    "pretrain_epochs",
    "logit_adjustment",
    "prior_power",
    "recall_floor",
    "seed",
)


def whole_number(minimum: int, maximum: int) -> Callable[[str], int]:
    """Return an argparse type for a whole number from `minimum` to `maximum`."""

    def parse(text: str) -> int:
        whole = text.isascii() and text.isdigit() and len(text) < 20
        if not whole or not minimum <= int(text) <= maximum:
            raise argparse.ArgumentTypeError(
                f"{text!r} is not a whole number from {minimum} to {maximum}"
            )
        return int(text)

    return parse


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


def parse_arguments(arguments: list[str] | None = None) -> argparse.Namespace:
    """Parse the command line; exit with 2 and one clear line if it is wrong."""
    parser = Parser(
        prog="train.py",
        usage="python train.py [options]",
        description="Train a classifier and save it as a model folder.",
    )
    parser.add_argument("--task", choices=TASKS, default="names", help="what to learn")
    parser.add_argument(
        "--data",
        type=nonempty,
        metavar="FOLDER|FILE|hub:USER/NAME",
        help="data folder or file, or dataset on the Hub (default: data/ for names)",
    )
    parser.add_argument(
        "--pretraining",
        action="extend",
        nargs="+",
        metavar="FILE",
        type=nonempty_path,
        help="all files of texts to pretrain on (default: pretraining.csv.gz of the data folder)",
    )
    parser.add_argument(
        "--teacher",
        metavar="FILE",
        type=nonempty_path,
        help="a larger model's probabilities for more texts, to learn from too (data/teacher.py)",
    )
    parser.add_argument(
        "--output",
        type=nonempty_path,
        help="model folder (default: model/weights/TASK, with --lecture out/lecture)",
    )
    parser.add_argument("--epochs", type=whole_number(1, 10**6), help="most epochs to run")
    parser.add_argument("--batch-size", type=whole_number(1, 10**6), help="texts per batch")
    parser.add_argument(
        "--hidden-size", type=whole_number(1, 10**4), help="GRU units per direction"
    )
    parser.add_argument("--layers", type=whole_number(1, 100), help="GRU layers")
    parser.add_argument("--bidirectional", action=argparse.BooleanOptionalAction)
    parser.add_argument("--learning-rate", type=positive_number, help="of AdamW")
    parser.add_argument(
        "--pretrain-epochs",
        type=whole_number(0, 10**6),
        help="epochs of pretraining, 0 for none",
    )
    parser.add_argument(
        "--logit-adjustment",
        type=share,
        help="how far to train as if all labels were equally frequent, 0 to 1",
    )
    parser.add_argument(
        "--prior-power",
        type=share,
        help="how far answers get the labels' frequencies back, 0 to 1",
    )
    parser.add_argument(
        "--recall-floor",
        type=share,
        help="recall that labels with 50 validation rows or more are raised to, 0 to 1",
    )
    parser.add_argument(
        "--seed", type=whole_number(0, 2**32 - 1), help="of weights and of shuffling"
    )
    parser.add_argument(
        "--use-gpu", action=argparse.BooleanOptionalAction, help="default: the GPU if there is one"
    )
    parser.add_argument("--lecture", action="store_true", help="the lecture's network and options")
    parser.add_argument("--resume", action="store_true", help="go on from the last checkpoint")
    parser.add_argument("--dry-run", action="store_true", help="two batches, no file written")
    options = parser.parse_args(arguments)
    if options.lecture and (options.pretraining or options.pretrain_epochs or options.teacher):
        parser.error("--lecture is the lecture's training and knows no pretraining and no teacher")
    task = TASKS[options.task]
    if options.data is None and task.data is None:
        parser.error(f"--task {task.name} needs --data: {task.where_from}")
    if task.pretrained_recipe is None and (options.pretraining or options.pretrain_epochs):
        parser.error(f"--task {task.name} knows no pretraining")
    return options


def choose_recipe(options: argparse.Namespace, task: Task, pretraining: bool) -> Recipe:
    """Return the task's or the lecture's recipe with what the command line changes in it.

    `pretraining` says whether there are texts to pretrain on.
    """
    given = {name: getattr(options, name) for name in RECIPE_OPTIONS}
    changes = {name: value for name, value in given.items() if value is not None}
    recipe = task.recipe
    if options.lecture:
        recipe = replace(LECTURE, words=recipe.words)  # the lecture's network on the task's units
    elif task.pretrained_recipe and pretraining and changes.get("pretrain_epochs") != 0:
        recipe = task.pretrained_recipe
    return replace(recipe, **changes)
