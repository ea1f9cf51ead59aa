"""Compare our network with linear classifiers of words on the contest's film reviews.

`python -m benchmarks.accuracy.compare --task reviews --models FOLDER…` prints one table: LinearSVC
and logistic regression on TF-IDF of words and pairs of words, fitted to the contest's file in
data/sentiment/, and the mean of what train.py measured of the networks in these folders.
"""

import argparse
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from statistics import mean

import torch

from benchmarks.accuracy.linear_rivals import Settings, fit_twice, report_on, tune
from benchmarks.common import ROOT, machine, mean_and_spread, print_table
from model import TextClassifier
from model.core import length_buckets
from model.data.rows import Dataset, encode_rows
from model.storage.facts import standard_error
from model.tasks import TASKS
from model.words import WordEncoder

TASK = TASKS["reviews"]
CONTEST = ROOT / "data" / "sentiment"
COSTS = (0.1, 0.2, 0.4, 0.8, 1.6)
RIVALS = {"LinearSVC": COSTS, "LogisticRegression": tuple(10 * cost for cost in COSTS)}
HEADERS = ["", "validation accuracy", "accuracy", "macro-F1", "accuracy of sentences"]
HEADERS += ["standard error", "ECE", "seconds", "padding"]


def find_contest_file() -> Path:
    """Return the contest's file, or exit with one line if it is absent."""
    for name in ("train.tsv", "train.tsv.gz"):
        if (CONTEST / name).exists():
            return CONTEST / name
    sys.exit(f"No file {CONTEST.relative_to(ROOT)}/train.tsv: put there {TASK.where_from}.")


def results(dataset: Dataset, folders: Sequence[str | Path]) -> Iterator[list[str]]:
    """Yield the rows of the table as they are done."""
    for kind, costs in RIVALS.items():
        settings = tune([Settings(kind, "word", 2, cost) for cost in costs], dataset)
        tuned, final = fit_twice(settings, dataset)
        validation = report_on(tuned, dataset, dataset.validation)
        test = report_on(final, dataset, dataset.test)
        result = {"validation": validation, "test": test, "seconds": final.seconds}
        row = cells(str(settings), [result])
        row[HEADERS.index("ECE")] *= kind == "LogisticRegression"  # the other has no probabilities
        yield [*row, ""]
    ours = [TextClassifier.load(folder).metrics for folder in folders]
    yield [*cells("ours", ours), f"{padding_share(dataset):.1%}"]


def cells(name: str, results: Sequence[dict]) -> list[str]:
    """Return a row of the table less its last cell, from the metrics of models, averaged."""

    def spread(part: str, score: str, form: str = "{:.2%}") -> str:
        return mean_and_spread([result[part][score] for result in results], form)

    wholes = [result["test"]["wholes"] for result in results]
    return [
        name,
        spread("validation", "accuracy"),
        spread("test", "accuracy"),
        spread("test", "macro_f1", "{:.4f}"),
        mean_and_spread([w["accuracy"] for w in wholes], "{:.2%}"),
        f"{standard_error(mean(w['accuracy'] for w in wholes), wholes[0]['rows']):.2%}",
        spread("test", "ece", "{:.4f}"),
        f"{mean(result['seconds'] for result in results):.1f}",
    ]


def padding_share(dataset: Dataset) -> float:
    """Return the share of places in the batches of an epoch that hold padding."""
    encoder = WordEncoder.from_texts(dataset.train.texts)
    lengths = encode_rows(dataset.train, encoder, dataset.labels).lengths
    shuffling = torch.Generator().manual_seed(0)
    batches = length_buckets(lengths, TASK.recipe.batch_size, shuffling)
    places = sum(len(batch) * int(lengths[batch].max()) for batch in batches)
    return 1 - int(lengths.sum()) / places


def compare_reviews(options: argparse.Namespace) -> None:
    """Print the table, each row once it is there."""
    dataset = TASK.read(find_contest_file())
    wholes = [sum(rows.wholes) for rows in (dataset.train, dataset.validation, dataset.test)]
    rows = f"{len(dataset.test):,} test rows of {wholes[2]:,} of {sum(wholes):,} sentences"
    print(f"{machine()}; {rows}", end="\n\n", flush=True)
    print_table(HEADERS, results(dataset, options.models or [TASK.output]))
