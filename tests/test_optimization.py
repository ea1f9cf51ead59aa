"""Loss, optimizer and schedule by hand; test_training.py has the loop of a textbook."""

from math import log

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from model.core import NetworkConfig, RNNClassifier, make_optimizer, make_schedule, mean_loss

NO_PRIOR = torch.zeros(2)
# Probabilities 1/4 and 3/4 of two labels.
QUARTER = torch.tensor([[0.0, log(3)]])


def loss_of(outputs, targets, log_prior=NO_PRIOR):
    return float(mean_loss(outputs, torch.tensor(targets), log_prior))


def test_beliefs_are_learnt_in_proportion():
    gru = torch.cat([QUARTER, torch.tensor([[-200.0]])], dim=1)  # that of none weighs nothing
    beliefs = [[0.25, 0.75, 0.0]]
    by_hand = log(4) / 4 + 3 * log(4 / 3) / 4
    assert loss_of([gru], beliefs) == pytest.approx(by_hand)
    assert loss_of([gru, torch.zeros(1, 3)], beliefs) == pytest.approx((by_hand + log(3)) / 2)


def test_beliefs_in_kinds_of_none_are_summed_for_the_linear_classifier():
    gru, linear = torch.zeros(1, 4), torch.tensor([[log(1 / 4), log(1 / 4), log(1 / 2)]])
    beliefs = [[0.5, 0.0, 0.25, 0.25]]
    expected = (log(4) + (log(4) + log(2)) / 2) / 2
    assert loss_of([gru, linear], beliefs) == pytest.approx(expected)


def make_network():
    sizes = {"embedding_size": 4, "hidden_size": 3, "n_layers": 1, "linear_ngrams": (1,)}
    return RNNClassifier(NetworkConfig(5, 3, linear_buckets=7, **sizes))


def test_every_weight_is_trained_once_and_without_one_cycle_at_its_own_rate():
    network = make_network()
    optimizer = make_optimizer(network, 0.25, 0.5, weight_decay=0.0)
    schedule = make_schedule(optimizer, 20, one_cycle=False)
    for _ in range(20):
        optimizer.step()
        schedule.step()
    gru, linear = optimizer.param_groups
    assert (gru["lr"], linear["lr"]) == (0.25, 0.5)
    assert [tuple(weights.shape) for weights in linear["params"]] == [(3,), (7, 3)]
    ids = [id(weights) for group in (gru, linear) for weights in group["params"]]
    assert sorted(ids) == sorted(map(id, network.parameters()))


@given(steps=st.integers(1, 36), peak=st.floats(1e-6, 2.0))
@settings(max_examples=25, deadline=None)
def test_one_cycle_of_any_length_never_passes_its_peak(steps, peak):
    optimizer = make_optimizer(make_network(), peak, 0.5, 0.0)
    schedule = make_schedule(optimizer, steps, one_cycle=True)
    for _ in range(steps):
        assert 0 < optimizer.param_groups[0]["lr"] <= 1.000001 * peak
        optimizer.step()
        schedule.step()
