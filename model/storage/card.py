"""The model card: README.md of a model folder, with the confusion matrix as a picture beside it.

Written by the template card.jinja from metrics.json, config.json and the words of model/tasks/: no
number in a card is typed by hand. Writes no file.
"""

import json
import shlex
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined, TemplateError

from ..errors import InputError, reason
from ..tasks import task_of
from ..tasks.task import TaskWords
from .edited import whole_card
from .facts import facts_of, plain, standard_error, verdict
from .folder import CARD, PICTURE
from .folder import sha256 as checksum
from .parts import Parts

HUB_DATA = "hub:"  # what --data begins with for a dataset on the Hub


def card_files(
    parts: Parts,
    weights: bytes,
    source: str,
    dataset: str | None = None,
    earlier: bytes | None = None,
) -> dict[str, bytes]:
    """Return the card and its picture, file name -> content.

    `weights` is what model.safetensors holds, `source` what TextClassifier.load takes, `dataset`
    USER/NAME of the Hub's dataset, if the model does not record it. What was written by hand in an
    `earlier` card stays. Raises InputError where the model's metrics are missing or incomplete, or
    the earlier card cannot be read.
    """
    from .plots import confusion_png  # here because matplotlib takes time and memory to import

    try:
        front, body = model_card(parts, checksum(weights), source, dataset)
        picture = confusion_png(parts.labels, parts.metrics["test"]["confusion"])
    except (LookupError, TypeError, ValueError, TemplateError) as error:
        raise InputError(f"metrics.json is incomplete ({reason(error)}): retrain it.") from None
    return {CARD: whole_card(front, body, earlier), PICTURE: picture}


def model_card(
    parts: Parts, sha256: str, source: str, dataset: str | None = None
) -> tuple[dict, str]:
    """Return the generated part of the card of `parts`: the Hub's metadata, and Markdown."""
    training, metrics, words = parts.training, parts.metrics, task_of(parts.training).words
    test, baseline = metrics["test"], metrics.get("rival")
    wholes = test.get("wholes")
    lists = {name: s for name, s in metrics.items() if isinstance(s, dict) and "rows" in s}
    from_hub = hub_dataset(parts)
    context = {
        "words": words,
        "metrics": metrics,
        "test": test,
        "training": training,
        "calibration": parts.calibration,
        "facts": facts_of(parts, words.piece),
        "labels": ", ".join(parts.labels),
        "n_labels": len(parts.labels),
        "n_other_labels": len(parts.other_labels),
        "source": source,
        "sha256": sha256,
        "dataset": from_hub or dataset,
        "has_own_data": training.get("data") and not from_hub,
        "wholes_error": wholes and standard_error(wholes["accuracy"], wholes["rows"]),
        "baseline": baseline,
        "verdict": baseline and verdict(baseline, test),
        "finding": words.findings.get(sha256),
        "has_biases": training.get("prior_power", 0.0) is None,
        "has_gaps": test.get("classwise_ece") is not None,
        "known": metrics.get("native", {}) | {n: s for n, s in lists.items() if "right" in s},
        "outside": {n: s for n, s in lists.items() if "none_or_unsure" in s},
    }
    body = _environment().get_template("card.jinja").render(context)
    return _metadata(parts, test, words, from_hub or dataset), body


def _environment() -> Environment:
    environment = Environment(
        loader=FileSystemLoader(Path(__file__).parent),
        undefined=StrictUndefined,  # a missing score is an error, and not a blank
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters |= {
        "plain": plain,
        "percent": lambda share, digits=1: f"{share:.{digits}%}",
        "number": "{:,}".format,
        "fixed": lambda value, digits: f"{value:.{digits}f}",
        "quoted": lambda text: json.dumps(text, ensure_ascii=False),
        "shell": shlex.quote,
    }
    environment.globals["gap"] = _gap
    return environment


def _gap(scores: dict) -> str:
    return f" {scores['gap']:+.3f} ± {scores['gap_error']:.3f} |" if scores["predicted"] else " |"


def source_of(folder: Path) -> str:
    """Return how a card names a model folder: from here if it lies below, else its last part."""
    folder = folder.resolve()
    here = Path.cwd()
    return folder.relative_to(here).as_posix() if folder.is_relative_to(here) else folder.name


def hub_dataset(parts: Parts) -> str | None:
    """Return USER/NAME of the Hub's dataset that the model was trained on, if it was one."""
    data = parts.training.get("data") or ""
    return data.removeprefix(HUB_DATA).split("@")[0] if data.startswith(HUB_DATA) else None


def _metadata(parts: Parts, test: dict, words: TaskWords, dataset: str | None) -> dict:
    from huggingface_hub import EvalResult, ModelCardData  # here: it takes half a second to import

    codes = {words.label_languages.get(label) for label in parts.labels} - {None}
    metrics = {"accuracy": "Accuracy", "macro_f1": "Macro-F1", "ece": "Calibration error (ECE)"}
    data = ModelCardData(
        license=words.licence or None,
        library_name="pytorch",
        pipeline_tag="text-classification",
        language=sorted({*words.languages, *filter(None, codes)}) or None,
        tags=list(words.tags),
        datasets=[dataset] if dataset else [],
        metrics=["accuracy", "f1"],
        model_name=words.model_name,
        eval_results=[
            EvalResult(
                task_type="text-classification",
                dataset_type=dataset or words.dataset_type,
                dataset_name=f"{words.dataset_name}, {len(parts.labels)} {words.labels}",
                dataset_split="test",
                metric_type=key,
                metric_name=name,
                metric_value=round(test[key], 4),
            )
            for key, name in metrics.items()
        ],
    )
    return data.to_dict()  # type: ignore[no-untyped-call]
