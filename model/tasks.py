"""The tasks, as data: what differs between them stands here and nowhere else."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

from .dataset import Dataset, read_names
from .recipe import Recipe

ROOT = Path(__file__).resolve().parent.parent


@dataclass(frozen=True)
class Task:
    """One kind of text with its labels.

    `pretrained_recipe` is for data with texts to pretrain on, `recipe` for others; `publish_texts`
    says whether its texts may stand in a model folder.
    """

    name: str
    read: Callable[[Path], Dataset]
    data: Path
    recipe: Recipe
    pretrained_recipe: Recipe
    publish_texts: bool

    @property
    def output(self) -> Path:
        """The default model folder."""
        return ROOT / "model" / "weights" / self.name


NAMES = Recipe(
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
    recall_floor=0.55,
    spelling_variants=True,
    refit=True,
)

TASKS = {
    "names": Task(
        name="names",
        read=read_names,
        data=ROOT / "data",
        recipe=NAMES,
        pretrained_recipe=replace(
            NAMES,
            ngrams=(2, 3, 4),
            dropout=0.5,
            epochs=12,
            learning_rate=1.5e-3,
            pretrain_epochs=8,
            outsiders=0.3,
            logit_adjustment=0.5,
        ),
        publish_texts=True,
    ),
}
