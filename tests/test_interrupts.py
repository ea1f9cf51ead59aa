"""Ctrl-C ends every program with one line and 130 at any moment, while it imports, too."""

import os
import signal
import subprocess
import sys

import pytest
from conftest import ROOT

pytestmark = pytest.mark.slow
APP, TRAIN = ["app.py"], ["train.py", "--dry-run", "--epochs", "1000"]
IMPORTED = "import time:"  # how -X importtime begins a line, which ends in the module


def interrupted(command, moment):
    """Press Ctrl-C when a program has printed `moment`; return its code and its other lines."""
    program = subprocess.Popen(
        [sys.executable, "-X", "importtime", *map(str, command)],
        cwd=ROOT,
        env=os.environ | {"PYTHONUNBUFFERED": "1", "GRADIO_SERVER_NAME": "127.0.0.1"},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    seen = []
    with program:
        for line in program.stdout:
            seen.append(line)
            if line.rstrip().endswith(f" {moment}") or line.startswith(moment):
                program.send_signal(signal.SIGINT)
                break
        else:
            pytest.fail(f"{moment} did not come: {''.join(seen[-9:])}")
        rest = [line for line in program.stdout if not line.startswith(IMPORTED)]
        return program.wait(), rest


@pytest.mark.parametrize(
    ("command", "moment"),
    [
        *((APP, name) for name in ("pydantic", "torch", "gradio", "model.tabs.app")),
        *((APP, text) for text in ("Loading", "The page is ready")),
        *((TRAIN, name) for name in ("torch", "sklearn", "model.commands.train")),
        (["-m", "model", "predict", "-"], "torch"),
        (["-m", "model", "predict", "-"], "model.command_line"),
        (["-m", "model", "train"], "model.commands.train"),
        (["-m", "model", "app"], "gradio.blocks"),
        (["-m", "model", "export", "OUT"], "gradio.blocks"),
    ],
)
def test_ctrl_c_is_one_line(command, moment, small_data, tmp_path):
    if command is TRAIN:
        command = [*TRAIN, "--data", small_data]
    command = [tmp_path / "out" if part == "OUT" else part for part in command]
    code, lines = interrupted(command, moment)
    assert [line for line in lines if not line.startswith("Loading ")][:-1] == []
    assert lines[-1].startswith("stopped")
    assert code == 130
    assert not list(tmp_path.iterdir())
