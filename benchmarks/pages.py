"""Compare the page without a server with its model, and with app.py's page, in chromium.

python -m benchmarks.pages   # ten minutes
"""

import gzip
import random
import shutil
import sys
import unicodedata
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from time import perf_counter

import numpy as np
from playwright.sync_api import Browser, Page, sync_playwright

from data.builder.rows import unpacked
from model.classifier import SHIPPED_NAMES, TextClassifier
from model.tabs.alone import web_files
from model.tabs.page_model import read_model

from .common import ROOT, machine, print_table, running_app

PACKED = [("names", "int8"), ("names", "fp16"), ("reviews", "int8"), ("reviews", "fp16")]
IDS = "(texts) => texts.map((text) => classifier.reader.ids(classifier.reader.read(text)))"
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


def names_of(file: str) -> list[str]:
    """Return the different names of a file in data/."""
    return list(dict.fromkeys(name for name, _ in unpacked(ROOT / "data" / file)))


def all_texts(names: list[str]) -> list[str]:
    """Return 25,000 texts: names in Latin and other scripts, characters alone and in a row."""
    known = [chr(i) for i in range(0x110000) if unicodedata.category(chr(i)) not in ("Cn", "Cs")]
    draw = random.Random(0)
    rows = ["".join(draw.choices(known, k=draw.randint(2, 12))) for _ in range(5000)]
    return draw.sample([*names, *names_of("native_test.csv.gz"), *known[::7], *rows], 25_000)


def compare(page: Page, shown: TextClassifier, names: list[str]) -> list[str]:
    """Return how ids and probabilities in the browser differ from the model's."""
    texts, sentences = all_texts(names), (ROOT / "docs" / "lesson.md").read_text().split(". ")
    ids = [shown.encoder.ids(shown.encoder.read(text)) for text in texts]
    differ = sum(a != b for a, b in zip(ids, page.evaluate(IDS, texts), strict=True))
    asked = [t for t in [*names[:3000], *sentences] if not shown.problem_with(t)]
    theirs, ours = np.array(page.evaluate(SHARES, asked)), np.column_stack(shown.predict_all(asked))
    first = (ours[:, :-1].argmax(axis=1) != theirs[:, :-1].argmax(axis=1)).sum()
    return [
        f"{differ} of {len(texts):,}",
        f"{abs(ours - theirs).max():.1e}",
        f"{first} of {len(asked):,}",
    ]


def visit(browser: Browser, address: str, texts: list[str]) -> list[str]:
    """Return the times of five openings with an empty cache, and of each key."""
    opened = []
    for _ in range(5):
        page = browser.new_context().new_page()
        page.goto(address, wait_until="commit")
        page.wait_for_selector("#bars .verdict")
        opened.append(page.evaluate("performance.now()"))
        page.wait_for_timeout(3000)  # until the rest is there
    return [f"{median(each):.0f} ms" for each in (opened, page.evaluate(TYPE, texts))]


def read_list(browser: Browser, address: str, names: list[str]) -> str:
    """Return how long the tab List takes, from the button to the summary."""
    page = browser.new_page()
    page.goto(address)
    page.get_by_role("tab", name="List").locator("visible=true").click()
    page.wait_for_timeout(3000)  # until its script listens
    page.evaluate("(text) => page.type('pasted', text)", "\n".join(names))
    begin = perf_counter()
    page.get_by_role("button", name="Read the list").click()
    page.locator("#summary .download").wait_for(timeout=300_000)
    return f"{perf_counter() - begin:.1f} s"


def main() -> None:
    """Print the machine and two tables."""
    names = names_of("names_test.csv.gz")
    keys = [name[: i + 1] for name in names[::500] for i in range(len(name)) if name[i] != " "]
    path = shutil.which("chromium") or shutil.which("chromium-browser")
    with sync_playwright() as driver, running_app() as (url, _), TemporaryDirectory() as folder:
        browser = driver.chromium.launch(executable_path=path, args=["--no-sandbox"])
        print(f"chromium {browser.version} on {machine()}\n")
        rows = []
        for model, precision in PACKED:
            weights = SHIPPED_NAMES.with_name(model)
            index = Path(folder, f"{model}-{precision}.html")
            content = web_files(read_model(weights), precision)[0]["index.html"]
            sizes = [f"{size / 1e6:.2f} MB" for size in (len(content), len(gzip.compress(content)))]
            index.write_bytes(content)
            page = browser.new_page()
            page.goto(index.as_uri())
            page.wait_for_selector("#bars .verdict")
            shown = TextClassifier.load(weights)
            rows.append([f"{model}, {precision}", *sizes, *compare(page, shown, names)])
            page.close()
        heads = ["index.html", "gzipped", "other ids", "largest difference", "other first label"]
        print_table(["model", *heads], rows)
        addresses = Path(folder, "names-int8.html").as_uri(), url
        times = [
            [*visit(browser, at, keys), read_list(browser, at, names[:10_000])] for at in addresses
        ]
        heads = ["opening to the first answer", "a key to its answer", "10,000 names in List"]
        print()
        print_table(["median", "no server", "app.py"], zip(heads, *times, strict=True))


if __name__ == "__main__":
    sys.exit(main())
