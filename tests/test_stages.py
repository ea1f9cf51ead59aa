"""Pretraining, training and refit: which rows each sees, and which weights each hands on."""

from collections import Counter, defaultdict
from dataclasses import replace

import pytest
import torch

from model import TextClassifier
from model.core import CharacterEncoder
from model.data.rows import Dataset, Rows
from model.tasks.recipe import Recipe
from model.training.build import build
from model.training.calibration import calibrate
from model.training.loop import fit, make_accelerator
from model.training.scores import all_metrics
from model.training.stages import MAIN, PRETRAINING, REFIT, Stages

RECIPE = Recipe(
    embedding_size=6,
    hidden_size=6,
    layers=1,
    epochs=3,
    batch_size=4,
    learning_rate=0.01,
    seed=2,
    pretrain_epochs=2,
    pretrain_batch_size=4,
    pretrain_learning_rate=0.01,
    pretrain_dropout=0.0,
    outsiders=1.0,
    refit=True,
)
STAND_STILL = {"learning_rate": 1e-12, "epochs": 1}  # trains, and moves no weight


def rows(**texts):
    """Return rows of a label each: rows(A="x y") has x and y with the label A."""
    pairs = [(text, label) for label, found in texts.items() for text in found.split()]
    return Rows([text for text, _ in pairs], [label for _, label in pairs])


DATASET = Dataset(
    train=rows(A="adam alba anna amos", B="bela bert bess boas"),
    validation=rows(A="abel asta", B="beda"),
    test=rows(A="arno", B="bob"),
    labels=["A", "B"],
    files={},
    shared_rows=0,
    outsiders=rows(Y="yves york yale ylva", Z="zita zoe zeno"),
)
PRETRAINING_DATASET = replace(
    DATASET, train=rows(A="agda aino", B="bruno"), outsiders=rows(Y="yoko", Z="zack zara")
)


class Watcher:
    """Notes which texts are read in which stage, and how the stages' epochs went."""

    def __init__(self):
        self.stage = "before"
        self.read = defaultdict(list)  # stage -> texts in the order in which they are encoded
        self.accuracies = defaultdict(list)

    def __call__(self, stage, epochs):
        """Begin a stage, as Stages does."""
        self.stage = stage
        return self

    def on_batch(self, batch, batches):
        pass

    def on_epoch(self, entry):
        self.accuracies[self.stage].append(entry["validation_accuracy"])


@pytest.fixture
def watcher(monkeypatch):
    watcher = Watcher()
    encode = CharacterEncoder.encode

    def watched(self, text):
        watcher.read[watcher.stage].append(text)
        return encode(self, text)

    monkeypatch.setattr(CharacterEncoder, "encode", watched)
    return watcher


def train(recipe, dataset=DATASET, pretraining=PRETRAINING_DATASET, watcher=None):
    stages = Stages(make_accelerator(use_gpu=False), watcher or Watcher(), None, False)
    return *stages.train(recipe, dataset, pretraining), stages


def fit_alone(recipe, dataset, start=None):
    """Return a model trained in one stage by itself."""
    model = build(recipe, dataset, start)
    fit(model, dataset, recipe, make_accelerator(use_gpu=False))
    return model


def top(model, text):
    return TextClassifier.of(model).predict(text, 1).popitem()[0]


def assert_same_weights(first, second, **tolerance):
    weights = second.network.state_dict()
    for name, tensor in first.network.state_dict().items():
        torch.testing.assert_close(tensor, weights[name], **tolerance)


def test_each_stage_reads_its_own_rows_and_test_rows_are_read_last(watcher):
    model, refitted, stages = train(RECIPE, watcher=watcher)
    validation, outsiders = DATASET.validation.texts, DATASET.outsiders.texts
    pretrain_rows = PRETRAINING_DATASET.train.texts + PRETRAINING_DATASET.outsiders.texts
    assert list(watcher.read) == [PRETRAINING, MAIN, REFIT]
    assert watcher.read[PRETRAINING] == pretrain_rows + validation
    assert watcher.read[MAIN] == DATASET.train.texts + outsiders + validation
    assert watcher.read[REFIT] == DATASET.train.texts + validation + outsiders + validation
    watcher.stage = "calibration"
    calibrate(model, DATASET, refitted)
    assert watcher.read["calibration"] == validation
    watcher.stage = "scores"
    all_metrics(refitted, DATASET, stages.histories, True, held_out=model)
    scored = DATASET.test.texts + validation
    assert watcher.read["scores"][: len(scored)] == scored
    assert set(watcher.read["scores"][len(scored) :]) <= set(DATASET.test.texts)  # for the game


def test_only_the_refit_learns_from_validation_rows():
    """Validation rows alone have the label V, which a model that saw none of them never gives."""
    labels, validation = ["A", "B", "V"], rows(V="vera vito viola vaclav vesna")
    changes = {"labels": labels, "validation": validation, "outsiders": rows()}
    dataset, pretraining = replace(DATASET, **changes), replace(PRETRAINING_DATASET, **changes)
    recipe = replace(RECIPE, epochs=20, pretrain_epochs=20, pretrain_learning_rate=0.03)
    model, refitted, _ = train(recipe, dataset, pretraining)
    texts = dataset.validation.texts
    assert {top(model, text) for text in texts} <= {"A", "B"}
    assert {top(refitted, text) for text in texts} == {"V"}


def test_training_goes_on_from_the_pretrained_weights_and_so_does_the_refit():
    recipe = replace(RECIPE, pretrain_epochs=20, **STAND_STILL)
    pretrained = fit_alone(recipe.first_stage(), PRETRAINING_DATASET)
    model, refitted, _ = train(recipe)
    for found in (model, refitted):
        assert_same_weights(found, pretrained, atol=1e-7, rtol=0)
        assert found.encoder == pretrained.encoder
        assert found.other_labels == ["Y", "Z"]
    untrained = build(recipe, PRETRAINING_DATASET)
    gap = model.network.linear.weight - untrained.network.linear.weight
    assert gap.abs().max() > 0.05


def test_the_refit_starts_where_training_started_not_where_it_ended():
    model, refitted, _ = train(RECIPE)
    pretrained = fit_alone(RECIPE.first_stage(), PRETRAINING_DATASET)
    everything = replace(DATASET, train=DATASET.train + DATASET.validation)
    assert_same_weights(model, fit_alone(RECIPE, DATASET, pretrained), atol=0, rtol=0)
    expected = fit_alone(RECIPE.last_stage(), everything, pretrained)
    assert_same_weights(refitted, expected, atol=0, rtol=0)


def test_pretraining_keeps_its_cycle_where_the_epochs_after_it_are_averaged():
    recipe = replace(RECIPE, one_cycle=True, average_from=2)
    _, _, stages = train(recipe)
    rates = {
        stage: {entry["learning_rate"] for entry in history}
        for stage, history in stages.histories.items()
    }
    assert len(rates["pretraining_history"]) == 2
    assert rates["history"] == rates["refit_history"] == {0.01}
    without_mean = fit_alone(replace(recipe, average_from=None).first_stage(), PRETRAINING_DATASET)
    assert_same_weights(
        fit_alone(recipe.first_stage(), PRETRAINING_DATASET), without_mean, atol=0, rtol=0
    )


def test_without_texts_to_pretrain_on_training_starts_from_the_seed():
    model, _, stages = train(replace(RECIPE, **STAND_STILL), pretraining=None)
    assert_same_weights(model, build(RECIPE, DATASET), atol=2e-3, rtol=0)  # rounded tables
    assert list(stages.histories) == ["history", "refit_history"]


def test_pretraining_has_options_of_its_own():
    recipe = replace(
        RECIPE,
        pretrain_epochs=7,
        pretrain_batch_size=3,
        pretrain_learning_rate=0.5,
        pretrain_dropout=0.25,
        logit_adjustment=0.5,
        dropout=0.125,
        hidden_size=9,
    )
    first = recipe.first_stage()
    assert (first.epochs, first.batch_size, first.learning_rate) == (7, 3, 0.5)
    assert (first.dropout, first.hidden_size) == (0.25, 9)
    assert (first.outsiders, first.logit_adjustment, first.seed) == (None, 0, 2)  # all outsiders
    network = build(first, PRETRAINING_DATASET).network
    assert (network.config.dropout, network.config.hidden_size) == (0.25, 9)


CONFLICT = replace(
    DATASET,  # pretraining says B of every text, validation too, training says A
    train=rows(A="adam alba anna amos agda aino arno arne"),
    validation=rows(B="adam"),
    outsiders=rows(),
)
ALL_B = replace(CONFLICT, train=rows(B="adam alba anna amos agda aino arno arne"))


@pytest.mark.parametrize("epochs", [1, 16])
def test_training_keeps_its_best_epoch_and_the_refit_its_last(watcher, epochs):
    """The first epoch is still right on validation, where the last no longer is."""
    recipe = replace(RECIPE, epochs=epochs, learning_rate=0.02)
    recipe = replace(recipe, pretrain_epochs=8, pretrain_learning_rate=0.05)
    model, refitted, stages = train(recipe, CONFLICT, ALL_B, watcher)
    for stage in (MAIN, REFIT):
        assert watcher.accuracies[stage][0] == 1
        assert watcher.accuracies[stage][-1] == (1 if epochs == 1 else 0)
    assert top(model, "adam") == "B"
    assert top(refitted, "adam") == ("B" if epochs == 1 else "A")
    assert len(stages.histories["refit_history"]) == epochs


class Interrupted(Watcher):
    """Presses Ctrl-C at the end of an epoch or at its first batch."""

    def __init__(self, stage, epoch):
        super().__init__()
        self.at = stage, epoch
        self.ended = Counter()

    def on_batch(self, batch, batches):
        if (self.stage, self.ended[self.stage] + 0.5) == self.at:
            raise KeyboardInterrupt

    def on_epoch(self, entry):
        self.ended[self.stage] += 1
        if (self.stage, self.ended[self.stage]) == self.at:
            raise KeyboardInterrupt


@pytest.mark.parametrize("epoch", [0.5, 1.5, 2])
def test_ctrl_c_in_the_refit_leaves_the_classifier_that_has_not_seen_validation(epoch):
    model, refitted, stages = train(RECIPE, watcher=Interrupted(REFIT, epoch))
    assert refitted is None
    assert isinstance(stages.ended_by, KeyboardInterrupt)
    assert_same_weights(model, train(RECIPE)[0], atol=0, rtol=0)


@pytest.mark.parametrize("epoch", [0.5, 1])
def test_ctrl_c_in_pretraining_leaves_nothing_to_save(epoch):
    with pytest.raises(KeyboardInterrupt):
        train(RECIPE, watcher=Interrupted(PRETRAINING, epoch))


def test_ctrl_c_in_training_skips_the_refit():
    _, refitted, stages = train(RECIPE, watcher=Interrupted(MAIN, 2))
    assert refitted is None
    assert list(stages.histories) == ["pretraining_history", "history"]


def test_a_recipe_without_a_refit_ends_after_training():
    _, refitted, stages = train(replace(RECIPE, refit=False))
    assert refitted is None
    assert stages.ended_by is None
    assert list(stages.histories) == ["pretraining_history", "history"]
