"""Compare our network with linear classifiers of words on the contest's film reviews.

`python -m benchmarks.accuracy.compare --task reviews` prints one table: LinearSVC and logistic
regression on TF-IDF of words and pairs of words, and ours. It reads the contest's file in
data/sentiment/ and, if it is there, a teacher's beliefs.tsv.gz, which data/teacher.py makes.
"""

import argparse
import sys
from collections.abc import Iterator
from pathlib import Path
from statistics import mean

import torch

from benchmarks.accuracy.linear_rivals import Settings, tune
from benchmarks.accuracy.trials import Result, Trainer, linear_result, our_result, spread
from benchmarks.common import ROOT, machine, print_table
from model.core import length_buckets
from model.data.beliefs import with_teacher
from model.data.rows import Dataset, encode_rows
from model.storage.facts import standard_error
from model.tasks import TASKS
from model.words import WordEncoder

TASK = TASKS["reviews"]
CONTEST = ROOT / "data" / "sentiment"
BELIEFS = CONTEST / "beliefs.tsv.gz"
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


def results(dataset: Dataset, seeds: int) -> Iterator[Result]:
    """Yield the linear results and ours as they are done."""
    for kind, costs in RIVALS.items():
        settings = tune([Settings(kind, "word", 2, cost) for cost in costs], dataset)
        yield linear_result(settings, dataset)
    name = "ours, with a teacher" if dataset.beliefs else "ours"
    yield our_result(name, Trainer(dataset), TASK.recipe, seeds)


def cells(result: Result, padding: float) -> list[str]:
    """Return a row of the table; `padding` is the share of it in our batches."""
    wholes = [report["wholes"] for report in result.test]
    return [
        result.name,
        spread(result.validation, "accuracy"),
        spread(result.test, "accuracy"),
        spread(result.test, "macro_f1"),
        spread(wholes, "accuracy"),
        f"{standard_error(mean(w['accuracy'] for w in wholes), wholes[0]['rows']):.2%}",
        spread(result.test, "ece") if result.has_probabilities else "",
        f"{mean(result.seconds):.1f}",
        f"{padding:.1%}" if result.name.startswith("ours") else "",
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
    if BELIEFS.exists():
        dataset = with_teacher(dataset, BELIEFS)
    wholes = [sum(rows.wholes) for rows in (dataset.train, dataset.validation, dataset.test)]
    taught = f"; {len(dataset.beliefs):,} texts of the teacher" if dataset.beliefs else ""
    print(
        f"{machine()}; {options.seeds} seeds; {len(dataset.test):,} test rows of {wholes[2]:,} of "
        f"{sum(wholes):,} sentences{taught}",
        end="\n\n",
        flush=True,
    )
    padding = padding_share(dataset)
    print_table(HEADERS, (cells(result, padding) for result in results(dataset, options.seeds)))
