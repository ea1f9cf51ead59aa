"""Both pages in Firefox and in WebKit, Safari's engine. The other browser tests use chromium."""

import os
import shutil

import pytest
from conftest import REVIEWS, SHIPPED, wait_until
from engines import Firefox, WebKit
from models import load

from model.tabs.alone import web_files
from model.tabs.page_model import read_model

pytestmark = [pytest.mark.browser, pytest.mark.nightly]
SURNAMES = ["Rossi", "Nakamura", "Kowalczyk", "Иванов"]
# What a visitor does, in each script that a window runs
ACTS = """
const seen = (selector) => [...document.querySelectorAll(selector)].filter((e) => e.offsetParent);
const texts = (selector) => seen(selector).map((e) => e.innerText.trim());
const press = (text) => {
  const shown = seen('button:not([aria-hidden=true] *)'); // tabs are measured on a hidden copy
  const button = shown.find((e) => e.innerText.trim() === text);
  button?.click();
  return Boolean(button);
};
const type = (selector, text) => {
  const [box] = seen(selector);
  box?.select();
  return Boolean(box) && document.execCommand('insertText', false, text);
};
const choose = (selector, name, content) => {
  const input = document.querySelector(selector);
  if (!input) return false;
  const given = new DataTransfer();
  given.items.add(new File([content], name));
  input.files = given.files;
  for (const type of ['input', 'change']) input.dispatchEvent(new Event(type, {bubbles: true}));
  return true;
};
"""


class Visit:
    """A visit to one of the pages; percentages may be off by `off_by`, see docs/publish.md."""

    def __init__(self, window, address, off_by):
        self.window = window
        self.address = address
        self.off_by = off_by

    def open(self, link):
        self.window.open("about:blank")  # what differs behind # opens nothing
        self.window.open(self.address + link)

    def until(self, expression, *arguments):
        """Return the first true value of an expression of JavaScript."""
        script = f"{ACTS} return {expression}"
        found = []
        wait_until(
            lambda: found.append(self.window.run(script, *arguments)) or found[-1]
        )
        return found[-1]

    def press(self, *texts):
        for text in texts:
            self.until("press(arguments[0])", text)

    def percent(self, text):
        return pytest.approx(float(text.strip("%<> ")), abs=self.off_by + 0.1)


@pytest.fixture(scope="module", params=[Firefox, WebKit])
def window(request, tmp_path_factory):
    kind = request.param
    if not all(map(shutil.which, kind.programs)) and not os.environ.get("CI"):
        pytest.skip(f"no {kind.__name__}: apt-get install {kind.packages}")
    window = kind(tmp_path_factory.mktemp("engine"))
    yield window
    window.close()


def exported(folder, file):
    files, _ = web_files(read_model(folder))
    file.write_bytes(files["index.html"])
    return file.as_uri()


@pytest.fixture(params=["the file", "app.py"])
def visit(window, request, tmp_path):
    if request.param == "app.py":
        return Visit(window, request.getfixturevalue("app_url"), off_by=0)
    return Visit(window, exported(SHIPPED, tmp_path / "index.html"), off_by=1)


def assert_answered_as_by_python(visit, folder, text, suffix=""):
    classifier = load(folder)
    pieces = [piece for piece, _ in classifier.explain(text).contributions]
    shown = "texts(arguments[0]).join(' ') === arguments[1]"
    letters = " ".join(piece for piece in pieces if piece.strip())
    visit.until(shown, ".on-stage .letter bdi", letters)
    shares = classifier.predict(text, len(classifier.labels))
    bars = f"#bars{suffix} .bars li:not(.none)"
    labels = visit.until("texts(arguments[0])", f"{bars} .of")
    percents = visit.until("texts(arguments[0])", f"{bars} .value")
    assert len(labels) >= 3
    for label, percent in zip(labels, percents, strict=True):
        assert 100 * shares[label] == visit.percent(percent)


def test_each_tab_works(visit):
    """A name is typed and read, a network learns, a table is answered, a cell is opened."""
    visit.open("")
    visit.until("seen('.on-stage .letter small:not(:empty)').length")
    visit.until("type('#name textarea', 'Müller')")
    assert_answered_as_by_python(visit, SHIPPED, "Müller")
    classifier = load(SHIPPED)

    visit.until("(seen('.inside > summary')[0]?.click(), true)")
    assert visit.until("seen('.inside .tint [data-at]').length") == 7  # ü is two
    visit.until("seen('.inside .tint [data-at]')[6].click() ?? true")
    rows = """texts('.reading [data-section="4"] .scores-table tbody th')"""
    assert visit.until(f"{rows}[0]") == next(iter(classifier.predict("Müller", 1)))
    visit.until("seen('.reading [data-step=\"-1\"]')[0].click() ?? true")
    visit.until("seen('.on-stage .letter')[4].matches('.at')")

    visit.press("Train", "▶ Train")
    visit.until("seen('.held')[0]?.dataset.heldout > 0.3")
    visit.press("❚❚ Pause", "Name", "the network just trained")
    visit.until("type('#name textarea', 'Rossi')")
    visit.until("seen('.inside .tint [data-at]').length === 5")

    visit.press("List")
    content = "\n".join(["surname", *SURNAMES])
    files = "#list input[type=file], #file input[type=file]"
    visit.until("choose(...arguments)", files, "names.csv", content)
    visit.until("seen('#list .choice, #preview .chosen').length")
    visit.until("(seen('#list #header input:not(:checked)')[0]?.click(), true)")
    visit.press("Read the list")
    rows = visit.until("texts('#rows tbody tr')")
    for row, text in zip(rows, SURNAMES, strict=True):
        assert text in row
        assert next(iter(classifier.predict(text, 1))) in row

    visit.press("Test results")
    accuracy = f"{classifier.metrics['test']['accuracy']:.1%}"
    visit.until("document.body.innerText.includes(arguments[0])", accuracy)
    cell = '.matrix button[aria-label^="German read as Dutch"]'
    visit.until("seen(arguments[0]).map((cell) => cell.click()).length", cell)
    visit.until("texts('#behind h2')[0] === 'German read as Dutch'")

    visit.press("About")
    visit.until("document.body.innerText.includes('Do not use this model to guess')")
    visit.press("Play against the network")
    visit.until("seen('dialog .choices button').length")


def test_a_review_is_answered_as_by_python(window, tmp_path):
    visit = Visit(window, exported(REVIEWS, tmp_path / "index.html"), off_by=1)
    visit.open("#name_review=beautiful, but empty")
    text = "beautiful, but empty"
    assert_answered_as_by_python(visit, REVIEWS, text)
