"""Both pages in Firefox and in WebKit, Safari's engine. The other browser tests use chromium."""

import pytest
from conftest import REVIEWS, SHIPPED
from engines import Firefox, WebKit, started
from models import load

from model.tabs.alone import web_files
from model.tabs.page_model import read_model

pytestmark = [pytest.mark.browser, pytest.mark.nightly]
TEXTS = {SHIPPED: "Müller", REVIEWS: "beautiful, but empty"}
SURNAMES = ["Rossi", "Nakamura", "Kowalczyk", "Иванов"]
INT8 = 1  # by how much a percentage of the file may differ, see docs/web.md
PAIRS = """
const [items, ...parts] = arguments;
return [...document.querySelectorAll(items)].map(
  (item) => parts.map((part) => item.querySelector(part)?.innerText.trim()));
"""
FILE_ROWS = ("#rows tr:has(td)", "th", "td:nth-of-type(2)")
GRADIO_ROWS = (
    "#rows :has(> [data-testid^='cell-'])",
    "[data-testid$='-1']",
    "[data-testid$='-2']",
)
HAS_LEARNT = "return document.querySelector('.held')?.dataset.heldout > 0.3"
N_LETTERS = "return document.querySelectorAll('.cursor li').length"


@pytest.fixture(scope="module", params=[Firefox, WebKit])
def window(request, tmp_path_factory):
    window = started(request.param, tmp_path_factory.mktemp("engine"))
    yield window
    window.close()


@pytest.fixture(scope="module")
def addresses(tmp_path_factory):
    """The exported pages of both models, as a double click opens them."""

    def exported(folder):
        file = tmp_path_factory.mktemp(folder.name) / "index.html"
        file.write_bytes(web_files(read_model(folder))[0]["index.html"])
        return file.as_uri()

    return {folder: exported(folder) for folder in TEXTS}


def open_file(window, address):
    """Open the page and wait for what is drawn last, before which no tab's script has run."""
    window.open(address)
    window.text("#examples button")


@pytest.fixture
def table(tmp_path):
    table = tmp_path / "names.csv"
    table.write_text("\n".join(["surname", *SURNAMES]), "utf-8")
    return table


def number(text):
    return float(text.strip("%<> ").replace("−", "-"))


def assert_answered_as_by_python(window, folder, suffix="", off_by=0):
    """Compare answer and explanation with the model's; percentages may differ by `off_by`."""
    text, classifier = TEXTS[folder], load(folder)
    found = classifier.explain(text, on_a_scale=folder == REVIEWS).contributions
    pieces = [(piece, x) for piece, x in found if piece.strip()]
    letters = f"#letters{suffix} .letters li"
    shown = window.until(
        "const [last, ...given] = arguments;"
        f"const pairs = (function () {{{PAIRS}}})(...given);"
        "return pairs.at(-1)?.[0] === last && pairs",
        pieces[-1][0],
        letters,
        "b",
        "span",
    )
    assert [piece for piece, _ in shown] == [piece for piece, _ in pieces]
    values = [x for _, x in pieces]
    assert [number(x) for _, x in shown] == pytest.approx(values, abs=0.2)
    shares = classifier.predict(text, len(classifier.labels))
    verdict = f"return document.querySelector('#bars{suffix} .verdict').firstChild.data"
    assert window.run(verdict) == next(iter(shares))
    bars = window.run(PAIRS, f"#bars{suffix} .bars li:not(.none)", ".of", ".value")
    assert len(bars) >= 3
    for label, percent in bars:
        assert number(percent) == pytest.approx(100 * shares[label], abs=off_by + 0.1)


def assert_rows_are_answered_as_by_python(window, cells, off_by=0):
    window.until("return document.querySelector(arguments[0])?.innerText", cells[0])
    rows, classifier = window.run(PAIRS, *cells), load(SHIPPED)
    assert [text for text, _ in rows] == SURNAMES
    for text, answer in rows:
        [(expected, probability)] = classifier.predict(text, 1).items()
        label, percent = answer.split(maxsplit=1)
        assert label == expected
        assert number(percent) == pytest.approx(100 * probability, abs=off_by + 0.1)


@pytest.mark.parametrize("folder", TEXTS)
def test_a_text_typed_in_the_file_is_answered_as_by_python(window, addresses, folder):
    open_file(window, addresses[folder])
    window.type("#name textarea", TEXTS[folder])
    assert_answered_as_by_python(window, folder, off_by=INT8)


@pytest.mark.parametrize("folder", TEXTS)
def test_how_it_reads_in_the_file_steps_to_the_answer_of_python(
    window, addresses, folder
):
    text, classifier = TEXTS[folder], load(folder)
    open_file(window, f"{addresses[folder]}#name={text}&tab=reading")
    share, label = window.text("[data-live=answer]").split("%")
    [(expected, probability)] = classifier.predict(text, 1).items()
    assert label.strip() == expected
    assert number(share) == pytest.approx(100 * probability, abs=INT8 + 0.1)
    assert window.run(N_LETTERS) == len(classifier.encoder.read(text))
    window.click(".reading [data-step='1']")
    window.until("return document.querySelector('.cursor').ariaValueNow === '2'")


def test_a_network_learns_in_the_file(window, addresses):
    open_file(window, addresses[SHIPPED])
    window.press("Train")
    window.press("▶ Train")
    window.until(HAS_LEARNT)
    window.press("❚❚ Pause")
    window.press("How it reads")
    window.press("the network you have just trained")
    window.type(".reading .typed", "Rossi")
    window.until(f"return (() => {{{N_LETTERS}}})() === 5")
    assert "%" in window.text("[data-live=answer]")


def test_a_table_opened_in_the_file_is_answered_as_by_python(window, addresses, table):
    open_file(window, addresses[SHIPPED])
    window.press("List")
    window.choose("#list input[type=file]", table)
    window.until("return !document.querySelector('#list .choice').hidden")
    window.click("#header input")
    window.press("Read the list")
    assert_rows_are_answered_as_by_python(window, FILE_ROWS, off_by=INT8)


def test_the_other_tabs_are_in_the_file(window, addresses):
    open_file(window, addresses[SHIPPED])
    window.press("Test results")
    accuracy = load(SHIPPED).metrics["test"]["accuracy"]
    assert f"{accuracy:.1%}" in window.text("#panel-test")
    window.click('.matrix button[aria-label^="German read as Dutch"]')
    window.until("return document.querySelectorAll('#behind li button').length")
    assert window.text("#behind h2") == "German read as Dutch"
    window.press("About")
    assert "Do not use this model to guess a person's" in window.text("#about")
    window.press("Play against the network")
    window.until("return document.querySelectorAll('dialog .choices button').length")


def test_the_page_of_app_py_answers_a_typed_name_as_python_does(window, app_url):
    window.open(app_url)
    window.text("#letters .letters")
    window.type("#name textarea", TEXTS[SHIPPED])
    assert_answered_as_by_python(window, SHIPPED)


def test_the_page_of_app_py_answers_a_linked_review_as_python_does(window, app_url):
    window.open(f"{app_url}#name_review={TEXTS[REVIEWS]}")
    assert_answered_as_by_python(window, REVIEWS, suffix="_review")


def test_the_page_of_app_py_answers_a_table_as_python_does(window, app_url, table):
    window.open(f"{app_url}#name=Rossi&tab=list")
    window.until("return document.querySelector('#file input[type=file]')?.type")
    window.choose("#file input[type=file]", table)
    window.until("return document.querySelector('#column input')?.value")
    window.press("Read the list")
    assert_rows_are_answered_as_by_python(window, GRADIO_ROWS)


@pytest.mark.parametrize(
    ("tab", "content"),
    [
        ("reading", ".reading [data-live=answer]"),
        ("train", ".held"),
        ("test", ".matrix button"),
        ("about", ".about h2"),
    ],
)
def test_the_other_tabs_of_the_page_of_app_py_have_their_content(
    window, app_url, tab, content
):
    window.open(f"{app_url}#name=Rossi&tab={tab}")
    assert window.text(content)
