"""What is built and installed: library and commands as surname_gru, with weights, and nothing else.

And what is installed and fetched: the lock, the licences, sums.
"""

import hashlib
import os
import pydoc
import re
import shutil
import subprocess
import sys
import tarfile
import tomllib
from email import message_from_bytes
from zipfile import ZipFile

import pytest
from conftest import ROOT, run_script
from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet

import model
from data import fetch_lecture
from model import __version__

PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())
LOCK = (ROOT / "requirements.lock").read_text()
LOCKED = re.findall(
    r"^([\w.-]+)==(\S+)[^\n]*\\\n((?: +--hash=sha256:\w{64}.*\n)+)", LOCK, re.M
)
LINES = (ROOT / "requirements.txt").read_text().splitlines()
WANTED = [
    Requirement(line.split("#")[0]) for line in LINES if line[:1] not in ("#", "")
]


def run_python(*arguments, **options):
    command = [sys.executable, *map(str, arguments)]
    return subprocess.check_output(command, text=True, **options)


def run_installed(folder, code):
    """Return what Python code prints that finds the package and no clone."""
    environment = os.environ | {"PYTHONPATH": str(folder)}
    return run_python("-c", code, cwd=folder.parent, env=environment)


@pytest.fixture(scope="module")
def tracked():
    command = ["git", "ls-files"]
    return subprocess.check_output(command, cwd=ROOT, text=True).splitlines()


@pytest.fixture(scope="module")
def built(tracked, tmp_path_factory):
    """A folder with the sdist, made of a fresh copy, and with the wheel, made of the sdist."""
    copy, built = (tmp_path_factory.mktemp(name) for name in ("copy", "built"))
    for name in tracked:
        (copy / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(ROOT / name, copy / name)
    run_python("-m", "build", "--no-isolation", "--outdir", built, copy)
    return built


@pytest.fixture(scope="module")
def wheel(built):
    (path,) = built.glob("*.whl")
    return path


@pytest.fixture(scope="module")
def installed(wheel, tmp_path_factory):
    """A folder with the package and nothing else."""
    target = tmp_path_factory.mktemp("target")
    options = ("--no-deps", "--no-index", "--quiet", "--target", target)
    run_python("-m", "pip", "install", *options, wheel)
    return target


def test_the_wheel_is_the_program_its_models_and_the_licences(wheel, tracked):
    """No tests, no builder of the data and no rows of it, no benchmarks."""
    program = {
        path.replace("model/", "surname_gru/", 1)
        for path in tracked
        if path.startswith("model/")
    }
    parts = "METADATA RECORD WHEEL entry_points.txt top_level.txt licenses/LICENSE"
    parts = {*parts.split(), "licenses/data/LICENSE", "licenses/data/NOTICE"}
    about = {f"surname_gru-{__version__}.dist-info/{name}" for name in parts}
    assert set(ZipFile(wheel).namelist()) == program | about
    assert wheel.stat().st_size < 17 * 2**20


def test_the_sdist_has_no_tests_and_no_rows(built):
    (path,) = built.glob("*.tar.gz")
    with tarfile.open(path) as archive:
        names = archive.getnames()
    assert not [name for name in names if re.search(r"tests|[ct]sv|\.github", name)]


def test_an_index_can_show_what_the_package_says_of_itself(wheel):
    about = f"surname_gru-{__version__}.dist-info/METADATA"
    metadata = message_from_bytes(ZipFile(wheel).read(about))
    text = metadata.get_payload()
    assert text.startswith("# surname-gru")  # not the front matter of a Space
    assert not re.search(r"\]\((?!https://)", text)  # a link into a clone
    versions = SpecifierSet(metadata["Requires-Python"])
    said = re.findall(r":: (3\.\d+)$", str(metadata), re.MULTILINE)
    assert said == [f"3.{n}" for n in range(30) if f"3.{n}" in versions]


@pytest.mark.slow
def test_the_card_s_snippet_runs_where_the_package_is_installed(installed, tmp_path):
    card = (installed / "surname_gru/weights/names/README.md").read_text()
    (snippet,) = re.findall(r"```python\n(.*?)```", card, re.DOTALL)
    heavy = "import sys; print({'gradio', 'sklearn', 'matplotlib'} & set(sys.modules))"
    (tmp_path / "names.txt").write_text("Nakamura\n")
    command = f"from surname_gru.__main__ import main\nmain(['predict', '{tmp_path}/names.txt'])"
    reviews = "from surname_gru.tasks.reviews import own_rows; print(own_rows())"
    printed = run_installed(installed, f"{snippet}\n{command}\n{heavy}\n{reviews}")
    said = r"\{'Japanese': 0\..*\}\nNakamura,Japanese,Japanese,0\..*\nset\(\)\nNone\n"
    assert re.fullmatch(said, printed)


def test_without_its_dependencies_it_says_what_it_lacks(installed):
    """-S leaves out all that is installed."""
    command = [sys.executable, "-S", "-m", "surname_gru", "export", "site"]
    done = subprocess.run(command, cwd=installed, capture_output=True, text=True)
    lacks = "No module named 'pydantic': install the program with its dependencies."
    assert done.stderr.splitlines() == [lacks]


def test_what_there_is_to_import_is_listed_before_torch_is_and_help_shows_it():
    code = "import model, sys; print(*dir(model), 'torch' in sys.modules)"
    *names, has_torch = run_script("-c", code).stdout.split()
    assert {"TextClassifier", "InputError", "__version__"} <= set(names)
    assert has_torch == "False"
    shown = pydoc.plain(pydoc.render_doc(model))
    assert "class TextClassifier" in shown
    assert "from surname_gru import TextClassifier" in shown


def test_the_dev_extra_is_what_requirements_dev_txt_has():
    lines = (ROOT / "requirements-dev.txt").read_text().splitlines()
    found = {
        line.split("#")[0].strip() for line in lines if line[:1] not in ("#", "-", "")
    }
    assert found == set(PROJECT["project"]["optional-dependencies"]["dev"])


def test_every_requirement_is_locked_with_hashes():
    versions = {name.lower().replace("_", "-"): version for name, version, _ in LOCKED}
    n_locked = len(re.findall(r"^[\w.-]+==", LOCK, re.M))
    assert len(LOCKED) == n_locked  # none without a hash
    for requirement in WANTED:
        assert requirement.specifier.contains(versions[requirement.name]), requirement


def test_every_requirement_has_a_licence_in_contributing():
    text = (ROOT / "CONTRIBUTING.md").read_text().casefold()
    table = text.partition("## licences of what is installed")[2]
    assert "unknown" not in table
    for requirement in WANTED:
        name = requirement.name.replace("-", "[-_]")
        assert re.search(rf" {name}[, ]", table), requirement


def test_a_fetched_file_is_complete_and_needs_a_folder(tmp_path, monkeypatch, capsys):
    content = bytes(2**21)
    (tmp_path / "names.csv.gz").write_bytes(content)
    monkeypatch.setattr(fetch_lecture, "ADDRESS", tmp_path.as_uri())
    sha256 = {"names.csv.gz": hashlib.sha256(content).hexdigest()}
    monkeypatch.setattr(fetch_lecture, "SHA256", sha256)
    monkeypatch.setattr(fetch_lecture, "FOLDER", tmp_path / "lecture")
    assert fetch_lecture.main() == 0
    (copy,) = (tmp_path / "lecture").iterdir()
    assert copy.name == "names.csv.gz"
    assert copy.read_bytes() == content
    monkeypatch.setattr(fetch_lecture, "FOLDER", tmp_path / "names.csv.gz")
    assert fetch_lecture.main() == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert line.startswith("data/fetch_lecture.py: ")
    assert "File exists" in line
