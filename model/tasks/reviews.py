"""The task of film reviews: how positive is a phrase, from 0 to 4?"""

from pathlib import Path

from ..data.reviews import WHERE_FROM, read_reviews, read_rows
from ..data.rows import Rows
from .task import ROOT, read_task

# Of a clone; an installed package goes without it.
OWN = ROOT / "data" / "own_reviews.tsv"


def own_rows() -> Rows | None:
    """Return our own phrases with labels, None where they are not there."""
    return read_rows(OWN)[0] if OWN.is_file() else None


REVIEWS = read_task(
    Path(__file__).with_suffix(".toml"),
    read_data=read_reviews,
    where_from=WHERE_FROM,
    public_rows=own_rows,
)
