"""The exported page of a small model in chromium: what it draws against Python's own numbers."""

import base64
import re

import numpy as np
import pytest
from conftest import hues, needs_chromium, open_tab, visiting
from playwright.sync_api import expect

from model.tabs.nearest import finder
from model.tabs.page_model import read_model
from model.tabs.reading import reading

pytestmark = needs_chromium


@pytest.fixture(scope="module")
def shown(complete_folder):
    return read_model(complete_folder)


@pytest.fixture
def visit(window, small_page):
    with visiting(window, small_page.as_uri()) as open_page:
        yield open_page


@pytest.fixture
def page(visit):
    """How it reads Ferrari."""
    page = visit("#name=Ferrari&tab=reading")
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
    sums = inputs + remembered
    reset, update = 1 / (1 + np.exp(-sums[:2]))
    return {
        "x0": inputs[0],
        "x1": inputs[1],
        "x2": inputs[2],
        "m0": remembered[0],
        "m1": remembered[1],
        "m2": remembered[2],
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


def test_the_answer_so_far_is_python_s_for_each_beginning(page, shown):
    found = reading(shown, "Ferrari")
    first = part(page, 0)
    for shares in found["shares"]:
        best = int(np.argmax(shares))
        label = found["labels"][best]
        expect(first.locator("[data-so-far]")).to_have_attribute("data-so-far", label)
        bar = first.locator(f".bars [data-label='{best}'] .value")
        expect(bar).to_have_text(f"{shares[best]:.1%}")
        page.get_by_role("button", name="Next letter").click()


def test_a_guess_at_the_next_letter_is_compared_with_what_it_says_there(page, shown):
    first = part(page, 0)
    first.get_by_label("Guess first").check()
    found = reading(shown, "Ferrari")
    for t, shares in enumerate(found["shares"][1:], 2):
        answer = found["labels"][int(np.argmax(shares))]
        other = found["labels"][int(np.argmin(shares))]
        guess = other if t % 2 else answer
        first.get_by_label("The next letter").select_option(guess)
        says = "right" if guess == answer else f"it is {answer}"
        told = first.locator(".guess output")
        expect(told).to_have_text(f"You guessed {guess}: {says}.")
        cursor = page.locator(".cursor")
        expect(cursor).to_have_attribute("aria-valuenow", str(t))
    page.locator(".reader .typed").fill("Rossi")
    expect(told).to_be_empty()


def test_what_comes_is_hidden_from_one_who_guesses(visit):
    page = visit("#name=Macron&tab=reading")
    line = part(page, 0).locator("polyline").first
    expect(line).to_have_css("clip-path", "none")
    part(page, 0).get_by_label("Guess first").check()
    line = part(page, 0).locator("polyline").first
    expect(line).to_have_css("clip-path", re.compile("100%"))
    expect(part(page, 0).locator(".of-data")).to_be_hidden()


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


def percent(share):
    """Return what stands in a cell: nothing below half a percent."""
    if share < 0.005:
        return ""
    return str(round(100 * share))


def test_the_table_of_beginnings_has_python_s_percentages(ferrari):
    page, found, order = ferrari
    rows = part(page, 5).locator("tbody tr")
    labels = [found["labels"][i] for i in order]
    expect(rows.locator("th")).to_have_text(labels)
    for row, i in zip(rows.all(), order, strict=True):
        shares = [share[i] for share in found["shares"]]
        texts = [percent(share) for share in shares]
        assert row.locator("td").all_inner_texts() == texts


def test_the_scores_are_python_s_sums(ferrari):
    page, found, order = ferrari
    table = part(page, 4).locator(".scores-table")
    titles = ["last states", "bias", "GRU’s score", "answer"]
    assert table.locator("thead th").all_inner_texts() == titles
    logits = found["logits"][0]
    shares = found["shares"][-1]
    rows = table.locator("tbody tr").all()
    for row, i in zip(rows, order, strict=True):
        *sums, answer = row.locator("td").all_inner_texts()
        values = [float(text.replace("−", "-")) for text in sums]
        added = [part_of_score[i] for part_of_score in found["added"]]
        expected = [*added, logits[i]]
        assert values == pytest.approx(expected, abs=0.06)
        assert answer == f"{shares[i]:.1%}"


def test_each_letter_stands_with_its_number(ferrari):
    page, found, _ = ferrari
    cells = part(page, 1).locator(".ids tbody td:not(.length)")
    shown = ["".join(text.split()) for text in cells.all_inner_texts()]
    pairs = zip(found["units"], found["ids"], strict=True)
    assert shown == [f"{unit}{number}" for unit, number in pairs]


def test_units_are_offered_by_how_far_they_move(ferrari):
    page, found, _ = ferrari
    _, _, states = states_of(found)
    forward, _ = states
    nothing = np.zeros(forward.shape[-1])
    before = np.vstack([nothing, forward[:-1]])
    moves = np.abs(forward - before).max(axis=0)
    busiest = np.argsort(-moves, kind="stable")[:6]
    order = [str(unit + 1) for unit in busiest]
    gates = part(page, 3)
    assert gates.locator(".busy button").all_inner_texts() == order
    expect(gates.locator(".of-unit")).to_contain_text(f"Unit {order[0]} at “f”")


@pytest.fixture
def two(page):
    """The page with two names set against each other."""
    names = part(page, 6)
    names.get_by_label("First name").fill("Ito")
    names.get_by_label("Second name").fill("Popov")
    expect(names.locator("figcaption b")).to_have_text(["Ito", "Popov"])
    return page


def test_names_of_a_batch_are_sorted_by_length(two):
    part(two, 1).locator("summary").click()
    rows = part(two, 1).locator(".batch tbody tr")
    expect(rows.locator("th")).to_have_text(["ferrari", "popov", "ito"])
    assert rows.locator(".length").all_inner_texts() == ["7", "5", "3"]


def test_a_short_name_of_a_batch_is_padded(two):
    part(two, 1).locator("summary").click()
    last = part(two, 1).locator(".batch tbody tr").nth(2)
    expect(last.locator(".padding")).to_have_count(4)


def test_a_name_without_a_nearest_one_is_compared_without_its_end(page, shown):
    assert finder(shown)("Ferrari")["nearest"] == []
    names = part(page, 6)
    names.scroll_into_view_if_needed()
    expect(names.locator("figcaption b")).to_have_text(["Ferrari", "Ferrar"])
    expect(names.locator(".difference")).to_contain_text("No such change")
    page.locator(".reading .typed").fill("Popov")
    expect(names.locator("figcaption b")).to_have_text(["Popov", "Popo"])


# Few colours, and paper

# Resolves when a page has drawn what depends on a new width
TWO_FRAMES = """() => new Promise(
    (done) => requestAnimationFrame(() => requestAnimationFrame(done)))"""
LOOKS = [{"forced_colors": "active"}, {"media": "print"}]
LOOKS = [pytest.param(look, id=next(iter(look))) for look in LOOKS]


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


# One unit, many names


@pytest.fixture
def many(page):
    """The part on one unit over many names, of those that end in "-ski"."""
    units = part(page, 7)
    units.scroll_into_view_if_needed()
    units.get_by_label("Search").fill("-ski")
    expect(units.locator(".answering")).to_contain_text("answer best to -ski")
    return units


def letters_of(row):
    return "".join(row.locator("bdi i").all_inner_texts())


def test_names_are_sorted_by_the_state_of_the_unit_at_the_ending(many, shown):
    many.get_by_label("Unit", exact=True).fill("5")
    expect(many.locator(".many li")).to_have_count(30)
    values = numbers(many.locator(".many small"))
    assert values == sorted(values, reverse=True)
    for row, value in zip(many.locator(".many li").all(), values, strict=True):
        name = letters_of(row).replace("␣", " ")
        found = reading(shown, name)
        _, _, states = states_of(found)
        assert value == pytest.approx(states[0, -1, 4], abs=0.006), name


def test_what_is_searched_is_marked_where_it_is(many):
    rows = many.locator(".many li").all()
    endings = [row.locator(".searched").all_inner_texts() for row in rows]
    marked = [ending for ending in endings if ending]
    assert marked == [list("ski")] * 20
    for row, ending in zip(rows, endings, strict=True):
        assert letters_of(row).endswith("ski") == bool(ending)


def test_the_unit_that_answers_best_is_apart_from_all_others(many):
    many.locator(".answering button").first.click()
    is_found = [
        letters_of(row).endswith("ski") for row in many.locator(".many li").all()
    ]
    # All 20 stand on one side, if some of the others are among them
    ends = is_found[:20], is_found[-20:]
    assert max(map(sum, ends)) >= 18


def test_the_average_of_what_is_searched_is_compared_with_a_guess(many):
    many.get_by_label("Unit", exact=True).fill("5")
    many.get_by_label("Guess").fill("0.5")
    many.get_by_label("Search").fill("-ova")
    many.get_by_label("Search").press("Enter")
    told = many.locator(".guess output")
    expect(told).to_contain_text("You guessed 0.5: it is ")
    found = many.locator("li:has(.searched)")
    mean = np.mean(numbers(found.locator("small")))
    (compared,) = re.findall(r"it is (.*)\.$", told.inner_text())
    assert float(compared.replace("−", "-")) == pytest.approx(mean, abs=0.011)
    expect(many.locator(".means")).to_contain_text(f"{compared} on average there")


def test_a_beginning_that_no_name_has_is_said(many):
    many.get_by_label("Search").fill("qqq")
    expect(many.locator(".unfound")).to_have_text("No name here has it.")


# Test results


@pytest.fixture
def results(visit):
    return visit("#name=Ferrari&tab=test")


@pytest.fixture
def by_label(results):
    return results.locator("#per-label table").first


def heading(table, at):
    return table.locator("th[aria-sort]").nth(at)


def sort_by(table, at):
    heading(table, at).get_by_role("button").click()


def column(table, at):
    cells = table.locator(f"tbody tr > :nth-child({at + 1})").all()
    return [cell.get_attribute("data-value") for cell in cells]


def test_a_column_of_numbers_is_sorted_from_the_largest(by_label):
    sort_by(by_label, 1)
    values = [float(value) for value in column(by_label, 1)]
    assert values == sorted(values, reverse=True)
    expect(heading(by_label, 1)).to_have_attribute("aria-sort", "descending")


def test_a_second_press_turns_the_column(by_label):
    sort_by(by_label, 1)
    sort_by(by_label, 1)
    values = [float(value) for value in column(by_label, 1)]
    assert values == sorted(values)
    expect(heading(by_label, 1)).to_have_attribute("aria-sort", "ascending")


def test_labels_are_sorted_from_a(by_label):
    sort_by(by_label, 1)
    sort_by(by_label, 0)
    labels = column(by_label, 0)
    assert labels == sorted(labels)
    sort_by(by_label, 0)
    assert column(by_label, 0) == labels[::-1]


def test_one_column_at_a_time_is_said_to_be_sorted(by_label):
    sort_by(by_label, 1)
    sort_by(by_label, 0)
    expect(heading(by_label, 1)).to_have_attribute("aria-sort", "none")


@pytest.fixture
def cells(results):
    """The cells of the matrix, the first of them focused."""
    cells = results.locator("#matrix button[data-row]")
    cells.first.focus()
    return cells


def focused(page):
    place = "({row, column}) => [row, column]"
    return page.evaluate(f"() => ({place})(document.activeElement.dataset)")


def test_arrow_keys_move_among_the_cells_of_the_matrix(results, cells):
    assert focused(results) == ["0", "0"]
    path = {
        "ArrowRight": ["0", "1"],
        "ArrowDown": ["1", "1"],
        "ArrowLeft": ["1", "0"],
        "ArrowUp": ["0", "0"],
    }
    for key, place in path.items():
        results.keyboard.press(key)
        assert focused(results) == place, key


def test_arrow_keys_stop_at_the_edge_of_the_matrix(results, cells):
    results.keyboard.press("ArrowUp")
    assert focused(results) == ["0", "0"]


def test_one_cell_of_the_matrix_is_in_the_tab_order(results, cells):
    results.keyboard.press("ArrowRight")
    in_order = results.locator("#matrix button[data-row][tabindex='0']")
    expect(in_order).to_have_count(1)
    expect(in_order).to_be_focused()


def test_one_cell_of_the_matrix_is_pressed(results, cells):
    results.keyboard.press("ArrowDown")
    results.keyboard.press("Enter")
    pressed = results.locator("#matrix [aria-pressed=true]")
    expect(pressed).to_have_count(1)
    expect(pressed).to_have_attribute("data-row", "1")
    cells.first.click()
    expect(pressed).to_have_count(1)
    expect(pressed).to_have_attribute("data-row", "0")
