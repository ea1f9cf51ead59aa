"""`--log-with tensorboard`, read back as TensorBoard reads it; errors of other trackers."""

import io
import json
import signal
import subprocess
import sys
from importlib.util import find_spec

import pytest
from conftest import PRETRAIN, ROOT, TRAIN, run, write_names
from PIL import Image
from test_resume import torchrun

SIZES = ("--epochs", "5", "--hidden-size", "8", "--batch-size", "8", "--no-use-gpu")
LOGGED = (*SIZES, "--log-with", "tensorboard")
HISTORIES = {"pretraining": "pretraining_history", "main": "history", "refit": "refit_history"}
LOSSES = ("train_loss", "learning_rate", "validation_loss", "validation_accuracy")


@pytest.fixture(scope="module")
def data(tmp_path_factory):
    return write_names(tmp_path_factory.mktemp("data"), TRAIN, pretrain=PRETRAIN)


def read_log(folder):
    """Return what TensorBoard shows of a log: each curve's points by step, and its images."""
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
    return curves, {name: log.Images(name) for name in log.Tags()["images"]}


def check(output):
    """Assert that the log beside a model folder is that of its metrics.json."""
    metrics = json.loads((output / "metrics.json").read_text())
    curves, images = read_log(output.with_name(f"{output.name}.logs"))
    step, wanted = 0, {}
    for stage, key in HISTORIES.items():
        for entry in metrics.get(key, []):
            step += 1
            for name in LOSSES[:2] if stage == "refit" else LOSSES:
                wanted.setdefault(f"{stage}/{name}", {})[step] = pytest.approx(entry[name])
    for name in ("accuracy", "macro_f1", "ece"):
        wanted[f"test/{name}"] = {step: pytest.approx(metrics["test"][name], abs=1e-7)}
    assert curves == wanted
    (image,) = images.pop("test/confusion")
    assert not images
    assert image.step == step
    picture = output / "confusion.png"  # the card's
    with Image.open(io.BytesIO(image.encoded_image_string)) as seen, Image.open(picture) as card:
        assert seen.tobytes() == card.convert("RGB").tobytes()
    return step


def test_one_log_has_every_stage_and_the_scores(data, tmp_path):
    done = run("train.py", "--data", data, "--output", tmp_path / "m", *LOGGED)
    assert done.returncode == 0, done.stderr
    steps = check(tmp_path / "m")
    assert steps == done.stdout.count("train loss")
    assert {path.name for path in tmp_path.iterdir()} == {"m", "m.logs"}
    # Another run of the same output shows its own points alone.
    done = run("train.py", "--data", data, "--output", tmp_path / "m", *LOGGED, "--epochs", "2")
    assert done.returncode == 0, done.stderr
    assert check(tmp_path / "m") < steps


def kill_in(stage, command):
    """Start a training and kill it once it has printed an epoch of `stage`."""
    process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True)
    while not process.stdout.readline().startswith(f"{stage} epoch".strip()):
        assert process.poll() is None
    process.send_signal(signal.SIGKILL)
    process.communicate()


def test_a_training_killed_in_every_stage_has_the_log_of_a_whole_one(data, tmp_path):
    sizes = (*LOGGED, "--epochs", "60", "--pretrain-epochs", "60")
    command = ("train.py", "--data", data, "--output", tmp_path / "m", *sizes, "--resume")
    for stage in ("pretraining", "", "refit"):
        kill_in(stage, [sys.executable, *map(str, command)])
    curves, _ = read_log(tmp_path / "m.logs")
    assert "refit/train_loss" in curves
    assert "test/accuracy" not in curves
    done = run(*command)
    assert done.returncode == 0, done.stderr
    assert check(tmp_path / "m") > 120
    assert len(list((tmp_path / "m.logs" / "m").iterdir())) == 4  # a file for each start


def test_of_two_processes_one_logs(data, tmp_path):
    options = ("--data", data, "--output", tmp_path / "m", *LOGGED)
    output, errors = torchrun(*options).communicate(timeout=400)
    assert "saved to" in output, errors
    check(tmp_path / "m")
    assert len(list((tmp_path / "m.logs" / "m").iterdir())) == 1


def test_a_dry_run_logs_nothing(data, tmp_path):
    output = tmp_path / "m"
    done = run("train.py", "--data", data, "--output", output, *LOGGED, "--dry-run")
    assert done.returncode == 0, done.stderr
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(("name", "problem"), [("wandb", "is not installed"), ("x", "is not one")])
def test_a_tracker_that_cannot_be_used_is_one_line_before_anything_is_read(name, problem, tmp_path):
    if find_spec(name):
        pytest.skip(f"{name} is installed")
    done = run("train.py", "--data", tmp_path / "none", "--log-with", name)
    assert done.returncode == 2
    (line,) = done.stderr.splitlines()
    assert line.startswith("train.py: argument --log-with: ")
    assert problem in line
    assert "tensorboard" in line or name == "wandb"  # those that there are


def test_a_log_that_cannot_be_written_is_one_line_before_training(data, tmp_path):
    (tmp_path / "m.logs").write_text("a file")
    done = run("train.py", "--data", data, "--output", tmp_path / "m", *LOGGED)
    assert done.returncode == 2
    (line,) = done.stderr.splitlines()
    assert line.startswith("train.py: --log-with tensorboard does not start: ")
    assert str(tmp_path / "m.logs") in line
    assert "epoch" not in done.stdout
    assert not (tmp_path / "m").exists()
