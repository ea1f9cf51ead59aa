"""Trains recipes as train.py does and scores them, or a linear classifier, on the same rows.

All choices are made on validation rows, and the test rows are scored once.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from statistics import mean
from types import SimpleNamespace

from accelerate import Accelerator
from accelerate.state import AcceleratorState

from benchmarks.accuracy.linear_rivals import NO_ROWS, Rival, Settings
from benchmarks.common import mean_and_spread
from model.data.pairs import read_pretraining
from model.data.rows import Dataset, Rows
from model.storage.parts import Parts
from model.tasks.names import WORDS
from model.tasks.recipe import Recipe
from model.training.calibration import calibrate
from model.training.loop import make_accelerator
from model.training.results import evaluate
from model.training.stages import Stages

SILENT = SimpleNamespace(on_batch=lambda batch, batches: None, on_epoch=lambda entry: None)


@dataclass(frozen=True)
class Trained:
    """What a training gives. Without a refit both models are the same."""

    held_out: Parts  # not trained on the validation rows
    final: Parts
    seconds: float  # of all stages


class Trainer:
    """Trains on one data set on the CPU, after the rows of `pretraining_files` where asked.

    Pretraining that several recipes share runs once; its seconds count for each of them.
    """

    def __init__(self, dataset: Dataset, pretraining_files: Sequence[Path] = ()):
        self.dataset = dataset
        self.pretraining, self.after_pretraining = read_pretraining(
            pretraining_files, dataset, WORDS
        )
        self.accelerator = make_accelerator(use_gpu=False)
        self._pretrained: dict[tuple[Recipe, str], tuple[Parts, float]] = {}

    def set_precision(self, precision: str) -> None:
        """Train in `precision` from now on: "bf16", or "no" for fp32."""
        if precision != self.accelerator.mixed_precision:
            # Accelerate keeps one precision for the whole process, in a shared state.
            AcceleratorState._reset_state(reset_partial_state=True)
            self.accelerator = Accelerator(cpu=True, mixed_precision=precision)

    def train(self, recipe: Recipe, pretraining: Recipe | None = None) -> Trained:
        """Train in all stages of `recipe`, after the first stage of `pretraining` if given."""
        pretrained, seconds, dataset = None, 0.0, self.dataset
        if pretraining:
            (pretrained, seconds), dataset = self._pretrain(pretraining), self.after_pretraining
        stages = Stages(self.accelerator, lambda stage, epochs: SILENT)
        model, refitted = stages.train_from(pretrained, recipe, dataset)
        if stages.ended_by:
            raise stages.ended_by
        calibrate(model, dataset, refitted)
        return Trained(model, refitted or model, seconds + _seconds(stages))

    def _pretrain(self, recipe: Recipe) -> tuple[Parts, float]:
        key = recipe.first_stage(), self.accelerator.mixed_precision
        if key not in self._pretrained:
            stages = Stages(self.accelerator, lambda stage, epochs: SILENT)
            pretrained = stages.pretrain(recipe, self.pretraining)
            self._pretrained[key] = pretrained, _seconds(stages)
        return self._pretrained[key]


def _seconds(stages: Stages) -> float:
    return sum(entry["seconds"] for history in stages.histories.values() for entry in history)


@dataclass(frozen=True)
class Result:
    """A row of a table: reports on validation and test rows, and seconds, one per seed."""

    name: str
    validation: list[dict]
    test: list[dict]
    seconds: list[float]
    has_probabilities: bool = True
    n_extra: int = 0  # rows trained on beside the data set's own

    def score(self, score: str) -> float:
        """Return the mean of a test score."""
        return mean(report[score] for report in self.test)


def spread(reports: Iterable[dict], score: str) -> str:
    """Return the mean of a score over `reports`, with the standard deviation of several."""
    form = "{:.2%}" if "accuracy" in score else "{:.4f}"
    return mean_and_spread([report[score] for report in reports], form)


def linear_result(settings: Settings, dataset: Dataset, extra: Rows = NO_ROWS) -> Result:
    """Fit to the training rows for the validation scores, then to validation rows too; score."""
    tuned = Rival(settings, dataset.labels, dataset.train, extra)
    tuned.calibrate(dataset.validation)
    final = Rival(settings, dataset.labels, dataset.train + dataset.validation, extra)
    final.temperature = tuned.temperature
    validation = [tuned.report(dataset, dataset.validation)]
    test = [final.report(dataset, dataset.test)]
    probable = settings.kind == "LogisticRegression"
    return Result(str(settings), validation, test, [final.seconds], probable, len(extra))


def our_result(
    name: str, trainer: Trainer, recipe: Recipe, seeds: int, pretrained: bool = False
) -> Result:
    """Train with each seed, from scratch or pretrained; score."""
    dataset, extra = trainer.dataset, 0
    if pretrained:
        extra = len(trainer.pretraining.train) + len(trainer.pretraining.outsiders)
    result = Result(name, [], [], [], n_extra=extra)
    for seed in range(seeds):
        seeded = replace(recipe, seed=seed)
        trained = trainer.train(seeded, seeded if pretrained else None)
        result.validation.append(evaluate(trained.held_out, dataset, dataset.validation))
        result.test.append(evaluate(trained.final, dataset, dataset.test))
        result.seconds.append(trained.seconds)
    return result
