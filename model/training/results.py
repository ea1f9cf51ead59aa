"""The record of a training in a model folder: metrics.json and the training texts."""

import platform

import numpy as np
import torch

from ..data.rows import Dataset, Rows, encode_rows
from ..data.texts import match_key
from ..storage.parts import Parts
from .scores import report


def evaluate(model: Parts, dataset: Dataset, rows: Rows, publish_texts: bool | None = None) -> dict:
    """Return the scores on `rows`; unless `publish_texts` is None, the misclassified rows too.

    An error holds its text or, where texts may not be published, the data's own number of its row
    (counted from 0 if they have none). Rows that are whole texts are also scored by themselves.
    """
    encoded = encode_rows(rows, model.encoder, model.labels, model.device)
    probabilities = model.probabilities(encoded.ids, encoded.lengths).numpy()
    targets, accepted = encoded.targets.cpu().numpy(), dataset.accepted(rows)
    scores = report(probabilities, targets, model.labels, accepted, rows.wholes)
    if publish_texts is None:
        return scores
    predicted, ids = probabilities.argmax(axis=1), rows.ids or range(len(rows))
    scores["errors"] = [
        {
            **({"text": rows.texts[i]} if publish_texts else {"row": int(ids[i])}),
            "label": rows.labels[i],
            "predicted": model.labels[predicted[i]],
            "probability": round(float(probabilities[i].max()), 4),
        }
        for i in np.flatnonzero(predicted != targets)
    ]
    return scores


def all_metrics(
    model: Parts,
    dataset: Dataset,
    histories: dict[str, list[dict]],
    publish_texts: bool,
    held_out: Parts | None = None,
    own_rows: Rows | None = None,
) -> dict:
    """Return the content of metrics.json. Nothing else looks at the test rows.

    `histories` holds an entry per epoch for each stage. `held_out` is the model trained without the
    validation rows, if `model` has seen them. `own_rows` are texts that may be shown where those of
    the data may not: their errors are stored under "own".
    """
    return {
        "labels": model.labels,
        "dataset": dataset.files,
        "test": evaluate(model, dataset, dataset.test, publish_texts),
        "validation": evaluate(held_out or model, dataset, dataset.validation),
        **({"own": _on_own_rows(model, dataset, own_rows)} if own_rows else {}),
        **histories,
        "device": model.device.type,
        "threads": torch.get_num_threads(),
        "seconds": sum(entry["seconds"] for stage in histories.values() for entry in stage),
        "versions": {"python": platform.python_version(), "torch": str(torch.__version__)},
    }


def _on_own_rows(model: Parts, dataset: Dataset, rows: Rows) -> dict:
    scores = evaluate(model, dataset, rows, publish_texts=True)
    return {name: scores[name] for name in ("rows", "accuracy", "confusion", "errors")}


def training_texts(dataset: Dataset) -> dict[str, list[int]]:
    """Return match key -> label indices of the training rows, validation rows included."""
    label_ids: dict[str, list[int]] = {}
    for rows in (dataset.train, dataset.validation):
        for text, accepted in zip(rows.texts, dataset.accepted(rows), strict=True):
            label_ids[match_key(text)] = sorted(accepted)
    return dict(sorted(label_ids.items()))
