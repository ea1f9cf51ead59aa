"""What page and card need of metrics.json, as types. Further entries are allowed and ignored."""

from typing import Annotated

from pydantic import BaseModel, Field, ValidationError

from ..errors import reason

Count = Annotated[int, Field(ge=0, le=10**12)]
Number = Annotated[float, Field(allow_inf_nan=False)]
Share = Annotated[float, Field(ge=0, le=1)]


class LabelScores(BaseModel, strict=True):
    """One row of the table by language."""

    label: str
    precision: Share
    recall: Share
    f1: Share
    support: Count


class Error(BaseModel, strict=True):
    """A misclassified row: its text, or its number where texts may not be published."""

    text: str = ""
    row: Count = 0
    label: str
    predicted: str
    probability: Share


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


class Epoch(BaseModel, strict=True):
    """One point of the curves."""

    epoch: Count
    train_loss: Number
    validation_loss: Number
    validation_accuracy: Share


class File(BaseModel, strict=True):
    """What the model was trained on."""

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
