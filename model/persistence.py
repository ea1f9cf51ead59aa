"""A classifier as what the files of a model folder hold, config.json and weights, and back.

How the files are read and replaced as one set is folder.py's affair.
"""

from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

import safetensors.torch
import torch
from safetensors import SafetensorError

from .encoding import CharacterEncoder, InputError, shorten
from .folder import CONFIG, METRICS, WEIGHTS, parse_json, to_json
from .integrity import check_parts, check_shapes, read_weights
from .network import NetworkConfig, RNNClassifier
from .words import WordEncoder

if TYPE_CHECKING:
    from .classifier import TextClassifier

FORMAT_VERSION = 3
ENCODERS = {"characters": CharacterEncoder, "words": WordEncoder}  # by their kind in config.json


def config_of(classifier: "TextClassifier") -> dict:
    """Return what config.json holds, but for the sums of the other files."""
    kind = next(kind for kind, cls in ENCODERS.items() if type(classifier.encoder) is cls)
    return {
        "format_version": FORMAT_VERSION,
        "network": asdict(classifier.network.config),
        "encoder": {"kind": kind, **asdict(classifier.encoder)},
        "labels": classifier.labels,
        "other_labels": classifier.other_labels,
        "calibration": {
            "bias": classifier.bias,
            "temperature": classifier.temperature,
            "unsure_below": classifier.unsure_below,
        },
        "training": classifier.training,
        **({"columns": classifier.columns} if classifier.columns else {}),
    }


def files_of(classifier: "TextClassifier") -> dict[str, bytes]:
    """Return weights and metrics as the model folder has them, name -> content."""
    weights = {name: _smallest(t.cpu()) for name, t in classifier.network.state_dict().items()}
    return {
        WEIGHTS: safetensors.torch.save(weights),
        **({METRICS: to_json(classifier.metrics)} if classifier.metrics else {}),
    }


def build(cls: type["TextClassifier"], files: dict[str, bytes], folder: Path) -> "TextClassifier":
    """Return the `cls` that the files hold, or raise InputError that says they are of `folder`."""
    config = parse_json(files[CONFIG], folder / CONFIG)
    if not isinstance(config, dict) or config.get("format_version") != FORMAT_VERSION:
        raise InputError(
            f"{folder / CONFIG} is not of format version {FORMAT_VERSION}: "
            "train the model anew with this version's train.py."
        )
    try:
        network_config = NetworkConfig(**config["network"])
        weights = read_weights(files[WEIGHTS], network_config)
        classifier = cls(
            RNNClassifier(network_config),
            _make_encoder(**config["encoder"]),
            config["labels"],
            config["training"],
            config["other_labels"],
            config.get("columns"),
        )
        calibration = config["calibration"]
        classifier.bias = [float(value) for value in calibration["bias"]]
        classifier.temperature = float(calibration["temperature"])
        classifier.unsure_below = float(calibration["unsure_below"])
        check_shapes(weights, classifier.network.state_dict())
        classifier.network.load_state_dict(weights)
        check_parts(classifier)
    except (
        SafetensorError,
        RuntimeError,
        LookupError,
        TypeError,
        ValueError,
        OverflowError,
    ) as error:
        reason = shorten((str(error) or type(error).__name__).splitlines()[0])
        raise InputError(f"{folder} is damaged ({reason}): train it anew.") from None
    if METRICS in files:
        classifier.metrics = parse_json(files[METRICS], folder / METRICS)
    classifier.network.eval()
    classifier.folder = folder
    return classifier


def _smallest(weights: torch.Tensor) -> torch.Tensor:
    """Return `weights` in half precision if that loses nothing: embeddings, once rounded."""
    half = weights.half()
    return half if torch.equal(half.to(weights.dtype), weights) else weights


def _make_encoder(kind: str = "characters", **options: Any) -> CharacterEncoder | WordEncoder:
    return ENCODERS[kind](**options)
