"""The tasks, as data: what differs between them stands here and nowhere else."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from .dataset import Dataset, read_names
from .training import Recipe

ROOT = Path(__file__).resolve().parent.parent


@dataclass(frozen=True)
class Task:
    """One kind of text with its labels.

    `publish_texts` says whether its texts may stand in a model folder.
    """

    name: str
    read: Callable[[Path], Dataset]
    data: Path
    recipe: Recipe
    publish_texts: bool

    @property
    def output(self) -> Path:
        """The default model folder."""
        return ROOT / "model" / "weights" / self.name


TASKS = {
    "names": Task(
        name="names",
        read=read_names,
        data=ROOT / "data",
        recipe=Recipe(
            embedding_size=96,
            hidden_size=128,
            layers=1,
            ngrams=(2, 3),
            ngram_buckets=4096,
            pool=True,
            dropout=0.6,
            epochs=24,
            batch_size=128,
            learning_rate=3e-3,
            one_cycle=True,
            weight_decay=0.01,
        ),
        publish_texts=True,
    ),
}
