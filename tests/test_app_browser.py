"""The page as a person uses it, in Debian's chromium."""

import csv
import re

import pytest
from conftest import (
    MARKER,
    PROJECTORS,
    assert_accessible,
    needs_chromium,
    open_tab,
    visiting,
)
from playwright.sync_api import expect

from model.data.reviews import LABELS
from model.tabs.scripts import script

WATCH_TOPS = """() => {
  const parts = ['.stage', '#notes', '#examples', 'footer'].map((s) => document.querySelector(s));
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
  const [text] = visible('[id^=name] textarea');
  const tabs = visible('[aria-selected=true]').map((tab) => tab.innerText);
  const shown = [...tabs, text?.value, verdict?.firstChild.data].filter(Boolean).join();
  if (app && shown && getComputedStyle(app).opacity > 0) seen.add(shown);
  requestAnimationFrame(note);
})();
"""
pytestmark = needs_chromium


@pytest.fixture
def visit(window, app_url):
    """The way to open the running app, with a query and in a window of some size."""
    with visiting(window, app_url) as open_page:
        yield open_page


@pytest.fixture
def page(visit):
    page = visit()
    page.locator(
        ".on-stage .letter small:not(:empty)"
    ).first.wait_for()  # until then typing may be overtaken
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
    return page.locator(".stage .letter bdi").locator("visible=true")


def test_an_example_is_answered_at_first_and_then_what_is_typed(page):
    verdict = page.locator("#bars[aria-live=polite] .verdict")
    expect(verdict).to_contain_text("Italian")
    expect(letters(page)).to_have_text(list("Rossi"))
    expect(surname(page)).to_be_focused()
    page.keyboard.type("Nakamura")
    expect(verdict).to_contain_text("Japanese")


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


def test_until_the_server_answers_the_answer_to_an_older_text_is_marked(reloaded):
    page, held = reloaded, []
    page.goto("/#name=Bianchi")
    expect(bars(page).first).to_contain_text("Italian")
    older = page.locator(":is(.answers, .on-stage)[aria-busy=true] >> visible=true")
    expect(older).to_have_count(0)
    page.route("**/component_server/*", lambda route: held.append(route))
    for text in ("Kim", "Nakamura"):
        surname(page).fill(text)
    for answer in ("Italian", "Korean"):
        expect(bars(page).first).to_contain_text(answer)
        for place in range(2):
            expect(older.nth(place)).to_have_css("opacity", "0.35")
        while not held:
            page.wait_for_timeout(20)
        held.pop().continue_()
    expect(bars(page).first).to_contain_text("Japanese")
    expect(older).to_have_count(0)


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
        (
            "#name_review=a+fine+film",
            "Film reviews,Review,a fine film,somewhat positive",
        ),
    ):
        page.goto("about:blank")
        page.goto(f"/{link}")
        for open_again in (page.reload, str):
            page.wait_for_function("seen => window.seen?.has(seen)", arg=seen)
            before = page.evaluate("[...window.seen]")
            assert before == [seen]
            open_again()
    assert not any(name in url for url in asked for name in ("Papadopoulos", "fine"))


def test_the_address_follows_the_page_from_model_to_model(reloaded):
    page = reloaded
    page.goto("/")
    surname(page).fill("Kim")  # before the letters of the first name are explained
    expect(page.locator(".caption").first).to_contain_text("the probability of Korean")
    open_tab(page, "Test results")
    open_tab(page, "Film reviews")
    sentence(page).fill("a fine film")
    page.wait_for_url("**/#name_review=a+fine+film")
    open_tab(page, "List")
    page.wait_for_url("**/#name_review=a+fine+film&tab=list")
    page.go_back()
    page.go_back()
    page.wait_for_url("**/#name=Kim&k=3&tab=test")
    expect(page.locator("#matrix")).to_be_visible()
    page.reload()  # of the reviews nothing is drawn now
    expect(page.locator("#matrix")).to_be_visible()
    page.go_forward()
    expect(sentence(page)).to_have_value("a fine film")
    page.evaluate("location.hash = 'name=Rossi&k=2&tab=reading'")  # as if typed by hand
    expect(surname(page)).to_have_value("Rossi")
    expect(page.locator(".inside[open]").first).to_be_visible()
    expect(bars(page)).to_have_count(2 + 1)
    open_tab(page, "Film reviews")
    page.evaluate(
        "location.hash = 'name=Kim&tab=list'"
    )  # a tab that was not the model's last one
    page.wait_for_url("**/#name=Kim&k=2&tab=list")


def test_the_page_of_the_hub_around_a_static_space_gets_its_address(browser):
    source = script("page")
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


# In words: which lines of bars are not level, and whether there is a gap below the words
UNEVEN = """() => {
  const seen = (part) => [...document.querySelectorAll(part)].filter((e) => e.offsetParent);
  const middle = (part) => {
    const {top, height} = part.getBoundingClientRect();
    return top + height / 2;
  };
  const lines = seen('.answer .ordered .of').map((of) => of.parentNode);
  const isLevel = ({children: [of, ...others]}) => of.offsetHeight < 25
    && others.every((other) => Math.abs(middle(of) - middle(other)) < 2);
  const uneven = lines.filter((line) => !isLevel(line)).map((line) => line.innerText);
  const [words, levers] = ['.stage', '.levers'].map((part) => seen(part)[0]);
  const gap = levers.getBoundingClientRect().top - words.getBoundingClientRect().bottom;
  return gap < 15 ? uneven : [...uneven, 'gap'];
}"""


def test_a_review_is_answered_on_its_scale(visit):
    page = visit()
    page.get_by_role("tab", name="Film reviews", exact=True).click()
    page.get_by_text("not bad at all", exact=True).click()
    expect(page.locator("#bars_review .bars li .of")).to_have_text(LABELS)
    expect(letters(page)).to_have_text("not bad at all".split())
    ends = re.compile("after each of 4; not: .*; bad: .*; at: .*; all: neutral")
    bands = page.locator(".stage .bands").locator("visible=true")
    expect(bands).to_have_attribute("aria-label", ends)
    for width in (320, 641):
        page.set_viewport_size({"width": width, "height": 800})
        assert page.evaluate(UNEVEN) == []
    look_inside(page)
    rows = part(page, 4).locator(".scores-table tbody th")
    expect(rows).to_have_text(LABELS)


def test_typing_moves_nothing(visit):
    page = visit(width=360, height=800)
    expect(letters(page).first).to_be_visible()
    page.evaluate(WATCH_TOPS)  # from frame to frame
    for text in ("", "Nakam", "", "Nakamura", "Kim"):
        surname(page).fill(text)
        expect(letters(page)).to_have_count(len(text))
    assert page.evaluate("tops.size") == 1


@pytest.fixture
def list_page(visit):
    """The List tab, as a phone has it."""
    page = visit(width=360, height=800)
    open_tab(page, "List")
    return page


def test_a_pasted_list_is_answered_and_downloaded_and_cleared_by_one_that_is_none(
    list_page,
):
    read_list(list_page, "Nakamura\nasdfghjkl\n42")
    summary = list_page.locator("#summary [aria-live=polite]")
    expect(summary).to_contain_text("3 rows read, 1 of them with a problem")
    rows = list_page.locator("#rows")
    expect(rows.locator("tbody tr.none td:nth-child(3)")).to_have_text("none of these ")
    headings = ["#", "name", "answer", "most likely", "shares in our data"]
    expect(rows.locator("thead th")).to_have_text(headings)
    with open(download(list_page), encoding="utf-8-sig", newline="") as file:
        known, none, bad = csv.DictReader(file)
    assert known["label_1"] == "Japanese"
    assert none["answer"] == "none of these"
    assert bad["prediction_note"].startswith("There is no")
    read_list(list_page, "")
    expect(list_page.get_by_text("give at least one line")).to_be_visible()
    expect(rows).to_be_hidden()


def test_a_file_takes_the_place_of_what_was_pasted_and_is_replaced_by_typing(
    list_page, tmp_path
):
    box = list_page.get_by_label("Names, one a line")
    box.fill("Rossi")
    (tmp_path / "names.txt").write_text("Nguyen\n")
    read_list(list_page, file=tmp_path / "names.txt")
    expect(box).to_have_value("")
    expect(list_page.locator("#rows")).to_contain_text("Vietnamese")
    box.press_sequentially("Kim")
    inputs = list_page.locator("#file input[type=file]")
    expect(inputs).to_have_count(1)  # the file is gone
    read_list(list_page)
    expect(list_page.locator("#rows")).to_contain_text("Korean")


def test_another_choice_of_the_mix_counts_at_once(list_page):
    spanish = "Garcia Rodriguez Jimenez Munoz Ibanez".split()
    read_list(list_page, "\n".join([*9 * spanish, "Salveira"]))
    summary = list_page.locator("#summary")
    expect(summary).to_contain_text("46 rows read")
    list_page.locator("#mix input").check()
    expect(summary).to_contain_text("1 of 46 read otherwise by the list’s mix")
    list_page.locator("#mix input").uncheck()
    expect(summary).not_to_contain_text("read otherwise")


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
    rows = "Größe;wer\r\n1;Müller\r\n=1+1;77\r\n3\r\n"
    (tmp_path / "people.csv").write_bytes(rows.encode("cp1252"))
    open_tab(page, "List")
    page.locator("#file input[type=file]").set_input_files(tmp_path / "people.csv")
    column = page.get_by_label("Column of names")
    header = page.get_by_label("The first row is a h")
    chosen = page.locator("#preview .chosen")
    question = page.get_by_text("it is not certain which column is the name")
    sizes = ["Größe", "1", "=1+1", "3"]
    names = ["wer", "Müller", "77", ""]
    expect(question).to_be_visible()
    expect(header).to_be_checked()
    expect(chosen).to_have_text(sizes)
    header.uncheck()
    expect(chosen).to_have_text(["column 1", *sizes])
    column.click()
    page.get_by_role("option", name="column 2 (wer)").click()
    expect(chosen).to_have_text(["column 2", *names])
    expect(question).to_be_hidden()
    header.check()
    expect(chosen).to_have_text(names)
    read_list(page)
    for told in (
        "3 rows read, 2 of them with a problem",
        "Read as Windows-1252 because it is not UTF-8",
    ):
        expect(page.locator("#summary")).to_contain_text(told)
    with open(download(page), encoding="utf-8-sig", newline="") as file:
        header, *result = csv.reader(file, delimiter=";")
    assert header[:4] == ["Größe", "wer", "answer", "label_1"]
    assert [row[:2] for row in result] == [["1", "Müller"], ["'=1+1", "77"], ["3", ""]]


def test_no_name_typed_pasted_uploaded_or_refused_outlives_a_visit(
    page, unchanged, tmp_path
):
    surname(page).fill(MARKER)
    expect(page.locator(".letter small").first).not_to_be_empty()
    surname(page).fill(MARKER * 12)
    expect(page.locator("#bars")).to_contain_text("at most 100")
    open_tab(page, "List")
    read_list(page, f"{MARKER}\n{MARKER}1" * 3)
    expect(page.locator("#rows")).to_contain_text(MARKER)
    (tmp_path / "people.csv").write_text(f"surname\n{MARKER} A\n{MARKER}=\n")
    read_list(page, file=tmp_path / "people.csv")
    expect(page.locator("#summary")).to_contain_text("2 rows read")
    assert MARKER.encode() in download(page).read_bytes()


def test_the_test_results_fill_a_projector_and_lead_to_their_texts(visit):
    page = visit("#name=Kim&tab=test&view=large", width=1024, height=768)
    page.locator(".matrix").locator("visible=true").scroll_into_view_if_needed()
    for true, predicted in (("Arabic", "Arabic"), ("Vietnamese", "none")):
        expect(cell(page, true, predicted)).to_be_in_viewport(ratio=1)
    chosen = cell(page, "Scottish", "English")
    number = int(chosen.inner_text())
    chosen.click()
    behind = page.locator("#behind [aria-live=polite]")
    expect(behind.locator("h2")).to_contain_text("Scottish read as English")
    expect(behind.locator("h2")).to_be_in_viewport(ratio=1)
    expect(behind.locator("li")).to_have_count(number)
    expect(page.locator("#curves svg[role=img]").first).to_be_visible()
    page.keyboard.press("Escape")  # a presenter downloads nothing
    assert download(page, "Matrix as SVG").read_bytes().startswith(b"<?xml")


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


@pytest.mark.parametrize(
    ("tab", "stops"),
    [
        ("name", ["show all", "Dvořák", "More examples"]),
        ("list", ["Names, one a line", "Click to upload or drop files"]),
    ],
)
def test_each_tab_is_reached_by_keyboard(visit, tab, stops):
    page = visit(f"#name=Kim&tab={tab}")
    latest = page.get_by_text(stops[0]).locator("visible=true").first
    expect(latest).to_be_visible()
    names = set()
    for _ in range(40):
        page.keyboard.press("Tab")
        names.add(page.evaluate(FOCUSED_NAME).split("\n")[0].strip())
    assert names >= set(stops)


# Look inside


# What came has moved it
IS_IN_PLACE = """(section) => {
  section.scrollIntoView();
  const [foot] = document.querySelectorAll('.model-head .introduction');
  return section.getBoundingClientRect().bottom <= foot.getBoundingClientRect().top;
}"""


def look_inside(page):
    """Open what is below the stage, which Presenter view has opened by itself."""
    closed = page.locator(".inside:not([open]) > summary").locator("visible=true")
    if closed.count():
        closed.click()


def part(page, number):
    section = page.locator(f".reading section[data-section='{number}']")
    return section.locator("visible=true")


@pytest.fixture(params=PROJECTORS)
def large(visit, request):
    width, height = request.param
    page = visit("#name=Papadopoulos&view=large", width, height)
    expect(part(page, 2).locator(".vector img")).to_be_visible()
    return page


def edge(locator, side):
    return locator.evaluate("(e, side) => e.getBoundingClientRect()[side]", side)


def bottom_of_bars(page):
    bars = page.locator(".reader, [role=tablist]").locator("visible=true").all()
    return max(edge(bar, "bottom") for bar in bars)


def test_each_part_is_on_one_screen_in_the_presenter_s_view(large):
    for number in range(7):
        section = part(large, number)
        section.evaluate("(e) => e.scrollIntoView()")
        if number == 6:
            expect(section.locator(".many li")).to_have_count(30)
        large.wait_for_function(IS_IN_PLACE, arg=section.element_handle())
        bars = bottom_of_bars(large)
        top = edge(section, "top")
        assert bars <= 160  # with the letters, which stay in sight
        assert bars - 2 <= top  # fonts differ by a fraction of a pixel


# Train

HAS_LEARNT = "document.querySelector('.held').dataset.heldout > 0.3"
# A page that opens asks for one view of each of its two models' texts.
OPENED = """(() => {
  const all = performance.getEntriesByType('resource');
  return all.filter(({name}) => name.includes('component_server')).length === 2;
})()"""


def test_a_network_learns_without_a_request(visit):
    page = visit("#name=Rossi&tab=train")
    expect(page.locator(".held").first).to_be_visible()
    asked = []
    page.wait_for_function(OPENED)
    page.on("request", lambda request: asked.append(request.url))
    page.get_by_role("button", name="▶ Train").press("Enter")
    page.wait_for_function(HAS_LEARNT, timeout=90_000)  # beside other tests
    page.get_by_role("button", name="❚❚ Pause").press("Enter")
    expect(page.get_by_role("button", name="▶ Train")).to_be_visible()
    assert [url for url in asked if not url.startswith(("blob:", "data:"))] == []


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
    expect(letters(page).first).to_be_visible()
    look_inside(page)
    part(page, 6).scroll_into_view_if_needed()
    expect(part(page, 6).locator(".many li")).to_have_count(30)
    assert_accessible(page)
    open_tab(page, "List")
    read_list(page, "Rossi\n77\nKim\nasdfghjkl\nKos")
    expect(page.locator("#rows")).to_contain_text("Korean")
    assert_accessible(page)
    open_tab(page, "About")
    expect(page.locator(".about").first).to_be_visible()
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
