"""What the page refuses to fetch, to serve, to write and to keep, asked of the running app."""

import asyncio
import base64
import json
import socket
from pathlib import Path
from types import SimpleNamespace
from uuid import uuid4

import gradio as gr
import httpx
import pytest
from conftest import MARKER, ROOT, run_async, served, wait_until
from gradio.state_holder import SessionState
from test_app import FILE, JSON, NAMES, upload

from model.errors import InputError
from model.tabs import refusals, uploads
from model.tabs.refusals import DROPPED, Page

REFUSED = "Only a file uploaded to this page is read: upload it first."
CLOSED = f"""
file=/etc/passwd stream/a/b/1/playlist.m3u8 deep_link?session_hash={MARKER} dev/reload vibe-code
custom_component/{MARKER}/client/component/a.js token undo-vibe-edit runs run-history/1 profiling/a
user what/else ../monitoring ../monitoring/a ../logout ../pwa_icon/9 ../openapi.json
""".split()
ROUTES = ["run", "api", "call", "call/v2", "queue/join"]


@pytest.fixture(scope="module")
def elsewhere():
    """The address of another server; nobody may have asked it."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield f"http://127.0.0.1:{server.getsockname()[1]}/people.csv"
        server.setblocking(False)
        with pytest.raises(BlockingIOError):
            server.accept()


@pytest.fixture(scope="module")
def functions(http):
    """Each function of the page, those behind widgets too, by its number."""
    config = http.get("/config").json()["dependencies"]
    return {f["id"]: f for f in config if f["backend_fn"] and f["inputs"]}


@pytest.fixture(scope="module")
def by_name(functions):
    return {function["api_name"]: function for function in functions.values()}


def ask(http, route, function, data):
    """Call a function by this route; return the reply."""
    name, session = function["api_name"], uuid4().hex
    body = {"data": data, "fn_index": function["id"], "session_hash": session}
    if route in ("run", "api"):
        return http.post(f"/gradio_api/{route}/{name}", json=body).text
    if route == "queue/join":
        http.post("/gradio_api/queue/join", json=body)
        return http.get("/gradio_api/queue/data", params={"session_hash": session}).text
    if route == "call/v2":
        names = {
            "predict": ["text", "k"],
            "predict_file": ["file", "column", "header"],
        }[name]
        body = dict(zip(names, data, strict=True))
    posted = http.post(f"/gradio_api/{route}/{name}", json=body).json()
    return http.get(f"/gradio_api/call/{name}/{posted['event_id']}").text


@pytest.fixture
def taken(http):
    return upload(http, b"Kim\n", "state.json")["path"]


def test_no_function_takes_a_file_from_elsewhere(
    http, functions, by_name, elsewhere, taken
):
    for function in functions.values():
        for place in range(n := len(function["inputs"])):
            data = (
                ["Kim"] * place
                + [FILE | {"path": elsewhere}]
                + ["Kim"] * (n - place - 1)
            )
            assert REFUSED in ask(http, "run", function, data), function["api_name"]
    forms = [FILE | {"path": "/etc/passwd"}, [FILE | {"url": elsewhere}]]
    for route in ROUTES:
        for form in forms_of_files(elsewhere, taken) if route == "run" else forms:
            for name, rest in (("predict_file", ["", True]), ("predict", [3])):
                assert REFUSED in ask(http, route, by_name[name], [form, *rest]), (
                    route,
                    form,
                )
        call = [FILE | {"path": taken}, "", False]  # the upload is untouched
        assert "Korean" in ask(http, route, by_name["predict_file"], call)
        taken = upload(http, b"Kim\n")["path"]


def forms_of_files(address, taken):
    """Return every way to write a file that is not an upload in a call."""
    file = FILE | {"path": address}
    return [
        *(file | {"url": address, "orig_name": "a.csv"}, file | {"is_stream": True}),
        *(
            [[file]],
            {"a": [file]},
            {"value": file, "__type__": "update"},
            {"url": address},
        ),
        *({"path": address}, FILE | {"url": address}, FILE | {"path": [address]}),
        {"path": taken, "meta": {"_type": "gradio.FileData", "more": file}},
        *(
            FILE | {"path": path}
            for path in ("", str(ROOT / "README.md"), f"{taken}/..")
        ),
        *(
            FILE | {"path": f"{taken}/../../../{name}"}
            for name in ("log", "sitecustomize.py")
        ),
        *(
            FILE | {"path": path}
            for path in ("HTTP" + address[4:], "file:///etc/passwd")
        ),
    ]


def test_the_endpoints_are_tools_which_take_a_file_as_text(app_url, elsewhere):
    pytest.importorskip("mcp", reason="optional: pip install 'gradio[mcp]'")
    text = f"data:text/csv;base64,{base64.b64encode(b'Kim').decode()}"
    files = [elsewhere, "/etc/passwd", str(ROOT / "README.md"), text]
    calls = [
        ("predict_file", {"file": file, "column": "", "header": False})
        for file in files
    ]
    calls.append(("predict", {"text": "Nakamura", "k": 2}))
    tools, replies = run_async(call_tools(f"{app_url}/gradio_api/mcp/", calls))
    assert {tool.name for tool in tools} == NAMES | {f"{name}_review" for name in NAMES}
    assert all(tool.description for tool in tools)
    *refused, answer, prediction = replies
    assert all("root:" not in reply and "GRU" not in reply for reply in refused)
    assert "Korean" in answer
    assert "Japanese" in prediction


async def call_tools(url, calls):
    from mcp import ClientSession
    from mcp.client.streamable_http import streamablehttp_client

    async with (
        streamablehttp_client(url) as (read, write, _),
        ClientSession(read, write) as session,
    ):
        await session.initialize()
        replies = [(await session.call_tool(*call)).content[0].text for call in calls]
        return (await session.list_tools()).tools, replies


def test_a_function_of_the_page_s_script_takes_anything_and_keeps_nothing(
    http, unchanged
):
    parts = http.get("/config").json()["components"]
    (part,) = (
        part["id"] for part in parts if part["props"].get("elem_id") == "reading"
    )
    asked = {"session_hash": "s", "component_id": part, "fn_name": "read", "data": {}}
    for changed, status in (
        *(({"fn_name": "postprocess"}, 404), ({"component_id": 99_999}, 400)),
        *(({"session_hash": MARKER * 20}, 400), ({"data": MARKER * 20}, 200)),
        *(({"data": FILE | {"path": "/etc/passwd"}}, 200), ({"data": [MARKER]}, 200)),
    ):
        reply = http.post("/gradio_api/component_server", json=asked | changed)
        assert reply.status_code == status
        assert len(reply.text.splitlines()) == 1
        assert status != 200 or list(reply.json()) == ["problem"]


def test_what_the_page_has_no_use_for_is_closed(http, elsewhere, taken, unchanged):
    http.post(
        "/gradio_api/run/predict", json={"data": [MARKER, 3], "session_hash": MARKER}
    )
    paths = [
        f"file={elsewhere}",
        f"file/{elsewhere}",
        f"proxy={elsewhere}",
        f"file={taken}",
        *CLOSED,
    ]
    replies = [http.get(f"/gradio_api/{path}") for path in paths]
    for path in ("stream/abc", "vibe-edit", "process_recording", "../login"):
        replies.append(http.post(f"/gradio_api/{path}", json={"prompt": MARKER}))
    for reply in replies:
        assert reply.status_code == 404, reply.url
        assert reply.json()["detail"].startswith("There is nothing here: see"), (
            reply.url
        )
    up = "%2e%2e/" * 6
    for path in (f"assets/{up}etc/passwd", "static/%2fetc/passwd", "svelte/..%2fa.py"):
        reply = http.get(f"/{path}")  # gradio's own files
        assert (reply.status_code in (403, 404), len(reply.text.splitlines())) == (
            True,
            1,
        )
    for link in ("../x", taken, "x" * 20):  # a saved state
        assert (
            http.get(f"/config?deep_link={link}").json()["deep_link_state"] == "invalid"
        )


def test_a_request_too_large_or_of_another_shape_gets_one_line_that_repeats_nothing(
    http,
):
    bytes_of = "A request may have {:,} bytes: send less at once."
    sizes = {
        "call/v2/predict_list": 8_000_000,
        "queue/join": 8_000_000,
        "run/predict": 700_000,
    }
    sizes |= {"component_server": 700_000, "cancel": 10_000}
    refused = [
        (path, {"a": "x" * n}, 413, bytes_of.format(n)) for path, n in sizes.items()
    ]
    many, keys = ",".join(["[]"] * 10_001), ",".join(['"a":0'] * 10_001)
    for text, encoding in (
        (f'{{"data":["\\",\\"",{many}]}}', "utf-8"),
        (f"{{{keys}}}", "utf-8"),
        (f'{{"data":["∀",{many}]}}', "utf-16"),  # one of its bytes is '"'
    ):
        values = (
            text.encode(encoding),
            413,
            "A request may have 10,000 values in UTF-8.",
        )
        refused += [("run/predict", *values), ("queue/join", *values)]
    refused += [
        ("run/predict", {MARKER: 0}, 400, "body.data: Field required."),
        (
            "queue/join",
            {"data": {MARKER: 0}},
            400,
            "body.data: Input should be a valid list.",
        ),
        (
            "cancel",
            {"session_hash": {MARKER: 0}},
            400,
            "body.session_hash: Input should be a val",
        ),
        ("reset", [MARKER], 400, "body: Input should be a valid dictionary"),
        (
            "run/predict",
            {"data": [], "session_hash": MARKER * 10},
            400,
            "session_hash may have",
        ),
    ]
    for path, sent, status, line in refused:
        body = sent if isinstance(sent, bytes) else json.dumps(sent).encode()
        without_length = (body[n : n + 10**6] for n in range(0, len(body), 10**6))
        for content in (body, without_length):
            reply = http.post(f"/gradio_api/{path}", content=content, **JSON)
            assert (reply.status_code, MARKER in reply.text) == (status, False)
            assert reply.json()["detail"].startswith(line)


def test_the_largest_lists_go_through_with_many_commas_and_however_json_writes_them(
    http, by_name
):
    text = "\n".join(["surname\tb", *['7\t"a, b"[1, {2}, 3],,,'] * 9_999])
    reply = ask(http, "queue/join", by_name["read_list"], [text, None])
    assert "9,999 rows read" in reply
    text = "\n".join(
        ["×" * 99] * 9_999
    )  # two bytes a character, and no letter to be read
    content = json.dumps({"data": [text]})
    assert len(content) > 5_900_000
    reply = http.post("/gradio_api/run/predict_list", content=content, **JSON)
    assert len(reply.json()["data"][0]) == 9_999


def test_a_session_keeps_nothing_of_what_was_asked_and_answered():
    with Page() as page:
        box, copy = gr.Textbox(), gr.Textbox()
        box.submit(lambda text: text * 2, box, copy)
    state = SessionState(page)
    answer = run_async(page.process_api(page.fns[0], [MARKER], state=state))
    assert answer["data"] == [MARKER * 2]
    assert MARKER not in str(list(state.components))


def large(text: str) -> str:
    return text * 20_000


def broken(text: str) -> str:
    raise KeyError(text)


@pytest.fixture(scope="module")
def small():
    """A page with functions of its own, served in this process."""
    with Page() as page:
        gr.api(large, api_name="large")
        gr.api(broken, api_name="broken")
    with served(page.queue()):
        yield page


def test_a_fault_of_the_page_tells_no_name_to_the_log_or_to_anybody(visitor, capfd):
    reply = visitor.post("run/broken", json={"data": [MARKER]})
    assert reply.status_code == 500
    assert "not yours" in reply.text
    log = capfd.readouterr().err
    assert "raise KeyError(text)" in log
    assert MARKER not in reply.text + log


@pytest.fixture
def visitor(small):
    with httpx.Client(base_url=f"{small.local_url}gradio_api/", timeout=120) as client:
        yield client


def test_of_answers_that_nobody_fetches_the_oldest_become_one_line(
    small, visitor, monkeypatch
):
    monkeypatch.setattr(refusals, "MAX_ANSWERS", 70_000)
    events = []
    for letter in "abcde":
        events.append(
            visitor.post("call/large", json={"data": [letter]}).json()["event_id"]
        )
        wait_until(lambda: events[-1] in small.answers)
    replies = [visitor.get(f"call/large/{event}").text for event in events]
    assert (
        replies[:2] == [f"event: error\ndata: {json.dumps({'error': DROPPED})}\n\n"] * 2
    )
    assert replies[2:] == [
        f'event: complete\ndata: ["{c * 20_000}"]\n\n' for c in "cde"
    ]
    assert not small.answers


def test_of_uploads_that_nobody_reads_the_oldest_go(visitor, monkeypatch):
    monkeypatch.setattr(uploads, "KEPT_BYTES", 350_000)
    files = [{"files": ("a.csv", letter * 110_000)} for letter in "abcde"]
    paths = [visitor.post("upload", files=file).json()[0] for file in files]
    for path in paths[:2]:
        with pytest.raises(InputError, match="old ones make room"):
            uploads.read_and_remove({"path": path})
    contents = [uploads.read_and_remove({"path": path})[1] for path in paths[2:]]
    assert contents == [letter * 110_000 for letter in (b"c", b"d", b"e")]


def half_sent(small, path, size):
    """Return a connection whose request lacks its last byte."""
    connection = socket.create_connection(("127.0.0.1", small.server_port), timeout=60)
    head = f"POST /gradio_api/{path} HTTP/1.1\r\nHost: localhost\r\nContent-Length: {size + 1}"
    connection.sendall(f"{head}\r\n\r\n{'x' * size}".encode())
    return connection


def test_half_a_request_is_ended_and_large_ones_are_bounded(
    small, visitor, monkeypatch
):
    body = {"data": ["x" * 30_000]}
    with monkeypatch.context() as patch:
        patch.setattr(refusals, "MAX_HELD", 50_000)
        with half_sent(small, "run/large", 30_000):
            wait_until(lambda: visitor.post("call/large", json=body).status_code == 503)
            assert visitor.post("call/large", json={"data": ["x"]}).status_code == 200
        wait_until(lambda: visitor.post("call/large", json=body).status_code == 200)
    monkeypatch.setattr(refusals, "MAX_SECONDS", 0.2)
    for path in ("run/large", "upload"):
        with (
            half_sent(small, path, 1000) as connection,
            connection.makefile("rb") as reply,
        ):
            assert reply.read().startswith(
                b"HTTP/1.1 408 "
            )  # to its end, because it is closed


def test_a_page_of_this_machine_alone_has_no_other_name(small, visitor, monkeypatch):
    for host in ("localhost", "LOCALHOST:1", "127.0.0.1:80", "[::1]:7860"):
        assert visitor.get("info", headers={"host": host}).status_code == 200
        for other in ("evil.example", f"{host}.evil.example", f"evil.{host}"):
            assert visitor.get("info", headers={"host": other}).status_code == 403
    monkeypatch.setattr(small, "server_name", "0.0.0.0")
    assert visitor.get("info", headers={"host": "evil.example"}).status_code == 200


def test_an_upload_that_nobody_reads_is_deleted_after_a_while(monkeypatch):
    monkeypatch.setattr(uploads, "KEPT_SECONDS", 0.05)
    page = Page()
    left = Path(page.uploads.name, "left", "people.csv")
    left.parent.mkdir()
    left.write_text("Kim")

    async def run():
        async with (
            uploads.sweep(SimpleNamespace(get_blocks=lambda: page)),
            asyncio.timeout(60),
        ):
            while left.parent.exists():
                await asyncio.sleep(0.05)

    run_async(run())
