"""A checkpoint that does not fit its network is told from one that does."""

import re
from dataclasses import fields

import pytest
import torch
from test_folder import files_of_at_most

from model.errors import InputError
from model.tasks.names import read_names
from model.training.build import build
from model.training.checkpoint import (
    check_fits,
    load_checkpoint,
    save_checkpoint,
    saved_history,
)
from model.training.loop import State, fit, make_accelerator

PARTS = [part.name for part in fields(State)]


@pytest.fixture
def trained(small_data, small_recipe, tmp_path):
    """Return a network and the state in the checkpoint of its training."""
    dataset = read_names(small_data)
    model = build(small_recipe, dataset)
    fit(model, dataset, small_recipe, make_accelerator(use_gpu=False), tmp_path)
    state = torch.load(tmp_path / "state.pt", weights_only=True)["state"]
    return model.network, state


def test_what_a_training_wrote_fits(trained, tmp_path):
    network, state = trained
    check_fits(tmp_path, state, network, PARTS)
    assert saved_history(tmp_path) == state["history"]


def first_moments(state):
    return state["optimizer"]["state"][0]


@pytest.mark.parametrize(
    "damage",
    [
        *(lambda state, part=part: state.pop(part) for part in PARTS),
        lambda state: state.update(unknown=1),
        lambda state: state.update(schedule=None),
        lambda state: state.update(best_epoch=4),
        lambda state: state["history"].clear(),
        lambda state: state["weights"].pop("linear.bias"),
        lambda state: state["best_weights"].update({"linear.bias": torch.zeros(4)}),
        lambda state: state["optimizer"].pop("param_groups"),
        lambda state: state["optimizer"]["param_groups"][0]["params"].pop(),
        lambda state: state["optimizer"]["state"].pop(0),
        lambda state: first_moments(state).pop("exp_avg_sq"),
        lambda state: first_moments(state).update(exp_avg=torch.zeros(3)),
    ],
)
def test_what_does_not_fit_is_named_in_one_line(trained, tmp_path, damage):
    network, state = trained
    damage(state)
    with pytest.raises(InputError, match=r"state\.pt is damaged \(.+\): train without") as error:
        check_fits(tmp_path, state, network, PARTS)
    assert "\n" not in str(error.value)


STATE = {"weights": {"bias": torch.arange(9.0)}, "history": [{"epoch": 1}]}
IDENTITY = {"recipe": {"epochs": 3}, "data": {}}


def test_a_flipped_bit_is_named_in_one_line_or_changes_nothing(tmp_path):
    save_checkpoint(tmp_path, IDENTITY, STATE)
    path, outcomes = tmp_path / "state.pt", []
    content = path.read_bytes()
    attributes = [entry.start() + 38 for entry in re.finditer(b"PK\1\2", content)]
    flips = [(place, place % 8) for place in range(0, len(content), 11)]
    for place, bit in flips + [(place, 4) for place in attributes]:  # the bit of a folder
        damaged = bytearray(content)
        damaged[place] ^= 1 << bit
        path.write_bytes(damaged)
        try:
            outcomes.append(str(load_checkpoint(tmp_path, IDENTITY)))
        except InputError as error:
            outcomes.append(str(error))
    refused = [outcome for outcome in outcomes if outcome != str(STATE)]
    message = re.compile(r".*state\.pt is damaged \(.+\): train without --resume\.")
    assert list(filter(message.fullmatch, refused)) == refused
    assert len(refused) > len(flips) // 2


def test_a_write_that_fails_leaves_the_earlier_checkpoint(tmp_path):
    save_checkpoint(tmp_path, IDENTITY, STATE)
    with files_of_at_most(1000), pytest.raises(InputError, match="cannot be written"):
        save_checkpoint(tmp_path, IDENTITY, STATE | {"history": []})
    assert str(load_checkpoint(tmp_path, IDENTITY)) == str(STATE)
    assert [path.name for path in tmp_path.iterdir()] == ["state.pt"]


@pytest.mark.parametrize("content", [b"", b"half a checkpoi"])
def test_an_unreadable_checkpoint_holds_no_epochs(tmp_path, content):
    assert saved_history(tmp_path) == []
    (tmp_path / "state.pt").write_bytes(content)
    assert saved_history(tmp_path) == []


def test_a_state_that_is_no_training_s_holds_no_epochs(tmp_path):
    save_checkpoint(tmp_path, {}, {"epochs": 3})
    assert saved_history(tmp_path) == []
