"""The page as a person uses it, in Debian's chromium."""

import csv
import gzip
import json
import re

import pytest
from axe_playwright_python.sync_playwright import Axe
from conftest import SHIPPED, needs_chromium, visiting
from playwright.sync_api import expect

from model import TextClassifier

expect.set_options(timeout=60_000)  # for a busy machine
TABS = ["Name", "How it reads", "List", "Test results", "About"]
BELOW_THE_BOX = ["#letters", "#notes", "#examples", "footer"]
FOCUSED_NAME = """() => {
  const e = document.activeElement;
  return e.ariaLabel || e.labels?.[0]?.innerText || e.innerText;
}"""
pytestmark = needs_chromium


@pytest.fixture
def visit(browser, app_url):
    """Open the page of names as a visitor."""
    with visiting(browser, app_url, height=900) as open_page:

        def open_names(query="", **options):
            page = open_page(query, **options)
            surname(page).wait_for()
            return page

        yield open_names


@pytest.fixture
def page(visit):
    return visit()


def surname(page):
    return page.get_by_label("Surname", exact=True)


def open_tab(page, tab):
    page.get_by_role("tab", name=tab, exact=True).click()


def expect_first(page, language):
    expect(page.locator("#bars .bars li").first).to_contain_text(language)


def cell(page, true, predicted):
    return page.get_by_role("button", name=f"{true} read as {predicted}:")


def test_typing_pasting_deleting_and_clearing(page):
    name = surname(page)
    expect(name).to_be_focused()
    page.keyboard.type("Nakamura")
    expect_first(page, "Japanese")
    page.evaluate("navigator.clipboard.writeText('Papadopoulos')")
    name.select_text()
    page.keyboard.press("Control+V")
    expect_first(page, "Greek")
    expect(page.locator("#bars .verdict")).to_contain_text("Greek")
    name.fill("Иванов")
    expect_first(page, "Russian")
    expect(page.locator("#notes")).to_contain_text("In Latin letters: “ivanov”")
    for _ in range(6):
        page.keyboard.press("Backspace")
    expect(page.locator("#bars .bars")).to_have_count(0)
    expect(page.locator("#notes")).to_have_text("")
    expect(page.locator("#letters .letters")).to_have_count(0)


def test_letters_have_signs_in_words_and_follow_the_last_name_typed(page):
    surname(page).press_sequentially("Papadopoulos", delay=40)
    letters = page.locator("#letters .letters li")
    expect(letters).to_have_count(12)
    expect(page.locator("#letters")).to_contain_text("What each letter adds to the score of Greek")
    assert "".join(letters.locator("b").all_inner_texts()) == "Papadopoulos"
    assert any(text.startswith("+") for text in letters.locator("span").all_inner_texts())
    surname(page).fill("x" * 60)
    expect(page.locator("#letters")).to_contain_text("up to 40 characters")


def test_a_name_of_the_training_data_is_said_to_be_known(page):
    texts = json.loads(gzip.decompress((SHIPPED / "training_texts.json.gz").read_bytes()))
    known, (label,) = next((text, ids) for text, ids in texts.items() if len(ids) == 1)
    language = TextClassifier.load(SHIPPED).labels[label]
    surname(page).fill(known.title())
    expect(page.locator("#notes")).to_contain_text(f"in the training data, as {language}")
    surname(page).fill("Qnakamurx")
    expect(page.locator("#notes")).not_to_contain_text("training data")


def test_an_unsure_answer_says_so(page):
    classifier = TextClassifier.load(SHIPPED)
    texts = [error["text"] for error in classifier.metrics["test"]["errors"][:200]]
    surname(page).fill(next(a.text for a in classifier.answers(texts, 1) if a.unsure))
    expect(page.locator("#bars .verdict")).to_contain_text("Unsure")


def test_keys_hit_at_random_are_none_of_the_languages_and_no_letters_are_explained(page):
    surname(page).fill("asdfghjkl")
    expect(page.locator("#bars .verdict")).to_contain_text("None of these")
    expect(page.locator("#bars .bars li").first).to_contain_text("None of these 18 languages")
    expect(page.locator("#bars .bars li")).to_have_count(4)
    expect(page.locator("#letters .letters")).to_have_count(0)


def test_notes_on_unfit_text_are_text_and_not_markup(page):
    surname(page).fill("12345")
    expect(page.locator("#bars")).to_contain_text("no letter")
    expect(page.locator("#bars")).not_to_contain_text("appear here")
    surname(page).fill("佐藤 <img src=x onerror=alert(1)> ${alert(1)} {{value}}, Jo")
    expect(page.locator("#notes")).to_contain_text("is read as the surname")
    expect(page.locator("#notes")).to_contain_text("<img")
    expect(page.locator("#notes")).to_contain_text("${alert(1)}")
    expect(page.locator("#notes img")).to_have_count(0)


def test_the_slider_by_keyboard_sets_how_many_languages_are_shown(page):
    surname(page).fill("Martin")
    bars = page.locator("#bars .bars li")
    slider = page.locator("#k input[type=range]")
    slider.focus()
    page.keyboard.press("End")
    expect(slider).to_have_value("18")
    expect(bars).to_have_count(18 + 1)  # and none of them
    page.keyboard.press("Home")
    page.keyboard.press("ArrowRight")
    expect(bars).to_have_count(2 + 1)


def test_the_slider_by_mouse_sets_how_many_languages_are_shown(page):
    surname(page).fill("Martin")
    expect(page.locator("#bars .bars li")).to_have_count(3 + 1)
    box = page.locator("#k input[type=range]").bounding_box()
    page.mouse.click(box["x"] + box["width"] - 2, box["y"] + box["height"] / 2)
    expect(page.locator("#bars .bars li")).to_have_count(18 + 1)


def test_an_example_is_one_click(page):
    page.get_by_text("Kowalczyk").click()
    expect(surname(page)).to_have_value("Kowalczyk")
    expect_first(page, "Polish")


def test_the_copied_link_opens_the_page_with_the_same_name_and_k(page, visit):
    surname(page).fill("O'Néill & Ko")
    page.locator("#k input[type=range]").focus()
    page.keyboard.press("ArrowRight")
    expect(page.locator("#bars .bars li")).to_have_count(4 + 1)
    expect(page.locator("#letters .letters")).to_be_visible()  # leaving ends nothing halfway
    page.get_by_role("button", name="Copy link").click()
    expect(page.get_by_role("button", name="Copied")).to_be_visible()
    page.goto(page.evaluate("navigator.clipboard.readText()"))
    expect(surname(page)).to_have_value("O'Néill & Ko")
    expect(page.locator("#bars .bars li")).to_have_count(4 + 1)


def test_the_page_opens_on_an_answer_that_typing_replaces(page):
    expect(page.locator("#bars .verdict")).to_contain_text("German")
    expect(page.locator("#letters .letters li")).to_have_count(len("Müller"))
    expect(page.locator("#letters")).to_contain_text(re.compile(r"\+\d+\.\d in all, from .* to "))
    expect(surname(page)).to_be_focused()
    page.keyboard.type("Rossi")
    expect(surname(page)).to_have_value("Rossi")


def test_nothing_of_the_first_screen_is_below_the_fold(visit):
    page = visit(viewport={"width": 1280, "height": 800})
    for part in ("#bars", "#letters", "#notes", "#examples"):
        expect(page.locator(part)).to_be_in_viewport(ratio=0.99)
    page = visit(viewport={"width": 360, "height": 800})
    tops = [page.locator(part).bounding_box()["y"] for part in ("#name", "#examples", "#bars")]
    assert tops == sorted(tops)
    expect(page.locator("#bars .verdict")).to_be_in_viewport()
    page = visit(viewport={"width": 1920, "height": 1080})
    box = page.locator(".ask-and-answer").bounding_box()
    assert abs(box["x"] - (1920 - box["x"] - box["width"])) < 20  # centred
    assert box["width"] > 1100


def test_hard_examples_say_what_the_network_gets_wrong(page):
    classifier = TextClassifier.load(SHIPPED)
    hard = page.locator("#examples p").last.locator("button")
    assert {"Lee", "Martin", "Kos"} <= set(hard.locator("bdi").all_inner_texts())
    for button in hard.filter(has_text="✗").all():
        name, said = button.locator("bdi").inner_text(), button.locator("small").inner_text()
        assert said == f"✗ not {next(iter(classifier.predict(name, 1)))}"


def test_show_all_shows_all_and_then_fewer_again(page):
    page.get_by_role("button", name="Show all").click()
    expect(page.locator("#bars .bars li")).to_have_count(18 + 1)
    page.get_by_role("button", name="Show fewer").click()
    expect(page.locator("#bars .bars li")).to_have_count(3 + 1)
    expect(page.get_by_role("button", name="Show all")).to_be_visible()


def test_ignored_characters_are_named(page):
    surname(page).fill("Rossi🙂⚡")
    expect(page.locator("#notes")).to_contain_text("Ignored: 🙂 ⚡")
    surname(page).fill("Rossi")
    expect(page.locator("#notes")).not_to_contain_text("Ignored")


def test_a_name_behind_a_cell_opens_in_name_and_percent_keeps_the_cell(page):
    open_tab(page, "Test results")
    cell(page, "Scottish", "English").click()
    name = page.locator("#behind li button").first
    expect(name).to_be_visible()
    page.get_by_label("percent of the row").check()
    few = page.get_by_role("button", name=re.compile(r"read as .*: \d+ of \d+, (< )?0\.[0-4]%"))
    expect(few.first).to_have_text("<1")
    expect(cell(page, "Scottish", "English")).to_have_attribute("aria-pressed", "true")
    text = name.inner_text()
    name.click()
    expect(surname(page)).to_be_visible()
    expect(surname(page)).to_have_value(text)


def test_figures_say_what_they_mean_on_focus(page):
    open_tab(page, "Test results")
    figure = page.locator(".scores div").filter(has_text="calibration error")
    expect(figure.locator(".meaning")).to_be_hidden()
    figure.focus()
    expect(figure.locator(".meaning")).to_be_visible()
    expect(figure.locator(".meaning")).to_contain_text("about 80% should be right")


def test_a_new_run_an_error_and_a_file_clear_the_old_results(page, tmp_path):
    open_tab(page, "List")
    box, run = page.get_by_label("Names, one a line"), page.get_by_role("button", name="Read")
    box.fill("Nakamura")
    run.click()
    expect(page.locator("#rows")).to_contain_text("Japanese")
    box.fill("")
    run.click()
    expect(page.get_by_text("give at least one line")).to_be_visible()
    expect(page.get_by_role("link", name="Download as CSV")).to_have_count(0)
    expect(page.locator("#rows")).to_be_hidden()
    box.fill("Rossi")
    run.click()
    expect(page.locator("#rows")).to_contain_text("Italian")
    (tmp_path / "names.txt").write_text("Nguyen\n")
    page.locator("#file input[type=file]").set_input_files(tmp_path / "names.txt")
    expect(box).to_have_value("")
    expect(page.get_by_role("link", name="Download as CSV")).to_have_count(0)
    run.click()
    expect(page.locator("#rows")).to_contain_text("Vietnamese")
    box.press_sequentially("Kim")
    expect(page.locator("#file input[type=file]")).to_have_count(1)  # the file is gone
    run.click()
    expect(page.locator("#rows")).to_contain_text("Korean")


def test_a_pasted_table_is_read_by_its_column(page):
    open_tab(page, "List")
    page.get_by_label("Names, one a line").fill("id\tsurname\n1\tNakamura\n2\tRossi")
    page.get_by_role("button", name="Read the list").click()
    expect(page.locator("#summary")).to_contain_text("2 rows read.")
    expect(page.locator("#rows")).to_contain_text("Italian")


def test_on_a_phone_the_first_language_and_the_note_need_no_scrolling(visit):
    page = visit(viewport={"width": 360, "height": 800})
    open_tab(page, "List")
    page.get_by_label("Names, one a line").fill("Nakamura\n42")
    page.get_by_role("button", name="Read the list").click()
    expect(page.locator("#rows")).to_contain_text("Japanese")
    for column in (2, 3):  # "Japanese 99.9%" and the note
        cells = page.locator(f"#rows [data-testid='cell-1-{column}']")
        box = cells.bounding_box()
        assert box["x"] + box["width"] <= 360


def test_a_broken_address_opens_the_page_as_usual(visit):
    page = visit("?k=99&name=")
    surname(page).fill("Rossi")
    expect(page.locator("#bars .bars li")).to_have_count(3 + 1)


def test_two_visitors_do_not_see_each_other_s_names(visit):
    pages = visit(), visit()
    for page, name in zip(pages, ("Nakamura", "Papadopoulos"), strict=True):
        surname(page).fill(name)
        open_tab(page, "List")
        page.get_by_label("Names, one a line").fill(name)
        page.get_by_role("button", name="Read the list").click()
    for page, language in zip(pages, ("Japanese", "Greek"), strict=True):
        expect(page.locator("#chart")).to_contain_text(language)
        expect(page.locator("#chart li")).to_have_count(1)


def test_an_upload_comes_back_whole_with_predictions(page, tmp_path):
    rows = [["id", "surname", "note"], ["1", "Nakamura", "=1+1"], ["2", "77", ""], ["3", "Rossi"]]
    with open(tmp_path / "people.csv", "w", encoding="utf-8-sig", newline="") as file:
        csv.writer(file).writerows(rows)
    open_tab(page, "List")
    page.locator("#file input[type=file]").set_input_files(tmp_path / "people.csv")
    expect(page.get_by_label("The first row is a header")).to_be_checked()
    expect(page.get_by_label("Column of names")).to_have_value("surname")
    page.get_by_role("button", name="Read the list").click()
    expect(page.locator("#summary")).to_contain_text("3 rows read, 2 of them with a problem")
    expect(page.locator("#rows")).to_contain_text("Japanese")
    expect(page.locator("#rows")).to_contain_text("There is no letter")
    with page.expect_download() as download:
        page.get_by_role("link", name="Download as CSV").click()
    with open(download.value.path(), encoding="utf-8-sig", newline="") as file:
        result = list(csv.reader(file))
    assert result[0][:5] == ["id", "surname", "note", "label_1", "probability_1"]
    assert [row[:3] for row in result[1:]] == [
        *(["1", "Nakamura", "'=1+1"], ["2", "77", ""], ["3", "Rossi", ""]),
    ]
    assert result[1][3] == "Japanese"
    assert [bool(row[-1]) for row in result[1:]] == [False, True, True]


def test_a_pasted_list_comes_back_with_headings_and_says_what_is_none(page):
    open_tab(page, "List")
    page.get_by_label("Names, one a line").fill("Nakamura\nasdfghjkl\n42")
    page.get_by_role("button", name="Read the list").click()
    first = page.locator("#rows [data-testid='cell-1-2']")
    expect(first).to_have_text(re.compile(r"none of these .*%"))  # where the Name tab has it, too
    with page.expect_download() as download:
        page.get_by_role("link", name="Download as CSV").click()
    with open(download.value.path(), encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(file))
    assert rows[1]["label_1"] in TextClassifier.load(SHIPPED).labels
    assert [row["name"] for row in rows] == ["Nakamura", "asdfghjkl", "42"]
    assert rows[0]["label_1"] == "Japanese"
    notes = ["", "none of the", "There is no"]
    assert [row["prediction_note"][:11] for row in rows] == notes
    assert float(rows[0]["none_probability"]) < 0.1 < 0.5 < float(rows[1]["none_probability"])
    for bar in ("Japanese", "none of these"):
        expect(page.locator("#chart li").filter(has_text=bar)).to_contain_text("1 (50%)")


def test_an_empty_list_is_one_line(page):
    open_tab(page, "List")
    page.get_by_role("button", name="Read the list").click()
    expect(page.get_by_text("give at least one line")).to_be_visible()


def test_a_cell_by_mouse_lists_its_names(page):
    open_tab(page, "Test results")
    cell(page, "Scottish", "English").click()
    behind = page.locator("#behind")
    expect(behind).to_contain_text("Scottish read as English")
    number = int(cell(page, "Scottish", "English").inner_text())
    expect(behind.locator("li")).to_have_count(number)
    expect(behind.locator("li").first).to_contain_text("%")
    cell(page, "Greek", "Greek").click()
    expect(behind).to_contain_text("are right")


def test_a_cell_by_keyboard_lists_its_names(page):
    open_tab(page, "Test results")
    cell(page, "Arabic", "Arabic").focus()
    for key in ("ArrowDown", "ArrowRight", "ArrowRight", "ArrowUp", "ArrowLeft"):
        page.keyboard.press(key)
    expect(cell(page, "Arabic", "Chinese")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.locator("#behind")).to_contain_text("Arabic read as Chinese")


def test_the_matrix_in_percent_and_as_files(page):
    open_tab(page, "Test results")
    numbers = re.compile(r": (\d+) of (\d+)")
    count, total = numbers.search(cell(page, "Greek", "Greek").get_attribute("title")).groups()
    expect(cell(page, "Greek", "Greek")).to_have_text(count)
    page.get_by_label("percent of the row").check()
    expect(cell(page, "Greek", "Greek")).to_have_text(f"{int(count) / int(total):.0%}"[:-1])
    for kind, start in (("SVG", b"<?xml"), ("PNG", b"\x89PNG")):
        with page.expect_download() as download:
            page.get_by_role("link", name=f"Matrix as {kind}").click()
        with open(download.value.path(), "rb") as file:
            assert file.read(5).startswith(start)


def test_the_table_by_language_sorts_by_number(page):
    open_tab(page, "Test results")
    rows = page.locator("#per-label tbody tr")
    expect(rows).to_have_count(18)
    for heading, column in (("rows", 4), ("F1", 3)):
        page.get_by_role("columnheader", name=heading).get_by_role("button").press("Enter")
        numbers = [
            float(row.locator("th, td").nth(column).get_attribute("data-value"))
            for row in rows.all()
        ]
        assert numbers == sorted(numbers, reverse=True)
    page.get_by_role("button", name="language").click()
    expect(rows.first).to_contain_text("Arabic")
    page.get_by_role("button", name="language").click()
    expect(rows.first).to_contain_text("Vietnamese")


def test_the_curves_appear(page):
    open_tab(page, "Test results")
    expect(page.locator("#curves svg[role=img]").first).to_be_visible()


def test_about_says_what_the_model_is_not_for(page):
    open_tab(page, "About")
    about = page.get_by_role("tabpanel").filter(has_text="What it is")
    expect(about).to_contain_text("or to decide anything about a person")
    expect(about).to_contain_text("names_test.csv.gz")


@pytest.mark.parametrize("tab", TABS)
def test_nothing_overflows_a_phone(visit, tab):
    page = visit(viewport={"width": 360, "height": 800})
    surname(page).fill("Papadopoulos")
    open_tab(page, tab)
    page.wait_for_timeout(1500)
    assert page.evaluate("document.documentElement.scrollWidth") <= 360


def test_on_a_phone_what_is_behind_a_cell_comes_into_view(visit):
    page = visit(viewport={"width": 375, "height": 700})
    open_tab(page, "Test results")
    page.get_by_role("button", name="English read as Scottish").click()
    expect(page.locator("#behind h2")).to_have_text("English read as Scottish")
    expect(page.locator("#behind h2")).to_be_in_viewport()


@pytest.mark.parametrize(("theme", "width"), [("light", 1280), ("dark", 1280), ("light", 375)])
@pytest.mark.parametrize("tab", TABS)
def test_axe_finds_nothing_serious(visit, theme, width, tab):
    page = visit(f"?__theme={theme}&name=Nakamura", viewport={"width": width, "height": 900})
    expect(page.locator("#letters .letters")).to_be_visible()
    open_tab(page, tab)
    if tab == "Test results":
        cell(page, "Scottish", "English").click()
        expect(page.locator("#behind li").first).to_be_visible()
    if tab == "List":
        page.get_by_label("Names, one a line").fill("Rossi\n77\nKim")
        page.get_by_role("button", name="Read the list").click()
        expect(page.locator("#rows")).to_contain_text("Korean")
    page.mouse.move(0, 0)  # a button under the mouse has other colours
    page.wait_for_timeout(500)  # colours fade in
    found = Axe().run(page).response["violations"]
    serious = [v for v in found if v["impact"] in ("serious", "critical")]
    assert [(v["id"], v["nodes"][0]["html"]) for v in serious] == []


@pytest.mark.parametrize("width", [375, 1280])
def test_typing_moves_nothing(visit, width):
    page = visit(viewport={"width": width, "height": 900})
    tops = set()
    for length in range(9):  # from the empty box
        surname(page).fill("Nakamura"[:length])
        page.wait_for_timeout(250)
        tops.add(tuple(page.locator(s).bounding_box()["y"] for s in BELOW_THE_BOX))
    assert len(tops) == 1


def test_all_of_the_page_is_reached_by_keyboard_alone(page):
    assert tab_stops(page, 40) >= {"range slider for Languages to show", "Kowalczyk"}
    for tab, stops in {
        "List": {"Names, one a line", "Click to upload or drop files", "Read the list"},
        "Test results": {"Matrix as SVG", "counts", "precision"},
        "About": {"The whole model card"},
    }.items():
        page.get_by_role("tab", name=tab).press("Enter")
        expect(page.get_by_role("tab", name=tab)).to_have_attribute("aria-selected", "true")
        page.wait_for_timeout(1000)
        assert tab_stops(page, 14) >= stops


def tab_stops(page, presses):
    names = set()
    for _ in range(presses):
        page.keyboard.press("Tab")
        names.add(page.evaluate(FOCUSED_NAME).split("\n")[0].strip())
    return names


def test_answers_are_read_out(page):
    surname(page).fill("Kim")
    expect_first(page, "Korean")
    expect(page.locator("#bars [aria-live=polite]")).to_contain_text("Korean")
    open_tab(page, "Test results")
    cell(page, "Greek", "Greek").click()
    expect(page.locator("#behind [aria-live=polite]")).to_contain_text("are right")
    open_tab(page, "List")
    page.get_by_label("Names, one a line").fill("Kim")
    page.get_by_role("button", name="Read the list").click()
    expect(page.locator("#summary [aria-live=polite]")).to_contain_text("1 row read")


def test_markup_in_a_text_file_stays_text_and_no_name_stays_on_the_disk(
    page,
    app_folder,
    tmp_path,
):
    (tmp_path / "names.txt").write_text("<img src=x onerror=alert(1)>Quetzal\nO'Neill, Mary\n")
    open_tab(page, "List")
    page.locator("#file input[type=file]").set_input_files(tmp_path / "names.txt")
    expect(page.get_by_label("Column of names")).to_have_value(re.compile("column 1 .*<img"))
    page.get_by_role("button", name="Read the list").click()
    expect(page.locator("#summary")).to_contain_text("2 rows read.")
    expect(page.locator("#rows")).to_contain_text("<img src=x onerror=alert(1)>Quetzal")
    expect(page.locator("#rows img")).to_have_count(0)
    with page.expect_download() as download:
        page.get_by_role("link", name="Download as CSV").click()
    assert download.value.path().stat().st_size
    left = [path for path in (app_folder / "uploads").rglob("*") if path.is_file()]
    assert not any(path.stat().st_size for path in left)  # gradio leaves empty ones
    assert "quetzal" not in (app_folder / "log").read_text().casefold()


@pytest.mark.parametrize("encoding", ["cp1252", "utf-16"])
@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
def test_an_upload_in_another_encoding_is_read_with_its_letters(
    page, tmp_path, encoding, delimiter
):
    rows = [["Größe", "Familienname"], ["1", "Müller"], ["2", "Núñez"]]
    with open(tmp_path / "people.csv", "w", encoding=encoding, newline="") as file:
        csv.writer(file, delimiter=delimiter).writerows(rows)
    open_tab(page, "List")
    page.locator("#file input[type=file]").set_input_files(tmp_path / "people.csv")
    column = page.get_by_label("Column of names")
    expect(column).to_have_value("Familienname")
    header = page.get_by_label("The first row is a header")
    chosen = page.locator("#preview .chosen")
    expect(header).to_be_checked()
    expect(chosen).to_have_text(["Familienname", "Müller", "Núñez"])
    header.uncheck()
    expect(column).to_have_value("column 2 (Familienname)")
    expect(chosen).to_have_text(["column 2", "Familienname", "Müller", "Núñez"])
    column.click()
    page.get_by_role("option", name="column 1").click()
    expect(chosen).to_have_text(["column 1", "Größe", "1", "2"])
    header.check()
    expect(column).to_have_value("Familienname")
    page.get_by_role("button", name="Read the list").click()
    expect(page.locator("#summary")).to_contain_text("2 rows read.")
    expect(page.locator("#rows")).to_contain_text("Müller")
    expect(page.locator("#rows")).to_contain_text("German")
    expect(page.locator("#rows")).to_contain_text("Núñez")
    note = page.locator("#summary").get_by_text("Read as Windows-1252 because it is not UTF-8")
    expect(note).to_have_count(1 if encoding == "cp1252" else 0)


def test_half_a_character_pasted_is_one_bad_line_and_the_page_goes_on(page):
    open_tab(page, "List")
    page.get_by_label("Names, one a line").evaluate(
        "(box) => { box.value = 'Kim\\ud83d\\nRossi'; box.dispatchEvent(new Event('input')); }"
    )
    page.get_by_role("button", name="Read the list").click()
    expect(page.locator("#rows")).to_contain_text("a character is cut in half")
    page.get_by_label("Names, one a line").fill("Nakamura")
    page.get_by_role("button", name="Read the list").click()
    expect(page.locator("#rows")).to_contain_text("Japanese")
