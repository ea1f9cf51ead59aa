"""The stages of a training: pretraining, training, and a refit on validation rows too.

Each is one `fit`. Nothing is calibrated, scored or saved here.
"""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Protocol

from accelerate import Accelerator

from ..data.rows import Dataset
from ..storage.parts import Parts
from ..tasks.recipe import Recipe
from .build import build
from .loop import NotFiniteError, fit

PRETRAINING, MAIN, REFIT = "pretraining", "main", "refit"
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


class Stages:
    """Trains in up to three stages.

    `make_progress` is called with a stage's name and its number of epochs. After `train`,
    `histories` holds the history of each stage, and `ended_by` what ended the training early.
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
        if not recipe.refit or self.ended_by:
            return model, None
        everything = replace(dataset, train=dataset.train + dataset.validation)
        try:
            refitted = self._fit(REFIT, recipe.last_stage(), everything, pretrained)
        except (KeyboardInterrupt, NotFiniteError) as error:  # before its first epoch has ended
            self.ended_by = error
        return model, None if self.ended_by else refitted

    def _fit(
        self, stage: str, recipe: Recipe, dataset: Dataset, pretrained: Parts | None = None
    ) -> Parts:
        model = build(recipe, dataset, pretrained)
        progress = self.make_progress(stage, recipe.epochs)
        self.histories[HISTORIES[stage]], self.ended_by = fit(
            model,
            dataset,
            recipe,
            self.accelerator,
            self.checkpoint and self.checkpoint / CHECKPOINTS[stage],
            self.resume,
            progress.on_batch,
            progress.on_epoch,
        )
        return model
