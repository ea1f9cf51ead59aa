"""Calibration after training: makes honest probabilities of what the network gives.

`calibrate` finds, one after another:

    gru_weight   of the GRU's logits where the linear half answers with it, unless the recipe says
    bias         of each label, and of the texts of none, which are as frequent as NONE_PRIOR says
    temperature  by which all logits are divided; of words, it rises with their number, and in
                 custom tasks with the best label's lead
    threshold    below which an answer is unsure
    margin       by which two labels may differ and be named together

It uses rows that the network was not trained on, those of validation; where the linear half answers
alone, all rows, each held out in turn. Where training reads texts without their marks too, these
rows count in both forms.
"""

import math
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import numpy as np
import torch
from torch import Tensor
from torch.nn.functional import cross_entropy, pad

from ..answers.decisions import Thresholds, is_close
from ..answers.held_out import NONE_PRIOR
from ..core import PREDICTION_BATCH, EncodedRows, length_buckets
from ..data.rows import Dataset, Rows
from ..data.variation import without_marks
from ..network import mean_logits, none_share
from ..trained import FEWEST_TO_CALIBRATE, Calibration, Model, leads

# Share of the right answers on validation that may be called unsure or none
UNSURE_SHARE = 0.07
USUAL_THRESHOLD = 0.5
MARGINS = (0.2, 0.15, 0.1, 0.05)  # between two labels that may be named together
FEWEST_PAIRS = 20  # rows to choose one of these by
USUAL_TEMPERATURE = 1.5  # of networks trained on few rows
MAX_TEMPERATURE = 20.0
BIAS_PENALTY = 0.002  # for each squared bias, beside the mean loss of a row

Folds = Sequence[tuple[Model, Rows]]  # each model has not been trained on its rows


@dataclass(kw_only=True)
class Truth:
    """What is right for n rows, by which what is fitted to them is judged."""

    targets: Tensor  # (n,) label indices
    weights: Sequence[float] | None = None  # how much each row counts; None: equally
    prior_rows: float = 0  # so many rows speak for the usual calibration

    @cached_property
    def shares(self) -> Tensor:
        """The share of each row (n,) in the mean of all."""
        weights = self.weights or [1.0] * len(self.targets)
        return torch.tensor(weights, dtype=torch.float64) / sum(weights)

    @property
    def prior(self) -> float:
        """What the usual calibration counts as, beside the mean of the rows."""
        return self.prior_rows / len(self.targets)

    def loss(self, logits: Tensor, distance: Tensor) -> Tensor:
        """Return the mean loss of logits (n, labels), a scalar.

        `distance` is how far they are from the usual calibration, squared.
        """
        losses = cross_entropy(logits, self.targets, reduction="none")
        return losses @ self.shares + self.prior * distance


@dataclass(kw_only=True)
class CalibrationRows(Truth):
    """What models give for n rows that they have not been trained on."""

    # Logits of the GRU (n, C) and of the linear half, if any (n, V)
    apart: list[Tensor]
    lengths: Tensor  # (n,)
    n_rows: int  # those that are read in several forms count once

    def outputs(self, calibration: Calibration) -> Tensor:
        """Return the outputs (n, C) with the bias added."""
        bias = torch.tensor(calibration.bias)
        return mean_logits(self.apart, calibration.gru_weight) + bias

    def answers(
        self, calibration: Calibration, n_labels: int
    ) -> tuple[np.ndarray, np.ndarray]:
        """Return probabilities (n, labels), given that there is a label, and those of none."""
        outputs = self.outputs(calibration)
        shares = calibration.shares(outputs[:, :n_labels], self.lengths)
        return shares.numpy(), none_share(outputs, n_labels).numpy()


@dataclass
class Halves:
    """How the network and the linear half answer together."""

    gru_weight: float  # 0 where the linear half is as good alone
    # How much lower the loss of both is than the linear half's, in standard errors
    gain: float
    biases: Tensor  # (2, labels), by which each answers best alone
    # On the rows that calibrate: of "both", of the "network" and of "linear" alone
    accuracies: dict[str, float]


def calibrate(
    model: Model,
    dataset: Dataset,
    rows: CalibrationRows | None = None,
    halves: Halves | None = None,
) -> tuple[Calibration, Halves | None]:
    """Return the calibration of a model by rows held out: by default, those of validation.

    `halves` says how the halves answer; it is fitted, or None where the recipe fixes it.
    """
    rows = rows or calibration_rows([(model, dataset.validation)], dataset)
    gru_weight = model.training["fixed_gru_weight"] if len(rows.apart) > 1 else 0.5
    if gru_weight is None:
        halves = halves or fit_halves(rows)
        gru_weight = halves.gru_weight
    bias = trained_bias(model, dataset.train.labels).tolist()
    calibration = Calibration(bias, rows=rows.n_rows, gru_weight=gru_weight)
    for fit in (with_bias, with_powers, with_thresholds):
        calibration = fit(calibration, model, rows)
    return calibration, halves


def trained_bias(model: Model, trained_labels: Sequence[str]) -> Tensor:
    """Return the bias of each output (C,) that follows from how frequent it was in training.

    Of a label that is the power which the recipe asks for of its share, or 0; one without a row
    counts as if it had one. Texts of none become as frequent as NONE_PRIOR; in training there were
    `outsiders` of them for each row that has a label.
    """
    counts = Counter(trained_labels)
    shares = [max(counts[label], 1) / counts.total() for label in model.labels]
    power = model.training["prior_power"] or 0.0
    trained_odds = model.training["outsiders"] if model.other_labels else 0
    none_bias = 0.0
    if trained_odds:
        none_bias = math.log(NONE_PRIOR / (1 - NONE_PRIOR) / trained_odds)
    n_others = len(model.other_labels)
    return pad(power * torch.tensor(shares).log(), (0, n_others), value=none_bias)


def with_bias(
    calibration: Calibration, model: Model, rows: CalibrationRows
) -> Calibration:
    """Return a calibration with one temperature for all texts, and a bias that is fitted.

    That of labels is, unless the recipe has a power.
    """
    n_labels = len(model.labels)
    logits = rows.outputs(calibration)[:, :n_labels]
    is_fitted = model.training["prior_power"] is None
    temperature, fitted_bias = fit_scaling(logits, rows, with_bias=is_fitted)
    bias = torch.tensor(calibration.bias)
    bias[:n_labels] += fitted_bias
    return replace(calibration, bias=bias.tolist(), temperature=temperature)


def with_powers(
    calibration: Calibration, model: Model, rows: CalibrationRows
) -> Calibration:
    """Return a calibration whose temperature rises with the length of words, and with the lead.

    The lead counts in custom tasks, which have `prior_rows`. On fewer than FEWEST_TO_CALIBRATE rows
    it only moderates what is too sure.
    """
    logits = rows.outputs(calibration)[:, : len(model.labels)]
    factors = {}
    if model.encoder.units == "words":
        factors["length_power"] = rows.lengths
    if rows.prior_rows:
        factors["lead_power"] = leads(logits)
    temperature = calibration.temperature
    powers: dict[str, Any] = {}
    if factors and rows.n_rows >= FEWEST_TO_CALIBRATE:
        temperature, powers = fit_powers(logits, rows, factors)
    elif rows.prior_rows:
        temperature, powers["lead_power"] = moderate(logits, temperature)
    return replace(calibration, temperature=temperature, **powers)


def with_thresholds(
    calibration: Calibration, model: Model, rows: CalibrationRows
) -> Calibration:
    """Return a calibration with the bounds of unsure answers and of labels named together."""
    probabilities, none = rows.answers(calibration, len(model.labels))
    targets = rows.targets.numpy()
    threshold = unsure_threshold(probabilities, none, targets, rows.prior_rows)
    margin = either_margin(probabilities, none, targets, threshold)
    return replace(calibration, unsure_below=threshold, either_below=margin)


def score_halves(model: Model, rows: Rows, biases: Tensor) -> dict[str, float]:
    """Return how often the GRU and the linear half alone are right on `rows`.

    `biases` (2, labels) are those that `calibrate` found for each alone.
    """
    encoded = model.encode_rows(rows)
    logits = torch.stack(_logits_apart(model, encoded))
    answers = (logits + biases[:, None]).argmax(dim=2)
    is_right = answers == encoded.targets.cpu()
    network, linear = is_right.double().mean(dim=1).tolist()
    return {"network": network, "linear": linear}


def in_typed_forms(rows: Rows) -> Rows:
    """Return `rows` as they are, then twice without marks, as people mostly type them."""
    plain = without_marks(rows)
    return rows + plain + plain


def calibration_rows(folds: Folds, dataset: Dataset) -> CalibrationRows:
    """Return what models give for rows that each has not been trained on."""
    n_rows = sum(len(rows) for _, rows in folds)
    logits = []
    targets = []
    lengths = []
    weights = []
    for model, rows in folds:
        if model.training["both_forms"]:
            rows = in_typed_forms(rows)
        encoded = model.encode_rows(rows)
        logits.append(_logits_apart(model, encoded))
        targets.append(encoded.targets.cpu())
        lengths.append(encoded.lengths)
        weights += dataset.weights(rows)
    halves = [torch.cat(half) for half in zip(*logits, strict=True)]
    return CalibrationRows(
        targets=torch.cat(targets),
        weights=weights,
        prior_rows=folds[0][0].training["prior_rows"],
        apart=halves,
        lengths=torch.cat(lengths),
        n_rows=n_rows,
    )


@torch.inference_mode()
def _logits_apart(model: Model, rows: EncodedRows) -> list[Tensor]:
    """Return the logits of the GRU (n, C) and of the linear half, if any (n, V), on the CPU."""
    network = model.network.eval()
    buckets = length_buckets(rows.lengths, PREDICTION_BATCH)
    batches = []
    for index in buckets:
        ids, lengths, _ = rows.take(index)
        batches.append(network.logits_apart(ids, lengths))
    places = torch.cat(buckets).argsort()
    return [
        torch.cat(half).float().cpu()[places] for half in zip(*batches, strict=True)
    ]


def fit_halves(rows: CalibrationRows) -> Halves:
    """Return how the halves answer best together, by their logits.

    The GRU's weight is the likeliest one, but 0 unless both together lower the loss of the linear
    half alone on these rows by more than a standard error of the difference, and their right
    answers by no more than one.
    """
    halves = torch.stack(rows.apart)  # (2, n, labels)
    targets = rows.targets
    scales, bias = fit_scales(halves, rows)
    fits = [fit_scaling(half, rows) for half in halves]
    linear_temperature, _ = fits[1]
    biases = torch.stack([bias_alone for _, bias_alone in fits])
    joint = torch.einsum("p,pnc->nc", scales.float(), halves) + bias
    alone = halves + biases[:, None]
    logits = torch.stack([joint, alone[1] / linear_temperature]).double()
    log_shares = logits.log_softmax(dim=2)[:, range(len(targets)), targets]
    answers = torch.cat([joint[None], alone]).argmax(dim=2)  # (3, n)
    is_right = (answers == targets).double()
    gain = _in_errors(log_shares[0] - log_shares[1])
    adds = gain > 1 and _in_errors(is_right[0] - is_right[2]) > -1
    accuracies = is_right.mean(dim=1).tolist()
    return Halves(
        gru_weight=float(scales[0] / scales.sum()) if adds else 0.0,
        gain=gain,
        biases=biases,
        accuracies=dict(zip(("both", "network", "linear"), accuracies, strict=True)),
    )


def _in_errors(gains: Tensor) -> float:
    """Return the mean of the gains of rows (n,) as a multiple of its standard error."""
    error = gains.std() / math.sqrt(len(gains))
    return float(gains.mean() / error.clamp(min=1e-9))


def fit_scaling(
    logits: Tensor, truth: Truth, with_bias: bool = True
) -> tuple[float, Tensor]:
    """Return the temperature and the bias (labels,) by which logits (n, labels) fit best.

    (logits + bias) / temperature has the highest likelihood of the truth about n rows, which the
    network must not have been trained on. Without a bias it is Guo et al. 2017, "On calibration of
    modern neural networks", with one Alexandari et al. 2020, "Maximum likelihood with
    bias-corrected calibration is hard-to-beat at label shift adaptation".
    """
    scales, bias = fit_scales(logits[None], truth, with_bias)
    # A few rows that are all right or all wrong would drive it to 0 or infinity.
    temperature = min(max(1 / scales.item(), 0.05), MAX_TEMPERATURE)
    return temperature, (bias * temperature).float()


def fit_scales(
    logits: Tensor, truth: Truth, with_bias: bool = True
) -> tuple[Tensor, Tensor]:
    """Return the scale of each of P classifiers and the bias (labels,) of their scaled sum.

    `logits` are (P, n, labels). A penalty keeps biases small where rows are few. Without
    `with_bias` the bias is 0.
    """
    logits = logits.double()
    n_classifiers, _, n_labels = logits.shape
    temperature = USUAL_TEMPERATURE if truth.prior_rows else 1
    usual = -math.log(n_classifiers * temperature)
    log_scales = torch.full((n_classifiers,), usual, dtype=torch.float64)
    bias = torch.zeros(n_labels, dtype=torch.float64)
    bias_penalty = max(BIAS_PENALTY, truth.prior)

    def loss() -> Tensor:
        scaled = torch.einsum("p,pnc->nc", log_scales.exp(), logits)
        distance = (log_scales - usual).square().sum()
        of_bias = bias_penalty * bias.square().sum()
        return truth.loss(scaled + bias, distance) + of_bias

    _minimise([log_scales, bias] if with_bias else [log_scales], loss)
    return log_scales.detach().exp(), bias.detach()


def fit_powers(
    logits: Tensor, truth: Truth, factors: Mapping[str, Tensor]
) -> tuple[float, dict[str, float]]:
    """Return the temperature and the powers of F `factors` by which logits (n, labels) fit best.

    The logarithm of a text's temperature is linear in those of its factors, each (n,); the first
    is the temperature where they are all 1. Usual are the temperature of a text of mean factors and
    powers of 0.
    """
    logits = logits.double()
    log_factors = torch.stack([*factors.values()]).double().log()  # (F, n)
    means = log_factors @ truth.shares
    centred = log_factors - means[:, None]
    usual = math.log(USUAL_TEMPERATURE if truth.prior_rows else 1)
    log_temperature = torch.tensor(usual, dtype=torch.float64)
    slopes = torch.zeros(len(factors), dtype=torch.float64)

    def loss() -> Tensor:
        log_temperatures = log_temperature + slopes.tanh() @ centred
        scaled = logits / log_temperatures.exp()[:, None]
        distance = (log_temperature - usual).square() + slopes.square().sum()
        return truth.loss(scaled, distance)

    _minimise([log_temperature, slopes], loss)
    powers = slopes.tanh()  # from -1 to 1
    temperature = (log_temperature - powers @ means).exp().clamp(1e-3, 1e3)  # as Scale
    return temperature.item(), dict(zip(factors, powers.tolist(), strict=True))


def _minimise(parameters: list[Tensor], loss: Callable[[], Tensor]) -> None:
    """Change the parameters so that the loss of them, a scalar, is lowest."""
    for parameter in parameters:
        parameter.requires_grad_()
    optimizer = torch.optim.LBFGS(
        parameters, max_iter=200, line_search_fn="strong_wolfe"
    )

    def closure() -> Tensor:
        optimizer.zero_grad()
        value = loss()
        value.backward()
        return value

    optimizer.step(closure)


def moderate(logits: Tensor, temperature: float) -> tuple[float, float]:
    """Return a temperature and a power of the lead by which no probability exceeds 1 − 1/(n + 2).

    After n right answers in a row the next is wrong once in n + 2 times (Laplace's rule of
    succession). `logits` are (n, labels). First the power is raised, which leaves a text of mean
    lead as it is: a temperature that makes the surest moderate would make most texts unsure.
    """
    highest = 1 - 1 / (len(logits) + 2)
    log_leads = leads(logits).log()
    mean = log_leads.mean()
    power = 0.0
    while temperature < MAX_TEMPERATURE:
        temperatures = temperature * (power * (log_leads - mean)).exp()
        probabilities = (logits / temperatures[:, None]).softmax(dim=1)
        if probabilities.max() <= highest:
            break
        if power < 1:
            power = min(power + 0.05, 1.0)
        else:
            temperature *= 1.05
    of_lead_one = temperature * (-power * mean).exp()
    return of_lead_one.item(), power


def unsure_threshold(
    probabilities: np.ndarray,
    none: np.ndarray,
    targets: np.ndarray,
    prior_rows: float,
) -> float:
    """Return the threshold by which UNSURE_SHARE of the right answers are called unsure or none.

    An answer is unsure if its best label has less than that. `probabilities` (n, labels) are those
    given that a text has a label, `none` (n,) that of none, `targets` (n,) label indices.
    """
    is_right = probabilities.argmax(axis=1) == targets
    best = probabilities.max(axis=1) * (1 - none)
    confidence = np.where(none > best, 0.0, best)[is_right]
    n = len(confidence)
    if n == 0:
        return USUAL_THRESHOLD
    threshold = float(np.quantile(confidence, UNSURE_SHARE))
    # The usual threshold counts more than the usual temperature: few answers are near it.
    prior = prior_rows / UNSURE_SHARE
    return (n * threshold + prior * USUAL_THRESHOLD) / (n + prior)


def either_margin(
    probabilities: np.ndarray,
    none: np.ndarray,
    targets: np.ndarray,
    threshold: float,
) -> float | None:
    """Return the margin below which two labels are named together, None if there is none.

    It is the largest of MARGINS at which, of the texts with two labels that close, the first is
    right in less than 65% and one of the two in at least 85%, counted on FEWEST_PAIRS rows or
    more. The parameters are those of `unsure_threshold`, and the threshold that it returns.
    """
    pairs = np.argsort(-probabilities, axis=1, kind="stable")[:, :2]
    is_first, is_second = (pairs == targets[:, None]).T
    joint = probabilities * (1 - none[:, None])
    best, second = np.take_along_axis(joint, pairs, axis=1).T
    for margin in MARGINS:
        close = is_close(best, second, none, Thresholds(threshold, margin))
        if close.sum() < FEWEST_PAIRS:
            continue
        first_share = is_first[close].mean()
        either_share = (is_first | is_second)[close].mean()
        if first_share < 0.65 and either_share >= 0.85:
            return margin
    return None
