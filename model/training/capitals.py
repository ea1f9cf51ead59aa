"""Whether a custom task tells "A" from "a", where its user does not say."""

from dataclasses import replace
from functools import cache

import numpy as np
from sklearn.model_selection import GroupKFold, cross_val_predict

from ..data.rows import Dataset
from ..tasks.custom import custom_task
from ..tasks.task import Task
from .baselines import linear_classifier

FEWEST_TEXTS = 100  # to choose by
# What is compared, so that it takes seconds
MOST_ROWS = 5000
MOST_CHARACTERS = 200  # of a text


def choose_case(task: Task, dataset: Dataset) -> tuple[Task, Dataset]:
    """Return a custom task that says whether case is kept, and the dataset as it then reads texts.

    Its rows were split with case folded: texts that differ in case alone are in one split. Where
    case is kept, a line of the summary says what for.
    """
    description = task.description or {}
    if description.get("keep_case") is not None:
        return task, dataset
    gain = _gain(task, dataset)
    settled = custom_task(description, keep_case=bool(gain))
    if gain:
        key = cache(settled.kind.key)
        dataset = replace(dataset, key=key, summary=[*dataset.summary, *gain])
    return settled, dataset


def _gain(task: Task, dataset: Dataset) -> list[str]:
    """Return a line on what a linear classifier gains by case, if more than a standard error.

    It is cross-validated on the rows to train and to validate, without the test rows.
    """
    rows = dataset.train + dataset.validation
    order = np.random.default_rng(0).permutation(len(rows))
    rows = rows.take(order[:MOST_ROWS].tolist())
    keys = list(map(dataset.key, rows.texts))
    texts = [text[:MOST_CHARACTERS] for text in rows.texts]
    has_capitals = texts != list(map(str.lower, texts))
    if not has_capitals or len(set(keys)) < FEWEST_TEXTS:
        return []
    labels = np.array(rows.labels)
    splitter = GroupKFold(3, shuffle=True, random_state=0)
    folds = list(splitter.split(labels, groups=keys))
    if any(len(set(labels[rest])) == 1 for rest, _ in folds):
        return []  # a classifier needs two labels
    folded, kept = (
        cross_val_predict(
            linear_classifier(task.kind.units == "words", keep_case),
            texts,
            labels,
            cv=folds,
        )
        == labels
        for keep_case in (False, True)
    )
    if not tells(kept, folded):
        return []
    shares = f"{kept.mean():.1%} of held-out rows right with them"
    shares += f", {folded.mean():.1%} without"
    return [f"Capitals are kept: a linear classifier has {shares}."]


def tells(kept: np.ndarray, folded: np.ndarray) -> bool:
    """Return whether more rows (n,) are right with case, by more than a standard error."""
    n_more = kept.sum() - folded.sum()
    n_different = (kept != folded).sum()
    # One more, because a single row says nothing
    return bool(n_more > (n_different + 1) ** 0.5)
