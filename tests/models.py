"""Models that several test files share: the shipped ones, and a small one as a complete folder."""

from dataclasses import replace
from functools import cache

import torch

from model import TextClassifier
from model.tasks.names import NAMES
from model.training.build import build_model
from model.training.look_up import look_up_of
from model.training.metrics import all_metrics, shares_by_key

load = cache(
    TextClassifier.load
)  # once for all files of a process, so: not to be changed


def save_with_card(parts, dataset, path):
    """Write a model folder as train.py writes it, with metrics, training texts and card."""
    epoch = dict.fromkeys(("epoch", "seconds", "train_loss", "validation_loss"), 1)
    history = {"main": [epoch | {"validation_accuracy": 0.5}]}
    model = replace(
        parts,
        metrics=all_metrics(parts, dataset, NAMES, history),
        training_texts=shares_by_key(dataset.train + dataset.validation, dataset),
    )
    model.look_up = look_up_of(model, dataset)
    TextClassifier(model).save(path)
    return path


def answering(dataset, small_recipe, odds):
    """Return a classifier that gives every text these odds: of its labels, then of the others."""
    classifier = TextClassifier(build_model(small_recipe, dataset))
    with torch.no_grad():
        classifier.model.network.linear.weight.zero_()
        classifier.model.network.linear.bias.copy_(
            torch.tensor(odds, dtype=torch.float).log()
        )
    # The linear classifier of n-grams sees the three labels alone, and finds them equal.
    classifier.model.network.linear_ngrams = None
    return classifier


def rows_of(table):
    """Return the cells of a table in a text, whose columns a bar divides."""
    lines = table.strip().splitlines()
    return [[cell.strip() for cell in line.split("|")] for line in lines]
