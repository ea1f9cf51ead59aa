"""SIGTERM ends the app with 0 when what is being answered is answered, or soon after."""

import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor

import httpx
import pytest
from conftest import PATIENCE, ROOT, address_in, wait_until

pytestmark = pytest.mark.slow
PAGE = """
import sys, time
import gradio as gr
from model.tabs import app
from model.tabs.refusals import Page

def slow(text: str) -> str:
    print("begun", flush=True)
    time.sleep(10**9 if text == "hangs" else 0.3)
    return text

with Page() as page:
    gr.api(slow, api_name="slow")
page.queue(default_concurrency_limit=5)
app.CLOSING_SECONDS = 4
sys.exit(app.serve(page, "127.0.0.1", None))
"""


@pytest.fixture
def app(tmp_path):
    """The running page, as a process; its log is `app.log`."""
    command = [sys.executable, "-uc", PAGE]
    environment = os.environ | {"GRADIO_TEMP_DIR": str(tmp_path / "uploads")}
    log = tmp_path / "log"
    options = {
        "cwd": ROOT,
        "env": environment,
        "stderr": subprocess.STDOUT,
    }
    with (
        log.open("w") as output,
        subprocess.Popen(command, stdout=output, **options) as process,
    ):
        process.log = log
        yield process
        process.kill()


@pytest.fixture
def visitor(app):
    url = f"{address_in(app.log, app)}/gradio_api/"
    with httpx.Client(base_url=url, timeout=60) as client:
        yield client


def call(visitor, text):
    """Ask through the queue; return the stream of the answer."""
    event = visitor.post("call/slow", json={"data": [text]}).json()["event_id"]
    return visitor.get(f"call/slow/{event}").text


def run(visitor, text):
    return visitor.post("run/slow", json={"data": [text]}).json()["data"]


def test_what_is_being_answered_is_answered_but_for_what_hangs_and_uploads_are_deleted(
    app, visitor, tmp_path
):
    visitor.post("upload", files={"files": ("a.csv", b"Kim")})
    assert list(tmp_path.rglob("*.csv"))
    visitor.post("call/slow", json={"data": ["hangs"]})
    with ThreadPoolExecutor(8) as pool:
        called = pool.map(lambda text: call(visitor, text), "abcd")
        asked = pool.map(lambda text: run(visitor, text), "efgh")
        wait_until(lambda: app.log.read_text().count("begun") == 9)
        app.terminate()
        answers = list(called)
        assert list(asked) == [["e"], ["f"], ["g"], ["h"]]
    assert answers == [f'event: complete\ndata: ["{c}"]\n\n' for c in "abcd"]
    assert app.wait(PATIENCE) == 0
    assert not list(tmp_path.rglob("*.csv"))
