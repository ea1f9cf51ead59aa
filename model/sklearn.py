"""TextClassifier as an estimator of scikit-learn: in pipelines, cross-validation and searches.

>>> words = "ada ede ala ele ama eme ana ene apa epe ara ere".split()
>>> classifier = GRUTextClassifier(epochs=1, options={"held_out_in_turn": 0})
>>> classifier.fit(words, [word[0] == "a" for word in words]).classes_
array([False,  True])
"""

from collections.abc import Sequence
from dataclasses import dataclass
from numbers import Integral
from pathlib import Path
from typing import Any

import numpy as np
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.utils import check_random_state
from sklearn.utils.validation import check_is_fitted

from .classifier import TextClassifier
from .data.lists import label_text


@dataclass(kw_only=True, eq=False, repr=False)
class GRUTextClassifier(ClassifierMixin, BaseEstimator):  # type: ignore[misc]  # which have no types
    """A classifier of texts: X is a list, an array (n,) or a column of str, y of any labels.

    The parameters are those of `TextClassifier.fit`. Once fitted, it has `classes_`, and the
    TextClassifier in `classifier_`. It can be pickled, as joblib does, but loading a pickle runs
    what is in it: `classifier_.save` writes a folder that is safe to load.
    """

    units: str | None = None
    task: str | Path | dict | None = None
    epochs: int | None = None
    # The seed; None, or a RandomState to draw it from, gives each fit another one.
    random_state: int | np.random.RandomState | None = 0
    use_gpu: bool | None = None
    verbose: bool = False
    options: dict | None = None  # further fields of the recipe

    def fit(self, X: Sequence[str], y: Sequence) -> "GRUTextClassifier":
        """Train; raise InputError, a ValueError, for what cannot be trained on or is missing."""
        parameters = self.get_params()
        del parameters["random_state"], parameters["options"]
        options: dict[str, Any] = {"seed": self._seed()}
        for name, value in parameters.items():
            if value is not None:
                options[name] = value
        options |= self.options or {}
        self.classifier_ = TextClassifier.fit(X, y, missing="error", **options)
        values = np.unique(np.asarray(y))
        named = {label_text(value): value for value in values}
        classes = list(named.values())
        self.classes_ = np.array(classes, dtype=values.dtype)
        labels = self.classifier_.labels
        self._columns = [labels.index(name) for name in named]
        return self

    def _seed(self) -> int:
        """Return an int as it is, and otherwise a draw of what check_random_state makes of it."""
        seed = self.random_state
        generator = check_random_state(seed)
        if isinstance(seed, Integral):
            return int(seed)
        return generator.randint(2**31)

    def predict_proba(self, X: Sequence[str]) -> np.ndarray:
        """Return probabilities (n, classes) as float32, in the order of `classes_`."""
        check_is_fitted(self)
        probabilities = self.classifier_.predict_batch(X)
        return probabilities[:, self._columns]

    def predict(self, X: Sequence[str]) -> np.ndarray:
        """Return the most likely class of each text, (n,)."""
        best = self.predict_proba(X).argmax(axis=1)
        return self.classes_[best]

    def __sklearn_tags__(self) -> Any:
        """Say that X is texts, not a matrix of numbers."""
        tags = super().__sklearn_tags__()
        tags.input_tags.string = True
        tags.input_tags.one_d_array = True
        tags.input_tags.two_d_array = False
        return tags
