"""The app starts beside programs that keep every core busy."""

import os
import subprocess
import sys
from contextlib import contextmanager

import httpx
import pytest
from conftest import ROOT, running_page

pytestmark = pytest.mark.nightly
STARTS = 10


@contextmanager
def busy_cores():
    loop = [sys.executable, "-c", "while True: pass"]
    loops = [subprocess.Popen(loop) for _ in range(os.cpu_count() or 1)]
    try:
        yield
    finally:
        for process in loops:
            process.kill()
            process.wait()


def test_ten_starts_of_ten_succeed_beside_busy_cores(tmp_path):
    with busy_cores():
        for number in range(STARTS):
            log, command = tmp_path / f"{number}", [sys.executable, "app.py"]
            with running_page(command, log, os.environ, cwd=ROOT) as url:
                call = f"{url}/gradio_api/run/predict"
                asked = {"data": ["Nakamura", 1]}
                assert "Japanese" in httpx.post(call, json=asked, timeout=None).text
