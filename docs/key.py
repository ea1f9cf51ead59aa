"""Do the exercises of lesson.md in chromium, and print the figures of lesson-teacher.md.

`python -m docs.key` prints a block for each exercise, `python -m docs.key 1 4` those of some. Done
in the exported page, in the presenter's view of a small projector.
"""

import re
import sys
from collections.abc import Iterator

from playwright.sync_api import Page

from benchmarks.common import open_browser

from .pictures import (
    PROJECTOR,
    exported_page,
    go_back,
    gradients,
    inside,
    search,
    seen,
)

TRAIN = "name=Kowalski&tab=train"


def says(page: Page, selector: str) -> str:
    """Return what the page says in some places, once it has settled."""
    page.wait_for_timeout(3000)
    found = page.locator(selector).locator("visible=true").all_inner_texts()
    return ", ".join(" ".join(text.split()) for text in found)


def letters(page: Page) -> Iterator[str]:
    """1: type a name, read the numbers, take out two letters, and try another for the last."""
    name = "Gaudino"
    for end in range(2, len(name) + 1):
        seen(page, "textarea").fill(name[:end])
        yield f"{name[:end]}: {says(page, '.bars li >> nth=0')}"
    yield says(page, ".on-stage .letter")
    for i in (1, 6):
        letter = seen(page, f".letter[data-i='{i}']")
        letter.click()
        yield f"without {name[i]}: {says(page, '.bars li >> nth=0')}"
        seen(page, f".levers [data-letter={'ai'[i > 1]}]").click()
    yield f"with i for o: {says(page, '.bars li >> nth=0')}"


def learning(page: Page) -> Iterator[str]:
    """2: an untrained network, and what it becomes."""
    gradients(page, 1000)
    for step in (922, 370, 0):
        yield f"{go_back(page, step)}: {says(page, '.held, .likely li')}"


def endings(page: Page) -> Iterator[str]:
    """3: the first and the last unit that read forward and answer to -ski."""
    inside(page)
    last = seen(page, ".letter[data-i='7']")
    for place in (0, -1):
        search(page, "-ski")
        seen(page, f".answering [aria-label*=forward] >> nth={place}").click()
        for typed in ("-ski", "-ska", "-sky"):
            search(page, typed)
            yield f"{typed}: {says(page, '.means')}"
        yield says(page, ".tint i")
        last.click()
        seen(page, ".levers [data-letter=a]").click()
        yield says(page, ".tint i")
        seen(page, ".levers [data-letter=i]").click()


def memory(page: Page) -> Iterator[str]:
    """4: the states and update gates of two units, with and without an apostrophe."""
    inside(page)
    seen(page, ".reader .direction").select_option("forward")
    for unit in ("33", "125"):
        seen(page, ".reader .number").fill(unit)
        yield f"unit {unit}: {says(page, '.tint i')}"
        gates = []
        for letter in page.locator(".tint i").all():
            letter.click()
            gates.append(says(page, ".gates [data-wire=z] >> nth=0"))
        yield f"its update gate: {', '.join(gates)}"
        apostrophe = seen(page, ".letter[data-i='1']")
        apostrophe.click()
        yield f"without ': {says(page, '.tint i')}"
        apostrophe.click()


def distance(page: Page) -> Iterator[str]:
    """5: a GRU and a plain RNN."""
    for length in ("20", "10"):
        seen(page, "[name=length]").fill(length)
        gradients(page)
        for step in (256, 58):
            moment = go_back(page, step)
            right = says(page, ".held")
            shares = re.sub(
                "first letter.*? is | of the last's",
                "",
                says(page, ".looks figcaption"),
            )
            yield f"{length} letters, {moment}: {right}; {shares}"


LANGUAGES = ".by li:has(:text-matches('Chinese|Italian|Polish|Russian'))"


def held_gates(page: Page) -> Iterator[str]:
    """6: the update gate, held."""
    gradients(page, 500)
    yield go_back(page, 444)
    for held in ("works", "held at 1", "held at 0"):
        page.get_by_label("update gate").select_option(held)
        yield f"{held}: {says(page, f'.broken b, {LANGUAGES}')}"


def game(page: Page) -> Iterator[str]:
    """7: what the network says to all names of the game."""
    gradients(page, 3000)
    seen(page, "text=Beat the network").click()
    for step in (1329, 444):
        yield f"{go_back(page, step)}: {says(page, '.held')}"
        seen(page, "[data-do=game]").click()
        for _ in range(9):
            seen(page, ".choices button").click()
            seen(page, ".next").click()
        seen(page, ".choices button").click()
        seen(page, ".said summary").click()
        yield says(page, ".said summary")
        seen(page, ".close").click()


# What stands in the address, and what is done there
EXERCISES = {
    "1": ("name=K", letters),
    "2": (TRAIN, learning),
    "3": ("name=Kowalski", endings),
    "4": ("name=O'Brien", memory),
    "5": (f"{TRAIN}&data=order&beside=rnn", distance),
    "6": (TRAIN, held_gates),
    "7": (TRAIN, game),
}


def main() -> None:
    """Do the exercises that are named, or all."""
    with exported_page() as file, open_browser() as browser:
        for number in sys.argv[1:] or EXERCISES:
            state, do = EXERCISES[number]
            page = browser.new_page(viewport=PROJECTOR, reduced_motion="reduce")
            page.goto(f"{file}#{state}&view=large")
            print(*do(page), "", sep="\n", flush=True)
            page.close()


if __name__ == "__main__":
    main()
