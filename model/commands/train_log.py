"""The log of a training for `--log-with NAME`: TensorBoard, or another tracker of Accelerate.

One log for all stages: a step is an epoch, counted from the first stage to the last. A resumed
training logs the epochs of its checkpoint again, and TensorBoard hides what was there before, so
that no point is missing or doubled.
"""

import argparse
import io
from pathlib import Path

import numpy as np
from accelerate import Accelerator
from accelerate.tracking import LOGGER_TYPE_TO_CLASS, get_available_trackers
from PIL import Image

from ..errors import InputError, reason
from ..storage.parts import Parts
from ..training.stages import HISTORIES, REFIT

METRICS = ("train_loss", "learning_rate", "validation_loss", "validation_accuracy")
# The trackers that take images as arrays, each with what it has to hear of their form.
PICTURES: dict[str, dict] = {"tensorboard": {"dataformats": "NHWC"}, "wandb": {}, "swanlab": {}}


def tracker(name: str) -> str:
    """Parse the name of an installed tracker for argparse."""
    if name not in LOGGER_TYPE_TO_CLASS:
        raise argparse.ArgumentTypeError(
            f"{name!r} is not one of {', '.join(LOGGER_TYPE_TO_CLASS)}"
        )
    if name not in map(str, get_available_trackers()):
        raise argparse.ArgumentTypeError(f"{name} is not installed: pip install {name}")
    return name


class Log:
    """Hands epochs and scores to the tracker `name`, if any; what it writes is in OUTPUT.logs.

    `done` holds the epochs of each stage that a checkpoint has. Raises InputError if the tracker
    does not start, as in a folder that cannot be written.
    """

    def __init__(
        self, accelerator: Accelerator, name: str | None, output: Path | None, done: dict[str, list]
    ):
        self.accelerator, self.step = accelerator, 0
        if name is None or output is None:
            return
        output = output.absolute()
        accelerator.project_configuration.set_directories(f"{output}.logs")
        accelerator.log_with = [name]
        try:
            accelerator.init_trackers(output.name, init_kwargs={"tensorboard": {"purge_step": 0}})
        except Exception as error:
            raise InputError(f"--log-with {name} does not start: {reason(error)}") from None
        for stage in HISTORIES:  # in their order
            for entry in done.get(stage, []):
                self.add(stage, entry)

    def add(self, stage: str, entry: dict) -> None:
        """Log an epoch as metrics.json's history holds it, but for those of cross-validation."""
        if stage in HISTORIES:
            self.step += 1
            names = METRICS[:2] if stage == REFIT else METRICS  # it trains on the validation rows
            values = {f"{stage}/{name}": entry[name] for name in names if name in entry}
            self.accelerator.log(values, step=self.step)

    def add_scores(self, model: Parts) -> None:
        """Log the test scores of a scored model and, where a tracker takes it, the matrix."""
        from ..storage.plots import confusion_png  # here because matplotlib takes time to import

        test = model.metrics["test"]
        scores = {f"test/{name}": test[name] for name in ("accuracy", "macro_f1", "ece")}
        self.accelerator.log(scores, step=self.step)
        for to in (each for each in self.accelerator.trackers if each.name in PICTURES):
            picture = Image.open(io.BytesIO(confusion_png(model.labels, test["confusion"])))
            images = np.asarray(picture.convert("RGB"))[None]
            to.log_images({"test/confusion": images}, step=self.step, **PICTURES[to.name])
