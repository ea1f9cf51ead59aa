"""A whole training: pretraining, training, and a refit on validation rows too; then calibration.

trainer = Trainer(make_accelerator())
trained = trainer.train(task.recipe, dataset, pretraining)
model = finish(trained, dataset, task)
"""

import copy
from collections import Counter
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np
from accelerate import Accelerator

from ..data.labelled import folds
from ..data.rows import Dataset, Rows
from ..storage.card import standard_error
from ..storage.model import Model
from ..tasks.recipe import Recipe
from ..tasks.task import Task
from .build import build
from .calibration import calibrate
from .checkpoint import MAIN, PRETRAINING, REFIT, STAGES
from .loop import SILENT, NotFiniteError, Progress, fit
from .scores import all_metrics, predict_texts, score_baselines, training_texts

CROSS_VALIDATION, BALANCED = "cross-validation", "rare labels"
FOLDS = 5  # of cross-validation
RARE = 0.1  # of an equal share of the rows: a label with less is rare


@dataclass
class Trained:
    """What came of a training."""

    model: Model  # which has not been trained on the validation rows
    histories: dict[str, list[dict]]  # of each stage, cross-validation and trial
    refitted: Model | None = None  # which has been trained on the validation rows too
    # Further models with rows that they have not been trained on, where those of validation are few
    folds: list[tuple[Model, Rows]] = field(default_factory=list)
    ended_by: BaseException | None = None  # what ended it early


@dataclass
class Trainer:
    """Trains in up to three stages, and in cross-validation where validation rows are few.

    Where a label is rare, the main stage is run once more by `Recipe.balanced`, and the better of
    the two goes on.
    """

    accelerator: Accelerator
    progress: Progress = SILENT
    checkpoint: Path | None = None  # the folder that the end of each epoch is saved in
    resume: bool = False  # whether to go on from there

    def train(
        self,
        recipe: Recipe,
        dataset: Dataset,
        pretraining: Dataset | None = None,
        pretrained: Model | None = None,
    ) -> Trained:
        """Return what comes of the stages, of the first one if there is data of `pretraining`.

        Raises what ended it, a KeyboardInterrupt or a NotFiniteError, before there was a model.
        """
        histories: dict[str, list[dict]] = {}
        if pretraining:
            first = recipe.first_stage()
            start = build(first, pretraining)
            pretrained = self.run(PRETRAINING, start, first, pretraining, histories)
        trained = Trained(build(recipe, dataset, pretrained), histories)
        try:
            self.run(MAIN, trained.model, recipe, dataset, histories)
            if rare := rare_labels(recipe, dataset):
                balanced = recipe.balanced()
                start = build(balanced, dataset)
                model = self.run(BALANCED, start, balanced, dataset, histories)
                if is_no_worse(model, trained.model, dataset, rare):
                    trained.model, recipe = model, balanced
                    histories[MAIN], histories[BALANCED] = histories[BALANCED], histories[MAIN]
            best = min(histories[MAIN], key=lambda entry: entry["validation_loss"])["epoch"]
            last = recipe.last_stage(best)
            for i, fold in enumerate(folds_in_turn(recipe, dataset), start=1):
                rest, held_out = dataset.train.part(fold)
                part = replace(dataset, train=rest + dataset.validation, validation=held_out)
                stage, start = f"{CROSS_VALIDATION} {i}", build(last, part)
                trained.folds.append((self.run(stage, start, last, part, histories), held_out))
            if recipe.refit:
                everything = replace(dataset, train=dataset.train + dataset.validation)
                start = build(last, everything, pretrained)
                trained.refitted = self.run(REFIT, start, last, everything, histories)
        except (KeyboardInterrupt, NotFiniteError) as error:
            if MAIN not in histories:
                raise
            trained.ended_by = error
        return trained

    def run(
        self, stage: str, model: Model, recipe: Recipe, dataset: Dataset, histories: dict
    ) -> Model:
        """Return `model`, trained; add the stage's history and raise what ended it early."""
        self.progress.begin(stage, recipe.most_epochs or recipe.epochs)
        folder = self.checkpoint if stage in STAGES else None
        checkpoint = folder and folder / f"{stage}.pt"
        how = self.accelerator, checkpoint, self.resume, self.progress
        histories[stage], ended_by = fit(model, dataset, recipe, *how)
        if ended_by:
            raise ended_by
        return model


def folds_in_turn(recipe: Recipe, dataset: Dataset) -> list[list[int]]:
    """Return the folds to hold out in cross-validation, fifths of the training rows.

    They are just enough to reach `held_out_in_turn` rows; none if validation has that many.
    """
    missing, chosen = recipe.held_out_in_turn - len(dataset.validation), list[list[int]]()
    for fold in folds(dataset.train, FOLDS, dataset.key) if missing > 0 else []:
        if sum(len(each) for each in chosen) < missing:
            chosen.append(fold)
    return chosen


def rare_labels(recipe: Recipe, dataset: Dataset) -> set[str]:
    """Return the labels of the validation rows that are rare, in a task that has its mix fitted."""
    counts, n_rows = Counter(dataset.train.labels), len(dataset.train)
    least = RARE * n_rows / len(dataset.labels) if recipe.mix is None else 0
    return {label for label in dataset.validation.labels if counts[label] < least}


def is_no_worse(model: Model, other: Model, dataset: Dataset, rare: set[str]) -> bool:
    """Return whether a model, calibrated, is no worse than another on the validation rows.

    It is right of as many rows of `rare` labels, and its accuracy is at most a standard error
    lower. A tie is usual: these labels may have a single row there, which both get wrong.
    """
    rows, right = dataset.validation, []
    for each in (model, other):
        trial = copy.deepcopy(each)  # because calibrating it again would change its mix once more
        calibrate(trial, replace(dataset, test=Rows()))
        answers = predict_texts(trial, rows.texts)[0].argmax(axis=1)
        right.append(np.array([trial.labels[i] for i in answers]) == rows.labels)
    new, old = right
    is_rare = np.isin(rows.labels, list(rare))
    lowest = old.mean() - standard_error(float(old.mean()), len(rows))
    return bool(new[is_rare].sum() >= old[is_rare].sum() and new.mean() >= lowest)


def finish(trained: Trained, dataset: Dataset, task: Task, with_baseline: bool = False) -> Model:
    """Return the better model: calibrated and, if there are test rows, scored.

    `with_baseline` scores a linear classifier of the same rows, and the most frequent label.
    """
    halves = calibrate(trained.model, dataset, trained.refitted, trained.folds)
    best = trained.refitted or trained.model
    best.training["task"] = task.description or task.name
    if len(dataset.test):
        named = {stage: f"{stage}_history" for stage in STAGES} | {MAIN: "history"}
        histories = {named[s]: history for s, history in trained.histories.items() if s in named}
        publish, rows, lists = task.words.publish_texts, task.public_rows(), task.lists(best.labels)
        best.metrics = all_metrics(
            best, dataset, histories, publish, trained.model, public_rows=rows, lists=lists
        )
        # Cross-validation and the trial of rare labels took time, too.
        entries = [entry for history in trained.histories.values() for entry in history]
        best.metrics["seconds"] = sum(entry["seconds"] for entry in entries)
        best.metrics |= {"halves": halves} if halves else {}
        if with_baseline:
            best.metrics |= score_baselines(dataset, task.recipe)
    if task.words.publish_texts:
        best.training_texts = training_texts(dataset)
    return best
