"""The exported page of a small model in chromium: what it draws against Python's own numbers."""

import base64

import numpy as np
import pytest
from conftest import needs_chromium, visiting
from playwright.sync_api import expect

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


def numbers(locator):
    return [float(text.replace("−", "-")) for text in locator.all_inner_texts()]


def part(page, number):
    return page.locator(f".reading section[data-section='{number}']")


def states_of(found, layer=0):
    """Return what goes into the gates, and the states, (2, T, …), of a layer's directions."""
    T, H = len(found["ids"]), found["size"]
    parts = {
        name: np.frombuffer(base64.b64decode(found[name]), "<i2") / 1000
        for name in ("given", "memory", "states")
    }
    shapes = {"given": (2, 2, T, 3, H), "memory": (2, 2, T, 3, H)}
    shapes["states"] = (2, 2, T, H)
    return [parts[name].reshape(shapes[name])[layer] for name in shapes]


@pytest.mark.parametrize(("layer", "direction"), [(0, "forward"), (1, "backward")])
def test_the_numbers_in_the_cell_are_those_of_its_layer_unit_letter_and_direction(
    visit, shown, layer, direction
):
    given, memory, states = states_of(reading(shown, "Ferrari"), layer)
    d = int(direction == "backward")
    page = visit("#name=Ferrari&tab=reading")
    gates = part(page, 3)
    expect(gates.locator(".of-unit")).not_to_be_empty()
    page.locator(".reading .layer").select_option(index=layer)
    gates.get_by_label("Unit", exact=True).fill("5")
    gates.locator(".direction").select_option(direction)
    page.get_by_role("button", name="Next letter").click()
    place = f"Unit 5 at “e”, reading {direction}"
    expect(gates.locator(".of-unit")).to_have_text(place)
    x, m, h = given[d, 1, :, 4], memory[d, 1, :, 4], states[d, 1, 4]
    old = states[d, 1 + (1 if d else -1), 4]
    r, z = 1 / (1 + np.exp(-(x + m)[:2]))
    n = np.tanh(x[2] + r * m[2])
    expected = {"x0": x[0], "x1": x[1], "x2": x[2], "m0": m[0], "m1": m[1], "m2": m[2]}
    expected |= {"r": r, "z": z, "n": n, "old": old, "h": h, "rest": 1 - z}
    for name, value in expected.items():
        found = numbers(gates.locator(f".gates [data-wire={name}]"))
        assert found, name
        assert found == pytest.approx([value] * len(found), abs=0.006), name


def test_beginnings_scores_and_numbers_of_letters_are_python_s(visit, shown):
    found = reading(shown, "Ferrari")
    page = visit("#name=Ferrari&tab=reading")
    rows = part(page, 5).locator("tbody tr")
    expect(rows).to_have_count(3)
    last = np.array(found["shares"])[-1]
    order = sorted(range(3), key=lambda i: -last[i])
    labels = [found["labels"][i] for i in order]
    expect(rows.locator("th")).to_have_text(labels)
    for row, i in zip(rows.all(), order, strict=True):
        percents = [share[i] for share in found["shares"]]
        texts = ["" if p < 0.005 else str(round(100 * p)) for p in percents]
        assert row.locator("td").all_inner_texts() == texts
    scores = part(page, 4).locator(".scores-table tbody tr")
    assert part(page, 4).locator(".scores-table thead th").all_inner_texts() == [
        "last states",
        "bias",
        "GRU’s score",
        "answer",
    ]
    for row, i in zip(scores.all(), order, strict=True):
        *sums, _ = row.locator("td").all_inner_texts()
        values = [float(text.replace("−", "-")) for text in sums]
        expected = [*(of[i] for of in found["added"]), found["logits"][0][i]]
        assert values == pytest.approx(expected, abs=0.06)
        assert row.locator("td").last.inner_text() == f"{last[i]:.1%}"
    ids = part(page, 1).locator(".ids tbody td:not(.length)").all_inner_texts()
    pairs = zip(found["units"], found["ids"], strict=True)
    assert ["".join(text.split()) for text in ids] == [f"{u}{i}" for u, i in pairs]


def test_units_are_offered_by_how_far_they_move_and_the_first_is_chosen(visit, shown):
    _, _, states = states_of(reading(shown, "Ferrari"))
    before = np.vstack([np.zeros(states.shape[-1]), states[0, :-1]])
    moves = np.abs(states[0] - before).max(axis=0)
    order = [str(u + 1) for u in np.argsort(-moves, kind="stable")[:6]]
    page = visit("#name=Ferrari&tab=reading")
    expect(part(page, 3).locator(".of-unit")).to_contain_text(f"Unit {order[0]} at “f”")
    assert part(page, 3).locator(".busy button").all_inner_texts() == order


def test_two_names_are_set_against_each_other_and_sorted_by_length(visit):
    page = visit("#name=Ferrari&tab=reading")
    part(page, 6).get_by_label("First name").fill("Ito")
    part(page, 6).get_by_label("Second name").fill("Popov")
    part(page, 1).locator("summary").click()
    rows = part(page, 1).locator(".batch tbody tr")
    expect(rows.locator("th")).to_have_text(["ferrari", "popov", "ito"])
    assert rows.locator(".length").all_inner_texts() == ["7", "5", "3"]
    expect(rows.nth(2).locator(".padding")).to_have_count(4)
    expect(part(page, 6).locator("figcaption b")).to_have_text(["Ito", "Popov"])


def test_a_column_is_sorted_from_the_largest_then_turned_and_labels_from_a(
    visit, shown
):
    page = visit("#name=Ferrari&tab=test")
    table = page.locator("#per-label table").first
    heads = table.locator("th[aria-sort]")

    def column(at):
        cells = table.locator("tbody tr").all()
        return [
            row.locator("th, td").nth(at).get_attribute("data-value") for row in cells
        ]

    heads.nth(1).get_by_role("button").click()
    values = [float(value) for value in column(1)]
    assert values == sorted(values, reverse=True)
    expect(heads.nth(1)).to_have_attribute("aria-sort", "descending")
    heads.nth(1).get_by_role("button").click()
    assert [float(value) for value in column(1)] == sorted(values)
    expect(heads.nth(1)).to_have_attribute("aria-sort", "ascending")
    heads.nth(0).get_by_role("button").click()
    expect(heads.nth(1)).to_have_attribute("aria-sort", "none")
    assert column(0) == sorted(column(0))
    heads.nth(0).get_by_role("button").click()
    assert column(0) == sorted(column(0), reverse=True)


def test_arrow_keys_move_among_the_cells_of_the_matrix_one_of_which_is_in_the_tab_order(
    visit,
):
    page = visit("#name=Ferrari&tab=test")
    cells = page.locator("#matrix button[data-row]")
    focused = (
        "[document.activeElement.dataset.row, document.activeElement.dataset.column]"
    )
    cells.first.focus()
    start = page.evaluate(focused)
    assert start == ["0", "0"]
    for key, place in (
        ("ArrowRight", ["0", "1"]),
        ("ArrowDown", ["1", "1"]),
        ("ArrowLeft", ["1", "0"]),
        ("ArrowUp", ["0", "0"]),
        ("ArrowUp", ["0", "0"]),
    ):
        page.keyboard.press(key)
        assert page.evaluate(focused) == place, key
    assert page.locator("#matrix button[data-row][tabindex='0']").count() == 1
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    pressed = page.locator("#matrix [aria-pressed=true]")
    expect(pressed).to_have_count(1)
    expect(pressed).to_have_attribute("data-row", "1")
    cells.first.click()
    expect(pressed).to_have_attribute("data-row", "0")
