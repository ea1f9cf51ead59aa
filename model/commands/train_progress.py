"""The progress of training: a bar on a terminal, elsewhere a line every ten seconds.

    pretraining epoch   3/8  0:03:14  train loss 0.6912  ...  about 0:07:30 left
    0:03:24  pretraining, epoch 4 of 8, 17% of it; about 0:07:20 left

The time left is that of all stages together.
"""

import sys
import threading
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta

from tqdm import tqdm

from ..data.rows import Dataset
from ..tasks.recipe import Recipe
from ..training.stages import CROSS_VALIDATION, MAIN, PRETRAINING, REFIT, parts_in_turn
from .train_log import Log

# A batch takes as long as that many rows more: measured on the shipped model's stages, whose
# batches are of different sizes.
ROWS_PER_BATCH = 150
MOST_LINES = 60  # of a stage with hundreds of short epochs, then one for each ten of them
QUIET_SECONDS = 10.0  # after which a log gets a line; a busy machine may make more of it
BAR = "{percentage:3.0f}%|{bar}| {desc}"


@dataclass(frozen=True)
class Work:
    """How much there is to do in a stage."""

    epochs: int
    rows: int  # in each epoch
    batch_size: int
    done: int = 0  # epochs that a checkpoint holds

    @property
    def of_epoch(self) -> float:
        """What an epoch costs, in rows."""
        return self.rows + ROWS_PER_BATCH * -(-self.rows // self.batch_size)


def work_of(
    recipe: Recipe, dataset: Dataset, pretraining: Dataset | None, done: Mapping[str, list]
) -> dict[str, Work]:
    """Return the work of each stage, in order; `done` has the epochs that are done already."""
    taught = len(dataset.beliefs) if dataset.beliefs else 0

    def stage(name: str, recipe: Recipe, data: Dataset, rows: int) -> Work:
        outsiders = recipe.count_outsiders(rows, len(data.outsiders))
        finished = len(done.get(name, []))
        return Work(recipe.epochs, rows + outsiders + taught, recipe.batch_size, finished)

    n = len(dataset.train)
    stages = {}
    if pretraining:
        first, rows = recipe.first_stage(), len(pretraining.train)
        stages[PRETRAINING] = stage(PRETRAINING, first, pretraining, rows)
    stages[MAIN] = stage(MAIN, recipe, dataset, n)
    for i, part in enumerate(parts_in_turn(recipe, dataset), start=1):
        name = f"{CROSS_VALIDATION} {i}"
        stages[name] = stage(name, recipe, dataset, n + len(dataset.validation) - len(part))
    if recipe.refit:
        stages[REFIT] = stage(REFIT, recipe, dataset, n + len(dataset.validation))
    return stages


@dataclass
class Meter:
    """How far a training is, and how long it still takes at the pace of the stage it is in."""

    stages: Mapping[str, Work]
    clock: Callable[[], float] = time.monotonic
    stage: str = ""
    epochs: float = 0.0  # of the stage that are done, parts of one included
    pace: float | None = None  # seconds for a row
    _start: tuple[float, float] | None = None  # clock and epochs, after its first batch

    def begin(self, stage: str) -> None:
        """Begin a stage; what remains is estimated at the last one's pace until there is one."""
        self.stage, self.epochs, self._start = stage, self.stages[stage].done, None

    def advance(self, epochs: float) -> None:
        """Receive how many epochs of the stage are done."""
        self.epochs = epochs
        start, before = self._start = self._start or (self.clock(), epochs)
        if epochs > before:
            rows = (epochs - before) * self.stages[self.stage].of_epoch
            self.pace = (self.clock() - start) / rows

    @property
    def total(self) -> float:
        """All work, in rows."""
        return sum(work.epochs * work.of_epoch for work in self.stages.values())

    @property
    def done(self) -> float:
        """The work that is done, in rows."""
        done = 0.0
        for name, work in self.stages.items():
            if name == self.stage:
                return done + self.epochs * work.of_epoch
            done += work.epochs * work.of_epoch
        return 0.0

    @property
    def left(self) -> float | None:
        """Seconds left, None before the first batch."""
        return None if self.pace is None else self.pace * (self.total - self.done)


class Progress:
    """Shows the progress of all stages; with it as a context, a log hears of it all the time.

    Does nothing if `is_silent`: only the main process prints.
    """

    def __init__(self, is_silent: bool = False):
        self.is_silent, self.start = is_silent, time.monotonic()
        self.meter: Meter | None = None
        self.bar: tqdm | None = None
        self.doing = "reading the data"
        self.has_bar = not is_silent and sys.stderr.isatty()
        self._spoke = self.start
        self._end = threading.Event()
        self._thread = threading.Thread(target=self._speak, daemon=True)

    def __enter__(self) -> "Progress":
        if not self.is_silent and not (self.has_bar and sys.stdout.isatty()):
            self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._end.set()
        if self._thread.is_alive():
            self._thread.join()
        self._close_bar()

    def expect(self, stages: Mapping[str, Work]) -> None:
        """Receive what there is to do before it begins."""
        self.meter = Meter(stages)

    def say(self, line: str) -> None:
        """Print a line, above the bar if there is one."""
        if self.is_silent:
            return
        self._spoke = time.monotonic()
        if self.bar is None:
            print(line, flush=True)
        else:
            with tqdm.external_write_mode(sys.stdout):
                print(line, flush=True)

    def now(self, doing: str) -> None:
        """Receive what is being done from here on, outside the epochs."""
        self.doing = doing
        self._close_bar()

    @property
    def elapsed(self) -> str:
        """The time since the beginning, as H:MM:SS."""
        return _time(time.monotonic() - self.start)

    @property
    def left(self) -> str:
        """About how long the stages still take, "" while that is unknown."""
        seconds = self.meter.left if self.meter else None
        return "" if seconds is None else f"about {_time(seconds)} left"

    def draw(self) -> None:
        """Move the bar, if there is one."""
        if self.meter is None or not self.has_bar:
            return
        if self.bar is None:
            total, done = self.meter.total, self.meter.done
            self.bar = tqdm(total=total, initial=done, leave=False, bar_format=BAR)
        stage = "" if self.meter.stage == MAIN else f"{self.meter.stage} "
        work = self.meter.stages[self.meter.stage]
        epoch = min(int(self.meter.epochs) + 1, work.epochs)
        text = f"{stage}epoch {epoch}/{work.epochs}, {self.elapsed}, {self.left}"
        self.bar.set_description_str(text.rstrip(", "), refresh=False)
        self.bar.update(self.meter.done - self.bar.n)

    def _close_bar(self) -> None:
        if self.bar is not None:
            self.bar.close()
            self.bar = None

    def _speak(self) -> None:
        """Print what is being done whenever nothing has been printed for a while."""
        while not self._end.wait(max(0.01, self._spoke + QUIET_SECONDS - time.monotonic())):
            if time.monotonic() >= self._spoke + QUIET_SECONDS:
                left = f"; {self.left}" if self.left and "epoch" in self.doing else ""
                with suppress(OSError):  # nobody reads any more: that is for the main thread
                    self.say(f"{self.elapsed}  {self.doing}{left}")


class StageProgress:
    """Receives the progress of one stage from the training loop and hands it on."""

    def __init__(self, progress: Progress, stage: str, epochs: int, log: Log):
        self.progress, self.stage, self.epochs, self.log = progress, stage, epochs, log
        self.done = 0
        self.name = "training" if stage == MAIN else stage  # in the lines between epochs
        progress.doing = f"{self.name}: preparing"
        if progress.meter:
            progress.meter.begin(stage)
            self.done = int(progress.meter.epochs)

    def on_batch(self, batch: int, batches: int) -> None:
        """Receive that `batch` of the `batches` of an epoch is done."""
        progress, share = self.progress, batch / batches
        if progress.meter:
            progress.meter.advance(self.done + share)
        progress.doing = f"{self.name}, epoch {self.done + 1} of {self.epochs}, {share:.0%} of it"
        progress.draw()

    def on_epoch(self, entry: dict) -> None:
        """Log a finished epoch and print its line."""
        self.log.add(self.stage, entry)
        progress, self.done = self.progress, entry["epoch"]
        if progress.meter:
            progress.meter.advance(self.done)
        apart = min(10, max(1, self.epochs // MOST_LINES))
        if self.stage.startswith(CROSS_VALIDATION) or (self.done > 1 and self.done % apart):
            return progress.draw()
        stage = "" if self.stage == MAIN else f"{self.stage} "
        line = f"{stage}epoch {entry['epoch']:3}/{self.epochs}  {progress.elapsed}  "
        line += f"train loss {entry['train_loss']:.4f}"
        if self.stage != REFIT:  # which trains on the validation rows
            line += f"  validation loss {entry['validation_loss']:.4f}"
            line += f"  validation accuracy {entry['validation_accuracy']:.2%}"
        if progress.left and progress.meter and progress.meter.done < progress.meter.total:
            line += f"  {progress.left}"
        progress.say(line)
        progress.draw()


def _time(seconds: float) -> str:
    return str(timedelta(seconds=round(seconds)))
