"""Take the pictures of README and docs from the running app: `python -m docs.screenshots`.

Without arguments it takes all of them, else those named: `python -m docs.screenshots loop`. Needs
Debian's chromium and the packages of requirements-dev.txt.
"""

import sys
from io import BytesIO
from pathlib import Path

from PIL import Image
from playwright.sync_api import Browser, Locator, Page, expect

from benchmarks.common import open_browser, running_app

from .loop import take_loop

FOLDER = Path(__file__).resolve().parent
# What stands in the address; previews of a static Space have these, too
ANSWERS = {
    "name": "name=MacDonald&k=3",
    "reviews": "name_review=Beautiful+to+look+at,+but+it+is+not+a+good+film",
}
SCREEN = 1280, 800
# So high that nothing scrolls, and the bar on top hides no part
HIGH = 1280, 6000
PARTS_OF_READING = 8


def main() -> None:
    """Photograph the app."""
    takes = {"answers": take_answers, "reading": take_reading, "loop": take_loop}
    chosen = sys.argv[1:] or takes
    with running_app() as (url, _), open_browser() as browser:
        for name in chosen:
            takes[name](browser, url)


def take_answers(browser: Browser, url: str) -> None:
    """Take the tab Name of both tasks."""
    for name, state in ANSWERS.items():
        page = opened(browser, f"{url}#{state}", SCREEN, ".letters")
        save(page, name, lossless=True)


def take_reading(browser: Browser, url: str) -> None:
    """Take each part of How it reads, on the last letter but one."""
    last = ".excites li, .excites:has-text('comes without')"
    page = opened(browser, f"{url}#tab=reading&name=Kowalczyk", HIGH, last)
    cursor = page.locator(".cursor").locator("visible=true")
    cursor.press("End")
    cursor.press("ArrowLeft")
    page.wait_for_timeout(2000)
    for part in range(PARTS_OF_READING):
        section = page.locator(f"section[data-section='{part}']")
        seen = section.locator("visible=true")
        if part == PARTS_OF_READING - 1:
            seen.get_by_label("Search").fill("-ski")
            answering = seen.locator(".answering")
            expect(answering).to_contain_text("-ski", timeout=60_000)
            answering.get_by_role("button").first.click()
            page.wait_for_timeout(2000)
        save(seen, f"reading/{part}", quality=80)


def opened(browser: Browser, address: str, size: tuple[int, int], last: str) -> Page:
    """Open the page and wait until what is drawn `last`, a selector, is seen."""
    page = browser.new_page(viewport={"width": size[0], "height": size[1]})
    page.goto(address)
    drawn_last = page.locator(last).locator("visible=true").first
    expect(drawn_last).to_be_visible(timeout=300_000)
    page.wait_for_timeout(2000)  # colours fade in
    return page


def save(seen: Page | Locator, name: str, **options: object) -> None:
    """Save what is seen as WebP, without its transparency."""
    picture = Image.open(BytesIO(seen.screenshot())).convert("RGB")
    picture.save(FOLDER / f"{name}.webp", method=6, **options)


if __name__ == "__main__":
    main()
