"""`pip install .`: library and commands as surname_gru, with weights, away from the repository."""

import json
import os
import re
import subprocess
import sys
import tomllib
from importlib.metadata import requires

import httpx
import pytest
import yaml
from conftest import ROOT, running_page
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
        [sys.executable, *map(str, arguments)],
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
    heavy = "import sys; print({'gradio', 'sklearn', 'matplotlib'} & set(sys.modules))"
    done = run_away(installed, "-c", f"import surname_gru.__main__\n{away}\n{heavy}")
    assert re.fullmatch(r"\{'Japanese': 0\..*\}\nset\(\)\n", done.stdout), done.stderr


def command(installed, *arguments) -> subprocess.CompletedProcess:
    """Run the console command, as pip has installed it."""
    return run_away(installed, installed / "bin" / "surname-gru", *arguments)


def test_the_console_command_predicts_and_trains(installed, small_data, tmp_path):
    (tmp_path / "names.txt").write_text("Nakamura\n")
    assert command(installed, "predict", tmp_path / "names.txt").stdout.startswith("Nakamura,Jap")
    options = ("--data", small_data, "--output", tmp_path / "m", "--epochs", "1")
    done = command(installed, "train", *options, "--no-use-gpu")
    assert done.returncode == 0, done.stderr
    recorded = json.loads((tmp_path / "m" / "config.json").read_text())["training"]["command"]
    assert recorded.startswith(f"surname-gru train --data {small_data} --output ")
    done = command(installed, "predict", tmp_path / "names.txt", "--model", tmp_path / "m")
    assert done.returncode == 0, done.stderr


def test_every_command_goes_by_the_package_s_name(installed):
    """In one process, as the console command calls them; the last is one of its own."""
    script = """if True:
        import sys
        sys.argv[0] = "surname-gru"
        from surname_gru.__main__ import main
        for arguments in sys.argv[1:]:
            try:
                print(main(arguments.split()))
            except SystemExit as error:
                print(error.code)"""
    refused = {
        "train": "surname-gru train: --task names needs --data: a folder with names_train.csv",
        "train --task reviews": "surname-gru train: --task reviews needs --data: ",
        "train --data d": "surname-gru train: Outside a clone of the repository --output is",
        "train --nonsense": "surname-gru train: unrecognized arguments: --nonsense",
        "app --model nowhere": "surname-gru app: No model folder nowhere",
        "app --port 0": "surname-gru app: argument --port: ",
        "predict none.csv": "surname-gru: ",
        "space ada/page": "surname-gru: No app.py in ",
    }
    done = run_away(installed, "-c", script, *refused)
    assert done.stdout == "2\n" * len(refused)
    for line, start in zip(done.stderr.splitlines(), refused.values(), strict=True):
        assert line.startswith(start)
    names = ("train", "predict", "evaluate", "push", "space", "card", "app")
    helps = run_away(installed, "-c", script, *(f"{name} --help" for name in names)).stdout
    assert [f"usage: surname-gru {name} [" in helps for name in names] == [True] * len(names)
    done = command(installed, "space", "ada/page")
    assert (done.returncode, done.stderr[:16]) == (2, "surname-gru: No ")


def test_the_installed_page_has_its_look_and_its_scripts(installed, tmp_path):
    start = [sys.executable, str(installed / "bin" / "surname-gru"), "app"]
    environment = os.environ | {"PYTHONPATH": str(installed), "GRADIO_TEMP_DIR": str(tmp_path)}
    with running_page(start, tmp_path / "log", environment, cwd=tmp_path) as url:
        config = httpx.get(f"{url}/config").json()
        assert httpx.get(f"{url}/favicon.ico").text == (ROOT / "model/tabs/favicon.svg").read_text()
    assert (ROOT / "model/tabs/page.js").read_text() in config["head"]
    assert (ROOT / "model/tabs/style.css").read_text() in config["css"]
    scripts = [part["props"].get("js_on_load") or "" for part in config["components"]]
    assert any((ROOT / "model/tabs/reading.js").read_text() in script for script in scripts)


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
    assert set(extras) == {"mcp", "data", "dev", "ray", "tensorboard"}
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
    (python,) = filter(None, (step.get("with", {}).get("python-version") for step in job["steps"]))
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


def test_workflows_may_only_read_and_run_actions_by_their_commit():
    for path in (ROOT / ".github" / "workflows").glob("*.yml"):
        workflow = yaml.safe_load(path.read_text())
        assert workflow["permissions"] == {"contents": "read"}, path.name
        for action in re.findall(r"uses: (.*)", path.read_text()):
            assert re.fullmatch(r"[\w./-]+@[0-9a-f]{40} # v[\d.]+", action), (path.name, action)
