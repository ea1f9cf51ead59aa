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
from pathlib import Path

import numpy as np
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression

from benchmarks.common import ROOT, machine, mean_and_spread, print_table
from model import Answer, TextClassifier
from model.core import normalise
from model.data.pairs import read_pretraining
from model.data.rows import Dataset, Rows
from model.data.variation import Variation, in_both_forms, vary_all, without_marks
from model.decisions import Thresholds, Verdict, decide_all
from model.letters import decompose
from model.tasks import TASKS
from model.training.metrics import OUTSIDE, by_script, score_list, score_with_none
from model.training.scores import report
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
# Chosen on validation rows: C of both tasks, and the weight of a row to pretrain on
COST = 3.0
EXTRA_WEIGHT = 0.1
NAMES_OF_SCORES = {  # in the table, by the keys of `report` and `score_list`
    "accuracy": "accuracy",
    "macro_f1": "macro-F1",
    "top3_accuracy": "top 3",
    "ece": "ECE",
    "right": "right",
    "none_or_unsure": "none or unsure",
    "above_80": "a language above 0.8",
}
FORMS = {"macro-F1": "{:.4f}", "ECE": "{:.4f}"}  # all others are percentages
Scores = dict[tuple[str, int, str], float]  # of which texts, how many, which score


class Baseline:
    """A logistic regression of n-grams, which answers as a TextClassifier does, never with none."""

    def __init__(self, dataset: Dataset, of_words: bool):
        """Learn the training and validation rows; of names also the varied and the extra ones."""
        self.labels = dataset.labels
        rows = dataset.train
        extra = Rows()
        options = WORDS
        if not of_words:
            rows, extra = names_to_learn(dataset)
            options = LETTERS
        rows += dataset.validation
        self.ngrams = TfidfVectorizer(sublinear_tf=True, **options)
        self.regression = LogisticRegression(
            C=COST,
            solver="saga",  # ten times faster here than lbfgs
            tol=1e-3,
            max_iter=300,
            random_state=0,
        )
        both = rows + extra
        self.regression.fit(
            self.ngrams.fit_transform(both.texts),
            [self.labels.index(label) for label in both.labels],
            sample_weight=np.repeat([1.0, EXTRA_WEIGHT], [len(rows), len(extra)]),
        )

    def predict_all(self, texts: Sequence[str], **_: bool) -> Sequence[np.ndarray]:
        """Return probabilities (n, labels), and that of none (n,), which is 0."""
        probabilities = self.regression.predict_proba(self.ngrams.transform(texts))
        return probabilities, np.zeros(len(texts))

    def decide(self, probabilities: np.ndarray, none: np.ndarray) -> list[Verdict]:
        """Return the verdicts on n texts by what `predict_all` returns of them."""
        return decide_all(probabilities, none, self.labels, Thresholds())


def names_to_learn(dataset: Dataset) -> tuple[Rows, Rows]:
    """Return the training rows with and without marks and varied, and the varied extra ones."""
    path = NAMES.data / "pretraining.csv.gz"
    pretraining, _ = read_pretraining([path], dataset, NAMES.kind)
    rows = in_both_forms(dataset.train)
    extra = in_both_forms(pretraining.train)
    full_share = NAMES.pretrained_recipe.full_share
    variation = Variation(dataset.given_names, full_share)
    rows += Rows(vary_all(variation, rows, 0), rows.labels)
    return rows, Rows(vary_all(variation, extra, 0), extra.labels)


def scores_of(
    model: TextClassifier | Baseline,
    dataset: Dataset,
    lists: dict[str, Rows],
) -> Scores:
    """Return all scores of the test rows, and of `lists` that the model can have."""
    scores: Scores = {}

    def add(texts: str, n: int, values: dict) -> None:
        for key, name in NAMES_OF_SCORES.items():
            if key in values:
                scores[texts, n, name] = values[key]

    tests = {"as written": dataset.test, "without marks": without_marks(dataset.test)}
    for form, rows in tests.items():
        probabilities, _ = model.predict_all(rows.texts, any_text=True)
        values = report(
            probabilities,
            np.array([model.labels.index(label) for label in rows.labels]),
            model.labels,
            dataset.accepted(rows),
            rows.wholes,
        )
        add(f"test texts {form}", len(rows), values)
        wholes = values.get("wholes")  # sentences, of which the other rows are phrases
        if wholes:
            add(f"whole sentences {form}", wholes["rows"], wholes)
    is_network = isinstance(model, TextClassifier)
    if is_network and OUTSIDE in lists:
        printed = score_with_none(model.model, dataset.test, lists[OUTSIDE])
        title = "test texts and names from outside, as printed"
        n = printed["rows"] + printed["outside"]
        add(title, n, printed)
    for name, rows in lists.items():
        if is_network or any(rows.labels):
            probabilities, none = model.predict_all(rows.texts, any_text=True)
            decider = model.model if is_network else model
            values = score_list(decider, rows.labels, probabilities, none)
            add(name, len(rows), values)
    return scores


def table(columns: Sequence[Sequence[Scores]]) -> Iterator[list[str]]:
    """Yield a row for each score; a column holds the scores of models that are averaged."""
    first, *_ = columns[0]
    for key in first:
        texts, n, score = key
        form = FORMS.get(score, "{:.2%}")
        cells = []
        for column in columns:
            values = [scores[key] for scores in column if key in scores]
            cells.append(mean_and_spread(values, form) if values else "")
        yield [f"{texts.replace('_', ' ')}: {score}", f"{n:,}", *cells]


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
    rows: list[dict[str, str]],
    answers: Sequence[Sequence[Answer]],
) -> Iterator[list[str]]:
    """Yield the share of people for each language and form, and over all, below the headings.

    There each language and form counts by its number of names, whatever its people. `answers` holds
    those of each model to all rows; the models' shares are averaged.
    """
    scores = [
        [common_scores(row, answer) for row, answer in zip(rows, of_model, strict=True)]
        for of_model in answers
    ]
    yield ["common names, by people", "n", *scores[0][0]]
    # (models, names, scores)
    values = np.array([[list(s.values()) for s in of_model] for of_model in scores])
    weights = np.array([float(row["weight"]) for row in rows])
    groups = np.array([f"{row['language']}, {row['form']}" for row in rows])
    shares = {}
    sizes = {}
    for group in dict.fromkeys(groups.tolist()):
        is_in = groups == group
        sizes[group] = is_in.sum()
        shares[group] = np.average(
            values[:, is_in],
            axis=1,
            weights=weights[is_in],
        )
    shares["all"] = np.average(
        list(shares.values()),
        axis=0,
        weights=list(sizes.values()),
    )
    sizes["all"] = len(rows)
    for group, of_models in shares.items():
        cells = [mean_and_spread(list(column), "{:.1%}") for column in of_models.T]
        yield [group, str(sizes[group]), *cells]


def main() -> None:
    """Print the tables."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    add = parser.add_argument
    add("--task", choices=TASKS, default="names")
    add("--data", type=Path, help="default: the shipped names")
    add(
        "--models",
        nargs="+",
        metavar="FOLDER",
        help="default: the shipped one",
    )
    add("--baseline", action=argparse.BooleanOptionalAction, default=True)
    options = parser.parse_args()
    task = TASKS[options.task]
    data = options.data or task.data
    if not data:
        parser.error(f"--data is needed: {task.where_from}")
    dataset = task.read(data)
    lists = by_script(dataset) | task.lists(dataset.labels)
    folders = options.models or [task.output]
    networks = [TextClassifier.load(folder) for folder in folders]
    print(f"{machine()}; {len(folders)} trained networks", end="\n\n", flush=True)
    columns = {"ours": [scores_of(network, dataset, lists) for network in networks]}
    if options.baseline:
        baseline = Baseline(dataset, of_words=task is not NAMES)
        columns["logistic regression"] = [scores_of(baseline, dataset, lists)]
    print_table(["", "n", *columns], table(list(columns.values())))
    if task is NAMES:
        rows = list(csv.DictReader(COMMON.read_text("utf-8").splitlines()))
        names = [row["name"] for row in rows]
        answers = [network.answers(names) for network in networks]
        headings, *shares = common_table(rows, answers)
        print_table(headings, shares)


if __name__ == "__main__":
    main()
