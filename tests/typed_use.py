"""What a type checker says of programs that use the library: mypy reads this, and nothing runs it.

A comment that ignores an error which mypy does not find is an error itself.
"""

import numpy as np

from model import TextClassifier
from model.sklearn import GRUTextClassifier


def use() -> None:
    classifier = TextClassifier.fit(["a"], np.array([1]), hidden_size=3, keep_case=True)
    classifier.predict_batch(np.array(["a"]), unreadable="nan")
    classifier.predict_batch(["a"], unreadable="ignore")  # type: ignore[arg-type]
    TextClassifier.fit(["a"], [1], epoch=1)  # type: ignore[call-arg]
    TextClassifier.fit(["a"], [1], epochs="1")  # type: ignore[arg-type]


def use_estimator() -> None:
    GRUTextClassifier(epoch=1)  # type: ignore[call-arg]
    GRUTextClassifier(epochs="1")  # type: ignore[arg-type]
    GRUTextClassifier(options={"pol": True})  # type: ignore[arg-type]
