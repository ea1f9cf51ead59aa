"""How it reads and Guess first as a visitor uses them: the page of both models, in chromium."""

import csv
import re

import pytest
from axe_playwright_python.sync_playwright import Axe
from conftest import ROOT, SHIPPED, needs_chromium, serve, visiting
from playwright.sync_api import expect

from model import TextClassifier
from model.data.reviews import LABELS
from model.storage.folder import read_model_folder

pytestmark = needs_chromium
expect.set_options(timeout=60_000)  # for a busy machine


@pytest.fixture(scope="module")
def url(tmp_path_factory):
    """The page of both shipped models."""
    with serve(temporary=tmp_path_factory.mktemp("page")) as address:
        yield address


@pytest.fixture
def visit(browser, url):
    with visiting(browser, url, height=800) as open_page:
        yield lambda query, **options: open_page(f"?{query}", **options)


@pytest.fixture
def page(visit):
    page = visit("name=Müller&tab=reading")
    expect(part(page, 3).locator(".gates caption")).to_be_visible()
    return page


def part(page, number):
    return page.locator(f".reading section[data-part='{number}']").locator("visible=true")


def cursor(page):
    return page.get_by_role("slider", name="that is read").locator("visible=true")


def test_the_keyboard_steps_through_all_pictures_at_once(page):
    cursor(page).focus()
    expect(cursor(page)).to_have_attribute("aria-valuemax", "7")
    page.keyboard.press("ArrowRight")
    page.keyboard.press("ArrowRight")
    expect(cursor(page)).to_have_attribute("aria-valuetext", "letter 3 of 7, ◌̈")
    for number, unit in ((1, "◌̈"), (2, "◌̈"), (3, "◌̈"), (4, "◌̈")):
        expect(part(page, number).locator(".at").first).to_contain_text(unit)
    captions = part(page, 3).locator("figcaption")
    expect(captions.first).to_have_text("Forward, has read mü")
    expect(captions.last).to_have_text(re.compile("Backward, has read rell"))
    expect(part(page, 3).locator("img").first).to_have_attribute(
        "alt", re.compile("128 units at 7 letters, reading forward; at letter 3 of 7")
    )
    page.keyboard.press("End")
    expect(cursor(page)).to_have_attribute("aria-valuenow", "7")
    page.keyboard.press("Home")
    expect(cursor(page)).to_have_attribute("aria-valuenow", "1")


def test_play_reads_to_the_end_and_pause_stops(page):
    play = page.get_by_role("button", name="▶ Play").locator("visible=true")
    play.click()
    expect(page.get_by_role("button", name="Pause")).to_be_visible()
    expect(cursor(page)).to_have_attribute("aria-valuenow", "3")
    page.get_by_role("button", name="Pause").click()
    at = cursor(page).get_attribute("aria-valuenow")
    page.wait_for_timeout(1000)
    assert cursor(page).get_attribute("aria-valuenow") == at
    play.click()
    expect(cursor(page)).to_have_attribute("aria-valuenow", "7")
    expect(play).to_be_visible()


def test_there_is_no_play_where_motion_is_not_wanted(visit):
    page = visit("name=Kim&tab=reading", reduced_motion="reduce")
    expect(part(page, 3).locator(".gates caption")).to_be_visible()
    expect(page.get_by_role("button", name="▶ Play")).to_have_count(0)
    page.get_by_role("button", name="Next letter").locator("visible=true").click()
    expect(cursor(page)).to_have_attribute("aria-valuenow", "2")


def test_the_equation_of_a_picked_unit_adds_up(page):
    number = part(page, 3).get_by_label("Unit", exact=True)
    number.fill("17")
    expect(part(page, 3).locator("caption")).to_contain_text("Unit 17 at “m”, reading forward")
    rows = part(page, 3).locator(".gates tbody tr")
    value = [float(text.replace("−", "-")) for text in rows.locator("b").all_inner_texts()]
    reset, update, new, state = value
    cells = rows.nth(1).locator("td").all_inner_texts()
    sums = sum(float(text.replace("−", "-")) for text in cells[:2])
    assert update == pytest.approx(1 / (1 + 2.71828**-sums), abs=0.02)
    assert 0 < reset < 1
    assert state == pytest.approx((1 - update) * new, abs=0.02)  # the first letter has no memory
    part(page, 3).locator(".direction").select_option("backward")
    expect(part(page, 3).locator("caption")).to_contain_text("reading backward")
    marked = part(page, 3).locator(".excites li mark")
    expect(marked).to_have_count(6)


def test_a_click_on_the_map_picks_letter_and_unit(page):
    states = part(page, 3).locator(".map").last
    states.scroll_into_view_if_needed()
    box = states.bounding_box()
    states.click(position={"x": box["width"] * 0.5, "y": box["height"] * 0.997})
    expect(part(page, 3).locator("caption")).to_have_text("Unit 128 at “l”, reading backward")


def test_another_batch_is_sorted_and_padded(page):
    rows = part(page, 1).locator("tbody tr")
    expect(rows).to_have_count(3)
    part(page, 1).get_by_label("Second name of the batch").fill("Papadopoulos")
    expect(rows.first.locator("th")).to_have_text("papadopoulos")
    lengths = [int(text) for text in part(page, 1).locator(".length").all_inner_texts()]
    assert lengths == sorted(lengths, reverse=True)
    for row, length in zip(rows.all(), lengths, strict=True):
        expect(row.locator(".padding")).to_have_count(12 - length)
    part(page, 1).get_by_label("Second name of the batch").fill("42")
    expect(part(page, 1)).to_contain_text("There is no letter")


def test_the_embedding_shows_the_groups_of_letters(page):
    expect(part(page, 2).locator(".parts p")).to_have_text(
        [
            re.compile("letter: m"),
            *(re.compile(rf"\+ group of {n}") for n in (2, 3, 4)),
            re.compile(r"\+ 3 scripts"),
            "= sum",
        ]
    )


def test_groups_of_han_characters_are_said_to_be_read_by_kind(visit):
    for name in ("佐藤", "丂丄"):  # the letters of the second are in no vocabulary
        parts = part(visit(f"name={name}&tab=reading"), 2).locator(".parts p")
        expect(parts).to_have_count(6)
        texts = parts.all_inner_texts()
        assert f"group of 2: ·{name[0]}, by kind" in texts[1]
        assert [", by kind" in text for text in texts] == [False, True, True, True, False, False]


def test_beginnings_end_in_the_answer_of_the_name_tab(page):
    answer = TextClassifier.load(SHIPPED).answer("Müller", 1).predictions[0]
    row = part(page, 4).locator("tbody tr").first
    expect(row.locator("th")).to_have_text(answer[0])
    expect(row.locator("td").last).to_have_text(f"{100 * answer[1]:.0f}")
    expect(part(page, 4)).to_contain_text("Each beginning is read as a whole name")
    expect(part(page, 4).locator("svg polyline").first).to_be_visible()


def test_scores_add_up_to_the_gru_s(page):
    row = part(page, 5).locator("tbody tr").first
    cells = [c.replace("−", "-") for c in row.locator("td").all_inner_texts()]
    assert sum(map(float, cells[:4])) == pytest.approx(float(cells[4]), abs=0.25)  # rounded
    expect(part(page, 5).locator(".pooled img")).to_have_count(3)


def test_two_names_are_set_against_each_other(page):
    expect(part(page, 6).locator("figcaption").first).to_contain_text("Müller: German")
    part(page, 6).get_by_role("button", name="Ivanov | Ivanova").click()
    expect(part(page, 6).locator("figcaption").first).to_contain_text("Ivanov: Russian")
    expect(part(page, 6)).to_contain_text(re.compile(r"agree on the first [3-6] of 7 columns"))
    part(page, 6).get_by_label("First name").fill("Ivanova")
    expect(part(page, 6)).to_contain_text("agree on the first 7 of 7 columns")


def test_what_is_typed_there_is_the_name_everywhere_and_the_link_leads_back(page):
    page.get_by_label("Surname", exact=True).locator("visible=true").fill("Rossi")
    expect(part(page, 4).locator("tbody tr").first.locator("th")).to_have_text("Italian")
    page.get_by_role("button", name="Copy link").locator("visible=true").click()
    expect(page.get_by_role("button", name="Copied").locator("visible=true")).to_be_visible()
    page.get_by_role("tab", name="Name", exact=True).click()
    expect(page.locator("#name textarea, #name input")).to_have_value("Rossi")
    expect(page.locator("#bars .verdict")).to_contain_text("Italian")
    expect(page.locator("#letters .letters li")).to_have_count(5)  # leaving ends nothing halfway
    page.goto(page.evaluate("navigator.clipboard.readText()"))
    expect(part(page, 4).locator("tbody tr").first.locator("th")).to_have_text("Italian")


def test_an_emptied_box_leaves_no_reading_and_no_answer_of_the_old_name(page):
    box = page.get_by_label("Surname", exact=True).locator("visible=true")
    box.fill("")
    expect(page.locator(".problem").locator("visible=true")).to_contain_text("The text is empty")
    expect(part(page, 4)).to_have_count(0)
    expect(cursor(page)).to_have_count(0)
    expect(part(page, 6).locator("figcaption").first).to_contain_text("Müller")  # has its own
    page.get_by_role("tab", name="Name", exact=True).click()
    expect(page.locator("#bars")).to_contain_text("appear here while you type")
    expect(page.locator("#letters .letters")).to_have_count(0)
    page.get_by_role("tab", name="How it reads").click()
    box.fill("Παππάς")
    expect(part(page, 4).locator("tbody tr").first.locator("th")).to_have_text("Greek")
    cursor(page).press("End")
    expect(part(page, 3).locator("figcaption").first).to_have_text("Forward, has read παππάς")


def test_markup_and_what_cannot_be_read_stay_text(page):
    box = page.get_by_label("Surname", exact=True).locator("visible=true")
    box.fill("<img src=x onerror=alert(1)>")
    expect(part(page, 3).locator("figcaption").first).to_contain_text("has read <")
    expect(page.locator(".reading img[src=x]")).to_have_count(0)
    box.fill("42")
    expect(page.locator(".problem").locator("visible=true")).to_contain_text("There is no letter")


def test_sentiment_after_each_word(visit):
    page = visit("name_review=beautiful,+but+empty&tab=reading")
    rows = part(page, 4).locator("tbody tr")
    expect(rows.locator("th")).to_have_text(
        ["negative", "somewhat negative", "neutral", "somewhat positive", "positive"]
    )
    expect(part(page, 3)).to_contain_text("the model comes without them")
    against = part(page, 6).locator(".against .table")
    expect(against).to_have_count(2)
    for table, words in zip(
        against.all(), ("beautiful,butempty", "empty,butbeautiful"), strict=True
    ):
        expect(table.locator("thead th")).to_have_count(4)
        assert "".join(table.locator("thead th").all_inner_texts()) == words


def test_words_of_a_review_add_to_positive_or_negative_and_unknown_ones_are_grey(visit):
    page = visit("name_review=a+dreadful,+boring+zounds")
    letters = page.locator("#letters_review .letters li")
    expect(letters).to_have_count(4)
    expect(page.locator("#letters_review")).to_contain_text(
        "positive (+, blue) or negative (−, orange)"
    )
    expect(letters.filter(has_text="dreadful")).to_have_class("minus")
    expect(letters.filter(has_text="zounds")).to_have_class(re.compile("unknown"))
    box = page.get_by_label("Sentence or phrase", exact=True).locator("visible=true")
    box.fill("a brilliant film")
    expect(letters.filter(has_text="brilliant")).to_have_class("plus")
    box.fill("qwyjibo zounds")
    expect(page.locator("#bars_review .verdict")).to_contain_text("It knows no word here")


def test_a_link_to_a_review_is_copied(visit):
    page = visit("name_review=beautiful,+but+empty")
    page.get_by_label("Sentence or phrase", exact=True).locator("visible=true").fill("a fine film")
    expect(page.locator("#letters_review .letters li")).to_have_count(3)
    page.locator("#notes_review").get_by_role("button", name="Copy link").click()
    expect(page.get_by_role("button", name="Copied")).to_be_visible()
    page.goto(page.evaluate("navigator.clipboard.readText()"))
    box = page.get_by_label("Sentence or phrase", exact=True).locator("visible=true")
    expect(box).to_have_value("a fine film")


def test_a_round_of_guesses_is_counted(visit):
    page = visit("")
    page.get_by_role("button", name="Guess first").locator("visible=true").click()
    game = page.get_by_role("dialog", name="Guess first").locator("visible=true")
    names = set()
    for i in range(10):
        expect(game.locator(".tally span").first).to_have_text(f"{i + 1} of 10")
        names.add(game.locator("h2").inner_text())
        expect(game.locator(".choices button")).to_have_count(3)
        page.keyboard.press("1")
        expect(game.locator(".said")).to_contain_text(
            re.compile(r"(Right|Wrong): it is [^.]*\.\s+The network")
        )
        right = game.locator(".choices .right").inner_text().split()[-1]
        assert right in game.locator(".said").inner_text()
        if i < 9:
            page.keyboard.press("Enter")  # Next has the focus
    assert len(names) == 10
    you, network = (int(text) for text in game.locator(".tally b").all_inner_texts())
    expect(game.locator(".result")).to_contain_text(f"{you} to {network}.")
    game.get_by_role("button", name="Another round").click()
    expect(game.locator(".tally span").first).to_have_text("1 of 10")
    assert game.locator("h2").inner_text() not in names
    page.keyboard.press("Escape")
    expect(game).to_have_count(0)


def test_sentences_to_guess_are_the_project_s_own_and_their_choices_are_in_order(visit):
    with open(ROOT / "data" / "own_reviews.tsv", encoding="utf-8") as file:
        rows = csv.DictReader(file, delimiter="\t")
        own = {row["Phrase"]: LABELS[int(row["Sentiment"])] for row in rows}
    page = visit("name_review=a+fine+film")
    expect(page.get_by_role("tab", name="Review", exact=True)).to_be_visible()
    page.get_by_role("button", name="Guess first").locator("visible=true").click()
    game = page.get_by_role("dialog", name="Guess first").locator("visible=true")
    expect(game.locator(".tally span").first).to_have_text("1 of 10")
    label = own[game.locator("h2").inner_text()]
    choices = [text[2:] for text in game.locator(".choices button").all_inner_texts()]
    assert [choice for choice in LABELS if choice in choices] == choices
    page.keyboard.press(str(choices.index(label) + 1))
    expect(game.locator(".said")).to_contain_text(f"Right: it is {label}.")


def test_larger_type_by_switch_and_by_address(visit):
    page = visit("name=Kim")
    heading = page.get_by_role("heading", level=1).locator("visible=true")
    small = heading.bounding_box()["height"]
    page.get_by_role("switch", name="Larger type").locator("visible=true").click()
    assert heading.bounding_box()["height"] > 1.3 * small
    large = visit("name=Kim&view=large")
    heading = large.get_by_role("heading", level=1).locator("visible=true")
    assert heading.bounding_box()["height"] > 1.3 * small
    assert large.evaluate("document.documentElement.scrollWidth") <= 1280
    switch = large.get_by_role("switch", name="Larger type").locator("visible=true")
    expect(switch).to_have_attribute("aria-checked", "true")


@pytest.mark.parametrize("query", ["name=Papadopoulos", "name_review=it+is+not+a+good+film+" * 6])
@pytest.mark.parametrize(("theme", "width"), [("light", 360), ("dark", 1280)])
def test_axe_finds_nothing_serious_and_nothing_overflows(visit, query, theme, width):
    page = visit(f"__theme={theme}&tab=reading&{query}", viewport={"width": width, "height": 800})
    expect(part(page, 3).locator(".gates caption")).to_be_visible()
    expect(part(page, 6).locator("img").last).to_be_visible()
    cursor(page).press("ArrowRight")
    page.wait_for_timeout(500)
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    found = Axe().run(page).response["violations"]
    serious = [v for v in found if v["impact"] in ("serious", "critical")]
    assert [(v["id"], v["nodes"][0]["html"]) for v in serious] == []


def test_there_is_no_game_where_there_are_no_texts(browser, tmp_path):
    classifier = TextClassifier.load(SHIPPED)
    metrics = classifier.metrics | {"to_guess": []}
    card = {"README.md": read_model_folder(SHIPPED)["README.md"]}
    classifier.save(tmp_path / "names", metrics, card)
    with serve("--model", tmp_path / "names", temporary=tmp_path) as address:
        page = browser.new_page()
        page.goto(address)
        expect(page.get_by_role("switch", name="Larger type")).to_be_visible()
        expect(page.get_by_role("button", name="Guess first")).to_have_count(0)
        page.close()
