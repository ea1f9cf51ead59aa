"""A further task is two files and one line: no word of another task shows up anywhere in it.

Nor in a custom one, whose page is here, too.
"""

import json
import re
from types import SimpleNamespace

import pytest
from conftest import ROOT, needs_chromium, open_tab, served, visiting, write_names
from node import drawn
from playwright.sync_api import expect

from model import InputError, TextClassifier
from model.commands import train
from model.data.pairs import read_pairs
from model.storage.schema import MOST_LABELS
from model.tabs.app import build_demo
from model.tabs.markup import draw
from model.tabs.name import answer_value
from model.tabs.page_model import read_model
from model.tabs.quality import cell_html, matrix_html
from model.tasks import TASKS
from model.tasks.custom import custom_task
from model.tasks.task import read_task

# What would stand in model/tasks/cities.py.
CITIES = read_task(
    ROOT / "tests" / "data" / "cities.toml",
    read=lambda folder: read_pairs(folder, CITIES.kind),
)
JAPAN = (
    "Osaka Kyoto Nagoya Sapporo Fukuoka Kobe Kawasaki Hiroshima Sendai Niigata".split()
)
ITALY = (
    "Torino Milano Napoli Palermo Genova Bologna Firenze Catania Verona Messina".split()
)
FRANCE = (
    "Lyon Marseille Toulouse Nantes Bordeaux Lille Rennes Reims Grenoble Dijon".split()
)
COUNTRIES = {"Japan": JAPAN, "Italy": ITALY, "France": FRANCE}
ROWS = [(city, country) for country, cities in COUNTRIES.items() for city in cities]
FOREIGN = re.compile(
    "surname|language|film|(?<!p)review|sentiment|phrase|mandarin", re.IGNORECASE
)


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
    parts = [
        json.dumps(part, default=str) for part in parts if part.get("elem_id") != train
    ]
    helps = [function.fn.__doc__ or "" for function in demo.fns.values() if function.fn]
    return "\n".join([demo.title, *parts, *helps])


def test_its_card_its_page_and_its_notes_speak_of_it(folder):
    card = (folder / "README.md").read_text(encoding="utf-8")
    assert foreign(card) == []
    for words in (
        "Cities and countries",
        "find anything or anybody",
        '"Osaka"',
        "countries",
    ):
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
    refused = [(classifier.predict, text) for text in ("", "12", "x" * 61, None)]
    nara, lisboa = [("Nara", "Japan")], [("Lisboa", "Portugal")]
    for train_rows in (
        [("Kobe", "Japan")] * 2,
        [*ROWS, ("12", "Japan")],
        [*ROWS, ("Nara", "")],
    ):
        refused.append(
            (lambda rows: CITIES.read(write_names(tmp_path, *rows)), (train_rows, nara))
        )
    refused.append((refused[-1][0], (ROWS, lisboa)))
    for ask, given in refused:
        with pytest.raises(InputError, match=r"country|cit(y|ies)") as error:
            ask(given)
        assert foreign(str(error.value)) == []


OWN = {"text": "city", "texts": "cities", "label": "country", "labels": "countries"}
CUSTOM = {"neutral": {"units": "words"}, "cities": OWN | {"publish_texts": True}}


@pytest.fixture(scope="module")
def models(tmp_path_factory):
    """Models of the same rows in different words, as they come from their folders."""
    train, test = (
        list(zip(*part, strict=True)) for part in (ROWS[::3] + ROWS[1::3], ROWS[2::3])
    )
    made = {}
    for name, task in CUSTOM.items():
        own = TextClassifier.fit(*train, test=test, task=task, epochs=1, use_gpu=False)
        own.save(folder := tmp_path_factory.mktemp(name) / "model")
        made[name] = read_model(folder)
    return made


def test_no_word_of_another_task_is_on_the_page_or_in_the_help_and_its_own_make_sentences(
    models,
):
    for shown in models.values():
        page = f"{words_of_page(shown)}\n{shown.card}"
        assert foreign(page) == []
        text, label = shown.kind.text, shown.kind.label
        for sentence in (
            f"Which {label} does a {text} have?",
            f"Say which {shown.kind.labels} a {text} most likely has.",
            *[f"The likely {shown.kind.labels} appear here while you type."]
            * (not shown.opening),
            f"{shown.kind.texts.capitalize()}, one a line",
        ):
            assert sentence in page
        metrics = shown.metrics
        for scores in (metrics["test"], metrics["rival"], metrics["most_frequent"]):
            row = f"<td>{scores['accuracy']:.1%}</td><td>{scores['macro_f1']:.3f}</td>"
            assert row in draw.baseline(metrics)
        note = shown.classifier.calibration.note
        assert note.startswith("not calibrated")
        assert page.count(f"Probabilities are {note}.") > 2
        assert (
            answer_value(shown, "Osaka", 3)["caution"] == f"Probabilities are {note}."
        )


def test_a_cell_and_the_opening_have_texts_only_where_these_are_published(models):
    for name, shown in models.items():
        test, n = shown.metrics["test"], len(shown.labels)
        counts, is_public = test["verdicts"]["matrix"], name == "cities"
        wrong = [
            (i, j) for i in range(n) for j in range(n + 2) if i != j and counts[i][j]
        ]
        assert wrong  # after one epoch
        columns = [
            (shown.labels.index(e["label"]), e["column"]) for e in test["errors"]
        ]
        for i, j in wrong:
            html = cell_html(shown, i, j)
            assert ("The model comes without its" in html) != is_public
            assert html.count("<li>") == is_public * columns.count((i, j))
            assert (
                j >= n or columns.count((i, j)) == counts[i][j]
            )  # of unsure ones some are right
        hint = (
            f"the {shown.kind.texts} behind it"
            if is_public
            else "to see what is behind it"
        )
        matrix = matrix_html(shown)
        assert (hint in matrix, "read as unsure" in matrix) == (True, True)
        assert (shown.classifier.known("Osaka") is not None) == is_public
        tested = [row["text"] for row in shown.metrics.get("to_guess", [])]
        assert shown.opening in (tested if is_public else [""])


def test_of_many_labels_the_matrix_has_those_with_most_mistakes():
    labels = [f"label {i}" for i in range(300)]
    confusion = [[5 * (i == j) for j in range(300)] for i in range(300)]
    confusion[7][299] = 2
    metrics = {"labels": labels, "test": {"confusion": confusion, "accuracy": 0.9}}
    html = matrix_html(
        SimpleNamespace(metrics=metrics, kind=custom_task().kind, labels=labels)
    )
    assert html.count("<button") == MOST_LABELS**2
    assert f"the {MOST_LABELS} of 300 labels with the most mistakes" in html
    assert 'aria-label="label 7 read as label 299: 2 of 7, 28.6%"' in html


class TestInABrowser:
    pytestmark = needs_chromium

    def test_every_tab_of_a_model_without_examples_opens(
        self, window, models, monkeypatch
    ):
        monkeypatch.setenv("SPACE_ID", "ada/page")
        page = build_demo([models["neutral"]])
        with served(page) as address, visiting(window, address) as open_page:
            page = open_page()
            expect(page.locator("#bars")).to_contain_text(
                "The likely labels appear here"
            )
            expect(page.get_by_role("switch", name="Presenter view")).to_be_visible()
            game = page.get_by_role("button", name="Play against the network")
            expect(game).to_have_count(0)  # has no texts
            open_tab(page, "How it reads")
            expect(page.locator(".reading section").first).to_be_hidden()
            page.locator(".reading .typed").fill("Osaka Kyoto")
            expect(page.locator(".reading section").first).to_be_visible()
            for tab, part in (
                ("Train", page.locator(".train .held")),
                ("List", page.get_by_role("button", name="Read the list")),
                ("Test results", page.locator("#curves svg").first),
                ("About", page.locator(".about").first),
                ("Text", page.locator("#bars .bars li").first),
            ):
                open_tab(page, tab)
                expect(part).to_be_visible()
                assert page.locator("text=undefined").count() == 0
            page.get_by_role("button", name="Copy link").click()
            expect(page.get_by_role("button", name="Copied")).to_be_visible()
            link = "https://huggingface.co/spaces/ada/page#name=Osaka+Kyoto"
            assert page.evaluate("navigator.clipboard.readText()").startswith(link)
