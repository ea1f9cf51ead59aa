"""How fast the page starts and feels, alone and with 16 visitors, and whether its memory is flat.

`python -m benchmarks.speed.app_load` starts the real app on loopback, several times in turn with a
Python that only imports torch and gradio; types into it in chromium; then asks it over HTTP exactly
as the page does. It prints a Markdown table in about four minutes and exits 1 if a target is
missed. Without chromium the row of keys is left out.
"""

import argparse
import asyncio
import random
import shutil
import subprocess
import sys
import time
from statistics import median, quantiles

import httpx

from benchmarks.common import ROOT, interleave, machine, print_table, ratios
from benchmarks.visitors import NAMES, Visitor, resident_mb, running_app, visitors

START, KEY_MS, P95_MS, GROWTH = 1.2, 100, 500, 1.05  # the targets
KEYS_PER_SECOND = 4
AT_ONCE = 4  # visitors who repeat one action
WARM_UP = 60  # actions before memory is first read
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


def key_to_bars(address: str, chromium: str) -> list[float]:
    """Return milliseconds from each key to the changed bars, typed at 4 keys a second."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
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
        waits = page.evaluate("window.waits")
        browser.close()
    return waits


def connect(address: str) -> httpx.AsyncClient:
    """Return a client that waits long enough to count slow answers as slow, not as errors."""
    return httpx.AsyncClient(base_url=address, timeout=30, limits=httpx.Limits(max_connections=64))


async def type_together(address: str, n: int, seconds: float) -> list[Visitor]:
    """Let `n` visitors type at once for `seconds`; return them with their waits and errors."""
    until = time.perf_counter() + seconds

    async def type_names(visitor: Visitor) -> None:
        await asyncio.sleep(random.random() / KEYS_PER_SECOND)  # nobody types in step
        tick = time.perf_counter()
        while tick < until:
            name = random.choice(NAMES)
            for end in range(1, len(name) + 1):
                await asyncio.sleep(max(0, tick - time.perf_counter()))
                tick += 1 / KEYS_PER_SECOND
                await visitor.type(name[:end])
            await visitor.queue("show_letters", name)  # as the page does when typing pauses
            tick = max(tick, time.perf_counter())

    async with connect(address) as client:
        crowd = await visitors(client, n)
        await asyncio.gather(*map(type_names, crowd))
    return crowd


async def repeat(address: str, pid: int, action: str, times: int) -> tuple[list[float], int]:
    """Do `action` `times` times; return the app's MB before, halfway and after, and the errors."""

    async def work(visitor: Visitor, times: int) -> None:
        for n in range(times):
            if action == "predictions":
                await visitor.type(f"{random.choice(NAMES)}{n:x}")
            else:  # opens the tab with the matrix and its figures
                await visitor.queue("draw", "counts")

    async with connect(address) as client:
        crowd, sizes = await visitors(client, AT_ONCE), []
        for share in (WARM_UP, times // 2, times // 2):
            await asyncio.gather(*(work(visitor, share // AT_ONCE) for visitor in crowd))
            sizes.append(resident_mb(pid))
    return sizes, sum(visitor.errors for visitor in crowd)


class Report:
    """The rows of the table, and whether every target so far was met."""

    def __init__(self):
        self.rows: list[list[str]] = []
        self.met = True

    def add(self, what: str, figure: str, target: str = "", met: bool = True) -> None:
        """Add one row."""
        self.rows.append([what, figure, target, ("yes" if met else "no") if target else ""])
        self.met &= met

    def add_wait(self, what: str, milliseconds: float, target: int) -> None:
        """Add a row of a time."""
        self.add(what, f"{milliseconds:.0f} ms", f"≤ {target} ms", milliseconds <= target)


def measure_start(report: Report, repetitions: int) -> None:
    """Start the app and a Python that only imports, in turn."""
    seconds = interleave({"imports": time_imports, "app": time_app}, repetitions)
    report.add("import torch and gradio", f"{median(seconds['imports']):.2f} s")
    report.add("app.py to its first answer", f"{median(seconds['app']):.2f} s")
    ratio = median(ratios(seconds["app"], seconds["imports"]))
    report.add("ratio of these", f"{ratio:.2f}", f"≤ {START}", ratio <= START)


def measure_page(report: Report, options: argparse.Namespace) -> None:
    """Type, visit and repeat in one running app."""
    with running_app() as (address, pid):
        if chromium := shutil.which("chromium") or shutil.which("chromium-browser"):
            waits = key_to_bars(address, chromium)
            what = f"key to changed bars in chromium, median of {len(waits)} keys"
            report.add_wait(what, median(waits), KEY_MS)
        crowd = asyncio.run(type_together(address, options.visitors, options.seconds))
        waits = [1000 * wait for visitor in crowd for wait in visitor.waits]
        what = f"{options.visitors} visitors typing, {len(waits):,} answers"
        report.add(f"{what}: median", f"{median(waits):.0f} ms")
        report.add_wait(f"{what}: 95th percentile", quantiles(waits, n=20)[-1], P95_MS)
        errors = sum(visitor.errors for visitor in crowd)
        for action, times in (("predictions", options.predictions), ("draws", options.draws)):
            sizes, failed = asyncio.run(repeat(address, pid, action, times))
            figure = " → ".join(f"{size:.0f}" for size in sizes) + " MB"
            what = f"memory of the app over {times:,} {action}"
            met = sizes[2] <= GROWTH * sizes[1]
            report.add(what, figure, f"end ≤ {GROWTH} × middle", met)
            errors += failed
        report.add("errors in all of these", str(errors), "0", errors == 0)


def main() -> int:
    """Print the machine and the table; return 1 if a target is missed."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--starts", type=int, default=5)
    parser.add_argument("--visitors", type=int, default=16)
    parser.add_argument("--seconds", type=float, default=20, help="of typing")
    parser.add_argument("--predictions", type=int, default=10_000)
    parser.add_argument("--draws", type=int, default=1_000)
    options = parser.parse_args()
    print(machine(), end="\n\n")
    report = Report()
    measure_start(report, options.starts)
    measure_page(report, options)
    print_table(["", "measured", "target", "met"], report.rows)
    return 0 if report.met else 1


if __name__ == "__main__":
    sys.exit(main())
