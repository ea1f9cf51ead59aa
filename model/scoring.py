"""Scores of a model on texts with their labels: TextClassifier.evaluate."""

from collections.abc import Iterable, Sequence

import numpy as np

from .answering import predict_all
from .answers.decisions import joint_of
from .data.rows import Dataset, Rows
from .data.sequences import as_list, own_labels
from .errors import InputError
from .trained import Model
from .training.metrics import all_metrics
from .training.scores import macro_f1, report, top_accuracy


def score_texts(
    model: Model, texts: Iterable[str], labels: Iterable, k: int, keep: bool
) -> dict:
    """Return the scores on texts with their labels, as TextClassifier.evaluate has them."""
    texts = as_list(texts, "texts")
    names = own_labels(as_list(labels, "labels"), model.labels, len(texts))
    probabilities, none = predict_all(model, texts, any_text=True)
    targets = np.array([model.labels.index(name) for name in names])
    rows = Rows(texts, names)
    data = Dataset(Rows(), Rows(), rows, model.labels, key=model.task.kind.key)
    scores = report(probabilities, targets, model.labels, data.accepted(rows))
    verdicts = model.decide(joint_of(probabilities, none))
    scores["top_accuracy"] = top_accuracy(probabilities, targets, k)
    scores["none"] = float(np.mean([verdict.kind == "none" for verdict in verdicts]))
    scores["unsure"] = float(np.mean([verdict.is_open for verdict in verdicts]))
    scores |= score_unseen(model, texts, probabilities.argmax(axis=1), targets)
    if keep:
        if "history" in model.metrics or scores["trained_on"]:
            raise InputError(
                "These scores are not kept: the model has scores of its training, or was "
                "trained on some of these rows."
            )
        model.metrics = all_metrics(model, data, model.task, {})
    return scores


def score_unseen(
    model: Model, texts: Sequence[str], predicted: np.ndarray, targets: np.ndarray
) -> dict:
    """Return `trained_on` and `unseen` of `evaluate`; labels are by index."""
    if not model.training_texts:
        return {"trained_on": None, "unseen": None}
    keys = map(model.task.kind.key, texts)
    is_unseen = np.array([key not in model.training_texts for key in keys])
    predicted, targets = predicted[is_unseen], targets[is_unseen]
    unseen = None
    if len(targets):
        unseen = {
            "rows": len(targets),
            "accuracy": float((predicted == targets).mean()),
            "macro_f1": macro_f1(targets, predicted),
        }
    return {"trained_on": len(texts) - len(targets), "unseen": unseen}
