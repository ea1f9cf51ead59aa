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
STAGE = slice(212, 554)
SEND = """() => {
navigator.canShare = ({files}) => files.length === 1;
navigator.share = async ({files: [{name, type, size}], url}) => {
  window.sent = {name, type, size, url};
};}"""


def share(page):
    """Open the window that offers the picture of an answer with its stage."""
    expect(page.locator(".stage .adds").last).not_to_be_empty()
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
    for top, bottom in ((30, 110), (212, 340), (354, 400), (410, 440), (446, 550)):
        assert drawn[top:bottom, 60:600].any(), top
    assert drawn[40:100, 600:].any()
    assert drawn[570:600].any()
    for margin in (drawn[12:, :58], drawn[12:, 1142:], drawn[618:]):
        assert not margin.any(), np.argwhere(margin)


def test_bands_of_the_picture_end_as_high_as_probabilities(visit, complete_folder):
    """Those of the answer, by network and data."""
    _, pixels = saved(share(visit("#name=Rossi")))
    column = pixels[STAGE, 1136].astype(int)
    is_first = (abs(column - column[2]) < 3).all(axis=1)
    classifier = TextClassifier.load(complete_folder)
    ((_, probability),) = classifier.answer("Rossi", 1).predictions
    height = 0.4 * 345 * 0.92
    assert is_first.sum() == pytest.approx(height * probability, abs=3)


@pytest.mark.parametrize("text", ["حداد", "x" * 100, "木"])
def test_every_text_fits_into_the_picture(visit, text):
    page = visit("#name=Rossi")
    page.get_by_label("Surname", exact=True).fill(text)
    expect(page.locator("[data-share]")).to_have_attribute("data-share", text)
    page.locator("[data-share]").click()
    _, pixels = saved(opened(page))
    drawn = is_drawn(pixels)
    assert drawn[30:110].any()
    assert not drawn[12:, 1142:].any()


def test_a_file_on_a_disk_has_no_link(visit):
    page = visit("#name=Rossi")
    dialog = share(page)
    expect(page.get_by_role("button", name="Copy link")).to_have_count(0)
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
