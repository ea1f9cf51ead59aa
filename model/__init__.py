"""A recurrent text classifier: `from model import TextClassifier`."""

from .classifier import TextClassifier
from .encoding import InputError, normalise
from .network import NetworkConfig, RNNClassifier

__all__ = ["InputError", "NetworkConfig", "RNNClassifier", "TextClassifier", "normalise"]
