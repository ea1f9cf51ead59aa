"""Models that several test files share: the shipped ones, and a small one as a complete folder."""

from dataclasses import replace
from functools import cache

from model import TextClassifier
from model.tasks.names import NAMES
from model.training.look_up import look_up_of
from model.training.metrics import all_metrics, training_texts

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
        training_texts=training_texts(dataset),
    )
    model.look_up = look_up_of(model, dataset)
    TextClassifier(model).save(path)
    return path


def rows_of(table):
    """Return the cells of a table in a text, whose columns a bar divides."""
    lines = table.strip().splitlines()
    return [[cell.strip() for cell in line.split("|")] for line in lines]
