"""The yardstick of every model of one's own: a linear classifier of n-grams on the same rows."""

import time

import numpy as np
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.metrics import f1_score
from sklearn.svm import LinearSVC

from ..data.rows import Dataset

LONGEST = {False: 5, True: 2}  # letters, words of an n-gram


def score_rival(dataset: Dataset, of_words: bool) -> dict:
    """Return what a LinearSVC on TF-IDF of letters or words gets right of the test rows.

    It is not tuned, and learns the training and validation rows.
    """
    start, predicted = time.perf_counter(), predict_rival(dataset, of_words)
    wanted, labels, longest = dataset.test.labels, dataset.labels, LONGEST[of_words]
    return {
        "name": f"linear classifier of 1 to {longest} {'words' if of_words else 'letters'}",
        "accuracy": float((predicted == wanted).mean()),
        "macro_f1": float(
            f1_score(wanted, predicted, labels=labels, average="macro", zero_division=0)
        ),
        "seconds": time.perf_counter() - start,
    }


def predict_rival(dataset: Dataset, of_words: bool) -> np.ndarray:
    """Return the label that the linear classifier gives each test row, (n,)."""
    vectorizer = TfidfVectorizer(
        analyzer="word" if of_words else "char_wb",
        token_pattern=r"\w+|[^\w\s]" if of_words else None,
        ngram_range=(1, LONGEST[of_words]),
        sublinear_tf=True,
    )
    rows = dataset.train + dataset.validation
    classifier = LinearSVC(random_state=0).fit(vectorizer.fit_transform(rows.texts), rows.labels)
    return np.asarray(classifier.predict(vectorizer.transform(dataset.test.texts)))
