"""Train a classifier and save it as a model folder: `python train.py --help`.

options -> task, recipe, data -> stages of training -> calibration, scores -> model folder
"""

import argparse
import sys
from contextlib import closing
from dataclasses import replace
from functools import partial
from pathlib import Path

from accelerate import Accelerator

from ..arguments import COMMAND_LINE, DONE, WRONG, exit_code
from ..data.pairs import data_file, read_pretraining
from ..data.rows import Dataset
from ..data.splits import PARTS
from ..data.teaching import with_teacher
from ..errors import InputError, reason
from ..interrupts import INTERRUPTED
from ..storage.card import card_files, cautions, source_of
from ..storage.config import files_of
from ..storage.folder import CONFIG, check_writable, read_card, write_model_folder
from ..tasks import TASKS
from ..tasks.custom import FILE, custom_recipe, custom_task
from ..tasks.recipe import Recipe
from ..tasks.task import Task
from ..trained import Model
from ..training.checkpoint import checkpoint_folder, remove_checkpoints
from ..training.loop import NotFiniteError
from ..training.progress import Progress
from ..training.session import Session, make_accelerator
from ..training.stages import finish, train
from .options import choose_recipe, parse_arguments


def output_folder(options: argparse.Namespace) -> Path:
    """Return the model folder, once it is sure to be writable, with a readable card."""
    default = Path("out/lecture") if options.lecture else TASKS[options.task].output
    output: Path = options.output or default
    if not (options.output or options.lecture or output.parent.is_dir()):
        raise InputError(
            "Outside a clone of the repository --output is needed: a model folder."
        )
    check_writable(output)
    read_card(output)  # raises InputError if it is unreadable, before hours of training
    return output


def prepare(
    options: argparse.Namespace,
) -> tuple[Task, Recipe, Dataset, Dataset | None]:
    """Return the task, the recipe, the data that `options` ask for, and those to pretrain on."""
    pretraining: Dataset | None = None
    if options.custom:
        task, dataset = _read_custom(options)
        recipe = choose_recipe(options, task, pretraining=False)
    else:
        task = TASKS[options.task]
        data = options.data or task.data  # a task without data requires --data
        assert data is not None
        files = options.pretraining or [data_file(data, "pretraining")]
        recipe = choose_recipe(
            options, task, bool(options.pretraining) or files[0].exists()
        )
        dataset = task.read(data)
        if options.teacher:
            dataset = with_teacher(dataset, options.teacher)
        if recipe.pretrain_epochs:
            pretraining, dataset = read_pretraining(files, dataset, task.kind)
    if options.dry_run:
        few = min(1, recipe.pretrain_epochs)
        recipe = replace(recipe, epochs=1, pretrain_epochs=few, held_out_in_turn=0)
        dataset = dataset.sample(2 * recipe.batch_size)
        pretraining = pretraining and pretraining.sample(2 * recipe.pretrain_batch_size)
    return task, recipe, dataset, pretraining


def _read_custom(options: argparse.Namespace) -> tuple[Task, Dataset]:
    """Return a custom task, with a recipe that fits its data, and these."""
    data = {part: path for part in PARTS if (path := getattr(options, part))}
    first = data["train"] if data else options.data
    beside = (first if first.is_dir() else first.parent) / FILE
    file = options.task_file or (beside if beside.exists() else None)
    task = custom_task(file, units=options.units, keep_case=options.keep_case)
    columns = options.text_column, options.label_column
    dataset = task.read(data or first, *columns, options.strict)
    return replace(task, recipe=custom_recipe(task, dataset, {})), dataset


def describe(dataset: Dataset, pretraining: Dataset | None, where: str) -> None:
    """Print what is about to be trained on, and warn of test texts that are in training too."""
    print(
        *dataset.summary,
        f"{len(dataset.train):,} rows to train, {len(dataset.validation):,} to validate, "
        f"{len(dataset.test):,} to test; {len(dataset.labels)} labels; {where}",
        sep="\n",
    )
    if pretraining:
        others, n = pretraining.none, len(set(pretraining.none.labels))
        ours = f"{len(pretraining.train):,} rows with these labels"
        print(f"{ours} and {len(others):,} with {n} other labels to pretrain on")
    if dataset.taught:
        print(f"{len(dataset.taught):,} texts with a teacher's probabilities")
    for note in dataset.notes:
        print(note, file=sys.stderr)
    if n := dataset.shared_rows:
        print(
            f"warning: the texts of {n:,} test rows are in training too",
            file=sys.stderr,
        )


def save(model: Model, options: argparse.Namespace, output: Path | None) -> None:
    """Print the scores on the test split and write the model folder with its card."""
    model.training |= {
        "command": options.command,
        "data": options.data and str(options.data),
    }
    scores = "test accuracy {accuracy:.2%}  macro-F1 {macro_f1:.4f}  "
    top3 = "top-3 {top3_accuracy:.2%}" * (len(model.labels) > 3)
    print((scores + top3).rstrip().format(**model.metrics["test"]))
    if baseline := model.metrics.get("rival"):
        print((scores + "of a {name}, in {seconds:.1f} seconds").format(**baseline))
        print((scores + "of the {name}").format(**model.metrics["most_frequent"]))
    if caution := cautions(model.metrics, model.task.kind.texts):
        print(caution)
    if note := model.calibration.note:
        print(note)
    if output is None:
        print("dry run: nothing saved")
        return
    model.card, files = read_card(output), files_of(model)
    card, note = card_files(model, files, source_of(output))
    write_model_folder(output, files | card)
    print(f"saved to {output}", *filter(None, [note]), sep="\n")


def start_log(accelerator: Accelerator, tracker: str, output: Path) -> None:
    """Have the accelerator log to a tracker; what it writes is in OUTPUT.logs."""
    accelerator.project_configuration.set_directories(f"{output.absolute()}.logs")
    accelerator.log_with = [tracker]
    try:
        # A new TensorBoard log in the same folder hides what an earlier one wrote.
        accelerator.init_trackers(
            output.name, init_kwargs={"tensorboard": {"purge_step": 0}}
        )
    except Exception as error:  # each tracker has its own
        raise InputError(
            f"--log-with {tracker} does not start: {reason(error)}"
        ) from None


def run(options: argparse.Namespace) -> int:
    """Train as `options` say; return the exit code."""
    output = None if options.dry_run else output_folder(options)
    checkpoint = checkpoint_folder(output) if output else None
    has_checkpoint = bool(checkpoint and any(checkpoint.glob("*.pt")))
    task, recipe, dataset, pretraining = prepare(options)
    accelerator = make_accelerator(options.use_gpu)
    if accelerator.is_main_process:
        if output and (output / CONFIG).exists():
            keep = "to keep it, stop now and give another --output."
            print(f"This replaces the model in {output}: {keep}", flush=True)
        where = f"device {accelerator.device}, processes {accelerator.num_processes}"
        describe(dataset, pretraining, where)
        if options.use_gpu and accelerator.device.type == "cpu":
            print("warning: no GPU here, so the CPU trains", file=sys.stderr)
        if options.resume and not has_checkpoint:
            print(
                "no checkpoint to resume: training starts from the beginning",
                file=sys.stderr,
            )
        if has_checkpoint and not options.resume:
            keep = "to continue from it, stop now and add --resume"
            print(
                f"warning: this replaces the checkpoint in {checkpoint}: {keep}",
                file=sys.stderr,
            )
    if output and options.log_with:
        start_log(accelerator, options.log_with, output)
    write = partial(accelerator.print, flush=True)  # of the main process alone
    with closing(Progress(accelerator, write)) as progress:
        session = Session(accelerator, progress, checkpoint, options.resume)
        trained = train(recipe, dataset, session, pretraining)
    ended_by = trained.ended_by
    if accelerator.is_main_process:
        best = finish(
            trained, dataset, task, options.custom and not options.no_baseline
        )
        save(best, options, output)
        progress.log("test", best.metrics["test"])
        if isinstance(ended_by, NotFiniteError):
            print(
                f"{options.program}: {ended_by.worded(COMMAND_LINE)} The best model is kept.",
                file=sys.stderr,
            )
        elif ended_by:
            print(
                "stopped: the best model so far is saved; --resume continues",
                file=sys.stderr,
            )
        elif checkpoint:
            remove_checkpoints(checkpoint)
    accelerator.end_training()
    return (
        WRONG
        if isinstance(ended_by, NotFiniteError)
        else INTERRUPTED
        if ended_by
        else DONE
    )


def main(arguments: list[str], program: str = "train.py") -> int:
    """Run the command line; errors of input end in one line of `program` and exit code 2."""
    options = parse_arguments(arguments, program)
    stopped = (
        "no model saved; --resume continues from the last checkpoint, if there is one"
    )
    return exit_code(program, lambda: run(options), stopped)
