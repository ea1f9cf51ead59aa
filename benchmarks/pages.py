"""Time the page without a server, and app.py's: `python -m benchmarks.pages`, three minutes."""

import gzip
import shutil
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from time import perf_counter

import httpx
from playwright.sync_api import Browser, Page, sync_playwright

from model.classifier import SHIPPED_NAMES
from model.tabs.alone import web_files

from .common import ROOT, machine, print_table, running_app

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
LIST = "(texts) => { for (const text of texts) classifier.predict(text, 3); }"


def visit(browser: Browser, address: str, texts: list[str]) -> tuple[Page, list[str]]:
    """Return a page and its times: of five openings with an empty cache, and of each key."""
    opened = []
    for _ in range(5):
        page = browser.new_context().new_page()
        page.goto(address, wait_until="commit")
        page.wait_for_selector("#bars .verdict")
        opened.append(page.evaluate("performance.now()"))
        page.wait_for_timeout(3000)  # until the rest is there
    times = median(opened), median(page.evaluate(TYPE, texts))
    return page, [f"{milliseconds:.0f} ms" for milliseconds in times]


def main() -> None:
    """Print the machine and the table."""
    with gzip.open(ROOT / "data" / "names_test.csv.gz", "rt", encoding="utf-8") as file:
        names = list(dict.fromkeys(line.rpartition(",")[0] for line in file))[:10_000]
    keys = [name[: i + 1] for name in names[::500] for i in range(len(name))]
    path = shutil.which("chromium") or shutil.which("chromium-browser")
    with sync_playwright() as driver, running_app() as (url, _), TemporaryDirectory() as folder:
        browser = driver.chromium.launch(executable_path=path, args=["--no-sandbox"])
        index, content = Path(folder, "index.html"), web_files(SHIPPED_NAMES)[0]["index.html"]
        sizes = f"{index.write_bytes(content):,} bytes, gzipped {len(gzip.compress(content)):,}"
        print(f"chromium {browser.version} on {machine()}; index.html has {sizes}\n")
        page, alone = visit(browser, index.as_uri(), keys)
        begin = perf_counter()
        page.evaluate(LIST, names)
        alone += [f"{perf_counter() - begin:.1f} s"]
        _, served = visit(browser, url, keys)
        begin, asked = perf_counter(), {"data": ["\n".join(names)]}
        httpx.post(f"{url}/gradio_api/run/predict_list", json=asked, timeout=600).raise_for_status()
        served += [f"{perf_counter() - begin:.1f} s"]
        heads = ["opening to the first answer", "a key to its answer", "10,000 names"]
        print_table(["median", "no server", "app.py"], zip(heads, alone, served, strict=True))


if __name__ == "__main__":
    main()
