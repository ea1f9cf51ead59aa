"""Train a classifier and save it as a model folder: `python train.py --help`.

Options -> model.training.fit -> a saved model folder. The options themselves: train_options.py.
"""

import argparse
import sys
import time
from dataclasses import asdict, fields, replace
from datetime import timedelta
from pathlib import Path

from accelerate import Accelerator
from tqdm import tqdm

from model.checkpoint import (
    check_fits,
    checkpoint_folder,
    load_checkpoint,
    remove_checkpoint,
    saved_epochs,
)
from model.classifier import TextClassifier, check_writable
from model.dataset import Dataset
from model.encoding import InputError
from model.hub import model_card
from model.results import all_metrics, calibrate, training_texts
from model.tasks import TASKS, Task
from model.training import NotFiniteError, Progress, Recipe, fit, make_accelerator
from train_options import choose_recipe, parse_arguments


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


def output_folders(options: argparse.Namespace) -> tuple[Path, Path]:
    """Return the model folder and the checkpoint's, once both are sure to be writable."""
    default = Path("out/lecture") if options.lecture else TASKS[options.task].output
    output = options.output or default
    check_writable(output)
    return output, checkpoint_folder(output)


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


def build(recipe: Recipe, dataset: Dataset) -> TextClassifier:
    """Return the untrained classifier; raise InputError if the options make it too large."""
    try:
        return recipe.build(dataset)
    except ValueError as error:
        raise InputError(f"No such network: {error}.") from None


def earlier_checkpoint(
    checkpoint: Path | None, resume: bool, recipe: Recipe, classifier: TextClassifier, data: Dataset
) -> str | None:
    """Return what there is to say of an earlier checkpoint before training starts, if anything.

    Raises InputError if `resume` asks to go on from one that cannot be gone on from.
    """
    if not resume:
        epochs = saved_epochs(checkpoint) if checkpoint else 0
        if not epochs:
            return None
        return (
            f"warning: {checkpoint} holds a checkpoint of {epochs} epoch{'s' * (epochs > 1)}; it "
            "will be replaced: to go on from it, stop now and give the same options and --resume"
        )
    identity = {"recipe": asdict(recipe), "data": data.files}
    state = load_checkpoint(checkpoint, identity) if checkpoint else None
    if state is None:
        return "no checkpoint to go on from: training starts anew"
    check_fits(checkpoint, state, classifier.network, [part.name for part in fields(Progress)])
    return None


def run(options: argparse.Namespace) -> int:
    """Train as `options` say; return the exit code."""
    output, checkpoint = (None, None) if options.dry_run else output_folders(options)
    task, recipe, dataset = prepare(options)
    classifier = build(recipe, dataset)
    notice = earlier_checkpoint(checkpoint, options.resume, recipe, classifier, dataset)
    accelerator = make_accelerator(options.use_gpu)
    is_main = accelerator.is_main_process
    if is_main:
        if options.use_gpu and accelerator.device.type == "cpu":
            print("warning: no GPU here, so the CPU trains", file=sys.stderr)
        describe(dataset, accelerator)
        if notice:
            print(notice, file=sys.stderr)
    progress = ProgressPrinter(recipe.epochs)
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
