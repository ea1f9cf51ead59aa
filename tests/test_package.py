"""`pip install .`: the library as surname_gru, with its weights, away from the repository."""

import os
import re
import subprocess
import sys
import tomllib
from importlib.metadata import requires

import pytest
import yaml
from conftest import ROOT
from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet

PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())
PACKAGED = ("pyproject.toml", "requirements.txt", "README.md", "LICENSE")


@pytest.fixture(scope="module")
def installed(tmp_path_factory):
    """A folder with the package and nothing else, built from a copy of what it is made of."""
    copy = tmp_path_factory.mktemp("copy")
    for name in PACKAGED:
        (copy / name).write_bytes((ROOT / name).read_bytes())
    (copy / "model").symlink_to(ROOT / "model")
    target = tmp_path_factory.mktemp("target")
    options = ("--no-deps", "--no-build-isolation", "--no-index", "--quiet")
    command = [sys.executable, "-m", "pip", "install", *options, "--target", str(target), str(copy)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=240)
    assert done.returncode == 0, done.stderr
    return target


def run_away(installed, *arguments: str) -> subprocess.CompletedProcess:
    return subprocess.run(
        [sys.executable, *arguments],
        cwd=installed.parent,
        env=os.environ | {"PYTHONPATH": str(installed)},
        capture_output=True,
        text=True,
        timeout=240,
    )


def test_the_card_s_snippet_runs_as_printed_where_the_package_is_installed(installed):
    card = (installed / "surname_gru/weights/names/README.md").read_text()
    (snippet,) = re.findall(r"```python\n(.*?)```", card, re.DOTALL)
    away = snippet.replace('load("model/weights/names")', "load()")  # no clone, so no such folder
    assert away != snippet
    done = run_away(installed, "-c", away)
    assert done.stdout.startswith("{'Japanese': 0."), done.stderr


def test_the_command_line_goes_by_the_package_s_name(installed):
    done = run_away(installed, "-m", "surname_gru", "space", "ada/page")
    assert done.returncode == 2
    assert done.stderr.startswith("python -m surname_gru: No app.py in ")


def test_the_package_promises_types_and_takes_no_other_name(installed):
    assert (installed / "surname_gru/py.typed").exists()
    found = {path.name for path in installed.iterdir()} - {"bin"}
    assert [path.name for path in installed.glob("bin/*")] == ["surname-gru"]
    assert found == {"surname_gru", f"surname_gru-{PROJECT['project']['version']}.dist-info"}


def requirements(name: str) -> set[str]:
    lines = (line.split("#")[0].strip() for line in (ROOT / name).read_text().splitlines())
    return {str(Requirement(line)) for line in lines if line and not line.startswith("-r")}


def test_the_ranges_are_those_of_the_requirements_files(installed):
    (metadata,) = installed.glob("*.dist-info/METADATA")
    stated = re.findall(r"^Requires-Dist: ([^;\n]*)$", metadata.read_text(), re.MULTILINE)
    assert {str(Requirement(line)) for line in stated} == requirements("requirements.txt")
    extras = PROJECT["project"]["optional-dependencies"]
    assert set(extras) == {"mcp", "data", "dev", "ray", "export"}
    assert {str(Requirement(line)) for line in extras["dev"]} == requirements(
        "requirements-dev.txt"
    )


def lower_bounds() -> dict[str, str]:
    """Return the lowest version of each requirement, which has to state one."""
    ranges = map(Requirement, requirements("requirements.txt"))
    return {
        r.name: next(part.version for part in r.specifier if part.operator == ">=") for r in ranges
    }


def test_the_lower_bounds_are_not_below_those_of_gradio():
    bounds = lower_bounds()
    assert len(bounds) > 8
    for needed in map(Requirement, requires("gradio")):
        is_extra = needed.marker and not needed.marker.evaluate({"extra": ""})
        if needed.name in bounds and not is_extra:
            assert bounds[needed.name] in needed.specifier, str(needed)


def test_a_workflow_tests_the_lower_bounds_as_the_requirements_state_them():
    text = (ROOT / ".github" / "workflows" / "lowest.yml").read_text()
    (job,) = yaml.safe_load(text)["jobs"].values()
    (python,) = (step["with"]["python-version"] for step in job["steps"] if "with" in step)
    admitted = SpecifierSet(PROJECT["project"]["requires-python"])
    major, minor = map(int, python.split("."))
    assert python in admitted
    assert f"{major}.{minor - 1}" not in admitted  # the lowest
    commands = [step["run"].split() for step in job["steps"] if "run" in step]
    (resolve,) = (command for command in commands if "compile" in command)
    assert {"lowest-direct", "requirements.txt"} < set(resolve)
    assert "pytest" in commands[-1]
    # No bound stands there a second time, where it could differ.
    assert not re.search(rf"\b({'|'.join(lower_bounds())})\b *[=<>~!]", text)
