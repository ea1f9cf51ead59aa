"""The model card: README.md of a model folder, with the confusion matrix as a picture beside it.

Written by a template from metrics.json, config.json and the words of card_words.py: no number in a
card is typed by hand. Reads and writes no file.
"""

import hashlib
import json
import shlex
from collections.abc import Iterable
from pathlib import Path

from ..errors import InputError, reason
from ..tasks import task_of
from ..tasks.words import TaskWords
from .edited import whole_card
from .facts import Facts, facts_of, plain, standard_error, verdict
from .folder import CARD as FILE
from .folder import PICTURE
from .parts import Parts

WORST_LABELS, MISTAKES = 3, 6
HUB_DATA = "hub:"  # what --data begins with for a dataset on the Hub

BODY = """# {title}

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

In the clone itself it is `from model import TextClassifier`. There,
`python -m examples.export_onnx OUT --model {folder}` writes a copy for ONNX Runtime, which
needs no torch.

## Evaluation

On a test split of {rows:,} rows, as the command under [Training](#training) measured it:

| accuracy | any of the {text}'s {labels_word} | macro-F1 | right in the top 3 | calibration error |
|--:|--:|--:|--:|--:|
| {accuracy:.1%} | {accuracy_any:.1%} | {macro_f1:.3f} | {top3_accuracy:.1%} | {ece:.3f} |
{wholes}{folded}{rival}{findings}
Probabilities are {calibrated} by {calibration}, fitted on validation; the
calibration error (ECE) is the mean gap between probability and accuracy over bins of equal size.
An answer whose probability is below {unsure_below:.2f} counts as unsure.

{per_label}
{lists}
![The confusion matrix: rows are true {labels_word}, columns predicted ones]({picture})

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

`model.safetensors` has the SHA-256 `{sha256}`."""

WHOLES = """
Of the {rows:,} whole {text}s among them {accuracy:.1%} ± {error:.1%} are right (standard
error), at a macro-F1 of {macro_f1:.3f}. {note}
"""

FOLDED = """
The same {texts} without their marks (é as e): accuracy {accuracy:.1%}, macro-F1
{macro_f1:.3f}, right in the top 3 {top3_accuracy:.1%}.
"""

RIVAL = """
A {name} (LinearSVC on TF-IDF, not tuned), which learnt the same rows in {seconds:.1f}
seconds, has an accuracy of {accuracy:.1%} and a macro-F1 of {macro_f1:.3f} on this split. {verdict}
"""

GAPS = """

The gap is the mean probability of the answers with this {label}, less their precision, ± standard
error. The class-wise calibration error is {mean:.4f} on average and {worst:.4f} at worst.
"""

OUTSIDE = """
It was pretrained on texts at large, in {n} groups beside these labels, and has an output for each
of them. What these get together is the probability that a text has none of the labels. The groups
themselves are not shown because nobody has checked them.
"""

LISTS = """
{texts} that are kept apart, in other scripts, as full {texts} and from outside. Right is an answer
whose first {label} is one of the {text}'s own, with none less likely than it:

| | rows | right | unsure among these |
|---|--:|--:|--:|
{known}

Texts that have none of these {labels}, and should be called so or unsure:

| | rows | called none | none or unsure | a {label} above 0.8 |
|---|--:|--:|--:|--:|
{outside}

Scores above are of rows that have one of the {labels}, and leave none aside. Of what people type,
{prior:.0%} is taken to have none.
"""


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
    the earlier card is edited where it is generated.
    """
    from .plots import confusion_png  # here because matplotlib takes time and memory to import

    sha256 = hashlib.sha256(weights).hexdigest()
    try:
        front, body = model_card(parts, sha256, source, dataset)
        picture = confusion_png(parts.labels, parts.metrics["test"]["confusion"])
    except (LookupError, TypeError, ValueError) as error:
        raise InputError(f"metrics.json is incomplete ({reason(error)}): retrain it.") from None
    return {FILE: whole_card(front, body, earlier), PICTURE: picture}


def model_card(
    parts: Parts, sha256: str, source: str, dataset: str | None = None
) -> tuple[dict, str]:
    """Return the generated part of the card of `parts`: the Hub's metadata, and Markdown."""
    training, metrics, words = parts.training, parts.metrics, task_of(parts.training).words
    test, rival = metrics["test"], metrics.get("rival")
    facts = facts_of(parts, words.piece)
    dataset = hub_dataset(parts) or dataset
    body = BODY.format(
        title=plain(words.card_title),
        does=plain(words.does),
        must_not=plain(words.must_not),
        intended_uses=_bullets(words.intended_uses),
        labels=plain(", ".join(parts.labels)),
        source=json.dumps(source, ensure_ascii=False),
        folder=shlex.quote(source),
        example=json.dumps(words.example, ensure_ascii=False),
        top_k=min(3, len(parts.labels)),
        text=words.text,
        labels_word=words.labels,
        calibrated=f"{note}. They are scaled" if (note := parts.calibration.note) else "calibrated",
        calibration=_calibration(parts, words),
        rival=RIVAL.format(**rival, verdict=verdict(rival, test)) if rival else "",
        lists=_lists(metrics, words),
        unsure_below=parts.calibration.unsure_below,
        wholes=_wholes(test["wholes"], words) if test.get("wholes") else "",
        findings=_paragraph(words.findings.get(sha256)),
        folded=FOLDED.format(texts=words.texts, **test["folded"]) if test.get("folded") else "",
        per_label=_per_label(test, words.label),
        picture=PICTURE,
        limits=_bullets([*words.limits, *_measured_limits(facts, words)]),
        biases=_bullets(words.biases),
        data=_data(training, words, dataset),
        files=_bullets(_file(name, file, words) for name, file in metrics["dataset"].items()),
        outside=OUTSIDE.format(n=len(parts.other_labels)) if parts.other_labels else "",
        command=training.get("command", "python train.py"),
        seed=training.get("seed", 0),
        epochs=facts.epochs,
        minutes=facts.minutes,
        device=facts.device,
        threads=metrics["threads"],
        python=metrics["versions"]["python"],
        torch=metrics["versions"]["torch"],
        network=f"{facts.network}: {facts.n_weights:,} weights.",
        sha256=sha256,
        **{key: test[key] for key in ("rows", "accuracy", "accuracy_any", "macro_f1")},
        **{key: test[key] for key in ("top3_accuracy", "ece")},
    )
    return _metadata(parts, test, words, dataset), body


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


def _bullets(lines: Iterable[str]) -> str:
    return "\n".join(f"- {line}" for line in lines)


def _wholes(scores: dict, words: TaskWords) -> str:
    error = standard_error(scores["accuracy"], scores["rows"])
    return WHOLES.format(**scores, text=words.whole, error=error, note=words.whole_note)


def _paragraph(text: str | None) -> str:
    return f"\n{text}\n" if text else ""


def _per_label(test: dict, label: str) -> str:
    """Return the table by label, with the calibration of each where that was measured."""
    mean = test.get("classwise_ece")
    headers = [label, "precision", "recall", "F1", "rows", *(["gap"] if mean is not None else [])]
    lines = [f"| {' | '.join(headers)} |", f"|---{'|--:' * (len(headers) - 1)}|"]
    for s in test["per_label"]:
        scores = f"{s['precision']:.2f} | {s['recall']:.2f} | {s['f1']:.2f} | {s['support']:,} |"
        lines.append(f"| {_cell(s['label'])} | {scores}{_gap(s) if mean is not None else ''}")
    if mean is None:
        return "\n".join(lines)
    worst = max(s["calibration_error"] for s in test["per_label"])
    return "\n".join(lines) + GAPS.format(label=label, mean=mean, worst=worst).rstrip()


def _gap(scores: dict) -> str:
    return f" {scores['gap']:+.3f} ± {scores['gap_error']:.3f} |" if scores["predicted"] else " |"


def _calibration(parts: Parts, words: TaskWords) -> str:
    temperature = f"{parts.calibration.temperature:.2f}"
    if parts.training.get("prior_power", 0.0) is None:
        return f"a temperature, {temperature}, and a bias for each {words.label}"
    return f"one temperature, {temperature}"


def _lists(metrics: dict, words: TaskWords) -> str:
    """Return the tables of the lists that on_lists of training/results.py scored, if any."""
    lists = {name: s for name, s in metrics.items() if isinstance(s, dict) and "rows" in s}
    known = metrics.get("native", {}) | {n: s for n, s in lists.items() if "right" in s}
    outside = {n: s for n, s in lists.items() if "none_or_unsure" in s}
    if not known or not outside or "none_prior" not in metrics:
        return ""
    return LISTS.format(
        texts=words.texts.capitalize(),
        text=words.text,
        label=words.label,
        labels=words.labels,
        prior=metrics["none_prior"],
        known="\n".join(
            f"| {_cell(name.replace('_', ' '))} | {s['rows']:,} | {s['right']:.1%} "
            f"| {s['unsure_if_right']:.1%} |"
            for name, s in known.items()
        ),
        outside="\n".join(
            f"| {_cell(name.replace('_', ' '))} | {s['rows']:,} | {s['none']:.1%} "
            f"| {s['none_or_unsure']:.1%} | {s['above_80']:.1%} |"
            for name, s in outside.items()
        ),
    )


def _cell(text: str) -> str:
    """Return `text` so that it stays in one cell of a Markdown table."""
    return plain(text)


def _measured_limits(facts: Facts, words: TaskWords) -> list[str]:
    """Return the labels that the model gets wrong most and its most frequent mistakes."""
    low = ", ".join(f"{plain(label)} ({f1:.2f})" for label, f1 in facts.weakest[:WORST_LABELS])
    mistakes = ", ".join(
        f"{share:.0%} of {plain(true)} {words.texts} read as {plain(predicted)}"
        for share, true, predicted in facts.mistakes[:MISTAKES]
    )
    lines = [f"The lowest F1: {low}."]
    return [*lines, f"Its most frequent mistakes: {mistakes}."] if mistakes else lines


def _data(training: dict, words: TaskWords, dataset: str | None) -> str:
    own = training.get("data") and not training["data"].startswith(HUB_DATA)
    data = words.own_data if own else "" if training.get("data") else words.data
    link = (
        f"The dataset: [{dataset}](https://huggingface.co/datasets/{dataset})." if dataset else ""
    )
    return "\n\n".join(filter(None, (data, link)))


def _file(name: str, file: dict, words: TaskWords) -> str:
    known = words.known_files.get(file["sha256"])
    more = f". {known}" if known else ""
    return f"`{name}`: {file['rows']:,} rows, SHA-256 `{file['sha256']}`{more}"
