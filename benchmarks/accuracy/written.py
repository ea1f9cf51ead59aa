"""Score linear classifiers of n-grams on names as people write them, in Unicode and folded.

`python -m benchmarks.accuracy.written` prints three Markdown tables. Two classifiers, a linear SVM
on TF-IDF of 1- to 5-grams each, learn the same rows: the training files in Latin letters and in
other scripts together. One reads names folded to ASCII, as the shipped network does, the other as
they are written: decomposed Unicode, so that é is e with an accent and 김 three letters. The scores
tell what the files hold, not what our network can do.

Any of a name's languages counts as right. Training rows that equal a test row when folded are left
out for both: some surnames in Chinese characters with the pinyin of one.
"""

import csv
import sys
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np
from sklearn.feature_extraction.text import TfidfVectorizer

from benchmarks.accuracy.linear_rivals import Rival, Settings
from benchmarks.common import ROOT, machine, print_table
from model.core import normalise
from model.data.rows import Dataset, Rows
from model.data.texts import letters_of
from model.letters import decompose
from model.tasks import TASKS
from model.tasks.names import read_names

sys.path.insert(0, str(ROOT / "data"))
from builder.scripts import script_of

NATIVE_NAMES = ROOT / "tests" / "data" / "native_names.csv"
Answers = Sequence[set[str]]


@dataclass(frozen=True)
class Reading(Settings):
    """A linear SVM of n-grams of what `read` makes of a name."""

    read: Callable[[str], str] = normalise

    def vectorizer(self) -> TfidfVectorizer:
        """Return the untrained n-gram features."""
        return super().vectorizer().set_params(preprocessor=self.read)


READINGS = {"folded": normalise, "Unicode": decompose}


def fit(dataset: Dataset) -> dict[str, Rival]:
    """Return {reading: classifier}, fitted to training and validation rows."""
    rows = dataset.train + dataset.validation
    held_out = {letters_of(normalise(text)) for text in dataset.test.texts}
    keys = [letters_of(normalise(text)) for text in rows.texts]
    rows = rows.take([i for i, key in enumerate(keys) if key not in held_out])
    return {
        name: Rival(Reading("LinearSVC", "char_wb", 5, read=read), dataset.labels, rows)
        for name, read in READINGS.items()
    }


def right(rival: Rival, texts: list[str], answers: Answers) -> np.ndarray:
    """Return for each text whether the classifier's label is among its answers."""
    best = rival.logits(Rows(texts, [""] * len(texts))).argmax(dim=1).tolist()
    pairs = zip(best, answers, strict=True)
    return np.array([rival.labels[label] in accepted for label, accepted in pairs])


def table(
    rivals: dict[str, Rival], texts: list[str], answers: Answers, groups: list[str]
) -> Iterator[list[str]]:
    """Yield a row for each group of texts, and one for all: how many, and which share is right."""
    found = {name: right(rival, texts, answers) for name, rival in rivals.items()}
    members = defaultdict(list)
    for i, group in enumerate(groups):
        members[group].append(i)
    for group, chosen in [*sorted(members.items()), ("all", list(range(len(texts))))]:
        yield [group, f"{len(chosen):,}", *(f"{found[name][chosen].mean():.1%}" for name in rivals)]


def main() -> None:
    """Print the tables."""
    print(machine(), end="\n\n")
    dataset = read_names(TASKS["names"].data)
    dataset = replace(dataset, test=dataset.test + dataset.native)
    rivals = fit(dataset)
    accepted = [{dataset.labels[i] for i in found} for found in dataset.accepted(dataset.test)]
    rows = list(zip(dataset.test.texts, dataset.test.labels, accepted, strict=True))
    headers = ["rows", *(f"{name}, right" for name in rivals)]
    latin = [row for row in rows if script_of(row[0]) == "Latin"]
    other = [row for row in rows if script_of(row[0]) != "Latin"]
    for title, part, group in (
        ("Latin letters", latin, lambda text, label: label),
        ("other scripts", other, lambda text, label: f"{label}, {script_of(text)}"),
    ):
        texts, labels, answers = map(list, zip(*part, strict=True))
        groups = list(map(group, texts, labels))
        lines = list(table(rivals, texts, answers, groups))
        if title == "Latin letters":  # the same names typed without their marks
            plain = [normalise(text, fold_case=False) for text in texts]
            *_, total = table(rivals, plain, answers, groups)
            lines.append(["all, marks left out", *total[1:]])
        print_table([title, *headers], lines)
        print()
    with open(NATIVE_NAMES, encoding="utf-8", newline="") as file:
        names = list(csv.DictReader(file))
    texts = [name["name"] for name in names]
    answers = [set(name["language"].split("|")) for name in names]
    groups = [f"{name['language'].replace('|', ' or ')}, {name['script']}" for name in names]
    print_table(["native_names.csv", *headers], table(rivals, texts, answers, groups))


if __name__ == "__main__":
    main()
