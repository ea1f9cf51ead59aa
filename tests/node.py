"""Runs the page's JavaScript in the node that playwright brings, without a document."""

import base64
import json
import subprocess

import numpy as np
import pytest
from conftest import ROOT

from model.storage.browser import pack

playwright = pytest.importorskip("playwright._impl._driver")
ASK = """
const given = JSON.parse(require('fs').readFileSync(0, 'utf8'));
const listed = (key, value) => ArrayBuffer.isView(value) ? [...value] : value;
(async () => process.stdout.write(JSON.stringify(await (%s), listed)))();"""


def run(scripts, expression, given=None):
    """Return what a JavaScript expression makes of `given`, after scripts of model/web/.

    All numbers pass as JSON, which keeps all digits of a double.
    """
    sources = [
        (ROOT / "model" / "web" / script).read_text("utf-8") for script in scripts
    ]
    code = "\n".join(["globalThis.window = globalThis;", *sources])
    command = [playwright.compute_driver_executable()[0], "-e", code + ASK % expression]
    done = subprocess.run(
        command, input=json.dumps(given), capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr[-2000:]
    return json.loads(done.stdout)


def drawn(function, values):
    """Return the HTML that a function of answer.js makes of each of some values."""
    return run(
        ["drawing.js", "answer.js"],
        f"given.map((value) => draw.{function}(value))",
        values,
    )


def packed(classifier, precision):
    """Return a model for TextClassifier.load, in base64."""
    return base64.b64encode(pack(classifier, precision)).decode()


def close(ours, theirs, most=1e-3):
    """Whether two pieces of JSON are the same but for numbers that differ by `most`."""
    if isinstance(theirs, dict):
        same = (close(ours[key], value, most) for key, value in theirs.items())
        return ours.keys() == theirs.keys() and all(same)
    if isinstance(theirs, list | tuple | np.ndarray):
        same = (close(*pair, most) for pair in zip(ours, theirs, strict=False))
        return len(ours) == len(theirs) and all(same)
    return (
        ours == pytest.approx(theirs, abs=most)
        if isinstance(theirs, float)
        else ours == theirs
    )
