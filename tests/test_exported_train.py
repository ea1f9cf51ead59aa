"""The tab Train of the exported page in chromium: what a visitor sets, sees and takes away."""

import re

import numpy as np
import pytest
from conftest import LOOKS, PROJECTORS, hues, needs_chromium, open_tab
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
def train(visit):
    """The way to open the tab with settings and, for `data=own`, the table above."""

    def open_page(settings, **window):
        page = visit(f"#name=Rossi&tab=train{settings}", **window)
        if "data=own" in settings:
            page.get_by_label("Two columns").fill(TABLE)
            labels = page.locator("ol.by").first.locator(".of")
            expect(labels).to_have_text(["cross", "nought"])
        expect(page.locator("ol.by").first).to_be_visible()  # is drawn last
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
        "() => document.querySelector('.held').dataset.heldout > 0.95",
        timeout=120_000,  # beside other tests
    )
    page.get_by_role("button", name="❚❚ Pause").click()


# At the moment that is looked back at
QUESTIONS = """() => {
  const {value, max} = document.querySelector('.moment');
  const moment = value === max ? null : +value;
  return page.common.trained.call('questions', {network: 0, moment});
}"""


def guesses(page):
    """Return what each unseen text is, and what the network says."""
    questions = page.evaluate(QUESTIONS)
    return [(each["text"], each["label"], each["answer"]) for each in questions]


def by_label(page):
    """Return the labels of the first network, each with its percentage."""
    bars = page.locator("ol.by").first
    parts = (bars.locator(part).all_inner_texts() for part in (".of", ".value"))
    return [*zip(*parts, strict=True)]


# The heights of a curve's points, as shares of that of its axes
HEIGHTS = """(curve) => {
  const rules = [...curve.parentNode.querySelectorAll('path:not([class])')];
  const [bottom, ...above] = rules.map((rule) => rule.getBBox().y);
  return [...curve.points].map(({y}) => (bottom - y) / (bottom - above.at(-1)));
}"""


def test_an_address_sets_all_settings_and_keeps_those_that_are_not_the_page_s_own(
    train,
):
    page = train("&data=order&length=10&cell=lstm&beside=rnn&units=16&both=true&seed=7")
    settings = {"length": "10", "units": "16", "seed": "7"}
    for name, value in settings.items():
        expect(page.locator(f"[name={name}]")).to_have_value(value)
    expect(page.get_by_label("Both directions")).to_be_checked()
    assert page.locator(".settings output").all_inner_texts() == ["10", "16"]
    names = ("LSTM", "plain RNN")
    kinds = [re.compile(rf"{name}\s.* [0-9,]+ weights", re.DOTALL) for name in names]
    expect(page.locator(".figures p")).to_have_text(kinds)
    expect(page.locator(".figures p").first).to_contain_text("unseen strings right")
    page.get_by_role("slider", name="Units").fill("32")
    page.get_by_label("Both directions").uncheck()
    page.get_by_label("Beside it").select_option("nothing")
    expect(held(page)).to_have_count(1)
    kept = "**/*#name=Rossi&k=3&tab=train&data=order&length=10&cell=lstm&seed=7"
    page.wait_for_url(kept)


LEARN_OWN = "&data=own&units=8&rate=0.032"


def test_figure_bars_and_curve_are_the_shares_of_right_answers_in_the_list(train):
    page = train(LEARN_OWN)
    shares = []
    for n in range(1, 5):
        step(page)
        output = re.compile(rf"step {n}, pass 1, \d s")
        expect(page.locator(".back output")).to_have_text(output)
        right = {"cross": [], "nought": []}
        for text, label, answer in guesses(page):
            assert label == ("cross" if text[0] == "x" else "nought")
            right[label].append(answer == label)
        by_name = {label: np.mean(of_label) for label, of_label in right.items()}
        share = np.mean([*by_name.values()])
        shares.append(share)
        figure = held(page).first
        exact = float(figure.get_attribute("data-heldout"))
        assert exact == pytest.approx(share, abs=1e-4)
        percent = float(figure.inner_text()[:-1])
        assert percent == pytest.approx(100 * share, abs=0.06)
        shown = {label: float(text.strip("%")) for label, text in by_label(page)}
        expected = {label: 100 * of_label for label, of_label in by_name.items()}
        assert shown == pytest.approx(expected, abs=0.51)
    of_all = f"of {HELD_OUT} unseen texts right"
    expect(page.locator(".figures p").first).to_contain_text(of_all)
    samples = page.locator(".samples > *").all_inner_texts()
    last = guesses(page)[-len(samples) :]
    assert samples == [f"{text} {label}" for text, label, _ in last]
    chart = page.locator(".accuracy")
    heights = chart.locator("polyline.unseen").evaluate(HEIGHTS)
    assert heights[1:] == pytest.approx(shares, abs=0.01)
    chance = chart.locator("polyline.chance").evaluate(HEIGHTS)
    assert chance == pytest.approx([0.5, 0.5], abs=0.01)
    texts = chart.locator("text:not(.below)").all_text_contents()
    names = ["training", "unseen", "guessing"]
    assert sorted(texts) == sorted(["0%", "50%", "100% right", *names])


def test_back_in_time_all_is_as_it_was_then_and_the_next_step_goes_on_from_the_end(
    train,
):
    page = train(LEARN_OWN)
    back = page.get_by_label("Back in time")
    expect(back).to_be_disabled()
    untrained = held(page).first.inner_text()
    seen = []
    for _ in range(4):
        step(page)
        share = held(page).first.inner_text()
        seen.append((share, guesses(page), by_label(page)))
    back.press("Home")
    expect(held(page).first).to_have_text(untrained)
    line = page.locator(".accuracy path.at")
    for i, then in enumerate(seen[:-1], 1):
        back.press("ArrowRight")
        moment = f"step {i}"
        expect(page.locator(".back output")).to_have_text(moment)
        expect(back).to_have_attribute("aria-valuetext", moment)
        assert (held(page).first.inner_text(), guesses(page), by_label(page)) == then
        expect(line).to_have_count(1)
    step(page)
    expect(page.locator(".back output")).to_contain_text("step 5, pass 2")
    expect(line).to_have_count(0)


# Label and figures, and what they are whenever one of them changes
MOMENT = """() => ['.back output', '.held', '.broken']
  .map((part) => document.querySelector(part).innerText.split(/[,;]/)[0]).join()"""
WATCH_MOMENTS = f"""() => {{
  window.shown = new Set();
  const note = () => shown.add(({MOMENT})());
  const tab = document.querySelector('.train');
  new MutationObserver(note).observe(tab, {{subtree: true, childList: true}});
}}"""


def test_a_step_that_is_typed_is_gone_to_and_its_label_never_stands_beside_other_figures(
    train,
):
    page = train(LEARN_OWN)
    back, label = page.get_by_label("Back in time"), moment(page)
    field = page.get_by_label("Step", exact=True)
    page.get_by_label("Silence units").fill("1-4")
    expect(page.locator(".broken")).not_to_be_empty()
    moments = {page.evaluate(MOMENT)}
    for _ in range(9):
        step(page)
        moments.add(page.evaluate(MOMENT))
    page.evaluate(WATCH_MOMENTS)
    for _ in range(2):
        back.press("Home")
        for _ in range(7):
            back.press("ArrowRight")
    field.fill("80")
    expect(label).to_contain_text("step 9, pass 3")
    for typed, expected in {
        "3": "step 3",
        "7": "step 6; kept are some steps from 0 to 9",
        "": "step 6; kept are some steps from 0 to 9",
        "-1": "untrained; kept are some steps from 0 to 9",
    }.items():
        field.fill(typed)
        expect(label).to_have_text(expected)
    back.press("ArrowRight")
    expect(field).to_have_value("1")
    assert {*page.evaluate("[...shown]")} <= moments


def test_what_is_broken_answers_with_one_label_alone_and_is_compared_with_a_guess(
    train,
):
    page = train(LEARN_OWN)
    learn(page)
    silence = page.get_by_label("Silence units")
    broken = page.locator(".broken")
    before = held(page).first.inner_text()
    for units in ("1-8", "1, 2 3-5;6–8"):
        silence.fill(units)  # all of them
        ends = [re.compile("^(0|100)%$")] * 2
        expect(page.locator("ol.by .value")).to_have_text(ends)
        expect(broken).to_contain_text(f"{before} → 50.0%")
        silence.fill("")
        expect(broken).to_be_empty()

    guess = page.get_by_label("what will be left")
    told = page.locator(".breaks + .guess output")
    guess.fill("40")
    silence.press_sequentially("1-8")
    expect(broken).to_contain_text("→ 50.0%")
    expect(told).to_be_empty()  # not all of them may be typed
    silence.press("Enter")
    expect(told).to_have_text("You guessed 40: it is 50.0%.")
    silence.fill("")
    guess.fill("30")
    gate = page.get_by_label("update gate")
    gate.select_option("held at 1")  # nothing is read
    expect(told).to_have_text("You guessed 30: it is 50.0%.")
    gate.select_option("held at 0")
    expect(broken).not_to_contain_text("50.0%")
    expect(told).to_be_empty()
    gate.select_option("works")
    expect(broken).to_be_empty()


def test_a_pause_answers_the_guess_and_no_costs_of_another_network_stand_beside_training(
    train,
):
    page = train(LEARN_OWN)
    page.get_by_label("guess for the next pause").fill("70")
    told = page.locator(".bench .guess output")
    learn(page)
    share = held(page).first.inner_text()
    expect(told).to_have_text(f"You guessed 70: it is {share}.")
    silence = page.get_by_label("Silence units")
    silence.fill("1-8")
    broken = page.locator(".broken")
    expect(broken).to_contain_text("100.0% → 50.0%")
    page.get_by_role("button", name="Start again").click()
    expect(moment(page)).to_have_text("untrained")
    expect(told).to_be_empty()
    untrained = held(page).first.inner_text()
    expect(broken).to_contain_text(f"{untrained} → 50.0%")
    page.get_by_role("button", name="▶ Train").click()
    expect(moment(page)).to_contain_text("step")
    expect(broken).to_be_empty()
    page.get_by_role("button", name="❚❚ Pause").click()
    expect(broken).to_contain_text("→ 50.0%")


def test_each_cell_has_its_gates_and_only_a_gru_can_be_downloaded(train):
    page = train("&data=own&units=8&cell=lstm")
    gates = page.locator(".gates-of")
    titles = [re.compile(f"{name} gate") for name in ("input", "forget", "output")]
    expect(gates.locator("label")).to_have_text(titles)
    downloads = page.locator(".downloads-of")
    expect(downloads).to_have_text("Only a GRU can be downloaded.")
    cell = page.locator("[name=cell]")
    cell.select_option("plain RNN")
    expect(gates).to_have_text("A plain RNN has no gate to hold.")
    cell.select_option("GRU")
    page.get_by_label("Beside it").select_option("GRU")
    expect(downloads).to_have_text("Download the GRU 1 Download the GRU 2 ")
    names = page.locator(".accuracy text[class]:not(.below)")
    expect(names).to_have_count(5)
    said = sorted(names.all_text_contents())
    sides = [f"GRU {n} {side}" for n in (1, 2) for side in ("training", "unseen")]
    assert said == [*sides, "guessing"]
    for bars in (".likely", "ol.by"):
        first = page.locator(bars).first.locator("li").first
        expect(first.locator(".track")).to_have_count(2)


def test_what_is_downloaded_is_the_network_at_that_moment(train, tmp_path):
    page = train("&data=own&units=8&both=true&rate=0.032")
    step(page, 2)
    page.get_by_label("Your own text").fill("Oké")
    page.get_by_text("Take it away").click()
    found = []
    for key, place in (("Home", "untrained"), ("End", "step 2, pass 1")):
        page.get_by_label("Back in time").press(key)
        expect(moment(page)).to_contain_text(place)
        expect(page.locator(".looks .units").first).to_have_text("oke◌́")
        with page.expect_download() as download:
            page.get_by_role("button", name="Download the GRU").click()
        file = tmp_path / f"{key}.safetensors"
        download.value.save_as(file)
        answer = TextClassifier.load(file).answer("Oké", 2)
        expected = [
            re.compile(rf"{label}\s*{p:.1%}") for label, p in answer.predictions
        ]
        expect(page.locator(".likely li")).to_have_text(expected)
        found.append(answer.predictions)
    assert found[0] != found[1]


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
    figures = page.locator(".looks figure").all()
    for figure, place, ends in zip(figures, ("first", "last"), (1, -1), strict=True):
        bars = figure.locator(".gradients i").all()
        styles = [bar.get_attribute("style") for bar in bars][::ends]
        first, *_, last = [float(style.split(":")[1]) for style in styles]
        caption = figure.locator("figcaption").inner_text()
        assert f"{place} letter's gradient" in caption
        percent = float(re.search(r"([\d.]+)%", caption)[1])
        assert percent / 100 == pytest.approx(first / last, abs=0.002)


def test_what_is_wrong_is_said_until_it_is_right(train, tmp_path):
    page = train("&data=own&units=8")
    problem = page.locator(".train .problem")
    tried = page.get_by_label("Your own text")
    tried.fill("\u200b")
    expect(problem).to_contain_text("The text is empty")
    tried.fill("")  # then an example is read
    expect(problem).to_be_empty()
    page.get_by_label("Two columns").fill(TABLE + "odd")
    expect(problem).to_contain_text("Line 81 has no text or no label")
    expect(held(page).first).to_be_hidden()  # nothing is learnt

    def give(name, content):
        file = tmp_path / name
        file.write_bytes(content.encode("latin-1"))
        page.get_by_label("or a file").locator("visible=true").set_input_files(file)

    labels = page.locator("ol.by").first.locator(".of")
    give("mine.csv", "Müller,German")
    expect(problem).to_contain_text("mine.csv is not text in UTF-8")
    give("own.csv", TABLE.replace("cross", "<b>kreuz"))
    expect(labels).to_have_text(["<b>kreuz", "nought"])
    expect(problem).to_be_empty()
    rows = [line.split(",") for line in TABLE.splitlines()]
    table = "".join(f"1;{label};{text}\n" for text, label in rows)
    give("three.csv", f"nr;label;text\n{table}")
    expect(problem).to_contain_text("has fewer than 5 different texts")
    choice = page.locator("#train")
    choice.get_by_label("First row is a heading").check()
    choice.get_by_label("Labels in").select_option("label")
    choice.get_by_label("Texts in").select_option("text")
    expect(labels).to_have_text(["cross", "nought"])
    expect(problem).to_be_empty()


def test_training_pauses_in_another_tab_and_can_start_again(train):
    page = train(LEARN_OWN)
    page.get_by_role("button", name="▶ Train").click()
    expect(moment(page)).to_contain_text("step")
    open_tab(page, "Name")
    expect(page.locator(".learn .play")).to_have_text("▶ Train")
    open_tab(page, "Train")
    page.get_by_role("button", name="Start again").click()
    expect(moment(page)).to_have_text("untrained")


def moment(page):
    return page.locator(".back output")


FITS = """(height) => [...document.querySelectorAll('.train .part')].every((part) => {
  const bars = [...document.querySelectorAll('.tab-wrapper')].map((bar) => bar.offsetHeight);
  const zoom = getComputedStyle(document.documentElement).getPropertyValue('--zoom');
  const seen = [...part.children].filter((child) => child.checkVisibility());
  const tall = seen.at(-1).getBoundingClientRect().bottom;
  return (tall - part.getBoundingClientRect().top) + 2 * Math.max(...bars) * zoom <= height;
})"""


@pytest.mark.parametrize(
    ("data", "gate", "costs"), [("", "works", 0), ("&data=own", "held at 1", 2)]
)
def test_with_all_settings_open_it_fits_on_a_projector(train, data, gate, costs):
    """Under two rows of tabs, as where there are two models."""
    page = train(f"{data}&beside=rnn&seed=7&view=large", width=1024, height=768)
    step(page)
    page.get_by_label("update gate").select_option(gate)
    expect(page.locator("[data-broken]")).to_have_count(costs)
    for is_open in (True, False):
        expect(page.get_by_label("Seed")).to_be_visible(visible=is_open)
        for width, height in PROJECTORS:
            page.set_viewport_size({"width": width, "height": height})
            page.wait_for_function(FITS, arg=height)
        page.get_by_text("More", exact=True).click()


@pytest.mark.parametrize("look", LOOKS)
def test_curves_states_bars_are_seen_in_few_colours_and_on_paper(train, look):
    page = train("&data=own&units=8&rate=0.032&beside=rnn")
    step(page, 4)
    page.emulate_media(**look)
    pictures = (".accuracy", ".loss", ".gradients", ".looks .map")
    for place in (*pictures, ".likely .track", ".by .track"):
        assert hues(page.locator(place).first), place
    page.emulate_media(forced_colors="none", media="screen")


def test_the_game_is_played_against_the_network_at_the_moment(train):
    page = train("&data=own&units=8")
    step(page, 2)
    page.get_by_label("Back in time").press("Home")
    expect(moment(page)).to_have_text("untrained")
    answers = {text: (label, answer) for text, label, answer in guesses(page)}
    page.get_by_text("Beat the network").click()
    page.get_by_role("button", name="Play", exact=True).click()
    game = page.get_by_role("dialog", name="Beat the network")
    expect(game).to_contain_text("Which label is it? You choose among 2")
    label, answer = answers[game.locator("h2").inner_text()]
    game.get_by_role("button", name=label).click()
    expect(game.locator(".said")).to_contain_text(f"The network says {answer} (")
    network = int(answer == label)
    expect(game.locator(".tally b")).to_have_text(["1", str(network)])
