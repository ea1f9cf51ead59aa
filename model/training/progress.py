"""The progress of training: a bar a stage on a terminal, a line an epoch, a log for `--log-with`.

pretraining epoch   3/8  03:14  train loss 0.6912  validation loss 0.6034  ...
03:24  pretraining epoch   4/8  17%   while an epoch takes longer than ten seconds
"""

import sys
import time
from collections.abc import Callable, Sequence

from accelerate import Accelerator
from tqdm import tqdm

from .checkpoint import CROSS_VALIDATION, MAIN, PRETRAINING, REFIT, STAGES

BAR = "{desc} {percentage:3.0f}%|{bar}| {elapsed}<{remaining}"
QUIET_SECONDS = 10.0  # after which an output that is not a terminal gets a line
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

    The main process of an `accelerator` draws a bar, on a terminal or in a notebook, and its
    trackers log. `write` receives each line. Without either nothing is shown.
    """

    stage = MAIN
    epochs = 0  # of the stage, at most
    done = 0  # epochs of it
    # Stages, until the first epoch has shown how long they take
    planned: Sequence[str] = ()
    step = 0  # of the log

    def __init__(
        self,
        accelerator: Accelerator | None = None,
        write: Callable[[str], object] = lambda line: None,
    ):
        self.accelerator = accelerator
        self.write = write
        self.bar = tqdm(disable=True)
        self.start = self.written = time.monotonic()

    def plan(self, stages: Sequence[str]) -> None:
        """Receive the stages to come; a line after the first epoch says how long they take."""
        self.planned = stages
        self.say(f"stages: {len(stages)} ({', '.join(stages)})")

    def begin(self, stage: str, epochs: int) -> None:
        """Start a stage of at most `epochs` epochs."""
        self.close()
        self.stage = stage
        self.epochs = epochs
        self.done = 0
        is_hidden: bool | None = True
        if self.accelerator and self.accelerator.is_main_process:
            # None hides the bar unless on a terminal.
            is_hidden = False if "ipykernel" in sys.modules else None
        self.bar = tqdm(
            total=epochs,
            bar_format=BAR,
            leave=False,
            smoothing=0,
            disable=is_hidden,
        )

    def on_resume(self, history: list[dict]) -> None:
        """Receive the epochs of the stage that a checkpoint has; they are logged again."""
        self.done = self.bar.initial = self.bar.n = len(history)
        for entry in history:
            self.log(self.stage, entry)

    def on_batch(self, n_done: int, n_batches: int) -> None:
        """Receive how many batches of an epoch are done."""
        name = self._name(self.done + 1)
        share = n_done / n_batches
        self.bar.set_description_str(name, refresh=False)
        self.bar.update(self.done + share - self.bar.n)
        if self.bar.disable and time.monotonic() > self.written + QUIET_SECONDS:
            self.say(f"{self._elapsed()}  {name}  {share:.0%}")

    def on_epoch(self, entry: dict) -> None:
        """Receive a finished epoch as metrics.json's history holds it."""
        self.done = entry["epoch"]
        self.log(self.stage, entry)
        if self.planned:
            n_epochs = self.epochs * len(self.planned)
            minutes = n_epochs * entry["seconds"] / 60
            self.say(f"they take at most about {max(minutes, 0.1):.1f} minutes")
            self.planned = ()
        if self.stage.startswith(CROSS_VALIDATION):
            return
        parts = [
            self._name(self.done),
            self._elapsed(),
            f"train loss {entry['train_loss']:.4f}",
        ]
        if self.stage != REFIT:
            parts.append(f"validation loss {entry['validation_loss']:.4f}")
            parts.append(f"validation accuracy {entry['validation_accuracy']:.2%}")
        self.say("  ".join(parts))

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

    def _name(self, epoch: int) -> str:
        """Return what an epoch of the stage is called, like "refit epoch   3/8"."""
        name = f"epoch {epoch:3}/{self.epochs}"
        return name if self.stage == MAIN else f"{self.stage} {name}"

    def _elapsed(self) -> str:
        return tqdm.format_interval(time.monotonic() - self.start)

    def say(self, line: str) -> None:
        """Write a line, above the bar if there is one."""
        self.written = time.monotonic()
        with tqdm.external_write_mode():
            self.write(line)


SILENT = Progress()
