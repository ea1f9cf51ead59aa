"""Compare trained networks with linear classifiers of n-grams, on the same text and the same rows.

`python -m benchmarks.accuracy.compare --models FOLDER…` scores model folders, and prints the mean
and the standard deviation over them beside LinearSVC and logistic regression; without `--models` it
scores the shipped one. `--lecture FOLDER…` adds folders trained on the lecture's files. So the
table of three seeds, and of the lecture's files, takes:

    for seed in 0 1 2; do
        python train.py --seed $seed --output out/names-$seed
        python train.py --seed $seed --output out/lecture-$seed \\
            --data data/lecture --pretraining data/pretraining.csv.gz
    done
    python -m benchmarks.accuracy.compare --models out/names-? --lecture out/lecture-?

The linear classifiers read decomposed letters, as the network does. They learn the training rows
with and without marks, and these once more as an epoch of the network draws them, and the rows to
pretrain on as drawn, those from outside as a class "none". N-grams, C and the weight of the rows to
pretrain on are tuned on validation rows, and the logistic regression gets the same calibration
as the network. `--no-rivals` leaves them out. `--task reviews` prints the table of
compare_reviews.py instead.
"""

import argparse
import csv
from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import chain
from pathlib import Path
from statistics import mean

from benchmarks.accuracy.compare_reviews import compare_reviews
from benchmarks.accuracy.linear_rivals import (
    EXTRA_WEIGHTS,
    KINDS,
    NONE,
    Rival,
    fit_twice,
    grid,
    report_on,
    tune,
)
from benchmarks.common import machine, mean_and_spread, print_table, require_lecture_data
from model import TextClassifier
from model.data.pairs import read_pretraining
from model.data.rows import Dataset, Rows
from model.data.variation import Variation, in_both_forms, vary_all, without_marks
from model.letters import decompose
from model.tasks import TASKS
from model.tasks.names import LISTS, WORDS, read_lists, read_names
from model.training.results import by_script
from model.training.scores import score_list

TASK = TASKS["names"]
TEST = {"accuracy": "accuracy", "macro_f1": "macro-F1", "top3_accuracy": "top 3", "ece": "ECE"}
OF_ONE_LANGUAGE = {"accuracy": "accuracy", "accuracy_any": "one of the name's languages"}
LIST = {"right": "right", "none_or_unsure": "none or unsure", "above_80": "a language above 0.8"}
GAPS = ("predicted", "gap", "class-wise error")
LECTURE = "the lecture's test names"
UNSURE = "right answers called unsure or none"
FORMS = dict.fromkeys((TEST["macro_f1"], TEST["ece"]), "{:.4f}")  # of all others: percent
NEED_PROBABILITIES = {TEST["top3_accuracy"], TEST["ece"], *list(LIST.values())[1:], UNSURE}
OUTSIDE = {
    "with a group in the pretraining file": lambda rows: rows not in ("strays", "none"),
    "with stray rows in it": lambda rows: rows == "strays",
    "without a row in it": lambda rows: rows == "none",
}
Model = TextClassifier | Rival
Scores = dict[tuple[str, int, str], float]  # of which texts, how many, which score


def all_lists(dataset: Dataset) -> dict[str, Rows]:
    """Return the texts that are scored by score_list: test rows by script, and tests/data."""
    lists = by_script(dataset) | read_lists(dataset.labels)
    with open(LISTS / "outside_names.csv", encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    for part, belongs in OUTSIDE.items():
        names = [row["name"] for row in rows if belongs(row["training_rows"])]
        lists[f"outside_names, of languages {part}"] = Rows(names, [""] * len(names))
    return lists


def scores_of(
    model: Model, dataset: Dataset, lists: dict[str, Rows], names: str = "test names"
) -> Scores:
    """Return all scores of the table that the model can have; `names` is what the test rows are."""
    test, threshold = dataset.test, model.calibration.unsure_below
    written = f"{names} as written"
    plain = without_marks(test)
    marked = test.take([i for i, label in enumerate(test.labels) if label == "Vietnamese"])
    scores = test_scores(f"{names} without marks", model, dataset, plain)
    scores |= test_scores(written, model, dataset, test)
    if len(marked):
        found = report_on(model, dataset, marked)
        name = f"{written}, Vietnamese"
        scores |= {
            (name, len(marked), label): found[score] for score, label in OF_ONE_LANGUAGE.items()
        }
    listed = score_list(test.labels, model.labels, *model.predict_any(test.texts), threshold)
    sure = listed["right"] * (1 - listed["unsure_if_right"])
    right = scores[written, len(test), TEST["accuracy"]]  # whether or not none is likelier
    scores[written, len(test), UNSURE] = 1 - sure / right if right else 0.0
    for name, rows in lists.items():
        listed = score_list(rows.labels, model.labels, *model.predict_any(rows.texts), threshold)
        scores |= {(name, len(rows), LIST[s]): listed[s] for s in LIST if s in listed}
    return possible(model, scores)


def test_scores(name: str, model: Model, dataset: Dataset, rows: Rows) -> Scores:
    """Return the scores of a report on `rows` that the model can have."""
    found = report_on(model, dataset, rows)
    return possible(model, {(name, len(rows), TEST[score]): found[score] for score in TEST})


def possible(model: Model, scores: Scores) -> Scores:
    """Return the scores less those that need probabilities, if the model has none."""
    probable = has_probabilities(model)
    return {k: s for k, s in scores.items() if probable or k[2] not in NEED_PROBABILITIES}


def has_probabilities(model: Model) -> bool:
    """Return whether its outputs are more than an order of the labels."""
    return not isinstance(model, Rival) or model.settings.kind == "LogisticRegression"


def fit_rivals(dataset: Dataset, pretraining: Path) -> Iterator[Rival]:
    """Yield the linear classifiers of what the network learns from."""
    before, after = read_pretraining([pretraining], dataset, WORDS)
    outside = after.outsiders.texts
    extra = before.train + Rows(outside, [NONE] * len(outside))
    recipe = TASK.pretrained_recipe
    train, extra = in_both_forms(dataset.train), in_both_forms(extra)
    variation = Variation(dataset.given_names, recipe.full_share)
    varied, extra = (Rows(vary_all(variation, r, 0), r.labels) for r in (train, extra))
    dataset = replace(dataset, train=train + varied)
    for kind in KINDS:
        settings = tune(grid(kind, decompose), dataset)
        cases = [replace(settings, extra_weight=weight) for weight in EXTRA_WEIGHTS]
        yield fit_twice(tune(cases, dataset, extra), dataset, extra)[1]


def table(columns: Sequence[Sequence[Scores]]) -> Iterator[list[str]]:
    """Yield a row for each score; a column holds the scores of models that are averaged."""
    keys = dict.fromkeys(key for column in columns for scores in column for key in scores)
    for name, n, score in keys:
        values = [[s[name, n, score] for s in c if (name, n, score) in s] for c in columns]
        form = FORMS.get(score, "{:.2%}")
        cells = [mean_and_spread(found, form) if found else "" for found in values]
        yield [f"{name.replace('_', ' ')}: {score}", f"{n:,}", *cells]


def calibration(labels: Sequence[str], groups: Sequence[Sequence[dict]]) -> Iterator[list[str]]:
    """Yield for each label the calibration in groups of reports, each group averaged."""

    def cells(rows: list[dict]) -> list[str]:
        predicted = mean(row["predicted"] for row in rows)
        classwise = mean(row["calibration_error"] for row in rows)
        known, gap = [row for row in rows if row["predicted"]], ""
        if known:
            gap_mean, error = (mean(row[s] for row in known) for s in ("gap", "gap_error"))
            gap = f"{gap_mean:+.3f} ± {error:.3f}"
        return [f"{predicted:,.0f}", gap, f"{classwise:.4f}"]

    for i, label in enumerate(labels):
        rows = [cells([report["per_label"][i] for report in group]) for group in groups]
        yield [label, *chain.from_iterable(rows)]
    means = [mean(report["classwise_ece"] for report in group) for group in groups]
    yield ["mean", *chain.from_iterable(["", "", f"{value:.4f}"] for value in means)]


def compare_names(options: argparse.Namespace) -> None:
    """Print the tables of names."""
    dataset = read_names(TASK.data)
    ours = [TextClassifier.load(folder) for folder in options.models or [TASK.output]]
    rivals = list(fit_rivals(dataset, options.pretraining)) if options.rivals else []
    settings = "".join(f"; {rival.settings}" for rival in rivals)
    print(f"{machine()}; {len(ours)} trained networks{settings}", end="\n\n", flush=True)
    groups: list[Sequence[Model]] = [ours, *([rival] for rival in rivals)]
    lists = all_lists(dataset)
    columns = [[scores_of(model, dataset, lists) for model in group] for group in groups]
    if options.lecture:
        lecture = read_names(require_lecture_data())
        theirs: list[Sequence[Model]] = [[TextClassifier.load(f) for f in options.lecture]]
        if rivals:
            theirs += [[rival] for rival in fit_rivals(lecture, options.pretraining)]
        for column, group in zip(columns, theirs, strict=True):
            column += [test_scores(LECTURE, model, lecture, lecture.test) for model in group]
    names = ["ours", *(rival.settings.kind for rival in rivals)]
    print_table(["", "n", *names], table(columns))
    print()
    probable = [i for i, group in enumerate(groups) if has_probabilities(group[0])]
    reports = [[report_on(model, dataset, dataset.test) for model in groups[i]] for i in probable]
    heads = [f"{names[i]}: {what}" for i in probable for what in GAPS]
    print_table(["test names as written", *heads], calibration(dataset.labels, reports))


COMPARISONS = {"names": compare_names, "reviews": compare_reviews}


def main() -> None:
    """Print the tables."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--task", choices=COMPARISONS, default="names")
    parser.add_argument("--models", nargs="+", metavar="FOLDER", help="default: the shipped one")
    parser.add_argument("--lecture", nargs="+", metavar="FOLDER", help="of the lecture's files")
    parser.add_argument("--rivals", action=argparse.BooleanOptionalAction, default=True)
    parser.add_argument("--pretraining", type=Path, default=TASK.data / "pretraining.csv.gz")
    options = parser.parse_args()
    COMPARISONS[options.task](options)


if __name__ == "__main__":
    main()
