"""The examples do what their first lines say."""

import logging
import re
import runpy
import sys
import unicodedata

import numpy as np
import pytest
import torch
from conftest import ROOT, SHIPPED
from models import load

from model import TextClassifier
from model.answering import read
from model.network import TextNetwork, TextNetworkConfig
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
        assert reader["read"](text) == list(read(classifier.model, text).units)


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


@pytest.mark.nightly
def test_many_names_are_answered_as_predict_does_though_the_run_was_killed(tmp_path):
    pytest.importorskip("ray.data")
    names = [name for name, _ in unpacked(ROOT / "data" / "names_train.csv.gz")]
    lines = [*names[:19_997], "", "12", "a name@example.org"]
    (tmp_path / "people").mkdir()
    write_csv(tmp_path / "all.csv", lines)
    for i in range(10):
        write_csv(tmp_path / "people" / f"{i}.csv", lines[i * 2_000 : (i + 1) * 2_000])
    people, answers = tmp_path / "people", tmp_path / "answers"
    command = [sys.executable, "-m", "examples.many_names", people, answers]
    with subprocess.Popen(command, cwd=ROOT) as run:
        while not list(answers.glob("*.parquet")):
            assert run.poll() is None
        run.kill()
    n_done = len(list(answers.glob("*.parquet")))
    assert 0 < n_done < 10
    subprocess.run(command, cwd=ROOT, check=True)
    files = [pq.read_table(answers / f"{i}.parquet") for i in range(10)]
    rows = pa.concat_tables(files).to_pylist()
    model_main("predict", tmp_path / "all.csv", "-o", tmp_path / "out.csv")
    with (tmp_path / "out.csv").open(newline="") as file:
        expected = list(csv.DictReader(file))
    as_text = [{name: str(cell or "") for name, cell in row.items()} for row in rows]
    assert as_text == expected
