"""train.py: every option reaches what it names, and what is wrong is one line and exit code 2.

Each test runs the command line's own `main` on real files; two start a process, for Ctrl-C and for
the bar of a terminal.
"""

import json
import random
import re
import shutil
import signal
import subprocess
import sys
from collections import Counter
from dataclasses import replace
from math import log

import pytest
import torch
from conftest import PATIENCE, PRETRAIN, ROOT, TRAIN, run, run_here, write_names, write_rows
from safetensors.torch import load_file

from model import TextClassifier
from model.commands import train
from model.commands.options import parse_arguments
from model.tasks import TASKS
from model.tasks.names import read_names

# The recipes with small tables, for speed, and without dropout, to learn by heart.
SMALL = {
    "embedding_size": 8,
    "ngram_buckets": 256,
    "linear_buckets": 2048,
    "dropout": 0.0,
    "pretrain_dropout": 0.0,
    "pretrain_batch_size": 40,
}
NAMES = replace(
    TASKS["names"],
    recipe=replace(TASKS["names"].recipe, **SMALL),
    pretrained_recipe=replace(TASKS["names"].pretrained_recipe, **SMALL),
)
QUICK = ("--epochs", "2", "--pretrain-epochs", "1", "--hidden-size", "8", "--batch-size", "32")
BASE = ("--seed", "1", "--no-use-gpu")
ENDINGS = {"Italian": "ini", "Japanese": "moto", "Russian": "nov", "Indian": "esh"}
ENDINGS |= {"Norwegian": "sen"}


def start(*arguments):
    """Run train.py in this process, with small tables; return what it printed."""
    with pytest.MonkeyPatch.context() as patch:
        if TASKS["names"].recipe.bidirectional:
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
        return {name: len(self.metrics[name]) for name in self.metrics if name.endswith("history")}


def same_weights(first, second):
    shapes = [{name: t.shape for name, t in each.weights.items()} for each in (first, second)]
    return shapes[0] == shapes[1] and all(
        torch.equal(tensor, second.weights[name]) for name, tensor in first.weights.items()
    )


def some_names(seed, **numbers):
    """Return so many names of each language, which their endings tell in nine of ten cases."""
    draw, rows = random.Random(seed), []
    for language in (language for language, number in numbers.items() for _ in range(number)):
        stem = "".join(draw.choice("bcdfglmprst") + draw.choice("aeiou") for _ in range(3))
        told = language if draw.random() < 0.9 else draw.choice(sorted(ENDINGS))
        rows.append((stem.title() + ENDINGS[told], language))
    return rows


@pytest.fixture(scope="module")
def data(tmp_path_factory):
    """Names with twice as many Russian ones as others, and more names to pretrain on."""
    return write_names(
        tmp_path_factory.mktemp("options") / "d",
        some_names(1, Italian=50, Japanese=50, Russian=100),
        some_names(2, Italian=5, Japanese=5, Russian=5),
        some_names(3, Italian=20, Japanese=20, Russian=20, Indian=30, Norwegian=30),
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


# ------------------------------------------------------------------------- what comes out


def test_train_save_load_predict(base, changed):
    stages = [line.split("epoch")[0] for line in base.output.splitlines() if "loss" in line]
    assert stages == ["pretraining ", "", "", "refit ", "refit "]
    assert base.errors == ""  # no bar where the output is no terminal
    assert base.stages() == {"pretraining_history": 1, "history": 2, "refit_history": 2}
    assert f"test accuracy {base.metrics['test']['accuracy']:.2%}" in base.output
    classifier = TextClassifier.load(base.folder)
    assert classifier.labels == ["Italian", "Japanese", "Russian"]
    assert classifier.other_labels == ["Indian", "Norwegian"]
    answer = classifier.answer("Hansen", 3)
    assert sum(p for _, p in answer.predictions) + answer.none == pytest.approx(1)
    card = (base.folder / "README.md").read_text()
    assert f"\n| {base.metrics['test']['accuracy']:.1%} |" in card
    assert "--hidden-size 8" in card  # of the command that made it
    again = changed()  # the same options give the same model
    assert same_weights(again, base)
    assert again.config["calibration"] == base.config["calibration"]


@pytest.mark.parametrize(
    ("arguments", "name", "before", "after"),
    [
        ("--hidden-size 11", "gru.weight_hh_l0", (24, 8), (33, 11)),
        ("--layers 2 --no-bidirectional", "gru.weight_ih_l1", None, (24, 8)),
    ],
)
def test_the_network_has_the_sizes_asked_for(base, changed, arguments, name, before, after):
    result = changed(*arguments.split())
    shapes = (each.weights[name].shape if name in each.weights else None for each in (base, result))
    assert tuple(shapes) == (before, after)


def test_other_options_give_other_weights_and_are_recorded(base, changed):
    options = {"seed": 2, "learning_rate": 0.02, "batch_size": 20, "logit_adjustment": 1}
    for name, value in options.items():
        result = changed(f"--{name.replace('_', '-')}", value)
        assert not same_weights(result, base)
        aside = {name: 0, "command": ""}
        assert result.config["training"][name] == value
        assert result.config["training"] | aside == base.config["training"] | aside


def test_epochs_are_those_of_each_stage(base, changed):
    result = changed("--epochs", "3", "--pretrain-epochs", "2")
    assert result.stages() == {"pretraining_history": 2, "history": 3, "refit_history": 3}
    without = changed("--pretrain-epochs", "0")
    assert without.stages() == {"history": 2, "refit_history": 2}
    assert without.config["other_labels"] == []


def test_prior_power_gives_answers_the_frequencies_of_training_back(base, changed, data):
    none, whole = changed("--prior-power", "0"), changed("--prior-power", "1")
    assert same_weights(none, whole)
    assert same_weights(base, whole)  # whose biases are fitted
    assert none.config["calibration"]["bias"][:3] == [0, 0, 0] != base.config["calibration"]["bias"]
    counts = Counter(read_names(data).train.labels)
    by_hand = [log(counts[label] / counts.total()) for label in base.config["labels"]]
    biases = [torch.tensor(each.config["calibration"]["bias"]) for each in (none, whole)]
    moved = (biases[1] - biases[0]).tolist()
    assert moved == pytest.approx([*by_hand, 0, 0], abs=1e-5)  # those of none stay


def test_pretraining_files_are_those_named(base, changed, data, tmp_path):
    file = tmp_path / "more.csv.gz"
    write_rows(file, [("Virtanen", "Finnish"), ("Okafor", "Igbo"), ("Conti", "Igbo")])
    second = ("--pretraining", data / "names_train.csv.gz")
    result = changed("--pretraining", file, *second)
    assert result.config["other_labels"] == ["Finnish", "Igbo"]
    files = result.metrics["dataset"]
    assert {"more.csv.gz", f"{data.name}/names_train.csv.gz"} < set(files)
    assert "pretraining.csv.gz" not in files
    foreign = [row for row in PRETRAIN if row[1] in {"Norwegian", "Indian", "Romanian"}]
    write_rows(file, foreign)  # without a single text of the labels
    assert "0 rows of these and 4 of 3 other labels" in changed("--pretraining", file).output


def test_pretraining_leaves_test_names_out(tmp_path):
    data = write_names(tmp_path / "d", pretrain=PRETRAIN)
    done = start("--data", data, "--dry-run", *QUICK, *BASE)
    assert "3 rows of these and 4 of 3 other labels to pretrain on" in done.stdout  # not Conti


def test_data_is_the_folder_named(changed, tmp_path):
    rows = [(f"{a}{b}", a.upper()) for a in "st" for b in "aeiou"]
    other = write_names(tmp_path / "other", rows, [("sax", "S")])
    result = changed("--data", other, "--pretrain-epochs", "0")
    assert result.config["labels"] == ["S", "T"]
    assert result.config["training"]["data"] == str(other)


def test_lecture_is_its_network_in_its_own_letters(data, tmp_path):
    options = ("--lecture", "--data", data, "--epochs", "1", "--no-use-gpu")
    result = Result(tmp_path / "m", *options)
    assert result.weights["embedding.weight"].shape == (128, 100)
    assert result.weights["gru.weight_ih_l1_reverse"].shape == (300, 200)
    assert not any(name.startswith(("linear_ngrams", "ngram")) for name in result.weights)
    assert result.config["encoder"] == {"kind": "characters"}
    assert result.stages() == {"history": 1}
    assert parse_arguments(["--lecture"]).epochs is None  # then the lecture's 100


def test_output_is_the_folder_named_and_otherwise_the_task_s(tmp_path):
    def folder(*arguments):
        return train.output_folder(parse_arguments([*map(str, arguments)]))

    assert folder() == ROOT / "model" / "weights" / "names"
    reviews = ROOT / "model" / "weights" / "reviews"
    assert folder("--task", "reviews", "--data", "x") == reviews
    assert str(folder("--lecture")) == "out/lecture"
    assert folder("--lecture", "--output", tmp_path / "a") == tmp_path / "a"


def test_a_dry_run_trains_on_a_few_rows_and_writes_nothing(data, tmp_path):
    def files():
        weights = (ROOT / "model" / "weights").rglob("*")
        return {path: path.stat().st_mtime_ns for path in (*weights, *data.iterdir())}

    before = files()
    options = ("--data", data, *BASE, "--batch-size", "4", "--epochs", "5", "--output", tmp_path)
    done = start(*options, "--dry-run", "--resume", "--log-with", "tensorboard")
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("8 rows to train")
    assert done.stdout.count("epoch   1/1") == 3
    assert "dry run: nothing saved" in done.stdout
    assert "no checkpoint to resume" in done.stderr
    assert list(tmp_path.iterdir()) == []
    assert files() == before


def test_scores_on_validation_and_calibration_are_of_the_model_that_has_not_seen_it(tmp_path):
    """Guesses of names unseen are right by chance; the refit has learnt its rows by heart."""
    draw = random.Random(0)
    names = ["".join(draw.choices("abcdefghijklmnopqrstuvwxyz", k=7)) for _ in range(1450)]
    rows = [(name, draw.choice("AB")) for name in names]
    guesswork = write_names(tmp_path / "d", rows[:1400], rows[1400:])
    sizes = ("--hidden-size", "8", "--batch-size", "128", "--learning-rate", "0.03")
    options = ("--epochs", "6", *sizes, *BASE, "--prior-power", "0")
    result = Result(tmp_path / "m", "--data", guesswork, *options)
    validation = result.metrics["validation"]["accuracy"]
    best = max(entry["validation_accuracy"] for entry in result.metrics["history"])
    by_heart = result.metrics["refit_history"][-1]["validation_accuracy"]
    assert validation == pytest.approx(best)
    assert validation < by_heart - 0.1
    # Fitted on what was learnt by heart, the temperature would trust in guesses.
    assert result.config["calibration"]["temperature"] > 1.2
    saved = TextClassifier.load(result.folder)
    rows = read_names(guesswork).validation
    predicted = saved.predict_batch(rows.texts).argmax(axis=1)
    right = [saved.labels[i] == label for i, label in zip(predicted, rows.labels, strict=True)]
    assert sum(right) / len(right) == pytest.approx(by_heart, abs=0.02)  # what is saved: the refit


# ------------------------------------------------------------------------- what is printed


def test_what_is_replaced_and_what_is_doubtful_is_said_first(base, data, tmp_path):
    options = ("--data", data, *QUICK, "--output", base.folder)
    lines = start(*options, *BASE).stdout.splitlines()
    assert lines[0] == (
        f"This replaces the model in {base.folder}: to keep it, stop now and give another --output."
    )
    assert "replaces" not in start(*options, "--dry-run").stdout
    folder = write_names(tmp_path / "d", test=[("ROSSI", "Italian")])
    shared = start("--data", folder, "--dry-run").stderr
    assert shared == "warning: the texts of 1 test rows are in training too\n"
    if not torch.cuda.is_available() and not torch.backends.mps.is_available():
        gpu = start("--data", data, "--dry-run", "--use-gpu")
        assert gpu.returncode == 0
        assert gpu.stderr == "warning: no GPU here, so the CPU trains\n"


def test_a_log_gets_a_line_within_slow_epochs(data, tmp_path, monkeypatch):
    monkeypatch.setattr("model.commands.progress.QUIET_SECONDS", 0.0)
    result = Result(tmp_path / "m", "--data", data, *QUICK, *BASE)
    assert re.search(r"^\d\d:\d\d  epoch   2/2  \d+%$", result.output, re.MULTILINE)
    assert result.output.count("train loss") == 5


@pytest.mark.nightly
def test_a_terminal_gets_a_bar_with_the_time_left(data, tmp_path):
    options = f"--data {data} --output {tmp_path / 'm'} {' '.join((*QUICK, *BASE))} --epochs 10"
    command = f"stty cols 100 rows 24; {sys.executable} train.py {options}"
    done = run("-c", f"import pty; pty.spawn(['sh', '-c', {command!r}])")
    bar = r"^epoch +\d+/10 +\d+%\|.*\| \d\d:\d\d<\d\d:\d\d"
    assert re.search(bar, done.stdout, re.MULTILINE)
    assert done.stdout.count("train loss") == 21


# ------------------------------------------------------------------------- how it ends


def test_resume_goes_on_where_ctrl_c_stopped_and_ends_with_the_same_model(
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
    resumed = Result(folder, *options, "--resume")
    assert resumed.output.count("train loss") == 1  # the refit's second epoch
    assert same_weights(resumed, base)
    assert resumed.config["calibration"] == base.config["calibration"]
    assert not (tmp_path / "m.checkpoint").exists()


@pytest.mark.slow
def test_ctrl_c_saves_the_best_model_so_far_and_exits_130(small_data, tmp_path):
    command = [sys.executable, "train.py", "--data", str(small_data), "--output"]
    command += [str(tmp_path / "m"), *QUICK[4:], "--epochs", "100000", "--no-use-gpu"]
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
    process = subprocess.Popen(command, cwd=ROOT, **pipes, text=True)
    while not process.stdout.readline().startswith("epoch"):
        assert process.poll() is None, process.stderr.read()
    process.send_signal(signal.SIGINT)
    output, errors = process.communicate(timeout=PATIENCE)
    assert process.returncode == 130
    assert "saved to" in output
    assert "stopped: the best model so far is saved; --resume continues\n" in errors
    TextClassifier.load(tmp_path / "m").predict("Rossi")


def test_ctrl_c_before_the_first_epoch_is_one_line(monkeypatch, data, tmp_path):
    def interrupted(*_):
        raise KeyboardInterrupt

    monkeypatch.setattr(train, "prepare", interrupted)
    done = start("--data", data, "--output", tmp_path / "m")
    assert done.returncode == 130
    assert re.fullmatch(r"stopped: no model saved.*\n", done.stderr)


def assert_refused(done, *parts):
    """Assert that one line was printed, and nothing else done."""
    assert done.returncode == 2
    (line,) = done.stderr.splitlines()
    assert line.startswith("train.py: ")
    for part in parts:
        assert part in line
    assert "epoch" not in done.stdout


@pytest.mark.parametrize(
    "options",
    [
        *("--epochs 0", "--epochs many", "--hidden-size 1.5", "--hidden-size 1000000000"),
        *("--learning-rate 0", "--learning-rate nan", "--learning-rate inf"),
        *("--logit-adjustment 1.5", "--prior-power -1", "--seed -1", "--seed 99999999999999999999"),
        *("--task poems", "--data nowhere", "--nonsense --nonsense", "--log-with x"),
    ],
)
def test_bad_options_exit_2_and_say_what_is_wrong(options, tmp_path):
    assert_refused(start(*options.split(), "--output", tmp_path / "m"), *options.split())
    assert list(tmp_path.iterdir()) == []


def test_files_that_are_not_there_or_do_not_fit_are_named(data, tmp_path):
    options = ("--data", data, "--output", tmp_path / "m", *QUICK)
    assert_refused(start(*options, "--pretraining", tmp_path / "none.csv.gz"), "No file")
    assert_refused(start("--lecture", "--pretraining", "x"), "--lecture is the lecture's training")
    large = ("--hidden-size", "10000", "--layers", "100")
    assert_refused(start(*options, *large), "more than 100,000,000 weights")
    assert list(tmp_path.iterdir()) == []


def test_a_label_that_loading_would_refuse_is_refused_before_training(tmp_path):
    data = write_names(tmp_path / "d", [*TRAIN, ("Andersen", "Old\u00a0Norse")])
    done = start("--data", data, "--output", tmp_path / "m", *QUICK, *BASE)
    where = f"names_train.csv.gz, line {len(TRAIN) + 1}: the language "
    assert_refused(done, where, "U+00A0 (NO-BREAK SPACE)")


@pytest.mark.parametrize("length", [245, 255, 256])  # 255 fit; ".checkpoint" takes 11 of them
def test_a_name_too_long_for_its_checkpoint_is_found_before_training(data, tmp_path, length):
    done = start("--data", data, "--output", tmp_path / ("m" * length))
    assert_refused(done, "File name too long")
    assert list(tmp_path.iterdir()) == []


def test_what_is_in_the_way_of_the_output_is_found_before_training_and_stays(data, tmp_path):
    (tmp_path / "file").write_text("mine")
    (tmp_path / "m.checkpoint").write_text("mine")
    assert_refused(start("--data", data, "--output", tmp_path / "file"), "file cannot be written")
    done = start("--data", data, "--output", tmp_path / "m")
    assert_refused(done, f"{tmp_path / 'm.checkpoint'} is not a folder")
    (tmp_path / "n.checkpoint").mkdir()
    (tmp_path / "n.checkpoint" / "mine.txt").write_text("mine")
    Result(tmp_path / "n", "--data", data, *QUICK, *BASE)
    assert [p.name for p in (tmp_path / "n.checkpoint").iterdir()] == ["mine.txt"]
    assert {p.name for p in tmp_path.iterdir()} == {"file", "m.checkpoint", "n", "n.checkpoint"}


def test_weights_that_are_not_finite_are_never_saved(data, tmp_path):
    options = ("--data", data, "--output", tmp_path / "m", *QUICK, "--batch-size", "999")
    done = start(*options, "--pretrain-epochs", "0", "--learning-rate", "1e300")
    assert_refused(done, "try a lower --learning-rate")
    assert list(tmp_path.iterdir()) == []


def test_a_variable_that_is_wrong_is_named(data, tmp_path, monkeypatch):
    for variable in ("ACCELERATE_MIXED_PRECISION", "ACCELERATE_USE_CPU"):
        monkeypatch.setenv(variable, "garbage")
        done = start("--data", data, "--output", tmp_path / "m")
        assert_refused(done, f"{variable} is 'garbage': set it to ")
        monkeypatch.delenv(variable)


# ------------------------------------------------------------------------- cards


def test_training_over_a_folder_rewrites_its_card_s_generated_part_alone(base, data, tmp_path):
    folder = shutil.copytree(base.folder, tmp_path / "m")
    card, options = folder / "README.md", ("--data", data, *QUICK, *BASE)
    card.write_text(card.read_text() + "\nMy own words.\n")
    Result(folder, *options, "--pretrain-epochs", "0")
    assert card.read_text().endswith("<!-- /generated -->\n\nMy own words.\n")
    assert "--pretrain-epochs 0" in card.read_text()
    mine = "---\nlicense: ]\n---\n\n<!-- generated: x -->\n\n<!-- /generated -->\n"
    card.write_text(mine)
    assert_refused(
        start("--data", data, "--output", folder), "README.md is not UTF-8 with YAML front matter"
    )
    assert card.read_text() == mine
