"""What a task is: its description, which comes from a TOML file, its reader and its recipe.

names.toml and reviews.toml beside this file describe the built-in tasks. They hold what a user's
task.toml may hold (custom.py), and more.
"""

import re
import tomllib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

import pydantic

from ..core import normalise
from ..data.rows import Dataset, Rows
from ..data.texts import TextKind
from ..letters import MAX_IDS
from ..words import MAX_CHARACTERS, MAX_WORDS
from .recipe import Recipe, make_recipe

ROOT = Path(__file__).resolve().parents[2]
LETTERS, WORDS = "letters", "words"
_DEFAULTS = tomllib.loads(Path(__file__).with_name("custom.toml").read_text("utf-8"))
_SHARED, _RECIPES = _DEFAULTS.pop("recipe"), _DEFAULTS.pop("recipe_of")
# Of custom tasks, by units.
RECIPES = {units: make_recipe(_SHARED | changes) for units, changes in _RECIPES.items()}


@pydantic.dataclasses.dataclass(
    frozen=True, kw_only=True, config=pydantic.ConfigDict(strict=True, extra="forbid")
)
class TaskWords(TextKind):
    """What a task adds to `TextKind`: the words of its page and of its models' card."""

    title: str  # a question
    does: str  # one sentence without its full stop
    must_not: str  # the ethics note: what a model must not be used for
    licence: str  # as the Hub abbreviates it; "": none is given
    tags: Sequence[str]
    units: Literal["letters", "words"]  # what the network reads one by one
    piece: str  # one of these
    examples: Mapping[str, str]  # text -> a label that a model must have to show it, or ""
    publish_texts: bool  # whether a model folder may hold its texts

    # The page
    page_title: str  # of the browser's window
    introduction: str
    tab: str  # name of the tab that reads one text
    box: str  # what the text box asks for
    placeholder: str
    hard: Mapping[str, str] = field(default_factory=dict)  # like `examples`, hard to tell
    from_lecture: Mapping[str, str] = field(default_factory=dict)  # the same, of the lecture
    pairs: Sequence[Sequence[str]] = ()  # two texts each that differ in little, to compare
    group: str = ""  # names its tabs beside those of other models; "": the model folder does
    headings: Sequence[str]  # of a column of texts in a file, in lower case
    suffix: str = ""  # of the names of this task's endpoints
    max_explained: int  # characters; a longer text takes seconds to explain
    on_a_scale: bool = False  # labels have an order; all are shown, in it
    not_shown: str = ""  # why the texts behind the matrix are not those that it counts

    # The model card
    card_title: str
    model_name: str
    example: str  # of the code snippet
    intended_uses: Sequence[str]
    limits: Sequence[str]
    biases: Sequence[str]
    dataset_type: str  # of the Hub's metadata
    dataset_name: str
    data: str  # describes the data that the task comes with
    custom_data: str  # describes any other data
    languages: Sequence[str] = ()  # ISO 639 codes of the texts' languages
    label_languages: Mapping[str, str] = field(default_factory=dict)  # of labels that are languages
    known_files: Mapping[str, str] = field(default_factory=dict)  # SHA-256 -> what a file is
    shipped_files: Mapping[str, str] = field(default_factory=dict)  # file of the program -> SHA-256
    findings: Mapping[str, str] = field(default_factory=dict)  # SHA-256 of weights -> what else
    # was measured of them, and by which command
    whole: str = "text"  # a text that is scored as a whole too, where there are any
    whole_note: str = ""


def read_task(path: Path) -> tuple[TaskWords, Recipe, Recipe]:
    """Return the words and the two recipes of a built-in task from its TOML file."""
    given = tomllib.loads(path.read_text("utf-8"))
    recipe, changes = given.pop("recipe"), given.pop("pretrained_recipe", {})
    return make_words(given), make_recipe(recipe), make_recipe(recipe | changes)


def make_words(given: Mapping[str, Any]) -> TaskWords:
    """Return the words of a task; custom.toml has the others in terms of those that are `given`.

    >>> make_words({"text": "city", "texts": "cities", "label": "country"}).title
    'Which country does a city have?'
    """
    words = {"tags": [], "examples": [], "units": _DEFAULTS["units"]} | dict(given)
    words["piece"] = words["units"].removesuffix("s")
    words["tags"] = ["gru", "pytorch", *words["tags"]]
    if not isinstance(words["examples"], dict):
        words["examples"] = dict.fromkeys(words["examples"], "")
    if words["examples"]:
        words.setdefault("example", next(iter(words["examples"])))
    if "does" in words:
        words["does"] = words["does"].rstrip(".")
    if words["units"] == WORDS:
        words.setdefault("max_explained", 400)
    for name, template in _DEFAULTS.items():
        words.setdefault(name, _filled(template, words))
    words["headings"] = list(map(str.casefold, words["headings"]))
    slug = re.sub(r"[^a-z0-9]+", "-", words["title"].casefold()).strip("-")[:60]
    return TaskWords(**{"model_name": slug or "classifier"} | words)


def _filled(template: Any, words: Mapping[str, Any]) -> Any:
    if isinstance(template, list):
        return [_filled(each, words) for each in template]
    if not isinstance(template, str) or "{" not in template:
        return template
    a = "an" if words["text"][0].casefold() in "aeiou" else "a"
    capitals = {name.capitalize(): words[name].capitalize() for name in ("text", "texts")}
    return template.format(a=a, **capitals, **words)


def length_notes(text: str, units: Sequence[str]) -> list[str]:
    """Return a note where a text, read in these units, has more of them than the network reads."""
    most, name = (MAX_IDS, LETTERS) if isinstance(units, str) else (MAX_WORDS, WORDS)
    is_cut = len(text) > MAX_CHARACTERS or len(units) > most
    return [f"Only the first {most} {name} are read."] * is_cut


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
    description: dict | None = None  # of a custom task: the content of its task.toml
    # Texts that are never trained on, to be scored for a model of these labels.
    lists: Callable[[Sequence[str]], dict[str, Rows]] = lambda labels: {}
    # Texts to show where those of the data may not be shown.
    public_rows: Callable[[], Rows | None] = lambda: None
    # What a reader should know about how a text was read as these units, a sentence each.
    notes: Callable[[str, Sequence[str]], list[str]] = length_notes
    # A text in Latin letters, by its most likely label and the model's readings of Han.
    romanise: Callable[[str, str, Mapping[str, str]], str | None] = lambda text, *_: normalise(text)
    # The same for the page, where the letters decide it or the readings have it; None otherwise.
    in_latin: Callable[[str, str, Mapping[str, str]], str | None] = lambda *_: None

    @property
    def record(self) -> str | dict:
        """What config.json records, and task_of reads: its name or its description."""
        return self.description or self.name

    @property
    def output(self) -> Path:
        """The default model folder."""
        return ROOT / "model" / "weights" / self.name
