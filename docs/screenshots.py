"""Take the screenshots and the animation of the running app: `python docs/screenshots.py`.

`python docs/screenshots.py reading` takes those of How it reads alone.

Needs Debian's chromium and the packages of requirements-dev.txt.
"""

import sys
from io import BytesIO
from pathlib import Path

from PIL import Image
from playwright.sync_api import Browser, Page, expect, sync_playwright

FOLDER = Path(__file__).resolve().parent
sys.path.insert(0, str(FOLDER.parent))
DESKTOP, PHONE, CARD = (1280, 800), (375, 812), (1200, 630)
REVIEW = "Beautiful to look at, but it is not a good film"
LIST = "Nakamura\nRossi\nKowalczyk\n42\nMüller\nИванов\nNguyen\nOkonkwo"


def main() -> None:
    """Serve the app on a free port and photograph its tabs."""
    import app
    from model.tabs.look import launch_options

    options = launch_options(app.models[0].words)
    _, url, _ = app.demo.launch(**options, prevent_thread_lock=True, quiet=True)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path="/usr/bin/chromium", args=["--no-sandbox"]
        )
        if sys.argv[1:] != ["reading"]:
            photograph_names(browser, url)
            photograph_list(open_page(browser, url, DESKTOP))
            photograph_test_split(open_page(browser, url, DESKTOP))
            photograph_reviews(open_page(browser, url, DESKTOP))
            photograph_game(browser.new_page(), url)
        photograph_reading(browser, url)
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
    page.goto(f"{url}?__theme={theme}&name=MacDonald&k=3")
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
    """Show the Test results tab with the names behind one cell."""
    page.get_by_role("tab", name="Test results").click()
    page.get_by_role("button", name="Scottish read as English:").click()
    expect(page.locator("#behind li").first).to_be_visible()
    expect(page.locator("#curves svg").first).to_be_visible(timeout=20_000)
    page.mouse.move(0, 0)
    page.wait_for_timeout(1000)
    save(page, "quality", full_page=True)


def photograph_reviews(page: Page) -> None:
    """Show the Review tab of the other model, if there is one, with a sentence of contrast."""
    tab = page.get_by_role("tab", name="Film reviews", exact=True)
    if not tab.count():
        print("no model of reviews in model/weights/: its picture stays as it is")
        return
    tab.click()
    page.get_by_label("Sentence or phrase", exact=True).fill(REVIEW)
    expect(page.locator("#letters_review .letters")).to_be_visible(timeout=20_000)
    page.wait_for_timeout(1000)
    save(page, "reviews")


def photograph_game(page: Page, url: str) -> None:
    """Show a question of Guess first that has been answered."""
    page.goto(url)
    page.get_by_role("button", name="Guess first").locator("visible=true").click()
    page.wait_for_timeout(1000)
    page.keyboard.press("1")
    save(page, "guess")


def photograph_reading(browser: Browser, url: str) -> None:
    """Show each part of How it reads in three looks, its reading of a review, and its animation."""
    for look, size, theme in (
        ("light", DESKTOP, "light"),
        ("dark", DESKTOP, "dark"),
        ("phone", PHONE, "light"),
    ):
        # Taller than the page: nothing scrolls, so that the bar on top hides no part.
        page = open_reading(browser, url, (size[0], 6000), theme, "name=Kowalczyk")
        for part in range(1, 7):
            section = page.locator(f"section[data-part='{part}']").locator("visible=true")
            picture = Image.open(BytesIO(section.screenshot())).convert("RGB")
            picture.save(FOLDER / "reading" / f"{part}-{look}.webp", quality=80, method=6)
    page = open_reading(browser, url, DESKTOP, "light", "name_review=beautiful,+but+empty")
    save(page, "reading-reviews", full_page=True)
    animate(open_reading(browser, url, DESKTOP, "light", "name=Kowalczyk"))


def open_reading(browser: Browser, url: str, size: tuple[int, int], theme: str, text: str) -> Page:
    """Open How it reads with the cursor on the last letter but one, all of it drawn."""
    page = browser.new_page(viewport=dict(zip(("width", "height"), size, strict=True)))
    page.goto(f"{url}?__theme={theme}&tab=reading&{text}")
    found = page.locator(".excites li, .excites p:has-text('without them')").first
    expect(found).to_be_visible(timeout=60_000)
    cursor = page.locator(".cursor").locator("visible=true")
    cursor.press("End")
    cursor.press("ArrowLeft")
    page.wait_for_timeout(2000)
    return page


def animate(page: Page) -> None:
    """Step through the letters before part 3 and again before part 4: fifteen seconds."""
    frames, durations = [], []

    def take(milliseconds: int) -> None:
        picture = Image.open(BytesIO(page.screenshot())).convert("RGB")
        frames.append(picture.resize((960, 960 * picture.height // picture.width)))
        durations.append(milliseconds)

    cursor = page.locator(".cursor").locator("visible=true")
    for part, pause in ((3, 750), (4, 600)):
        cursor.press("Home")
        place = f".reading section[data-part='{part}']"
        page.evaluate(f'scrollTo(0, 0), document.querySelector("{place}").scrollIntoView()')
        for _ in range(9):
            page.wait_for_timeout(200)
            take(pause)
            cursor.press("ArrowRight")
        take(1400)
    frames[0].save(
        FOLDER / "reading.webp",
        save_all=True,
        append_images=frames[1:],
        duration=durations,
        loop=0,
        quality=75,
        method=6,
    )


if __name__ == "__main__":
    main()
