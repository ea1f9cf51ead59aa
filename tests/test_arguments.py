"""Command lines as programs: what is wrong gets one line and exit code 2, and changes nothing."""

import pytest
from conftest import ROOT, run, run_here

from model.__main__ import main


@pytest.mark.parametrize(
    "arguments",
    [
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
        ["train", "--data", ""],
        ["app", "--model", ""],
    ],
)
def test_an_empty_value_is_refused_in_one_line(arguments):
    done = run_here(main, *arguments)
    assert done.returncode == 2
    (line,) = done.stderr.splitlines()
    assert line.startswith(f"python -m model {arguments[0]}: ")
    assert "the value is empty" in line


@pytest.mark.parametrize("command", [[], ["train"], ["app"], ["card"], ["predict", "x"]])
def test_a_wrong_option_is_one_line_without_the_usage(command):
    done = run_here(main, *command, "--nonsense")
    assert done.returncode == 2
    (line,) = done.stderr.splitlines()
    assert "--nonsense" in line or "COMMAND" in line


def test_the_scripts_are_programs_with_exit_codes():
    before = {path: path.stat().st_mtime_ns for path in (ROOT / "model" / "weights").rglob("*")}
    for script in ("train.py", "app.py"):
        done = run(script, "--data" if script == "train.py" else "--model", "")
        assert done.returncode == 2
        assert done.stderr.startswith(f"{script}: argument --")
        assert len(done.stderr.splitlines()) == 1
    assert {path: path.stat().st_mtime_ns for path in before} == before


@pytest.mark.parametrize("port", ["abc", "", " ", "0", "-1", "65536", "1e3", "٧٨٦٠", "9" * 99])
def test_a_port_that_is_none_is_one_line(monkeypatch, port):
    monkeypatch.setenv("GRADIO_SERVER_PORT", port)
    done = run_here(main, "app")
    assert done.returncode == 2
    (line,) = done.stderr.splitlines()
    assert line.startswith(f"python -m model app: argument --port: {port!r}: Input should be ")
