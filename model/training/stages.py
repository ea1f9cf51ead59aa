"""A whole training: pretraining, training, and a refit on validation rows too; then calibration.

trained = train(task.recipe, dataset, Session(make_accelerator()), pretraining)
model = finish(trained, dataset, task)
"""

from dataclasses import dataclass, field, replace
from functools import partial

import torch

from ..data.rows import Dataset
from ..data.splits import folds
from ..tasks.recipe import Recipe
from ..tasks.task import Task
from ..trained import Model
from .baselines import score_baselines
from .build import build
from .calibration import HeldOut, Mix, calibrate, held_out_by, score_halves
from .checkpoint import CROSS_VALIDATION, MAIN, PRETRAINING, REFIT, load_checkpoint
from .linear import Machine
from .loop import NotFiniteError, Stage, fit, round_tables
from .metrics import all_metrics, look_up_of, training_texts
from .session import Session

FOLDS = 5  # of cross-validation
LINEAR_FOLDS = 10  # of the linear classifier alone, which is solved in a second or two
ALONE = "The network adds too little to the linear classifier, which goes on alone."


@dataclass
class Trained:
    """What came of a training."""

    stages: dict[str, Stage] = field(default_factory=dict)  # that began, by their names
    refitted: Model | None = None  # has been trained on the validation rows too
    # Rows that no model was trained on when it gave this, where those of validation are few
    held_out: HeldOut | None = None
    mix: Mix | None = None  # where it is decided before cross-validation
    ended_by: BaseException | None = None  # what ended it early

    @property
    def model(self) -> Model:
        """The model that has not been trained on the validation rows."""
        return self.stages[MAIN].model

    @property
    def histories(self) -> dict[str, list[dict]]:
        """The epochs of each stage and of each part of cross-validation that has one."""
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
        model, recipe = begin(recipe, dataset, start)
        stage = Stage(model, dataset, recipe, name)
        if name == MAIN and decides_on_network(recipe):
            stage.gives_up = partial(adds_nothing, model, dataset)
        self.stages[name] = stage
        fit(stage, session)
        return model


def begin(
    recipe: Recipe, dataset: Dataset, start: Model | None = None
) -> tuple[Model, Recipe]:
    """Return a model to train, whose linear half may be solved already, and what was chosen."""
    model = build(recipe, dataset, start)
    machine = machine_of(recipe, model, dataset)
    if machine:
        recipe = machine.chosen(recipe)
        model.training = recipe.record()
        machine.solve(recipe)
    return model, recipe


def decides_on_network(recipe: Recipe) -> bool:
    """Return whether the network answers only where it adds to a linear half that is solved."""
    has_both = bool(recipe.linear_ngrams)
    return has_both and recipe.solves_linear and recipe.mix is None


def adds_nothing(model: Model, dataset: Dataset, share: float) -> bool:
    """Return whether a network will not add to the linear half, after a `share` of its trial.

    One that adds in the end has half as many validation rows right after the trial, and before it a
    share of these; and where the linear half errs once at most, no gain exceeds its standard error.
    """
    held_out = held_out_by([(model, dataset.validation)], dataset)
    answers = torch.stack(held_out.halves).argmax(dim=2)  # (2, n)
    network, linear = (answers == held_out.targets).sum(dim=1).tolist()
    return linear >= held_out.n_rows - 1 or 2 * network < share * linear


def machine_of(recipe: Recipe, model: Model, dataset: Dataset) -> Machine | None:
    """Return what solves the linear half of a model at once, None if it is not to be solved."""
    half = model.network.linear_ngrams
    if half and recipe.solves_linear and len(set(dataset.train.labels)) > 1:
        return Machine(model, half, dataset)
    return None


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
    in_turn = folds_in_turn(recipe, dataset)

    pretrained = None
    if pretraining:
        first = recipe.first_stage()
        pretrained = trained.run(PRETRAINING, first, pretraining, session)

    model = trained.run(MAIN, recipe, dataset, session, pretrained)

    stage = trained.stages[MAIN]
    best = min(stage.history, key=lambda entry: entry["validation_loss"])
    last = stage.recipe.last_stage(best["epoch"])
    everything = replace(dataset, train=dataset.train + dataset.validation)
    if decides_on_network(recipe):
        _, mix = calibrate(model, dataset)
        if mix and not mix.adds:
            session.progress.say(ALONE)
            trained.mix = replace(mix, share=0.0)
            if recipe.refit:
                _refit_linear(trained, last, everything)
            return
    if in_turn:
        trained.held_out = _cross_validate(trained, last, dataset, session, in_turn)
    if recipe.refit:
        trained.refitted = trained.run(REFIT, last, everything, session, pretrained)


def _refit_linear(trained: Trained, recipe: Recipe, everything: Dataset) -> None:
    """Solve the linear half for all rows, and hold each of them out once to calibrate by."""
    model = build(recipe, everything, trained.model)
    machine = machine_of(recipe, model, everything)
    assert machine
    machine.solve(recipe)
    round_tables(model.network)
    trained.held_out = machine.held_out(recipe, LINEAR_FOLDS)
    trained.refitted = model


def _cross_validate(
    trained: Trained,
    recipe: Recipe,
    dataset: Dataset,
    session: Session,
    in_turn: list[list[int]],
) -> HeldOut:
    """Return what models give for parts of the training rows too, held out in turn."""
    parts = [(trained.model, dataset.validation)]
    for number, fold in enumerate(in_turn, start=1):
        rest, held_out = dataset.train.part(fold)
        part = replace(
            dataset,
            train=rest + dataset.validation,
            validation=held_out,
        )
        model = trained.run(f"{CROSS_VALIDATION} {number}", recipe, part, session)
        parts.append((model, held_out))
    return held_out_by(parts, dataset)


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


def finish(
    trained: Trained,
    dataset: Dataset,
    task: Task,
    with_baseline: bool = False,
) -> Model:
    """Return the refitted model, else the trained one: calibrated and, with test rows, scored.

    `with_baseline` scores a linear classifier of the same rows, and the most frequent label.
    """
    calibration, mix = calibrate(trained.model, dataset, trained.held_out, trained.mix)
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
