"""The tasks, as data: what differs between them stands here and nowhere else."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

from .dataset import Dataset, Rows
from .names_dataset import read_names
from .recipe import Recipe
from .reviews_dataset import WHERE_FROM, read_reviews, read_rows

ROOT = Path(__file__).resolve().parent.parent


@dataclass(frozen=True)
class Task:
    """One kind of text with its labels.

    `pretrained_recipe` is for data with texts to pretrain on, `recipe` for others; it is None
    where a task knows no pretraining. `data` is None where the user has to fetch them; then
    `where_from` says where from. `publish_texts` says whether its texts may stand in a model
    folder; where they may not, `own_rows` reads texts that may, to show errors on.
    """

    name: str
    read: Callable[[Path], Dataset]
    data: Path | None
    recipe: Recipe
    pretrained_recipe: Recipe | None
    publish_texts: bool
    where_from: str = ""
    own_rows: Callable[[], Rows] | None = None

    @property
    def output(self) -> Path:
        """The default model folder."""
        return ROOT / "model" / "weights" / self.name


NAMES = Recipe(
    embedding_size=96,
    hidden_size=128,
    layers=1,
    ngrams=(2, 3),
    ngram_buckets=8192,
    pool=True,
    linear_ngrams=(1, 2, 3, 4, 5),
    dropout=0.6,
    epochs=24,
    batch_size=128,
    learning_rate=3e-3,
    one_cycle=True,
    weight_decay=0.01,
    refit=True,
)

REVIEWS = Recipe(
    words=True,
    word_vectors="data/word_vectors.safetensors",
    embedding_size=100,
    hidden_size=128,
    layers=1,
    pool=True,
    dropout=0.5,
    epochs=4,
    batch_size=128,
    learning_rate=2e-3,
    one_cycle=True,
    weight_decay=0.01,
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
            ngram_buckets=12288,
            dropout=0.5,
            epochs=8,
            learning_rate=1.5e-3,
            pretrain_epochs=8,
            pretrain_spelling_variants=True,
            outsiders=0.3,
            logit_adjustment=0.5,
            # The half that it shall be, and two standard errors of a recall over 60 rows.
            recall_floor=0.65,
        ),
        publish_texts=True,
    ),
    "reviews": Task(
        name="reviews",
        read=read_reviews,
        data=None,
        recipe=REVIEWS,
        pretrained_recipe=None,
        publish_texts=False,
        where_from=WHERE_FROM,
        own_rows=partial(read_rows, ROOT / "data" / "own_reviews.tsv"),
    ),
}
