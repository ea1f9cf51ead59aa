"""Do the exercises of lesson.md and print what they show: `python -m docs.exercises`.

Each is done in the exported page and in app.py, in the presenter's view of the smallest projector;
the pictures of lesson-teacher.md are taken from the first. Numbers behind the command choose
exercises. Needs what screenshots.py needs.
"""

import re
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

from playwright.sync_api import Browser, Locator, Page, expect

from benchmarks.common import open_browser, running_app
from model.classifier import SHIPPED_NAMES
from model.tabs.alone import web_files
from model.tabs.page_model import read_model

from .screenshots import save

VIEW = {"width": 1024, "height": 768}
MINUTES = 60_000  # milliseconds
REACHED = """(n) => {
  const {value} = document.querySelector('.back output');
  return Number(/[\\d,]*\\d/.exec(value)?.[0].replace(',', '')) >= n;
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
        """Return what can be seen: app.py has each tab twice."""
        return self.page.locator(selector).locator("visible=true")

    def say(self, *texts: str) -> None:
        """Print texts of the page on one line."""
        words = " ".join(texts).split()
        print("  ", *words)

    def picture(self, name: str) -> None:
        """Take what is on the screen."""
        self.page.wait_for_timeout(1000)  # colours fade in
        if self.takes:
            save(self.page, f"lesson/{name}", quality=50)


def next_letters(exercise: Exercise) -> None:
    """1: what the network says after each letter."""
    for name in ("Gaudino", "Novakova"):
        exercise.open(f"name={name}&tab=reading", ".so-far .bars li")
        page = exercise.page
        exercise.seen(".guesses").check()
        for _ in name[1:]:
            exercise.say(exercise.seen(".now-says").inner_text())
            exercise.seen(".so-far select").select_option("Italian")
        right = exercise.seen(".so-far output").inner_text()
        exercise.say(exercise.seen(".now-says").inner_text(), right)
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
    output = exercise.seen(".back output")
    slider.press("End")
    expect(output).to_contain_text("pass")  # as it is now
    last = int(slider.input_value())
    for moment in reversed(range(last)):
        before = output.inner_text()
        slider.fill(str(moment))
        expect(output).not_to_have_text(before, timeout=MINUTES)
        if step_in(output.inner_text()) <= step:
            break
    exercise.page.wait_for_timeout(2000)


def step_in(text: str) -> int:
    """Return the number of a step, 0 where there is none."""
    number = re.search(r"[\d,]+", text)
    return int(number[0].replace(",", "")) if number else 0


def figures(exercise: Exercise) -> str:
    """Return what the first part of Train shows of this moment."""
    shown = []
    for selector in (".figures p", ".looks figcaption", ".likely li"):
        texts = exercise.seen(selector).all_inner_texts()
        shown.append("; ".join(texts))
    at = exercise.seen(".back output").inner_text()
    return f"{at}: {' | '.join(shown)}"


def untrained(exercise: Exercise) -> None:
    """2: untrained against trained."""
    train(exercise, "", 1000)
    exercise.say(exercise.seen(".bench .guess output").inner_text())
    for step in (1000, 600, 400, 0):
        go_back(exercise, step)
        exercise.say(figures(exercise))
    exercise.page.close()


def search(exercise: Exercise, typed: str) -> Locator:
    """Search in part 7."""
    part = exercise.seen("[data-section='7']")
    box = part.get_by_label("Search")
    box.fill(typed)
    box.press("Enter")
    expect(part.locator(".answering")).to_contain_text(f"to {typed} (", timeout=MINUTES)
    exercise.page.wait_for_timeout(1500)
    part.evaluate("part => part.scrollIntoView()")  # what was drawn has moved it
    return part


def open_units(exercise: Exercise) -> Locator:
    """Open part 7."""
    exercise.open("name=Kowalski&tab=reading", ".excites li")
    part = exercise.seen("[data-section='7']")
    part.evaluate("part => part.scrollIntoView()")
    return part


def a_unit(exercise: Exercise) -> None:
    """3: two units that answer to an ending, and what else they answer to."""
    part = open_units(exercise)
    search(exercise, "-ski")
    names = forward_units(part)
    for name in (names[0], names[-1]):
        search(exercise, "-ski")
        part.get_by_role("button", name=name).click()
        exercise.picture("unit")  # that of the last one stays
        for typed in ("-ski", "-ska", "-sky", "-ki", "-i"):
            part.get_by_label("Guess the next average").fill("0.5")
            search(exercise, typed)
            means = part.locator(".means").inner_text()
            exercise.say(typed, means, part.locator(".guess output").inner_text())
    exercise.page.close()


def forward_units(part: Locator) -> list[str]:
    """Return the names of the buttons of units that are offered and read forward."""
    buttons = part.locator(".answering button").all()
    names = [button.get_attribute("aria-label") for button in buttons]
    return [name for name in names if "forward" in name]


def who_remembers(exercise: Exercise) -> None:
    """4: which unit remembers O' to the end."""
    part = open_units(exercise)
    search(exercise, "O'")
    names = forward_units(part)
    for name in names:
        part.get_by_role("button", name=name).click()
        exercise.say(name, part.locator(".means").inner_text())
        which = "first" if name == names[0] else "last"
        exercise.picture(f"o-{which}")
    exercise.page.close()
    exercise.open("name=O'Brien&tab=reading", ".of-unit")
    for name in names:
        unit, *_ = re.findall(r"\d+", name)
        say_gates(exercise, unit)
    exercise.page.close()


def say_gates(exercise: Exercise, unit: str) -> None:
    """Say what the update gate of a unit does at each letter, in part 3."""
    cell = exercise.seen("[data-section='3']")
    cell.get_by_label("Unit", exact=True).fill(unit)
    exercise.seen(".cursor").press("Home")
    for _ in "O'Brien":
        state = cell.locator(".tint .at small").inner_text()
        update = cell.locator("li[data-part=update]").inner_text()
        exercise.say(cell.locator(".of-unit").inner_text(), state, update)
        exercise.seen("[data-step='1']").click()


def how_long(exercise: Exercise) -> None:
    """5: a plain RNN and a GRU on strings of 10, 20 and 30 letters."""
    for length in (10, 20, 30):
        train(exercise, f"&data=order&length={length}&beside=rnn", 300)
        exercise.say(f"{length} letters:", figures(exercise))
        if length == 20:
            exercise.picture("order")
        for step in (256, 84):
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
        changes = section.locator("ol.by li").all_inner_texts()
        exercise.say("; ".join(changes))
        if held == "held at 1":
            exercise.picture("break")
    exercise.page.close()


def beat(exercise: Exercise) -> None:
    """7: what the network has right at two moments."""
    train(exercise, "", 1500)
    for step in (500, 1500):
        go_back(exercise, step)
        exercise.say(figures(exercise))
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
        open_browser() as browser,
    ):
        file = Path(folder, "index.html")
        file.write_bytes(files["index.html"])
        for number in chosen:
            for name, address in (("the file", file.as_uri()), ("app.py", url)):
                print(f"Exercise {number}, {name}", flush=True)
                EXERCISES[number](Exercise(browser, address, name == "the file"))


if __name__ == "__main__":
    main()
