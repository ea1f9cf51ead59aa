"""A model folder as the page needs it: classifier, metrics, card and training texts.

Reads files and checks that they are whole; draws nothing and knows no gradio.
"""

import gzip
import json
import re
from dataclasses import dataclass, field
from pathlib import Path

from model.classifier import TextClassifier
from model.encoding import InputError, match_key

SCORES = ("rows", "accuracy", "macro_f1", "top3_accuracy", "ece")


@dataclass(frozen=True)
class Shown:
    """One model on the page; `suffix` tells its widgets and endpoints from another model's."""

    title: str
    classifier: TextClassifier
    card: str = ""
    training_texts: dict[str, list[int]] = field(default_factory=dict)
    suffix: str = ""

    @property
    def metrics(self) -> dict:
        """What metrics.json holds."""
        return self.classifier.metrics

    @property
    def labels(self) -> list[str]:
        """The languages, in the order of metrics.json."""
        return self.classifier.labels

    @property
    def unsure_below(self) -> float:
        """The probability below which the first language is as likely wrong as right."""
        return getattr(self.classifier, "unsure_below", 0.5)

    def languages_in_training(self, text: str) -> list[str]:
        """Return the languages under which this very name stands in the training data."""
        return [self.labels[i] for i in self.training_texts.get(match_key(text), ())]


def read_model(model: str | Path, suffix: str = "") -> Shown:
    """Read a model folder or USER/NAME of the Hub; raise InputError if it is missing or unfit."""
    classifier = TextClassifier.load(model)
    folder = classifier.folder
    if not _is_complete(classifier.metrics):
        raise InputError(f"{model} has no whole metrics.json: run python train.py again.")
    is_local = folder == Path(model)
    name = folder.resolve().name if is_local else str(model).split("@")[0].split("/")[1]
    title = name.replace("_", " ").replace("-", " ").capitalize()
    return Shown(title, classifier, _read_card(folder), _read_training_texts(folder), suffix)


def _is_complete(metrics: object) -> bool:
    """Tell whether metrics.json has the parts that the page shows."""
    try:
        test = metrics["test"]
        lists = metrics["labels"], metrics["history"], test["confusion"], test["per_label"]
        numbers = [float(test[score]) for score in SCORES]
        return all(isinstance(part, list) and part for part in lists) and len(numbers) > 0
    except (TypeError, KeyError, ValueError):
        return False


def _read_card(folder: Path) -> str:
    """Return the model card without the Hub's metadata and pictures; "" where there is none."""
    try:
        text = (folder / "README.md").read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError):
        return ""
    text = re.sub(r"^!\[.*\n+", "", text, flags=re.MULTILINE)  # the page draws its own
    return re.sub(r"\A---\n.*?\n---\n", "", text, flags=re.DOTALL).strip()


def _read_training_texts(folder: Path) -> dict[str, list[int]]:
    """Return folded text -> label indices; nothing for a model whose texts are not published."""
    path = folder / "training_texts.json.gz"
    if not path.exists():
        return {}
    try:
        return dict(json.loads(gzip.decompress(path.read_bytes())))
    except (OSError, EOFError, ValueError, TypeError):
        raise InputError(f"{path} is damaged: run python train.py again.") from None
