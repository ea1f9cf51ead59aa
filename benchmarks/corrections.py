"""What the corrections by hand in data/curated/corrections.txt do to the test file and its scores.

`python benchmarks/corrections.py` builds the test rows once more without the corrections, counts
the rows that they took out and put in, and scores the shipped model on the rows with and without
them; beside it a linear classifier of n-grams that learns names_train.csv.gz alone. Needs what
data/build.py needs: pip and npm, and a network at the first run.
"""

import sys

import numpy as np
from common import ROOT, machine, print_table

sys.path.insert(0, str(ROOT / "data"))

from build import curate, evidence, lists, packages, persons
from builder.choose import choose
from builder.write import is_test
from datasets import read, train

from model import TextClassifier
from model.encoding import normalise
from model.tasks import TASKS

NOTHING = curate.Corrections(wrong={}, missing={})


def test_rows(table: dict, corrections: curate.Corrections) -> set[tuple[str, str]]:
    """Return the (spelling, language) rows of the test file under the given corrections."""
    chosen = choose(table, corrections)
    return {
        (table[key].spelling, language)
        for language, keys in chosen.items()
        for key in keys
        if is_test(key)
    }


def main() -> int:
    """Print the counts and the table; return the exit status."""
    packages.fetch_all()
    counts = persons.count_persons(curate.family_names())
    table = evidence.weigh(counts, lists.read_lists() + curate.curated_lists())
    corrections = curate.read_corrections()
    without, with_them = test_rows(table, NOTHING), test_rows(table, corrections)
    by_name = [*corrections.wrong.items(), *corrections.missing.items()]
    labels = sum(len(languages) for key, languages in by_name if is_test(key))
    print(machine(), end="\n\n")
    print(
        f"{labels} labels of test names are corrected: {len(without - with_them)} rows of the test "
        f"file are taken out and {len(with_them - without)} put in.",
        end="\n\n",
    )

    classifier = TextClassifier.load(TASKS["names"].output)
    linear = train(read(ROOT / "data", "train"))

    def shipped(names: list[str]) -> np.ndarray:
        return np.array(classifier.labels)[classifier.predict_batch(names).argmax(axis=1)]

    def svm(names: list[str]) -> np.ndarray:
        return linear.predict([normalise(name) for name in names])

    rows = []
    for who, predict in (("the shipped model", shipped), ("linear SVM", svm)):
        for what, chosen in (("as they are", with_them), ("without corrections", without)):
            names, languages = map(list, zip(*sorted(chosen), strict=True))
            accuracy = np.mean(predict(names) == np.array(languages))
            rows.append([f"{who}, test rows {what}", f"{len(names):,}", f"{accuracy:.2%}"])
    print_table(["", "rows", "accuracy"], rows)
    return 0


if __name__ == "__main__":
    sys.exit(main())
