"""Biases, temperature and the threshold of unsure answers, fitted on validation rows."""

import random
from dataclasses import replace
from math import log

import pytest
import torch

from model.calibration import best_prior_power, calibrate, raise_to_floor
from model.dataset import Dataset, EncodedRows, Rows
from model.names_dataset import read_names
from model.recipe import Recipe
from model.results import evaluate


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
        classifier = replace(small_recipe, prior_power=power).build(dataset)
        before = {name: t.clone() for name, t in classifier.network.state_dict().items()}
        calibrate(classifier, dataset)
        after = classifier.network.state_dict()
        assert all(torch.equal(after[name], weights) for name, weights in before.items())
        assert any(classifier.bias) == bool(power)


def test_a_refitted_classifier_takes_the_calibration_over(small_data, small_recipe):
    dataset = read_names(small_data)
    recipe = replace(small_recipe, prior_power=None)
    first, second = recipe.build(dataset), replace(recipe, seed=5).build(dataset)
    calibrate(first, dataset, second)
    assert second.bias == first.bias
    assert second.temperature == first.temperature
    assert second.unsure_below == first.unsure_below
    rows = EncodedRows.from_rows(dataset.validation, first.encoder, first.labels)
    probabilities = first.probabilities(first.logits(rows.ids, rows.lengths))
    right = probabilities.argmax(axis=1) == rows.targets.numpy()
    assert evaluate(first, dataset, dataset.validation)["accuracy"] == right.mean()


TINY = Recipe(embedding_size=2, hidden_size=2, layers=1)


def make_dataset(train, validation, test, outsiders=""):
    """Return a dataset with a row for each letter of these strings: its label."""

    def rows(labels):
        return Rows([f"{label}{i}" for i, label in enumerate(labels)], list(labels))

    return Dataset(rows(train), rows(validation), rows(test), ["A", "B"], {}, 0, rows(outsiders))


def constant(dataset, outputs, recipe=TINY):
    """Return a classifier whose network gives the same outputs for every text."""
    classifier = recipe.build(dataset)
    with torch.no_grad():
        classifier.network.linear.weight.zero_()
        classifier.network.linear.bias.copy_(torch.tensor(outputs))
    return classifier


def test_the_temperature_gives_the_frequencies_on_validation_and_none_other():
    """Log odds of 2 ln 3 become the ln 3 of three rows to one at temperature 2."""
    dataset = make_dataset("ABBBBBBB", "AAAB", "BBBBBBBA")
    classifier, refitted = constant(dataset, [2 * log(3), 0]), constant(dataset, [0, 5 * log(3)])
    calibrate(classifier, dataset, refitted)
    for each in (classifier, refitted):
        assert each.temperature == pytest.approx(2, rel=1e-3)
        assert each.bias == [0, 0]
    assert classifier.predict("A", top_k=2) == pytest.approx({"A": 0.75, "B": 0.25}, abs=1e-3)


def test_the_prior_s_bias_is_in_place_before_the_temperature_is_fitted():
    """3 ln 3 and the prior's ln 3 are 4 ln 3; nine rows to one are 2 ln 3: temperature 2."""
    dataset = make_dataset("AAAB", "AAAAAAAAAB", "B")
    classifier = constant(dataset, [3 * log(3), 0], replace(TINY, prior_power=1.0))
    calibrate(classifier, dataset)
    assert classifier.bias == pytest.approx([log(3 / 4), log(1 / 4)])
    assert classifier.temperature == pytest.approx(2, rel=1e-3)


@pytest.mark.parametrize("power", [0.5, -1.0])
def test_the_prior_is_raised_to_the_recipe_s_power(power):
    dataset = make_dataset("AAAB", "AB", "B")
    classifier = constant(dataset, [0, 0], replace(TINY, prior_power=power))
    calibrate(classifier, dataset)
    assert classifier.bias == pytest.approx([power * log(3 / 4), power * log(1 / 4)])


def test_outsiders_become_as_rare_as_among_what_people_ask():
    """Trained at one outsider to two texts, they are asked at two to a hundred."""
    dataset = make_dataset("AABB", "AAAB", "B", outsiders="Z")
    classifier = constant(dataset, [log(8.9), log(0.9), log(5)], replace(TINY, outsiders=0.5))
    calibrate(classifier, dataset)
    assert classifier.bias == pytest.approx([0, 0, log(0.02 / 0.5)])
    # Of the odds 8.9 : 0.9 : 0.2, A and B each get half of the last: 9 : 1 is 2 ln 3.
    assert classifier.temperature == pytest.approx(2, rel=1e-3)


@pytest.mark.parametrize("share", [0.0, None])
def test_without_a_share_of_outsiders_there_is_no_bias_against_them(share):
    dataset = make_dataset("AABB", "AAAB", "B", outsiders="Z")
    classifier = constant(dataset, [0, 0, 0], replace(TINY, outsiders=share))
    calibrate(classifier, dataset)
    assert classifier.bias == [0, 0, 0]


def random_classifier(recipe=TINY, n=400):
    """Return a classifier that answers at random, texts, and its logit of B less that of A."""
    draw = random.Random(0)
    letters = "abcdefghij"
    texts = ["".join(draw.choices(letters, k=6)) for _ in range(n)]
    dataset = Dataset(
        Rows([letters] * 4, list("AABB")), Rows([], []), Rows([], []), ["A", "B"], {}, 0
    )
    classifier = recipe.build(dataset)
    with torch.no_grad():
        classifier.network.linear.weight.mul_(20)
    logits = classifier.logits(*classifier.encoder.encode_batch(texts))
    return classifier, dataset, texts, (logits[:, 1] - logits[:, 0]).numpy()


def test_eight_in_a_hundred_right_answers_on_validation_count_as_unsure():
    """Of 101 right ones the threshold is the ninth lowest; wrong answers do not count."""
    classifier, dataset, texts, margins = random_classifier()
    labels = ["B" if margin > 0 else "A" for margin in margins[:101]]
    wrong = ["A" if margin > 0 else "B" for margin in margins[101:151]]
    dataset = replace(dataset, validation=Rows(texts[:151], labels + wrong))
    calibrate(classifier, dataset)
    tops = classifier.predict_batch(texts[:101]).max(axis=1)
    assert classifier.unsure_below == pytest.approx(sorted(tops)[8], abs=1e-5)
    unsure = [classifier.is_unsure(text, top) for text, top in zip(texts, tops, strict=False)]
    assert sum(unsure) in (8, 9)


@pytest.mark.parametrize("n", [49, 50, 60])
def test_a_label_of_fifty_rows_or_more_is_raised_to_the_recipe_s_floor(n):
    """B is right at 10 of its rows before, and at half of them or just above after."""
    floor = replace(TINY, recall_floor=0.5)
    classifier, dataset, texts, margins = random_classifier(floor, n=4000)
    of_a = [text for text, margin in zip(texts, margins, strict=True) if margin < 0]
    of_b = [text for text, margin in zip(texts, margins, strict=True) if margin > 0]
    rows = Rows(of_a[:60] + of_a[60 : n + 50] + of_b[:10], ["A"] * 60 + ["B"] * n)
    dataset = replace(dataset, validation=rows)
    calibrate(classifier, dataset)
    right = classifier.predict_batch(rows.texts).argmax(axis=1)[60:].sum()
    if n < 50:
        assert right == 10
        assert classifier.bias == [0, 0]
    else:
        assert n / 2 <= right <= n / 2 + 6
        assert classifier.bias[0] == 0 < classifier.bias[1]


def test_of_powers_that_are_equally_good_none_at_all_is_taken():
    outputs = torch.tensor([[90.0, 0.0], [0.0, 90.0]])
    assert best_prior_power(outputs, torch.tensor([0, 1]), torch.tensor([0.9, 0.1]).log()) == 0


def test_a_prior_that_was_overdone_in_training_is_taken_back(lopsided):
    outputs, targets = lopsided
    log_prior = torch.tensor([0.9, 0.1]).log()
    power = best_prior_power(outputs + 1.5 * log_prior, targets, log_prior)
    assert power == pytest.approx(-0.5, abs=0.2)


def test_the_prior_moves_labels_only_and_outsiders_share_is_counted(lopsided):
    """An output for outsiders that is far below the others changes no choice of power."""
    outputs, targets = lopsided
    log_prior = torch.tensor([0.9, 0.1]).log()
    wider = torch.cat([outputs, torch.full((len(outputs), 1), -50.0)], dim=1)
    assert best_prior_power(wider, targets, log_prior) == best_prior_power(
        outputs, targets, log_prior
    )
