"""What the documents say to type, in a copy of the repository: each line is run or says why not.

What takes long is nightly, and so is each command in a process of its own.
"""

import csv
import json
import os
import re
import shutil
import subprocess
import sys

import httpx
import openpyxl
import pytest
from conftest import PATIENCE, ROOT, run_here, running_page
from models import rows_of
from PIL import Image

import model
from docs import key, pictures
from model import __main__
from model.commands import train

PLACES = "*.md */*.md model/weights/*/README.md"
API = ROOT / "docs" / "api.md"  # whose lines go to a page that runs
DOCUMENTS = [path for place in PLACES.split() for path in sorted(ROOT.glob(place))]
PROGRAMS = "python pip surname-gru uvx pipx hf docker git make node"
PROGRAM = re.compile(rf"(\.venv/bin/)?({'|'.join(PROGRAMS.split())}) ")
# Why a line is not run here, by how it begins
NOT_RUN = {
    r"(git|hf|docker|twine|uvx|pipx|pip|python3 -m venv) ": "needs the internet",
    r"(make|python -m build|python -m pytest|pytest) ": "is or calls what CI runs",
    r".*\b(OUT|TABLE|FOLDER|USER/NAME|HOST|ADDRESS)\b": "has a word for the reader's own",
    r"surname-gru ": "test_package.py installs it",
    r"python -m model (push|space)\b": "needs the Hub: test_hub.py has one",
    r"python -m model remake\b": "looks up all names, for a minute: test_commands.py has one",
    r"python -m examples\.many_names\b": "needs Ray: test_examples.py has one",
    r"python .* --model USER/": "needs the Hub: test_hub.py has one",
    r"python -m (benchmarks|docs)\b": "measures or draws, for minutes",
    r"python train\.py( --no-use-gpu| --seed 1| --output my_model --log-with .*)?$": (
        "trains on all names"
    ),
    r"python train\.py --data (my_names|table\.csv) ": "as test_train.py and test_own.py",
    r"python train\.py .*data/lecture|python data/fetch": "needs files without a licence",
    r"(python|cp|export) .*(train\.tsv|teacher|THREADS)": "needs the contest's file",
    r"tensorboard |python -m http\.server|python app\.py --host|curl ": "only serves or asks",
    r"python .*sentences\.txt": "needs a file of the reader's own",
}
SERVES = "The page is ready"
# What is run, in this order, and a part of what it prints; a line that no document has is ours
RUN = dict(
    rows_of("""
python train.py --dry-run | dry run: nothing saved
python train.py --dry-run --task reviews --data tests/data/reviews.tsv | dry run
python train.py --help | --pretrain-epochs
python -m model predict people.xlsx -o answers.xlsx | 2 rows predicted
python -m model evaluate data/names_test.csv.gz --column 1 --no-header | accuracy
python -m model export site | index.html
python train.py --train a.csv --validation b.csv --test c.csv --output my_model | saved to
python -m model card --model my_model | is rewritten
python -m model push USER/my-model --model my_model --dry-run | bytes in
""")
)
# In a process of its own: what writes to the terminal itself, and what is not Python
STARTED = {
    "python -m model predict --text Rossi Nakamura": "Japanese",
    "node try.mjs": "Japanese",
}
NIGHTLY = {
    "python train.py --dry-run --seed 3": "dry run: nothing saved",
    "python train.py --dry-run --lecture": "dry run: nothing saved",
    "python -m examples.plates > plates.csv": "",
    "python train.py --data plates.csv --text-column plate --output my_plates --quick": (
        "saved to my_plates"
    ),
    "python -m model predict plates.csv -o out.csv --model my_plates": "5,000 rows",
    "python -m model export site --model my_model": "index.html",
    "python app.py --model my_model": SERVES,
    "python app.py": SERVES,
    "python app.py --model my_plates": SERVES,
    "python -m model export site --precision fp16": "index.html",
    "python train.py --pretrain-epochs 0 --epochs 1 --output one": "saved to one",
    "python app.py --model one": SERVES,
    "python train.py --data plates.csv --text-column plate --output my_plates": (
        "saved to my_plates"
    ),
    "python -m data.build --check": "",
    "python -m examples.export_onnx exported --model my_model": "",
    "python exported/reader.py Nakamura Rossi": "Japanese",
}
IS_SLOW = "trains for a minute: nightly"
# Python in the documents, by what it begins with, and why it is not run or None
SNIPPETS = {
    "from model import TextClassifier  # after": None,
    "from surname_gru import TextClassifier": None,
    "from examples.plates import plates": IS_SLOW,
    "from sklearn.model_selection import": "trains for minutes",
    "from reader import LABELS": "needs the model for ONNX Runtime",
    "TextClassifier.load(": None,
    "from model import TextClassifier\nfrom model.tasks": "needs the contest's file",
    "from model.tasks.names import": "trains for minutes",
}


def nightly(cases):
    return [pytest.param(*case, marks=pytest.mark.nightly) for case in cases]


def blocks(document, language):
    text = document.read_text("utf-8")
    return re.findall(rf"```{language}\n(.*?)```", text, re.DOTALL)


def snippets():
    """Yield each piece of Python in the documents that is run."""
    for document in DOCUMENTS:
        for block in blocks(document, "python"):
            (why,) = [SNIPPETS[start] for start in SNIPPETS if block.startswith(start)]
            if why in (None, IS_SLOW):
                marks = [pytest.mark.nightly] if why else []
                yield pytest.param(block, id=document.name, marks=marks)


def command_lines(document):
    """Yield what a document says to type: lines of blocks, and commands within sentences."""
    lines = []
    for block in blocks(document, "bash"):
        lines += block.replace("\\\n", "").splitlines()
    sentences = re.sub("```.*?```", "", document.read_text("utf-8"), flags=re.DOTALL)
    lines += filter(PROGRAM.match, re.findall("`([^`]+)`", sentences))
    for line in lines:
        words = re.sub(r"\s+#.*", "", line).split()
        yield " ".join(words).replace(".venv/bin/", "")


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.name)
def test_every_line_that_a_document_says_to_type_is_run_or_says_why_not(document):
    """One that another begins with names a command only."""
    known = [*RUN, *STARTED, *NIGHTLY]
    lines = [] if document == API else command_lines(document)
    for line in lines:
        is_run = any(command.startswith(line) for command in known)
        assert is_run or any(re.match(why, line) for why in NOT_RUN), line


@pytest.fixture(scope="module")
def clone(tmp_path_factory):
    """A copy of the repository, and the files that a reader of the documents has."""
    folder = tmp_path_factory.mktemp("clone")
    listed = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    names = subprocess.run(listed, cwd=ROOT, capture_output=True, check=True).stdout
    for name in names.decode().split("\0"):
        if (ROOT / name).is_file():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(ROOT / name, folder / name)
    (folder / ".venv").symlink_to(sys.prefix)
    workbook = openpyxl.Workbook()
    for row in (["surname"], ["Rossi"], ["Nakamura"]):
        workbook.active.append(row)
    workbook.save(folder / "people.xlsx")
    for name, ending in zip("abc", "xyz", strict=True):
        rows = [(f"{letter}{ending}ka", "K") for letter in "bdfgh"]
        rows += [(f"{letter}{ending}lo", "L") for letter in "mnprt"]
        with open(folder / f"{name}.csv", "w") as file:
            csv.writer(file).writerows([("text", "label"), *rows])
    return folder


PROGRAMS_HERE = {"python train.py": train.main, "python -m model": __main__.main}


@pytest.mark.parametrize(("command", "printed"), RUN.items())
@pytest.mark.slow
def test_a_command_does_what_it_says(clone, monkeypatch, command, printed):
    """In this process."""
    monkeypatch.chdir(clone)
    (program,) = filter(command.startswith, PROGRAMS_HERE)
    words = command.removeprefix(program).split()
    done = run_here(PROGRAMS_HERE[program], *words)
    assert done.returncode == 0, done.stderr
    assert printed in done.stdout + done.stderr


@pytest.mark.parametrize(
    ("command", "printed"),
    [*STARTED.items(), *nightly([*RUN.items(), *NIGHTLY.items()])],
)
@pytest.mark.slow
def test_a_command_that_is_started_does_what_it_says(clone, tmp_path, command, printed):
    env = os.environ | {"PATH": f"{sys.prefix}/bin:{os.environ['PATH']}"}
    if printed == SERVES:
        with running_page(command.split(), tmp_path / "log", env, cwd=clone) as url:
            assert httpx.get(url, timeout=PATIENCE).status_code == 200
        return
    cwd = clone
    if command.startswith("node"):
        cwd = clone / "site"
        (cwd / "try.mjs").write_text(blocks(API, "js")[0])
    options = {"cwd": cwd, "env": env, "capture_output": True, "text": True}
    done = subprocess.run(["bash", "-euc", command], timeout=PATIENCE, **options)
    assert done.returncode == 0, done.stderr
    assert "Traceback" not in done.stderr
    assert printed in done.stdout + done.stderr


@pytest.mark.parametrize("block", snippets())
def test_python_in_a_document_runs(block, monkeypatch):
    monkeypatch.chdir(ROOT)
    monkeypatch.setitem(sys.modules, "surname_gru", model)  # its name when installed
    exec(block, {"TextClassifier": model.TextClassifier})


@pytest.mark.browser
@pytest.mark.nightly
def test_the_key_of_the_lesson_has_the_figures_of_the_page(monkeypatch, capsys):
    monkeypatch.setattr(sys, "argv", ["key"])
    key.main()
    told = (ROOT / "docs" / "lesson-teacher.md").read_text("utf-8")
    blocks_of_page = capsys.readouterr().out.strip().split("\n\n")
    assert len(blocks_of_page) == 7
    assert [block for block in blocks_of_page if block not in told] == []


@pytest.mark.browser
@pytest.mark.nightly
def test_pictures_have_the_words_of_the_page():
    for name, _, words in pictures.take_pictures(pictures.PICTURES):
        with Image.open(pictures.FOLDER / f"{name}.webp") as picture:
            kept = picture.info["xmp"].decode()
        # The ends of curves, and so their names, depend on when a training was paused.
        assert sorted(kept.split()) == sorted(words.split()), name


@pytest.mark.skipif(not shutil.which("curl"), reason="no curl")
@pytest.mark.slow
def test_the_api_s_examples_are_answered(app_url, tmp_path):
    for block in blocks(API, "bash"):
        here = block.replace("http://localhost:7860", app_url)
        command = ["bash", "-euc", here]
        done = subprocess.run(
            command, cwd=tmp_path, capture_output=True, text=True, timeout=PATIENCE
        )
        assert "Japanese" in str(json.loads(done.stdout)["data"])
