"""The form of metrics.json that the page relies on; of the rest card.py reports what is wrong."""

from collections.abc import Sequence
from typing import Annotated, Literal

import numpy as np
from pydantic import BaseModel, Field, ValidationError

from ..errors import reason

Count = Annotated[int, Field(ge=0, le=10**12)]
Rows = Annotated[int, Field(ge=1, le=10**12)]  # that shares are of
Number = Annotated[float, Field(allow_inf_nan=False)]
Share = Annotated[float, Field(ge=0, le=1)]

MOST_LABELS = 50  # in a confusion matrix that people can read


class _Label(BaseModel, strict=True):  # one row of the table by label
    label: str
    precision: Share
    recall: Share
    f1: Share
    support: Count
    calibration_error: Number = 0
    predicted: Count = 0
    gap: Number | None = None  # mean top probability of the predicted rows less their precision
    gap_error: Number | None = None  # its standard error


class _Error(BaseModel, strict=True):  # a misclassified row
    text: str = ""  # "" where texts may not be published
    row: Count = 0
    label: str
    predicted: str
    probability: Share
    column: Count | None = None  # of the matrix of verdicts


class _OwnError(_Error, strict=True):
    text: str


class _Own(BaseModel, strict=True):  # what is shown where the texts of the test split may not be
    errors: list[_OwnError] = []


class _Guess(BaseModel, strict=True):  # a text for the page's game
    text: str
    label: str
    answer: str | None  # the model's; None: none of the labels


class _Part(BaseModel, strict=True):  # scores of some rows
    rows: Rows
    accuracy: Share
    macro_f1: Share


class _Verdicts(BaseModel, strict=True):  # shares of what is said of the texts
    plain_right: Share
    plain_wrong: Share
    unsure: Share
    none: Share
    matrix: list[list[Count]]  # by true label: of labels, unsure and none


class _Scores(_Part, strict=True):  # on the test split
    top3_accuracy: Share
    ece: Share
    wholes: _Part | None = None
    confusion: list[list[Count]]  # a row per true label
    verdicts: _Verdicts | None = None
    per_label: Annotated[list[_Label], Field(min_length=1)]
    reliability: list[tuple[Share, Share, Count]] = []
    errors: list[_Error] = []


class _Baseline(BaseModel, strict=True):  # another classifier of the same rows
    name: str
    accuracy: Share
    macro_f1: Share
    seconds: Number


class _Epoch(BaseModel, strict=True):  # one point of the curves
    epoch: Count
    train_loss: Number
    validation_loss: Number
    validation_accuracy: Share


class _File(BaseModel, strict=True):  # of what the model was trained on
    rows: Count
    sha256: str


class _Metrics(BaseModel, strict=True):
    labels: list[str]
    test: _Scores
    history: Annotated[list[_Epoch], Field(min_length=1)]
    pretraining_history: list[_Epoch] = []
    dataset: dict[str, _File] = {}
    to_guess: Annotated[list[_Guess], Field(max_length=1000)] = []
    rival: _Baseline | None = None
    most_frequent: _Baseline | None = None
    # The test accuracy of the two classifiers whose mean the answer is; the network's share in it
    halves: dict[Literal["share", "network", "linear"], Share] | None = None
    own: _Own | None = None
    native: dict[str, dict[str, Number]] = {}  # shares of lists that are never trained on
    seconds: Number = 0


def often_mistaken(confusion: Sequence[Sequence[int]]) -> list[int]:
    """Return the indices of up to MOST_LABELS labels, those with most mistakes, in their order.

    >>> often_mistaken([[9, 1], [0, 9]])
    [0, 1]
    """
    counts = np.array(confusion)
    wrong = counts.sum(axis=0) + counts.sum(axis=1) - 2 * counts.diagonal()
    return sorted(np.argsort(-wrong, kind="stable")[:MOST_LABELS].tolist())


def problem_of(content: bytes, labels: list[str], is_complete: bool = True) -> str | None:
    """Return what is wrong with this metrics.json for a model of these labels, or None.

    Unless it has to be complete, entries may be missing; page and card will say so.
    """
    try:
        metrics = _Metrics.model_validate_json(content)
    except ValidationError as error:
        found = [each["type"] == "missing" and len(each["loc"]) == 1 for each in error.errors()]
        return None if all(found) and not is_complete else reason(error)
    if metrics.labels != labels:
        return "its labels are not the model's"
    n, verdicts = len(labels), metrics.test.verdicts
    if [n] * n != [len(row) for row in metrics.test.confusion]:
        return "its confusion matrix has not a row and a column for each label"
    if verdicts and [n + 2] * n != [len(row) for row in verdicts.matrix]:
        return "its matrix of verdicts has not a row for each label and two columns more"
    return None
