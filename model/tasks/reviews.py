"""The task of film reviews: how positive is a phrase, from 0 to 4?"""

from functools import partial
from pathlib import Path

from ..data.reviews import WHERE_FROM, read_reviews, read_rows
from .recipe import Recipe
from .task import ROOT, Task, read_words

WORDS = read_words(Path(__file__).with_name("reviews.toml"))

REVIEWS = Task(
    name="reviews",
    words=WORDS,
    read=read_reviews,
    recipe=Recipe(
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
    ),
    where_from=WHERE_FROM,
    public_rows=partial(read_rows, ROOT / "data" / "own_reviews.tsv"),
)
