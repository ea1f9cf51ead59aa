"""The page of a custom task: its nouns, its texts behind the cells, and no word of another task."""

import json
import re
from collections import Counter
from types import SimpleNamespace

import pytest
from conftest import needs_chromium, open_tab, served, visiting
from node import drawn, viewed
from playwright.sync_api import expect

from model import TextClassifier
from model.answering import facts_on
from model.storage.schema import MOST_LABELS
from model.tabs.app import build_demo
from model.tabs.markup import draw
from model.tabs.name import props
from model.tabs.page_model import read_model
from model.tabs.quality import cell_html, matrix_html
from model.tabs.reading import pool_of
from model.tasks.custom import custom_task

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


OWN = {
    "text": "city",
    "texts": "cities",
    "label": "country",
    "labels": "countries",
}
CUSTOM = {"neutral": {"units": "words"}, "cities": OWN | {"publish_texts": True}}


@pytest.fixture(scope="module")
def models(tmp_path_factory):
    """Models of the same rows in different words, as they come from their folders."""
    train = list(zip(*ROWS[::3], *ROWS[1::3], strict=True))
    test = list(zip(*ROWS[2::3], strict=True))
    made = {}
    for name, task in CUSTOM.items():
        own = TextClassifier.fit(
            *train,
            test=test,
            task=task,
            epochs=1,
            use_gpu=False,
        )
        folder = tmp_path_factory.mktemp(name) / "model"
        own.save(folder)
        made[name] = read_model(folder)
    return made


@pytest.fixture(params=CUSTOM)
def shown(request, models):
    return models[request.param]


@pytest.mark.slow
def test_the_page_of_a_custom_task_has_its_nouns_and_no_word_of_another(shown):
    page = words_of_page(shown)
    texts = ("Zürich", "大阪", "Osaka", "")
    answers = [props(shown) | viewed(shown, text) for text in texts]
    words = [page, shown.card, *drawn("answer", answers), *drawn("sending", answers)]
    assert foreign("\n".join(words)) == []
    kind = shown.kind
    assert f"Which {kind.label} does a {kind.text} have?" in page
    assert f"Say which {kind.labels} a {kind.text} most likely has." in page
    assert f"{kind.texts.capitalize()}, one a line" in page
    metrics = shown.metrics
    table = draw.baseline(metrics)
    for scores in (metrics["test"], metrics["rival"], metrics["most_frequent"]):
        row = f"<td>{scores['accuracy']:.1%}</td><td>{scores['macro_f1']:.3f}</td>"
        assert row in table
    note = shown.classifier.model.calibration.note
    assert note.startswith("not calibrated")
    caution = f"Probabilities are {note}."
    assert f"{page}\n{shown.card}".count(caution) > 2
    assert props(shown)["caution"] == caution


def wrong_cells(shown):
    """Return row, column and count of each cell of the matrix with wrong answers."""
    for i, counts in enumerate(shown.metrics["test"]["verdicts"]["matrix"]):
        for j, count in enumerate(counts):
            if i != j and count:
                yield i, j, count


def test_published_texts_stand_behind_the_cells_and_open_the_page(models):
    shown = models["cities"]
    places = Counter(
        (shown.labels.index(error["label"]), error["column"])
        for error in shown.metrics["test"]["errors"]
    )
    cells = list(wrong_cells(shown))
    assert cells  # after one epoch
    for i, j, count in cells:
        html = cell_html(shown, i, j)
        assert html.count("<li>") == places[i, j]
        if j < len(shown.labels):  # of unsure ones some are right
            assert places[i, j] == count
    assert shown.opening in [row["text"] for row in shown.metrics["to_guess"]]
    assert facts_on(shown.model, "Osaka").shares
    assert "osaka" in pool_of(shown)["texts"]  # over which a unit is watched


def test_where_none_are_published_no_text_stands_behind_the_cells_or_opens_the_page(
    models,
):
    shown = models["neutral"]
    cells = list(wrong_cells(shown))
    assert cells
    for i, j, _ in cells:
        html = cell_html(shown, i, j)
        assert "The model comes without its" in html
        assert "<li>" not in html
    assert shown.opening == ""
    assert facts_on(shown.model, "Osaka").shares == []


def test_of_many_labels_the_matrix_has_those_with_most_mistakes():
    labels = [f"label {i}" for i in range(300)]
    confusion = [[5 * (i == j) for j in range(300)] for i in range(300)]
    confusion[7][299] = 2
    task = custom_task()
    shown = SimpleNamespace(
        kind=task.kind,
        page=task.page,
        labels=labels,
        test={
            "confusion": confusion,
            "accuracy": 0.9,
            "verdicts": {"matrix": [[*row, 0, 0] for row in confusion]},
        },
    )
    html = matrix_html(shown)
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
            page.locator(".inside > summary").click()
            expect(page.locator(".inside section")).to_have_count(0)
            page.locator("textarea").first.fill("Osaka Kyoto")
            expect(page.locator(".inside section").first).to_be_visible()
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
