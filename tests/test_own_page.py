"""The page of a task of one's own: in its words, whatever they are, and as text."""

import json
from html import unescape
from html.parser import HTMLParser

import pytest
from conftest import needs_chromium, run, serve, visiting
from playwright.sync_api import expect
from test_third_task import COUNTRIES, foreign

from model.storage import card
from model.storage.card import model_card
from model.storage.facts import MOST_LABELS, often_mistaken, plain, verdict
from model.tabs.about import what_it_is, what_it_is_not_for
from model.tabs.app import build_demo
from model.tabs.markup import baseline
from model.tabs.matrix import cell_html, matrix_html
from model.tabs.name import answer_html, letters_html, notes_html
from model.tabs.shown import read_model
from model.tasks.custom import custom_task, read_description

TAGS = ("script", "img", "a", "svg", "iframe")  # none of which a hostile text may become
ATTACK = '"><img src=x onerror=alert(1)>'
HOSTILE = {
    "title": f"{ATTACK} {{title}} ${{alert(2)}} {{{{value}}}} [a](javascript:alert(3))",
    "does": "<script>alert(4)</script> ![b](http://evil.example/b.png) {does} $x^2$",
    "must_not": "Never <b onmouseover=alert(5)>trust</b> [it](http://evil.example) {x} `",
    "examples": [ATTACK, "${alert(6)} {{value}}", "<b>Osaka</b>"],
    "publish_texts": True,
}
TASKS = {
    "neutral": {},
    "words": {"units": "words"},
    "cities": {"text": "city", "texts": "cities", "label": "country", "labels": "countries"},
    "hostile": HOSTILE,
}


@pytest.fixture(scope="module")
def folders(tmp_path_factory):
    """Models of one table in different words, as `python train.py --data TABLE` makes them."""
    made = {}
    for name, task in TASKS.items():
        folder = tmp_path_factory.mktemp(name)
        rows = [f"{city},{country}" for country, cities in COUNTRIES.items() for city in cities]
        if name == "hostile":
            rows = [row.replace("Japan", "<img src=x>Japan $5$ _x_ [a](b)") for row in rows]
        (folder / "table.csv").write_text("\n".join(["text,label", *rows]), "utf-8")
        lines = [f"{key} = {json.dumps(value)}" for key, value in task.items()]
        (folder / "task.toml").write_text("\n".join(lines), "utf-8")
        options = ("--data", folder / "table.csv", "--output", folder / "model", "--epochs", "1")
        trained = run("train.py", *options)
        assert trained.returncode == 0, trained.stderr
        made[name] = folder / "model"
    return made


def page_of(folder):
    """Return every text that the page of a model is built from, and the help of its endpoints."""
    demo = build_demo([read_model(folder)])
    shown = [json.dumps(part["props"], default=str) for part in demo.config["components"]]
    helps = [function.fn.__doc__ or "" for function in demo.fns.values() if function.fn]
    return demo, [demo.title, *shown, *helps]


class Elements(HTMLParser):
    """Keeps the elements of some HTML, each with its attributes."""

    def __init__(self, html):
        super().__init__()
        self.found = []
        self.feed(html)

    def handle_starttag(self, tag, attrs):
        self.found.append((tag, dict(attrs)))


def assert_is_harmless(html):
    for tag, attributes in Elements(html).found:
        assert tag not in TAGS, html
        assert not [name for name in attributes if name.startswith("on")], html


@pytest.mark.parametrize("name", ["neutral", "words", "cities"])
def test_no_word_of_another_task_is_on_the_page_or_in_the_help(folders, name):
    _, texts = page_of(folders[name])
    assert [found for text in texts for found in foreign(text)] == []
    assert foreign((folders[name] / "README.md").read_text("utf-8")) == []


def test_a_neutral_task_reads_as_sentences(folders):
    demo, texts = page_of(folders["neutral"])
    page = " ".join(texts)
    for sentence in (
        "Which label does a text have?",
        "Reads a text letter by letter and gives the probability of each label.",
        "Say which labels a text most likely has.",
        "The likely labels appear here while you type.",
        "Texts, one a line",
    ):
        assert sentence in page
    assert demo.title == "Which label does a text have?"


def test_without_examples_it_opens_on_test_texts_where_these_are_published(folders):
    shown = read_model(folders["hostile"])
    shown.classifier.training["task"] = {**HOSTILE, "examples": []}
    assert shown.opening in [row["text"] for row in shown.metrics["to_guess"]]
    assert read_model(folders["neutral"]).opening == ""


def test_without_its_texts_no_cell_has_numbers_of_rows(folders):
    shown = read_model(folders["neutral"])
    counts = shown.metrics["test"]["confusion"]
    n = range(len(shown.labels))
    wrong = [(i, j) for i in n for j in n if i != j and counts[i][j]]
    assert wrong  # after one epoch
    for i, j in wrong:
        page = cell_html(shown.metrics, shown.words, i, j)
        assert "The model comes without its texts." in page
        assert "<li>" not in page
    assert "to see what is behind it" in matrix_html(shown.metrics, shown.words, False)
    assert "training data" not in notes_html(shown, shown.classifier.answer("Osaka"))


def test_with_its_texts_a_cell_has_them(folders):
    shown = read_model(folders["hostile"])
    error = shown.metrics["test"]["errors"][0]
    i, j = (shown.labels.index(error[key]) for key in ("label", "predicted"))
    assert f'data-text="{error["text"]}"' in cell_html(shown.metrics, shown.words, i, j)
    assert "the texts behind it" in matrix_html(shown.metrics, shown.words, False)


def test_what_is_not_calibrated_is_said_where_answers_are(folders):
    shown = read_model(folders["neutral"])
    note = shown.classifier.calibration.note
    assert note.startswith("not calibrated")
    assert f"Probabilities are {note}." in answer_html(shown, "Osaka", 3)[0]
    assert sum(f"Probabilities are {note}." in text for text in page_of(folders["neutral"])[1]) > 2
    assert "calibrated" not in answer_html(read_model("model/weights/names"), "Rossi", 3)[0]


def test_the_linear_classifier_stands_beside_the_model(folders):
    metrics = read_model(folders["neutral"]).metrics
    html = baseline(metrics)
    for scores in (metrics["test"], metrics["rival"]):
        assert f"<td>{scores['accuracy']:.1%}</td><td>{scores['macro_f1']:.3f}</td>" in html
    assert verdict(metrics["rival"], metrics["test"]) in html
    assert baseline({}) == ""


@pytest.mark.parametrize(
    ("network", "linear", "said"),
    [
        (0.9, 0.8, "The network has 10.0% more."),
        (0.8, 0.9, "The linear classifier is the better one here"),
        (0.81, 0.8, "within two standard errors, 2.5%"),
        (1.0, 1.0, "Both are right equally often."),
    ],
)
def test_which_is_better_takes_the_standard_error_into_account(network, linear, said):
    assert said in verdict({"accuracy": linear}, {"accuracy": network, "rows": 1000})


def test_of_many_labels_the_matrix_has_those_with_most_mistakes():
    labels = [f"label {i}" for i in range(300)]
    confusion = [[5 * (i == j) for j in range(300)] for i in range(300)]
    confusion[7][299] = 2
    kept = often_mistaken(confusion)
    assert len(kept) == MOST_LABELS
    assert {7, 299} <= set(kept)
    metrics = {"labels": labels, "test": {"confusion": confusion, "accuracy": 0.9}}
    html = matrix_html(metrics, custom_task(read_description()).words, False)
    assert html.count("<button") == MOST_LABELS**2
    assert f"the {MOST_LABELS} of 300 labels with most mistakes" in html
    assert 'aria-label="label 7 read as label 299: 2 of 7, 28.6%"' in html


def test_a_hostile_description_stays_text_on_the_page(folders):
    shown = read_model(folders["hostile"])
    demo, _ = page_of(folders["hostile"])
    htmls = [part["props"] for part in demo.config["components"] if part["type"] == "html"]
    for props in htmls:
        assert_is_harmless(props.get("value") or "")
        assert_is_harmless(props.get("html_template") or "")
    for text in (*HOSTILE["examples"], "Osaka"):
        assert_is_harmless("".join(answer_html(shown, text, 3)) + letters_html(shown, text))
    head = next(props["value"] for props in htmls if "<h1>" in (props.get("value") or ""))
    assert HOSTILE["title"] in unescape(head)
    assert HOSTILE["does"] in unescape(head)


def test_a_hostile_description_stays_text_in_markdown(folders):
    shown = read_model(folders["hostile"])
    markdown = what_it_is(shown, card.facts_of(shown.classifier, "letter"))
    assert plain("<img src=x>Japan $5$ _x_ [a](b)") in markdown
    assert what_it_is_not_for(shown).endswith(plain(HOSTILE["must_not"]))
    _, body = model_card(shown.classifier, "0" * 64, "my_model")
    for text in (HOSTILE["title"], HOSTILE["does"], HOSTILE["must_not"]):
        assert plain(text) in body
        assert text not in body


@pytest.fixture(scope="module")
def neutral_url(folders, tmp_path_factory):
    with serve("--model", folders["words"], temporary=tmp_path_factory.mktemp("app")) as url:
        yield url


class TestInABrowser:
    pytestmark = needs_chromium

    def open_tabs(self, page, *tabs):
        for tab in tabs:
            page.get_by_role("tab", name=tab, exact=True).click()
            page.wait_for_timeout(1000)
            assert page.locator("text=undefined").count() == 0

    def test_every_tab_of_a_model_without_examples_opens(self, browser, neutral_url):
        with visiting(browser, neutral_url, height=900) as open_page:
            page = open_page()
            expect(page.locator("#bars")).to_contain_text("The likely labels appear here")
            self.open_tabs(page, "How it reads")
            expect(page.locator(".reading section").first).to_be_hidden()
            page.locator(".reading .typed").fill("Osaka Kyoto")
            expect(page.locator(".reading section").first).to_be_visible(timeout=60_000)
            self.open_tabs(page, "List", "Test results", "About", "Text")
            expect(page.locator("#bars .bars li").first).to_be_visible(timeout=60_000)
