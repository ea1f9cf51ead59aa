"""What the page refuses to fetch, to serve, to write and to keep, asked of the real server.

Gradio does not follow an address of this machine, so here that one check of it is taken out: what
is refused is refused by the page, before anything is looked up.
"""

import asyncio
import base64
import json
import socket
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from uuid import uuid4

import gradio as gr
import httpx
import pytest
from conftest import ROOT, SHIPPED, run_async, serve
from gradio.state_holder import SessionState
from starlette.exceptions import HTTPException
from test_app import JSON, MARKER, wait_until

from model.errors import InputError
from model.tabs import refusals, uploads
from model.tabs.look import launch_options
from model.tabs.refusals import DROPPED, OPEN, Page

ANY_HOST = """
import safehttpx

async def any_host(name):
    return "127.0.0.1"

safehttpx.async_validate_url = any_host
"""
REFUSED = "Only a file uploaded to this page is read: upload it first."
FILE = {"meta": {"_type": "gradio.FileData"}}
ROUTES = ["run", "api", "call", "call/v2", "queue/join"]


@pytest.fixture(scope="module")
def elsewhere():
    """The address of another server, and a list of the requests that reach it."""
    requests = []

    class Answer(BaseHTTPRequestHandler):
        def do_GET(self):
            requests.append(self.requestline)
            self.send_response(200)
            self.send_header("content-length", "12")
            self.end_headers()
            self.wfile.write(b"surname\nKim\n")

        do_HEAD = do_GET

        def log_message(self, *_):
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Answer) as server:
        threading.Thread(target=server.serve_forever).start()
        yield f"http://127.0.0.1:{server.server_port}/people.csv", requests
        server.shutdown()


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("refusals")


@pytest.fixture(scope="module")
def url(folder):
    (folder / "sitecustomize.py").write_text(ANY_HOST)
    environment = {"PYTHONPATH": str(folder), "GRADIO_MCP_SERVER": "True"}
    with serve("--model", SHIPPED, temporary=folder, **environment) as url:
        yield url


@pytest.fixture(scope="module")
def http(url):
    with httpx.Client(base_url=url, timeout=120) as client:
        yield client


@pytest.fixture(scope="module")
def functions(http):
    """Each function of the page, those behind widgets too, by its number."""
    config = http.get("/config").json()["dependencies"]
    return {f["id"]: f for f in config if f["backend_fn"] and f["inputs"]}


def ask(http, route, function, data):
    """Call a function by this route; return the reply, None for what the route does not offer."""
    name, session = function["api_name"], uuid4().hex
    body = {"data": data, "fn_index": function["id"], "session_hash": session}
    if route in ("run", "api"):
        return http.post(f"/gradio_api/{route}/{name}", json=body).text
    if route == "queue/join":
        http.post("/gradio_api/queue/join", json=body)
        return http.get("/gradio_api/queue/data", params={"session_hash": session}).text
    endpoints = http.get("/gradio_api/info").json()["named_endpoints"]
    if f"/{name}" not in endpoints:
        return None
    if route == "call/v2":
        names = [p["parameter_name"] for p in endpoints[f"/{name}"]["parameters"]]
        body = dict(zip(names, data, strict=True))
    posted = http.post(f"/gradio_api/{route}/{name}", json=body).json()
    return http.get(f"/gradio_api/call/{name}/{posted['event_id']}").text


@pytest.mark.parametrize("route", ROUTES)
def test_no_function_takes_a_file_from_elsewhere_in_any_place(http, functions, elsewhere, route):
    address, requests = elsewhere
    replies = []
    for function in functions.values():
        for place in range(len(function["inputs"])):
            data = ["Kim"] * len(function["inputs"])
            data[place] = FILE | {"path": address}
            replies.append(ask(http, route, function, data))
    assert requests == []
    replies = [reply for reply in replies if reply is not None]
    assert len(replies) >= 8
    assert [reply for reply in replies if REFUSED not in reply] == []


@pytest.mark.parametrize("route", ROUTES)
def test_no_form_of_a_file_from_elsewhere_is_taken(http, functions, elsewhere, folder, route):
    address, requests = elsewhere
    file = FILE | {"path": address}
    (taken,) = http.post("/gradio_api/upload", files={"files": ("a.csv", b"Kim\n")}).json()
    forms = [
        *(file | {"url": address, "orig_name": "a.csv"}, file | {"is_stream": True}),
        *([file], [[file]], {"a": file}, {"a": [file]}, {"value": file, "__type__": "update"}),
        *({"path": address}, {"url": address}, FILE | {"url": address}, FILE | {"path": [address]}),
        {"path": taken, "meta": {"_type": "gradio.FileData", "more": file}},
        *(FILE | {"path": path} for path in ("", "/etc/passwd", "people.csv", str(ROOT))),
        *(FILE | {"path": path} for path in (str(ROOT / "README.md"), f"{taken}/..", f"{taken}/a")),
        *(FILE | {"path": f"{taken}/../../../{name}"} for name in ("log", "sitecustomize.py")),
        *(FILE | {"path": path} for path in ("HTTP" + address[4:], "file:///etc/passwd")),
    ]
    by_name = {function["api_name"]: function for function in functions.values()}
    for form in forms:
        reply = ask(http, route, by_name["predict_file"], [form, "", True])
        assert REFUSED in reply, form
        reply = ask(http, route, by_name["predict"], [form, 3])
        assert REFUSED in reply, form
    assert requests == []
    assert (ROOT / "README.md").exists()
    call = [FILE | {"path": taken}, "", False]
    assert "Korean" in ask(http, route, by_name["predict_file"], call)  # the upload is untouched


def test_a_tool_takes_a_file_as_text_and_none_from_elsewhere(url, elsewhere):
    pytest.importorskip("mcp", reason="optional: pip install 'gradio[mcp]'")
    address, requests = elsewhere
    text = f"data:text/csv;base64,{base64.b64encode(b'Kim').decode()}"
    files = [address, "/etc/passwd", str(ROOT / "README.md"), text]
    call = call_tools(f"{url}/gradio_api/mcp/", "predict_file", files)
    *refusals, answer = run_async(call)
    assert requests == []
    assert REFUSED in refusals[0]
    assert all("root:" not in reply and "GRU" not in reply for reply in refusals)
    assert "Korean" in answer


async def call_tools(url, tool, files):
    from mcp import ClientSession
    from mcp.client.streamable_http import streamablehttp_client

    async with (
        streamablehttp_client(url) as (read, write, _),
        ClientSession(read, write) as session,
    ):
        await session.initialize()
        arguments = [{"file": file, "column": "", "header": False} for file in files]
        return [(await session.call_tool(tool, a)).content[0].text for a in arguments]


@pytest.mark.parametrize(
    ("changed", "status"),
    [
        ({"fn_name": "ls"}, 404),
        ({"fn_name": "postprocess"}, 404),
        ({"component_id": 99_999}, 400),
        ({"session_hash": MARKER * 20}, 400),
        ({"data": MARKER * 20}, 200),
        ({"data": {"path": "/etc/passwd", "meta": {"_type": "gradio.FileData"}}}, 200),
        ({"data": [MARKER]}, 200),
    ],
)
def test_a_function_of_the_page_s_script_takes_anything_and_keeps_nothing(
    http, folder, changed, status
):
    (part,) = (
        part["id"]
        for part in http.get("/config").json()["components"]
        if part["props"].get("elem_id") == "reading"
    )
    written, before = (folder / "log").read_text(), set(folder.rglob("*"))
    asked = {"session_hash": "s", "component_id": part, "fn_name": "read", "data": {}} | changed
    reply = http.post("/gradio_api/component_server", json=asked)
    assert reply.status_code == status
    assert len(reply.text.splitlines()) == 1
    assert status != 200 or list(reply.json()) == ["problem"]
    assert set(folder.rglob("*")) == before
    new = (folder / "log").read_text()[len(written) :]
    assert MARKER not in new
    assert "Traceback" not in new


@pytest.mark.parametrize(
    ("path", "request_"),
    [
        *((f"gradio_api/{name}{{address}}", {}) for name in ("file=", "file/", "proxy=")),
        ("gradio_api/file={taken}", {}),
        ("gradio_api/file=/etc/passwd", {}),
        ("gradio_api/stream/a/b/1/playlist.m3u8", {}),
        ("gradio_api/stream/abc", {"json": {"data": []}}),
        (f"gradio_api/deep_link?session_hash={MARKER}", {}),
        ("gradio_api/process_recording", {"files": {"video": ("a.mp4", MARKER.encode())}}),
        (f"gradio_api/custom_component/{MARKER}/client/component/a.js", {}),
        ("gradio_api/dev/reload", {}),
        ("gradio_api/vibe-code", {}),
        ("gradio_api/vibe-edit", {"json": {"prompt": MARKER}}),
        ("gradio_api/token", {}),
        ("gradio_api/runs", {}),
        ("gradio_api/a/way/of/the/next/version", {}),
        ("monitoring", {}),
        ("login", {"data": {"username": MARKER, "password": MARKER}}),
        ("pwa_icon/99999", {}),
        ("openapi.json", {}),
    ],
)
def test_what_the_page_has_no_use_for_is_closed(http, elsewhere, folder, path, request_):
    address, requests = elsewhere
    session = {"data": [MARKER, 3], "session_hash": MARKER}
    http.post("/gradio_api/run/predict", json=session)
    (taken,) = http.post("/gradio_api/upload", files={"files": ("a.csv", b"Kim\n")}).json()
    method = "POST" if request_ else "GET"
    before, written = set(folder.rglob("*")), (folder / "log").read_text()
    path = path.format(address=address, taken=taken)
    with http.stream(method, f"/{path}", timeout=20, **request_) as reply:
        assert reply.status_code == 404
        reply.read()
        assert reply.json()["detail"] == "There is nothing here: see the page of the API."
    assert requests == []
    assert set(folder.rglob("*")) == before
    assert (folder / "log").read_text() == written


@pytest.mark.parametrize(
    "path",
    [
        "assets/../../../../../../etc/passwd",
        "static/%2fetc/passwd",
        "svelte/..%2f..%2f..%2fabout.py",
    ],
)
def test_no_address_leads_out_of_gradio_s_own_files(http, path):
    with http.stream("GET", f"/{path}") as reply:
        assert reply.status_code in (403, 404)
        assert len(reply.read().splitlines()) == 1


def test_a_saved_state_from_outside_is_not_loaded(http):
    (taken,) = http.post("/gradio_api/upload", files={"files": ("state.json", b"[]")}).json()
    for link in ("../x", taken, "x" * 20):
        config = http.get("/config", params={"deep_link": link}).json()
        assert config["deep_link_state"] == "invalid"
        assert len(config["components"]) > 20


@pytest.mark.parametrize("root", ["", "/names"])
def test_behind_a_proxy_s_prefix_the_same_is_open_and_the_same_is_closed(root):
    for path in ("/", "/gradio_api/run/predict", "/assets/index.js"):
        scope = {"type": "http", "path": root + path, "root_path": root, "headers": []}
        refusals.refuse(scope, Page())
    for path in ("/gradio_api/file=http://a", "//gradio_api/file=a", "/assets", "/gradio_api/run/"):
        scope = {"type": "http", "path": root + path, "root_path": root, "headers": []}
        with pytest.raises(HTTPException, match="404"):
            refusals.refuse(scope, Page())
    assert not OPEN.fullmatch("/\n/gradio_api/file=a")


@pytest.mark.parametrize("with_length", [True, False])
@pytest.mark.parametrize(
    ("path", "limit"),
    [
        *((path, 8_000_000) for path in ("run/predict_list", "call/predict_list", "queue/join")),
        *((path, 700_000) for path in ("run/predict", "call/predict", "call/v2/predict")),
        *(("component_server", 700_000), ("cancel", 10_000), ("reset", 10_000)),
    ],
)
def test_a_request_larger_than_the_largest_of_its_kind_is_refused(http, path, limit, with_length):
    body = json.dumps({"text": "x" * limit}).encode()
    content = body if with_length else (body[n : n + 10**6] for n in range(0, len(body), 10**6))
    reply = http.post(f"/gradio_api/{path}", content=content, **JSON)
    assert reply.status_code == 413
    line = f"A request may have {limit:,} bytes: send less at once."
    assert reply.json() == {"detail": line, "error": line}


MANY = b",".join([b"[]"] * 10_001)


@pytest.mark.parametrize("path", ["run/predict", "call/predict_list", "queue/join", "run/upload"])
@pytest.mark.parametrize(
    "content",
    [
        b'{"data":["\\",\\"",%b]}' % MANY,
        b"{%b}" % b",".join([b'"a":0'] * 10_001),
        f'{{"data":["∀",{MANY.decode()}]}}'.encode("utf-16"),  # one of its bytes is '"'
    ],
)
def test_a_request_of_too_many_values_is_refused_before_it_is_parsed(http, path, content):
    reply = http.post(f"/gradio_api/{path}", content=content, **JSON)
    assert reply.status_code == 413
    assert reply.json()["detail"] == "A request may have 10,000 values in UTF-8."


@pytest.mark.parametrize(
    ("path", "sent", "line"),
    [
        ("run/predict", {MARKER: 0}, "body.data: Field required."),
        ("queue/join", {"data": {MARKER: 0}}, "body.data: Input should be a valid list."),
        ("cancel", {"session_hash": {MARKER: 0}}, "body.session_hash: Input should be a valid st"),
        ("reset", [MARKER], "body: Input should be a valid dictionary"),
    ],
)
def test_a_request_of_another_shape_gets_one_line_that_repeats_nothing(http, path, sent, line):
    reply = http.post(f"/gradio_api/{path}", json=sent)
    assert reply.status_code == 400
    assert reply.json()["detail"].startswith(line)
    assert MARKER not in reply.text


def test_a_pasted_table_of_ten_thousand_rows_full_of_commas_is_read(http, functions):
    row = 'Kim\t"a, b"\t[1, {2}, 3]\t\\,,,'
    (function,) = (f for f in functions.values() if f["api_name"] == "read_list")
    text = "\n".join(["surname\tb\tc\td", *[row] * 9_999])
    reply = ask(http, "queue/join", function, [text, None, False, None])
    assert "9,999 rows read." in reply


def test_the_largest_list_goes_through_however_json_writes_it(http):
    name = "Щ" * 99
    text = "\n".join([name] * 9_999)  # two bytes a letter
    content = json.dumps({"data": [text]})
    assert len(content) > 5_900_000
    headers = {"content-type": "application/json"}
    reply = http.post("/gradio_api/run/predict_list", content=content, headers=headers)
    assert len(reply.json()["data"][0]) == 9_999


def test_a_session_with_a_long_name_is_refused(http):
    body = {"data": ["Kim", 3], "session_hash": "x" * 101}
    for headers in ({"content-type": "application/json"}, {"content-type": "application/a+json"}):
        content = json.dumps(body)
        reply = http.post("/gradio_api/run/predict", content=content, headers=headers)
        assert reply.status_code == 400
        assert reply.json() == {"detail": "session_hash may have 100 characters."}
    body["session_hash"] = "x" * 100
    assert http.post("/gradio_api/run/predict", json=body).status_code == 200


def test_a_session_keeps_nothing_of_what_was_asked_and_answered():
    with Page() as page:
        box, copy = gr.Textbox(), gr.Textbox()
        box.submit(lambda text: text * 2, box, copy)
    state = SessionState(page)
    answer = run_async(page.process_api(page.fns[0], [MARKER], state=state))
    assert answer["data"] == [MARKER * 2]
    assert MARKER not in str(list(state.components))


@pytest.fixture(scope="module")
def small():
    """A page with functions of its own, served in this process."""

    def large(text: str) -> str:
        return text * 20_000

    def refuse(text: str) -> str:
        raise gr.Error("one line", print_exception=False)

    def fail(text: str) -> str:
        raise ValueError(text)

    with Page() as page:
        for function in (large, refuse, fail):
            gr.api(function, api_name=function.__name__)
    page.queue().launch(**launch_options(), prevent_thread_lock=True, quiet=True)
    yield page
    page.close(verbose=False)


@pytest.fixture
def visitor(small):
    with httpx.Client(base_url=f"{small.local_url}gradio_api/", timeout=120) as client:
        yield client


def test_of_answers_that_nobody_fetches_the_oldest_become_one_line(small, visitor, monkeypatch):
    monkeypatch.setattr(refusals, "MAX_ANSWERS", 70_000)
    events = []
    for letter in "abcde":
        events.append(visitor.post("call/large", json={"data": [letter]}).json()["event_id"])
        wait_until(lambda: events[-1] in small.answers)
    replies = [visitor.get(f"call/large/{event}").text for event in events]
    assert replies[:2] == [f"event: error\ndata: {json.dumps({'error': DROPPED})}\n\n"] * 2
    assert replies[2:] == [f'event: complete\ndata: ["{c * 20_000}"]\n\n' for c in "cde"]
    assert not small.answers


def test_of_uploads_that_nobody_reads_the_oldest_go(visitor, monkeypatch):
    monkeypatch.setattr(uploads, "KEPT_BYTES", 100_000)
    files = [{"files": ("a.csv", letter * 30_000)} for letter in "abcde"]
    paths = [visitor.post("upload", files=file).json()[0] for file in files]
    for path in paths[:2]:
        with pytest.raises(InputError, match="old ones make room"):
            uploads.read_and_remove({"path": path})
    contents = [uploads.read_and_remove({"path": path})[1] for path in paths[2:]]
    assert contents == [letter * 30_000 for letter in (b"c", b"d", b"e")]


def half_sent(small, path, size):
    """Return a connection whose request lacks its last byte."""
    connection = socket.create_connection(("127.0.0.1", small.server_port), timeout=60)
    head = f"POST /gradio_api/{path} HTTP/1.1\r\nHost: localhost\r\nContent-Length: {size + 1}"
    connection.sendall(f"{head}\r\n\r\n{'x' * size}".encode())
    return connection


@pytest.mark.parametrize("path", ["run/large", "upload"])
def test_a_request_that_does_not_arrive_is_ended(small, monkeypatch, path):
    monkeypatch.setattr(refusals, "MAX_SECONDS", 0.2)
    with half_sent(small, path, 1000) as connection, connection.makefile("rb") as reply:
        assert reply.read().startswith(b"HTTP/1.1 408 ")  # to its end, because it is closed


def test_large_requests_that_arrive_or_wait_are_bounded_together(small, visitor, monkeypatch):
    monkeypatch.setattr(refusals, "MAX_HELD", 50_000)
    body = {"data": ["x" * 30_000]}
    with half_sent(small, "run/large", 30_000):
        wait_until(lambda: visitor.post("call/refuse", json=body).status_code == 503)
        assert visitor.post("call/refuse", json={"data": ["x"]}).status_code == 200
    wait_until(lambda: visitor.post("call/refuse", json=body).status_code == 200)


@pytest.mark.parametrize("host", ["localhost", "LOCALHOST:1", "127.0.0.1:80", "[::1]:7860"])
def test_a_page_of_this_machine_alone_has_no_other_name(small, visitor, monkeypatch, host):
    assert visitor.get("info", headers={"host": host}).status_code == 200
    for other in ("evil.example", f"{host}.evil.example", f"evil.{host}"):
        reply = visitor.get("info", headers={"host": other})
        assert reply.status_code == 403
        assert reply.json()["detail"].startswith("Ask for this page at localhost")
    monkeypatch.setattr(small, "server_name", "0.0.0.0")
    assert visitor.get("info", headers={"host": "evil.example"}).status_code == 200


def test_an_error_of_the_user_is_not_the_server_s(visitor):
    for route in ("run", "api"):
        refusal = visitor.post(f"{route}/refuse", json={"data": [""]})
        assert (refusal.status_code, refusal.json()["error"]) == (400, "one line")
        assert visitor.post(f"{route}/fail", json={"data": [""]}).status_code == 500


def test_an_upload_that_nobody_reads_is_deleted_after_a_while(monkeypatch):
    monkeypatch.setattr(uploads, "KEPT_SECONDS", 0.05)
    page = Page()

    class App:
        def get_blocks(self):
            return page

    async def run():
        folder = uploads.Path(page.uploads.name)
        async with uploads.sweep(App()):
            (folder / "left").mkdir()
            (folder / "left" / "people.csv").write_text("Kim")
            for _ in range(200):
                await asyncio.sleep(0.05)
                if not list(folder.iterdir()):
                    return True
        return False

    assert run_async(run())
