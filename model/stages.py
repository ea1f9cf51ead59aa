"""The stages of a training: pretraining, teachers, training, a refit on validation rows too.

Each is one `fit`; nothing is calibrated, scored or saved here.
"""

from collections.abc import Callable
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Protocol

import torch
from accelerate import Accelerator

from .classifier import TextClassifier
from .dataset import Dataset, EncodedRows
from .recipe import Recipe
from .training import NotFiniteError, fit

PRETRAINING, REFIT = "pretraining", "refit"
TEACHERS = tuple(f"teacher{number}" for number in range(1, 10))
STAGES = (
    PRETRAINING,
    *TEACHERS,
    REFIT,
    "",
)  # folders in the checkpoint's, which is the main stage's own


def taught(
    recipe: Recipe, dataset: Dataset, train: Callable[[int, Recipe], TextClassifier]
) -> Dataset:
    """Return `dataset` with the mean beliefs of the recipe's teachers, if it asks for any.

    `train` returns a trained teacher for its number, from 1, and its recipe.
    """
    beliefs = []
    for number in range(1, recipe.teachers + 1):
        teacher = train(number, recipe.teacher(number))
        device = next(teacher.network.parameters()).device
        rows = dataset.train + dataset.validation
        encoded = EncodedRows.from_rows(rows, teacher.encoder, teacher.labels, device)
        beliefs.append(teacher.outputs(encoded.ids, encoded.lengths).softmax(dim=1).cpu())
    return replace(dataset, beliefs=torch.stack(beliefs).mean(dim=0)) if beliefs else dataset


class Progress(Protocol):
    """Is told how a stage goes on."""

    def on_batch(self, batch: int, batches: int) -> None:
        """Hear that `batch` of `batches` is done."""

    def on_epoch(self, entry: dict) -> None:
        """Hear of a whole epoch, as metrics.json's history has it."""


class Stages:
    """Trains in up to three stages: pretraining, training, and a refit on validation rows too.

    `make_progress` is called with a stage's name and epochs for an object that is told how it goes
    on. `histories` holds what each stage gave, `ended_by` what ended the training early, if
    anything. Each stage keeps its own checkpoint in `checkpoint`, if that is not None.
    """

    def __init__(
        self,
        accelerator: Accelerator,
        make_progress: Callable[[str, int], Progress],
        checkpoint: Path | None,
        resume: bool,
    ):
        self.accelerator, self.make_progress = accelerator, make_progress
        self.checkpoint, self.resume = checkpoint, resume
        self.histories: dict[str, list[dict]] = {}
        self.ended_by: BaseException | None = None

    def train(
        self, recipe: Recipe, dataset: Dataset, pretraining: Dataset | None
    ) -> tuple[TextClassifier, TextClassifier | None]:
        """Return the classifier trained without the validation rows, and the refitted one."""
        pretrained = None
        if pretraining:
            pretrained = self._fit(PRETRAINING, recipe.first_stage(), pretraining)
            if self.ended_by:
                raise self.ended_by
        dataset = taught(recipe, dataset, partial(self._teach, dataset, pretrained))
        classifier = self._fit("", recipe, dataset, pretrained)
        if not recipe.refit or self.ended_by:
            return classifier, None
        everything = replace(dataset, train=dataset.train + dataset.validation)
        try:
            refitted = self._fit(REFIT, recipe.last_stage(), everything, pretrained)
        except (KeyboardInterrupt, NotFiniteError) as error:  # before its first epoch has ended
            self.ended_by = error
        return classifier, None if self.ended_by else refitted

    def _teach(
        self, dataset: Dataset, pretrained: TextClassifier | None, number: int, recipe: Recipe
    ) -> TextClassifier:
        teacher = self._fit(TEACHERS[number - 1], recipe, dataset, pretrained)
        if self.ended_by:
            raise self.ended_by
        return teacher

    def _fit(
        self, stage: str, recipe: Recipe, dataset: Dataset, pretrained: TextClassifier | None = None
    ) -> TextClassifier:
        classifier = recipe.build(dataset, pretrained)
        progress = self.make_progress(stage, recipe.epochs)
        history, self.ended_by = fit(
            classifier,
            dataset,
            recipe,
            self.accelerator,
            self.checkpoint and self.checkpoint / stage,
            self.resume,
            progress.on_batch,
            progress.on_epoch,
        )
        self.histories[f"{stage}_history".strip("_")] = history
        return classifier
