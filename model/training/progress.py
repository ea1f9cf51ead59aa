"""The progress of a training, as a bar a stage on a terminal or in a notebook."""

import sys

from tqdm import tqdm

from .checkpoint import MAIN

BAR = "{desc} {percentage:3.0f}%|{bar}| {elapsed}<{remaining}"


class Progress:
    """Receives the progress of all stages, one after the other, and draws it if `shown`.

    `resumed` holds the epochs of each stage that a checkpoint has.
    """

    stage, epochs, done = MAIN, 0, 0

    def __init__(self, shown: bool = False, resumed: dict[str, list] | None = None):
        self.shown, self.resumed, self.bar = shown, resumed or {}, tqdm(disable=True)

    def begin(self, stage: str, epochs: int) -> None:
        """Receive that a stage begins, and how many epochs it has at most."""
        self.close()
        self.stage, self.epochs, self.done = stage, epochs, len(self.resumed.get(stage, []))
        hidden = False if "ipykernel" in sys.modules else None  # None: unless on a terminal
        how: dict = {"leave": False, "smoothing": 0, "disable": hidden if self.shown else True}
        self.bar = tqdm(total=epochs, initial=self.done, bar_format=BAR, **how)

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
        """Return what an epoch of the stage is called, like "refit epoch   3/8"."""
        return f"{'' if self.stage == MAIN else f'{self.stage} '}epoch {epoch:3}/{self.epochs}"
