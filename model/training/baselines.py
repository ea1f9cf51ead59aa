"""What a network has to beat: a linear classifier of the same rows, and the most frequent label."""

import time
from typing import Any

from sklearn.dummy import DummyClassifier
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.pipeline import make_pipeline, make_union
from sklearn.svm import LinearSVC

from ..data.rows import Dataset, Rows
from ..tasks.recipe import Recipe
from .scores import macro_f1


def features(of_words: bool, keep_case: bool = False) -> Any:
    """Return the TF-IDF of 1 to 5 letters, and of 1 to 2 words too if texts are read `of_words`."""
    shared = {"sublinear_tf": True, "lowercase": not keep_case}
    letters = TfidfVectorizer(
        analyzer="char_wb",
        ngram_range=(1, 5),
        **shared,
    )
    if not of_words:
        return letters
    words = TfidfVectorizer(
        token_pattern=r"\w+|[^\w\s]",
        ngram_range=(1, 2),
        **shared,
    )
    return make_union(words, letters)


def linear_classifier(of_words: bool, keep_case: bool) -> Any:
    """Return a LinearSVC of the `features`, not tuned."""
    return make_pipeline(features(of_words, keep_case), LinearSVC(random_state=0))


def score_baselines(dataset: Dataset, recipe: Recipe) -> dict[str, dict]:
    """Return the test scores of both, which learn the training and validation rows."""
    of_words = recipe.units == "words"
    units = "1 to 2 words and 1 to 5 letters" if of_words else "1 to 5 letters"
    linear = linear_classifier(of_words, recipe.keep_case)
    rows = dataset.train + dataset.validation
    label = max(dataset.labels, key=rows.labels.count)
    rival = {"name": f"linear classifier of {units}"}
    constant = {"name": f"most frequent label, {label}"}
    return {
        "rival": rival | _score(linear, rows, dataset.test),
        "most_frequent": constant
        | _score(
            DummyClassifier(),
            rows,
            dataset.test,
        ),
    }


def _score(
    classifier: Any,
    rows: Rows,
    test: Rows,
) -> dict:
    start = time.process_time()
    predicted = classifier.fit(rows.texts, rows.labels).predict(test.texts)
    return {
        "accuracy": float((predicted == test.labels).mean()),
        "macro_f1": macro_f1(test.labels, predicted),
        "seconds": time.process_time() - start,
    }
