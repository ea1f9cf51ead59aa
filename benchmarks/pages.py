"""The page without a server beside app.py's, and the tab Train, in chromium.

`python -m benchmarks.pages` prints three tables in twenty minutes: the exported page's sizes, and
how its answers differ from the model's; how fast both pages open and answer; and how fast the
networks of the tab Train learn, each alone in a Web Worker, with the page's defaults.
"""

import argparse
import gzip
import shutil
from collections.abc import Iterator
from itertools import product
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from time import perf_counter

import numpy as np
from playwright.sync_api import Browser, Page, sync_playwright

from data.builder.rows import unpacked
from model.classifier import SHIPPED_NAMES
from model.tabs.alone import web_files
from model.tabs.page_model import read_model
from model.tabs.train import playground

from .common import ROOT, machine, mean_and_spread, print_table, running_app

MODELS = ("names", "reviews")
PRECISIONS = ("int8", "fp16")
SHARES = """(texts) => texts.map((text) => {
  const ids = classifier.idsOf(classifier.read(text)), {network} = classifier;
  const {labels, none} = network.probabilities(network.outputsOf(ids));
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
CELLS = {"rnn": "plain RNN", "gru": "GRU", "lstm": "LSTM"}
DEFAULTS = {"units": 32, "both": False, "rate": 0.008, "batch": 16}  # of the tab Train
SECONDS = (1, 3, 10)
LENGTHS = (10, 20, 40)
# Returns the held-out accuracies that the tab Train would show after `seconds` from the click.
TRAIN = """async ({source, settings, seconds}) => {
  let accuracy;
  const ask = page.workerOf(source, ({networks}) => { accuracy = networks[0].heldOut; });
  const {problem} = await ask('start', settings), found = [];
  if (problem) throw Error(problem);
  await ask('train');
  const begin = performance.now();
  for (const second of seconds) {
    await new Promise((resolve) => setTimeout(resolve, 1000 * second - performance.now() + begin));
    found.push(accuracy);
  }
  await ask('pause');
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
            f"{len(content) / 1e6:.2f} MB",
            f"{len(gzip.compress(content)) / 1e6:.2f} MB",
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


def learning(page: Page, seeds: int) -> Iterator[list[str]]:
    """Yield a row for each task and cell: the mean over seeds after each of SECONDS."""
    files = playground(None)
    tasks = {"names of 18 languages": {"data": "names", "names": files["names"]}}
    for n in LENGTHS:
        tasks[f"which came first, {n} letters"] = {"data": "order", "length": n}
    run = {"source": files["worker"], "seconds": SECONDS}
    for (task, data), cell in product(tasks.items(), CELLS):
        accuracies = []  # of each seed after each of SECONDS
        for seed in range(seeds):
            run["settings"] = DEFAULTS | data | {"cells": [cell], "seed": seed}
            accuracies.append(page.evaluate(TRAIN, run))
        columns = zip(*accuracies, strict=True)
        cells = [mean_and_spread(column, "{:.1%}") for column in columns]
        yield [f"{task}: {CELLS[cell]}", *cells]


def main() -> None:
    """Print the machine and the tables."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    networks = "of the networks of the tab Train"
    parser.add_argument("--seeds", type=int, default=5, help=networks)
    options = parser.parse_args()
    rows = unpacked(ROOT / "data" / "names_test.csv.gz")
    names = list(dict.fromkeys(name for name, _ in rows))
    path = shutil.which("chromium") or shutil.which("chromium-browser")
    with (
        sync_playwright() as driver,
        running_app() as (url, _),
        TemporaryDirectory() as folder,
    ):
        browser = driver.chromium.launch(executable_path=path, args=["--no-sandbox"])
        print(f"chromium {browser.version} on {machine()}\n")
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
        rows = zip(measured, *times, strict=True)
        print_table(["median", "no server", "app.py"], rows)
        heads = [f"after {second} s" for second in SECONDS]
        print_table(["held out", *heads], learning(opened(browser, url), options.seeds))


if __name__ == "__main__":
    main()
