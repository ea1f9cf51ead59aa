"""A model folder of today's format and a task.toml of before: tests/data/README.md says how."""

import json
import shutil

import numpy as np
from conftest import ROOT

from model import TextClassifier
from model.__main__ import main
from model.storage.browser import pack
from model.tabs.page_model import read_model
from model.tabs.quality import overview_html
from model.tasks.custom import custom_task

FOLDERS = ROOT / "tests" / "data" / "folders"
FOLDER = FOLDERS / "fitted"
THEN = json.loads((FOLDERS / "answers.json").read_text("utf-8"))


def test_a_folder_answers_as_it_did_and_has_a_page_and_a_card(tmp_path):
    classifier = TextClassifier.load(FOLDER)
    assert classifier.labels == THEN["labels"]
    probabilities = classifier.predict_batch(THEN["texts"])
    np.testing.assert_allclose(probabilities, THEN["probabilities"], atol=1e-5)
    accuracy = f"{THEN['accuracy']:.1%}"
    shown = read_model(FOLDER)
    assert accuracy in overview_html(shown)
    assert pack(shown.classifier.model, "int8")
    folder = shutil.copytree(FOLDER, tmp_path / "m")
    assert main(["card", "--model", str(folder)]) == 0
    assert accuracy in (folder / "README.md").read_text("utf-8")


def test_a_task_toml_says_what_it_did():
    recorded = TextClassifier.load(FOLDER).task
    read = custom_task(FOLDERS / "task.toml")
    assert read.description == recorded.description
    assert read.page == recorded.page
