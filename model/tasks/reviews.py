"""The task of film reviews: how positive is a phrase, from 0 to 4?"""

from pathlib import Path

from ..data.reviews import WHERE_FROM, read_reviews, read_rows
from .task import ROOT, read_task

REVIEWS = read_task(
    Path(__file__).with_suffix(".toml"),
    read=read_reviews,
    where_from=WHERE_FROM,
    public_rows=lambda: read_rows(ROOT / "data" / "own_reviews.tsv")[0],
)
