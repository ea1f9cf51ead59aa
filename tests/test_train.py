import json
import os
import signal
import subprocess
import sys

import pytest
from conftest import PATIENCE, PRETRAIN, ROOT, run, write_names

from model import TextClassifier

SMALL = ("--epochs", "2", "--hidden-size", "12", "--batch-size", "8", "--no-use-gpu")


def test_dry_run_on_the_embedded_data_writes_nothing(tmp_path):
    def files():
        return {path: path.stat().st_mtime_ns for path in (ROOT / "model" / "weights").rglob("*")}

    before = files()
    done = run("train.py", "--dry-run", "--output", tmp_path / "m")
    assert done.returncode == 0, done.stderr
    assert "test accuracy" in done.stdout
    assert files() == before
    assert list(tmp_path.iterdir()) == []


def test_resuming_where_there_is_no_checkpoint_says_so_and_starts_anew(small_data):
    done = run("train.py", "--data", small_data, "--dry-run", "--resume")
    assert done.returncode == 0
    assert "no checkpoint" in done.stderr


def test_train_save_load_predict(small_data, tmp_path):
    done = run("train.py", "--data", small_data, "--output", tmp_path / "m", *SMALL)
    assert done.returncode == 0, done.stderr
    assert done.stderr == ""  # no bar where the output is no terminal
    stages = [line.split("epoch")[0] for line in done.stdout.splitlines() if "loss" in line]
    assert stages == ["", "", "refit ", "refit "]
    classifier = TextClassifier.load(tmp_path / "m")
    assert set(classifier.predict("Rossi")) == {"Italian", "Japanese", "Russian"}
    metrics = json.loads((tmp_path / "m" / "metrics.json").read_text())
    assert f"test accuracy {metrics['test']['accuracy']:.2%}" in done.stdout
    assert len(metrics["history"]) == 2
    card = (tmp_path / "m" / "README.md").read_text()
    assert f"\n| {metrics['test']['accuracy']:.1%} |" in card


def test_pretraining_comes_first_and_leaves_validation_and_test_names_unseen(
    small_data_with_more, tmp_path
):
    options = ("--data", small_data_with_more, "--output", tmp_path / "m", *SMALL)
    done = run("train.py", *options, "--pretrain-epochs", "3")
    assert done.returncode == 0, done.stderr
    lines = done.stdout.splitlines()
    stages = [line.split("epoch")[0] for line in lines if "loss" in line]
    assert stages == ["pretraining "] * 3 + [""] * 2 + ["refit "] * 2
    metrics = json.loads((tmp_path / "m" / "metrics.json").read_text())
    assert len(metrics["pretraining_history"]) == 3
    assert metrics["labels"] == ["Italian", "Japanese", "Russian"]
    classifier = TextClassifier.load(tmp_path / "m")
    assert classifier.other_labels == ["Indian", "Norwegian", "Romanian"]
    answer = classifier.answer("Hansen", 3)
    assert sum(p for _, p in answer.predictions) + answer.none == pytest.approx(1)
    # Of eight rows Conti is left out, being in the test file.
    assert metrics["dataset"]["pretraining.csv.gz"]["rows"] == 7
    without = run("train.py", *options, "--pretrain-epochs", "0")
    assert "pretraining epoch" not in without.stdout


def test_pretraining_goes_without_a_single_text_of_the_labels(tmp_path):
    foreign = [row for row in PRETRAIN if row[1] in {"Norwegian", "Indian", "Romanian"}]
    data = write_names(tmp_path / "data", pretrain=foreign)
    options = ("--data", data, "--output", tmp_path / "m", *SMALL, "--pretrain-epochs", "2")
    done = run("train.py", *options)
    assert done.returncode == 0, done.stderr
    assert f"0 rows of these and {len(foreign)} of 3 other labels" in done.stdout
    assert TextClassifier.load(tmp_path / "m").other_labels == ["Indian", "Norwegian", "Romanian"]


def test_a_pretraining_file_can_be_named_and_must_exist(small_data, small_data_with_more, tmp_path):
    file = small_data_with_more / "pretraining.csv.gz"
    options = ("--data", small_data, "--output", tmp_path / "m", *SMALL, "--pretrain-epochs", "1")
    more = small_data / "names_train.csv.gz"
    files = ("--pretraining", file, "--pretraining", more)
    assert "pretraining epoch" in run("train.py", *options, *files).stdout
    files = json.loads((tmp_path / "m" / "metrics.json").read_text())["dataset"]
    assert {file.name, f"{small_data.name}/{more.name}"} < set(files)
    done = run("train.py", *options, "--pretraining", tmp_path / "none.csv.gz")
    assert done.returncode == 2
    assert "No file" in done.stderr
    assert len(done.stderr.splitlines()) == 1
    lecture = run("train.py", "--lecture", "--pretraining", file)
    assert lecture.returncode == 2
    assert "--lecture" in lecture.stderr


def test_use_gpu_without_one_warns_and_trains(small_data, tmp_path):
    done = run(
        *("train.py", "--data", small_data, "--output", tmp_path / "m", *SMALL[:-1], "--use-gpu"),
        env=os.environ | {"CUDA_VISIBLE_DEVICES": ""},
    )
    assert done.returncode == 0
    assert "warning: no GPU" in done.stderr or "mps" in done.stdout


def test_test_names_that_are_in_training_are_warned_of(tmp_path):
    folder = write_names(tmp_path / "d", test=[("ROSSI", "Italian")])
    done = run("train.py", "--data", folder, "--dry-run")
    assert done.returncode == 0
    assert "1 test rows" in done.stderr


@pytest.mark.parametrize(
    "options",
    [
        ("--epochs", "0"),
        ("--epochs", "-3"),
        ("--epochs", "many"),
        ("--batch-size", "0"),
        ("--hidden-size", "1.5"),
        ("--learning-rate", "0"),
        ("--learning-rate", "nan"),
        ("--learning-rate", "inf"),
        ("--logit-adjustment", "1.5"),
        ("--seed", "-1"),
        ("--seed", "99999999999999999999"),
        ("--hidden-size", "1000000000"),
        ("--task", "poems"),
        ("--data", "nowhere"),
    ],
)
def test_bad_options_exit_2_and_say_what_is_wrong(options, tmp_path):
    done = run("train.py", *options, "--output", tmp_path / "m")
    assert done.returncode == 2
    assert "Traceback" not in done.stderr
    assert options[1] in done.stderr.splitlines()[-1]
    assert not (tmp_path / "m").exists()


def test_an_output_that_cannot_be_written_is_found_before_training(small_data, tmp_path):
    (tmp_path / "file").touch()
    done = run("train.py", "--data", small_data, "--output", tmp_path / "file")
    assert done.returncode == 2
    assert "is a file" in done.stderr
    assert "epoch" not in done.stdout


def test_a_file_in_the_checkpoint_s_place_is_found_before_training(small_data, tmp_path):
    (tmp_path / "m.checkpoint").write_text("mine")
    done = run("train.py", "--data", small_data, "--output", tmp_path / "m", *SMALL)
    assert done.returncode == 2
    assert f"{tmp_path / 'm.checkpoint'} is not a folder" in done.stderr
    assert len(done.stderr.splitlines()) == 1
    assert done.stdout == ""
    assert (tmp_path / "m.checkpoint").read_text() == "mine"


@pytest.mark.parametrize("length", [245, 255, 256])  # 255 fit; ".checkpoint" takes 11 of them
def test_a_name_too_long_for_its_checkpoint_is_found_before_training(small_data, tmp_path, length):
    done = run("train.py", "--data", small_data, "--output", tmp_path / ("m" * length), *SMALL)
    assert done.returncode == 2
    assert "File name too long" in done.stderr
    assert len(done.stderr.splitlines()) == 1
    assert done.stdout == ""
    assert list(tmp_path.iterdir()) == []


def test_a_network_too_large_for_any_memory_is_one_line(small_data, tmp_path):
    large = ("--hidden-size", "10000", "--layers", "100")
    done = run("train.py", "--data", small_data, "--output", tmp_path / "m", *large)
    assert done.returncode == 2
    assert "more than 100,000,000" in done.stderr
    assert len(done.stderr.splitlines()) == 1


def test_weights_that_are_not_finite_are_never_saved(small_data, tmp_path):
    options = (*SMALL, "--batch-size", "99", "--learning-rate", "1e300")
    done = run("train.py", "--data", small_data, "--output", tmp_path / "m", *options)
    assert done.returncode == 2
    assert "try a lower --learning-rate" in done.stderr
    assert "Traceback" not in done.stderr
    assert not (tmp_path / "m").exists()


def test_a_folder_that_looks_like_a_checkpoint_keeps_what_is_in_it(small_data, tmp_path):
    (tmp_path / "m.checkpoint").mkdir()
    (tmp_path / "m.checkpoint" / "mine.txt").write_text("mine")
    run("train.py", "--data", small_data, "--output", tmp_path / "m", *SMALL)
    assert [p.name for p in (tmp_path / "m.checkpoint").iterdir()] == ["mine.txt"]


def test_ctrl_c_saves_the_best_model_so_far_and_exits_130(small_data, tmp_path):
    command = [sys.executable, "train.py", "--data", str(small_data), "--output"]
    command += [str(tmp_path / "m"), *SMALL, "--epochs", "100000"]
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
    process = subprocess.Popen(command, cwd=ROOT, **pipes, text=True)
    while not process.stdout.readline().startswith("epoch"):
        assert process.poll() is None, process.stderr.read()
    process.send_signal(signal.SIGINT)
    output, errors = process.communicate(timeout=PATIENCE)
    assert process.returncode == 130
    assert "saved to" in output
    assert "stopped: the best model so far is saved; --resume goes on\n" in errors
    TextClassifier.load(tmp_path / "m").predict("Rossi")
