"""The form of a model folder's JSON files. Further entries are allowed and ignored."""

from typing import Annotated, Any, Literal, Self

from pydantic import (
    AfterValidator,
    BaseModel,
    Field,
    NonNegativeInt,
    TypeAdapter,
    ValidationError,
    model_validator,
)

from ..core import NetworkConfig
from ..data.texts import label_problem
from ..errors import reason
from .parts import Calibration
from .shapes import check_size

Count = Annotated[int, Field(ge=0, le=10**12)]
Number = Annotated[float, Field(allow_inf_nan=False)]
Share = Annotated[float, Field(ge=0, le=1)]


def _check_label(label: str) -> str:
    if problem := label_problem(label):
        raise ValueError(f"the label {problem}")
    return label


Label = Annotated[str, AfterValidator(_check_label)]


FORMAT_VERSION = 4


class Manifest(BaseModel, strict=True):
    """The part of config.json that makes a set of the folder's files."""

    format_version: Literal[4]
    files: dict[str, str]  # name -> SHA-256, of all but config.json and the card


class Config(BaseModel, strict=True):
    """The part of config.json that describes the model."""

    network: NetworkConfig
    encoder: dict[str, Any]
    labels: list[Label]
    other_labels: list[Label]
    calibration: Calibration
    training: dict[str, Any]
    columns: dict[str, str] = {}
    readings: dict[str, str] = {}

    @model_validator(mode="after")
    def _check_numbers(self) -> Self:
        check_size(self.network)
        outputs = self.labels + self.other_labels
        if len(set(outputs)) != len(outputs):
            raise ValueError("its labels repeat")
        if not len(outputs) == self.network.n_labels == len(self.calibration.bias):
            raise ValueError("its labels, biases and network differ in number")
        if len(self.other_labels) != self.network.n_others:
            raise ValueError("its other labels do not fit the network")
        return self


TRAINING_TEXTS_FORM = TypeAdapter(dict[str, list[NonNegativeInt]])  # match key -> label indices


class LabelScores(BaseModel, strict=True):
    """One row of the table by language."""

    label: str
    precision: Share
    recall: Share
    f1: Share
    support: Count
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


class Guess(BaseModel, strict=True):
    """A text for the page's game, with its label and the model's answer, None for none of them."""

    text: str
    label: str
    answer: str | None


class Scores(BaseModel, strict=True):
    """The scores on the test split; `confusion` has a row per true label."""

    rows: Count
    accuracy: Share
    macro_f1: Share
    top3_accuracy: Share
    ece: Share
    confusion: list[list[Count]]
    per_label: Annotated[list[LabelScores], Field(min_length=1)]
    reliability: list[tuple[Share, Share, Count]] = []
    errors: list[Error] = []


class Rival(BaseModel, strict=True):
    """A linear classifier of the same rows."""

    name: str
    accuracy: Share
    macro_f1: Share
    seconds: Number


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


class Metrics(BaseModel, strict=True):
    """metrics.json."""

    labels: list[str]
    test: Scores
    history: Annotated[list[Epoch], Field(min_length=1)]
    pretraining_history: list[Epoch] = []
    refit_history: list[Epoch] = []
    dataset: dict[str, File] = {}
    to_guess: Annotated[list[Guess], Field(max_length=1000)] = []
    rival: Rival | None = None
    seconds: Number = 0
    device: str = ""


def problem_of(content: bytes, labels: list[str]) -> str | None:
    """Return what metrics.json with this content lacks for a model of these labels, or None."""
    try:
        metrics = Metrics.model_validate_json(content)
    except ValidationError as error:
        return reason(error)
    if metrics.labels != labels:
        return "its labels are not the model's"
    if [len(labels)] * len(labels) != [len(row) for row in metrics.test.confusion]:
        return "its confusion matrix has not a row and a column for each label"
    return None
