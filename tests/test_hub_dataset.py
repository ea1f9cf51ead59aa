"""A dataset to the Hub and back: the datasheet as its card, and training from it."""

import os
import sys

import pytest
import yaml
from conftest import ROOT, run
from hub_server import TOKEN

from model.tasks.names import read_names

sys.path.insert(0, str(ROOT / "data"))

import push


@pytest.fixture(autouse=True)
def with_token(monkeypatch):
    monkeypatch.setenv("HF_TOKEN", TOKEN)


def test_the_shipped_names_go_up_in_one_commit_with_their_datasheet_as_card(hub, capsys):
    assert push.main(["ada/surnames"]) == 0
    assert capsys.readouterr().out.startswith(f"{hub.url}/datasets/ada/surnames has the names now")
    pushed = hub.repositories["datasets", "ada/surnames"]
    assert len(pushed.commits) == 2  # the empty repository's, and ours
    for name, content in pushed.files.items():
        if name != ".gitattributes":
            assert content == (ROOT / "data" / name).read_bytes()
    data = yaml.safe_load(pushed.files["README.md"].decode().split("---\n")[1])
    assert data["license"] == "cc-by-4.0"
    names = {path.name for path in (ROOT / "data").glob("*.csv.gz")}
    configured = set()
    for config in data["configs"]:
        files = config["data_files"]
        configured |= {p["path"] for p in ([{"path": files}] if isinstance(files, str) else files)}
    assert configured == names <= set(pushed.files)


def test_load_dataset_reads_what_was_uploaded(hub, tmp_path):
    """Through the library that the Hub's viewer uses."""
    datasets = pytest.importorskip("datasets")
    push.main(["ada/surnames"])
    read = datasets.load_dataset("ada/surnames", cache_dir=str(tmp_path))
    ours = read_names(ROOT / "data")
    test = zip(read["test"]["name"], read["test"]["language"], strict=True)
    assert list(test) == list(zip(ours.test.texts, ours.test.labels, strict=True))
    native = datasets.load_dataset("ada/surnames", "native", cache_dir=str(tmp_path))
    rows = len(ours.train) + len(ours.validation)
    assert len(read["train"]) + len(native["train"]) == rows
    assert native["test"]["name"] == ours.native.texts
    columns = {
        "pretraining": {"name", "group"},
        "given_names": {"given_name", "language"},
        "readings": {"kanji", "romaji"},
    }
    for config, expected in columns.items():
        more = datasets.load_dataset("ada/surnames", config, cache_dir=str(tmp_path))
        assert set(more["train"].features) == expected


def test_a_folder_of_one_s_own_is_uploaded_trained_on_and_named_in_the_card(
    hub, small_data, tmp_path
):
    environment = os.environ | {"HF_TOKEN": TOKEN}
    done = run("data/push.py", "ada/own", "--data", small_data, "--private", env=environment)
    assert done.returncode == 0, done.stderr
    assert hub.repositories["datasets", "ada/own"].private
    output = tmp_path / "mine"
    done = run(
        *("train.py", "--data", "hub:ada/own", "--output", output, "--epochs", "1"), env=environment
    )
    assert done.returncode == 0, done.stderr
    card = (output / "README.md").read_text()
    assert yaml.safe_load(card.split("---\n")[1])["datasets"] == ["ada/own"]
    assert "https://huggingface.co/datasets/ada/own" in card


def test_a_card_without_configs_is_one_line(hub, small_data, tmp_path, capsys):
    for path in small_data.iterdir():
        (tmp_path / path.name).write_bytes(path.read_bytes())
    (tmp_path / "README.md").write_text("# Mine\n")
    assert push.main(["ada/own", "--data", str(tmp_path)]) == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert f"data/push.py: {tmp_path / 'README.md'} has no configs" in line
    assert not hub.requests


def test_no_such_dataset_is_one_line(hub):
    done = run("train.py", "--data", "hub:ada/none", "--dry-run")
    assert done.returncode == 2
    assert done.stderr.splitlines() == [
        "train.py: dataset ada/none: no such repository on the Hub, or it is private: run "
        "`hf auth login` for that."
    ]
