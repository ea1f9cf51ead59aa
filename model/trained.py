"""What a trained model consists of, whether or not it has been stored."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path
from typing import Annotated, NamedTuple

import numpy as np
import pydantic
import torch
from pydantic import Field, NonNegativeInt
from torch import Tensor

from . import core
from .answers.belief import UNSURE_FACTOR
from .answers.decisions import (
    Evidence,
    Thresholds,
    Verdict,
    decide,
    evidence_of,
)
from .answers.held_out import HeldOutRows
from .answers.known import LookUp
from .data.hints import Hints
from .data.rows import Rows
from .encoder import Encoder
from .network import TextNetwork, none_share
from .tasks.recipe import Share
from .tasks.registry import task_of
from .tasks.task import Task
from .tasks.typed import Typed

# Validation rows that calibrate: an accuracy on so many has two standard errors of 5 points.
FEWEST_TO_CALIBRATE = 250

Bias = Annotated[float, Field(ge=-1e3, le=1e3)]
Scale = Annotated[float, Field(ge=1e-3, le=1e3)]
Power = Annotated[float, Field(ge=-1, le=1)]


@pydantic.dataclasses.dataclass
class Calibration:
    """What turns a network's outputs into calibrated probabilities."""

    bias: list[Bias]  # added to each output
    temperature: Scale = 1.0  # divides the labels' logits, of a text of one unit
    # Power of the number of units by which the temperature rises: long texts are less certain.
    length_power: Power = 0.0
    # The same of the best label's lead: what a linear classifier is surest of is less certain.
    lead_power: Power = 0.0
    unsure_below: Share = 0.5  # a less likely answer is none
    rows: NonNegativeInt | None = None  # that it was fitted on; None: not recorded
    # Two labels whose probabilities differ by less are named together; None: no two are.
    either_below: Share | None = None
    gru_weight: Share = 0.5  # of its logits; the linear half's have the rest

    @property
    def note(self) -> str:
        """What to know before relying on the probabilities, "" if nothing."""
        if self.rows is None or self.rows >= FEWEST_TO_CALIBRATE:
            return ""
        return f"not calibrated: {self.rows} rows held out, of {FEWEST_TO_CALIBRATE} needed"

    def temperatures(self, lengths: Tensor, logits: Tensor) -> Tensor:
        """Return the temperatures (n,) of texts with so many units (n,) and logits (n, labels).

        >>> logits = torch.tensor([[0.0, 0.0, 0.0], [0.0, 4.5, 0.0]])
        >>> of_long = Calibration([], 0.9, length_power=0.125)
        >>> of_long.temperatures(torch.tensor([1, 256]), logits)
        tensor([0.9000, 1.8000])
        >>> Calibration([], 0.9, lead_power=0.5).temperatures(torch.tensor([1, 1]), logits)
        tensor([0.9000, 1.8000])
        """
        of_lengths = lengths**self.length_power
        return self.temperature * of_lengths * leads(logits) ** self.lead_power

    def shares(self, logits: Tensor, lengths: Tensor) -> Tensor:
        """Return the probabilities (n, labels) that logits with their bias stand for."""
        temperatures = self.temperatures(lengths, logits)
        return (logits / temperatures[:, None]).softmax(dim=1)


def leads(logits: Tensor) -> Tensor:
    """Return 1 more than what the best label of logits (n, labels) is above their mean, (n,)."""
    return 1 + logits.amax(dim=1) - logits.mean(dim=1)


class Reading(NamedTuple):
    """A text taken apart once: all that is said of it follows from this."""

    text: str
    typed: Typed  # the name in it, and what stands beside that
    units: Sequence[str]  # the letters or words that the network reads
    ids: tuple[int, ...]  # of the units, of a long text the first ones

    @property
    def name(self) -> str:
        """The text without titles, initials and the like."""
        return self.typed.name


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
    training: dict = field(default_factory=dict)  # the options that made it
    columns: dict[str, str] = field(default_factory=dict)  # as Dataset has them
    readings: dict[str, str] = field(default_factory=dict)  # Han -> Latin letters
    metrics: dict = field(default_factory=dict)  # content of metrics.json
    # match key -> {label index: share}
    training_texts: dict[str, dict[int, float]] = field(default_factory=dict)
    look_up: LookUp = field(default_factory=LookUp)  # other texts of the data
    folder: Path | None = None  # where it was saved or loaded last
    sha256: str = ""  # of the weights, as config.json has it of model.safetensors
    # What it answered before it was trained on these rows, None in older folders
    held_out: HeldOutRows | None = None
    card: bytes = b""  # README.md there

    def __post_init__(self) -> None:
        """Start with a bias of 0 for each output, and give the network the ids of n-grams."""
        network = self.network
        encoder = self.encoder
        if not self.calibration.bias:
            self.calibration.bias = [0.0] * network.config.n_labels
        if network.config.script_ngrams and encoder.units != "letters":
            raise ValueError("its encoder has no scripts to take n-grams of")
        # The buffers of a network made of shapes alone are empty.
        network.ngram_ids = torch.tensor(encoder.ngram_ids, device=self.device)
        network.unknown_ids = torch.tensor(encoder.unknown_ids, device=self.device)

    def __getstate__(self) -> dict:
        """Return what a pickle holds: the task has functions, and `training` records it."""
        state = dict(vars(self))
        state.pop("task", None)
        return state

    @cached_property
    def task(self) -> Task:
        """The task that it was trained for, as `training` records it."""
        return task_of(self.training)

    @property
    def hints(self) -> Hints:
        """What helps to find its texts in a table."""
        columns = self.columns
        hints = self.task.hints
        if not columns:
            return hints
        unquoted = []
        if "id" in columns:
            unquoted = [columns["id"], columns["text"]]
        headings = [columns["text"], *hints.headings]
        of_labels = [columns["label"]]
        return replace(
            hints, headings=headings, unquoted=unquoted, label_headings=of_labels
        )

    @property
    def device(self) -> torch.device:
        """Where the network's weights are."""
        return next(self.network.parameters()).device

    def encode_rows(self, rows: Rows) -> core.EncodedRows:
        """Return `rows`, of any of its labels, as tensors where the network's weights are."""
        encoded = [self.encoder.encode(text) for text in rows.texts]
        ids, lengths = core.pad_ids(encoded)
        outputs = self.labels + self.other_labels
        output_of = {label: i for i, label in enumerate(outputs)}
        targets = torch.tensor([output_of[label] for label in rows.labels])
        device = self.device
        return core.EncodedRows(ids.to(device), lengths, targets.to(device))

    def outputs(self, ids: Tensor, lengths: Tensor) -> Tensor:
        """Return the network's outputs (n, labels and other labels) with the bias added."""
        outputs = core.predict_logits(
            self.network, ids, lengths, gru_weight=self.calibration.gru_weight
        )
        bias = torch.tensor(self.calibration.bias, device=outputs.device)
        return outputs + bias

    def shares_of(self, outputs: Tensor, lengths: Tensor) -> tuple[Tensor, Tensor]:
        """Return calibrated probabilities (n, labels) and that of none (n,) for n texts' outputs.

        The first are those of each label if the text has one of them. All are on the CPU.
        """
        n_labels = len(self.labels)
        shares = self.calibration.shares(outputs[:, :n_labels], lengths)
        return shares, none_share(outputs, n_labels)

    def probabilities(self, encoded: Sequence[Sequence[int]]) -> tuple[Tensor, Tensor]:
        """Return what `shares_of` does for n texts' ids."""
        ids, lengths = core.pad_ids(encoded)
        return self.shares_of(self.outputs(ids.to(self.device), lengths).cpu(), lengths)

    def evidence(self, joint: np.ndarray, alone: bool = True) -> list[Evidence]:
        """Return the evidence on n texts whose labels and none have the probabilities `joint`.

        Unless they are the network's `alone`, they are those of network and data.
        """
        calibration = self.calibration
        thresholds = Thresholds(
            unsure_below=calibration.unsure_below * (1 if alone else UNSURE_FACTOR),
            either_below=calibration.either_below or 0.0,
            on_a_scale=self.task.kind.on_a_scale,
        )
        return evidence_of(joint, self.labels, thresholds)

    def decide(self, joint: np.ndarray, alone: bool = True) -> list[Verdict]:
        """Return the verdicts on these texts by their probabilities, of names that are read."""
        return list(map(decide, self.evidence(joint, alone)))
