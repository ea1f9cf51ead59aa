"""Score one character n-gram classifier across the two name sets: ours and the lecture's.

`python -m benchmarks.accuracy.datasets` prints a table. The classifier is a linear SVM on TF-IDF of
character 1- to 5-grams: the scores show what the data are worth, not what our network can do.
Without the lecture's files (`python data/fetch_lecture.py`) their rows are left out.
"""

from collections.abc import Iterator
from dataclasses import replace

from benchmarks.accuracy.linear_rivals import NO_ROWS, Rival, Settings, report_on
from benchmarks.common import LECTURE_DATA, ROOT, print_table
from model.data.rows import Dataset
from model.data.texts import match_key
from model.tasks.names import read_names

SETS = {"ours": ROOT / "data", "lecture's": LECTURE_DATA}


def train(dataset: Dataset) -> Rival:
    """Return the classifier, fitted to training and validation rows."""
    settings = Settings("LinearSVC", "char_wb", 5)
    return Rival(settings, dataset.labels, dataset.train + dataset.validation)


def table(datasets: dict[str, Dataset]) -> Iterator[list[str]]:
    """Yield the scores of each set's classifier on the test rows of all."""
    for trained_on, dataset in datasets.items():
        rival = train(dataset)
        seen = set(map(match_key, dataset.train.texts + dataset.validation.texts))
        for tested_on, other in datasets.items():
            test = other.test
            new = test.take([i for i, text in enumerate(test.texts) if match_key(text) not in seen])
            # accuracy_any accepts each of the labels that a name has among the test rows.
            only_test = replace(other, train=NO_ROWS, validation=NO_ROWS)
            for kind, rows in (("", test), (", unseen names only", new)):
                report = report_on(rival, only_test, rows)
                shares = [f"{report[score]:.1%}" for score in ("accuracy", "accuracy_any")]
                scores = [f"{len(rows):,}", *shares, f"{report['macro_f1']:.3f}"]
                yield [trained_on, f"{tested_on}{kind}", *scores]


def main() -> None:
    """Print the table."""
    paths = {name: path for name, path in SETS.items() if (path / "names_train.csv.gz").exists()}
    for name in SETS.keys() - paths.keys():
        print(f"Left out {name} set: `python data/fetch_lecture.py` fetches the lecture's files.")
    headers = ["trained on", "tested on", "test rows", "accuracy", "accuracy_any", "macro-F1"]
    print_table(headers, table({name: read_names(path) for name, path in paths.items()}))


if __name__ == "__main__":
    main()
