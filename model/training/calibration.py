"""Calibration after training: corrected priors, a floor for rare labels, honest probabilities.

All of it is fitted on the validation rows, and moves no weights: only the biases of the outputs,
the temperature and the threshold of unsure answers.
"""

import math

import torch
from torch import Tensor
from torch.nn.functional import pad

from ..core import predict_outputs, share_out
from ..data.rows import Dataset, encode_rows
from ..storage.parts import Calibration, Parts
from .scores import fit_temperature, unsure_threshold

EXPECTED_OUTSIDERS = 0.02  # for each text of the labels' own, as people ask
UNSURE_SHARE = 0.08  # of the right answers on validation: so many may be called unsure
PRIOR_POWERS = [power / 10 for power in range(-10, 11)]
MIN_ROWS = 50  # the recall over fewer rows is mostly noise
BIAS_STEP, MAX_STEPS = 0.05, 100


def calibrate(model: Parts, dataset: Dataset, refitted: Parts | None = None) -> None:
    """Fit the calibration of a model that has not been trained on the validation rows.

    A `refitted` model, which has seen them, takes it over. Call it once, after training.
    """
    rows = encode_rows(dataset.validation, model.encoder, model.labels, model.device)
    outputs = predict_outputs(model.network, rows.ids, rows.lengths).cpu()
    targets = rows.targets.cpu()
    bias = _outsider_bias(model)
    bias = bias + _label_bias(model, dataset, outputs + bias, targets)
    logits = share_out(outputs + bias, len(model.labels))
    temperature = fit_temperature(logits, targets)
    probabilities = (logits / temperature).softmax(dim=1).numpy()
    threshold = unsure_threshold(probabilities, targets.numpy(), UNSURE_SHARE)
    for each in filter(None, (model, refitted)):
        each.calibration = Calibration(bias.tolist(), temperature, threshold)


def _outsider_bias(model: Parts) -> Tensor:
    """Return the bias (outputs,) that makes outsiders as rare as they are among what people ask.

    They were a larger share of the training rows.
    """
    bias = torch.zeros(len(model.labels) + len(model.other_labels))
    trained = model.training["outsiders"] if model.other_labels else 0
    if trained:
        bias[len(model.labels) :] = math.log(EXPECTED_OUTSIDERS / trained)
    return bias


def _label_bias(model: Parts, dataset: Dataset, outputs: Tensor, targets: Tensor) -> Tensor:
    """Return the bias (outputs,) that the recipe asks for; all 0 if it asks for none."""
    counts = torch.tensor([dataset.train.labels.count(label) for label in model.labels])
    log_prior = (counts.clamp(min=1) / counts.sum()).log()
    power = model.training["prior_power"]
    if power is None:
        power = best_prior_power(outputs, targets, log_prior)
    bias = pad(power * log_prior, (0, outputs.shape[1] - len(log_prior)))
    floor = model.training["recall_floor"]
    return raise_to_floor(outputs, targets, bias, len(log_prior), floor)


def best_prior_power(outputs: Tensor, targets: Tensor, log_prior: Tensor) -> float:
    """Return the power of the prior of highest accuracy; ties go to the power closest to 0.

    `outputs` (n, outputs) are those of rows with the labels `targets` (n,), `log_prior` (labels,)
    their log frequencies in training. Training may have weakened or changed the prior (Menon et
    al. 2021, "Long-tail learning via logit adjustment").
    """
    n_labels = len(log_prior)

    def right(power: float) -> int:
        bias = pad(power * log_prior, (0, outputs.shape[1] - n_labels))
        return int(_is_right(outputs + bias, targets, n_labels).sum())

    return max(PRIOR_POWERS, key=lambda power: (right(power), -abs(power)))


def raise_to_floor(
    outputs: Tensor, targets: Tensor, bias: Tensor, n_labels: int, recall_floor: float
) -> Tensor:
    """Return `bias` (outputs,) with labels raised until no recall is below `recall_floor`.

    Where they cannot all be, it is the bias on that way whose lowest recall is the highest. Labels
    with fewer than MIN_ROWS rows are neither counted nor raised, nor are further outputs.
    """
    counts = targets.bincount(minlength=n_labels)
    counted = counts >= MIN_ROWS
    best, highest = bias, -1.0
    for _ in range(MAX_STEPS):
        found = targets[_is_right(outputs + bias, targets, n_labels)].bincount(minlength=n_labels)
        recalls = found / counts
        low = (recalls < recall_floor) & counted
        if not low.any():
            return bias
        if (lowest := float(recalls[counted].min())) > highest:
            best, highest = bias, lowest
        bias = bias + pad(BIAS_STEP * low, (0, len(bias) - n_labels))
    return best


def _is_right(outputs: Tensor, targets: Tensor, n_labels: int) -> Tensor:
    return share_out(outputs, n_labels).argmax(dim=1) == targets
