"""The model card says what the model is, whatever it was trained on."""

import hashlib
import re
import runpy

import pytest
import yaml
from conftest import REVIEWS, ROOT, SHIPPED, TRAIN, write_names
from models import load

from model import InputError, TextClassifier
from model.storage.card import card_files, cautions, model_card
from model.storage.folder import read_model_folder
from model.tasks.names import NAMES, read_names
from model.training.build import build
from model.training.metrics import all_metrics

WEIGHTS = {"model.safetensors": b"weights"}


@pytest.fixture(scope="module")
def classifier(small_recipe, tmp_path_factory):
    """A classifier that was not trained, with the metrics that such a one has."""
    rows = [(name, ["A|B", "C\\|D"][i % 2]) for i, (name, _) in enumerate(TRAIN[:10])]
    dataset = read_names(
        write_names(tmp_path_factory.mktemp("d"), rows, [("Conti", "A|B")])
    )
    classifier = TextClassifier(build(small_recipe, dataset))
    classifier.model.training |= {"command": "python train.py --data d", "data": "d"}
    classifier.model.metrics = all_metrics(classifier.model, dataset, NAMES, {})
    return classifier


def front_matter(card: str) -> dict:
    return yaml.safe_load(card.split("---\n")[1])


def test_the_card_is_of_the_data_and_the_command_that_made_the_model(classifier):
    files, _ = card_files(classifier.model, WEIGHTS, "my_model", "ada/surnames")
    card = files["README.md"].decode()
    (result,) = front_matter(card)["model-index"][0]["results"]
    assert result["dataset"]["name"].endswith("2 languages")
    assert "`python train.py --data d`, seed 1" in card
    assert "`names_train.csv.gz`: 10 rows, SHA-256 " in card
    assert "which this card cannot describe" in card
    assert hashlib.sha256(b"weights").hexdigest() in card
    for of_the_shipped_model in ("Vietnamese", "fetch_lecture.py", "mean of three"):
        assert of_the_shipped_model not in card
    assert "\n| A\\|B | " in card  # a bar in a label stays in its cell
    assert "\n| C\\\\\\|D | " in card  # the label's backslash and bar, each escaped
    assert front_matter(card)["datasets"] == ["ada/surnames"]
    assert "https://huggingface.co/datasets/ada/surnames" in card


def test_the_card_says_that_the_lecture_s_names_are_not_published(
    classifier, monkeypatch
):
    lecture = runpy.run_path(str(ROOT / "data" / "fetch_lecture.py"))["SHA256"]
    files = {"more/names.csv.gz": {"rows": 9, "sha256": lecture["names_train.csv.gz"]}}
    dataset = classifier.metrics["dataset"] | files
    monkeypatch.setitem(classifier.metrics, "dataset", dataset)
    text = model_card(classifier.model, "", "my_model").text
    (line,) = [
        line
        for line in text.splitlines()
        if line.startswith("- `more/names.csv.gz`: 9")
    ]
    assert "carry no licence" in line
    assert "`python data/fetch_lecture.py` fetches them" in line


def test_metrics_that_are_not_whole_are_one_line(classifier, monkeypatch):
    without_threads = {
        k: value for k, value in classifier.metrics.items() if k != "threads"
    }
    for metrics in (
        None,
        {},
        {"test": {"confusion": [[0, 0], [0, 0]]}},
        without_threads,
    ):
        monkeypatch.setattr(classifier.model, "metrics", metrics)
        with pytest.raises(InputError, match=r"^metrics.json is incomplete \([^\n]*$"):
            card_files(classifier.model, WEIGHTS, "my_model")


@pytest.mark.parametrize("folder", [SHIPPED, REVIEWS], ids=lambda folder: folder.name)
def test_the_shipped_card_is_what_the_template_makes_of_the_shipped_files(folder):
    classifier, card = load(folder), (folder / "README.md").read_text("utf-8")
    weights = (folder / "model.safetensors").read_bytes()
    source = f"model/weights/{folder.name}"
    if folder == REVIEWS:  # whose picture is small
        files, _ = card_files(classifier.model, read_model_folder(folder), source)
        assert files["README.md"] == card.encode()
        assert files["confusion.png"].startswith(b"\x89PNG")
    made = model_card(classifier.model, hashlib.sha256(weights).hexdigest(), source)
    assert str(made) == card
    data = front_matter(card)
    (result,) = data["model-index"][0]["results"]
    for score in result["metrics"]:
        assert score["value"] == round(classifier.metrics["test"][score["type"]], 4)
    assert (data["license"], data["library_name"]) == ("mit", "pytorch")
    assert all(re.fullmatch("[a-z]{2,3}", code) for code in data["language"])


def test_the_card_names_labels_that_are_never_found_and_a_half_without_a_part():
    rows = [
        {"label": name, "support": 9, "recall": r}
        for name, r in (("*x*", 0.0), ("y", 0.1))
    ]
    test = {"per_label": [*rows, {"label": "z", "support": 0, "recall": 0.0}]}
    test |= {"rows": 18, "accuracy": 0.95}
    for share, none in ((0.0, "network"), (1.0, "linear classifier")):
        said = cautions({"test": test, "halves": {"share": share}}, "names")
        assert said.startswith(
            f"Never recognised among the test names: *x*. The {none} has no "
        )


@pytest.mark.parametrize("accuracy", [0.55, 0.64, 0.66])
def test_a_network_that_does_not_beat_the_most_frequent_label_says_so(accuracy):
    """Of 400 rows 60% have one label: two standard errors, 2 √(0.6 · 0.4 / 400), are 4.9%."""
    rows = [
        {"label": name, "support": n, "recall": 0.5}
        for name, n in (("x", 240), ("y", 160))
    ]
    test = {"per_label": rows, "rows": 400, "accuracy": accuracy}
    baseline = {"name": "most frequent label, x", "accuracy": 0.6}
    for metrics in ({"test": test}, {"test": test, "most_frequent": baseline}):
        told = cautions(metrics, "codes")
        if accuracy == 0.66:
            assert told == ""
        else:
            assert told.startswith(
                "It does not beat the most frequent label, x, by two"
            )
            assert (
                f"{accuracy:.1%} of the test codes are right, and 60.0% if that" in told
            )


def test_the_card_of_two_labels_has_no_top_three(classifier):
    assert "top 3" not in model_card(classifier.model, "", "my_model").text
    head = "| accuracy | any of the name's languages | macro-F1 | calibration error |\n"
    assert (
        f"{head}|--:|--:|--:|--:|\n"
        in model_card(classifier.model, "", "my_model").text
    )
