"""A dataset to the Hub and back: the datasheet as its card, and training from it."""

import os
import re
import shlex
import subprocess
import sys
from itertools import product
from pathlib import Path

import pytest
import yaml
from conftest import ROOT
from hub_server import TOKEN

from data.builder.rows import unpacked
from model.commands.train import main

DATA = ROOT / "data"
HUB_PAGE = (ROOT / "docs" / "hub.md").read_text(encoding="utf-8")


@pytest.fixture
def upload(hub):
    """Return what runs a command of docs/hub.md, as Ada and on other folders."""

    def run(name, **places):
        command = re.search(rf"^hf upload USER/{name}(\\\n|.)*", HUB_PAGE, re.MULTILINE)[0]
        words = shlex.split(command.replace("USER", "ada").replace("\\\n", ""), comments=True)
        words = [places.get(word, word) for word in words]
        hf = Path(sys.executable).with_name("hf")
        environment = os.environ | {"HF_TOKEN": TOKEN}
        done = subprocess.run([hf, *words[1:]], cwd=ROOT, env=environment, capture_output=True)
        assert done.returncode == 0, done.stderr
        return hub.repositories["datasets", f"ada/{name}"]

    return run


@pytest.mark.nightly
def test_the_shipped_names_go_up_in_one_commit_with_their_datasheet_as_card(upload, tmp_path):
    """And the library that the Hub's viewer uses reads them."""
    pushed = upload("surnames")
    assert len(pushed.commits) == 2  # the empty repository's, and ours
    files = {name: content for name, content in pushed.files.items() if name != ".gitattributes"}
    names = {path.name for path in DATA.glob("*.csv.gz")}
    assert set(files) == names | {"README.md", "LICENSE", "NOTICE"}
    assert all(content == (DATA / name).read_bytes() for name, content in files.items())
    assert yaml.safe_load(files["README.md"].decode().split("---\n")[1])["license"] == "cc-by-4.0"

    datasets = pytest.importorskip("datasets")
    for config, part in product(("default", "native"), ("train", "test")):
        read = datasets.load_dataset("ada/surnames", config, cache_dir=str(tmp_path), split=part)
        stem = "names" if config == "default" else config
        rows = unpacked(DATA / f"{stem}_{part}.csv.gz")
        assert list(zip(read["name"], read["language"], strict=True)) == rows


def test_a_dataset_of_one_s_own_is_trained_on_and_named_in_the_card(upload, small_data, tmp_path):
    upload("my-names", my_names=str(small_data))
    output = tmp_path / "mine"
    arguments = ["--data", "hub:ada/my-names", "--output", str(output), "--epochs", "1"]
    assert main([*arguments, "--no-use-gpu"]) == 0
    card = (output / "README.md").read_text()
    assert yaml.safe_load(card.split("---\n")[1])["datasets"] == ["ada/my-names"]
    assert "https://huggingface.co/datasets/ada/my-names" in card


def test_no_such_dataset_is_one_line(hub, capsys):
    assert main(["--data", "hub:ada/none", "--dry-run"]) == 2
    assert capsys.readouterr().err == (
        "train.py: dataset ada/none: no such repository on the Hub, or it is private: run "
        "`hf auth login` for that.\n"
    )
