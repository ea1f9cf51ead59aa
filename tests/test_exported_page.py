"""The exported page of a small model in chromium: what it draws against Python's own numbers."""

import base64
import re
from datetime import datetime, timedelta

import numpy as np
import pytest
from conftest import LOOKS, hues, needs_chromium, open_tab, visiting
from playwright.sync_api import expect

from model.tabs.page_model import read_model
from model.tabs.reading import view_of

pytestmark = needs_chromium


@pytest.fixture(scope="module")
def shown(complete_folder):
    return read_model(complete_folder)


@pytest.fixture
def page(visit):
    """What is inside while it reads Ferrari."""
    return read(visit("#name=Ferrari&inside=1"))


def read(page):
    """Return the page once it has read its text."""
    expect(part(page, 3).locator(".of-unit")).not_to_be_empty()
    return page


def numbers(locator):
    texts = locator.all_inner_texts()
    return [float(text.replace("−", "-")) for text in texts]


def part(page, number):
    return page.locator(f".reading section[data-section='{number}']")


def states_of(found, layer):
    """Return what goes into the gates, and the states, (2, T, …), of a layer's directions."""
    T, H = len(found["ids"]), found["size"]
    shapes = {"given": (3, H), "memory": (3, H), "states": (H,)}
    parts = []
    for name, shape in shapes.items():
        thousandths = np.frombuffer(base64.b64decode(found[name]), "<i2")
        parts.append((thousandths / 1000).reshape(2, 2, T, *shape)[layer])
    return parts


def test_the_numbers_in_the_cell_are_those_of_its_layer_unit_letter_direction(
    page, shown
):
    gates = part(page, 3)
    go_to(page, 0)
    expect(gates.locator(".gates")).to_contain_text("there is no old state yet")
    bar = page.locator(".reader")
    bar.locator(".layer").select_option(index=1)
    bar.get_by_label("Unit", exact=True).fill("5")
    bar.locator(".direction").select_option("backward")
    page.get_by_role("button", name="Next letter").click()
    place = "Unit 5 at “e”, reading backward"
    expect(gates.locator(".of-unit")).to_have_text(place)
    parts = states_of(view_of(shown, "Ferrari", opened=True), layer=1)
    inputs, remembered, states = (part[1, ..., 4] for part in parts)
    x, m = inputs[1], remembered[1]
    reset, update = 1 / (1 + np.exp(-x[:2] - m[:2]))
    expected = {f"x{gate}": value for gate, value in enumerate(x)}
    expected |= {f"m{gate}": value for gate, value in enumerate(m)}
    expected |= {"r": reset, "z": update, "n": np.tanh(x[2] + reset * m[2])}
    expected |= {"old": states[2], "h": states[1], "rest": 1 - update}
    gates.locator("summary").click()
    for name, value in expected.items():
        written = numbers(gates.locator(f".gates [data-wire={name}]"))
        assert written, name
        for number in written:
            assert number == pytest.approx(value, abs=0.006), name


def test_beginnings_have_the_answers_and_sums_of_python(ferrari, shown):
    page, found, _ = ferrari
    table = part(page, 4).locator(".scores-table")
    titles = ["last states", "bias", "GRU’s score", "answer"]
    assert table.locator("thead th").all_inner_texts() == titles
    told = []
    for t, shares in enumerate(found["shares"]):
        go_to(page, t)
        best = int(np.argmax(shares))
        label = found["labels"][best]
        answer = page.locator(".reader [data-so-far]")
        expect(answer).to_contain_text(f"{label}, {shares[best]:.1%}")
        likely = ", ".join(
            f"{found['labels'][i]} {shares[i]:.1%}"
            for i in np.argsort(-np.array(shares), kind="stable")
            if shares[i] >= 0.03
        )
        told.append(f"{'Ferrari'[t]}: {likely}")
        beginning = "ferrari"[: t + 1]
        expect(part(page, 4).locator("bdi")).to_have_text(beginning)
        read = view_of(shown, beginning, opened=True)
        for row in table.locator("tbody tr").all():
            i = found["labels"].index(row.locator("th").inner_text())
            assert row.locator("td").last.inner_text() == f"{shares[i]:.1%}"
            sums = [
                *(of_labels[i] for of_labels in read["added"]),
                read["logits"][0][i],
            ]
            written = numbers(row.locator("td:not(:last-child)"))
            assert written == pytest.approx(sums, abs=0.06)
    words = f"If it ended after each of 7; {'; '.join(told)}"
    expect(bands(page)).to_have_attribute("aria-label", words)


# How high some colours stand in a column of a picture, all of it is 1
RUNS = """(canvas, [x, colours]) => {
  const pen = canvas.getContext('2d');
  const {data} = pen.getImageData(Math.floor(x * canvas.width), 0, 1, canvas.height);
  const rows = Array.from({length: canvas.height}, (_, y) => [...data.slice(4 * y, 4 * y + 4)]);
  const dot = new OffscreenCanvas(1, 1).getContext('2d');
  return colours.map((colour) => {
    dot.clearRect(0, 0, 1, 1);
    dot.fillStyle = colour;
    dot.fillRect(0, 0, 1, 1);
    const own = [...dot.getImageData(0, 0, 1, 1).data];
    const isOwn = (row) => own.every((value, i) => Math.abs(value - row[i]) < 3);
    const [first, last] = [rows.findIndex(isOwn), rows.findLastIndex(isOwn)];
    return first < 0 ? 0 : (last - first + 1) / canvas.height;
  });
}"""


def bands(page):
    return page.locator(".bands")


def heights(page, x, colours):
    """Return how high each colour stands in the bands, at a share of their width."""
    return bands(page).evaluate(RUNS, [x, colours])


@pytest.mark.parametrize("tab", ["", "&inside=1"])
def test_bands_are_as_high_as_shares_and_end_as_the_bars_of_the_answer(
    visit, shown, tab
):
    page = visit("#name=Inoue")
    expect(page.locator("#bars .bars li")).to_have_count(3)
    bars = page.locator("#bars .bars")
    colours = [colour_of(bars, label) for label in shown.labels]
    assert len(set(colours)) == 3
    page.evaluate("(tab) => { location.hash = `name=Inoue${tab}`; }", tab)
    expect(bands(page)).to_have_attribute("aria-label", re.compile("^If it ended"))
    page.evaluate(TWO_FRAMES)
    canvas = bands(page).bounding_box()
    for t, shares in enumerate(view_of(shown, "Inoue", opened=True)["shares"]):
        edges = page.locator(".stage .letter").nth(t).bounding_box()
        x = (edges["x"] + edges["width"] / 2 - canvas["x"]) / canvas["width"]
        assert heights(page, x, colours) == pytest.approx(shares, abs=0.02)
    answer = dict(shown.classifier.answer("Inoue", 3).predictions)
    expected = [answer[label] for label in shown.labels]
    assert heights(page, 0.995, colours) == pytest.approx(expected, abs=0.02)


def test_a_guess_at_the_next_letter_is_compared_with_what_it_says_there(page, shown):
    first = page.locator(".reader")
    first.get_by_label("Guess first").check()
    told = first.locator(".guess output")
    found = view_of(shown, "Ferrari", opened=True)
    for t, shares in enumerate(found["shares"][1:], 2):
        answer = found["labels"][int(np.argmax(shares))]
        guess = "Russian" if t % 2 else answer
        first.get_by_label("The next letter").select_option(guess)
        says = "right" if guess == answer else f"it is {answer}"
        expect(told).to_have_text(f"You guessed {guess}: {says}.")
        expect_at(page, t - 1)
    page.locator("#name textarea").fill("Rossi")
    expect(told).to_be_empty()


def test_what_comes_behind_the_cursor_is_hidden_from_one_who_guesses(page):
    page.get_by_label("Guess first").check()
    expect_at(page, 0)
    assert [heights(page, x, ["transparent"]) for x in (0.01, 0.99)] == [[0], [1]]
    expect(page.locator(".letter small").first).to_be_empty()


def go_to(page, i):
    page.locator(f".tint [data-at='{i}']").click()


def expect_at(page, i):
    """The cursor is at a letter of the stage."""
    expect(page.locator(".letter").nth(i)).to_have_class(re.compile(r"\bat\b"))
    expect(page.locator(".letter.at")).to_have_count(1)


def press(page, name):
    page.get_by_role("button", name=name).click()


def test_keys_step_through_all_pictures_at_once(visit):
    page = read(visit("#name=Müller&inside=1"))
    page.get_by_role("button", name="Next letter").press("Home")
    expect_at(page, 0)
    page.keyboard.press("ArrowRight")
    page.keyboard.press("ArrowRight")
    expect_at(page, 1)  # ü, of which it reads two
    expect(part(page, 1).locator(".at")).to_contain_text("◌̈")
    expect(page.locator(".tint .at")).to_contain_text("◌̈")
    expect(part(page, 3).locator(".of-unit")).to_contain_text("at “◌̈”")
    expect(part(page, 2).locator("[data-live=unit]")).to_have_text("◌̈")
    expect(page.locator(".now-says")).to_contain_text("After mü:")
    page.keyboard.press("End")
    expect_at(page, 5)


def test_play_steps_until_it_is_paused(browser, small_page):
    page = browser.new_page()
    page.clock.install()
    with visiting(page, small_page.as_uri()) as open_page:
        read(open_page("#name=Ferrari&inside=1"))
        # A busy machine must not take a second step.
        page.clock.pause_at(datetime.now() + timedelta(hours=1))
        press(page, "▶ Play")
        page.clock.run_for(1200)  # a step
        expect_at(page, 1)
        press(page, "Pause")
        page.clock.run_for(5000)
        expect_at(page, 1)
    page.close()


def test_with_reduced_motion_nothing_plays(visit):
    page = read(visit("#name=Ito&inside=1", reduced_motion="reduce"))
    go_to(page, 0)
    press(page, "Next letter")
    expect_at(page, 1)
    expect(page.get_by_role("button", name="▶ Play")).to_have_count(0)


def test_a_gate_is_marked_in_list_and_drawing(page):
    gates = part(page, 3)
    gates.locator("li", has_text="Update gate").focus()
    for place in (".gates li", ".cell g"):
        expect(gates.locator(f"{place}.lit")).to_have_count(1)
    gates.locator(".cell [data-part=letter] text").hover()
    expect(gates.locator(".cell g.lit")).to_have_attribute("data-part", "letter")


def test_a_unit_is_picked_on_its_thread(ferrari):
    page, found, _ = ferrari
    _, _, (_, backward) = states_of(found, layer=1)
    lowest = np.argmin(backward[0])  # at the end of reading
    thread = page.locator("canvas.backward")
    size = thread.bounding_box()
    thread.click(position={"x": 0.17 * size["width"], "y": size["height"] - 2})
    place = f"Unit {lowest + 1} at “e”, reading backward"
    expect(part(page, 3).locator(".of-unit")).to_have_text(place)
    expect_at(page, 1)


@pytest.mark.parametrize(
    ("settings", "rows"),
    [
        ("", "forward"),
        ("&cell=rnn&both=true", "forward backward"),
    ],
)
def test_the_network_just_trained_is_read_in_place_of_the_model(visit, settings, rows):
    page = read(visit("#name=Ferrari&inside=1"))
    by_trained = page.get_by_role("button", name="the network just trained")
    expect(by_trained).to_be_hidden()
    page.evaluate(
        "(settings) => { location.hash = `name=Ferrari&tab=train${settings}`; }",
        settings,
    )
    press(page, "One step")
    open_tab(page, "Name")
    by_trained.click()
    size = part(page, 3)
    expect(size).to_contain_text(re.compile("a state of (16|24|32|48|64) numbers"))
    is_gru = "cell" not in settings
    expect(part(page, 3).locator(".cell")).to_be_visible(visible=is_gru)
    drawn = page.locator(".memory canvas")
    assert (
        drawn.evaluate_all("(all) => all.map((one) => one.className)") == rows.split()
    )
    expect(page.locator(".letter bdi")).to_have_text(list("ferrari"))
    expect(page.locator(".letter small").first).to_be_empty()
    expect(bands(page)).to_have_attribute("aria-label", re.compile("7; f: .*i: "))
    thread = page.locator("canvas.forward")
    thread.click(position={"x": 0.3 * thread.bounding_box()["width"], "y": 9})
    expect_at(page, 2)
    units = part(page, 6)
    units.get_by_label("Search").fill("-ova")
    expect(units.locator(".answering")).to_contain_text("answer best to -ova")
    press(page, "the shipped model")
    expect(size).to_contain_text("a state of 12 numbers")


@pytest.fixture
def ferrari(page, shown):
    """The page that reads Ferrari, the reading in Python, and its labels, the likeliest first."""
    found = view_of(shown, "Ferrari", opened=True)
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


def test_each_letter_stands_with_its_number(ferrari):
    page, found, _ = ferrari
    cells = part(page, 1).locator(".ids tbody td:not(.length)")
    shown = ["".join(text.split()) for text in cells.all_inner_texts()]
    pairs = zip(found["units"], found["ids"], strict=True)
    assert shown == [f"{unit}{number}" for unit, number in pairs]


def test_it_begins_with_the_unit_that_tells_most_where_that_moves_most(ferrari, shown):
    """By the weights of the last layer."""
    page, found, (best, *_) = ferrari
    _, _, states = states_of(found, layer=1)
    last = np.concatenate([states[0, -1], states[1, 0]])
    weights = shown.model.network.linear.weight[:3].detach().numpy()
    speaks = last * (weights[best] - weights.mean(axis=0))
    d, unit = divmod(int(np.argmax(speaks)), found["size"])
    read = states[d, :: -1 if d else 1, unit]
    moves = np.abs(np.diff(read, prepend=0))[:: -1 if d else 1]
    start = int(np.argmax(moves))
    place = f"Unit {unit + 1} at “{'ferrari'[start]}”"
    expect(part(page, 3).locator(".of-unit")).to_contain_text(place)
    expect(page.locator(".telling")).to_contain_text(f"Unit {unit + 1} ")
    expect_at(page, start)


def test_the_groups_are_python_s(ferrari):
    page, found, (label, *_) = ferrari
    packed = np.frombuffer(base64.b64decode(found["groups"]), "<i2") / 1000
    rows = packed.reshape(2, 7, 3)[:, :, label]
    table = part(page, 5).locator("table")
    assert table.locator("th[scope=row]").all_inner_texts() == ["of 1", "of 2"]
    assert numbers(table.locator("tbody td")) == pytest.approx(
        rows.flatten(), abs=0.006
    )


def test_names_of_a_batch_are_sorted_by_length_and_padded(page):
    page.locator("#name textarea").fill("Ito")
    expect(page.locator(".tint i")).to_have_count(3)
    part(page, 1).locator("summary").click()
    rows = part(page, 1).locator(".batch tbody tr")
    names = ["müller", "schmidt", "ivanova", "muller", "ivanov", "smith", "ito"]
    expect(rows.locator("th")).to_have_text(names)
    expect(rows.locator(".length")).to_have_text(list("7776653"))
    expect(rows.last.locator(".padding")).to_have_count(4)


# Resolves when a page has drawn what depends on a new width
TWO_FRAMES = """() => new Promise(
    (done) => requestAnimationFrame(() => requestAnimationFrame(done)))"""


@pytest.fixture(params=LOOKS)
def plain(ferrari, request):
    """The page in the few colours that a visitor chose, or on paper."""
    page, *_ = ferrari
    go_to(page, 6)
    page.emulate_media(**request.param)
    page.set_viewport_size({"width": 1270, "height": 900})  # so that it is drawn again
    page.evaluate(TWO_FRAMES)
    yield page
    page.emulate_media(forced_colors="none", media="screen")


PICTURES = [
    (0, ".forward"),
    (2, ".vector"),
    (4, ".scores-table .bar"),
    (6, ".many"),
]


def test_bars_lines_shades_keep_their_colours(plain):
    units = part(plain, 6)
    units.scroll_into_view_if_needed()
    expect(units.locator(".many li")).to_have_count(30)
    for number, place in PICTURES:
        assert hues(part(plain, number).locator(place).first), place
    assert len(hues(plain.locator(".bands"))) > 1
    assert hues(plain.locator(".tint"))
    expect(plain.locator(".letter").first).to_have_css("print-color-adjust", "exact")
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
    units = part(page, 6)
    units.scroll_into_view_if_needed()
    search = units.get_by_label("Search")
    search.fill("-ski")
    expect(units.locator(".answering")).to_contain_text("answer best to -ski")
    rows = units.locator(".many li")
    page.get_by_label("Unit", exact=True).fill("5")
    expect(rows).to_have_count(30)
    values = numbers(units.locator(".many small"))
    assert values == sorted(values, reverse=True)
    for row, value in zip(rows.all(), values, strict=True):
        name = letters_of(row)
        _, _, states = states_of(
            view_of(shown, name.replace("␣", " "), opened=True), layer=1
        )
        assert value == pytest.approx(states[0, -1, 4], abs=0.006), name
        ending = ["s", "k", "i"] if name.endswith("ski") else []
        assert row.locator(".searched").all_inner_texts() == ending

    units.locator(".answering button").first.click()
    is_found = [letters_of(row).endswith("ski") for row in rows.all()]
    assert max(sum(is_found[:20]), sum(is_found[-20:])) >= 18  # stand on one side

    units.get_by_label("Guess").fill("0.5")
    search.fill("-ova")
    search.press("Enter")
    told = units.locator(".guess output")
    expect(told).to_contain_text("You guessed 0.5: it is ")
    mean = np.mean(numbers(units.locator("li:has(.searched) small")))
    (compared,) = re.findall(r"it is (.*)\.$", told.inner_text())
    assert float(compared.replace("−", "-")) == pytest.approx(mean, abs=0.011)
    search.fill("qqq")
    expect(units.locator(".unfound")).to_have_text("No name here has it.")


# Test results


@pytest.fixture
def results(visit):
    """The test results in the presenter's view, where arrow keys turn the page elsewhere."""
    return visit("#name=Ferrari&tab=test&view=large")


def test_scores_are_sorted_by_their_headings(results):
    table = results.locator("#per-label table").first
    for at, orders in ((1, ["descending", "ascending"]), (0, ["ascending"])):
        heading = table.locator("th[aria-sort]").nth(at)
        for order in orders:
            heading.get_by_role("button").press("Enter")
            expect(heading).to_have_attribute("aria-sort", order)
            cells = table.locator(f"tbody tr > :nth-child({at + 1})").all()
            values = [cell.get_attribute("data-value") for cell in cells]
            if at:
                values = [float(value) for value in values]
            assert len(set(values)) > 1
            assert values == sorted(values, reverse=order == "descending")
    expect(table.locator("th[aria-sort]:not([aria-sort=none])")).to_have_count(1)


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
