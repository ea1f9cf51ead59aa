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

from ..core import PREDICTION_BATCH, EncodedRows, length_buckets
from ..data.rows import Dataset, Rows
from ..decisions import Thresholds, is_close
from ..network import mean_logits, none_share
from ..trained import FEWEST_ROWS, Calibration, Model

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
    folds: Sequence[tuple[Model, Rows]] = (),
) -> tuple[Calibration, Tensor | None]:
    """Return the calibration of a model that has not been trained on the validation rows.

    `folds` are further models, each with rows that it has not been trained on. Where the share of
    the two halves is fitted, the biases (2, labels) by which each answers best alone follow.
    """
    parts = [(model, dataset.validation), *folds]
    held_out = [(each, each.encode_rows(rows)) for each, rows in parts]
    targets = torch.cat([rows.targets.cpu() for _, rows in held_out])
    weights = [weight for _, rows in parts for weight in dataset.weights(rows)]
    prior_rows = model.training["prior_rows"]
    apart = _logits_apart(held_out)
    n_labels = len(model.labels)

    share = model.training["mix"] if len(apart) > 1 else 0.5
    half_biases = None
    if share is None:
        share, half_biases = fit_mix(torch.stack(apart), targets, prior_rows, weights)
    outputs = mean_logits(apart, share)

    power = model.training["prior_power"]
    label_bias = (power or 0.0) * _log_shares(model.labels, dataset.train.labels)
    temperature, fitted_bias = fit_scaling(
        outputs[:, :n_labels] + label_bias,
        targets,
        prior_rows,
        with_bias=power is None,
        weights=weights,
    )
    bias = pad(
        label_bias + fitted_bias,
        (0, len(model.other_labels)),
        value=_none_bias(model),
    )
    outputs = outputs + bias
    if prior_rows and len(targets) < FEWEST_ROWS:
        temperature = moderate(outputs[:, :n_labels], temperature)

    probabilities = (outputs[:, :n_labels] / temperature).softmax(dim=1).numpy()
    none = none_share(outputs, n_labels).numpy()
    threshold = unsure_threshold(probabilities, none, targets.numpy(), prior_rows)
    margin = either_margin(probabilities, none, targets.numpy(), threshold)
    calibration = Calibration(
        bias.tolist(), temperature, threshold, len(targets), margin, share
    )
    return calibration, half_biases


def score_halves(model: Model, rows: Rows, biases: Tensor) -> dict[str, float]:
    """Return how often the GRU and the linear half alone are right on `rows`.

    `biases` (2, labels) are those that `calibrate` found for each alone.
    """
    encoded = model.encode_rows(rows)
    apart = torch.stack(_logits_apart([(model, encoded)]))
    answers = (apart + biases[:, None]).argmax(dim=2)
    right = (answers == encoded.targets.cpu()).double().mean(dim=1)
    return dict(zip(("network", "linear"), right.tolist(), strict=True))


@torch.inference_mode()
def _logits_apart(held_out: Sequence[tuple[Model, EncodedRows]]) -> list[Tensor]:
    """Return the logits of the GRU (n, C) and of the linear half, if any (n, V), on the CPU.

    The rows of all models follow one another.
    """
    batches: list[list[Tensor]] = []
    order: list[Tensor] = []
    n_before = 0
    for model, rows in held_out:
        network = model.network.eval()
        for index in length_buckets(rows.lengths, PREDICTION_BATCH):
            ids, lengths, _ = rows.take(index)
            apart = network.logits_apart(ids, lengths)
            batches.append([logits.float().cpu() for logits in apart])
            order.append(n_before + index)
        n_before += len(rows)
    places = torch.cat(order).argsort()
    return [torch.cat(part)[places] for part in zip(*batches, strict=True)]


def _log_shares(labels: Sequence[str], of_rows: Sequence[str]) -> Tensor:
    """Return the logarithm of each label's share in the rows; one without a row counts as one."""
    counts = Counter(of_rows)
    shares = [max(counts[label], 1) / counts.total() for label in labels]
    return torch.tensor(shares).log()


def _none_bias(model: Model) -> float:
    """Return the bias that makes texts of none as frequent as NONE_PRIOR.

    In training, `outsiders` sets their share.
    """
    trained = model.training["outsiders"] if model.other_labels else 0
    return math.log(NONE_PRIOR / (1 - NONE_PRIOR) / trained) if trained else 0.0


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
