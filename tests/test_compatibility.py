"""Model folders and a task.toml that earlier versions made: tests/data/README.md says how."""

import json
import shutil

import numpy as np
import pytest
from conftest import ROOT

from model import TextClassifier
from model.__main__ import main
from model.storage.browser import pack
from model.tabs.page_model import read_model
from model.tabs.quality import overview_html
from model.tasks.custom import custom_task

FOLDERS = ROOT / "tests" / "data" / "folders"
THEN = json.loads((FOLDERS / "answers.json").read_text("utf-8"))


@pytest.mark.parametrize("name", THEN)
def test_a_folder_answers_as_it_did_and_has_a_page_and_a_card(name, tmp_path):
    then = THEN[name]
    classifier = TextClassifier.load(FOLDERS / name)
    assert classifier.labels == then["labels"]
    for values, key in (
        (classifier.predict_batch(then["texts"]), "probabilities"),
        (classifier.none_batch(then["texts"]), "none"),
    ):
        np.testing.assert_allclose(values, then[key], atol=1e-5)
    accuracy = f"{then['accuracy']:.1%}"
    shown = read_model(FOLDERS / name)
    assert accuracy in overview_html(shown)
    assert pack(shown.classifier.model, "int8")
    folder = shutil.copytree(FOLDERS / name, tmp_path / "m")
    assert main(["card", "--model", str(folder)]) == 0
    assert accuracy in (folder / "README.md").read_text("utf-8")


def test_a_task_toml_says_what_it_did():
    recorded = TextClassifier.load(FOLDERS / "fitted").task
    read = custom_task(FOLDERS / "task.toml")
    assert read.description == recorded.description
    assert read.page == recorded.page
