"""Do the exercises of lesson.md, print what they show: `python -m docs.exercises`, or some: `… 3 4`.

Each is done in the exported page and in app.py, in the presenter's view of the smallest projector;
the pictures of lesson-teacher.md are taken from the first. Needs what screenshots.py needs.
"""

import re
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

from playwright.sync_api import Browser, Locator, Page, expect, sync_playwright

from benchmarks.common import running_app
from model.classifier import SHIPPED_NAMES
from model.tabs.alone import web_files
from model.tabs.page_model import read_model

from .screenshots import save

VIEW = {"width": 1024, "height": 768}
MINUTES = 60_000  # milliseconds
REACHED = """(n) => {
  const {value} = document.querySelector('.back output');
  return Number(/[\\d,]+/.exec(value)?.[0].replace(',', '')) >= n;
}"""


class Exercise:
    """One exercise in one of the two pages."""

    def __init__(self, browser: Browser, address: str, takes: bool) -> None:
        self.browser = browser
        self.address = address
        self.takes = takes
        self.page: Page

    def open(self, state: str, drawn: str) -> None:
        """Open the page with what stands in its address, and wait until a selector is seen."""
        self.page = self.browser.new_page(viewport=VIEW, reduced_motion="reduce")
        self.page.goto(f"{self.address}#{state}&view=large")
        expect(self.seen(drawn).first).to_be_visible(timeout=2 * MINUTES)

    def seen(self, selector: str) -> Locator:
        return self.page.locator(selector).locator("visible=true")

    def say(self, *texts: str) -> None:
        print("  ", *(" ".join(text.split()) for text in texts))

    def picture(self, name: str) -> None:
        """Take what is on the screen."""
        self.page.wait_for_timeout(1000)  # colours fade in
        if self.takes:
            save(self.page, f"lesson/{name}", quality=70)


def next_letters(exercise: Exercise) -> None:
    """1: what the network says after each letter."""
    for name in ("Gaudino", "Novakova"):
        exercise.open(f"name={name}&tab=reading", ".so-far .bars li")
        page = exercise.page
        exercise.seen(".guesses").check()
        for _ in name[1:]:
            exercise.say(exercise.seen(".now-says").inner_text())
            exercise.seen(".so-far select").select_option("Italian")
        exercise.say(
            exercise.seen(".now-says").inner_text(),
            exercise.seen(".so-far output").inner_text(),
        )
        exercise.seen(".guesses").uncheck()
        if name == "Gaudino":
            exercise.picture("next")
        page.close()


def train(exercise: Exercise, state: str, steps: int, text: str = "Kowalski") -> None:
    """Train for so many steps or some more, and pause; a guess was given before."""
    exercise.open(f"name={text}&tab=train{state}", ".held")
    exercise.seen(".bench .guess input").fill("60")
    exercise.page.get_by_role("button", name="▶ Train").click()
    exercise.page.wait_for_function(REACHED, arg=steps, timeout=9 * MINUTES)
    exercise.page.get_by_role("button", name="❚❚ Pause").click()
    expect(exercise.seen(".bench .guess output")).not_to_be_empty(timeout=MINUTES)
    exercise.page.wait_for_timeout(3000)


def go_back(exercise: Exercise, step: int) -> None:
    """Go back in time to the last moment kept up to a step, which is the same in each browser."""
    slider = exercise.seen(".moment")
    for moment in range(int(slider.get_attribute("max")) - 1, -1, -1):
        output = exercise.seen(".back output")
        before = output.inner_text()
        slider.fill(str(moment))
        expect(output).not_to_have_text(before, timeout=MINUTES)
        at = output.inner_text()
        number = re.search(r"[\d,]+", at)
        if not number or int(number[0].replace(",", "")) <= step:
            break
    exercise.page.wait_for_timeout(2000)


def figures(exercise: Exercise) -> str:
    at = exercise.seen(".back output").inner_text()
    right = exercise.seen(".figures p").all_inner_texts()
    gradients = exercise.seen(".looks figcaption").all_inner_texts()
    likely = exercise.seen(".likely li").all_inner_texts()
    return f"{at}: {'; '.join(right)} | {'; '.join(gradients)} | {'; '.join(likely)}"


def untrained(exercise: Exercise) -> None:
    """2: untrained against trained."""
    train(exercise, "", 1000)
    exercise.say(exercise.seen(".bench .guess output").inner_text())
    for step in (1000, 600, 400, 0):
        go_back(exercise, step)
        exercise.say(figures(exercise))
    exercise.picture("untrained")
    exercise.page.close()


def search(exercise: Exercise, typed: str) -> Locator:
    """Search in part 7."""
    part = exercise.seen("[data-section='7']")
    part.get_by_label("Search").fill(typed)
    part.get_by_label("Search").press("Enter")
    expect(part.locator(".answering")).to_contain_text(f"to {typed},", timeout=MINUTES)
    exercise.page.wait_for_timeout(1500)
    return part


def open_units(exercise: Exercise) -> Locator:
    exercise.open("name=Kowalski&tab=reading", ".so-far .bars li")
    part = exercise.seen("[data-section='7']")
    part.evaluate("part => part.scrollIntoView()")
    return part


def offered(exercise: Exercise, typed: str) -> list[str]:
    """Search, and say how each unit that is offered answers; return these."""
    part = search(exercise, typed)
    exercise.say(part.locator(".answering").inner_text())
    buttons = part.locator(".answering button").all()
    for button in buttons:
        button.click()
        exercise.say(button.inner_text(), part.locator(".means").inner_text())
    buttons[0].click()
    return [button.inner_text() for button in buttons]


def a_unit(exercise: Exercise) -> None:
    """3: a unit that answers to an ending, and to what it does not."""
    part = open_units(exercise)
    offered(exercise, "-ski")
    exercise.picture("unit")
    for typed in ("-ska", "-sky", "-ki", "-i"):
        part.get_by_label("Guess the next average").fill("0.5")
        search(exercise, typed)
        exercise.say(
            typed,
            part.locator(".means").inner_text(),
            part.locator(".guess output").inner_text(),
        )
    exercise.page.close()


def who_remembers(exercise: Exercise) -> None:
    """4: which unit remembers O' to the end."""
    part = open_units(exercise)
    for unit in offered(exercise, "O'"):
        if "→" not in unit:
            continue
        part.get_by_role("button", name=f"Unit {unit.split()[0]}, forward").click()
        exercise.picture(f"remembers-{unit.split()[0]}")
    search(exercise, "O")
    exercise.say("O", part.locator(".means").inner_text())
    exercise.page.close()
    for unit in ("94", "5"):
        exercise.open("name=O'Brien&tab=reading", ".of-unit")
        page = exercise.page
        cell = exercise.seen("[data-section='3']")
        cell.get_by_label("Unit", exact=True).fill(unit)
        for _ in "'Brien":
            page.get_by_role("button", name="Next letter").locator(
                "visible=true"
            ).click()
            state = cell.locator(".tint .at small").inner_text()
            update = cell.locator("[data-says=update]").inner_text()
            exercise.say(cell.locator(".of-unit").inner_text(), state, update)
        page.close()


def how_long(exercise: Exercise) -> None:
    """5: a plain RNN and a GRU on strings of 10, 20 and 30 letters."""
    for length, steps in ((10, 300), (20, 300), (30, 300)):
        train(exercise, f"&data=order&length={length}&beside=rnn", steps)
        exercise.say(f"{length} letters:", figures(exercise))
        if length == 20:
            exercise.picture("order")
        for step in (300, 200, 100):
            go_back(exercise, step)
            exercise.say(figures(exercise))
        exercise.page.close()


def broken(exercise: Exercise) -> None:
    """6: the update gate, held."""
    train(exercise, "", 500)
    go_back(exercise, 500)
    exercise.say(figures(exercise))
    section = exercise.seen(".part:has(.breaks)")
    section.evaluate("part => part.scrollIntoView()")
    for held in ("held at 1", "held at 0"):
        section.locator(".breaks + .guess input").fill("30")
        section.get_by_label("update gate").select_option(held)
        expect(section.locator(".breaks + .guess output")).not_to_be_empty()
        exercise.page.wait_for_timeout(3000)
        exercise.say(held, section.locator(".broken").inner_text())
        exercise.say("; ".join(section.locator("ol.by li").all_inner_texts()))
        exercise.picture(f"break-{held[-1]}")
    exercise.page.close()


def beat(exercise: Exercise) -> None:
    """7: the unseen names, and what it says of them."""
    train(exercise, "", 1500)
    exercise.page.get_by_text("Beat the network").click()
    for step in (500, 1500):
        go_back(exercise, step)
        names = exercise.page.locator(".unseen-of p").all_text_contents()
        cut = [re.sub(r"your guess.*it is", ": it is", name) for name in names]
        exercise.say(figures(exercise))
        exercise.say("; ".join(cut))
    exercise.seen("details:has(.unseen-of)").evaluate("part => part.scrollIntoView()")
    exercise.picture("beat")
    exercise.page.close()


EXERCISES = {
    "1": next_letters,
    "2": untrained,
    "3": a_unit,
    "4": who_remembers,
    "5": how_long,
    "6": broken,
    "7": beat,
}


def main() -> None:
    """Do the exercises that are named, or all."""
    chosen = sys.argv[1:] or EXERCISES
    files, _ = web_files(read_model(SHIPPED_NAMES))
    with (
        TemporaryDirectory() as folder,
        running_app() as (url, _),
        sync_playwright() as driver,
    ):
        file = Path(folder, "index.html")
        file.write_bytes(files["index.html"])
        browser = driver.chromium.launch(
            executable_path="/usr/bin/chromium",
            args=["--no-sandbox"],
        )
        for number in chosen:
            for name, address in (("the file", file.as_uri()), ("app.py", url)):
                print(f"Exercise {number}, {name}", flush=True)
                EXERCISES[number](Exercise(browser, address, name == "the file"))


if __name__ == "__main__":
    main()
