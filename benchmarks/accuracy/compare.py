"""Compare trained networks with a linear classifier, on the same text and the same rows.

`python -m benchmarks.accuracy.compare --models FOLDER…` scores model folders of names, and prints
the mean and the standard deviation over them beside the baseline; without `--models` it scores the
shipped one. So the table of three seeds takes:

    for seed in 0 1 2; do python train.py --seed $seed --output out/names-$seed; done
    python -m benchmarks.accuracy.compare --models out/names-?

The baseline is a logistic regression of n-grams. It learns the training rows with and without
marks, these once more as an epoch of the network draws them, and the rows to pretrain on, which
weigh less. `--no-baseline` leaves it out.

`--task reviews --data train.tsv` does the same for the contest's file of film reviews, of which the
baseline reads words and pairs of words.
"""

import argparse
import csv
from collections.abc import Iterator, Sequence
from functools import partial
from pathlib import Path

import numpy as np
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline

from benchmarks.common import ROOT, machine, mean_and_spread, print_table
from model import Answer, TextClassifier
from model.core import normalise
from model.data.pairs import read_pretraining
from model.data.rows import Dataset, Rows
from model.data.variation import Variation, in_both_forms, vary_all, without_marks
from model.decisions import Thresholds, decide_all
from model.letters import decompose
from model.tasks import TASKS
from model.training.scores import (
    OUTSIDE,
    by_script,
    report,
    score_list,
    score_with_none,
)
from model.words import cut

NAMES = TASKS["names"]
COMMON = ROOT / "tests" / "data" / "common_names.csv"
LETTERS = {"preprocessor": decompose, "analyzer": "char_wb", "ngram_range": (1, 5)}
WORDS = {
    "preprocessor": normalise,
    "tokenizer": cut,
    "token_pattern": None,
    "ngram_range": (1, 2),
}
# C of both tasks, and the weight of a row to pretrain on: chosen on validation rows
COST, EXTRA_WEIGHT = 3.0, 0.1
TEST = {
    "accuracy": "accuracy",
    "macro_f1": "macro-F1",
    "top3_accuracy": "top 3",
    "ece": "ECE",
}
LIST = {
    "right": "right",
    "none_or_unsure": "none or unsure",
    "above_80": "a language above 0.8",
}
FORMS = {"macro-F1": "{:.4f}", "ECE": "{:.4f}"}  # all others are percentages
COMMON_SCORES = [
    "right",
    "as the page answers",
    "own language",
    "in the top 3",
    "none",
    "unsure",
]
COMMON_SCORES += ["wrong above 0.8"]
Scores = dict[tuple[str, int, str], float]  # of which texts, how many, which score


class Baseline:
    """A logistic regression of n-grams, which answers as a TextClassifier does, never with none."""

    def __init__(self, dataset: Dataset, of_words: bool):
        """Learn the training and validation rows; of names also the varied and the extra ones."""
        self.labels = dataset.labels
        usual = Thresholds()
        self.decide = partial(decide_all, labels=self.labels, thresholds=usual)
        rows, extra = dataset.train, Rows()
        if not of_words:
            before, _ = read_pretraining(
                [NAMES.data / "pretraining.csv.gz"], dataset, NAMES.words
            )
            rows, extra = in_both_forms(rows), in_both_forms(before.train)
            variation = Variation(
                dataset.given_names, NAMES.pretrained_recipe.full_share
            )
            varied, extra = (
                Rows(vary_all(variation, r, 0), r.labels) for r in (rows, extra)
            )
            rows += varied
        rows += dataset.validation
        vectors = TfidfVectorizer(sublinear_tf=True, **(WORDS if of_words else LETTERS))
        # saga is ten times faster here than lbfgs.
        options = {
            "C": COST,
            "solver": "saga",
            "tol": 1e-3,
            "max_iter": 300,
            "random_state": 0,
        }
        weights = np.repeat([1.0, EXTRA_WEIGHT], [len(rows), len(extra)])
        targets = [self.labels.index(label) for label in rows.labels + extra.labels]
        self.pipeline = make_pipeline(vectors, LogisticRegression(**options)).fit(
            rows.texts + extra.texts, targets, logisticregression__sample_weight=weights
        )

    def predict_all(
        self, texts: Sequence[str], **_: bool
    ) -> tuple[np.ndarray, np.ndarray]:
        """Return probabilities (n, labels), and that of none (n,), which is 0."""
        return self.pipeline.predict_proba(texts), np.zeros(len(texts))


def scores_of(
    model: TextClassifier | Baseline, dataset: Dataset, lists: dict[str, Rows]
) -> Scores:
    """Return all scores of the test rows, and of `lists` that the model can have."""
    scores: Scores = {}
    tests = {"as written": dataset.test, "without marks": without_marks(dataset.test)}
    for form, rows in tests.items():
        targets = np.array([model.labels.index(label) for label in rows.labels])
        probabilities, _ = model.predict_all(rows.texts, any_text=True)
        accepted = dataset.accepted(rows)
        found = report(probabilities, targets, model.labels, accepted, rows.wholes)
        scores |= {
            (f"test texts {form}", len(rows), TEST[key]): found[key] for key in TEST
        }
        if wholes := found.get(
            "wholes"
        ):  # sentences, of which the other rows are phrases
            named = f"whole sentences {form}", wholes["rows"]
            scores |= {
                (*named, TEST[key]): wholes[key] for key in TEST if key in wholes
            }
    if isinstance(model, TextClassifier) and OUTSIDE in lists:
        printed = score_with_none(model, dataset.test, lists[OUTSIDE])
        texts = "test texts and names from outside, as printed"
        scores[texts, printed["rows"] + printed["outside"], "ECE"] = printed["ece"]
    for name, rows in lists.items():
        if any(rows.labels) or isinstance(model, TextClassifier):
            predicted = model.predict_all(rows.texts, any_text=True)
            listed = score_list(model, rows.labels, *predicted)
            scores |= {
                (name, len(rows), LIST[key]): listed[key]
                for key in LIST
                if key in listed
            }
    return scores


def table(columns: Sequence[Sequence[Scores]]) -> Iterator[list[str]]:
    """Yield a row for each score; a column holds the scores of models that are averaged."""
    for name, n, score in columns[0][0]:
        values = [
            [s[name, n, score] for s in c if (name, n, score) in s] for c in columns
        ]
        form = FORMS.get(score, "{:.2%}")
        cells = [mean_and_spread(found, form) if found else "" for found in values]
        yield [f"{name.replace('_', ' ')}: {score}", f"{n:,}", *cells]


def common_scores(row: dict[str, str], answer: Answer) -> list[bool]:
    """Return the COMMON_SCORES of an answer, right if its first language is an accepted one."""
    accepted, found = (
        row["accepted"].split("|"),
        [label for label, _ in answer.predictions],
    )
    right, in_top = found[0] in accepted, not {*found[:3]}.isdisjoint(accepted)
    sure = not right and answer.predictions[0][1] > 0.8
    verdicts = [right and not answer.is_none, found[0] == row["language"], in_top]
    return [right, *verdicts, answer.is_none, answer.unsure, sure]


def common_table(
    rows: list[dict[str, str]], answers: Sequence[Sequence[Answer]]
) -> Iterator[list[str]]:
    """Yield the share of people for each language and form, and over all.

    There each language and form counts by its number of names, whatever its people. `answers` holds
    those of each model to all rows; the models' shares are averaged.
    """
    values = np.array(
        [list(map(common_scores, rows, of_model)) for of_model in answers]
    )
    groups = np.array([f"{row['language']}, {row['form']}" for row in rows])
    weights, shares = np.array([float(row["weight"]) for row in rows]), {}
    for group in dict.fromkeys(groups.tolist()):
        of = groups == group
        shares[group] = np.average(values[:, of], axis=1, weights=weights[of]), of.sum()
    parts, sizes = zip(*shares.values(), strict=True)
    shares["all"] = np.average(parts, axis=0, weights=sizes), len(rows)
    for group, (share, n) in shares.items():
        yield [
            group,
            str(n),
            *(mean_and_spread(list(column), "{:.1%}") for column in share.T),
        ]


def main() -> None:
    """Print the tables."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--task", choices=TASKS, default="names")
    parser.add_argument("--data", type=Path, help="default: the shipped names")
    parser.add_argument(
        "--models", nargs="+", metavar="FOLDER", help="default: the shipped one"
    )
    parser.add_argument(
        "--baseline", action=argparse.BooleanOptionalAction, default=True
    )
    options = parser.parse_args()
    task = TASKS[options.task]
    if not (data := options.data or task.data):
        parser.error(f"--data is needed: {task.where_from}")
    dataset, folders = task.read(data), options.models or [task.output]
    lists = by_script(dataset) | task.lists(dataset.labels)
    networks = [TextClassifier.load(folder) for folder in folders]
    print(f"{machine()}; {len(folders)} trained networks", end="\n\n", flush=True)
    columns = {"ours": [scores_of(network, dataset, lists) for network in networks]}
    if options.baseline:
        baseline = Baseline(dataset, of_words=task is not NAMES)
        columns["logistic regression"] = [scores_of(baseline, dataset, lists)]
    print_table(["", "n", *columns], table(list(columns.values())))
    if task is NAMES:
        rows = list(csv.DictReader(COMMON.read_text("utf-8").splitlines()))
        answers = [
            network.answers([row["name"] for row in rows]) for network in networks
        ]
        print_table(
            ["common names, by people", "n", *COMMON_SCORES],
            common_table(rows, answers),
        )


if __name__ == "__main__":
    main()
