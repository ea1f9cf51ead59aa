"""A model folder as the page needs it: classifier, metrics, card and training texts.

Reads files and checks that they are whole; draws nothing and knows no gradio.
"""

import gzip
import io
import json
import re
import zlib
from collections.abc import Callable, Collection
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path

from model.classifier import TextClassifier, model_folder
from model.encoding import InputError, match_key
from model.folder import CARD, METRICS, TRAINING_TEXTS, read_model_folder

from .metrics_check import problem_of
from .words import Words, words_of

MAX_TEXTS = 32_000_000  # bytes when unpacked


@dataclass(frozen=True)
class Shown:
    """One model on the page; `suffix` tells its widgets and endpoints from another model's."""

    folder: str  # its name, without the way there
    classifier: TextClassifier
    words: Words
    card: str = ""
    training_texts: dict[str, list[int]] = field(default_factory=dict)
    suffix: str = ""

    def endpoint(self, function: Callable) -> Callable:
        """Give a public function this model's words and suffix; tools of MCP are called by it."""
        function.__name__ += self.suffix
        return self.words.describe(function)

    @property
    def title(self) -> str:
        """What its group of tabs is called, beside other models."""
        return self.folder.replace("_", " ").capitalize()

    @property
    def metrics(self) -> dict:
        """What metrics.json holds."""
        return self.classifier.metrics

    @property
    def labels(self) -> list[str]:
        """The labels, in the order of metrics.json."""
        return self.classifier.labels

    @property
    def examples(self) -> list[str]:
        """Texts to try: those whose label this model has."""
        return [text for text, label in self.words.examples.items() if label in ("", *self.labels)]

    def labels_in_training(self, text: str) -> list[str]:
        """Return the labels of this very text in the training data, pretraining left aside."""
        return [self.labels[i] for i in self.training_texts.get(match_key(text), ())]


def read_model(model: str | Path, taken: Collection[str] = ()) -> Shown:
    """Read a model folder or USER/NAME of the Hub, with an endpoint suffix that is not `taken`.

    Raise InputError with one line if it is missing, damaged or partial.
    """
    folder = model_folder(model)
    name = folder.resolve().name
    if folder != Path(model):  # in the Hub's cache, where a folder goes by its commit
        name = str(model).split("@")[0].split("/")[1].replace("-", "_")
    files = read_model_folder(folder)  # once, so that all parts are of one training
    classifier = TextClassifier.from_files(files, folder)
    if problem := problem_of(files.get(METRICS, b""), classifier.labels):
        raise InputError(
            f"{folder} has no whole metrics.json ({problem}): run python train.py again."
        )
    words = words_of(classifier.training)
    suffixes = (f"{words.suffix}_{n}" if n > 1 else words.suffix for n in count(1))
    suffix = next(suffix for suffix in suffixes if suffix not in taken)
    texts = _training_texts(files.get(TRAINING_TEXTS), folder / TRAINING_TEXTS, classifier)
    return Shown(name, classifier, words, _card(files.get(CARD, b"")), texts, suffix)


def _card(content: bytes) -> str:
    """Return the model card without the Hub's metadata and the picture: the page has its own."""
    text = re.sub(r"^!\[.*\n+", "", content.decode("utf-8", "replace"), flags=re.MULTILINE)
    return re.sub(r"\A---\n.*?\n---\n", "", text, flags=re.DOTALL).strip()


def _training_texts(
    content: bytes | None, path: Path, classifier: TextClassifier
) -> dict[str, list[int]]:
    """Return folded text -> label indices; nothing for a model whose texts are not published."""
    if content is None:
        return {}
    try:
        unpacked = gzip.GzipFile(fileobj=io.BytesIO(content)).read(MAX_TEXTS + 1)
        if len(unpacked) > MAX_TEXTS:
            raise ValueError("too long")
        texts = dict(json.loads(unpacked))
        n_labels = len(classifier.labels)
        if not all(type(i) is int and 0 <= i < n_labels for ids in texts.values() for i in ids):
            raise ValueError("unknown labels")
        return texts
    except (OSError, EOFError, ValueError, TypeError, RecursionError, zlib.error):
        raise InputError(f"{path} is damaged: run python train.py again.") from None
