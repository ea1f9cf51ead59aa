"""Take the pictures of README, docs and the lesson in chromium, and the film of README.

`python -m docs.pictures` takes all of them, `python -m docs.pictures lesson/order` those that are
named. Pictures of the lesson are of the exported page, in the presenter's view of a small
projector, the others of the page of app.py.
"""

import sys
import time
from collections.abc import Iterator
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
    seen(page, ".adds:not(:empty)")
    return page


def last_letter(page: Page) -> Page:
    """Read the name to its end."""
    seen(page, ".now-says strong")
    seen(page, ".player button").press("End")
    return page


def part_of_reading(number: int, page: Page) -> Locator:
    """Return a part of How it reads, on the last letter but one."""
    last_letter(page)
    page.keyboard.press("ArrowLeft")
    return seen(page, f"section[data-section='{number}']")


def unit(typed: str, button: str, page: Page) -> Locator:
    """Return part 6 with one of the units that are offered for what is typed."""
    part = part_of_reading(6, page)
    search = seen(page, ".search")
    search.fill(typed)
    search.press("Enter")
    part.locator(f'.answering:has-text("to {typed} (") button{button}').click()
    return part


def gradients(page: Page, steps: int = 300) -> Page:
    """Train so many steps or some more, and pause: two cells go back to where the first leads."""
    seen(page, ".held")
    seen(page, "text=▶ Train").click()
    page.wait_for_function(REACHED, arg=steps, timeout=600_000)
    seen(page, "text=❚❚ Pause").click()
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


def film(page: Page) -> Iterator[Image.Image]:
    """Type a name, take its k out and put it back, and touch a thread."""
    for end in range(1, 9):
        seen(page, "textarea").fill("Kowalski"[:end])
        yield picture_of(page)
    for _ in range(2):
        seen(page, ".letter[data-i='6']").click()
        yield from [picture_of(page)] * 3
    seen(page, "canvas.forward").click(position={"x": 400, "y": 5})
    seen(page, "canvas.groups").evaluate("row => row.scrollIntoView()")
    yield from [picture_of(page)] * 8


def picture_of(part: Page | Locator) -> Image.Image:
    """Return what is seen once colours have faded in."""
    time.sleep(2)
    return Image.open(BytesIO(part.screenshot())).convert("RGB")


READING = "tab=reading&name=Kowalczyk"
LARGE = "name=Kowalski&view=large&tab="
TWO_CELLS = "&data=order&length=20&beside=rnn"
FORWARD = "[aria-label*=forward] >> nth="
UNITS = (
    ("unit", "-ski", f"{FORWARD}-1"),
    ("o-first", "O'", f"{FORWARD}0"),
    ("o-last", "O'", f"{FORWARD}-1"),
)
# What stands in the address, and what returns the part that is taken
PICTURES = {
    "loop": ("name=K&view=large", answer),
    "name": ("name=MacDonald&k=3", answer),
    "reviews": ("name_review=Beautiful to look at, but it is not a good film", answer),
    **{f"reading/{i}": (READING, partial(part_of_reading, i)) for i in range(1, 6)},
    "reading/6": (READING, partial(unit, "-ski", " >> nth=0")),
    "lesson/next": ("name=Gaudino&view=large&tab=reading", last_letter),
    **{
        f"lesson/{name}": (f"{LARGE}reading", partial(unit, *which))
        for name, *which in UNITS
    },
    "lesson/order": (f"{LARGE}train{TWO_CELLS}", gradients),
    "lesson/break": (f"{LARGE}train", broken),
}
PROJECTOR = {"width": 1024, "height": 768}
SIZES = {
    "loop": PROJECTOR,
    "lesson": PROJECTOR,
    "reading": {"width": 1280, "height": 6000},  # nothing scrolls below the bar on top
}
SCREEN = {"width": 1280, "height": 800}


def main() -> None:
    """Take the pictures that are named, or all."""
    with (
        TemporaryDirectory() as folder,
        running_app() as (url, _),
        open_browser() as browser,
    ):
        exported = Path(folder, "index.html")
        exported.write_bytes(web_files(read_model(SHIPPED_NAMES))[0]["index.html"])
        for name in sys.argv[1:] or PICTURES:
            state, take = PICTURES[name]
            size = SIZES.get(name.split("/")[0], SCREEN)
            page = browser.new_page(viewport=size, reduced_motion="reduce")
            page.goto(f"{exported.as_uri() if 'lesson' in name else url}#{state}")
            part = take(page)
            frame, *frames = film(page) if name == "loop" else [picture_of(part)]
            frame.save(
                FOLDER / f"{name}.webp",
                append_images=frames,
                save_all=True,
                duration=450,
                method=6,
                quality=80,
            )
            page.close()


if __name__ == "__main__":
    main()
