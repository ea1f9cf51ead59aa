"""Score custom models on tables that are made of installed packages, beside LinearSVC.

    OMP_NUM_THREADS=1 nice python -m benchmarks.accuracy.packages          # a minute or two a table
    OMP_NUM_THREADS=1 python -m benchmarks.accuracy.packages --quick --tables "names by package"

Docstrings and names of packages that the requirements install: nobody wrote them for this. 2,000
rows train and 3,000 others test; a text is in one of the two only. Figures depend on the versions
installed.
LinearSVC reads TF-IDF of letters, and of words for tables of words, with case folded; its cost is
chosen by cross-validation on the rows to train on. CPU minutes are those of `fit`, of all threads
together. The last row has the means of those above.
"""

import argparse
import ast
import random
import re
import sysconfig
import time
from collections import Counter
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import numpy as np
from sklearn.model_selection import GridSearchCV, KFold
from sklearn.pipeline import make_pipeline
from sklearn.svm import LinearSVC

from benchmarks.common import machine, print_table
from model import TextClassifier
from model.training.baselines import features

# What its texts are, their labels and units, most labels, fewest rows of one
TABLES = {
    "docstrings by package": ("docstring", "package", "words", 12, 50),
    "docstrings by 100 parts": ("docstring", "part", "words", 100, 10),
    "docstrings, 1 : 50": ("docstring", "rare", "words", 12, 50),
    "names by package": ("name", "package", "letters", 12, 50),
    "names of classes and functions": ("name", "kind", "letters", 12, 50),
}
PACKAGES = (
    "numpy pandas scipy sympy sklearn matplotlib networkx torch gradio huggingface_hub fontTools"
).split()
RARE = "networkx"  # the one package that is kept apart from all others, and rare
TRAIN, TEST = 2000, 3000
MOST_FILES = 400  # of a package
LENGTHS = range(3, 301)  # of a text
COSTS = {"C": [0.1, 0.3, 1, 3, 10]}
FORMS = {  # of what is printed
    "this program": "{:.1%}",
    "LinearSVC": "{:.1%}",
    "less LinearSVC, points": "{:+.1f}",
    "standard error": "{:.1f}",
    "ECE": "{:.3f}",
    "CPU minutes": "{:.2f}",
}


@cache
def of_packages() -> list[dict[str, str]]:
    """Return the texts of the packages with package and part."""
    site = Path(sysconfig.get_path("purelib"))
    found = []
    for package in PACKAGES:
        rare = package if package == RARE else "other"
        paths = sorted((site / package).rglob("*.py"))
        sources = [path for path in paths if "test" not in str(path.relative_to(site))]
        for path in sources[:MOST_FILES]:
            part = ".".join(path.relative_to(site).with_suffix("").parts[:2])
            labels = {"package": package, "part": part, "rare": rare}
            for texts in of_source(path.read_text("utf-8")):
                found.append(labels | texts)
    return found


def of_source(source: str) -> Iterator[dict[str, str]]:
    """Yield the names of functions and classes with the first sentence of their docstring."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.FunctionDef | ast.ClassDef):
            docstring = ast.get_docstring(node) or ""
            first = re.split(r"(?<=[.!?])\s|\n\s*\n", docstring)[0]
            kind = type(node).__name__
            yield {"name": node.name, "docstring": first, "kind": kind}


def rows_of(title: str) -> list[tuple[str, str]]:
    """Return texts with their labels in an order that is always the same, each text once."""
    kind, labelled_by, _, most_labels, fewest_rows = TABLES[title]
    label_of: dict[str, str] = {}
    for values in of_packages():
        text = " ".join(values[kind].split())
        if len(text) in LENGTHS:
            label_of.setdefault(text, values[labelled_by])
    counts = Counter(label_of.values()).most_common(most_labels)
    kept = {label for label, count in counts if count >= fewest_rows}
    rows = [pair for pair in label_of.items() if pair[1] in kept]
    random.Random(0).shuffle(rows)
    if labelled_by == "rare":
        n_rare = (TRAIN + TEST) // 51
        rare = [pair for pair in rows if pair[1] == RARE]
        others = [pair for pair in rows if pair[1] != RARE]
        rows = rare[:n_rare] + others[: TRAIN + TEST - n_rare]
        random.Random(1).shuffle(rows)
    return rows[: TRAIN + TEST]


def score(title: str, quick: bool) -> list[float]:
    """Return what FORMS names."""
    texts, labels = map(np.array, zip(*rows_of(title), strict=True))
    train = texts[:TRAIN], labels[:TRAIN]
    test_texts, test_labels = test = texts[TRAIN:], labels[TRAIN:]
    units = TABLES[title][2]
    folds = KFold(4, shuffle=True, random_state=0)
    search = GridSearchCV(LinearSVC(random_state=0), COSTS, cv=folds)
    linear = make_pipeline(features(units == "words"), search).fit(*train)
    linear_right = linear.predict(test_texts) == test_labels

    start = time.process_time()
    options = {"units": units, "quick": quick, "verbose": False}
    model = TextClassifier.fit(*train, test=test, **options)
    minutes = (time.process_time() - start) / 60
    best = model.predict_batch(test_texts).argmax(axis=1)
    right = np.array(model.labels)[best] == test_labels
    gains = 100 * (right.astype(float) - linear_right)
    error = gains.std() / TEST**0.5
    ece = model.metrics["test"]["ece"]
    return [right.mean(), linear_right.mean(), gains.mean(), error, ece, minutes]


def printed(titles: list[str], quick: bool) -> Iterator[list[str]]:
    """Yield the printed row of each table, and that of the means."""
    scores = []
    for title in titles:
        scores.append(score(title, quick))
        yield [title, *map(str.format, FORMS.values(), scores[-1])]
    yield ["mean", *map(str.format, FORMS.values(), np.mean(scores, axis=0))]


def main() -> None:
    """Print the machine and the table."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--quick", action="store_true", help="as of train.py")
    parser.add_argument("--tables", nargs="+", choices=TABLES, default=list(TABLES))
    options = parser.parse_args()
    print(machine())
    print_table(["table", *FORMS], printed(options.tables, options.quick))


if __name__ == "__main__":
    main()
