"""Calibration after training: outsiders as rare as asked for, honest probabilities, a threshold.

All of it is fitted on rows that were not trained on: those of validation and, where they are few,
those that cross-validation held out. It moves the biases of the outputs, the temperature and the
threshold of unsure answers, and where the recipe asks for it the weight of the two classifiers
whose mean the answer is.
"""

import math
from collections.abc import Sequence

import torch
from torch import Tensor
from torch.nn.functional import pad

from ..core import PREDICTION_BATCH, EncodedRows, length_buckets, none_share, predict_outputs
from ..data.rows import Dataset, Rows, encode_rows
from ..storage.parts import FEWEST_ROWS, Calibration, Parts
from .loop import round_tables
from .scores import fit_mix, fit_scaling, fit_temperature, moderate, unsure_threshold

# The share of texts that have none of the labels among those that people ask about. It is an
# assumption: most of the world's surnames come from other languages than the 18, but who tries the
# page has read which these are. A higher one trades right answers for fewer confident wrong ones:
# metrics.json has the share of such answers to the outsiders kept for validation ("outside").
NONE_PRIOR = 0.25
PRIOR_ROWS = 10  # that what is usual counts for, where there may be few to fit to
UNSURE_SHARE = 0.07  # of the right answers on validation: so many may be called unsure or none


def calibrate(
    model: Parts,
    dataset: Dataset,
    refitted: Parts | None = None,
    folds: Sequence[tuple[Parts, Rows]] = (),
) -> None:
    """Fit the calibration of a model that has not been trained on the validation rows.

    `folds` are further models, each with rows that it has not been trained on. A `refitted` model,
    which has seen all of them, takes the calibration over. Call it once, after training.
    """
    held_out = [
        (parts, encode_rows(rows, parts.encoder, parts.labels, parts.device))
        for parts, rows in ((model, dataset.validation), *folds)
    ]
    targets = torch.cat([rows.targets.cpu() for _, rows in held_out])
    has_prior = model.training["held_out_in_turn"] or model.training["mix"] is None
    prior_rows = PRIOR_ROWS if has_prior else 0
    if model.training["mix"] is None and model.network.linear_ngrams is not None:
        halves = torch.cat([_halves(parts, rows) for parts, rows in held_out], dim=1)
        share = fit_mix(halves, targets, prior_rows)
        for parts in filter(None, (refitted, *(parts for parts, _ in held_out))):
            _weigh(parts, share)
    outputs = torch.cat(
        [predict_outputs(parts.network, rows.ids, rows.lengths).cpu() for parts, rows in held_out]
    )
    n_labels = len(model.labels)
    temperature, label_bias = _fit(model, dataset, outputs[:, :n_labels], targets, prior_rows)
    bias = pad(label_bias, (0, len(model.other_labels)), value=_none_bias(model))
    outputs = outputs + bias
    if prior_rows and len(targets) < FEWEST_ROWS:
        temperature = moderate(outputs[:, :n_labels], temperature)
    probabilities = (outputs[:, :n_labels] / temperature).softmax(dim=1)
    none = none_share(outputs, n_labels)
    answers = probabilities.numpy(), none.numpy(), targets.numpy()
    # One in so many right answers is below it, so it takes more rows than a temperature.
    threshold = unsure_threshold(*answers, UNSURE_SHARE, prior_rows / UNSURE_SHARE)
    for each in filter(None, (model, refitted)):
        each.calibration = Calibration(bias.tolist(), temperature, threshold, len(targets))


@torch.inference_mode()
def _halves(parts: Parts, rows: EncodedRows) -> Tensor:
    """Return the logits (2, n, labels) of the GRU and of the linear classifier, on the CPU."""
    parts.network.eval()
    halves = torch.empty(2, len(rows), len(parts.labels))
    for index in length_buckets(rows.lengths, PREDICTION_BATCH):
        ids, lengths, _ = rows.take(index)
        for half, logits in zip(halves, parts.network.logits_apart(ids, lengths), strict=True):
            half[index] = logits.float().cpu()
    return halves


@torch.no_grad()
def _weigh(parts: Parts, share: float) -> None:
    """Give the GRU this share in the mean of logits, which is a half without it."""
    network, table = parts.network, parts.network.linear_ngrams
    assert table is not None
    rest = [table.bias, table.table.weight if table.project is None else table.project.weight]
    for weights in (network.linear.weight, network.linear.bias):
        weights *= 2 * share
    for weights in rest:
        weights *= 2 * (1 - share)
    round_tables(network)


def _none_bias(model: Parts) -> float:
    """Return the bias of the other outputs that makes their texts as rare as NONE_PRIOR says.

    They were a larger share of the training rows.
    """
    trained = model.training["outsiders"] if model.other_labels else 0
    return math.log(NONE_PRIOR / (1 - NONE_PRIOR) / trained) if trained else 0.0


def _fit(
    model: Parts, dataset: Dataset, logits: Tensor, targets: Tensor, prior_rows: float
) -> tuple[float, Tensor]:
    """Return the temperature and the bias (labels,) for the logits (n, labels) of held-out rows.

    The recipe's prior_power sets the bias; without one, temperature and bias are fitted together.
    """
    power = model.training["prior_power"]
    if power is None:
        return fit_scaling(logits, targets, prior_rows)
    counts = torch.tensor([dataset.train.labels.count(label) for label in model.labels])
    bias = power * (counts.clamp(min=1) / counts.sum()).log()
    return fit_temperature(logits + bias, targets, prior_rows), bias
