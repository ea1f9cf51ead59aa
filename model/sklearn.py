"""TextClassifier as an estimator of scikit-learn: in pipelines, cross-validation and searches.

Installed, this is `surname_gru.sklearn`.

>>> words = "ada ede ala ele ama eme ana ene apa epe ara ere".split()
>>> classifier = GRUTextClassifier(epochs=1, options={"refit": False})
>>> classifier.fit(words, [word[0] == "a" for word in words]).classes_
array([False,  True])
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from numbers import Integral
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.utils import check_random_state, compute_sample_weight
from sklearn.utils.multiclass import check_classification_targets
from sklearn.utils.validation import check_is_fitted, column_or_1d

from .classifier import TextClassifier
from .data.sequences import Unreadable, is_nan, label_text, weights_of
from .data.texts import is_missing
from .errors import InputError
from .tasks.recipe import Options

# scikit-learn has no types, and a class of such a base takes any keyword.
if TYPE_CHECKING:

    class _Estimator:
        def __getattr__(self, name: str) -> Any: ...
        def __sklearn_tags__(self) -> Any: ...

else:

    class _Estimator(ClassifierMixin, BaseEstimator): ...


@dataclass(kw_only=True, eq=False, repr=False)
class GRUTextClassifier(_Estimator):
    """A classifier of texts: X is a list, an array (n,) or a column of str, y of any labels.

    X may also be an array (n, 1) or a table of one column. The parameters are those of
    `TextClassifier.fit`, which says when they change nothing; None is what suits the data. Once
    fitted, it has `classes_`, and the TextClassifier in `classifier_`. It can be pickled, as joblib
    does, but loading a pickle runs what is in it: `classifier_.save` writes a folder that is safe
    to load.
    """

    units: str | None = None
    keep_case: bool | None = None
    task: str | Path | dict | None = None
    # Whether it is a first try, of one stage
    quick: bool = False
    # Sizes
    embedding_size: int | None = None
    hidden_size: int | None = None
    layers: int | None = None
    # Training
    epochs: int | None = None
    batch_size: int | None = None
    learning_rate: float | None = None
    # Where the linear half is not solved, as it is below 50,000 rows
    linear_learning_rate: float | None = None
    dropout: float | None = None
    weight_decay: float | None = None
    logit_adjustment: float | None = None
    # "balanced", or a weight for each class, which multiplies those of `fit`
    class_weight: str | dict | None = None
    # Whether what cannot be read is an error; "nan": trained without, predicted as NaN
    unreadable: Unreadable = "error"
    # The seed; None, or a RandomState to draw it from, gives each fit another one.
    random_state: int | np.random.RandomState | None = 0
    use_gpu: bool | None = None
    verbose: bool = False
    options: Options | None = None  # further fields of the recipe

    def fit(
        self,
        X: Iterable[str],
        y: Iterable,
        sample_weight: Iterable[float] | None = None,
    ) -> "GRUTextClassifier":
        """Train; raise InputError, a ValueError, for what cannot be trained on or is missing."""
        options = self._fit_options()
        labels = column_or_1d(y, warn=True)
        is_there = np.array([not is_missing(label) for label in labels], bool)
        known = labels[is_there]
        if known.dtype == object:
            known = np.array(known.tolist())
        check_classification_targets(known)
        if self.class_weight is not None:
            weights = np.ones(len(labels))
            weights[is_there] = compute_sample_weight(self.class_weight, known)
            if sample_weight is not None:
                weights *= weights_of(sample_weight, len(labels))
            sample_weight = weights
        self.classifier_ = TextClassifier.fit(
            X, labels, sample_weight=sample_weight, **options
        )
        of_model = self.classifier_.labels
        values = np.unique(known)
        # As lists have them: 1 in single precision is called as 1 is.
        texts = map(label_text, values.tolist())
        named = dict(zip(texts, values, strict=True))
        names = [name for name in named if name in of_model]
        self.classes_ = np.array([named[name] for name in names], dtype=values.dtype)
        self._columns = [of_model.index(name) for name in names]
        return self

    def _fit_options(self) -> dict[str, Any]:
        """Return the parameters of TextClassifier.fit that are set; refuse any given twice."""
        options: dict[str, Any] = {"seed": self._seed()}
        options["strict"] = not is_nan(self.unreadable)
        for name, value in self.get_params(deep=False).items():
            is_own = name in ("random_state", "class_weight", "unreadable", "options")
            if value is not None and not is_own:
                options[name] = value
        further = self.options or {}
        if not isinstance(further, Mapping):
            raise InputError("options: give a dict, such as {'pool': False}.")
        twice = options.keys() & further.keys()
        if twice:
            raise InputError(
                f"{min(twice)} is a parameter and in options, too: give it once."
            )
        return options | further

    def _seed(self) -> int:
        """Return an int as it is, and otherwise a draw of what check_random_state makes of it."""
        seed = self.random_state
        generator = check_random_state(seed)
        if isinstance(seed, Integral):
            return int(seed)
        return generator.randint(2**31)

    def predict_proba(self, X: Iterable[str]) -> np.ndarray:
        """Return probabilities (n, classes) as float32, in the order of `classes_`."""
        check_is_fitted(self)
        probabilities = self.classifier_.predict_batch(X, self.unreadable)
        return probabilities[:, self._columns]

    def predict(self, X: Iterable[str]) -> np.ndarray:
        """Return the most likely class of each text, (n,); objects if NaN is among them."""
        probabilities = self.predict_proba(X)
        predicted = self.classes_[probabilities.argmax(axis=1)]
        unread = np.isnan(probabilities).any(axis=1)
        if unread.any():
            predicted = predicted.astype(object)
            predicted[unread] = np.nan
        return predicted

    def __sklearn_tags__(self) -> Any:
        """Say that X is texts, not a matrix of numbers."""
        tags = super().__sklearn_tags__()
        tags.input_tags.string = True
        tags.input_tags.one_d_array = True
        tags.input_tags.two_d_array = False
        return tags
