"""What the corrections by hand in data/curated/corrections.txt do to the test file and its scores.

`python -m benchmarks.accuracy.corrections` rebuilds the test rows without the corrections, counts
the rows removed and added by these, and scores the shipped model and a linear classifier of
n-grams on both. It needs what data/build.py needs: pip, npm, and a network at the first run.
"""

import sys

from benchmarks.accuracy.datasets import train
from benchmarks.common import ROOT, machine, print_table
from model import TextClassifier
from model.data.rows import Rows
from model.tasks import TASKS
from model.tasks.names import read_names

sys.path.insert(0, str(ROOT / "data"))
from build import build, curate
from builder.choose import choose, judge
from builder.write import is_test

TASK = TASKS["names"]


def test_rows(table: dict, chosen: dict[str, list[str]]) -> set[tuple[str, str]]:
    """Return the (spelling, language) rows of the test file."""
    pairs = ((key, language) for language, keys in chosen.items() for key in keys)
    return {(table[key].spelling, language) for key, language in pairs if is_test(key)}


def main() -> None:
    """Print the counts and the table."""
    built = build()
    table = built.table
    corrections = curate.read_corrections()
    corrected = test_rows(table, built.chosen)
    uncorrected = judge(table, curate.Corrections(wrong={}, missing={}))
    original = test_rows(table, choose(table, uncorrected))
    by_name = [*corrections.wrong.items(), *corrections.missing.items()]
    n_labels = sum(len(languages) for key, languages in by_name if is_test(key))
    print(machine(), end="\n\n")
    print(
        f"{n_labels} labels of test names are corrected: {len(original - corrected)} rows of the "
        f"test file are taken out and {len(corrected - original)} put in.",
        end="\n\n",
    )
    classifier, linear = TextClassifier.load(TASK.output), train(read_names(TASK.data))
    predictors = {
        "the shipped model": lambda rows: classifier.predict_batch(rows.texts),
        "linear SVM": lambda rows: linear.logits(rows.texts).numpy(),
    }
    cells = []
    for name, predict in predictors.items():
        for kind, pairs in (("as they are", corrected), ("without corrections", original)):
            rows = Rows(*map(list, zip(*sorted(pairs), strict=True)))
            targets = [classifier.labels.index(label) for label in rows.labels]
            accuracy = (predict(rows).argmax(axis=1) == targets).mean()
            cells.append([f"{name}, test rows {kind}", f"{len(rows):,}", f"{accuracy:.2%}"])
    print_table(["", "rows", "accuracy"], cells)


if __name__ == "__main__":
    main()
