"""A recurrent text classifier: `from model import TextClassifier`."""

from .classifier import Answer, TextClassifier
from .core import NetworkConfig, RNNClassifier, normalise
from .errors import InputError
from .explanation import Explanation

__all__ = [
    "Answer",
    "Explanation",
    "InputError",
    "NetworkConfig",
    "RNNClassifier",
    "TextClassifier",
    "normalise",
]
