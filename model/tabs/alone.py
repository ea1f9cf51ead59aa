"""The page without a server: one HTML file with the model, and its classifier for Node.

    files, left_out = web_files(read_model(folder))   {"index.html": …, "classifier.js": …}

What never changes is drawn here, by the functions of the other page; model/web/ has the scripts.
"""

import gzip
import re
from base64 import b64encode
from dataclasses import replace
from itertools import product
from typing import Any

from ..classifier import TextClassifier
from ..storage.browser import Precision, compact_json, pack
from ..storage.config import to_publish
from . import guess, markup, name, quality, reading, train
from .about import about_html
from .look import SHARED, sources, theme
from .markup import HERE, data_url, scoped, script, web
from .page_model import PageModel

POLICY = (
    "default-src 'none'; script-src {}; style-src 'unsafe-inline'; img-src data: blob:; "
    "worker-src blob:; base-uri 'none'; form-action 'none'"
)
# The scripts of TextClassifier, in one scope
CLASSIFIER = """readers inputs shipped gradients packed decisions known typed part notes steps
changes classifier""".split()
OF_TABS = {  # their scripts, by the element that they are given
    "head": ("guess",),
    "ask": name.SCRIPTS,
    "reading": reading.SCRIPTS,
    "train": train.SCRIPTS,
    "list": ("tables", "listing", "list_pictures", "list"),
    "matrix": ("matrix",),
    "per-label": ("by_label",),
    "about": ("about",),
}
COMMENT_LINE = re.compile(r"^ *(?://|/\*\*| \*).*\n", re.MULTILINE)


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
    files = {
        "index.html": index.encode(),
        "classifier.js": module.encode(),
    }
    return files, left_out


def bare_script(*names: str) -> str:
    """Return the JavaScript of these files as one script, without lines of comments."""
    return COMMENT_LINE.sub("", script(*names))


def page_html(shown: PageModel, model: bytes, space: str) -> str:
    """Return index.html with a packed `model`."""
    alone = scoped(bare_script("loading", "server", "alone"), "async () =>")
    scripts = {
        "shared": scoped(bare_script(*SHARED)),
        "network": bare_script("network"),
        "classifier": bare_script(*CLASSIFIER),
        "tabs": f"{scripts_of_tabs()}\n{alone}",
    }
    in_bytes = [source.encode() for source in scripts.values()]
    icon = (HERE / "favicon.svg").read_bytes()
    look = theme()._get_theme_css()
    return markup.templates.get_template("alone.html").render(
        policy=POLICY.format(sources(in_bytes)),
        space=space,
        icon=data_url("image/svg+xml", icon),
        styles=look + web("alone.css") + web("style.css"),
        scripts=scripts,
        data=data_of(shown, model),
        shown=shown,
        kind=shown.kind,
        page=shown.page,
        quality=quality,
        name_page=name.page_of(shown, trains=True),
        about=about_html(shown),
    )


def scripts_of_tabs() -> str:
    """Return a script that has each tab's own as a function of what Gradio would give it."""
    parameters = "element, props, server, trigger, watch"
    functions = [
        f"'{element}': async ({parameters}) => {{\n{bare_script(*files)}\n}}"
        for element, files in OF_TABS.items()
    ]
    return "const scripts = {" + ",\n".join(functions) + "};"


def data_of(shown: PageModel, model: bytes) -> dict[str, str]:
    """Return the texts that scripts of the page read: what a worker runs, data, the model."""
    data = {}
    for file in ("answering", *train.WORKER):
        if file != "network":  # which is a script of the page, too
            data[file] = bare_script(file)
    data["props"] = block(props_of(shown))
    for file in ("names", "code"):
        data[file] = web(f"{file}.txt")
    data["data"] = block(later(shown))
    data["model"] = b64encode(model).decode()
    return data


def block(content: dict[str, Any]) -> str:
    """Return JSON gzipped, in base64."""
    packed = gzip.compress(compact_json(content), mtime=0)
    return b64encode(packed).decode()


def props_of(shown: PageModel) -> dict[str, Any]:
    """Return what the script of each element is given."""
    classifier = shown.classifier
    return {
        "head": guess.props(shown),
        "ask": name.props(shown),
        "reading": {**reading.props(shown), "trains": True},
        "train": train.props(shown),
        "list": {
            **guess.props(shown),
            "labels": shown.labels,
            "ordered": shown.kind.on_a_scale,
            "hasNone": bool(classifier.other_labels),
            "hasKnown": bool(classifier.training_texts),
        },
    }


def later(shown: PageModel) -> dict[str, Any]:
    """Return what the tabs show once they are opened."""
    classifier = shown.classifier
    cells = {}
    downloads = ""
    if classifier.metrics:
        downloads = quality.downloads_html(shown, ["svg"])
        for i, j in product(*quality.rows_and_columns(shown)):
            cells[f"{i} {j}"] = quality.cell_html(shown, i, j)
    return {
        "cells": cells,
        "downloads": downloads,
        "questions": guess.questions_of(shown),
        "strongest": {"layers": reading.strongest_of_units(shown)},
        "pool": {} if classifier.task.name == "names" else reading.pool_of(shown),
    }
