"""A checkpoint is read as it was written, or refused in one line."""

import re

import pytest
import torch
from test_folder import files_of_at_most

from model.errors import InputError
from model.training.checkpoint import load_checkpoint, save_checkpoint

STATE = {"weights": {"bias": torch.arange(9.0)}, "history": [{"epoch": 1}]}
IDENTITY = {"epochs": 3, "data": {}}


@pytest.fixture
def path(tmp_path):
    save_checkpoint(tmp_path / "main.pt", IDENTITY, STATE)
    return tmp_path / "main.pt"


def test_a_flipped_bit_is_named_in_one_line(path):
    content = path.read_bytes()
    for place in range(0, len(content), 11):
        damaged = bytearray(content)
        damaged[place] ^= 1 << place % 8
        path.write_bytes(damaged)
        with pytest.raises(InputError) as error:
            load_checkpoint(path, IDENTITY)
        message = r".*main\.pt is damaged \(.+\): train without --resume\."
        assert re.fullmatch(message, str(error.value))


def test_a_write_that_fails_leaves_the_earlier_checkpoint(path):
    with files_of_at_most(1000), pytest.raises(InputError, match="cannot be written"):
        save_checkpoint(path, IDENTITY, STATE | {"history": []})
    assert str(load_checkpoint(path, IDENTITY)) == str(STATE)
    assert load_checkpoint(path.with_name("none.pt"), IDENTITY) is None
    assert [each.name for each in path.parent.iterdir()] == ["main.pt"]
