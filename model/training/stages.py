"""A whole training: pretraining, training, then validation rows too; at last calibration.

trained = train(task.recipe, dataset, Session(make_accelerator()), pretraining)
model = finish(trained, dataset, task)
"""

import time
from dataclasses import dataclass, replace
from functools import partial

import numpy as np
import torch

from ..answers.decisions import joint_of
from ..answers.held_out import HeldOutRows
from ..data.rows import Dataset
from ..tasks.recipe import Recipe
from ..tasks.task import Task
from ..trained import Model
from .baselines import score_baselines
from .build import build_model
from .calibration import (
    CalibrationRows,
    Halves,
    calibrate,
    calibration_rows,
    fit_halves,
    score_halves,
)
from .checkpoint import MAIN, PRETRAINING, REFIT
from .linear import Choice, Counts, choose_solution, count_features, solve_half
from .look_up import hold_texts
from .loop import NotFiniteError, Stage, fit_stage, round_ngrams
from .metrics import all_metrics, predict_texts
from .session import Session

ALONE = "The network adds too little to its linear half, which goes on alone."


@dataclass(frozen=True)
class Linear:
    """How the linear half of a training is solved, and what it gives for rows held out."""

    counts: Counts
    choice: Choice
    held_out: CalibrationRows


@dataclass(frozen=True)
class Trained:
    """What came of a training."""

    model: Model  # has not been trained on the validation rows
    histories: dict[str, list[dict]]  # the epochs of each stage
    refitted: Model | None = None  # has been trained on the validation rows too
    # Rows that the linear half was not trained on, where it answers alone
    calibration_rows: CalibrationRows | None = None
    halves: Halves | None = None  # where it is decided which of them answer
    ended_by: BaseException | None = None  # what ended it early
    cpu_seconds: float = 0.0  # of all stages, on all threads


def train(
    recipe: Recipe,
    dataset: Dataset,
    session: Session,
    pretraining: Dataset | None = None,
) -> Trained:
    """Run all stages and return their models; the first stage runs if there is `pretraining` data.

    Raises what ended it, a KeyboardInterrupt or a NotFiniteError, before there was a model.
    """
    began = time.process_time()
    start = None
    if pretraining:
        first = recipe.first_stage()
        model = build_model(first, pretraining)
        start = fit_stage(Stage(model, pretraining, first, PRETRAINING), session)
    model, linear = begin(recipe, dataset, start)
    main = Stage(model, dataset, recipe, MAIN)
    trained = Trained(model, session.histories)
    gru_weight = recipe.fixed_gru_weight
    if linear and gru_weight is None:
        main.gives_up = partial(adds_nothing, model, dataset)
    try:
        if not (linear and gru_weight == 0):
            fit_stage(main, session)
        if linear and gru_weight is None:
            halves = decide_halves(model, dataset)
            trained = replace(trained, halves=halves)
            gru_weight = halves.gru_weight
            if not gru_weight:
                session.progress.say(ALONE)
        if linear:
            refitted = with_solved_again(model, linear, recipe, dataset)
            rows = None if gru_weight else linear.held_out
            trained = replace(trained, refitted=refitted, calibration_rows=rows)
        elif recipe.refit:
            trained = replace(trained, refitted=refit(main, session, start))
    except (KeyboardInterrupt, NotFiniteError) as error:
        if not main.history:
            raise
        trained = replace(trained, ended_by=error)
    return replace(trained, cpu_seconds=time.process_time() - began)


def begin(
    recipe: Recipe, dataset: Dataset, start: Model | None = None
) -> tuple[Model, Linear | None]:
    """Return a model to train, from the weights of `start`, and its linear half.

    That is None unless it is solved here, of the rows to train on; what is chosen for that stands
    among the model's options.
    """
    if not recipe.has_solved_half or len(set(dataset.train.labels)) < 2:
        return build_model(recipe, dataset, start), None
    model = build_model(recipe, with_validation(dataset), start)
    counts = count_features(model, dataset, recipe)
    choice, held_out = choose_solution(counts, recipe)
    model = replace(model, training=model.training | choice._asdict())
    linear = Linear(counts, choice, held_out)
    solve(model, linear, len(dataset.train))
    return model, linear


def with_validation(dataset: Dataset) -> Dataset:
    """Return the dataset with the validation rows among those to train on."""
    return replace(dataset, train=dataset.train + dataset.validation)


def solve(model: Model, linear: Linear, n_rows: int | None = None) -> None:
    """Give the linear half of a model the weights that the first rows determine, by default all.

    They do not train.
    """
    half = model.network.linear_ngrams
    assert half
    rows = np.arange(len(linear.counts.targets))[:n_rows]
    half.load_state_dict(solve_half(linear.counts, rows, linear.choice))
    half.requires_grad_(False)


def adds_nothing(model: Model, dataset: Dataset, done: float) -> bool:
    """Return whether a network will not add to the linear half, after this share of its trial.

    One that adds in the end has half as many validation rows right after the trial, and before it a
    share of these, and after it both together have a lower loss. Where the linear half errs once at
    most, no gain exceeds its standard error.
    """
    rows = calibration_rows([(model, dataset.validation)], dataset)
    answers = torch.stack(rows.apart).argmax(dim=2)  # (2, n)
    network, linear = (answers == rows.targets).sum(dim=1).tolist()
    if linear >= rows.n_rows - 1 or 2 * network < done * linear:
        return True
    return done == 1 and fit_halves(rows).gain < 0


def decide_halves(model: Model, dataset: Dataset) -> Halves:
    """Return which halves of a model answer, by the validation rows."""
    rows = calibration_rows([(model, dataset.validation)], dataset)
    return fit_halves(rows)


def with_solved_again(
    model: Model, linear: Linear, recipe: Recipe, dataset: Dataset
) -> Model:
    """Return a copy of a model whose linear half is solved for all rows."""
    copy = build_model(recipe, with_validation(dataset), model)
    copy = replace(copy, training=model.training)
    solve(copy, linear)
    for each in (model, copy):
        round_ngrams(each.network)
    return copy


def refit(main: Stage, session: Session, start: Model | None) -> Model:
    """Return a model that is trained as the one of the main stage was, on validation rows too."""
    best_epoch = min(main.history, key=lambda entry: entry["validation_loss"])
    recipe = main.recipe.last_stage(best_epoch["epoch"])
    everything = with_validation(main.dataset)
    model = build_model(recipe, everything, start)
    return fit_stage(Stage(model, everything, recipe, REFIT), session)


def held_out_rows(
    model: Model, dataset: Dataset, in_turn: CalibrationRows | None = None
) -> HeldOutRows:
    """Return what a model answers to validation rows as written, and to those of none.

    Where the linear half answers alone, the rows are those that were held out `in_turn`.
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
    return HeldOutRows(joint, np.array(targets + [n_labels] * len(outside))).to_store()


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
            best.metrics["cpu_seconds"] = trained.cpu_seconds
            best.metrics |= score_baselines(dataset, task.recipe)
    if task.publish_texts:
        hold_texts(best, dataset)
    return best
