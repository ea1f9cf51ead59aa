"""The page without a server beside app.py's, in chromium.

`python -m benchmarks.pages` prints two tables in five minutes: the exported page's sizes, and how
its answers differ from the model's; and how fast both pages open and answer.
"""

import argparse
import gzip
from collections.abc import Iterator
from itertools import product
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
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


def main() -> None:
    """Print the machine and the tables."""
    argparse.ArgumentParser(description=__doc__.split("\n")[0]).parse_args()
    with open_browser() as browser, running_app() as (url, _):
        print(f"chromium {browser.version} on {machine()}\n")
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
        print_table(
            ["median", "no server", "app.py"], zip(measured, *times, strict=True)
        )


if __name__ == "__main__":
    main()
