"""The form of a model folder's JSON files. Further entries are allowed and ignored."""

from collections.abc import Sequence
from typing import Annotated, Any, Literal, Self

import numpy as np
from pydantic import (
    AfterValidator,
    BaseModel,
    Discriminator,
    Field,
    NonNegativeInt,
    Tag,
    TypeAdapter,
    ValidationError,
    model_validator,
)

from ..core import NetworkConfig
from ..data.texts import label_problem
from ..errors import reason
from .model import Calibration

Count = Annotated[int, Field(ge=0, le=10**12)]
Rows = Annotated[int, Field(ge=1, le=10**12)]  # that shares are of
Number = Annotated[float, Field(allow_inf_nan=False)]
Share = Annotated[float, Field(ge=0, le=1)]


def _check_label(label: str) -> str:
    if problem := label_problem(label):
        raise ValueError(f"the label {problem}")
    return label


Label = Annotated[str, AfterValidator(_check_label)]


FORMAT_VERSION = 4
MOST_LABELS = 50  # in a confusion matrix that people can read


class Manifest(BaseModel, strict=True):
    """The part of config.json that makes a set of the folder's files."""

    format_version: Literal[4]
    files: dict[str, str]  # name -> SHA-256, of all but config.json and the card


class Options(BaseModel, strict=True):
    """What page and card show of the options that made the model."""

    task: str | dict[str, Any] = ""
    command: str = ""
    data: str | None = None
    seed: int = 0
    prior_power: Number | None = None


class Config(BaseModel, strict=True):
    """The part of config.json that describes the model."""

    network: NetworkConfig
    encoder: dict[str, Any]
    labels: list[Label]
    other_labels: list[Label]
    calibration: Calibration
    training: dict[str, Any]
    options: Options = Field(validation_alias="training")  # the same, checked
    columns: dict[Literal["id", "text", "label"], str] = {}
    readings: dict[str, str] = {}

    @model_validator(mode="after")
    def _check_numbers(self) -> Self:
        outputs = self.labels + self.other_labels
        if len(set(outputs)) != len(outputs):
            raise ValueError("its labels repeat")
        if not len(outputs) == self.network.n_labels == len(self.calibration.bias):
            raise ValueError("its labels, biases and network differ in number")
        if len(self.other_labels) != self.network.n_others:
            raise ValueError("its other labels do not fit the network")
        if self.columns and not {"text", "label"} <= set(self.columns):
            raise ValueError("its columns are not text and label")
        return self


# Match key -> {label index: share}; in older folders a list of labels, which share equally.
LabelList = Annotated[list[NonNegativeInt], Field(min_length=1)]
TRAINING_TEXTS_FORM = TypeAdapter(dict[str, dict[NonNegativeInt, Share] | LabelList])


class LabelScores(BaseModel, strict=True):
    """One row of the table by language."""

    label: str
    precision: Share
    recall: Share
    f1: Share
    support: Count
    calibration_error: Number = 0
    predicted: Count = 0
    gap: Number | None = None  # mean top probability of the predicted rows less their precision
    gap_error: Number | None = None  # its standard error


class Error(BaseModel, strict=True):
    """A misclassified row: its text, or its number where texts may not be published."""

    text: str = ""
    row: Count = 0
    label: str
    predicted: str
    probability: Share
    column: Count | None = None  # of the matrix of verdicts


class Guess(BaseModel, strict=True):
    """A text for the page's game, with its label and the model's answer, None for none of them."""

    text: str
    label: str
    answer: str | None


class Part(BaseModel, strict=True):
    """Scores of some rows, or of all in another form."""

    rows: Rows
    accuracy: Share
    macro_f1: Share
    top3_accuracy: Share = 0


class VerdictScores(BaseModel, strict=True):
    """Shares of what is said of the texts, and counts by true label: labels, unsure and none."""

    plain_right: Share
    plain_wrong: Share
    unsure: Share
    none: Share
    matrix: list[list[Count]]


class Scores(Part):
    """The scores on the test split; `confusion` has a row per true label."""

    top3_accuracy: Share
    accuracy_any: Share = 0
    ece: Share
    classwise_ece: Share | None = None
    wholes: Part | None = None
    folded: Part | None = None
    confusion: list[list[Count]]
    verdicts: VerdictScores | None = None
    per_label: Annotated[list[LabelScores], Field(min_length=1)]
    reliability: list[tuple[Share, Share, Count]] = []
    errors: list[Error] = []


class Baseline(BaseModel, strict=True):
    """Another classifier of the same rows."""

    name: str
    accuracy: Share
    macro_f1: Share
    seconds: Number


class Halves(BaseModel, strict=True):
    """The two classifiers whose mean the answer is, and how often each is right by itself."""

    share: Share  # of the network in the mean
    network: Share  # test accuracy
    linear: Share


class Epoch(BaseModel, strict=True):
    """One point of the curves."""

    epoch: Count
    train_loss: Number
    validation_loss: Number
    validation_accuracy: Share


class File(BaseModel, strict=True):
    """One file of what the model was trained on."""

    rows: Count
    sha256: str


class OwnError(Error):
    """A misclassified text that is shown where those of the test split may not be."""

    text: str


class Own(BaseModel, strict=True):
    """Scores on such texts."""

    errors: list[OwnError] = []


def _kind(value: Any) -> str:
    is_list = isinstance(value, dict) and {"right", "none_or_unsure"} & value.keys()
    return "list" if is_list else "other"


OnList = dict[str, Number]  # shares of a list of texts that are never trained on
Entry = Annotated[OnList, Tag("list")] | Annotated[Any, Tag("other")]


class Metrics(BaseModel, strict=True, extra="allow"):
    """metrics.json. Further entries may be the scores on lists."""

    __pydantic_extra__: dict[str, Annotated[Entry, Discriminator(_kind)]]
    labels: list[str]
    test: Scores
    history: Annotated[list[Epoch], Field(min_length=1)]
    pretraining_history: list[Epoch] = []
    refit_history: list[Epoch] = []
    dataset: dict[str, File] = {}
    to_guess: Annotated[list[Guess], Field(max_length=1000)] = []
    rival: Baseline | None = None
    most_frequent: Baseline | None = None
    halves: Halves | None = None
    own: Own | None = None
    native: dict[str, OnList] = {}
    none_prior: Share = 0
    seconds: Number = 0
    device: str = ""
    threads: Count = 0
    versions: dict[str, str] = {}


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
        metrics = Metrics.model_validate_json(content)
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
