import json
from dataclasses import replace

import pytest
import torch
from conftest import write_names

from model import TextClassifier
from model.errors import InputError
from model.tasks.names import read_names
from model.tasks.recipe import LECTURE
from model.training.build import build
from model.training.loop import NotFiniteError, fit, make_accelerator
from model.training.results import all_metrics, training_texts


def train(data, recipe, **options):
    dataset = read_names(data)
    classifier = TextClassifier.of(build(recipe, dataset))
    accelerator = make_accelerator(use_gpu=False)
    history, ended_by = fit(classifier, dataset, recipe, accelerator, **options)
    return dataset, classifier, history, ended_by


def test_same_seed_gives_the_same_weights_bit_for_bit(small_data, small_recipe):
    recipe = replace(small_recipe, dropout=0.2)
    first, second = (train(small_data, recipe)[1].network.state_dict() for _ in range(2))
    other = train(small_data, replace(recipe, seed=9))[1].network.state_dict()
    assert all(torch.equal(first[name], second[name]) for name in first)
    assert not all(torch.equal(first[name], other[name]) for name in first)


def test_it_learns_what_it_is_shown(small_data, small_recipe):
    recipe = replace(small_recipe, epochs=40)
    dataset, classifier, history, _ = train(small_data, recipe)
    assert history[-1]["train_loss"] < history[0]["train_loss"] / 3
    predicted = [next(iter(classifier.predict(text, 1))) for text in dataset.train.texts]
    right = sum(p == label for p, label in zip(predicted, dataset.train.labels, strict=True))
    assert right >= 0.9 * len(dataset.train)


def test_the_best_validation_epoch_is_kept(small_data, small_recipe):
    dataset, classifier, history, _ = train(small_data, replace(small_recipe, epochs=12))
    metrics = all_metrics(classifier, dataset, {"history": history}, publish_texts=True)
    assert metrics["validation"]["accuracy"] == pytest.approx(
        max(entry["validation_accuracy"] for entry in history)
    )


def test_ctrl_c_keeps_the_best_epoch_so_far(small_data, small_recipe):
    def interrupt(entry):
        if entry["epoch"] == 2:
            raise KeyboardInterrupt

    _, classifier, history, ended_by = train(small_data, small_recipe, on_epoch=interrupt)
    assert isinstance(ended_by, KeyboardInterrupt)
    assert len(history) == 2
    classifier.predict("Rossi")


def test_ctrl_c_before_the_first_epoch_ends_is_passed_on(small_data, small_recipe):
    def interrupt(batch, batches):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        train(small_data, small_recipe, on_batch=interrupt)


def test_the_lecture_s_recipe_is_the_lecture_s(small_data):
    classifier = TextClassifier.of(build(LECTURE, read_names(small_data)))
    assert (LECTURE.epochs, LECTURE.batch_size, LECTURE.learning_rate) == (100, 256, 1e-3)
    assert (LECTURE.weight_decay, LECTURE.dropout) == (0, 0)
    shapes = {name: tuple(t.shape) for name, t in classifier.network.state_dict().items()}
    assert shapes["embedding.weight"] == (128, 100)
    assert shapes["gru.weight_ih_l0"] == (300, 100)
    assert shapes["gru.weight_ih_l1_reverse"] == (300, 200)
    assert shapes["linear.weight"] == (3, 200)
    assert len(shapes) == 1 + 4 * 4 + 2
    assert classifier.encoder.encode("Usami") == [85, 115, 97, 109, 105]  # case is kept


def test_metrics_hold_what_the_contract_names(small_data, small_classifier):
    dataset = read_names(small_data)
    metrics = all_metrics(
        small_classifier, dataset, {"first": [{"seconds": 1.5}], "history": [{"seconds": 2}]}, True
    )
    assert metrics["labels"] == ["Italian", "Japanese", "Russian"]
    assert metrics["seconds"] == 3.5
    test = metrics["test"]
    assert sum(map(sum, test["confusion"])) == test["rows"] == 3
    assert len(test["errors"]) == round(3 * (1 - test["accuracy"]))
    for error in test["errors"]:
        assert error["label"] != error["predicted"]
        assert next(iter(small_classifier.predict(error["text"], 1))) == error["predicted"]
    json.dumps(metrics)


def test_texts_that_may_not_be_published_are_row_numbers(tmp_path, small_classifier):
    rows = [("Rossi", label) for label in ("Italian", "Japanese", "Russian")]
    dataset = read_names(write_names(tmp_path, test=rows))
    errors = all_metrics(small_classifier, dataset, {}, False)["test"]["errors"]
    assert len(errors) == 2
    assert "Rossi" not in json.dumps(errors)
    assert all(rows[error["row"]][1] == error["label"] for error in errors)


def test_training_texts_list_every_label_of_a_name_and_no_test_name(tmp_path):
    rows = [("Lee", "Chinese"), ("LEE", "Korean"), ("Kim", "Korean"), ("Müller", "Chinese")]
    dataset = read_names(write_names(tmp_path, train=rows, test=[("Park", "Korean")]))
    texts = training_texts(dataset)
    assert texts == {"kim": [1], "lee": [0, 1], "muller": [0]}


def test_a_loss_that_is_not_finite_says_where_and_keeps_the_last_good_model(
    small_data, small_recipe
):
    def spoil(entry):
        with torch.no_grad():
            classifier.network.linear.bias.fill_(float("nan"))

    dataset = read_names(small_data)
    classifier = TextClassifier.of(build(small_recipe, dataset))
    accelerator = make_accelerator(use_gpu=False)
    history, ended_by = fit(classifier, dataset, small_recipe, accelerator, on_epoch=spoil)
    assert len(history) == 1
    assert isinstance(ended_by, NotFiniteError)
    for part in ("nan", "epoch 2, batch 1 of", "learning rate 0.01"):
        assert part in str(ended_by)
    assert torch.tensor(classifier.predict_batch(["Rossi"])).isfinite().all()


@pytest.mark.parametrize("one_cycle", [False, True])
def test_resuming_gives_the_weights_of_an_uninterrupted_training(
    small_data, small_recipe, tmp_path, one_cycle
):
    def interrupt(entry):
        if entry["epoch"] == 2:
            raise KeyboardInterrupt

    recipe = replace(small_recipe, epochs=5, dropout=0.3, one_cycle=one_cycle)
    folder = tmp_path / "m.checkpoint"
    _, whole, history, _ = train(small_data, recipe)
    train(small_data, recipe, checkpoint=folder, on_epoch=interrupt)
    _, resumed, again, _ = train(small_data, recipe, checkpoint=folder, resume=True)
    for name, tensor in whole.network.state_dict().items():
        assert torch.equal(tensor, resumed.network.state_dict()[name])
    assert [e | {"seconds": 0} for e in history] == [e | {"seconds": 0} for e in again]


def test_resuming_with_other_options_or_data_is_refused(small_data, small_recipe, tmp_path):
    folder = tmp_path / "m.checkpoint"
    train(small_data, small_recipe, checkpoint=folder)
    with pytest.raises(InputError, match="hidden_size 12, not 20"):
        train(small_data, replace(small_recipe, hidden_size=20), checkpoint=folder, resume=True)
    other = write_names(tmp_path / "other", test=[("Conti", "Italian")])
    with pytest.raises(InputError, match="other data"):
        train(other, small_recipe, checkpoint=folder, resume=True)
    (folder / "state.pt").write_bytes(b"half a checkpoi")
    with pytest.raises(InputError, match="damaged"):
        train(small_data, small_recipe, checkpoint=folder, resume=True)


def test_a_checkpoint_that_cannot_be_written_is_one_clear_error(small_data, small_recipe, tmp_path):
    (tmp_path / "file").touch()
    with pytest.raises(InputError, match="cannot be written"):
        train(small_data, small_recipe, checkpoint=tmp_path / "file" / "m.checkpoint")


def test_the_cpu_is_kept_to_where_it_is_asked_for():
    assert make_accelerator(use_gpu=False).device.type == "cpu"
