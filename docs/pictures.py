"""Take the pictures of README, docs and the lesson in chromium, and the film of README.

`python -m docs.pictures` takes all of them, `python -m docs.pictures lesson/order` those that are
named. Pictures of the lesson are of the exported page, in the presenter's view of a small
projector, the others of the page of app.py.
"""

import sys
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
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
CALLOUTS = [".verdict", "canvas.bands", ".tiles", ".inside summary"]
BADGE = """(part, number) => {
  const {left, top} = part.getBoundingClientRect();
  const badge = document.createElement('b');
  badge.textContent = number;
  badge.style = `position: absolute; left: ${left - 25 + scrollX}px; top: ${top + 3 + scrollY}px;
    width: 22px; border-radius: 11px; background: #b45309; color: white; text-align: center;
    font: bold 14px/22px sans-serif`;
  document.body.append(badge);
}"""


@contextmanager
def exported_page() -> Iterator[str]:
    """Yield the address of the page without a server."""
    with TemporaryDirectory() as folder:
        page = Path(folder, "index.html")
        page.write_bytes(web_files(read_model(SHIPPED_NAMES))[0][page.name])
        yield page.as_uri()


def seen(page: Page, selector: str) -> Locator:
    """Return the first of what is selected that is seen: app.py has each tab twice."""
    element = page.locator(selector).locator("visible=true").first
    expect(element).to_be_visible(timeout=300_000)
    return element


def answer(page: Page) -> Page:
    """Wait for the numbers under the letters."""
    seen(page, ".on-stage .letter small:not(:empty)")
    return page


def numbered(page: Page) -> Page:
    """Put 1 to 4 beside what README lists: the answer, the bands, the letters, what is inside."""
    answer(page)
    for number, what in enumerate(CALLOUTS, start=1):
        seen(page, what).evaluate(BADGE, number)
    return page


def inside(page: Page) -> None:
    """Wait for what opens below the stage."""
    answer(page)
    seen(page, ".many li")


def search(page: Page, typed: str) -> None:
    """Search for a beginning or an ending."""
    box = seen(page, ".search")
    box.fill(typed)
    box.press("Enter")
    seen(page, f'.answering:has-text("to {typed} (")')


def part(number: int, page: Page) -> Locator:
    """Return a part of what is inside."""
    inside(page)
    return seen(page, f".inside section[data-section='{number}']")


def unit(button: str, page: Page) -> Locator:
    """Return one of the units that are offered for -ski, in many names."""
    inside(page)
    search(page, "-ski")
    seen(page, f".answering button{button}").click()
    return seen(page, ".inside section[data-section='6']")


def below(section: Locator) -> Page:
    """Scroll a part below the row of letters, as the presenter's view does."""
    section.evaluate("section => section.scrollIntoView()")
    return section.page


def without(page: Page) -> Page:
    """Take out the seventh letter."""
    answer(page)
    seen(page, ".letter[data-i='6']").click()
    return page


def cell(number: str, page: Page) -> Page:
    """Show the cell of a unit at the second letter, below the row of letters."""
    inside(page)
    seen(page, ".reader .direction").select_option("forward")
    seen(page, ".reader .number").fill(number)
    seen(page, ".tint [data-at='1']").click()
    return below(seen(page, "section[data-section='3']"))


def matrix(page: Page) -> Locator:
    """Return the confusion matrix of the test split."""
    return seen(page, "table.matrix")


def gradients(page: Page, steps: int = 300) -> Page:
    """Train so many steps or some more, and pause: their pictures follow."""
    seen(page, ".held")
    seen(page, "text=▶ Train").click()
    page.wait_for_function(REACHED, arg=steps, timeout=600_000)
    seen(page, "text=❚❚ Pause").click()
    page.wait_for_timeout(3000)
    return page


def fading(page: Page) -> Page:
    """Train a GRU and a plain RNN, and go back to where the GRU begins to learn."""
    go_back(gradients(page), 58)
    return page


def go_back(page: Page, step: int) -> str:
    """Go back in time to a step, and return how the page names it."""
    moment = f"step {step:,}" if step else "untrained"
    seen(page, ".back .number").fill(str(step))
    expect(seen(page, ".back output")).to_have_text(moment, timeout=60_000)
    return moment


def broken(page: Page) -> Page:
    """Hold the update gate at 1, as it was at step 444; a guess was given before."""
    gradients(page, 500)
    go_back(page, 444)
    seen(page, ".part:has(.breaks)").evaluate("part => part.scrollIntoView()")
    seen(page, ".breaks + .guess input").fill("30")
    page.get_by_label("update gate").select_option("held at 1")
    return page


def film(page: Page) -> Iterator[Image.Image]:
    """Type a name, take its k out and put it back, and look inside."""
    for end in range(1, 9):
        seen(page, "textarea").fill("Kowalski"[:end])
        yield picture_of(page)
    for _ in range(2):
        seen(page, ".letter[data-i='6']").click()
        yield from [picture_of(page)] * 3
    inside(page)
    seen(page, ".telling button").click()
    seen(page, ".inside section[data-section='6']").evaluate("e => e.scrollIntoView()")
    yield from [picture_of(page)] * 8


def picture_of(part: Page | Locator) -> Image.Image:
    """Return what is seen once colours have faded in."""
    time.sleep(2)
    return Image.open(BytesIO(part.screenshot())).convert("RGB")


INSIDE = "inside=1&name=Kowalczyk"
LARGE = "name=Kowalski&view=large&tab="
TWO_CELLS = "&data=order&length=20&beside=rnn"
# What stands in the address, and what returns the part that is taken
PICTURES = {
    "loop": ("name=Ko&view=large", answer),
    "name": ("name=Petrova", answer),
    "screen": ("name=Petrova", numbered),
    "matrix": ("tab=test", matrix),
    "reviews": ("name_review=Beautiful to look at, but it is not a good film", answer),
    **{f"reading/{i}": (INSIDE, partial(part, i)) for i in range(6)},
    "reading/6": (INSIDE, partial(unit, " >> nth=0")),
    "lesson/next": ("name=Gaudino&view=large", without),
    "lesson/unit": (
        f"{LARGE}name",
        lambda page: below(unit("[aria-label*=forward] >> nth=-1", page)),
    ),
    "lesson/o-first": ("name=O'Brien&view=large", partial(cell, "33")),
    "lesson/o-last": ("name=O'Brien&view=large", partial(cell, "125")),
    "lesson/order": (f"{LARGE}train{TWO_CELLS}", fading),
    "lesson/break": (f"{LARGE}train", broken),
}
PROJECTOR = {"width": 1024, "height": 768}
SIZES = {
    "loop": PROJECTOR,
    "lesson": PROJECTOR,
    "reading": {"width": 1280, "height": 6000},  # nothing scrolls below the bar on top
}
SCREEN = {"width": 1280, "height": 820}


# The words in the window; numbers may differ by where a training was paused
WORDS = r"""(root) => {
  const walker = document.createTreeWalker(root, NodeFilter.SHOW_TEXT);
  const words = [];
  while (walker.nextNode()) {
    const range = document.createRange();
    range.selectNodeContents(walker.currentNode);
    const {width, top, bottom} = range.getBoundingClientRect();
    const isSeen = walker.currentNode.parentNode.checkVisibility({visibilityProperty: true});
    if (isSeen && width > 1 && top < innerHeight && bottom > 0) words.push(range.toString());
  }
  return words.join(' ').match(/\p{L}+/gu).join(' ');
}"""


def take_pictures(names: Iterable[str]) -> Iterator[tuple[str, list[Image.Image], str]]:
    """Yield each picture with its name, its frames and the words that can be read on the last."""
    with (
        exported_page() as file,
        running_app() as (url, _),
        open_browser() as browser,
    ):
        for name in names:
            state, take = PICTURES[name]
            size = SIZES.get(name.split("/")[0], SCREEN)
            page = browser.new_page(viewport=size, reduced_motion="reduce")
            page.goto(f"{file if 'lesson' in name else url}#{state}")
            part = take(page)
            frames = list(film(page)) if name == "loop" else [picture_of(part)]
            root = part.locator("body") if isinstance(part, Page) else part
            yield name, frames, root.evaluate(WORDS)
            page.close()


def main() -> None:
    """Take the pictures that are named, or all; a file keeps its words, which a test compares."""
    for name, (frame, *frames), words in take_pictures(sys.argv[1:] or PICTURES):
        frame.save(
            FOLDER / f"{name}.webp",
            append_images=frames,
            save_all=True,
            duration=450,
            method=6,
            quality=80,
            xmp=words.encode(),
        )


if __name__ == "__main__":
    main()
