"""What holding out a validation tenth costs the lecture's network on the lecture's files.

`python benchmarks/lecture_validation.py` trains it with several seeds on the 90% of rows left after
validation, with our batches of one length and with the lecture's shuffled ones, and on all rows. It
prints the test accuracy of the epoch that validation chooses, of the last epoch, and of the epoch
that does best on the test rows, which is no fair choice and is shown as an upper bound.
"""

import argparse
import sys
from dataclasses import replace
from statistics import mean
from unittest.mock import patch

import torch
from common import machine, print_table, require_lecture_data

from model.core import EncodedRows
from model.data.rows import Dataset, Rows
from model.tasks.names import read_names
from model.tasks.recipe import LECTURE
from model.training.loop import fit, make_accelerator
from model.training.loop import loop as training


def shuffled_batches(lengths: torch.Tensor, batch_size: int, generator=None) -> list[torch.Tensor]:
    """Return row indices in batches drawn at random, as the lecture's DataLoader does."""
    return list(torch.randperm(len(lengths), generator=generator).split(batch_size))


def test_accuracies(dataset: Dataset, epochs: int, seed: int) -> tuple[float, float, float]:
    """Train; return the test accuracy of validation's choice, the last and the best epoch."""
    recipe = replace(LECTURE, epochs=epochs, seed=seed)
    classifier = recipe.build(dataset)
    test = EncodedRows.from_rows(dataset.test, classifier.encoder, classifier.labels)
    seen: list[tuple[float, float]] = []

    def on_epoch(entry: dict) -> None:
        correct = classifier.logits(test.ids, test.lengths).argmax(dim=1) == test.targets
        seen.append((entry["validation_accuracy"], float(correct.float().mean())))

    fit(classifier, dataset, recipe, make_accelerator(use_gpu=False), on_epoch=on_epoch)
    chosen = max(seen, key=lambda pair: pair[0])[1]
    return chosen, seen[-1][1], max(accuracy for _, accuracy in seen)


def main() -> int:
    """Print the machine and the table; return the exit status."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--epochs", type=int, default=15)
    parser.add_argument("--seeds", type=int, default=3)
    options = parser.parse_args()
    dataset = read_names(require_lecture_data())
    everything = Rows(
        dataset.train.texts + dataset.validation.texts,
        dataset.train.labels + dataset.validation.labels,
    )
    cases = {
        "90% of rows, batches of one length": (dataset, training.length_buckets),
        "90% of rows, shuffled batches": (dataset, shuffled_batches),
        "all rows, shuffled batches": (replace(dataset, train=everything), shuffled_batches),
    }
    print(f"{machine()}; {options.epochs} epochs, mean of {options.seeds} seeds", end="\n\n")
    rows = []
    for name, (data, batches) in cases.items():
        with patch.object(training, "length_buckets", batches):
            runs = [test_accuracies(data, options.epochs, seed) for seed in range(options.seeds)]
        chosen, last, best = (f"{mean(column):.2%}" for column in zip(*runs, strict=True))
        # Where validation rows are trained on, they choose nothing.
        rows.append([name, "" if data is not dataset else chosen, last, best])
    print_table(["test accuracy", "chosen by validation", "last epoch", "best epoch"], rows)
    return 0


if __name__ == "__main__":
    sys.exit(main())
