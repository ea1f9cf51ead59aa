"""Count a model's right verdicts on sentences that people type, such as "not bad" and "10/10".

    python -m benchmarks.accuracy.verdicts [--model FOLDER]

verdicts.tsv holds the lowest and the highest sentiment, 0 to 4, that a fair judge accepts: of 45
sentences written before any model was asked, and of 57 that somebody wrote who had seen neither
these nor data/review_frames.toml. A side of the scale ("Negative, 92%") is right if both of its
sentiments are accepted; unsure is not right.
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
    rows = list(
        csv.DictReader(SENTENCES.read_text("utf-8").splitlines(), delimiter="\t")
    )
    marks: dict[str, list[str]] = {row["written"]: [] for row in rows}
    for row, answer in zip(
        rows, classifier.answers([r["sentence"] for r in rows]), strict=True
    ):
        label, end = answer.predictions[0][0], answer.side and answer.side[0]
        named = sides[end] if end else {classifier.labels.index(label)}
        right = named <= set(range(int(row["lowest"]), int(row["highest"]) + 1))
        mark = "unsure" if answer.unsure else "right" if right else "wrong"
        marks[row["written"]].append(mark)
        print(f"{mark:<7}{row['sentence']:<45}{f'the {end} side' if end else label}")
    for written, of_these in marks.items():
        counts = (
            f"{of_these.count(mark)} {mark}" for mark in ("right", "wrong", "unsure")
        )
        print(f"written {written}: {', '.join(counts)}")


if __name__ == "__main__":
    main()
