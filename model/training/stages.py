"""A whole training: pretraining, training, and a refit on validation rows too; then calibration.

trained = train(task.recipe, dataset, make_accelerator(), pretraining)
model = finish(trained, dataset, task)
"""

from collections import Counter
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from accelerate import Accelerator

from ..data.labelled import folds
from ..data.rows import Dataset, Rows
from ..storage.schema import standard_error
from ..tasks.recipe import Recipe
from ..tasks.task import Task
from ..trained import Model
from .build import build
from .calibration import calibrate, score_halves
from .checkpoint import BALANCED, CROSS_VALIDATION, MAIN, PRETRAINING, REFIT, STAGES
from .loop import NotFiniteError, fit
from .progress import SILENT, Progress
from .scores import all_metrics, predict_texts, score_baselines, training_texts

FOLDS = 5  # of cross-validation


@dataclass
class Trained:
    """What came of a training."""

    model: Model  # which has not been trained on the validation rows
    refitted: Model | None  # which has been trained on the validation rows too
    # Further models with rows that they have not been trained on, where those of validation are few
    folds: list[tuple[Model, Rows]]
    histories: dict[str, list[dict]]  # of each stage, cross-validation and trial
    ended_by: BaseException | None  # what ended it early


def train(
    recipe: Recipe,
    dataset: Dataset,
    accelerator: Accelerator,
    pretraining: Dataset | None = None,
    progress: Progress = SILENT,
    checkpoint: Path | None = None,
    resume: bool = False,
) -> Trained:
    """Run all stages and return their models; the first stage runs if there is `pretraining` data.

    Where a label is rare, the main stage is run once more by `Recipe.balanced`, and the better of
    the two goes on; where validation rows are few, cross-validation follows. The end of each epoch
    is saved in the folder `checkpoint`, and `resume` goes on from there. Raises what ended it, a
    KeyboardInterrupt or a NotFiniteError, before there was a model.
    """
    done = dict[str, tuple[Model, list[dict]]]()  # stage -> its model and history

    def run(
        stage: str, recipe: Recipe, dataset: Dataset, start: Model | None = None
    ) -> Model:
        """Return a new model, trained from the weights of `start`; raise what ended it early."""
        model = build(recipe, dataset, start)
        progress.begin(stage, recipe.most_epochs or recipe.epochs)
        file = checkpoint / f"{stage}.pt" if checkpoint and stage in STAGES else None
        history, ended_by = fit(
            model, dataset, recipe, accelerator, file, resume, progress
        )
        done[stage] = model, history
        if ended_by:
            raise ended_by
        return model

    pretrained = refitted = ended_by = None
    in_turn: list[tuple[Model, Rows]] = []
    try:
        if pretraining:
            pretrained = run(PRETRAINING, recipe.first_stage(), pretraining)
        run(MAIN, recipe, dataset, pretrained)
        if rare := rare_labels(recipe, dataset):
            balanced = recipe.balanced()
            if is_no_worse(
                run(BALANCED, balanced, dataset), done[MAIN][0], dataset, rare
            ):
                recipe, done[MAIN], done[BALANCED] = (
                    balanced,
                    done[BALANCED],
                    done[MAIN],
                )
        best = min(done[MAIN][1], key=lambda entry: entry["validation_loss"])["epoch"]
        last = recipe.last_stage(best)
        for i, fold in enumerate(folds_in_turn(recipe, dataset), start=1):
            rest, held_out = dataset.train.part(fold)
            part = replace(
                dataset, train=rest + dataset.validation, validation=held_out
            )
            in_turn.append((run(f"{CROSS_VALIDATION} {i}", last, part), held_out))
        if recipe.refit:
            everything = replace(dataset, train=dataset.train + dataset.validation)
            refitted = run(REFIT, last, everything, pretrained)
    except (KeyboardInterrupt, NotFiniteError) as error:
        if MAIN not in done:
            raise
        ended_by = error
    histories = {stage: history for stage, (_, history) in done.items()}
    return Trained(done[MAIN][0], refitted, in_turn, histories, ended_by)


def folds_in_turn(recipe: Recipe, dataset: Dataset) -> list[list[int]]:
    """Return as many fifths of the training rows as validation lacks of `held_out_in_turn`."""
    missing = recipe.held_out_in_turn - len(dataset.validation)
    fifths = folds(dataset.train, FOLDS, dataset.key) if missing > 0 else []
    return [
        fold for i, fold in enumerate(fifths) if sum(map(len, fifths[:i])) < missing
    ]


def rare_labels(recipe: Recipe, dataset: Dataset) -> set[str]:
    """Return the labels of the validation rows that are rare by the recipe's `rare_below`."""
    counts, n_rows = Counter(dataset.train.labels), len(dataset.train)
    least = recipe.rare_below * n_rows / len(dataset.labels)
    return {label for label in dataset.validation.labels if counts[label] < least}


def is_no_worse(model: Model, other: Model, dataset: Dataset, rare: set[str]) -> bool:
    """Return whether a model, calibrated, is no worse than another on the validation rows.

    It is right of as many rows of `rare` labels, and its accuracy is at most a standard error
    lower. A tie is usual: these labels may have a single row there, which both get wrong.
    """
    rows, right = dataset.validation, []
    for each in (model, other):
        calibration, _ = calibrate(each, dataset)
        trial = replace(each, calibration=calibration)
        answers = predict_texts(trial, rows.texts)[0].argmax(axis=1)
        right.append(np.array([trial.labels[i] for i in answers]) == rows.labels)
    new, old = right
    is_rare = np.isin(rows.labels, list(rare))
    lowest = old.mean() - standard_error(float(old.mean()), len(rows))
    return bool(new[is_rare].sum() >= old[is_rare].sum() and new.mean() >= lowest)


def finish(
    trained: Trained, dataset: Dataset, task: Task, with_baseline: bool = False
) -> Model:
    """Return the refitted model, else the trained one: calibrated and, with test rows, scored.

    `with_baseline` scores a linear classifier of the same rows, and the most frequent label.
    """
    calibration, half_biases = calibrate(trained.model, dataset, trained.folds)
    trained.model.calibration = calibration
    best = trained.refitted or trained.model
    record = best.training | {"task": task.description or task.name}
    best = replace(best, calibration=calibration, training=record)
    if len(dataset.test):
        best.metrics = all_metrics(
            best, dataset, task, trained.histories, trained.model
        )
        if half_biases is not None:
            halves = score_halves(best, dataset.test, half_biases)
            best.metrics["halves"] = {"share": calibration.share, **halves}
        if with_baseline:
            best.metrics |= score_baselines(dataset, task.recipe)
    if task.words.publish_texts:
        best.training_texts = training_texts(dataset)
    return best
