"""A model as the content of its folder's files, and back.

config.json holds everything but the weights: enough to rebuild the model with no other file.
"""

import gzip
import io
import json
from collections.abc import Iterable, Mapping
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any, Literal, Self

import numpy as np
import safetensors.torch
import torch
from pydantic import BaseModel, TypeAdapter, model_validator
from torch import Tensor
from torch.overrides import TorchFunctionMode

from ..answers.held_out import HeldOutRows
from ..answers.known import LookUp, Shares
from ..core import CharacterEncoder
from ..data.texts import label_problem
from ..encoder import Encoder
from ..errors import InputError, reason
from ..network import TextNetwork, TextNetworkConfig
from ..text.letters import LetterEncoder, PlainLetterEncoder
from ..text.words import WordEncoder
from ..trained import Calibration, Model
from .folder import (
    CARD,
    CONFIG,
    HELD_OUT,
    LOOK_UP,
    MAX_BYTES,
    METRICS,
    TRAINING_TEXTS,
    WEIGHTS,
    sha256,
    to_json,
    whole_set,
)
from .schema import Metrics

ENCODERS: dict[str, type[Encoder]] = {
    "characters": CharacterEncoder,
    "letters": LetterEncoder,
    "words": WordEncoder,
    "plain letters": PlainLetterEncoder,  # of the page's own network
}
NAMES = {encoder: name for name, encoder in ENCODERS.items()}
# More is a mistake or a damaged config.json, and would fill the memory.
MAX_WEIGHTS = 10**8
MAX_TEXTS = MAX_BYTES[TRAINING_TEXTS]  # bytes of the texts when unpacked, too
TRAINING_TEXTS_FORM = TypeAdapter(dict[str, Shares])  # by match key
LOOK_UP_FORM = TypeAdapter(LookUp)


class _Options(BaseModel, strict=True):
    """The options of training that page and card depend on."""

    task: str | dict[str, Any] = ""
    data: str | None = None
    command: str = ""
    seed: int = 0


class _Config(BaseModel, strict=True):
    """The content of config.json apart from its version and checksums."""

    network: TextNetworkConfig
    encoder: dict[str, Any]
    labels: list[str]
    other_labels: list[str]
    calibration: Calibration
    training: dict[str, Any]
    columns: dict[Literal["id", "text", "label"], str] = {}
    readings: dict[str, str] = {}

    @model_validator(mode="after")
    def _fits(self) -> Self:
        _Options.model_validate(self.training)
        outputs = self.labels + self.other_labels
        n_outputs = len(outputs)
        n_biases = len(self.calibration.bias)
        for label in outputs:
            if problem := label_problem(label):
                raise ValueError(f"a label {problem}")
        if len(set(outputs)) != n_outputs:
            raise ValueError("its labels repeat")
        if not n_outputs == n_biases == self.network.n_labels:
            raise ValueError("its labels, biases and network differ in number")
        if len(self.other_labels) != self.network.n_others:
            raise ValueError("its other labels do not fit the network")
        if self.columns and not {"text", "label"} <= self.columns.keys():
            raise ValueError("its columns are not text and label")
        return self


def files_of(model: Model) -> dict[str, bytes]:
    """Return the files of the model by name, apart from the card's."""
    config = {
        "network": asdict(model.network.config),
        "encoder": {"kind": NAMES[type(model.encoder)], **asdict(model.encoder)},
        "labels": model.labels,
        "other_labels": model.other_labels,
        "calibration": asdict(model.calibration),
        "training": model.training,
        "columns": model.columns,
        "readings": model.readings,
    }
    files = {WEIGHTS: weights_of(model)}
    if model.metrics:
        files[METRICS] = to_json(model.metrics)
    if model.training_texts:
        texts = json.dumps(model.training_texts, separators=(",", ":")).encode()
        if len(texts) <= MAX_TEXTS:  # more could not be loaded
            files[TRAINING_TEXTS] = gzip.compress(texts, mtime=0)
    if model.look_up:
        files[LOOK_UP] = gzip.compress(LOOK_UP_FORM.dump_json(model.look_up), mtime=0)
    if model.held_out:
        rows = {
            "joint": torch.tensor(model.held_out.joint).half(),
            "targets": torch.tensor(model.held_out.targets),
        }
        files[HELD_OUT] = safetensors.torch.save(rows)
    return whole_set(config, files)


def weights_of(model: Model) -> bytes:
    """Return the content of model.safetensors."""
    weights = {
        name: _smallest(weight.cpu())
        for name, weight in model.network.state_dict().items()
    }
    return safetensors.torch.save(weights)


def weights_digest(model: Model) -> str:
    """Return the SHA-256 of the weights, as config.json has it of model.safetensors."""
    return sha256(weights_of(model))


def to_publish(model: Model) -> tuple[Model, str]:
    """Return what is published of `model`, and what is left out of it as a line, "" for nothing.

    A model folder holds training texts for its page, which may be names of people who never agreed.
    A custom model holds none unless its task.toml sets `publish_texts = true`. A built-in task's
    texts are published only if every file trained on ships with this program, by its SHA-256.
    """
    task = model.task
    files = model.metrics.get("dataset", {}).values()
    sums = {file.get("sha256") for file in files}
    is_shipped = sums and sums <= set(task.shipped_files.values())
    if task.is_custom or is_shipped or not task.publish_texts:
        return model, ""
    metrics = dict(model.metrics)
    if metrics:
        test = metrics["test"] | {"errors": []}
        metrics |= {"test": test, "to_guess": []}
    published = replace(
        model,
        training_texts={},
        look_up=LookUp(),
        metrics=metrics,
        readings={},
    )
    left_out = (
        f"left out: {task.kind.texts} of the training and of test errors, because only texts that "
        "come with this program are published (docs/publish.md)"
    )
    return published, left_out


def model_from(files: Mapping[str, bytes], folder: Path) -> Model:
    """Return the model that the files hold; raise InputError that names `folder` if they do not."""
    path = folder  # or the file of it that is being read
    try:
        config = _Config.model_validate_json(files[CONFIG])
        network = network_of_shapes(config.network)
        options = config.encoder
        encoder = ENCODERS[options.pop("kind")](**options)
        if encoder.vocabulary_size != config.network.vocabulary_size:
            raise ValueError("its vocabulary does not fit the network")
        _fill(network, safetensors.torch.load(files[WEIGHTS]))
        own = {"network": network.eval(), "encoder": encoder}
        model = Model(**dict(config) | own)
        if METRICS in files:
            path = folder / METRICS
            Metrics.model_validate_json(files[METRICS], context=model.labels)
            model.metrics = json.loads(files[METRICS])
        if TRAINING_TEXTS in files:
            path = folder / TRAINING_TEXTS
            content = files[TRAINING_TEXTS]
            model.training_texts = _training_texts(content, len(model.labels))
        if LOOK_UP in files:
            path = folder / LOOK_UP
            model.look_up = _look_up(files[LOOK_UP], len(model.labels))
        if HELD_OUT in files:
            path = folder / HELD_OUT
            model.held_out = _held_out(files[HELD_OUT], len(model.labels))
    # Each library has errors of its own for content that it cannot read.
    except Exception as error:
        raise InputError(
            f"{path} is damaged ({reason(error)}), or of another version: retrain the model."
        ) from None
    model.folder = folder
    model.card = files.get(CARD, b"")
    return model


class _SkipInitialisation(TorchFunctionMode):
    # Drawing random numbers on the meta device would import sympy and the compiler: two seconds.
    def __torch_function__(
        self, func: Any, types: Any, args: Any = (), kwargs: Any = None
    ) -> Any:
        if getattr(func, "__module__", None) == "torch.nn.init":
            return kwargs["tensor"]
        return func(*args, **kwargs or {})


def network_of_shapes(config: TextNetworkConfig) -> TextNetwork:
    """Return a network without memory for its weights; raise ValueError for over MAX_WEIGHTS."""
    try:
        with torch.device("meta"), _SkipInitialisation():
            network = TextNetwork(config)
        n_weights = sum(weight.numel() for weight in network.parameters())
    except (RuntimeError, TypeError, OverflowError):  # too large even for a shape
        n_weights = MAX_WEIGHTS + 1
    if n_weights > MAX_WEIGHTS:
        raise ValueError(f"its sizes ask for more than {MAX_WEIGHTS:,} weights")
    return network


def _fill(network: TextNetwork, weights: Mapping[str, Tensor]) -> None:
    """Give a network of shapes alone its weights, in fp32; raise ValueError if they do not fit."""
    fp32 = {}
    for name, weight in weights.items():
        fp32[name] = weight.float()
        if not (weight.is_floating_point() and fp32[name].isfinite().all()):
            raise ValueError("its weights are not finite floating-point numbers")
    try:
        network.load_state_dict(fp32, assign=True)
    except RuntimeError as error:  # the first line names the class only
        raise ValueError(str(error).splitlines()[-1].strip()) from None


def _training_texts(content: bytes, n_labels: int) -> dict[str, dict[int, float]]:
    """Return match key -> {label index: share}; raise ValueError for an unknown label."""
    texts = TRAINING_TEXTS_FORM.validate_json(_unpacked(content), strict=True)
    _check_labels(texts.values(), n_labels)
    return texts


def _held_out(content: bytes, n_labels: int) -> HeldOutRows:
    """Return what held_out.safetensors holds; raise ValueError where it does not fit."""
    rows = safetensors.torch.load(content)
    joint, targets = rows["joint"].double().numpy(), rows["targets"].tolist()
    sums = joint.sum(axis=1)
    is_share = (joint >= 0).all() and np.allclose(sums, 1, atol=0.01)
    if joint.shape != (len(targets), n_labels + 1) or not is_share:
        raise ValueError("its probabilities do not fit the labels")
    known = range(n_labels + 1)
    if not all(isinstance(i, int) and i in known for i in targets):
        raise ValueError("it has unknown labels")
    if min(targets, default=n_labels) == n_labels:
        raise ValueError("it has no row with a label")
    return HeldOutRows(joint, np.array(targets))


def _look_up(content: bytes, n_labels: int) -> LookUp:
    """Return what look_up.json.gz holds; raise ValueError for an unknown label."""
    look_up = LOOK_UP_FORM.validate_json(_unpacked(content))
    _check_labels(look_up.unseen.values(), n_labels)
    for _, groups in look_up.given.values():
        _check_labels([[i for i in groups if isinstance(i, int)]], n_labels)
    _check_labels(look_up.bearers.values(), n_labels + 1)
    return look_up


def _unpacked(content: bytes) -> bytes:
    """Return a gzipped JSON file's text; of a larger one the first part, which is not JSON."""
    with gzip.open(io.BytesIO(content)) as file:
        return file.read(MAX_TEXTS)


def _check_labels(texts: Iterable[Iterable[int]], n_labels: int) -> None:
    if any(max(labels, default=0) >= n_labels for labels in texts):
        raise ValueError("it has unknown labels")


def _smallest(weights: Tensor) -> Tensor:
    """Return `weights` in half precision if that loses nothing, as for rounded embeddings."""
    half = weights.half()
    is_exact = torch.equal(half.to(weights.dtype), weights)
    return half if is_exact else weights
