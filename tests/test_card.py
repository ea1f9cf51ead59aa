"""The model card says what the model is, whatever it was trained on."""

import hashlib
import json
import re
import runpy

import numpy as np
import pytest
import yaml
from conftest import ROOT, SHIPPED, write_names

from model import InputError, TextClassifier
from model.storage.card import card_files, model_card
from model.tasks.names import read_names
from model.training.build import build
from model.training.scores import all_metrics

REVIEWS = ROOT / "model" / "weights" / "reviews"


@pytest.fixture(scope="module")
def classifier(small_recipe, tmp_path_factory):
    """A classifier that was not trained, with the metrics that such a one has."""
    rows = [("Rossi", "A|B"), ("Ferrari", "A|B"), ("Ivanov", "C\\|D"), ("Popov", "C\\|D")]
    data = write_names(tmp_path_factory.mktemp("d"), rows, [("Conti", "A|B")])
    dataset = read_names(data)
    classifier = TextClassifier.of(build(small_recipe, dataset))
    classifier.training |= {"command": "python train.py --data d", "data": "d"}
    classifier.metrics = all_metrics(classifier, dataset, {}, True)
    return classifier


@pytest.fixture(scope="module")
def card(classifier):
    return card_files(classifier, b"weights", "my_model")["README.md"].decode()


def front_matter(card: str) -> dict:
    return yaml.safe_load(card.split("---\n")[1])


def test_the_card_is_of_the_data_and_the_command_that_made_the_model(card):
    (result,) = front_matter(card)["model-index"][0]["results"]
    assert result["dataset"]["name"].endswith("2 languages")
    assert "Vietnamese" not in card
    assert "`python train.py --data d`, seed 1" in card
    assert "`names_train.csv.gz`: 4 rows, SHA-256 " in card
    assert "which this card cannot describe" in card
    assert hashlib.sha256(b"weights").hexdigest() in card
    assert "fetch_lecture.py" not in card
    assert "mean of three" not in card  # which was measured of the shipped weights
    assert "\n| A\\|B | " in card  # a bar in a label stays in its cell
    assert "\n| C\\\\\\|D | " in card  # the label's backslash and bar, each escaped


def test_the_card_says_that_the_lecture_s_names_are_not_published(classifier, monkeypatch):
    lecture = runpy.run_path(str(ROOT / "data" / "fetch_lecture.py"))["SHA256"]
    files = {"more/names.csv.gz": {"rows": 9, "sha256": lecture["names_train.csv.gz"]}}
    metrics = {**classifier.metrics, "dataset": classifier.metrics["dataset"] | files}
    monkeypatch.setattr(classifier, "metrics", metrics)
    text = model_card(classifier, "", "my_model")[1]
    (line,) = [line for line in text.splitlines() if line.startswith("- `more/names.csv.gz`: 9")]
    assert "carry no licence" in line
    assert "`python data/fetch_lecture.py` fetches them" in line


def test_a_dataset_on_the_hub_is_linked(classifier):
    card = card_files(classifier, b"", "my_model", "ada/surnames")["README.md"].decode()
    assert front_matter(card)["datasets"] == ["ada/surnames"]
    assert "https://huggingface.co/datasets/ada/surnames" in card


def test_metrics_that_are_not_whole_are_one_line(classifier):
    part = TextClassifier(classifier.network, classifier.encoder, classifier.labels)
    whole = classifier.metrics
    without_threads = {key: value for key, value in whole.items() if key != "threads"}
    for metrics in (None, {}, {"test": {"confusion": [[0, 0], [0, 0]]}}, without_threads):
        part.metrics = metrics
        with pytest.raises(InputError, match=r"^metrics.json is incomplete \([^\n]*$"):
            card_files(part, b"", "my_model")


@pytest.mark.parametrize("folder", [SHIPPED, REVIEWS], ids=lambda folder: folder.name)
def test_the_shipped_card_is_what_the_template_makes_of_the_shipped_files(folder):
    classifier = TextClassifier.load(folder)
    weights = (folder / "model.safetensors").read_bytes()
    files = card_files(classifier, weights, f"model/weights/{folder.name}")
    assert (folder / "README.md").read_bytes() == files["README.md"]
    assert (folder / "confusion.png").read_bytes().startswith(b"\x89PNG")
    assert len(files["confusion.png"]) < 200_000


def test_the_card_tells_how_many_whole_sentences_its_figure_rests_on():
    wholes = json.loads((REVIEWS / "metrics.json").read_text())["test"]["wholes"]
    right = round(wholes["rows"] * wholes["accuracy"])
    each = np.repeat([1.0, 0.0], [right, wholes["rows"] - right])
    error = each.std() / np.sqrt(len(each))
    card = (REVIEWS / "README.md").read_text()
    figures = f"{each.mean():.1%} ± {error:.1%}"
    assert f"Of the {wholes['rows']:,} whole sentences among them {figures}" in card
    assert "not the standard test of 2,210 sentences" in card


def test_the_shipped_card_s_figures_are_those_of_metrics_json():
    card = (SHIPPED / "README.md").read_text()
    metrics = json.loads((SHIPPED / "metrics.json").read_text())
    data, test = front_matter(card), metrics["test"]
    (result,) = data["model-index"][0]["results"]
    assert {m["type"]: m["value"] for m in result["metrics"]} == {
        key: round(test[key], 4) for key in ("accuracy", "macro_f1", "ece")
    }
    assert result["dataset"]["split"] == "test"
    assert data["pipeline_tag"] == "text-classification"
    assert (data["license"], data["library_name"]) == ("mit", "pytorch")
    assert {"ar", "el", "vi"} < set(data["language"])
    assert all(re.fullmatch("[a-z]{2,3}", code) for code in data["language"])
    row = [test["accuracy"], test["accuracy_any"], test["top3_accuracy"]]
    row = [f"{share:.1%}" for share in row]
    assert f"\n| {row[0]} | {row[1]} | {test['macro_f1']:.3f} | {row[2]} | " in card
    han = metrics["native"]["Japanese, Han"]
    assert f"\n| Japanese, Han | {han['rows']} | {han['right']:.1%} | " in card
    mash = metrics["mash"]
    assert f"\n| mash | {mash['rows']} | {mash['none']:.1%} | {mash['none_or_unsure']:.1%}" in card


def test_the_card_has_the_calibration_of_each_label_where_it_was_measured(classifier, monkeypatch):
    test = classifier.metrics["test"]
    scores = {"precision": 0.5, "recall": 0.25, "f1": 1 / 3, "support": 1200}
    gap = {"calibration_error": 0.012, "predicted": 9, "gap": -0.0213, "gap_error": 0.0308}
    without = gap | {"calibration_error": 0.034, "predicted": 0, "gap": None, "gap_error": None}
    labels = [{"label": "A", **scores, **gap}, {"label": "B", **scores, **without}]
    changed = test | {"per_label": labels, "classwise_ece": 0.023}
    monkeypatch.setitem(classifier.metrics, "test", changed)
    card = model_card(classifier, "", "my_model")[1]
    assert "\n| A | 0.50 | 0.25 | 0.33 | 1,200 | -0.021 ± 0.031 |\n" in card
    assert "\n| B | 0.50 | 0.25 | 0.33 | 1,200 | |\n" in card
    assert "class-wise calibration error is 0.0230 on average and 0.0340 at worst" in card
    folded = {"rows": 9, "accuracy": 0.25, "macro_f1": 0.5, "top3_accuracy": 0.75}
    earlier = {key: value for key, value in changed.items() if key != "classwise_ece"}
    monkeypatch.setitem(classifier.metrics, "test", earlier | {"folded": folded})
    card = model_card(classifier, "", "my_model")[1]
    assert "\n| A | 0.50 | 0.25 | 0.33 | 1,200 |\n" in card
    assert "class-wise" not in card
    assert "accuracy 25.0%, macro-F1 0.500, right in the top 3 75.0%" in card
