"""The ways in that fuzz.py feeds: each takes bytes, and returns or raises InputError.

They write their files into the current folder. Of JSON, three inputs in four are a valid file with
some values changed, so that the fuzzer gets behind the parser.
"""

import gzip
import json
import random
from functools import cache
from pathlib import Path

import torch

from benchmarks.common import ROOT
from model.classifier import TextClassifier
from model.core import NetworkConfig, RNNClassifier
from model.errors import InputError
from model.letters import LetterEncoder
from model.predict.files import predict_file
from model.storage.facts import facts_of
from model.storage.folder import read_model_folder
from model.storage.schema import problem_of
from model.tabs import about, by_label, markup, matrix
from model.tabs.shown import Shown
from model.tasks.names import read_names
from model.training.checkpoint import check_fits, load_checkpoint, save_checkpoint, saved_history

HERE = Path()
LABELS = ["Italian", "Japanese", "Russian"]
ODD = [None, True, -1, 0, 1, 3, 10**9, 10**30, 1.5, -0.0, 1e308, float("nan"), float("inf")]
ODD += ["", "a", "\ud800", "é", "<b>", "$\\frac$", "a" * 300, [], {}, [[]], [1, 2], {"a": 1}, ["a"]]
IDENTITY = {"recipe": {"epochs": 3, "seed": 1}, "data": {"names_train.csv.gz": {"rows": 9}}}


@cache
def classifier() -> TextClassifier:
    """Return a classifier with the smallest of networks, so that inputs are many."""
    torch.manual_seed(0)
    torch.set_num_threads(1)
    encoder = LetterEncoder(" '-abcdefghijklmnopqrstuvwxyz")
    config = NetworkConfig(
        *(encoder.vocabulary_size, len(LABELS) + 1),
        **{"embedding_size": 4, "hidden_size": 4, "n_layers": 1, "n_others": 1},
        **{"ngrams": (2,), "ngram_buckets": 16, "linear_ngrams": (1, 2), "linear_buckets": 16},
    )
    training = {"task": "names"}
    return TextClassifier(RNNClassifier(config), encoder, LABELS, ["other"], training=training)


@cache
def files() -> dict[str, bytes]:
    """Return the files of a model folder, metrics and all."""
    metrics = json.loads((ROOT / "model/weights/names/metrics.json").read_bytes())
    test = metrics["test"]
    test |= {"confusion": [[3, 1, 0], [0, 2, 1], [1, 0, 4]], "per_label": test["per_label"][:3]}
    test["errors"] = test["errors"][:5]
    del metrics["validation"], metrics["pretraining_history"]  # long
    extra = {
        "README.md": b"---\nlicense: mit\n---\n# Card\n\nDo not use it.",
        "training_texts.json.gz": gzip.compress(b'{"rossi": [0], "kim": [1, 2]}'),
    }
    classifier().save(HERE / "m", metrics | {"labels": LABELS}, extra)
    TextClassifier.load(HERE / "m")  # else every input would be refused for the same reason
    return read_model_folder(HERE / "m")


@cache
def state() -> dict:
    """Return the state that a checkpoint holds."""
    network = classifier().network
    optimizer = torch.optim.AdamW(network.parameters())
    network(torch.tensor([[2, 3]]), torch.tensor([2])).sum().backward()
    optimizer.step()
    weights = network.state_dict()
    parts = {"weights": weights, "best_weights": weights, "optimizer": optimizer.state_dict()}
    return parts | {"schedule": {"last_epoch": 3}, "history": [{"epoch": 1}], "best_epoch": 1}


def load(replaced: str, content: bytes) -> TextClassifier:
    """Load the model folder with the content of one file replaced."""
    return TextClassifier.from_files(files() | {replaced: content}, HERE)


def changed(value: object, draw: random.Random) -> object:
    """Return a JSON value with one part of it replaced or removed."""
    if isinstance(value, dict | list) and value and draw.random() < 0.9:
        key = draw.choice(list(value) if isinstance(value, dict) else range(len(value)))
        copy = value.copy()
        if draw.random() < 0.1:
            del copy[key]
        else:
            copy[key] = changed(value[key], draw)
        return copy
    return draw.choice(ODD)


def json_bytes(valid: object, content: bytes) -> bytes:
    """Return the content as it is, or JSON like `valid` with up to four parts changed by it."""
    if content[:1] < b"\x40":
        return content[1:]
    draw = random.Random(content)
    for _ in range(draw.randint(1, 4)):
        valid = changed(valid, draw)
    return json.dumps(valid).encode()


def csv(content: bytes) -> None:
    """Predict any file as the command line does."""
    ending = (".csv", ".tsv", ".txt", ".jsonl", ".xlsx")[len(content) % 5]
    source = HERE / f"in{ending}"
    packed = b"\x20" <= content[:1] < b"\x40"
    source.write_bytes(gzip.compress(content[1:], 1) if packed else content[1:])
    options = {"header": content[:1] < b"\xa0", "skip_bad": content[:1] < b"\xd0"}
    predict_file(classifier(), str(source), "out.csv", **options)


def training_data(content: bytes) -> None:
    """Read any training file, gzipped or not."""
    packed = gzip.compress(content[1:], 1) if content[:1] < b"\xe0" else content[1:]
    (HERE / "names_train.csv.gz").write_bytes(packed)
    (HERE / "names_test.csv.gz").write_bytes(gzip.compress(b"Rossi,Italian\n", 1))
    read_names(HERE)


def config_json(content: bytes) -> None:
    """Load a model with any config.json; a model that loads must answer and be described."""
    loaded = load("config.json", json_bytes(json.loads(files()["config.json"]), content))
    loaded.predict("Rossi", 1)
    page = Shown("m", loaded)
    about.what_it_is(page, facts_of(loaded, page.words.piece))


def metrics_json(content: bytes) -> None:
    """Draw the page of any metrics.json that is accepted, figures aside."""
    metrics = json_bytes(json.loads(files()["metrics.json"]), content)
    if problem := problem_of(metrics, LABELS):
        raise InputError(problem)
    loaded = load("metrics.json", metrics)
    page = Shown("m", loaded)
    facts = facts_of(loaded, page.words.piece)
    about.how_good(page, facts)
    about.how_trained(page.metrics, facts)
    markup.scores(page.metrics, page.words)
    by_label.by_label_html(page.metrics, page.words)
    for as_percent in (False, True):
        matrix.matrix_html(page.metrics, page.words, as_percent)
    for cell in range(9):
        matrix.cell_html(page.metrics, page.words, cell // 3, cell % 3)


def safetensors(content: bytes) -> None:
    """Load a model with any weights; a model that loads must answer."""
    load("model.safetensors", content).predict("Rossi", 1)


def training_texts(content: bytes) -> None:
    """Read any training texts, gzipped or not; what is accepted can be asked for a name."""
    texts = json_bytes({"rossi": [0], "kim": [1, 2]}, content[1:])
    packed = gzip.compress(texts, 1) if content[:1] < b"\xe0" else content[1:]
    load("training_texts.json.gz", packed).answer("Rossi", 1)


def checkpoint(content: bytes) -> None:
    """Read any checkpoint, damaged or with other values than a training's."""
    if content[:1] == b"{":
        saved = changed({"identity": IDENTITY, "state": state()}, random.Random(content))
        torch.save(saved, HERE / "state.pt")
    else:
        (HERE / "state.pt").write_bytes(content)
    saved_history(HERE)
    if loaded := load_checkpoint(HERE, IDENTITY):
        check_fits(HERE, loaded, classifier().network, state())


ENTRIES = {
    **{"csv": csv, "training data": training_data, "config.json": config_json},
    **{"metrics.json": metrics_json, "safetensors": safetensors},
    **{"training texts": training_texts, "checkpoint": checkpoint},
}
SEEDS = [
    *('Aname,x\nRossi,1\n"Kim",2\n', "ARossi,Italian\nKim,Korean\n", 'Aa;b\n"x;y";=1+1\n'),
    *("A\ufeffname\tx\nKim\t1\n", 'Aname\n"Kim\nRossi\n', "A{}", "A[1]", 'B["Rossi", 2]'),
    *("{" * 9, "B" * 9, "\x7f\x00\x01", "A'-"),
]


def corpus(entry: str) -> list[bytes]:
    """Return the inputs that the fuzzer starts from, whole valid files among them."""
    valid = files().values()
    if entry == "checkpoint":
        save_checkpoint(HERE, IDENTITY, state())
        valid = [(HERE / "state.pt").read_bytes()]
    return [*map(str.encode, SEEDS), *valid, *(bytes([n]) * 8 for n in range(0, 256, 16))]
