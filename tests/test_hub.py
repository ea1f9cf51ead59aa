"""Models and datasets to the Hub and back: the real client against a Hub on loopback."""

import re
import shutil

import numpy as np
import pytest
from conftest import TEST, TRAIN
from hub_server import CACHE, TOKEN

from model import InputError, TextClassifier
from model.__main__ import main
from model.tabs.page_model import read_model

NAMES = [name for name, _ in TEST]

LEFT_OUT = {"training_texts.json.gz", "look_up.json.gz"}  # of other data


@pytest.fixture
def folder(complete_folder):
    return complete_folder


@pytest.fixture
def no_waiting(monkeypatch):
    monkeypatch.setattr("time.sleep", lambda seconds: None)


@pytest.fixture
def on_hub(hub, folder):
    """The folder as `ada/mine`, put there without the client."""
    hub.add(
        "models",
        "ada/mine",
        {path.name: path.read_bytes() for path in folder.iterdir()},
    )
    return hub


def one_line(capsys) -> str:
    (line,) = capsys.readouterr().err.splitlines()
    return line.removeprefix("python -m model: ")


def push(folder, name="ada/mine", *options):
    return main(["push", name, "--model", str(folder), *options])


def test_push_uploads_in_one_commit_what_loads_as_it_was(
    hub, folder, with_token, capsys
):
    assert push(folder, "ada/mine", "--dataset", "ada/names") == 0
    assert capsys.readouterr().out.startswith(f"{hub.url}/ada/mine has the model now")
    pushed = hub.repositories["models", "ada/mine"]
    assert len(pushed.commits) == 2  # the empty repository's, and ours
    names = {path.name for path in folder.iterdir()} - LEFT_OUT
    assert set(pushed.files) == names
    assert (
        pushed.files["model.safetensors"] == (folder / "model.safetensors").read_bytes()
    )
    card = pushed.files["README.md"].decode()
    assert 'TextClassifier.load("ada/mine")' in card
    assert "datasets:\n- ada/names\n" in card

    assert not CACHE.exists()
    loaded, whole = TextClassifier.load("ada/mine"), TextClassifier.load(folder)
    assert np.array_equal(loaded.predict_batch(NAMES), whole.predict_batch(NAMES))
    assert loaded.metrics["test"]["accuracy"] == whole.metrics["test"]["accuracy"]
    shown = read_model("ada/mine")  # as the page has it
    assert shown.title == "Mine"
    assert shown.card.startswith("# Surname languages")
    assert "![" not in shown.card


def test_push_updates_the_model_of_an_earlier_upload_alone(hub, folder, with_token):
    theirs = {
        "model.safetensors": b"old",
        "training_texts.json.gz": b"old",
        "notes.txt": b"kept",
    }
    hub.add("models", "ada/mine", theirs)
    assert TextClassifier.load(folder).push_to_hub("ada/mine") == f"{hub.url}/ada/mine"
    files = hub.repositories["models", "ada/mine"].files
    assert "training_texts.json.gz" not in files
    assert files["notes.txt"] == b"kept"
    assert files["model.safetensors"] == (folder / "model.safetensors").read_bytes()


@pytest.mark.slow
def test_texts_of_other_data_stay_here_unless_published(
    hub, folder, with_token, capsys
):
    assert push(folder) == 0
    whole = TextClassifier.load(folder)
    assert one_line(capsys).startswith(
        "left out: names of the training and of test errors"
    )
    files = hub.repositories["models", "ada/mine"].files
    everything = b"".join(
        files[name] for name in ("config.json", "metrics.json")
    ).decode()
    assert not [
        t for t in (*NAMES, *(name for name, _ in TRAIN)) if f'"{t}"' in everything
    ]
    assert whole.model.training_texts  # those of the folder are still there
    whole.model.training["task"] = {"publish_texts": True}
    sent, left_out = whole.files_for_hub("ada/mine")
    assert ("training_texts.json.gz" in sent, left_out) == (True, "")


def test_a_dry_run_only_lists_what_would_go_up(hub, folder, monkeypatch, capsys):
    monkeypatch.delenv("HF_TOKEN", raising=False)
    assert push(folder, "ada/mine", "--dry-run") == 0
    output, errors = capsys.readouterr()
    *lines, total = output.splitlines()
    sizes = {line.split()[-1]: int(line.split()[0].replace(",", "")) for line in lines}
    assert set(sizes) == {path.name for path in folder.iterdir()} - LEFT_OUT
    assert sizes["model.safetensors"] == (folder / "model.safetensors").stat().st_size
    assert total.split() == [f"{sum(sizes.values()):,}", "bytes", "in", "5", "files"]
    assert errors.startswith("left out: names ")
    assert not hub.requests


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["mine"], "'mine' is not a name on the Hub: give it as USER/NAME"),
        (["ada/a--b", "--dry-run"], "'ada/a--b' is not a name on the Hub: "),
        (["a/b", "--dataset", "nonsense"], "'nonsense' is not a name on the Hub: "),
    ],
)
def test_what_is_not_a_name_is_refused(
    hub, folder, with_token, capsys, arguments, message
):
    assert push(folder, *arguments) == 2
    *_, line = capsys.readouterr().err.splitlines()
    assert line.removeprefix("python -m model: ").startswith(message)
    assert not hub.requests


def test_a_private_repository_is_private(hub, folder, with_token, monkeypatch):
    push(folder, "ada/mine", "--private")
    assert hub.repositories["models", "ada/mine"].private
    assert TextClassifier.from_pretrained("ada/mine", token=TOKEN).labels
    monkeypatch.delenv("HF_TOKEN")
    shutil.rmtree(CACHE)
    with pytest.raises(
        InputError, match="no such repository on the Hub, or it is private"
    ):
        TextClassifier.load("ada/mine")


def test_a_revision_is_pinned(hub, folder):
    files = {path.name: path.read_bytes() for path in folder.iterdir()}
    first = hub.add("models", "ada/mine", files)
    hub.add("models", "ada/mine", files | {"config.json": b"{}"})
    assert TextClassifier.load(f"ada/mine@{first}").labels
    with pytest.raises(
        InputError, match=r"models--ada--mine.*json is .*of another version"
    ):
        TextClassifier.load("ada/mine")
    with pytest.raises(InputError, match="it has no such revision"):
        TextClassifier.load("ada/mine@v9")


def test_pickles_are_not_even_fetched(hub):
    hub.add(
        "models",
        "ada/pickled",
        {"pytorch_model.bin": b"\x80\x04", "config.json": b"{}"},
    )
    with pytest.raises(InputError, match="pickled weights are not loaded"):
        TextClassifier.load("ada/pickled")
    assert not [call for call in hub.requests if "pytorch_model.bin" in call]


def test_a_file_that_is_damaged_on_its_way_or_in_the_cache_is_one_line(
    on_hub, no_waiting
):
    on_hub.cut["model.safetensors"] = 100
    with pytest.raises(
        InputError, match=r"^model ada/mine: [^\n]*check the network[^\n]*$"
    ):
        TextClassifier.load("ada/mine")
    on_hub.cut.clear()
    folder = TextClassifier.load("ada/mine").model.folder
    weights = (folder / "model.safetensors").resolve()
    weights.write_bytes(weights.read_bytes()[:-100])
    with pytest.raises(InputError, match=rf"^{re.escape(str(folder))}/model\.saf"):
        TextClassifier.load("ada/mine")


@pytest.mark.parametrize(
    ("name", "token", "faults", "message"),
    [
        (
            "ada/mine",
            "",
            [],
            "there is no token: run `hf auth login`, or set HF_TOKEN.",
        ),
        ("ada/mine", "hf_wrong", [], "the Hub does not recognise the token: "),
        ("bob/mine", TOKEN, [], "the token may not write there: "),
        ("ada/mine", TOKEN, [("/create", 503)] * 9, "the Hub is out of order: try"),
        ("ada/mine", TOKEN, [("/commit/main", 403)], "the token may not write the"),
    ],
)
def test_a_push_that_is_refused_changes_nothing(
    hub, folder, no_waiting, monkeypatch, capsys, name, token, faults, message
):
    hub.add("models", "ada/mine", {"README.md": b"old"})
    hub.faults += faults
    if token:
        monkeypatch.setenv("HF_TOKEN", token)
    assert push(folder, name) == 2
    assert one_line(capsys).startswith(f"model {name}: {message}")
    (repository,) = hub.repositories.values()
    assert repository.files == {"README.md": b"old"}


@pytest.mark.parametrize("name", ["metrics.json", "config.json", "model.safetensors"])
def test_an_incomplete_folder_is_not_uploaded(
    hub, folder, with_token, tmp_path, capsys, name
):
    copy = shutil.copytree(folder, tmp_path / "copy")
    (copy / name).unlink()
    assert push(copy) == 2
    assert one_line(capsys)
    assert not hub.requests


def test_without_a_network_the_cache_serves(
    on_hub, folder, with_token, no_waiting, monkeypatch, capsys
):
    """What is not in it is an error of one line."""
    expected = TextClassifier.load("ada/mine").predict_batch(NAMES)
    monkeypatch.setattr("huggingface_hub.constants.ENDPOINT", "http://127.0.0.1:9")
    cached = TextClassifier.load("ada/mine").predict_batch(NAMES)
    assert np.array_equal(cached, expected)
    assert push(folder) == 2
    assert one_line(capsys).startswith("model ada/mine: the Hub cannot be reached (")
    lacking = "^model ada/none: it is not a folder here, it is incomplete in the Hub's"
    with pytest.raises(InputError, match=lacking):
        TextClassifier.load("ada/none")
