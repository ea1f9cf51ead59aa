"""Killed and resumed, and logged with TensorBoard: the real command line."""

import json
import subprocess
import sys

import pytest
from conftest import ROOT, run_here, run_script

from model.commands import train
from model.training.checkpoint import save_checkpoint

OPTIONS = ("--hidden-size", "16", "--batch-size", "8", "--no-use-gpu")
# More than pass between the kills
EPOCHS = ("--epochs", "40", "--pretrain-epochs", "40")
LOG = ("--log-with", "tensorboard")
HISTORIES = {
    "pretraining": "pretraining_history",
    "main": "history",
    "refit": "refit_history",
}
LOSSES = ("train_loss", "learning_rate", "validation_loss", "validation_accuracy")
SCORES = ("accuracy", "macro_f1", "ece")


def read_metrics(folder):
    return json.loads((folder / "metrics.json").read_text())


def outcome(folder):
    """Return the weights and all metrics but the times."""
    metrics = read_metrics(folder)
    metrics.pop("seconds")
    for key in HISTORIES.values():
        for entry in metrics[key]:
            entry.pop("seconds")
    return (folder / "model.safetensors").read_bytes(), metrics


def expected_log(folder):
    """Return the curves, of (step, value), that the metrics of a model folder call for."""
    metrics = read_metrics(folder)
    step, curves = 0, {}
    for stage, key in HISTORIES.items():
        names = LOSSES[:2] if stage == "refit" else LOSSES
        for entry in metrics.get(key, []):
            step += 1
            for name in names:
                point = step, pytest.approx(entry[name])
                curves.setdefault(f"{stage}/{name}", []).append(point)
    for name in SCORES:
        score = pytest.approx(metrics["test"][name], abs=1e-7)
        curves[f"test/{name}"] = [(step, score)]
    return curves


def read_log(folder):
    """Return the curves of the log beside a model folder."""
    from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

    (log_folder,) = folder.with_name(f"{folder.name}.logs").iterdir()
    log = EventAccumulator(str(log_folder)).Reload()
    curves = {}
    for name in log.Tags()["scalars"]:
        curves[name] = [(event.step, event.value) for event in log.Scalars(name)]
    return curves


def start_and_kill(command, n_epochs):
    """Start a training and kill it at the end of so many epochs."""
    process = subprocess.Popen(
        [sys.executable, *command], stdout=subprocess.PIPE, text=True
    )
    while n_epochs:
        n_epochs -= "train loss" in process.stdout.readline()
        assert process.poll() is None
    process.kill()
    process.communicate()


@pytest.mark.nightly
def test_killed_many_times_it_ends_as_if_never_killed(small_data_with_more, tmp_path):
    whole, killed = tmp_path / "whole", tmp_path / "killed"
    options = ("--data", small_data_with_more, *OPTIONS, *EPOCHS, *LOG)
    assert run_script("train.py", "--output", whole, *options).returncode == 0

    command = [ROOT / "train.py", "--output", killed, *options, "--resume"]
    checkpoint = tmp_path / "killed.checkpoint"
    for n_epochs in range(5):
        start_and_kill(command, n_epochs)
    assert checkpoint.exists()
    done = run_script(*command)
    assert done.returncode == 0, done.stderr
    assert done.stdout.count("train loss") < 3 * 40 - 2  # it did go on
    assert outcome(killed) == outcome(whole)
    assert not checkpoint.exists()
    assert read_log(killed) == expected_log(killed)  # that of a whole one, too


@pytest.mark.slow
def test_a_run_without_resume_says_first_that_it_replaces_a_checkpoint(
    small_data, tmp_path
):
    options = ("--data", small_data, "--output", tmp_path / "m", *OPTIONS)
    file = tmp_path / "m.checkpoint" / "main.pt"
    save_checkpoint(file, {}, {"history": []})
    file.with_name(".main.pt.1.part").touch()  # what a kill left
    done = run_here(train.main, *options, "--epochs", "1")
    assert done.returncode == 0, done.stderr
    (line,) = done.stderr.splitlines()
    for part in ("m.checkpoint", "replaces", "--resume"):
        assert part in line
    assert not file.parent.exists()  # the run itself was whole


@pytest.mark.slow
def test_one_log_has_every_stage_of_the_last_run_alone(small_data_with_more, tmp_path):
    folder = tmp_path / "m"
    options = ("--data", small_data_with_more, "--output", folder, *OPTIONS, *LOG)
    for epochs in (3, 2):
        done = run_here(train.main, *options, "--epochs", epochs)
        assert done.returncode == 0, done.stderr
        assert read_log(folder) == expected_log(folder)
        ((last_step, _),) = read_log(folder)["test/accuracy"]
        assert last_step == done.stdout.count("train loss")
        assert {path.name for path in tmp_path.iterdir()} == {"m", "m.logs"}
