"""What a trained model consists of, whether or not it has been stored."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, NamedTuple

import numpy as np
import pydantic
import torch
from pydantic import Field
from torch import Tensor

from .. import core
from ..data.rows import Rows
from ..encoder import Encoder
from ..network import TextNetwork, none_share
from ..tasks import task_of
from ..tasks.task import Task

# To call probabilities calibrated: the accuracy of so many has two standard errors of 5 points.
FEWEST_ROWS = 250
TOGETHER = (
    0.8  # that two labels must have to be named together: as reliable as one is alone
)


class Verdicts(NamedTuple):
    """How n texts are answered: none, unsure, a side of the scale, or else their best label."""

    none: np.ndarray  # (n,) whether the answer is that the text has none of the labels
    unsure: np.ndarray  # (n,) whether there is no answer to rely on
    close: (
        np.ndarray
    )  # (n,) whether the two most likely labels are named together; also unsure
    side: (
        np.ndarray
    )  # (n,) on a scale: 0 or 1 if its lower or upper side is the answer, else -1
    of_side: np.ndarray  # (n,) the probability of the more likely side


@pydantic.dataclasses.dataclass
class Calibration:
    """What turns a network's outputs into calibrated probabilities."""

    bias: list[Annotated[float, Field(ge=-1e3, le=1e3)]]  # added to each output
    temperature: Annotated[float, Field(ge=1e-3, le=1e3)] = (
        1.0  # divides the labels' logits
    )
    unsure_below: Annotated[float, Field(ge=0, le=1)] = 0.5  # less is not an answer
    rows: Annotated[int, Field(ge=0)] | None = (
        None  # that it was fitted on; None: not recorded
    )
    # Two labels whose probabilities differ by less are named together; None: no two are.
    either_below: Annotated[float, Field(ge=0, le=1)] | None = None

    @property
    def note(self) -> str:
        """What to know before relying on the probabilities, "" if nothing."""
        if self.rows is None or self.rows >= FEWEST_ROWS:
            return ""
        return f"not calibrated: {self.rows} validation rows"

    def decide(
        self, probabilities: np.ndarray, none: np.ndarray, on_a_scale: bool = False
    ) -> Verdicts:
        """Return the verdicts on n texts, which every answer, score and page takes from here.

        `probabilities` (n, labels) are those given that a text has a label, `none` (n,) that of
        none. A label or none must reach the threshold. On a scale, the probabilities of a side are
        added up where no label reaches it; elsewhere two labels may be named together.
        """
        joint, threshold = probabilities * (1 - none[:, None]), self.unsure_below
        best, second = np.sort(joint, axis=1)[:, :-3:-1].T
        is_none = (none > best) & (none >= threshold)
        half = joint.shape[1] // 2  # of the labels; one in the middle has no side
        sides = np.stack([joint[:, :half].sum(axis=1), joint[:, -half:].sum(axis=1)])
        of_side, is_low = sides.max(axis=0), ~is_none & (best < threshold)
        has_side = on_a_scale & is_low & (of_side >= threshold)
        margin = 0.0 if on_a_scale else self.either_below or 0.0
        close = (best - second < margin) & (second >= none)
        close &= best + second >= max(TOGETHER, threshold)
        side = np.where(has_side, sides.argmax(axis=0), -1)
        return Verdicts(is_none, (is_low & ~has_side) | close, close, side, of_side)


@dataclass(eq=False, repr=False)
class Model:
    """A network with its encoder, its labels and its calibration.

    The network may have outputs for texts of none of the labels, `other_labels`, behind those of
    the labels.
    """

    network: TextNetwork
    encoder: Encoder
    labels: list[str]
    other_labels: list[str] = field(default_factory=list)
    calibration: Calibration = field(default_factory=lambda: Calibration([]))
    training: dict = field(
        default_factory=dict
    )  # the options that made it, for the record
    columns: dict[str, str] = field(default_factory=dict)  # as Dataset has them
    readings: dict[str, str] = field(
        default_factory=dict
    )  # of Han texts, in Latin letters
    metrics: dict = field(default_factory=dict)  # content of metrics.json
    # match key -> {label index: share}
    training_texts: dict[str, dict[int, float]] = field(default_factory=dict)
    folder: Path | None = None  # where it was saved or loaded last
    card: bytes = b""  # README.md there, whose words by hand stay

    def __post_init__(self) -> None:
        """Start with a bias of 0 for each output, and tell the network what n-grams read."""
        self.calibration.bias = (
            self.calibration.bias or [0.0] * self.network.config.n_labels
        )
        if self.network.config.script_ngrams and not self.encoder.has_scripts:
            raise ValueError("its encoder has no scripts to take n-grams of")
        # A network made of shapes alone has none of these yet.
        ngram_ids, unknown_ids = self.encoder.ngram_ids, self.encoder.unknown_ids
        self.network.ngram_ids = torch.tensor(ngram_ids, device=self.device)
        self.network.unknown_ids = torch.tensor(unknown_ids, device=self.device)

    @property
    def task(self) -> Task:
        """The task that it was trained for."""
        return task_of(self.training)

    @property
    def device(self) -> torch.device:
        """Where the network's weights are."""
        return next(self.network.parameters()).device

    def encode_rows(self, rows: Rows) -> core.EncodedRows:
        """Return `rows`, of any of its labels, as tensors where the network's weights are."""
        ids, lengths = core.pad_ids([self.encoder.encode(text) for text in rows.texts])
        label_ids = {
            label: i for i, label in enumerate(self.labels + self.other_labels)
        }
        targets = torch.tensor([label_ids[label] for label in rows.labels])
        return core.EncodedRows(ids.to(self.device), lengths, targets.to(self.device))

    def outputs(self, ids: Tensor, lengths: Tensor) -> Tensor:
        """Return the network's outputs (n, labels and other labels) with the bias added."""
        outputs = core.predict_outputs(self.network, ids, lengths)
        return outputs + torch.tensor(self.calibration.bias, device=outputs.device)

    def probabilities(self, rows: Sequence[Sequence[int]]) -> tuple[Tensor, Tensor]:
        """Return calibrated probabilities (n, labels) and that of none (n,) for n texts' ids.

        The first are those of each label if the text has one of them. Both are on the CPU.
        """
        ids, lengths = core.pad_ids(rows)
        outputs, n_labels = self.outputs(ids.to(self.device), lengths), len(self.labels)
        logits = outputs[:, :n_labels] / self.calibration.temperature
        return logits.softmax(dim=1).cpu(), none_share(outputs, n_labels).cpu()

    def decide(self, probabilities: np.ndarray, none: np.ndarray) -> Verdicts:
        """Return the verdicts on n texts by what `probabilities` returns of them."""
        return self.calibration.decide(probabilities, none, self.task.words.on_a_scale)
