"""Compare our network with linear classifiers of character n-grams, on the same rows.

`python benchmarks/compare.py` prints a table for each data set: LinearSVC and logistic regression
on TF-IDF, tuned on our own validation rows; the same with the rows that our network is pretrained
on, as far as they have one of the data's labels, so that more data are no advantage; and ours, from
scratch and pretrained. All choices are made on validation rows, and the test rows are scored once.
The lecture's files come from `python data/fetch_lecture.py`; without them they are left out.
`--task reviews` prints the table of compare_reviews.py instead.
"""

import argparse
import sys
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from statistics import mean

from common import LECTURE_DATA, machine, print_table
from compare_reviews import compare_reviews
from linear_rivals import KINDS, NO_ROWS, Rival, Settings, extra_rows, tune, tune_extra_weight
from stages import Trainer, mean_and_spread

from model.data.rows import Dataset, Rows
from model.tasks import TASKS
from model.tasks.names import read_names
from model.training.results import evaluate

TASK = TASKS["names"]
FOLDERS = {"embedded": TASK.data, "lecture": LECTURE_DATA}
# Two thirds of the lecture's names are Russian: there validation wants that prior back, and some
# of its languages have a handful of rows, which no floor can help.
CHANGES = {"embedded": {}, "lecture": {"prior_power": None, "recall_floor": 0.0}}
PRETRAINING = [TASK.data / "pretraining.csv.gz"]
SCORES = ("accuracy", "macro_f1")
HEADERS = ["", "validation accuracy", "validation macro-F1", "accuracy", "macro-F1", "top-3"]
HEADERS += ["ECE", "seconds", "rows trained on"]
NOTES = """Ours: mean ± standard deviation over {seeds} seeds, of train.py's recipes for names; on
the lecture's files with the power of the prior fitted to validation, and no floor of recall.
Validation accuracy chooses n-grams, C and weight of the linear ones, and the epoch of ours.
Validation scores and temperature are those of a fit to the training rows alone; test scores are
those of the final fit, to training and validation rows where the recipe of ours asks for a refit.
With extra rows, n-grams and C are those tuned without them, and the weight of such a row is tuned.
Seconds: the final fit of the linear ones, n-grams included; all stages of ours.
The lecture's own loop is not in the table: benchmarks/lecture_loop.py prints its accuracy."""


@dataclass(frozen=True)
class Result:
    """A line of the table: reports on validation and test rows and seconds, one per seed."""

    name: str
    rows: str
    validation: list[dict]
    test: list[dict]
    seconds: list[float]
    has_probabilities: bool = True

    def cells(self) -> list[str]:
        """Return the line's cells."""
        probable = [_spread(self.test, score) for score in ("top3_accuracy", "ece")]
        return [
            self.name,
            *(_spread(self.validation, score) for score in SCORES),
            *(_spread(self.test, score) for score in SCORES),
            *(probable if self.has_probabilities else ["", ""]),
            f"{mean(self.seconds):.1f}",
            self.rows,
        ]

    def score(self, score: str) -> float:
        """Return the mean of a test score."""
        return mean(report[score] for report in self.test)


def _spread(reports: list[dict], score: str) -> str:
    form = "{:.2%}" if "accuracy" in score else "{:.4f}"
    return mean_and_spread([report[score] for report in reports], form)


def rival_result(settings: Settings, dataset: Dataset, extra: Rows = NO_ROWS) -> Result:
    """Fit to the training rows for the validation scores, then to validation rows too; score."""
    tuned = Rival(settings, dataset.labels, dataset.train, extra)
    tuned.calibrate(dataset.validation)
    rows = dataset.train + dataset.validation
    refitted = Rival(settings, dataset.labels, rows, extra)
    refitted.temperature = tuned.temperature
    return Result(
        name=str(settings),
        rows=f"{len(rows):,}" + (f" + {len(extra):,}" if extra else ""),
        validation=[tuned.report(dataset, dataset.validation)],
        test=[refitted.report(dataset, dataset.test)],
        seconds=[refitted.seconds],
        has_probabilities=settings.kind == "LogisticRegression",
    )


def our_result(trainer: Trainer, seeds: int, pretrained: bool, changes: dict) -> Result:
    """Train with each seed, from scratch or pretrained; score."""
    recipe = replace(TASK.pretrained_recipe if pretrained else TASK.recipe, **changes)
    dataset = trainer.dataset
    rows = len(dataset.train) + (len(dataset.validation) if recipe.refit else 0)
    extra = trainer.pretraining.train + trainer.pretraining.outsiders
    more = f" + {len(extra):,}" if pretrained else ""
    name = "ours, pretrained" if pretrained else "ours, from scratch"
    result = Result(name, f"{rows:,}{more}", [], [], [])
    for seed in range(seeds):
        seeded = replace(recipe, seed=seed)
        trained = trainer.train(seeded, seeded.first_stage() if pretrained else None)
        result.validation.append(evaluate(trained.held_out, dataset, dataset.validation))
        result.test.append(evaluate(trained.final, dataset, dataset.test))
        result.seconds.append(trained.seconds)
    return result


def compare(
    dataset: Dataset, pretraining: Sequence[Path], seeds: int, changes: dict
) -> Iterator[tuple[str, Result]]:
    """Yield, as they are done, linear results without and with extra rows, and ours, by group."""
    tuned = []
    for kind in KINDS:
        tuned.append(tune(kind, dataset))
        yield "linear", rival_result(tuned[-1], dataset)
    extra = extra_rows(pretraining, dataset)
    for settings in tuned:
        weighted = tune_extra_weight(settings, dataset, extra)
        yield "linear with extra rows", rival_result(weighted, dataset, extra)
    trainer = Trainer(dataset, pretraining)
    for pretrained in (True, False):
        yield "ours", our_result(trainer, seeds, pretrained, changes)


def print_results(results: Iterable[tuple[str, Result]]) -> dict[str, list[Result]]:
    """Print the table, each row once it is there; return the results by group."""
    by_group = defaultdict(list)

    def rows() -> Iterator[list[str]]:
        for group, result in results:
            by_group[group].append(result)
            yield result.cells()

    print_table(HEADERS, rows())
    return by_group


def gaps(data: str, results: dict[str, list[Result]]) -> list[list[str]]:
    """Return lines of how far ours are above the best rival in each score, in points."""
    return [
        [f"{data}: {our.name} − {rivals}", *(_gap(our, results[rivals], s) for s in SCORES)]
        for our in results["ours"]
        for rivals in ("linear", "linear with extra rows")
    ]


def _gap(our: Result, rivals: list[Result], score: str) -> str:
    return f"{100 * (our.score(score) - max(rival.score(score) for rival in rivals)):+.1f}"


def main() -> int:
    """Print the tables; return the exit status."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--task", choices=COMPARISONS, default="names")
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--data", choices=[*FOLDERS, "both"], default="both", help="of names")
    parser.add_argument(
        "--pretraining", nargs="+", metavar="FILE", type=Path, default=PRETRAINING, help="of names"
    )
    options = parser.parse_args()
    return COMPARISONS[options.task](options)


def compare_names(options: argparse.Namespace) -> int:
    """Print the tables of names; return the exit status."""
    print(machine(), NOTES.format(seeds=options.seeds), sep="\n\n", flush=True)
    gap_rows = []
    for data in FOLDERS if options.data == "both" else [options.data]:
        if not (FOLDERS[data] / "names_train.csv.gz").exists():
            print(f"\nLeft out {data}: no files. `python data/fetch_lecture.py` fetches them.")
            continue
        print(f"\n## {data}\n")
        dataset = read_names(FOLDERS[data])
        results = compare(dataset, options.pretraining, options.seeds, CHANGES[data])
        gap_rows += gaps(data, print_results(results))
    print("\nThe best rival is the best on the test rows, in each score by itself.\n")
    print_table(["points above", "accuracy", "macro-F1"], gap_rows)
    return 0


COMPARISONS = {"names": compare_names, "reviews": compare_reviews}


if __name__ == "__main__":
    sys.exit(main())
