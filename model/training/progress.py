"""The progress of training as a bar a stage, on a terminal or in a notebook.

epoch   4/8  42%|████▏     | 03:24<04:41
"""

import sys

from tqdm import tqdm

from .checkpoint import MAIN
from .loop import Progress

BAR = "{desc} {percentage:3.0f}%|{bar}| {elapsed}<{remaining}"


class Bar(Progress):
    """Receives the progress of all stages, one after the other, and draws it if it is `shown`."""

    def __init__(self, shown: bool = True):
        self.shown, self.bar = shown, tqdm(disable=True)

    def begin(self, stage: str, epochs: int, done: int = 0) -> None:
        """Begin a stage of so many epochs, some of which may be done."""
        self.close()
        self.stage, self.epochs, self.done = stage, epochs, done
        # Outside a notebook tqdm sees for itself whether it writes to a terminal: that is None.
        is_hidden = not self.shown or (None if "ipykernel" not in sys.modules else False)
        how: dict = {"bar_format": BAR, "leave": False, "smoothing": 0, "disable": is_hidden}
        self.bar = tqdm(total=epochs, initial=done, **how)

    def on_batch(self, batch: int, batches: int) -> None:
        """Receive that `batch` of the `batches` of an epoch is done."""
        self.bar.set_description_str(self.name(self.done + 1), refresh=False)
        self.bar.update(self.done + batch / batches - self.bar.n)

    def on_epoch(self, entry: dict) -> None:
        """Receive a finished epoch as metrics.json's history holds it."""
        self.done = entry["epoch"]

    def close(self) -> None:
        """Remove the bar."""
        self.bar.close()

    def name(self, epoch: int) -> str:
        """Return what an epoch of the stage is called."""
        stage = "" if self.stage == MAIN else f"{self.stage} "
        return f"{stage}epoch {epoch:3}/{self.epochs}"
