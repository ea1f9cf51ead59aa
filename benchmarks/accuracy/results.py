"""The rows of the comparisons: a linear classifier or ours, fitted and scored on the same rows.

All choices are made on validation rows, and the test rows are scored once.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from statistics import mean

from benchmarks.accuracy.linear_rivals import NO_ROWS, Rival, Settings
from benchmarks.accuracy.trainer import Trainer
from benchmarks.common import mean_and_spread
from model.data.rows import Dataset, Rows
from model.tasks.recipe import Recipe
from model.training.results import evaluate


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
    return Result(
        str(settings),
        [tuned.report(dataset, dataset.validation)],
        [final.report(dataset, dataset.test)],
        [final.seconds],
        settings.kind == "LogisticRegression",
        len(extra),
    )


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
