"""Killed and resumed, and with two processes: the real command line."""

import json
import os
import random
import re
import signal
import subprocess
import sys
import time

import pytest
from conftest import ROOT, run, run_here
from test_log import LOGGED, check

from model import TextClassifier
from model.commands import train
from model.training.checkpoint import save_checkpoint

KILLS = 8
OPTIONS = ("--hidden-size", "16", "--batch-size", "8", "--no-use-gpu")
EPOCHS = ("--epochs", "40", "--pretrain-epochs", "40")  # more than pass between the kills
TORCHRUN = ("-m", "torch.distributed.run", "--nproc_per_node", "2")
TORCHRUN += ("--rdzv_backend", "c10d", "--rdzv_endpoint", "localhost:0")  # any free port


def outcome(folder):
    """Return the weights and all metrics but the times."""
    metrics = json.loads((folder / "metrics.json").read_text())
    metrics.pop("seconds")
    for history in (value for key, value in metrics.items() if key.endswith("history")):
        for entry in history:
            entry.pop("seconds")
    return (folder / "model.safetensors").read_bytes(), metrics


def epoch_of(line):
    """Return how many epochs of all stages have ended when train.py prints `line`, else None."""
    found = re.match(r"(pretraining |refit |)epoch +(\d+)/(\d+)", line)
    before = {"pretraining ": 0, "": 1, "refit ": 2}
    return found and int(found[2]) + before[found[1]] * int(found[3])


def start(*arguments, **options):
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True}
    return subprocess.Popen([sys.executable, *map(str, arguments)], cwd=ROOT, **pipes, **options)


def wait_for_an_epoch(process):
    while not epoch_of(process.stdout.readline()):
        assert process.poll() is None


@pytest.mark.nightly
def test_killed_many_times_at_random_moments_it_ends_as_if_never_killed(
    small_data_with_more, tmp_path
):
    whole, killed = tmp_path / "whole", tmp_path / "killed"
    options = ("--data", small_data_with_more, *LOGGED, *OPTIONS, *EPOCHS)
    assert run("train.py", "--output", whole, *options).returncode == 0

    command = ("train.py", "--output", killed, *options, "--resume")
    moments = random.Random(0)
    checkpoint = tmp_path / "killed.checkpoint"
    for kill in range(KILLS):
        process = start(*command)
        # Most of a short run goes to imports, so nine in ten kills wait for the loop to be on.
        if kill % 10:
            wait_for_an_epoch(process)
        time.sleep(moments.uniform(0, 0.05))
        process.kill()
        process.communicate()
    assert checkpoint.exists()
    done = run(*command)
    assert done.returncode == 0, done.stderr
    first = next(filter(None, map(epoch_of, done.stdout.splitlines())))
    assert first > KILLS // 2  # it did go on
    assert outcome(killed) == outcome(whole)
    assert not checkpoint.exists()
    check(killed)  # its log is that of a whole one, too


def test_a_run_without_resume_says_first_that_it_replaces_a_checkpoint(small_data, tmp_path):
    options = ("--data", small_data, "--output", tmp_path / "m", *OPTIONS)
    file = tmp_path / "m.checkpoint" / "main.pt"
    save_checkpoint(file, {}, {"history": [{"epoch": 1}, {"epoch": 2}]})
    done = run_here(train.main, *options, "--epochs", "1")
    assert done.returncode == 0, done.stderr
    (line,) = done.stderr.splitlines()
    for part in ("m.checkpoint", "2 epochs", "replaced", "--resume"):
        assert part in line
    assert not file.parent.exists()  # the run itself was whole


@pytest.mark.nightly
def test_two_processes_train_one_model_and_resume_when_one_was_killed(small_data, tmp_path):
    """Every process goes on from the first one's checkpoint, which fits only if all were at one."""
    environment = {"env": os.environ | {"ACCELERATE_USE_CPU": "true", "OMP_NUM_THREADS": "1"}}
    command = (*TORCHRUN, "train.py", "--data", small_data, *OPTIONS, "--epochs", "20", "--output")
    output, errors = start(*command, tmp_path / "m", **environment).communicate(timeout=200)
    assert "processes 2" in output, errors
    assert output.count("saved to") == 1
    assert sum(line.startswith("epoch") for line in output.splitlines()) == 20
    history = outcome(tmp_path / "m")[1]["history"]
    assert history[-1]["train_loss"] < 0.7 * history[0]["train_loss"]
    TextClassifier.load(tmp_path / "m").predict("Rossi")

    group = start(*command, tmp_path / "resumed", **environment)
    wait_for_an_epoch(group)
    found = subprocess.run(["pgrep", "-P", str(group.pid)], capture_output=True, check=True)
    os.kill(int(found.stdout.split()[-1]), signal.SIGKILL)
    group.communicate(timeout=60)
    group = start(*command, tmp_path / "resumed", "--resume", **environment)
    output, errors = group.communicate(timeout=200)
    assert 0 < sum(line.startswith("epoch") for line in output.splitlines()) < 20, errors
    assert outcome(tmp_path / "resumed") == outcome(tmp_path / "m")
