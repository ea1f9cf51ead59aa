"""The log of a training for TensorBoard or another tracker of Accelerate: `--log-with NAME`.

    pretraining/train_loss  main/validation_accuracy  refit/learning_rate  test/macro_f1

One log for all stages; its steps are epochs, counted from the first stage to the last. A resumed
training logs the epochs of its checkpoint again and hides what TensorBoard had of the last run, so
that no point is missing or doubled, wherever that run was killed.
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
SCORES = ("accuracy", "macro_f1", "ece")
ONE_IMAGE = ("aim", "clearml")  # trackers that take an image where the others take several


def tracker(name: str) -> str:
    """Parse the name of an installed tracker for argparse."""
    if name not in LOGGER_TYPE_TO_CLASS:
        raise argparse.ArgumentTypeError(
            f"{name!r} is not one of {', '.join(LOGGER_TYPE_TO_CLASS)}"
        )
    if name not in map(str, get_available_trackers()):
        raise argparse.ArgumentTypeError(f"{name} is not installed: pip install {name}")
    return name


def log_folder(output: Path) -> Path:
    """Return OUTPUT.logs, in which TensorBoard's log is."""
    return output.absolute().with_name(f"{output.absolute().name}.logs")


class Log:
    """Hands epochs and scores to the accelerator's trackers, if it has any.

    Raises InputError where a tracker does not start, as in a folder that cannot be written.
    """

    def __init__(self, accelerator: Accelerator, output: Path | None):
        self.accelerator, self.step = accelerator, 0
        if output is None or not accelerator.log_with:
            return
        name = output.absolute().name
        try:
            accelerator.init_trackers(name, init_kwargs={"tensorboard": {"purge_step": 0}})
        except Exception as error:
            raise InputError(
                f"--log-with {accelerator.log_with[0]} does not start ({reason(error)}): correct "
                "that, or train without it."
            ) from None

    def add(self, stage: str, entry: dict) -> None:
        """Log an epoch as metrics.json's history holds it, but for those of cross-validation."""
        if stage in HISTORIES:
            self.step += 1
            names = METRICS[:2] if stage == REFIT else METRICS  # it trains on the validation rows
            values = {f"{stage}/{name}": entry[name] for name in names if name in entry}
            self.accelerator.log(values, step=self.step)

    def add_scores(self, model: Parts) -> None:
        """Log the test scores of a scored model and, where a tracker takes images, the matrix."""
        from ..storage.plots import confusion_png  # here because matplotlib takes time to import

        test, trackers = model.metrics["test"], self.accelerator.trackers
        self.accelerator.log({f"test/{name}": test[name] for name in SCORES}, step=self.step)
        for to in (tracker for tracker in trackers if hasattr(tracker, "log_images")):
            png = confusion_png(model.labels, test["confusion"])
            image = np.asarray(Image.open(io.BytesIO(png)).convert("RGB"))
            form = {"dataformats": "NHWC"} if to.name == "tensorboard" else {}
            images = image if to.name in ONE_IMAGE else image[None]
            to.log_images({"test/confusion": images}, step=self.step, **form)
