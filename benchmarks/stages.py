"""Trains recipes for the benchmarks, all stages and seeds, as train.py does; prints nothing.

Pretraining that several recipes share runs once; its seconds count for each of them.
"""

import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from statistics import mean, stdev

from accelerate import Accelerator
from accelerate.state import AcceleratorState

from model.classifier import TextClassifier
from model.data.pairs import read_pretraining
from model.data.rows import Dataset
from model.tasks.recipe import Recipe
from model.training.calibration import calibrate
from model.training.loop import fit, make_accelerator


def mean_and_spread(values: list[float], form: str) -> str:
    """Return the mean, with the standard deviation if there are several values.

    >>> mean_and_spread([0.25, 0.75], "{:.0%}")
    '50% ± 35%'
    """
    spread = f" ± {form.format(stdev(values))}" if len(values) > 1 else ""
    return form.format(mean(values)) + spread


@dataclass(frozen=True)
class Trained:
    """What a training gives: `held_out` has not seen the validation rows, `final` has if refitted.

    Both are the same classifier where the recipe asks for no refit.
    """

    held_out: TextClassifier
    final: TextClassifier
    seconds: float  # of all stages


class Trainer:
    """Trains on one data set on the CPU, after the rows of `pretraining_files` where asked."""

    def __init__(self, dataset: Dataset, pretraining_files: Sequence[Path] = ()):
        self.dataset = dataset
        self.pretraining = self.after_pretraining = None
        if pretraining_files:
            self.pretraining, self.after_pretraining = read_pretraining(pretraining_files, dataset)
        self.accelerator = make_accelerator(use_gpu=False)
        self._pretrained: dict[tuple[Recipe, str], tuple[TextClassifier, float]] = {}

    def set_precision(self, precision: str) -> None:
        """Train in `precision` from now on: "bf16", or "no" for fp32."""
        if precision != self.accelerator.mixed_precision:
            # Accelerate keeps one precision for the whole process, in a shared state.
            AcceleratorState._reset_state(reset_partial_state=True)
            self.accelerator = Accelerator(cpu=True, mixed_precision=precision)

    def train(self, recipe: Recipe, first_stage: Recipe | None = None) -> Trained:
        """Train in all stages of the recipe, with pretraining if `first_stage` is given."""
        pretrained, seconds, dataset = None, 0.0, self.dataset
        if first_stage:
            (pretrained, seconds), dataset = self._pretrain(first_stage), self.after_pretraining
        start = time.perf_counter()
        classifier, refitted = self._fit(recipe, dataset, pretrained), None
        if recipe.refit:
            everything = replace(dataset, train=dataset.train + dataset.validation)
            refitted = self._fit(recipe.last_stage(), everything, pretrained)
        seconds += time.perf_counter() - start
        calibrate(classifier, dataset, refitted)
        return Trained(classifier, refitted or classifier, seconds)

    def _pretrain(self, first_stage: Recipe) -> tuple[TextClassifier, float]:
        """Return the pretrained classifier and the seconds that it took when it was trained."""
        key = first_stage, self.accelerator.mixed_precision
        if key not in self._pretrained:
            start = time.perf_counter()
            classifier = self._fit(first_stage, self.pretraining)
            self._pretrained[key] = classifier, time.perf_counter() - start
        return self._pretrained[key]

    def _fit(
        self, recipe: Recipe, dataset: Dataset, pretrained: TextClassifier | None = None
    ) -> TextClassifier:
        classifier = recipe.build(dataset, pretrained)  # with a copy of the weights
        _, ended_by = fit(classifier, dataset, recipe, self.accelerator)
        if ended_by:
            raise ended_by
        return classifier
