"""Compare our network with the baselines on the contest's film reviews.

`python -m benchmarks.accuracy.compare --task reviews --models FOLDER…` prints one table: the
baselines, which read words and pairs of words of the contest's file in data/sentiment/, and the
mean of what train.py measured of the networks in these folders.
"""

import argparse
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from statistics import mean

from benchmarks.accuracy.baselines import KINDS, Baseline, fit_best, report_on
from benchmarks.common import ROOT, machine, mean_and_spread, print_table
from model import TextClassifier
from model.data.rows import Dataset
from model.storage.facts import standard_error
from model.tasks import TASKS

TASK = TASKS["reviews"]
COSTS = (0.1, 0.2, 0.4, 0.8, 2.0, 4.0, 8.0)
HEADERS = ["", "accuracy", "macro-F1", "accuracy of sentences", "standard error", "ECE"]


def results(dataset: Dataset, folders: Sequence[str | Path]) -> Iterator[list[str]]:
    """Yield the rows of the table as they are done."""
    for kind in KINDS:
        best = fit_best([Baseline(kind, cost, of_words=True) for cost in COSTS], dataset)
        *cells, ece = scores([report_on(best, dataset, dataset.test)])
        yield [str(best), *cells, ece if best.has_probabilities else ""]
    yield ["ours", *scores([TextClassifier.load(folder).metrics["test"] for folder in folders])]


def scores(reports: Sequence[dict]) -> list[str]:
    """Return a row of the table less its first cell, from reports that are averaged."""
    sentences = [report["wholes"]["accuracy"] for report in reports]
    return [
        mean_and_spread([report["accuracy"] for report in reports], "{:.2%}"),
        mean_and_spread([report["macro_f1"] for report in reports], "{:.4f}"),
        mean_and_spread(sentences, "{:.2%}"),
        f"{standard_error(mean(sentences), reports[0]['wholes']['rows']):.2%}",
        mean_and_spread([report["ece"] for report in reports], "{:.4f}"),
    ]


def compare_reviews(options: argparse.Namespace) -> None:
    """Print the table, each row once it is there."""
    folder = ROOT / "data" / "sentiment"
    path = next(iter(sorted(folder.glob("train.tsv*"))), None)
    if path is None:
        sys.exit(f"No file {folder.relative_to(ROOT)}/train.tsv: put there {TASK.where_from}.")
    dataset = TASK.read(path)
    rows = f"{len(dataset.test):,} test rows of {sum(dataset.test.wholes):,} sentences"
    print(f"{machine()}; {rows}", end="\n\n", flush=True)
    print_table(HEADERS, results(dataset, options.models or [TASK.output]))
