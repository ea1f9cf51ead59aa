"""The page without a server: one HTML file with the model, and its classifier for Node.

    files, left_out = web_files(read_model(folder))   {"index.html": …, "classifier.js": …}

What never changes is drawn here, by the functions of the other page; model/web/ has the scripts.
"""

import gzip
import re
import shutil
import subprocess
import tempfile
from base64 import b64encode
from dataclasses import replace
from html import unescape
from itertools import product
from pathlib import Path
from typing import Any
from urllib.parse import quote

from ..atomic import writing
from ..classifier import TextClassifier
from ..data.encodings import SIGNATURES, SURE, WRITTEN
from ..data.hints import Hints
from ..errors import InputError
from ..storage.browser import Precision, compact_json, pack
from ..storage.config import to_publish
from . import guess, markup, quality, reading, train
from .about import about_html
from .look import SHARED, sources, theme
from .markup import HERE, data_url, scoped, script, web
from .name import examples_value
from .page_model import PageModel

POLICY = (
    "default-src 'none'; script-src {}; style-src 'unsafe-inline'; img-src data: blob:; "
    "worker-src blob:; base-uri 'none'; form-action 'none'"
)
# The scripts of TextClassifier, in one scope
CLASSIFIER = (
    "readers",
    "inputs",
    "shipped",
    "gradients",
    "packed",
    "decisions",
    "notes",
    "steps",
    "classifier",
)
OF_TABS = {  # their scripts, by the element that they are given
    "head": ("guess",),
    "reading": ("reading",),
    "train": train.SCRIPTS,
    "list": ("records", "columns", "tables", "listing", "list"),
    "matrix": ("matrix",),
    "per-label": ("by_label",),
    "about": ("about",),
}
BROWSERS = ("chromium", "chromium-browser", "google-chrome", "chrome")
SECONDS = 60  # that a browser gets to answer
TOLERANCE = 0.02  # of probabilities
COMMENT_LINE = re.compile(r"^ *(?://|/\*\*| \*).*\n", re.MULTILINE)
BAR = re.compile(r'class="of">([^<]*)</span>\s*<span class="value">[^\d<]*([\d.]+)%')


def web_files(
    shown: PageModel, precision: Precision = "int8", space: str = ""
) -> tuple[dict[str, bytes], str]:
    """Return the files of the page, and a line on what is left out of the model, "" for nothing.

    `space` is the USER/NAME of the Space that it becomes. Texts that may not be published stay out.
    """
    published, left_out = to_publish(shown.classifier.model)
    shown = replace(shown, classifier=TextClassifier(published), suffix="")
    index = page_html(shown, pack(published, precision), space)
    module = script("network", *CLASSIFIER, "module")
    return {"index.html": index.encode(), "classifier.js": module.encode()}, left_out


def bare_script(*names: str) -> str:
    """Return the JavaScript of these files as one script, without lines of comments."""
    return COMMENT_LINE.sub("", script(*names))


def page_html(shown: PageModel, model: bytes, space: str) -> str:
    """Return index.html with a packed `model`."""
    tabs = ",\n".join(
        f"'{name}': async (element, props, server, trigger, watch) => {{\n{bare_script(*files)}\n}}"
        for name, files in OF_TABS.items()
    )
    scripts = {
        "shared": scoped(bare_script(*SHARED)),
        "network": bare_script("network"),
        "classifier": bare_script(*CLASSIFIER),
        "tabs": f"const scripts = {{{tabs}}};\n{scoped(bare_script('alone'), 'async () =>')}",
    }
    rest = gzip.compress(compact_json(later(shown)), mtime=0)
    data = {"model": b64encode(model).decode(), "data": b64encode(rest).decode()}
    data |= {
        name: bare_script(name)
        for name in ("answering", *train.WORKER)
        if name not in scripts
    }
    data |= {name: web(f"{name}.txt") for name in ("names", "code")}
    return markup.templates.get_template("alone.html").render(
        policy=POLICY.format(sources(map(str.encode, scripts.values()))),
        space=space,
        icon=data_url("image/svg+xml", (HERE / "favicon.svg").read_bytes()),
        styles=theme()._get_theme_css() + web("alone.css") + web("style.css"),
        scripts=scripts,
        data=data,
        shown=shown,
        kind=shown.kind,
        page=shown.page,
        quality=quality,
        about=about_html(shown),
    )


def later(shown: PageModel) -> dict[str, Any]:
    """Return what the scripts need."""
    is_scored = bool(shown.classifier.metrics)
    places = product(*quality.rows_and_columns(shown)) if is_scored else ()
    return {
        "cells": {f"{i} {j}": quality.cell_html(shown, i, j) for i, j in places},
        "downloads": quality.downloads_html(shown, ["svg"]) if is_scored else "",
        "examples": examples_value(shown),
        "questions": [guess.question(shown, i) for i in range(len(shown.to_guess))],
        "strongest": {"layers": reading.strongest_of_units(shown)},
        "props": {
            "head": guess.props(shown),
            "reading": {**reading.props(shown), "trains": True},
            "train": train.props(shown),
            "list": {
                **guess.props(shown),
                "hints": hints_of(shown.classifier.hints),
                "hasNone": bool(shown.classifier.other_labels),
                "hasKnown": bool(shown.classifier.training_texts),
            },
        },
    }


def hints_of(hints: Hints) -> dict[str, Any]:
    """Return what tables.js needs to read a table as data/tables.py does."""
    text = {sign.decode(): kind for sign, kind in SIGNATURES.items() if sign.isascii()}
    return {
        "groups": hints.groups,
        "sure": len(hints.sure),
        "other": len(hints.groups) - 1,
        "label": hints.label,
        "text": hints.text,
        "short": hints.short,
        "missing": hints.missing_pattern,
        "unquoted": list(hints.unquoted),
        "signatures": text,
        "written": WRITTEN.pattern,
        "many": SURE,
    }


def check(index: bytes, shown: PageModel) -> str:
    """Open the page in a browser and return what was found, for a reader.

    Raises InputError if the page does not answer a text as the model does, to 0.02.
    """
    if not (browser := next(filter(None, map(shutil.which, BROWSERS)), None)):
        return "not checked, because no chromium was found"
    classifier, text = (
        shown.classifier,
        shown.opening or shown.classifier.task.card.example,
    )
    with (
        writing("the temporary folder"),
        tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder,
    ):
        file = Path(folder, "index.html")
        file.write_bytes(index)
        options = [
            "--headless",
            "--no-sandbox",
            f"--user-data-dir={folder}",
            "--dump-dom",
        ]
        address = f"{file.as_uri()}#name={quote(text)}"
        command = [browser, *options, "--virtual-time-budget=30000", address]
        try:
            done = subprocess.run(
                command, capture_output=True, text=True, timeout=SECONDS
            )
        except subprocess.TimeoutExpired:
            return f"not checked, because {browser} did not open it within {SECONDS} seconds"
    answer, _, _ = done.stdout.partition('id="letters"')
    bars = {unescape(label): float(percent) for label, percent in BAR.findall(answer)}
    shares = classifier.predict(text, len(classifier.labels))
    found = {
        label: bars[label] / 100 - share
        for label, share in shares.items()
        if label in bars
    }
    if len(found) < shown.n_bars or any(abs(by) > TOLERANCE for by in found.values()):
        raise InputError(
            f"In {browser} the page does not answer {text!r} as the model does."
        )
    return f"in {Path(browser).name} it answers as the model does"
