"""Refuses a model's weights and parts that do not fit one another or hold impossible values.

Raises ValueError with the reason; what is done about it is classifier.py's affair.
"""

from typing import TYPE_CHECKING

import safetensors.torch
import torch

from .encoding import shorten
from .network import NetworkConfig

if TYPE_CHECKING:
    from .classifier import TextClassifier


def read_weights(content: bytes, config: NetworkConfig) -> dict[str, torch.Tensor]:
    """Return the tensors in `content`; raise ValueError if they are far more or fewer.

    So a small file makes no large network, which would take memory before its shapes are compared.
    """
    if not config.n_weights <= len(content) <= 8 * config.n_weights + 1_000_000:  # bytes
        raise ValueError(f"{len(content):,} bytes cannot hold the {config.n_weights:,} weights")
    weights = safetensors.torch.load(content)
    if not all(tensor.is_floating_point() for tensor in weights.values()):
        raise ValueError("its weights are no floating-point numbers")
    return weights


def check_shapes(weights: dict[str, torch.Tensor], expected: dict[str, torch.Tensor]) -> None:
    """Raise ValueError unless `weights` have the names and shapes of `expected`."""
    if missing := set(expected) - set(weights):
        raise ValueError(f"the weights {min(missing)} are missing")
    if strange := set(weights) - set(expected):
        raise ValueError(f"the weights {shorten(min(strange))} are none of the network's")
    for name, tensor in weights.items():
        if tensor.shape != expected[name].shape:
            raise ValueError(
                f"the weights {name} have the shape {list(tensor.shape)} and the network "
                f"{list(expected[name].shape)}"
            )


def check_parts(classifier: "TextClassifier") -> None:
    """Raise ValueError where the parts of a loaded model do not fit or hold impossible values."""
    if not isinstance(classifier.training, dict) or not isinstance(classifier.columns, dict):
        raise ValueError("its training options or columns have no names")
    labels = classifier.labels + classifier.other_labels
    encoder, config = classifier.encoder, classifier.network.config
    if len(set(labels)) != len(labels) or not all(isinstance(x, str) and x for x in labels):
        raise ValueError("its labels are not distinct texts")
    if not all(x.isprintable() for x in labels):
        raise ValueError("its labels have characters that cannot be shown")
    if (len(labels), encoder.vocabulary_size) != (config.n_labels, config.vocabulary_size):
        raise ValueError("labels or vocabulary do not fit the network")
    if len(classifier.bias) != config.n_labels or not all(abs(b) <= 1e3 for b in classifier.bias):
        raise ValueError("its biases are not a number for each label")
    if len(classifier.other_labels) != config.n_others:
        raise ValueError("its other labels do not fit the network")
    if not 1e-3 <= classifier.temperature <= 1e3:
        raise ValueError(f"its temperature is {classifier.temperature}")
    if not 0 <= classifier.unsure_below <= 1:
        raise ValueError(f"its threshold for unsure answers is {classifier.unsure_below}")
    if not all(weight.isfinite().all() for weight in classifier.network.parameters()):
        raise ValueError("its weights are not finite")
