"""Compare our network with linear classifiers of character n-grams, on the same rows.

`python -m benchmarks.accuracy.compare` prints a table for each data set: LinearSVC and logistic
regression on TF-IDF; the same with the rows that our network is pretrained on, as far as they have
one of the data's labels, so that more data are no advantage; and ours, from scratch and pretrained.
Without the lecture's files (`python data/fetch_lecture.py`) their table is left out.
`--task reviews` prints the table of compare_reviews.py instead.
"""

import argparse
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from statistics import mean

from benchmarks.accuracy.compare_reviews import compare_reviews
from benchmarks.accuracy.linear_rivals import EXTRA_WEIGHTS, KINDS, grid, tune
from benchmarks.accuracy.trials import Result, Trainer, linear_result, our_result, spread
from benchmarks.common import LECTURE_DATA, machine, print_table
from model.data.rows import Dataset
from model.tasks import TASKS
from model.tasks.names import read_names

TASK = TASKS["names"]
FOLDERS = {"embedded": TASK.data, "lecture": LECTURE_DATA}
PRETRAINING = [TASK.data / "pretraining.csv.gz"]
SCORES = ("accuracy", "macro_f1")
HEADERS = ["", "validation accuracy", "validation macro-F1", "accuracy", "macro-F1", "top-3"]
HEADERS += ["ECE", "seconds", "rows trained on"]


def compare(
    dataset: Dataset, pretraining: Sequence[Path], seeds: int
) -> Iterator[tuple[str, Result]]:
    """Yield, as they are done, linear results without and with extra rows, and ours, by group."""
    tuned = []
    for kind in KINDS:
        tuned.append(tune(grid(kind), dataset))
        yield "linear", linear_result(tuned[-1], dataset)
    trainer = Trainer(dataset, pretraining)
    extra = trainer.pretraining.train  # of the data's labels; no validation or test name
    for settings in tuned:
        cases = [replace(settings, extra_weight=weight) for weight in EXTRA_WEIGHTS]
        weighted = tune(cases, dataset, extra)
        yield "linear with extra rows", linear_result(weighted, dataset, extra)
    recipe = TASK.pretrained_recipe
    yield "ours", our_result("ours, pretrained", trainer, recipe, seeds, pretrained=True)
    yield "ours", our_result("ours, from scratch", trainer, TASK.recipe, seeds)


def cells(result: Result, n_rows: int) -> list[str]:
    """Return a row of the table; `n_rows` is the number of training and validation rows."""
    probable = [spread(result.test, score) for score in ("top3_accuracy", "ece")]
    return [
        result.name,
        *(spread(result.validation, score) for score in SCORES),
        *(spread(result.test, score) for score in SCORES),
        *(probable if result.has_probabilities else ["", ""]),
        f"{mean(result.seconds):.1f}",
        f"{n_rows:,}" + (f" + {result.n_extra:,}" if result.n_extra else ""),
    ]


def print_results(
    dataset: Dataset, results: Iterable[tuple[str, Result]]
) -> dict[str, list[Result]]:
    """Print the table, each row once it is there; return the results by group."""
    by_group = defaultdict(list)

    def rows() -> Iterator[list[str]]:
        for group, result in results:
            by_group[group].append(result)
            yield cells(result, len(dataset.train) + len(dataset.validation))

    print_table(HEADERS, rows())
    return by_group


def gaps(data: str, results: dict[str, list[Result]]) -> list[list[str]]:
    """Return how many points ours are above the best rival in each test score."""

    def gap(our: Result, rivals: list[Result], score: str) -> str:
        return f"{100 * (our.score(score) - max(rival.score(score) for rival in rivals)):+.1f}"

    return [
        [f"{data}: {our.name} − {rivals}", *(gap(our, results[rivals], s) for s in SCORES)]
        for our in results["ours"]
        for rivals in ("linear", "linear with extra rows")
    ]


def compare_names(options: argparse.Namespace) -> None:
    """Print the tables of names."""
    print(f"{machine()}; {options.seeds} seeds", flush=True)
    gap_rows = []
    for data in FOLDERS if options.data == "both" else [options.data]:
        if not (FOLDERS[data] / "names_train.csv.gz").exists():
            print(f"\nLeft out {data}: no files. `python data/fetch_lecture.py` fetches them.")
            continue
        print(f"\n## {data}\n")
        dataset = read_names(FOLDERS[data])
        results = compare(dataset, options.pretraining, options.seeds)
        gap_rows += gaps(data, print_results(dataset, results))
    print()
    print_table(["points above", "accuracy", "macro-F1"], gap_rows)


COMPARISONS = {"names": compare_names, "reviews": compare_reviews}


def main() -> None:
    """Print the tables."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--task", choices=COMPARISONS, default="names")
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--data", choices=[*FOLDERS, "both"], default="both", help="of names")
    parser.add_argument(
        "--pretraining", nargs="+", metavar="FILE", type=Path, default=PRETRAINING, help="of names"
    )
    options = parser.parse_args()
    COMPARISONS[options.task](options)


if __name__ == "__main__":
    main()
