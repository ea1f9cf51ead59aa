"""Train a classifier and save it as a model folder: `python train.py --help`.

The command line only: arguments -> model.training.fit -> a saved model folder.
"""

import argparse
import sys
import time
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

from accelerate import Accelerator
from tqdm import tqdm

from model.checkpoint import remove_checkpoint
from model.classifier import TextClassifier, check_writable
from model.dataset import Dataset
from model.encoding import InputError
from model.hub import model_card
from model.results import all_metrics, calibrate, training_texts
from model.tasks import TASKS, Task
from model.training import LECTURE, NotFiniteError, Recipe, fit, make_accelerator

RECIPE_OPTIONS = (
    "epochs",
    "batch_size",
    "hidden_size",
    "layers",
    "bidirectional",
    "learning_rate",
    "seed",
)


def whole_number(minimum: int, maximum: int):
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


def parse_arguments(arguments: list[str] | None = None) -> argparse.Namespace:
    """Parse the command line; exit with 2 and one clear line if it is wrong."""
    parser = argparse.ArgumentParser(
        prog="train.py", usage="python train.py [options]", description=__doc__.split("\n")[0]
    )
    parser.add_argument("--task", choices=TASKS, default="names", help="what to learn")
    parser.add_argument("--data", type=Path, help="data folder (default: data/)")
    parser.add_argument(
        "--output",
        type=Path,
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
        "--seed", type=whole_number(0, 2**32 - 1), help="of weights and of shuffling"
    )
    parser.add_argument(
        "--use-gpu", action=argparse.BooleanOptionalAction, help="default: the GPU if there is one"
    )
    parser.add_argument("--lecture", action="store_true", help="the lecture's network and options")
    parser.add_argument("--resume", action="store_true", help="go on from the last checkpoint")
    parser.add_argument("--dry-run", action="store_true", help="two batches, no file written")
    return parser.parse_args(arguments)


def choose_recipe(options: argparse.Namespace, task: Task) -> Recipe:
    """Return the task's or the lecture's recipe with what the command line changes in it."""
    given = {name: getattr(options, name) for name in RECIPE_OPTIONS}
    changes = {name: value for name, value in given.items() if value is not None}
    return replace(LECTURE if options.lecture else task.recipe, **changes)


def shrink(dataset: Dataset, rows: int) -> Dataset:
    """Return `dataset` with at most `rows` rows a part, spread evenly, for a dry run."""

    def spread(part):
        return part.take(range(0, len(part), max(1, -(-len(part) // rows))))

    return replace(
        dataset,
        train=spread(dataset.train),
        validation=spread(dataset.validation),
        test=spread(dataset.test),
    )


class ProgressPrinter:
    """Draws a bar within the epoch, on a terminal only, and prints one line per epoch."""

    def __init__(self, epochs: int):
        self.epochs = epochs
        self.start = time.perf_counter()
        self.bar = None

    def on_batch(self, batch: int, batches: int) -> None:
        """Move the bar."""
        if self.bar is None:
            self.bar = tqdm(total=batches, leave=False, disable=None, unit="batch")
        self.bar.update()

    def on_epoch(self, entry: dict) -> None:
        """Print the epoch's line in place of the bar."""
        self.bar.close()
        self.bar = None
        elapsed = timedelta(seconds=round(time.perf_counter() - self.start))
        print(
            f"epoch {entry['epoch']:3}/{self.epochs}  {elapsed}  "
            f"train loss {entry['train_loss']:.4f}  "
            f"validation loss {entry['validation_loss']:.4f}  "
            f"validation accuracy {entry['validation_accuracy']:.2%}",
            flush=True,
        )


def describe(dataset: Dataset, accelerator: Accelerator) -> None:
    """Print what is about to be trained on, and warn of test names that are in training too."""
    print(
        f"{len(dataset.train):,} rows to train, {len(dataset.validation):,} to validate, "
        f"{len(dataset.test):,} to test; {len(dataset.labels)} labels; "
        f"device {accelerator.device}, processes {accelerator.num_processes}"
    )
    if dataset.shared_rows:
        print(
            f"warning: the texts of {dataset.shared_rows:,} test rows are in the training file too",
            file=sys.stderr,
        )


def prepare(options: argparse.Namespace) -> tuple[Task, Recipe, Dataset]:
    """Return the task, the recipe and the data that `options` ask for."""
    task = TASKS[options.task]
    recipe = choose_recipe(options, task)
    dataset = task.read(options.data or task.data)
    if options.dry_run:
        return task, replace(recipe, epochs=1), shrink(dataset, 2 * recipe.batch_size)
    return task, recipe, dataset


def save(
    classifier: TextClassifier, dataset: Dataset, history: list[dict], task: Task, output: Path
) -> None:
    """Calibrate, evaluate on the test split, print the scores and write the model folder."""
    calibrate(classifier, dataset)
    metrics = all_metrics(classifier, dataset, history, task.publish_texts)
    test = metrics["test"]
    print(
        f"test accuracy {test['accuracy']:.2%}  macro-F1 {test['macro_f1']:.4f}  "
        f"top-3 {test['top3_accuracy']:.2%}"
    )
    if output is None:
        print("dry run: nothing saved")
        return
    extra = {"README.md": model_card(classifier, metrics)}
    if task.publish_texts:
        extra["training_texts.json.gz"] = training_texts(dataset)
    classifier.save(output, metrics, extra)
    print(f"saved to {output}")


def run(options: argparse.Namespace) -> int:
    """Train as `options` say; return the exit code."""
    default = Path("out/lecture") if options.lecture else TASKS[options.task].output
    output = None if options.dry_run else options.output or default
    checkpoint = None
    if output:
        check_writable(output)
        checkpoint = output.absolute().with_name(f"{output.absolute().name}.checkpoint")
    task, recipe, dataset = prepare(options)
    accelerator = make_accelerator(options.use_gpu)
    is_main = accelerator.is_main_process
    progress = ProgressPrinter(recipe.epochs)
    if is_main:
        if options.use_gpu and accelerator.device.type == "cpu":
            print("warning: no GPU here, so the CPU trains", file=sys.stderr)
        describe(dataset, accelerator)
        if options.resume and not (checkpoint and checkpoint.exists()):
            print("no checkpoint to go on from: training starts anew", file=sys.stderr)
    classifier = recipe.build(dataset)
    history, ended_by = fit(
        classifier,
        dataset,
        recipe,
        accelerator,
        checkpoint,
        options.resume,
        progress.on_batch if is_main else lambda *_: None,
        progress.on_epoch if is_main else lambda *_: None,
    )
    if is_main:
        save(classifier, dataset, history, task, output)
        if checkpoint and not ended_by:
            remove_checkpoint(checkpoint)
        if isinstance(ended_by, NotFiniteError):
            print(f"train.py: {ended_by} The best model so far is kept.", file=sys.stderr)
    accelerator.end_training()
    return {type(None): 0, KeyboardInterrupt: 130}.get(type(ended_by), 2)


def main() -> int:
    """Run the command line; errors of input end in one line and exit code 2."""
    options = parse_arguments()
    try:
        return run(options)
    except KeyboardInterrupt:
        print("stopped: nothing saved", file=sys.stderr)
        return 130
    except (InputError, NotFiniteError) as error:
        print(f"train.py: {error}", file=sys.stderr)
        return 2


if __name__ == "__main__":
    sys.exit(main())
