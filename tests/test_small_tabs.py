"""Name, List, the game and the address of the exported page of a small model, in chromium."""

import csv
import io
import re

import pytest
from conftest import TEST, needs_chromium, open_tab
from playwright.sync_api import expect

from model import TextClassifier

pytestmark = needs_chromium
TABS = ["Name", "How it reads", "Train", "List", "Test results", "About"]
LABEL_OF = dict(TEST)
LONG_TITLE = "a title of a column that is longer than sixty characters as some are"


@pytest.fixture(scope="module")
def classifier(complete_folder):
    return TextClassifier.load(complete_folder)


def surname(page):
    return page.get_by_label("Surname", exact=True)


# The game


@pytest.fixture
def game(visit):
    page = visit("#name=Rossi")
    page.get_by_role("button", name="Play against the network").click()
    return page.get_by_role("dialog", name="Play against the network")


def choices(game):
    """Return the labels to choose from."""
    buttons = game.locator(".choices button").all_inner_texts()
    return [button[2:].strip() for button in buttons]


def guess(game, is_right):
    """Press the number of the right label, or of the one behind it; return the question."""
    text = game.locator("h2").inner_text()
    labels = choices(game)
    right = labels.index(LABEL_OF[text])
    chosen = right if is_right else (right + 1) % len(labels)
    game.page.keyboard.press(str(chosen + 1))
    return text


def test_a_question_waits_with_its_first_choice_focused(game):
    expect(game.locator(".tally span").first).to_have_text("1 of 3")
    expect(game.locator(".said")).to_be_empty()
    expect(game.locator(".choices button").first).to_be_focused()


@pytest.mark.parametrize("is_right", [True, False])
def test_a_guess_is_answered_and_counts_once(game, classifier, is_right):
    text = guess(game, is_right)
    label = LABEL_OF[text]
    said = game.locator(".said")
    expect(said).to_contain_text(f"{'Right' if is_right else 'Wrong'}: it is {label}.")
    ((answer, probability),) = classifier.answer(text, 1).predictions
    expect(said).to_contain_text(f"says {answer} ({probability:.1%})")
    verdict = "right" if answer == label else "wrong"
    expect(said).to_contain_text(f"and is {verdict}.")
    right = game.locator(".choices button").nth(choices(game).index(label))
    expect(right).to_have_class("right")
    expect(game.locator(".choices .wrong")).to_have_count(int(not is_right))
    right.click(force=True)
    scores = [str(int(is_right)), str(int(answer == label))]
    expect(game.locator(".tally b")).to_have_text(scores)


def test_a_round_has_each_text_once_and_says_who_won(game, classifier):
    seen = set()
    network = 0
    result = game.locator(".result")
    for place, is_right in enumerate((True, False, True), 1):
        expect(game.locator(".tally span").first).to_have_text(f"{place} of 3")
        expect(result).to_have_count(0)
        text = guess(game, is_right)
        seen.add(text)
        ((answer, _),) = classifier.answer(text, 1).predictions
        network += answer == LABEL_OF[text]
        if place < 3:
            game.page.keyboard.press("Enter")  # Next has the focus
    assert seen == LABEL_OF.keys()
    ends = {2: "It is a draw.", 3: "The network wins this round."}
    end = ends.get(network, "You beat the network.")
    expect(result).to_have_text(f"2 to {network}. {end}")
    game.get_by_role("button", name="Another round").click()  # of old texts
    expect(game.locator(".tally b")).to_have_text(["0", "0"])
    game.get_by_role("button", name="Close").click()
    expect(game).to_be_hidden()


# A pasted list

NAMES = ["Rossi", "Kimura", "5", "Popov", "Rossi"]


def read(page, text):
    box = page.get_by_role("textbox", name="one a line")
    expect(box).to_be_visible()
    box.fill(text)
    page.get_by_role("button", name="Read the list").click()
    expect(page.locator("#summary")).to_contain_text("read")


def rows(page):
    table = page.locator("#rows tr").all()
    return [row.locator("th, td").all_inner_texts() for row in table]


@pytest.fixture
def answered(visit):
    """The page with the answers to NAMES."""
    page = visit("#name=Rossi&tab=list")
    read(page, "\n".join(NAMES))
    return page


def test_each_line_has_its_row_as_python_answers_it(answered, classifier):
    head, *body = rows(answered)
    assert head[:6] == ["#", "name", "answer", "1st", "2nd", "3rd"]
    for number, (name, row) in enumerate(zip(NAMES, body, strict=True), 1):
        assert row[:2] == [str(number), name]
        if name == "5":
            assert "no letter" in " ".join(row)
            continue
        answer = classifier.answer(name, 3)
        assert row[2] == answer.verdict.in_words
        for cell, (label, probability) in zip(
            row[3:6], answer.predictions, strict=True
        ):
            shown, share = cell.rsplit(" ", 1)
            assert shown == label
            percent = float(share.strip("<>%"))
            assert percent == pytest.approx(100 * probability, abs=0.11)
    summary = "5 rows read, 1 of them with a problem."
    expect(answered.locator("#summary p")).to_have_text(summary)


def test_answers_come_as_csv_for_spreadsheets(answered):
    with answered.expect_download() as download:
        answered.get_by_role("link", name="Download as CSV").click()
    content = download.value.path().read_bytes()
    assert content.startswith(b"\xef\xbb\xbf")
    table = [*csv.reader(io.StringIO(content.decode("utf-8-sig")))]
    assert [row[0] for row in table][-5:] == NAMES
    assert table[-5][1] == rows(answered)[1][2]


def test_labels_are_counted_the_most_frequent_first(answered):
    expect(answered.locator("#chart")).to_contain_text("in the list")
    counts = answered.locator("#chart .value").all_inner_texts()
    numbers = [float(re.search(r"[\d.]+", count)[0]) for count in counts]
    assert numbers == sorted(numbers, reverse=True)
    assert sum(numbers) == 4


def test_another_list_takes_its_place(answered):
    read(answered, "Rossi")
    expect(answered.locator("#summary p")).to_have_text("1 row read.")
    assert len(rows(answered)) == 2


# A table, of which the visitor says which column has the texts


@pytest.fixture
def asked(visit, tmp_path):
    """The page that was given a table."""
    page = visit("#name=Rossi&tab=list")
    file = tmp_path / "mine.csv"
    file.write_text(f"{LONG_TITLE},person\nRome,Rossi\nTokyo,Kimura\n", "utf-8")
    give(page, file)
    expect(page.locator(".choice")).to_be_visible()
    return page


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


def test_a_table_waits_for_its_column(asked):
    expect(heading(asked)).to_be_checked()
    expect(asked.locator(".preview tbody tr")).to_have_count(2)
    titles = asked.locator(".preview th")
    expect(titles).to_have_text([LONG_TITLE[:60], "person"])
    expect(column(asked).locator("option").nth(1)).to_have_text(LONG_TITLE[:60])
    read_table(asked)
    expect(problem(asked)).to_have_text("Say first which column has the names.")
    expect(column(asked)).to_be_focused()


def test_the_chosen_column_is_read_until_another_choice(asked):
    column(asked).select_option("person")
    chosen = asked.locator(".preview .chosen")
    expect(chosen).to_have_text(["person", "Rossi", "Kimura"])
    read_table(asked)
    expect(texts(asked)).to_have_text(["Rossi", "Kimura"])
    heading(asked).uncheck()
    expect(texts(asked)).to_have_count(0)
    expect(asked.locator(".preview tbody tr")).to_have_count(3)
    read_table(asked)  # without a heading the first row is read, too
    expect(texts(asked)).to_have_text(["person", "Rossi", "Kimura"])


def test_a_list_in_a_file_has_one_question(visit, tmp_path):
    page = visit("#name=Rossi&tab=list")
    file = tmp_path / "list.txt"
    file.write_text("Rossi\nKimura\n")
    give(page, file)
    expect(heading(page)).not_to_be_checked()
    expect(column(page)).to_be_hidden()
    read_table(page)
    expect(texts(page)).to_have_text(["Rossi", "Kimura"])


def test_what_cannot_be_read_is_said_in_one_line(asked, tmp_path):
    file = tmp_path / "open.csv"
    file.write_text('a,b\n1,"2\n')
    give(asked, file)
    expect(problem(asked)).to_contain_text("Line 2 has a quote")
    expect(asked.locator(".choice")).to_be_hidden()
    long = tmp_path / "long.csv"
    long.write_text("name\n" + "Rossi\n" * 10_001)
    give(asked, long)
    heading(asked).check()
    read_table(asked)
    expect(problem(asked)).to_have_text(
        "The table has 10,001 rows: give up to 10,000 rows and 2 MB, in 200 columns."
    )
    read(asked, "Rossi")
    expect(problem(asked)).to_be_empty()


def test_cells_of_a_spreadsheet_are_a_table(visit):
    page = visit("#name=Rossi&tab=list")
    page.get_by_role("textbox", name="one a line").fill("id\tname\n1\tRossi\n")
    column(page).select_option("name")
    read_table(page)
    expect(texts(page)).to_have_text(["Rossi"])


# Tabs, the address and the presenter's view


def test_arrow_keys_turn_the_tabs_of_which_one_is_in_the_tab_order(visit):
    page = visit("#name=Rossi")
    page.get_by_role("tab", name="Name").focus()
    for key, opened in (
        ("ArrowRight", "How it reads"),
        ("x", "How it reads"),
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


def test_the_address_follows_the_page(visit):
    page = visit("#name=Rossi&k=2")
    expect(page.locator("#bars .bars li")).to_have_count(2)
    entries = page.evaluate("history.length")
    surname(page).fill("Kimura")
    page.wait_for_url("**/*#name=Kimura&k=2")
    assert page.evaluate("history.length") == entries
    open_tab(page, "List")
    page.wait_for_url("**/*#name=Kimura&k=2&tab=list")
    open_tab(page, "Name")
    page.wait_for_url("**/*#name=Kimura&k=2")


def test_the_page_follows_the_address(visit):
    page = visit("#name=Rossi&k=2")
    page.evaluate("location.hash = '#name=Kimura&k=3'")
    expect(surname(page)).to_have_value("Kimura")
    expect(page.locator("#bars .bars li")).to_have_count(3)


def test_typing_replaces_the_text_that_the_page_brought_and_continues_one_s_own(visit):
    page = visit("#name=Rossi")
    for typed in ("Popov", "a"):
        surname(page).focus()
        page.keyboard.type(typed)
        surname(page).blur()
    expect(surname(page)).to_have_value("Popova")


def test_back_returns_to_the_tab_before_and_what_was_typed(visit):
    page = visit("#name=Kimura&k=1&tab=list")
    open_tab(page, "Name")
    page.wait_for_url("**/*#name=Kimura&k=1")
    surname(page).fill("Popov")
    open_tab(page, "About")
    page.wait_for_url("**/*#name=Popov&k=1&tab=about")
    for name in ("Name", "List"):
        page.go_back()
        tab = page.get_by_role("tab", name=name)
        expect(tab).to_have_attribute("aria-selected", "true")
    page.go_forward()
    expect(surname(page)).to_have_value("Popov")


def copied(page):
    return page.evaluate("() => navigator.clipboard.readText()")


def test_the_copied_link_opens_the_same_page(visit):
    page = visit("#name=Popov&k=2&tab=reading")
    page.locator(".reading .typed").fill("O'Néill & Ko")
    page.get_by_role("button", name="Copy link").locator("visible=true").click()
    expect(page.get_by_role("button", name="Copied")).to_be_visible()
    visit("#" + copied(page).split("#")[1])
    tab = page.get_by_role("tab", name="How it reads")
    expect(tab).to_have_attribute("aria-selected", "true")
    expect(page.locator(".reading .typed")).to_have_value("O'Néill & Ko")
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


@pytest.fixture
def large(visit):
    """How it reads in the presenter's view."""
    page = visit("#name=Popov&tab=reading&view=large")
    # Before the parts are drawn, the page is too short to turn to the second one.
    expect(page.locator(".reading .scores-table tr").first).to_be_visible()
    return page


def test_the_presenter_s_view_is_as_large_as_the_window_allows(large):
    expect(large.locator("html")).to_have_class("large")
    zoom, *most = large.evaluate(
        "() => [getComputedStyle(document.documentElement).getPropertyValue('--zoom'),"
        " innerWidth / 731, screen.height / 548]"
    )
    assert float(zoom) == pytest.approx(min(most), abs=1e-3)


def test_keys_turn_the_parts_of_the_presenter_s_view(visit):
    page = visit("#name=Rossi&view=large", width=1024, height=768)
    parts = [page.locator(part) for part in ("#bars .bars", "#letters .letters")]
    expect(parts[1]).to_be_visible()
    page.get_by_role("tab", name="Name").focus()
    for key, shown in (("PageDown", 1), ("PageUp", 0)):
        page.keyboard.press(key)
        expect(parts[shown]).to_be_in_viewport(ratio=1)
        expect(parts[1 - shown]).not_to_be_in_viewport()
    surname(page).press("ArrowRight")  # there it moves the cursor
    expect(parts[0]).to_be_in_viewport(ratio=1)


def test_behind_the_last_part_a_key_turns_the_tab(large):
    for number, drawn in ((6, "figure"), (7, ".many li")):
        part = large.locator(f".reading [data-section='{number}']")
        part.scroll_into_view_if_needed()
        expect(part.locator(drawn)).not_to_have_count(0)
    large.evaluate("() => scrollTo(0, document.documentElement.scrollHeight)")
    large.keyboard.press("PageDown")
    tab = large.get_by_role("tab", name="Train")
    expect(tab).to_have_attribute("aria-selected", "true")


def test_escape_ends_the_presenter_s_view(large):
    large.keyboard.press("Escape")
    expect(large.locator("html")).not_to_have_class("large")


def test_the_page_says_how_a_text_was_read(visit):
    page = visit("#name=Rossi")
    letters = page.locator("#letters .letters b")
    expect(letters).to_have_text(list("Rossi"))
    surname(page).fill("Popov")
    expect(letters).to_have_text(list("Popov"))
    markup = "<img src=x> $& %s"
    for text, part, message in (
        ("x" * 60, "#letters", "up to 40 characters"),
        ("Rossi🙂⚡", "#notes", "Ignored: 🙂 ⚡"),
        ("Ki\x07m", "#notes", "Ignored: U+0007"),
        ("12345", "#bars", "no letter"),
        (f"Jo ({markup})", "#notes", f"Left out: “({markup})”."),
        ("حداد", "#letters", "د"),
    ):
        surname(page).fill(text)
        expect(page.locator(part)).to_contain_text(message)
    expect(page.locator("#notes img")).to_have_count(0)
    expect(letters).to_have_count(4)
    first, last = letters.first.bounding_box(), letters.last.bounding_box()
    assert first["x"] > last["x"]  # Arabic stands from right to left


def test_an_example_is_typed_by_its_button(visit):
    page = visit("#name=Rossi")
    example = page.locator("#examples button").first
    example.click()
    expect(surname(page)).to_have_value(example.get_attribute("data-text"))


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
