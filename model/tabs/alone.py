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

from ..answers import mix
from ..classifier import TextClassifier
from ..storage.browser import Precision, compact_json, constants_of, pack
from ..storage.config import to_publish
from . import guess, listing, markup, name, quality, reading, train
from .about import about_html
from .look import sources, theme
from .markup import HERE, data_url
from .page_model import PageModel
from .scripts import script, web

POLICY = (
    "default-src 'none'; script-src {}; style-src 'unsafe-inline'; img-src data: blob:; "
    "worker-src blob:; base-uri 'none'; form-action 'none'"
)
OF_ELEMENTS = {  # the script that each is given to
    "head": "guess",
    "ask": "name",
    "train": "train",
    "list": "list",
    "matrix": "matrix",
    "per-label": "by_label",
    "about": "about",
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
    files = {
        "index.html": page_html(shown, pack(published, precision), space).encode(),
        "classifier.js": script("module").encode(),
    }
    return files, left_out


def bare_script(*names: str) -> str:
    """Return a script without lines of comments."""
    return COMMENT_LINE.sub("", script(*names))


def page_html(shown: PageModel, model: bytes, space: str) -> str:
    """Return index.html with a packed `model`."""
    alone = bare_script("alone", "classifier")
    scripts = {
        "shared": bare_script("page"),
        "network": bare_script("network"),
        "classifier": bare_script("classifier", "network"),
        "tabs": f"{scripts_of_tabs()}\n(async () => {{\n{alone}\n}})();",
    }
    icon = (HERE / "favicon.svg").read_bytes()
    return markup.templates.get_template("alone.html").render(
        policy=POLICY.format(sources(map(str.encode, scripts.values()))),
        space=space,
        icon=data_url("image/svg+xml", icon),
        styles=theme()._get_theme_css()
        + web("alone.css")
        + (HERE / "style.css").read_text("utf-8"),
        scripts=scripts,
        data=data_of(shown, model),
        shown=shown,
        kind=shown.kind,
        page=shown.page,
        quality=quality,
        name_page=name.page_of(shown, trains=True),
        about=about_html(shown),
        own_mix=listing.OWN_MIX,
    )


def scripts_of_tabs() -> str:
    """Return a script that has each tab's own as a function of what Gradio would give it."""
    arguments = "async (element, props, server, trigger, watch) =>"
    functions = [
        f"'{element}': {arguments} {{\n{bare_script(entry)}\n}}"
        for element, entry in OF_ELEMENTS.items()
    ]
    return "window.scripts = {" + ",\n".join(functions) + "};"


def data_of(shown: PageModel, model: bytes) -> dict[str, str]:
    """Return the texts that scripts of the page read: what a worker runs, data, the model."""
    return {
        "answering": bare_script("answering", "classifier"),
        "worker": bare_script("worker", "network"),
        "props": block(props_of(shown)),
        "names": web("names.txt"),
        "code": web("code.txt"),
        "data": block(later(shown)),
        "model": b64encode(model).decode(),
    }


def block(content: dict[str, Any]) -> str:
    """Return JSON gzipped, in base64."""
    return b64encode(gzip.compress(compact_json(content), mtime=0)).decode()


def props_of(shown: PageModel) -> dict[str, Any]:
    """Return what the script of each element is given."""
    classifier = shown.classifier
    held_out = classifier.model.held_out
    usual = held_out.prior.tolist() if held_out else None
    return {
        "head": guess.props(shown),
        "ask": {**name.props(shown), "trains": True},
        "train": train.props(shown),
        "list": {
            **guess.props(shown),
            "labels": shown.labels,
            "ordered": shown.kind.on_a_scale,
            "hasNone": bool(classifier.model.other_labels),
            "hasKnown": bool(classifier.model.training_texts),
            "mostShown": listing.MAX_SHOWN,
            "mix": constants_of(mix) | {"usual": usual},
        },
    }


def later(shown: PageModel) -> dict[str, Any]:
    """Return what the tabs show once they are opened."""
    classifier = shown.classifier
    cells = {}
    downloads = ""
    if classifier.metrics:
        downloads = quality.downloads_html(shown)
        for i, j in product(*quality.rows_and_columns(shown)):
            cells[f"{i} {j}"] = quality.cell_html(shown, i, j)
    return {
        "cells": cells,
        "downloads": downloads,
        "questions": guess.questions_of(shown),
        "pool": {} if classifier.task.name == "names" else reading.pool_of(shown),
    }
