"""Train a classifier and save it as a model folder: `python train.py --help`.

Options -> model.training.fit -> a saved model folder. The options themselves: train_options.py.
"""

import argparse
import os
import shlex
import sys
import time
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import TypeVar

from accelerate import Accelerator
from tqdm import tqdm

from model.classifier import TextClassifier
from model.data.beliefs import with_teacher
from model.data.pairs import read_pretraining
from model.data.rows import Beliefs, Dataset, Rows
from model.errors import InputError, shorten
from model.storage import hub
from model.storage.card import HUB_DATA, card_files, source_of
from model.storage.config import files_of
from model.storage.folder import WEIGHTS, check_writable
from model.storage.parts import Parts
from model.tasks import TASKS
from model.tasks.recipe import Recipe
from model.tasks.task import Task
from model.training.calibration import calibrate
from model.training.checkpoint import checkpoint_folder, remove_checkpoint, saved_epochs
from model.training.loop import NotFiniteError, make_accelerator
from model.training.results import all_metrics, training_texts
from model.training.stages import CHECKPOINTS, MAIN, REFIT, Stages
from train_options import choose_recipe, parse_arguments

Part = TypeVar("Part", Rows, Beliefs)
DATA_FILES = ("*.csv", "*.csv.gz", "*.tsv", "*.tsv.gz")  # what is fetched of a dataset on the Hub


def shrink(dataset: Dataset, rows: int) -> Dataset:
    """Return `dataset` with at most `rows` rows a part, spread evenly, for a dry run."""

    def spread(part: Part) -> Part:
        return part.take(range(0, len(part), max(1, -(-len(part) // rows))))

    return replace(
        dataset,
        train=spread(dataset.train),
        validation=spread(dataset.validation),
        test=spread(dataset.test),
        outsiders=spread(dataset.outsiders),
        beliefs=dataset.beliefs and spread(dataset.beliefs),
    )


class ProgressPrinter:
    """Draws a bar within the epoch, on a terminal only, and prints one line per epoch.

    Does nothing if `is_silent`: only the main process prints.
    """

    def __init__(self, stage: str, epochs: int, is_silent: bool):
        self.epochs, self.is_silent, self.stage = epochs, is_silent, stage
        self.start = time.perf_counter()
        self.bar: tqdm | None = None

    def on_batch(self, batch: int, batches: int) -> None:
        """Move the bar."""
        if self.bar is None:
            hidden = self.is_silent or None  # None: hidden unless on a terminal
            self.bar = tqdm(total=batches, leave=False, disable=hidden, unit="batch")
        self.bar.update()

    def on_epoch(self, entry: dict) -> None:
        """Print the epoch's line in place of the bar."""
        if self.bar is not None:
            self.bar.close()
            self.bar = None
        if self.is_silent:
            return
        elapsed = timedelta(seconds=round(time.perf_counter() - self.start))
        stage = "" if self.stage == MAIN else f"{self.stage} "
        line = f"{stage}epoch {entry['epoch']:3}/{self.epochs}  {elapsed}  "
        line += f"train loss {entry['train_loss']:.4f}"
        if self.stage != REFIT:  # which trains on the validation rows
            line += f"  validation loss {entry['validation_loss']:.4f}"
            line += f"  validation accuracy {entry['validation_accuracy']:.2%}"
        print(line, flush=True)


def describe(dataset: Dataset, pretraining: Dataset | None, accelerator: Accelerator) -> None:
    """Print what is about to be trained on, and warn of test names that are in training too."""
    print(
        f"{len(dataset.train):,} rows to train, {len(dataset.validation):,} to validate, "
        f"{len(dataset.test):,} to test; {len(dataset.labels)} labels; "
        f"device {accelerator.device}, processes {accelerator.num_processes}"
    )
    if pretraining:
        print(
            f"{len(pretraining.train):,} rows of these and {len(pretraining.outsiders):,} of "
            f"{len(set(pretraining.outsiders.labels))} other labels to pretrain on"
        )
    if dataset.beliefs:
        print(f"{len(dataset.beliefs):,} texts of which a teacher says what it believes")
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


def data_folder(given: str) -> Path:
    """Return the data folder that --data names, fetched from the Hub if it begins with hub:."""
    if not given.startswith(HUB_DATA):
        return Path(given)
    return hub.download("dataset", given.removeprefix(HUB_DATA), DATA_FILES)


def prepare(options: argparse.Namespace) -> tuple[Task, Recipe, Dataset, Dataset | None]:
    """Return the task, the recipe, the data that `options` ask for, and those to pretrain on."""
    task = TASKS[options.task]
    data = data_folder(options.data or str(task.data))  # a task without data requires --data
    files = options.pretraining or [data / "pretraining.csv.gz"]
    recipe = choose_recipe(options, task, bool(options.pretraining) or files[0].exists())
    dataset = task.read(data)
    if options.teacher:
        dataset = with_teacher(dataset, options.teacher)
    pretraining = None
    if recipe.pretrain_epochs:
        pretraining, dataset = read_pretraining(files, dataset, task.words)
    if options.dry_run:
        recipe = replace(recipe, epochs=1, pretrain_epochs=min(1, recipe.pretrain_epochs))
        dataset = shrink(dataset, 2 * recipe.batch_size)
        pretraining = pretraining and shrink(pretraining, 2 * recipe.pretrain_batch_size)
    return task, recipe, dataset, pretraining


def save(
    model: Parts,
    refitted: Parts | None,
    dataset: Dataset,
    histories: dict[str, list[dict]],
    task: Task,
    data: str | None,
    output: Path | None,
) -> None:
    """Calibrate, evaluate on the test split, print the scores and write the model folder."""
    calibrate(model, dataset, refitted)
    best = refitted or model
    best.training["command"] = shlex.join(["python", "train.py", *sys.argv[1:]])
    best.training |= {"task": task.name, "data": data}
    own_rows = task.own_rows() if task.own_rows else None
    best.metrics = all_metrics(
        best,
        dataset,
        histories,
        task.publish_texts,
        held_out=model,
        own_rows=own_rows,
        lists=task.lists(best.labels),
    )
    test = best.metrics["test"]
    print(
        f"test accuracy {test['accuracy']:.2%}  macro-F1 {test['macro_f1']:.4f}  "
        f"top-3 {test['top3_accuracy']:.2%}"
    )
    if output is None:
        print("dry run: nothing saved")
        return
    if task.publish_texts:
        best.training_texts = training_texts(dataset)
    card = card_files(best, files_of(best)[WEIGHTS], source_of(output))
    TextClassifier.of(best).save(output, extra_files=card)
    print(f"saved to {output}")


def notice_of_checkpoint(checkpoint: Path | None, resume: bool) -> str | None:
    """Return what there is to say of an earlier checkpoint before training starts, if anything."""
    folders = [checkpoint / name for name in CHECKPOINTS.values()] if checkpoint else []
    epochs = sum(map(saved_epochs, folders))
    if resume and not epochs:
        return "no checkpoint to resume: training starts from the beginning"
    if epochs and not resume:
        return (
            f"warning: {checkpoint} holds a checkpoint of {epochs} epoch{'s' * (epochs > 1)}; it "
            "will be replaced: to go on from it, stop now and give the same options and --resume"
        )
    return None


def start_accelerator(use_gpu: bool | None) -> Accelerator:
    """Return the accelerator; raise InputError where accelerate's variables are set wrongly."""
    try:
        return make_accelerator(use_gpu)
    except InputError:
        raise
    except ValueError as error:
        given = [f"{k}={v}" for k, v in os.environ.items() if k.startswith("ACCELERATE_")]
        if not given:
            raise
        raise InputError(
            f"accelerate does not take {shorten(', '.join(given))} of the environment "
            f"({shorten(str(error).splitlines()[0])}): unset or correct it."
        ) from None


def run(options: argparse.Namespace) -> int:
    """Train as `options` say; return the exit code."""
    output, checkpoint = (None, None) if options.dry_run else output_folders(options)
    task, recipe, dataset, pretraining = prepare(options)
    accelerator = start_accelerator(options.use_gpu)
    if accelerator.is_main_process:
        if options.use_gpu and accelerator.device.type == "cpu":
            print("warning: no GPU here, so the CPU trains", file=sys.stderr)
        describe(dataset, pretraining, accelerator)
        if notice := notice_of_checkpoint(checkpoint, options.resume):
            print(notice, file=sys.stderr)
    stages = Stages(
        accelerator,
        lambda stage, epochs: ProgressPrinter(stage, epochs, not accelerator.is_main_process),
        checkpoint,
        options.resume,
    )
    model, refitted = stages.train(recipe, dataset, pretraining)
    if accelerator.is_main_process:
        save(model, refitted, dataset, stages.histories, task, options.data, output)
        if checkpoint and not stages.ended_by:
            for name in reversed(CHECKPOINTS.values()):  # the main stage's own is the parent
                remove_checkpoint(checkpoint / name)
        if isinstance(stages.ended_by, NotFiniteError):
            print(f"train.py: {stages.ended_by} The best model so far is kept.", file=sys.stderr)
        elif stages.ended_by:
            print("stopped: the best model so far is saved; --resume goes on", file=sys.stderr)
    accelerator.end_training()
    if stages.ended_by is None:
        return 0
    return 130 if isinstance(stages.ended_by, KeyboardInterrupt) else 2


def main() -> int:
    """Run the command line; errors of input end in one line and exit code 2."""
    options = parse_arguments()
    try:
        return run(options)
    except KeyboardInterrupt:
        print(
            "stopped: no model saved; --resume goes on from the last checkpoint, if there is one",
            file=sys.stderr,
        )
        return 130
    except (InputError, NotFiniteError) as error:
        print(f"train.py: {error}", file=sys.stderr)
        return 2


if __name__ == "__main__":
    sys.exit(main())
