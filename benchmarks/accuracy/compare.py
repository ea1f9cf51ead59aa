"""Compare trained networks with the baselines, on the same text and the same rows.

`python -m benchmarks.accuracy.compare --models FOLDER…` scores model folders of names, and prints
the mean and the standard deviation over them beside the baselines; without `--models` it scores the
shipped one. So the table of three seeds takes:

    for seed in 0 1 2; do python train.py --seed $seed --output out/names-$seed; done
    python -m benchmarks.accuracy.compare --models out/names-?

The baselines learn the training rows with and without marks, and these once more as an epoch of the
network draws them, and the rows to pretrain on as drawn, those from outside as a class "none". C
and the weight of the rows to pretrain on are tuned on validation rows, and the logistic regression
gets the same calibration as the network. `--no-baselines` leaves them out.

`--task reviews` does the same for the contest's file in data/sentiment/, of which the baselines
read words and pairs of words.
"""

import argparse
import sys
from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import chain
from statistics import mean

from benchmarks.accuracy import common
from benchmarks.accuracy.baselines import KINDS, NONE, Baseline, fit_best, report_on
from benchmarks.common import ROOT, machine, mean_and_spread, print_table
from model import TextClassifier
from model.data.pairs import read_pretraining
from model.data.rows import Dataset, Rows
from model.data.variation import Variation, in_both_forms, vary_all, without_marks
from model.tasks import TASKS
from model.tasks.names import WORDS, read_lists, read_names
from model.training.scores import by_script, score_list

NAMES, REVIEWS = TASKS["names"], TASKS["reviews"]
CONTEST = ROOT / "data" / "sentiment"
COSTS, EXTRA_WEIGHTS = (0.1, 0.3, 1.0, 3.0, 10.0), (0.1, 0.3, 1.0)
TEST = {"accuracy": "accuracy", "macro_f1": "macro-F1", "top3_accuracy": "top 3", "ece": "ECE"}
LIST = {"right": "right", "none_or_unsure": "none or unsure", "above_80": "a language above 0.8"}
LIST["plain"] = "right, and neither unsure nor none"
GAPS = ("predicted", "gap", "class-wise error")
FORMS = dict.fromkeys([*TEST.values(), *LIST.values()], "{:.2%}")
FORMS |= {"macro-F1": "{:.4f}", "ECE": "{:.4f}"}
WITHOUT_PROBABILITIES = {"accuracy", "macro-F1", "right"}  # all that a LinearSVC can have
Model = TextClassifier | Baseline
Scores = dict[tuple[str, int, str], float]  # of which texts, how many, which score


def scores_of(
    model: Model, dataset: Dataset, lists: dict[str, Rows], texts: str = "names"
) -> Scores:
    """Return all scores of the test rows, which are `texts`, and of `lists` that it can have."""
    written, plain = f"test {texts} as written", f"test {texts} without marks"
    scores: Scores = {}
    for name, rows in {written: dataset.test, plain: without_marks(dataset.test)}.items():
        found = report_on(model, dataset, rows)
        scores |= {(name, len(rows), TEST[key]): found[key] for key in TEST}
        if wholes := found.get("wholes"):  # sentences, of which the other rows are phrases
            scores[f"{name}, whole sentences", wholes["rows"], "accuracy"] = wholes["accuracy"]
    for name, rows in {written: dataset.test, **lists}.items():
        answers, decide = model.predict_any(rows.texts), model.calibration.decide
        listed = score_list(rows.labels, model.labels, *answers, decide)
        if name == written:
            listed["plain"] = listed["right"] * (1 - listed["unsure_if_right"])
        scores |= {(name, len(rows), LIST[key]): listed[key] for key in LIST if key in listed}
    possible = set(FORMS) if has_probabilities(model) else WITHOUT_PROBABILITIES
    return {key: score for key, score in scores.items() if key[2] in possible}


def has_probabilities(model: Model) -> bool:
    """Return whether its outputs are more than an order of the labels."""
    return not isinstance(model, Baseline) or model.has_probabilities


def fit_baselines(dataset: Dataset) -> Iterator[Baseline]:
    """Yield the linear classifiers of what the network of names learns from."""
    before, after = read_pretraining([NAMES.data / "pretraining.csv.gz"], dataset, WORDS)
    outside = after.none.texts
    extra = in_both_forms(before.train + Rows(outside, [NONE] * len(outside)))
    train = in_both_forms(dataset.train)
    variation = Variation(dataset.given_names, NAMES.pretrained_recipe.full_share)
    varied, extra = (Rows(vary_all(variation, r, 0), r.labels) for r in (train, extra))
    dataset = replace(dataset, train=train + varied)
    for kind in KINDS:
        best = fit_best([Baseline(kind, cost) for cost in COSTS], dataset)
        cases = [replace(best, extra_weight=weight) for weight in EXTRA_WEIGHTS]
        yield fit_best(cases, dataset, extra)


def fit_word_baselines(dataset: Dataset) -> Iterator[Baseline]:
    """Yield the linear classifiers of words."""
    for kind in KINDS:
        yield fit_best([Baseline(kind, cost, of_words=True) for cost in COSTS], dataset)


def table(columns: Sequence[Sequence[Scores]]) -> Iterator[list[str]]:
    """Yield a row for each score; a column holds the scores of models that are averaged."""
    keys = dict.fromkeys(key for column in columns for scores in column for key in scores)
    for name, n, score in keys:
        values = [[s[name, n, score] for s in c if (name, n, score) in s] for c in columns]
        cells = [mean_and_spread(found, FORMS[score]) if found else "" for found in values]
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


def read_reviews() -> Dataset:
    """Return the rows of the contest's file, or exit with one line if it is absent."""
    paths = sorted(CONTEST.glob("train.tsv*"))
    if not paths:
        sys.exit(f"No file {CONTEST.relative_to(ROOT)}/train.tsv: put there {REVIEWS.where_from}.")
    return REVIEWS.read(paths[0])


def main() -> None:
    """Print the tables."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--task", choices=TASKS, default="names")
    parser.add_argument("--models", nargs="+", metavar="FOLDER", help="default: the shipped one")
    parser.add_argument("--baselines", action=argparse.BooleanOptionalAction, default=True)
    options = parser.parse_args()
    of_names, texts = options.task == "names", TASKS[options.task].words.texts
    dataset = read_names(NAMES.data) if of_names else read_reviews()
    lists = by_script(dataset) | (read_lists(dataset.labels) if of_names else {})
    folders = options.models or [TASKS[options.task].output]
    networks = [TextClassifier.load(folder) for folder in folders]
    groups: list[Sequence[Model]] = [networks]
    if options.baselines:
        found = fit_baselines(dataset) if of_names else fit_word_baselines(dataset)
        groups += [[baseline] for baseline in found]
    names = ["ours", *(str(baseline) for baseline, *_ in groups[1:])]
    print(f"{machine()}; {len(folders)} trained networks", end="\n\n", flush=True)
    columns = [[scores_of(model, dataset, lists, texts) for model in group] for group in groups]
    print_table(["", "n", *names], table(columns))
    print()
    probable = [i for i, group in enumerate(groups) if has_probabilities(group[0])]
    reports = [[report_on(model, dataset, dataset.test) for model in groups[i]] for i in probable]
    heads = [f"{names[i]}: {what}" for i in probable for what in GAPS]
    print_table([f"test {texts} as written", *heads], calibration(dataset.labels, reports))
    if of_names:
        rows = common.read_common()
        answers = [network.answers([row["name"] for row in rows]) for network in networks]
        print()
        print_table(["common names, by people", "n", *common.SCORES], common.table(rows, answers))
        print()
        heads = ["name", "rank", "accepted", "answer of the first network", "probability"]
        print_table(heads, common.wrong_names(rows, answers[0]))


if __name__ == "__main__":
    main()
