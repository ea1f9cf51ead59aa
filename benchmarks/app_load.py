"""How fast the page feels, alone and with 16 visitors, and whether the app's memory stays flat.

`python benchmarks/app_load.py` starts the real app on loopback, types into it in chromium, then
asks it over HTTP exactly as the page does. It prints a Markdown table in about three minutes and
exits 1 if a target is missed. Linux, and chromium for the first row (else it is left out).
"""

import argparse
import asyncio
import shutil
import subprocess
import sys
from statistics import median, quantiles

from common import ROOT, machine, print_table
from serving import running_app
from visitors import KEYS_PER_SECOND, NAMES, repeat, visit

KEY_MS, P95_MS, GROWTH = 100, 500, 1.05
# Notes when a key goes down and when the bars have changed after it.
WATCH = """() => {
  window.waits = [];
  let down = null;
  window.addEventListener('keydown', () => { down = performance.now(); }, true);
  new MutationObserver(() => {
    if (down !== null) window.waits.push(performance.now() - down);
    down = null;
  }).observe(document.querySelector('#bars'), {childList: true, subtree: true});
}"""
# Draws with the app's own function, in a process of its own: the app draws each figure only once.
DRAW = """
import json, os, sys
sys.path.insert(0, "benchmarks")
from serving import resident_mb
from model.storage.plots import reliability_svg
bins = json.load(open("model/weights/names/metrics.json"))["test"]["reliability"]
for n in range({draws} + 51):
    if n in (50, 50 + {draws} // 2, 50 + {draws}):
        print(resident_mb(os.getpid()))
    reliability_svg(bins)
"""


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


def draw_figures(draws: int) -> list[float]:
    """Return the MB of a process that draws figures: before, halfway and after."""
    done = subprocess.run(
        [sys.executable, "-c", DRAW.format(draws=draws)],
        cwd=ROOT,
        check=True,
        capture_output=True,
        text=True,
    )
    return [float(line) for line in done.stdout.split()]


class Report:
    """The rows of the table, and whether every target so far was met."""

    def __init__(self):
        self.rows: list[list[str]] = []
        self.met = True

    def add(self, what: str, figure: str, target: str = "", met: bool = True) -> None:
        """Add one row."""
        self.rows.append([what, figure, target, ("yes" if met else "no") if target else ""])
        self.met &= met

    def add_wait(self, what: str, milliseconds: float, target: int | None = None) -> None:
        """Add a row of a time."""
        met = target is None or milliseconds <= target
        self.add(what, f"{milliseconds:.0f} ms", f"≤ {target} ms" if target else "", met)

    def add_memory(self, what: str, sizes: list[float]) -> None:
        """Add a row of memory before, halfway and after."""
        figure = " → ".join(f"{size:.0f}" for size in sizes) + " MB"
        self.add(what, figure, f"end ≤ {GROWTH} × middle", sizes[2] <= GROWTH * sizes[1])


def measure_app(report: Report, options: argparse.Namespace) -> None:
    """Type, visit and repeat in one running app."""
    with running_app() as (address, pid):
        if chromium := shutil.which("chromium") or shutil.which("chromium-browser"):
            waits = key_to_bars(address, chromium)
            what = f"key to changed bars in chromium, median of {len(waits)} keys"
            report.add_wait(what, median(waits), KEY_MS)
        crowd = asyncio.run(visit(address, options.visitors, options.seconds))
        waits = [wait for visitor in crowd for wait in visitor.waits]
        what = f"{options.visitors} visitors typing, {len(waits):,} answers"
        report.add_wait(f"{what}: median", median(waits))
        report.add_wait(f"{what}: 95th percentile", quantiles(waits, n=20)[-1], P95_MS)
        errors = sum(visitor.errors for visitor in crowd)
        for action, times in (("predictions", options.predictions), ("draws", options.draws)):
            sizes, failed = asyncio.run(repeat(address, pid, action, times))
            report.add_memory(f"memory of the app over {times:,} {action}", sizes)
            errors += failed
        report.add("errors in all of these", str(errors), "0", errors == 0)


def main() -> int:
    """Print the machine and the table; return 1 if a target is missed."""
    options = parse()
    print(machine(), end="\n\n")
    report = Report()
    measure_app(report, options)
    what = f"memory of a process over {options.draws:,} figures drawn"
    report.add_memory(what, draw_figures(options.draws))
    print_table(["", "measured", "target", "met"], report.rows)
    return 0 if report.met else 1


def parse() -> argparse.Namespace:
    """Return the sizes of the run."""
    parser = argparse.ArgumentParser(prog="app_load.py", description=__doc__.split("\n")[0])
    parser.add_argument("--visitors", type=int, default=16)
    parser.add_argument("--seconds", type=float, default=20, help="of typing")
    parser.add_argument("--predictions", type=int, default=10_000)
    parser.add_argument("--draws", type=int, default=1_000)
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
