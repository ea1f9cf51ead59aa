"""The picture of an answer, which both pages draw, save and send on; previews of the file."""

import re

import numpy as np
import pytest
from conftest import assert_accessible, needs_chromium
from PIL import Image
from playwright.sync_api import expect

from model import TextClassifier
from model.tabs import about

pytestmark = needs_chromium
HALF = 570  # left of it are the bars, right of it the letters
BODY = 330  # below it are both
SEND = """() => {
navigator.canShare = ({files}) => files.length === 1;
navigator.share = async ({files: [{name, type, size}], url}) => {
  window.sent = {name, type, size, url};
};}"""


def share(page):
    """Open the window that offers the picture of an answer with its letters."""
    expect(page.locator("#letters .letters li").first).to_be_visible()
    page.locator("[data-share]").click()
    return opened(page)


def opened(page):
    dialog = page.get_by_role("dialog", name="Picture of the answer")
    expect(dialog.get_by_role("img")).to_be_visible()
    return dialog


def saved(dialog):
    """Return the name of the picture and its pixels."""
    with dialog.page.expect_download() as download:
        dialog.get_by_role("link", name="Download").click()
    with Image.open(download.value.path()) as picture:
        assert picture.format == "PNG"
        return download.value.suggested_filename, np.asarray(picture.convert("RGB"))


def is_drawn(pixels):
    """Return where a picture differs from its ground, that of its lower left corner."""
    return (pixels != pixels[-1, 0]).any(axis=2)


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_the_picture_has_text_verdict_bars_letters_and_caution(visit, theme):
    dialog = share(visit(f"?__theme={theme}#name=Rossi"))
    name, pixels = saved(dialog)
    assert name == "Rossi.png"
    assert pixels.shape == (630, 1200, 3)
    assert (pixels[-1, 0].mean() > 128) == (theme == "light")
    drawn = is_drawn(pixels)
    for top, bottom in ((40, 152), (158, 226), (228, 290), (556, 606)):
        assert drawn[top:bottom].any()
    assert drawn[BODY:550, :HALF].any()
    assert drawn[BODY:550, HALF + 60 :].any()
    margins = drawn[12:, :58], drawn[12:, 1142:], drawn[608:]
    assert not any(margin.any() for margin in margins)


def test_bars_of_the_picture_are_as_long_as_probabilities(visit, complete_folder):
    _, pixels = saved(share(visit("#name=Rossi")))
    bars = pixels[BODY:550, :HALF].astype(int)
    is_coloured = np.ptp(bars, axis=2) > 60  # neither grey nor the slate of none
    longest = is_coloured.sum(axis=1).max()
    classifier = TextClassifier.load(complete_folder)
    ((_, probability),) = classifier.answer("Rossi", 1).predictions
    assert longest == pytest.approx(510 * probability, abs=6)


@pytest.mark.parametrize("text", ["حداد", "x" * 100, "木"])
def test_every_text_fits_into_the_picture(visit, text):
    page = visit("#name=Rossi")
    page.get_by_label("Surname", exact=True).fill(text)
    expect(page.locator("[data-share]")).to_have_attribute("data-share", text)
    page.locator("[data-share]").click()
    _, pixels = saved(opened(page))
    drawn = is_drawn(pixels)
    assert drawn[40:152].any()
    assert not drawn[12:, 1142:].any()


def test_letters_of_the_text_before_are_not_in_the_picture(visit):
    page = visit("#name=Rossi")
    share(page).get_by_role("button", name="Close").click()
    page.evaluate("Worker.prototype.postMessage = () => {}")  # no explanation any more
    page.get_by_label("Surname", exact=True).fill("Popov")
    page.locator("[data-share]").click()
    _, pixels = saved(opened(page))
    titles = is_drawn(pixels)[BODY : BODY + 30]
    gap = titles[:, HALF : HALF + 60]  # where bars that have all of the width go on
    assert gap.any() or not titles[:, HALF + 60 : 1000].any()


def test_a_file_on_a_disk_says_why_it_has_no_link(visit):
    page = visit("#name=Rossi")
    notes = page.locator("#notes")
    expect(notes).to_contain_text("A link needs this file on a web host")
    expect(notes.get_by_role("button", name="Copy link")).to_have_count(0)
    dialog = share(page)
    expect(dialog).to_contain_text("A link needs this file on a web host")
    dialog.get_by_role("button", name="Close").click()
    expect(dialog).to_have_count(0)


def test_the_picture_is_sent_where_the_browser_can(visit):
    page = visit("#name=Rossi", width=375, height=812)
    expect(share(page).get_by_role("button", name="Send")).to_have_count(0)
    assert_accessible(page)
    page.keyboard.press("Escape")
    page.evaluate(SEND)
    share(page).get_by_role("button", name="Send").click()
    sent = page.evaluate("window.sent")
    assert sent.pop("size") > 5000
    assert sent == {"name": "Rossi.png", "type": "image/png", "url": None}


def test_previews_of_the_file_have_title_and_description(small_page):
    head, _ = small_page.read_text("utf-8").split("</head>")
    contents = dict(re.findall(r'(og:\w+)" content="([^"]*)"', head))
    assert contents["og:title"] == re.search("<title>(.*)</title>", head)[1]
    assert "network reads" in contents["og:description"]


def test_about_links_the_code_where_citation_cff_has_its_address(tmp_path, monkeypatch):
    cited = tmp_path / "CITATION.cff"
    monkeypatch.setattr(about, "CITATION", cited)
    assert about.code_address() == ""
    cited.write_text("title: x\nrepository-code: 'https://example.org/ada/gru'\n")
    assert about.code_address() == "https://example.org/ada/gru"
