"""The stages of a training: pretraining, training, and a refit on validation rows too.

Each is one `fit`. Nothing is calibrated, scored or saved here.
"""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Protocol, cast

from accelerate import Accelerator

from ..data.labelled import folds
from ..data.rows import Dataset, Rows
from ..storage.parts import Parts
from ..tasks.recipe import Recipe
from .build import build
from .loop import NotFiniteError, fit

PRETRAINING, MAIN, REFIT = "pretraining", "main", "refit"
CROSS_VALIDATION = "cross-validation"
# Where each stage keeps its checkpoint: the main one's folder holds the others, and comes first.
CHECKPOINTS = {MAIN: "", PRETRAINING: "pretraining", REFIT: "refit"}
# Where each stage keeps its history in metrics.json.
HISTORIES = {PRETRAINING: "pretraining_history", MAIN: "history", REFIT: "refit_history"}


class Progress(Protocol):
    """Receives the progress of a stage."""

    def on_batch(self, batch: int, batches: int) -> None:
        """Receive that `batch` of the `batches` of an epoch is done."""

    def on_epoch(self, entry: dict) -> None:
        """Receive a finished epoch as metrics.json's history holds it."""


def parts_in_turn(recipe: Recipe, dataset: Dataset) -> list[list[int]]:
    """Return which training rows cross-validation holds out in turn: none if validation has many.

    They are tenths, so many that they and the validation rows are enough.
    """
    missing, parts = recipe.held_out_in_turn - len(dataset.validation), []
    for part in folds(dataset.train) if missing > 0 else []:
        if missing > 0:
            parts.append(part)
            missing -= len(part)
    return parts


SILENT: Progress = cast(
    Progress, SimpleNamespace(on_batch=lambda batch, batches: None, on_epoch=lambda entry: None)
)


class Stages:
    """Trains in up to three stages.

    `make_progress` is called with a stage's name and its number of epochs. After `train`,
    `histories` holds the history of each stage, `ended_by` what ended the training early, and
    `folds` models with rows that they have not seen, where there are too few validation rows.
    """

    def __init__(
        self,
        accelerator: Accelerator,
        make_progress: Callable[[str, int], Progress],
        checkpoint: Path | None = None,
        resume: bool = False,
    ):
        self.accelerator, self.make_progress = accelerator, make_progress
        self.checkpoint, self.resume = checkpoint, resume
        self.histories: dict[str, list[dict]] = {}
        self.ended_by: BaseException | None = None
        self.folds: list[tuple[Parts, Rows]] = []

    def train(
        self, recipe: Recipe, dataset: Dataset, pretraining: Dataset | None
    ) -> tuple[Parts, Parts | None]:
        """Return the model trained without the validation rows, and the refitted one."""
        pretrained = self.pretrain(recipe, pretraining) if pretraining else None
        return self.train_from(pretrained, recipe, dataset)

    def pretrain(self, recipe: Recipe, pretraining: Dataset) -> Parts:
        """Return the model after the first stage; raise what ended it early, if anything did."""
        pretrained = self._fit(PRETRAINING, recipe.first_stage(), pretraining)
        if self.ended_by:
            raise self.ended_by
        return pretrained

    def train_from(
        self, pretrained: Parts | None, recipe: Recipe, dataset: Dataset
    ) -> tuple[Parts, Parts | None]:
        """Return what `train` does, after pretraining or without any."""
        model = self._fit(MAIN, recipe, dataset, pretrained)
        last = recipe.last_stage(self._best_epoch())
        if not self.ended_by:
            self._cross_validate(last, dataset)
        if not recipe.refit or self.ended_by:
            return model, None
        everything = replace(dataset, train=dataset.train + dataset.validation)
        try:
            refitted = self._fit(REFIT, last, everything, pretrained)
        except (KeyboardInterrupt, NotFiniteError) as error:  # before its first epoch has ended
            self.ended_by = error
        return model, None if self.ended_by else refitted

    def _best_epoch(self) -> int:
        history = self.histories[HISTORIES[MAIN]]
        return min(history, key=lambda entry: entry["validation_loss"])["epoch"]

    def _cross_validate(self, recipe: Recipe, dataset: Dataset) -> None:
        """Hold out other tenths of the training rows in turn until enough rows have been."""
        for i, part in enumerate(parts_in_turn(recipe, dataset), start=1):
            rest, held_out = dataset.train.part(part)
            fold = replace(dataset, train=rest + dataset.validation, validation=held_out)
            try:
                self.folds.append((self._fit(f"{CROSS_VALIDATION} {i}", recipe, fold), held_out))
            except (KeyboardInterrupt, NotFiniteError) as error:
                self.ended_by = error
            if self.ended_by:
                break

    def _fit(
        self, stage: str, recipe: Recipe, dataset: Dataset, pretrained: Parts | None = None
    ) -> Parts:
        model = build(recipe, dataset, pretrained)
        progress = self.make_progress(stage, recipe.most_epochs or recipe.epochs)
        checkpoint = None
        if self.checkpoint and stage in CHECKPOINTS:
            checkpoint = self.checkpoint / CHECKPOINTS[stage]
        history, self.ended_by = fit(
            model,
            dataset,
            recipe,
            self.accelerator,
            checkpoint,
            self.resume,
            progress.on_batch,
            progress.on_epoch,
        )
        if stage in HISTORIES:
            self.histories[HISTORIES[stage]] = history
        return model
