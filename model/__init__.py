"""A recurrent text classifier, installed as surname_gru and in a clone called model.

>>> from surname_gru import TextClassifier  # doctest: +SKIP
>>> TextClassifier.load().predict("Nakamura", top_k=1)  # doctest: +SKIP
{'Japanese': 0.98...}

README.md describes the rest; surname_gru.sklearn has an estimator for scikit-learn.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .answers.explanation import Explanation
    from .answers.reply import Answer
    from .classifier import TextClassifier
    from .core import NetworkConfig, RNNClassifier, normalise
    from .errors import InputError

__version__ = "2.0.0"
__all__ = ["Answer", "Explanation", "InputError", "NetworkConfig", "RNNClassifier"]
__all__ += ["TextClassifier", "normalise"]


def __getattr__(name: str) -> Any:
    """Import what is asked for, because torch takes seconds and a command line answers at once."""
    modules = ("errors", "core", "classifier") if name in __all__ else ()
    for module in modules:
        if hasattr(found := import_module(f".{module}", __name__), name):
            return getattr(found, name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    """Return what there is to import, too."""
    return [*globals(), *__all__]
