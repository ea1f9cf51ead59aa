"""Train a classifier and save it as a model folder: `python train.py --help`.

Options -> training.Stages -> a saved model folder. The options themselves: train_options.py.
"""

import argparse
import os
import sys
from dataclasses import replace
from pathlib import Path
from typing import TypeVar

from accelerate import Accelerator

from ..arguments import INTERRUPTED, WRONG, exit_code
from ..classifier import TextClassifier
from ..data.beliefs import with_teacher
from ..data.labelled import PARTS, Columns, read_labelled
from ..data.pairs import data_file, read_pretraining
from ..data.rows import Beliefs, Dataset, Rows
from ..errors import InputError, shorten
from ..storage import hub
from ..storage.card import HUB_DATA, card_files, source_of
from ..storage.config import files_of, pack_texts
from ..storage.edited import ALL_OWN, is_all_own
from ..storage.folder import CARD, CONFIG, WEIGHTS, check_writable, read_card
from ..storage.parts import Parts
from ..tasks import TASKS
from ..tasks.own import FILE, own_task, read_description
from ..tasks.recipe import Recipe
from ..tasks.task import Task
from ..training.checkpoint import checkpoint_folder, remove_checkpoint, saved_history
from ..training.loop import NotFiniteError, make_accelerator
from ..training.own import finish, own_recipe
from ..training.results import training_texts
from ..training.stages import CHECKPOINTS, Stages
from .train_log import Log
from .train_options import choose_recipe, parse_arguments
from .train_progress import Progress, StageProgress, work_of

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
    for note in dataset.notes:
        print(note, file=sys.stderr)
    if dataset.shared_rows:
        print(
            f"warning: the texts of {dataset.shared_rows:,} test rows are in the training file too",
            file=sys.stderr,
        )


def output_folders(options: argparse.Namespace) -> tuple[Path, Path]:
    """Return the model folder and the checkpoint's, once both are sure to be writable."""
    output = options.output
    if output is None:
        output = Path("out/lecture") if options.lecture else TASKS[options.task].output
    if not (options.output or options.lecture or output.parent.is_dir()):
        raise InputError("Outside a clone of the repository --output is needed: a model folder.")
    check_writable(output)
    is_all_own(read_card(output))  # a card that cannot be kept is an error now, not at the end
    return output, checkpoint_folder(output)


def notice_of_model(output: Path | None) -> str | None:
    """Return what there is to say of a model that the new one will replace, if there is one."""
    if output is None or not (output / CONFIG).exists():
        return None
    shown = output.relative_to(Path.cwd()) if output.is_relative_to(Path.cwd()) else output
    return f"This replaces the model in {shown}: to keep it, stop now and give another --output."


def data_folder(given: str) -> Path:
    """Return the data folder that --data names, fetched from the Hub if it begins with hub:."""
    if not given.startswith(HUB_DATA):
        return Path(given)
    return hub.download("dataset", given.removeprefix(HUB_DATA), DATA_FILES)


def prepare(options: argparse.Namespace) -> tuple[Task, Recipe, Dataset, Dataset | None]:
    """Return the task, the recipe, the data that `options` ask for, and those to pretrain on."""
    if options.own:
        return prepare_own(options)
    task = TASKS[options.task]
    data = data_folder(options.data or str(task.data))  # a task without data requires --data
    files = options.pretraining or [data_file(data, "pretraining")]
    recipe = choose_recipe(options, task, bool(options.pretraining) or files[0].exists())
    dataset = task.read(data)
    if options.teacher:
        dataset = with_teacher(dataset, options.teacher)
    pretraining = None
    if recipe.pretrain_epochs:
        pretraining, dataset = read_pretraining(files, dataset, task.words)
    if task.publish_texts:
        pack_texts(training_texts(dataset))  # too many of them are an error now, not at the end
    if options.dry_run:
        recipe = replace(recipe, epochs=1, pretrain_epochs=min(1, recipe.pretrain_epochs))
        dataset = shrink(dataset, 2 * recipe.batch_size)
        pretraining = pretraining and shrink(pretraining, 2 * recipe.pretrain_batch_size)
    return task, recipe, dataset, pretraining


def prepare_own(options: argparse.Namespace) -> tuple[Task, Recipe, Dataset, None]:
    """Return what `prepare` does, for a task of one's own."""
    data = {part: path for part in PARTS if (path := getattr(options, part))}
    first = data["train"] if data else data_folder(options.data)
    beside = (first if first.is_dir() else first.parent) / FILE
    task = own_task(
        read_description(options.task_file or (beside if beside.exists() else None), options.units)
    )
    columns = Columns(options.text_column, options.label_column)
    dataset = read_labelled(data or first, task.words, columns, options.strict)
    recipe = own_recipe(task, dataset, {})
    recipe = choose_recipe(options, replace(task, recipe=recipe), False)
    if options.dry_run:
        recipe = replace(recipe, epochs=1, held_out_in_turn=0)
        dataset = shrink(dataset, 2 * recipe.batch_size)
    return task, recipe, dataset, None


def save(
    model: Parts,
    refitted: Parts | None,
    dataset: Dataset,
    stages: Stages,
    task: Task,
    options: argparse.Namespace,
    output: Path | None,
) -> None:
    """Calibrate, evaluate on the test split, print the scores and write the model folder."""
    with_rival = options.own and not options.no_baseline
    best = finish(model, refitted, dataset, stages, task, with_rival)
    best.training |= {"command": options.command, "data": options.data}
    test = best.metrics["test"]
    print(
        f"test accuracy {test['accuracy']:.2%}  macro-F1 {test['macro_f1']:.4f}  "
        f"top-3 {test['top3_accuracy']:.2%}"
    )
    if rival := best.metrics.get("rival"):
        print(
            f"test accuracy {rival['accuracy']:.2%}  macro-F1 {rival['macro_f1']:.4f}  of a "
            f"{rival['name']}, in {rival['seconds']:.1f} seconds"
        )
    if note := best.calibration.note:
        print(note)
    if output is None:
        print("dry run: nothing saved")
        return
    card, note = card_of(best, output)
    TextClassifier.of(best).save(output, extra_files=card)
    print(f"saved to {output}")
    if note:
        print(note)


def card_of(model: Parts, output: Path) -> tuple[dict[str, bytes], str]:
    """Return the files of the card, and what there is to say of an earlier one that stays."""
    earlier, weights = read_card(output), files_of(model)[WEIGHTS]
    try:
        note = ALL_OWN if is_all_own(earlier) else ""
        return card_files(model, weights, source_of(output), earlier=earlier), note
    except InputError as error:  # it was edited while the model was trained, which is not lost
        if earlier is None:
            raise
        card = card_files(model, weights, source_of(output)) | {CARD: earlier}
        return card, f"{error} Until then it stays as it is."


def finished_epochs(checkpoint: Path | None) -> dict[str, list[dict]]:
    """Return the epochs of each stage that the checkpoint holds."""
    if not checkpoint:
        return {}
    return {stage: saved_history(checkpoint / name) for stage, name in CHECKPOINTS.items()}


def notice_of_checkpoint(checkpoint: Path | None, resume: bool) -> str | None:
    """Return what there is to say of an earlier checkpoint before training starts, if anything."""
    epochs = sum(map(len, finished_epochs(checkpoint).values()))
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


def run(options: argparse.Namespace, progress: Progress) -> int:
    """Train as `options` say; return the exit code."""
    output, checkpoint = (None, None) if options.dry_run else output_folders(options)
    if notice := notice_of_model(output):
        progress.say(notice)
    task, recipe, dataset, pretraining = prepare(options)
    accelerator = start_accelerator(options.use_gpu)
    if accelerator.is_main_process:
        if options.use_gpu and accelerator.device.type == "cpu":
            print("warning: no GPU here, so the CPU trains", file=sys.stderr)
        describe(dataset, pretraining, accelerator)
        if notice := notice_of_checkpoint(checkpoint, options.resume):
            print(notice, file=sys.stderr)
    done = finished_epochs(checkpoint) if options.resume else {}
    progress.expect(work_of(recipe, dataset, pretraining, done))
    log = Log(accelerator, options.log_with, output, done)
    stages = Stages(
        accelerator,
        lambda stage, epochs: StageProgress(progress, stage, epochs, log),
        checkpoint,
        options.resume,
    )
    model, refitted = stages.train(recipe, dataset, pretraining)
    progress.now("calibrating and scoring")
    if accelerator.is_main_process:
        save(model, refitted, dataset, stages, task, options, output)
        log.add_scores(refitted or model)
        if checkpoint and not stages.ended_by:
            for name in reversed(CHECKPOINTS.values()):  # the main stage's own is the parent
                remove_checkpoint(checkpoint / name)
        if isinstance(stages.ended_by, NotFiniteError):
            message = f"{options.program}: {stages.ended_by} The best model so far is kept."
            print(message, file=sys.stderr)
        elif stages.ended_by:
            print("stopped: the best model so far is saved; --resume goes on", file=sys.stderr)
    accelerator.end_training()
    if stages.ended_by is None:
        return 0
    return INTERRUPTED if isinstance(stages.ended_by, KeyboardInterrupt) else WRONG


def main(arguments: list[str] | None = None, program: str = "train.py") -> int:
    """Run the command line; errors of input end in one line of `program` and exit code 2."""
    options = parse_arguments(arguments, program)

    def train() -> int:
        try:
            # torchrun counts its processes by RANK; the accelerator, which does too, comes later.
            with Progress(is_silent=os.environ.get("RANK", "0") != "0") as progress:
                return run(options, progress)
        except NotFiniteError as error:
            raise InputError(str(error)) from None

    stopped = "no model saved; --resume goes on from the last checkpoint, if there is one"
    return exit_code(program, train, stopped)
