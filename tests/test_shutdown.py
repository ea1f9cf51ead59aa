"""SIGTERM ends the app with 0 when what was asked is answered, or soon after."""

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
page.queue(default_concurrency_limit=4)
app.CLOSING_SECONDS = 4
sys.exit(app.serve(page, "127.0.0.1", None))
"""


def test_sigterm_answers_the_queue_refuses_what_is_new_and_waits_for_nothing_that_hangs(
    tmp_path,
):
    log, uploads = tmp_path / "log", tmp_path / "uploads"
    environment = os.environ | {"GRADIO_TEMP_DIR": str(uploads)}
    command = [sys.executable, "-uc", PAGE]
    with log.open("w") as output:
        app = subprocess.Popen(
            command, cwd=ROOT, env=environment, stdout=output, stderr=output
        )
    try:
        url = f"{address_in(log, app)}/gradio_api/"
        with (
            httpx.Client(base_url=url, timeout=60) as visitor,
            ThreadPoolExecutor(10) as pool,
        ):
            visitor.post("upload", files={"files": ("a.csv", b"Kim")})

            def ask(route, text):
                return visitor.post(f"{route}/slow", json={"data": [text]})

            ask("call", "hangs")
            events = [ask("call", f"{i}").json()["event_id"] for i in range(6)]
            asked = pool.map(lambda i: ask("run", f"{i}").json()["data"], range(6))
            wait_until(lambda: log.read_text().count("begun") >= 10)
            app.terminate()
            wait_until(lambda: ask("call", "new").status_code == 503)
            answers = [visitor.get(f"call/slow/{event}").text for event in events]
        assert answers == [f'event: complete\ndata: ["{i}"]\n\n' for i in range(6)]
        assert list(asked) == [[f"{i}"] for i in range(6)]
        assert app.wait(PATIENCE) == 0
        assert not list(uploads.rglob("*.csv"))
    finally:
        app.kill()
