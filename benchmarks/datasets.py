"""Score one character n-gram classifier across the two name sets: ours and the lecture's.

`python benchmarks/datasets.py` prints a Markdown table. The classifier is TF-IDF of character
1- to 5-grams with a linear SVM; it says what the data are worth, not what our network can do.
The lecture's files come from `python data/fetch_lecture.py`; without them their rows are left out.
"""

import csv
import gzip
import sys
from collections import defaultdict
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from sklearn.feature_extraction.text import TfidfVectorizer  # noqa: E402
from sklearn.metrics import f1_score  # noqa: E402
from sklearn.pipeline import Pipeline, make_pipeline  # noqa: E402
from sklearn.svm import LinearSVC  # noqa: E402

from model.core import normalise  # noqa: E402
from model.data.texts import match_key  # noqa: E402

SETS = {"ours": ROOT / "data", "lecture's": ROOT / "data" / "lecture"}
Rows = list[tuple[str, str]]


def read(folder: Path, part: str) -> Rows:
    """Return (name, language) rows; the lecture's spelling and case folded as the model does."""
    with gzip.open(folder / f"names_{part}.csv.gz", "rt", encoding="utf-8") as file:
        return [(normalise(name), language) for name, language in csv.reader(file)]


def train(rows: Rows) -> Pipeline:
    """Return the fitted classifier."""
    names, languages = zip(*rows, strict=True)
    features = TfidfVectorizer(
        analyzer="char_wb", ngram_range=(1, 5), sublinear_tf=True, lowercase=False
    )
    return make_pipeline(features, LinearSVC()).fit(names, languages)


def score(classifier: Pipeline, rows: Rows) -> tuple[float, float, float]:
    """Return accuracy, accuracy_any and macro-F1.

    accuracy_any counts a prediction as right if it is any of the labels that the name has.
    """
    predicted = classifier.predict([name for name, _ in rows])
    known = defaultdict(set)
    for name, language in rows:
        known[match_key(name)].add(language)
    truth = [language for _, language in rows]
    accuracy = sum(p == t for p, t in zip(predicted, truth, strict=True)) / len(rows)
    any_right = sum(p in known[match_key(n)] for p, (n, _) in zip(predicted, rows, strict=True))
    return accuracy, any_right / len(rows), f1_score(truth, predicted, average="macro")


def unseen(rows: Rows, training: Rows) -> Rows:
    """Return the rows whose name is not in the training rows."""
    seen = {match_key(name) for name, _ in training}
    return [row for row in rows if match_key(row[0]) not in seen]


def main() -> int:
    """Print the table; return the exit status."""
    present = {name: folder for name, folder in SETS.items() if has_files(folder)}
    for name in SETS.keys() - present.keys():
        print(
            f"Left out {name} set: no files. `python data/fetch_lecture.py` fetches the lecture's."
        )
    print("| trained on | tested on | test rows | accuracy | accuracy_any | macro-F1 |")
    print("|---|---|--:|--:|--:|--:|")
    for trained, folder in present.items():
        training = read(folder, "train")
        classifier = train(training)
        for tested, other in present.items():
            test = read(other, "test")
            for kind, rows in (("", test), (", unseen names only", unseen(test, training))):
                accuracy, any_right, macro_f1 = score(classifier, rows)
                print(
                    f"| {trained} | {tested}{kind} | {len(rows):,} | {100 * accuracy:.1f}% "
                    f"| {100 * any_right:.1f}% | {macro_f1:.3f} |",
                    flush=True,
                )
    return 0


def has_files(folder: Path) -> bool:
    """Tell whether both files of a set are there."""
    return all((folder / f"names_{part}.csv.gz").exists() for part in ("train", "test"))


if __name__ == "__main__":
    sys.exit(main())
