"""The page without a server over a slow line: what can be done before its model is there."""

from functools import partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Event, Thread

import pytest
from conftest import needs_chromium, open_tab, started
from playwright.sync_api import expect

pytestmark = needs_chromium


def middle_of_model(content):
    """Return where the second half of the model begins in a page."""
    tag = b'id="model">'
    start = content.index(tag) + len(tag)
    end = content.index(b"<", start)
    return (start + end) // 2


class Line(BaseHTTPRequestHandler):
    """Sends the page up to the middle of its model, and the rest when it may."""

    def __init__(self, content, go_on, *request):
        self.content, self.go_on = content, go_on
        super().__init__(*request)

    def log_message(self, *_):
        pass

    def do_GET(self):
        middle = middle_of_model(self.content)
        self.send_response(200)
        self.send_header("Content-Type", "text/html")
        self.send_header("Content-Length", str(len(self.content)))
        self.end_headers()
        self.wfile.write(self.content[:middle])
        self.go_on.wait(60)
        self.wfile.write(self.content[middle:])


@pytest.fixture
def go_on():
    """What is set for the rest to be sent."""
    return Event()


@pytest.fixture
def slow(small_page, browser, go_on):
    """Opens the page with a query; its model is there to one half."""
    handler = partial(Line, small_page.read_bytes(), go_on)
    page = browser.new_page()
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        Thread(target=server.serve_forever, daemon=True).start()

        def open_page(query=""):
            address = f"http://127.0.0.1:{server.server_port}/{query}"
            page.goto(address, wait_until="commit")
            expect(loading(page)).to_contain_text("50%")
            return started(page)

        yield open_page
        go_on.set()
        page.close()
        server.shutdown()


def loading(page):
    return page.locator("[data-loading]")


def surname(page):
    return page.get_by_label("Surname", exact=True)


def test_what_is_typed_meanwhile_is_answered_when_the_model_is_there(slow, go_on):
    page = slow()
    page.keyboard.type("Kimura")
    expect(surname(page)).to_have_value("Kimura")
    expect(page.locator("#bars .verdict")).to_have_count(0)
    go_on.set()
    expect(page.locator(".stage .letter bdi")).to_have_text(list("Kimura"))
    expect(page.locator(".on-stage .letter small").last).not_to_be_empty()
    expect(page.locator("#bars .verdict")).to_have_count(1)
    expect(loading(page)).to_have_count(0)
    page.wait_for_url("**/#name=Kimura&k=3")


def test_tabs_that_need_no_model_work_before_it_is_there(slow):
    page = slow("#name=Rossi&tab=about")
    expect(page.locator("#about")).to_be_visible()
    expect(loading(page)).to_be_visible()
    open_tab(page, "Test results")
    cell = page.locator("#matrix button[data-row]").first
    cell.click()
    expect(page.locator("#behind h2")).to_contain_text("read as")
    open_tab(page, "Train")
    page.get_by_role("button", name="▶ Train").click()
    expect(page.locator("[data-heldout]").first).to_be_visible()
    page.get_by_role("button", name="Play against the network").click()
    expect(page.locator("dialog .choices button").first).to_be_visible()


def test_a_reading_that_is_asked_for_meanwhile_is_drawn_when_the_model_is_there(
    slow, go_on
):
    page = slow("#name=Rossi&inside=1")
    expect(surname(page)).to_have_value("Rossi")
    go_on.set()
    expect(page.locator(".inside .tint [data-at]")).to_have_count(len("Rossi"))


def test_a_page_that_is_cut_off_says_so(small_page, tmp_path, browser):
    content = small_page.read_bytes()
    file = tmp_path / "half.html"
    file.write_bytes(content[: middle_of_model(content)])
    page = browser.new_page()
    page.goto(file.as_uri())
    expect(loading(page)).to_have_text("The page is incomplete: copy or load it again.")
    page.close()
