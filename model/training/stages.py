"""A whole training: pretraining, training, and a refit on validation rows too; then calibration.

trained = train(task.recipe, dataset, Session(make_accelerator()), pretraining)
model = finish(trained, dataset, task)
"""

from collections import Counter
from dataclasses import dataclass, field, replace

import numpy as np

from ..data.rows import Dataset, Rows
from ..data.splits import folds
from ..storage.schema import standard_error
from ..tasks.recipe import Recipe
from ..tasks.task import Task
from ..trained import Model
from .baselines import score_baselines
from .build import build
from .calibration import calibrate, score_halves
from .checkpoint import (
    BALANCED,
    CROSS_VALIDATION,
    MAIN,
    PRETRAINING,
    REFIT,
    load_checkpoint,
)
from .linear import CHOICES, solve
from .loop import NotFiniteError, Stage, fit, round_tables
from .metrics import all_metrics, look_up_of, predict_texts, training_texts
from .session import Session

FOLDS = 5  # of cross-validation
LINEAR_FOLDS = 10  # of the linear classifier alone, which is solved in a second or two
ALONE = "The network brings nothing to the linear classifier, which goes on alone."


@dataclass
class Trained:
    """What came of a training."""

    stages: dict[str, Stage] = field(default_factory=dict)  # that began, by their names
    refitted: Model | None = None  # has been trained on the validation rows too
    # Models with rows that they have not been trained on, where those of validation are few
    folds: list[tuple[Model, Rows]] = field(default_factory=list)
    linear_alone: bool = False  # whether the network brought nothing to the linear half
    ended_by: BaseException | None = None  # what ended it early

    @property
    def model(self) -> Model:
        """The model that has not been trained on the validation rows."""
        return self.stages[MAIN].model

    @property
    def histories(self) -> dict[str, list[dict]]:
        """The epochs of each stage, cross-validation and trial that has one."""
        return {
            name: stage.history for name, stage in self.stages.items() if stage.history
        }

    def run(
        self,
        name: str,
        recipe: Recipe,
        dataset: Dataset,
        session: Session,
        start: Model | None = None,
    ) -> Model:
        """Return a new model, trained from the weights of `start`; raise what ends it early."""
        model = begin(recipe, dataset, start)
        stage = Stage(model, dataset, recipe, name)
        self.stages[name] = stage
        fit(stage, session)
        return model


def begin(recipe: Recipe, dataset: Dataset, start: Model | None = None) -> Model:
    """Return a model to train; its linear half may be solved already."""
    model = build(recipe, dataset, start)
    if recipe.solves_linear:
        solve(model, dataset)
    return model


def train(
    recipe: Recipe,
    dataset: Dataset,
    session: Session,
    pretraining: Dataset | None = None,
) -> Trained:
    """Run all stages and return their models; the first stage runs if there is `pretraining` data.

    Raises what ended it, a KeyboardInterrupt or a NotFiniteError, before there was a model.
    """
    trained = Trained()
    try:
        _run_stages(trained, recipe, dataset, session, pretraining)
    except (KeyboardInterrupt, NotFiniteError) as error:
        if MAIN not in trained.histories:
            raise
        trained.ended_by = error
    return trained


def _run_stages(
    trained: Trained,
    recipe: Recipe,
    dataset: Dataset,
    session: Session,
    pretraining: Dataset | None,
) -> None:
    """Run each stage; raise what ends one early."""
    rare = rare_labels(recipe, dataset)
    in_turn = folds_in_turn(recipe, dataset)
    times = {PRETRAINING: bool(pretraining), MAIN: 1, BALANCED: bool(rare)}
    times |= {CROSS_VALIDATION: len(in_turn), REFIT: recipe.refit}
    session.progress.plan([name for name in times for _ in range(times[name])])

    pretrained = None
    if pretraining:
        first = recipe.first_stage()
        pretrained = trained.run(PRETRAINING, first, pretraining, session)

    model = trained.run(MAIN, recipe, dataset, session, pretrained)

    # Where a label is rare, a second recipe is tried, and the better model is kept.
    if rare:
        balanced = recipe.balanced()
        trial = trained.run(BALANCED, balanced, dataset, session)
        if is_no_worse(trial, model, dataset, rare):
            recipe = balanced
            stages = trained.stages
            balanced_stage = stages[BALANCED]
            stages[BALANCED] = stages[MAIN]
            stages[MAIN] = balanced_stage

    history = trained.stages[MAIN].history
    best = min(history, key=lambda entry: entry["validation_loss"])
    last = recipe.last_stage(best["epoch"])
    last = replace(last, **{name: trained.model.training[name] for name in CHOICES})
    if recipe.solves_linear and recipe.mix is None:
        calibration, _ = calibrate(trained.model, dataset)
        trained.linear_alone = not calibration.share
    if trained.linear_alone:
        session.progress.say(ALONE)
    if trained.linear_alone and in_turn:
        in_turn = folds(dataset.train, LINEAR_FOLDS, dataset.key)
    _hold_out(trained, last, dataset, session, in_turn)

    if recipe.refit:
        every_row = dataset.train + dataset.validation
        everything = replace(dataset, train=every_row)
        if trained.linear_alone:
            trained.refitted = begin(last, everything, trained.model)
            round_tables(trained.refitted.network)
        else:
            trained.refitted = trained.run(REFIT, last, everything, session, pretrained)


def _hold_out(
    trained: Trained,
    recipe: Recipe,
    dataset: Dataset,
    session: Session,
    in_turn: list[list[int]],
) -> None:
    """Where validation rows are few, hold parts of the training rows out in turn."""
    for number, fold in enumerate(in_turn, start=1):
        rest, held_out = dataset.train.part(fold)
        part = replace(
            dataset,
            train=rest + dataset.validation,
            validation=held_out,
        )
        if trained.linear_alone:
            model = begin(recipe, part)
        else:
            model = trained.run(f"{CROSS_VALIDATION} {number}", recipe, part, session)
        trained.folds.append((model, held_out))


def check_resume(
    recipe: Recipe,
    dataset: Dataset,
    session: Session,
    pretraining: Dataset | None = None,
) -> None:
    """Raise InputError for a checkpoint from which `train` would not continue."""
    stages = [(MAIN, recipe, dataset)]
    if pretraining:
        stages.append((PRETRAINING, recipe.first_stage(), pretraining))
    for name, of_stage, rows in stages:
        if session.resume and session.checkpoint:
            path = session.checkpoint / f"{name}.pt"
            load_checkpoint(path, session.identity(of_stage, rows))


def folds_in_turn(recipe: Recipe, dataset: Dataset) -> list[list[int]]:
    """Return as many fifths of the training rows as validation lacks of `held_out_in_turn`."""
    missing = recipe.held_out_in_turn - len(dataset.validation)
    chosen: list[list[int]] = []
    if missing <= 0:
        return chosen
    for fold in folds(dataset.train, FOLDS, dataset.key):
        if sum(map(len, chosen)) >= missing:
            break
        chosen.append(fold)
    return chosen


def rare_labels(recipe: Recipe, dataset: Dataset) -> set[str]:
    """Return the labels of the validation rows that are rare by the recipe's `rare_below`."""
    counts = Counter(dataset.train.labels)
    equal_share = len(dataset.train) / len(dataset.labels)
    fewest = recipe.rare_below * equal_share
    return {label for label in dataset.validation.labels if counts[label] < fewest}


def is_no_worse(
    model: Model,
    other: Model,
    dataset: Dataset,
    rare: set[str],
) -> bool:
    """Return whether a model, calibrated, is no worse than another on the validation rows.

    It is right of as many rows of `rare` labels, and its accuracy is at most a standard error
    lower. A tie is usual: these labels may have a single row there, which both get wrong.
    """
    is_right = _is_right(model, dataset)
    other_is_right = _is_right(other, dataset)
    is_rare = np.isin(dataset.validation.labels, list(rare))
    accuracy = float(other_is_right.mean())
    lowest = accuracy - standard_error(accuracy, len(is_rare))
    n_found = is_right[is_rare].sum()
    finds_as_many = n_found >= other_is_right[is_rare].sum()
    return bool(finds_as_many and is_right.mean() >= lowest)


def _is_right(model: Model, dataset: Dataset) -> np.ndarray:
    """Return for each validation row whether the model, calibrated, is right, (n,)."""
    calibration, _ = calibrate(model, dataset)
    calibrated = replace(model, calibration=calibration)
    probabilities, _ = predict_texts(calibrated, dataset.validation.texts)
    best = probabilities.argmax(axis=1)
    answers = np.array(model.labels)[best]
    return answers == dataset.validation.labels


def finish(
    trained: Trained,
    dataset: Dataset,
    task: Task,
    with_baseline: bool = False,
) -> Model:
    """Return the refitted model, else the trained one: calibrated and, with test rows, scored.

    `with_baseline` scores a linear classifier of the same rows, and the most frequent label.
    """
    calibration, mix = calibrate(
        trained.model, dataset, trained.folds, trained.linear_alone
    )
    trained.model.calibration = calibration
    best = trained.refitted or trained.model
    record = best.training | {"task": task.description or task.name}
    best = replace(best, calibration=calibration, training=record)
    if len(dataset.test):
        best.metrics = all_metrics(
            best, dataset, task, trained.histories, trained.model
        )
        if mix is not None:
            halves = score_halves(best, dataset.test, mix.biases)
            best.metrics["halves"] = {
                "share": mix.share,
                **halves,
                "held_out": mix.held_out,
            }
        if with_baseline:
            best.metrics |= score_baselines(dataset, task.recipe)
    if task.publish_texts:
        best.training_texts = training_texts(dataset)
        best.look_up = look_up_of(dataset, best.training_texts)
    return best
