"""Calibration after training: outsiders as rare as asked for, honest probabilities, a threshold.

All of it is fitted on the validation rows, and moves no weights: only the biases of the outputs,
the temperature and the threshold of unsure answers.
"""

import math

import torch
from torch import Tensor
from torch.nn.functional import pad

from ..core import none_share, predict_outputs
from ..data.rows import Dataset, encode_rows
from ..storage.parts import Calibration, Parts
from .scores import fit_scaling, fit_temperature, unsure_threshold

# The share of texts that have none of the labels among those that people ask about. It is an
# assumption: most of the world's surnames come from other languages than the 18, but who tries the
# page has read which these are. A higher one trades right answers for fewer confident wrong ones:
# metrics.json has the share of such answers to the outsiders kept for validation ("outside").
NONE_PRIOR = 0.25
UNSURE_SHARE = 0.05  # of the right answers on validation: so many may be called unsure or none


def calibrate(model: Parts, dataset: Dataset, refitted: Parts | None = None) -> None:
    """Fit the calibration of a model that has not been trained on the validation rows.

    A `refitted` model, which has seen them, takes it over. Call it once, after training.
    """
    rows = encode_rows(dataset.validation, model.encoder, model.labels, model.device)
    outputs = predict_outputs(model.network, rows.ids, rows.lengths).cpu()
    targets, n_labels = rows.targets.cpu(), len(model.labels)
    temperature, label_bias = _fit(model, dataset, outputs[:, :n_labels], targets)
    bias = pad(label_bias, (0, len(model.other_labels)), value=_none_bias(model))
    outputs = outputs + bias
    probabilities = (outputs[:, :n_labels] / temperature).softmax(dim=1)
    none = none_share(outputs, n_labels)
    threshold = unsure_threshold(probabilities.numpy(), none.numpy(), targets.numpy(), UNSURE_SHARE)
    for each in filter(None, (model, refitted)):
        each.calibration = Calibration(bias.tolist(), temperature, threshold)


def _none_bias(model: Parts) -> float:
    """Return the bias of the other outputs that makes their texts as rare as NONE_PRIOR says.

    They were a larger share of the training rows.
    """
    trained = model.training["outsiders"] if model.other_labels else 0
    return math.log(NONE_PRIOR / (1 - NONE_PRIOR) / trained) if trained else 0.0


def _fit(model: Parts, dataset: Dataset, logits: Tensor, targets: Tensor) -> tuple[float, Tensor]:
    """Return the temperature and the bias (labels,) for the logits (n, labels) of validation rows.

    The recipe's prior_power sets the bias; without one, temperature and bias are fitted together.
    """
    power = model.training["prior_power"]
    if power is None:
        return fit_scaling(logits, targets)
    counts = torch.tensor([dataset.train.labels.count(label) for label in model.labels])
    bias = power * (counts.clamp(min=1) / counts.sum()).log()
    return fit_temperature(logits + bias, targets), bias
