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

    An error names its text, or its row number (from 0) where texts may not be published.
    """
    device = next(classifier.network.parameters()).device
    encoded = EncodedRows.from_rows(rows, classifier.encoder, classifier.labels, device)
    probabilities = classifier.probabilities(classifier.logits(encoded.ids, encoded.lengths))
    targets = encoded.targets.cpu().numpy()
    scores = report(probabilities, targets, classifier.labels, dataset.accepted(rows))
    if publish_texts is None:
        return scores
    predicted = probabilities.argmax(axis=1)
    scores["errors"] = [
        {
            **({"text": rows.texts[i]} if publish_texts else {"row": int(i)}),
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
) -> dict:
    """Return the content of metrics.json; the only place where the test rows are looked at.

    `histories` has an entry per epoch under "history", and under further names for other stages.
    `held_out` is what was trained without the validation rows, if `classifier` was not.
    """
    return {
        "labels": classifier.labels,
        "dataset": dataset.files,
        "test": evaluate(classifier, dataset, dataset.test, publish_texts),
        "validation": evaluate(held_out or classifier, dataset, dataset.validation),
        **histories,
        "device": next(classifier.network.parameters()).device.type,
        "threads": torch.get_num_threads(),
        "seconds": sum(entry["seconds"] for stage in histories.values() for entry in stage),
        "versions": {"python": platform.python_version(), "torch": str(torch.__version__)},
    }


def training_texts(dataset: Dataset) -> bytes:
    """Return training_texts.json.gz: folded text -> label indices, validation rows included."""
    label_ids: dict[str, list[int]] = {}
    for rows in (dataset.train, dataset.validation):
        for text, accepted in zip(rows.texts, dataset.accepted(rows), strict=True):
            label_ids[match_key(text)] = sorted(accepted)
    text = json.dumps(dict(sorted(label_ids.items())), separators=(",", ":"))
    return gzip.compress(text.encode(), mtime=0)
