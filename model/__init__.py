"""A recurrent text classifier: `from model import TextClassifier`."""

from .classifier import TextClassifier
from .encoding import InputError, normalise
from .explanation import Explanation
from .network import NetworkConfig, RNNClassifier

__all__ = [
    "Explanation",
    "InputError",
    "NetworkConfig",
    "RNNClassifier",
    "TextClassifier",
    "normalise",
]
