"""Count a model's right verdicts on sentences that people type, such as "not bad" and "10/10".

    python -m benchmarks.accuracy.verdicts [--model FOLDER]

verdicts.tsv holds the lowest and the highest sentiment, 0 to 4, that a fair judge accepts: of 45
sentences written before any model was asked, and of 57 that somebody wrote who had seen neither
these nor data/review_frames.toml. A side of the scale ("Negative, 92%") is right if both of its
sentiments are accepted; unsure is not right.
"""

import argparse
import csv
from collections import Counter, defaultdict
from pathlib import Path

from model import TextClassifier

SENTENCES = Path(__file__).with_suffix(".tsv")


def main() -> None:
    """Print the verdict on each sentence, then how many are right."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--model", default="model/weights/reviews")
    classifier = TextClassifier.load(parser.parse_args().model)
    lines = SENTENCES.read_text("utf-8").splitlines()
    rows = list(csv.DictReader(lines, delimiter="\t"))
    answers = classifier.answers([row["sentence"] for row in rows])
    marks = defaultdict(Counter)
    for row, answer in zip(rows, answers, strict=True):
        lowest = int(row["lowest"])
        highest = int(row["highest"])
        accepted = set(classifier.labels[lowest : highest + 1])
        verdict = answer.verdict
        mark = "wrong"
        if verdict.kind == "unsure":
            mark = "unsure"
        elif accepted.issuperset(verdict.labels):
            mark = "right"
        marks[row["written"]][mark] += 1
        print(f"{mark:<7}{row['sentence']:<45}{', '.join(verdict.labels)}")
    for written, counts in marks.items():
        cells = [f"{counts[mark]} {mark}" for mark in ("right", "wrong", "unsure")]
        print(f"written {written}: {', '.join(cells)}")


if __name__ == "__main__":
    main()
