"""Take the pictures of the docs from the running app: `python docs/screenshots.py`.

Needs Debian's chromium and the packages of requirements-dev.txt. The pictures of lesson.md were
taken by docs/lesson_pictures.py of commit f048f62.
"""

import sys
from io import BytesIO
from pathlib import Path

from PIL import Image
from playwright.sync_api import Browser, Page, expect, sync_playwright

FOLDER = Path(__file__).resolve().parent
sys.path.insert(0, str(FOLDER.parent))
DESKTOP, PHONE = 1280, 375  # pixels of width
LOOKS = {"light": (DESKTOP, "light"), "dark": (DESKTOP, "dark"), "phone": (PHONE, "light")}
REVIEW = "Beautiful to look at, but it is not a good film"


def main() -> None:
    """Serve the app on a free port and photograph it."""
    import app
    from model.tabs.look import launch_options

    options = launch_options()
    _, url, _ = app.demo.launch(**options, prevent_thread_lock=True, quiet=True)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path="/usr/bin/chromium", args=["--no-sandbox"]
        )
        page = browser.new_page(viewport={"width": DESKTOP, "height": 800})
        page.goto(f"{url}?__theme=light#name=MacDonald&k=3")
        expect(page.locator("#letters .letters")).to_be_visible(timeout=20_000)
        save(page, "name")
        page.get_by_role("tab", name="Film reviews", exact=True).click()
        page.get_by_label("Sentence or phrase", exact=True).fill(REVIEW)
        expect(page.locator("#letters_review .letters")).to_be_visible(timeout=20_000)
        save(page, "reviews")
        for look, (width, theme) in LOOKS.items():
            # So high that nothing scrolls, and the bar on top hides no part.
            page = open_reading(browser, url, "name=Kowalczyk", width, 6000, theme)
            for part in range(7):
                section = page.locator(f"section[data-section='{part}']").locator("visible=true")
                path = FOLDER / "reading" / f"{part}-{look}.webp"
                picture_of(section.screenshot()).save(path, quality=80, method=6)
        save(open_reading(browser, url, "name_review=beautiful,+but+empty"), "reading-reviews")
        animate(open_reading(browser, url, "name=Kowalczyk"))
        browser.close()
    app.demo.close()


def open_reading(
    browser: Browser,
    url: str,
    text: str,
    width: int = DESKTOP,
    height: int = 800,
    theme: str = "light",
) -> Page:
    """Open How it reads with the cursor on the last letter but one, all of it drawn."""
    page = browser.new_page(viewport={"width": width, "height": height})
    page.goto(f"{url}?__theme={theme}#tab=reading&{text}")
    found = page.locator(".excites li, .excites:has-text('comes without')").first
    expect(found).to_be_visible(timeout=60_000)
    cursor = page.locator(".cursor").locator("visible=true")
    cursor.press("End")
    cursor.press("ArrowLeft")
    page.wait_for_timeout(2000)
    return page


def picture_of(content: bytes) -> Image.Image:
    """Return a screenshot without its transparency."""
    return Image.open(BytesIO(content)).convert("RGB")


def save(page: Page, name: str) -> None:
    """Save the page as WebP."""
    page.wait_for_timeout(1000)  # colours fade in
    picture = picture_of(page.screenshot(full_page=name.startswith("reading")))
    picture.save(FOLDER / f"{name}.webp", lossless=True, method=6)


def animate(page: Page) -> None:
    """Step through the letters before part 3 and again before part 5: fifteen seconds."""
    frames, durations = [], []
    cursor = page.locator(".cursor").locator("visible=true")
    for part, pause in ((3, 750), (5, 600)):
        cursor.press("Home")
        place = f".reading section[data-section='{part}']"
        page.evaluate(f'scrollTo(0, 0), document.querySelector("{place}").scrollIntoView()')
        for _ in range(10):
            page.wait_for_timeout(200)
            frames.append(picture_of(page.screenshot()).resize((960, 600)))
            durations.append(pause)
            cursor.press("ArrowRight")
        durations[-1] = 1400
    options = {"save_all": True, "append_images": frames[1:], "duration": durations, "loop": 0}
    frames[0].save(FOLDER / "reading.webp", **options, quality=75, method=6)


if __name__ == "__main__":
    main()
