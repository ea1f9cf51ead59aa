"""Both pages on projectors and phones: the game, the caution, the field and its answer are seen."""

from collections import Counter
from itertools import combinations

import numpy as np
import pytest
from coloraide import Color
from conftest import (
    PROJECTORS,
    ROOT,
    SHIPPED,
    needs_chromium,
    open_tab,
    visiting,
)
from playwright.sync_api import expect

from data.builder.rows import unpacked
from model import TextClassifier

pytestmark = needs_chromium
TABS = ["Train", "List", "Test results", "About", "Name"]
LINE = 30  # pixels
ROWS = ["bands", "tiles"]


@pytest.fixture(params=["app_url", "small_page"])
def visit(window, request):
    page = request.getfixturevalue(request.param)
    address = page if isinstance(page, str) else page.as_uri()
    with visiting(window, address) as open_page:
        yield open_page


def seen(page, selector):
    """Return what can be seen: app.py has most things for each of its models."""
    return page.locator(selector).locator("visible=true")


def box(locator):
    expect(locator).to_be_visible()
    return locator.bounding_box()


def bottom(locator):
    place = box(locator)
    return place["y"] + place["height"]


def drawn(page):
    """Wait until the stage has the numbers of its name."""
    expect(seen(page, ".on-stage .letter small").last).not_to_be_empty()


def game_of(page):
    button = page.get_by_role("button", name="Play against the network")
    return button.locator("visible=true")


@pytest.fixture(params=PROJECTORS)
def large(visit, request):
    """The tab Name in the presenter's view of a projector."""
    page = visit("#name=Rossi&view=large", *request.param)
    drawn(page)
    return page


def test_game_and_caution_are_on_each_screen_of_a_presenter(large):
    caution = seen(large, ".introduction")
    for tab in TABS:
        open_tab(large, tab)
        for part in (game_of(large), caution):
            expect(part).to_be_in_viewport(ratio=1)
            part.click(trial=True)  # nothing covers it
        expect(caution).to_contain_text("not anyone's nationality")
        assert box(caution)["height"] < LINE
    game_of(large).click()
    first = large.get_by_role("dialog").locator(".choices button").first
    expect(first).to_be_focused()


@pytest.mark.parametrize("size", [(375, 812), (1280, 800)])
def test_box_answer_and_stage_are_seen_before_it_scrolls(visit, size):
    page = visit("#name=Papadopoulos", *size)
    drawn(page)
    parts = (
        ".introduction",
        "#name textarea",
        "#bars .verdict",
        ".stage",
        ".inside summary",
    )
    for part in parts:
        expect(seen(page, part).first).to_be_in_viewport(ratio=0.99)
    width, _ = size
    assert page.evaluate("document.documentElement.scrollWidth") == width
    for part in (".stage", *(f".stage .{row}" for row in ROWS)):
        edges = seen(page, part).first.evaluate("(e) => [e.scrollWidth, e.clientWidth]")
        assert edges[0] <= edges[1] > 100, part


def test_a_presenter_has_box_answer_and_stage_above_the_caution(large):
    drawn(large)
    caution = box(seen(large, ".introduction"))["y"]
    for part in ("#name textarea", "#bars .verdict", ".on-stage", "#bars .bars"):
        expect(seen(large, part)).to_be_in_viewport(ratio=1)
        assert bottom(seen(large, part)) <= caution, part


@pytest.mark.parametrize("size", [(812, 375), (375, 476)])
def test_a_phone_on_its_side_or_with_its_keyboard_has_field_and_answer(visit, size):
    page = visit("#name=Rossi", *size)
    drawn(page)
    expect(page.get_by_label("Surname", exact=True)).to_be_in_viewport(ratio=1)
    expect(seen(page, "#bars .verdict")).to_be_in_viewport(ratio=1)


def test_a_guess_that_is_answered_moves_nothing(visit):
    page = visit("#name=Gaudino&inside=1", 390, 844)
    first = seen(page, ".reader")
    expect(seen(page, ".now-says")).to_contain_text("After")
    first.get_by_label("Guess first").check()
    heights = set()
    for letter in range(1, 7):
        first.get_by_label("The next letter").select_option("Japanese")
        expect(seen(page, ".on-stage .letter").nth(letter)).to_have_class("letter at")
        expect(first.locator("output")).to_contain_text("You guessed")
        heights.add(round(box(first)["height"]))
    assert len(heights) == 1


COLOURS = """() => {
  const pen = new OffscreenCanvas(1, 1).getContext('2d');
  const tracks = [...document.querySelectorAll('#bars li:not(.none) .track')];
  return tracks.map((track) => {
    pen.fillStyle = getComputedStyle(track, '::before').backgroundColor;
    pen.fillRect(0, 0, 1, 1);
    const label = track.parentNode.textContent.trim();
    return [label, [...pen.getImageData(0, 0, 1, 1).data].slice(0, 3)];
  });
}"""
GROUNDS = {"light": "#fff", "dark": "#0b0f19"}


@pytest.fixture(params=GROUNDS)
def colours(window, app_url, request):
    """The colours of all 18 languages in their order, and the ground that they are on."""
    with visiting(window, app_url) as open_page:
        page = open_page(f"?__theme={request.param}#name=Rossi&k=18")
        expect(page.locator("#bars .bars li")).to_have_count(19)
        drawn = sorted(page.evaluate(COLOURS))
        shown = [Color("srgb", [part / 255 for part in colour]) for _, colour in drawn]
        yield shown, Color(GROUNDS[request.param])


def distances(colours, pairs):
    """Return how far apart in OKLab each pair is."""
    return [colours[i].distance(colours[j], space="oklab") for i, j in pairs]


@pytest.fixture(scope="session")
def together():
    """Pairs of languages that have a tenth each of a beginning, in one of 50 names or more."""
    classifier = TextClassifier.load(SHIPPED)
    names = unpacked(ROOT / "data" / "names_test.csv.gz")[::40]
    counts = Counter()
    for name, _ in names:
        beginnings = [name[: n + 1] for n in range(len(name))]
        is_any = 1 - classifier.none_batch(beginnings)
        shares = classifier.predict_batch(beginnings) * is_any[:, None]
        pairs = (combinations(np.flatnonzero(row >= 0.1), 2) for row in shares)
        counts.update({pair for of_beginning in pairs for pair in of_beginning})
    return [pair for pair, n in counts.items() if n >= len(names) / 50]


def test_no_two_languages_have_colours_that_are_hard_to_tell_apart(colours, together):
    shown, _ = colours
    in_lab = [a.delta_e(b, method="76") for a, b in combinations(shown, 2)]
    assert min(in_lab) > 10  # one that is just seen is about 2.3
    everywhere = combinations(range(18), 2)
    nearest = {
        "all": min(distances(shown, everywhere)),
        "together": min(distances(shown, together)),
    }
    for kind in ("protan", "deutan", "tritan"):
        seen = [colour.filter(kind, method="machado") for colour in shown]
        nearest[kind] = min(distances(seen, together))
    assert nearest["all"] > 0.065
    assert nearest["together"] >= 0.09
    assert min(nearest.values()) > 0.05


def test_each_language_stands_out_from_the_ground(colours):
    shown, ground = colours
    contrasts = [colour.contrast(ground, method="wcag21") for colour in shown]
    assert min(contrasts) >= 3  # WCAG 2.2, 1.4.11
