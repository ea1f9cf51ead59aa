"""Pretraining, training and refit: which rows each sees, and which weights each hands on."""

from collections import defaultdict
from dataclasses import replace

import pytest
from accelerators import assert_same_weights, cpu, interrupt

from model import TextClassifier
from model.core import CharacterEncoder
from model.data.rows import Dataset, Rows
from model.tasks.names import NAMES
from model.tasks.recipe import Recipe
from model.training import stages
from model.training.build import build_model
from model.training.checkpoint import MAIN, PRETRAINING, REFIT
from model.training.loop import Stage, fit_stage
from model.training.progress import Progress
from model.training.session import Session

RECIPE = Recipe(
    embedding_size=6,
    hidden_size=6,
    layers=1,
    outsiders=1.0,
    seed=2,
    epochs=3,
    batch_size=4,
    learning_rate=0.01,
    pretrain_epochs=2,
    pretrain_batch_size=4,
    pretrain_learning_rate=0.01,
    pretrain_dropout=0.0,
    refit=True,
)
# At these rates the main stage hardly moves the weights, so that they tell of the first.
STILL = {"learning_rate": 1e-9, "linear_learning_rate": 1e-9}


def rows(**texts):
    """Return rows of a label each: rows(A="x y") has x and y with the label A."""
    found = Rows()
    for label, words in texts.items():
        for text in words.split():
            found += Rows([text], [label])
    return found


DATASET = Dataset(
    train=rows(A="adam alba anna amos", B="bela bert bess boas"),
    validation=rows(A="abel asta", B="beda"),
    test=rows(A="arno", B="bob"),
    labels=["A", "B"],
    none=rows(Y="yves york yale ylva", Z="zita zoe zeno"),
    other_labels=["Y", "Z"],
)
PRETRAINING_DATASET = replace(
    DATASET, train=rows(A="agda aino", B="bruno"), none=rows(Y="yoko", Z="zack zara")
)


class Watcher(Progress):
    """Notes the texts that are read and the accuracies of each stage.

    Presses Ctrl-C in an epoch of a stage, such as 0.5, or after it.
    """

    def __init__(self, stop_in="", stop_at=0.0):
        self.stage = "before"
        self.stop_in, self.stop_at = stop_in, stop_at
        self.read = defaultdict(list)  # in the order in which they are encoded
        self.accuracies = defaultdict(list)

    def begin(self, stage, epochs):
        self.stage = stage

    def on_batch(self, n_batches):
        self.stop_if_at(self.n_epochs + 0.5)

    def on_epoch(self, entry):
        self.accuracies[self.stage].append(entry["validation_accuracy"])
        self.stop_if_at(self.n_epochs)

    @property
    def n_epochs(self):
        return len(self.accuracies[self.stage])

    def stop_if_at(self, epoch):
        if (self.stage, epoch) == (self.stop_in, self.stop_at):
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
    session = Session(cpu(), watcher or Watcher())
    return stages.train(recipe, dataset, session, pretraining)


def fit_alone(recipe, dataset, start=None):
    """Return a model trained in one stage by itself."""
    stage = Stage(build_model(recipe, dataset, start), dataset, recipe)
    fit_stage(stage, Session(cpu()))
    return stage.model


def test_each_stage_reads_its_own_rows(watcher):
    train(RECIPE, watcher=watcher)
    validation, first = DATASET.validation.texts, PRETRAINING_DATASET
    everything = {*DATASET.train.texts, *DATASET.none.texts, *validation}
    assert {stage: set(texts) for stage, texts in watcher.read.items()} == {
        PRETRAINING: {*first.train.texts, *first.none.texts, *validation},
        MAIN: everything,
        REFIT: everything,
    }


def test_test_rows_are_read_after_calibration(watcher):
    trained = train(RECIPE, watcher=watcher)
    watcher.stage = "after"
    stages.finish(trained, DATASET, NAMES)
    validation = DATASET.validation.texts
    assert watcher.read["after"][: len(validation)] == validation
    assert set(watcher.read["after"]) == {*validation, *DATASET.test.texts}


def test_main_stage_and_refit_start_from_the_pretrained_weights_and_its_encoder():
    trained = train(RECIPE)
    pretrained = fit_alone(RECIPE.first_stage(), PRETRAINING_DATASET)
    assert_same_weights(trained.model, fit_alone(RECIPE, DATASET, pretrained))
    everything = replace(DATASET, train=DATASET.train + DATASET.validation)
    alone = fit_alone(RECIPE.last_stage(), everything, pretrained)
    assert_same_weights(trained.refitted, alone)
    for model in (trained.model, trained.refitted):
        assert model.encoder == pretrained.encoder
        assert model.other_labels == ["Y", "Z"]
    drawn = build_model(RECIPE, DATASET).network.linear.weight
    assert (pretrained.network.linear.weight - drawn).abs().max() > 1e-3


def test_without_data_for_it_there_is_no_pretraining():
    assert list(train(RECIPE, pretraining=None).histories) == [MAIN, REFIT]


def test_pretraining_takes_all_texts_as_they_are_whatever_the_main_stage_does():
    """It adjusts no logits, takes all texts of none, and averages no epochs."""
    plain = replace(RECIPE, **STILL, refit=False)
    other = replace(
        plain,
        logit_adjustment=0.5,
        average_from=1,
        outsiders=0.1,
    )
    assert_same_weights(train(plain).model, train(other).model, atol=1e-6)


# Pretraining and validation have B for every text, training has A.
SAME_TEXTS = "adam alba anna amos agda aino arno arne"
CONFLICT = replace(
    DATASET,
    train=rows(A=SAME_TEXTS),
    validation=rows(B="adam"),
    none=rows(),
    other_labels=[],
)
ALL_B = replace(CONFLICT, train=rows(B=SAME_TEXTS))
FORGETFUL = replace(
    RECIPE,
    epochs=16,
    learning_rate=0.02,
    pretrain_epochs=8,
    pretrain_learning_rate=0.05,
)


def best_label(model, text):
    (label,) = TextClassifier(model).predict(text, 1)
    return label


def test_training_keeps_its_best_epoch_and_the_refit_its_last():
    """Models right on validation after the first epoch and wrong after the last."""
    watcher = Watcher()
    trained = train(FORGETFUL, CONFLICT, ALL_B, watcher)
    for stage in (MAIN, REFIT):
        first, *_, last = watcher.accuracies[stage]
        assert (first, last) == (1, 0)
    assert best_label(trained.model, "adam") == "B"
    assert best_label(trained.refitted, "adam") == "A"
    assert len(trained.histories[REFIT]) == 16


@pytest.mark.parametrize(
    ("stage", "epoch"),
    [
        (MAIN, 3),
        (REFIT, 0.5),
        (REFIT, 2),
    ],
)
def test_ctrl_c_leaves_the_best_epoch_of_the_classifier_that_has_not_seen_validation(
    stage, epoch
):
    trained = train(RECIPE, pretraining=None, watcher=Watcher(stage, epoch))
    assert trained.refitted is None
    assert isinstance(trained.ended_by, KeyboardInterrupt)
    whole = train(replace(RECIPE, refit=False), pretraining=None)
    assert_same_weights(trained.model, whole.model)


@pytest.mark.parametrize(("stage", "epoch"), [(PRETRAINING, 1), (MAIN, 0.5)])
def test_ctrl_c_before_the_first_epoch_of_training_leaves_nothing_to_save(stage, epoch):
    with pytest.raises(KeyboardInterrupt):
        train(RECIPE, watcher=Watcher(stage, epoch))
