"""A model as the content of its folder's files, and back.

config.json holds everything but the weights: enough to rebuild the model with no other file.
"""

import gzip
import io
import json
import zlib
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path

import safetensors.torch
import torch
from safetensors import SafetensorError

from ..core import CharacterEncoder, NetworkConfig, RNNClassifier
from ..errors import InputError, reason
from ..letters import LetterEncoder
from ..shapes import shapes_only
from ..words import WordEncoder
from .folder import CONFIG, METRICS, TRAINING_TEXTS, WEIGHTS, parse_json, to_json
from .parts import Parts
from .schema import FORMAT_VERSION, TRAINING_TEXTS_FORM, Config

ENCODERS = {
    "characters": CharacterEncoder,
    "letters": LetterEncoder,
    "words": WordEncoder,
}  # by their kind
MAX_TEXTS = 32_000_000  # bytes of the training texts when unpacked


def config_of(parts: Parts) -> dict:
    """Return the content of config.json, apart from the checksums of the other files."""
    kind = next(kind for kind, cls in ENCODERS.items() if type(parts.encoder) is cls)
    return {
        "format_version": FORMAT_VERSION,
        "network": asdict(parts.network.config),
        "encoder": {"kind": kind, **asdict(parts.encoder)},
        "labels": parts.labels,
        "other_labels": parts.other_labels,
        "calibration": asdict(parts.calibration),
        "training": parts.training,
        **({"columns": parts.columns} if parts.columns else {}),
        **({"readings": parts.readings} if parts.readings else {}),
    }


def files_of(parts: Parts) -> dict[str, bytes]:
    """Return the other files of the model by name, apart from the card's."""
    weights = {name: _smallest(t.cpu()) for name, t in parts.network.state_dict().items()}
    files = {WEIGHTS: safetensors.torch.save(weights)}
    if parts.metrics:
        files[METRICS] = to_json(parts.metrics)
    if parts.training_texts:
        text = json.dumps(parts.training_texts, separators=(",", ":"))
        files[TRAINING_TEXTS] = gzip.compress(text.encode(), mtime=0)
    return files


def parts_from(files: Mapping[str, bytes], folder: Path) -> Parts:
    """Return the model that the files hold; raise InputError that names `folder` if they do not."""
    config = parse_json(files[CONFIG], folder / CONFIG)
    if not isinstance(config, dict) or config.get("format_version") != FORMAT_VERSION:
        raise InputError(
            f"{folder / CONFIG} is not of format version {FORMAT_VERSION}: "
            "retrain the model with this version's train.py."
        )
    try:
        parts = _build(Config.model_validate_json(files[CONFIG]), files[WEIGHTS])
    except (SafetensorError, LookupError, TypeError, ValueError, OverflowError) as error:
        raise InputError(f"{folder} is damaged ({reason(error)}): retrain it.") from None
    if METRICS in files:
        parts.metrics = parse_json(files[METRICS], folder / METRICS)
    if TRAINING_TEXTS in files:
        parts.training_texts = _training_texts(files[TRAINING_TEXTS], folder, len(parts.labels))
    parts.folder = folder
    return parts


def _build(config: Config, weights: bytes) -> Parts:
    """Return the model; raise ValueError where its parts do not fit together."""
    options = dict(config.encoder)
    encoder = ENCODERS[options.pop("kind")](**options)
    labels = config.labels + config.other_labels
    if len(set(labels)) != len(labels):
        raise ValueError("its labels repeat")
    if len(labels) != config.network.n_labels or len(config.calibration.bias) != len(labels):
        raise ValueError("its labels, biases and network differ in number")
    if len(config.other_labels) != config.network.n_others:
        raise ValueError("its other labels do not fit the network")
    if encoder.vocabulary_size != config.network.vocabulary_size:
        raise ValueError("its vocabulary does not fit the network")
    return Parts(
        _load_network(config.network, weights),
        encoder,
        config.labels,
        config.other_labels,
        config.calibration,
        config.training,
        config.columns,
        config.readings,
    )


def _load_network(config: NetworkConfig, content: bytes) -> RNNClassifier:
    with shapes_only():  # no memory for sizes that the weights do not have
        network = RNNClassifier(config)
    weights = safetensors.torch.load(content)
    if not all(tensor.is_floating_point() for tensor in weights.values()):
        raise ValueError("its weights are not floating-point numbers")
    try:
        network.load_state_dict({name: t.float() for name, t in weights.items()}, assign=True)
    except RuntimeError as error:  # the first line names the class only
        raise ValueError(str(error).splitlines()[-1].strip()) from None
    if not all(weight.isfinite().all() for weight in network.parameters()):
        raise ValueError("its weights are not finite")
    return network.eval()


def _training_texts(content: bytes, folder: Path, n_labels: int) -> dict[str, list[int]]:
    try:
        unpacked = gzip.GzipFile(fileobj=io.BytesIO(content)).read(MAX_TEXTS + 1)
        texts = TRAINING_TEXTS_FORM.validate_json(unpacked[:MAX_TEXTS], strict=True)
        if any(label >= n_labels for labels in texts.values() for label in labels):
            raise ValueError("unknown labels")
        return texts
    except (OSError, EOFError, ValueError, zlib.error):
        raise InputError(f"{folder / TRAINING_TEXTS} is damaged: retrain the model.") from None


def _smallest(weights: torch.Tensor) -> torch.Tensor:
    """Return `weights` in half precision if that loses nothing, as for rounded embeddings."""
    half = weights.half()
    return half if torch.equal(half.to(weights.dtype), weights) else weights
