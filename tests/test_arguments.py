"""Command lines and environment: what is wrong gets one line and exit code 2."""

import os

import pytest
from conftest import ROOT, run

from model.__main__ import main
from model.commands import train_options

EMPTY = {
    "train": [
        ["--data", ""],
        ["--output", ""],
        ["--teacher", ""],
        ["--pretraining", ""],
        ["--pretraining", "names.csv.gz", ""],
    ],
    "model": [
        ["predict", ""],
        ["predict", "-", "-o", ""],
        ["predict", "-", "--model", ""],
        ["predict", "-", "--column", ""],
        ["card", "--model", ""],
        ["push", ""],
        ["push", "ada/names", "--model", ""],
        ["push", "ada/names", "--dataset", ""],
        ["space", ""],
        ["space", "ada/page", "--model", ""],
        ["space", "ada/page", "--model-id", ""],
    ],
}


@pytest.mark.parametrize(
    ("parse", "arguments"),
    [
        *((train_options.parse_arguments, given) for given in EMPTY["train"]),
        *((main, given) for given in EMPTY["model"]),
    ],
)
def test_an_empty_value_is_refused_in_one_line(parse, arguments, capsys):
    with pytest.raises(SystemExit) as refusal:
        parse(arguments)
    assert refusal.value.code == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert "the value is empty" in line


def test_an_empty_folder_of_data_is_not_the_shipped_data():
    before = {path: path.stat().st_mtime_ns for path in (ROOT / "model" / "weights").rglob("*")}
    done = run("train.py", "--data", "", "--epochs", "1")
    assert done.returncode == 2
    assert done.stderr.startswith("train.py: argument --data: the value is empty")
    assert len(done.stderr.splitlines()) == 1
    assert {path: path.stat().st_mtime_ns for path in before} == before


@pytest.mark.parametrize(
    ("variable", "complaint"),
    [
        ("ACCELERATE_MIXED_PRECISION", "ACCELERATE_MIXED_PRECISION is 'garbage': set it to no"),
        ("ACCELERATE_USE_CPU", "ACCELERATE_USE_CPU is 'garbage': set it to true or false"),
        (
            "ACCELERATE_GRADIENT_ACCUMULATION_STEPS",
            "accelerate does not take ACCELERATE_GRADIENT_ACCUMULATION_STEPS=garbage",
        ),
    ],
)
def test_a_variable_that_accelerate_does_not_take_is_one_line(
    small_data, tmp_path, variable, complaint
):
    done = run(
        *("train.py", "--data", small_data, "--output", tmp_path / "m"),
        env=os.environ | {variable: "garbage"},
    )
    assert done.returncode == 2
    (line,) = done.stderr.splitlines()
    assert line.startswith(f"train.py: {complaint}")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    "port", ["abc", "", " ", "0", "-1", "65536", "1e3", "7860.0", "٧٨٦٠", "9" * 99]
)
def test_a_port_that_is_none_is_one_line(port):
    done = run("app.py", env=os.environ | {"GRADIO_SERVER_PORT": port})
    assert done.returncode == 2
    (line,) = done.stderr.splitlines()
    assert line == f"app.py: GRADIO_SERVER_PORT is {port!r}: a number from 1 to 65535 is needed."


def test_an_empty_name_of_a_model_is_one_line():
    done = run("app.py", "--model", "")
    assert done.returncode == 2
    (line,) = done.stderr.splitlines()
    assert line.startswith("app.py: argument --model: the value is empty")


def test_a_wrong_option_is_one_line_without_the_usage():
    more = (["-m", "model", command] for command in ("train", "app", "card"))
    for script in (["train.py"], ["app.py"], ["-m", "model"], *more):
        done = run(*script, "--nonsense")
        assert done.returncode == 2
        (line,) = done.stderr.splitlines()
        assert "--nonsense" in line or "COMMAND" in line
