"""Biases, temperature, weight and the threshold of unsure answers, fitted on validation rows."""

import random
from dataclasses import replace
from math import log

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from model import TextClassifier
from model.core import pad_ids
from model.data.rows import Dataset, Rows
from model.tasks.recipe import Recipe
from model.trained import FEWEST_TO_CALIBRATE, Calibration, leads
from model.training import calibration
from model.training.build import build_model
from model.training.calibration import Truth


def test_temperature_and_prior_are_found_and_probabilities_have_the_frequency_of_the_labels():
    """Targets and logits of two labels that are twice too sure and ignore the frequency.

    The second label has a tenth of the rows.
    """
    draw = torch.Generator().manual_seed(0)
    targets = (torch.rand(4000, generator=draw) < 0.1).long()
    evidence = torch.randn(4000, generator=draw) + 2.0 * targets - 1.0
    logits = 2 * torch.stack([-evidence, evidence], dim=1)
    temperature, bias = calibration.fit_scaling(logits, Truth(targets=targets))
    assert temperature == pytest.approx(2, rel=0.1)
    log_odds = float(bias[0] - bias[1]) / temperature
    assert log_odds == pytest.approx(log(9), abs=0.25)
    probabilities = ((logits + bias) / temperature).softmax(dim=1)
    share = float(targets.float().mean())
    assert float(probabilities[:, 1].mean()) == pytest.approx(share, abs=0.01)


def test_labels_without_rows_are_not_driven_out():
    """By likelihood alone their biases would fall without end."""
    truth = Truth(targets=torch.tensor([0, 1] * 20))
    _, bias = calibration.fit_scaling(torch.zeros(40, 3), truth)
    assert -6 < bias[2] < -1
    assert float(bias[0]) == pytest.approx(float(bias[1]))


@pytest.mark.parametrize(("n_linear_right", "answers"), [(1900, False), (1000, True)])
def test_a_network_has_no_part_where_the_linear_half_is_right_more_often(
    n_linear_right, answers
):
    """The network is right on 1,500 of 2,000 rows; the linear half is never sure."""
    targets = torch.arange(2000) % 2
    signs = (2 * targets - 1)[:, None] * torch.tensor([-1.0, 1.0])
    network, linear = torch.ones(2000, 1), torch.full((2000, 1), 0.1)
    network[1500:] = -1
    linear[n_linear_right:] = -0.1
    logits = [network * signs, linear * signs]
    rows = calibration.CalibrationRows(
        targets=targets,
        prior_rows=10,
        apart=logits,
        lengths=torch.ones(2000),
        n_rows=2000,
    )
    assert bool(calibration.fit_halves(rows).gru_weight) == answers


def test_the_usual_temperature_counts_as_much_as_a_few_rows():
    """Two rows that are right say little of how far to trust the third."""
    logits = torch.tensor([[9.0, 0.0], [0.0, 9.0]])
    (without, _), (with_prior, _) = (
        calibration.fit_scaling(
            logits,
            Truth(targets=torch.tensor([0, 1]), prior_rows=prior_rows),
            with_bias=False,
        )
        for prior_rows in (0, 10)
    )
    assert without < 0.5
    assert 1.2 < with_prior < 1.8


@given(
    n_rows=st.integers(1, 5),
    n_labels=st.integers(2, 4),
    scale=st.sampled_from([0, 1e-3, 1, 100]),
    seed=st.integers(0, 99),
)
def test_whatever_few_rows_say_the_fit_can_be_saved(n_rows, n_labels, scale, seed):
    draw = torch.Generator().manual_seed(seed)
    halves = torch.randn(2, n_rows, n_labels, generator=draw) * scale
    targets = torch.randint(n_labels, (n_rows,), generator=draw)
    truth = Truth(targets=targets, prior_rows=10)
    scales, _ = calibration.fit_scales(halves, truth)
    assert (scales > 0).all()
    temperature, bias = calibration.fit_scaling(halves[0], truth)
    assert Calibration(bias.tolist(), temperature).temperature == temperature


def test_powers_of_length_and_lead_are_found_at_once():
    """The temperature that drew the targets is length ** 0.3 times the root of the lead."""
    draw = torch.Generator().manual_seed(0)
    lengths = torch.arange(6000) % 30 + 1
    logits = 4 * torch.randn(6000, 5, generator=draw)
    temperatures = lengths**0.3 * leads(logits).sqrt()
    shares = (logits / temperatures[:, None]).softmax(dim=1)
    targets = torch.multinomial(shares, 1, generator=draw)[:, 0]

    def powers(n, **options):
        factors = {"length_power": lengths[:n], "lead_power": leads(logits[:n])}
        truth = Truth(targets=targets[:n], **options)
        return calibration.fit_powers(logits[:n], truth, factors)

    temperature, found = powers(6000)
    expected = {"length_power": 0.3, "lead_power": 0.5}
    assert found == pytest.approx(expected, abs=0.1)
    assert temperature == pytest.approx(1, abs=0.2)
    _, of_few = powers(60, prior_rows=60)
    assert 0 < of_few["length_power"] < 0.2


TINY = Recipe(embedding_size=2, hidden_size=2, layers=1)


def make_rows(labels):
    """Return a row for each letter of this string: its label."""
    texts = [f"{label}{i}" for i, label in enumerate(labels)]
    return Rows(texts, list(labels))


def make_dataset(train, validation="", none=""):
    return Dataset(
        train=make_rows(train),
        validation=make_rows(validation),
        test=make_rows("B"),
        labels=["A", "B"],
        none=make_rows(none),
        other_labels=sorted(set(none)),
    )


def constant(dataset, outputs, recipe=TINY):
    """Return a model whose network gives the same outputs for every text."""
    model = build_model(recipe, dataset)
    with torch.no_grad():
        model.network.linear.weight.zero_()
        model.network.linear.bias.copy_(torch.tensor(outputs))
    return model


def calibrated(model, dataset, folds=()):
    """Return a classifier of the model, once it is calibrated."""
    parts = [(model, dataset.validation), *folds]
    rows = calibration.calibration_rows(parts, dataset)
    model.calibration, _ = calibration.calibrate(model, dataset, rows)
    return TextClassifier(model)


def calibrated_on(n_rows):
    """Return a classifier that is right on all rows, and that makes a prior surer than that."""
    dataset = make_dataset("AAAB", "A" * 9)
    recipe = replace(TINY, prior_rows=10, prior_power=20.0)
    model = constant(dataset, [0.0, 0.0], recipe)
    return calibrated(model, dataset, [(model, make_rows("A" * (n_rows - 9)))])


@pytest.mark.parametrize("n", [10, FEWEST_TO_CALIBRATE - 1, FEWEST_TO_CALIBRATE])
def test_answers_of_few_rows_are_moderate_and_not_called_calibrated(n):
    """By Laplace's rule of n right answers in a row; those of enough rows may be surer."""
    classifier = calibrated_on(n)
    are_few = n < FEWEST_TO_CALIBRATE
    assert (classifier.predict("A", 1)["A"] <= (n + 1) / (n + 2)) == are_few
    note = f"not calibrated: {n} rows held out, of 250 needed"
    assert classifier.model.calibration.note == note * are_few


def test_a_text_that_stands_out_leaves_the_others_as_they_are():
    """One of a hundred is far too sure; the others are right as often as they say."""
    logits = torch.tensor([[1.0, 0.0, 0.0]] * 99 + [[40.0, 0.0, 0.0]])
    temperature, power = calibration.moderate(logits, 1.0)
    made = Calibration([], temperature, lead_power=power)
    *_, probability, of_last = made.shares(logits, torch.ones(100))[:, 0]
    assert probability == pytest.approx(float(logits[0].softmax(dim=0)[0]), abs=0.01)
    assert of_last <= 101 / 102


@pytest.mark.parametrize("power", [0.0, 1.0, -0.5])
def test_the_prior_is_raised_to_the_recipe_s_power_before_the_temperature_is_fitted(
    power,
):
    """3 ln 3 and the prior's ln 3 are 4 ln 3; nine rows to one are 2 ln 3: temperature 2."""
    dataset = make_dataset("AAAB", "AAAAAAAAAB")
    model = constant(dataset, [3 * log(3), 0], replace(TINY, prior_power=power))
    classifier = calibrated(model, dataset)
    bias = [power * log(3 / 4), power * log(1 / 4)]
    assert classifier.model.calibration.bias == pytest.approx(bias)
    temperature = classifier.model.calibration.temperature
    assert temperature == pytest.approx((3 + power) / 2, rel=1e-3)
    probabilities = classifier.predict("A", top_k=2)
    assert probabilities == pytest.approx({"A": 0.9, "B": 0.1}, abs=1e-3)


def test_rows_of_a_text_of_several_labels_count_by_their_shares():
    """The odds of 27, of a text that is nine times of ten an A: 3 ln 3 by 2 ln 3 is 1.5."""
    dataset = replace(
        make_dataset("AAAB"),
        validation=Rows(["Lee", "Lee"], ["A", "B"]),
        shares={"Lee": {"A": 0.9, "B": 0.1}},
    )
    model = constant(dataset, [3 * log(3), 0])
    fitted, _ = calibration.calibrate(model, dataset)
    assert fitted.temperature == pytest.approx(1.5, rel=1e-3)


def fitted_on(texts, labels, **options):
    """Return the calibration of one untrained network, fitted on these validation rows."""
    rows = Rows(texts, list(labels))
    dataset = replace(make_dataset("AAAB"), validation=rows)
    recipe = replace(TINY, units="letters", prior_power=None, **options)
    return calibration.calibrate(build_model(recipe, dataset), dataset)[0]


@pytest.mark.parametrize(
    ("units", "n_rows", "is_fitted"),
    [
        ("words", FEWEST_TO_CALIBRATE, True),
        ("words", FEWEST_TO_CALIBRATE - 2, False),
        ("letters", FEWEST_TO_CALIBRATE, False),
    ],
)
def test_lengths_count_where_enough_rows_of_words_are_held_out(
    units, n_rows, is_fitted
):
    """Long texts are wrong half the time, short ones never."""
    texts = ["a", "a b c d"] * (n_rows // 2)
    labels = "AAAB" * (n_rows // 4) + "AA"
    rows = Rows(texts, list(labels[:n_rows]))
    dataset = replace(make_dataset("AAAB"), validation=rows)
    model = constant(dataset, [2.0, 0.0], replace(TINY, units=units))
    fitted, _ = calibration.calibrate(model, dataset)
    assert (fitted.length_power > 0.2) == is_fitted


def test_texts_that_are_read_in_both_forms_count_in_both():
    """Without marks they count twice, because people mostly type them so."""
    plain = ["A1", "Ba", "Nb"]
    thrice = fitted_on(["A1", "Bá", "Ñb", *plain, *plain], "ABAABAABA")
    once = fitted_on(["A1", "Bá", "Ñb"], "ABA", both_forms=True)
    assert once == replace(thrice, rows=3)
    assert once.bias != fitted_on(["A1", "Bá", "Ñb"], "ABA").bias


def test_none_becomes_as_rare_as_among_what_people_ask_whatever_the_temperature():
    """A classifier trained at one text of none to two others; of what is asked one to three."""
    dataset = make_dataset("AABB", "AAAB", none="Z")
    recipe = replace(TINY, outsiders=0.5)
    model = constant(dataset, [2 * log(3), 0, log(5)], recipe)
    with_none = calibrated(model, dataset)
    bias = with_none.model.calibration.bias
    assert bias == pytest.approx([0, 0, log(1 / 3 / 0.5)])
    # Of the odds 9 : 1 : 10/3, none has 25%.
    assert with_none.none_batch(["A"]) == pytest.approx([0.25], abs=1e-5)
    assert with_none.model.calibration.temperature == pytest.approx(2, rel=1e-3)
    probabilities = with_none.predict("A", 2)
    expected = {"A": 0.75 * 0.75, "B": 0.75 * 0.25}
    assert probabilities == pytest.approx(expected, abs=1e-3)


def varied(none, outsiders):
    """Return a classifier whose answers vary, and 101 texts on which all of them are right.

    It is calibrated on these and on 50 others on which it is wrong.
    """
    draw = random.Random(0)
    dataset = make_dataset("AABB", none=none)
    texts = ["".join(draw.choices("abcdefghij", k=6)) for _ in range(151)]
    model = build_model(replace(TINY, outsiders=outsiders), dataset)
    with torch.no_grad():
        model.network.linear.weight.mul_(20)
        model.network.linear.weight[2:] = 0  # none is as likely for all
    ids = [model.encoder.encode(text) for text in texts]
    outputs = model.outputs(*pad_ids(ids))
    labels = []
    for i, (of_a, of_b) in enumerate(outputs[:, :2].tolist()):
        is_right = i < 101
        labels.append("B" if (of_b > of_a) == is_right else "A")
    dataset = replace(dataset, validation=Rows(texts, labels))
    return calibrated(model, dataset), texts[:101]


@pytest.mark.parametrize(
    ("none", "outsiders"),
    [("", 0.5), ("Z", 5.0), ("Z", 0.05)],  # the last makes none likely
)
def test_the_threshold_is_the_eighth_lowest_of_101_right_answers(none, outsiders):
    classifier, texts = varied(none, outsiders)
    tops = [
        0.0 if answer.is_none else answer.predictions[0][1]
        for answer in classifier.answers(texts, top_k=1)
    ]
    threshold = classifier.model.calibration.unsure_below
    assert threshold == pytest.approx(sorted(tops)[7], abs=1e-5)


def test_a_threshold_of_few_right_answers_stays_near_a_half():
    probabilities = np.array([[0.9, 0.1], [0.8, 0.2]])
    share = calibration.UNSURE_SHARE
    threshold = calibration.unsure_threshold(
        probabilities, np.zeros(2), np.zeros(2, int), prior_rows=8 * share
    )
    of_answers = 0.8 + 0.1 * share
    assert threshold == pytest.approx((2 * of_answers + 8 * 0.5) / 10)
    dataset = make_dataset("AB", "BB")
    fitted, _ = calibration.calibrate(constant(dataset, [5.0, 0.0]), dataset)
    assert fitted.unsure_below == 0.5
