"""The ways in that fuzz.py feeds: each takes bytes and returns, or raises InputError.

Some read bytes as they are; where a file has a form, one input in two is a whole file with some
values changed, so that the fuzzer gets behind the parser.
"""

import asyncio
import gzip
import io
import json
import logging
import random
import sys
import tempfile
import traceback
from collections.abc import Callable
from pathlib import Path

import torch
from benchmarks.common import ROOT

from model.classifier import TextClassifier
from model.core import CharacterEncoder, NetworkConfig, RNNClassifier, check_text
from model.core import normalise as normalise_text
from model.data.texts import match_key
from model.errors import InputError
from model.predict.files import predict_file
from model.storage.folder import read_model_folder
from model.tasks.names import input_notes, read_names
from model.training.checkpoint import check_fits, load_checkpoint, save_checkpoint, saved_epochs
from tabs import about, by_label, markup, matrix, shown, tables

SHIPPED = ROOT / "model" / "weights" / "names"
LABELS = ["Italian", "Japanese", "Russian"]
MEMORY = Path("/dev/shm")  # faster than a disk, where there is one
FOLDER = Path(tempfile.mkdtemp(prefix="fuzz-", dir=MEMORY if MEMORY.is_dir() else None))
ODD = [None, True, -1, 0, 1, 3, 10**9, 10**30, 1.5, -0.0, 1e308, float("nan"), float("inf")]
ODD += ["", "a", "\ud800", "é", "<b>", "$\\frac$", "a" * 300, [], {}, [[]], [1, 2], {"a": 1}, ["a"]]


def tiny_classifier() -> TextClassifier:
    """Return a classifier with the smallest of networks, so that inputs are many."""
    torch.manual_seed(0)
    torch.set_num_threads(1)
    encoder = CharacterEncoder(" '-abcdefghijklmnopqrstuvwxyz")
    config = NetworkConfig(
        encoder.vocabulary_size,
        n_labels=len(LABELS) + 1,
        embedding_size=4,
        hidden_size=4,
        n_layers=1,
        ngrams=(2,),
        ngram_buckets=16,
        linear_ngrams=(1, 2),
        linear_buckets=16,
        n_others=1,
    )
    return TextClassifier(RNNClassifier(config), encoder, LABELS, {"task": "names"}, ["other"])


def tiny_files() -> dict[str, bytes]:
    """Return the files of a model folder, metrics and all."""
    metrics = json.loads((SHIPPED / "metrics.json").read_bytes())
    test = metrics["test"]
    for part in (test, metrics["validation"]):
        part |= {"confusion": [[3, 1, 0], [0, 2, 1], [1, 0, 4]], "per_label": part["per_label"][:3]}
    test["errors"] = test["errors"][:5]
    classifier = tiny_classifier()
    extra = {
        "README.md": b"---\nlicense: mit\n---\n# Card\n\nDo not use it.",
        "training_texts.json.gz": gzip.compress(b'{"rossi": [0], "kim": [1, 2]}'),
    }
    classifier.save(FOLDER / "m", metrics | {"labels": LABELS}, extra)
    TextClassifier.load(FOLDER / "m")  # else every input would be refused for the same reason
    return read_model_folder(FOLDER / "m")


def text_of(content: bytes) -> str:
    """Return text of all of Unicode, surrogates too, from bytes."""
    if content[:1] < b"\x80":
        return content[1:].decode("utf-8", "surrogatepass" if content[:1] < b"\x40" else "replace")
    return content[1:].decode("utf-16-le", "replace")


def text(content: bytes) -> str:
    """Do as `text_of`, with "replace" where that would fail."""
    try:
        return text_of(content)
    except UnicodeDecodeError:
        return content.decode("latin-1")


def changed(value: object, draw: random.Random) -> object:
    """Return a JSON value with one part of it replaced, removed, or repeated."""
    if isinstance(value, (dict, list)) and value and draw.random() < 0.9:
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


def flipped(valid: bytes, content: bytes) -> bytes:
    """Return the content as it is, or `valid` with some bytes changed by it."""
    if content[:1] < b"\x40":
        return content[1:]
    draw, copy = random.Random(content), bytearray(valid)
    for _ in range(draw.randint(1, 5)):
        place = draw.expovariate(0.02) if draw.random() < 0.5 else draw.randrange(len(copy))
        copy[min(int(place), len(copy) - 1)] = draw.randrange(256)
    return bytes(copy[: draw.choice([len(copy)] * 4 + [draw.randrange(len(copy))])])


def normalise() -> Callable[[bytes], None]:
    """Romanise any text: ASCII comes out, and the same again from that."""

    def run(content: bytes) -> None:
        romanised = normalise_text(text(content))
        assert romanised.isascii()
        assert normalise_text(romanised) == romanised
        match_key(text(content))
        input_notes(text(content))

    return run


def predict() -> Callable[[bytes], None]:
    """Check and predict any text."""
    classifier = tiny_classifier()

    def run(content: bytes) -> None:
        check_text(text(content))
        probabilities = classifier.predict(text(content), 3)
        assert abs(sum(probabilities.values()) - 1) < 1e-4

    return run


def explain() -> Callable[[bytes], None]:
    """Explain any text, as the page does."""
    from tabs.words import NAMES

    from tabs.name import contributions, letters_html

    page = shown.Shown("m", tiny_classifier(), NAMES)

    def run(content: bytes) -> None:
        letters_html(page, text(content))
        found = contributions(page, text(content))
        assert "".join(piece for piece, _ in found["contributions"]) == text(content)

    return run


def csv() -> Callable[[bytes], None]:
    """Predict any file as the command line does."""
    classifier = tiny_classifier()

    def run(content: bytes) -> None:
        source = FOLDER / ("in.tsv" if content[:1] < b"\x20" else "in.csv")
        packed = b"\x20" <= content[:1] < b"\x40"
        source.write_bytes(gzip.compress(content[1:], 1) if packed else content[1:])
        options = {"header": content[:1] < b"\xa0", "skip_bad": content[:1] < b"\xd0"}
        predict_file(classifier, str(source), str(FOLDER / "out.csv"), **options)

    return run


def read_list() -> Callable[[bytes], None]:
    """Predict any list as the page does."""
    classifier = tiny_classifier()

    def run(content: bytes) -> None:
        if content[:1] < b"\x60":
            table = tables.read_lines(text(content))
        else:
            table = tables.read_file(content[1:], "a.csv" if content[:1] < b"\xf0" else "a.txt")
        header = content[:1] < b"\xb0"
        table.columns(header)
        column = table.default_column(header, ("name", "surname"))
        rows = tables.predict_rows(classifier, table, column, header)
        tables.to_csv(table, rows, table.heading(header)).encode()
        tables.count_labels(rows)

    return run


def training_data() -> Callable[[bytes], None]:
    """Read any training file."""
    (FOLDER / "names_test.csv.gz").write_bytes(gzip.compress(b"Rossi,Italian\n"))

    def run(content: bytes) -> None:
        whole = content[:1] < b"\xe0"
        packed = gzip.compress(content[1:], 1) if whole else content[1:]
        (FOLDER / "names_train.csv.gz").write_bytes(packed)
        read_names(FOLDER)

    return run


def config_json() -> Callable[[bytes], None]:
    """Load a model with any config.json; a model that loads must predict."""
    files = tiny_files()
    valid = json.loads(files["config.json"])

    def run(content: bytes) -> None:
        hostile = files | {"config.json": json_bytes(valid, content)}
        classifier = TextClassifier.from_files(hostile, FOLDER)
        classifier.predict("Rossi", 1)
        about.what_it_is(shown.Shown("m", classifier, shown.words_of(classifier.training)))

    return run


def metrics_json() -> Callable[[bytes], None]:
    """Draw the page of any metrics.json that is accepted."""
    files = tiny_files()
    valid = json.loads(files["metrics.json"])
    valid = {k: valid[k] for k in ("labels", "dataset", "test", "history", "device", "seconds")}
    classifier = tiny_classifier()
    page = shown.Shown("m", classifier, shown.words_of({}))

    def run(content: bytes) -> None:
        hostile = json_bytes(valid, content)
        if problem := shown.problem_of(hostile, LABELS):
            raise InputError(problem)
        classifier.metrics = json.loads(hostile)
        draw_page(page)

    return run


def draw_page(page: shown.Shown) -> None:
    """Draw what depends on metrics.json, figures aside."""
    metrics, words = page.metrics, page.words
    about.how_good(page)
    about.how_trained(metrics)
    markup.scores(metrics, words)
    by_label.by_label_html(metrics, words)
    for as_percent in (False, True):
        matrix.matrix_html(metrics, words, as_percent)
    for row in range(3):
        for column in range(3):
            matrix.cell_html(metrics, words, row, column)


def safetensors() -> Callable[[bytes], None]:
    """Load a model with any weights; a model that loads must predict."""
    files = tiny_files()
    valid = files["model.safetensors"]

    def run(content: bytes) -> None:
        hostile = files | {"model.safetensors": flipped(valid, content)}
        TextClassifier.from_files(hostile, FOLDER).predict("Rossi", 1)

    return run


def training_texts() -> Callable[[bytes], None]:
    """Read any training texts; what is accepted can be asked for a name."""
    classifier = tiny_classifier()

    def run(content: bytes) -> None:
        unpacked = json_bytes({"rossi": [0], "kim": [1, 2]}, content[1:])
        packed = gzip.compress(unpacked, 1) if content[:1] < b"\xe0" else content[1:]
        texts = shown._training_texts(packed, FOLDER, classifier)
        page = shown.Shown("m", classifier, shown.words_of({}), "", texts)
        page.labels_in_training("Rossi")

    return run


def checkpoint() -> Callable[[bytes], None]:
    """Read any checkpoint, damaged or with other values than a training's."""
    identity = {"recipe": {"epochs": 3, "seed": 1}, "data": {"names_train.csv.gz": {"rows": 9}}}
    network = tiny_classifier().network
    optimizer = torch.optim.AdamW(network.parameters())
    network(torch.tensor([[2, 3]]), torch.tensor([2])).sum().backward()
    optimizer.step()
    weights = network.state_dict()
    state = {"weights": weights, "best_weights": weights, "optimizer": optimizer.state_dict()}
    state |= {"schedule": {"last_epoch": 3}, "history": [{"epoch": 1}], "best_epoch": 1}
    save_checkpoint(FOLDER, identity, state)
    valid = (FOLDER / "state.pt").read_bytes()

    def run(content: bytes) -> None:
        if content[:1] < b"\xa0":
            (FOLDER / "state.pt").write_bytes(flipped(valid, content[1:]))
        else:
            draw = random.Random(content)
            saved = changed({"identity": identity, "state": state}, draw)
            torch.save(saved, FOLDER / "state.pt")
        saved_epochs(FOLDER)
        if found := load_checkpoint(FOLDER, identity):
            check_fits(FOLDER, found, network, state)

    return run


def api() -> Callable[[bytes], None]:
    """Call the public endpoints with any JSON, through gradio's own checks."""
    import gradio as gr

    import app

    logging.disable(logging.CRITICAL)
    sys.stderr = io.StringIO()  # gradio prints tracebacks of its own refusals
    tiny_files()
    demo = app.build_demo([shown.read_model(FOLDER / "m")])
    public = [fn for fn in demo.fns.values() if fn.api_visibility == "public"]
    loop = asyncio.new_event_loop()
    valid = [["Rossi", 2], ["Rossi"], ["Rossi\nKim"], [None, "", True], ["Italian", "Russian"], []]

    def run(content: bytes) -> None:
        draw = random.Random(content)
        data = json_bytes(draw.choice(valid), content)
        try:
            data = json.loads(data)
        except (ValueError, RecursionError) as error:
            raise InputError(str(error)[:100]) from None
        if not isinstance(data, list):
            raise InputError("the server itself refuses what is no list")
        function = draw.choice(public)
        try:
            loop.run_until_complete(demo.process_api(function, data, request=None))
        except gr.Error as error:
            raise InputError(str(error).splitlines()[0]) from None
        except Exception as error:
            if is_ours(error):
                raise
            raise InputError("gradio itself refuses it") from None

    return run


def is_ours(error: Exception) -> bool:
    """Tell whether an error came from this repository's code, not from gradio's checks before."""
    frames = traceback.extract_tb(error.__traceback__)
    return any(Path(frame.filename).parent.name in ("tabs", "model") for frame in frames)


MAKERS = {
    "normalise": normalise,
    "predict": predict,
    "explain": explain,
    "csv": csv,
    "list": read_list,
    "training data": training_data,
    "config.json": config_json,
    "metrics.json": metrics_json,
    "safetensors": safetensors,
    "training texts": training_texts,
    "checkpoint": checkpoint,
    "api": api,
}
SEEDS = [
    *("aRossi", "aМüller\u0308", "a\ufdfa\u303d", "\x80김", 'Aname,x\nRossi,1\n"Kim",2\n'),
    *("ARossi,Italian\nKim,Korean\nIvanov,Russian\n", 'Aa;b\n"x;y";=1+1\n'),
    "A\ufeffname\tx\nKim\t1\n",
    *('Aname\n"Kim\nRossi\n', "A{}", "A[1]", 'B["Rossi", 2]', "B" * 9, "\x7f\x00\x01", "A'-"),
]


def make(name: str) -> Callable[[bytes], None]:
    """Return the entry of this name."""
    return MAKERS[name]()


def seeds(name: str) -> list[bytes]:
    """Return inputs to begin with."""
    return [seed.encode() for seed in SEEDS] + [bytes([n]) * 8 for n in range(0, 256, 16)]
