"""Take the pictures of the docs from the running app: `python -m docs.screenshots`.

Needs Debian's chromium and the packages of requirements-dev.txt. The pictures of lesson.md were
taken by docs/lesson_pictures.py of commit f048f62, reading.webp by this script of commit bd59f32.
"""

from io import BytesIO
from pathlib import Path

from PIL import Image
from playwright.sync_api import Browser, Page, expect, sync_playwright

from benchmarks.common import running_app

FOLDER = Path(__file__).resolve().parent
# What stands in the address
PICTURES = {
    "name": "name=MacDonald&k=3",
    "reviews": "name_review=Beautiful+to+look+at,+but+it+is+not+a+good+film",
    "reading-reviews": "tab=reading&name_review=beautiful,+but+empty",
}
READING = "tab=reading&name=Kowalczyk"
SCREEN = 1280, 800
# So high that nothing scrolls, and the bar on top hides no part
LOOKS = {
    "light": (1280, 6000),
    "dark": (1280, 6000),
    "phone": (375, 6000),
}


def main() -> None:
    """Photograph the app."""
    with running_app() as (url, _), sync_playwright() as driver:
        browser = driver.chromium.launch(
            executable_path="/usr/bin/chromium",
            args=["--no-sandbox"],
        )
        for name, state in PICTURES.items():
            page = opened(browser, f"{url}#{state}", SCREEN)
            picture = page.screenshot(full_page=is_reading(page))
            save(picture, name, lossless=True)
        for look, size in LOOKS.items():
            theme = "dark" if look == "dark" else "light"
            page = opened(browser, f"{url}?__theme={theme}#{READING}", size)
            for part in range(7):
                section = page.locator(f"section[data-section='{part}']")
                picture = section.locator("visible=true").screenshot()
                save(picture, f"reading/{part}-{look}", quality=80)


def is_reading(page: Page) -> bool:
    """Return whether the page was opened in How it reads."""
    return "tab=reading" in page.url


def opened(browser: Browser, address: str, size: tuple[int, int]) -> Page:
    """Open the page with all of it drawn; in How it reads on the last letter but one."""
    page = browser.new_page(viewport={"width": size[0], "height": size[1]})
    page.goto(address)
    last = ".letters"
    if is_reading(page):
        last = ".excites li, .excites:has-text('comes without')"
    drawn_last = page.locator(last).locator("visible=true").first
    expect(drawn_last).to_be_visible(timeout=60_000)
    if is_reading(page):
        cursor = page.locator(".cursor").locator("visible=true")
        cursor.press("End")
        cursor.press("ArrowLeft")
    page.wait_for_timeout(2000)  # colours fade in
    return page


def save(screenshot: bytes, name: str, **options: object) -> None:
    """Save a screenshot as WebP, without its transparency."""
    picture = Image.open(BytesIO(screenshot)).convert("RGB")
    picture.save(FOLDER / f"{name}.webp", method=6, **options)


if __name__ == "__main__":
    main()
