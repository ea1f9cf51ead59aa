"""Score common names that the network has not seen: it is trained without a tenth of them.

    nice python -m benchmarks.accuracy.withheld [--tenths 2] [--output FOLDER] [--write]
    python -m benchmarks.accuracy.withheld --epochs 1 --pretrain-epochs 1     # a quick try

The names of tests/data/common_names.csv fall into families: a name in all its spellings and
scripts, as far as the files of data/ link them. Of each language every tenth family, in an order
that has nothing to do with the names, is withheld from each file that trains: training names,
common names, forms, shares, given names and names to pretrain on. The shipped recipe trains on the
rest, which takes about ten minutes of one core for each of the `--tenths`; unknown options are
those of train.py. The shipped weights stay as they are. `--output` keeps the folders of the
trained models, and does not train those that it has.

A LinearSVC of 1 to 5 letters learns the same rows. Below them stand the shipped network and a
LinearSVC of all names. The network answers alone: nothing but "the page" looks a name up.
"""

import json
import subprocess
import sys
from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.svm import LinearSVC

from benchmarks.common import (
    ROOT,
    accepted_of_test,
    machine,
    parser_of,
    print_table,
    rows_of,
    weigh,
)
from data.builder.forms import other_forms, relatives, without
from data.builder.native import keys_of
from data.builder.rows import packed, shuffled, unpacked
from model import TextClassifier
from model.answers.decisions import Verdict, joint_of
from model.data.pairs import read_pretraining
from model.data.rows import Rows as DataRows
from model.data.texts import match_key
from model.data.variation import SPELT_OUT_TABLE, Variation, in_both_forms, vary_all
from model.tasks.registry import TASKS
from model.text.letters import decompose
from model.training.baselines import features

NAMES = TASKS["names"]
WRITTEN = Path(__file__).with_suffix(".json")
READINGS = "readings.csv.gz"  # how Japanese names in Han are read
TENTHS = 10
EXTRA_WEIGHT = 0.1  # of a row to pretrain on, chosen on validation rows
# "Satou" and "Sato" are one name
SHORT_VOWELS = {"ou": "o", "oo": "o", "uu": "u"}
PLAIN = "plainly right"
VERDICTS = (PLAIN, "either", "unsure", "none", "wrong")
SHARES = ("first right", *VERDICTS, "wrong above 0.8")
ERROR = "standard error"  # of the first share
COLUMNS = ("names", "model", "rows", *SHARES, ERROR)
Names = list[dict[str, str]]  # rows as the list of common names has them
# The most likely language, and the verdict; None where a model gives none
Answers = list[tuple[str | None, Verdict | None]]


@dataclass
class Family:
    """Rows of the list that are one name, and the keys of its spellings."""

    keys: set[str]
    rows: Names


def spellings(name: str, language: str, readings: dict[str, str]) -> set[str]:
    """Return the keys of a name in its scripts and spellings, without other sexes' forms."""
    spelt_out = name.translate(SPELT_OUT_TABLE)
    reading = readings.get(name, name)
    keys = keys_of(name) | keys_of(spelt_out) | keys_of(reading)
    if language == "Japanese":
        for long, short in SHORT_VOWELS.items():
            keys |= {key.replace(long, short) for key in keys}
    return keys


def families(rows: Names, readings: dict[str, str]) -> list[Family]:
    """Return the rows of the list by name: those of one family share a key, or are its forms."""
    found: list[Family] = []
    for row in rows:
        name = row["name"], row["language"]
        keys = spellings(*name, readings).union(*map(keys_of, other_forms(*name)))
        family = Family(keys, [row])
        others = []
        for other in found:
            if other.keys.isdisjoint(family.keys):
                others.append(other)
            else:
                family.keys |= other.keys
                family.rows = other.rows + family.rows
        found = [*others, family]
    return found


def tenth(found: Sequence[Family], number: int) -> Names:
    """Return the rows of every tenth family of each language, by a hash, from `number` on."""

    def place(family: Family) -> tuple[str, str]:
        first = family.rows[0]
        return first["language"], shuffled(match_key(first["name"]))

    rows = []
    for family in sorted(found, key=place)[number::TENTHS]:
        rows += family.rows
    return rows


def write_without(
    withheld: Names,
    data: Path,
    folder: Path,
) -> None:
    """Copy the files of `data`, those that train without the names in any spelling or form."""
    names = [(row["name"], row["language"]) for row in withheld]
    readings = dict(unpacked(data / READINGS))
    related = relatives(names)
    hidden = set()
    for name, language in names:
        hidden |= spellings(name, language, readings)

    def is_unseen(name: str, label: str, *others: str) -> bool:
        keys = spellings(name, label, readings)
        for other in others:  # of a form the name, else a number
            keys |= keys_of(other)
        return keys.isdisjoint(hidden)

    folder.mkdir(parents=True, exist_ok=True)
    for path in data.glob("*.csv.gz"):
        rows = unpacked(path)
        if not path.name.endswith("_test.csv.gz"):
            rows = without(rows, related)
            rows = [row for row in rows if is_unseen(*row)]
        (folder / path.name).write_bytes(packed(rows))


def train(data: Path, output: Path, options: Sequence[str]) -> TextClassifier:
    """Return the network that train.py makes of `data`, or that `output` has."""
    if not output.exists():
        paths = ["--data", data, "--output", output]
        command = [sys.executable, "train.py", *paths, *options]
        subprocess.run(command, cwd=ROOT, check=True)
    return TextClassifier.load(output)


def train_svc(data: Path) -> Pipeline:
    """Return a LinearSVC of 1 to 5 letters that learns the names in the folder `data`.

    It learns the training rows with and without marks and varied, those of validation, and names to
    pretrain on, varied, which weigh less.
    """
    dataset = NAMES.read_data(data)
    files = [data / "pretraining.csv.gz"]
    pretraining, _ = read_pretraining(files, dataset, NAMES.kind)
    variation = Variation(dataset.given_names, NAMES.pretrained_recipe.full_share)
    rows = in_both_forms(dataset.train)
    rows += DataRows(vary_all(variation, rows, 0), rows.labels) + dataset.validation
    extra = in_both_forms(pretraining.train)
    both = rows + DataRows(vary_all(variation, extra, 0), extra.labels)
    weights = np.ones(len(both))
    weights[len(rows) :] = EXTRA_WEIGHT
    ngrams = features(of_words=False).set_params(preprocessor=decompose)
    svc = make_pipeline(ngrams, LinearSVC(C=0.3, random_state=0))
    return svc.fit(both.texts, both.labels, linearsvc__sample_weight=weights)


def ask(network: TextClassifier, svc: Pipeline, rows: Names) -> dict[str, Answers]:
    """Return what a network alone and a LinearSVC answer to names."""
    names = [row["name"] for row in rows]
    joint = joint_of(*network.predict_all(names))
    first = [network.labels[i] for i in joint[:, :-1].argmax(axis=1)]
    return {
        "network": list(zip(first, network.model.decide(joint), strict=True)),
        "LinearSVC": [(label, None) for label in svc.predict(names)],
    }


def marks(
    first: str | None, verdict: Verdict | None, accepted: set[str]
) -> dict[str, bool]:
    """Return which of the SHARES an answer counts in; one of two languages is never plain."""
    marked = {}
    if first:
        marked["first right"] = first in accepted
    if verdict:
        result = PLAIN if verdict.kind == "label" else verdict.kind
        if result in (PLAIN, "either") and accepted.isdisjoint(verdict.labels):
            result = "wrong"
        marked |= {kind: result == kind for kind in VERDICTS}
        marked["wrong above 0.8"] = marked["wrong"] and verdict.probability > 0.8
    return marked


def scores(rows: Names, answers: Answers) -> dict[str, float]:
    """Return the shares, weighted by bearers, and the standard error of the first.

    The rows of a language and form count together as much as there are of them, so that no language
    counts by how few names its people share.
    """
    groups = [(row["language"], row["form"]) for row in rows]
    bearers = [float(row["weight"]) for row in rows]
    weights = weigh(groups, Counter(groups), bearers)
    marked = [
        marks(*answer, set(row["accepted"].split("|")))
        for row, answer in zip(rows, answers, strict=True)
    ]
    shares: dict[str, float] = {}
    for name in marked[0]:
        column = np.array([of_row[name] for of_row in marked])
        share = shares[name] = float(weights @ column)
        shares.setdefault(ERROR, float(np.linalg.norm(weights * (column - share))))
    return shares


def scored(title: str, rows: Names, answers: dict[str, Answers]) -> list[dict]:
    """Return the rows of the table with the answers of each model."""
    return [
        {"names": title, "model": model, "rows": len(rows)} | scores(rows, of_model)
        for model, of_model in answers.items()
    ]


def measure(tenths: int, folder: Path, options: Sequence[str]) -> list[dict]:
    """Train in `folder` and return the rows of the table."""
    common = rows_of("common_names")
    found = families(common, dict(unpacked(NAMES.data / READINGS)))
    withheld: Names = []
    answers = defaultdict(list)
    for number in range(tenths):
        rows = tenth(found, number)
        data = folder / f"data-{number}"
        write_without(rows, NAMES.data, data)
        network = train(data, folder / f"names-{number}", options)
        svc = train_svc(data)
        withheld += rows
        for model, of_model in ask(network, svc, rows).items():
            answers[model] += of_model
    once = [row | {"weight": "1"} for row in withheld]
    alike = {"language": "", "form": "", "weight": "1"}
    rare = [
        {"name": name, "accepted": "|".join(languages)} | alike
        for name, languages in accepted_of_test().items()
    ]
    table = scored("common, withheld, by bearers", withheld, answers)
    table += scored("common, withheld, each once", once, answers)
    lists = {
        "rare": rare,
        "common, the same, trained on": withheld,
        "common, all, trained on": common,
    }
    return table + of_shipped(lists)


def of_shipped(lists: dict[str, Names]) -> list[dict]:
    """Return the scores of the shipped network, of a LinearSVC of all rows, and of the page."""
    shipped = TextClassifier.load(NAMES.output)
    svc = train_svc(NAMES.data)
    table = []
    for title, rows in lists.items():
        table += scored(title, rows, ask(shipped, svc, rows))
    answers = shipped.answers([row["name"] for row in rows])
    page = [(None, answer.verdict) for answer in answers]
    return table + scored(title, rows, {"the page": page})


def main() -> None:
    """Train and print the table."""
    parser = parser_of(__doc__)
    add = parser.add_argument
    add("--tenths", type=int, default=1, metavar="N")
    add("--output", type=Path, metavar="FOLDER", help="keeps the trained models")
    add("--write", action="store_true", help=f"writes {WRITTEN.name} beside it")
    options, of_training = parser.parse_known_args()
    print(machine(), end="\n\n", flush=True)
    with TemporaryDirectory() as scratch:
        folder = (options.output or Path(scratch)).absolute()
        table = measure(options.tenths, folder, of_training)
    rows = [[row.get(column) for column in COLUMNS] for row in table]
    print_table(["names", "model", "n", *SHARES, ERROR], rows)
    if options.write:
        text = json.dumps(table, indent=1)
        WRITTEN.write_text(f"{text}\n", "utf-8")


if __name__ == "__main__":
    main()
