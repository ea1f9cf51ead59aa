"""Take the pictures of the docs from the running app: `python -m docs.screenshots`.

Needs Debian's chromium and the packages of requirements-dev.txt. The pictures of lesson.md were
taken by docs/lesson_pictures.py of commit f048f62.
"""

from io import BytesIO
from pathlib import Path

from PIL import Image
from playwright.sync_api import Browser, Page, expect, sync_playwright

from benchmarks.common import running_app

FOLDER = Path(__file__).resolve().parent
SCREEN = 1280, 800
# So high that nothing scrolls, and the bar on top hides no part
LOOKS = {"light": (1280, 6000), "dark": (1280, 6000), "phone": (375, 6000)}
READING = "tab=reading&name=Kowalczyk"  # what stands in the address


def main() -> None:
    """Photograph the app."""
    with running_app() as (url, _), sync_playwright() as driver:
        browser = driver.chromium.launch(
            executable_path="/usr/bin/chromium",
            args=["--no-sandbox"],
        )
        save(opened(browser, url, "name=MacDonald&k=3"), "name")
        review = "name_review=Beautiful+to+look+at,+but+it+is+not+a+good+film"
        save(opened(browser, url, review), "reviews")
        page = opened(browser, url, "tab=reading&name_review=beautiful,+but+empty")
        save(page, "reading-reviews", full_page=True)
        for look, size in LOOKS.items():
            theme = "dark" if look == "dark" else "light"
            page = opened(browser, url, READING, size, theme)
            for part in range(7):
                section = page.locator(f"section[data-section='{part}']")
                screenshot = section.locator("visible=true").screenshot()
                path = FOLDER / "reading" / f"{part}-{look}.webp"
                picture_of(screenshot).save(
                    path,
                    quality=80,
                    method=6,
                )
        animate(opened(browser, url, READING))


def opened(
    browser: Browser,
    url: str,
    state: str,
    size: tuple[int, int] = SCREEN,
    theme: str = "light",
) -> Page:
    """Open the page with all of it drawn; in How it reads on the last letter but one."""
    page = browser.new_page(viewport={"width": size[0], "height": size[1]})
    page.goto(f"{url}?__theme={theme}#{state}")
    is_reading = state.startswith("tab=reading")
    last = ".letters"
    if is_reading:
        last = ".excites li, .excites:has-text('comes without')"
    drawn_last = page.locator(last).locator("visible=true").first
    expect(drawn_last).to_be_visible(timeout=60_000)
    if is_reading:
        cursor = page.locator(".cursor").locator("visible=true")
        cursor.press("End")
        cursor.press("ArrowLeft")
    page.wait_for_timeout(2000)  # colours fade in
    return page


def picture_of(content: bytes) -> Image.Image:
    """Return a screenshot without its transparency."""
    return Image.open(BytesIO(content)).convert("RGB")


def save(
    page: Page,
    name: str,
    full_page: bool = False,
) -> None:
    """Save the page as WebP."""
    picture = picture_of(page.screenshot(full_page=full_page))
    picture.save(
        FOLDER / f"{name}.webp",
        lossless=True,
        method=6,
    )


def animate(page: Page) -> None:
    """Step through the letters before part 3 and again before part 5: fifteen seconds."""
    frames = []
    durations = []  # milliseconds
    cursor = page.locator(".cursor").locator("visible=true")
    for part, pause in ((3, 750), (5, 600)):
        cursor.press("Home")
        place = f".reading section[data-section='{part}']"
        page.evaluate("scrollTo(0, 0)")
        page.evaluate(
            "(place) => document.querySelector(place).scrollIntoView()", place
        )
        for _ in range(10):
            page.wait_for_timeout(200)
            frames.append(picture_of(page.screenshot()).resize((960, 600)))
            cursor.press("ArrowRight")
        durations += [*[pause] * 9, 1400]
    first, *others = frames
    first.save(
        FOLDER / "reading.webp",
        save_all=True,
        append_images=others,
        duration=durations,
        loop=0,
        quality=75,
        method=6,
    )


if __name__ == "__main__":
    main()
