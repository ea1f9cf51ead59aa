"""A whole training: pretraining, training, and a refit on validation rows too; then calibration.

trained = train(task.recipe, dataset, Session(make_accelerator()), pretraining)
model = finish(trained, dataset, task)
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import partial

import numpy as np
import torch

from ..answers.decisions import joint_of
from ..answers.held_out import HeldOutRows
from ..data.rows import Dataset
from ..data.splits import folds
from ..tasks.recipe import Recipe
from ..tasks.task import Task
from ..trained import Model
from .baselines import score_baselines
from .build import build
from .calibration import (
    CalibrationRows,
    Halves,
    calibrate,
    calibration_rows,
    fit_halves,
    score_halves,
)
from .checkpoint import CROSS_VALIDATION, MAIN, PRETRAINING, REFIT
from .linear import Choice, Machine
from .look_up import hold_texts
from .loop import NotFiniteError, Stage, fit, round_tables
from .metrics import all_metrics, predict_texts
from .session import Session

FOLDS = 5  # of cross-validation
ALONE = "The network adds too little to the linear classifier, which goes on alone."


@dataclass(frozen=True)
class Trained:
    """What came of a training."""

    model: Model  # has not been trained on the validation rows
    # The epochs of each stage, and of each part of cross-validation
    histories: dict[str, list[dict]]
    refitted: Model | None = None  # has been trained on the validation rows too
    # Rows that no model was trained on when it gave this, where those of validation are few
    calibration_rows: CalibrationRows | None = None
    halves: Halves | None = None  # where it is decided before cross-validation
    ended_by: BaseException | None = None  # what ended it early


def begin(
    name: str, recipe: Recipe, dataset: Dataset, start: Model | None = None
) -> Stage:
    """Return a stage to train, from the weights of `start`; its linear half may be solved already.

    What is chosen for that stands in the recipe of the stage.
    """
    model = build(recipe, dataset, start)
    solved = solve_linear(model, recipe, dataset)
    if solved:
        _, choice = solved
        recipe = replace(recipe, **choice._asdict())
        model = replace(model, training=recipe.record())
    return Stage(model, dataset, recipe, name)


def solve_linear(
    model: Model, recipe: Recipe, dataset: Dataset
) -> tuple[Machine, Choice] | None:
    """Give the linear half of a model its weights, which do not train, if the recipe says so.

    Return what solved it, and what was chosen for that.
    """
    half = model.network.linear_ngrams
    if not (half and recipe.solves_linear and len(set(dataset.train.labels)) > 1):
        return None
    machine = Machine(model, half, dataset, recipe.logit_adjustment == 1)
    choice = machine.choice(recipe)
    half.load_state_dict(machine.solved(choice))
    half.requires_grad_(False)
    return machine, choice


def adds_nothing(model: Model, dataset: Dataset, part: float) -> bool:
    """Return whether a network will not add to the linear half, after this `part` of its trial.

    One that adds in the end has half as many validation rows right after the trial, and before it a
    part of these; and where the linear half errs once at most, no gain exceeds its standard error.
    """
    rows = calibration_rows([(model, dataset.validation)], dataset)
    answers = torch.stack(rows.apart).argmax(dim=2)  # (2, n)
    network, linear = (answers == rows.targets).sum(dim=1).tolist()
    return linear >= rows.n_rows - 1 or 2 * network < part * linear


def train(
    recipe: Recipe,
    dataset: Dataset,
    session: Session,
    pretraining: Dataset | None = None,
) -> Trained:
    """Run all stages and return their models; the first stage runs if there is `pretraining` data.

    Raises what ended it, a KeyboardInterrupt or a NotFiniteError, before there was a model.
    """
    start = None
    if pretraining:
        start = fit(begin(PRETRAINING, recipe.first_stage(), pretraining), session)
    main = begin(MAIN, recipe, dataset, start)
    if recipe.has_solved_half and recipe.mix is None:
        main.gives_up = partial(adds_nothing, main.model, dataset)
    best = Trained(main.model, session.histories)
    if recipe.has_solved_half and recipe.mix == 0:
        round_tables(main.model.network)
        return best
    try:
        fit(main, session)
        for better in _after_main(best, main, session, start):
            best = better
    except (KeyboardInterrupt, NotFiniteError) as error:
        if not main.history:
            raise
        best = replace(best, ended_by=error)
    return best


def _after_main(
    best: Trained, main: Stage, session: Session, start: Model | None
) -> Iterator[Trained]:
    """Yield what is kept after each further stage; raise what ends one early."""
    dataset = main.dataset
    best_epoch = min(main.history, key=lambda entry: entry["validation_loss"])
    last = main.recipe.last_stage(best_epoch["epoch"])
    everything = replace(dataset, train=dataset.train + dataset.validation)
    if last.has_solved_half and last.mix is None:
        validation = calibration_rows([(main.model, dataset.validation)], dataset)
        halves = fit_halves(validation, last.prior_rows)
        if not halves.adds:
            session.progress.say(ALONE)
            best = replace(best, halves=replace(halves, gru_weight=0.0))
            yield best
            if last.refit:
                yield _refit_linear(best, last, everything)
            return
    in_turn = folds_in_turn(last, dataset)
    if in_turn:
        rows = _cross_validate(main, last, session, in_turn)
        best = replace(best, calibration_rows=rows)
        yield best
    if last.refit:
        refitted = fit(begin(REFIT, last, everything, start), session)
        yield replace(best, refitted=refitted)


def _refit_linear(trained: Trained, recipe: Recipe, everything: Dataset) -> Trained:
    """Solve the linear half for all rows, and hold each of them out once to calibrate by."""
    model = build(recipe, everything, trained.model)
    solved = solve_linear(model, recipe, everything)
    assert solved
    machine, choice = solved
    round_tables(model.network)
    rows = machine.calibration_rows(choice)
    return replace(trained, refitted=model, calibration_rows=rows)


def _cross_validate(
    main: Stage, recipe: Recipe, session: Session, in_turn: list[list[int]]
) -> CalibrationRows:
    """Return what models give for parts of the training rows too, held out in turn."""
    dataset = main.dataset
    parts = [(main.model, dataset.validation)]
    for number, fold in enumerate(in_turn, start=1):
        rest, part = dataset.train.split(fold)
        without_fold = replace(
            dataset, train=rest + dataset.validation, validation=part
        )
        stage = begin(f"{CROSS_VALIDATION} {number}", recipe, without_fold)
        parts.append((fit(stage, session), part))
    return calibration_rows(parts, dataset)


def folds_in_turn(recipe: Recipe, dataset: Dataset) -> list[list[int]]:
    """Return as many fifths of the training rows as validation lacks of `held_out_in_turn`."""
    missing = recipe.held_out_in_turn - len(dataset.validation)
    chosen: list[list[int]] = []
    for fold in folds(dataset.train, FOLDS, dataset.key) if missing > 0 else []:
        if sum(map(len, chosen)) < missing:
            chosen.append(fold)
    return chosen


def held_out_rows(
    model: Model, dataset: Dataset, in_turn: CalibrationRows | None = None
) -> HeldOutRows:
    """Return what a model answers to validation rows as written, and to those of none.

    Where validation has few, the rows are those that were held out `in_turn`.
    """
    n_labels = len(model.labels)
    if in_turn:
        joint = joint_of(*in_turn.answers(model.calibration, n_labels))
        targets = in_turn.targets.tolist()
    else:
        validation = dataset.validation
        joint = joint_of(*predict_texts(model, validation.texts))
        targets = [model.labels.index(label) for label in validation.labels]
    outside = dataset.validation_none.texts
    if outside:
        joint = np.concatenate([joint, joint_of(*predict_texts(model, outside))])
    return HeldOutRows(joint, np.array(targets + [n_labels] * len(outside))).kept()


def finish(
    trained: Trained,
    dataset: Dataset,
    task: Task,
) -> Model:
    """Return the refitted model, else the trained one: calibrated and, with test rows, scored.

    Of a custom task a linear classifier of the same rows is scored, and the most frequent label.
    """
    calibration, halves = calibrate(
        trained.model, dataset, trained.calibration_rows, trained.halves
    )
    before_refit = replace(trained.model, calibration=calibration)
    best = trained.refitted or trained.model
    record = best.training | {"task": task.description if task.is_custom else task.name}
    best = replace(best, calibration=calibration, training=record)
    if dataset.validation:
        best.held_out = held_out_rows(before_refit, dataset, trained.calibration_rows)
    if len(dataset.test):
        best.metrics = all_metrics(best, dataset, task, trained.histories, before_refit)
        if halves is not None:
            best.metrics["halves"] = {
                "share": halves.gru_weight,
                **score_halves(best, dataset.test, halves.biases),
                "held_out": halves.accuracies,
            }
        if task.is_custom:
            best.metrics |= score_baselines(dataset, task.recipe)
    if task.publish_texts:
        hold_texts(best, dataset)
    return best
