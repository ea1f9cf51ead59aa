"""The Train tab as a visitor uses it: a network that learns in chromium, with no server to ask."""

import re

import pytest
from conftest import needs_chromium, open_tab
from playwright.sync_api import expect

from model import TextClassifier

pytestmark = needs_chromium
HAS_LEARNT = "document.querySelector('.held').dataset.heldout > 0.3"
# A page that opens asks for the answers of two models, and for the letters of its address's text.
OPENED = """(() => {  // answer, letters and nearest names have come
  const all = performance.getEntriesByType('resource');
  return all.filter(({name}) => name.includes('component_server')).length === 3;
})()"""
UNTRAINED = re.compile(r"0\.(0|10)\d+")  # of 18 languages


@pytest.fixture
def open_train(visit):
    def open_page(settings):
        page = visit(f"#name=Rossi&tab=train{settings}")
        held = page.locator(".held").first
        expect(held).to_be_visible()
        return page, held

    return open_page


def test_it_learns_without_a_request(open_train):
    page, held = open_train("")
    asked = []
    page.wait_for_function(OPENED)
    page.on("request", lambda request: asked.append(request.url))
    page.get_by_role("button", name="▶ Train").press("Enter")
    page.wait_for_function(HAS_LEARNT, timeout=90_000)  # beside other tests
    page.get_by_role("button", name="❚❚ Pause").press("Enter")
    expect(page.get_by_role("button", name="▶ Train")).to_be_visible()
    page.get_by_label("update gate").select_option("held at 1")  # nothing is ever read
    expect(page.locator("[data-broken]")).to_have_attribute("data-broken", UNTRAINED)
    back = page.get_by_label("Back in time")
    back.press("Home")
    expect(held).to_have_attribute("data-heldout", UNTRAINED)
    back.press("End")
    expect(held).not_to_have_attribute("data-heldout", UNTRAINED)
    back.press("Home")
    page.get_by_role("button", name="One step").click()  # what it learns next is shown
    expect(page.locator(".back output")).to_contain_text("pass")
    assert [url for url in asked if not url.startswith(("blob:", "data:"))] == []


def test_what_is_downloaded_answers_a_typed_text_as_the_page_does(open_train, tmp_path):
    page, _ = open_train("&units=8&beside=lstm")
    page.get_by_role("button", name="One step").click()
    page.get_by_label("Your own text").fill("Łódź")
    expect(page.locator(".looks .units").first).to_have_text("lodz")
    label = page.locator(".likely .of").first.inner_text()
    page.get_by_text("Take it away").click()
    with page.expect_download() as found:
        page.get_by_role("button", name="Download the GRU").click()
    expect(page.locator(".code")).to_contain_text("nn.GRU(16, 8, ")
    file = tmp_path / found.value.suggested_filename
    assert file.name == "gru-names.safetensors"
    found.value.save_as(file)
    answer = TextClassifier.load(file).answer("Łódź", 18)
    p = dict(answer.predictions)[label]
    value = page.locator(".likely .value").first.inner_text()
    assert value.split(" · ")[0] == f"{p:.1%}"


def test_the_address_holds_the_settings_but_no_table_of_one_s_own(open_train):
    page, held = open_train("&cell=lstm&units=16&seed=-1&beside=x")
    expect(page.locator(".figures p")).to_contain_text("LSTM")
    expect(page.locator("[name=units]")).to_have_value("16")
    expect(page.get_by_label("Seed")).to_have_value("1")  # -1 is none
    page.get_by_label("Beside it").select_option("plain RNN")
    page.get_by_label("Both directions").check()
    expect(page.locator(".held")).to_have_count(2)
    page.get_by_label("Data").select_option("Your own table")
    table = page.get_by_label("Two columns")
    table.fill("kitten,cat\npuppy")
    expect(page.locator(".train .problem")).to_contain_text(
        "Line 2 has no text or no label"
    )
    expect(held).to_be_hidden()
    rows = [
        f"{letter * n}{end},{end}"
        for n in range(1, 6)
        for letter in "xy"
        for end in "ab"
    ]
    table.fill("\n".join(rows))
    expect(page.locator(".by .of").locator("visible=true")).to_have_text(["a", "b"])
    open_tab(page, "List")
    page.go_back()
    expect(held).to_be_visible()
    address = (
        "**/#name=Rossi&k=3&tab=train&data=own&cell=lstm&beside=rnn&units=16&both=true"
    )
    page.wait_for_url(address)
