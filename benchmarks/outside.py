"""Score the shipped model for names on surnames of other languages, none of them in any data.

`python benchmarks/outside.py` prints how many of tests/data/outside_names.csv are called unsure and
how many get one of the 18 languages with a probability above 0.8, each with its standard error;
above that, how many right answers on the test split are called unsure.

The list was written by hand, from memory, and committed before a model had read any of it. Of each
language outside the 18 more surnames were written down than needed; those with the match key of a
name in data/ or in the lecture's files were struck out, and the first five or eight of the others
kept. The column `training_rows` is what data/pretraining.csv.gz has of a language's people:

- a group: the nationality that they are filed under there, `Other` if it is a small one;
- `strays`: no group, but single names of theirs under other labels;
- `none`: no group, and not one of the 21 to 34 surnames written down, but for a few that other
  languages have as well.

No group: the country is not among name2nat's nationalities (as New Zealand or Zimbabwe), or it is
neutral in data/builder/languages.py (as American, Namibian or Samoan). name2nat's Guinean are
people of Papua New Guinea too.
"""

import argparse
import csv
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from common import ROOT, machine, print_table

from model import TextClassifier
from model.evaluation import standard_error
from model.names_dataset import read_names
from model.tasks import TASKS

NAMES = ROOT / "tests" / "data" / "outside_names.csv"
SURE = 0.8
HEADERS = ["names of", "languages", "names", "called unsure", f"above {SURE}"]
PARTS = {
    "all languages": lambda training_rows: True,
    "languages with a group in the pretraining file": lambda rows: rows not in ("strays", "none"),
    "languages with stray rows in it": lambda training_rows: training_rows == "strays",
    "languages without a row in it": lambda training_rows: training_rows == "none",
}


@dataclass(frozen=True)
class Share:
    """A share of `n` names; its standard error is that of n independent draws."""

    count: int
    n: int

    def __str__(self) -> str:
        share = self.count / self.n
        return f"{share:.1%} ± {standard_error(share, self.n):.1%}"


def read_outside(path: Path = NAMES) -> list[dict[str, str]]:
    """Return the list's rows: `name`, `language` and `training_rows`."""
    with open(path, encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def shares(classifier: TextClassifier, names: Sequence[str]) -> tuple[Share, Share]:
    """Return the share of `names` that are called unsure, and of those that get a sure answer."""
    top = classifier.predict_batch(names).max(axis=1)
    unsure, sure = top < classifier.unsure_below, top > SURE
    return Share(int(unsure.sum()), len(names)), Share(int(sure.sum()), len(names))


def table(classifier: TextClassifier, rows: Sequence[dict[str, str]]) -> list[list[str]]:
    """Return the table's rows: all names, and those of languages with more or fewer rows."""
    cells = []
    for part, belongs in PARTS.items():
        chosen = [row for row in rows if belongs(row["training_rows"])]
        languages = {row["language"] for row in chosen}
        unsure, sure = shares(classifier, [row["name"] for row in chosen])
        cells.append([part, str(len(languages)), str(len(chosen)), str(unsure), str(sure)])
    return cells


def main() -> int:
    """Print the machine and the table; return the exit status."""
    parser = argparse.ArgumentParser(prog="outside.py", description=__doc__.split("\n")[0])
    parser.add_argument("--model", default=TASKS["names"].output, help="a model folder or Hub id")
    classifier = TextClassifier.load(parser.parse_args().model)
    test = read_names(TASKS["names"].data).test
    best = classifier.predict_batch(test.texts).argmax(axis=1)
    answered = zip(test.texts, test.labels, best, strict=True)
    right = [text for text, label, i in answered if label == classifier.labels[i]]
    print(
        f"{machine()}. Unsure is a probability below {classifier.unsure_below:.2f}: of the "
        f"{len(right):,} right answers on the test split {shares(classifier, right)[0]}.",
        end="\n\n",
    )
    print_table(HEADERS, table(classifier, read_outside()))
    return 0


if __name__ == "__main__":
    sys.exit(main())
