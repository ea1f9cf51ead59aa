"""What a task is: its words, which come from a TOML file, its reader and its recipe.

names.toml and reviews.toml beside this file have the words of the built-in tasks. A user's
task.toml may have some of them (custom.py). Each that is left out is made of those before it.
"""

import tomllib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, Any, Literal

import pydantic
from pydantic import AfterValidator, BeforeValidator, Field, StringConstraints

from ..core import normalise
from ..data.rows import Dataset, Rows
from ..data.texts import TextKind
from ..letters import MAX_IDS
from ..words import MAX_CHARACTERS, MAX_WORDS
from .recipe import Recipe, make_recipe

ROOT = Path(__file__).resolve().parents[2]
LETTERS, WORDS = "letters", "words"
GRU = ("gru", "pytorch")  # tags of every model


def _printable(text: str) -> str:
    if not text.isprintable():
        raise ValueError(
            "it has a character that cannot be shown, such as a line break"
        )
    return text


def _with_labels(examples: Any) -> Any:
    if isinstance(examples, list | tuple):
        return dict.fromkeys(map(str, examples), "")
    if not isinstance(examples, dict):
        raise ValueError("a list of texts is needed")
    return examples


# A task.toml may come from anybody, with a model from the Hub: what it says is short and plain.
Text = Annotated[
    str, StringConstraints(strip_whitespace=True, min_length=1, max_length=500)
]
Line = Annotated[Text, AfterValidator(_printable)]
Slug = Annotated[str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9.+-]{0,40}$")]
Few = Field(max_length=20)
Tags = Annotated[Sequence[Slug], Few, AfterValidator(lambda tags: [*GRU, *tags])]
Examples = Annotated[Mapping[Line, str], Few, BeforeValidator(_with_labels)]


class Made(str):
    """A default with gaps for the fields before it, and for {a}, "a" or "an"."""


@pydantic.dataclasses.dataclass(
    frozen=True, kw_only=True, config=pydantic.ConfigDict(strict=True, extra="forbid")
)
class TaskWords(TextKind):
    """What a task adds to `TextKind`: the words of its page and of its models' card.

    What is left out is made of what is given.

    >>> TaskWords(text="city", texts="cities", label="country").title
    'Which country does a city have?'
    """

    ask: str = Made("{a} {text}")
    # What a task.toml may say beside the nouns
    title: Line = Made("Which {label} does {ask} have?")
    units: Literal["letters", "words"] = "letters"  # what the network reads one by one
    piece: str = Made("{unit}")  # one of these
    # One sentence without its full stop
    does: Annotated[Line, AfterValidator(lambda line: line.rstrip("."))] = Made(
        "Reads {ask} {piece} by {piece} and gives the probability of each {label}"
    )
    must_not: Line = (  # the ethics note: what a model must not be used for
        "Its maker has not said what this model must not be used for. Do not use it to decide "
        "anything about a person."
    )
    licence: Slug = ""  # as the Hub abbreviates it; "": none is given
    tags: Tags = GRU  # of the Hub
    # Text -> a label that a model must have to show it, or ""
    examples: Examples = field(default_factory=dict)
    publish_texts: bool = False  # whether a model folder may hold its texts

    # The page
    page_title: str = Made("{title}")  # of the browser's window
    introduction: str = Made("{does}.")
    tab: str = Made("{Text}")  # name of the tab that reads one text
    box: str = Made("{Text}")  # what the text box asks for
    placeholder: str = Made("Type {ask}")
    hard: Mapping[str, str] = field(
        default_factory=dict
    )  # like `examples`, hard to tell
    from_lecture: Mapping[str, str] = field(
        default_factory=dict
    )  # the same, of the lecture
    pairs: Sequence[
        Sequence[str]
    ] = ()  # two texts each that differ in little, to compare
    group: str = (
        ""  # names its tabs beside those of other models; "": the model folder does
    )
    # Of columns in a file, as Hints in data/tables.py has them
    headings: Sequence[str | Sequence[str]] = (
        Made("{text}"),
        Made("{texts}"),
        "text",
        "texts",
    )
    full_headings: Sequence[str] = ()
    weak_headings: Sequence[str] = ()
    other_headings: Sequence[str] = ()
    suffix: str = ""  # of the names of this task's endpoints
    max_explained: int = 100  # characters; a longer text takes seconds to explain
    on_a_scale: bool = False  # labels have an order; all are shown, in it
    not_shown: str = ""  # why the texts behind the matrix are not those that it counts

    # The model card
    card_title: str = Made("{title}")
    model_name: str = Made("{text}-gru")
    example: str = Made("{first}")  # of the code snippet
    intended_uses: Sequence[str] = (
        Made(
            "Sorting {texts} like those it learnt, with a person checking what it is unsure of."
        ),
    )
    limits: Sequence[str] = (
        Made(
            "It has only seen the {texts} of one table: any other gets one of its {labels}, too."
        ),
    )
    biases: Sequence[str] = ("It repeats the habits of whoever labelled its rows.",)
    dataset_type: str = "own"  # of the Hub's metadata
    dataset_name: str = Made("{Texts} from its maker's own table")
    data: str = Made(
        "{Texts} and {labels} from its maker's own table."
    )  # that it comes with
    custom_data: str = Made("{data}")  # describes any other data
    languages: Sequence[str] = ()  # ISO 639 codes of the texts' languages
    label_languages: Mapping[str, str] = field(
        default_factory=dict
    )  # of labels that are languages
    known_files: Mapping[str, str] = field(
        default_factory=dict
    )  # SHA-256 -> what a file is
    shipped_files: Mapping[str, str] = field(
        default_factory=dict
    )  # file of the program -> SHA-256
    findings: Mapping[str, str] = field(
        default_factory=dict
    )  # SHA-256 of weights -> what else
    # was measured of them, and by which command
    whole: str = "text"  # a text that is scored as a whole too, where there are any
    whole_note: str = ""

    def __post_init__(self) -> None:
        """Fill the gaps, in the order of the fields."""

        def filled(value: Any) -> Any:
            if isinstance(value, tuple):
                return tuple(map(filled, value))
            return value.format(**self._parts()) if isinstance(value, Made) else value

        for name, value in vars(self).items():
            object.__setattr__(self, name, filled(value))  # the class is frozen

    def _parts(self) -> dict[str, Any]:
        return vars(self) | {
            "a": "an" if self.text[0].casefold() in "aeiou" else "a",
            "Text": self.text.capitalize(),
            "Texts": self.texts.capitalize(),
            "unit": self.units.removesuffix("s"),
            "first": next(iter(self.examples), f"{self.ask} to classify"),
        }


def read_task(path: Path) -> tuple[TaskWords, Recipe, Recipe]:
    """Return the words and the two recipes of a built-in task from its TOML file."""
    given = tomllib.loads(path.read_text("utf-8"))
    recipe, changes = given.pop("recipe"), given.pop("pretrained_recipe", {})
    return TaskWords(**given), make_recipe(recipe), make_recipe(recipe | changes)


def length_notes(text: str, units: Sequence[str]) -> list[str]:
    """Return a note where a text, read in these units, has more of them than the network reads."""
    most, name = (MAX_IDS, LETTERS) if isinstance(units, str) else (MAX_WORDS, WORDS)
    is_cut = len(text) > MAX_CHARACTERS or len(units) > most
    return [f"Only the first {most} {name} are read."] * is_cut


@dataclass(frozen=True, kw_only=True)
class Task:
    """One kind of text with its labels. Everything that differs between tasks is in here."""

    name: str  # of its model folder in model/weights/; config.json has it, or the description
    words: TaskWords
    read: Callable[..., Dataset]  # of a path; a custom one's are those of read_labelled
    recipe: Recipe
    pretrained_recipe: Recipe | None = (
        None  # where there are texts to pretrain on; None: never
    )
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
    romanise: Callable[[str, str, Mapping[str, str]], str | None] = lambda text, *_: (
        normalise(text)
    )
    # The same for the page, where the letters decide it or the readings have it; None otherwise.
    in_latin: Callable[[str, str, Mapping[str, str]], str | None] = lambda *_: None

    @property
    def output(self) -> Path:
        """The default model folder."""
        return ROOT / "model" / "weights" / self.name
