"""The app starts beside programs that keep every core busy."""

import os
import sys

import httpx
import pytest
from conftest import ROOT, running_page

from model.tabs.uploads import make_folder

# On a busy machine Gradio's own request for the page, which has three seconds, fails like this.
TIMES_OUT = """
import httpx, runpy

def head(*arguments, **options):
    raise httpx.ReadTimeout("timed out")

httpx.head = head
runpy.run_path("app.py", run_name="__main__")
"""


@pytest.mark.nightly
def test_the_page_starts_where_gradio_s_own_request_for_it_times_out(tmp_path):
    command = [sys.executable, "-c", TIMES_OUT]
    with running_page(command, tmp_path / "log", os.environ, cwd=ROOT) as url:
        assert httpx.get(url, timeout=None).status_code == 200


def test_where_no_upload_can_be_kept_it_says_so(tmp_path, monkeypatch):
    """As in /tmp/gradio of another user."""
    (tmp_path / "file").touch()
    monkeypatch.setenv("GRADIO_TEMP_DIR", str(tmp_path / "file" / "gradio"))
    with pytest.raises(SystemExit, match=r"^/.*/gradio cannot be written: .*_TEMP_DIR"):
        make_folder()
