"""What a training prints, line by line: its data, warnings, and the scores of its model."""

from argparse import Namespace
from collections.abc import Iterator
from pathlib import Path

from accelerate import Accelerator

from ..arguments import COMMAND_LINE, DONE, WRONG
from ..data.rows import Dataset
from ..interrupts import INTERRUPTED
from ..storage.card import cautions, verdict
from ..storage.folder import CONFIG
from ..trained import Model
from ..training.loop import NotFiniteError

SCORES = "test accuracy {accuracy:.2%}  macro-F1 {macro_f1:.4f}"


def describe(
    dataset: Dataset,
    pretraining: Dataset | None,
    accelerator: Accelerator,
    output: Path | None,
) -> Iterator[str]:
    """Yield lines on what is about to be trained on, and on what it replaces in `output`."""
    if output and (output / CONFIG).exists():
        yield (
            f"This replaces the model in {output}: to keep it, stop now and give another "
            "--output."
        )
    yield from dataset.summary
    yield (
        f"{len(dataset.train):,} rows to train, {len(dataset.validation):,} to validate, "
        f"{len(dataset.test):,} to test; {len(dataset.labels)} labels; "
        f"device {accelerator.device}"
    )
    if pretraining:
        yield (
            f"{len(pretraining.train):,} rows with these labels and {len(pretraining.none):,} "
            f"with {len(set(pretraining.none.labels))} other labels to pretrain on"
        )
    if dataset.taught:
        yield f"{len(dataset.taught):,} texts with a teacher's probabilities"


def warnings(
    options: Namespace, dataset: Dataset, device: str, checkpoint: Path
) -> Iterator[str]:
    """Yield lines on what a user may not expect; `checkpoint` is a folder."""
    yield from dataset.notes
    for caution in dataset.cautions:
        yield f"warning: {caution}"
    if options.use_gpu and device == "cpu":
        yield "warning: no GPU here, so the CPU trains"
    has_checkpoint = any(checkpoint.glob("*.pt"))
    if options.resume and not has_checkpoint:
        yield "no checkpoint to resume: training starts from the beginning"
    if has_checkpoint and not (options.resume or options.dry_run):
        yield (
            f"warning: this replaces the checkpoint in {checkpoint}: to continue from it, stop now "
            "and add --resume"
        )


def scores(model: Model) -> Iterator[str]:
    """Yield lines on how well a model does on the test rows, and what to know of it."""
    metrics = model.metrics
    line = SCORES.format(**metrics["test"])
    if "rival" not in metrics:
        yield line
    else:
        yield f"{line}  in {metrics['cpu_seconds']:.1f} CPU seconds"
        form = SCORES + "  of a {name}, in {seconds:.1f} CPU seconds"
        yield form.format(**metrics["rival"])
        yield verdict(metrics["rival"], metrics["test"])
        form = SCORES + "  of the {name}"
        yield form.format(**metrics["most_frequent"])
    notes = cautions(metrics, model.task.kind.texts), model.calibration.note
    yield from filter(None, notes)


def outcome(error: BaseException | None, program: str) -> tuple[int, str]:
    """Return the exit code of a training that `error` ended, and a line that says so, if any."""
    if error is None:
        return DONE, ""
    if isinstance(error, NotFiniteError):
        return WRONG, f"{program}: {error.worded(COMMAND_LINE)} The best model is kept."
    return INTERRUPTED, "stopped: the best model so far is saved; --resume continues"
