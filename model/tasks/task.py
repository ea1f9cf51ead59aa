"""What a task is: its reader, its recipe and its words."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from ..core import normalise
from ..data.rows import Dataset, Rows
from ..words import MAX_CHARACTERS, MAX_WORDS
from .recipe import Recipe
from .words import TaskWords

ROOT = Path(__file__).resolve().parents[2]


def no_notes(text: str, units: Sequence[str]) -> list[str]:
    """Return no note on how a text was read."""
    return []


def word_notes(text: str, units: Sequence[str]) -> list[str]:
    """Return a note where a text read word by word has more than is read."""
    if len(text) > MAX_CHARACTERS or len(units) > MAX_WORDS:
        return [f"Only the first {MAX_WORDS} words are read."]
    return []


def in_ascii(text: str, label: str, readings: Mapping[str, str]) -> str | None:
    """Return `text` in Latin letters."""
    return normalise(text)


def no_lists(labels: Sequence[str]) -> dict[str, Rows]:
    """Return no evaluation list."""
    return {}


@dataclass(frozen=True, kw_only=True)
class Task:
    """One kind of text with its labels. Everything that differs between tasks is in here."""

    name: str  # of its model folder in model/weights/, and in config.json
    words: TaskWords
    read: Callable[[Path], Dataset]
    recipe: Recipe
    pretrained_recipe: Recipe | None = None  # where there are texts to pretrain on; None: never
    data: Path | None = None  # what is trained on by default; None: the user fetches it
    where_from: str = ""  # where the user fetches it from
    description: dict | None = None  # of one's own task: the content of its task.toml
    publish_texts: bool = False  # whether a model folder may hold its texts
    shipped_files: frozenset[str] = frozenset()  # SHA-256 of files whose texts may go to the Hub
    # Texts that are never trained on, to be scored for a model of these labels.
    lists: Callable[[Sequence[str]], dict[str, Rows]] = no_lists
    own_rows: Callable[[], Rows] | None = None  # texts to show where the others may not be shown
    notes: Callable[[str, Sequence[str]], list[str]] = no_notes  # on a text and its units as read
    # A text in Latin letters, by its most likely label and the model's readings of Han.
    romanise: Callable[[str, str, Mapping[str, str]], str | None] = in_ascii

    @property
    def record(self) -> str | dict:
        """What config.json records, and task_of reads: its name or its description."""
        return self.description or self.name

    @property
    def output(self) -> Path:
        """The default model folder."""
        return ROOT / "model" / "weights" / self.name
