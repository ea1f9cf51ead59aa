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


def test_a_part_s_loss_is_the_negative_log_probability_of_the_label():
    assert loss_of([QUARTER], [0]) == pytest.approx(log(4))
    assert loss_of([QUARTER], [1]) == pytest.approx(log(4 / 3))


def test_each_of_two_parts_counts_half():
    gru = torch.zeros(1, 3)  # 1/3 for each of three labels
    linear = torch.tensor([[log(1 / 4), log(1 / 2), log(1 / 4)]])
    assert loss_of([gru, linear], [0]) == pytest.approx((log(3) + log(4)) / 2)


def test_the_linear_classifier_learns_all_of_none_as_one():
    """Outputs of the GRU: two labels and two kinds of none, which are one of the linear's."""
    gru = torch.zeros(3, 4)
    linear = torch.tensor([[log(1 / 4), log(1 / 4), log(1 / 2)]]).expand(3, 3).clone()
    linear.requires_grad_()
    loss = mean_loss([gru, linear], torch.tensor([0, 2, 3]), NO_PRIOR)
    assert loss.item() == pytest.approx((log(4) + (log(4) + 2 * log(2)) / 3) / 2)
    loss.backward()
    assert linear.grad[1].tolist() == pytest.approx(linear.grad[2].tolist())
    assert linear.grad[1, 2] < 0 < linear.grad[1, 0]  # towards the last output


def test_a_frequent_label_has_to_be_told_less_clearly():
    """With log priors 0 and ln 1/3 the odds of equal logits are 3 to 1."""
    log_prior = torch.tensor([0.0, log(1 / 3)])
    equal = torch.zeros(1, 2)
    assert loss_of([equal], [0], log_prior) == pytest.approx(log(4 / 3))
    assert loss_of([equal], [1], log_prior) == pytest.approx(log(4))


def test_none_has_no_prior():
    log_prior = torch.tensor([0.0, log(1 / 3)])
    assert loss_of([torch.zeros(1, 3)], [2], log_prior) == pytest.approx(log(7 / 3))  # 1 : 1/3 : 1


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


logits = st.floats(-20, 20, width=32)


@given(st.lists(st.tuples(logits, logits, logits, st.integers(0, 2)), min_size=1, max_size=8))
@settings(max_examples=50, deadline=None)
def test_the_loss_of_a_batch_is_the_mean_of_its_rows_losses(rows):
    log_prior = torch.tensor([0.0, -1.0])

    def of(part):
        gru = torch.tensor([row[:3] for row in part])
        return loss_of([gru, gru[:, :2]], [row[3] for row in part], log_prior)

    assert of(rows) == pytest.approx(sum(of([row]) for row in rows) / len(rows), rel=1e-4, abs=1e-4)


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
