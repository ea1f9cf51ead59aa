"""The model card: README.md of a model folder, written from its metrics by a template.

No number in a card is typed by hand.
"""

from huggingface_hub import EvalResult, ModelCardData

from .classifier import TextClassifier

CARD = """---
{metadata}
---

# Surname languages: a bidirectional GRU

Reads a surname letter by letter and gives the probability of each of {n_labels} languages:
{labels}.

The language a surname comes from is not a person's nationality, ethnicity or mother tongue.
Do not use this model to decide anything about a person.

## How good it is

Measured once on the test split ({rows:,} rows), after the model had been chosen on validation:
accuracy {accuracy:.1%}, macro-F1 {macro_f1:.3f}, right language among the first three
{top3_accuracy:.1%}, expected calibration error {ece:.3f}. Probabilities are calibrated by one
temperature, {temperature:.2f}, fitted on validation.
Below a top probability of {unsure_below:.2f} an answer counts as unsure.

| language | precision | recall | F1 | rows |
|---|---|---|---|---|
{per_label}

## How it was trained

`{command}`, seed {seed}: {seconds:.0f} seconds on {device} ({threads} threads, torch {torch}).

{files}
{outside}
## Use

```python
from model import TextClassifier

classifier = TextClassifier.load("model/weights/names")
print(classifier.predict("Nakamura"))
```
"""

OUTSIDE = """
It was pretrained on surnames at large, in {n} groups beside these languages, and has an output for
each of them; what these get is shared out equally among the languages, so that a name from outside
spreads its probability.
"""


def model_card(classifier: TextClassifier, metrics: dict) -> bytes:
    """Return the card of `classifier` as UTF-8 Markdown with the Hub's metadata on top."""
    test = metrics["test"]
    rows = (
        f"| {_cell(r['label'])} | {r['precision']:.2f} | {r['recall']:.2f} | {r['f1']:.2f} "
        f"| {r['support']} |"
        for r in test["per_label"]
    )
    return CARD.format(
        metadata=_metadata(test, len(classifier.labels)).to_yaml(),
        n_labels=len(classifier.labels),
        labels=", ".join(classifier.labels),
        per_label="\n".join(rows),
        temperature=classifier.temperature,
        unsure_below=classifier.unsure_below,
        command=classifier.training["command"],
        seed=classifier.training["seed"],
        seconds=metrics["seconds"],
        device=metrics["device"],
        threads=metrics["threads"],
        torch=metrics["versions"]["torch"],
        files="\n".join(
            f"- `{name}`: {file['rows']:,} rows, SHA-256 {file['sha256']}"
            for name, file in metrics["dataset"].items()
        ),
        outside=OUTSIDE.format(n=len(classifier.other_labels)) if classifier.other_labels else "",
        **{key: test[key] for key in ("rows", "accuracy", "macro_f1", "top3_accuracy", "ece")},
    ).encode()


def _cell(text: str) -> str:
    """Return `text` so that it stays in one cell of a Markdown table."""
    return text.replace("\\", "\\\\").replace("|", "\\|")


def _metadata(test: dict, n_labels: int) -> ModelCardData:
    return ModelCardData(
        license="mit",
        library_name="pytorch",
        pipeline_tag="text-classification",
        tags=["gru", "surnames"],
        model_name="surname-gru",
        eval_results=[
            EvalResult(
                task_type="text-classification",
                dataset_type="names",
                dataset_name=f"surnames of {n_labels} languages, test split",
                metric_type=metric,
                metric_value=round(test[metric], 4),
            )
            for metric in ("accuracy", "macro_f1", "ece")
        ],
    )
