"""The yardstick of every model of one's own: a linear classifier of n-grams on the same rows."""

import time

from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.metrics import f1_score
from sklearn.svm import LinearSVC

from ..data.rows import Dataset

LONGEST_LETTERS, LONGEST_WORDS = 5, 2


def score_rival(dataset: Dataset, of_words: bool) -> dict:
    """Return what a LinearSVC on TF-IDF of letters or words gets right of the test rows.

    It is not tuned, and learns the training and validation rows.
    """
    start = time.perf_counter()
    longest = LONGEST_WORDS if of_words else LONGEST_LETTERS
    vectorizer = TfidfVectorizer(
        analyzer="word" if of_words else "char_wb",
        token_pattern=r"\w+|[^\w\s]" if of_words else None,
        ngram_range=(1, longest),
        sublinear_tf=True,
    )
    rows = dataset.train + dataset.validation
    classifier = LinearSVC(random_state=0).fit(vectorizer.fit_transform(rows.texts), rows.labels)
    predicted = classifier.predict(vectorizer.transform(dataset.test.texts))
    wanted, labels = dataset.test.labels, dataset.labels
    return {
        "name": f"linear classifier of 1 to {longest} {'words' if of_words else 'letters'}",
        "accuracy": float((predicted == wanted).mean()),
        "macro_f1": float(
            f1_score(wanted, predicted, labels=labels, average="macro", zero_division=0)
        ),
        "seconds": time.perf_counter() - start,
    }
