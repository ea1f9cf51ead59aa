"""`--log-with tensorboard`, read back as TensorBoard reads it."""

import json

import pytest
from conftest import PRETRAIN, TRAIN, run_here, write_names
from test_resume import kill_in

from model.commands import train

LOGGED = ("--epochs", "5", "--hidden-size", "8", "--batch-size", "8", "--no-use-gpu")
LOGGED += ("--log-with", "tensorboard")
HISTORIES = {"pretraining": "pretraining_history", "main": "history", "refit": "refit_history"}
LOSSES = ("train_loss", "learning_rate", "validation_loss", "validation_accuracy")


@pytest.fixture
def options(tmp_path):
    data = write_names(tmp_path / "data", TRAIN, pretrain=PRETRAIN)
    return ("--data", data, "--output", tmp_path / "m", *LOGGED)


def read_log(folder):
    """Return each curve's points by step, as TensorBoard shows them."""
    event_accumulator = pytest.importorskip(
        "tensorboard.backend.event_processing.event_accumulator"
    )
    (run_folder,) = folder.iterdir()
    log = event_accumulator.EventAccumulator(str(run_folder)).Reload()
    curves = {}
    for name in log.Tags()["scalars"]:
        points = [(event.step, event.value) for event in log.Scalars(name)]
        curves[name] = dict(points)
        assert len(curves[name]) == len(points), f"{name} has doubled points"
    return curves


def check(output):
    """Assert that the log beside a model folder is that of its metrics.json; return its steps."""
    metrics = json.loads((output / "metrics.json").read_text())
    step, wanted = 0, {}
    for stage, key in HISTORIES.items():
        for entry in metrics.get(key, []):
            step += 1
            for name in LOSSES[:2] if stage == "refit" else LOSSES:
                wanted.setdefault(f"{stage}/{name}", {})[step] = pytest.approx(entry[name])
    for name in ("accuracy", "macro_f1", "ece"):
        wanted[f"test/{name}"] = {step: pytest.approx(metrics["test"][name], abs=1e-7)}
    assert read_log(output.with_name(f"{output.name}.logs")) == wanted
    return step


def test_one_log_has_every_stage_and_the_scores(options, tmp_path):
    done = run_here(train.main, *options)
    assert done.returncode == 0, done.stderr
    steps = check(tmp_path / "m")
    assert steps == done.stdout.count("train loss")
    assert {path.name for path in tmp_path.iterdir()} == {"data", "m", "m.logs"}
    # Another run of the same output shows its own points alone.
    assert run_here(train.main, *options, "--epochs", "2").returncode == 0
    assert check(tmp_path / "m") < steps


@pytest.mark.nightly
def test_a_training_killed_in_every_stage_has_the_log_of_a_whole_one(options, tmp_path):
    options += ("--epochs", "60", "--pretrain-epochs", "60", "--resume")
    for stage in ("pretraining ", "", "refit "):
        kill_in(f"{stage}epoch", *options)
    assert "test/accuracy" not in read_log(tmp_path / "m.logs")
    done = run_here(train.main, *options)
    assert done.returncode == 0, done.stderr
    assert check(tmp_path / "m") > 120


def test_a_log_that_cannot_be_written_is_one_line_before_training(options, tmp_path):
    (tmp_path / "m.logs").write_text("a file")
    done = run_here(train.main, *options)
    assert done.returncode == 2
    (line,) = done.stderr.splitlines()
    assert line.startswith("train.py: --log-with tensorboard does not start: ")
    assert str(tmp_path / "m.logs") in line
    assert "epoch" not in done.stdout
    assert not (tmp_path / "m").exists()
