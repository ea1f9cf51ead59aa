"""The loop of README's first screen: a name is typed, a network trained, one of its gates held.

`python -m docs.screenshots loop` takes it from the running app in a real browser. How fast a
browser trains differs, so the frames are chosen by what has happened and not by the clock.
"""

from io import BytesIO
from pathlib import Path

from PIL import Image, ImageDraw, ImageFont
from playwright.sync_api import Browser, Page, expect

LOOP = Path(__file__).resolve().parent / "loop.webp"
SIZE = 960, 500
CAPTION = 48  # pixels above the page
PAPER, INK = "#f4f4f5", "#18181b"
NAME = "Maccari"
FRAMES_OF_TRAINING = 16


class Loop:
    """The frames of an animation, each with its milliseconds."""

    def __init__(self) -> None:
        self.frames: list[Image.Image] = []
        self.milliseconds: list[int] = []

    def take(self, page: Page, sentence: str, milliseconds: int) -> None:
        """Add what the page shows now, below a sentence."""
        width, height = SIZE
        frame = Image.new("RGB", (width, height + CAPTION), PAPER)
        frame.paste(Image.open(BytesIO(page.screenshot())), (0, CAPTION))
        drawing = ImageDraw.Draw(frame)
        font = ImageFont.load_default(22)
        drawing.text((20, CAPTION / 2), sentence, INK, font, anchor="lm")
        self.frames.append(frame)
        self.milliseconds.append(milliseconds)

    def save(self, path: Path) -> None:
        """Write an animated WebP that repeats for ever."""
        first, *rest = self.frames
        first.save(
            path,
            save_all=True,
            append_images=rest,
            duration=self.milliseconds,
            loop=0,
            quality=60,
            method=6,
        )


def take_loop(browser: Browser, url: str) -> None:
    """Take the three scenes."""
    width, height = SIZE
    page = browser.new_page(viewport={"width": width, "height": height})
    loop = Loop()
    type_a_name(page, url, loop)
    train(page, url, loop)
    break_a_gate(page, loop)
    loop.save(LOOP)


def show(page: Page, selector: str) -> None:
    """Scroll until the first visible element stands on top."""
    element = page.locator(selector).locator("visible=true").first
    element.evaluate("(element) => element.scrollIntoView()")


def type_a_name(page: Page, url: str, loop: Loop) -> None:
    """The bars turn with each letter."""
    sentence = "Type a name: each letter turns the answer"
    page.goto(f"{url}#name=M")
    box = page.get_by_label("Surname")
    expect(page.locator(".letters")).to_be_visible(timeout=300_000)
    show(page, ".ask-and-answer")
    box.fill("")
    for letter in NAME:
        box.press_sequentially(letter)
        page.wait_for_timeout(1000)
        loop.take(page, sentence, 350)
    loop.take(page, sentence, 800)


def train(page: Page, url: str, loop: Loop) -> None:
    """The curves rise."""
    sentence = "Train a network of your own, in the browser"
    page.goto(f"{url}?again#tab=train&name={NAME}")
    start = page.get_by_role("button", name="▶ Train")
    expect(page.locator(".held").first).to_be_visible(timeout=300_000)
    show(page, ".learn .settings")
    loop.take(page, sentence, 300)
    start.click()
    for _ in range(FRAMES_OF_TRAINING):
        page.wait_for_timeout(600)
        loop.take(page, sentence, 150)
    page.get_by_role("button", name="❚❚ Pause").click()
    loop.take(page, sentence, 500)


def break_a_gate(page: Page, loop: Loop) -> None:
    """Accuracy falls where the update gate keeps the old state."""
    sentence = "Break one of its gates, and see what it was for"
    gate = page.get_by_label("update gate")
    show(page, ".part:has(> .breaks)")
    page.wait_for_timeout(2000)  # all that is unseen is read
    loop.take(page, sentence, 700)
    gate.select_option("held at 1")
    page.wait_for_timeout(1000)
    loop.take(page, sentence, 2000)
