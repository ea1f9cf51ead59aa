"""The page without a server, in chromium: its sizes, and how its answers differ from the model's.

`python -m benchmarks.pages` takes two minutes.
"""

import argparse
import gzip
from collections.abc import Iterator
from itertools import product
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
from playwright.sync_api import Browser, Page

from data.builder.rows import unpacked
from model.classifier import SHIPPED_NAMES
from model.tabs.alone import web_files
from model.tabs.page_model import read_model

from .common import ROOT, machine, open_browser, print_table

MODELS = ("names", "reviews")
PRECISIONS = ("int8", "fp16")
SHARES = """(texts) => texts.map((text) => {
  const ids = classifier.idsOf(classifier.read(text)), {network} = classifier;
  const {labels, none} = network.probabilities(network.outputsOf(ids), ids.length);
  return [...labels, none];
})"""


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


def main() -> None:
    """Print the machine and the table."""
    argparse.ArgumentParser(description=__doc__.split("\n")[0]).parse_args()
    rows = unpacked(ROOT / "data" / "names_test.csv.gz")
    names = list(dict.fromkeys(name for name, _ in rows))
    heads = ["model", "index.html", "gzipped", "largest difference"]
    with open_browser() as browser, TemporaryDirectory() as folder:
        print(f"chromium {browser.version} on {machine()}\n")
        found = exported(browser, Path(folder), names)
        print_table([*heads, "other first label"], found)


if __name__ == "__main__":
    main()
