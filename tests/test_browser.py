"""The page as a person uses it, in Debian's chromium."""

import csv
import re

import pytest
from conftest import (
    MARKER,
    SHIPPED,
    assert_accessible,
    needs_chromium,
    open_tab,
    shades,
)
from models import load
from playwright.sync_api import expect

from model.data.reviews import LABELS
from model.tabs.look import SHARED
from model.tabs.markup import script

WATCH_TOPS = """() => {
  const parts = ['#letters', '#notes', '#examples', 'footer'].map((s) => document.querySelector(s));
  window.tops = new Set();
  (function note() {
    tops.add(String(parts.map((part) => part.getBoundingClientRect().top + scrollY)));
    requestAnimationFrame(note);
  })();
}"""
FOCUSED_NAME = """() => {
  const e = document.activeElement;
  return e.ariaLabel || e.labels?.[0]?.innerText || e.innerText;
}"""
# What a visitor sees of tabs, text and answer, from frame to frame.
WATCH_ANSWERS = """
const visible = (parts) => [...document.querySelectorAll(parts)].filter((p) => p.offsetParent);
window.seen = new Set();
(function note() {
  const [app, verdict] = [document.querySelector('gradio-app'), visible('.verdict')[0]];
  const [text, typed] = [visible('[id^=name] textarea')[0], visible('.typed')[0]?.value];
  const tabs = visible('[aria-selected=true]').map((tab) => tab.innerText);
  const shown = [...tabs, text?.value, verdict?.firstChild.data, typed].filter(Boolean).join();
  if (app && shown && getComputedStyle(app).opacity > 0) seen.add(shown);
  requestAnimationFrame(note);
})();
"""
pytestmark = needs_chromium


@pytest.fixture
def page(visit):
    page = visit()
    page.locator("#letters .letters").wait_for()  # until then typing may be overtaken
    return page


def surname(page):
    return page.get_by_label("Surname", exact=True)


def sentence(page):
    return page.get_by_label("Sentence or phrase", exact=True)


def bars(page):
    return page.locator("#bars .bars li")


def cell(page, true, predicted):
    return page.get_by_role("button", name=f"{true} read as {predicted}:")


def read_list(page, text=None, file=None):
    """Paste a list or choose a file on the List tab, and press the button."""
    if text is not None:
        page.get_by_label("Names, one a line").fill(text)
    if file is not None:
        page.locator("#file input[type=file]").set_input_files(file)
        expect(page.get_by_label("Column of names")).to_be_visible()
    page.get_by_role("button", name="Read the list").click()


def download(page, link="Download as CSV"):
    """Return the path of what a link downloads."""
    with page.expect_download() as found:
        page.get_by_role("link", name=link).click()
    return found.value.path()


def letters(page):
    return page.locator("#letters .letters li")


def test_the_answer_to_an_example_is_there_at_first(page):
    expect(page.locator("#bars .verdict")).to_contain_text("German")
    expect(letters(page)).to_have_count(len("Müller"))
    sums = re.compile(r"\+\d+\.\d in all, from .* to ")
    expect(page.locator("#letters")).to_contain_text(sums)


def test_the_answer_follows_the_typing(page):
    expect(surname(page)).to_be_focused()
    page.keyboard.type("Nakamura")
    expect(bars(page).first).to_contain_text("Japanese")


def test_without_a_text_there_is_no_answer(page):
    surname(page).fill("")
    expect(page.locator("#bars .bars")).to_have_count(0)
    expect(page.locator("#notes")).to_have_text("")


def test_where_the_server_gives_no_answer_the_page_says_so_and_enter_asks_again(
    reloaded,
):
    page = reloaded
    page.goto("/#name=Kim")
    expect(bars(page).first).to_contain_text("Korean")
    page.route("**/component_server/*", lambda route: route.abort())
    surname(page).fill("Rossi")
    expect(page.locator("#bars")).to_have_text(re.compile("There is no answer"))
    page.unroute("**/component_server/*")
    surname(page).press("Enter")
    expect(bars(page).first).to_contain_text("Italian")
    expect(surname(page)).to_have_value("Rossi")


def test_the_letters_follow_the_last_text_typed(page):
    surname(page).fill("")
    surname(page).press_sequentially("Papadopoulos", delay=40)
    title = "What each letter adds to the score of Greek"
    expect(page.locator("#letters")).to_contain_text(title)
    expect(letters(page).locator("b")).to_have_text(list("Papadopoulos"))


def test_arabic_letters_stand_from_right_to_left(page):
    surname(page).fill("حداد")
    expect(letters(page)).to_have_count(4)
    first, last = letters(page).first, letters(page).last
    assert first.bounding_box()["x"] > last.bounding_box()["x"]


def test_a_name_in_another_script_is_romanised(page):
    surname(page).fill("Иванов")
    expect(page.locator("#bars .verdict")).to_contain_text("Russian")
    expect(page.locator("#notes")).to_contain_text("In Latin letters: “Ivanov”")


def test_the_page_says_how_a_text_was_read(page):
    markup = "<img src=x> $& %s"
    for text, part, message in (
        ("x" * 60, "#letters", "up to 40 characters"),
        ("Rossi🙂⚡", "#notes", "Ignored: 🙂 ⚡"),
        ("Ki\x07m", "#notes", "Ignored: U+0007"),
        ("12345", "#bars", "no letter"),
        (f"Jo ({markup})", "#notes", f"Left out: “({markup})”."),
    ):
        surname(page).fill(text)
        expect(page.locator(part).first).to_contain_text(message)
    expect(page.locator("#notes img")).to_have_count(0)


def test_a_name_of_none_of_the_languages_has_a_nearest_one_and_ways_on(page):
    expect(page.locator(".ways").first).to_be_hidden()
    surname(page).fill("Okafor")
    expect(page.locator(".verdict").first).to_contain_text("None of these")
    expect(bars(page).last).to_contain_text("None of these 18 languages")
    letters = page.locator("#letters")
    nearest = bars(page).first.locator(".of").inner_text()
    expect(letters).to_contain_text(f"Why? The nearest is {nearest}")
    ways = page.locator("#nearest")
    ways.get_by_role("button", name="Play against").click()
    expect(page.locator(".game[open]").first).to_contain_text("1 of 10")
    page.keyboard.press("Escape")
    ways.get_by_role("button", name="Train a network").click()
    expect(page.locator(".train [name=data]")).to_have_value("own")
    page.go_back()
    letters.locator(".compare button").click()
    expect(page.locator(".verdict").first).to_contain_text(nearest)


def test_a_name_of_one_other_letter_is_opened_from_its_list(page):
    surname(page).fill("Martin")
    page.get_by_role("button", name="What would make").first.click()
    listed = page.locator("#nearest [data-nearest=Martin] li")
    expect(listed.first).to_be_visible()
    italian = page.locator("#nearest [data-label=Italian]")
    expect(italian.locator("ins, del")).to_have_count(1)
    italian.get_by_role("button").click()
    expect(surname(page)).to_have_value(italian.locator("bdi").inner_text())
    expect(bars(page).first).to_contain_text("Italian")
    expect(listed.first).to_be_visible()  # to go on from
    surname(page).fill("Rossi")
    expect(listed).to_have_count(0)


def test_an_example_has_the_network_s_answer_beside_it(page):
    hard = page.locator("#examples h3:has-text('Hard ones') + p button")
    assert {"Lee", "Martin", "Kos"} <= set(hard.locator("bdi").all_inner_texts())
    classifier = load(SHIPPED)
    for example in hard.all_inner_texts():
        text, _, answer = example.partition(": the network says ")
        if answer:
            first, _, _ = answer.partition(" or ")
            assert first in classifier.predict(text, 1)


def test_a_visitor_chooses_whether_all_languages_are_shown(visit):
    page = visit("#k=99&name=")  # which is no number of languages
    surname(page).fill("Martin")
    expect(bars(page)).to_have_count(3 + 1)  # and none of them
    for name, count in (("Show all", 18), ("Show fewer", 3), ("Show all", 18)):
        page.get_by_role("button", name=name).click()
        expect(bars(page)).to_have_count(count + 1)


def test_an_address_says_how_many_languages_are_shown(visit):
    page = visit("#k=4&name=Martin")
    expect(bars(page)).to_have_count(4 + 1)
    page.get_by_role("button", name="Show all").click()
    expect(bars(page)).to_have_count(18 + 1)


def test_an_example_is_answered_at_a_click(page):
    page.get_by_text("Dvořák").click()
    expect(bars(page).first).to_contain_text("Czech")


def test_fourteen_examples_are_seen_and_the_others_at_a_click(page):
    examples = page.locator("#examples button").locator("visible=true")
    expect(examples).to_have_count(14)
    page.get_by_text("More examples").click()
    expect(examples).to_have_count(34)


def test_a_copied_link_opens_the_same_page(page, visit):
    page.get_by_role("button", name="Show all").click()
    surname(page).fill("O'Néill & Ko")
    last = letters(page).last
    expect(last).to_contain_text("o")  # ends nothing halfway
    page.get_by_role("button", name="Copy link").click()
    expect(page.get_by_role("button", name="Copied")).to_be_visible()
    link = page.evaluate("navigator.clipboard.readText()")
    visit("#" + link.split("#")[1])
    expect(surname(page)).to_have_value("O'Néill & Ko")
    expect(bars(page)).to_have_count(18 + 1)


def test_a_picture_of_the_answer_stands_beside_the_link(page):
    surname(page).fill("O'Neill")
    expect(letters(page)).to_have_count(len("O'Neill"))
    share = page.get_by_role("button", name="Share picture")
    expect(share).to_have_attribute("data-share", "O'Neill")
    share.click()
    dialog = page.get_by_role("dialog", name="Picture of the answer")
    picture = dialog.get_by_role("img", name="The answer to O'Neill as a picture")
    expect(picture).to_be_visible()
    expect(dialog.get_by_role("button", name="Copy link")).to_be_visible()
    size = "(image) => [image.naturalWidth, image.naturalHeight]"
    picture.evaluate("(image) => image.decode()")
    assert picture.evaluate(size) == [1200, 630]
    with page.expect_download() as download:
        dialog.get_by_role("link", name="Download").click()
    assert download.value.path().stat().st_size > 5000
    assert_accessible(page)


@pytest.fixture
def reloaded(browser, app_url):
    """A page that may be reloaded, whereupon it says that its requests were aborted."""
    page = browser.new_page(base_url=app_url)
    yield page
    page.close()


def test_a_link_shows_its_text_from_the_first_frame_on(reloaded):
    page, asked = reloaded, []
    page.add_init_script(WATCH_ANSWERS)
    page.on("request", lambda request: asked.append(request.url))
    for link, seen in (
        ("#name=Papadopoulos&k=5", "Surnames,Name,Papadopoulos,Greek"),
        ("#name=Kim&tab=reading", "Surnames,How it reads,Kim"),
        (
            "#name_review=a+fine+film",
            "Film reviews,Review,a fine film,somewhat positive",
        ),
        ("#name=12", "Surnames,Name,12"),
    ):
        page.goto("about:blank")
        page.goto(f"/{link}")
        for open_again in (page.reload, str):
            page.wait_for_function("seen => window.seen?.has(seen)", arg=seen)
            before = page.evaluate("[...window.seen]")
            assert before in ([seen], [seen.removesuffix(",Kim"), seen])
            open_again()
    assert not any(
        name in url for url in asked for name in ("Papadopoulos", "Kim", "fine")
    )


def test_the_address_follows_the_page(reloaded):
    page, verdict = reloaded, reloaded.locator("#bars .verdict")
    page.goto("/")
    surname(page).fill("Kim")  # before the letters of the first name are explained
    expect(page.locator("#letters")).to_contain_text("score of Korean")
    open_tab(page, "Test results")
    open_tab(page, "Film reviews")
    sentence(page).fill("a fine film")
    page.wait_for_url("**/#name_review=a+fine+film")
    open_tab(page, "List")
    page.wait_for_url("**/#name_review=a+fine+film&tab=list")
    page.go_back()
    expect(sentence(page)).to_have_value("a fine film")
    page.go_back()
    page.wait_for_url("**/#name=Kim&k=3&tab=test")
    expect(page.locator("#matrix")).to_be_visible()
    page.reload()  # of the reviews nothing is drawn now
    expect(page.locator("#matrix")).to_be_visible()
    page.go_forward()
    expect(sentence(page)).to_have_value("a fine film")
    page.go_back()
    page.go_back()
    expect(verdict).to_contain_text("Korean")
    page.evaluate("location.hash = 'name=Rossi&k=2&tab=reading'")  # as if typed by hand
    expect(page.locator(".reading .typed").locator("visible=true")).to_have_value(
        "Rossi"
    )
    page.go_back()
    expect(bars(page)).to_have_count(3 + 1)
    open_tab(page, "Film reviews")
    page.evaluate(
        "location.hash = 'name=Kim&tab=list'"
    )  # a tab that was not the model's last one
    page.wait_for_url("**/#name=Kim&k=3&tab=list")


def test_the_page_of_the_hub_around_a_static_space_gets_its_address(browser):
    source = script(*SHARED)
    inner = (
        f'<meta name="space" content="a/b" data-sdk="static"><script>{source}</script>'
    )
    outer = """<script>onmessage = ({data}) => { window.heard = data; }</script>
    <iframe src="https://static.hf.space/?__sign=s&embed=1&__theme=dark#name=Kim"></iframe>"""
    page, html = browser.new_page(), {"content_type": "text/html"}
    page.route(
        "https://static.hf.space/*", lambda route: route.fulfill(body=inner, **html)
    )
    page.route(
        "https://huggingface.co/", lambda route: route.fulfill(body=outer, **html)
    )
    page.goto("https://huggingface.co/")
    page.wait_for_function("window.heard")
    assert page.evaluate("heard") == {"queryString": "?embed=1", "hash": "#name=Kim"}


def test_a_review_is_answered_on_its_scale(visit):
    page = visit()
    page.get_by_role("tab", name="Film reviews", exact=True).click()
    page.get_by_text("not bad at all", exact=True).click()
    expect(page.locator("#bars_review .bars li .of")).to_have_text(LABELS)
    words = page.locator("#letters_review .letters li")
    expect(words.locator("b")).to_have_text("not bad at all".split())
    sentence(page).fill("a dreadful, brilliant zounds")
    for word, kind in (
        ("dreadful", "minus"),
        ("brilliant", "plus"),
        ("zounds", "unknown"),
    ):
        expect(words.filter(has_text=word)).to_have_class(re.compile(kind))
    expect(page.locator("#letters_review")).to_contain_text(
        "positive (+, blue) or negative (−, or"
    )
    sentence(page).fill("qwyjibo zounds")
    unsure = re.compile(r"Unsure\s*The best guess is")
    expect(page.locator("#bars_review .verdict")).to_contain_text(unsure)
    open_tab(page, "Test results")
    page.locator('#matrix_review button[data-row="1"][data-column="2"]').click()
    expect(page.locator("#behind_review")).to_contain_text(
        "somewhat negative read as neutral"
    )


def test_the_first_screen_is_whole(visit):
    page = visit(height=800)
    for part in ("#bars", "#letters", "#notes", "#examples"):
        expect(page.locator(part)).to_be_in_viewport(ratio=0.99)


def test_typing_moves_nothing(visit):
    page = visit(width=360, height=800)
    expect(page.locator("#letters .letters")).to_be_visible()
    page.evaluate(WATCH_TOPS)  # from frame to frame
    for text in ("", "Nakam", "", "Nakamura", "Kim"):
        surname(page).fill(text)
        expect(letters(page)).to_have_count(len(text))
    assert page.evaluate("tops.size") == 1


def test_a_phone_s_keyboard_leaves_room_for_the_answer(visit):
    page = visit(width=375, height=476)
    expect(surname(page)).to_be_focused()
    page.keyboard.type("Nakamura")
    expect(bars(page).first).to_contain_text("Japanese")
    expect(page.locator("#bars .verdict")).to_be_in_viewport(ratio=1)
    expect(bars(page).last).to_be_in_viewport(ratio=1)


def test_an_explanation_is_dimmed_while_that_of_another_text_is_waited_for(visit):
    page = visit("#name=Nakamura")
    expect(page.locator("#letters .letters b")).to_have_text(list("Nakamura"))
    expect(page.locator("#letters .old")).to_have_count(0)
    held = []

    def hold_letters(route):
        of_letters = '"fn_name":"letters"' in route.request.post_data
        held.append(route) if of_letters else route.continue_()

    page.route("**/component_server/*", hold_letters)
    surname(page).fill("Rossi")
    expect(page.locator("#letters .old .letters b")).to_have_text(list("Nakamura"))
    expect(page.locator("#letters .old")).to_have_css("opacity", "0.3")
    page.unroute("**/component_server/*")
    for request in held:
        request.continue_()
    expect(page.locator("#letters .letters b")).to_have_text(list("Rossi"))
    expect(page.locator("#letters .old")).to_have_count(0)


def test_the_presenter_s_view_has_a_part_a_screen_by_keys_alone(visit):
    page = visit("#name=Kim", width=1024, height=768)
    heading = page.get_by_role("heading", name="Which language")
    page.locator("#letters .letters").wait_for()
    while not page.evaluate("document.activeElement.matches('.enlarge')"):
        page.keyboard.press("Shift+Tab")
    page.keyboard.press("Enter")
    expect(heading).to_have_count(0)
    parts = [page.locator(f"#{part}") for part in ("bars .bars", "letters .letters")]
    for key, shown in (("PageDown", 1), ("ArrowLeft", 0)):
        page.keyboard.press(key)
        expect(parts[shown]).to_be_in_viewport(ratio=1)
        expect(parts[1 - shown]).not_to_be_in_viewport()
    surname(page).press("ArrowRight")  # there it moves the cursor
    expect(parts[0]).to_be_in_viewport(ratio=1)
    page.get_by_role("tab", name="Test results", exact=True).locator(
        "visible=true"
    ).press("Enter")
    expect(cell(page, "Arabic", "Arabic")).to_be_visible()
    page.keyboard.press("ArrowRight")
    for name in ("Arabic read as Arabic", "Vietnamese read as none"):
        expect(page.get_by_role("button", name=f"{name}:")).to_be_in_viewport(ratio=1)
    cell(page, "Scottish", "English").press("Enter")
    expect(page.locator("#behind li").first).to_be_in_viewport()
    page.keyboard.press("ArrowLeft")  # there it moves to the next cell
    expect(cell(page, "Scottish", "Dutch")).to_be_focused()
    for _ in range(9):
        page.keyboard.press("PageDown")
    expect(page.locator(".about h2").first).to_be_attached()
    page.keyboard.press("Escape")
    page.wait_for_url("**/#name=Kim&k=3&tab=about")
    expect(heading).to_be_visible()


@pytest.fixture
def list_page(visit):
    """The List tab, as a phone has it."""
    page = visit(width=360, height=800)
    open_tab(page, "List")
    return page


def test_a_list_has_a_column_of_none(list_page):
    read_list(list_page, "Nakamura\nasdfghjkl\n42")
    rows = list_page.locator("#rows")
    answer = rows.locator("[data-testid='cell-1-2']")
    expect(answer).to_contain_text("none of these")
    headings = rows.locator("thead").last.inner_text().split()
    assert headings == [
        "#",
        "name",
        "answer",
        "1st",
        "2nd",
        "3rd",
        "none",
        "note",
        "known",
    ]


def test_a_list_is_downloaded_as_csv(list_page):
    read_list(list_page, "Nakamura\nasdfghjkl\n42")
    with open(download(list_page), encoding="utf-8-sig", newline="") as file:
        known, none, bad = csv.DictReader(file)
    assert [row["name"] for row in (known, none, bad)] == [
        "Nakamura",
        "asdfghjkl",
        "42",
    ]
    assert known["label_1"] == "Japanese"
    assert known["prediction_note"] == bad["label_1"] == ""
    assert none["answer"] == "none of these"
    assert bad["prediction_note"].startswith("There is no")
    assert float(known["none_probability"]) < 0.1
    assert float(none["none_probability"]) > 0.5


def test_a_list_that_cannot_be_read_clears_old_results(list_page):
    read_list(list_page, "Kim")
    expect(list_page.locator("#rows")).to_contain_text("Korean")
    read_list(list_page, "")
    expect(list_page.get_by_text("give at least one line")).to_be_visible()
    expect(list_page.locator("#rows")).to_be_hidden()


def test_a_file_takes_the_place_of_what_was_pasted(list_page, tmp_path):
    box = list_page.get_by_label("Names, one a line")
    box.fill("Rossi")
    (tmp_path / "names.txt").write_text("Nguyen\n")
    read_list(list_page, file=tmp_path / "names.txt")
    expect(box).to_have_value("")
    expect(list_page.locator("#rows")).to_contain_text("Vietnamese")


def test_what_is_typed_takes_the_place_of_a_file(list_page, tmp_path):
    (tmp_path / "names.txt").write_text("Nguyen\n")
    read_list(list_page, file=tmp_path / "names.txt")
    list_page.get_by_label("Names, one a line").press_sequentially("Kim")
    inputs = list_page.locator("#file input[type=file]")
    expect(inputs).to_have_count(1)  # the file is gone
    read_list(list_page)
    expect(list_page.locator("#rows")).to_contain_text("Korean")


def test_a_list_is_the_visitor_s_own(list_page, browser):
    list_page.get_by_label("Names, one a line").fill("Kim")
    other = browser.new_page()
    other.goto(list_page.url)
    open_tab(other, "List")
    read_list(other, "Papadopoulos")
    expect(other.locator("#chart")).to_contain_text("Greek")
    read_list(list_page)
    expect(list_page.locator("#rows")).to_contain_text("Korean")
    other.close()


def test_of_an_upload_header_or_column_can_be_corrected(page, tmp_path):
    rows = "Größe;Familienname\r\n1;Müller\r\n=1+1;77\r\n3\r\n"
    (tmp_path / "people.csv").write_bytes(rows.encode("cp1252"))
    open_tab(page, "List")
    page.locator("#file input[type=file]").set_input_files(tmp_path / "people.csv")
    column, header = (
        page.get_by_label("Column of names"),
        page.get_by_label("The first row is a h"),
    )
    chosen = page.locator("#preview .chosen")
    expect(header).to_be_checked()
    expect(chosen).to_have_text(["Familienname", "Müller", "77", ""])
    header.uncheck()
    expect(chosen).to_have_text(["column 2", "Familienname", "Müller", "77", ""])
    guess = page.locator("#preview").get_by_text(
        "column 2 of 2 was chosen by its content"
    )
    expect(guess).to_be_visible()
    column.click()
    page.get_by_role("option", name="column 1 (Größe)").click()
    expect(guess).to_be_hidden()
    header.check()
    expect(chosen).to_have_text(["Familienname", "Müller", "77", ""])
    for name, cells in (
        ("Größe", ["1", "=1+1", "3"]),
        ("Familienname", ["Müller", "77", ""]),
    ):
        column.click()
        page.get_by_role("option", name=name).click()
        expect(chosen).to_have_text([name, *cells])
    read_list(page)
    expect(page.locator("#summary")).to_contain_text(
        "3 rows read, 2 of them with a problem"
    )
    expect(page.locator("#summary")).to_contain_text(
        "Read as Windows-1252 because it is not UTF-8"
    )
    with open(download(page), encoding="utf-8-sig", newline="") as file:
        header, *result = csv.reader(file, delimiter=";")
    assert header[:4] == ["Größe", "Familienname", "answer", "label_1"]
    assert [row[:2] for row in result] == [
        ["1", "Müller"],
        ["'=1+1", "77"],
        ["3", ""],
    ]
    assert ["Windows-1252" in row[-2] for row in result] == [True, False, False]


def test_no_name_typed_pasted_uploaded_or_refused_outlives_a_visit(
    page, unchanged, tmp_path
):
    surname(page).fill(MARKER)
    expect(page.locator("#letters")).to_contain_text(re.compile("adds|^$"))
    surname(page).fill(MARKER * 12)
    expect(page.locator("#bars")).to_contain_text("at most 100")
    open_tab(page, "List")
    read_list(page, f"{MARKER}\n{MARKER}1" * 3)
    expect(page.locator("#rows")).to_contain_text(MARKER)
    (tmp_path / "people.csv").write_text(f"surname\n{MARKER} A\n{MARKER}=\n")
    read_list(page, file=tmp_path / "people.csv")
    expect(page.locator("#summary")).to_contain_text("2 rows read")
    assert MARKER.encode() in download(page).read_bytes()


@pytest.fixture
def results(page):
    """The page at its Test results."""
    open_tab(page, "Test results")
    expect(cell(page, "Arabic", "Arabic")).to_be_visible()
    return page


def test_the_matrix_is_walked_by_keys(results):
    cell(results, "Arabic", "Arabic").press("ArrowRight")
    cell(results, "Arabic", "Chinese").press("Enter")
    expect(results.locator("#behind")).to_contain_text("Arabic read as Chinese")


def test_a_cell_of_the_matrix_lists_its_names(results):
    chosen = cell(results, "Scottish", "English")
    chosen.click()
    title = results.locator("#behind h2")
    expect(title).to_contain_text("Scottish read as English")
    expect(title).to_be_in_viewport(ratio=1)
    number = int(chosen.inner_text())
    expect(results.locator("#behind li")).to_have_count(number)


def test_a_name_behind_a_cell_opens_in_the_name_tab(results):
    cell(results, "Scottish", "English").click()
    name = results.locator("#behind li button").first
    text = name.inner_text()
    name.click()
    expect(surname(results)).to_have_value(text)


def test_the_matrix_has_percentages_too(results):
    cell(results, "Scottish", "English").click()
    results.get_by_label("percent of the row").check()
    chosen = cell(results, "Scottish", "English")
    expect(chosen).to_have_attribute("aria-pressed", "true")
    few = re.compile(r"read as .*: [1-9]\d* of \d+, (< )?0\.[0-4]%")
    rare = results.get_by_role("button", name=few).first
    expect(rare).to_have_text("<1", use_inner_text=True)


def test_the_matrix_is_downloaded_as_a_picture(results):
    for kind, start in (("SVG", b"<?xml"), ("PNG", b"\x89PNG")):
        content = download(results, f"Matrix as {kind}").read_bytes()
        assert content.startswith(start)


def test_the_scores_by_label_are_sorted_by_their_headings(results):
    heading = results.get_by_role("columnheader", name="F1")
    heading.get_by_role("button").press("Enter")
    expect(heading).to_have_attribute("aria-sort", "descending")
    rows = results.locator("#per-label tbody tr").all()
    cells = [row.locator("th, td").nth(3) for row in rows]
    numbers = [float(cell.get_attribute("data-value")) for cell in cells]
    assert len(numbers) == 18
    assert numbers == sorted(numbers, reverse=True)


def test_a_score_is_explained_when_it_has_the_focus(results):
    figure = results.locator(".scores div").filter(has_text="calibration error").first
    meaning = figure.locator(".meaning")
    expect(meaning).to_be_hidden()
    figure.focus()
    expect(meaning).to_be_visible()
    expect(meaning).to_contain_text("about 80% should be right")


def test_the_calibration_of_what_is_printed_is_shown(results):
    scores = results.locator(".scores div")
    printed = scores.filter(has_text="calibration error as printed")
    error = load(SHIPPED).metrics["with_none"]["ece"]
    expect(printed.locator("dd").first).to_have_text(f"{error:.3f}")
    meaning = "weighed so that these are 25%"
    expect(printed.locator(".meaning")).to_contain_text(meaning)


def test_the_curves_of_training_are_shown(results):
    expect(results.locator("#curves svg[role=img]").first).to_be_visible()


def test_about_is_one_screen_with_the_card_behind_a_click(page):
    open_tab(page, "About")
    about = page.locator(".about").first
    first = about.get_by_text("or to decide anything about a person").first
    expect(first).to_be_in_viewport(ratio=1)
    more = about.get_by_text("The whole model card")
    expect(more).to_be_in_viewport(ratio=1)
    of_card = about.get_by_text("names_test.csv.gz").first
    expect(of_card).to_be_hidden()
    more.click()
    expect(of_card).to_be_visible()


@pytest.fixture
def forced(page):
    """The page in the few colours that a visitor chose for all pages."""
    expect(letters(page).first).to_be_visible()
    page.emulate_media(forced_colors="active")
    yield page
    page.emulate_media(forced_colors="none")


def test_letters_and_bars_keep_their_shades_in_forced_colours(forced):
    assert len(set(shades(letters(forced)))) > 1
    likely, unlikely, *_ = shades(forced.locator("#bars .track"))
    assert likely != unlikely


def test_cells_of_the_matrix_keep_their_shades_in_forced_colours(forced):
    open_tab(forced, "Test results")
    row = forced.locator("#matrix tbody tr").first.locator("td")
    expect(row.first).to_be_visible()
    assert len(set(shades(row))) > 2


def test_the_first_tab_is_reached_by_keyboard(page):
    assert tab_stops(page, 40) >= {"Show all", "Dvořák", "More examples"}


@pytest.mark.parametrize(
    ("tab", "last", "stops"),
    [
        ("Test results", "Matrix as SVG", {"Matrix as SVG", "counts", "precision"}),
        (
            "List",
            "Read the list",
            {"Names, one a line", "Click to upload or drop files"},
        ),
    ],
    ids=["Test results", "List"],
)
def test_another_tab_is_reached_by_keyboard(page, tab, last, stops):
    page.get_by_role("tab", name=tab).locator("visible=true").press("Enter")
    expect(page.get_by_text(last).locator("visible=true").first).to_be_visible()
    assert tab_stops(page, 18) >= stops


def test_an_answer_is_read_out(page):
    surname(page).fill("Kim")
    expect(page.locator("#bars[aria-live=polite]")).to_contain_text("Korean")


def test_the_summary_of_a_list_is_read_out(list_page):
    read_list(list_page, "Kim")
    summary = list_page.locator("#summary [aria-live=polite]")
    expect(summary).to_contain_text("1 row read")


def test_what_is_behind_a_cell_is_read_out(results):
    cell(results, "Greek", "Greek").click()
    behind = results.locator("#behind [aria-live=polite]")
    expect(behind).to_contain_text("are right")


def tab_stops(page, presses):
    names = set()
    for _ in range(presses):
        page.keyboard.press("Tab")
        names.add(page.evaluate(FOCUSED_NAME).split("\n")[0].strip())
    return names


LOOKS = [
    ("dark", 1024, ""),
    ("dark", 360, ""),
    ("light", 1024, "&view=large"),
]
LOOKS = [
    ("light", 360, ""),
    *(pytest.param(*look, marks=pytest.mark.nightly) for look in LOOKS),
]


@pytest.mark.parametrize(("theme", "width", "view"), LOOKS)
def test_axe_finds_nothing_serious_on_any_tab(visit, theme, width, view):
    page = visit(f"?__theme={theme}&name=Papadopoulos{view}", width=width, height=768)
    expect(page.locator("#letters .letters")).to_be_visible()
    assert_accessible(page)
    open_tab(page, "List")
    read_list(page, "Rossi\n77\nKim\nasdfghjkl\nKos")
    expect(page.locator("#rows")).to_contain_text("Korean")
    assert_accessible(page)
    open_tab(page, "About")
    expect(page.locator(".about").first).to_be_visible()
    assert_accessible(page)
    open_tab(page, "How it reads")
    expect(page.locator(".of-unit").locator("visible=true")).to_be_visible()
    two = page.locator(".reading section[data-section='6']").locator("visible=true")
    two.scroll_into_view_if_needed()
    expect(two.locator("img").last).to_be_visible()
    assert_accessible(page)
    open_tab(page, "Train")
    expect(page.locator(".held")).to_be_visible()
    for folded in page.locator(".train summary").locator("visible=true").all():
        folded.press("Enter")
    page.get_by_label("Shuffle the letters").check()
    expect(page.locator("[data-broken]")).to_be_visible()
    assert_accessible(page)
    open_tab(page, "Test results")  # last: axe looks at hidden cells, too
    cell(page, "English", "Scottish").click()
    expect(
        page.locator("#behind h2")
    ).to_be_in_viewport()  # on a phone it comes into view
    assert_accessible(page)
