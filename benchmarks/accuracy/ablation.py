"""What each part of the recipe for names is worth: one change at a time, scored on validation rows.

`python -m benchmarks.accuracy.ablation` prints each row as soon as it is done, cheap ones first;
`--rows NAME…` selects some of them. Every training is kept in ablation.jsonl beside this file, so
that another run goes on where one was interrupted. It never scores the test rows, and skips the
refit, which leaves no validation rows to score. These are a tenth of the names in Latin letters.
`--held-out 0.3` holds out three times as many: small differences show there.
"""

import argparse
import json
import math
from collections.abc import Iterator
from dataclasses import dataclass, replace

from benchmarks.accuracy.trials import Trainer
from benchmarks.common import ROOT, machine, mean_and_spread, print_table
from model.data.pairs import VALIDATION_SHARE
from model.data.rows import Dataset, Rows, encode_rows
from model.data.variation import without_marks
from model.storage.parts import Parts
from model.tasks import TASKS
from model.tasks.names import read_names
from model.tasks.recipe import LECTURE, Recipe
from model.training.results import on_lists
from model.training.scores import fit_scaling, report

TASK = TASKS["names"]
PRETRAINING = [TASK.data / "pretraining.csv.gz"]
RESULTS = ROOT / "benchmarks" / "accuracy" / "ablation.jsonl"
ONE_CYCLE = {"learning_rate": 2.1e-3, "average_from": None, "embedding_std": 1.0}
# The recipe that was taken apart, "full", where it differs from what ships because of the table.
BEFORE = ONE_CYCLE | {
    "dropout": 0.5,
    "epochs": 8,
    "pretrain_dropout": 0.3,
    "pretrain_epochs": 6,
}
FORMS = {  # of each score, by its heading
    "validation accuracy": "{:.2%}",
    "macro-F1": "{:.4f}",
    "ECE": "{:.4f}",
    "outsiders: none or unsure": "{:.1%}",
    "outsiders: a label above 0.8": "{:.1%}",
    "without marks: accuracy": "{:.2%}",  # unknown of older trainings
    "without marks: macro-F1": "{:.4f}",
    "processor seconds": "{:.0f}",
}


@dataclass(frozen=True)
class Lever:
    """A row of the table."""

    recipe: Recipe
    pretraining: Recipe | None = None  # the recipe whose first stage comes before, if any
    precision: str | None = None  # None: what the machine supports


def levers() -> dict[str, Lever]:
    """Return the rows by name: without pretraining, then with one that rows share, then others."""
    shipped, scratch = (replace(r, refit=False) for r in (TASK.pretrained_recipe, TASK.recipe))
    full = replace(shipped, **BEFORE)

    def main_stage(base: Recipe, /, **changes) -> Lever:
        return Lever(replace(base, **changes), base)

    def both_stages(base: Recipe, /, **changes) -> Lever:
        recipe = replace(base, **changes)
        return Lever(recipe, recipe)

    return {
        "the lecture's network, 20 epochs": Lever(replace(LECTURE, epochs=20)),
        "no pretraining": Lever(scratch),
        "no pretraining, no linear classifier": Lever(replace(scratch, linear_ngrams=())),
        "no pretraining, letters only": Lever(replace(scratch, ngrams=())),
        "no pretraining, last states only": Lever(replace(scratch, pool=False)),
        "no pretraining, n-grams 2–4": Lever(replace(scratch, ngrams=(2, 3, 4))),
        "what ships": both_stages(shipped),
        "before: one cycle, no mean": both_stages(shipped, **ONE_CYCLE),
        "what ships, letters begin with variance 1": both_stages(shipped, embedding_std=1.0),
        "what ships, last states only": both_stages(shipped, pool=False),
        "what ships, no logit adjustment": main_stage(shipped, logit_adjustment=0.0),
        "what ships, logit adjustment 1": main_stage(shipped, logit_adjustment=1.0),
        "what ships, marks always kept": both_stages(shipped, both_forms=False),
        "full": both_stages(full),
        "no logit adjustment": main_stage(full, logit_adjustment=0.0),
        "no outsiders": main_stage(full, outsiders=0.0),
        "dropout 0.3 after pretraining": main_stage(full, dropout=0.3),
        "constant learning rate after pretraining": main_stage(full, one_cycle=False),
        "no linear classifier": both_stages(full, linear_ngrams=()),
        "marks always kept": both_stages(full, both_forms=False),
        "no full names": both_stages(full, full_share=0.0),
        "no unknown letters": both_stages(full, unknown_share=0.0),
        "no n-grams of scripts": both_stages(full, script_ngrams=()),
        "letters only": both_stages(full, ngrams=()),
        "n-grams 2–3": both_stages(full, ngrams=(2, 3)),
        "last states only": both_stages(full, pool=False),
        "fp32": replace(both_stages(full), precision="no"),
    }


def scores(model: Parts, dataset: Dataset) -> dict:
    """Return the scores on the validation rows, each half calibrated on the other.

    Those of the outsiders kept for validation are with the calibration of `model`.
    """
    rows = dataset.validation
    found, plain = (halves_report(model, dataset, r) for r in (rows, without_marks(rows)))
    outsiders = dataset.validation_outsiders.texts
    listed = on_lists(model, {"outsiders": Rows(outsiders, [""] * len(outsiders))})
    values = [found[name] for name in ("accuracy", "macro_f1", "ece")]
    for score in ("none_or_unsure", "above_80"):
        values.append(listed["outsiders"][score] if outsiders else math.nan)
    values += [plain["accuracy"], plain["macro_f1"]]
    return dict(zip(FORMS, values, strict=False))  # the seconds follow


def halves_report(model: Parts, dataset: Dataset, held_out: Rows) -> dict:
    """Return the report on rows of which each half is calibrated on the other."""
    rows = encode_rows(held_out, model.encoder, model.labels)
    outputs = model.outputs(rows.ids, rows.lengths)
    logits = outputs[:, : len(model.labels)].clone()  # of an inference tensor
    halves = slice(0, None, 2), slice(1, None, 2)
    fitted = [fit_scaling(logits[half], rows.targets[half]) for half in halves]
    for half, (temperature, bias) in zip(halves, reversed(fitted), strict=True):
        logits[half] = (logits[half] + bias) / temperature
    probabilities, targets = logits.softmax(dim=1).numpy(), rows.targets.numpy()
    return report(probabilities, targets, model.labels, dataset.accepted(held_out))


def trained(lever: Lever, seed: int, trainer: Trainer, held_out: float | None = None) -> dict:
    """Return the scores and processor seconds of a training, from RESULTS if it is there.

    `held_out` is the share of the rows that `trainer` validates on, if it is not the usual one.
    """
    recipe = replace(lever.recipe, seed=seed)
    pretraining = lever.pretraining and replace(lever.pretraining, seed=seed)
    stages = [recipe.record(), pretraining and pretraining.record()]
    asked = {
        "stages": stages,
        "precision": lever.precision,
        "data": trainer.after_pretraining.files,
    }
    if held_out is not None:
        asked["held_out"] = held_out
    if RESULTS.exists():
        for line in RESULTS.read_text(encoding="utf-8").splitlines():
            found = json.loads(line)
            # An option that is newer than the training had its default then.
            found["asked"]["stages"] = [
                stage and Recipe().record() | stage for stage in found["asked"]["stages"]
            ]
            if found["asked"] == asked:
                return found["scores"]
    result = trainer.train(recipe, pretraining)
    kept = scores(result.held_out, trainer.after_pretraining)
    kept["processor seconds"] = result.seconds
    with RESULTS.open("a", encoding="utf-8") as file:
        file.write(json.dumps({"asked": asked, "scores": kept}) + "\n")
    return kept


def table(
    chosen: dict[str, Lever], trainer: Trainer, seeds: int, held_out: float | None = None
) -> Iterator[list[str]]:
    """Train with each seed; yield the rows one by one."""
    default = trainer.accelerator.mixed_precision
    for name, lever in chosen.items():
        if lever.precision != default:  # else the row changes nothing on this machine
            trainer.set_precision(lever.precision or default)
            found = [trained(lever, seed, trainer, held_out) for seed in range(seeds)]
            cells = (
                mean_and_spread([f[s] for f in found], form) if all(s in f for f in found) else ""
                for s, form in FORMS.items()
            )
            yield [name, *cells]


def share(text: str) -> float:
    """Return `text` as a number between 0 and 1; raise ValueError for any other."""
    value = float(text)
    if not 0 < value < 1:
        raise ValueError
    return value


def main() -> None:
    """Print the machine and the table."""
    rows = levers()
    parser = argparse.ArgumentParser(
        description=__doc__.split("\n")[0], epilog=f"The rows: {'; '.join(rows)}."
    )
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--rows", nargs="+", choices=rows, metavar="NAME", help="default: all")
    parser.add_argument("--held-out", type=share, metavar="SHARE", help="of the names, as 0.3")
    options = parser.parse_args()
    dataset = read_names(TASK.data, validation_share=options.held_out or VALIDATION_SHARE)
    trainer = Trainer(dataset, PRETRAINING)
    precision = {"no": "fp32"}.get(trainer.accelerator.mixed_precision, "bf16")
    print(f"{machine()}; {options.seeds} seeds, {precision}", end="\n\n", flush=True)
    chosen = {name: rows[name] for name in options.rows or rows}
    print_table(["", *FORMS], table(chosen, trainer, options.seeds, options.held_out))


if __name__ == "__main__":
    main()
