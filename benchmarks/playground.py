"""Train the networks of the tab Train in chromium; print how fast they learn, as a table.

`python -m benchmarks.playground` takes eleven minutes on an idle machine. Each network trains
alone in a Web Worker from a blob, as in the page, with the page's defaults. Then the page itself
trains, and the time from a key to the network's answer is measured.
"""

import argparse
import shutil
import statistics
from collections.abc import Iterator

from playwright.sync_api import Page, sync_playwright

from model.tabs.train import playground

from .common import machine, mean_and_spread, print_table, running_app

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

# Types letters, one each 250 ms; returns the milliseconds from each to the states of the new text.
TYPE = """async (letters) => {
  const find = (selector) => document.querySelector(`.train ${selector}`), box = find('.typed');
  const found = [];
  box.value = '';
  for (const letter of letters) {
    const begin = performance.now(), drawn = new Promise((resolve) => {
      const watch = () => find('.looks').innerText.replace(/[^a-z]/g, '').includes(box.value) ?
        resolve(performance.now()) : requestAnimationFrame(watch);
      requestAnimationFrame(watch);
    });
    box.value += letter;
    box.dispatchEvent(new Event('input', {bubbles: true}));
    found.push(await drawn - begin);
    await new Promise((resolve) => setTimeout(resolve, 250));
  }
  return found;
}"""


def table(page: Page, seeds: int) -> Iterator[list[str]]:
    """Yield a row for each task and cell: the mean over seeds after each of SECONDS."""
    files = playground(None)
    tasks = {"names of 18 languages": {"data": "names", "names": files["names"]}}
    tasks |= {f"which came first, {n} letters": {"data": "order", "length": n} for n in LENGTHS}
    for task, data in tasks.items():
        for cell, title in CELLS.items():
            settings = DEFAULTS | data | {"cells": [cell]}
            given = {"source": files["worker"], "seconds": SECONDS}
            runs = [given | {"settings": settings | {"seed": seed}} for seed in range(seeds)]
            columns = zip(*(page.evaluate(TRAIN, run) for run in runs), strict=True)
            yield [f"{task}: {title}", *(mean_and_spread(each, "{:.1%}") for each in columns)]


def answer_times(page: Page) -> list[float]:
    """Return the milliseconds from a key to its answer while the page trains, sorted."""
    with running_app() as (address, _):
        page.goto(f"{address}/#tab=train")
        page.get_by_role("button", name="▶ Train").click(timeout=60_000)
        page.wait_for_timeout(2000)
        return sorted(page.evaluate(TYPE, "kowalczykowskibrandenburg"))


def main() -> None:
    """Print the machine and the table."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--seeds", type=int, default=5)
    options = parser.parse_args()
    with sync_playwright() as playwright:
        path = shutil.which("chromium") or shutil.which("chromium-browser")
        browser = playwright.chromium.launch(executable_path=path, args=["--no-sandbox"])
        print(f"chromium {browser.version} on {machine()}\n")
        heads = [f"after {second} s" for second in SECONDS]
        print_table(["held out", *heads], table(browser.new_page(), options.seeds))
        tall = {"width": 1024, "height": 1600}  # so that the states of the text are drawn as well
        times = answer_times(browser.new_page(viewport=tall))
        print(f"\nA key is answered after {statistics.median(times):.0f} ms (median), at most")
        print(f"{times[-1]:.0f} ms, of {len(times)} while the page trains.")
        browser.close()


if __name__ == "__main__":
    main()
