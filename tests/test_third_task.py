"""A further task is two files and one line: no word of another task shows up anywhere in it."""

import json
import re
from functools import partial

import pytest
from conftest import ROOT, write_names
from node import drawn

from model import InputError, TextClassifier
from model.commands import train
from model.data.pairs import read_pairs
from model.tabs.app import build_demo
from model.tabs.name import answer_value
from model.tabs.page_model import read_model
from model.tasks import TASKS
from model.tasks.task import Task, read_task

# What would stand in model/tasks/cities.py.
WORDS, RECIPE, _ = read_task(ROOT / "tests" / "data" / "cities.toml")
CITIES = Task(name="cities", words=WORDS, read=partial(read_pairs, kind=WORDS), recipe=RECIPE)
JAPAN = "Osaka Kyoto Nagoya Sapporo Fukuoka Kobe Kawasaki Hiroshima Sendai Niigata".split()
ITALY = "Torino Milano Napoli Palermo Genova Bologna Firenze Catania Verona Messina".split()
FRANCE = "Lyon Marseille Toulouse Nantes Bordeaux Lille Rennes Reims Grenoble Dijon".split()
COUNTRIES = {"Japan": JAPAN, "Italy": ITALY, "France": FRANCE}
ROWS = [(city, country) for country, cities in COUNTRIES.items() for city in cities]
FOREIGN = re.compile("surname|language|film|(?<!p)review|sentiment|phrase|mandarin", re.IGNORECASE)


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """The model that `python train.py --task cities` makes once the task is registered."""
    data = write_names(tmp_path_factory.mktemp("cities"), ROWS, [("Nara", "Japan")])
    folder = data / "model"
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(TASKS, "cities", CITIES)  # the one line
        options = ["--task", "cities", "--data", str(data), "--output", str(folder)]
        assert train.main(options) == 0
        yield folder


def foreign(text):
    """Return the words of other tasks in `text`, the package's own name aside."""
    return FOREIGN.findall(text.replace("surname_gru", ""))


def words_of_page(shown):
    """Return every text of a model's page but of Train, and the help of its functions."""
    demo = build_demo([shown])
    parts = [part["props"] for part in demo.config["components"]]
    train = f"train{shown.suffix}"  # where the project's names are one of the data sets
    parts = [json.dumps(part, default=str) for part in parts if part.get("elem_id") != train]
    helps = [function.fn.__doc__ or "" for function in demo.fns.values() if function.fn]
    return "\n".join([demo.title, *parts, *helps])


def test_its_card_its_page_and_its_notes_speak_of_it(folder):
    card = (folder / "README.md").read_text(encoding="utf-8")
    assert foreign(card) == []
    for words in ("Cities and countries", "find anything or anybody", '"Osaka"', "countries"):
        assert words in card
    model = read_model(folder)
    page = words_of_page(model)
    assert foreign(page) == []
    assert "Which country is a city in?" in page
    assert "Say which countries a city most likely has" in page
    answers = [answer_value(model, text, 1) for text in ("Zürich", "大阪", "Osaka", "")]
    assert foreign("".join(drawn("answer", answers) + drawn("notes", answers))) == []


def test_its_errors_speak_of_it(folder, tmp_path):
    classifier = TextClassifier.load(folder)
    for text in ("", "12", "x" * 61, None):
        with pytest.raises(InputError, match="type a city") as error:
            classifier.predict(text)
        assert foreign(str(error.value)) == []
    for train_rows, test_rows in (
        ([("Osaka", "Japan"), ("Kobe", "Japan")], [("Nara", "Japan")]),
        (ROWS, [("Lisboa", "Portugal")]),
        ([*ROWS, ("12", "Japan")], [("Nara", "Japan")]),
        ([*ROWS, ("Nara", "")], [("Nara", "Japan")]),
    ):
        with pytest.raises(InputError, match=r"country|city") as error:
            CITIES.read(write_names(tmp_path, train_rows, test_rows))
        assert foreign(str(error.value)) == []
