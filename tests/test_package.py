"""`pip install .`: library and commands as surname_gru, with weights, away from the repository."""

import os
import re
import subprocess
import sys
import tomllib

import pytest
import yaml
from conftest import ROOT

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


def test_the_card_s_snippet_and_predict_run_where_the_package_is_installed(installed, tmp_path):
    card = (installed / "surname_gru/weights/names/README.md").read_text()
    (snippet,) = re.findall(r"```python\n(.*?)```", card, re.DOTALL)
    away = snippet.replace('load("model/weights/names")', "load()")  # no clone, so no such folder
    assert away != snippet
    heavy = "import sys; print({'gradio', 'sklearn', 'matplotlib'} & set(sys.modules))"
    (tmp_path / "names.txt").write_text("Nakamura\n")
    command = f"from surname_gru.__main__ import main\nmain(['predict', '{tmp_path}/names.txt'])"
    done = run_away(installed, "-c", f"{away}\n{command}\n{heavy}")
    said = r"\{'Japanese': 0\..*\}\nNakamura,Japanese,0\..*\nset\(\)\n"
    assert re.fullmatch(said, done.stdout), done.stderr


def test_the_package_has_every_file_of_the_program_and_takes_no_other_name(installed):
    """The page's scripts and looks, the templates, the shipped weights, the promise of types."""
    listed = subprocess.run(["git", "ls-files", "model"], cwd=ROOT, capture_output=True, text=True)
    if listed.returncode:
        pytest.skip("not a clone of the repository")
    package = installed / "surname_gru"
    found = {str(path.relative_to(package)) for path in package.rglob("*.*")}
    assert {path.removeprefix("model/") for path in listed.stdout.split()} <= found
    assert [path.name for path in installed.glob("bin/*")] == ["surname-gru"]
    names = {path.name for path in installed.iterdir()} - {"bin"}
    assert names == {"surname_gru", f"surname_gru-{PROJECT['project']['version']}.dist-info"}


def test_the_dev_extra_is_what_requirements_dev_txt_has():
    lines = (ROOT / "requirements-dev.txt").read_text().splitlines()
    found = {line.split("#")[0].strip() for line in lines if line[:1] not in ("#", "-", "")}
    assert found == set(PROJECT["project"]["optional-dependencies"]["dev"])


def test_workflows_may_only_read_and_run_actions_by_their_commit():
    for path in (ROOT / ".github" / "workflows").glob("*.yml"):
        workflow = yaml.safe_load(path.read_text())
        assert workflow["permissions"] == {"contents": "read"}, path.name
        for action in re.findall(r"uses: (.*)", path.read_text()):
            assert re.fullmatch(r"[\w./-]+@[0-9a-f]{40} # v[\d.]+", action), (path.name, action)
