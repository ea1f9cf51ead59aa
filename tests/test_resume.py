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

from model import TextClassifier
from model.commands import train
from model.training.checkpoint import save_checkpoint, saved_histories

KILLS = 8
EPOCHS = 60  # more than pass between the kills
FEW = ("--epochs", "20")
STAGES = ("--epochs", "40", "--pretrain-epochs", "40")  # and as many to refit
OPTIONS = ("--epochs", str(EPOCHS), "--hidden-size", "16", "--batch-size", "8", "--no-use-gpu")


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


@pytest.mark.nightly
def test_killed_many_times_at_random_moments_it_ends_as_if_never_killed(
    small_data_with_more, tmp_path
):
    whole, killed = tmp_path / "whole", tmp_path / "killed"
    options = ["--data", str(small_data_with_more), *OPTIONS, *STAGES]
    assert run("train.py", "--output", whole, *options).returncode == 0

    command = [sys.executable, "train.py", "--output", str(killed), *options, "--resume"]
    moments = random.Random(0)
    checkpoint = tmp_path / "killed.checkpoint"
    for kill in range(KILLS):
        process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True)
        # Most of a short run goes to imports, so nine in ten kills wait for the loop to be on.
        while kill % 10 and not epoch_of(process.stdout.readline()):
            assert process.poll() is None
        time.sleep(moments.uniform(0, 0.05))
        process.kill()
        process.communicate()
    assert checkpoint.exists()
    done = run(*command[1:])
    assert done.returncode == 0, done.stderr
    first = next(filter(None, map(epoch_of, done.stdout.splitlines())))
    assert first > KILLS // 2  # it did go on
    assert outcome(killed) == outcome(whole)
    assert not checkpoint.exists()


def kill_in(line, *options):
    """Start a training and kill it once it prints something that begins with `line`."""
    command = [sys.executable, "train.py", *map(str, options)]
    process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True)
    while not process.stdout.readline().startswith(line):
        assert process.poll() is None
    process.send_signal(signal.SIGKILL)
    process.communicate()


@pytest.mark.nightly
def test_killed_once_it_resumes_with_the_same_options_and_data_alone(small_data, tmp_path):
    whole, killed = tmp_path / "whole", tmp_path / "m"
    options = ("--data", small_data, *OPTIONS, *FEW)
    assert run_here(train.main, *options, "--output", whole).returncode == 0
    command = (*options, "--output", killed)
    kill_in("epoch", *command)
    path = tmp_path / "m.checkpoint" / "main.pt"
    content, (epochs,) = path.read_bytes(), map(len, saved_histories(path.parent).values())

    other = run_here(train.main, *command, "--resume", "--epochs", "7")
    assert other.returncode == 2
    assert "epochs 20, not 7" in other.stderr
    assert path.read_bytes() == content
    resumed = run_here(train.main, *command, "--resume")
    assert resumed.returncode == 0, resumed.stderr
    first = next(filter(None, map(epoch_of, resumed.stdout.splitlines())))
    assert first == 20 + epochs + 1  # as if it had pretrained
    assert outcome(killed) == outcome(whole)
    assert not path.parent.exists()


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


def torchrun(*arguments, processes=2):
    environment = {**os.environ, "ACCELERATE_USE_CPU": "true", "OMP_NUM_THREADS": "1"}
    return subprocess.Popen(
        [
            *(sys.executable, "-m", "torch.distributed.run", "--nproc_per_node", str(processes)),
            *("--rdzv_backend", "c10d", "--rdzv_endpoint", "localhost:0"),  # any free port
            *("train.py", *map(str, arguments)),
        ],
        cwd=ROOT,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


@pytest.mark.nightly
def test_two_processes_train_one_model(small_data, tmp_path):
    output, errors = torchrun(
        "--data", small_data, "--output", tmp_path / "m", *OPTIONS, *FEW
    ).communicate(timeout=200)
    assert "processes 2" in output, errors
    assert output.count("saved to") == 1
    assert sum(line.startswith("epoch") for line in output.splitlines()) == 20
    history = outcome(tmp_path / "m")[1]["history"]
    assert history[-1]["train_loss"] < 0.7 * history[0]["train_loss"]
    TextClassifier.load(tmp_path / "m").predict("Rossi")
    # Every process goes on from the first one's checkpoint, which fits only if all were at one.
    options = ("--data", small_data, "--output", tmp_path / "resumed", *OPTIONS, *FEW)
    kill_one_of(torchrun(*options))
    output, errors = torchrun(*options, "--resume").communicate(timeout=200)
    assert 0 < sum(line.startswith("epoch") for line in output.splitlines()) < 20, errors
    assert outcome(tmp_path / "resumed") == outcome(tmp_path / "m")


def kill_one_of(group):
    """Kill a process of a training once an epoch has ended; return what was written of it."""
    while not group.stdout.readline().startswith("epoch"):
        assert group.poll() is None
    workers = subprocess.run(
        ["pgrep", "-P", str(group.pid)], capture_output=True, text=True, check=True
    ).stdout.split()
    os.kill(int(workers[-1]), signal.SIGKILL)
    return group.communicate(timeout=60)[1]
