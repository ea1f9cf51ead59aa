"""The page without a server beside app.py's, in chromium.

`python -m benchmarks.pages` prints three tables in seven minutes: the exported page's sizes, and
how its answers differ from the model's; how fast both pages open and answer; and when they do so
over slow lines, which `--slow-lines` prints alone.
"""

import argparse
import gzip
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import product
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from threading import Thread
from time import perf_counter

import numpy as np
from playwright.sync_api import Browser, Page

from data.builder.rows import unpacked
from model.classifier import SHIPPED_NAMES
from model.tabs.alone import web_files
from model.tabs.page_model import read_model

from .common import ROOT, machine, open_browser, print_table, running_app

MODELS = ("names", "reviews")
PRECISIONS = ("int8", "fp16")
# Mbit/s and milliseconds of latency: Lighthouse's phone and its desktop computer
LINES = {"1.6 Mbit/s": (1.6, 150), "10 Mbit/s": (10, 40)}
SHARES = """(texts) => texts.map((text) => {
  const ids = classifier.idsOf(classifier.read(text)), {network} = classifier;
  const {labels, none} = network.probabilities(network.outputsOf(ids), ids.length);
  return [...labels, none];
})"""
# Returns the milliseconds from each text, typed, until the bars have changed.
TYPE = """async (texts) => {
  const bars = document.getElementById('bars'), found = [];
  for (const text of texts) {
    const before = bars.textContent, begin = performance.now();
    page.type('name', text);
    while (bars.textContent === before) await new Promise((end) => setTimeout(end));
    found.push(performance.now() - begin);
    await new Promise((end) => setTimeout(end, 100));
  }
  return found;
}"""


def opened(browser: Browser, address: str) -> Page:
    """Return a page, opened with an empty cache, once it has its first answer."""
    page = browser.new_page()
    page.goto(address, wait_until="commit")
    page.wait_for_selector("#bars .verdict")
    return page


def exported(browser: Browser, folder: Path, names: list[str]) -> Iterator[list[str]]:
    """Write each page to `folder`; yield its sizes, and how its answers differ."""
    sentences = (ROOT / "docs" / "lesson.md").read_text().split(". ")
    for model, precision in product(MODELS, PRECISIONS):
        shown = read_model(SHIPPED_NAMES.with_name(model))
        files, _ = web_files(shown, precision)
        content = files["index.html"]
        path = folder / f"{model}-{precision}.html"
        path.write_bytes(content)
        classifier = shown.classifier
        texts = [*names[:3000], *sentences]
        texts = [text for text in texts if not classifier.problem_with(text)]

        page = opened(browser, path.as_uri())
        theirs = np.array(page.evaluate(SHARES, texts))
        page.close()
        ours = np.column_stack(classifier.predict_all(texts))
        best = ours[:, :-1].argmax(axis=1)
        n_other = (theirs[:, :-1].argmax(axis=1) != best).sum()
        yield [
            f"{model}, {precision}",
            f"{len(content) / 1e6:.1f} MB",
            f"{len(gzip.compress(content)) / 1e6:.1f} MB",
            f"{abs(ours - theirs).max():.1e}",
            f"{n_other} of {len(texts):,}",
        ]


def visit(browser: Browser, address: str, names: list[str]) -> list[str]:
    """Return the times of five openings with an empty cache, of each key, and of a list."""
    typed = []  # up to each key, but for blanks
    for name in names[::500]:
        typed += [name[: i + 1] for i, key in enumerate(name) if key != " "]
    openings = []
    for _ in range(5):
        page = opened(browser, address)
        openings.append(page.evaluate("performance.now()"))
        page.wait_for_timeout(3000)  # until the rest is there
    answers = page.evaluate(TYPE, typed)

    page.get_by_role("tab", name="List").locator("visible=true").click()
    page.wait_for_timeout(3000)  # until its script listens
    page.evaluate("(text) => page.type('pasted', text)", "\n".join(names[:10_000]))
    begin = perf_counter()
    page.get_by_role("button", name="Read the list").click()
    page.locator("#summary .download").wait_for(timeout=300_000)
    seconds = perf_counter() - begin
    return [
        f"{median(openings):.0f} ms",
        f"{median(answers):.0f} ms",
        f"{seconds:.1f} s",
    ]


class Host(BaseHTTPRequestHandler):
    """Answers every request with a page as it is or gzipped."""

    def __init__(self, content: bytes, encoding: str, *request) -> None:
        """Note the page, in its encoding, before the request is answered."""
        self.content = content
        self.encoding = encoding
        super().__init__(*request)

    def do_GET(self) -> None:
        """Send the page."""
        self.send_response(200)
        self.send_header("Content-Type", "text/html")
        self.send_header("Content-Encoding", self.encoding)
        self.send_header("Content-Length", str(len(self.content)))
        self.end_headers()
        self.wfile.write(self.content)

    def log_message(self, *_) -> None:
        """Print nothing."""


@contextmanager
def hosted(content: bytes, encoding: str) -> Iterator[str]:
    """Serve a page; yield its address."""
    handler = partial(Host, content, encoding)
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


def slow_opening(
    browser: Browser, address: str, sign: str, line: tuple[float, int]
) -> list[float]:
    """Return the seconds until a `sign` of life is seen, and until the first answer."""
    rate, latency = line
    throughput = rate * 1e6 / 8
    limits = {
        "offline": False,
        "latency": latency,
        "downloadThroughput": throughput,
        "uploadThroughput": throughput,
    }
    page = browser.new_page()
    session = page.context.new_cdp_session(page)
    session.send("Network.emulateNetworkConditions", limits)
    begin = perf_counter()
    page.goto(address, wait_until="commit")
    seconds = []
    for seen in (sign, "#bars .verdict"):
        page.wait_for_selector(seen, timeout=300_000)
        seconds.append(perf_counter() - begin)
    page.close()
    return seconds


def over_slow_lines(browser: Browser, content: bytes, url: str) -> Iterator[list[str]]:
    """Yield what is measured of the exported page, of it gzipped and of app.py, line by line."""
    gzipped = gzip.compress(content)
    with hosted(content, "identity") as plain, hosted(gzipped, "gzip") as small:
        pages = {
            "no server": (plain, "[data-loading]"),
            "no server, gzipped": (small, "[data-loading]"),
            "app.py": (url, "h1"),
        }
        for name, (address, sign) in pages.items():
            found = [
                slow_opening(browser, address, sign, line) for line in LINES.values()
            ]
            events = zip(("first words", "first answer"), *found, strict=True)
            for event, *times in events:
                yield [f"{name}, {event}", *(f"{seconds:.1f} s" for seconds in times)]


def main() -> None:
    """Print the machine and the tables."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--slow-lines", action="store_true", help="the last table only")
    options = parser.parse_args()
    with open_browser() as browser, running_app() as (url, _):
        print(f"chromium {browser.version} on {machine()}\n")
        if not options.slow_lines:
            print_sizes_and_speed(browser, url)
        files, _ = web_files(read_model(SHIPPED_NAMES), "int8")
        rows = over_slow_lines(browser, files["index.html"], url)
        print_table(["", *LINES], rows)


def print_sizes_and_speed(browser: Browser, url: str) -> None:
    """Print the first two tables."""
    rows = unpacked(ROOT / "data" / "names_test.csv.gz")
    names = list(dict.fromkeys(name for name, _ in rows))
    with TemporaryDirectory() as folder:
        heads = ["model", "index.html", "gzipped"]
        heads += ["largest difference", "other first label"]
        print_table(heads, exported(browser, Path(folder), names))
        alone = Path(folder, "names-int8.html").as_uri()
        times = [visit(browser, address, names) for address in (alone, url)]
    measured = [
        "opening to the first answer",
        "a key to its answer",
        "10,000 names in List",
    ]
    print_table(["median", "no server", "app.py"], zip(measured, *times, strict=True))


if __name__ == "__main__":
    main()
