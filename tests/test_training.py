"""One stage's loop against a textbook's, and what resumes it."""

import copy
from contextlib import suppress
from dataclasses import replace
from math import log

import pytest
import torch
from accelerators import (
    accelerator_on,
    assert_same_weights,
    cpu,
    stop_after,
    train,
    watching,
)

from model import TextClassifier
from model.core import make_optimizer, make_schedule
from model.data.pairs import read_pretraining
from model.data.rows import Rows
from model.errors import InputError
from model.network import joint_loss
from model.tasks.names import NAMES, read_names
from model.training.build import build_model
from model.training.checkpoint import save_checkpoint
from model.training.epochs import rows_to_train
from model.training.loop import NotFiniteError, Stage, Training, fit_stage
from model.training.session import Session


def new_stage(data, recipe):
    dataset = read_names(data)
    return Stage(build_model(recipe, dataset), dataset, recipe)


def without_seconds(history):
    return [entry | {"seconds": 0} for entry in history]


def test_a_loss_that_is_not_finite_says_where_and_leaves_the_last_model(
    small_data, small_recipe
):
    """A stage whose weights are spoilt after the first epoch, and the error that ended it."""
    stage = new_stage(small_data, small_recipe)

    def spoil(entry):
        with torch.no_grad():
            stage.model.network.linear.bias.fill_(float("nan"))

    with pytest.raises(NotFiniteError) as error:
        fit_stage(stage, Session(cpu(), watching(on_epoch=spoil)))
    for part in ("train loss is nan", "in epoch 2", "learning rate 0.01"):
        assert part in str(error.value)
    assert len(stage.history) == 1
    probabilities = TextClassifier(stage.model).predict_batch(["Rossi"])
    assert torch.tensor(probabilities).isfinite().all()


@pytest.mark.parametrize("changes", [{"one_cycle": True}, {"average_from": 2}])
def test_resuming_gives_the_weights_of_a_whole_run(
    small_data, small_recipe, tmp_path, changes
):
    recipe = replace(small_recipe, epochs=5, dropout=0.3, **changes)
    folder = tmp_path / "m.checkpoint"
    whole = train(small_data, recipe)
    train(small_data, recipe, checkpoint=folder, progress=stop_after(3))
    resumed = train(small_data, recipe, checkpoint=folder, resume=True)
    assert_same_weights(whole.model, resumed.model)
    assert without_seconds(whole.history) == without_seconds(resumed.history)


def test_resuming_after_the_best_epoch_still_ends_with_it(
    small_data, small_recipe, tmp_path
):
    """Validation rows contradict those of training, so that each epoch is worse on them."""
    dataset = read_names(small_data)
    recipe = replace(small_recipe, epochs=6, keep="lowest loss")
    rows = dataset.train
    labels = [dataset.labels[dataset.labels.index(label) - 1] for label in rows.labels]
    dataset = replace(dataset, validation=Rows(rows.texts, labels))

    def trained(**options):
        stage = Stage(build_model(recipe, dataset), dataset, recipe)
        with suppress(KeyboardInterrupt):
            fit_stage(stage, Session(cpu(), **options))
        return stage, [entry["validation_loss"] for entry in stage.history]

    whole, losses = trained()
    best = losses.index(min(losses)) + 1
    assert best < len(losses)
    trained(checkpoint=tmp_path, progress=stop_after(best + 1))
    resumed, again = trained(checkpoint=tmp_path, resume=True)
    assert_same_weights(whole.model, resumed.model)
    assert again == losses  # it ends as early, too


def test_averaged_weights_are_the_mean_of_those_of_shorter_trainings(
    small_data, small_recipe
):
    """A stage whose weights are the mean of the epochs 3, 4 and 5."""
    changes = {"epochs": 5, "one_cycle": True, "keep": "last"}
    averaged = train(small_data, replace(small_recipe, **changes, average_from=3))
    shorter = []
    for epochs in (3, 4, 5):
        recipe = replace(small_recipe, epochs=epochs, keep="last")
        stage = train(small_data, recipe)
        shorter.append(stage.model.network.state_dict())
    # Tables are in half precision.
    tolerance = {"rtol": 1e-3, "atol": 1e-4}
    for name, weights in averaged.model.network.state_dict().items():
        mean = torch.stack([part[name] for part in shorter]).mean(dim=0)
        assert torch.allclose(weights, mean, **tolerance)
        assert not torch.allclose(weights, shorter[-1][name], **tolerance)
    assert len({entry["learning_rate"] for entry in averaged.history}) == 1
    rows = averaged.dataset.validation
    scores = TextClassifier(averaged.model).evaluate(rows.texts, rows.labels)
    accuracy = averaged.history[-1]["validation_accuracy"]
    assert accuracy == pytest.approx(scores["accuracy"])


@pytest.mark.parametrize(
    ("identity", "state", "message"),
    [
        ({"device": "cuda"}, {}, "device cuda, not cpu: resume on a cuda device, or"),
        ({"precision": "fp8"}, {}, "set ACCELERATE_MIXED_PRECISION=fp8, or"),
        ({"data": {}}, {}, "other data"),
        ({}, {"parts": [{}] * 3}, r"main\.pt is damaged \(.*\)"),
    ],
)
def test_a_checkpoint_of_other_options_or_without_its_parts_is_refused(
    small_data, small_recipe, tmp_path, identity, state, message
):
    stage = new_stage(small_data, small_recipe)
    training = Training(stage, Session(cpu()))
    save_checkpoint(
        tmp_path / "main.pt", training.identity | identity, training.state() | state
    )
    with pytest.raises(InputError, match=f"{message}.*train without --resume"):
        fit_stage(stage, Session(cpu(), checkpoint=tmp_path, resume=True))


def test_a_trained_network_drops_nothing_and_has_ngrams_of_half_precision(
    small_data, small_recipe
):
    """So these take two bytes a number in a file, and are the same once loaded."""
    recipe = replace(small_recipe, dropout=0.5, weight_decay=0.1)
    model = train(small_data, recipe).model
    weights = model.network.state_dict()
    for name in ("embedding.weight", "linear_ngrams.table.weight"):
        assert torch.equal(weights[name], weights[name].half().float())
    padding, *others = weights["embedding.weight"]
    assert not padding.any()
    assert all(row.any() for row in others)
    first, again = TextClassifier(model).predict_batch(["Rossi"] * 2)
    assert first.tolist() == again.tolist()


@pytest.mark.parametrize("steps", [1, 2, 3, 5, 8, 40])
def test_one_cycle_begins_far_below_its_highest_rate_however_few_its_steps(steps):
    weight = torch.nn.Parameter(torch.zeros(1))
    schedule = make_schedule(make_optimizer([weight], 1.0, 0.0), steps, True)
    assert schedule.get_last_lr()[0] <= 0.1


def textbook_loop(network, rows, recipe):
    """Train `network` in plain torch; return each epoch's mean loss a row."""
    linear = list(network.linear_ngrams.parameters())
    gru = [w for w in network.parameters() if not any(w is other for other in linear)]
    groups = [{"params": gru}, {"params": linear}]
    optimizer = torch.optim.AdamW(groups, weight_decay=recipe.weight_decay)
    schedule = torch.optim.lr_scheduler.OneCycleLR(
        optimizer,
        [recipe.learning_rate, recipe.linear_learning_rate],
        rows.n_steps * recipe.epochs,
        pct_start=0.2,
    )
    losses = []
    network.train()
    for epoch in range(1, recipe.epochs + 1):
        total = n = 0
        encoded, batches = rows.draw(epoch)
        for ids, lengths, targets in map(encoded.take, batches):
            loss = textbook_loss(network, ids, lengths, targets, rows, recipe)
            (loss / len(targets)).backward()
            optimizer.step()
            optimizer.zero_grad()
            schedule.step()
            total += loss.item()
            n += len(targets)
        losses.append(total / n)
    return losses


def textbook_loss(network, ids, lengths, targets, rows, recipe):
    """Return the mean of both halves' losses, summed over the batch."""
    gru, linear = network.logits_apart(ids, lengths)
    n_labels = linear.shape[1] - 1  # the last output is for all of none
    for logits in (gru, linear):
        logits[:, :n_labels] += rows.log_prior
    places = range(len(targets))
    linear_targets = targets.clamp(max=n_labels)
    loss = -gru.log_softmax(1)[places, targets].sum()
    if recipe.margins:
        signs = torch.full_like(linear, -1.0)
        signs[places, linear_targets] = 1.0
        loss += (1 - signs * linear / 4).clamp(min=0).square().sum()
    else:
        loss -= linear.log_softmax(1)[places, linear_targets].sum()
    return loss / 2


@pytest.mark.parametrize("margins", [False, True])
def test_fit_gives_the_weights_of_the_textbook_s_loop(
    small_data_with_more, small_recipe, margins
):
    recipe = replace(
        small_recipe,
        margins=margins,
        batch_size=4,
        one_cycle=True,
        linear_learning_rate=0.05,
        weight_decay=0.2,
        logit_adjustment=0.5,
        outsiders=1.0,
        keep="last",
    )
    file = small_data_with_more / "pretraining.csv.gz"
    names = read_names(small_data_with_more)
    _, dataset = read_pretraining([file], names, NAMES.kind)
    with accelerator_on("cpu", "no") as accelerator:
        model = build_model(recipe, dataset)
        assert model.other_labels == ["Indian", "Norwegian", "Romanian"]
        network = copy.deepcopy(model.network)
        rows = rows_to_train(model, dataset, recipe, accelerator.device)
        losses = textbook_loop(network, rows, recipe)
        stage = Stage(model, dataset, recipe)
        fit_stage(stage, Session(accelerator))
    train_losses = [entry["train_loss"] for entry in stage.history]
    assert train_losses == pytest.approx(losses, rel=1e-4)
    expected = network.state_dict()
    for name, weights in model.network.state_dict().items():
        is_rounded = "embedding" in name or "table" in name  # to 11 bits
        rtol = 1e-3 if is_rounded else 0
        torch.testing.assert_close(
            weights, expected[name], atol=1e-4, rtol=rtol, msg=name
        )


def test_beliefs_are_learnt_in_proportion():
    gru = torch.zeros(1, 4)
    linear = torch.tensor([[1 / 4, 1 / 4, 1 / 2]]).log()
    beliefs = torch.tensor([[0.5, 0.0, 0.25, 0.25]])
    loss = joint_loss([gru, linear], beliefs, torch.zeros(2))
    of_gru, of_linear = log(4), (log(4) + log(2)) / 2
    assert float(loss) == pytest.approx((of_gru + of_linear) / 2)
