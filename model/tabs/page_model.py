"""A model folder as the page needs it: the classifier, its task's words and its card."""

import re
from collections.abc import Callable, Collection
from dataclasses import asdict, dataclass
from functools import cached_property
from itertools import chain, count
from pathlib import Path
from typing import Any

import gradio as gr

from ..answers.nearest import alphabets
from ..classifier import TextClassifier
from ..errors import InputError
from ..storage.card import NOT_SCORED

MOST_OF_CARD = 30_000  # bytes, three times our own; what follows is not shown
LEFT_OUT = {
    re.compile(r"^!\[.*\n+", re.MULTILINE): "",  # pictures
    re.compile(r"\A---\n.*?\n---\n", re.DOTALL): "",
    re.compile(r"\[([^][\n]*)\]\(#[\w-]*\)"): r"\1",
    re.compile(r"<!--((?!<!--).)*?-->", re.DOTALL): "",
}
PRIVATE: Any = {"api_visibility": "private"}  # of events, which are not for programs
QUIET: Any = PRIVATE | {"show_progress": "hidden"}


@dataclass
class PageModel:
    """One model on the page; `suffix` keeps its widgets and endpoints apart from others."""

    folder: str  # its name, without the path
    classifier: TextClassifier
    card: str = ""
    suffix: str = ""

    def __post_init__(self) -> None:
        """Note what several tabs show of the model."""
        self.model = self.classifier.model
        task = self.model.task
        self.kind = task.kind
        self.page = task.page
        self.labels = self.classifier.labels  # in the model's order
        self.box = f"name{self.suffix}"  # the id of its text box, for the other tabs
        # How many labels are shown at first
        self.n_bars = len(self.labels)
        if not self.kind.on_a_scale:
            self.n_bars = min(3, self.n_bars)
        note = self.model.calibration.note
        self.caution = f"Probabilities are {note}." if note else ""
        # Test texts with their labels, for the game; none where none may be published
        self.to_guess: list[dict] = self.classifier.metrics.get("to_guess", [])
        self.example_groups = self._groups()
        self.examples = list(chain.from_iterable(self.example_groups.values()))
        self.opening = next(iter(self.examples), "")  # the text that the page opens on
        first = [*self.example_groups.values(), {}][0]
        self.tries = list(first)[1::3][:3]  # beside the box
        # What its group of tabs is called, beside other models
        self.title = self.folder.replace("_", " ").capitalize()
        if self.folder == task.name and self.page.group:
            self.title = self.page.group

    def endpoint(self, function: Callable, **options: Any) -> None:
        """Offer a function to programs, in this model's words and with its suffix in the name."""
        function.__name__ += self.suffix  # by which MCP tools are called, too
        function.__doc__ = (function.__doc__ or "").format(
            **asdict(self.kind),
            piece=self.kind.piece,
            max_explained=self.page.max_explained,
        )
        gr.api(function, **options)

    @cached_property
    def alphabets(self) -> dict[int, str]:
        """The letters of each script, the most used first, by the ids of unknown letters."""
        return alphabets(self.model.encoder, self.model.training_texts)

    @property
    def metrics(self) -> dict:
        """The content of metrics.json; raises InputError for a model that was not scored."""
        if not self.classifier.metrics:
            raise InputError(NOT_SCORED)
        return self.classifier.metrics

    @property
    def test(self) -> dict:
        """The scores on the test split; raises InputError for a model that was not scored."""
        return self.metrics["test"]

    def _groups(self) -> dict[str, dict[str, str]]:
        """Return texts to try under their headings, with their labels, "" for several.

        They are those whose label the model has. A custom task without any has texts of its test
        split, where these are published.
        """
        examples = self.page.examples
        title = f"One per {self.kind.label}" if any(examples.values()) else "Try one"
        if self.classifier.task.is_custom and not examples:
            labels = {row["text"]: row["label"] for row in self.to_guess}
            short = [text for text in labels if len(text) < 60]
            examples = {text: labels[text] for text in short[:6]}
        groups = {
            title: examples,
            "From the lecture": self.page.from_lecture,
            "Hard ones": self.page.hard,
        }
        known = {"", *self.labels}
        fitting = {}
        for title, group in groups.items():
            texts = {text: label for text, label in group.items() if label in known}
            if texts:
                fitting[title] = texts
        return fitting


def read_model(model: str | Path, taken: Collection[str] = ()) -> PageModel:
    """Read what TextClassifier.load loads, with an endpoint suffix that is not `taken`.

    Raises InputError if it is missing or damaged.
    """
    classifier = TextClassifier.load(model)
    folder = classifier.model.folder or Path(model)
    name = folder.resolve().name.removesuffix(".safetensors")
    # In the Hub's cache a folder is named by its commit.
    if folder != Path(model):
        repository, _, _ = str(model).partition("@")
        *_, name = repository.split("/")
        name = name.replace("-", "_")
    own = classifier.task.page.suffix
    suffix = own
    numbers = count(2)
    while suffix in taken:
        suffix = f"{own}_{next(numbers)}"
    return PageModel(name, classifier, _card(classifier.model.card), suffix)


def _card(content: bytes) -> str:
    """Return the model card without the Hub's metadata and the picture: the page has its own.

    Comments go, too, and links to headings are text.
    """
    text = content[:MOST_OF_CARD].decode("utf-8", "replace")
    for pattern, replacement in LEFT_OUT.items():
        text = pattern.sub(replacement, text)
    return text.strip()
