"""After a visit in the browser no name is left in a log, a temporary file or gradio's cache."""

import os
import sys

from conftest import ROOT, needs_chromium, running_page
from playwright.sync_api import expect
from test_browser import open_tab

pytestmark = needs_chromium
MARKER = "Zyxwvmarker"
# Every logger writes every message, as a curious operator's would.
LOUD = """
import logging, runpy
logging.basicConfig(level=1)
logging.getLogger("a test").debug("this log is loud")
runpy.run_path("app.py", run_name="__main__")
"""


def visit(page, folder):
    """Type a name, paste a list with a bad line, upload a file, ask for what is refused."""
    page.get_by_label("Surname", exact=True).fill(MARKER)
    expect(page.locator("#bars .bars li").first).to_be_visible()
    expect(page.locator("#bars .bars li").first).to_be_visible()
    page.wait_for_timeout(1000)  # for the letters, which are not explained where none leads
    page.get_by_label("Surname", exact=True).fill(MARKER * 12)
    expect(page.locator("#bars")).to_contain_text("at most 100")
    open_tab(page, "List")
    page.locator("#pasted textarea").fill(f"{MARKER}\n{MARKER}1" * 3)
    page.get_by_role("button", name="Read the list").click()
    expect(page.locator("#rows")).to_contain_text(MARKER)
    path = folder / "people.csv"
    path.write_text(f"surname\n{MARKER}\n{MARKER}=\n")
    page.locator("#file input[type=file]").set_input_files(path)
    expect(page.locator("#column")).to_be_visible()
    path.unlink()
    page.get_by_role("button", name="Read the list").click()
    expect(page.locator("#summary")).to_contain_text("2 rows read")


def files_with_marker(*folders):
    """Return the files below `folders` in whose name or content the marker stands."""
    found = []
    for folder in folders:
        for path in folder.rglob("*"):
            named = MARKER.casefold() in path.name.casefold()
            holds = path.is_file() and MARKER.casefold().encode() in path.read_bytes().lower()
            found += [path] if named or holds else []
    return found


def test_no_name_outlives_a_visit(browser, tmp_path):
    temporary, uploads, log = tmp_path / "tmp", tmp_path / "uploads", tmp_path / "log"
    temporary.mkdir()
    environment = {"GRADIO_TEMP_DIR": str(uploads), "TMPDIR": str(temporary)}
    command = [sys.executable, "-c", LOUD]
    with running_page(command, log, os.environ | environment, cwd=ROOT) as address:
        page = browser.new_page()
        page.goto(address)
        visit(page, tmp_path)
        page.close()
        assert "loud" in log.read_text()
        assert files_with_marker(tmp_path, ROOT / ".gradio") == []
