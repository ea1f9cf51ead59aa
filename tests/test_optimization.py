"""Loss, optimizer and schedule against figures worked out by hand."""

from math import cos, log, pi, sqrt

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from model.network import NetworkConfig, RNNClassifier
from model.optimization import make_optimizer, make_schedule, mean_loss
from model.recipe import Recipe

NO_PRIOR = torch.zeros(2)
# Probabilities 1/4 and 3/4 of two labels.
QUARTER = torch.tensor([[0.0, log(3)]])


def loss_of(outputs, targets, log_prior=NO_PRIOR, smoothing=0.0):
    return float(mean_loss(outputs, torch.tensor(targets), log_prior, smoothing))


def test_a_part_s_loss_is_the_negative_log_probability_of_the_label():
    assert loss_of([QUARTER], [0]) == pytest.approx(log(4))
    assert loss_of([QUARTER], [1]) == pytest.approx(log(4 / 3))


def test_each_of_two_parts_counts_half():
    gru = torch.zeros(1, 3)  # 1/3 for each of two labels and one kind of outsider
    assert loss_of([gru, QUARTER], [0]) == pytest.approx((log(3) + log(4)) / 2)


def test_the_linear_classifier_learns_nothing_from_outsiders_and_its_mean_is_over_all_rows():
    gru = torch.zeros(4, 3)
    linear = QUARTER.expand(4, 2).clone().requires_grad_()
    targets = torch.tensor([0, 2, 2, 2])
    loss = mean_loss([gru, linear], targets, NO_PRIOR, 0.0)
    assert loss.item() == pytest.approx((log(3) + log(4) / 4) / 2)
    loss.backward()
    assert linear.grad[0].abs().min() > 0
    assert not linear.grad[1:].any()


def test_a_frequent_label_has_to_be_told_less_clearly():
    """With log priors 0 and ln 1/3 the odds of equal logits are 3 to 1."""
    log_prior = torch.tensor([0.0, log(1 / 3)])
    equal = torch.zeros(1, 2)
    assert loss_of([equal], [0], log_prior) == pytest.approx(log(4 / 3))
    assert loss_of([equal], [1], log_prior) == pytest.approx(log(4))


def test_outsiders_have_no_prior():
    log_prior = torch.tensor([0.0, log(1 / 3)])
    assert loss_of([torch.zeros(1, 3)], [2], log_prior) == pytest.approx(log(7 / 3))  # 1 : 1/3 : 1


def test_beliefs_are_learnt_in_proportion():
    gru = torch.cat([QUARTER, torch.tensor([[-200.0]])], dim=1)  # the outsider's weighs nothing
    beliefs = [[0.25, 0.75, 0.0]]
    by_hand = log(4) / 4 + 3 * log(4 / 3) / 4
    assert loss_of([gru], beliefs) == pytest.approx(by_hand)
    assert loss_of([gru, torch.zeros(1, 2)], beliefs) == pytest.approx((by_hand + log(2)) / 2)


def test_smoothing_gives_a_share_to_all_labels_alike():
    assert loss_of([QUARTER], [1], smoothing=0.2) == pytest.approx(0.9 * log(4 / 3) + 0.1 * log(4))


logits = st.floats(-20, 20, width=32)


@given(st.lists(st.tuples(logits, logits, logits, st.integers(0, 2)), min_size=1, max_size=8))
@settings(max_examples=50, deadline=None)
def test_the_loss_of_a_batch_is_the_mean_of_its_rows_losses(rows):
    log_prior = torch.tensor([0.0, -1.0])

    def of(part):
        gru = torch.tensor([row[:3] for row in part])
        return loss_of([gru, gru[:, :2]], [row[3] for row in part], log_prior)

    assert of(rows) == pytest.approx(sum(of([row]) for row in rows) / len(rows), rel=1e-4, abs=1e-4)


def make_network(**changes):
    sizes = {"embedding_size": 4, "hidden_size": 3, "n_layers": 1, "linear_ngrams": (1,)}
    return RNNClassifier(NetworkConfig(5, 3, linear_buckets=7, **sizes | changes))


def test_the_linear_classifier_has_a_rate_of_its_own_and_every_weight_is_trained_once():
    network = make_network()
    recipe = Recipe(learning_rate=0.25, linear_learning_rate=0.5)
    gru, linear = make_optimizer(network, recipe, 1).param_groups
    assert (gru["lr"], linear["lr"]) == (0.25, 0.5)
    assert [tuple(weights.shape) for weights in linear["params"]] == [(3,), (7, 3)]
    ids = [id(weights) for group in (gru, linear) for weights in group["params"]]
    assert sorted(ids) == sorted(map(id, network.parameters()))


def test_without_a_linear_classifier_there_is_one_rate():
    (group,) = make_optimizer(make_network(linear_ngrams=()), Recipe(), 1).param_groups
    assert group["lr"] == 1e-3


def test_rates_grow_with_the_processes_by_the_root_for_the_gru_and_in_proportion_for_n_grams():
    recipe = Recipe(learning_rate=0.25, linear_learning_rate=0.5)
    gru, linear = make_optimizer(make_network(), recipe, 4).param_groups
    assert (gru["lr"], linear["lr"]) == (0.5, 2.0)


@pytest.mark.parametrize("weight_decay", [0.0, 0.5])
def test_a_step_without_gradient_shrinks_weights_by_rate_times_decay(weight_decay):
    network = make_network()
    before = {name: weights.clone() for name, weights in network.named_parameters()}
    recipe = Recipe(learning_rate=0.25, linear_learning_rate=0.5, weight_decay=weight_decay)
    optimizer = make_optimizer(network, recipe, 1)
    for weights in network.parameters():
        weights.grad = torch.zeros_like(weights)
    optimizer.step()
    for name, weights in network.named_parameters():
        rate = 0.5 if name.startswith("linear_ngrams") else 0.25
        torch.testing.assert_close(weights.detach(), before[name] * (1 - rate * weight_decay))


def test_a_first_step_moves_each_weight_by_its_rate_against_the_gradient():
    """Adam's first step is rate * gradient / |gradient|."""
    network = make_network()
    before = {name: weights.clone() for name, weights in network.named_parameters()}
    optimizer = make_optimizer(network, Recipe(learning_rate=0.25, linear_learning_rate=0.5), 1)
    for weights in network.parameters():
        weights.grad = torch.full_like(weights, -3.0)
    optimizer.step()
    for name, weights in network.named_parameters():
        rate = 0.5 if name.startswith("linear_ngrams") else 0.25
        torch.testing.assert_close(weights.detach(), before[name] + rate)


def rates_of(recipe, steps):
    """Return the two learning rates of each step of a whole training."""
    optimizer = make_optimizer(make_network(), recipe, 1)
    schedule = make_schedule(optimizer, recipe, steps)
    rates = []
    for _ in range(steps * recipe.epochs):
        rates.append([group["lr"] for group in optimizer.param_groups])
        optimizer.step()
        schedule.step()
    return torch.tensor(rates, dtype=torch.float64)


def test_without_one_cycle_the_rates_stay():
    rates = rates_of(Recipe(learning_rate=0.25, linear_learning_rate=0.5, epochs=4), steps=5)
    assert rates.tolist() == [[0.25, 0.5]] * 20


def test_one_cycle_rises_over_a_fifth_of_all_steps_and_falls_over_the_rest_by_cosines():
    """Smith and Topin: from 1/25 of the peak to the peak, then to 1/10,000 of the start."""
    recipe = Recipe(learning_rate=0.25, linear_learning_rate=0.5, epochs=4, one_cycle=True)
    rates = rates_of(recipe, steps=25)

    def between(start, end, share):
        return end + (start - end) * (1 + cos(pi * share)) / 2

    peak_at = 0.2 * 100 - 1
    by_hand = [
        between(0.04, 1, step / peak_at)
        if step <= peak_at
        else between(1, 0.04e-4, (step - peak_at) / (99 - peak_at))
        for step in range(100)
    ]
    for column, peak in enumerate((0.25, 0.5)):
        torch.testing.assert_close(
            rates[:, column], peak * torch.tensor(by_hand, dtype=torch.float64)
        )
        assert int(rates[:, column].argmax()) == 19


@given(
    epochs=st.integers(1, 6),
    steps=st.integers(1, 6),
    processes=st.integers(1, 4),
    peak=st.floats(1e-6, 1.0),
)
@settings(max_examples=25, deadline=None)
def test_one_cycle_of_any_length_never_passes_its_peak(epochs, steps, processes, peak):
    recipe = Recipe(learning_rate=peak, epochs=epochs, one_cycle=True)
    optimizer = make_optimizer(make_network(), recipe, processes)
    schedule = make_schedule(optimizer, recipe, steps)
    for _ in range(steps * epochs):
        assert 0 < optimizer.param_groups[0]["lr"] <= 1.000001 * sqrt(processes) * peak
        optimizer.step()
        schedule.step()
