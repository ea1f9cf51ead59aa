"""How it reads and the game as a visitor uses them: the page of both models, in chromium."""

import csv
import re

import pytest
from conftest import ROOT, SHIPPED, needs_chromium, open_tab
from playwright.sync_api import expect

from model import TextClassifier
from model.data.reviews import LABELS

pytestmark = needs_chromium


@pytest.fixture
def page(visit):
    page = visit("#name=Müller&tab=reading")
    expect(part(page, 2).locator(".vector img")).to_be_visible()
    return page


def part(page, number):
    section = page.locator(f".reading section[data-section='{number}']")
    return section.locator("visible=true")


def of_unit(page):
    return part(page, 3).locator(".of-unit")


def best(page):
    return part(page, 5).locator("tbody tr").first.locator("th")


def cursor(page):
    return page.get_by_role("slider", name="that is read").locator("visible=true")


def button(page, name):
    return page.get_by_role("button", name=name).locator("visible=true")


def test_keys_step_through_all_pictures_at_once(page):
    cursor(page).focus()
    for _ in range(2):
        page.keyboard.press("ArrowRight")
    expect(cursor(page)).to_have_attribute("aria-valuetext", "letter 3 of 7, ◌̈")
    for number in (0, 1, 3, 5):
        marked = part(page, number).locator(".at")
        expect(marked.first).to_contain_text("◌̈")
    captions = part(page, 3).locator("figcaption")
    expect(captions.first).to_have_text("Forward, has read mü")
    expect(captions.last).to_have_text(re.compile("Backward, has read rell"))


def test_play_steps_until_it_is_paused(page):
    button(page, "▶ Play").click()
    expect(cursor(page)).to_have_attribute("aria-valuenow", re.compile("[2-6]"))
    button(page, "Pause").click()
    at = cursor(page).get_attribute("aria-valuenow")
    page.wait_for_timeout(1200)  # longer than a step
    expect(cursor(page)).to_have_attribute("aria-valuenow", at)


def test_play_stops_where_the_answer_changes(visit):
    page = visit("#name=Kowalczyk&tab=reading")
    so_far = part(page, 0).locator("[data-so-far]")
    part(page, 0).get_by_label("Stop where it changes its mind").check()
    button(page, "▶ Play").click()
    expect(button(page, "▶ Play")).to_be_visible()
    expect(so_far).to_contain_text("no longer")
    place = cursor(page).get_attribute("aria-valuenow")
    assert 1 < int(place) < len("Kowalczyk")


def test_the_label_of_the_data_is_among_the_lines_as_on_the_first_tab(visit):
    page = visit("#name=Macron")
    verdict = page.locator("#bars .verdict")
    expect(verdict).to_contain_text("French")
    headline, reason = verdict.inner_text().split("\n")
    open_tab(page, "How it reads")
    first = part(page, 0)
    expect(first.locator(".of-data")).to_have_text(f"{headline} {reason}")
    expect(first.locator(".bars li", has_text="our data")).to_contain_text("French")


def test_with_reduced_motion_nothing_plays(visit):
    page = visit("#name=Kim&tab=reading", reduced_motion="reduce")
    expect(cursor(page)).to_have_attribute("aria-valuemax", "3")
    button(page, "Next letter").click()
    expect(cursor(page)).to_have_attribute("aria-valuenow", "2")
    expect(button(page, "▶ Play")).to_have_count(0)


def test_an_embedding_is_the_sum_of_its_parts(page):
    part(page, 2).locator("summary").click()
    starts = [
        "letter: m",
        "+ group of 2",
        "+ group of 3",
        "+ group of 4",
        "+ 3 scripts",
        "= sum",
    ]
    texts = part(page, 2).locator(".parts p").all_inner_texts()
    for text, start in zip(texts, starts, strict=True):
        assert text.startswith(start)


@pytest.fixture
def unit_17(page):
    """The part on the gates, at unit 17."""
    gates = part(page, 3)
    gates.get_by_label("Unit", exact=True).fill("17")
    expect(of_unit(page)).to_have_text("Unit 17 at “m”, reading forward")
    return gates


def test_the_gates_of_a_unit_give_its_state(unit_17):
    texts = unit_17.locator(".gates b i").all_inner_texts()
    numbers = [float(text.replace("−", "-")) for text in texts]
    reset, update, new, state = numbers
    assert 0 < reset < 1
    assert state == pytest.approx((1 - update) * new, abs=0.02)
    expect(unit_17).to_contain_text("there is no old state yet")


def test_a_unit_s_state_is_the_next_letter_s_memory(page, unit_17):
    *_, state = unit_17.locator(".gates b i").all_inner_texts()
    button(page, "Next letter").click()
    expect(unit_17).to_contain_text("of the memory")
    expect(unit_17.locator(".cell text[data-wire=old]")).to_have_text(state)


def test_a_gate_is_marked_in_list_drawing_map(unit_17):
    unit_17.locator("li", has_text="Update gate").focus()
    marked = {".gates li": 1, ".cell g": 1, ".chosen i": 2}
    for place, count in marked.items():
        expect(unit_17.locator(f"{place}.lit")).to_have_count(count)
    unit_17.locator(".cell [data-part=letter] text").hover()
    expect(unit_17.locator(".chosen i.lit")).to_have_class("now lit")


def test_a_unit_of_the_other_direction_is_shown(page, unit_17):
    unit_17.locator(".direction").select_option("backward")
    expect(of_unit(page)).to_contain_text("reading backward")
    expect(part(page, 7).locator(".excites li mark")).to_have_count(6)


def test_a_unit_is_picked_on_the_map(page, unit_17):
    unit_17.locator(".direction").select_option("backward")
    states = unit_17.locator(".map").last
    states.scroll_into_view_if_needed()
    size = states.bounding_box()
    bottom = {"x": size["width"] * 0.5, "y": size["height"] * 0.997}
    states.click(position=bottom)
    last = re.compile("Unit 12[78] at “l”, reading backward")
    expect(of_unit(page)).to_have_text(last)


def test_it_ends_in_the_answer_of_the_name_tab(page):
    answer = TextClassifier.load(SHIPPED).answer("Müller", 1)
    label, probability = answer.predictions[0]
    cursor(page).press("End")
    expect(best(page)).to_have_text(label)
    first_row = part(page, 5).locator("tbody tr").first
    last = first_row.locator("td").last
    expect(last).to_have_text(f"{100 * probability:.0f}")


def test_the_picture_of_the_whole_way_leads_on(page):
    cursor(page).press("End")
    way = part(page, 0).get_by_role("link")
    expect(way.last).to_contain_text("German")
    way.filter(has_text="Scores").click()
    expect(part(page, 4)).to_be_in_viewport()


SIZES = [(1024, 768), (1280, 720)]  # of projectors
# What came has moved it
IS_IN_PLACE = """(section) => {
  section.scrollIntoView();
  const [foot] = document.querySelectorAll('.model-head .introduction');
  return section.getBoundingClientRect().bottom <= foot.getBoundingClientRect().top;
}"""


@pytest.fixture(params=SIZES)
def large(visit, request):
    width, height = request.param
    page = visit("#name=Papadopoulos&tab=reading&view=large", width, height)
    expect(part(page, 2).locator(".vector img")).to_be_visible()
    expect(part(page, 7).locator(".excites li")).to_have_count(6)
    return page


def edges(locator):
    return locator.evaluate(
        "(e) => { const {top, bottom} = e.getBoundingClientRect(); return [top, bottom] }"
    )


def bottom_of_bars(page):
    bars = page.locator(".reader, [role=tablist]").locator("visible=true").all()
    return max(edges(bar)[1] for bar in bars)


def test_each_part_is_on_one_screen_in_the_presenter_s_view(large):
    for number in range(8):
        section = part(large, number)
        section.evaluate("(e) => e.scrollIntoView()")
        if number == 6:
            expect(section.locator(".against figure")).to_have_count(3)
        if number == 7:
            expect(section.locator(".many li")).to_have_count(30)
        large.wait_for_function(IS_IN_PLACE, arg=section.element_handle())
        bars = bottom_of_bars(large)
        top, _ = edges(section)
        if number:
            assert bars <= 100
        assert bars - 1 <= top


def test_the_guide_outlines_what_can_be_seen(large):
    large.get_by_role("button", name="Guide in six steps").locator(
        "visible=true"
    ).click()
    guide = large.locator(".guide").locator("visible=true")
    for place in [".way", ".vector", ".fields", ".cell", ".scores-table", ".so-far"]:
        told = large.locator(f"{place}.told").locator("visible=true")
        top, bottom = edges(told)
        assert bottom_of_bars(large) <= top
        assert bottom <= edges(guide)[0]
        button(large, "Next step").click()


def test_the_guide_has_names_to_try(page):
    button(page, "Guide in six steps").click()
    for _ in range(5):
        button(page, "Next step").click()
    button(page, "Kowalczyk").click()
    expect(best(page)).to_have_text("Polish")
    button(page, "Close").click()
    expect(page.locator(".told")).to_have_count(0)


def test_two_names_are_at_first_the_typed_one_and_the_nearest(visit):
    page = visit("#name=Martin")
    page.get_by_role("button", name="What would make it another").click()
    nearest = page.locator("[data-nearest] li").first
    changed = nearest.get_by_role("button").inner_text()
    label = nearest.locator("b").inner_text()
    open_tab(page, "How it reads")
    expect(of_unit(page)).to_be_visible()
    part(page, 6).scroll_into_view_if_needed()
    captions = part(page, 6).locator(".against figcaption")
    expect(captions.first).to_contain_text("Martin:")
    expect(captions.nth(1)).to_contain_text(f"{changed}: {label}")


def test_a_batch_of_two_names_is_sorted_by_length(page):
    part(page, 6).get_by_label("Second name").fill("Papadopoulos")
    part(page, 1).locator("summary").click()
    rows = part(page, 1).locator(".batch tbody tr")
    expect(rows.first.locator("th")).to_have_text("papadopoulos")
    n_missing = len("papadopoulos") - len("mu\u0308ller")
    expect(rows.locator(".padding")).to_have_count(2 * n_missing)


def test_two_names_are_set_against_each_other(page):
    names = part(page, 6)
    names.get_by_label("Second name").fill("42")
    expect(names).to_contain_text("There is no letter")
    names.get_by_role("button", name="Ivanov | Ivanova").click()
    expect(names.locator("figcaption").first).to_contain_text("Ivanov: Russian")


def test_the_network_just_trained_is_read_in_place_of_the_shipped_one(page):
    button(page, "the network you have just trained").click()
    button(page, "train a network").click()
    button(page, "One step").click()
    open_tab(page, "How it reads")
    size = re.compile("a state of (8|16|24|32|48|64) numbers")
    expect(part(page, 3)).to_contain_text(size)
    expect(part(page, 7).locator(".excites li mark")).to_have_count(6)
    button(page, "the shipped model").click()
    expect(part(page, 3)).to_contain_text("a state of 128 numbers")


def many(page):
    part(page, 7).scroll_into_view_if_needed()
    expect(part(page, 7).locator(".many li")).to_have_count(30)
    return part(page, 7)


def test_the_units_that_answer_to_a_beginning_are_offered(page):
    units = many(page)
    expect(units.get_by_label("Search")).to_have_value("-ler")
    units.get_by_label("Search").fill("O'")
    expect(units.locator(".answering")).to_contain_text("answer best to O'")
    units.locator(".answering button").first.click()
    first = units.locator(".many .searched").first
    last = units.locator(".many .searched").last
    for letter in (first, last):
        expect(letter).to_have_text(re.compile("[o']"))
    expect(units.locator(".many .searched")).to_have_count(2 * 20)


def test_the_network_just_trained_has_its_own_units(page):
    button(page, "the network you have just trained").click()
    button(page, "train a network").click()
    button(page, "One step").click()
    open_tab(page, "How it reads")
    units = many(page)
    units.get_by_label("Search").fill("-ova")
    expect(units.locator(".answering")).to_contain_text("answer best to -ova")
    buttons = units.locator(".answering button")
    buttons.first.click()
    expect(buttons.first).to_have_attribute("aria-pressed", "true")


def test_what_is_typed_or_deleted_there_is_so_everywhere(page):
    first_of_two = part(page, 6).locator("figcaption").first
    part(page, 6).scroll_into_view_if_needed()
    expect(first_of_two).to_contain_text("Müller")
    box = page.locator(".reading .typed").locator("visible=true")
    box.fill("")
    problem = page.locator(".reading .problem").locator("visible=true")
    expect(problem).to_contain_text("The text is empty")
    expect(cursor(page)).to_have_count(0)
    expect(first_of_two).to_contain_text("Müller")  # has its own
    open_tab(page, "Name")
    expect(page.locator("#bars")).to_contain_text("appear here while you type")
    open_tab(page, "How it reads")
    box.fill("Rossi")
    expect(best(page)).to_have_text("Italian")
    open_tab(page, "Name")
    expect(page.locator("#bars .verdict")).to_contain_text("Italian")
    letters = page.locator("#letters .letters li")
    expect(letters).to_have_count(5)  # leaving ends nothing halfway


def test_a_review_has_the_sentiment_after_each_word(visit):
    page = visit("#name_review=beautiful,+but+empty&tab=reading")
    expect(part(page, 5).locator("tbody tr th")).to_have_text(LABELS)
    expect(part(page, 7)).to_contain_text("the model comes without them")


def test_han_characters_are_read_by_kind(visit):
    page = visit("#name=佐藤&tab=reading")
    parts = part(page, 2).locator(".parts p")
    expect(parts).to_have_count(6)
    texts = parts.all_text_contents()  # which are folded
    is_by_kind = [", by kind" in text for text in texts]
    assert is_by_kind == [False, True, True, True, False, False]


def test_a_round_of_guesses_is_of_the_project_s_own_sentences(visit):
    with open(ROOT / "data" / "own_reviews.tsv", encoding="utf-8") as file:
        rows = list(csv.DictReader(file, delimiter="\t"))
    own = {}
    for row in rows:
        sentiment = int(row["Sentiment"])
        own[row["Phrase"]] = LABELS[sentiment]
    page = visit("#name_review=a+fine+film")
    tab = page.get_by_role("tab", name="Review", exact=True)
    expect(tab).to_be_visible()
    button(page, "Play against the network").click()
    dialog = page.get_by_role("dialog", name="Play against the network")
    game = dialog.locator("visible=true")
    said = game.locator(".said")
    place = game.locator(".tally span").first
    texts = set()
    for i in range(10):
        expect(place).to_have_text(f"{i + 1} of 10")
        text = game.locator("h2").inner_text()
        texts.add(text)
        buttons = game.locator(".choices button").all_inner_texts()
        choices = [button[2:] for button in buttons]
        assert sorted(choices, key=LABELS.index) == choices
        assert len(choices) == 3
        label = own[text]
        right = choices.index(label)
        is_right = i > 0  # the first guess is wrong
        chosen = right if is_right else (right + 1) % 3
        verdict = "Right" if is_right else "Wrong"
        page.keyboard.press(str(chosen + 1))
        expect(said).to_contain_text(f"{verdict}: it is {label}.")
        expect(said).to_contain_text("The network")
        if i < 9:
            page.keyboard.press("Enter")  # Next has the focus
    assert len(texts) == 10
    network = game.locator(".tally b").last.inner_text()
    expect(game.locator(".result")).to_contain_text(f"9 to {network}.")
    game.get_by_role("button", name="Another round").click()
    expect(place).to_have_text("1 of 10")
    assert game.locator("h2").inner_text() not in texts
    page.keyboard.press("Escape")
    expect(game).to_have_count(0)
