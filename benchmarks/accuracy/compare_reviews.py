"""Compare our network with linear classifiers of words on the contest's film reviews.

`python -m benchmarks.accuracy.compare --task reviews` prints one table: LinearSVC and logistic
regression on TF-IDF of words and pairs of words, and ours. The contest's file is looked for in
data/sentiment/, and beside it a teacher's beliefs.tsv.gz, which data/teacher.py makes; without it
ours has no teacher.
"""

import argparse
import sys
from collections.abc import Iterator
from pathlib import Path
from statistics import mean

import torch

from benchmarks.accuracy.linear_rivals import KINDS, Settings, tune_costs
from benchmarks.accuracy.results import Result, linear_result, our_result, spread
from benchmarks.accuracy.trainer import Trainer
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
NOTES = """{test:,} test rows of {wholes:,} sentences, a tenth of the file's {sentences:,}; no
sentence of theirs is among the rows of training and validation. They are not the standard test of
2,210 sentences, so published scores do not compare. A sentence is the longest phrase of its number;
the standard error is that of its score on {wholes:,} of them. Ours: mean ± standard deviation over
{seeds} seeds, of train.py's recipe. Validation accuracy chooses C of the linear ones, and the epoch
of ours. Validation scores and temperature are those of a fit to the training rows alone; test
scores are those of the final fit, to training and validation rows. {taught}
Seconds: of the final fit of the linear ones, n-grams included; all stages of ours.
Padding: share of the places in an epoch's batches."""


def find_contest_file() -> Path:
    """Return the contest's file, or exit with one line if it is absent."""
    for name in ("train.tsv", "train.tsv.gz"):
        if (CONTEST / name).exists():
            return CONTEST / name
    sys.exit(f"No file {CONTEST.relative_to(ROOT)}/train.tsv: put there {TASK.where_from}.")


def results(dataset: Dataset, seeds: int) -> Iterator[Result]:
    """Yield the linear results and ours as they are done."""
    for kind in KINDS:
        settings = tune_costs([Settings(kind, "word", 2)], dataset, RIVALS[kind])
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
    splits = (dataset.train, dataset.validation, dataset.test)
    notes = NOTES.format(
        test=len(dataset.test),
        wholes=sum(dataset.test.wholes),
        sentences=sum(sum(rows.wholes) for rows in splits),
        seeds=options.seeds,
        taught=f"The teacher's texts: {len(dataset.beliefs):,}." if dataset.beliefs else "",
    )
    print(machine(), notes, sep="\n\n", end="\n\n", flush=True)
    padding = padding_share(dataset)
    print_table(HEADERS, (cells(result, padding) for result in results(dataset, options.seeds)))
