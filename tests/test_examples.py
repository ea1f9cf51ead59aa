"""The examples do what their first lines say."""

import csv as stdlib_csv
import gzip
import logging
import re
import runpy
import subprocess
import sys
import unicodedata

import numpy as np
import pytest
import torch
from conftest import ROOT, SHIPPED, run_script
from models import load

from model import TextClassifier
from model.answering import read_text
from model.network import TextNetwork, TextNetworkConfig
from model.predict.files import predict_file
from model.predict.outputs import Output
from model.text.words import WordEncoder
from model.trained import Model


def own():
    """A model with symbols as words, as of one's own tables, whose weights tell texts apart."""
    torch.manual_seed(0)
    encoder = WordEncoder.from_texts(
        texts_of_all_scripts(), symbols=True, keep_case=True
    )
    sizes = {
        "embedding_size": 6,
        "hidden_size": 5,
        "linear_ngrams": (2,),
        "linear_buckets": 60,
    }
    network = TextNetwork(TextNetworkConfig(encoder.vocabulary_size, 4, **sizes))
    with torch.no_grad():
        for weights in network.parameters():
            weights.normal_(std=0.7)
    return TextClassifier(Model(network, encoder, list("ABCD")))


def texts_of_all_scripts():
    """Sentences, and letters of every block of Unicode."""
    texts = [
        "",
        " ",
        "\0",
        "е́",
        "🙂",
        "It isn't bad -- a well-made film, is it?",
        "A man. " * 900,
    ]
    texts += (ROOT / "data" / "own_reviews.tsv").read_text("utf-8").split("\t")
    assigned = [
        c
        for c in map(chr, range(0x20000))
        if unicodedata.category(c) not in ("Cn", "Cs")
    ]
    blocks = ["".join(assigned[i : i + 40 : 3]) for i in range(0, len(assigned), 40)]
    return [*texts, *blocks, *map(str.upper, blocks)]


def write_empty_graph(path):
    onnx = pytest.importorskip("onnx")
    model = onnx.parser.parse_model(
        '<ir_version: 8, opset_import: ["": 18]>'
        "graph (float[1] x) => (float[1] y) { y = Identity(x) }"
    )
    onnx.save(model, path)


@pytest.mark.slow
def test_the_reader_reads_a_name_as_the_model_does(tmp_path):
    pytest.importorskip("onnxruntime")
    from examples.export_onnx import write_reader

    classifier = load(SHIPPED)
    write_empty_graph(tmp_path / "model.onnx")
    reader = runpy.run_path(write_reader(classifier, tmp_path))
    for text in ("Prof. Müller, PhD", "Rossi (Roma)", "Tolkien, J. R. R.", "김先生"):
        assert reader["read_units"](text) == list(
            read_text(classifier.model, text).units
        )


@pytest.mark.nightly
@pytest.mark.parametrize(
    "make", [own, lambda: TextClassifier.load(SHIPPED)], ids=["own", "shipped"]
)
def test_onnx_runtime_gives_the_probabilities_of_the_model(make, tmp_path, monkeypatch):
    pytest.importorskip("onnxscript")
    pytest.importorskip("onnxruntime")
    from examples.export_onnx import export

    # Without the logs of torch's tracing, which take longer than the tracing
    monkeypatch.setattr(logging.root.manager, "disable", logging.CRITICAL)
    classifier = make()
    classifier.model.calibration.length_power = 0.2
    classifier.model.calibration.lead_power = 0.3
    assert export(classifier, tmp_path / "out") <= 1e-5
    content = (tmp_path / "out" / "reader.py").read_bytes()
    assert content == (ROOT / "examples" / "reader.py").read_bytes()
    assert str(ROOT).encode() not in (tmp_path / "out" / "model.onnx").read_bytes()
    reader = runpy.run_path(str(tmp_path / "out" / "reader.py"))
    texts = texts_of_all_scripts()
    expected = np.column_stack(classifier.predict_all(texts, any_text=True))
    answers = np.column_stack(reader["predict_all"](texts))
    assert np.abs(answers - expected).max() <= 1e-5
    assert np.ptp(expected, axis=0).max() > 0.1  # not one answer for all
    probabilities = reader["predict_batch"](texts[:9])
    assert probabilities.dtype == "float32"
    assert probabilities.shape == (9, len(reader["LABELS"]))


def test_the_reader_needs_no_torch():
    source = (ROOT / "examples" / "reader.py").read_text()
    imports = set(re.findall(r"^(?:import|from) (\w+)", source, re.MULTILINE))
    assert imports - sys.stdlib_module_names == {"numpy", "onnxruntime"}


def test_many_names_and_predict_refuse_the_same_cells(tmp_path):
    pyarrow = pytest.importorskip("pyarrow")
    from examples.many_names import Worker

    cells = ["Rossi", "NA", "N/A", " nan", "#REF!", "Err:502", "Na", "", "12"]
    worker = Worker(SHIPPED, "name", str(tmp_path), str(tmp_path))
    answered = worker.answered(pyarrow.table({"name": cells}))
    (tmp_path / "a.csv").write_text(
        "\n".join(["name,n", *(f"{cell},1" for cell in cells)])
    )
    predict_file(
        worker.classifier, str(tmp_path / "a.csv"), Output(str(tmp_path / "b.csv"))
    )
    with open(tmp_path / "b.csv", encoding="utf-8") as file:
        expected = list(stdlib_csv.DictReader(file))
    for heading in ("answer", "prediction_note"):
        found = [cell or "" for cell in answered[heading].to_pylist()]
        assert found == [row[heading] for row in expected]


@pytest.mark.nightly
def test_many_names_are_answered_as_predict_does_though_a_run_was_killed(tmp_path):
    pytest.importorskip("ray.data")
    pyarrow = pytest.importorskip("pyarrow")
    from pyarrow import csv, parquet

    with gzip.open(ROOT / "data" / "names_train.csv.gz", "rt") as file:
        names = [name for name, _ in stdlib_csv.reader(file)][:19_997]
    table = pyarrow.table({"name": [*names, "", "12", "a name@example.org"]})
    people, answers = tmp_path / "people", tmp_path / "answers"
    people.mkdir()
    csv.write_csv(table, tmp_path / "all.csv")
    for i in range(10):
        csv.write_csv(table.slice(i * 2_000, 2_000), people / f"{i}.csv")
    command = ["-m", "examples.many_names", people, answers]
    with subprocess.Popen([sys.executable, *command], cwd=ROOT) as first:
        while not list(answers.glob("*.parquet")):
            assert first.poll() is None
        first.kill()
    assert len(list(answers.glob("*.parquet"))) < 10
    run_script(*command)
    out = tmp_path / "out.csv"
    run_script("-m", "model", "predict", tmp_path / "all.csv", "-o", out)
    found = [parquet.read_table(answers / f"{i}.parquet") for i in range(10)]
    rows = pyarrow.concat_tables(found).to_pylist()
    lines = [list(map(as_cell, row.values())) for row in rows]
    _, *expected = stdlib_csv.reader(out.read_text("utf-8").splitlines())
    assert lines == expected


def as_cell(value):
    """Return a value of Parquet as predict writes it into CSV."""
    return f"{value:.4f}" if isinstance(value, float) else value or ""


def test_a_reader_that_has_seen_enough_plates_ends_them_quietly():
    process = subprocess.Popen(
        [sys.executable, "-m", "examples.plates"],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    process.stdout.close()
    assert process.communicate()[1] == b""
