"""train.py: every option reaches what it names, and what is wrong is one line and exit code 2.

Each test runs the command line's own `main` on real files; the bar of a terminal starts a process.
test_own.py and test_reviews.py have what differs for other tasks.
"""

import json
import os
import re
import shutil
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
import torch
from accelerators import interrupt
from conftest import PRETRAIN, ROOT, TRAIN, run_here, write_names, write_rows
from models import rows_of
from safetensors.torch import load_file

from model import InputError, TextClassifier
from model.commands import train, training
from model.commands.options import parse_arguments
from model.data.pairs import read_pretraining
from model.tasks.names import read_names
from model.tasks.recipe import LECTURE
from model.tasks.registry import TASKS
from model.training.checkpoint import held

# The recipes with small tables, for speed.
SMALL = {"embedding_size": 8, "ngram_buckets": 256, "linear_buckets": 2048}
SMALL |= {"dropout": 0.0, "pretrain_dropout": 0.0, "pretrain_batch_size": 40}
NAMES = replace(
    TASKS["names"],
    recipe=replace(TASKS["names"].recipe, **SMALL),
    pretrained_recipe=replace(TASKS["names"].pretrained_recipe, **SMALL),
)
KIND = TASKS["names"].kind
QUICK = "--epochs 2 --pretrain-epochs 1 --hidden-size 8 --batch-size 8".split()
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
        histories = [name for name in self.metrics if name.endswith("history")]
        return {name: len(self.metrics[name]) for name in histories}


def same_weights(first, second):
    contents = [
        (result.folder / "model.safetensors").read_bytes() for result in (first, second)
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


def test_a_training_prints_records_and_saves_what_it_did(base):
    lines = [line for line in base.output.splitlines() if "loss" in line]
    stages = [line.split("epoch")[0] for line in lines]
    assert stages == ["pretraining ", "", "", "refit ", "refit "]
    # Conti is a test name.
    rows = "3 rows with these labels and 4 with 3 other labels to pretrain on"
    assert rows in base.output
    assert base.errors == ""
    assert base.stages() == {
        "pretraining_history": 1,
        "history": 2,
        "refit_history": 2,
    }
    assert f"test accuracy {base.metrics['test']['accuracy']:.2%}" in base.output
    answer = TextClassifier.load(base.folder).answer("Hansen", 3)
    probabilities = dict(answer.predictions)
    assert set(probabilities) == {"Italian", "Japanese", "Russian"}
    assert sum(probabilities.values()) + answer.none == pytest.approx(1)
    card = (base.folder / "README.md").read_text()
    assert f"\n| {base.metrics['test']['accuracy']:.1%} |" in card
    assert base.weights["gru.weight_hh_l0"].shape == (24, 8)


@pytest.mark.slow
def test_training_over_a_folder_says_so_and_gives_the_same_model_and_a_new_card(
    base, data, tmp_path
):
    """Other files beside its checkpoint stay."""
    folder = shutil.copytree(base.folder, tmp_path / "m")
    (folder / "README.md").write_text("My card.\n")
    other = tmp_path / "m.checkpoint" / "mine.txt"
    other.parent.mkdir()
    other.touch()
    again = Result(folder, "--data", data, *QUICK, *BASE)
    line = (
        f"This replaces the model in {folder}: to keep it, stop now and give another -"
    )
    assert again.output.startswith(line)
    assert same_weights(again, base)
    assert again.config["calibration"] == base.config["calibration"]
    assert str(folder) in (folder / "README.md").read_text()
    assert list(other.parent.iterdir()) == [other]


OTHERS = {
    "seed": 2,
    "learning_rate": 0.02,
    "batch_size": 20,
    "logit_adjustment": 1,
    "prior_power": 1,
    "hidden_size": 11,
    "layers": 2,
    "epochs": 3,
    "pretrain_epochs": 2,
}


@pytest.mark.slow
def test_options_count_and_are_recorded(base, changed):
    given = [f"--{name.replace('_', '-')}={value}" for name, value in OTHERS.items()]
    result = changed(*given, "--no-bidirectional")
    recorded = result.config["training"]
    expected = base.config["training"] | OTHERS | {"bidirectional": False}
    assert recorded | {"command": ""} == expected | {"command": ""}
    assert result.weights["gru.weight_hh_l1"].shape == (33, 11)
    assert "gru.weight_hh_l0_reverse" not in result.weights
    assert result.stages() == {
        "pretraining_history": 2,
        "history": 3,
        "refit_history": 3,
    }


@pytest.mark.slow
def test_pretraining_files_are_those_named(base, changed, data, tmp_path):
    file = tmp_path / "more.csv.gz"
    write_rows(file, [("Virtanen", "Finnish"), ("Okafor", "Igbo"), ("Conti", "Igbo")])
    second = data / "names_train.csv.gz"
    result = changed("--pretraining", file, "--pretraining", second)
    assert result.config["other_labels"] == ["Finnish", "Igbo"]
    assert base.config["other_labels"] == ["Indian", "Norwegian", "Romanian"]
    files = result.metrics["dataset"]
    assert {"more.csv.gz", f"{data.name}/names_train.csv.gz"} < set(files)
    assert "pretraining.csv.gz" not in files


def test_lecture_is_its_network_in_its_own_letters(data, tmp_path):
    options = ("--lecture", "--data", data, "--epochs", "1", "--no-use-gpu")
    result = Result(tmp_path / "m", *options)
    assert result.weights["gru.weight_ih_l1_reverse"].shape == (300, 200)
    assert result.config["encoder"] == {"kind": "characters"}
    assert result.stages() == {"history": 1}
    recipe = result.config["training"]
    options = {"batch_size": 256, "learning_rate": 1e-3, "dropout": 0}
    assert {name: recipe[name] for name in options} == options
    assert LECTURE.epochs == 100


@pytest.mark.parametrize(
    ("arguments", "folder"),
    [
        ("", ROOT / "model" / "weights" / "names"),
        ("--task reviews --data x", ROOT / "model" / "weights" / "reviews"),
        ("--lecture", Path("out/lecture")),
    ],
)
def test_the_default_output(arguments, folder):
    options = parse_arguments(arguments.split())
    assert training.output_folder(options) == folder


def times(data):
    """Return when each shipped file, and each of the data, was written."""
    # Files alone: other tests probe the folders.
    weights = (ROOT / "model" / "weights").rglob("*.*")
    return {path: path.stat().st_mtime_ns for path in (*weights, *data.iterdir())}


def test_a_dry_run_trains_on_a_few_rows_and_writes_nothing(data, tmp_path):
    before = times(data)
    options = ("--output", tmp_path, "--batch-size", "4", "--epochs", "5")
    also = ("--dry-run", "--resume", "--log-with", "tensorboard")
    dry_run = start("--data", data, *BASE, *options, *also)
    assert dry_run.returncode == 0, dry_run.stderr
    assert times(data) == before
    assert list(tmp_path.iterdir()) == []
    assert dry_run.stdout.startswith("10 rows to train")
    assert dry_run.stdout.count("train loss") == 3
    assert "dry run: nothing saved" in dry_run.stdout
    assert "no checkpoint to resume" in dry_run.stderr


def test_a_dry_run_creates_no_folder_and_refuses_one_as_a_real_one_does(data, tmp_path):
    output = tmp_path / "new" / "m"
    done = start("--data", data, "--dry-run", "--output", output, "--quiet")
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    assert not output.parent.exists()
    (tmp_path / "notes.txt").touch()
    done = start("--data", data, "--dry-run", "--output", tmp_path)
    assert_refused(done, "notes.txt, which is not part of a model: give --output a")


def test_test_texts_in_training_are_a_warning(tmp_path):
    tables = []
    for part in ("train", "test"):
        table = tmp_path / f"{part}.csv"
        table.write_text("\n".join(["name,language", *map(",".join, TRAIN)]))
        tables.append(f"--{part}={table}")
    errors = start(*tables, "--output", tmp_path / "m", "--dry-run").stderr
    assert "warning: the texts of 30 of 30 test rows are in training too, so" in errors


def test_a_people_may_have_no_row_left_to_pretrain_on(tmp_path):
    """Its only name differs in a mark alone from one that is held out."""
    names = [*PRETRAIN, *((f"Okon{letter}ao", "Igbo") for letter in "bcdfgh")]
    data = write_names(tmp_path / "d", pretrain=names)
    first, _ = read_pretraining([data / "pretraining.csv.gz"], read_names(data), KIND)
    held_out = first.validation_none.texts[0].replace("ao", "ão")
    write_names(data, pretrain=[*names, (held_out, "Tongan")])
    result = Result(tmp_path / "m", "--data", data, *QUICK, *BASE)
    assert result.config["other_labels"] == [
        "Igbo",
        "Indian",
        "Norwegian",
        "Romanian",
        "Tongan",
    ]


@pytest.fixture
def write_protected():
    """A folder that the user of this process may not write."""
    user = os.geteuid()
    with TemporaryDirectory() as parent:
        Path(parent).chmod(0o777)
        folder = Path(parent) / "m"
        folder.mkdir(0o555)
        if user == 0:  # who may write everywhere
            os.seteuid(65534)
        yield folder
        os.seteuid(user)


def test_a_folder_that_is_write_protected_is_refused(write_protected):
    message = f"^{write_protected} cannot be written: Permission denied.$"
    options = parse_arguments(["--output", str(write_protected)])
    with pytest.raises(InputError, match=message):
        training.output_folder(options)


def test_a_folder_that_another_training_writes_is_refused(base, data):
    before = times(data)
    with held(base.folder.with_name(f"{base.folder.name}.checkpoint")):
        done = start("--data", data, "--output", base.folder, *QUICK, *BASE)
    assert_refused(done, f"in use by process {os.getpid()}, another training: wait")
    assert times(data) == before


@pytest.mark.skipif(
    torch.cuda.is_available() or torch.backends.mps.is_available(),
    reason="there is a GPU",
)
def test_without_a_gpu_asking_for_one_is_a_warning(data):
    done = start("--data", data, "--dry-run", "--use-gpu")
    assert done.returncode == 0
    assert done.stderr == "warning: no GPU here, so the CPU trains\n"


def stop_in(stage, *options):
    """Press Ctrl-C after the first epoch of a stage; return what was printed."""
    on_epoch = training.Progress.on_epoch

    def interrupted(self, entry):
        on_epoch(self, entry)
        if (self.stage, entry["epoch"]) == (stage, 1):
            raise KeyboardInterrupt

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(training.Progress, "on_epoch", interrupted)
        stopped = start(*options)
    assert stopped.returncode == 130
    return stopped


@pytest.mark.slow
def test_resume_after_ctrl_c_ends_with_the_model_of_a_whole_run(base, data, tmp_path):
    folder = tmp_path / "m"
    options = ("--data", data, "--output", folder, *QUICK, *BASE)
    stopped = stop_in("refit", *options)
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


def test_a_checkpoint_that_does_not_fit_is_refused(data, tmp_path):
    options = ("--data", data, "--output", tmp_path / "m", *BASE)
    stopped = stop_in("pretraining", *options, *QUICK, "--quiet")
    assert stopped.stderr.startswith("stopped: ")
    refused = start(*options, "--resume", *QUICK, "--hidden-size", "4")
    assert_refused(
        refused, "pretraining.pt was made with hidden_size 8, not 4: give the"
    )


def test_ctrl_c_before_the_first_epoch_saves_no_model(data, tmp_path, monkeypatch):
    monkeypatch.setattr(training, "prepare", interrupt)
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


# What is refused, and what the line says: the options where nothing else is named
WRONG = rows_of("""
--epochs 0 |
--epochs many |
--hidden-size 1.5 |
--hidden-size 1000000000 |
--learning-rate 0 |
--learning-rate nan |
--learning-rate inf |
--logit-adjustment 1.5 |
--prior-power -1 |
--seed -1 |
--seed 99999999999999999999 |
--task poems |
--data nowhere |
--nonsense --nonsense |
--log-with x |
--pretraining none.csv.gz | No file
--lecture --pretraining x | --lecture and a custom task have no pre
--hidden-size 10000 --layers 100 | more than 100,000,000 weights
--batch-size 999 --pretrain-epochs 0 --learning-rate 1e300 | try a lower --learning-rate
""")
WRONG.append([f"--output {'m' * 245}", "File name too long"])  # with its ".checkpoint"


@pytest.mark.parametrize(("options", "line"), WRONG)
def test_bad_options_are_refused_in_one_line(
    data, tmp_path, monkeypatch, options, line
):
    monkeypatch.chdir(tmp_path)
    given = options.split()
    own = ["--data", data, "--output", "m", *QUICK]
    done = start(*(own if "--lecture" not in given else own[2:4]), *given)
    assert_refused(done, *([line] if line else given))
    assert list(tmp_path.iterdir()) == []


def test_pretraining_rows_of_other_labels_alone_are_refused(tmp_path):
    data = write_names(tmp_path / "d", pretrain=[("Okafor", "Igbo")])
    done = start("--data", data, "--output", tmp_path / "m")
    assert_refused(done, "pretraining.csv.gz has no new name of these labels")


@pytest.mark.parametrize(
    ("name", "options", "line"),
    rows_of("""
m |  | m cannot be written
m.checkpoint |  | m.checkpoint is not a folder
m.logs | --log-with tensorboard | m.logs is not a folder
m.logs | --log-with tensorboard --dry-run | m.logs is not a folder
"""),
)
def test_a_file_in_the_way_stays(data, tmp_path, name, options, line):
    file = tmp_path / name
    file.write_text("mine")
    given = ("--data", data, "--output", tmp_path / "m", *options.split())
    assert_refused(start(*given), f"{tmp_path}/{line}")
    assert list(tmp_path.iterdir()) == [file]
    assert file.read_text() == "mine"
