"""A network of the page as a zip: the program opens it, and it answers as it did in the browser."""

import hashlib
import io
import zipfile

import gradio as gr
import numpy as np
import pytest
import torch
from conftest import ROOT
from node import run
from safetensors.torch import load_file

from model import TextClassifier
from model.tabs.app import build_demo
from model.tabs.page_model import read_model
from model.tasks.names import WORDS

LABELS = {"names": list(WORDS.label_languages), "order": ["a first", "b"], "own": ["<b>", "%", "ж"]}
TEXTS = ["Rossi", " O’Neill ", "Van  der Berg", "Müller-Weiß", "Łódź Ødegård", "ＴＡＭ🙂", "Щукин"]
TEXTS += ["O’Neill\u200b", "İstanbul", "ﬁn\u00a0ß", "ΠΑΠΆΣ", "김", "👍 a\tb"]
CODE = (ROOT / "model" / "web" / "code.txt").read_text("utf-8")
MAKE = """(async () => {
  const {data, labels, texts} = given, letters = [..." '-abcdefghijklmnoprstuvwxyz\u0308"];
  const sizes = {vocabulary: letters.length + 2, embedding: 16, units: 8, labels: labels.length};
  const network = new Network({cell: 'gru', both: data !== 'own', ...sizes});
  const settings = {data, rate: 0.01, batch: 32, seed: 7}, {config, weights} = network;
  const model = {config, encoder: {characters: letters.join('')}, labels, weights};
  const ids = texts.map((text) => idsOf(unitsOf(text, data === 'names'), letters));
  const probabilities = ids.map((ids) => network.forward(ids).probabilities);
  const zip = new Uint8Array(await downloadModel(model, settings).blob.arrayBuffer());
  return {ids, probabilities, code: pytorchCode(given.code, config, settings), zip};
})()"""


def test_checksums_are_sha256():
    texts = [("aé\n" * n)[:n] for n in (0, 1, 55, 56, 63, 64, 119, 1_000_000)]
    script = "given.map((text) => sha256(Buffer.from(text, 'latin1')))"
    sums = [hashlib.sha256(text.encode("latin-1")).hexdigest() for text in texts]
    assert run(["sha256.js"], script, texts) == sums


@pytest.mark.parametrize("data", LABELS)
def test_a_downloaded_model_answers_as_in_the_browser(tmp_path, data):
    given = {"data": data, "labels": LABELS[data], "texts": TEXTS, "code": CODE}
    found = run(["network.js", "datasets.js", "sha256.js", "download.js"], MAKE, given)
    folder = tmp_path / f"gru-{data}"
    with zipfile.ZipFile(io.BytesIO(bytes(found["zip"]))) as file:
        assert file.testzip() is None
        file.extractall(tmp_path)
    answers, expected = TextClassifier.load(folder).predict_batch(TEXTS), found["probabilities"]
    assert np.allclose(answers, expected, rtol=0, atol=1e-5)
    functions = {f.api_name: f.fn for f in build_demo([read_model(folder)]).fns.values()}
    for ask, given in (("metrics", ()), ("errors", LABELS[data][:2])):
        with pytest.raises(gr.Error, match=rf"^'This model was not .* --model gru-{data}\.'$"):
            functions[ask](*given)
    names = {"batches": []}
    exec(found["code"], names)  # the lines that the page shows, with no batch to train on
    names["classifier"].load_state_dict(load_file(folder / "model.safetensors"))
    logits = torch.cat([names["classifier"](torch.tensor([ids])) for ids in found["ids"]])
    assert np.allclose(logits.softmax(1).detach(), expected, rtol=0, atol=1e-5)
