"""Runs the page's JavaScript in the node that playwright brings, without a document."""

import json
import subprocess

import pytest
from conftest import ROOT

playwright = pytest.importorskip("playwright._impl._driver")
ASK = """
const given = JSON.parse(require('fs').readFileSync(0, 'utf8'));
const listed = (key, value) => ArrayBuffer.isView(value) ? [...value] : value;
(async () => process.stdout.write(JSON.stringify(await (%s), listed)))();"""


def run(scripts, expression, given=None):
    """Return what a JavaScript expression makes of `given`, after scripts of model/web/.

    All numbers pass as JSON, which keeps all digits of a double.
    """
    sources = [(ROOT / "model" / "web" / script).read_text("utf-8") for script in scripts]
    code = "\n".join(["globalThis.window = globalThis;", *sources])
    command = [playwright.compute_driver_executable()[0], "-e", code + ASK % expression]
    done = subprocess.run(command, input=json.dumps(given), capture_output=True, text=True)
    assert done.returncode == 0, done.stderr[-2000:]
    return json.loads(done.stdout)


def drawn(function, values):
    """Return the HTML that a function of answer.js makes of each of some values."""
    return run(["drawing.js", "answer.js"], f"given.map((value) => draw.{function}(value))", values)
