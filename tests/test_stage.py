"""The stage of each kind of model, and the memory that opens below it."""

import copy
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
from model.training.build import build_model

pytestmark = needs_chromium
SIZES = {"hidden_size": 6, "embedding_size": 6}
NO_PART = "The GRU has no part in this answer: groups of letters decide alone."
REVIEW = " ".join(["a fine film", "dull — and  slow"] * 9)


def one_direction(data, _):
    recipe = replace(LECTURE, **SIZES, bidirectional=False)
    return build_model(recipe, read_names(data))


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
    model = build_model(replace(task.recipe, **SIZES), dataset)
    model.training["task"] = task.description or task.name
    for weight in model.network.parameters():
        torch.nn.init.normal_(weight, std=0.3)
    return model


MODELS = {
    "one direction": (one_direction, "Rossi", "forward", ""),
    "groups alone": (groups_alone, "Rossi", "groups", NO_PART),
    "words": (of_words, "a fine film", "groups forward backward", ""),
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
    return page.locator(".letter bdi")


def numbers(page):
    return page.locator(".letter small")


IS_DRAWN = """(canvas) => {
  const {width, height} = canvas;
  const {data} = canvas.getContext('2d').getImageData(0, 0, width, height);
  return data.some((value) => value > 0);
}"""


def test_a_stage_has_the_rows_that_its_network_has(window, kind):
    address, text, expected, line = kind
    with visiting(window, address) as open_page:
        page = open_page(f"#name={text}&inside=1")
        pieces = text.split() if " " in text else list(text)
        expect(letters(page)).to_have_text(pieces)
        expect(numbers(page).last).not_to_be_empty()
        canvases = page.locator(".memory canvas")
        expect(canvases).to_have_count(len(expected.split()))
        drawn = canvases.evaluate_all("(all) => all.map((one) => one.className)")
        assert drawn == expected.split()
        assert all(canvas.evaluate(IS_DRAWN) for canvas in canvases.all())
        assert page.locator(".bands").evaluate(IS_DRAWN)
        expect(page.get_by_text(NO_PART)).to_be_visible(visible=line == NO_PART)


@pytest.mark.parametrize("kind", ["words"], indirect=True)
def test_words_stand_in_lines_and_keep_their_gaps(window, kind):
    address, *_ = kind
    with visiting(window, address) as open_page:
        page = open_page("#name=" + REVIEW.replace(" ", "+"))
        expect(letters(page)).to_have_text(REVIEW.split())
        lines = page.locator(".on-stage .line")
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
    expect(numbers(page).last).not_to_be_empty()
    return page


def test_forty_letters_fit_a_phone(page):
    page.set_viewport_size({"width": 375, "height": 812})
    page.locator("#name textarea").fill("Wolfeschlegelsteinhausenbergerdorffsmith")
    expect(numbers(page).nth(39)).not_to_be_empty()
    assert page.evaluate("document.documentElement.scrollWidth") == 375
    stage = page.locator(".stage").first.bounding_box()
    last = page.locator(".letter").last.bounding_box()
    assert last["x"] + last["width"] <= stage["x"] + stage["width"] + 1


def test_arabic_runs_right_to_left_joined_and_the_stage_follows_its_width(page):
    page.locator("#name textarea").fill("حداد")
    expect(letters(page)).to_have_count(4)
    for width in (1280, 375):
        page.set_viewport_size({"width": width, "height": 800})
        edges = page.locator(".letter").evaluate_all(
            "all => all.map((one) => one.getBoundingClientRect().x)"
        )
        assert edges == sorted(edges, reverse=True)
        stage, bands = (
            page.locator(f".stage{each} >> nth=0") for each in ("", " .bands")
        )
        assert bands.bounding_box()["width"] == stage.bounding_box()["width"]
    joined = "ح\u200d"  # as it is written before another
    assert letters(page).first.inner_text() == joined


def test_pointing_at_a_column_says_what_the_network_answers_there(
    page, complete_folder
):
    found = view_of(read_model(complete_folder), "Ferrari")
    page.locator(".letter").nth(2).hover()
    best = int(np.argmax(found["shares"][2]))
    says = f"after Fer: {found['labels'][best]} {found['shares'][2][best]:.1%}"
    expect(page.locator(".after")).to_have_text(says)
    letter, column = (
        page.locator(each).bounding_box()
        for each in (".letter >> nth=2", ".on-stage > .column")
    )
    assert column["x"] == pytest.approx(letter["x"], abs=1)
    page.locator("h1").first.hover()
    expect(page.locator(".after")).to_be_hidden()


def test_a_band_has_its_name_and_its_share_where_one_points(page, complete_folder):
    found = view_of(read_model(complete_folder), "Ferrari")
    first, *_, last = found["shares"]
    bands = page.locator(".on-stage .bands")
    size = bands.bounding_box()
    top = 0
    for i in np.argsort(-np.array(last)):
        place = {"x": size["width"] / 14, "y": size["height"] * (top + first[i] / 2)}
        bands.hover(position=place)
        says = f"after F: {found['labels'][i]} {first[i]:.1%}"
        expect(page.locator(".after")).to_have_text(says)
        top += first[i]
