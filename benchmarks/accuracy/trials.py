"""Trains recipes as train.py does, for ablations: nothing is saved, and pretraining is shared."""

import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from accelerate import Accelerator

from benchmarks.common import forget_accelerator
from model.data.pairs import read_pretraining
from model.data.rows import Dataset
from model.storage.parts import Parts
from model.tasks.names import WORDS
from model.tasks.recipe import Recipe
from model.training.calibration import calibrate
from model.training.loop import make_accelerator
from model.training.stages import SILENT, Stages


@dataclass(frozen=True)
class Trained:
    """What a training gives. Without a refit both models are the same."""

    held_out: Parts  # not trained on the validation rows
    final: Parts
    seconds: float  # of the processor, for all stages: comparable on a busy machine


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
            forget_accelerator()
            self.accelerator = Accelerator(cpu=True, mixed_precision=precision)

    def train(self, recipe: Recipe, pretraining: Recipe | None = None) -> Trained:
        """Train in all stages of `recipe`, after the first stage of `pretraining` if given."""
        pretrained, seconds, dataset = None, 0.0, self.dataset
        if pretraining:
            (pretrained, seconds), dataset = self._pretrain(pretraining), self.after_pretraining
        start = time.process_time()
        stages = Stages(self.accelerator, lambda stage, epochs: SILENT)
        model, refitted = stages.train_from(pretrained, recipe, dataset)
        if stages.ended_by:
            raise stages.ended_by
        seconds += time.process_time() - start
        calibrate(model, dataset, refitted)
        return Trained(model, refitted or model, seconds)

    def _pretrain(self, recipe: Recipe) -> tuple[Parts, float]:
        key = recipe.first_stage(), self.accelerator.mixed_precision
        if key not in self._pretrained:
            start = time.process_time()
            stages = Stages(self.accelerator, lambda stage, epochs: SILENT)
            pretrained = stages.pretrain(recipe, self.pretraining)
            self._pretrained[key] = pretrained, time.process_time() - start
        return self._pretrained[key]
