"""The model card: README.md of a model folder, with the confusion matrix as a picture beside it.

The template card.jinja makes it from metrics.json, config.json and the words of model/tasks/: no
number in a card is typed by hand, and all of a card is rewritten. Writes no file.
"""

import json
import re
import shlex
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from jinja2 import (
    Environment,
    FileSystemLoader,
    StrictUndefined,
    TemplateError,
)

from ..errors import InputError, listing, reason
from ..tasks.task import ROOT
from ..trained import Model
from .folder import CARD, PICTURE, WEIGHTS, sha256
from .schema import standard_error

NOT_SCORED = (
    "This model was not scored: run python -m model evaluate TABLE --model FOLDER --save, or give "
    "keep=True to evaluate in Python."
)
# The options of templates here and on the page; a missing score is an error, not a blank.
STRICT: Any = {"undefined": StrictUndefined, "trim_blocks": True, "lstrip_blocks": True}


def card_files(
    model: Model,
    files: Mapping[str, bytes],
    source: str,
    dataset: str | None = None,
) -> dict[str, bytes]:
    """Return the card and its picture, file name -> content.

    `files` are those of the model, `source` what TextClassifier.load takes, `dataset` USER/NAME of
    the Hub's dataset. Raises InputError where its metrics are missing or incomplete.
    """
    from . import plots  # here because matplotlib takes time and memory to import

    if not model.metrics:
        raise InputError(NOT_SCORED)
    try:
        card = model_card(
            model,
            sha256(files[WEIGHTS]),
            source,
            dataset,
        )
        confusion = model.metrics["test"]["confusion"]
        picture = plots.confusion_file(model.labels, confusion, "png")
    except (LookupError, TypeError, ValueError, TemplateError) as error:
        raise InputError(
            f"metrics.json is incomplete ({reason(error)}): retrain it."
        ) from None
    return {CARD: str(card).encode(), PICTURE: picture}


def model_card(
    model: Model,
    digest: str,
    source: str,
    dataset: str | None = None,
) -> Any:
    """Return the card of `model` as a RepoCard: all of it is generated."""
    from huggingface_hub import RepoCard  # here: importing it takes half a second

    metrics = model.metrics
    words = model.task.card
    of_task = model.task.languages
    codes = {of_task[label].code for label in model.labels if label in of_task}
    known = dict(metrics.get("native", {}))
    outside = {}
    for name, scores in metrics.items():
        if isinstance(scores, dict) and "right" in scores:
            known[name] = scores
        elif isinstance(scores, dict) and "none_or_unsure" in scores:
            outside[name] = scores
    context = {
        "model": model,
        "metrics": metrics,
        "kind": model.task.kind,
        "card": words,
        "files_of": files_by_use(metrics),
        "languages": sorted(codes.union(words.languages)),
        "n_weights": sum(weight.numel() for weight in model.network.parameters()),
        "source": source,
        "sha256": digest,  # of the weights
        "dataset": dataset,
        "known": known,
        "outside": outside,
        "mistakes": _mistakes(metrics["test"]["confusion"], model.labels),
        "verdict": verdict,
        "standard_error": standard_error,
        "cautions": cautions,
    }
    here = FileSystemLoader(Path(__file__).parent)
    environment = Environment(loader=here, keep_trailing_newline=True, **STRICT)
    environment.filters |= {
        "plain": plain,
        "sizes": sizes_in_words,
        "percent": lambda share, digits=1: f"{share:.{digits}%}",
        "number": "{:,}".format,
        "fixed": lambda value, digits: f"{value:.{digits}f}",
        "quoted": lambda text: json.dumps(text, ensure_ascii=False),
        "shell": shlex.quote,
    }
    return RepoCard(environment.get_template("card.jinja").render(context))


def files_by_use(metrics: dict) -> dict[str, dict[str, dict]]:
    """Return the files by use, "training", "testing" or "looking up": name -> rows and SHA-256."""
    files: dict[str, dict] = {"training": {}, "testing": {}, "looking up": {}}
    for name, file in metrics.get("dataset", {}).items():
        use = file.get("part") or ("test" if "test" in name else "")
        use = {"test": "testing", "look-up": "looking up"}.get(use, "training")
        files[use][name] = file
    return files


def _mistakes(
    confusion: Sequence[Sequence[int]], labels: Sequence[str]
) -> list[tuple[float, str, str]]:
    """Return (share of the true label, true label, predicted label), the largest share first."""
    mistakes = []
    for label, row in zip(labels, confusion, strict=True):
        for predicted, count in zip(labels, row, strict=True):
            if predicted != label and count:
                mistakes.append((count / sum(row), label, predicted))
    return sorted(mistakes, reverse=True)


def source_of(folder: Path) -> str:
    """Return how a card names a model folder: from here if it lies below, else its last name.

    That is also how `load` finds the shipped ones from anywhere.
    """
    folder, here = folder.resolve(), Path.cwd()
    shipped = ROOT / "model" / "weights"
    if folder.is_relative_to(here) and folder.parent != shipped:
        return folder.relative_to(here).as_posix()
    return folder.name


def plain(text: str) -> str:
    """Return `text` so that Markdown shows it as it is, whoever wrote it.

    >>> plain("<b>*C|C++*")
    '\\\\<b\\\\>\\\\*C\\\\|C++\\\\*'
    """
    return re.sub(r"[\\`*_{}\[\]<>#|~!&]", r"\\\g<0>", text)


def sizes_in_words(sizes: Sequence[int]) -> str:
    """Return numbers as text, none as "".

    >>> sizes_in_words([2, 3, 4])
    '2, 3 or 4'
    """
    return re.sub(r", (\d+)$", r" or \1", ", ".join(map(str, sizes)))


def cautions(metrics: dict, texts: str) -> str:
    """Return what accuracy hides, or "".

    That is a network that does no better than the most frequent label, labels that are never found,
    and a half that has no part.
    """
    test = metrics["test"]
    sentences = [f"Caution: {line}." for line in test.get("cautions", [])]
    accuracy = test["accuracy"]
    constant = metrics.get("most_frequent") or most_frequent(test)
    margin = 2 * larger_error(constant, test)
    if accuracy - constant["accuracy"] <= margin:
        sentences.append(
            f"It does not beat the {constant['name']}, by two standard errors ({margin:.1%}): "
            f"{accuracy:.1%} of the test {texts} are right, and {constant['accuracy']:.1%} "
            "if that label is given to all."
        )
    by_label = test["per_label"]
    never = [row["label"] for row in by_label if row["support"] and not row["recall"]]
    if never:
        names = listing(never)
        sentences.append(f"Never recognised among the test {texts}: {names}.")
    halves = metrics.get("halves")
    if halves:
        sentences.append(who_answers(**halves))
    return " ".join(sentences)


def who_answers(share: float, held_out: dict | None = None, **accuracies: float) -> str:
    """Return whether the linear half answers alone or with the network, and why."""
    who = "The answers are a mean of the network and its linear half"
    weight = f", which has {share:.0%} of the weight,"
    if not share:
        who = "The linear half answers alone, because with the network it is not "
        who += "clearly better"
        weight = ""
    if not held_out:
        return f"{who}."
    return (
        f"{who}: of the rows held out the mean is right on {held_out['both']:.1%}, the linear "
        f"half alone on {held_out['linear']:.1%}, the network alone{weight} on "
        f"{held_out['network']:.1%}."
    )


def verdict(baseline: dict, test: dict) -> str:
    """Return which is better on the test split, the model or the linear classifier."""
    margin = 2 * larger_error(baseline, test)
    gain = test["accuracy"] - baseline["accuracy"]
    if not gain:
        return "Both are right equally often."
    if abs(gain) <= margin:
        return (
            f"The difference is within two standard errors, {100 * margin:.1f} points."
        )
    if gain > 0:
        return f"This model is right on {100 * gain:.1f} percentage points more."
    points = f"{-100 * gain:.1f} percentage points"
    return f"The linear classifier is the better one here: this model lacks {points}."


def most_frequent(test: dict) -> dict:
    """Return the name and the accuracy of the most frequent label of the test split."""
    row = max(test["per_label"], key=lambda row: row["support"])
    return {
        "name": f"most frequent label, {row['label']}",
        "accuracy": row["support"] / test["rows"],
    }


def larger_error(baseline: dict, test: dict) -> float:
    """Return the larger standard error of two accuracies on the test split."""
    accuracies = [baseline["accuracy"], test["accuracy"]]
    return max(standard_error(accuracy, test["rows"]) for accuracy in accuracies)
