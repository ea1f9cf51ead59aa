"""What each part of the recipe for names is worth: one change at a time, on validation rows.

`python -m benchmarks.accuracy.ablation` prints each row as soon as it is done, after hours in all;
`--rows NAME…` selects some. It never scores the test rows, and it leaves out the refit, which would
leave no validation rows to score. A recipe is chosen by its accuracy on the validation rows and by
its accuracy on the most common names, which are training names, weighted by 1/rank. The validation
rows are a tenth of the names in Latin letters; `--held-out 0.3` holds out three times as many, on
which small differences show.
"""

import argparse
import time
from collections.abc import Iterator
from dataclasses import replace

import numpy as np

from benchmarks.common import machine, mean_and_spread, print_table
from model import TextClassifier
from model.data.pairs import CORE_RANK, read_pretraining
from model.data.rows import Dataset, Rows
from model.data.variation import without_marks
from model.storage.model import Model
from model.tasks import TASKS
from model.tasks.names import WORDS, read_names
from model.tasks.recipe import LECTURE, Recipe
from model.training.build import build
from model.training.calibration import calibrate
from model.training.checkpoint import PRETRAINING
from model.training.loop import make_accelerator
from model.training.stages import Trainer

TASK = TASKS["names"]
CHANGES: dict[str, dict] = {  # of the recipe that ships
    "what ships": {},
    "no linear classifier": {"linear_ngrams": ()},
    "no n-grams in the GRU": {"ngrams": ()},
    "no n-grams of scripts": {"script_ngrams": ()},
    "n-grams of Han letter by letter": {"kinds_in_ngrams": ()},
    "last states only": {"pool": False},
    "no logit adjustment": {"logit_adjustment": 0.0},
    "no texts of none of the languages": {"outsiders": 0.0},
    "marks always kept": {"both_forms": False},
    "no full names": {"full_share": 0.0},
    "no unknown letters": {"unknown_share": 0.0},
    "no copies of common names": {"common_copies": ()},
    "no mean of epochs": {"average_from": None},
}
RECIPES = {name: replace(TASK.pretrained_recipe, **change) for name, change in CHANGES.items()}
RECIPES |= {"no pretraining": TASK.recipe, "the lecture's network": replace(LECTURE, epochs=20)}
HEADERS = ["accuracy", "macro-F1", "without marks: accuracy", "macro-F1"]
HEADERS += ["common names by rank", "texts of none: none or unsure", "processor seconds"]
FORMS = ["{:.2%}", "{:.4f}", "{:.2%}", "{:.4f}", "{:.2%}", "{:.1%}", "{:.0f}"]


class Runner:
    """Trains recipes on the CPU as train.py does; what several of them pretrain is shared."""

    def __init__(self, dataset: Dataset):
        files = [TASK.data / "pretraining.csv.gz"]
        self.pretraining, self.dataset = read_pretraining(files, dataset, WORDS)
        self.trainer = Trainer(make_accelerator(use_gpu=False))
        self.pretrained: dict[Recipe, tuple[Model, float]] = {}

    def scores(self, recipe: Recipe) -> list[float]:
        """Train, and return the scores in the order of HEADERS."""
        first, start = recipe.first_stage(), time.process_time()
        if recipe.pretrain_epochs and first not in self.pretrained:
            start_at = build(first, self.pretraining)
            model = self.trainer.run(PRETRAINING, start_at, first, self.pretraining, {})
            self.pretrained[first] = model, time.process_time() - start
            start = time.process_time()
        pretrained, seconds = self.pretrained.get(first, (None, 0.0))
        # Without pretraining there are no outputs for texts of none of the languages.
        dataset = self.dataset if pretrained else replace(self.dataset, none=Rows([], []))
        once = replace(recipe, refit=False)
        model = self.trainer.train(once, dataset, pretrained=pretrained).model
        seconds += time.process_time() - start
        calibrate(model, dataset)
        classifier, found = TextClassifier.of(model), []
        for rows in (dataset.validation, without_marks(dataset.validation)):
            scores = classifier.evaluate(rows.texts, rows.labels)
            found += [scores["accuracy"], scores["macro_f1"]]
        found.append(on_common(classifier, dataset))
        answers = classifier.answers(dataset.validation_none.texts, 1)
        noticed = sum(answer.is_none or answer.unsure for answer in answers) / len(answers)
        return [*found, noticed, seconds]


def on_common(classifier: TextClassifier, dataset: Dataset) -> float:
    """Return how many of the names that always train get their own label, weighted by 1/rank."""
    core = dataset.common.take([i for i, n in enumerate(dataset.common.ids) if n <= CORE_RANK])
    labels = classifier.predict_batch(core.texts).argmax(axis=1)
    right = [classifier.labels[i] == own for i, own in zip(labels, core.labels, strict=True)]
    return float(np.average(right, weights=[1 / rank for rank in core.ids]))


def table(recipes: dict[str, Recipe], runner: Runner, seeds: int) -> Iterator[list[str]]:
    """Train each recipe with each seed; yield the rows one by one."""
    for name, recipe in recipes.items():
        found = [runner.scores(replace(recipe, seed=seed)) for seed in range(seeds)]
        columns = zip(zip(*found, strict=True), FORMS, strict=True)
        yield [name, *(mean_and_spread(values, form) for values, form in columns)]


def main() -> None:
    """Print the machine and the table."""
    parser = argparse.ArgumentParser(
        description=__doc__.split("\n")[0], epilog=f"The rows: {'; '.join(RECIPES)}."
    )
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--rows", nargs="+", choices=RECIPES, metavar="NAME", help="default: all")
    parser.add_argument("--held-out", type=float, default=0.1, help="share of the names")
    options = parser.parse_args()
    runner = Runner(read_names(TASK.data, validation_share=options.held_out))
    print(f"{machine()}; {options.seeds} seeds", end="\n\n", flush=True)
    chosen = {name: RECIPES[name] for name in options.rows or RECIPES}
    print_table(["", *HEADERS], table(chosen, runner, options.seeds))


if __name__ == "__main__":
    main()
