"""Compare our network with linear classifiers of words on the contest's film reviews.

`python benchmarks/compare.py --task reviews` prints one table: LinearSVC and logistic regression on
TF-IDF of words and pairs of words, and ours. All choices are made on validation rows; the test
rows, of other sentences, are scored once. The contest's file is looked for in data/sentiment/, and
beside it a teacher's beliefs.tsv.gz, which data/teacher.py makes; without, ours has no teacher.
"""

import argparse
import sys
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from statistics import mean

import torch
from common import ROOT, machine, print_table
from linear_rivals import KINDS, Rival, Settings, tune_costs
from stages import Trainer, mean_and_spread

from model.dataset import Dataset, EncodedRows
from model.encoding import length_buckets
from model.evaluation import standard_error
from model.results import evaluate
from model.tasks import TASKS
from model.teacher import with_teacher

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
scores are those of the final fit, to training and validation rows{refit}. {taught}
Seconds: of the final fit of the linear ones, n-grams included; all stages of ours.
Padding: share of the places in an epoch's batches."""


@dataclass(frozen=True)
class Result:
    """A line of the table: reports on validation and test rows and seconds, one per seed."""

    name: str
    validation: list[dict]
    test: list[dict]
    seconds: list[float]
    padding: float | None = None
    has_probabilities: bool = True

    def cells(self) -> list[str]:
        """Return the line's cells."""
        wholes = [report["wholes"] for report in self.test]
        return [
            self.name,
            _spread(self.validation, "accuracy"),
            _spread(self.test, "accuracy"),
            _spread(self.test, "macro_f1"),
            _spread(wholes, "accuracy"),
            f"{standard_error(mean(w['accuracy'] for w in wholes), wholes[0]['rows']):.2%}",
            _spread(self.test, "ece") if self.has_probabilities else "",
            f"{mean(self.seconds):.1f}",
            "" if self.padding is None else f"{self.padding:.1%}",
        ]


def _spread(reports: list[dict], score: str) -> str:
    form = "{:.2%}" if score == "accuracy" else "{:.4f}"
    return mean_and_spread([report[score] for report in reports], form)


def find_contest_file() -> Path:
    """Return the contest's file, or exit with one line if it is absent."""
    for name in ("train.tsv", "train.tsv.gz"):
        if (CONTEST / name).exists():
            return CONTEST / name
    sys.exit(f"No file {CONTEST.relative_to(ROOT)}/train.tsv: put there {TASK.where_from}.")


def rival_result(kind: str, dataset: Dataset) -> Result:
    """Tune on validation rows, fit to these too, score."""
    settings = tune_costs([Settings(kind, "word", 2)], dataset, RIVALS[kind])
    tuned = Rival(settings, dataset.labels, dataset.train)
    tuned.calibrate(dataset.validation)
    final = Rival(settings, dataset.labels, dataset.train + dataset.validation)
    final.temperature = tuned.temperature
    return Result(
        str(settings),
        [tuned.report(dataset, dataset.validation)],
        [final.report(dataset, dataset.test)],
        [final.seconds],
        has_probabilities=kind == "LogisticRegression",
    )


def our_result(dataset: Dataset, seeds: int) -> Result:
    """Train with each seed; score."""
    trainer = Trainer(dataset)
    name = "ours, with a teacher" if dataset.beliefs else "ours"
    result = Result(name, [], [], [], padding_share(dataset))
    for seed in range(seeds):
        trained = trainer.train(replace(TASK.recipe, seed=seed))
        result.validation.append(evaluate(trained.held_out, dataset, dataset.validation))
        result.test.append(evaluate(trained.final, dataset, dataset.test))
        result.seconds.append(trained.seconds)
    return result


def padding_share(dataset: Dataset) -> float:
    """Return the share of places in the batches of an epoch that hold padding."""
    encoder = TASK.recipe.build(dataset).encoder
    lengths = EncodedRows.from_rows(dataset.train, encoder, dataset.labels).lengths
    shuffling = torch.Generator().manual_seed(0)
    batches = length_buckets(lengths, TASK.recipe.batch_size, shuffling)
    places = sum(len(batch) * int(lengths[batch].max()) for batch in batches)
    return 1 - int(lengths.sum()) / places


def compare_reviews(options: argparse.Namespace) -> int:
    """Print the table, each row once it is there; return the exit status."""
    dataset = TASK.read(find_contest_file())
    if BELIEFS.exists():
        dataset = with_teacher(dataset, BELIEFS)
    refit = "" if TASK.recipe.refit else ", ours to training rows alone"
    taught = f"The teacher's texts: {len(dataset.beliefs):,}." if dataset.beliefs else ""
    notes = NOTES.format(
        test=len(dataset.test),
        wholes=sum(dataset.test.wholes),
        sentences=sum(
            sum(rows.wholes) for rows in (dataset.train, dataset.validation, dataset.test)
        ),
        seeds=options.seeds,
        refit=refit,
        taught=taught,
    )
    print(machine(), notes, sep="\n\n", end="\n\n", flush=True)
    print_table(HEADERS, (result.cells() for result in results(dataset, options.seeds)))
    return 0


def results(dataset: Dataset, seeds: int) -> Iterator[Result]:
    """Yield the results as they are there."""
    for kind in KINDS:
        yield rival_result(kind, dataset)
    yield our_result(dataset, seeds)
