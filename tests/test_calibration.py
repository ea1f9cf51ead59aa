"""Biases, temperature, mix and the threshold of unsure answers, fitted on validation rows."""

import random
from dataclasses import replace
from math import log

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from model import TextClassifier
from model.core import pad_ids
from model.data.rows import Dataset, Rows
from model.tasks.recipe import Recipe
from model.trained import FEWEST_ROWS, Calibration
from model.training import calibration
from model.training.build import build


def test_temperature_and_bias_are_found_together():
    """Twice too sure, and without the prior: temperature 2 and the prior's log odds come back.

    Of two labels, one nine times as frequent, with outputs that know nothing of the frequency.
    """
    draw = torch.Generator().manual_seed(0)
    targets = (torch.rand(4000, generator=draw) < 0.1).long()
    evidence = torch.randn(4000, generator=draw) + 2.0 * targets - 1.0
    outputs = torch.stack([-evidence, evidence], dim=1)
    temperature, bias = calibration.fit_scaling(2 * outputs, targets)
    assert temperature == pytest.approx(2, rel=0.1)
    assert float(bias[0] - bias[1]) / temperature == pytest.approx(log(9), abs=0.25)
    calibrated = ((2 * outputs + bias) / temperature).softmax(dim=1)
    assert float(calibrated[:, 1].mean()) == pytest.approx(
        float(targets.float().mean()), abs=0.01
    )


def test_labels_of_no_rows_are_not_driven_out():
    """By likelihood alone their biases would fall without end."""
    _, bias = calibration.fit_scaling(torch.zeros(40, 3), torch.tensor([0, 1] * 20))
    assert -6 < bias[2] < -1
    assert float(bias[0]) == pytest.approx(float(bias[1]))


def test_a_half_has_no_part_only_where_the_other_alone_is_right_more_often():
    """The network is right nine times in ten, and far too sure in the tenth."""
    targets = torch.arange(2000) % 2
    signs = (2 * targets - 1)[:, None] * torch.tensor([-1.0, 1.0])
    network, linear = torch.ones(2000, 1), torch.ones(2000, 1)
    network[::10] = network[5::10] = -20
    network[5::10] = 1
    linear[torch.rand(2000, generator=torch.Generator().manual_seed(0)) < 0.35] = -1
    halves = torch.stack([network * signs, linear * signs])
    assert calibration.fit_mix(halves, targets, 10, [1.0] * 2000)[0] == 1
    assert calibration.fit_mix(halves.flip(0), targets, 10, [1.0] * 2000)[0] == 0


def test_what_is_usual_counts_as_much_as_a_few_rows():
    """Two rows that are right say little of how far to trust the third."""
    sure, targets = torch.tensor([[9.0, 0.0], [0.0, 9.0]]), torch.tensor([0, 1])
    alone, usual = (
        calibration.fit_scaling(sure, targets, n, with_bias=False)[0] for n in (0, 10)
    )
    assert alone < 0.5
    assert usual == pytest.approx(1.5, rel=0.2)


@settings(deadline=None)
@given(
    st.integers(1, 5),
    st.integers(2, 4),
    st.sampled_from([0, 1e-3, 1, 100]),
    st.integers(0, 99),
)
def test_whatever_few_rows_say_the_fit_can_be_saved(rows, n_labels, scale, seed):
    draw = torch.Generator().manual_seed(seed)
    halves = torch.randn(2, rows, n_labels, generator=draw) * scale
    targets = torch.randint(n_labels, (rows,), generator=draw)
    assert (calibration.fit_scales(halves, targets, 10)[0] > 0).all()
    temperature, bias = calibration.fit_scaling(halves[0], targets, 10)
    assert Calibration(bias.tolist(), temperature).temperature == temperature


TINY = Recipe(embedding_size=2, hidden_size=2, layers=1)


def make_dataset(train, validation, test, none=""):
    """Return a dataset with a row for each letter of these strings: its label."""

    def rows(labels):
        return Rows([f"{label}{i}" for i, label in enumerate(labels)], list(labels))

    return Dataset(
        rows(train), rows(validation), rows(test), ["A", "B"], {}, 0, rows(none)
    )


def constant(dataset, outputs, recipe=TINY):
    """Return a classifier whose network gives the same outputs for every text."""
    classifier = TextClassifier(build(recipe, dataset))
    with torch.no_grad():
        classifier.network.linear.weight.zero_()
        classifier.network.linear.bias.copy_(torch.tensor(outputs))
    return classifier


@pytest.mark.parametrize(
    ("n", "is_moderate"), [(FEWEST_ROWS - 1, True), (FEWEST_ROWS, False)]
)
def test_rows_too_few_to_be_called_calibrated_are_those_that_make_answers_moderate(
    n, is_moderate
):
    """By Laplace's rule, of n right answers in a row; the prior makes answers surer than that."""
    dataset, in_turn = (
        make_dataset("AAAB", "A" * 9, "A"),
        make_dataset("", "A" * (n - 9), ""),
    )
    recipe = replace(TINY, prior_rows=10, prior_power=20.0)
    classifier = constant(dataset, [0.0, 0.0], recipe)
    classifier.model.calibration, _ = calibration.calibrate(
        classifier.model, dataset, folds=[(classifier.model, in_turn.validation)]
    )
    assert (
        classifier.calibration.note
        == f"not calibrated: {n} validation rows" * is_moderate
    )
    assert (classifier.predict("A", 1)["A"] <= (n + 1) / (n + 2)) == is_moderate


@pytest.mark.parametrize("power", [0.0, 1.0, -0.5])
def test_the_prior_is_raised_to_the_recipe_s_power_before_the_temperature_is_fitted(
    power,
):
    """3 ln 3 and the prior's ln 3 are 4 ln 3; nine rows to one are 2 ln 3: temperature 2."""
    dataset = make_dataset("AAAB", "AAAAAAAAAB", "B")
    recipe = replace(TINY, prior_power=power)
    classifier = constant(dataset, [3 * log(3), 0], recipe)
    classifier.model.calibration, _ = calibration.calibrate(classifier.model, dataset)
    expected = [power * log(3 / 4), power * log(1 / 4)]
    assert classifier.calibration.bias == pytest.approx(expected)
    temperature = classifier.calibration.temperature
    assert temperature == pytest.approx((3 + power) / 2, rel=1e-3)
    assert classifier.predict("A", top_k=2) == pytest.approx(
        {"A": 0.9, "B": 0.1}, abs=1e-3
    )


def test_rows_of_a_text_of_several_labels_count_by_their_shares():
    """The odds of 27, of a text that is nine times of ten an A: 3 ln 3 by 2 ln 3 is 1.5."""
    dataset = make_dataset("AAAB", "", "B")
    shares = {"Lee": {"A": 0.9, "B": 0.1}}
    validation = Rows(["Lee", "Lee"], ["A", "B"])
    dataset = replace(dataset, validation=validation, shares=shares)
    classifier = constant(dataset, [3 * log(3), 0])
    found, _ = calibration.calibrate(classifier, dataset)
    assert found.temperature == pytest.approx(1.5, rel=1e-3)


def test_none_becomes_as_rare_as_among_what_people_ask():
    """Trained at one text of none to two others, it is asked of one to three."""
    dataset = make_dataset("AABB", "AAAB", "B", none="Z")
    classifier = constant(
        dataset, [2 * log(3), 0, log(5)], replace(TINY, outsiders=0.5)
    )
    classifier.model.calibration, _ = calibration.calibrate(classifier.model, dataset)
    assert classifier.calibration.bias == pytest.approx([0, 0, log(1 / 3 / 0.5)])
    # Of the odds 9 : 1 : 10/3, none has 25%; the temperature concerns A and B alone.
    assert classifier.none_batch(["A"]) == pytest.approx([0.25])
    assert classifier.calibration.temperature == pytest.approx(2, rel=1e-3)
    assert classifier.predict("A", 2) == pytest.approx(
        {"A": 0.75 * 0.75, "B": 0.75 * 0.25}, abs=1e-3
    )


@pytest.mark.parametrize(("none", "share"), [("", 0.5), ("Z", 5.0), ("Z", 0.05)])
def test_a_share_of_the_right_answers_on_validation_counts_as_unsure_or_none(
    none, share
):
    """Of 101 right ones the threshold is the eighth lowest; wrong answers do not count."""
    draw, dataset = random.Random(0), make_dataset("AABB", "", "", none)
    texts = ["".join(draw.choices("abcdefghij", k=6)) for _ in range(151)]
    # A small share makes none more likely than it was.
    classifier = TextClassifier(build(replace(TINY, outsiders=share), dataset))
    with torch.no_grad():
        classifier.network.linear.weight.mul_(20)
        classifier.network.linear.weight[2:] = 0  # none is as likely for all
    outputs = classifier.model.outputs(
        *pad_ids([classifier.encoder.encode(text) for text in texts])
    )
    is_b = (
        outputs[:, 1] > outputs[:, 0]
    ).tolist()  # labelled so for 101 texts, then wrongly
    labels = ["AB"[b == (i < 101)] for i, b in enumerate(is_b)]
    dataset = replace(dataset, validation=Rows(texts, labels))
    classifier.model.calibration, _ = calibration.calibrate(classifier.model, dataset)
    answers = classifier.answers(texts[:101], top_k=1)
    tops = [0.0 if answer.is_none else answer.predictions[0][1] for answer in answers]
    assert classifier.calibration.unsure_below == pytest.approx(
        sorted(tops)[7], abs=1e-5
    )
    if share > 0.1:  # otherwise far more are called none
        assert sum(answer.unsure or answer.is_none for answer in answers) in (7, 8)


def test_a_threshold_of_few_right_answers_stays_near_a_half_and_of_none_is_a_half():
    probabilities = np.array([[0.9, 0.1], [0.8, 0.2]])
    prior_rows, low = 8 * calibration.UNSURE_SHARE, 0.8 + 0.1 * calibration.UNSURE_SHARE
    given = probabilities, np.zeros(2), np.zeros(2, int)
    threshold = calibration.unsure_threshold(*given, prior_rows)
    assert threshold == pytest.approx((2 * low + 8 * 0.5) / 10)
    dataset = make_dataset("AB", "BB", "B")
    classifier = constant(dataset, [5, 0])
    classifier.model.calibration, _ = calibration.calibrate(classifier.model, dataset)
    assert classifier.calibration.unsure_below == 0.5
