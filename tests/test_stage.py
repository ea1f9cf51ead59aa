"""The stage of each kind of model, and the parts that open below it."""

import base64
import copy
import re
from dataclasses import replace

import numpy as np
import pytest
import torch
from conftest import needs_chromium, visiting
from playwright.sync_api import expect

from model import TextClassifier
from model.data.rows import Rows
from model.data.splits import to_dataset
from model.storage.browser import pack
from model.tabs.alone import page_html
from model.tabs.page_model import read_model
from model.tabs.reading import view_of
from model.tasks.custom import custom_task
from model.tasks.names import read_names
from model.tasks.recipe import LECTURE
from model.training.build import build

pytestmark = needs_chromium
SIZES = {"hidden_size": 6, "embedding_size": 6}
NO_PART = "The GRU has no part in this answer: groups of letters decide alone."
REVIEW = " ".join(["a fine film", "dull — and  slow"] * 9)


def one_direction(data, _):
    recipe = replace(LECTURE, **SIZES, bidirectional=False)
    return build(recipe, read_names(data))


def groups_alone(_, classifier):
    model = copy.deepcopy(classifier.model)
    model.calibration.gru_weight = 0.0
    return model


def of_words(*_):
    task = custom_task({"units": "words"})
    texts = [f"a {word} film" for word in "fine good dull slow odd new old".split()]
    texts += ["dull — and slow", "and", "film"]
    labels = ["up", "down", *["<b>", "up"] * 4]
    dataset = to_dataset({"train": Rows(texts, labels)}, task.kind)
    model = build(replace(task.recipe, **SIZES), dataset)
    model.training["task"] = task.description or task.name
    for weight in model.network.parameters():
        torch.nn.init.normal_(weight, std=0.3)
    return model


MODELS = {
    "one direction": (one_direction, "Rossi", "bands tiles forward", ""),
    "groups alone": (groups_alone, "Rossi", "bands tiles groups", NO_PART),
    "words": (of_words, "a fine film", "bands tiles groups forward backward", ""),
}


@pytest.fixture(scope="module", params=MODELS)
def kind(request, small_data, small_classifier, tmp_path_factory):
    """The address of a page, and what its stage has to have."""
    make, *expected = MODELS[request.param]
    folder = tmp_path_factory.mktemp("stage") / "model"
    TextClassifier(make(small_data, small_classifier)).save(folder)
    shown = read_model(folder)
    file = folder / "index.html"
    file.write_text(page_html(shown, pack(shown.classifier.model, "fp16"), ""), "utf-8")
    return file.as_uri(), *expected


def letters(page):
    return page.locator(".ask-and-answer .letter")


def rows(page):
    titles = page.locator(".ask-and-answer .line >> nth=0").locator(".title")
    return titles.evaluate_all("(all) => all.map((title) => title.dataset.open)")


IS_DRAWN = """(canvas) => {
  const {width, height} = canvas;
  const {data} = canvas.getContext('2d').getImageData(0, 0, width, height);
  return data.some((value) => value > 0);
}"""


def test_a_stage_has_the_rows_that_its_network_has(window, kind):
    address, text, expected, line = kind
    with visiting(window, address) as open_page:
        page = open_page(f"#name={text}")
        stage = page.locator(".ask-and-answer .stage")
        pieces = text.split() if " " in text else list(text)
        expect(letters(page)).to_have_text(pieces)
        expect(page.locator(".stage .adds").last).not_to_be_empty()
        assert rows(page) == expected.split()
        canvases = stage.locator("canvas")
        expect(canvases).to_have_count(len(expected.split()) - 1)
        assert all(canvas.evaluate(IS_DRAWN) for canvas in canvases.all())
        expect(stage.locator("> p")).to_have_text([line] if line else [])


@pytest.mark.parametrize("kind", ["words"], indirect=True)
def test_words_stand_in_lines_and_keep_their_gaps(window, kind):
    address, *_ = kind
    with visiting(window, address) as open_page:
        page = open_page("#name=" + REVIEW.replace(" ", "+"))
        expect(letters(page)).to_have_text(REVIEW.split())
        lines = page.locator(".ask-and-answer .line")
        assert lines.count() > 1
        expect(page.locator(".stage .bands")).to_have_count(lines.count())
        words = [letters(line).all_inner_texts() for line in lines.all()]
        box = page.locator("#name textarea")
        letters(page).nth(1).click()
        expect(box).to_have_value(REVIEW.replace("fine ", "", 1))
        page.evaluate("scrollTo(0, 0)")
        page.set_viewport_size({"width": 375, "height": 812})
        expect(lines).not_to_have_count(len(words))
        assert page.evaluate("document.documentElement.scrollWidth") == 375


@pytest.fixture
def page(visit):
    page = visit("#name=Ferrari")
    expect(page.locator(".stage .adds").last).not_to_be_empty()
    return page


def test_forty_letters_scroll_within_the_stage(page):
    page.set_viewport_size({"width": 375, "height": 812})
    page.locator("#name textarea").fill("Wolfeschlegelsteinhausenbergerdorffsmith")
    expect(page.locator(".stage .adds").nth(39)).not_to_be_empty()
    assert page.evaluate("document.documentElement.scrollWidth") == 375
    letters(page).last.focus()
    stage = page.locator(".stage").first.bounding_box()
    last = letters(page).last.bounding_box()
    assert last["width"] >= 12
    assert last["x"] + last["width"] <= stage["x"] + stage["width"] + 1


@pytest.mark.parametrize(
    ("row", "numbers"),
    [
        ("bands", "4"),
        ("tiles", "2"),
        ("groups", "5"),
        ("forward", "3 6"),
        ("backward", "3 6"),
    ],
)
def test_what_explains_a_row_opens_below_it_and_closes(page, row, numbers):
    opened = page.locator(".opened")
    expect(opened).to_be_hidden()
    page.locator(f".title[data-open={row}]").first.click()
    sections = opened.locator("section").locator("visible=true")
    expect(sections).to_have_count(len(numbers.split()))
    found = sections.evaluate_all("(all) => all.map((each) => each.dataset.section)")
    assert found == numbers.split()
    opened.get_by_role("button", name="Close").click()
    expect(opened).to_be_hidden()


def test_a_thread_opens_its_unit_at_its_letter(page, complete_folder):
    found = view_of(read_model(complete_folder), "Ferrari")
    packed = np.frombuffer(base64.b64decode(found["states"]), "<i2") / 1000
    *_, states = packed.reshape(2, 2, 7, found["size"])[
        1
    ]  # backward, in the last layer
    lowest = np.argmin(states[0])
    thread = page.locator(".stage canvas.backward").first
    size = thread.bounding_box()
    thread.click(position={"x": 0.17 * size["width"], "y": size["height"] - 2})
    place = f"Unit {lowest + 1} at “e”, reading backward"
    expect(page.locator(".opened .of-unit")).to_have_text(place)
    for wire, t in (("h", 1), ("old", 2)):
        text = page.locator(f".opened .gates [data-wire={wire}]").first.text_content()
        value = float(text.replace("−", "-"))
        assert value == pytest.approx(states[t, lowest], abs=0.006), wire
    page.locator(".opened .tint [data-at='3']").click()
    place = f"Unit {lowest + 1} at “r”, reading backward"
    expect(page.locator(".opened .of-unit")).to_have_text(place)
    page.get_by_role("button", name="Explain F").click()
    vector = page.locator(".opened [data-section='2']")
    expect(vector.locator("[data-live=unit]")).to_have_text("f")
    page.locator("#name textarea").fill("Popov")  # what is open follows
    expect(vector.locator("[data-live=unit]")).to_have_text(re.compile("^[pov]$"))
