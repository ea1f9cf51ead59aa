"""The page as a person uses it, in Debian's chromium."""

import os
import shutil

import pytest
from playwright.sync_api import expect, sync_playwright
from test_app import app_url  # noqa: F401  the same running app

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
pytestmark = pytest.mark.skipif(
    not CHROMIUM and not os.environ.get("CI"), reason="no chromium: apt-get install chromium"
)


@pytest.fixture(scope="session")
def browser():
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield browser
        browser.close()


@pytest.fixture
def page(browser, app_url):  # noqa: F811
    """A fresh visit; it fails on console errors and on any request to another host."""
    context = browser.new_context(viewport={"width": 1280, "height": 900})
    context.grant_permissions(["clipboard-read", "clipboard-write"])
    page = context.new_page()
    errors, strangers = [], []
    page.on("console", lambda m: errors.append(m.text) if m.type == "error" else None)
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.on("request", lambda r: strangers.append(r.url) if is_outside(r.url, app_url) else None)
    page.goto(app_url)
    page.get_by_label("Surname").wait_for()
    yield page
    context.close()
    assert errors == []
    assert strangers == []


def is_outside(url: str, app: str) -> bool:
    return not url.startswith((app, "data:", "blob:"))


def expect_first(page, language):
    expect(page.locator("#bars [data-testid='label-output-value']")).to_have_text(language)


def test_typing_pasting_deleting_and_clearing(page):
    name = page.get_by_label("Surname")
    expect(name).to_be_focused()
    page.keyboard.type("Nakamura")
    expect_first(page, "Japanese")
    page.evaluate("navigator.clipboard.writeText('Papadopoulos')")
    name.select_text()
    page.keyboard.press("Control+V")
    expect_first(page, "Greek")
    name.fill("Иванов")
    expect_first(page, "Russian")
    expect(page.locator("#notes")).to_contain_text("Read as “ivanov”")
    for _ in range(6):
        page.keyboard.press("Backspace")
    expect(page.locator("#bars [data-testid='label-output-value']")).to_have_count(0)
    expect(page.locator("#notes")).to_have_text("")


def test_notes_on_unfit_text_are_text_and_not_markup(page):
    page.get_by_label("Surname").fill("12345")
    expect(page.locator("#notes")).to_contain_text("no letter")
    page.get_by_label("Surname").fill("佐藤 <img src=x onerror=alert(1)>")
    expect(page.locator("#notes")).to_contain_text("Mandarin")
    expect(page.locator("#notes")).to_contain_text("<img")
    expect(page.locator("#notes img")).to_have_count(0)


def test_the_slider_by_keyboard_sets_how_many_languages_are_shown(page):
    page.get_by_label("Surname").fill("Martin")
    bars = page.locator("#bars dt")
    slider = page.locator("#k input[type=range]")
    slider.focus()
    page.keyboard.press("End")
    expect(slider).to_have_value("18")
    expect(bars).to_have_count(18)
    page.keyboard.press("Home")
    page.keyboard.press("ArrowRight")
    expect(bars).to_have_count(2)


def test_an_example_is_one_click(page):
    page.get_by_text("Kowalczyk").click()
    expect(page.get_by_label("Surname")).to_have_value("Kowalczyk")
    expect_first(page, "Polish")


def test_the_matrix_the_table_and_the_curves_appear(page):
    page.get_by_role("tab", name="How good it is").click()
    expect(page.locator("#matrix svg[role=img]")).to_be_visible()
    expect(page.locator("#curves svg[role=img]")).to_be_visible()
    expect(page.locator("#matrix svg")).to_contain_text("Vietnamese")
    expect(page.locator("#per-language")).to_contain_text("Vietnamese")


@pytest.mark.parametrize("tab", ["Name", "How good it is"])
def test_nothing_overflows_a_phone(page, tab):
    page.set_viewport_size({"width": 375, "height": 800})
    page.get_by_label("Surname").fill("Papadopoulos")
    page.get_by_role("tab", name=tab).click()
    page.wait_for_timeout(1500)
    assert page.evaluate("document.documentElement.scrollWidth") <= 375
