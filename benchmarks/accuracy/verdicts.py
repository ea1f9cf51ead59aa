"""Count a model's right verdicts on 45 sentences such as "not bad", written before any was asked.

    python -m benchmarks.accuracy.verdicts [--model FOLDER]

verdicts.tsv holds the lowest and the highest sentiment, 0 to 4, that a fair judge accepts. A side
of the scale ("Negative, 92%") is right if both of its sentiments are accepted; unsure is not right.
"""

import argparse
import csv
from pathlib import Path

from model import TextClassifier

SENTENCES = Path(__file__).with_suffix(".tsv")


def main() -> None:
    """Print the verdict on each sentence, then how many are right."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--model", default="model/weights/reviews")
    classifier = TextClassifier.load(parser.parse_args().model)
    sides = {classifier.labels[0]: {0, 1}, classifier.labels[-1]: {3, 4}}
    with SENTENCES.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file, delimiter="\t"))
    marks = []
    for row, answer in zip(rows, classifier.answers([r["sentence"] for r in rows]), strict=True):
        label, end = answer.predictions[0][0], answer.side and answer.side[0]
        named = sides[end] if end else {classifier.labels.index(label)}
        right = named <= set(range(int(row["lowest"]), int(row["highest"]) + 1))
        marks.append("unsure" if answer.unsure else "right" if right else "wrong")
        print(f"{marks[-1]:<7}{row['sentence']:<45}{f'the {end} side' if end else label}")
    print(", ".join(f"{marks.count(mark)} {mark}" for mark in ("right", "wrong", "unsure")))


if __name__ == "__main__":
    main()
