"""To the Hub and back: the real client against a Hub on loopback."""

import os
import re
import shutil
from pathlib import Path

import numpy as np
import pytest
from conftest import TEST, TRAIN, run
from hub_server import CACHE, TOKEN

from model import InputError, TextClassifier
from model.__main__ import main
from model.storage.card import card_files
from model.storage.config import files_of
from model.storage.published import has_shipped_texts
from model.tabs.matrix import cell_html
from model.tabs.shown import read_model
from model.tasks.names import read_names
from model.training.scores import all_metrics, training_texts

NAMES = [name for name, _ in TEST]


@pytest.fixture(scope="module")
def folder(small_classifier, small_data, tmp_path_factory) -> Path:
    """A whole model folder, as train.py writes it."""
    path = tmp_path_factory.mktemp("models") / "mine"
    dataset = read_names(small_data)
    epoch = dict.fromkeys(("epoch", "seconds", "train_loss", "validation_loss"), 1)
    history = {"history": [epoch | {"validation_accuracy": 0.5}]}
    metrics = all_metrics(small_classifier, dataset, history, True)
    small_classifier.metrics = metrics
    classifier = TextClassifier.of(small_classifier)  # whose own has no training texts
    classifier.training_texts = training_texts(dataset)
    card = card_files(classifier, files_of(classifier)["model.safetensors"], "mine")
    classifier.save(path, metrics, card)
    return path


@pytest.fixture
def with_token(monkeypatch):
    monkeypatch.setenv("HF_TOKEN", TOKEN)


@pytest.fixture
def no_waiting(monkeypatch):
    monkeypatch.setattr("model.storage.hub.time.sleep", lambda seconds: None)


@pytest.fixture
def on_hub(hub, folder):
    """The folder as `ada/mine`, put there without the client."""
    hub.add("models", "ada/mine", {path.name: path.read_bytes() for path in folder.iterdir()})
    return hub


def one_line(capsys) -> str:
    (line,) = capsys.readouterr().err.splitlines()
    return line.removeprefix("python -m model: ")


def test_push_uploads_the_folder_in_one_commit_and_it_loads_with_equal_probabilities(
    hub, folder, with_token, capsys
):
    assert main(["push", "ada/mine", "--model", str(folder), "--dataset", "ada/names"]) == 0
    assert capsys.readouterr().out.startswith(f"{hub.url}/ada/mine has the model now")
    pushed = hub.repositories["models", "ada/mine"]
    assert len(pushed.commits) == 2  # the empty repository's, and ours
    names = {path.name for path in folder.iterdir()} - {"training_texts.json.gz"}
    assert set(pushed.files) == names | {".gitattributes"}
    assert pushed.files["model.safetensors"] == (folder / "model.safetensors").read_bytes()
    card = pushed.files["README.md"].decode()
    assert 'TextClassifier.load("ada/mine")' in card
    assert "datasets:\n- ada/names\n" in card

    assert not CACHE.exists()
    loaded = TextClassifier.load("ada/mine")
    expected = TextClassifier.load(folder).predict_batch(NAMES)
    assert np.array_equal(loaded.predict_batch(NAMES), expected)


def test_push_brings_an_earlier_upload_up_to_date_and_keeps_what_is_not_its_own(
    hub, folder, with_token
):
    theirs = {"model.safetensors": b"old", "training_texts.json.gz": b"old", "notes.txt": b"kept"}
    hub.add("models", "ada/mine", theirs)
    classifier = TextClassifier.load(folder)
    classifier.training_texts = {}  # as where texts may not be published
    assert classifier.push_to_hub("ada/mine") == f"{hub.url}/ada/mine"
    files = hub.repositories["models", "ada/mine"].files
    assert "training_texts.json.gz" not in files
    assert files["notes.txt"] == b"kept"
    assert files["model.safetensors"] == (folder / "model.safetensors").read_bytes()


def test_texts_of_other_data_stay_here_unless_a_task_toml_publishes_them(
    hub, folder, with_token, capsys
):
    assert main(["push", "ada/mine", "--model", str(folder)]) == 0
    n_errors = len(TextClassifier.load(folder).metrics["test"]["errors"])
    (line,) = capsys.readouterr().err.splitlines()
    assert f"left out: names (30 to train on, {n_errors} of test errors, 3 to guess)" in line
    files = hub.repositories["models", "ada/mine"].files
    texts = [*NAMES, *(name for name, _ in TRAIN)]
    everything = b"".join(files[name] for name in ("config.json", "metrics.json")).decode()
    assert not [text for text in texts if f'"{text}"' in everything]
    loaded, whole = TextClassifier.load("ada/mine"), TextClassifier.load(folder)
    assert np.array_equal(loaded.predict_batch(NAMES), whole.predict_batch(NAMES))
    assert loaded.metrics["test"]["accuracy"] == whole.metrics["test"]["accuracy"]
    assert whole.training_texts  # those of the folder are still there
    shown = read_model("ada/mine")
    cells = [(i, j) for i in range(3) for j in range(3) if i != j and count_of(shown, i, j)]
    i, j = cells[0]
    page = cell_html(shown.metrics, shown.words, i, j)
    assert "The model comes without its names." in page
    whole.training["task"] = {"publish_texts": True}
    sent, left_out = whole.files_for_hub("ada/mine")
    assert "training_texts.json.gz" in sent
    assert left_out == ""


def count_of(shown, row, column) -> int:
    return shown.metrics["test"]["confusion"][row][column]


def test_the_shipped_model_goes_up_with_its_texts_because_its_data_is_the_shipped_one():
    classifier = TextClassifier.load()
    assert has_shipped_texts(classifier)
    classifier.metrics = classifier.metrics | {
        "dataset": classifier.metrics["dataset"] | {"mine.csv": {"rows": 1, "sha256": "0" * 64}}
    }
    assert not has_shipped_texts(classifier)
    classifier.metrics = classifier.metrics | {"dataset": {}}
    assert not has_shipped_texts(classifier)


def test_a_dry_run_lists_what_would_go_up_and_asks_no_hub(hub, folder, capsys, tmp_path):
    assert main(["push", "ada/mine", "--model", str(folder), "--dry-run"]) == 0
    output, errors = capsys.readouterr()
    *lines, total = output.splitlines()
    sizes = {line.split()[-1]: int(line.split()[0].replace(",", "")) for line in lines}
    assert set(sizes) == {path.name for path in folder.iterdir()} - {"training_texts.json.gz"}
    assert sizes["model.safetensors"] == (folder / "model.safetensors").stat().st_size
    assert total.split() == [f"{sum(sizes.values()):,}", "bytes", "in", "5", "files"]
    assert errors.startswith("left out: names (")
    assert not hub.requests
    for name, content in TextClassifier.load(folder).files_for_hub("ada/mine")[0].items():
        (tmp_path / name).write_bytes(content)
    assert not TextClassifier.load(tmp_path).training_texts  # it loads as a folder too


def test_what_is_written_by_hand_in_a_card_goes_up(hub, folder, with_token, tmp_path):
    shutil.copytree(folder, tmp_path / "m")
    card = tmp_path / "m" / "README.md"
    text = card.read_text().replace("license: mit", "license: apache-2.0\nthumbnail: a.png")
    card.write_text(text + "\n## Who made it\n\nA school.\n")
    assert main(["push", "ada/mine", "--model", str(tmp_path / "m")]) == 0
    pushed = hub.repositories["models", "ada/mine"].files["README.md"].decode()
    assert "license: apache-2.0\n" in pushed
    assert "thumbnail: a.png\n" in pushed
    assert pushed.endswith("<!-- /generated -->\n\n## Who made it\n\nA school.\n")
    assert 'TextClassifier.load("ada/mine")' in pushed
    assert read_model("ada/mine").card.endswith("A school.")


def test_a_private_repository_is_private(hub, folder, with_token, monkeypatch):
    main(["push", "ada/mine", "--model", str(folder), "--private"])
    assert hub.repositories["models", "ada/mine"].private
    assert TextClassifier.from_pretrained("ada/mine", token=TOKEN).labels
    monkeypatch.delenv("HF_TOKEN")
    shutil.rmtree(CACHE)
    with pytest.raises(InputError, match="no such repository on the Hub, or it is private"):
        TextClassifier.load("ada/mine")


def test_a_revision_is_pinned(hub, folder):
    files = {path.name: path.read_bytes() for path in folder.iterdir()}
    first = hub.add("models", "ada/mine", files)
    hub.add("models", "ada/mine", files | {"config.json": b"{}"})
    assert TextClassifier.load("ada/mine", revision=first).labels
    assert TextClassifier.load(f"ada/mine@{first}").labels
    with pytest.raises(InputError, match=r"ada/mine, from the Hub: .*json is .*of another version"):
        TextClassifier.load("ada/mine")
    with pytest.raises(InputError, match="it has no such revision"):
        TextClassifier.load("ada/mine", revision="v9")
    with pytest.raises(InputError, match="give one"):
        TextClassifier.load("ada/mine@v1", revision="v2")


def test_pickles_are_not_even_fetched(hub):
    hub.add("models", "ada/pickled", {"pytorch_model.bin": b"\x80\x04", "config.json": b"{}"})
    with pytest.raises(InputError, match="pickled weights are not loaded"):
        TextClassifier.load("ada/pickled")
    assert not [call for call in hub.requests if "pytorch_model.bin" in call]


def test_a_file_that_is_damaged_on_its_way_or_in_the_cache_is_one_line(on_hub, no_waiting):
    on_hub.cut["model.safetensors"] = 100
    with pytest.raises(InputError, match=r"^model ada/mine: a file arrived incomplete: "):
        TextClassifier.load("ada/mine")
    on_hub.cut.clear()
    folder = TextClassifier.load("ada/mine").folder
    weights = (folder / "model.safetensors").resolve()
    weights.write_bytes(weights.read_bytes()[:-100])
    with pytest.raises(InputError, match=f"ada/mine, from the Hub: {re.escape(str(folder))}"):
        TextClassifier.load("ada/mine")


def test_a_hub_that_is_busy_for_a_moment_is_asked_again(hub, folder, with_token, no_waiting):
    for call in ("POST /api/repos/create", "POST .*/preupload", "/commit/main"):
        hub.forget()
        hub.faults.append((call, 503))
        assert main(["push", "ada/mine", "--model", str(folder)]) == 0
        assert len(hub.repositories["models", "ada/mine"].commits) == 2
    for call in ("GET /api/models", "resolve/.*/config.json"):
        hub.faults.append((call, 503))
        assert TextClassifier.load("ada/mine").labels
        assert not hub.faults
        shutil.rmtree(CACHE)


def test_a_hub_that_stays_out_of_order_is_one_line(hub, folder, with_token, no_waiting, capsys):
    hub.faults += [("POST /api/repos/create", 503)] * 9
    assert main(["push", "ada/mine", "--model", str(folder)]) == 2
    assert one_line(capsys) == "model ada/mine: the Hub is out of order (503): try again later."
    assert not hub.repositories


@pytest.mark.parametrize(
    ("repository", "token", "message"),
    [
        ("ada/mine", None, "No token for the Hub: run `hf auth login`, or set HF_TOKEN."),
        ("ada/mine", "hf_wrong", "model ada/mine: the Hub does not recognise the token: "),
        ("bob/mine", TOKEN, "model bob/mine: the token may not write there: "),
        ("mine", TOKEN, "'mine' is not a name on the Hub: give it as USER/NAME."),
        ("ada/a--b", TOKEN, "model ada/a--b: "),
    ],
)
def test_a_push_that_is_refused_is_one_line(
    hub, folder, monkeypatch, capsys, repository, token, message
):
    if token:
        monkeypatch.setenv("HF_TOKEN", token)
    assert main(["push", repository, "--model", str(folder)]) == 2
    assert one_line(capsys).startswith(message)
    assert not hub.repositories


def test_a_token_without_rights_on_a_repository_leaves_it_as_it_is(hub, folder, with_token, capsys):
    hub.add("models", "ada/mine", {"README.md": b"old"})
    hub.faults.append(("/commit/main", 403))
    assert main(["push", "ada/mine", "--model", str(folder)]) == 2
    assert "the token may not write there" in one_line(capsys)
    assert hub.repositories["models", "ada/mine"].files == {"README.md": b"old"}


@pytest.mark.parametrize("missing", ["model.safetensors", "config.json", "metrics.json"])
def test_a_folder_that_is_not_complete_is_not_uploaded(
    hub, folder, with_token, tmp_path, capsys, missing
):
    for path in folder.iterdir():
        if path.name != missing:
            (tmp_path / path.name).write_bytes(path.read_bytes())
    assert main(["push", "ada/mine", "--model", str(tmp_path)]) == 2
    assert one_line(capsys)
    assert not hub.requests


def test_without_a_network_the_cache_serves_and_all_else_is_one_line(on_hub, folder):
    expected = TextClassifier.load("ada/mine").predict_batch(NAMES)  # and now it is in the cache
    script = """if True:
        import sys
        from model import TextClassifier
        from model.__main__ import main
        print(TextClassifier.load("ada/mine").predict_batch(sys.argv[2:]).tolist())
        print(main(["push", "ada/mine", "--model", sys.argv[1]]))
        print(main(["predict", "--model", "ada/none", "README.md"]))"""
    closed = {"HF_ENDPOINT": "http://127.0.0.1:9", "HF_TOKEN": TOKEN}
    done = run("-c", script, folder, *NAMES, env=os.environ | closed)
    assert done.stdout == f"{expected.tolist()}\n2\n2\n", done.stderr
    first, second = done.stderr.splitlines()
    assert "model ada/mine: the Hub cannot be reached (" in first
    assert second.endswith(
        "model ada/none: it is not a folder here, it is incomplete in the Hub's cache, and the Hub "
        "cannot be reached: name a folder, or go online once."
    )


def test_the_app_s_models_may_come_from_the_hub(on_hub):
    shown = read_model("ada/mine")
    assert shown.title == "Mine"
    assert shown.classifier.answer("Rossi").training_labels == ["Italian"]
    assert "![" not in shown.card
    assert shown.card.startswith("# Surname languages")
