"""The most common surnames of each language, weighed by their bearers: what a visitor meets."""

import csv
from collections.abc import Iterator, Sequence

import numpy as np

from benchmarks.common import ROOT, mean_and_spread
from model import Answer

PATH = ROOT / "tests" / "data" / "common_names.csv"
SCORES = ["right", "as the page answers", "own language", "in the top 3", "none", "unsure"]
SCORES += ["wrong above 0.8"]
Row = dict[str, str]


def read_common() -> list[Row]:
    """Return the rows of the list."""
    with open(PATH, encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def scores(row: Row, answer: Answer) -> list[bool]:
    """Return the SCORES of an answer, which is right if its first language is an accepted one."""
    accepted, found = row["accepted"].split("|"), [label for label, _ in answer.predictions]
    right, in_top = found[0] in accepted, not {*found[:3]}.isdisjoint(accepted)
    sure = not right and answer.predictions[0][1] > 0.8
    verdicts = [right and not answer.is_none, found[0] == row["language"], in_top]
    return [right, *verdicts, answer.is_none, answer.unsure, sure]


def table(rows: list[Row], answers: Sequence[Sequence[Answer]]) -> Iterator[list[str]]:
    """Yield the share of people for each language and form, and over all.

    There each language and form counts by its number of names, whatever its people. `answers` holds
    those of each model to all rows; the models' shares are averaged.
    """
    values = np.array([[scores(*pair) for pair in zip(rows, a, strict=True)] for a in answers])
    groups = np.array([f"{row['language']}, {row['form']}" for row in rows])
    weights, shares = np.array([float(row["weight"]) for row in rows]), {}
    for group in dict.fromkeys(groups.tolist()):
        of = groups == group
        shares[group] = np.average(values[:, of], axis=1, weights=weights[of]), of.sum()
    parts, sizes = zip(*shares.values(), strict=True)
    shares["all"] = np.average(parts, axis=0, weights=sizes), len(rows)
    for group, (share, n) in shares.items():
        yield [group, str(n), *(mean_and_spread(list(column), "{:.1%}") for column in share.T)]


def wrong_names(rows: list[Row], answers: Sequence[Answer]) -> Iterator[list[str]]:
    """Yield the names that are answered wrong above 0.5, the surest first."""
    pairs = zip(rows, answers, strict=True)
    for row, answer in sorted(pairs, key=lambda pair: -pair[1].predictions[0][1]):
        label, probability = answer.predictions[0]
        if probability > 0.5 and not scores(row, answer)[0]:
            accepted = row["accepted"].replace("|", ", ")
            yield [row["name"], row["rank"], accepted, label, f"{probability:.2f}"]
