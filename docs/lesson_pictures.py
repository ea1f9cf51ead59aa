"""Take the pictures of lesson.md from the running app: `python docs/lesson_pictures.py`.

Needs what screenshots.py needs. Trains for a minute, so accuracies differ from run to run.
"""

from playwright.sync_api import Page, sync_playwright
from screenshots import DESKTOP, FOLDER, picture_of

READ = {  # name, unit, letter from 0, what is in the picture
    "prefix": ("Maccari", 120, 6, ".endings"),
    "ski": ("Kowalski", 120, 7, ".unit > :first-child"),
    "gate": ("O'Brien", 29, 1, ".unit > [data-if='gru']"),
}


def main() -> None:
    """Serve the app on a free port and do the exercises."""
    import app
    from model.tabs.look import launch_options

    _, url, _ = app.demo.launch(**launch_options(), prevent_thread_lock=True, quiet=True)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path="/usr/bin/chromium")
        page = browser.new_page(viewport={"width": DESKTOP, "height": 2600})
        page.goto(f"{url}?__theme=light#tab=reading")
        for picture, (name, unit, letter, place) in READ.items():
            page.locator(".reading .typed >> visible=true").fill(name)
            page.wait_for_timeout(5000)
            page.locator(".cursor li >> visible=true").nth(letter).click()
            page.locator(".number >> visible=true").fill(str(unit))
            save(page, picture, place)
        train(page, f"{url}?__theme=light#tab=train&name=Kowalski", 400)
        page.get_by_text("Break it").click()
        page.locator("[data-gate='update']").select_option("held at 1")
        save(page, "break", "details:has(.broken)")
        page.get_by_text("Beat the network").click()
        for name in page.locator(".unseen-of summary").all()[:5]:
            name.click()
        save(page, "beat", "details:has(.unseen-of)")
        page.get_by_label("Back in time").fill("0")
        save(page, "untrained", ".bench")
        train(page, f"{url}?__theme=light#tab=train&data=order&beside=rnn", 130)
        page.get_by_label("Back in time").fill("12")  # step 67: the GRU learns it
        save(page, "order", ".looks")
    app.demo.close()


def train(page: Page, url: str, steps: int) -> None:
    """Train for some steps, and pause."""
    page.goto("about:blank")
    page.goto(url)
    page.get_by_role("button", name="▶ Train").click()
    step = "document.querySelector('.back output').value.split(/[ ,]/)[1]"
    page.wait_for_function(f"{step} >= {steps}", timeout=300_000)
    page.get_by_role("button", name="Pause").click()


def save(page: Page, picture: str, place: str) -> None:
    """Save a part of the page."""
    page.wait_for_timeout(5000)  # until it is drawn
    found = picture_of(page.locator(f"{place} >> visible=true").screenshot())
    found.save(FOLDER / "lesson" / f"{picture}.webp", quality=80, method=6)


if __name__ == "__main__":
    main()
