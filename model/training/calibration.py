"""Calibration after training: texts of none as rare as assumed, honest probabilities, a threshold.

All of it is fitted on rows that were not trained on: those of validation and, where they are few,
those that cross-validation held out: the biases of the outputs, the temperature, the threshold of
unsure answers and, unless the recipe fixes it, the mix of the two classifiers that answer together.
"""

import math
from collections import Counter
from collections.abc import Sequence
from typing import Any

import numpy as np
import torch
from torch import Tensor
from torch.nn.functional import cross_entropy, pad

from ..core import (
    PREDICTION_BATCH,
    EncodedRows,
    length_buckets,
    predict_outputs,
)
from ..data.rows import Dataset, Rows
from ..decisions import Thresholds, is_close
from ..network import none_share
from ..storage.model import FEWEST_ROWS, Calibration, Model
from .loop import round_tables

# The share of texts that have none of the labels among those that people ask about. It is an
# assumption: most of the world's surnames come from other languages than the 18, but visitors have
# read which these are. A higher share trades right answers for fewer confident wrong ones:
# metrics.json has the share of such answers to the texts kept for validation ("outside").
NONE_PRIOR = 0.25
UNSURE_SHARE = (
    0.07  # of the right answers on validation: so many may be called unsure or none
)
USUAL_THRESHOLD = 0.5
MARGINS = (0.2, 0.15, 0.1, 0.05)  # between two labels that may be named together
FEWEST_PAIRS = 20  # rows to choose one of these by
USUAL_TEMPERATURE, MAX_TEMPERATURE = (
    1.5,
    20.0,
)  # the first of networks trained on few rows
BIAS_PENALTY = 0.002  # for each squared bias, beside the mean loss of a row


def calibrate(
    model: Model,
    dataset: Dataset,
    refitted: Model | None = None,
    folds: Sequence[tuple[Model, Rows]] = (),
) -> dict[str, float]:
    """Fit the calibration of a model that has not been trained on the validation rows, once.

    `folds` are further models, each with rows that it has not been trained on. A `refitted` model,
    which has seen all of them, takes the calibration over. Where the mix is fitted, it returns the
    network's `share`, and how often the `network` and `linear` half is right alone on test rows.
    """
    parts = [(model, dataset.validation), *folds]
    held_out = [(each, each.encode_rows(rows)) for each, rows in parts]
    targets = torch.cat([rows.targets.cpu() for _, rows in held_out])
    weights = [weight for _, rows in parts for weight in dataset.weights(rows)]
    prior_rows = model.training["prior_rows"]
    found = dict[str, float]()
    if model.network.linear_ngrams is not None:
        if (mix := model.training["mix"]) is None:
            halves = torch.cat([_halves(each, rows) for each, rows in held_out], dim=1)
            mix, biases = fit_mix(halves, targets, prior_rows, weights)
            found = {"share": mix}
            found |= _right_alone(refitted or model, dataset.test, biases)
        for each in filter(None, (refitted, *(each for each, _ in held_out))):
            _weigh(each, mix)
    outputs = torch.cat(
        [
            predict_outputs(each.network, rows.ids, rows.lengths).cpu()
            for each, rows in held_out
        ]
    )
    n_labels, power = len(model.labels), model.training["prior_power"]
    counts = Counter(dataset.train.labels)
    shares = torch.tensor(
        [max(counts[label], 1) / counts.total() for label in model.labels]
    )
    label_bias, how = (power or 0.0) * shares.log(), {"with_bias": power is None}
    logits = outputs[:, :n_labels] + label_bias
    temperature, fitted = fit_scaling(
        logits, targets, prior_rows, weights=weights, **how
    )
    # Texts of none become as frequent as NONE_PRIOR; in training, `outsiders` sets their share.
    trained = model.training["outsiders"] if model.other_labels else 0
    none_bias = math.log(NONE_PRIOR / (1 - NONE_PRIOR) / trained) if trained else 0.0
    bias = pad(label_bias + fitted, (0, len(model.other_labels)), value=none_bias)
    outputs = outputs + bias
    if prior_rows and len(targets) < FEWEST_ROWS:
        temperature = moderate(outputs[:, :n_labels], temperature)
    probabilities = (outputs[:, :n_labels] / temperature).softmax(dim=1)
    answers = (
        probabilities.numpy(),
        none_share(outputs, n_labels).numpy(),
        targets.numpy(),
    )
    threshold = unsure_threshold(*answers, prior_rows)
    margin = either_margin(*answers, threshold)
    for each in filter(None, (model, refitted)):
        each.calibration = Calibration(
            bias.tolist(), temperature, threshold, len(targets), margin
        )
    return found


def _right_alone(model: Model, rows: Rows, biases: Tensor) -> dict[str, float]:
    """Return how often each half alone is right on `rows`, if any, with its biases (2, labels)."""
    if not len(rows):
        return {}
    encoded = model.encode_rows(rows)
    answers = (_halves(model, encoded) + biases[:, None]).argmax(dim=2)
    right = (answers == encoded.targets.cpu()).double().mean(dim=1)
    return dict(zip(("network", "linear"), right.tolist(), strict=True))


@torch.inference_mode()
def _halves(model: Model, rows: EncodedRows) -> Tensor:
    """Return the logits (2, n, labels) of the GRU and of the linear classifier, on the CPU."""
    model.network.eval()
    halves = torch.empty(2, len(rows), len(model.labels))
    for index in length_buckets(rows.lengths, PREDICTION_BATCH):
        ids, lengths, _ = rows.take(index)
        halves[:, index] = (
            torch.stack(model.network.logits_apart(ids, lengths)).float().cpu()
        )
    return halves


def fit_mix(
    halves: Tensor, targets: Tensor, prior_rows: float, weights: Sequence[float]
) -> tuple[float, Tensor]:
    """Return the GRU's share in the mean of logits (2, n, labels), and each half's own bias.

    The likeliest share is 1 or 0 instead where one half alone is right more often on these rows, by
    more than a standard error of the difference: likelihood also counts how sure the others are.
    """
    scales, bias = fit_scales(halves, targets, prior_rows, weights=weights)
    alone = [
        fit_scaling(half, targets, prior_rows, weights=weights)[1] for half in halves
    ]
    biases = torch.stack(alone)
    mean = torch.einsum("p,pnc->nc", scales.float(), halves) + bias
    answers = torch.cat([mean[None], halves + biases[:, None]]).argmax(dim=2)
    right = (
        answers == targets
    ).double()  # (3, n): the mean, the GRU, the linear classifier
    gains = right[1:] - right[0]
    clear = gains.mean(dim=1) - gains.std(dim=1) / len(targets) ** 0.5
    if clear.max() > 0:
        return float(clear[0] >= clear[1]), biases
    return float(scales[0] / scales.sum()), biases


@torch.no_grad()
def _weigh(model: Model, share: float) -> None:
    """Give the GRU this share in the mean of logits, which is a half without it."""
    network, table = model.network, model.network.linear_ngrams
    assert table is not None
    votes = table.table if table.project is None else table.project
    for weights in (network.linear.weight, network.linear.bias):
        weights *= 2 * share
    for weights in (table.bias, votes.weight):
        weights *= 2 * (1 - share)
    round_tables(network)


def fit_scaling(
    logits: Tensor, targets: Tensor, prior_rows: float = 0, **how: Any
) -> tuple[float, Tensor]:
    """Return the temperature and the bias (labels,) by which logits (n, labels) fit `targets` best.

    (logits + bias) / temperature has the highest likelihood on `targets` (n,), which the network
    must not have been trained on. Without a bias it is Guo et al. 2017, "On calibration of modern
    neural networks", with one Alexandari et al. 2020, "Maximum likelihood with bias-corrected
    calibration is hard-to-beat at label shift adaptation". Other parameters: see `fit_scales`.
    """
    scales, bias = fit_scales(logits[None], targets, prior_rows, **how)
    # A few rows that are all right or all wrong would drive it to 0 or infinity.
    temperature = min(max(1 / scales.item(), 0.05), MAX_TEMPERATURE)
    return temperature, (bias * temperature).float()


def fit_scales(
    logits: Tensor,
    targets: Tensor,
    prior_rows: float = 0,
    with_bias: bool = True,
    weights: Sequence[float] | None = None,
) -> tuple[Tensor, Tensor]:
    """Return the scale of each of P classifiers and the bias (labels,) of their scaled sum.

    `logits` are (P, n, labels). What is usual of networks counts as much as `prior_rows` rows, and
    a penalty keeps biases small where rows are few. `weights` (n,) are those of the rows, or 1.
    """
    logits, targets = logits.detach().double().cpu(), targets.cpu()
    weight = torch.tensor(weights or [1.0] * len(targets), dtype=torch.float64)
    usual = -math.log(len(logits) * (USUAL_TEMPERATURE if prior_rows else 1))
    prior = prior_rows / len(targets)
    log_scales = torch.full(
        (len(logits),), usual, dtype=torch.float64, requires_grad=True
    )
    bias = torch.zeros(logits.shape[2], dtype=torch.float64, requires_grad=with_bias)
    parameters = [log_scales, *([bias] if with_bias else [])]
    optimizer = torch.optim.LBFGS(
        parameters, max_iter=200, line_search_fn="strong_wolfe"
    )

    def loss() -> Tensor:
        optimizer.zero_grad()
        scaled = torch.einsum("p,pnc->nc", log_scales.exp(), logits) + bias
        value = (
            cross_entropy(scaled, targets, reduction="none") @ weight
        ) / weight.sum()
        value = value + max(BIAS_PENALTY, prior) * bias.square().sum()
        value = value + prior * (log_scales - usual).square().sum()
        value.backward()
        return value

    optimizer.step(loss)
    return log_scales.detach().exp(), bias.detach()


def moderate(logits: Tensor, temperature: float) -> float:
    """Raise the temperature until no probability exceeds 1 − 1/(n + 2).

    After n right answers in a row the next is wrong once in n + 2 times (Laplace's rule of
    succession). `logits` are (n, labels).
    """
    most = 1 - 1 / (len(logits) + 2)
    while (
        temperature < MAX_TEMPERATURE
        and (logits / temperature).softmax(dim=1).max() > most
    ):
        temperature *= 1.05
    return temperature


def unsure_threshold(
    probabilities: np.ndarray,
    none: np.ndarray,
    targets: np.ndarray,
    prior_rows: float = 0,
) -> float:
    """Return the threshold by which UNSURE_SHARE of the right answers are called unsure or none.

    `probabilities` (n, labels) are those given that a text has a label, `none` (n,) that of none.
    An answer whose best label has less than the threshold is unsure.
    """
    right = probabilities.argmax(axis=1) == targets
    best = probabilities.max(axis=1) * (1 - none)
    confidence = np.where(none > best, 0.0, best)[right]
    if not len(confidence):
        return USUAL_THRESHOLD
    found, n = float(np.quantile(confidence, UNSURE_SHARE)), len(confidence)
    prior = (
        prior_rows / UNSURE_SHARE
    )  # more than of a temperature: few answers are below it
    return (n * found + prior * USUAL_THRESHOLD) / (n + prior)


def either_margin(
    probabilities: np.ndarray, none: np.ndarray, targets: np.ndarray, threshold: float
) -> float | None:
    """Return the margin below which two labels are named together, None if there is none.

    It is the largest of MARGINS at which, of the texts with two labels that close, the first is
    right in less than 65% and one of the two in at least 85%, counted on FEWEST_PAIRS rows or
    more. The parameters are those of `unsure_threshold`, and the threshold that it returns.
    """
    pairs = np.argsort(-probabilities, axis=1, kind="stable")[:, :2]
    first, second = (pairs == targets[:, None]).T
    joint = probabilities * (1 - none[:, None])
    best = np.take_along_axis(joint, pairs, axis=1)
    for margin in MARGINS:
        close = is_close(best[:, 0], best[:, 1], none, Thresholds(threshold, margin))
        rows, alone, either = close.sum(), first[close], (first | second)[close]
        if rows >= FEWEST_PAIRS and alone.mean() < 0.65 and either.mean() >= 0.85:
            return margin
    return None
