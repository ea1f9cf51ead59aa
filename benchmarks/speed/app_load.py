"""How fast the page starts and answers, alone and with 16 visitors, and whether its memory grows.

`python -m benchmarks.speed.app_load` starts the real app on loopback, in turn with a Python that
only imports torch and gradio, types into it in chromium, then sends it the page's requests. It
takes about four minutes and exits with 1 if a target is missed. Without chromium it leaves out the
row of keys.
"""

import argparse
import asyncio
import random
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from statistics import median, quantiles

from benchmarks.common import ROOT, interleave, machine, print_targets, ratios
from benchmarks.visitors import (
    KEYS_PER_SECOND,
    NAMES,
    Visitor,
    resident_mb,
    running_app,
    visitors,
)

START, KEY_MS, P95_MS, GROWTH = 1.2, 100, 500, 1.05  # the targets
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
Row = tuple[str, str, str, bool]  # what was measured, the figure, its target, whether it is met


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


def start_rows(repetitions: int) -> Iterator[Row]:
    """Start the app and a Python that only imports, in turn."""
    seconds = interleave({"imports": time_imports, "app": time_app}, repetitions)
    yield "import torch and gradio", f"{median(seconds['imports']):.2f} s", "", True
    yield "app.py to its first answer", f"{median(seconds['app']):.2f} s", "", True
    ratio = median(ratios(seconds["app"], seconds["imports"]))
    yield "ratio of these", f"{ratio:.2f}", f"≤ {START}", ratio <= START


def key_to_bars(address: str, chromium: str) -> list[float]:
    """Return the milliseconds from each key to the changed bars."""
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
        return page.evaluate("window.waits")


async def repeat(visitor: Visitor, action: str, times: int) -> None:
    """Predict a name, or open the tab with the matrix and its figures, over and over."""
    for n in range(times):
        if action == "predictions":
            await visitor.type(f"{random.choice(NAMES)}{n:x}")
        else:
            await visitor.queue("draw", "counts")


async def visit_rows(address: str, app: subprocess.Popen, options: argparse.Namespace) -> list[Row]:
    """Let visitors type, then a few of them repeat one action."""
    rows: list[Row] = []
    async with visitors(address, options.visitors) as crowd:
        await asyncio.gather(*(visitor.type_names(options.seconds) for visitor in crowd))
    failures = [failure for visitor in crowd for failure in visitor.failures]
    waits = [1000 * wait for visitor in crowd for wait in visitor.waits["type"]]
    what, p95 = (
        f"{options.visitors} visitors typing, {len(waits):,} answers",
        quantiles(waits, n=20)[-1],
    )
    rows.append((f"{what}: median", f"{median(waits):.0f} ms", "", True))
    rows.append((f"{what}: 95th percentile", f"{p95:.0f} ms", f"≤ {P95_MS} ms", p95 <= P95_MS))
    for action, times in (("predictions", options.predictions), ("draws", options.draws)):
        sizes = []
        async with visitors(address, AT_ONCE) as crowd:
            for part in (WARM_UP, times // 2, times // 2):
                await asyncio.gather(*(repeat(v, action, part // AT_ONCE) for v in crowd))
                sizes.append(resident_mb(app))
        failures += [failure for visitor in crowd for failure in visitor.failures]
        figure = " → ".join(f"{size:.0f}" for size in sizes) + " MB"
        target, met = f"end ≤ {GROWTH} × middle", sizes[2] <= GROWTH * sizes[1]
        rows.append((f"memory of the app over {times:,} {action}", figure, target, met))
    figure = f"{len(failures)} {failures[:1] or ''}"
    rows.append(("errors in all of these", figure, "0", not failures))
    return rows


def measure(options: argparse.Namespace) -> Iterator[Row]:
    """Yield the rows of the table."""
    yield from start_rows(options.starts)
    with running_app() as (address, app):
        if chromium := shutil.which("chromium") or shutil.which("chromium-browser"):
            waits = key_to_bars(address, chromium)
            what = f"key to changed bars in chromium, median of {len(waits)} keys"
            yield what, f"{median(waits):.0f} ms", f"≤ {KEY_MS} ms", median(waits) <= KEY_MS
        yield from asyncio.run(visit_rows(address, app, options))


def main() -> int:
    """Print the machine and the table; return 1 if a target is missed."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--starts", type=int, default=5)
    parser.add_argument("--visitors", type=int, default=16)
    parser.add_argument("--seconds", type=float, default=20, help="of typing")
    parser.add_argument("--predictions", type=int, default=10_000)
    parser.add_argument("--draws", type=int, default=1_000)
    options = parser.parse_args()
    print(machine(), end="\n\n", flush=True)
    return print_targets(list(measure(options)))


if __name__ == "__main__":
    sys.exit(main())
