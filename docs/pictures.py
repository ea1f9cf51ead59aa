"""Take the pictures of README, docs and the lesson in chromium.

`python -m docs.pictures` takes all of them, `python -m docs.pictures lesson/order` those that are
named. Pictures of the lesson are of the exported page, in the presenter's view of a small
projector, the others of the page of app.py.
"""

import sys
from functools import partial
from io import BytesIO
from pathlib import Path
from tempfile import TemporaryDirectory

from PIL import Image
from playwright.sync_api import Locator, Page, expect

from benchmarks.common import open_browser, running_app
from model.classifier import SHIPPED_NAMES
from model.tabs.alone import web_files
from model.tabs.page_model import read_model

FOLDER = Path(__file__).resolve().parent
REACHED = """(steps) => {
  const {value} = document.querySelector('.back output');
  return Number(/[\\d,]*\\d/.exec(value)?.[0].replace(',', '')) >= steps;
}"""


def seen(page: Page, selector: str) -> Locator:
    """Return the first of what is selected that is seen: app.py has each tab twice."""
    element = page.locator(selector).locator("visible=true").first
    expect(element).to_be_visible(timeout=300_000)
    return element


def answer(page: Page) -> Page:
    """Wait for what each letter adds."""
    seen(page, ".letters")
    return page


def last_letter(page: Page) -> Page:
    """Read the name to its end."""
    seen(page, ".so-far .bars li")
    seen(page, ".cursor").press("End")
    return page


def part_of_reading(number: int, page: Page) -> Locator:
    """Return a part of How it reads, on the last letter but one."""
    seen(page, ".excites li")
    seen(page, ".cursor").press("End")
    seen(page, ".cursor").press("ArrowLeft")
    return seen(page, f"section[data-section='{number}']")


def unit(typed: str, button: str, page: Page) -> Locator:
    """Return part 7 with one of the units that are offered for what is typed."""
    part = part_of_reading(7, page)
    search = part.get_by_label("Search")
    search.fill(typed)
    search.press("Enter")
    expect(part.locator(".answering")).to_contain_text(f"to {typed} (", timeout=60_000)
    part.locator(f".answering button{button}").click()
    return part


def unit_on_projector(typed: str, button: str, page: Page) -> Page:
    """Show a unit on one screen."""
    part = unit(typed, button, page)
    page.wait_for_timeout(2000)  # what is drawn moves the part
    part.evaluate("part => part.scrollIntoView()")
    return page


def gradients(page: Page, steps: int = 300) -> Page:
    """Train so many steps or some more, and pause: two cells go back to where the first leads."""
    seen(page, ".held")
    page.get_by_role("button", name="▶ Train").click()
    page.wait_for_function(REACHED, arg=steps, timeout=600_000)
    page.get_by_role("button", name="❚❚ Pause").click()
    page.wait_for_timeout(3000)
    return page


def broken(page: Page) -> Page:
    """Hold the update gate at 1, as it was at step 444; a guess was given before."""
    gradients(page, 500)
    while "step 444" not in seen(page, ".back output").inner_text():
        seen(page, ".moment").press("ArrowLeft")
        page.wait_for_timeout(500)
    seen(page, ".part:has(.breaks)").evaluate("part => part.scrollIntoView()")
    seen(page, ".breaks + .guess input").fill("30")
    page.get_by_label("update gate").select_option("held at 1")
    return page


READING = "tab=reading&name=Kowalczyk"
LARGE = "name=Kowalski&view=large&tab="
TWO_CELLS = "&data=order&length=20&beside=rnn"
FORWARD = "[aria-label*=forward] >> nth="
# What stands in the address, and what returns the part that is taken
PICTURES = {
    "name": ("name=MacDonald&k=3", answer),
    "reviews": ("name_review=Beautiful to look at, but it is not a good film", answer),
    **{f"reading/{i}": (READING, partial(part_of_reading, i)) for i in range(7)},
    "reading/7": (READING, partial(unit, "-ski", " >> nth=0")),
    "lesson/next": ("name=Gaudino&view=large&tab=reading", last_letter),
    "lesson/unit": (
        f"{LARGE}reading",
        partial(unit_on_projector, "-ski", f"{FORWARD}-1"),
    ),
    "lesson/o-first": (
        f"{LARGE}reading",
        partial(unit_on_projector, "O'", f"{FORWARD}0"),
    ),
    "lesson/o-last": (
        f"{LARGE}reading",
        partial(unit_on_projector, "O'", f"{FORWARD}-1"),
    ),
    "lesson/order": (f"{LARGE}train{TWO_CELLS}", gradients),
    "lesson/break": (f"{LARGE}train", broken),
}
SIZES: dict[str] = {
    "lesson": {"width": 1024, "height": 768},
    "reading": {"width": 1280, "height": 6000},  # nothing scrolls below the bar on top
}
SCREEN = {"width": 1280, "height": 800}


def main() -> None:
    """Take the pictures that are named, or all."""
    files, _ = web_files(read_model(SHIPPED_NAMES))
    with (
        TemporaryDirectory() as folder,
        running_app() as (url, _),
        open_browser() as browser,
    ):
        exported = Path(folder, "index.html")
        exported.write_bytes(files["index.html"])
        for name in sys.argv[1:] or PICTURES:
            state, take = PICTURES[name]
            group, _, _ = name.partition("/")
            size = SIZES.get(group, SCREEN)
            page = browser.new_page(viewport=size, reduced_motion="reduce")
            page.goto(f"{exported.as_uri() if group == 'lesson' else url}#{state}")
            part = take(page)
            page.wait_for_timeout(2000)  # colours fade in
            picture = Image.open(BytesIO(part.screenshot())).convert("RGB")
            picture.save(FOLDER / f"{name}.webp", method=6, quality=80)
            page.close()


if __name__ == "__main__":
    main()
