"""Print the scores of trained networks, as mean and standard deviation over them.

`python -m benchmarks.accuracy.compare --models FOLDER…` prints what the metrics.json of model
folders have; without `--models` that of the shipped model. So the table of three seeds takes:

    for seed in 0 1 2; do python train.py --seed $seed --output out/names-$seed; done
    python -m benchmarks.accuracy.compare --models out/names-?
"""

import argparse
from collections.abc import Iterator, Sequence

from benchmarks.common import mean_and_spread, print_table
from model import TextClassifier
from model.classifier import SHIPPED_NAMES

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


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument(
        "--models", nargs="+", metavar="FOLDER", default=[SHIPPED_NAMES]
    )
    folders = parser.parse_args().models
    networks = list(map(TextClassifier.load, folders))
    print_table(["", "n", f"{len(networks)} trained networks"], table(networks))


if __name__ == "__main__":
    main()
