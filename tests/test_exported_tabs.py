"""Name, List, the game and the address of the exported page of a small model, in chromium."""

import re

import pytest
from conftest import TEST, needs_chromium, open_tab
from playwright.sync_api import expect

from model import TextClassifier

pytestmark = needs_chromium
TABS = ["Name", "Train", "List", "Test results", "About"]
LABEL_OF = dict(TEST)
LONG_TITLE = "a title of a column that is longer than sixty characters as some are"


@pytest.fixture(scope="module")
def classifier(complete_folder):
    return TextClassifier.load(complete_folder)


def surname(page):
    return page.get_by_label("Surname", exact=True)


# The game


def test_a_round_has_each_text_once_tells_each_answer_and_says_who_won(
    visit, classifier
):
    page = visit("#name=Rossi")
    page.get_by_role("button", name="Play against the network").click()
    game = page.get_by_role("dialog", name="Play against the network")
    seen = set()
    network = 0
    for place, is_right in enumerate((True, False, True), 1):
        expect(game.locator(".tally span").first).to_have_text(f"{place} of 3")
        said = game.locator(".said")
        expect(said).to_be_empty()
        choices = game.locator(".choices button")
        expect(choices.first).to_be_focused()
        text = game.locator("h2").inner_text()
        seen.add(text)
        labels = [choice[2:].strip() for choice in choices.all_inner_texts()]
        right = labels.index(LABEL_OF[text])
        chosen = right if is_right else (right + 1) % len(labels)
        page.keyboard.press(str(chosen + 1))
        verdict = "Right" if is_right else "Wrong"
        expect(said).to_contain_text(f"{verdict}: it is {LABEL_OF[text]}.")
        ((answer, probability),) = classifier.answer(text, 1).predictions
        expect(said).to_contain_text(f"says {answer} ({probability:.1%})")
        verdict = "right" if answer == LABEL_OF[text] else "wrong"
        expect(said).to_contain_text(f"and is {verdict}.")
        expect(choices.nth(right)).to_have_class("right")
        expect(game.locator(".choices .wrong")).to_have_count(int(not is_right))
        bands = game.locator("canvas.bands")
        expect(bands).to_have_attribute("aria-label", re.compile(f"; {text[-1]}: "))
        choices.nth(right).click(force=True)  # counts once
        network += answer == LABEL_OF[text]
        scores = [str([0, 1, 1, 2][place]), str(network)]
        expect(game.locator(".tally b")).to_have_text(scores)
        if place < 3:
            game.locator(".next").press("Enter")
    assert seen == LABEL_OF.keys()
    expect(game.locator(".result")).to_contain_text(f"2 to {network}. ")
    expect(game.locator(".of-round tbody tr")).to_have_count(3)
    game.get_by_role("button", name="Another round").click()  # of old texts
    expect(game.locator(".tally b")).to_have_text(["0", "0"])
    game.get_by_role("button", name="Close").click()
    expect(game).to_be_hidden()


# A pasted list


def test_a_long_list_says_how_far_it_is(visit):
    page = visit("#tab=list")
    page.evaluate("""() => {
      globalThis.values = [];
      const look = () => {
        const value = document.querySelector('#rows progress')?.value;
        if (value !== undefined) globalThis.values.push(value);
      };
      new MutationObserver(look).observe(document.body, {childList: true, subtree: true});
    }""")
    names = "\n".join(f"{name}{n}" for n in range(400) for name in LABEL_OF)
    page.locator("#list textarea").fill(names)
    page.get_by_role("button", name="Read the list").click()
    expect(page.locator("#rows tbody tr").first).to_be_visible()
    values = page.evaluate("globalThis.values")
    assert any(0 < value < 1200 for value in values)
    assert values == sorted(values)


NAMES = ["Rossi", "Kimura", "5", "Popov", "Rossi"]


def read(page, text):
    box = page.get_by_role("textbox", name="one a line")
    expect(box).to_be_visible()
    box.fill(text)
    page.get_by_role("button", name="Read the list").click()
    expect(page.locator("#summary")).to_contain_text("read")


def test_the_box_of_the_mix_keeps_the_list_and_says_why_it_is_not_offered(visit):
    """By an older model, which has no held-out rows."""
    page = visit("#name=Rossi&tab=list")
    read(page, "Rossi\n" * 40)
    page.locator("#mix input").check()
    expected = "40 rows read. The model was saved without held-out rows: retrain it."
    expect(page.locator("#summary p")).to_have_text(expected)


def guesses_of(answer):
    """Return what a row has a bar for: at least 1%, none last unless it is the likeliest."""
    labels = [label for label, share in answer.predictions if share >= 0.01]
    if answer.none is not None and answer.none >= 0.01:
        is_first = answer.none > answer.predictions[0][1]
        labels.insert(0 if is_first else len(labels), "None")
    return labels


def test_each_line_has_its_row_as_python_answers_it_and_labels_are_counted(
    visit, classifier
):
    page = visit("#name=Rossi&tab=list")
    read(page, "\n".join(NAMES))
    table = page.locator("#rows tr").all()
    head, *rows = [row.locator("th, td").all_inner_texts() for row in table]
    assert head == ["#", "name", "answer", "most likely", "shares in our data"]
    for number, (name, row) in enumerate(zip(NAMES, rows, strict=True), 1):
        assert row[:2] == [str(number), name]
        if name == "5":
            assert "no letter" in " ".join(row)
            continue
        answer = classifier.answer(name, 3)
        assert row[2].strip() == answer.verdict.in_words
        likely = page.locator(f"#rows tbody tr:nth-child({number}) .of")
        expect(likely).to_have_text(guesses_of(answer))
        shares = [f"{label} {share:.0%}" for label, share in answer.facts.shares]
        assert row[4] == ", ".join(shares)
    summary = "5 rows read, 1 of them with a problem."
    expect(page.locator("#summary p")).to_have_text(summary)
    expect(page.locator("#chart")).to_contain_text("in the list")
    counts = page.locator("#chart .value").all_inner_texts()
    assert sum(int(count.split()[0]) for count in counts) == 4
    with page.expect_download() as download:
        page.get_by_role("link", name="Download as CSV").click()
    content = download.value.path().read_bytes()
    assert content.startswith(b"\xef\xbb\xbf")  # for spreadsheets


# A table, of which the visitor says which column has the texts


def give(page, file):
    page.locator("#list [type=file]").set_input_files(file)


def read_table(page):
    page.get_by_role("button", name="Read the list").click()


def column(page):
    return page.get_by_label("Column of names")


def heading(page):
    return page.locator("#list").get_by_label("First row is a heading")


def texts(page):
    return page.locator("#rows tr th[scope=row]")


def problem(page):
    return page.locator("#list .problem")


def test_a_table_waits_for_its_column_which_is_read_until_another_choice(
    visit, tmp_path
):
    page = visit("#name=Rossi&tab=list")
    file = tmp_path / "mine.csv"
    file.write_text(f"{LONG_TITLE},person\nRome,Rossi\nTokyo,Kimura\n", "utf-8")
    give(page, file)
    expect(heading(page)).to_be_checked()
    expect(page.locator(".preview tbody tr")).to_have_count(2)
    titles = page.locator(".preview th")
    expect(titles).to_have_text([LONG_TITLE[:60], "person"])
    expect(column(page).locator("option").nth(1)).to_have_text(LONG_TITLE[:60])
    read_table(page)
    expect(problem(page)).to_have_text("Say first which column has the names.")
    expect(column(page)).to_be_focused()
    column(page).select_option("person")
    chosen = page.locator(".preview .chosen")
    expect(chosen).to_have_text(["person", "Rossi", "Kimura"])
    read_table(page)
    expect(texts(page)).to_have_text(["Rossi", "Kimura"])
    heading(page).uncheck()
    expect(texts(page)).to_have_count(0)
    expect(page.locator(".preview tbody tr")).to_have_count(3)
    read_table(page)  # without a heading the first row is read, too
    expect(texts(page)).to_have_text(["person", "Rossi", "Kimura"])
    # Cells of a spreadsheet that are pasted are a table
    page.get_by_role("textbox", name="one a line").fill("id\tname\n1\tPopov\n")
    column(page).select_option("name")
    read_table(page)
    expect(texts(page)).to_have_text(["Popov"])


def test_a_list_in_a_file_has_one_question(visit, tmp_path):
    page = visit("#name=Rossi&tab=list")
    file = tmp_path / "list.txt"
    file.write_text("Rossi\nKimura\n")
    give(page, file)
    expect(heading(page)).not_to_be_checked()
    expect(column(page)).to_be_hidden()
    read_table(page)
    expect(texts(page)).to_have_text(["Rossi", "Kimura"])


def test_what_cannot_be_read_is_said_in_one_line(visit, tmp_path):
    page = visit("#name=Rossi&tab=list")
    file = tmp_path / "open.csv"
    file.write_text('a,b\n1,"2\n')
    give(page, file)
    expect(problem(page)).to_contain_text("Line 2 has a quote")
    expect(page.locator(".choice")).to_be_hidden()
    long = tmp_path / "long.csv"
    long.write_text("name\n" + "Rossi\n" * 10_001)
    give(page, long)
    heading(page).check()
    read_table(page)
    expect(problem(page)).to_have_text(
        "The table has 10,001 rows: give up to 10,000 rows and 2 MB, in 200 columns."
    )
    read(page, "Rossi")
    expect(problem(page)).to_be_empty()


# Tabs, the address and the presenter's view


def test_arrow_keys_turn_the_tabs_of_which_one_is_in_the_tab_order(visit):
    page = visit("#name=Rossi")
    page.get_by_role("tab", name="Name").focus()
    for key, opened in (
        ("ArrowRight", "Train"),
        ("x", "Train"),
        ("ArrowLeft", "Name"),
        ("ArrowLeft", "About"),  # round the end
    ):
        page.keyboard.press(key)
        expect(page.get_by_role("tab", name=opened, exact=True)).to_be_focused()
    for name in TABS:
        tab = page.get_by_role("tab", name=name, exact=True)
        is_open = name == "About"
        expect(tab).to_have_attribute("aria-selected", str(is_open).lower())
        expect(tab).to_have_attribute("tabindex", "0" if is_open else "-1")
    panels = page.locator("[role=tabpanel]").locator("visible=true")
    expect(panels).to_have_attribute("aria-labelledby", "tab-about")


def test_the_address_follows_the_page_and_the_page_the_address(visit):
    page = visit("#name=Rossi&k=2")
    bars = page.locator("#bars .bars li")
    expect(bars).to_have_count(2)
    entries = page.evaluate("history.length")
    surname(page).fill("Kimura")
    page.wait_for_url("**/*#name=Kimura&k=2")
    assert page.evaluate("history.length") == entries
    open_tab(page, "List")
    page.wait_for_url("**/*#name=Kimura&k=2&tab=list")
    open_tab(page, "Name")
    page.wait_for_url("**/*#name=Kimura&k=2")
    surname(page).fill("Popov")
    open_tab(page, "About")
    page.wait_for_url("**/*#name=Popov&k=2&tab=about")
    for name in ("Name", "List"):
        page.go_back()
        tab = page.get_by_role("tab", name=name)
        expect(tab).to_have_attribute("aria-selected", "true")
    page.go_forward()
    expect(surname(page)).to_have_value("Popov")
    page.evaluate("location.hash = '#name=Ito&k=3'")
    expect(surname(page)).to_have_value("Ito")
    expect(bars).to_have_count(3)


def test_typing_replaces_the_text_that_the_page_brought_and_continues_one_s_own(visit):
    page = visit("#name=Rossi")
    for typed in ("Popov", "a"):
        surname(page).focus()
        page.keyboard.type(typed)
        surname(page).blur()
    expect(surname(page)).to_have_value("Popova")
    example = page.locator("#examples button").first
    example.click()
    expect(surname(page)).to_have_value(example.get_attribute("data-text"))


def copied(page):
    return page.evaluate("() => navigator.clipboard.readText()")


def test_the_copied_link_opens_the_same_page(visit):
    page = visit("#name=Popov&k=2&inside=1")
    surname(page).fill("O'Néill & Ko")
    page.get_by_role("button", name="Copy link").locator("visible=true").click()
    expect(page.get_by_role("button", name="Copied")).to_be_visible()
    visit("#" + copied(page).split("#")[1])
    expect(surname(page)).to_have_value("O'Néill & Ko")
    expect(page.locator(".inside .tint i")).not_to_have_count(0)
    expect(page.locator("#bars .bars li")).to_have_count(2)


def test_each_block_of_code_is_copied_whole(visit):
    page = visit("#name=Popov&tab=about")
    page.get_by_text("The whole model card").click()
    blocks = page.locator("#about pre code")
    buttons = page.locator("#about .copy")
    expect(buttons).to_have_count(blocks.count())
    buttons.first.click()
    expect(buttons.first).to_have_text("Copied")
    assert copied(page) == blocks.first.text_content()


def test_keys_turn_the_parts_of_the_presenter_s_view(visit):
    page = visit("#name=Rossi&view=large", width=1024, height=768)
    first, second = ".on-stage .tiles", "[data-section='6'] h2"
    parts = [page.locator(part) for part in (first, second)]
    expect(page.locator(".on-stage .letter small").last).not_to_be_empty()
    page.get_by_role("tab", name="Name").focus()
    page.evaluate(
        "addEventListener('keydown', (e) => { isTaken = e.defaultPrevented; })"
    )
    for key, shown in (("PageDown", 1), ("PageUp", 0)):
        page.keyboard.press(key)
        assert page.evaluate("isTaken")  # or the browser scrolls, too
        expect(parts[shown]).to_be_in_viewport(ratio=1)
        expect(parts[1 - shown]).not_to_be_in_viewport()
    surname(page).press("ArrowRight")  # there it moves the cursor
    expect(parts[0]).to_be_in_viewport(ratio=1)


def test_in_the_presenter_s_view_a_key_behind_the_last_part_turns_the_tab(visit):
    page = visit("#name=Popov&view=large")
    zoom, *most = page.evaluate(
        "() => [getComputedStyle(document.documentElement).getPropertyValue('--zoom'),"
        " innerWidth / 731, screen.height / 548]"
    )
    assert float(zoom) == pytest.approx(min(most), abs=1e-3)
    # Before the parts are drawn, the page is too short to turn to the second one.
    expect(page.locator(".reading .scores-table tr").first).to_be_visible()
    part = page.locator(".reading [data-section='6']")
    part.scroll_into_view_if_needed()
    expect(part.locator(".many li")).not_to_have_count(0)
    page.evaluate("() => scrollTo(0, document.documentElement.scrollHeight)")
    page.keyboard.press("PageDown")
    tab = page.get_by_role("tab", name="Train")
    expect(tab).to_have_attribute("aria-selected", "true")
    expect(page.locator("html")).to_have_class("large")
    page.keyboard.press("Escape")
    expect(page.locator("html")).not_to_have_class("large")


def test_the_page_says_how_a_text_was_read(visit):
    page = visit("#name=Rossi")
    letters = page.locator(".on-stage .letter bdi")
    expect(letters).to_have_text(list("Rossi"))
    surname(page).fill("Popov")
    expect(letters).to_have_text(list("Popov"))
    markup = "<img src=x> $& %s"
    for text, part, message in (
        ("Rossi🙂⚡", "#bars", "Ignored: 🙂 ⚡"),
        ("Ki\x07m", "#bars", "Ignored: U+0007"),
        ("12345", "#bars", "no letter"),
        (f"Jo ({markup})", "#bars", f"Left out: “({markup})”."),
        ("حداد", ".stage >> nth=0", "د"),
    ):
        surname(page).fill(text)
        expect(page.locator(part)).to_contain_text(message)
    expect(page.locator("#bars img")).to_have_count(0)
    expect(letters).to_have_count(4)


# Paper


def test_a_dark_page_is_printed_light_with_its_bars(visit):
    page = visit("?__theme=dark#name=Rossi")
    track = page.locator("#bars .track").first
    expect(track).to_have_css("print-color-adjust", "exact")
    page.evaluate(
        "addEventListener('beforeprint', () => { window.printed = document.body.className; })"
    )
    page.pdf()
    assert "dark" not in page.evaluate("printed")
    expect(page.locator("body")).to_have_class(re.compile("dark"))
