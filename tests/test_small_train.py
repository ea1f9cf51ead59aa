"""The tab Train of the exported page in chromium: what a visitor sets, sees and takes away."""

import re
import shutil

import numpy as np
import pytest
from conftest import needs_chromium, open_tab, visiting
from playwright.sync_api import expect

from model import TextClassifier

pytestmark = needs_chromium
# The first letter says which; of each label 8 of 40 texts are held out.
TABLE = "".join(
    f"{first}{a}{b},{label}\n"
    for first, label in (("x", "cross"), ("o", "nought"))
    for a in "klmnp"
    for b in "eiouarst"
)
HELD_OUT = 16


@pytest.fixture
def visit(window, small_page):
    with visiting(window, small_page.as_uri()) as open_page:
        yield open_page


@pytest.fixture
def train(visit):
    """The way to open the tab with settings and, for `data=own`, the table above."""

    def open_page(settings, table=TABLE):
        page = visit(f"#name=Rossi&tab=train{settings}")
        if "data=own" in settings:
            page.get_by_label("Two columns").fill(table)
        expect(held(page).first).to_be_visible()
        return page

    return open_page


def held(page):
    return page.locator(".held")


def step(page, times=1):
    for _ in range(times):
        before = page.locator(".back output").inner_text()
        page.get_by_role("button", name="One step").click()
        expect(page.locator(".back output")).not_to_have_text(before)


def learn(page):
    page.get_by_role("button", name="▶ Train").click()
    page.wait_for_function(
        "() => document.querySelector('.held').dataset.heldout > 0.95"
    )
    page.get_by_role("button", name="❚❚ Pause").click()
    expect(page.get_by_role("button", name="▶ Train")).to_be_visible()


def guesses(page):
    """Return what each unseen text is, and what the network says."""
    texts = page.locator(".unseen-of details").all_text_contents()
    pattern = r"\s*(\S+?)\s*It is (.+); the\s+.+ says (.+)"
    return [re.fullmatch(pattern, text).groups() for text in texts]


def by_label(page):
    """Return the percentages by label of the first network."""
    bars = page.locator("ol.by").first.locator("li")
    return {
        bar.locator(".of").inner_text(): bar.locator(".value").inner_text()
        for bar in bars.all()
    }


def points(page, chart, line):
    """Return the ends of a curve, as shares of the width and height of its axes."""
    svg = page.locator(f".{chart} svg")
    axes = svg.locator("path:not([class])").all()
    numbers = [[*map(float, re.findall(r"[\d.]+", a.get_attribute("d")))] for a in axes]
    (left, bottom, right), top = numbers[0], numbers[-1][1]
    drawn = svg.locator(f"polyline.{line}").get_attribute("points").split()
    pairs = [[*map(float, pair.split(","))] for pair in drawn]
    return [
        ((x - left) / (right - left), (bottom - y) / (bottom - top)) for x, y in pairs
    ]


def test_an_address_sets_all_settings_and_keeps_those_that_are_not_the_page_s_own(
    train,
):
    page = train("&data=order&length=10&cell=lstm&beside=rnn&units=16&both=true&seed=7")
    for name, value in (("length", "10"), ("units", "16"), ("seed", "7")):
        expect(page.locator(f"[name={name}]")).to_have_value(value)
    expect(page.get_by_label("Seed")).to_be_visible()
    expect(page.get_by_label("Both directions")).to_be_checked()
    assert page.locator(".settings output").all_inner_texts() == ["10", "16"]
    expect(page.locator(".figures small")).to_have_text(
        [re.compile("LSTM, [0-9,]+ weights"), re.compile("plain RNN, ")]
    )
    expect(page.locator(".figures p").first).to_contain_text("unseen strings right")
    page.get_by_role("slider", name="Units").fill("32")
    page.get_by_label("Both directions").uncheck()
    page.get_by_label("Beside it").select_option("nothing")
    expect(held(page)).to_have_count(1)
    page.wait_for_url(
        "**/*#name=Rossi&k=3&tab=train&data=order&length=10&cell=lstm&seed=7"
    )


def test_figures_curves_and_bars_are_of_the_unseen_texts_in_the_list(train):
    page = train("&data=own&units=8&rate=0.032")
    shares = []
    for _ in range(4):
        found = guesses(page)
        assert len({text for text, *_ in found}) == HELD_OUT
        assert all((text[0] == "x") == (label == "cross") for text, label, _ in found)
        right = {
            of: np.mean([answer == of for _, label, answer in found if label == of])
            for of in ("cross", "nought")
        }
        share = np.mean([*right.values()])
        shown = held(page).first.get_attribute("data-heldout")
        assert float(shown) == pytest.approx(share, abs=1e-4)
        assert float(held(page).first.inner_text()[:-1]) == pytest.approx(
            100 * share, abs=0.06
        )
        percents = [float(text.strip("%")) for text in by_label(page).values()]
        assert [*by_label(page)] == [*right]
        assert percents == pytest.approx([100 * p for p in right.values()], abs=0.51)
        shares.append(share)
        step(page)
        expect(page.locator(".back output")).to_have_text(
            re.compile(rf"step {len(shares)}, pass 1, \d s")
        )
    expect(page.locator(".figures p").first).to_contain_text(
        f"of {HELD_OUT} unseen texts right"
    )
    drawn = points(page, "accuracy", "heldOut")
    assert [x for x, _ in drawn] == pytest.approx([0, 0.25, 0.5, 0.75, 1], abs=0.01)
    assert [y for _, y in drawn[:4]] == pytest.approx(shares, abs=0.01)
    assert len(points(page, "accuracy", "accuracy")) == 4
    assert len(points(page, "loss", "loss")) == 4
    texts = page.locator(".accuracy text:not(.below)").all_text_contents()
    assert [text for text in texts if text] == ["0%", "50%", "100% right"]
    chance = page.locator(".accuracy .chance").get_attribute("d")  # half of them
    half = page.locator(".accuracy path:not([class])").nth(1).get_attribute("d")
    assert re.findall(r"[\d.]+", chance)[1] == re.findall(r"[\d.]+", half)[1]


def test_back_in_time_all_is_as_it_was_then_and_the_next_step_goes_on_from_the_end(
    train,
):
    page = train("&data=own&units=8&rate=0.032")
    back, at = page.get_by_label("Back in time"), page.locator(".back output")
    expect(back).to_be_disabled()
    seen = []
    for _ in range(4):
        seen.append((held(page).first.inner_text(), guesses(page), by_label(page)))
        step(page)
    back.press("Home")
    for i, (share, answers, labels) in enumerate(seen):
        expect(at).to_have_text(f"step {i}" if i else "untrained")
        expect(back).to_have_attribute(
            "aria-valuetext", f"step {i}" if i else "untrained"
        )
        expect(page.locator(".unseen-of details")).to_have_count(HELD_OUT)
        assert held(page).first.inner_text() == share
        assert (guesses(page), by_label(page)) == (answers, labels)
        line = page.locator(".accuracy path.at").get_attribute("d")
        assert line.startswith("M")
        back.press("ArrowRight")
    back.press("Home")
    step(page)
    expect(at).to_contain_text("step 5, pass 2")
    expect(page.locator(".accuracy path.at")).to_have_count(0)


def test_what_is_broken_answers_with_one_label_alone_and_back_in_time_too(train):
    page = train("&data=own&units=8&rate=0.032")
    learn(page)
    page.get_by_text("Break it").click()
    broken = page.locator(".broken")
    silence = page.get_by_label("Silence units")
    for units in ("1-8", "1, 2 3-5;6–8"):
        silence.fill(units)  # all of them
        expect(broken.locator(".value")).to_have_text(
            [re.compile("→ (0|100)%$"), re.compile("→ (0|100)%$")]
        )
        expect(broken.locator("[data-broken]")).to_have_attribute("data-broken", "0.5")
        expect(broken).to_contain_text(f"{held(page).first.inner_text()} → 50.0%")
        expect(broken).to_contain_text("GRU, as it learnt → broken")
        silence.fill("")
        expect(broken).to_be_empty()
    page.get_by_label("update gate").select_option("held at 1")  # nothing is read
    expect(broken.locator("[data-broken]")).to_have_attribute("data-broken", "0.5")
    page.get_by_label("update gate").select_option("works")
    expect(broken).to_be_empty()
    page.get_by_label("reset gate").select_option("held at 0")
    page.get_by_label("Shuffle the letters").check()
    expect(broken.locator("[data-broken]")).to_have_count(1)
    page.get_by_label("Back in time").press("Home")
    expect(page.locator(".back output")).to_have_text("untrained")
    untrained = held(page).first.inner_text()
    expect(broken.locator("b").first).to_have_text(re.compile(rf"^{untrained} → "))


def test_each_cell_has_its_gates_and_of_two_gru_one_is_the_first(train):
    page = train("&data=own&units=8&cell=lstm")
    page.get_by_text("Break it").click()
    gates = page.locator(".gates-of")
    expect(gates.locator("label")).to_have_text(
        [re.compile(f"{name} gate") for name in ("input", "forget", "output")]
    )
    downloads = page.locator(".downloads-of")
    expect(downloads).to_have_text("Only a GRU can be downloaded.")
    page.locator("[name=cell]").select_option("plain RNN")
    expect(gates).to_have_text("A plain RNN has no gate to hold.")
    page.locator("[name=cell]").select_option("GRU")
    page.get_by_label("Beside it").select_option("GRU")
    expect(downloads).to_have_text("Download the GRU 1 Download the GRU 2 ")
    legend = ["GRU 1", "GRU 2", "unseen", "training", "guessing"]
    expect(page.locator(".legend li")).to_have_text(legend)
    expect(page.locator(".likely ol")).to_have_count(2)
    expect(
        page.locator("ol.by").first.locator("li").first.locator(".track")
    ).to_have_count(2)


def test_what_is_downloaded_is_the_network_at_that_moment(train, tmp_path):
    page = train("&data=own&units=8&both=true&rate=0.032")
    step(page, 2)
    page.get_by_label("Back in time").press("Home")
    expect(page.locator(".back output")).to_have_text("untrained")
    page.get_by_label("Your own text").fill("Oké")
    expect(page.locator(".looks .units").first).to_have_text("oke◌́")
    page.get_by_text("Take it away").click()
    found = {}
    for moment in ("Home", "End"):
        page.get_by_label("Back in time").press(moment)
        expect(page.locator(".back output")).to_have_text(
            re.compile("untrained" if moment == "Home" else "step 2, pass 1")
        )
        with page.expect_download() as download:
            page.get_by_role("button", name="Download the GRU").click()
        download.value.save_as(tmp_path / "gru.zip")
        shutil.unpack_archive(tmp_path / "gru.zip", tmp_path / moment)
        folder = tmp_path / moment / "gru-own"
        answer = TextClassifier.load(folder).answer("Oké", 2)
        found[moment] = page.locator(".likely li").all_inner_texts()
        expected = [f"{label}\n{p:.1%}" for label, p in answer.predictions]
        assert [text.strip() for text in found[moment]] == expected
    assert found["Home"] != found["End"]


def test_a_text_tried_here_is_typed_in_the_other_tabs_if_names_are_learnt(train):
    page = train("&units=8")
    tried = page.get_by_label("Your own text")
    expect(tried).to_have_value("Rossi")
    expect(page.locator(".looks .units").first).to_have_text("rossi")
    tried.fill("Żak")
    expect(page.locator(".looks .units").first).to_have_text("zak")
    expect(page.locator(".likely li")).to_have_count(4)
    open_tab(page, "Name")
    box = page.get_by_label("Surname", exact=True)
    expect(box).to_have_value("Żak")
    box.fill("Ito")
    open_tab(page, "Train")
    expect(tried).to_have_value("Ito")
    page.get_by_label("Data").select_option("Which came first, a or b?")
    samples = page.locator(".samples button")
    expect(samples).to_have_count(3)
    expect(page.locator("ol.by").first.locator(".of")).to_have_text(
        ["a first", "b first"]
    )
    text = samples.last.inner_text()
    samples.last.click()
    expect(tried).to_have_value(text)
    expect(page.locator(".looks .units").first).to_have_text(text)
    open_tab(page, "Name")
    expect(box).to_have_value("Ito")


def test_bars_above_the_states_say_how_much_of_the_gradient_reaches_the_other_end(
    train,
):
    page = train("&data=own&units=8&both=true&rate=0.032")
    step(page, 2)
    page.get_by_label("Your own text").fill("xkexke")
    expect(page.locator(".looks .units").first).to_have_text("xkexke")
    for figure, ends in zip(page.locator(".looks figure").all(), (1, -1), strict=True):
        bars = figure.locator(".gradients i").all()
        styles = [bar.get_attribute("style") for bar in bars][::ends]
        first, *_, last = [float(style.split(":")[1]) for style in styles]
        caption = figure.locator("figcaption").inner_text()
        share = float(re.search(r"([\d.]+)%", caption)[1]) / 100
        assert share == pytest.approx(min(1, first / last), abs=0.002)
        assert f"the {'first' if ends == 1 else 'last'} letter" in caption


def test_what_is_wrong_with_table_or_text_is_said_and_a_file_is_read(train, tmp_path):
    page = train("&data=own&units=8")
    problem = page.locator(".train .problem")
    tried = page.get_by_label("Your own text")
    tried.fill("\u200b")
    expect(problem).to_contain_text("The text is empty")
    tried.fill("")  # then an example is read
    expect(problem).to_be_empty()
    page.get_by_label("Two columns").fill(TABLE + "odd")
    expect(problem).to_contain_text("Line 81 does not have two columns")
    expect(held(page).first).to_be_hidden()
    file = tmp_path / "mine.csv"
    file.write_text(TABLE.replace("cross", "<b>kreuz"), "utf-8")
    page.get_by_label("or a file").locator("visible=true").set_input_files(file)
    expect(page.locator("ol.by").first.locator(".of")).to_have_text(
        ["<b>kreuz", "nought"]
    )
    expect(problem).to_be_empty()


def test_training_pauses_in_another_tab_and_a_network_can_start_again(train):
    page = train("&data=own&units=8&rate=0.032")
    page.get_by_role("button", name="▶ Train").click()
    expect(page.locator(".back output")).to_contain_text("step")
    open_tab(page, "Name")
    open_tab(page, "Train")
    expect(page.get_by_role("button", name="▶ Train")).to_be_visible()
    page.get_by_role("button", name="Start again").click()
    expect(page.locator(".back output")).to_have_text("untrained")
    expect(page.get_by_label("Back in time")).to_be_disabled()
