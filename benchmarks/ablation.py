"""What each part of the recipe for names is worth: one change at a time, scored on validation rows.

`python benchmarks/ablation.py` prints a Markdown row as soon as it is done, cheap ones first, so
that an interrupted run leaves a table too; `--rows NAME…` keeps to some of them. It never scores
the test rows, and leaves out the refit, which leaves no validation rows to score.
"""

import argparse
import sys
from collections.abc import Iterator
from dataclasses import dataclass, replace

from common import machine, print_table
from stages import Trainer, mean_and_spread

from model.classifier import TextClassifier
from model.core import EncodedRows
from model.data.rows import Dataset
from model.tasks import TASKS
from model.tasks.names import read_names
from model.tasks.recipe import LECTURE, Recipe
from model.training.scores import fit_temperature, report

TASK = TASKS["names"]
PRETRAINING = [TASK.data / "pretraining.csv.gz"]
HEADERS = ["", "validation accuracy", "macro-F1", "ECE", "seconds"]
NOTES = """Mean ± standard deviation, {seeds} seeds; {precision} unless the row says otherwise.
Scores are on the validation rows, which choose the epoch too. Temperature for the ECE: fitted on
every other row, measured on the rest, and the other way round. Seconds: pretraining included, also
where rows share it. No refit on validation rows, as train.py does at the end."""


@dataclass(frozen=True)
class Lever:
    """A row of the table; `first_stage` is None without pretraining."""

    recipe: Recipe
    first_stage: Recipe | None = None
    precision: str | None = None  # None: as the machine can


def levers() -> dict[str, Lever]:
    """Return the rows by name: without pretraining, then with one that rows share, then others."""
    full, scratch = (replace(r, refit=False) for r in (TASK.pretrained_recipe, TASK.recipe))

    def main_stage(**changes) -> Lever:
        return Lever(replace(full, **changes), full.first_stage())

    def both_stages(precision: str | None = None, **changes) -> Lever:
        recipe = replace(full, **changes)
        return Lever(recipe, recipe.first_stage(), precision)

    return {
        "the lecture's network, 20 epochs": Lever(replace(LECTURE, epochs=20)),
        "no pretraining": Lever(scratch),
        "no pretraining, no linear classifier": Lever(replace(scratch, linear_ngrams=())),
        "no pretraining, letters only": Lever(replace(scratch, ngrams=())),
        "no pretraining, last states only": Lever(replace(scratch, pool=False)),
        "no pretraining, n-grams 2–4": Lever(replace(scratch, ngrams=(2, 3, 4))),
        "full": main_stage(),
        "no logit adjustment": main_stage(logit_adjustment=0.0),
        "prior given back, fitted": main_stage(prior_power=None),
        "no floor of recall": main_stage(recall_floor=0.0),
        "no outsiders": main_stage(outsiders=0.0),
        "spelling variants after pretraining too": main_stage(spelling_variants=True),
        "dropout 0.3 after pretraining": main_stage(dropout=0.3),
        "label smoothing 0.05 after pretraining": main_stage(label_smoothing=0.05),
        "constant learning rate after pretraining": main_stage(one_cycle=False),
        "no linear classifier": both_stages(linear_ngrams=()),
        "no spelling variants": both_stages(pretrain_spelling_variants=False),
        "letters only": both_stages(ngrams=()),
        "n-grams 2–3": both_stages(ngrams=(2, 3)),
        "last states only": both_stages(pool=False),
        "fp32": both_stages(precision="no"),
    }


def scores(classifier: TextClassifier, dataset: Dataset) -> dict:
    """Return the report on the validation rows, each half at the temperature of the other."""
    rows = EncodedRows.from_rows(dataset.validation, classifier.encoder, classifier.labels)
    logits = classifier.logits(rows.ids, rows.lengths).clone()  # of an inference tensor
    halves = slice(0, None, 2), slice(1, None, 2)
    temperatures = [fit_temperature(logits[half], rows.targets[half]) for half in halves]
    for half, temperature in zip(halves, reversed(temperatures), strict=True):
        logits[half] /= temperature
    return report(
        logits.softmax(dim=1).numpy(),
        rows.targets.numpy(),
        classifier.labels,
        dataset.accepted(dataset.validation),
    )


def measure(lever: Lever, trainer: Trainer, seeds: int) -> list[str]:
    """Train with each seed; return the row's cells."""
    forms = {"accuracy": "{:.2%}", "macro_f1": "{:.4f}", "ece": "{:.4f}", "seconds": "{:.0f}"}
    found = []
    for seed in range(seeds):
        first_stage = lever.first_stage and replace(lever.first_stage, seed=seed)
        trained = trainer.train(replace(lever.recipe, seed=seed), first_stage)
        found.append(scores(trained.held_out, trainer.dataset) | {"seconds": trained.seconds})
    return [mean_and_spread([of[name] for of in found], form) for name, form in forms.items()]


def table(chosen: dict[str, Lever], trainer: Trainer, seeds: int) -> Iterator[list[str]]:
    """Yield the rows one by one, as they are measured."""
    default = trainer.accelerator.mixed_precision
    for name, lever in chosen.items():
        precision = lever.precision or default
        if lever.precision == default:
            continue  # no change on this machine
        trainer.set_precision(precision)
        yield [name, *measure(lever, trainer, seeds)]


def main() -> int:
    """Print the machine and the table; return the exit status."""
    rows = levers()
    parser = argparse.ArgumentParser(
        description=__doc__.split("\n")[0], epilog=f"The rows: {'; '.join(rows)}."
    )
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--rows", nargs="+", choices=rows, metavar="NAME", help="default: all")
    options = parser.parse_args()
    trainer = Trainer(read_names(TASK.data), PRETRAINING)
    default = {"no": "fp32"}.get(trainer.accelerator.mixed_precision, "bf16")
    notes = NOTES.format(seeds=options.seeds, precision=default)
    print(machine(), notes, sep="\n\n", end="\n\n", flush=True)
    chosen = {name: rows[name] for name in rows if name in (options.rows or rows)}
    print_table(HEADERS, table(chosen, trainer, options.seeds))
    return 0


if __name__ == "__main__":
    sys.exit(main())
