"""The progress of training: a bar a stage on a terminal, a line an epoch, a log for `--log-with`.

pretraining epoch   3/8  03:14  train loss 0.6912  validation loss 0.6034  ...
03:24  pretraining epoch   4/8  17%   while an epoch takes longer than ten seconds
"""

import time
from pathlib import Path

from accelerate import Accelerator
from tqdm import tqdm

from ..errors import InputError, reason
from ..training import loop
from ..training.checkpoint import REFIT, STAGES
from ..training.stages import CROSS_VALIDATION

QUIET_SECONDS = 10.0  # after which an output that is not a terminal gets a line
LOSSES = ["train_loss", "learning_rate", "validation_loss", "validation_accuracy"]
LOGGED = dict.fromkeys(STAGES, LOSSES) | {REFIT: LOSSES[:2]}  # which trains on validation rows
LOGGED["test"] = ["accuracy", "macro_f1", "ece"]


def start_log(accelerator: Accelerator, tracker: str, output: Path) -> None:
    """Have the accelerator log to a tracker; what it writes is in OUTPUT.logs."""
    accelerator.project_configuration.set_directories(f"{output.absolute()}.logs")
    accelerator.log_with = [tracker]
    try:
        # A new TensorBoard log in the same folder hides what an earlier one wrote.
        accelerator.init_trackers(output.name, init_kwargs={"tensorboard": {"purge_step": 0}})
    except Exception as error:  # each tracker has its own
        raise InputError(f"--log-with {tracker} does not start: {reason(error)}") from None


class Progress(loop.Progress):
    """Receives the progress of all stages, one after the other; only the main process prints."""

    def __init__(self, accelerator: Accelerator):
        super().__init__(accelerator.is_main_process)
        self.accelerator, self.step = accelerator, 0
        self.start = self.printed = time.monotonic()

    def on_resume(self, history: list[dict]) -> None:
        """Log the epochs of a checkpoint again."""
        super().on_resume(history)
        for entry in history:
            self.log(self.stage, entry)

    def on_batch(self, batch: int, batches: int) -> None:
        """Receive that `batch` of the `batches` of an epoch is done."""
        super().on_batch(batch, batches)
        if self.bar.disable and time.monotonic() > self.printed + QUIET_SECONDS:
            self._print(f"{self._elapsed()}  {self.name(self.done + 1)}  {batch / batches:.0%}")

    def on_epoch(self, entry: dict) -> None:
        """Log a finished epoch and print its line."""
        self.log(self.stage, entry)
        super().on_epoch(entry)
        if self.stage.startswith(CROSS_VALIDATION):
            return
        line = f"{self.name(self.done)}  {self._elapsed()}  train loss {entry['train_loss']:.4f}"
        if self.stage != REFIT:  # which trains on the validation rows
            line += f"  validation loss {entry['validation_loss']:.4f}"
            line += f"  validation accuracy {entry['validation_accuracy']:.2%}"
        self._print(line)

    def log(self, stage: str, entry: dict) -> None:
        """Log an epoch as metrics.json's history has it, or the scores of its "test"."""
        if stage in STAGES:  # not of cross-validation
            self.step += 1
        if names := LOGGED.get(stage):
            values = {f"{stage}/{name}": entry[name] for name in names if name in entry}
            self.accelerator.log(values, step=self.step)

    def _elapsed(self) -> str:
        return tqdm.format_interval(time.monotonic() - self.start)

    def _print(self, line: str) -> None:
        self.printed = time.monotonic()
        with tqdm.external_write_mode():
            self.accelerator.print(line, flush=True)  # of the main process alone
