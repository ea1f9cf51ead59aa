"""Compare trained networks with a linear classifier of the same rows.

`python -m benchmarks.accuracy.compare --models FOLDER…` prints the scores in the metrics.json of
model folders, as mean and standard deviation over them, beside the baseline's on the test rows;
without `--models` those of the shipped model. So the table of three seeds takes:

    for seed in 0 1 2; do python train.py --seed $seed --output out/names-$seed; done
    python -m benchmarks.accuracy.compare --models out/names-?

The baseline is a logistic regression of n-grams. It learns the training rows with and without
marks, these once more as an epoch of the network draws them, and the rows to pretrain on, which
weigh less. A second table has the names with marks by language, as written and typed without,
beside a LinearSVC of names without marks; `--no-baseline` leaves both classifiers out. A third
table has the common names.
"""

import argparse
import csv
from collections import defaultdict
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import Pipeline
from sklearn.svm import LinearSVC

from benchmarks.common import ROOT, machine, mean_and_spread, print_table
from model import Answer, TextClassifier
from model.data.pairs import read_pretraining
from model.data.rows import Dataset, Rows
from model.data.variation import (
    Variation,
    folded,
    in_both_forms,
    vary_all,
    without_marks,
)
from model.letters import decompose
from model.tasks.registry import TASKS
from model.training.baselines import linear_classifier
from model.training.scores import report

NAMES = TASKS["names"]
COMMON = ROOT / "tests" / "data" / "common_names.csv"
# Chosen on validation rows: C, and the weight of a row to pretrain on
COST = 3.0
EXTRA_WEIGHT = 0.1
REGRESSION = LogisticRegression(
    C=COST,
    solver="saga",  # ten times faster here than lbfgs
    tol=1e-3,
    max_iter=300,
    random_state=0,
)
# The scores in the table with their forms
FORMS = {
    "accuracy": "{:.2%}",
    "macro_f1": "{:.4f}",
    "top3_accuracy": "{:.2%}",
    "ece": "{:.4f}",
    "right": "{:.2%}",
    "none_or_unsure": "{:.2%}",
    "above_80": "{:.2%}",
    "as_written": "{:.2%}",
    "without_marks": "{:.2%}",
}
Scores = dict[str, dict]  # those of each part of the rows, by its title


def train_baseline(
    dataset: Dataset,
    data: Path = NAMES.data,
    classifier: LogisticRegression | LinearSVC = REGRESSION,
) -> Pipeline:
    """Return a linear classifier of n-grams that learns the names in the folder `data`."""
    rows, extra = names_to_learn(dataset, data)
    rows += dataset.validation
    ngrams = TfidfVectorizer(
        preprocessor=decompose,
        analyzer="char_wb",
        ngram_range=(1, 5),
        sublinear_tf=True,
    )
    baseline = Pipeline([("ngrams", ngrams), ("classifier", classifier)])
    both = rows + extra
    weights = np.ones(len(both))
    weights[len(rows) :] = EXTRA_WEIGHT
    return baseline.fit(both.texts, both.labels, classifier__sample_weight=weights)


def names_to_learn(dataset: Dataset, data: Path) -> tuple[Rows, Rows]:
    """Return the training rows with and without marks and varied, and the varied extra ones."""
    path = data / "pretraining.csv.gz"
    pretraining, _ = read_pretraining([path], dataset, NAMES.kind)
    rows = in_both_forms(dataset.train)
    extra = in_both_forms(pretraining.train)
    full_share = NAMES.pretrained_recipe.full_share
    variation = Variation(dataset.given_names, full_share)
    rows += Rows(vary_all(variation, rows, 0), rows.labels)
    return rows, Rows(vary_all(variation, extra, 0), extra.labels)


def score_baseline(baseline: Pipeline, dataset: Dataset) -> Scores:
    """Return the scores of the test rows as they are, and without marks."""
    labels = list(baseline.classes_)
    scores = {}
    tests = {
        "test": dataset.test,
        "test folded": without_marks(dataset.test),
    }
    for title, rows in tests.items():
        probabilities = baseline.predict_proba(rows.texts)
        targets = [labels.index(label) for label in rows.labels]
        accepted = dataset.accepted(rows)
        scores[title] = report(
            probabilities,
            np.array(targets),
            labels,
            accepted,
        )
    return scores


def scores_in(metrics: dict, title: str = "") -> Scores:
    """Return each part of metrics.json that has a number of rows, by its path."""
    scores = {}
    for name, part in metrics.items():
        if isinstance(part, dict):
            path = f"{title} {name}".strip()
            if "rows" in part:
                scores[path] = part
            scores |= scores_in(part, path)
    return scores


def table(columns: Sequence[Sequence[Scores]]) -> Iterator[list[str]]:
    """Yield a row for each score; a column holds the scores of models that are averaged."""
    first, *_ = columns[0]
    for title, part in first.items():
        for name, form in FORMS.items():
            if name not in part:
                continue
            cells = []
            for column in columns:
                values = [scores[title][name] for scores in column if title in scores]
                cells.append(mean_and_spread(values, form) if values else "")
            heading = f"{title}: {name}".replace("_", " ")
            yield [heading, f"{part['rows']:,}", *cells]


def without_marks_by_svc(dataset: Dataset) -> dict[str, float]:
    """Return the share of test names with marks that a LinearSVC gets right without, by label."""
    learned = without_marks(dataset.train + dataset.validation)
    marked = dataset.test.where(lambda text, _: text != folded(text))
    typed = without_marks(marked)
    classifier = linear_classifier().fit(learned.texts, learned.labels)
    answers = classifier.predict(typed.texts)
    is_right = defaultdict(list)
    for label, answer in zip(typed.labels, answers, strict=True):
        is_right[label].append(answer == label)
        is_right["all"].append(answer == label)
    return {label: float(np.mean(values)) for label, values in is_right.items()}


def marked_table(
    networks: Sequence[TextClassifier],
    svc: dict[str, float],
) -> Iterator[list[str]]:
    """Yield a row for each language that has names with marks, then one for all of them.

    `svc` has the last column, or nothing.
    """
    parts = []
    for network in networks:
        marked = network.metrics["test"]["marked"]
        parts.append([*marked["per_label"], marked | {"label": "all"}])
    for of_networks in zip(*parts, strict=True):
        first = of_networks[0]
        cells = [first["label"], str(first["rows"])]
        for form in ("as_written", "without_marks"):
            shares = [row[form] for row in of_networks]
            cells.append(mean_and_spread(shares, "{:.1%}"))
        if svc:
            cells.append(f"{svc[first['label']]:.1%}")
        yield cells


def common_scores(row: dict[str, str], answer: Answer) -> dict[str, bool]:
    """Return the scores of an answer, which is right if its first language is an accepted one."""
    accepted = set(row["accepted"].split("|"))
    languages = [language for language, _ in answer.predictions]
    first, probability = answer.predictions[0]
    is_right = first in accepted
    return {
        "right": is_right,
        "as the page answers": is_right and not answer.is_none,
        "own language": first == row["language"],
        "in the top 3": not accepted.isdisjoint(languages[:3]),
        "none": answer.is_none,
        "unsure": answer.unsure,
        "wrong above 0.8": not is_right and probability > 0.8,
    }


def common_table(
    rows: list[dict[str, str]], answers: Sequence[Sequence[Answer]]
) -> Iterator[list[str]]:
    """Yield the headings, then the share of people for each language and form, and over all.

    There each language and form counts by its number of names, whatever its people. `answers` holds
    those of each model to all rows; the models' shares are averaged.
    """
    weights = np.empty(len(rows))
    groups = defaultdict(list)  # numbers of the rows of each language and form
    for i, row in enumerate(rows):
        weights[i] = float(row["weight"])
        group = f"{row['language']}, {row['form']}"
        groups[group].append(i)
    shares = defaultdict(list)  # of each model, for each group (scores,)
    for of_model in answers:
        scores = list(map(common_scores, rows, of_model))
        values = np.array([list(score.values()) for score in scores])
        total = 0
        for group, members in groups.items():
            share = np.average(
                values[members],
                axis=0,
                weights=weights[members],
            )
            shares[group].append(share)
            total += share * len(members)
        shares["all"].append(total / len(rows))
    yield ["common names, by people", "n", *scores[0]]
    groups["all"] = rows
    for group, members in groups.items():
        columns = np.transpose(shares[group]).tolist()
        cells = [mean_and_spread(column, "{:.1%}") for column in columns]
        yield [group, str(len(members)), *cells]


def main() -> None:
    """Print the tables."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    add = parser.add_argument
    add("--models", nargs="+", metavar="FOLDER", default=[NAMES.output])
    add("--baseline", action=argparse.BooleanOptionalAction, default=True)
    options = parser.parse_args()
    networks = [TextClassifier.load(folder) for folder in options.models]
    print(f"{machine()}; {len(networks)} trained networks", end="\n\n", flush=True)
    columns = {}
    columns["ours"] = [scores_in(network.metrics) for network in networks]
    marked_headings = ["names with marks", "n", "as written", "without marks"]
    svc = {}
    if options.baseline:
        dataset = NAMES.read(NAMES.data)
        baseline = train_baseline(dataset)
        columns["logistic regression"] = [score_baseline(baseline, dataset)]
        svc = without_marks_by_svc(dataset)
        marked_headings.append("LinearSVC without marks")
    headings = ["", "n", *columns]
    print_table(headings, table(list(columns.values())))
    print_table(marked_headings, marked_table(networks, svc))

    lines = COMMON.read_text("utf-8").splitlines()
    rows = list(csv.DictReader(lines))
    names = [row["name"] for row in rows]
    answers = [network.answers(names) for network in networks]
    headings, *shares = common_table(rows, answers)
    print_table(headings, shares)


if __name__ == "__main__":
    main()
