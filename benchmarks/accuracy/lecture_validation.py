"""What holding out a validation tenth costs the lecture's network on the lecture's files.

`python -m benchmarks.accuracy.lecture_validation` trains it on the 90% of rows left after
validation, with our batches of one length and with the lecture's shuffled ones, and on all rows. It
prints the test accuracy of the epoch that validation chooses, of the last epoch, and of the best
epoch on the test rows, which is not a fair choice but an upper bound.
"""

import argparse
from dataclasses import replace
from statistics import mean
from unittest.mock import patch

import torch

from benchmarks.common import machine, print_table, require_lecture_data
from model.core import length_buckets, loss_and_right
from model.data.rows import Dataset, encode_rows
from model.tasks.names import read_names
from model.tasks.recipe import LECTURE
from model.training import batches
from model.training.build import build
from model.training.loop import fit, make_accelerator


def shuffled_batches(lengths: torch.Tensor, batch_size: int, generator=None) -> list[torch.Tensor]:
    """Return row indices in batches drawn at random, as the lecture's DataLoader does."""
    return list(torch.randperm(len(lengths), generator=generator).split(batch_size))


def test_accuracies(dataset: Dataset, epochs: int, seed: int) -> tuple[float, float, float]:
    """Train; return the test accuracy of validation's choice, the last and the best epoch."""
    recipe = replace(LECTURE, epochs=epochs, seed=seed)
    model = build(recipe, dataset)
    test = encode_rows(dataset.test, model.encoder, model.labels)
    accuracies: list[tuple[float, float]] = []  # on validation and on test rows

    def on_epoch(entry: dict) -> None:
        right = loss_and_right(model.network, test)[1]
        accuracies.append((entry["validation_accuracy"], float(right) / len(test)))

    fit(model, dataset, recipe, make_accelerator(use_gpu=False), on_epoch=on_epoch)
    chosen = max(accuracies, key=lambda pair: pair[0])[1]
    return chosen, accuracies[-1][1], max(accuracy for _, accuracy in accuracies)


def main() -> None:
    """Print the machine and the table."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--epochs", type=int, default=15)
    parser.add_argument("--seeds", type=int, default=3)
    options = parser.parse_args()
    dataset = read_names(require_lecture_data())
    everything = replace(dataset, train=dataset.train + dataset.validation)
    cases = {
        "90% of rows, batches of one length": (dataset, length_buckets),
        "90% of rows, shuffled batches": (dataset, shuffled_batches),
        "all rows, shuffled batches": (everything, shuffled_batches),
    }
    print(f"{machine()}; {options.epochs} epochs, mean of {options.seeds} seeds", end="\n\n")
    rows = []
    for name, (data, make_batches) in cases.items():
        with patch.object(batches, "length_buckets", make_batches):
            runs = [test_accuracies(data, options.epochs, seed) for seed in range(options.seeds)]
        chosen, last, best = (f"{mean(column):.2%}" for column in zip(*runs, strict=True))
        # Where validation rows are trained on, they choose nothing.
        rows.append([name, chosen if data is dataset else "", last, best])
    print_table(["test accuracy", "chosen by validation", "last epoch", "best epoch"], rows)


if __name__ == "__main__":
    main()
