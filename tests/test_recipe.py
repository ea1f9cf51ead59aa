"""Each option of the recipe does something, and the weight does what it says."""

import json
from dataclasses import fields, replace
from functools import cache
from itertools import combinations

import numpy as np
import pytest
import torch
from accelerators import cpu
from models import rows_of

from model import InputError, TextClassifier
from model.data.rows import Dataset, Rows
from model.tasks.names import NAMES
from model.tasks.recipe import LECTURE, Recipe, make_recipe
from model.tasks.registry import TASKS
from model.training.build import build_model
from model.training.session import Session
from model.training.stages import finish, train

SIZES = {"embedding_size": 4, "hidden_size": 4, "layers": 1}
RATES = {"epochs": 3, "batch_size": 6, "learning_rate": 0.02}
NGRAMS = {"ngrams": (1, 2), "ngram_buckets": 32}
VOTES = {
    "linear_ngrams": (1, 2),
    "linear_buckets": 32,
    "linear_learning_rate": 0.02,
}
SHORT = Recipe(**SIZES, **RATES, keep="last")
LETTERS = replace(SHORT, units="letters", **NGRAMS, **VOTES)
FIRST = {"pretrain_epochs": 1, "pretrain_batch_size": 4, "pretrain_learning_rate": 0.02}
RECIPES = {
    "lecture": SHORT,
    "letters": LETTERS,
    "solved": replace(LETTERS, solves_linear=True),
    "words": replace(SHORT, units="words"),
    "best epoch": replace(LETTERS, keep="best"),
    "pretrained": replace(LETTERS, **FIRST),
}
TEXTS = Rows(
    "Abba Adaba Alaba àbaca ÁDA 山田 €aba Elba Abla Bob Obo Dodo Óbolo Lobo 木下 ¥o".split(),
    list("AAAAAAAAABBBBBBB"),
)
DATASET = Dataset(
    train=TEXTS,
    validation=Rows("Ama Aga Anna Ono Olo Oto".split(), list("AAABBB")),
    test=Rows(),
    labels=["A", "B"],
    given_names=Rows(["Zaza", "Zozo"], ["A", "B"]),
    common=Rows(["Aza", "Ozo"], ["A", "B"], values=[1, 2]),
)
NONE = Rows(["Xixi", "Ixi", "Yiyi", "Iyi"], list("XXYY"))
WITH_NONE = replace(DATASET, none=NONE, other_labels=["X", "Y"])
PRETRAINING = replace(WITH_NONE, train=TEXTS.take(range(0, 16, 3)))
# For each option a recipe in which it counts, and other values
CHANGES = """
embedding_size | letters | 3
embedding_std | letters | 0.5
hidden_size | letters | 3
layers | letters | 2
bidirectional | letters | false
dropout | letters | 0.5
ngrams | letters | [2]
ngram_buckets | letters | 16
pool | letters | true
linear_ngrams | letters | []
linear_buckets | letters | 16
linear_rank | letters | 1
solves_linear | letters | true
linear_cost | solved | 0.01, 0.1
margins | letters | true
script_ngrams | letters | [1]
linear_learning_rate | letters | 0.04
kinds_in_ngrams | letters | ["LATIN"]
symbols | letters | true
keep_case | letters | true
units | lecture | "letters", "words"
in_pieces | words | true
most_words | words | 8
word_vectors | words | "data/word_vectors.safetensors"
both_forms | letters | true
unmarked_share | letters | 0.5
full_share | letters | 0.5
common_copies | letters | [[1, 2]]
unknown_share | letters | 0.5
epochs | letters | 2
batch_size | letters | 4
learning_rate | letters | 0.03
one_cycle | letters | true
average_from | letters | 2
weight_decay | letters | 0.5
seed | letters | 1
pretrain_epochs | pretrained | 2
pretrain_batch_size | pretrained | 3
pretrain_learning_rate | pretrained | 0.03
pretrain_dropout | pretrained | 0.6
pretrain_full_share | pretrained | 0.5
pretrain_outsiders | pretrained | 0.2
outsiders | pretrained | 0.2, null
marks_ends | letters | true
fixed_gru_weight | letters | 0.9, 0.0, null
prior_rows | letters | 10
logit_adjustment | letters | 1.0
prior_power | letters | 1.0, null
refit | letters | true
keep | best epoch | "last"
most_epochs | letters | 2
"""
CHANGES = {option: (name, values) for option, name, values in rows_of(CHANGES)}


def trained(recipe):
    """Return the classifier that a recipe makes, pretrained if it has epochs for that."""
    dataset, first = DATASET, None
    if recipe.pretrain_epochs:
        dataset, first = WITH_NONE, PRETRAINING
    made = train(recipe, dataset, Session(cpu()), first)
    return TextClassifier(finish(made, dataset, NAMES))


@cache
def unchanged(name):
    return trained(RECIPES[name])


def same(first, second):
    """Return whether two classifiers have the same weights and calibration and answer alike."""
    weights = first.model.network.state_dict()
    others = second.model.network.state_dict()
    for name, tensor in weights.items():
        if name not in others or not torch.equal(tensor, others[name]):
            return False
    answers = first.predict_batch(TEXTS.texts)
    other_answers = second.predict_batch(TEXTS.texts)
    return (
        weights.keys() == others.keys()
        and first.model.calibration == second.model.calibration
        and np.array_equal(answers, other_answers)
    )


@pytest.mark.parametrize("name", RECIPES)
def test_the_same_recipe_gives_the_same_model(name):
    assert same(unchanged(name), trained(RECIPES[name]))


@pytest.mark.parametrize("option", [field.name for field in fields(Recipe)])
def test_each_option_changes_weights_calibration_or_answers(option):
    name, values = CHANGES[option]
    classifiers = [unchanged(name)]
    for value in json.loads(f"[{values}]"):
        classifiers.append(trained(replace(RECIPES[name], **{option: value})))
    for first, second in combinations(classifiers, 2):
        assert not same(first, second)


def test_a_recipe_of_earlier_versions_is_read():
    assert make_recipe({"fixed_gru_weight": 0.5, "mix": 0.7}).fixed_gru_weight == 0.7


@pytest.mark.parametrize("weight", [0.0, 0.3, 0.5, 1.0])
def test_a_fixed_weight_is_the_share_of_the_gru_s_logits(weight):
    halves = unchanged("letters")
    classifier = trained(replace(LETTERS, fixed_gru_weight=weight))
    rows = DATASET.validation
    encoded = halves.model.encode_rows(rows)
    with torch.no_grad():
        parts = halves.model.network.logits_apart(encoded.ids, encoded.lengths)
        mixed = weight * parts[0] + (1 - weight) * parts[1]
    assert classifier.model.calibration.gru_weight == weight
    temperature = classifier.model.calibration.temperature
    probabilities = classifier.predict_batch(rows.texts)
    expected = (mixed / temperature).softmax(dim=1).numpy()
    assert probabilities == pytest.approx(expected, abs=1e-3)


def test_a_fitted_weight_is_refused_where_texts_may_have_no_label():
    with pytest.raises(InputError, match=r"^fixed_gru_weight is fitted: .*number\.$"):
        build_model(replace(LETTERS, fixed_gru_weight=None), WITH_NONE)


@pytest.mark.parametrize("task", ["names", "reviews"])
def test_the_shipped_weights_are_what_train_py_makes_of_the_recipe(task):
    config = json.loads((TASKS[task].output / "config.json").read_bytes())
    recipe = TASKS[task].pretrained_recipe or TASKS[task].recipe
    if recipe.refit:
        recipe = recipe.last_stage()
    expected = recipe.record()
    recorded = LECTURE.record() | config["training"]  # an option may be newer, and off
    assert {name: recorded[name] for name in expected} == expected
