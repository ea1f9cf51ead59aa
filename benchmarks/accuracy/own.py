"""Score models of tables of one's own beside a LinearSVC whose cost and case are tuned.

    OMP_NUM_THREADS=1 nice python -m benchmarks.accuracy.own               # a minute or two a table
    OMP_NUM_THREADS=1 python -m benchmarks.accuracy.own --quick --tables "names by kind"

Six tables of what is on every machine: Python's own modules, and the names of data/. Figures depend
on the version of Python. By default 2,000 rows train and up to 3,000 others test; no text is in a
table twice, and what has two labels is left out. Both learn the same rows on one thread of a CPU.
LinearSVC reads TF-IDF of letters, and of words in tables of words; 5-fold cross-validation on the
rows to train on chooses its cost, and whether it tells capitals. "Less LinearSVC" is in points,
with the standard error of the paired difference. CPU seconds are of training and all choices in it.
"""

import ast
import random
import re
import sysconfig
import time
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from functools import cache
from pathlib import Path

import numpy as np
from sklearn.model_selection import GridSearchCV, KFold
from sklearn.pipeline import make_pipeline
from sklearn.svm import LinearSVC

from benchmarks.common import ROOT, machine, parser_of, print_table
from data.builder.rows import unpacked
from model import TextClassifier
from model.training.baselines import features

TABLES = {  # units, and labels at most
    "docstrings by module": ("words", 20),
    "sentences by place": ("words", 3),
    "names by kind": ("letters", 4),
    "lines by module": ("letters", 40),
    "given names and surnames": ("letters", 2),
    "surnames by family": ("letters", 5),
}
KINDS = {
    ast.ClassDef: "class",
    ast.FunctionDef: "function",
    ast.arg: "argument",
    ast.Attribute: "attribute",
}
FAMILIES = {
    "Romance": "French Italian Portuguese Spanish",
    "Germanic": "Dutch English German",
    "Slavic": "Czech Polish Russian",
    "Gaelic": "Irish Scottish",
    "East Asian": "Chinese Japanese Korean Vietnamese",
}
FAMILY_OF = {
    language: family
    for family, languages in FAMILIES.items()
    for language in languages.split()
}
MOST_TEST = 3000  # rows
FEWEST_OF_A_LABEL = 30  # rows of a label
LENGTHS = range(3, 201)  # of a text
LARGEST = 200_000  # bytes of a file
# Private modules, tests, tables, and what some versions or systems lack
LEFT_OUT = re.compile(
    r"test|-packages|^(_|config-|distutils|encodings|idlelib|lib2to3|tkinter|turtle)"
)
COSTS = {"C": [0.1, 0.3, 1, 3, 10]}
FORMS = {  # of what is printed
    "labels": "{:.0f}",
    "LinearSVC": "{:.1%}",
    "this program": "{:.1%}",
    "less LinearSVC": "{:+.1f}",
    "standard error": "{:.1f}",
    "ECE": "{:.3f}",
    "CPU seconds": "{:.0f}",
    "of LinearSVC": "{:.0f}",
}
Found = Iterator[tuple[str, str, str]]  # a table's title, a text, its label


def of_library() -> Found:
    """Yield what Python's own modules have, as far as they are not LEFT_OUT or very large."""
    library = Path(sysconfig.get_path("stdlib"))
    for path in sorted(library.rglob("*.py")):
        name = str(path.relative_to(library))
        if LEFT_OUT.search(name) or path.stat().st_size > LARGEST:
            continue
        module = re.split(r"[/\\.]", name)[0]
        source = path.read_text("utf-8")
        for line in source.splitlines():
            code, _, comment = line.strip().partition("# ")
            if code:
                yield "lines by module", code, module
            elif " " in comment:
                yield "sentences by place", comment, "comment"
        for node in ast.walk(ast.parse(source)):
            yield from of_node(node, module)


def of_node(node: ast.AST, module: str) -> Found:
    """Yield the name, the lines of the docstring and the message of a node."""
    kind = KINDS.get(type(node), "")
    match node:
        case ast.ClassDef(name) | ast.FunctionDef(name):
            yield "names by kind", name, kind
            for line in (ast.get_docstring(node) or "").splitlines():
                if " " in line:
                    yield "docstrings by module", line, module
                    yield "sentences by place", line, "docstring"
        case ast.arg(name) | ast.Attribute(attr=name, ctx=ast.Store()):
            yield "names by kind", name, kind
        case ast.Raise(exc=ast.Call(args=[ast.Constant(str(message))])):
            yield "sentences by place", message, "message"


def of_data() -> Found:
    """Yield the names of data/ that are in Latin letters, given names and surnames."""
    for file in ("names_train", "names_test", "given_names"):
        is_given = file == "given_names"
        for name, language in unpacked(ROOT / "data" / f"{file}.csv.gz"):
            if name[0] >= "ʰ":  # behind Latin letters
                continue
            kind = "given name" if is_given else "surname"
            yield "given names and surnames", name, kind
            if not is_given and language in FAMILY_OF:
                yield "surnames by family", name, FAMILY_OF[language]


@cache
def tables() -> dict[str, list[tuple[str, str]]]:
    """Return the rows of each table in an order that is always the same, each text once."""
    labels_of: dict[str, dict] = {title: defaultdict(set) for title in TABLES}
    for source in (of_library(), of_data()):
        for title, text, label in source:
            text = " ".join(text.split())
            if len(text) in LENGTHS:
                labels_of[title][text].add(label)
    found = {}
    for title, (_, most_labels) in TABLES.items():
        rows = [
            (text, *labels)
            for text, labels in sorted(labels_of[title].items())
            if len(labels) == 1
        ]
        counts = Counter(label for _, label in rows).most_common(most_labels)
        kept = {label for label, count in counts if count >= FEWEST_OF_A_LABEL}
        found[title] = [row for row in rows if row[1] in kept]
        random.Random(0).shuffle(found[title])
    return found


def linear_classifier(texts: list[str], labels: list[str], of_words: bool):
    """Return the LinearSVC that is best in cross-validation."""
    searches = []
    for keep_case in (False, True):
        search = GridSearchCV(LinearSVC(random_state=0), COSTS, cv=KFold(5))
        pipeline = make_pipeline(features(of_words, keep_case), search)
        searches.append(pipeline.fit(texts, labels))
    return max(searches, key=lambda pipeline: pipeline[-1].best_score_)


def score(title: str, n_rows: int, quick: bool) -> list[float]:
    """Return what FORMS names."""
    units, _ = TABLES[title]
    texts, labels = map(list, zip(*tables()[title], strict=True))
    train = texts[:n_rows], labels[:n_rows]
    test = slice(n_rows, n_rows + MOST_TEST)
    test_texts, test_labels = texts[test], np.array(labels[test])

    start = time.process_time()
    linear = linear_classifier(*train, units == "words")
    between = time.process_time()
    model = TextClassifier.fit(
        *train, units=units, quick=quick, use_gpu=False, verbose=False
    )
    end = time.process_time()

    linear_right = linear.predict(test_texts) == test_labels
    best = model.predict_batch(test_texts).argmax(axis=1)
    right = np.array(model.labels)[best] == test_labels
    gains = 100 * (right.astype(float) - linear_right)
    return [
        len(model.labels),
        linear_right.mean(),
        right.mean(),
        gains.mean(),
        gains.std() / len(gains) ** 0.5,
        model.evaluate(test_texts, test_labels)["ece"],
        end - between,
        between - start,
    ]


def printed(titles: list[str], n_rows: int, quick: bool) -> Iterator[list[str]]:
    """Yield the printed row of each table, and that of the means."""
    scores = []
    for title in titles:
        scores.append(score(title, n_rows, quick))
        yield [title, *cells(scores[-1])]
    yield ["mean", *cells(np.mean(scores, axis=0))]


def cells(scores: Iterable[float]) -> list[str]:
    """Return scores as they are printed, with the sign of minus."""
    texts = map(str.format, FORMS.values(), scores)
    return [text.replace("-", "−") for text in texts]


def main() -> None:
    """Print the machine and the table."""
    parser = parser_of(__doc__)
    parser.add_argument("--quick", action="store_true", help="as of train.py")
    parser.add_argument("--tables", nargs="+", choices=TABLES, default=list(TABLES))
    parser.add_argument("--rows", type=int, default=2000, help="to train on")
    options = parser.parse_args()
    print(machine())
    # The first training imports the rest of the program, which is not the first table's time
    TextClassifier.fit([*"abcdefghij"], [*"abababbaba"], quick=True, verbose=False)
    rows = printed(options.tables, options.rows, options.quick)
    print_table(["table", *FORMS], rows)


if __name__ == "__main__":
    main()
