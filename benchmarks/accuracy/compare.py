"""Print the scores of trained networks, as mean and standard deviation over them.

`python -m benchmarks.accuracy.compare --models FOLDER…` prints what the metrics.json of model
folders have; without `--models` that of the shipped model. So the table of three seeds takes:

    for seed in 0 1 2; do python train.py --seed $seed --output out/names-$seed; done
    python -m benchmarks.accuracy.compare --models out/names-?

A second table has the common names by their bearers.
"""

import argparse
import csv
from collections import defaultdict
from collections.abc import Iterator, Sequence

import numpy as np

from benchmarks.common import ROOT, machine, mean_and_spread, print_table
from model import Answer, TextClassifier
from model.tasks.registry import TASKS

NAMES = TASKS["names"]
COMMON = ROOT / "tests" / "data" / "common_names.csv"
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


def table(networks: Sequence[TextClassifier]) -> Iterator[list[str]]:
    """Yield a row for each score."""
    of_networks = [scores_in(network.metrics) for network in networks]
    for title, part in of_networks[0].items():
        for name, form in FORMS.items():
            if name not in part:
                continue
            values = [scores[title][name] for scores in of_networks]
            heading = f"{title}: {name}".replace("_", " ")
            yield [heading, f"{part['rows']:,}", mean_and_spread(values, form)]


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
    options = parser.parse_args()
    networks = [TextClassifier.load(folder) for folder in options.models]
    print(f"{machine()}; {len(networks)} trained networks", end="\n\n", flush=True)
    print_table(["", "n", "ours"], table(networks))
    lines = COMMON.read_text("utf-8").splitlines()
    rows = list(csv.DictReader(lines))
    names = [row["name"] for row in rows]
    answers = [network.answers(names) for network in networks]
    headings, *shares = common_table(rows, answers)
    print_table(headings, shares)


if __name__ == "__main__":
    main()
