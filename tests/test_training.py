"""One stage's loop against a textbook's, what resumes it, and the metrics that come of it."""

import copy
import itertools
import json
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
from conftest import write_names

from model import TextClassifier
from model.core import make_optimizer, make_schedule
from model.data.pairs import read_pretraining
from model.data.rows import Dataset, Rows
from model.errors import InputError
from model.network import joint_loss
from model.tasks.names import NAMES, WORDS, read_names
from model.training.build import TrainingRows, build
from model.training.checkpoint import save_checkpoint
from model.training.loop import NotFiniteError, Training, fit
from model.training.scores import all_metrics, training_texts


def test_metrics_hold_what_the_contract_names(small_data, small_classifier):
    histories = {"cross-validation 1": [{"seconds": 1.5}], "main": [{"seconds": 2}]}
    metrics = all_metrics(
        small_classifier.model, read_names(small_data), NAMES, histories
    )
    assert metrics["labels"] == ["Italian", "Japanese", "Russian"]
    assert (metrics["seconds"], metrics["history"]) == (3.5, histories["main"])
    test = json.loads(json.dumps(metrics))["test"]
    assert sum(map(sum, test["confusion"])) == test["rows"] == 3
    assert len(test["errors"]) == round(3 * (1 - test["accuracy"]))
    for error in test["errors"]:
        assert error["label"] != error["predicted"]
        assert (
            next(iter(small_classifier.predict(error["text"], 1))) == error["predicted"]
        )


def test_texts_not_to_be_published_are_row_numbers_and_not_in_the_game(
    tmp_path, small_classifier
):
    rows = [("Rossi", label) for label in ("Italian", "Japanese", "Russian")]
    dataset, own = (
        read_names(write_names(tmp_path, test=rows)),
        Rows(["Fumagalli"], ["Italian"]),
    )
    private = replace(NAMES, words=replace(WORDS, publish_texts=False))
    metrics = all_metrics(small_classifier.model, dataset, private, {})
    assert "Rossi" not in json.dumps(metrics)
    assert len(errors := metrics["test"]["errors"]) == 2
    assert all(rows[error["row"]][1] == error["label"] for error in errors)
    assert metrics["to_guess"] == []
    metrics = all_metrics(
        small_classifier.model, dataset, replace(private, public_rows=lambda: own), {}
    )
    assert [guess["text"] for guess in metrics["to_guess"]] == ["Fumagalli"]


def test_the_test_rows_are_scored_without_their_marks_too(small_recipe, tmp_path):
    rest = [("Иванов", "Russian"), ("Rossi", "Italian"), ("Sato", "Russian")]
    dataset, typed = (
        read_names(write_names(tmp_path / name, test=[(name, "Japanese"), *rest]))
        for name in ("Dvořák", "Dvorak")
    )
    model = build(small_recipe, dataset)
    scores = [all_metrics(model, data, NAMES, {})["test"] for data in (dataset, typed)]
    names = ("rows", "accuracy", "macro_f1", "top3_accuracy")
    assert scores[0]["folded"] == {name: scores[1][name] for name in names}
    assert scores[1]["folded"] == scores[0]["folded"]


def test_the_game_gets_clear_test_texts_with_the_model_s_own_answers(
    tmp_path, small_classifier
):
    rows = [
        (f"Rossi{chr(97 + i // 26)}{chr(97 + i % 26)}", "Italian") for i in range(600)
    ]
    rows += [("Kitano", "Japanese"), ("Kitano", "Russian")]
    dataset = read_names(write_names(tmp_path, test=rows))
    asked = all_metrics(small_classifier.model, dataset, NAMES, {})["to_guess"]
    assert (
        asked == all_metrics(small_classifier.model, dataset, NAMES, {})["to_guess"]
    )  # seeded
    assert len({guess["text"] for guess in asked}) == 500
    assert "Kitano" not in {
        guess["text"] for guess in asked
    }  # two answers would be right
    assert {(guess["text"], guess["label"]) for guess in asked} < set(rows)
    for guess in asked[:20]:
        answer = small_classifier.answer(guess["text"], 1)
        assert guess["answer"] == (None if answer.is_none else answer.predictions[0][0])


def test_training_texts_have_the_shares_of_every_label_of_a_name_and_no_test_name():
    labels = ["Chinese", "Korean"]
    rows = Rows(["Lee", "LEE", "Kim", "Müller"], [*labels, "Korean", "Chinese"])
    dataset = Dataset(rows, Rows(), Rows(["Park"], ["Korean"]), labels)
    equal = {"kim": {1: 1.0}, "lee": {0: 0.5, 1: 0.5}, "muller": {0: 1.0}}
    assert training_texts(dataset) == equal
    shares = {"Lee": {"Korean": 0.9876, "Chinese": 0.0124}, "Lêé": {"Chinese": 1.0}}
    shares |= {"Kim": {"Korean": 0.9999, "Chinese": 0.0001}}
    dataset = replace(dataset, shares=shares)
    assert training_texts(dataset) == equal | {
        "lee": {0: 0.012, 1: 0.988},
        "kim": {0: 0.0001, 1: 1.0},
    }


def test_a_loss_that_is_not_finite_says_where_and_keeps_the_last_model(
    small_data, small_recipe
):
    def spoil(entry):
        with torch.no_grad():
            model.network.linear.bias.fill_(float("nan"))

    dataset = read_names(small_data)
    model, progress = build(small_recipe, dataset), watching(on_epoch=spoil)
    history, ended_by = fit(model, dataset, small_recipe, cpu(), progress=progress)
    assert len(history) == 1
    assert isinstance(ended_by, NotFiniteError)
    for part in ("train loss is nan", "in epoch 2", "learning rate 0.01"):
        assert part in str(ended_by)
    probabilities = TextClassifier(model).predict_batch(["Rossi"])
    assert torch.tensor(probabilities).isfinite().all()


@pytest.mark.parametrize("changes", [{"one_cycle": True}, {"average_from": 2}])
def test_resuming_gives_the_weights_of_a_whole_run(
    small_data, small_recipe, tmp_path, changes
):
    recipe = replace(small_recipe, epochs=5, dropout=0.3, **changes)
    file = tmp_path / "m.checkpoint" / "main.pt"
    _, whole, history, _ = train(small_data, recipe)
    train(small_data, recipe, file, progress=stop_after(3))
    _, resumed, again, _ = train(small_data, recipe, file, resume=True)
    assert_same_weights(whole, resumed)
    assert [e | {"seconds": 0} for e in history] == [e | {"seconds": 0} for e in again]


def test_resuming_after_the_best_epoch_still_ends_with_it(
    small_data, small_recipe, tmp_path
):
    """Learning as fast as here, the network forgets from epoch to epoch."""
    recipe = replace(small_recipe, epochs=6, learning_rate=0.5, stops_by_loss=True)
    file = tmp_path / "main.pt"
    _, whole, history, _ = train(small_data, recipe)
    losses = [entry["validation_loss"] for entry in history]
    best = losses.index(min(losses)) + 1
    assert best < len(history)
    train(small_data, recipe, file, progress=stop_after(best + 1))
    _, resumed, again, _ = train(small_data, recipe, file, resume=True)
    assert_same_weights(whole, resumed)
    assert len(again) == len(history)  # it ends as early, too


def test_padding_has_no_embedding(small_data, small_recipe):
    recipe = replace(small_recipe, weight_decay=0.1)
    _, classifier, *_ = train(small_data, recipe)
    padding, *others = classifier.network.embedding.weight
    assert not padding.any()
    assert all(row.any() for row in others)


def test_averaged_weights_are_the_mean_of_those_of_shorter_trainings(
    small_data, small_recipe
):
    recipe = replace(small_recipe, epochs=5, one_cycle=True, keeps_last_epoch=True)
    dataset, averaged, history, _ = train(small_data, replace(recipe, average_from=3))
    assert len({entry["learning_rate"] for entry in history}) == 1
    shorter = [
        train(small_data, replace(recipe, one_cycle=False, epochs=epochs))[
            1
        ].network.state_dict()
        for epochs in (3, 4, 5)
    ]
    for name, weights in averaged.network.state_dict().items():
        mean = torch.stack([weights[name] for weights in shorter]).mean(dim=0)
        assert torch.allclose(
            weights, mean, rtol=1e-3, atol=1e-4
        )  # tables are in half precision
        assert not torch.allclose(weights, shorter[-1][name], rtol=1e-3, atol=1e-4)
    # Its scores are those of the mean.
    scores = averaged.evaluate(dataset.validation.texts, dataset.validation.labels)
    assert history[-1]["validation_accuracy"] == pytest.approx(scores["accuracy"])


def test_resuming_what_other_options_began_is_refused(
    small_data, small_recipe, tmp_path
):
    file, recipe, dataset = tmp_path / "main.pt", small_recipe, read_names(small_data)

    def training():
        return Training(build(recipe, dataset), dataset, recipe, cpu())

    def refused(began, state, message, data=small_data):
        save_checkpoint(file, began.identity, state)
        with pytest.raises(InputError, match=f"{message}:? .*train without --resume"):
            train(data, recipe, file, resume=True)

    for option, earlier, message in (
        ("hidden_size", 20, "hidden_size 20, not 12: give the same options"),
        ("processes", 2, "processes 2, not 1: give the same options"),
        ("device", "cuda", "device cuda, not cpu: resume on a cuda device"),
        (
            "precision",
            "fp8",
            "precision fp8, not .*: set ACCELERATE_MIXED_PRECISION=fp8",
        ),
    ):
        other = training()
        other.identity[option] = earlier
        refused(other, other.state(), f"made with {message}, or")
    same = training()
    for state in ({}, same.state() | {"parts": [{}] * 3}):
        refused(same, state, r"main\.pt is damaged \(.*\)")
    data = write_names(tmp_path / "other", test=[("Conti", "Italian")])
    refused(same, same.state(), "other data", data)


def test_dropout_differs_from_epoch_to_epoch_and_is_as_the_seed_says(small_recipe):
    """At a rate near 0 and with rows that are all the same, only dropout can change the loss."""
    recipe = replace(
        small_recipe, learning_rate=1e-9, linear_learning_rate=1e-9, dropout=0.5
    )
    dataset = Dataset(
        Rows(["anna"] * 8, ["A"] * 8),
        Rows(["berta"], ["B"]),
        Rows([], []),
        ["A", "B"],
        {},
        0,
    )

    def losses():
        history, _ = fit(build(recipe, dataset), dataset, recipe, cpu())
        return [entry["train_loss"] for entry in history]

    dropped = losses()
    assert min(abs(a - b) for a, b in itertools.combinations(dropped, 2)) > 1e-4
    assert dropped == losses()


def test_once_trained_a_network_drops_nothing(small_data, small_recipe):
    _, classifier, *_ = train(small_data, replace(small_recipe, dropout=0.5))
    first, again = (classifier.predict_batch(["Rossi"] * 2) for _ in range(2))
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
    rates, steps = (
        [recipe.learning_rate, recipe.linear_learning_rate],
        rows.n_steps * recipe.epochs,
    )
    schedule = torch.optim.lr_scheduler.OneCycleLR(
        optimizer, rates, steps, pct_start=0.2
    )
    losses = []
    network.train()
    for epoch in range(1, recipe.epochs + 1):
        total = n = 0
        encoded, batches = rows.draw(epoch)
        for ids, lengths, targets in map(encoded.take, batches):
            first, second = network.logits_apart(ids, lengths)
            n_labels = second.shape[1] - 1  # the last output is for all of none
            for logits in (first, second):
                logits[:, :n_labels] += rows.log_prior
            at = range(len(targets))
            loss = -first.log_softmax(1)[at, targets].sum()
            if recipe.margins:
                signs = torch.full_like(second, -1.0)
                signs[at, targets.clamp(max=n_labels)] = 1.0
                loss += (1 - signs * second / 4).clamp(min=0).square().sum()
            else:
                loss -= second.log_softmax(1)[at, targets.clamp(max=n_labels)].sum()
            (loss / 2 / len(targets)).backward()
            optimizer.step()
            optimizer.zero_grad()
            schedule.step()
            total, n = total + loss.item() / 2, n + len(targets)
        losses.append(total / n)
    return losses


@pytest.mark.parametrize("margins", [False, True])
def test_fit_gives_the_weights_of_the_textbook_s_loop(
    small_data_with_more, small_recipe, margins
):
    changes = {"batch_size": 4, "one_cycle": True, "linear_learning_rate": 0.05}
    changes |= {"weight_decay": 0.2, "logit_adjustment": 0.5, "outsiders": 1.0}
    recipe = replace(small_recipe, margins=margins, **changes, keeps_last_epoch=True)
    data = small_data_with_more
    _, dataset = read_pretraining(
        [data / "pretraining.csv.gz"], read_names(data), WORDS
    )
    with accelerator_on("cpu", "no") as accelerator:
        model = build(recipe, dataset)
        assert model.other_labels == ["Indian", "Norwegian", "Romanian"]
        network = copy.deepcopy(model.network)
        losses = textbook_loop(
            network, TrainingRows(model, dataset, recipe, accelerator), recipe
        )
        history, _ = fit(model, dataset, recipe, accelerator)
    assert [entry["train_loss"] for entry in history] == pytest.approx(losses, rel=1e-4)
    expected = network.state_dict()
    for name, weights in model.network.state_dict().items():
        rounded = "embedding" in name or "table" in name  # to 11 bits
        torch.testing.assert_close(
            weights, expected[name], atol=1e-4, rtol=1e-3 if rounded else 0, msg=name
        )


def test_beliefs_are_learnt_in_proportion_and_in_kinds_of_none_summed_for_the_linear_classifier():
    gru = torch.tensor(
        [[0.0, log(3), -200.0]]
    )  # 1/4 and 3/4; that of none weighs nothing
    loss = joint_loss([gru], torch.tensor([[0.25, 0.75, 0.0]]), torch.zeros(2))
    assert float(loss) == pytest.approx(log(4) / 4 + 3 * log(4 / 3) / 4)
    gru, linear = torch.zeros(1, 4), torch.tensor([[1 / 4, 1 / 4, 1 / 2]]).log()
    loss = joint_loss(
        [gru, linear], torch.tensor([[0.5, 0.0, 0.25, 0.25]]), torch.zeros(2)
    )
    assert float(loss) == pytest.approx((log(4) + (log(4) + log(2)) / 2) / 2)
