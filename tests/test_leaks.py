"""Nothing that is typed is in the log, whatever route it is sent to and in whatever shape.

The real app runs with its tools (MCP) on, and what it writes is searched for the name that was sent
to every route that it has.
"""

import itertools
import json
import logging
import os
import re
import socket
import sys
from argparse import Namespace
from pathlib import Path

import httpx
import pytest
from conftest import LOUD, MARKER, ROOT, SHIPPED, running_page, wait_until

from model.tabs.log import Place

SHAPES = [
    MARKER,
    [MARKER],
    [[MARKER]],
    {MARKER: MARKER},
    [{MARKER: [MARKER]}],
    [None, MARKER],
    [MARKER, 3],
    [MARKER, MARKER],
    [MARKER, 3, MARKER, MARKER],
    {"path": MARKER, "url": MARKER, "meta": {"_type": "gradio.FileData"}},
    [{"path": MARKER, "url": MARKER, "meta": {"_type": MARKER}}, MARKER, True],
]
# What the routes of Gradio read out of a body, each as it should be.
USUAL = {
    "data": [MARKER, 3],
    "session_hash": "s",
    "fn_index": 0,
}
FIELDS = """data session_hash fn_index event_id event_data trigger_id fn_name component_id text k
file simple_format batched username password prompt code desc""".split()
FORM = "multipart/form-data; boundary=b"
TYPES = [
    "application/json",
    "text/plain",
    "application/x-www-form-urlencoded",
    FORM,
    "multipart/form-data",
    MARKER,
    f"application/json; charset={MARKER}",
]
PART = f'--b\r\nContent-Disposition: form-data; name="%s"; filename="{MARKER}"\r\n'
RAW = [
    f'{{"data": ["{MARKER}"',
    f'{{"data": ["{MARKER}"]}}'.encode("utf-16"),
    MARKER.encode() + b"\xff\0",
    f"{MARKER}={MARKER}&data={MARKER}",
    f"{PART % 'files'}\r\n{MARKER}\r\n--b--\r\n",
    f"{PART % MARKER}Content-Type: {MARKER}\r\n{MARKER}\r\n\r\n{MARKER}\r\n--b",
    f"--b\r\nContent-Disposition: {MARKER}\r\n\r\n{MARKER}\r\n--b--\r\n",
    f'--b\r\nContent-Disposition: form-data; name="files"\r\n\r\n{MARKER}\r\n--b--\r\n',
    f"--{MARKER}\r\n{MARKER}: {MARKER}\r\n",
]
METHODS = [*"GET HEAD POST PUT PATCH DELETE OPTIONS".split(), MARKER.upper()]
HEADERS = """accept cookie user-agent referer origin authorization range x-forwarded-host
x-forwarded-proto x-gradio-user x-ip-token mcp-session-id mcp-protocol-version last-event-id
if-none-match""".split()
QUERIES = f"""session_hash fn_index upload_id deep_link tools session_id __theme view serialize
all_endpoints backend url {MARKER}""".split()
TOLD = f"""tools/list tools/call resources/read resources/subscribe resources/list prompts/get
prompts/list completion/complete logging/setLevel initialize notifications/cancelled ping {MARKER}
notifications/progress roots/list sampling/createMessage"""
STREAM = {"accept": "application/json, text/event-stream"}
PING = {"jsonrpc": "2.0", "id": 1, "method": "ping"}


def all_routes():
    """Return (path, methods) of each route of the app, as `python app.py` makes it."""
    from fastapi.routing import iter_route_contexts
    from gradio.routes import App

    from model.tabs.app import build_demo, load_models
    from model.tabs.look import launch_options

    models = load_models(Namespace(model=[str(SHIPPED)], program="app.py"))
    options = launch_options()["app_kwargs"]
    app = App.create_app(build_demo(models), mcp_server=True, app_kwargs=options)
    found = [(r.path, r.methods) for r in iter_route_contexts(app.routes)]
    mcp = next(route for route in app.routes if route.path == "/gradio_api/mcp")
    found += [(mcp.path + route.path, None) for route in mcp.routes]
    return [(path, sorted(methods or ["GET", "POST"])) for path, methods in found]


def paths_of(route):
    """Return ways to ask for a route: its places filled with the name, or with a function's."""
    for function in (MARKER, "predict", "predict_file"):
        if function == MARKER or "{api_name}" in route:
            path = route.replace("{api_name}", function)
            yield re.sub(r"{[^}]*}", MARKER, path)


def bodies():
    """Yield each content of a request with its headers."""
    values = [*SHAPES, USUAL, *({"data": shape} for shape in SHAPES)]
    values += [USUAL | {field: MARKER} for field in FIELDS]
    values += [USUAL | {field: [{MARKER: 1}]} for field in FIELDS]
    texts = [(json.dumps(value), TYPES[0]) for value in values]
    texts += [(RAW[0], kind) for kind in TYPES]
    for raw in RAW:
        texts.append((raw, TYPES[0]))
        texts.append((raw, FORM))
    for text, kind in texts:
        yield text, {"content-type": kind}


def calls():
    """Yield messages to the tools, right and wrong ones."""
    arguments = [
        *SHAPES,
        7,
        None,
        True,
        {"text": MARKER},
        {"text": [MARKER]},
        {"text": {MARKER: 1}, "k": MARKER},
        {"text": MARKER, "k": [MARKER]},
        {"file": MARKER},
        {"file": {"path": MARKER}, "column": MARKER},
        {"file": f"data:{MARKER};base64,{MARKER}", "column": [MARKER]},
    ]
    names = ["predict", "explain", "predict_list", "predict_file", "errors", MARKER]
    for name, shape in itertools.product(names, arguments):
        yield {"method": "tools/call", "params": {"name": name, "arguments": shape}}
    for method in TOLD.split():
        yield {"method": method}
        for shape in SHAPES:
            yield {"method": method, "params": shape}
        for key in "name uri arguments cursor _meta level ref".split():
            yield {"method": method, "params": {key: MARKER}}
            yield {"method": method, "params": {key: {MARKER: MARKER}}}


def messages():
    """Yield each JSON-RPC message; some lack what one needs."""
    for call in calls():
        yield PING | call
    for key, shape in itertools.product(PING, SHAPES):
        yield PING | {key: shape}
    for shape in SHAPES:
        yield shape
        yield {"jsonrpc": "2.0", "id": 1, "result": shape}
        yield {"jsonrpc": "2.0", "id": 1, "error": shape}
        yield {"jsonrpc": "2.0", "method": MARKER, "params": shape}


def send(visitor, method, path, **request):
    """Send a request and read its answer, of an endless stream the beginning."""
    with visitor.stream(method, path, **request) as reply:
        if "event-stream" not in reply.headers.get("content-type", ""):
            reply.read()


def post_to_all(visitor):
    """Send the name to every route, by every method and in every shape; return their paths."""
    asked = []
    everywhere = {
        "params": dict.fromkeys(QUERIES, MARKER),
        "headers": dict.fromkeys(HEADERS, MARKER),
    }
    for route, methods in all_routes():
        for path in paths_of(route):
            asked.append(path)
            for method in METHODS:
                send(visitor, method, path, content=MARKER, **everywhere)
            for name in QUERIES:
                send(
                    visitor,
                    methods[0],
                    path,
                    params={name: MARKER},
                )
            if "POST" in methods:
                for content, headers in bodies():
                    send(visitor, "POST", path, content=content, headers=headers)
    return asked


def post_to_tools(visitor):
    """Send messages to the tools by both transports."""
    for message in messages():
        send(visitor, "POST", "/gradio_api/mcp/", json=message, headers=STREAM)
    with visitor.stream("GET", "/gradio_api/mcp/sse") as session:
        lines = session.iter_lines()
        line = next(line for line in lines if "session_id" in line)
        address = line.removeprefix("data: ")
        for message in messages():
            send(visitor, "POST", address, json=message)
        for raw in RAW:
            send(visitor, "POST", address, content=raw)


def post_garbage(url):
    """Send what is not HTTP, or is half of it, and something else than HTTP."""
    host, port = url.removeprefix("http://").split(":")
    upgrade = (
        "Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n"
    )
    for text in (
        f"{MARKER}\r\n\r\n",
        f"GET {MARKER} HTTP/1.1\r\n\r\n",
        f"GET / HTTP/{MARKER}\r\n\r\n",
        f"GET / HTTP/1.1\r\nHost: a\r\n{MARKER}\r\n\r\n",
        f"GET / HTTP/1.1\r\nHost: {MARKER}\r\nContent-Length: {MARKER}\r\n\r\n",
        f"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n{MARKER}\r\n",
        f"POST /gradio_api/run/predict HTTP/1.1\r\nContent-Length: 99\r\n\r\n{MARKER}",
        f"GET /{MARKER} HTTP/1.1\r\nHost: {host}\r\n{upgrade}"
        "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n",
        f"GET /{MARKER} HTTP/1.1\r\nHost: {host}\r\n{upgrade}\r\n",
    ):
        with socket.create_connection((host, int(port)), timeout=60) as connection:
            connection.sendall(text.encode())
            connection.shutdown(socket.SHUT_WR)
            while connection.recv(65536):
                pass


@pytest.fixture
def logger(monkeypatch):
    """A library's logger while the page is served."""
    monkeypatch.setattr(logging, "_logRecordFactory", Place)
    return logging.getLogger("a library")


def test_a_record_says_where_it_was_logged_but_not_what(logger, caplog):
    logger.warning(f"refused: {MARKER}")
    logger.warning("refused: %s", MARKER, extra={"field": 1})
    assert MARKER not in caplog.text
    assert caplog.text.count(f'File "{__file__}"') == 2


def test_a_record_of_an_error_says_where_it_came_from_but_not_what(logger, caplog):
    try:
        raise KeyError(MARKER) from ValueError(MARKER)
    except KeyError:
        logger.exception(MARKER)
    assert MARKER not in caplog.text
    assert caplog.text.count(f'File "{__file__}"') == 2
    assert caplog.text.rstrip().endswith("KeyError")


@pytest.mark.slow
def test_nothing_typed_is_in_the_log_or_left_on_the_disk(tmp_path):
    pytest.importorskip("mcp", reason="optional: pip install 'gradio[mcp]'")
    for name in ("uploads", "tmp", "python"):
        (tmp_path / name).mkdir()
    (tmp_path / "python" / "sitecustomize.py").write_text(LOUD)
    environment = os.environ | {
        "GRADIO_MCP_SERVER": "True",
        "GRADIO_TEMP_DIR": str(tmp_path / "uploads"),
        "TMPDIR": str(tmp_path / "tmp"),
        "PYTHONPATH": str(tmp_path / "python"),
    }
    log = tmp_path / "log"
    command = [sys.executable, "app.py"]
    with (
        running_page(command, log, environment, cwd=ROOT) as url,
        httpx.Client(base_url=url, timeout=120) as visitor,
    ):
        for path in post_to_all(visitor):
            print(path)
        post_to_tools(visitor)
        post_garbage(url)
        status = "/gradio_api/queue/status"
        wait_until(lambda: not visitor.get(status).json()["queue_size"])
    assert "_handle_post_message" in (text := log.read_text())
    assert (
        "ValidationError\n" in text
    )  # what the tools refuse is logged, without its words
    for file in filter(Path.is_file, tmp_path.rglob("*")):
        for line in file.read_bytes().splitlines():
            assert MARKER.lower().encode() not in line.lower()
        assert MARKER not in str(file)
