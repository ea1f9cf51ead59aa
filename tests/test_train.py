"""train.py: every option reaches what it names, and what is wrong is one line and exit code 2.

Each test runs the command line's own `main` on real files; the bar of a terminal starts a process.
test_own.py and test_reviews.py have what differs for other tasks.
"""

import json
import re
import shutil
import sys
from dataclasses import replace
from pathlib import Path

import pytest
import torch
from accelerators import interrupt
from conftest import PRETRAIN, ROOT, TRAIN, run, run_here, write_names, write_rows
from safetensors.torch import load_file

from model import TextClassifier
from model.commands import train
from model.commands.options import parse_arguments
from model.tasks import TASKS
from model.tasks.recipe import LECTURE

# The recipes with small tables, for speed.
SMALL = {"embedding_size": 8, "ngram_buckets": 256, "linear_buckets": 2048}
SMALL |= {"dropout": 0.0, "pretrain_dropout": 0.0, "pretrain_batch_size": 40}
NAMES = replace(
    TASKS["names"],
    recipe=replace(TASKS["names"].recipe, **SMALL),
    pretrained_recipe=replace(TASKS["names"].pretrained_recipe, **SMALL),
)
QUICK = (
    "--epochs",
    "2",
    "--pretrain-epochs",
    "1",
    "--hidden-size",
    "8",
    "--batch-size",
    "8",
)
BASE = ("--seed", "1", "--no-use-gpu")


def start(*arguments):
    """Run train.py in this process, with small tables; return what it printed."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(TASKS, "names", NAMES)
        return run_here(train.main, *arguments)


class Result:
    """A model folder, and what train.py printed when it made it."""

    def __init__(self, folder, *arguments):
        done = start("--output", folder, *arguments)
        assert done.returncode == 0, done.stderr
        self.folder, self.output, self.errors = folder, done.stdout, done.stderr
        self.config = json.loads((folder / "config.json").read_text())
        self.metrics = json.loads((folder / "metrics.json").read_text())
        self.weights = load_file(folder / "model.safetensors")

    def stages(self):
        """Return how many epochs each stage had."""
        return {
            name: len(self.metrics[name])
            for name in self.metrics
            if name.endswith("history")
        }


def same_weights(first, second):
    contents = [
        (each.folder / "model.safetensors").read_bytes() for each in (first, second)
    ]
    return contents[0] == contents[1]


@pytest.fixture(scope="module")
def data(tmp_path_factory):
    """Names with half as many Italian ones as others, and more names to pretrain on."""
    return write_names(
        tmp_path_factory.mktemp("options") / "d", TRAIN[5:], pretrain=PRETRAIN
    )


@pytest.fixture(scope="module")
def base(data, tmp_path_factory):
    """What comes out without any of the options that are tried."""
    return Result(tmp_path_factory.mktemp("base") / "m", "--data", data, *QUICK, *BASE)


@pytest.fixture
def changed(data, tmp_path):
    """Return a function that trains like `base`, with further arguments."""

    def run(*arguments):
        folder = tmp_path / f"m{len(list(tmp_path.iterdir()))}"
        return Result(folder, "--data", data, *QUICK, *BASE, *arguments)

    return run


def test_train_save_load_predict(base, changed):
    stages = [
        line.split("epoch")[0] for line in base.output.splitlines() if "loss" in line
    ]
    assert stages == ["pretraining ", "", "", "refit ", "refit "]
    assert base.errors == ""  # no bar where the output is no terminal
    assert base.stages() == {"pretraining_history": 1, "history": 2, "refit_history": 2}
    assert f"test accuracy {base.metrics['test']['accuracy']:.2%}" in base.output
    answer = TextClassifier.load(base.folder).answer("Hansen", 3)
    assert {label for label, _ in answer.predictions} == {
        "Italian",
        "Japanese",
        "Russian",
    }
    assert sum(p for _, p in answer.predictions) + answer.none == pytest.approx(1)
    card = (base.folder / "README.md").read_text()
    assert f"\n| {base.metrics['test']['accuracy']:.1%} |" in card
    assert "--hidden-size 8" in card  # of the command that made it
    again = changed()  # the same options give the same model
    assert same_weights(again, base)
    assert again.config["calibration"] == base.config["calibration"]


def test_options_are_recorded_and_give_other_weights(base, changed):
    options = {
        "seed": 2,
        "learning_rate": 0.02,
        "batch_size": 20,
        "logit_adjustment": 1,
    }
    arguments = [
        f"--{name.replace('_', '-')}={value}" for name, value in options.items()
    ]
    for result, given in (
        (changed(*arguments), options),
        (changed("--prior-power", 1), {"prior_power": 1}),
    ):
        assert same_weights(result, base) == ("prior_power" in given)
        assert result.config["calibration"] != base.config["calibration"]
        recorded = base.config["training"] | given
        assert result.config["training"] | {"command": ""} == recorded | {"command": ""}


def test_sizes_and_epochs_are_those_asked_for(base, changed):
    assert base.weights["gru.weight_hh_l0"].shape == (24, 8)
    options = (
        "--hidden-size 11 --layers 2 --no-bidirectional --epochs 3 --pretrain-epochs 2"
    )
    result = changed(*options.split())
    assert result.weights["gru.weight_hh_l1"].shape == (33, 11)
    assert "gru.weight_hh_l0_reverse" not in result.weights
    assert result.stages() == {
        "pretraining_history": 2,
        "history": 3,
        "refit_history": 3,
    }


def test_pretraining_files_are_those_named(base, changed, data, tmp_path):
    file, second = (
        tmp_path / "more.csv.gz",
        ("--pretraining", data / "names_train.csv.gz"),
    )
    write_rows(file, [("Virtanen", "Finnish"), ("Okafor", "Igbo"), ("Conti", "Igbo")])
    result = changed("--pretraining", file, *second)
    assert result.config["other_labels"] == ["Finnish", "Igbo"]
    assert base.config["other_labels"] == ["Indian", "Norwegian", "Romanian"]
    files = result.metrics["dataset"]
    assert {"more.csv.gz", f"{data.name}/names_train.csv.gz"} < set(files)
    assert "pretraining.csv.gz" not in files
    with_test_name = write_names(tmp_path / "d", pretrain=PRETRAIN)
    done = start("--data", with_test_name, "--dry-run", *QUICK, *BASE)
    # Conti, a test name, is not among them.
    assert (
        "3 rows with these labels and 4 with 3 other labels to pretrain on"
        in done.stdout
    )


def test_lecture_is_its_network_in_its_own_letters(data, tmp_path):
    options = ("--lecture", "--data", data, "--epochs", "1", "--no-use-gpu")
    result = Result(tmp_path / "m", *options)
    assert result.weights["gru.weight_ih_l1_reverse"].shape == (300, 200)
    assert result.config["encoder"] == {"kind": "characters"}
    recipe = result.config["training"]
    assert (recipe["batch_size"], recipe["learning_rate"], recipe["dropout"]) == (
        256,
        1e-3,
        0,
    )
    assert result.stages() == {"history": 1}
    assert LECTURE.epochs == 100
    for arguments, folder in (
        ("", ROOT / "model" / "weights" / "names"),
        ("--task reviews --data x", ROOT / "model" / "weights" / "reviews"),
        ("--lecture", Path("out/lecture")),
    ):
        assert train.output_folder(parse_arguments(arguments.split())) == folder


def test_a_dry_run_trains_on_a_few_rows_and_writes_nothing(data, tmp_path, monkeypatch):
    monkeypatch.setattr("model.training.progress.QUIET_SECONDS", 0.0)

    def files():
        weights = (ROOT / "model" / "weights").rglob(
            "*.*"
        )  # files: other tests probe the folders
        return {path: path.stat().st_mtime_ns for path in (*weights, *data.iterdir())}

    before = files()
    options = (
        "--data",
        data,
        *BASE,
        "--batch-size",
        "4",
        "--epochs",
        "5",
        "--output",
        tmp_path,
    )
    done = start(*options, "--dry-run", "--resume", "--log-with", "tensorboard")
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("8 rows to train")
    assert done.stdout.count("train loss") == 3
    assert re.search(
        r"^\d\d:\d\d  epoch   1/1  \d+%$", done.stdout, re.MULTILINE
    )  # slow ones
    assert "dry run: nothing saved" in done.stdout
    assert "no checkpoint to resume" in done.stderr
    assert list(tmp_path.iterdir()) == []
    assert files() == before


def test_what_is_replaced_and_what_is_doubtful_is_said_first(base, data, tmp_path):
    options = ("--data", data, *QUICK, "--output", base.folder)
    replaces = f"This replaces the model in {base.folder}: to keep it, stop now and give another -"
    assert start(*options, *BASE).stdout.startswith(replaces)
    assert "replaces" not in start(*options, "--dry-run").stdout
    folder = write_names(tmp_path / "d", test=[("ROSSI", "Italian")])
    shared = start("--data", folder, "--dry-run").stderr
    assert shared == "warning: the texts of 1 test rows are in training too\n"
    if not torch.cuda.is_available() and not torch.backends.mps.is_available():
        gpu = start("--data", data, "--dry-run", "--use-gpu")
        assert gpu.returncode == 0
        assert gpu.stderr == "warning: no GPU here, so the CPU trains\n"


@pytest.mark.nightly
def test_a_terminal_gets_a_bar_with_the_time_left(data, tmp_path):
    options = f"--data {data} --output {tmp_path / 'm'} {' '.join((*QUICK, *BASE))} --epochs 10"
    command = f"stty cols 100 rows 24; {sys.executable} train.py {options}"
    done = run("-c", f"import pty; pty.spawn(['sh', '-c', {command!r}])")
    bar = r"^epoch +\d+/10 +\d+%\|.*\| \d\d:\d\d<\d\d:\d\d"
    assert re.search(bar, done.stdout, re.MULTILINE)
    assert done.stdout.count("train loss") == 21


def test_resume_after_ctrl_c_ends_with_the_model_of_a_whole_run(
    base, data, tmp_path, monkeypatch
):
    folder = tmp_path / "m"
    options = ("--data", data, "--output", folder, *QUICK, *BASE)
    on_epoch = train.Progress.on_epoch

    def interrupted(self, entry):
        on_epoch(self, entry)
        if (self.stage, entry["epoch"]) == ("refit", 1):
            raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(train.Progress, "on_epoch", interrupted)
        stopped = start(*options)
    assert stopped.returncode == 130
    assert stopped.stdout.count("train loss") == 4
    assert "saved to" in stopped.stdout
    assert (
        "stopped: the best model so far is saved; --resume continues\n"
        in stopped.stderr
    )
    TextClassifier.load(folder).predict("Rossi")
    resumed = Result(folder, *options, "--resume")
    assert resumed.output.count("train loss") == 1  # the refit's second epoch
    assert same_weights(resumed, base)
    assert resumed.config["calibration"] == base.config["calibration"]
    assert not (tmp_path / "m.checkpoint").exists()
    monkeypatch.setattr(train, "prepare", interrupt)  # before the first epoch
    stopped = start("--data", data, "--output", tmp_path / "n")
    assert stopped.returncode == 130
    assert re.fullmatch(r"stopped: no model saved.*\n", stopped.stderr)


def assert_refused(done, *parts):
    """Assert that one line was printed, and nothing else done."""
    assert done.returncode == 2
    (line,) = done.stderr.splitlines()
    assert line.startswith("train.py: ")
    assert all(part in line for part in parts), line
    assert "epoch" not in done.stdout


@pytest.mark.parametrize(
    "options",
    [
        *(
            "--epochs 0",
            "--epochs many",
            "--hidden-size 1.5",
            "--hidden-size 1000000000",
        ),
        *("--learning-rate 0", "--learning-rate nan", "--learning-rate inf"),
        *(
            "--logit-adjustment 1.5",
            "--prior-power -1",
            "--seed -1",
            "--seed 99999999999999999999",
        ),
        *("--task poems", "--data nowhere", "--nonsense --nonsense", "--log-with x"),
    ],
)
def test_bad_options_exit_2_and_say_what_is_wrong(options, tmp_path):
    assert_refused(
        start(*options.split(), "--output", tmp_path / "m"), *options.split()
    )
    assert list(tmp_path.iterdir()) == []


def test_what_cannot_be_trained_on_is_found_first(
    data, tmp_path, tmp_path_factory, monkeypatch
):
    options = ("--data", data, "--output", tmp_path / "m", *QUICK)
    assert_refused(
        start(*options, "--pretraining", tmp_path / "none.csv.gz"), "No file"
    )
    assert_refused(
        start("--lecture", "--pretraining", "x"),
        "--lecture and a custom task have no pre",
    )
    large = ("--hidden-size", "10000", "--layers", "100")
    assert_refused(start(*options, *large), "more than 100,000,000 weights")
    long = tmp_path / ("m" * 245)  # 255 fit; ".checkpoint" takes 11 of them
    assert_refused(start(*options, "--output", long), "File name too long")
    rows = [*TRAIN, ("Andersen", "Old\u00a0Norse")]
    wrong = write_names(tmp_path_factory.mktemp("wrong"), rows)
    where = f"names_train.csv.gz, line {len(rows)}: The language "
    assert_refused(start(*options, "--data", wrong), where, "U+00A0 (NO-BREAK SPACE)")
    monkeypatch.setenv("ACCELERATE_USE_CPU", "garbage")
    assert_refused(start(*options), "ACCELERATE_USE_CPU is 'garbage': set it to ")
    assert list(tmp_path.iterdir()) == []


def test_what_is_in_the_way_of_the_output_is_found_before_training_and_stays(
    data, tmp_path
):
    (tmp_path / "file").write_text("mine")
    (tmp_path / "m.checkpoint").write_text("mine")
    assert_refused(
        start("--data", data, "--output", tmp_path / "file"), "file cannot be written"
    )
    done = start("--data", data, "--output", tmp_path / "m")
    assert_refused(done, f"{tmp_path / 'm.checkpoint'} is not a folder")
    (tmp_path / "n.checkpoint").mkdir()
    (tmp_path / "n.checkpoint" / "mine.txt").write_text("mine")
    Result(tmp_path / "n", "--data", data, *QUICK, *BASE)
    assert [p.name for p in (tmp_path / "n.checkpoint").iterdir()] == ["mine.txt"]
    assert {p.name for p in tmp_path.iterdir()} == {
        "file",
        "m.checkpoint",
        "n",
        "n.checkpoint",
    }


def test_weights_that_are_not_finite_are_never_saved(data, tmp_path):
    options = (
        "--data",
        data,
        "--output",
        tmp_path / "m",
        *QUICK,
        "--batch-size",
        "999",
    )
    done = start(*options, "--pretrain-epochs", "0", "--learning-rate", "1e300")
    assert_refused(done, "try a lower --learning-rate")
    assert list(tmp_path.iterdir()) == []


def test_training_over_a_folder_rewrites_its_card_s_generated_part_alone(
    base, data, tmp_path
):
    folder = shutil.copytree(base.folder, tmp_path / "m")
    card, options = folder / "README.md", ("--data", data, *QUICK, *BASE)
    card.write_text(card.read_text() + "\nMy own words.\n")
    Result(folder, *options, "--pretrain-epochs", "0")
    assert card.read_text().endswith("<!-- /generated -->\n\nMy own words.\n")
    assert "--pretrain-epochs 0" in card.read_text()
