"""What the page refuses to fetch, to serve and to keep, asked of the running app."""

import asyncio
import base64
import json
import socket
from itertools import product
from pathlib import Path
from types import SimpleNamespace
from uuid import uuid4

import gradio as gr
import httpx
import pytest
from conftest import MARKER, ROOT, run_async, served
from gradio.state_holder import SessionState
from test_app import FILE, NAMES, upload

from model.tabs import uploads
from model.tabs.refusals import Page

JSON = {"headers": {"content-type": "application/json"}}
REFUSED = "Only a file uploaded to this page is read: upload it first."
ROUTES = ["run", "api", "call", "call/v2", "queue/join"]
# What two functions take after a file
REST = {
    "predict_file": ["", True, None],
    "predict": [3],
}
CLOSED = f"""
file=/etc/passwd stream/a/b/1/playlist.m3u8 deep_link?session_hash={MARKER} dev/reload
vibe-code custom_component/{MARKER}/client/component/a.js token undo-vibe-edit runs
run-history/1 profiling/a user what/else ../monitoring ../monitoring/a ../logout
../pwa_icon/9 ../openapi.json
../assets/{"a" * 300}
""".split()
CLOSED += [
    f"POST {path}" for path in "stream/abc vibe-edit process_recording ../login".split()
]


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
    """Each function of the page that takes something, those behind widgets too."""
    config = http.get("/config").json()["dependencies"]
    return [each for each in config if each["backend_fn"] and each["inputs"]]


@pytest.fixture(scope="module")
def by_name(functions):
    return {function["api_name"]: function for function in functions}


@pytest.fixture
def taken(http):
    """The path of an upload."""
    return upload(http, b"Kim\n", "state.json")["path"]


def ask(http, route, function, data):
    """Call a function by this route; return the reply."""
    name = function["api_name"]
    session = uuid4().hex
    body = {
        "data": data,
        "fn_index": function["id"],
        "session_hash": session,
    }
    if route in ("run", "api"):
        return http.post(f"/gradio_api/{route}/{name}", json=body).text
    if route == "queue/join":
        http.post("/gradio_api/queue/join", json=body)
        return http.get("/gradio_api/queue/data", params={"session_hash": session}).text
    if route == "call/v2":
        arguments = ["text", "k"]
        if name == "predict_file":
            arguments = ["file", "column", "header", "prior"]
        body = dict(zip(arguments, data, strict=True))
    posted = http.post(f"/gradio_api/{route}/{name}", json=body).json()
    return http.get(f"/gradio_api/call/{name}/{posted['event_id']}").text


@pytest.mark.slow
def test_no_function_takes_a_file_of_another_server(http, functions, elsewhere):
    file = FILE | {"path": elsewhere}
    for function in functions:
        for place in range(len(function["inputs"])):
            data = ["Kim"] * len(function["inputs"])
            data[place] = file
            assert REFUSED in ask(http, "run", function, data), function["api_name"]


@pytest.mark.parametrize("route", ROUTES)
def test_a_route_takes_an_upload_and_no_other_file(
    http, by_name, elsewhere, taken, route
):
    for name, rest in REST.items():
        for other in (FILE | {"path": "/etc/passwd"}, [FILE | {"url": elsewhere}]):
            assert REFUSED in ask(http, route, by_name[name], [other, *rest])
    data = [FILE | {"path": taken}, "", False, None]
    assert "Korean" in ask(http, route, by_name["predict_file"], data)


@pytest.mark.slow
def test_a_file_is_refused_however_it_is_written(http, by_name, elsewhere, taken):
    file = FILE | {"path": elsewhere}
    forms = [
        file | {"url": elsewhere, "orig_name": "a.csv"},
        file | {"is_stream": True},
        [[file]],
        {"a": [file]},
        {"url": elsewhere},
        FILE | {"path": [elsewhere]},
        FILE | {"path": taken, "meta": FILE["meta"] | {"more": file}},
    ]
    up = f"{taken}/../../.."
    for path in (
        "",
        f"{up}/log",
        elsewhere.replace("http", "HTTP"),
        "file:///etc/passwd",
    ):
        forms.append(FILE | {"path": path})
    for form in forms:
        assert REFUSED in ask(
            http, "run", by_name["predict_file"], [form, "", True, None]
        )
    assert Path(taken).exists()


async def call_tools(app_url, calls):
    """Return the tools that the page offers, and the text of the answer to each call."""
    from mcp import ClientSession
    from mcp.client.streamable_http import streamablehttp_client

    async with (
        streamablehttp_client(f"{app_url}/gradio_api/mcp/") as (read, write, _),
        ClientSession(read, write) as session,
    ):
        await session.initialize()
        answers = [await session.call_tool(*call) for call in calls]
        listed = await session.list_tools()
    return listed.tools, [answer.content[0].text for answer in answers]


def test_the_endpoints_are_tools_and_take_a_file_as_text_alone(app_url, elsewhere):
    pytest.importorskip("mcp", reason="optional: pip install 'gradio[mcp]'")
    content = base64.b64encode(b"Kim").decode()
    files = [f"data:text/csv;base64,{content}", elsewhere, "/etc/passwd"]
    calls = [("predict", {"text": "Nakamura", "k": 2})]
    for file in [*files, str(ROOT / "README.md")]:
        calls.append(("predict_file", {"file": file, "column": "", "header": False}))
    tools, (named, given, *refused) = run_async(call_tools(app_url, calls))
    assert {tool.name for tool in tools} == NAMES | {f"{name}_review" for name in NAMES}
    assert all(tool.description for tool in tools)
    assert "Japanese" in named
    assert "Korean" in given
    assert not [answer for answer in refused if "root:" in answer or "GRU" in answer]


@pytest.mark.parametrize(
    ("changed", "status"),
    [
        ({"fn_name": "postprocess"}, 404),
        ({"component_id": 99_999}, 400),
        ({"data": MARKER * 20}, 200),
        ({"data": FILE | {"path": "/etc/passwd"}}, 200),
        ({"data": [MARKER]}, 200),
    ],
)
@pytest.mark.usefixtures("unchanged")
def test_a_function_of_the_page_s_script_takes_anything(http, changed, status):
    number_of = {}
    for part in http.get("/config").json()["components"]:
        number_of[part["props"].get("elem_id")] = part["id"]
    asked = {
        "session_hash": "s",
        "component_id": number_of["ask"],
        "fn_name": "view",
        "data": {},
    }
    reply = http.post("/gradio_api/component_server", json=asked | changed)
    assert reply.status_code == status
    assert len(reply.text.splitlines()) == 1
    if status == 200:
        assert list(reply.json()) == ["problem"]


def test_addresses_that_the_page_has_no_use_for_are_closed(
    http, elsewhere, taken, unchanged
):
    files = [f"file={elsewhere}", f"file/{elsewhere}", f"proxy={elsewhere}"]
    for path in [*files, f"file={taken}", *CLOSED]:
        method, _, path = path.rpartition(" ")
        reply = http.request(method or "GET", f"/gradio_api/{path}")
        assert reply.status_code == 404, path
        assert reply.json()["detail"].startswith("There is nothing here: see"), path


@pytest.mark.parametrize(
    ("origin", "status"),
    [("https://evil.example", 403), ("null", 403), (None, 200)],
)
def test_another_site_cannot_upload(http, origin, status):
    own = f"http://{http.base_url.netloc.decode()}"
    reply = http.post(
        "/gradio_api/upload",
        files={"files": ("a.csv", b"Kim\n")},
        headers={"Origin": origin or own, "X-Forwarded-Host": "evil.example"},
    )
    assert reply.status_code == status
    assert len(reply.text.splitlines()) == 1


def test_a_stranger_cannot_give_the_page_another_address(http):
    for name in ("X-Forwarded-Host", "X-Gradio-Server"):
        config = http.get("/config", headers={name: "http://evil.example"}).json()
        assert config["root"] == str(http.base_url).rstrip("/")


@pytest.mark.parametrize("number", ["1e999", "-1e999", "NaN"])
def test_a_number_that_json_does_not_have_is_refused(http, taken, number):
    file = json.dumps(FILE | {"path": taken})
    content = f'{{"data": [{file}, "", {number}]}}'
    reply = http.post("/gradio_api/run/predict_file", content=content, **JSON)
    assert reply.status_code == 400
    assert reply.json()["error"].startswith("A number is too large")


LISTS = ",".join(["[]"] * 10_001)
KEYS = ",".join(['"a":0'] * 10_001)
VALUES = [
    f'{{"data":["\\",\\"",{LISTS}]}}'.encode(),
    f"{{{KEYS}}}".encode(),
    f'{{"data":["∀",{LISTS}]}}'.encode("utf-16"),  # one of its bytes is '"'
]
SHAPES = {
    "run/predict": {MARKER: 0},
    "run/nothing": {"data": [MARKER]},
    "call/v2/predict": {"text": "Kim", MARKER: 1},
    "queue/join": {"data": {MARKER: 0}},
    "reset": [MARKER],
}


def too_large():
    """Yield where a body is sent, the body, and the line that refuses it."""
    large = json.dumps({"a": "x" * 8_000_000}).encode()
    for path in ("call/v2/predict_list", "queue/join", "component_server", "cancel"):
        yield path, large, "A request may have 8,000,000 bytes: send less at once."
    for path, content in product(("run/predict", "queue/join"), VALUES):
        yield path, content, "A request may have 10,000 values in UTF-8."


def of_another_shape():
    for path, sent in SHAPES.items():
        yield path, json.dumps(sent).encode(), "This request cannot be read: see"


@pytest.mark.parametrize(
    ("cases", "status"), [(too_large, 413), (of_another_shape, 400)]
)
def test_a_body_is_refused_by_a_line_that_repeats_nothing(http, cases, status):
    """With Content-Length and without."""
    for path, content, line in cases():
        for body in (content, iter([content])):  # an iterator has no length
            reply = http.post(f"/gradio_api/{path}", content=body, **JSON)
            assert reply.status_code == status, path
            assert MARKER not in reply.text
            assert reply.json()["detail"].startswith(line), path


def test_the_largest_list_goes_through_however_json_writes_it(http, by_name):
    commas = "\n".join(["surname\tb", *['7\t"a, b"[1, {2}, 3],,,'] * 9_999])
    reply = ask(http, "queue/join", by_name["read_list"], [commas, None, False])
    assert "9,999 rows read" in reply
    # Two bytes a character, six in this JSON, and no letter to be read
    content = json.dumps({"data": ["\n".join(["×" * 99] * 9_999), None]})
    assert len(content) > 5_900_000
    reply = http.post("/gradio_api/run/predict_list", content=content, **JSON)
    assert len(reply.json()["data"][0]) == 9_999


def test_a_session_keeps_nothing_of_a_call():
    with Page() as page:
        box, copy = gr.Textbox(), gr.Textbox()
        box.submit(lambda text: text * 2, box, copy)
    state = SessionState(page)
    answer = run_async(page.process_api(page.fns[0], [MARKER], state=state))
    assert answer["data"] == [MARKER * 2]
    assert MARKER not in str(list(state.components))


def broken(text: str) -> str:
    raise KeyError(text)


@pytest.fixture(scope="module")
def small():
    """A page with a function of its own, served in this process."""
    with Page() as page:
        gr.api(broken, api_name="broken")
    with served(page.queue()):
        yield page


@pytest.fixture
def visitor(small):
    with httpx.Client(base_url=f"{small.local_url}gradio_api/", timeout=120) as client:
        yield client


def test_a_fault_of_the_page_is_logged_without_what_was_typed(visitor, capfd):
    reply = visitor.post("run/broken", json={"data": [MARKER]})
    assert reply.status_code == 500
    assert "not yours" in reply.text
    log = capfd.readouterr().err
    assert "raise KeyError(text)" in log
    assert MARKER not in reply.text + log


@pytest.mark.parametrize(
    "host", ["localhost", "LOCALHOST:1", "127.0.0.1:80", "[::1]:7860"]
)
def test_a_page_of_this_machine_alone_has_no_other_name(
    small, visitor, monkeypatch, host
):
    assert visitor.get("info", headers={"host": host}).status_code == 200
    for other in ("evil.example", f"{host}.evil.example", f"evil.{host}"):
        assert visitor.get("info", headers={"host": other}).status_code == 403
    monkeypatch.setattr(small, "server_name", "0.0.0.0")
    assert visitor.get("info", headers={"host": "evil.example"}).status_code == 200


def test_an_upload_that_nobody_reads_is_deleted_after_a_while(monkeypatch):
    monkeypatch.setattr(uploads, "KEPT_SECONDS", 0)
    page = Page()
    left = Path(page.uploads.name, "left", "people.csv")
    left.parent.mkdir()
    left.write_text("Kim")
    app = SimpleNamespace(get_blocks=lambda: page)

    async def run():
        async with uploads.sweep(app), asyncio.timeout(60):
            while left.parent.exists():
                await asyncio.sleep(0)  # the sweep goes on

    run_async(run())
