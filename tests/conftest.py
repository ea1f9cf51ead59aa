"""What several test files share: a small data folder and a model trained on it."""

import csv
import gzip
import os
import subprocess
import sys
from pathlib import Path

import hub_server  # first: it keeps every client of the Hub on loopback
import pytest

from model.classifier import TextClassifier
from model.dataset import read_names
from model.recipe import Recipe
from model.training import fit, make_accelerator

ROOT = Path(__file__).resolve().parent.parent
JAPANESE = "Nakamura Takahashi Yamamoto Kobayashi Matsumoto Inoue Kimura Hayashi Shimizu Yamazaki"
RUSSIAN = "Ivanov Smirnov Kuznetsov Popov Vasiliev Petrov Sokolov Mikhailov Novikov Fedorov"
ITALIAN = "Rossi Ferrari Esposito Bianchi Romano Colombo Ricci Marino Greco Bruno"
TRAIN = [
    (name, language)
    for language, names in (("Italian", ITALIAN), ("Japanese", JAPANESE), ("Russian", RUSSIAN))
    for name in names.split()
]
PRETRAIN = [
    *(("Sato", "Japanese"), ("Rosso", "Italian"), ("Conti", "Italian"), ("Orlov", "Russian")),
    *(("Hansen", "Norwegian"), ("Sharma", "Indian"), ("Popescu", "Romanian"), ("Sato", "Indian")),
]
TEST = [("Suzuki", "Japanese"), ("Morozov", "Russian"), ("Conti", "Italian")]


def write_names(folder: Path, train=TRAIN, test=TEST, pretrain=()) -> Path:
    """Write the files of a names folder, that to pretrain on only where it has rows."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, rows in (("names_train", train), ("names_test", test), ("pretraining", pretrain)):
        if rows or name != "pretraining":
            write_rows(folder / f"{name}.csv.gz", rows)
    return folder


def write_rows(path: Path, rows) -> None:
    with gzip.open(path, "wt", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows(rows)


def run(*arguments: str | Path, **options) -> subprocess.CompletedProcess:
    """Run a script of the repository as a user does."""
    return subprocess.run(
        [sys.executable, *map(str, arguments)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=240,
        **options,
    )


@pytest.fixture
def small_disk(tmp_path):
    """A disk of 1 MB, mounted for one test: all the way full is how a disk really fails."""
    if os.geteuid() != 0:
        pytest.skip("only root may mount a disk")
    disk = tmp_path / "disk"
    disk.mkdir()
    command = ["mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", str(disk)]
    mounted = subprocess.run(command, capture_output=True, text=True)
    if mounted.returncode:
        pytest.skip(f"mounting a disk is not permitted: {mounted.stderr.strip()}")
    yield disk
    subprocess.run(["umount", str(disk)], check=True)


@pytest.fixture
def hub() -> hub_server.Hub:
    """An empty Hub on loopback, and an empty cache of its client."""
    hub_server.HUB.forget()
    return hub_server.HUB


@pytest.fixture(scope="session")
def small_data(tmp_path_factory) -> Path:
    return write_names(tmp_path_factory.mktemp("data"))


@pytest.fixture(scope="session")
def small_data_with_more(tmp_path_factory) -> Path:
    """The same names with a file to pretrain on, which holds a test name too."""
    return write_names(tmp_path_factory.mktemp("more"), pretrain=PRETRAIN)


@pytest.fixture(scope="session")
def small_recipe() -> Recipe:
    return Recipe(
        embedding_size=8, hidden_size=12, epochs=3, batch_size=8, learning_rate=0.01, seed=1
    )


@pytest.fixture(scope="session")
def small_classifier(small_data, small_recipe) -> TextClassifier:
    dataset = read_names(small_data)
    classifier = small_recipe.build(dataset)
    fit(classifier, dataset, small_recipe, make_accelerator(use_gpu=False))
    return classifier
