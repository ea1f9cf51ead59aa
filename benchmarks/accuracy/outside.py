"""Score the shipped model for names on texts that have none of its languages.

`python -m benchmarks.accuracy.outside` prints, for each list of such texts in tests/data/, how many
are called none, how many none or unsure, and how many get one of the 18 languages with a
probability above 0.8, each with its standard error; above that, how many right answers on the test
split are called unsure or none. How the first list was made is described in benchmarks/README.md,
"Names from outside".
"""

import csv
from collections.abc import Iterator
from operator import itemgetter

from benchmarks.common import ROOT, machine, print_table
from model import Answer, TextClassifier
from model.storage.facts import standard_error
from model.tasks import TASKS
from model.tasks.names import read_lists, read_names
from model.training.results import CONFIDENT

NAMES = ROOT / "tests" / "data" / "outside_names.csv"
HEADERS = ["texts", "n", "called none", "none or unsure", f"a language above {CONFIDENT}"]
PARTS = {
    "all": lambda training_rows: True,
    "of languages with a group in the pretraining file": lambda r: r not in ("strays", "none"),
    "of languages with stray rows in it": lambda training_rows: training_rows == "strays",
    "of languages without a row in it": lambda training_rows: training_rows == "none",
}


def share(counted: list[bool]) -> str:
    """Return the share of true values, with the standard error of independent draws."""
    mean = sum(counted) / len(counted)
    return f"{mean:.1%} ± {standard_error(mean, len(counted)):.1%}"


def row(name: str, answers: list[Answer]) -> list[str]:
    """Return a row of the table."""
    confident = [not a.is_none and a.predictions[0][1] > CONFIDENT for a in answers]
    none = [a.is_none for a in answers]
    unsure = [a.is_none or a.unsure for a in answers]
    return [name, str(len(answers)), *map(share, (none, unsure, confident))]


def table(classifier: TextClassifier) -> Iterator[list[str]]:
    """Yield the rows: names from outside by what training has of their languages, other lists."""
    with open(NAMES, encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    answers = classifier.answers(list(map(itemgetter("name"), rows)), 1)
    for part, belongs in PARTS.items():
        pairs = zip(rows, answers, strict=True)
        yield row(f"names, {part}", [a for r, a in pairs if belongs(r["training_rows"])])
    lists = read_lists(classifier.labels)
    yield row("names as written", classifier.answers(lists["outside_written"].texts, 1))
    yield row("mashed keys", classifier.answers(lists["mash"].texts, 1))


def main() -> None:
    """Print the machine and the table."""
    classifier = TextClassifier.load(TASKS["names"].output)
    test = read_names(TASKS["names"].data).test
    answers = classifier.answers(test.texts, 1)
    pairs = zip(answers, test.labels, strict=True)
    right = [a.is_none or a.unsure for a, label in pairs if a.predictions[0][0] == label]
    print(
        f"{machine()}. Unsure is a probability below {classifier.calibration.unsure_below:.2f}: of "
        f"the {len(right):,} right answers on the test split {share(right)} are unsure or none.",
        end="\n\n",
    )
    print_table(HEADERS, table(classifier))


if __name__ == "__main__":
    main()
