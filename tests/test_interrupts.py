"""Ctrl-C ends every program with one line and 130 at any moment, while it imports, too."""

import os
import signal
import subprocess
import sys

import pytest
from conftest import ROOT
from models import rows_of

pytestmark = pytest.mark.slow
IMPORTED = "import time:"  # how -X importtime begins a line, which ends in the module


def interrupted(command, moment):
    """Press Ctrl-C when a program has imported a module, and at each line after that.

    Returns its code and these lines.
    """
    program = subprocess.Popen(
        [sys.executable, "-X", "importtime", *command],
        cwd=ROOT,
        env=os.environ | {"PYTHONUNBUFFERED": "1"},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    seen = []
    with program:
        for line in program.stdout:
            seen.append(line)
            if line.rstrip().endswith(f" {moment}"):
                program.send_signal(signal.SIGINT)
                break
        else:
            pytest.fail(f"{moment} did not come: {''.join(seen[-9:])}")
        rest = []
        for line in program.stdout:
            if not line.startswith(IMPORTED):
                rest.append(line)
                program.send_signal(signal.SIGINT)
        return program.wait(), rest


@pytest.mark.parametrize(
    ("command", "moment"),
    rows_of("""
app.py | numpy
train.py --dry-run | sklearn
-m model predict - | numpy
"""),
)
def test_ctrl_c_is_one_line(command, moment):
    code, lines = interrupted(command.split(), moment)
    (line,) = lines
    assert line.startswith("stopped")
    assert code == 130
