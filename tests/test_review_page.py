"""The tabs of the reviews model beside those of names: the real page, programs and a browser.

Shows the shipped model, or a small one that is trained here on our own rows where none is shipped.
"""

import pytest
from conftest import ROOT, SHIPPED, needs_chromium, run, serve
from playwright.sync_api import expect
from test_app import connect

from model import TextClassifier
from model.data.reviews import LABELS

pytestmark = needs_chromium
REVIEWS = ROOT / "model" / "weights" / "reviews"
OWN_ROWS = ROOT / "tests" / "data" / "reviews.tsv"


@pytest.fixture(scope="module")
def model(tmp_path_factory):
    if (REVIEWS / "config.json").exists():
        return REVIEWS
    folder = tmp_path_factory.mktemp("small") / "reviews"
    options = ("--epochs", "1", "--hidden-size", "8", "--no-use-gpu")
    done = run("train.py", "--task", "reviews", "--data", OWN_ROWS, "--output", folder, *options)
    assert done.returncode == 0, done.stderr
    return folder


@pytest.fixture(scope="module")
def url(model, tmp_path_factory):
    both = () if model == REVIEWS else ("--model", SHIPPED, "--model", model)
    with serve(*both, temporary=tmp_path_factory.mktemp("both")) as address:
        yield address


@pytest.fixture(scope="module")
def client(url):
    return connect(url)


@pytest.fixture
def page(browser, url):
    page = browser.new_page(viewport={"width": 1280, "height": 900})
    errors = []
    page.on("console", lambda m: errors.append(m.text) if m.type == "error" else None)
    page.goto(url)
    page.get_by_role("tab", name="Film reviews", exact=True).click()
    yield page
    page.close()
    assert errors == []


def test_both_models_have_their_endpoints(client):
    names = {"predict", "explain", "predict_file", "predict_list", "errors", "metrics"}
    public = set(client.view_api(return_format="dict")["named_endpoints"])
    assert public == {f"/{name}{suffix}" for name in names for suffix in ("", "_review")}


def test_a_program_gets_the_classifier_s_answer(client, model):
    text = "beautiful, but empty"
    answer = client.predict(text, 5, api_name="/predict_review")
    assert list(answer) == ["text", "romanised", "unsure", "none", "predictions"]
    assert answer["none"] is None
    expected = TextClassifier.load(model).predict(text, 5)
    got = {p["label"]: p["probability"] for p in answer["predictions"]}
    assert list(got) == list(expected)
    assert got == pytest.approx(expected, abs=1e-4)
    assert len(client.predict(text, api_name="/predict_review")["predictions"]) == 3
    pieces = client.predict(text, api_name="/explain_review")["contributions"]
    assert "".join(piece for piece, _ in pieces) == text


def test_unknown_words_are_unsure_and_a_book_is_cut(client):
    assert client.predict("qwyjibo zounds", api_name="/predict_review")["unsure"]
    assert client.predict("film " * 10_000, api_name="/predict_review")["predictions"]


def test_bars_stand_in_the_order_of_the_scale_and_words_explain(page):
    page.get_by_label("Sentence or phrase", exact=True).fill("It is not a good film")
    bars = page.locator("#bars_review .bars li .of")
    expect(bars).to_have_text(LABELS)
    expect(page.locator("#letters_review .letters li b")).to_have_text(
        ["It", "is", "not", "a", "good", "film"]
    )


def test_an_example_is_a_click_away(page):
    page.get_by_text("not bad at all", exact=True).click()
    expect(page.locator("#bars_review .bars li")).to_have_count(5)


def test_a_cell_of_the_matrix_tells_of_own_sentences_only(page):
    page.get_by_role("tab", name="Test results", exact=True).locator("visible=true").click()
    expect(page.locator("#matrix_review button[data-row]")).to_have_count(25)
    page.locator('#matrix_review button[data-row="1"][data-column="2"]').click()
    behind = page.locator("#behind_review")
    expect(behind).to_contain_text("somewhat negative read as neutral")
    expect(behind).to_contain_text("sentences written for this page")
    expect(page.locator("#curves_review svg").first).to_be_visible()


def test_nothing_is_wider_than_a_phone(browser, url):
    page = browser.new_page(viewport={"width": 375, "height": 800})
    page.goto(url)
    page.get_by_role("tab", name="Film reviews", exact=True).click()
    page.get_by_label("Sentence or phrase", exact=True).fill("beautiful, but empty " * 15)
    expect(page.locator("#letters_review .letters li").first).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth") <= 375
    page.close()
