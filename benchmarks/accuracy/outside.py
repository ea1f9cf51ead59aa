"""Score the shipped model for names on surnames of other languages, none of them in any data.

`python -m benchmarks.accuracy.outside` prints how many of tests/data/outside_names.csv are called
unsure and how many get one of the 18 languages with a probability above 0.8, each with its standard
error; above that, how many right answers on the test split are called unsure. How the list was made
is described in benchmarks/README.md, "Names from outside".
"""

import csv
from collections.abc import Iterator

import numpy as np

from benchmarks.common import ROOT, machine, print_table
from model import TextClassifier
from model.storage.facts import standard_error
from model.tasks import TASKS
from model.tasks.names import read_names

NAMES = ROOT / "tests" / "data" / "outside_names.csv"
SURE = 0.8
HEADERS = ["names of", "languages", "names", "called unsure", f"above {SURE}"]
PARTS = {
    "all languages": lambda training_rows: True,
    "languages with a group in the pretraining file": lambda rows: rows not in ("strays", "none"),
    "languages with stray rows in it": lambda training_rows: training_rows == "strays",
    "languages without a row in it": lambda training_rows: training_rows == "none",
}


def share(chosen: np.ndarray) -> str:
    """Return the share of true values (n,), with the standard error of n independent draws."""
    mean = chosen.mean()
    return f"{mean:.1%} ± {standard_error(mean, len(chosen)):.1%}"


def table(classifier: TextClassifier) -> Iterator[list[str]]:
    """Yield the table's rows: all names, and those of languages with more or fewer rows."""
    with open(NAMES, encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    for part, belongs in PARTS.items():
        chosen = [row for row in rows if belongs(row["training_rows"])]
        languages = {row["language"] for row in chosen}
        top = classifier.predict_batch([row["name"] for row in chosen]).max(axis=1)
        shares = share(top < classifier.calibration.unsure_below), share(top > SURE)
        yield [part, str(len(languages)), str(len(chosen)), *shares]


def main() -> None:
    """Print the machine and the table."""
    classifier = TextClassifier.load(TASKS["names"].output)
    test = read_names(TASKS["names"].data).test
    probabilities = classifier.predict_batch(test.texts)
    right = np.array(classifier.labels)[probabilities.argmax(axis=1)] == test.labels
    threshold = classifier.calibration.unsure_below
    print(
        f"{machine()}. Unsure is a probability below {threshold:.2f}: of the {right.sum():,} right "
        f"answers on the test split {share(probabilities.max(axis=1)[right] < threshold)}.",
        end="\n\n",
    )
    print_table(HEADERS, table(classifier))


if __name__ == "__main__":
    main()
