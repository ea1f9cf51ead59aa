"""Pretraining, training and refit: which rows each sees, and which weights each hands on."""

from collections import defaultdict
from dataclasses import replace

import pytest
import torch
from accelerators import assert_same_weights, cpu, interrupt

from model import TextClassifier
from model.core import CharacterEncoder
from model.data.rows import Dataset, Rows
from model.tasks.names import NAMES
from model.tasks.recipe import Recipe
from model.training import stages
from model.training.build import build
from model.training.checkpoint import MAIN, PRETRAINING, REFIT
from model.training.loop import fit
from model.training.progress import Progress

SIZES = {
    "embedding_size": 6,
    "hidden_size": 6,
    "layers": 1,
    "outsiders": 1.0,
    "seed": 2,
}
RATES = {"batch_size": 4, "learning_rate": 0.01}
FIRST = {
    "pretrain_batch_size": 4,
    "pretrain_learning_rate": 0.01,
    "pretrain_dropout": 0.0,
}
RECIPE = Recipe(**SIZES, **RATES, **FIRST, epochs=3, pretrain_epochs=2, refit=True)


def rows(**texts):
    """Return rows of a label each: rows(A="x y") has x and y with the label A."""
    pairs = [(text, label) for label, found in texts.items() for text in found.split()]
    return Rows([text for text, _ in pairs], [label for _, label in pairs])


DATASET = Dataset(
    rows(A="adam alba anna amos", B="bela bert bess boas"),
    validation=rows(A="abel asta", B="beda"),
    test=rows(A="arno", B="bob"),
    **{"labels": ["A", "B"], "files": {}, "shared_rows": 0},
    none=rows(Y="yves york yale ylva", Z="zita zoe zeno"),
)
FOLD = "cross-validation 1"
PRETRAINING_DATASET = replace(
    DATASET, train=rows(A="agda aino", B="bruno"), none=rows(Y="yoko", Z="zack zara")
)


class Watcher(Progress):
    """Notes which texts are read in which stage; presses Ctrl-C in an epoch (0.5) or after it."""

    def __init__(self, stop_in="", stop_at=0.0):
        self.stage, self.stop_in, self.stop_at = "before", stop_in, stop_at
        self.read = defaultdict(
            list
        )  # stage -> texts in the order in which they are encoded
        self.accuracies = defaultdict(list)

    def begin(self, stage, epochs):
        self.stage = stage

    def on_batch(self, batch, batches):
        self.stop(0.5)

    def on_epoch(self, entry):
        self.accuracies[self.stage].append(entry["validation_accuracy"])
        self.stop(0)

    def stop(self, more):
        if (self.stage, len(self.accuracies[self.stage]) + more) == (
            self.stop_in,
            self.stop_at,
        ):
            interrupt()


@pytest.fixture
def watcher(monkeypatch):
    watcher, encode = Watcher(), CharacterEncoder.encode

    def watched(self, text):
        watcher.read[watcher.stage].append(text)
        return encode(self, text)

    monkeypatch.setattr(CharacterEncoder, "encode", watched)
    return watcher


def train(recipe, dataset=DATASET, pretraining=PRETRAINING_DATASET, watcher=None):
    return stages.train(recipe, dataset, cpu(), pretraining, watcher or Watcher())


def fit_alone(recipe, dataset, start=None):
    """Return a model trained in one stage by itself."""
    model = build(recipe, dataset, start)
    fit(model, dataset, recipe, cpu())
    return model


def top(model, text):
    return TextClassifier(model).predict(text, 1).popitem()[0]


def test_each_stage_reads_its_own_rows_and_test_rows_are_read_last(watcher):
    trained = train(RECIPE, watcher=watcher)
    validation, first = DATASET.validation.texts, PRETRAINING_DATASET
    rows = {*DATASET.train.texts, *DATASET.none.texts, *validation}
    read = {stage: set(texts) for stage, texts in watcher.read.items()}
    pretrained_on = {*first.train.texts, *first.none.texts, *validation}
    assert read == {PRETRAINING: pretrained_on, MAIN: rows, REFIT: rows}
    watcher.stage = "after"
    stages.finish(trained, DATASET, NAMES)
    assert watcher.read["after"][: len(validation)] == validation  # to calibrate by
    assert set(watcher.read["after"]) == {*validation, *DATASET.test.texts}


def test_each_stage_starts_from_the_pretrained_weights_not_where_another_ended():
    trained = train(RECIPE)
    pretrained = fit_alone(RECIPE.first_stage(), PRETRAINING_DATASET)
    everything = replace(DATASET, train=DATASET.train + DATASET.validation)
    assert_same_weights(trained.model, fit_alone(RECIPE, DATASET, pretrained))
    assert_same_weights(
        trained.refitted, fit_alone(RECIPE.last_stage(), everything, pretrained)
    )
    for found in (trained.model, trained.refitted):
        assert (found.encoder, found.other_labels) == (pretrained.encoder, ["Y", "Z"])
    gap = (
        pretrained.network.linear.weight - build(RECIPE, DATASET).network.linear.weight
    )
    assert gap.abs().max() > 1e-3  # which pretraining did move
    assert list(train(RECIPE, pretraining=None).histories) == [MAIN, REFIT]


def test_the_seed_decides_what_pretraining_makes():
    """The main stage hardly moves the weights here, so that they tell of the first."""
    recipe = replace(RECIPE, learning_rate=1e-9, linear_learning_rate=1e-9)
    models = [train(replace(recipe, seed=seed)).model for seed in (2, 2, 3)]
    first, again, other = (model.network.linear.weight for model in models)
    assert torch.equal(first, again)
    assert (first - other).abs().max() > 1e-2


def test_pretraining_takes_all_texts_as_they_are_whatever_the_main_stage_does():
    """Their frequencies and those of none are not its own, and none of its epochs is a mean."""
    still = {"learning_rate": 1e-9, "linear_learning_rate": 1e-9, "refit": False}
    plain = replace(RECIPE, **still)
    other = replace(plain, logit_adjustment=0.5, average_from=1, outsiders=0.1)
    assert_same_weights(train(plain).model, train(other).model, atol=1e-6)


CONFLICT = replace(
    DATASET,  # pretraining says B of every text, validation too, training says A
    train=rows(A="adam alba anna amos agda aino arno arne"),
    validation=rows(B="adam"),
    none=rows(),
)
ALL_B = replace(CONFLICT, train=rows(B="adam alba anna amos agda aino arno arne"))


def test_training_keeps_its_best_epoch_and_the_refit_its_last(watcher):
    """The first epoch is still right on validation, where the last no longer is."""
    recipe = replace(RECIPE, epochs=16, learning_rate=0.02)
    recipe = replace(recipe, pretrain_epochs=8, pretrain_learning_rate=0.05)
    trained = train(recipe, CONFLICT, ALL_B, watcher)
    for stage in (MAIN, REFIT):
        assert (watcher.accuracies[stage][0], watcher.accuracies[stage][-1]) == (1, 0)
    assert (top(trained.model, "adam"), top(trained.refitted, "adam")) == ("B", "A")
    assert len(trained.histories[REFIT]) == 16


@pytest.mark.parametrize(
    ("stage", "epoch"), [(MAIN, 3), (FOLD, 0.5), (REFIT, 0.5), (REFIT, 2)]
)
def test_ctrl_c_leaves_the_best_epoch_of_the_classifier_that_has_not_seen_validation(
    stage, epoch
):
    recipe = replace(RECIPE, held_out_in_turn=6)
    trained = train(recipe, pretraining=None, watcher=Watcher(stage, epoch))
    assert trained.refitted is None
    assert isinstance(trained.ended_by, KeyboardInterrupt)
    assert_same_weights(
        trained.model, train(replace(RECIPE, refit=False), pretraining=None).model
    )


@pytest.mark.parametrize(("stage", "epoch"), [(PRETRAINING, 1), (MAIN, 0.5)])
def test_ctrl_c_before_the_first_epoch_of_training_leaves_nothing_to_save(stage, epoch):
    with pytest.raises(KeyboardInterrupt):
        train(RECIPE, watcher=Watcher(stage, epoch))
