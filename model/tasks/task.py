"""What a task is: what its texts are called, the words of its page and card, its recipe.

names.toml and reviews.toml beside this file begin like a user's task.toml (description.py). Their
tables [kind], [page], [card] and [hints] have what should not be as defaults.jinja makes it.
"""

import tomllib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader

from ..core import normalise
from ..data.hints import Hints
from ..data.rows import Dataset, Rows
from ..data.texts import TextKind
from ..text.letters import MAX_IDS
from ..text.words import MAX_CHARACTERS, MAX_WORDS
from .description import Description
from .part import Part, WordOf, whole
from .recipe import Recipe, make_recipe
from .typed import Doubt, Typed

InLatin = Callable[[str, str, Mapping[str, str]], str | None]
ROOT = Path(__file__).resolve().parents[2]
SHORT_TEXT = 1000  # characters; tasks of longer ones read many words
_TEMPLATES = Environment(loader=FileSystemLoader(Path(__file__).parent))
_TEMPLATES.policies["json.dumps_kwargs"] = {"ensure_ascii": False}
DEFAULTS = _TEMPLATES.get_template("defaults.jinja")


@dataclass(frozen=True, kw_only=True)
class PageWords:
    """The words of a task's page, and the texts that it shows."""

    title: str  # the question at its head
    window_title: str  # of the browser's window
    introduction: str
    warning: str = ""  # what an answer does not say, in one line
    tab: str  # name of the tab that reads one text
    box: str  # what the text box asks for
    placeholder: str
    examples: Mapping[str, str]  # text -> label, as in a description
    hard: Mapping[str, str] = field(default_factory=dict)  # examples that are hard
    from_lecture: Mapping[str, str] = field(default_factory=dict)  # and the lecture's
    pairs: Sequence[Sequence[str]] = ()  # of texts that differ in little, to compare
    group: str = ""  # names its tabs beside other models'; "": the model folder does
    suffix: str = ""  # of the names of this task's endpoints
    max_explained: int  # characters; a longer text takes seconds to explain
    not_shown: str = ""  # why the texts behind the matrix are not those that it counts


@dataclass(frozen=True, kw_only=True)
class CardWords:
    """The words of the card of a task's models, and what the Hub shows of them."""

    title: str
    does: str  # one sentence without its full stop
    must_not: str
    licence: str
    tags: Sequence[str]
    model_name: str
    example: str  # of the code snippet
    intended_uses: Sequence[str]
    limits: Sequence[str]
    biases: Sequence[str]
    dataset_type: str  # of the Hub's metadata
    dataset_name: str
    data: str  # describes the data that the task comes with
    custom_data: str = ""  # describes any other data; "": the same
    languages: Sequence[str] = ()  # ISO 639 codes of the texts' languages
    known_files: Mapping[str, str] = field(default_factory=dict)  # by their SHA-256
    # What else was measured of weights, by their SHA-256, and by which command
    findings: Mapping[str, str] = field(default_factory=dict)
    # How good these are in a few lines, for About and for README
    in_short: Mapping[str, str] = field(default_factory=dict)
    whole: str = "text"  # a text that is scored as a whole too, where there are any
    whole_note: str = ""


@dataclass(frozen=True)
class Language:
    """A label that is a language."""

    code: str  # ISO 639
    colour: tuple[float, float]  # hue in degrees and lightness, in OKLCH
    nationalities: str  # whose people count for it in data/builder


def length_notes(text: str, units: Sequence[str]) -> list[str]:
    """Return a note where a text, read in these units, has more of them than the network reads."""
    most, name = MAX_WORDS, "words"
    if isinstance(units, str):
        most, name = MAX_IDS, "letters"
    is_cut = len(text) > MAX_CHARACTERS or len(units) > most
    return [f"Only the first {most} {name} are read."] if is_cut else []


@dataclass(frozen=True, kw_only=True)
class Task:
    """One kind of text with its labels. Everything that differs between tasks is in here."""

    name: str  # of its model folder in model/weights/; config.json has it, or the description
    kind: TextKind
    page: PageWords
    card: CardWords
    hints: Hints  # that find the texts in a table
    read_data: Callable[
        ..., Dataset
    ]  # of a path; a custom one's are those of read_labelled
    recipe: Recipe
    # Where there are texts to pretrain on; None: never
    pretrained_recipe: Recipe | None = None
    data: Path | None = None  # what is trained on by default; None: the user fetches it
    languages: Mapping[str, Language] = field(default_factory=dict)  # by label
    where_from: str = ""  # where the user fetches it from
    publish_texts: bool = False  # whether a model folder may hold its texts
    # File of the program -> SHA-256; texts of a model of these files alone may be published
    shipped_files: Mapping[str, str] = field(default_factory=dict)
    description: dict | None = None  # of a custom task: the content of its task.toml
    # Texts that are never trained on, to be scored for a model of these labels.
    test_lists: Callable[[Sequence[str]], dict[str, Rows]] = lambda labels: {}
    # Texts to show where those of the data may not be shown.
    public_rows: Callable[[], Rows | None] = lambda: None
    # What is read of a text as people type it.
    as_typed: Callable[[str], Typed] = Typed
    # Whether a text is not one of this task, or one that no answer is sure of.
    doubt: Callable[[str], Doubt] = lambda text: ""
    # Which part of it is the surname, by what the data have of its words.
    part: Callable[[str, WordOf], Part] = whole
    # What a reader should know about how a text was read as these units, a sentence each.
    notes: Callable[[str, Sequence[str]], list[str]] = length_notes
    # A text in Latin letters, by its most likely label and the model's readings of Han.
    romanise: InLatin = lambda text, *_: normalise(text)
    # The same for the page, where the letters decide it or the readings have it; None otherwise.
    in_latin: InLatin = lambda *_: None

    @property
    def is_custom(self) -> bool:
        """Whether it is a user's own."""
        return self.description is not None

    @property
    def output(self) -> Path:
        """The default model folder."""
        return ROOT / "model" / "weights" / self.name

    @property
    def too_long(self) -> str:
        """What the page says of a text that would take seconds to explain."""
        longest = self.page.max_explained
        return f"Only {self.kind.texts} of up to {longest} characters are explained."


def read_task(path: Path, **functions: Any) -> Task:
    """Return a built-in task, of the name and the content of its TOML file, with its functions."""
    content = tomllib.loads(path.read_text("utf-8"))
    tables = {
        table: content.pop(table, {}) for table in ("kind", "page", "card", "hints")
    }
    changes = content.pop("pretrained_recipe", {})
    options = content.pop("recipe")
    shipped_files = content.pop("shipped_files", {})
    languages = content.pop("languages", {})
    keys = Description(**content)
    recipe = make_recipe(options | {"units": keys.units})
    pretrained_recipe = make_recipe(asdict(recipe) | changes) if changes else None
    return make_task(
        keys,
        tables,
        name=path.stem,
        recipe=recipe,
        pretrained_recipe=pretrained_recipe,
        shipped_files=shipped_files,
        languages={label: Language(**of) for label, of in languages.items()},
        **functions,
    )


def make_task(
    keys: Description, own: Mapping[str, dict[str, Any]], **fields: Any
) -> Task:
    """Return a task of these `fields`, in the words of a description's `keys`.

    defaults.jinja makes the rest of them, in place of which `own` may have others: its parts are
    kind, page, card and hints.
    """
    ask = own.get("kind", {}).get("ask")
    words = tomllib.loads(DEFAULTS.render(asdict(keys), ask=ask))
    for table, replacements in own.items():
        words[table] |= replacements
    kind = TextKind(**words["kind"])
    hints = Hints(
        text=kind.text,
        short=kind.max_characters <= SHORT_TEXT,
        missing=kind.missing,
        **words["hints"],
    )
    return Task(
        kind=kind,
        page=PageWords(examples=keys.examples, **words["page"]),
        card=CardWords(**words["card"]),
        hints=hints,
        publish_texts=keys.publish_texts,
        **fields,
    )
