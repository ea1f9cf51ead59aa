"""An exported model gives the probabilities of the model that it was made of, without torch."""

import csv
import gzip
import json
import os
import random
import re
import runpy
import subprocess
import sys
import tomllib
import unicodedata
from importlib.metadata import version

import numpy as np
import pytest
import torch
from conftest import ROOT, SHIPPED, run
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from packaging.requirements import Requirement
from packaging.version import Version

from model import InputError, TextClassifier
from model.__main__ import main
from model.core import CharacterEncoder, NetworkConfig, RNNClassifier
from model.letters import LetterEncoder
from model.predict.files import predict_file
from model.storage.export import FILES, NEEDED, export
from model.words import WordEncoder

for package, lowest in NEEDED.items():
    pytest.importorskip(package)
    if Version(version(package)) < Version(lowest):
        pytest.skip(f"{package} is older than {lowest}", allow_module_level=True)

REVIEWS = ROOT / "model" / "weights" / "reviews"
NAMES = [
    "O’Neill",
    "Müller",
    "Nguyễn",
    "Παπαδόπουλος",
    "Иванов",
    "김",
    "佐藤",
    "张刘陈杨赵孙马罗郑谢",  # enough for an unknown letter of their own
    "ゾンビ",
    "חיים",
    "علي",
]
SENTENCES = ["It isn't bad -- a well-made film .", "-LRB- Yi 's ... can not ! -RRB- ``"]
# Every encoder, and among the three every option of the network.
MODELS = {
    "letters": (
        LetterEncoder.from_texts(NAMES, kinds_in_ngrams=["CJK"]),
        {"n_layers": 2, "ngrams": (2, 3), "ngram_buckets": 50, "pool": True, "n_others": 3}
        | {"linear_ngrams": (1, 4), "linear_buckets": 60, "script_ngrams": (3,), "dropout": 0.5},
    ),
    "words": (WordEncoder.from_texts(SENTENCES), {"n_layers": 1, "bidirectional": False}),
    "characters": (CharacterEncoder(), {"linear_ngrams": (2,), "linear_buckets": 60}),
}
# In a folder with reader.py: the texts of a JSON file in, an array of their probabilities out.
AWAY = """
import json, sys
import numpy as np
from reader import LABELS, predict_all, predict_batch
texts = json.load(open(sys.argv[1], encoding="utf-8"))
probabilities, none = predict_all(texts)
assert probabilities.shape == (len(texts), len(LABELS)) and probabilities.dtype == np.float32
assert (predict_batch(texts[:9]) == predict_all(texts[:9])[0]).all()
np.save(sys.argv[2], np.column_stack([probabilities, none]))
print(*sorted({name.split(".")[0] for name in sys.modules} - sys.stdlib_module_names))
"""


def classifier_of(kind):
    """An untrained classifier, whose weights are large enough for answers that differ."""
    encoder, options = MODELS[kind]
    torch.manual_seed(0)
    sizes = {"embedding_size": 6, "hidden_size": 5} | options
    n_others = sizes.get("n_others", 0)
    config = NetworkConfig(encoder.vocabulary_size, 4 + n_others, **sizes)
    network = RNNClassifier(config)
    with torch.no_grad():
        for weights in network.parameters():
            weights.normal_(std=0.7)
    others = [f"other {i}" for i in range(n_others)]
    classifier = TextClassifier(network, encoder, list("ABCD"), others)
    classifier.calibration.bias = torch.randn(4 + n_others).tolist()
    classifier.calibration.temperature = 0.8
    return classifier


SLOW = [pytest.param(kind, marks=pytest.mark.slow) for kind in ("words", "characters")]


@pytest.fixture(scope="module", params=["letters", *SLOW])
def small(request, tmp_path_factory):
    """A small classifier of each kind and the folder that it was exported to."""
    folder = tmp_path_factory.mktemp("small") / request.param
    classifier = classifier_of(request.param)
    assert export(classifier, folder) <= 1e-5
    return classifier, folder


@pytest.fixture(scope="module")
def reader(small):
    """What reader.py of the small export defines."""
    return runpy.run_path(str(small[1] / "reader.py"))


def predict_away(folder, texts, temporary):
    """Return probabilities and none (n, labels + 1) from a program that has reader.py alone."""
    (temporary / "texts.json").write_text(json.dumps(texts))
    arguments = [str(temporary / name) for name in ("texts.json", "found.npy")]
    environment = {k: v for k, v in os.environ.items() if k != "PYTHONPATH"}
    done = subprocess.run(
        [sys.executable, "-c", AWAY, *arguments],
        cwd=folder,
        env=environment,
        capture_output=True,
        text=True,
        timeout=600,
    )
    assert done.returncode == 0, done.stderr
    loaded = set(done.stdout.split())
    assert {"numpy", "onnxruntime", "reader"} <= loaded
    assert not loaded & {"torch", "model", "surname_gru", "anyascii", "onnx", "onnxscript"}
    return np.load(temporary / "found.npy")


def largest_difference(classifier, folder, texts, temporary):
    expected = np.column_stack(classifier.predict_any(texts))
    return np.abs(predict_away(folder, texts, temporary) - expected).max()


def texts_of_all_scripts(n):
    """Real names in ten scripts, sentences, and random letters of every block of Unicode."""
    rows = []
    for name in ("names_test", "native_test", "pretraining", "readings"):
        with gzip.open(ROOT / "data" / f"{name}.csv.gz", "rt", encoding="utf-8") as file:
            rows += [row[0] for row in csv.reader(file)]
    sentences = (ROOT / "data" / "own_reviews.tsv").read_text("utf-8").split("\t")
    chance = random.Random(7)
    texts = chance.sample(rows, n // 2) + chance.choices(sentences, k=n // 10)
    assigned = [c for c in map(chr, range(0x20000)) if unicodedata.category(c) not in ("Cn", "Cs")]
    while len(texts) < n:
        start, length = chance.randrange(len(assigned)), chance.randint(1, 30)
        block = assigned[start : start + 40]
        text = "".join(chance.choice(block) for _ in range(length))
        texts.append(chance.choice([text, f"{text} {chance.choice(rows)}", text.upper()]))
    return texts


def test_probabilities_are_those_of_the_network(small, tmp_path):
    classifier, folder = small
    chance = random.Random(0)
    known = " ".join(NAMES + SENTENCES).split()
    texts = [" ".join(chance.choices(known, k=1 + i % 9)) for i in range(200)]
    long = "A man. " * (5000 if isinstance(classifier.encoder, WordEncoder) else 100)
    texts += ["", " ", "\0", "a", "🙂", long, *texts_of_all_scripts(300)]
    assert largest_difference(classifier, folder, texts, tmp_path) <= 1e-5
    # A network that says the same of all texts would pass as well.
    assert np.ptp(classifier.predict_any(texts)[0], axis=0).max() > 0.1


@settings(
    max_examples=300, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    text=st.text()
    | st.text(st.sampled_from("".join(NAMES + SENTENCES) + "轩沢﨑髙𠮷ΣİŉﬁＡ–—\u0301 \t"))
)
def test_any_text_has_the_ids_that_the_model_gives_it(small, reader, text):
    assert reader["encode"](text) == (small[0].encoder.encode(text) or [1])


@pytest.mark.slow
@pytest.mark.parametrize("model", [SHIPPED, REVIEWS], ids=["names", "reviews"])
def test_the_shipped_models_are_exported_to_1e_5_on_10_000_texts(model, tmp_path):
    done = run("-m", "model", "export", "--model", model, tmp_path / "out")
    assert done.returncode == 0, done.stderr
    (line,) = done.stdout.splitlines()
    assert float(re.search(r"written; on 200 texts .* at most (\S+)$", line)[1]) <= 1e-5
    assert done.stderr == ""
    assert sorted(os.listdir(tmp_path)) == ["out"]
    texts = texts_of_all_scripts(10_000)
    scripts = {unicodedata.name(c, "").split(" ")[0] for c in "".join(texts) if c.isalpha()}
    assert len(scripts) > 100
    difference = largest_difference(TextClassifier.load(model), tmp_path / "out", texts, tmp_path)
    print(f"{model.name}: {difference:.1e}")
    assert difference <= 1e-5


def filter_csv(folder, text, *arguments):
    """Run reader.py as a filter, from another folder."""
    return subprocess.run(
        [sys.executable, folder / "reader.py", *arguments],
        input=text.encode(),
        capture_output=True,
        timeout=600,
        cwd=folder.parent,
    )


def test_the_filter_writes_what_predict_writes(small, tmp_path):
    classifier, folder = small
    table = 'id,text\n1,Nakamura\n2,"Rossi, ""M"""\n3,Müller\n4,It is bad\n'
    (tmp_path / "in.csv").write_text(table, "utf-8")
    predict_file(classifier, str(tmp_path / "in.csv"), str(tmp_path / "out.csv"), column="text")
    with open(tmp_path / "out.csv", encoding="utf-8", newline="") as file:
        expected = list(csv.reader(file))
    for column in ("text", "2"):
        done = filter_csv(folder, "\ufeff" + table, "--column", column)
        assert (done.returncode, done.stderr) == (0, b"")
        found = list(csv.reader(done.stdout.decode().splitlines()))
        assert found[0][:8] == expected[0][:8]
        assert found[0][8:] == ["none_probability"]
        for row, wanted in zip(found[1:], expected[1:], strict=True):
            assert row[:2] == wanted[:2]
            assert row[2:8:2] == wanted[2:8:2]
            rest = wanted[8:] or [0]  # of a model that knows of no others
            for a, b in zip([*row[3:8:2], row[8]], [*wanted[3:8:2], *rest], strict=True):
                assert float(a) == pytest.approx(float(b), abs=1.01e-4)


def test_a_blank_row_gets_no_answer_and_no_row_is_lost(small):
    done = filter_csv(small[1], "text,id\nRossi,1\n,2\n \n\n")
    lines = done.stdout.decode().split("\n")
    assert (done.returncode, len(lines), lines[5]) == (0, 6, "")
    assert lines[1].count(",") == 8
    assert lines[2:5] == [",2", " ,", ","]


@pytest.mark.parametrize(
    ("table", "column"), [("a,b\nRossi,1\n", "name"), ("a\nRossi\n", "2"), ("", "1")]
)
def test_the_filter_refuses_a_column_that_is_not_there(small, table, column):
    done = filter_csv(small[1], table, "--column", column)
    assert (done.returncode, done.stdout) == (2, b"")
    assert done.stderr.decode().startswith(f"reader.py: no column '{column}'")
    assert done.stderr.count(b"\n") == 1


def test_the_reader_is_short_and_copied_as_it_stands(small):
    content = (ROOT / "model" / "storage" / "reader.py").read_bytes()
    assert (small[1] / "reader.py").read_bytes() == content
    assert len(content.splitlines()) <= 90
    assert sorted(os.listdir(small[1])) in (sorted(FILES), sorted([*FILES, "__pycache__"]))


def test_the_network_names_no_file_of_this_machine(small):
    content = (small[1] / "model.onnx").read_bytes()
    assert str(ROOT).encode() not in content
    assert b".py" not in content


# ------------------------------------------------------------------------------ what is refused


@pytest.fixture
def earlier(tmp_path):
    """A folder with the files of an earlier export."""
    (tmp_path / "out" / "__pycache__").mkdir(parents=True)
    for name in FILES:
        (tmp_path / "out" / name).write_text("earlier")
    return tmp_path / "out"


def contents(folder):
    return {p.relative_to(folder): p.read_bytes() for p in folder.rglob("*") if p.is_file()}


def refusal(capsys, *arguments):
    """Return the one line in which the command line refuses."""
    assert main(["export", *map(str, arguments)]) == 2
    (line,) = capsys.readouterr().err.splitlines()
    return line


@pytest.mark.parametrize("foreign", ["notes.txt", "reader.py"])
def test_a_folder_that_holds_anything_else_is_not_replaced(tmp_path, capsys, foreign):
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / foreign).write_text("mine")
    before = contents(tmp_path)
    assert f"holds {foreign} and is not an export" in refusal(capsys, tmp_path / "out")
    assert contents(tmp_path) == before


def test_a_file_and_the_folder_where_one_is_are_refused(tmp_path, capsys, monkeypatch):
    (tmp_path / "file").write_text("mine")
    assert "is a file" in refusal(capsys, tmp_path / "file")
    monkeypatch.chdir(tmp_path)
    assert "is where you are" in refusal(capsys, ".")
    assert "cannot be written" in refusal(capsys, tmp_path / "file" / "out")
    assert (tmp_path / "file").read_text() == "mine"
    assert os.listdir(tmp_path) == ["file"]


@pytest.mark.slow
def test_a_wrong_network_is_not_written_and_an_earlier_export_stays(earlier):
    classifier = classifier_of("words")
    with torch.no_grad():
        classifier.network.linear.bias[0] = torch.nan
    with pytest.raises(InputError, match=r"differs from the model by nan, .*nothing is written"):
        export(classifier, earlier)
    assert os.listdir(earlier.parent) == ["out"]
    assert set(contents(earlier).values()) == {b"earlier"}


@pytest.mark.slow
def test_an_export_is_replaced_as_a_whole(earlier):
    export(classifier_of("words"), earlier)
    assert sorted(os.listdir(earlier)) == sorted(FILES)
    assert json.loads((earlier / "encoder.json").read_text("utf-8"))["kind"] == "words"
    assert os.listdir(earlier.parent) == ["out"]


@pytest.mark.parametrize("package", NEEDED)
def test_an_older_package_is_refused_before_anything_is_written(
    tmp_path, capsys, monkeypatch, package
):
    metadata = tmp_path / "old" / f"{package}-0.1.dist-info" / "METADATA"
    metadata.parent.mkdir(parents=True)
    metadata.write_text(f"Metadata-Version: 2.1\nName: {package}\nVersion: 0.1\n")
    monkeypatch.syspath_prepend(tmp_path / "old")
    line = refusal(capsys, tmp_path / "out")
    assert f"needs {package} {NEEDED[package]} or later and there is 0.1" in line
    assert 'pip install "surname-gru[export]"' in line
    assert os.listdir(tmp_path) == ["old"]


def test_a_missing_package_is_named(tmp_path, capsys, monkeypatch):
    monkeypatch.setitem(NEEDED, "no-such-package", "1.0")
    line = refusal(capsys, tmp_path / "out")
    assert "needs no-such-package 1.0 or later and it is not installed" in line


def test_the_extra_installs_what_export_needs():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    extra = map(Requirement, project["optional-dependencies"]["export"])
    lowest = {r.name: next(s.version for s in r.specifier if s.operator == ">=") for r in extra}
    assert lowest == NEEDED
