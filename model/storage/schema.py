"""Schema of what the page uses of metrics.json; card.py reports faults in the rest."""

import math
from collections.abc import Sequence
from typing import Annotated, Literal, Self

import numpy as np
from pydantic import BaseModel, Field, ValidationInfo, model_validator

from ..tasks.recipe import Share

Count = Annotated[int, Field(ge=0, le=10**12)]
RowCount = Annotated[int, Field(ge=1, le=10**12)]  # that shares are of
Number = Annotated[float, Field(allow_inf_nan=False)]

MOST_LABELS = 50  # in a confusion matrix that people can read


class _Label(BaseModel, strict=True):
    """One row of the table by label."""

    label: str
    precision: Share
    recall: Share
    f1: Share
    support: Count


class _Error(BaseModel, strict=True):
    """A misclassified row."""

    text: str = ""  # "" where texts may not be published
    label: str
    predicted: str
    probability: Share


class _Errors(BaseModel, strict=True):
    errors: list[_Error] = []


class _Guess(BaseModel, strict=True):
    """A text for the page's game."""

    text: str
    label: str
    answer: str | None  # the model's; None: none of the labels


class _Split(BaseModel, strict=True):
    """Scores of some rows."""

    rows: RowCount
    accuracy: Share
    macro_f1: Share


class _Marked(BaseModel, strict=True):
    """Texts that have marks: the shares that are right as written, and without marks."""

    rows: RowCount
    as_written: Share
    without_marks: Share


class _Verdicts(BaseModel, strict=True):
    """Shares of the texts by what the page prints of them."""

    plain_right: Share
    plain_wrong: Share
    unsure: Share
    none: Share
    matrix: list[list[Count]]  # by true label: of labels, unsure and none


class _Sets(BaseModel, strict=True):
    """Sets of labels one of which is right."""

    coverage: Share  # that is promised of each label
    size: Number  # labels on average
    none: Share  # of the sets that have none, too
    covered: list[Share | None]  # of each label's rows
    # Whether each has the threshold of all labels, because its own rows are too few
    pooled: list[bool]


class _Scores(_Split, _Errors, strict=True):
    """Scores on the test split."""

    top3_accuracy: Share
    ece: Share
    wholes: _Split | None = None
    marked: _Marked | None = None
    confusion: list[list[Count]]  # a row per true label
    verdicts: _Verdicts
    per_label: Annotated[list[_Label], Field(min_length=1)]
    reliability: list[tuple[Share, Share, Count]]
    sets: _Sets | None = None
    cautions: list[str] = []


class _WithNone(BaseModel, strict=True):
    """Calibration of the printed probabilities, which leave room for none."""

    rows: RowCount
    outside: RowCount  # texts of none of the labels
    none_share: Share  # of those, as they are weighed
    ece: Share


class _Persons(BaseModel, strict=True):
    """Counted persons, each left out of the counts that answer (benchmarks/accuracy/persons.py)."""

    rows: RowCount
    right: Share
    network_alone: Share
    sure_and_wrong: Share
    ece: Share


class _Baseline(BaseModel, strict=True):
    """Another classifier of the same rows."""

    name: str
    accuracy: Share
    macro_f1: Share
    seconds: Number  # of a CPU


class _Halves(BaseModel, strict=True):
    """The two classifiers whose mean the answer is."""

    # Of the network's logits in the mean, which says little of what it adds
    share: Share
    network: Share  # accuracy on the test split
    linear: Share
    # Accuracies on the rows by which the share was chosen
    held_out: dict[Literal["both", "network", "linear"], Share] | None = None


class _Epoch(BaseModel, strict=True):
    """One point of the curves."""

    epoch: Count
    train_loss: Number
    validation_loss: Number
    validation_accuracy: Share


class Metrics(BaseModel, strict=True):
    """What the page shows of metrics.json, checked against the model's labels, its context."""

    labels: list[str]
    test: _Scores
    # Missing from a model that was scored after its training
    history: Annotated[list[_Epoch], Field(min_length=1)] = []
    pretraining_history: list[_Epoch] = []
    dataset: dict[str, dict[str, str | int]] = {}  # the files, each with its SHA-256
    to_guess: Annotated[list[_Guess], Field(max_length=1000)] = []
    with_none: _WithNone | None = None
    persons: dict[str, _Persons] = {}  # by language, and by how many bearers are left
    rival: _Baseline | None = None
    most_frequent: _Baseline | None = None
    halves: _Halves | None = None
    own: _Errors | None = None  # is shown where the texts of the test split may not be
    seconds: Number = 0
    cpu_seconds: Number = 0

    @model_validator(mode="after")
    def _fits(self, info: ValidationInfo) -> Self:
        n = len(self.labels)
        if self.labels != info.context:
            raise ValueError("its labels are not the model's")
        if [n] * n != [len(row) for row in self.test.confusion]:
            raise ValueError(
                "its confusion matrix has not a row and a column for each label"
            )
        if [n + 2] * n != [len(row) for row in self.test.verdicts.matrix]:
            raise ValueError(
                "its matrix of verdicts needs a row per label and two more columns"
            )
        return self


def often_mistaken(confusion: Sequence[Sequence[int]]) -> list[int]:
    """Return the indices of up to MOST_LABELS labels, those with most mistakes, in their order.

    >>> often_mistaken([[9, 1], [0, 9]])
    [0, 1]
    """
    counts = np.array(confusion)
    wrong = counts.sum(axis=0) + counts.sum(axis=1) - 2 * counts.diagonal()
    return sorted(np.argsort(-wrong, kind="stable")[:MOST_LABELS].tolist())


def standard_error(share: float, n: int) -> float:
    """Return the standard error of a `share` that was counted on `n` independent rows.

    >>> standard_error(0.5, 100)
    0.05
    """
    return math.sqrt(share * (1 - share) / n)
