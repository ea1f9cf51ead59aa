"""Take the screenshots of the running app for README: `python docs/screenshots.py`.

Needs Debian's chromium and the packages of requirements-dev.txt.
"""

import sys
from io import BytesIO
from pathlib import Path

from PIL import Image
from playwright.sync_api import Browser, Page, expect, sync_playwright

FOLDER = Path(__file__).resolve().parent
sys.path.insert(0, str(FOLDER.parent))
DESKTOP, PHONE, CARD = (1280, 680), (375, 812), (1200, 630)
REVIEW = "Beautiful to look at, but it is not a good film"
LIST = "Nakamura\nRossi\nKowalczyk\n42\nMüller\nИванов\nNguyen\nOkonkwo"


def main() -> None:
    """Serve the app on a free port and photograph its tabs."""
    import app

    options = app.launch_options(app.models[0].words)
    _, url, _ = app.demo.launch(**options, prevent_thread_lock=True, quiet=True)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path="/usr/bin/chromium", args=["--no-sandbox"]
        )
        photograph_names(browser, url)
        photograph_list(open_page(browser, url, DESKTOP))
        photograph_test_split(open_page(browser, url, DESKTOP))
        photograph_reviews(open_page(browser, url, DESKTOP))
        browser.close()
    app.demo.close()


def save(page: Page, name: str, full_page: bool = False) -> None:
    """Save what `page` shows as a PNG of 256 colours, half its size with all of them."""
    picture = Image.open(BytesIO(page.screenshot(full_page=full_page))).convert("RGB")
    picture = picture.quantize(256, Image.Quantize.MAXCOVERAGE, dither=Image.Dither.NONE)
    picture.save(FOLDER / f"{name}.png", optimize=True)


def open_page(browser: Browser, url: str, size: tuple[int, int], theme: str = "light") -> Page:
    """Open the page with a name, and wait until its letters are explained."""
    page = browser.new_page(viewport=dict(zip(("width", "height"), size, strict=True)))
    page.goto(f"{url}?__theme={theme}&name=MacDonald&k=5")
    expect(page.locator("#letters .letters")).to_be_visible(timeout=20_000)
    return page


def photograph_names(browser: Browser, url: str) -> None:
    """Show the Name tab in light and dark, on a phone, and as a card for links to the page."""
    shots = {
        "name": (DESKTOP, "light"),
        "name-dark": (DESKTOP, "dark"),
        "name-phone": (PHONE, "light"),
        "social": (CARD, "light"),
    }
    for name, (size, theme) in shots.items():
        page = open_page(browser, url, size, theme)
        page.wait_for_timeout(500)  # colours fade in
        save(page, name)


def photograph_list(page: Page) -> None:
    """Show the List tab with a few names, one of them invalid."""
    page.get_by_role("tab", name="List").click()
    page.get_by_label("Names, one a line").fill(LIST)
    page.get_by_role("button", name="Read the list").click()
    expect(page.locator("#rows")).to_contain_text("Vietnamese")
    page.mouse.move(0, 0)
    page.wait_for_timeout(1000)
    save(page, "list", full_page=True)


def photograph_test_split(page: Page) -> None:
    """Show the Test split tab with the names behind one cell."""
    page.get_by_role("tab", name="Test split").click()
    page.get_by_role("button", name="Scottish read as English:").click()
    expect(page.locator("#behind li").first).to_be_visible()
    expect(page.locator("#curves svg").first).to_be_visible(timeout=20_000)
    page.mouse.move(0, 0)
    page.wait_for_timeout(1000)
    save(page, "quality", full_page=True)


def photograph_reviews(page: Page) -> None:
    """Show the Review tab of the other model, if there is one, with a sentence of contrast."""
    if not page.get_by_role("tab", name="Reviews", exact=True).count():
        print("no model of reviews in model/weights/: its picture stays as it is")
        return
    page.get_by_role("tab", name="Reviews", exact=True).click()
    page.get_by_label("Sentence or phrase", exact=True).fill(REVIEW)
    expect(page.locator("#letters_review .letters")).to_be_visible(timeout=20_000)
    page.wait_for_timeout(1000)
    save(page, "reviews")


if __name__ == "__main__":
    main()
