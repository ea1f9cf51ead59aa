"""Runs the page's JavaScript in the node that playwright brings, as a worker would have it."""

import json
import subprocess
from pathlib import Path

import pytest
from conftest import ROOT

playwright = pytest.importorskip("playwright._impl._driver")


def run(scripts, expression, given=None):
    """Return what a JavaScript expression makes of `given`, after scripts of model/web/.

    All numbers pass as JSON, which keeps all digits of a double.
    """
    sources = [(ROOT / "model" / "web" / script).read_text("utf-8") for script in scripts]
    code = (
        "\n".join(sources)
        + "\nconst given = JSON.parse(require('fs').readFileSync(0, 'utf8'));"
        + f"\n(async () => JSON.stringify(await ({expression}), "
        + "(key, value) => ArrayBuffer.isView(value) ? [...value] : value))()"
        + ".then((text) => process.stdout.write(text));"
    )
    node = Path(playwright.compute_driver_executable()[0])
    done = subprocess.run(
        [node, "-e", code],
        input=json.dumps(given),
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-2000:]
    return json.loads(done.stdout)
