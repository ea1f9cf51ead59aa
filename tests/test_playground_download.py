"""A network of the page as a zip: the program opens it, and it answers as it did in the browser."""

import base64
import hashlib
import io
import json
import zipfile

import gradio as gr
import numpy as np
import pytest
from conftest import SHIPPED
from node import run

from model import TextClassifier
from model.tabs.app import build_demo
from model.tabs.page_model import read_model

LANGUAGES = json.loads((SHIPPED / "config.json").read_text())["labels"]
TEXTS = ["Rossi", " O'Neill ", "Van  der Berg", "Müller", "ＴＡＭ-🙂", "q"]
MAKE = """(async () => {
  const {characters, labels, both, data} = given, settings = {data, rate: 0.01, batch: 32, seed: 7};
  const sizes = {vocabulary: characters.length + 2, embedding: 16, units: 8, labels: labels.length};
  const network = new Network({cell: given.cell, both, ...sizes}, 7), {config, weights} = network;
  const {name, blob} = downloadModel({config, encoder: {characters}, labels, weights}, settings);
  const read = (text) => text.normalize('NFKC').toLowerCase().normalize('NFD').trim().replace(/\\s+/g, ' ');
  const ids = (text) => Array.from(read(text), (letter) => characters.indexOf(letter) + 2);
  const probabilities = given.texts.map((text) => network.forward(ids(text)).probabilities);
  return {name, probabilities, zip: Buffer.from(await blob.arrayBuffer()).toString('base64')};
})()"""


def make(data, labels, both=True, cell="gru"):
    given = {"data": data, "labels": labels, "both": both, "cell": cell, "texts": TEXTS}
    given["characters"] = " '-abcdefghijklmnoprstuvwxyz"
    return run(["network.js", "sha256.js", "download.js"], MAKE, given)


def test_checksums_are_sha256():
    texts = [("aé\n" * n)[:n] for n in (0, 1, 55, 56, 63, 64, 65, 119, 1_000_000)]
    sums = [hashlib.sha256(text.encode("latin-1")).hexdigest() for text in texts]
    script = "given.map((text) => sha256(Buffer.from(text, 'latin1')))"
    assert run(["sha256.js"], script, texts) == sums


@pytest.mark.parametrize(
    ("data", "labels", "both"),
    [("names", LANGUAGES, True), ("order", ["before", "after"], False), ("own", ["<b>", "%", "ж"], True)],
)
def test_a_downloaded_model_opens_and_answers_as_in_the_browser(tmp_path, data, labels, both):
    found = make(data, labels, both)
    assert found["name"] == f"gru-{data}.zip"
    with zipfile.ZipFile(io.BytesIO(base64.b64decode(found["zip"]))) as file:
        assert file.testzip() is None
        file.extractall(tmp_path)
    classifier = TextClassifier.load(folder := tmp_path / f"gru-{data}")
    assert np.allclose(classifier.predict_batch(TEXTS), found["probabilities"], rtol=0, atol=1e-5)
    shown = read_model(folder)
    assert shown.words.must_not in shown.card or data == "names"
    functions = {f.api_name: f for f in build_demo([shown]).fns.values()}
    (first, *_) = functions["predict"].fn("Rossi", 1)["predictions"]
    assert {first["label"]: first["probability"]} == classifier.predict("Rossi", 1)
    for name, asked in (("metrics", ()), ("errors", labels[:2])):
        with pytest.raises(gr.Error, match=rf"^'This model was not scored .*--model gru-{data}\.'$"):
            functions[name].fn(*asked)


@pytest.mark.parametrize("cell", ["rnn", "lstm"])
def test_other_cells_are_refused(cell):
    with pytest.raises(AssertionError, match="Only a GRU can be downloaded"):
        make("order", ["before", "after"], cell=cell)
