"""The model card says what the model is, whatever it was trained on."""

import copy
import hashlib
import re
import runpy
from dataclasses import replace

import pytest
import yaml
from conftest import REVIEWS, ROOT, SHIPPED, TRAIN, write_names
from models import load

from model import InputError, TextClassifier
from model.storage.card import card_files, cautions, model_card
from model.storage.folder import read_model_folder
from model.tasks.names import NAMES, read_names
from model.training.build import build_model
from model.training.metrics import all_metrics

WEIGHTS = {"model.safetensors": b"weights"}


@pytest.fixture(scope="module")
def classifier(small_recipe, tmp_path_factory):
    """A classifier that was not trained, with the metrics that such a one has."""
    rows = [(name, ["A|B", "C\\|D"][i % 2]) for i, (name, _) in enumerate(TRAIN[:10])]
    dataset = read_names(
        write_names(tmp_path_factory.mktemp("d"), rows, [("Conti", "A|B")])
    )
    classifier = TextClassifier(build_model(small_recipe, dataset))
    classifier.model.training |= {"command": "python train.py --data d", "data": "d"}
    history = {"main": [{"seconds": 1}]}
    classifier.model.metrics = all_metrics(classifier.model, dataset, NAMES, history)
    return classifier


def front_matter(card: str) -> dict:
    return yaml.safe_load(card.split("---\n")[1])


@pytest.fixture(scope="module")
def card(classifier):
    files = card_files(classifier.model, WEIGHTS, "my model", "ada/surnames")
    return files["README.md"].decode()


def test_the_card_is_of_the_data_the_command_and_the_weights_of_this_model(card):
    assert "`python train.py --data d`, seed 1" in card
    assert "OUT --model 'my model'`" in card
    (result,) = front_matter(card)["model-index"][0]["results"]
    assert result["dataset"]["name"].endswith("2 languages")
    assert "`names_train.csv.gz`: 10 rows, SHA-256 " in card
    assert "which this card cannot describe" in card
    assert hashlib.sha256(b"weights").hexdigest() in card
    assert "Vietnamese" not in card
    assert "fetch_lecture.py" not in card
    assert "mean of three" not in card
    assert "\n| A\\|B | " in card
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
    _, _, rest = text.partition("- `more/names.csv.gz`: 9")
    line = rest.splitlines()[0]
    assert "carry no licence" in line
    assert "`python data/fetch_lecture.py` fetches them" in line


@pytest.mark.parametrize("missing", ["test", "versions", "threads"])
def test_incomplete_metrics_are_refused_in_one_line(classifier, monkeypatch, missing):
    monkeypatch.delitem(classifier.metrics, missing)
    with pytest.raises(InputError, match=r"^metrics.json is incomplete \([^\n]*$"):
        card_files(classifier.model, WEIGHTS, "my_model")


@pytest.mark.parametrize("folder", [SHIPPED, REVIEWS], ids=lambda folder: folder.name)
def test_the_shipped_card_is_what_the_template_makes_of_the_shipped_files(folder):
    classifier, card = load(folder), (folder / "README.md").read_text("utf-8")
    weights = (folder / "model.safetensors").read_bytes()
    source = folder.name
    if folder == REVIEWS:  # whose picture is small
        files = card_files(classifier.model, read_model_folder(folder), source)
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


def row(label, support, recall):
    return {"label": label, "support": support, "recall": recall}


def test_the_card_names_labels_that_are_never_found():
    rows = [row("*x*", 9, 0.0), row("y", 9, 0.1), row("z", 0, 0.0)]
    test = {"per_label": rows, "rows": 18, "accuracy": 0.95}
    caution = cautions({"test": test}, "names")
    assert caution == "Never recognised among the test names: *x*."


@pytest.mark.parametrize(
    ("share", "who", "weight"),
    [
        (
            0.0,
            "The linear half answers alone, because with the network it is not clearly "
            "better: ",
            "",
        ),
        (
            0.7,
            "The answers are a mean of the network and its linear half: ",
            ", which has 70% of the weight,",
        ),
    ],
)
def test_the_card_says_what_answers_and_why(share, who, weight):
    test = {"per_label": [row("x", 9, 1.0)], "rows": 9, "accuracy": 1.0}
    constant = {"name": "most frequent label, x", "accuracy": 0.5}
    held_out = {"both": 0.81, "network": 0.82, "linear": 0.75}
    halves = {"share": share, "network": 0.7, "linear": 0.8, "held_out": held_out}
    metrics = {"test": test, "most_frequent": constant, "halves": halves}
    why = (
        "of the rows held out the mean is right on 81.0%, the linear half alone on 75.0%, "
        f"the network alone{weight} on 82.0%."
    )
    assert cautions(metrics, "names") == who + why


def split_of_400(accuracy):
    rows = [row("x", 240, 0.5), row("y", 160, 0.5)]
    return {"per_label": rows, "rows": 400, "accuracy": accuracy}


@pytest.mark.parametrize("accuracy", [0.55, 0.64])
def test_a_network_that_does_not_beat_the_most_frequent_label_says_so(accuracy):
    """Of 400 rows 60% have one label: two standard errors, 2 √(0.6 · 0.4 / 400), are 4.9%."""
    caution = cautions({"test": split_of_400(accuracy)}, "codes")
    assert caution.startswith("It does not beat the most frequent label, x, by two")
    assert f"{accuracy:.1%} of the test codes are right, and 60.0% if that" in caution


def test_the_recorded_score_of_the_most_frequent_label_counts_and_one_above_it_needs_no_caution():
    constant = {"name": "most frequent label, x", "accuracy": 0.62}
    metrics = {"test": split_of_400(0.66), "most_frequent": constant}
    assert "and 62.0% if that label" in cautions(metrics, "codes")
    assert cautions({"test": split_of_400(0.66)}, "codes") == ""


def test_the_card_of_two_labels_has_no_top_three(classifier):
    text = model_card(classifier.model, "", "my_model").text
    assert "top 3" not in text
    head = "| accuracy | macro-F1 | calibration error |\n"
    assert f"{head}|--:|--:|--:|\n" in text


def test_the_card_says_whether_capitals_count_and_that_the_temperature_rises_with_the_lead(
    classifier, card
):
    told = "It tells capitals from small letters"
    assert told not in card
    model = copy.deepcopy(classifier.model)
    model.encoder = replace(model.encoder, keep_case=True)
    assert told in model_card(model, "", "my_model").text
    rises = "where no language leads, which rises with the lead of the best"
    assert rises not in card
    model.calibration.lead_power = 0.2
    assert rises in model_card(model, "", "my_model").text
