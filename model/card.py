"""The model card: README.md of a model folder, with the confusion matrix as a picture beside it.

Written by a template from metrics.json, config.json and the words of card_texts.py: no number in a
card is typed by hand. Reads and writes no file.
"""

import hashlib
import json
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

from .card_texts import CARD_TEXTS, CardTexts
from .encoding import InputError
from .evaluation import standard_error
from .folder import CARD as FILE
from .folder import PICTURE

if TYPE_CHECKING:
    from .classifier import TextClassifier

WORST_LABELS, MISTAKES = 3, 6
HUB_DATA = "hub:"  # what --data begins with for a dataset on the Hub

CARD = """---
{metadata}
---

# {title}

{does}: {labels}.

{must_not}

## Intended use

{intended_uses}

## Use

With the code of this model installed (`pip install .` in a clone of it):

```python
from surname_gru import TextClassifier

classifier = TextClassifier.load({source})
print(classifier.predict({example}, top_k={top_k}))
```

In the clone itself it is `from model import TextClassifier`.

## Evaluation

On a test split of {rows:,} rows, as the command under *Training* measured it:

| accuracy | any of the {text}'s {label}s | macro-F1 | right in the top 3 | calibration error |
|--:|--:|--:|--:|--:|
| {accuracy:.1%} | {accuracy_any:.1%} | {macro_f1:.3f} | {top3_accuracy:.1%} | {ece:.3f} |
{wholes}{findings}
Probabilities are calibrated by one temperature, {temperature:.2f}, fitted on validation; the
calibration error (ECE) is the mean gap between probability and accuracy over bins of equal size.
An answer whose probability is below {unsure_below:.2f} counts as unsure.

| {label} | precision | recall | F1 | rows |
|---|--:|--:|--:|--:|
{per_label}

![The confusion matrix: rows are true {label}s, columns predicted ones]({picture})

## Limits

{limits}

## Bias

{biases}

## Data

{data}

{files}
{outside}
## Training

`{command}`, seed {seed}: {epochs}, {minutes:.1f} minutes on {device} ({threads} threads, Python
{python}, torch {torch}). {network}

`model.safetensors` has the SHA-256 `{sha256}`.
"""

WHOLES = """
Of the {rows:,} whole {text}s among them {accuracy:.1%} ± {error:.1%} are right (standard
error), at a macro-F1 of {macro_f1:.3f}. {note}
"""

OUTSIDE = """
It was pretrained on texts at large, in {n} groups beside these labels, and has an output for each
of them; what these get is shared out equally among the labels, so that a text from outside spreads
its probability.
"""


def card_files(
    classifier: "TextClassifier", weights: bytes, source: str, dataset: str | None = None
) -> dict[str, bytes]:
    """Return the card and its picture, file name -> content.

    `weights` is what model.safetensors holds, `source` what TextClassifier.load takes, `dataset`
    USER/NAME of the Hub's dataset, if the classifier does not know it. Raises InputError where the
    classifier's metrics are missing or not whole.
    """
    from .plots import confusion_png  # here, for matplotlib takes time and memory to import

    sha256 = hashlib.sha256(weights).hexdigest()
    try:
        metrics = classifier.metrics or {}
        card = model_card(classifier, metrics, sha256, source, dataset)
        picture = confusion_png(classifier.labels, metrics["test"]["confusion"])
    except (LookupError, TypeError, ValueError) as error:
        reason = (str(error) or type(error).__name__).splitlines()[0]
        raise InputError(f"metrics.json is not whole ({reason}): train the model anew.") from None
    return {FILE: card, PICTURE: picture}


def model_card(
    classifier: "TextClassifier",
    metrics: dict,
    sha256: str,
    source: str,
    dataset: str | None = None,
) -> bytes:
    """Return the card of `classifier` as UTF-8 Markdown with the Hub's metadata on top."""
    training, test, texts = classifier.training, metrics["test"], card_texts(classifier)
    dataset = hub_dataset(classifier) or dataset
    return CARD.format(
        metadata=_metadata(classifier, test, texts, dataset),
        title=texts.title,
        does=texts.does,
        must_not=texts.must_not,
        intended_uses=_bullets(texts.intended_uses),
        labels=", ".join(classifier.labels),
        source=json.dumps(source, ensure_ascii=False),
        example=json.dumps(texts.example, ensure_ascii=False),
        top_k=min(3, len(classifier.labels)),
        text=texts.text,
        label=texts.label,
        temperature=classifier.temperature,
        unsure_below=classifier.unsure_below,
        wholes=_wholes(test["wholes"], texts) if "wholes" in test else "",
        findings=_paragraph(texts.findings.get(sha256)),
        per_label=_per_label(test["per_label"]),
        picture=PICTURE,
        limits=_bullets([*texts.limits, *_measured_limits(test, classifier.labels, texts)]),
        biases=_bullets(texts.biases),
        data=_data(training, texts, dataset),
        files=_bullets(_file(name, facts, texts) for name, facts in metrics["dataset"].items()),
        outside=OUTSIDE.format(n=len(classifier.other_labels)) if classifier.other_labels else "",
        command=training.get("command", "python train.py"),
        seed=training.get("seed", 0),
        epochs=_epochs(metrics),
        minutes=metrics["seconds"] / 60,
        device={"cpu": "a CPU", "cuda": "a GPU"}.get(metrics["device"], metrics["device"]),
        threads=metrics["threads"],
        python=metrics["versions"]["python"],
        torch=metrics["versions"]["torch"],
        network=_network(classifier),
        sha256=sha256,
        **{key: test[key] for key in ("rows", "accuracy", "accuracy_any", "macro_f1")},
        **{key: test[key] for key in ("top3_accuracy", "ece")},
    ).encode()


def source_of(folder: Path) -> str:
    """Return how a card names a model folder: from here if it lies below, else its last part."""
    folder = folder.resolve()
    here = Path.cwd()
    return folder.relative_to(here).as_posix() if folder.is_relative_to(here) else folder.name


def card_texts(classifier: "TextClassifier") -> CardTexts:
    """Return the words of the task that the classifier was trained for."""
    return CARD_TEXTS.get(classifier.training.get("task", "names"), CARD_TEXTS["names"])


def hub_dataset(classifier: "TextClassifier") -> str | None:
    """Return USER/NAME of the Hub's dataset that the classifier was trained on, if it was one."""
    data = classifier.training.get("data") or ""
    return data.removeprefix(HUB_DATA).split("@")[0] if data.startswith(HUB_DATA) else None


def _metadata(
    classifier: "TextClassifier", test: dict, texts: CardTexts, dataset: str | None
) -> str:
    from huggingface_hub import EvalResult, ModelCardData  # here: it takes half a second to import

    codes = {texts.label_languages.get(label) for label in classifier.labels} - {None}
    metrics = {"accuracy": "Accuracy", "macro_f1": "Macro-F1", "ece": "Calibration error (ECE)"}
    data = ModelCardData(
        license=texts.licence,
        library_name="pytorch",
        pipeline_tag="text-classification",
        language=sorted({*texts.languages, *filter(None, codes)}),
        tags=list(texts.tags),
        datasets=[dataset] if dataset else [],
        metrics=["accuracy", "f1"],
        model_name=texts.model_name,
        eval_results=[
            EvalResult(
                task_type="text-classification",
                dataset_type=dataset or texts.dataset_type,
                dataset_name=f"{texts.dataset_name}, {len(classifier.labels)} {texts.label}s",
                dataset_split="test",
                metric_type=key,
                metric_name=name,
                metric_value=round(test[key], 4),
            )
            for key, name in metrics.items()
        ],
    )
    return data.to_yaml()


def _bullets(lines: Iterable[str]) -> str:
    return "\n".join(f"- {line}" for line in lines)


def _wholes(scores: dict, texts: CardTexts) -> str:
    error = standard_error(scores["accuracy"], scores["rows"])
    return WHOLES.format(**scores, text=texts.whole, error=error, note=texts.whole_note)


def _paragraph(text: str | None) -> str:
    return f"\n{text}\n" if text else ""


def _per_label(scores: list[dict]) -> str:
    return "\n".join(
        f"| {_cell(s['label'])} | {s['precision']:.2f} | {s['recall']:.2f} | {s['f1']:.2f} "
        f"| {s['support']:,} |"
        for s in scores
    )


def _cell(text: str) -> str:
    """Return `text` so that it stays in one cell of a Markdown table."""
    return text.replace("\\", "\\\\").replace("|", "\\|")


def _measured_limits(test: dict, labels: list[str], texts: CardTexts) -> list[str]:
    """Return the labels it knows worst and the mistakes it makes most, as the test split has it."""
    worst = sorted(test["per_label"], key=lambda scores: scores["f1"])[:WORST_LABELS]
    low = ", ".join(f"{scores['label']} ({scores['f1']:.2f})" for scores in worst)
    shares = [
        (count / sum(row), labels[i], labels[j])
        for i, row in enumerate(test["confusion"])
        for j, count in enumerate(row)
        if i != j and count
    ]
    mistakes = ", ".join(
        f"{share:.0%} of {true} {texts.text}s read as {predicted}"
        for share, true, predicted in sorted(shares, reverse=True)[:MISTAKES]
    )
    lines = [f"The lowest F1: {low}."]
    return [*lines, f"Its most frequent mistakes: {mistakes}."] if mistakes else lines


def _data(training: dict, texts: CardTexts, dataset: str | None) -> str:
    own = training.get("data") and not training["data"].startswith(HUB_DATA)
    words = texts.own_data if own else "" if training.get("data") else texts.data
    link = (
        f"The dataset: [{dataset}](https://huggingface.co/datasets/{dataset})." if dataset else ""
    )
    return "\n\n".join(filter(None, (words, link)))


def _file(name: str, facts: dict, texts: CardTexts) -> str:
    known = texts.known_files.get(facts["sha256"])
    more = f". {known}" if known else ""
    return f"`{name}`: {facts['rows']:,} rows, SHA-256 `{facts['sha256']}`{more}"


def _epochs(metrics: dict) -> str:
    stages = (
        ("pretraining_history", "of pretraining"),
        ("history", "of training"),
        ("refit_history", "of a refit on training and validation rows together"),
    )
    counted = [f"{len(metrics[key])} epochs {of}" for key, of in stages if metrics.get(key)]
    return ", ".join(counted) or "no epoch"


def _network(classifier: "TextClassifier") -> str:
    config = classifier.network.config
    weights = sum(parameter.numel() for parameter in classifier.network.parameters())
    ngrams = f", hashed {', '.join(map(str, config.ngrams))}-grams" if config.ngrams else ""
    linear = ""
    if config.linear_ngrams:
        sizes = ", ".join(map(str, config.linear_ngrams))
        linear = f", averaged with a linear classifier of hashed {sizes}-grams"
    return (
        f"The network: embeddings of {config.embedding_size}{ngrams}; a "
        f"{'bidirectional' if config.bidirectional else 'one-way'} GRU of {config.n_layers} "
        f"layer{'s' * (config.n_layers > 1)} of {config.hidden_size} units{linear}; "
        f"{weights:,} weights."
    )
