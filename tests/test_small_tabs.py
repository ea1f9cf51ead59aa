"""Name, List, the game and the address of the exported page of a small model, in chromium."""

import csv
import io
import re

import pytest
from conftest import TEST, needs_chromium, open_tab, visiting
from playwright.sync_api import expect

from model import TextClassifier

pytestmark = needs_chromium
TABS = ["Name", "How it reads", "Train", "List", "Test results", "About"]


@pytest.fixture
def visit(window, small_page):
    with visiting(window, small_page.as_uri()) as open_page:
        yield open_page


@pytest.fixture(scope="module")
def classifier(complete_folder):
    return TextClassifier.load(complete_folder)


def dialog(page):
    return page.get_by_role("dialog", name="Play against the network")


def read(page, text):
    box = page.get_by_role("textbox", name="one a line")
    expect(box).to_be_visible()
    box.fill(text)
    page.get_by_role("button", name="Read the list").click()
    expect(page.locator("#summary")).to_contain_text("read")


def rows(page):
    table = page.locator("#rows tr").all()
    return [row.locator("th, td").all_inner_texts() for row in table]


def test_a_round_counts_what_the_visitor_and_what_the_network_got_right(
    visit, classifier
):
    page, label_of = visit("#name=Rossi"), dict(TEST)
    page.get_by_role("button", name="Play against the network").click()
    game, you, network = dialog(page), 0, 0
    tally, said = game.locator(".tally"), game.locator(".said")
    places = ["1 of 3", "2 of 3", "3 of 3"]
    seen = set()
    for i, place in enumerate(places):
        expect(tally.locator("span").first).to_have_text(place)
        expect(said).to_be_empty()
        seen.add(text := game.locator("h2").inner_text())
        choices = game.locator(".choices button")
        labels = [choice[2:].strip() for choice in choices.all_inner_texts()]
        expect(choices.first).to_be_focused()
        right = labels.index(label_of[text])
        chosen = right if i != 1 else (right + 1) % len(labels)
        ((answer, probability),) = classifier.answer(text, 1).predictions
        page.keyboard.press(str(chosen + 1))
        you, network = you + (i != 1), network + (answer == label_of[text])
        expect(said).to_contain_text(
            f"{'Wrong' if i == 1 else 'Right'}: it is {label_of[text]}."
        )
        expect(said).to_contain_text(
            f"The network says {answer} ({100 * probability:.0f}%)"
        )
        is_right = answer == label_of[text]
        expect(said).to_contain_text(f"and is {'right' if is_right else 'wrong'}.")
        assert tally.locator("b").all_inner_texts() == [str(you), str(network)]
        expect(choices.nth(right)).to_have_class("right")
        expect(game.locator(".choices .wrong")).to_have_count(int(i == 1))
        choices.nth(right).click(force=True)  # a second answer is none
        assert tally.locator("b").all_inner_texts() == [str(you), str(network)]
        expect(game.locator(".next")).to_have_count(1)
        if i < 2:
            expect(game.locator(".result")).to_have_count(0)
            game.get_by_role("button", name="Next").click()
    assert seen == label_of.keys()
    ends = {1: "You beat the network.", -1: "The network wins this round."}
    end = ends.get((you > network) - (you < network), "It is a draw.")
    expect(game.locator(".result")).to_have_text(f"{you} to {network}. {end}")
    game.get_by_role("button", name="Another round").click()  # all are seen: again
    expect(tally.locator("b")).to_have_text(["0", "0"])
    game.get_by_role("button", name="Close").click()
    expect(game).to_be_hidden()


def test_a_list_is_answered_counted_and_comes_as_csv(visit, classifier):
    page = visit("#name=Rossi&tab=list")
    names = ["Rossi", "Kimura", "5", "Popov", "Rossi"]
    read(page, "\n".join(names))
    expect(page.locator("#summary p")).to_have_text(
        "5 rows read, 1 of them with a problem."
    )
    head, *body = rows(page)
    assert head[:5] == ["#", "name", "1st", "2nd", "3rd"]
    for i, (name, row) in enumerate(zip(names, body, strict=True)):
        assert row[:2] == [str(i + 1), name]
        if name == "5":
            assert "no letter" in " ".join(row)
            continue
        found = classifier.answer(name, 3).predictions
        for cell, (label, probability) in zip(row[2:5], found, strict=True):
            of, share = cell.rsplit(" ", 1)
            assert of == label
            assert float(share.strip("<>%")) == pytest.approx(
                100 * probability, abs=0.11
            )
    with page.expect_download() as download:
        page.get_by_role("link", name="Download as CSV").click()
    content = download.value.path().read_bytes()
    assert content.startswith(b"\xef\xbb\xbf")
    table = [*csv.reader(io.StringIO(content.decode("utf-8-sig")))]
    assert [row[0] for row in table][-5:] == names
    assert table[-5][1] == body[0][2].rsplit(" ", 1)[0]
    expect(page.locator("#chart")).to_contain_text("in the list")
    counts = page.locator("#chart .value").all_inner_texts()
    shares = [float(re.search(r"[\d.]+", count)[0]) for count in counts]
    assert shares == sorted(shares, reverse=True)
    read(page, "Rossi")
    expect(page.locator("#summary p")).to_have_text("1 row read.")
    assert len(rows(page)) == 2


def test_a_table_is_asked_about_and_the_chosen_column_is_read(visit, tmp_path):
    page = visit("#name=Rossi&tab=list")
    title = "a title of a column that is longer than sixty characters as some are"
    file = tmp_path / "mine.csv"
    file.write_text(f"{title},person\nRome,Rossi\nTokyo,Kimura\n", "utf-8")
    page.locator("#list [type=file]").set_input_files(file)
    expect(page.locator(".choice")).to_be_visible()
    page.get_by_role("button", name="Read the list").click()
    expect(page.locator("#list .problem")).to_contain_text("Say first whether")
    expect(page.locator("#header select")).to_be_focused()
    options = page.locator("#header option").all_inner_texts()
    page.locator("#header select").select_option(index=1)
    assert options[1] == f"Yes: {title}, person"[:60]
    preview = page.locator(".preview")
    expect(preview.locator("th")).to_have_text([title[:60], "person"])
    expect(preview.locator("tbody tr")).to_have_count(2)
    page.get_by_role("button", name="Read the list").click()
    expect(page.locator("#list .problem")).to_contain_text("which column")
    page.locator("#column select").select_option("person")
    expect(preview.locator("th.chosen")).to_have_text("person")
    expect(page.locator(".found")).to_contain_text("column person of 2, with a heading")
    page.get_by_role("button", name="Read the list").click()
    expect(page.locator("#rows tr th[scope=row]")).to_have_text(["Rossi", "Kimura"])
    page.locator("#header select").select_option("0")
    expect(page.locator("#rows tr")).to_have_count(0)
    expect(page.locator(".found")).to_contain_text("column 2 of 2, no heading")
    page.get_by_role("button", name="Read the list").click()
    expect(page.locator("#rows tr th[scope=row]")).to_have_text(
        ["person", "Rossi", "Kimura"]
    )


def test_tabs_are_turned_by_arrow_keys_and_one_of_them_is_in_the_tab_order(visit):
    page = visit("#name=Rossi")
    page.get_by_role("tab", name="Name").focus()
    for name in ["How it reads", "Train"]:
        page.keyboard.press("ArrowRight")
        expect(page.get_by_role("tab", name=name)).to_be_focused()
    page.keyboard.press("ArrowLeft")
    page.keyboard.press("ArrowLeft")
    page.keyboard.press("ArrowLeft")  # round the end
    for name in TABS:
        tab = page.get_by_role("tab", name=name, exact=True)
        is_open = name == "About"
        expect(tab).to_have_attribute("aria-selected", str(is_open).lower())
        expect(tab).to_have_attribute("tabindex", "0" if is_open else "-1")
    panels = page.locator("[role=tabpanel]").locator("visible=true")
    expect(panels).to_have_attribute("aria-labelledby", "tab-about")
    page.keyboard.press("x")
    expect(page.get_by_role("tab", name="About")).to_be_focused()


def test_the_address_follows_text_number_and_tab_and_back_returns(visit):
    page = visit("#name=Rossi&k=2")
    expect(page.locator("#bars .bars li")).to_have_count(2)
    page.get_by_label("Surname", exact=True).fill("Kimura")
    page.get_by_label("Languages to show").first.fill("1")
    page.wait_for_url("**/*#name=Kimura&k=1")
    expect(page.locator("#bars .bars li")).to_have_count(1)
    open_tab(page, "List")
    page.wait_for_url("**/*#name=Kimura&k=1&tab=list")
    page.get_by_role("tab", name="Name").click()
    page.wait_for_url("**/*#name=Kimura&k=1")
    page.get_by_label("Surname", exact=True).fill("Popov")
    open_tab(page, "About")  # what was typed is kept
    page.wait_for_url("**/*#name=Popov&k=1&tab=about")
    page.go_back()
    expect(page.get_by_role("tab", name="Name")).to_have_attribute(
        "aria-selected", "true"
    )
    expect(page.get_by_label("Surname", exact=True)).to_have_value("Popov")
    page.go_back()
    expect(page.get_by_role("tab", name="List")).to_have_attribute(
        "aria-selected", "true"
    )


def test_the_copied_link_opens_the_same_page_and_code_is_copied_whole(visit):
    page = visit("#name=Popov&tab=reading")
    page.get_by_role("button", name="Copy link").locator("visible=true").click()
    link = page.evaluate("() => navigator.clipboard.readText()")
    assert link.endswith("#name=Popov&k=3&tab=reading")
    expect(page.get_by_role("button", name="Copied")).to_be_visible()
    open_tab(page, "About")
    code = page.locator("#about pre code").first
    page.locator("#about .copy").first.click()
    copied = page.evaluate("() => navigator.clipboard.readText()")
    assert copied == code.text_content()
    assert (
        page.locator("#about .copy").count() == page.locator("#about pre code").count()
    )


def test_in_the_presenter_s_view_keys_turn_the_parts_and_then_the_tabs(visit):
    page = visit("#name=Popov&tab=reading&view=large")
    expect(page.locator("html")).to_have_class("large")
    # Before the parts are drawn, the page is too short to turn to the second one.
    expect(page.locator(".reading .scores-table tr").first).to_be_visible()
    zoom = page.evaluate(
        "() => [getComputedStyle(document.documentElement).getPropertyValue('--zoom'),"
        " innerWidth / 731, screen.height / 548]"
    )
    assert float(zoom[0]) == pytest.approx(min(zoom[1:]), abs=1e-3)
    tops = []
    for key in ("PageDown", "ArrowRight"):
        page.keyboard.press(key)
        tops.append(page.evaluate("() => scrollY"))
    assert 0 < tops[0] < tops[1]
    page.keyboard.press("PageUp")
    page.keyboard.press("ArrowLeft")
    assert page.evaluate("() => scrollY") < tops[0]
    page.evaluate("() => scrollTo(0, document.documentElement.scrollHeight)")
    page.keyboard.press("PageDown")
    expect(page.get_by_role("tab", name="Train")).to_have_attribute(
        "aria-selected", "true"
    )
    page.keyboard.press("Escape")
    expect(page.locator("html")).not_to_have_class("large")


def test_in_a_frame_there_is_the_box_with_its_bars_alone(visit):
    page = visit("?embed=1#name=Rossi")
    expect(page.locator("#bars .bars li").first).to_be_visible()
    expect(page.get_by_role("tablist")).to_be_hidden()
    page = visit("#name=Rossi")
    expect(page.get_by_role("tablist")).to_be_visible()
    expect(page.locator("#letters .letters b")).to_have_text(list("Rossi"))
    page.get_by_label("Surname", exact=True).fill("Popov")
    expect(page.locator("#letters .letters b")).to_have_text(list("Popov"))
    page.locator("#examples button").first.click()
    text = page.locator("#examples button").first.get_attribute("data-text")
    expect(page.get_by_label("Surname", exact=True)).to_have_value(text)
