"""The exported page of a small model in chromium: what it draws against Python's own numbers."""

import base64
import re

import numpy as np
import pytest
from conftest import LOOKS, hues, needs_chromium, open_tab, visiting
from playwright.sync_api import expect

from model.tabs.nearest import finder
from model.tabs.page_model import read_model
from model.tabs.reading import reading

pytestmark = needs_chromium


@pytest.fixture(scope="module")
def shown(complete_folder):
    return read_model(complete_folder)


@pytest.fixture
def page(visit):
    """How it reads Ferrari."""
    return read(visit("#name=Ferrari&tab=reading"))


def read(page):
    """Return the page once it has read its text."""
    expect(part(page, 3).locator(".of-unit")).not_to_be_empty()
    return page


def numbers(locator):
    texts = locator.all_inner_texts()
    return [float(text.replace("−", "-")) for text in texts]


def part(page, number):
    return page.locator(f".reading section[data-section='{number}']")


def states_of(found, layer=0):
    """Return what goes into the gates, and the states, (2, T, …), of a layer's directions."""
    T, H = len(found["ids"]), found["size"]
    shapes = {
        "given": (2, 2, T, 3, H),
        "memory": (2, 2, T, 3, H),
        "states": (2, 2, T, H),
    }
    parts = []
    for name, shape in shapes.items():
        thousandths = np.frombuffer(base64.b64decode(found[name]), "<i2")
        parts.append((thousandths / 1000).reshape(shape)[layer])
    return parts


def wires(found, layer, d, t, unit):
    """Return what the numbers on the wires of a cell have to be, by their names.

    `d` is 0 for the direction forward and 1 for backward, `t` the index of the letter.
    """
    given, memory, states = states_of(found, layer)
    inputs = given[d, t, :, unit]
    remembered = memory[d, t, :, unit]
    before = t + (1 if d else -1)
    reset, update = 1 / (1 + np.exp(-inputs[:2] - remembered[:2]))
    sums = {f"x{gate}": value for gate, value in enumerate(inputs)}
    sums |= {f"m{gate}": value for gate, value in enumerate(remembered)}
    return {
        **sums,
        "r": reset,
        "z": update,
        "n": np.tanh(inputs[2] + reset * remembered[2]),
        "old": states[d, before, unit],
        "h": states[d, t, unit],
        "rest": 1 - update,
    }


@pytest.mark.parametrize(
    ("layer", "direction"),
    [
        (0, "forward"),
        (1, "backward"),
    ],
)
def test_the_numbers_in_the_cell_are_those_of_its_layer_unit_letter_direction(
    page, shown, layer, direction
):
    gates = part(page, 3)
    expect(gates.locator(".gates")).to_contain_text("there is no old state yet")
    page.locator(".reading .layer").select_option(index=layer)
    gates.get_by_label("Unit", exact=True).fill("5")
    gates.locator(".direction").select_option(direction)
    page.get_by_role("button", name="Next letter").click()
    place = f"Unit 5 at “e”, reading {direction}"
    expect(gates.locator(".of-unit")).to_have_text(place)
    d = int(direction == "backward")
    expected = wires(
        reading(shown, "Ferrari"),
        layer,
        d,
        t=1,
        unit=4,
    )
    gates.locator("summary").click()
    for name, value in expected.items():
        written = numbers(gates.locator(f".gates [data-wire={name}]"))
        assert written, name
        for number in written:
            assert number == pytest.approx(value, abs=0.006), name


def test_the_answer_so_far_and_the_table_of_beginnings_are_python_s(ferrari):
    page, found, order = ferrari
    first = part(page, 0)
    for shares in found["shares"]:
        best = int(np.argmax(shares))
        label = found["labels"][best]
        expect(first.locator("[data-so-far]")).to_have_attribute("data-so-far", label)
        bar = first.locator(f".bars [data-label='{best}'] .value")
        expect(bar).to_have_text(f"{shares[best]:.1%}")
        press(page, "Next letter")
    rows = part(page, 5).locator("tbody tr")
    for row, i in zip(rows.all(), order, strict=True):
        assert row.locator("th").inner_text() == found["labels"][i]
        shares = [share[i] for share in found["shares"]]
        texts = ["" if share < 0.005 else f"{100 * share:.0f}" for share in shares]
        assert row.locator("td").all_inner_texts() == texts


def test_a_guess_at_the_next_letter_is_compared_with_what_it_says_there(page, shown):
    first = part(page, 0)
    first.get_by_label("Guess first").check()
    told = first.locator(".guess output")
    found = reading(shown, "Ferrari")
    for t, shares in enumerate(found["shares"][1:], 2):
        answer = found["labels"][int(np.argmax(shares))]
        guess = "Russian" if t % 2 else answer
        first.get_by_label("The next letter").select_option(guess)
        says = "right" if guess == answer else f"it is {answer}"
        expect(told).to_have_text(f"You guessed {guess}: {says}.")
        expect(cursor(page)).to_have_attribute("aria-valuenow", str(t))
    page.locator(".reader .typed").fill("Rossi")
    expect(told).to_be_empty()


def test_the_label_of_the_data_is_a_line_but_hidden_from_one_who_guesses(visit):
    page = visit("#name=Inoue")
    verdict = page.locator("#bars .verdict")
    expect(verdict).to_contain_text("Japanese")
    headline, reason = verdict.inner_text().split("\n")
    open_tab(page, "How it reads")
    first = part(page, 0)
    of_data = first.locator(".of-data")
    expect(of_data).to_have_text(f"{headline} {reason}")
    expect(first.locator(".bars li", has_text="our data")).to_contain_text("Japanese")
    line = first.locator("polyline").first
    expect(line).to_have_css("clip-path", "none")
    first.get_by_label("Guess first").check()
    expect(line).to_have_css("clip-path", re.compile("100%"))
    expect(of_data).to_be_hidden()


def cursor(page):
    return page.get_by_role("slider", name="that is read")


def press(page, name):
    page.get_by_role("button", name=name).click()


def test_keys_step_through_all_pictures_at_once(visit):
    page = visit("#name=Müller&tab=reading")
    cursor(page).press("ArrowRight")
    page.keyboard.press("ArrowRight")
    expect(cursor(page)).to_have_attribute("aria-valuetext", "letter 3 of 7, ◌̈")
    for number in (0, 1, 3, 5):
        marked = part(page, number).locator(".at")
        expect(marked.first).to_contain_text("◌̈")
    captions = part(page, 3).locator("figcaption")
    expect(captions.first).to_have_text("Forward, has read mü")
    expect(captions.last).to_have_text(re.compile("Backward, has read rell"))


def test_play_steps_until_it_is_paused(browser, small_page):
    page = browser.new_page()
    page.clock.install()
    with visiting(page, small_page.as_uri()) as open_page:
        read(open_page("#name=Ferrari&tab=reading"))
        press(page, "▶ Play")
        page.clock.run_for(1200)  # a step
        expect(cursor(page)).to_have_attribute("aria-valuenow", "3")
        press(page, "Pause")
        page.clock.run_for(5000)
        expect(cursor(page)).to_have_attribute("aria-valuenow", "3")
    page.close()


def test_with_reduced_motion_nothing_plays(visit):
    page = read(visit("#name=Ito&tab=reading", reduced_motion="reduce"))
    press(page, "Next letter")
    expect(cursor(page)).to_have_attribute("aria-valuenow", "2")
    expect(page.get_by_role("button", name="▶ Play")).to_have_count(0)


def test_a_gate_is_marked_in_list_drawing_map(page):
    gates = part(page, 3)
    gates.locator("li", has_text="Update gate").focus()
    marked = {".gates li": 1, ".cell g": 1, ".chosen i": 2}
    for place, count in marked.items():
        expect(gates.locator(f"{place}.lit")).to_have_count(count)
    gates.locator(".cell [data-part=letter] text").hover()
    expect(gates.locator(".chosen i.lit")).to_have_class("now lit")


def test_a_unit_is_picked_on_the_map(page):
    states = part(page, 3).locator(".map").last
    states.scroll_into_view_if_needed()
    size = states.bounding_box()
    bottom = {"x": size["width"] * 0.5, "y": size["height"] * 0.98}
    states.click(position=bottom)
    place = "Unit 12 at “r”, reading backward"
    expect(part(page, 3).locator(".of-unit")).to_have_text(place)
    expect(part(page, 7).locator(".excites li mark")).to_have_count(6)


def test_the_picture_of_the_whole_way_leads_on(page):
    cursor(page).press("End")
    way = part(page, 0).get_by_role("link")
    expect(way.last).to_contain_text("Italian")
    way.filter(has_text="Scores").click()
    expect(part(page, 4)).to_be_in_viewport()


def best(page):
    return part(page, 5).locator("tbody tr").first.locator("th")


def test_the_guide_has_names_to_try(page):
    press(page, "Guide in six steps")
    for step in range(2, 7):
        press(page, "Next step")
        expect(page.locator(".guide .place")).to_have_text(f"{step} of 6")
    press(page, "Kowalczyk")
    expect(best(page)).to_have_text("Japanese")
    press(page, "Close")
    expect(page.locator(".told")).to_have_count(0)


def test_the_network_just_trained_is_read_in_place_of_the_model(page):
    press(page, "the network you have just trained")
    press(page, "train a network")
    press(page, "One step")
    open_tab(page, "How it reads")
    size = part(page, 3)
    expect(size).to_contain_text(re.compile("a state of (16|24|32|48|64) numbers"))
    units = part(page, 7)
    expect(units.locator(".excites li mark")).to_have_count(6)
    units.get_by_label("Search").fill("-ova")
    expect(units.locator(".answering")).to_contain_text("answer best to -ova")
    press(page, "the shipped model")
    expect(size).to_contain_text("a state of 12 numbers")


def test_what_is_typed_or_deleted_there_is_so_everywhere(page):
    first_of_two = part(page, 6).locator("figcaption").first
    part(page, 6).scroll_into_view_if_needed()
    expect(first_of_two).to_contain_text("Ferrari")
    box = page.locator(".reading .typed")
    box.fill("")
    expect(page.locator(".reading .problem")).to_contain_text("The text is empty")
    expect(cursor(page)).to_have_count(0)
    expect(first_of_two).to_contain_text("Ferrari")  # has its own
    open_tab(page, "Name")
    expect(page.locator("#bars")).to_contain_text("appear here while you type")
    open_tab(page, "How it reads")
    box.fill("Popov")
    expect(best(page)).to_have_text("Russian")
    open_tab(page, "Name")
    expect(page.locator("#bars .verdict")).to_contain_text("Russian")
    letters = page.locator("#letters .letters li")
    expect(letters).to_have_count(5)  # leaving ends nothing halfway


@pytest.fixture
def ferrari(page, shown):
    """The page that reads Ferrari, the reading in Python, and its labels, the likeliest first."""
    found = reading(shown, "Ferrari")
    last = found["shares"][-1]
    order = sorted(range(3), key=lambda i: -last[i])
    return page, found, order


def colour_of(bars, label):
    """Return the colour of the bar of a label."""
    return bars.evaluate(  # at once, because bars are drawn again
        """(bars, label) => {
          const item = [...bars.children].find((item) => item.textContent.includes(label));
          const track = item.querySelector('.track');
          return getComputedStyle(track, '::before').backgroundColor;
        }""",
        label,
    )


def test_a_label_has_one_colour_on_every_tab(visit, shown):
    page = visit("#name=Ferrari")
    expect(page.locator("#bars .bars li")).to_have_count(3)
    on_name = [colour_of(page.locator("#bars .bars"), label) for label in shown.labels]
    assert len(set(on_name)) == 3
    open_tab(page, "How it reads")
    growing = part(page, 0).locator(".bars")
    expect(growing.locator("li")).to_have_count(3)
    assert [colour_of(growing, label) for label in shown.labels] == on_name


def test_the_scores_are_python_s_sums(ferrari):
    page, found, order = ferrari
    table = part(page, 4).locator(".scores-table")
    titles = ["last states", "bias", "GRU’s score", "answer"]
    assert table.locator("thead th").all_inner_texts() == titles
    rows = table.locator("tbody tr").all()
    for row, i in zip(rows, order, strict=True):
        cells = row.locator("td")
        assert cells.last.inner_text() == f"{found['shares'][-1][i]:.1%}"
        added = [part_of_score[i] for part_of_score in found["added"]]
        expected = [*added, found["logits"][0][i]]
        sums = numbers(row.locator("td:not(:last-child)"))
        assert sums == pytest.approx(expected, abs=0.06)


def test_each_letter_stands_with_its_number(ferrari):
    page, found, _ = ferrari
    cells = part(page, 1).locator(".ids tbody td:not(.length)")
    shown = ["".join(text.split()) for text in cells.all_inner_texts()]
    pairs = zip(found["units"], found["ids"], strict=True)
    assert shown == [f"{unit}{number}" for unit, number in pairs]


def test_units_are_offered_by_how_far_they_move(ferrari):
    page, found, _ = ferrari
    _, _, (forward, _) = states_of(found)
    moves = np.abs(np.diff(forward, axis=0, prepend=0)).max(axis=0)
    busiest = np.argsort(-moves, kind="stable")[:6]
    order = [str(unit + 1) for unit in busiest]
    gates = part(page, 3)
    assert gates.locator(".busy button").all_inner_texts() == order
    expect(gates.locator(".of-unit")).to_contain_text(f"Unit {order[0]} at “f”")


def test_names_of_a_batch_are_sorted_by_length_and_padded(page):
    names = part(page, 6)
    names.get_by_label("Second name").fill("42")
    expect(names).to_contain_text("There is no letter")
    press(names, "Ivanov | Ivanova")
    expect(names.locator("figcaption b")).to_have_text(["Ivanov", "Ivanova"])
    names.get_by_label("First name").fill("Ito")
    names.get_by_label("Second name").fill("Popov")
    expect(names.locator("figcaption b")).to_have_text(["Ito", "Popov"])
    part(page, 1).locator("summary").click()
    rows = part(page, 1).locator(".batch tbody tr")
    expect(rows.locator("th")).to_have_text(["ferrari", "popov", "ito"])
    assert rows.locator(".length").all_inner_texts() == ["7", "5", "3"]
    expect(rows.nth(2).locator(".padding")).to_have_count(4)


@pytest.mark.parametrize(
    ("name", "other", "told"),
    [
        ("Matsumoto", "Matsumott", "^$"),
        ("Ferrari", "Ferrar", "No such change"),
    ],
)
def test_a_name_is_compared_with_the_nearest_or_without_its_end(
    page, shown, name, other, told
):
    changes = [one["change"] for one in finder(shown)(name)["nearest"]]
    assert [start + new + end for start, _, new, end in changes] == [other][
        : len(changes)
    ]
    page.locator(".reading .typed").fill(name)
    names = part(page, 6)
    names.scroll_into_view_if_needed()
    expect(names.locator("figcaption b")).to_have_text([name, other])
    expect(names.locator(".difference")).to_have_text(re.compile(told))


# Resolves when a page has drawn what depends on a new width
TWO_FRAMES = """() => new Promise(
    (done) => requestAnimationFrame(() => requestAnimationFrame(done)))"""


@pytest.fixture(params=LOOKS)
def plain(ferrari, request):
    """The page in the few colours that a visitor chose, or on paper."""
    page, *_ = ferrari
    page.emulate_media(**request.param)
    page.evaluate(TWO_FRAMES)
    yield page
    page.emulate_media(forced_colors="none", media="screen")


PICTURES = [
    (0, ".bars .track"),
    (0, ".lines svg"),
    (2, ".vector"),
    (3, ".fields .map"),
    (3, ".tint"),
    (4, ".scores-table .bar"),
    (5, ".shares"),
    (7, ".many"),
]


def test_bars_lines_shades_keep_their_colours(plain):
    units = part(plain, 7)
    units.scroll_into_view_if_needed()
    expect(units.locator(".many li")).to_have_count(30)
    for number, place in PICTURES:
        assert hues(part(plain, number).locator(place).first), place
    assert len(hues(part(plain, 0).locator(".lines svg"))) > 1
    plain.evaluate("location.hash = 'name=Ferrari&tab=test'")
    assert hues(plain.locator("#matrix tbody"))
    plain.evaluate("location.hash = 'name=Ferrari'")
    assert hues(plain.locator("#bars .bars"))


# One unit, many names


def letters_of(row):
    return "".join(row.locator("bdi i").all_inner_texts())


def test_names_are_sorted_by_the_state_of_a_unit_and_those_searched_are_marked(
    page, shown
):
    units = part(page, 7)
    units.scroll_into_view_if_needed()
    search = units.get_by_label("Search")
    search.fill("-ski")
    expect(units.locator(".answering")).to_contain_text("answer best to -ski")
    rows = units.locator(".many li")
    units.get_by_label("Unit", exact=True).fill("5")
    expect(rows).to_have_count(30)
    values = numbers(units.locator(".many small"))
    assert values == sorted(values, reverse=True)
    for row, value in zip(rows.all(), values, strict=True):
        name = letters_of(row)
        _, _, states = states_of(reading(shown, name.replace("␣", " ")))
        assert value == pytest.approx(states[0, -1, 4], abs=0.006), name
        ending = ["s", "k", "i"] if name.endswith("ski") else []
        assert row.locator(".searched").all_inner_texts() == ending

    units.locator(".answering button").first.click()
    is_found = [letters_of(row).endswith("ski") for row in rows.all()]
    # All 20 stand on one side, if some of the others are among them
    ends = is_found[:20], is_found[-20:]
    assert max(map(sum, ends)) >= 18

    units.get_by_label("Guess").fill("0.5")
    search.fill("-ova")
    search.press("Enter")
    told = units.locator(".guess output")
    expect(told).to_contain_text("You guessed 0.5: it is ")
    mean = np.mean(numbers(units.locator("li:has(.searched) small")))
    (compared,) = re.findall(r"it is (.*)\.$", told.inner_text())
    assert float(compared.replace("−", "-")) == pytest.approx(mean, abs=0.011)
    expect(units.locator(".means")).to_contain_text(f"{compared} on average there")

    search.fill("O'")
    expect(units.locator(".answering")).to_contain_text("answer best to O'")
    expect(units.locator(".searched")).to_have_count(2 * 20)
    search.fill("qqq")
    expect(units.locator(".unfound")).to_have_text("No name here has it.")


# Test results


@pytest.fixture
def results(visit):
    """The test results in the presenter's view, where arrow keys turn the page elsewhere."""
    return visit("#name=Ferrari&tab=test&view=large")


def test_scores_are_sorted_by_their_headings(results):
    table = results.locator("#per-label table").first
    for at, first, second in (
        (1, "descending", "ascending"),
        (0, "ascending", "descending"),
    ):
        heading = table.locator("th[aria-sort]").nth(at)
        for order in (first, second):
            heading.get_by_role("button").press("Enter")
            expect(heading).to_have_attribute("aria-sort", order)
            cells = table.locator(f"tbody tr > :nth-child({at + 1})").all()
            values = [cell.get_attribute("data-value") for cell in cells]
            if at:
                values = [float(value) for value in values]
            assert len(set(values)) > 1
            assert values == sorted(values, reverse=order == "descending")
    expect(table.locator("th[aria-sort=none]")).not_to_have_count(0)
    expect(table.locator("[aria-sort=descending]")).to_have_count(1)


def cell(results, row, column):
    place = f"[data-row='{row}'][data-column='{column}']"
    return results.locator(f"#matrix button{place}")


def test_arrow_keys_move_among_the_cells_of_the_matrix_of_which_one_is_pressed(results):
    cell(results, 0, 0).focus()
    in_order = results.locator("#matrix button[data-row][tabindex='0']")
    path = {
        "ArrowRight": (0, 1),
        "ArrowDown": (1, 1),
        "ArrowLeft": (1, 0),
        "Enter": (1, 0),
        "ArrowUp": (0, 0),
    }
    for key, place in path.items():
        results.keyboard.press(key)
        expect(cell(results, *place)).to_be_focused()
        expect(in_order).to_have_count(1)
        expect(in_order).to_be_focused()
    results.keyboard.press("ArrowUp")  # at the edge
    expect(cell(results, 0, 0)).to_be_focused()
    pressed = results.locator("#matrix [aria-pressed=true]")
    expect(pressed).to_have_attribute("data-row", "1")
    cell(results, 0, 0).click()
    expect(pressed).to_have_attribute("data-row", "0")
