"""Take the pictures of the docs from the running app: `python docs/screenshots.py`.

Needs Debian's chromium and the packages of requirements-dev.txt. `--lesson` takes those of
lesson.md instead: it trains for a minute, so accuracies differ from run to run.
"""

import sys
from io import BytesIO
from pathlib import Path

from PIL import Image
from playwright.sync_api import Browser, Locator, Page, expect, sync_playwright

FOLDER = Path(__file__).resolve().parent
sys.path.insert(0, str(FOLDER.parent))
DESKTOP, PHONE = 1280, 375  # pixels of width
LOOKS = {"light": (DESKTOP, "light"), "dark": (DESKTOP, "dark"), "phone": (PHONE, "light")}
REVIEW = "Beautiful to look at, but it is not a good film"
READ = {  # name, unit, letter from 0, what is in the picture
    "prefix": ("Maccari", 120, 6, ".endings"),
    "ski": ("Kowalski", 120, 7, ".unit > :first-child"),
    "gate": ("O'Brien", 29, 1, ".unit > [data-if='gru']"),
}


def main() -> None:
    """Serve the app on a free port and photograph it."""
    import app
    from model.tabs.look import launch_options

    take = lesson if "--lesson" in sys.argv else pages
    _, url, _ = app.demo.launch(**launch_options(), prevent_thread_lock=True, quiet=True)
    with sync_playwright() as playwright:
        path = "/usr/bin/chromium"
        take(playwright.chromium.launch(executable_path=path, args=["--no-sandbox"]), url)
    app.demo.close()


def pages(browser: Browser, url: str) -> None:
    """Photograph the tabs for README.md and reading.md."""
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
            section = page.locator(f"section[data-section='{part}']")
            save_part(section, f"reading/{part}-{look}")
    save(open_reading(browser, url, "name_review=beautiful,+but+empty"), "reading-reviews")
    animate(open_reading(browser, url, "name=Kowalczyk"))


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


def save_part(part: Locator, name: str) -> None:
    """Save a part of the page as WebP."""
    picture = picture_of(part.locator("visible=true").screenshot())
    picture.save(FOLDER / f"{name}.webp", quality=80, method=6)


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


def lesson(browser: Browser, url: str) -> None:
    """Do the exercises of lesson.md, and photograph a part of the page after each."""
    page = browser.new_page(viewport={"width": DESKTOP, "height": 2600})

    def take(name: str, place: str) -> None:
        page.wait_for_timeout(5000)  # until it is drawn
        save_part(page.locator(place), f"lesson/{name}")

    def train(data: str, steps: int) -> None:
        page.goto("about:blank")
        page.goto(f"{url}?__theme=light#tab=train&{data}")
        page.get_by_role("button", name="▶ Train").click()
        step = "document.querySelector('.back output').value.split(/[ ,]/)[1]"
        page.wait_for_function(f"{step} >= {steps}", timeout=300_000)
        page.get_by_role("button", name="Pause").click()

    page.goto(f"{url}?__theme=light#tab=reading")
    for picture, (name, unit, letter, place) in READ.items():
        page.locator(".reading .typed >> visible=true").fill(name)
        page.wait_for_timeout(5000)
        page.locator(".cursor li >> visible=true").nth(letter).click()
        page.locator(".number >> visible=true").fill(str(unit))
        take(picture, place)
    train("name=Kowalski", 400)
    page.get_by_text("Break it").click()
    page.locator("[data-gate='update']").select_option("held at 1")
    take("break", "details:has(.broken)")
    page.get_by_text("Beat the network").click()
    for name in page.locator(".unseen-of summary").all()[:5]:
        name.click()
    take("beat", "details:has(.unseen-of)")
    page.get_by_label("Back in time").fill("0")
    take("untrained", ".bench")
    train("data=order&beside=rnn", 130)
    page.get_by_label("Back in time").fill("12")  # step 67: the GRU learns it
    take("order", ".looks")


if __name__ == "__main__":
    main()
