"""Killed and resumed, and logged with TensorBoard: the real command line."""

import json
import random
import subprocess
import sys
import time

import pytest
from conftest import ROOT, run, run_here

from model.commands import train
from model.training.checkpoint import save_checkpoint

OPTIONS = ("--hidden-size", "16", "--batch-size", "8", "--no-use-gpu")
EPOCHS = (
    "--epochs",
    "40",
    "--pretrain-epochs",
    "40",
)  # more than pass between the kills
LOG = ("--log-with", "tensorboard")
HISTORIES = {
    "pretraining": "pretraining_history",
    "main": "history",
    "refit": "refit_history",
}
LOSSES = ("train_loss", "learning_rate", "validation_loss", "validation_accuracy")


def outcome(folder):
    """Return the weights and all metrics but the times."""
    metrics = json.loads((folder / "metrics.json").read_text())
    metrics.pop("seconds")
    for history in (value for key, value in metrics.items() if key.endswith("history")):
        for entry in history:
            entry.pop("seconds")
    return (folder / "model.safetensors").read_bytes(), metrics


def check(output):
    """Assert that the log beside a model folder is that of its metrics.json; return its steps."""
    from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

    metrics = json.loads((output / "metrics.json").read_text())
    step, wanted = 0, {}
    for stage, key in HISTORIES.items():
        for entry in metrics.get(key, []):
            step += 1
            for name in LOSSES[:2] if stage == "refit" else LOSSES:
                point = (step, pytest.approx(entry[name]))
                wanted.setdefault(f"{stage}/{name}", []).append(point)
    for name in ("accuracy", "macro_f1", "ece"):
        wanted[f"test/{name}"] = [
            (step, pytest.approx(metrics["test"][name], abs=1e-7))
        ]
    (folder,) = output.with_name(f"{output.name}.logs").iterdir()
    log = EventAccumulator(str(folder)).Reload()
    curves = {name: log.Scalars(name) for name in log.Tags()["scalars"]}
    found = {
        name: [(e.step, e.value) for e in events] for name, events in curves.items()
    }
    assert found == wanted
    return step


@pytest.mark.nightly
def test_killed_many_times_it_ends_as_if_never_killed(small_data_with_more, tmp_path):
    whole, killed = tmp_path / "whole", tmp_path / "killed"
    options = ("--data", small_data_with_more, *OPTIONS, *EPOCHS, *LOG)
    assert run("train.py", "--output", whole, *options).returncode == 0

    command = [ROOT / "train.py", "--output", killed, *options, "--resume"]
    moments = random.Random(0)
    checkpoint = tmp_path / "killed.checkpoint"
    for kill in range(5):
        process = subprocess.Popen(
            [sys.executable, *command], stdout=subprocess.PIPE, text=True
        )
        # Most of a short run goes to imports, so all kills but one wait for the loop to be on.
        while kill and "train loss" not in process.stdout.readline():
            assert process.poll() is None
        time.sleep(moments.uniform(0, 0.05))
        process.kill()
        process.communicate()
    assert checkpoint.exists()
    done = run(*command)
    assert done.returncode == 0, done.stderr
    assert done.stdout.count("train loss") < 3 * 40 - 2  # it did go on
    assert outcome(killed) == outcome(whole)
    assert not checkpoint.exists()
    check(killed)  # its log is that of a whole one, too


def test_a_run_without_resume_says_first_that_it_replaces_a_checkpoint(
    small_data, tmp_path
):
    options = ("--data", small_data, "--output", tmp_path / "m", *OPTIONS)
    file = tmp_path / "m.checkpoint" / "main.pt"
    save_checkpoint(file, {}, {"history": []})
    done = run_here(train.main, *options, "--epochs", "1")
    assert done.returncode == 0, done.stderr
    (line,) = done.stderr.splitlines()
    for part in ("m.checkpoint", "replaces", "--resume"):
        assert part in line
    assert not file.parent.exists()  # the run itself was whole


def test_one_log_has_every_stage_and_the_scores(small_data_with_more, tmp_path):
    options = (
        "--data",
        small_data_with_more,
        "--output",
        tmp_path / "m",
        *OPTIONS,
        *LOG,
    )
    done = run_here(train.main, *options, "--epochs", "5")
    assert done.returncode == 0, done.stderr
    steps = check(tmp_path / "m")
    assert steps == done.stdout.count("train loss")
    assert {path.name for path in tmp_path.iterdir()} == {"m", "m.logs"}
    # Another run of the same output shows its own points alone.
    assert run_here(train.main, *options, "--epochs", "2").returncode == 0
    assert check(tmp_path / "m") < steps
    (tmp_path / "n.logs").write_text("a file")
    done = run_here(
        train.main, "--data", small_data_with_more, "--output", tmp_path / "n", *LOG
    )
    assert (done.returncode, "epoch" in done.stdout) == (2, False)
    (line,) = done.stderr.splitlines()
    assert line.startswith("train.py: --log-with tensorboard does not start: ")
    assert str(tmp_path / "n.logs") in line
