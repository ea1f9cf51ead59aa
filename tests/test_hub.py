"""The model card says what the model is, whatever it was trained on."""

import pytest
from conftest import write_names

from model.dataset import read_names
from model.hub import model_card
from model.results import all_metrics


@pytest.fixture(scope="module")
def card(small_recipe, tmp_path_factory):
    rows = [("Rossi", "A|B"), ("Ferrari", "A|B"), ("Ivanov", "C\\|D"), ("Popov", "C\\|D")]
    dataset = read_names(write_names(tmp_path_factory.mktemp("d"), rows, [("Conti", "A|B")]))
    classifier = small_recipe.build(dataset)
    classifier.training["command"] = "python train.py --data d"
    return model_card(classifier, all_metrics(classifier, dataset, {}, True)).decode()


def test_the_card_counts_the_languages_that_were_trained(card):
    assert "name: surnames of 2 languages, test split" in card
    assert "each of 2 languages" in card
    assert "18 languages" not in card


def test_the_card_names_the_command_and_the_data_that_made_the_model(card):
    assert "`python train.py --data d`, seed 1" in card
    assert "`names_train.csv.gz`: 4 rows, SHA-256 " in card


def test_a_bar_in_a_label_stays_in_its_cell(card):
    assert "\n| A\\|B | " in card
    assert "\n| C\\\\\\|D | " in card  # the label's backslash and bar, each escaped
