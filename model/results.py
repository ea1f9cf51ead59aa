"""What a model folder tells of its training: metrics.json and the training texts."""

import gzip
import json
import platform

import numpy as np
import torch

from .classifier import TextClassifier
from .dataset import Dataset, EncodedRows, Rows
from .encoding import match_key
from .evaluation import report


def evaluate(
    classifier: TextClassifier,
    dataset: Dataset,
    rows: Rows,
    publish_texts: bool | None = None,
) -> dict:
    """Return the report on `rows`; with `publish_texts` not None the misclassified rows too.

    An error names its text or, where texts may not be published, the data's own number of its row
    (from 0 if they have none). Rows that are whole texts are scored by themselves too.
    """
    device = next(classifier.network.parameters()).device
    encoded = EncodedRows.from_rows(rows, classifier.encoder, classifier.labels, device)
    probabilities = classifier.probabilities(classifier.logits(encoded.ids, encoded.lengths))
    targets, accepted = encoded.targets.cpu().numpy(), dataset.accepted(rows)
    scores = report(probabilities, targets, classifier.labels, accepted, rows.wholes)
    if publish_texts is None:
        return scores
    predicted, ids = probabilities.argmax(axis=1), rows.ids or range(len(rows))
    scores["errors"] = [
        {
            **({"text": rows.texts[i]} if publish_texts else {"row": int(ids[i])}),
            "label": rows.labels[i],
            "predicted": classifier.labels[predicted[i]],
            "probability": round(float(probabilities[i].max()), 4),
        }
        for i in np.flatnonzero(predicted != targets)
    ]
    return scores


def all_metrics(
    classifier: TextClassifier,
    dataset: Dataset,
    histories: dict[str, list[dict]],
    publish_texts: bool,
    held_out: TextClassifier | None = None,
    own_rows: Rows | None = None,
) -> dict:
    """Return the content of metrics.json; the only place where the test rows are looked at.

    `histories` has an entry per epoch under "history", and under further names for other stages.
    `held_out` is what was trained without the validation rows, if `classifier` was not. `own_rows`
    are texts that may be shown where those of the data may not: under "own" stand errors on them.
    """
    return {
        "labels": classifier.labels,
        "dataset": dataset.files,
        "test": evaluate(classifier, dataset, dataset.test, publish_texts),
        "validation": evaluate(held_out or classifier, dataset, dataset.validation),
        **({"own": _on_own_rows(classifier, dataset, own_rows)} if own_rows else {}),
        **histories,
        "device": next(classifier.network.parameters()).device.type,
        "threads": torch.get_num_threads(),
        "seconds": sum(entry["seconds"] for stage in histories.values() for entry in stage),
        "versions": {"python": platform.python_version(), "torch": str(torch.__version__)},
    }


def _on_own_rows(classifier: TextClassifier, dataset: Dataset, rows: Rows) -> dict:
    scores = evaluate(classifier, dataset, rows, publish_texts=True)
    return {name: scores[name] for name in ("rows", "accuracy", "confusion", "errors")}


def training_texts(dataset: Dataset) -> bytes:
    """Return training_texts.json.gz: folded text -> label indices, validation rows included."""
    label_ids: dict[str, list[int]] = {}
    for rows in (dataset.train, dataset.validation):
        for text, accepted in zip(rows.texts, dataset.accepted(rows), strict=True):
            label_ids[match_key(text)] = sorted(accepted)
    text = json.dumps(dict(sorted(label_ids.items())), separators=(",", ":"))
    return gzip.compress(text.encode(), mtime=0)
