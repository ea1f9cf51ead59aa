"""Score common names that the network has not seen: it is trained without a tenth of them.

    nice python -m benchmarks.accuracy.held_out [--tenths 2] [--output FOLDER] [--write]
    python -m benchmarks.accuracy.held_out --epochs 1 --pretrain-epochs 1     # a quick try

The names of tests/data/common_names.csv fall into families: a name in all its spellings and
scripts, as far as the files of data/ link them. Of each language every tenth family, in an order
that has nothing to do with the names, is withheld from each file that trains: training names,
common names, forms, shares, given names and names to pretrain on. The shipped recipe trains on the
rest, which takes about ten minutes of one core for each of the `--tenths`; unknown options are
those of train.py. The shipped weights stay as they are. `--output` keeps the folders of the
trained models, and does not train those that it has.

A LinearSVC of 1 to 5 letters learns the same rows, and both are scored beside themselves with all
names. The network answers alone: no figure but those of "the page" looks a name up.
"""

import argparse
import csv
import json
import subprocess
import sys
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from statistics import mean
from tempfile import TemporaryDirectory

import numpy as np
from sklearn.pipeline import Pipeline
from sklearn.svm import LinearSVC

from benchmarks.accuracy.compare import COMMON, NAMES, train_baseline
from benchmarks.common import ROOT, machine, print_table
from data.builder.forms import other_forms, relatives, without
from data.builder.native import keys_of
from data.builder.rows import Labels, Rows, packed, shuffled, unpacked
from model import TextClassifier
from model.data.texts import match_key
from model.data.variation import SPELT_OUT_TABLE, folded, without_marks
from model.decisions import Verdict
from model.training.reliability import expected_calibration_error, weighed_bins

WRITTEN = Path(__file__).with_suffix(".json")
TENTHS = 10
HARD = ("Scottish", "Portuguese", "Irish")
# "Satou" and "Sato" are one name
SHORT_VOWELS = {"ou": "o", "oo": "o", "uu": "u"}
VERDICTS = ("plainly right", "either", "unsure", "none", "wrong")
SHARES = ("first right", *VERDICTS, "wrong above 0.8")
ERRORS = ("calibration error", "as printed")
HEADINGS = ["names", "model", "n", *SHARES, *ERRORS]


@dataclass
class Family:
    """Rows of the list that are one name, and the keys of its spellings."""

    keys: set[str]
    rows: list[dict[str, str]]


@dataclass
class Names:
    """Names with the languages that are right, and what each counts: all alike if not given."""

    texts: list[str]
    accepted: list[set[str]]
    weights: Sequence[float] = ()


@dataclass
class Answers:
    """Of one model to names; what it does not give is empty.

    `likely` is the probability of the first language if the name has one of them, `printed` that
    beside none.
    """

    first: list[str] = field(default_factory=list)
    verdicts: list[Verdict] = field(default_factory=list)
    likely: list[float] = field(default_factory=list)
    printed: list[float] = field(default_factory=list)

    def __add__(self, others: "Answers") -> "Answers":
        columns = {}
        for name, column in vars(self).items():
            columns[name] = column + getattr(others, name)
        return Answers(**columns)


def spellings(name: str, language: str, readings: dict[str, str]) -> set[str]:
    """Return the keys of a name in its scripts and spellings, without other sexes' forms."""
    spelt_out = name.translate(SPELT_OUT_TABLE)
    reading = readings.get(name, name)
    keys = keys_of(name) | keys_of(spelt_out) | keys_of(reading)
    if language == "Japanese":
        for long, short in SHORT_VOWELS.items():
            keys |= {key.replace(long, short) for key in keys}
    return keys


def families(
    rows: Sequence[dict[str, str]],
    readings: dict[str, str],
) -> list[Family]:
    """Return the rows of the list by name: those of one family share a key, or are its forms."""
    found: list[Family] = []
    for row in rows:
        name, language = row["name"], row["language"]
        family = Family(spellings(name, language, readings), [row])
        for form in other_forms(name, language):
            family.keys |= keys_of(form)
        others = []
        for other in found:
            if other.keys.isdisjoint(family.keys):
                others.append(other)
            else:
                family.keys |= other.keys
                family.rows = other.rows + family.rows
        found = [*others, family]
    return found


def tenth(found: Sequence[Family], number: int) -> list[dict[str, str]]:
    """Return the rows of every tenth family of each language, by a hash, from `number` on."""

    def place(family: Family) -> tuple[str, str]:
        first = family.rows[0]
        return first["language"], shuffled(match_key(first["name"]))

    rows = []
    for family in sorted(found, key=place)[number::TENTHS]:
        rows += family.rows
    return rows


def write_without(
    withheld: Sequence[dict[str, str]],
    data: Path,
    folder: Path,
) -> None:
    """Copy the files of `data`, those that train without the names in any spelling."""
    names = [(row["name"], row["language"]) for row in withheld]
    readings = dict(unpacked(data / "readings.csv.gz"))
    hidden = set()
    for name, language in names:
        hidden |= spellings(name, language, readings)
    related = relatives(names)
    folder.mkdir(parents=True, exist_ok=True)
    for path in data.glob("*.csv.gz"):
        rows = unpacked(path)
        if not path.name.endswith("_test.csv.gz"):
            rows = unseen(rows, hidden, related, readings)
        (folder / path.name).write_bytes(packed(rows))


def unseen(
    rows: Rows,
    hidden: set[str],
    related: Labels,
    readings: dict[str, str],
) -> Rows:
    """Return the rows that have no key in `hidden`, and are not `related`, nor forms of such."""
    kept = []
    for row in without(rows, related):
        name, label, *others = row
        keys = spellings(name, label, readings)
        for other in others:  # of a form the name, else a number
            keys |= keys_of(other)
        if keys.isdisjoint(hidden):
            kept.append(row)
    return kept


def train(data: Path, output: Path, options: Sequence[str]) -> TextClassifier:
    """Return a network that train.py makes of `data`, or the one that `output` has."""
    if (output / "config.json").exists():
        print(f"{output} has a model, which is not trained again", flush=True)
        return TextClassifier.load(output)
    command = [sys.executable, "train.py", "--data", data, "--output", output]
    subprocess.run([*command, *options], cwd=ROOT, check=True)
    return TextClassifier.load(output)


def train_svc(data: Path) -> Pipeline:
    """Return a LinearSVC of n-grams of the same rows."""
    classifier = LinearSVC(C=0.3, random_state=0)
    return train_baseline(NAMES.read(data), data, classifier)


def ask(network: TextClassifier, names: Names) -> Answers:
    """Return what a network alone answers."""
    probabilities, none = network.predict_all(names.texts)
    verdicts = network.model.decide(probabilities, none)
    best = probabilities.argmax(axis=1)
    first = [network.labels[i] for i in best]
    likely = probabilities.max(axis=1)
    printed = likely * (1 - none)
    return Answers(first, verdicts, likely.tolist(), printed.tolist())


def ask_svc(svc: Pipeline, names: Names) -> Answers:
    """Return the languages that a LinearSVC gives."""
    return Answers(list(svc.predict(names.texts)))


def ask_page(classifier: TextClassifier, names: Names) -> Answers:
    """Return the verdicts of the page, which looks names up."""
    answers = classifier.answers(names.texts)
    return Answers(verdicts=[answer.verdict for answer in answers])


def outcome(verdict: Verdict, accepted: set[str]) -> str:
    """Return which of the VERDICTS it is; one that names a right language among two is `either`."""
    if verdict.kind not in ("label", "either"):
        return verdict.kind
    if accepted.isdisjoint(verdict.labels):
        return "wrong"
    return "plainly right" if verdict.kind == "label" else "either"


def shares_of(names: Names, answers: Answers) -> dict[str, np.ndarray]:
    """Return which answers are what the columns of the table count, (n,) each."""
    columns = {}
    if answers.first:
        pairs = zip(answers.first, names.accepted, strict=True)
        columns["first right"] = [label in accepted for label, accepted in pairs]
    if answers.verdicts:
        outcomes = np.array(list(map(outcome, answers.verdicts, names.accepted)))
        probability = np.array([verdict.probability for verdict in answers.verdicts])
        for kind in VERDICTS:
            columns[kind] = outcomes == kind
        columns["wrong above 0.8"] = columns["wrong"] & (probability > 0.8)
    return {name: np.array(column) for name, column in columns.items()}


def scores(names: Names, answers: Answers) -> dict[str, float]:
    """Return the weighted shares, the standard `error` of the first, and calibration errors."""
    counts = np.array(names.weights or [1.0] * len(names.texts))
    weights = counts / counts.sum()
    columns = shares_of(names, answers)
    result = {}
    for name, column in columns.items():
        result[name] = float(weights @ column)
    first = next(iter(columns))
    deviations = columns[first] - result[first]
    result["error"] = float(np.linalg.norm(weights * deviations))
    if answers.likely:
        probabilities = answers.likely, answers.printed
        for name, column in zip(ERRORS, probabilities, strict=True):
            is_right = columns["first right"]
            bins = weighed_bins(np.array(column), is_right, weights)
            result[name] = expected_calibration_error(bins)
    return result


def scored(title: str, model: str, names: Names, answers: Answers) -> dict:
    """Return a row of the table: which names, which model, how many names, and the scores."""
    head = {"names": title, "model": model, "rows": len(names.texts)}
    return head | scores(names, answers)


def common_names(rows: Sequence[dict[str, str]]) -> dict[str, Names]:
    """Return the rows as names twice: by their bearers, and each once.

    By bearers the names of a language and form count together as much as there are of them, so that
    no language counts by how few names its people share.
    """
    texts = [row["name"] for row in rows]
    accepted = [set(row["accepted"].split("|")) for row in rows]
    groups = defaultdict(list)
    for row in rows:
        groups[row["language"], row["form"]].append(float(row["weight"]))
    weights = []
    for row in rows:
        of_group = groups[row["language"], row["form"]]
        weights.append(float(row["weight"]) / mean(of_group))
    return {
        "by bearers": Names(texts, accepted, weights),
        "each once": Names(texts, accepted),
    }


def tested_names() -> dict[str, Names]:
    """Return the test names with all of their languages, and those that the network finds hard."""
    dataset = NAMES.read(NAMES.data)
    test = dataset.test
    accepted = []
    for indices in dataset.accepted(test):
        accepted.append({dataset.labels[i] for i in indices})
    lists = {"rare": Names(test.texts, accepted)}
    for language in HARD:
        rows = [i for i, label in enumerate(test.labels) if label == language]
        of_language = [accepted[i] for i in rows]
        lists[f"rare, {language}"] = Names(test.take(rows).texts, of_language)
    marked = test.where(lambda text, of: of == "Czech" and text != folded(text))
    plain = without_marks(marked)
    lists["rare, Czech, marks left out"] = Names(plain.texts, [{"Czech"}] * len(plain))
    return lists


def cells(row: dict) -> list[str]:
    """Return a row of scores as the table prints it."""
    texts = [row["names"], row["model"], f"{row['rows']:,}"]
    for column in SHARES:
        texts.append(f"{row[column]:.1%}" if column in row else "")
    for column in ERRORS:
        texts.append(f"{row[column]:.3f}" if column in row else "")
    if texts[3]:
        texts[3] += f" ± {row['error']:.1%}"
    return texts


def measure(tenths: int, folder: Path, options: Sequence[str]) -> list[dict]:
    """Train in `folder` and return the rows of the table."""
    lines = COMMON.read_text("utf-8").splitlines()
    everything = list(csv.DictReader(lines))
    readings = dict(unpacked(NAMES.data / "readings.csv.gz"))
    found = families(everything, readings)
    lists = tested_names()
    rare = lists["rare"]
    withheld: list[dict[str, str]] = []
    ours, svcs = Answers(), Answers()
    table = []
    for number in range(tenths):
        rows = tenth(found, number)
        withheld += rows
        data = folder / f"data-{number}"
        write_without(rows, NAMES.data, data)
        network = train(data, folder / f"names-{number}", options)
        svc = train_svc(data)
        names, *_ = common_names(rows).values()
        ours += ask(network, names)
        svcs += ask_svc(svc, names)
        title = f"rare, without tenth {number}"
        table.append(scored(title, "network", rare, ask(network, rare)))
        table.append(scored(title, "LinearSVC", rare, ask_svc(svc, rare)))
    for weighed, names in common_names(withheld).items():
        title = f"common, withheld, {weighed}"
        table.append(scored(title, "network", names, ours))
        table.append(scored(title, "LinearSVC", names, svcs))
    shipped = TextClassifier.load(NAMES.output)
    svc = train_svc(NAMES.data)
    for weighed, names in common_names(withheld).items():
        lists[f"common, trained on, {weighed}"] = names
    names, *_ = common_names(everything).values()
    lists["all common, trained on, by bearers"] = names
    for title, of_list in lists.items():
        table.append(scored(title, "network", of_list, ask(shipped, of_list)))
        table.append(scored(title, "LinearSVC", of_list, ask_svc(svc, of_list)))
    table.append(scored(title, "the page", names, ask_page(shipped, names)))
    return table


def main() -> None:
    """Train and print the table."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    add = parser.add_argument
    add("--tenths", type=int, default=1, choices=range(1, TENTHS + 1), metavar="N")
    add("--output", type=Path, metavar="FOLDER", help="keeps the trained models")
    add("--write", action="store_true", help=f"writes {WRITTEN.name} beside it")
    options, of_training = parser.parse_known_args()
    print(machine(), end="\n\n", flush=True)
    with TemporaryDirectory() as scratch:
        folder = (options.output or Path(scratch)).absolute()
        table = measure(options.tenths, folder, of_training)
    print_table(HEADINGS, map(cells, table))
    if options.write:
        content = {
            "machine": machine(),
            "tenths": options.tenths,
            "options": of_training,
            "table": table,
        }
        text = json.dumps(content, indent=1)
        WRITTEN.write_text(text + "\n", "utf-8")


if __name__ == "__main__":
    main()
