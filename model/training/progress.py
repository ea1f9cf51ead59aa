"""The progress of training: a bar a stage on a terminal, a line an epoch, a log for `--log-with`.

pretraining epoch   3/8  03:14  train loss 0.6912  validation loss 0.6034  ...
"""

import sys
import time
from collections.abc import Callable

from accelerate import Accelerator
from tqdm import tqdm

from .checkpoint import MAIN, PRETRAINING, REFIT, STAGES

TRAINING = ["train_loss", "learning_rate"]
LOSSES = [*TRAINING, "validation_loss", "validation_accuracy"]
LOGGED = {
    PRETRAINING: LOSSES,
    MAIN: LOSSES,
    REFIT: TRAINING,  # because it trains on the validation rows too
    "test": ["accuracy", "macro_f1", "ece"],
}


class Progress:
    """Receives the progress of all stages, one after the other.

    With an `accelerator` a bar is drawn, on a terminal or in a notebook, and its trackers log.
    `write` receives each line. Without either nothing is shown.
    """

    stage = MAIN
    epochs = 0  # of the stage, at most
    left = 0  # epochs of it that no checkpoint has
    step = 0  # of the log

    def __init__(
        self,
        accelerator: Accelerator | None = None,
        write: Callable[[str], object] = lambda line: None,
    ):
        self.accelerator = accelerator
        self.write = write
        self.bar = tqdm(disable=True)
        self.start = time.monotonic()

    def begin(self, stage: str, epochs: int) -> None:
        """Start a stage of at most `epochs` epochs."""
        self.close()
        self.stage = stage
        self.epochs = self.left = epochs
        is_hidden: bool | None = True
        if self.accelerator:
            # None hides the bar unless on a terminal.
            is_hidden = False if "ipykernel" in sys.modules else None
        self.bar = tqdm(desc=stage, unit=" batches", leave=False, disable=is_hidden)

    def on_resume(self, history: list[dict]) -> None:
        """Receive the epochs of the stage that a checkpoint has; they are logged again."""
        self.left -= len(history)
        for entry in history:
            self.log(self.stage, entry)

    def on_batch(self, n_batches: int) -> None:
        """Receive that one batch of the `n_batches` of an epoch is done."""
        self.bar.total = self.left * n_batches
        self.bar.update()

    def on_epoch(self, entry: dict) -> None:
        """Receive a finished epoch as metrics.json's history holds it."""
        self.log(self.stage, entry)
        name = f"epoch {entry['epoch']:3}/{self.epochs}"
        figures = [
            name if self.stage == MAIN else f"{self.stage} {name}",
            tqdm.format_interval(time.monotonic() - self.start),
            f"train loss {entry['train_loss']:.4f}",
        ]
        if self.stage != REFIT:
            figures.append(f"validation loss {entry['validation_loss']:.4f}")
            figures.append(f"validation accuracy {entry['validation_accuracy']:.2%}")
        self.say("  ".join(figures))

    def log(self, stage: str, entry: dict) -> None:
        """Log an epoch as metrics.json's history has it, or the scores of its "test"."""
        if stage in STAGES:
            self.step += 1
        names = LOGGED.get(stage)
        if self.accelerator and names:
            values = {f"{stage}/{name}": entry[name] for name in names}
            self.accelerator.log(values, step=self.step)

    def close(self) -> None:
        """Remove the bar."""
        self.bar.close()

    def say(self, line: str) -> None:
        """Write a line, above the bar if there is one."""
        with tqdm.external_write_mode():
            self.write(line)


SILENT = Progress()
