"""How fast the page starts, and how soon it shows the bars after a key.

`python -m benchmarks.speed.app_load` starts the real app on loopback, in turn with a Python that
only imports torch and gradio, and types into it in chromium. It takes two minutes and exits with 1
if a target is missed. robustness/load.py measures how the app answers many visitors.
"""

import argparse
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from statistics import median

import httpx
from playwright.sync_api import sync_playwright

from benchmarks.common import ROOT, interleave, machine, print_targets, ratios
from benchmarks.visitors import NAMES, running_app

START, KEY_MS, READING_MS = 1.2, 100, 150  # the targets
KEYS_PER_SECOND = 4
CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
# Measures the time from a key going down to the next change of the bars.
WATCH = """() => {
  window.waits = [];
  let down = null;
  window.addEventListener('keydown', () => { down = performance.now(); }, true);
  new MutationObserver(() => {
    if (down !== null) window.waits.push(performance.now() - down);
    down = null;
  }).observe(document.querySelector('#bars'), {childList: true, subtree: true});
}"""


def time_imports() -> float:
    """Return the seconds of a Python that only imports torch and gradio."""
    start = time.perf_counter()
    subprocess.run([sys.executable, "-c", "import torch, gradio"], check=True, cwd=ROOT)
    return time.perf_counter() - start


def time_app() -> float:
    """Return the seconds from starting app.py to its first answer to a request for the page."""
    start = time.perf_counter()
    with running_app():
        return time.perf_counter() - start


def key_to_bars(address: str) -> list[float]:
    """Return the milliseconds from each key to the changed bars."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        page = browser.new_page()
        page.goto(address)
        box = page.get_by_label("Surname", exact=True)
        box.press_sequentially("warm", delay=300)
        page.wait_for_timeout(1500)
        page.evaluate(WATCH)
        for name in NAMES:
            box.select_text()
            box.press_sequentially(name, delay=1000 / KEYS_PER_SECOND)
        page.wait_for_timeout(1000)
        return page.evaluate("window.waits")


def reading_ms(address: str) -> float:
    """Return the median milliseconds of one answer of How it reads, for a name of 20 letters."""
    parts = httpx.get(f"{address}/config").json()["components"]
    (part,) = (part["id"] for part in parts if part["props"].get("elem_id") == "reading")
    body = {"session_hash": "speed", "component_id": part, "fn_name": "read"}
    waits = []
    for letter in "abcdefghijklmnopqrst":
        start = time.perf_counter()
        asked = body | {"data": letter * 20}
        httpx.post(f"{address}/gradio_api/component_server", json=asked).raise_for_status()
        waits.append(1000 * (time.perf_counter() - start))
    return median(waits)


def measure(repetitions: int) -> Iterator[tuple[str, str, str, bool]]:
    """Yield the rows of the table."""
    seconds = interleave({"imports": time_imports, "app": time_app}, repetitions)
    yield "import torch and gradio", f"{median(seconds['imports']):.2f} s", "", True
    yield "app.py to its first answer", f"{median(seconds['app']):.2f} s", "", True
    ratio = median(ratios(seconds["app"], seconds["imports"]))
    yield "ratio of these", f"{ratio:.2f}", f"≤ {START}", ratio <= START
    with running_app() as (address, _):
        waits, reading = key_to_bars(address), reading_ms(address)
    what, wait = f"key to changed bars in chromium, median of {len(waits)} keys", median(waits)
    yield what, f"{wait:.0f} ms", f"≤ {KEY_MS} ms", wait <= KEY_MS
    what = "How it reads: one answer for 20 letters, median of 20"
    yield what, f"{reading:.0f} ms", f"≤ {READING_MS} ms", reading <= READING_MS


def main() -> int:
    """Print the machine and the table; return 1 if a target is missed."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--starts", type=int, default=5)
    print(machine(), end="\n\n", flush=True)
    return print_targets(measure(parser.parse_args().starts))


if __name__ == "__main__":
    sys.exit(main())
