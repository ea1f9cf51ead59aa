"""Train the networks of the tab Train in chromium; print how fast they learn, as tables.

`python -m benchmarks.playground` takes eleven minutes on a machine that does nothing else. Each
network trains alone in a Web Worker from a blob, as in the page, with the page's defaults.
"""

import argparse
import shutil
from pathlib import Path

from playwright.sync_api import Page, sync_playwright

from .common import ROOT, machine, mean_and_spread, print_table

WEB = ROOT / "model" / "web"
CELLS = {"rnn": "plain RNN", "gru": "GRU", "lstm": "LSTM"}
DEFAULTS = {"units": 32, "both": False, "rate": 0.008, "batch": 16}
SECONDS, LENGTHS = (1, 3, 10), (10, 20, 40)
# Returns the held-out accuracies that the page would show after `seconds` from the click on Train.
TRAIN = """async ({source, settings, seconds}) => {
  const worker = new Worker(URL.createObjectURL(new Blob([source])));
  let accuracy, replied;
  worker.onmessage = ({data}) => {
    if (data.event) accuracy = data.networks[0].heldOut; else replied(data.problem);
  };
  const ask = (method, given) => new Promise((resolve) => {
    replied = resolve;
    worker.postMessage({id: 0, method, given});
  });
  const problem = await ask('start', settings), found = [];
  if (problem) throw Error(problem);
  await ask('train', {});
  const begin = performance.now();
  for (const second of seconds) {
    await new Promise((resolve) => setTimeout(resolve, 1000 * second - performance.now() + begin));
    found.push(accuracy);
  }
  worker.terminate();
  return found;
}"""


def accuracies(page: Page, cell: str, seed: int, **data: object) -> list[float]:
    """Return the held-out accuracy of one network after each of SECONDS."""
    source = "\n".join(
        (WEB / name).read_text("utf-8") for name in ("network.js", "datasets.js", "worker.js")
    )
    settings = {**DEFAULTS, **data, "cells": [cell], "seed": seed}
    return page.evaluate(TRAIN, {"source": source, "settings": settings, "seconds": SECONDS})


def cells(found: list[list[float]]) -> list[str]:
    """Return the mean over seeds after each of SECONDS."""
    return [mean_and_spread(values, "{:.1%}") for values in zip(*found, strict=True)]


def main() -> None:
    """Run the benchmark."""
    parser = argparse.ArgumentParser(prog="benchmarks.playground", description=__doc__)
    parser.add_argument("--seeds", type=int, default=5, metavar="N", help="0 to N - 1 (default 5)")
    seeds = range(parser.parse_args().seeds)
    names = Path(WEB / "names.txt").read_text("utf-8")
    heads = [f"after {second} s" for second in SECONDS]
    with sync_playwright() as playwright:
        path = shutil.which("chromium") or shutil.which("chromium-browser")
        browser = playwright.chromium.launch(executable_path=path, args=["--no-sandbox"])
        page = browser.new_page()
        print(f"chromium {browser.version} on {machine()}\n")
        print_table(
            ["names of 18 languages, held out", *heads],
            (
                [CELLS[cell], *cells([accuracies(page, cell, seed, data="names", names=names)
                                      for seed in seeds])]
                for cell in CELLS
            ),
        )  # fmt: skip
        print()
        print_table(
            ["which came first?", "letters", *heads],
            (
                [CELLS[cell], str(length), *cells([accuracies(page, cell, seed, data="order",
                                                              length=length) for seed in seeds])]
                for cell in CELLS for length in LENGTHS
            ),
        )  # fmt: skip
        browser.close()


if __name__ == "__main__":
    main()
