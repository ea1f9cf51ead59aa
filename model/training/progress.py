"""The progress of training: a bar a stage on a terminal, a line an epoch, a log for `--log-with`.

pretraining epoch   3/8  03:14  train loss 0.6912  validation loss 0.6034  ...
03:24  pretraining epoch   4/8  17%   while an epoch takes longer than ten seconds
"""

import sys
import time
from collections.abc import Callable

from accelerate import Accelerator
from tqdm import tqdm

from .checkpoint import CROSS_VALIDATION, MAIN, REFIT, STAGES

BAR = "{desc} {percentage:3.0f}%|{bar}| {elapsed}<{remaining}"
QUIET_SECONDS = 10.0  # after which an output that is not a terminal gets a line
LOSSES = ["train_loss", "learning_rate", "validation_loss", "validation_accuracy"]
LOGGED = dict.fromkeys(STAGES, LOSSES) | {
    REFIT: LOSSES[:2]
}  # which trains on validation rows
LOGGED["test"] = ["accuracy", "macro_f1", "ece"]


class Progress:
    """Receives the progress of all stages, one after the other.

    The main process of an `accelerator` draws a bar, on a terminal or in a notebook, and its
    trackers log. `write` receives each line. Without either nothing is shown.
    """

    stage, epochs, done, step = MAIN, 0, 0, 0

    def __init__(
        self,
        accelerator: Accelerator | None = None,
        write: Callable[[str], object] = lambda line: None,
    ):
        self.accelerator, self.write, self.bar = accelerator, write, tqdm(disable=True)
        self.start = self.written = time.monotonic()

    def begin(self, stage: str, epochs: int) -> None:
        """Receive that a stage begins, and how many epochs it has at most."""
        self.close()
        self.stage, self.epochs, self.done = stage, epochs, 0
        is_shown = self.accelerator and self.accelerator.is_main_process
        hidden = (
            False if "ipykernel" in sys.modules else None
        )  # None: unless on a terminal
        how: dict = {
            "leave": False,
            "smoothing": 0,
            "disable": hidden if is_shown else True,
        }
        self.bar = tqdm(total=epochs, bar_format=BAR, **how)

    def on_resume(self, history: list[dict]) -> None:
        """Receive the epochs of the stage that a checkpoint has; they are logged again."""
        self.done = self.bar.initial = self.bar.n = len(history)
        for entry in history:
            self.log(self.stage, entry)

    def on_batch(self, batch: int, batches: int) -> None:
        """Receive that `batch` of the `batches` of an epoch is done."""
        name, share = self._name(self.done + 1), batch / batches
        self.bar.set_description_str(name, refresh=False)
        self.bar.update(self.done + share - self.bar.n)
        if self.bar.disable and time.monotonic() > self.written + QUIET_SECONDS:
            self._write(f"{self._elapsed()}  {name}  {share:.0%}")

    def on_epoch(self, entry: dict) -> None:
        """Receive a finished epoch as metrics.json's history holds it."""
        self.done = entry["epoch"]
        self.log(self.stage, entry)
        line = f"{self._name(self.done)}  {self._elapsed()}  train loss {entry['train_loss']:.4f}"
        if self.stage != REFIT:  # which trains on the validation rows
            line += f"  validation loss {entry['validation_loss']:.4f}"
            line += f"  validation accuracy {entry['validation_accuracy']:.2%}"
        if not self.stage.startswith(CROSS_VALIDATION):
            self._write(line)

    def log(self, stage: str, entry: dict) -> None:
        """Log an epoch as metrics.json's history has it, or the scores of its "test"."""
        self.step += stage in STAGES  # not of cross-validation
        if self.accelerator and (names := LOGGED.get(stage)):
            values = {f"{stage}/{name}": entry[name] for name in names if name in entry}
            self.accelerator.log(values, step=self.step)

    def close(self) -> None:
        """Remove the bar."""
        self.bar.close()

    def _name(self, epoch: int) -> str:
        """Return what an epoch of the stage is called, like "refit epoch   3/8"."""
        return f"{'' if self.stage == MAIN else f'{self.stage} '}epoch {epoch:3}/{self.epochs}"

    def _elapsed(self) -> str:
        return tqdm.format_interval(time.monotonic() - self.start)

    def _write(self, line: str) -> None:
        self.written = time.monotonic()
        with tqdm.external_write_mode():
            self.write(line)


SILENT = Progress()
