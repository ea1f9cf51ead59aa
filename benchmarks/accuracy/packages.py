"""Score custom models on tables that are made of installed packages, beside linear classifiers.

    nice python -m benchmarks.accuracy.packages                     # every table, minutes each
    nice python -m benchmarks.accuracy.packages "comments by package" …
    python -m benchmarks.accuracy.packages --no-network             # the linear classifiers alone
    python -m benchmarks.accuracy.packages --no-network --keep-case # which then tell A from a

Docstrings, comments, names and messages of packages that the requirements install, lines of code of
Python itself and the names of its characters: nobody wrote them for this. 2,000 rows train and
3,000 others test; a text stands in one of them only. Figures depend on the versions installed.
LinearSVC and logistic regression read TF-IDF of letters, and of words for tables of words; their
costs are chosen by cross-validation on the rows to train on. fastText reads 1 to 5 letters and 1 to
2 words in 50 epochs, if `pip install fasttext-wheel` was run.
"""

import argparse
import ast
import random
import re
import sys
import sysconfig
import time
import unicodedata
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GridSearchCV, KFold
from sklearn.svm import LinearSVC

from benchmarks.common import machine, print_table
from model import TextClassifier
from model.training.baselines import features

LIBRARY = Path(sysconfig.get_path("stdlib"))
SITE = Path(sysconfig.get_path("purelib"))
PACKAGES = (
    "numpy pandas scipy sympy sklearn matplotlib networkx torch gradio huggingface_hub fontTools"
).split()
TRAIN, TEST = 2000, 3000
LARGEST = 200_000  # bytes of a file
MOST_FILES = 400  # of a package
LENGTHS = range(3, 301)  # of a text
COSTS = {"C": [0.1, 0.3, 1, 3, 10]}
RARE_EACH = 50  # rows of the other label to one of a rare label
HEADINGS = (
    "table",
    "labels",
    "this program",
    "network",
    "linear half",
    "LinearSVC",
    "logistic",
    "fastText",
    "most frequent",
    "less LinearSVC",
    "ECE",
    "CPU minutes",
)
Pairs = list[tuple[str, str]]  # texts with their labels
Drawn = Iterator[tuple[str, str]]


@dataclass
class Table:
    """How a table is made: its rows, how its texts are read, and which labels it has."""

    draw: Callable[[], Drawn]
    units: str
    most_labels: int = 12
    fewest_rows: int = 50
    rare: str = ""  # the one label that is kept apart from all others, and rare

    def rows(self) -> Pairs:
        """Return the rows in an order that is always the same, each text once."""
        label_of: dict[str, str] = {}
        for text, label in self.draw():
            text = " ".join(text.split())
            if len(text) in LENGTHS:
                label_of.setdefault(text, label)
        counts = Counter(label_of.values()).most_common(self.most_labels)
        kept = {label for label, count in counts if count >= self.fewest_rows}
        rows = [pair for pair in label_of.items() if pair[1] in kept]
        random.Random(0).shuffle(rows)
        if self.rare:
            rows = self._with_rare_label(rows)
        return rows[: TRAIN + TEST]

    def _with_rare_label(self, rows: Pairs) -> Pairs:
        n_rare = (TRAIN + TEST) // (RARE_EACH + 1)
        rare = [pair for pair in rows if pair[1] == self.rare]
        others = [(text, "other") for text, label in rows if label != self.rare]
        chosen = rare[:n_rare] + others[: TRAIN + TEST - n_rare]
        random.Random(1).shuffle(chosen)
        return chosen


@cache
def trees() -> list[tuple[str, str, str, ast.Module]]:
    """Return package, part, source and syntax of the files of the packages."""
    found = []
    for package in PACKAGES:
        for path in python_files(SITE / package)[:MOST_FILES]:
            source = path.read_text("utf-8")
            part = ".".join(path.relative_to(SITE).with_suffix("").parts[:2])
            found.append((package, part, source, ast.parse(source)))
    return found


def python_files(folder: Path) -> list[Path]:
    """Return the files of a folder that are neither tests nor very large."""
    return [
        path
        for path in sorted(folder.rglob("*.py"))
        if "test" not in str(path.relative_to(folder))
        and path.stat().st_size < LARGEST
        and "site-packages" not in path.relative_to(folder).parts
    ]


def nodes(*kinds: type[ast.AST]) -> Iterator[tuple[str, str, ast.AST]]:
    """Yield package, part and node of every node of these kinds."""
    for package, part, _, tree in trees():
        for node in ast.walk(tree):
            if isinstance(node, kinds):
                yield package, part, node


def docstrings() -> Iterator[tuple[str, str, str, str]]:
    """Yield the first sentence of each docstring with its package, its part and its kind."""
    for package, part, node in nodes(ast.FunctionDef, ast.ClassDef):
        text = ast.get_docstring(node) or ""
        first = re.split(r"(?<=[.!?])\s|\n\s*\n", text)[0]
        kind = "class" if isinstance(node, ast.ClassDef) else "function"
        yield first, package, part, kind


def comments() -> Iterator[tuple[str, str, str]]:
    """Yield the lines that are a comment of some length, with package and part."""
    for package, part, source, _ in trees():
        for text in re.findall(r"^\s*# ([A-Z].{20,})$", source, re.MULTILINE):
            yield text, package, part


def messages() -> Iterator[tuple[str, str, str]]:
    """Yield the message of each exception that is raised, its class and the package."""
    for package, _, node in nodes(ast.Raise):
        match node:
            case ast.Raise(exc=ast.Call(func=ast.Name(name), args=[first, *_])):
                text = written(first)
                if " " in text:
                    yield text, name, package


def written(node: ast.expr) -> str:
    """Return the text of a string, with … for what is filled in; "" for anything else."""
    match node:
        case ast.Constant(str(text)):
            return text
        case ast.JoinedStr(values):
            return "".join(written(value) or "…" for value in values)
    return ""


def names() -> Iterator[tuple[str, str, str]]:
    """Yield the name of each function and class with its package and its kind."""
    for package, _, node in nodes(ast.FunctionDef, ast.ClassDef):
        kind = "class" if isinstance(node, ast.ClassDef) else "function"
        yield node.name, package, kind


def code_lines() -> Drawn:
    """Yield the lines of code of Python's own modules, each with its module or package."""
    for path in python_files(LIBRARY):
        module = path.relative_to(LIBRARY).parts[0].removesuffix(".py")
        for line in path.read_text("utf-8", errors="replace").splitlines():
            text = line.strip()
            if len(text) > 15 and not text.startswith("#"):
                yield text, module


def characters() -> Iterator[tuple[str, str, str]]:
    """Yield names of Unicode's characters without their first word, that word, their category."""
    for code in range(0x20000):
        character = chr(code)
        first, *rest = unicodedata.name(character, "").lower().split()[:9] or [""]
        is_listed = first in ("cjk", "hangul", "egyptian", "cuneiform", "tangut")
        if len(rest) > 1 and not is_listed:
            yield " ".join(rest), first, unicodedata.category(character)


def column(source: Callable[[], Iterator[tuple[str, ...]]], place: int) -> Callable:
    """Return what draws the texts of a source with the label at a place."""

    def draw() -> Drawn:
        for row in source():
            yield row[0], row[place]

    return draw


TABLES = {
    "docstrings by package": Table(column(docstrings, 1), "words"),
    "docstrings by 100 parts": Table(column(docstrings, 2), "words", 100, 10),
    "docstrings of classes and functions": Table(column(docstrings, 3), "words"),
    "docstrings, 1 : 50": Table(column(docstrings, 1), "words", rare="networkx"),
    "comments by package": Table(column(comments, 1), "words"),
    "messages by exception": Table(column(messages, 1), "words", 8, 30),
    "messages by package": Table(column(messages, 2), "words"),
    "names by package": Table(column(names, 1), "letters"),
    "names of classes and functions": Table(column(names, 2), "letters"),
    "lines of code by module": Table(code_lines, "letters", 15, 100),
    "lines of code by 100 modules": Table(code_lines, "letters", 100, 30),
    "characters by script": Table(column(characters, 1), "letters", 30, 30),
    "characters by category": Table(column(characters, 2), "words"),
}


def score(name: str, with_network: bool, keep_case: bool) -> list[str]:
    """Return a row of the printed table; `keep_case` is that of the linear classifiers."""
    table = TABLES[name]
    rows = table.rows()
    texts, labels = map(list, zip(*rows[:TRAIN], strict=True))
    test_texts, test_labels = map(list, zip(*rows[TRAIN:], strict=True))
    targets = np.array(test_labels)
    vectorizer = features(table.units == "words", keep_case)
    seen = vectorizer.fit_transform(texts)
    unseen = vectorizer.transform(test_texts)
    folds = KFold(4, shuffle=True, random_state=0)
    is_right = []
    for classifier in (LinearSVC(random_state=0), LogisticRegression(max_iter=500)):
        search = GridSearchCV(classifier, COSTS, cv=folds).fit(seen, labels)
        is_right.append(search.predict(unseen) == targets)
    of_machine, of_regression = is_right
    (frequent, _), *_ = Counter(labels).most_common(1)
    linear = [
        percent(of_machine),
        percent(of_regression),
        of_fasttext(texts, labels, test_texts, targets),
        percent(targets == frequent),
    ]
    before = [name, str(len(set(labels)))]
    if not with_network:
        return [*before, *["–"] * 3, *linear, *["–"] * 3]
    start = time.process_time()
    model = TextClassifier.fit(
        texts,
        labels,
        test=(test_texts, test_labels),
        units=table.units,
        verbose=False,
    )
    minutes = (time.process_time() - start) / 60
    answers = np.array(model.labels)[model.predict_batch(test_texts).argmax(axis=1)]
    ours = answers == targets
    gains = ours.astype(float) - of_machine
    error = gains.std() / len(gains) ** 0.5
    halves = model.metrics["halves"]
    return [
        *before,
        percent(ours),
        f"{halves['network']:.1%}",
        f"{halves['linear']:.1%}",
        *linear,
        f"{100 * gains.mean():+.1f} ± {100 * error:.1f}",
        f"{model.metrics['test']['ece']:.3f}",
        f"{minutes:.1f}",
    ]


def of_fasttext(
    texts: list[str], labels: list[str], test_texts: list[str], targets: np.ndarray
) -> str:
    """Return fastText's share of right answers, "–" where it is not installed."""
    try:
        import fasttext
    except ImportError:
        return "–"
    names = sorted(set(labels))
    with TemporaryDirectory() as folder:
        path = Path(folder) / "rows.txt"
        lines = [
            f"__label__{names.index(label)} {text}\n"
            for text, label in zip(texts, labels, strict=True)
        ]
        path.write_text("".join(lines), "utf-8")
        model = fasttext.train_supervised(
            str(path),
            minn=1,
            maxn=5,
            wordNgrams=2,
            lr=1.0,
            epoch=50,
            thread=1,
            verbose=0,
        )
    answers, _ = model.predict(test_texts)
    found = [names[int(first.removeprefix("__label__"))] for (first,) in answers]
    return percent(np.array(found) == targets)


def percent(is_right: np.ndarray) -> str:
    """Return the share of right answers."""
    return f"{is_right.mean():.1%}"


def main() -> None:
    """Print a row for each table that the command line names."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("tables", nargs="*", metavar="TABLE", help="default: all")
    parser.add_argument("--no-network", action="store_true", help="train no network")
    parser.add_argument(
        "--keep-case", action="store_true", help="linear classifiers keep it"
    )
    options = parser.parse_args()
    unknown = set(options.tables) - set(TABLES)
    if unknown:
        parser.error(f"no such table: {', '.join(sorted(unknown))}")
    print(machine())
    rows = []
    for name in options.tables or TABLES:
        row = score(name, not options.no_network, options.keep_case)
        rows.append(row)
        print("; ".join(row), file=sys.stderr)
    print_table(HEADINGS, rows)


if __name__ == "__main__":
    main()
