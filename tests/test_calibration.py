"""Biases and temperature, fitted on validation rows."""

from dataclasses import replace

import pytest
import torch

from model.data.rows import encode_rows
from model.tasks.names import read_names
from model.training.build import build
from model.training.calibration import best_prior_power, calibrate, raise_to_floor
from model.training.results import evaluate


def accuracy(outputs, targets):
    return float((outputs.argmax(dim=1) == targets).float().mean())


def recall(outputs, targets, label):
    return float((outputs.argmax(dim=1)[targets == label] == label).float().mean())


@pytest.fixture
def lopsided():
    """Two labels, one nine times as frequent, with outputs that know nothing of the frequency."""
    draw = torch.Generator().manual_seed(0)
    targets = (torch.rand(4000, generator=draw) < 0.1).long()
    evidence = torch.randn(4000, generator=draw) + 2.0 * targets - 1.0
    return torch.stack([-evidence, evidence], dim=1), targets


def test_the_prior_is_put_back_where_that_is_more_accurate(lopsided):
    outputs, targets = lopsided
    log_prior = torch.tensor([0.9, 0.1]).log()
    power = best_prior_power(outputs, targets, log_prior)
    assert accuracy(outputs + power * log_prior, targets) > accuracy(outputs, targets) + 0.05
    # Bayes' rule: evidence x gives log odds 2x, so the prior itself is best.
    assert power == pytest.approx(1, abs=0.2)


def test_the_prior_stays_as_it_is_where_it_is_right(lopsided):
    outputs, targets = lopsided
    log_prior = torch.tensor([0.9, 0.1]).log()
    assert best_prior_power(outputs + log_prior, targets, log_prior) == pytest.approx(0, abs=0.2)


def test_a_rare_label_is_raised_to_the_floor_and_no_further(lopsided):
    outputs, targets = lopsided
    outputs = outputs + torch.tensor([0.9, 0.1]).log()
    before = recall(outputs, targets, 1)
    bias = raise_to_floor(outputs, targets, torch.zeros(2), 2, recall_floor=before + 0.1)
    assert before + 0.1 <= recall(outputs + bias, targets, 1) < before + 0.15


def test_a_floor_out_of_reach_is_come_near_to_and_no_label_raised_for_nothing(lopsided):
    outputs, targets = lopsided
    outputs = outputs + torch.tensor([0.9, 0.1]).log()
    before = recall(outputs, targets, 1)
    bias = raise_to_floor(outputs, targets, torch.zeros(2), 2, recall_floor=0.9)
    recalls = [recall(outputs + bias, targets, label) for label in (0, 1)]
    assert before < 0.5
    assert 0.75 < min(recalls) < 0.9  # both at 0.9 is more than the evidence gives
    assert bias.max() < 2  # its steps would go on to 5


def test_a_label_of_few_rows_is_left_alone_and_further_outputs_too():
    outputs = torch.tensor([[2.0, 1.0, 0.0]] * 80)
    targets = torch.tensor([0] * 60 + [1] * 20)
    bias = raise_to_floor(outputs, targets, torch.tensor([0.5, 0.0, 0.25]), 2, recall_floor=0.9)
    assert bias.tolist() == [0.5, 0.0, 0.25]


def test_calibration_moves_biases_only_where_the_recipe_asks(small_data, small_recipe):
    dataset = read_names(small_data)
    for power in (0.0, 0.5):
        model = build(replace(small_recipe, prior_power=power), dataset)
        before = {name: t.clone() for name, t in model.network.state_dict().items()}
        calibration = calibrate(model, dataset)
        after = model.network.state_dict()
        assert all(torch.equal(after[name], weights) for name, weights in before.items())
        assert any(calibration.bias) == bool(power)


def test_a_calibrated_model_is_scored_with_its_calibration(small_data, small_recipe):
    dataset = read_names(small_data)
    model = build(replace(small_recipe, prior_power=None), dataset)
    model.calibration = calibrate(model, dataset)
    rows = encode_rows(dataset.validation, model.encoder, model.labels)
    right = model.probabilities(rows.ids, rows.lengths).argmax(dim=1) == rows.targets
    assert evaluate(model, dataset, dataset.validation)["accuracy"] == right.numpy().mean()
