"""Score the recipe for names on its training names, a third of which is held out in turn.

`python -m benchmarks.accuracy.thirds` trains three times as train.py does, in twenty minutes.
The test split has 66 Vietnamese names and 200 Chinese ones in Han, so few that the scores of these
are uncertain by several points; the train files have nearly twice as many. The models learn from a
third fewer names than the shipped one. A name and its form in another script may be in different
thirds, where the builder keeps them on one side of the test split. No test row is scored.
"""

import argparse
import csv
import shutil
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np

from benchmarks.accuracy.compare import GAPS, calibration, scores_of, table
from benchmarks.accuracy.linear_rivals import report_on
from benchmarks.accuracy.trials import Trainer
from benchmarks.common import machine, print_table
from model import TextClassifier
from model.data.labelled import folds
from model.data.rows import Rows
from model.data.texts import match_key
from model.letters import script_name
from model.tasks import TASKS
from model.tasks.names import read_names
from model.training.results import by_script

TASK = TASKS["names"]
PRETRAINING = "pretraining.csv.gz"


class InTurn:
    """Models of which each answers for the names that it has not met.

    Its threshold of unsure answers is the mean of theirs.
    """

    def __init__(self, models: Sequence[TextClassifier], parts: Sequence[Rows]):
        self.models, self.labels = models, models[0].labels
        self.model_of = {match_key(text): i for i, p in enumerate(parts) for text in p.texts}
        thresholds = [model.calibration.unsure_below for model in models]
        mean = float(np.mean(thresholds))
        self.calibration = replace(models[0].calibration, unsure_below=mean)

    def predict_any(self, texts: Sequence[str]) -> tuple[np.ndarray, np.ndarray]:
        """Return what TextClassifier.predict_any does, for held-out names with marks or without."""
        chosen = np.array([self.model_of[match_key(text)] for text in texts])
        probabilities, none = np.empty((len(texts), len(self.labels))), np.empty(len(texts))
        for i, model in enumerate(self.models):
            places = np.flatnonzero(chosen == i)
            found = model.predict_any([texts[place] for place in places])
            probabilities[places], none[places] = found
        return probabilities, none


def write(folder: Path, names: Rows, held_out: list[int]) -> Path:
    """Write a data folder that tests on the rows `held_out` of `names`; return it."""
    folder.mkdir()
    for part, rows in zip(("train", "test"), names.part(held_out), strict=True):
        for stem, found in zip(("native", "names"), by_alphabet(rows), strict=True):
            with open(folder / f"{stem}_{part}.csv", "w", encoding="utf-8", newline="") as file:
                csv.writer(file).writerows(zip(found.texts, found.labels, strict=True))
    for name in ("given_names.csv.gz", "readings.csv.gz"):
        shutil.copy(TASK.data / name, folder)
    return folder


def by_alphabet(names: Rows) -> tuple[Rows, Rows]:
    """Return the names in other scripts than Latin, and those in Latin."""
    return names.part([i for i, text in enumerate(names.texts) if script_name(text) == "Latin"])


def train(folder: Path, seed: int) -> TextClassifier:
    """Return what train.py makes of a data folder."""
    recipe = replace(TASK.pretrained_recipe, seed=seed)
    trainer = Trainer(read_names(folder), [TASK.data / PRETRAINING])
    return TextClassifier.of(trainer.train(recipe, recipe).final)


def main() -> None:
    """Print the tables."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    dataset = read_names(TASK.data)
    names = dataset.train + dataset.validation
    pairs = zip(names.labels, map(script_name, names.texts), strict=True)
    # A name has one key in all its spellings, and all of its rows are in one third.
    thirds = folds(Rows(list(map(match_key, names.texts)), [", ".join(pair) for pair in pairs]), 3)
    assert sum(map(len, thirds)) == len(names), "a label has too few names in a script to divide"
    with TemporaryDirectory() as folder:
        places = [write(Path(folder) / str(i), names, third) for i, third in enumerate(thirds)]
        models = [train(place, options.seed) for place in places]
    model = InTurn(models, [names.take(third) for third in thirds])
    native, latin = by_alphabet(names)
    dataset = replace(dataset, train=names, validation=Rows([], []), test=latin, native=native)
    print(f"{machine()}; seed {options.seed}", end="\n\n")
    scores = scores_of(model, dataset, by_script(dataset), "held-out names")
    print_table(["", "n", "in turn"], table([[scores]]))
    print()
    reports = [[report_on(model, dataset, latin)]]
    print_table(["held-out names as written", *GAPS], calibration(dataset.labels, reports))


if __name__ == "__main__":
    main()
