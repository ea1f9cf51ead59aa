"""Nothing that is typed is in the log, whatever route it is sent to and in whatever shape.

The real app runs with its tools (MCP) on, and what it writes is searched for the name that was sent
to every route that it has.
"""

import itertools
import json
import logging
import re
import socket
from argparse import Namespace

import pytest
from conftest import MARKER, SHIPPED, assert_nothing_kept, wait_until

from model.tabs.log import Place

SHAPES = [
    MARKER,
    [MARKER],
    {MARKER: [MARKER]},
    [None, {MARKER: MARKER}],
    [MARKER, 3, MARKER, MARKER],
    {"path": MARKER, "url": MARKER, "meta": {"_type": "gradio.FileData"}},
]
# What the routes of Gradio read out of a body, each as it should be.
USUAL = {"data": [MARKER, 3], "session_hash": "s", "fn_index": 0}
FIELDS = """data session_hash fn_index event_id event_data trigger_id fn_name component_id text k
file simple_format batched username password prompt code desc""".split()
TYPES = ["application/json", "multipart/form-data; boundary=b", MARKER]
RAW = [
    f'{{"data": ["{MARKER}"',
    f'{{"data": ["{MARKER}"]}}'.encode("utf-16"),
    f"{MARKER}={MARKER}&data={MARKER}",
    f'--b\r\nContent-Disposition: form-data; name="files"; filename="{MARKER}"\r\n\r\n'
    f"{MARKER}\r\n--b--\r\n",
    f"--b\r\nContent-Disposition: {MARKER}\r\n\r\n{MARKER}\r\n--b--\r\n",
    f"--{MARKER}\r\n{MARKER}: {MARKER}\r\n",
]
METHODS = [*"GET HEAD POST PUT PATCH DELETE OPTIONS".split(), MARKER.upper()]
HEADERS = """accept cookie user-agent referer origin authorization range x-forwarded-host
x-forwarded-proto x-gradio-user x-ip-token mcp-session-id mcp-protocol-version last-event-id
if-none-match""".split()
QUERIES = f"""session_hash fn_index upload_id deep_link tools session_id __theme view serialize
all_endpoints backend url {MARKER}""".split()
TOOLS = f"predict explain predict_list predict_file errors {MARKER}".split()
TOLD = f"""tools/call resources/read resources/subscribe prompts/get completion/complete
logging/setLevel initialize notifications/cancelled sampling/createMessage {MARKER}""".split()
KEYS = "name uri arguments cursor _meta level ref".split()
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
    """Yield each content of a request with its type."""
    fields = [{field: value} for field in FIELDS for value in (MARKER, [{MARKER: 1}])]
    values = [*SHAPES, USUAL, *({"data": shape} for shape in SHAPES)]
    for value in [*values, *(USUAL | field for field in fields)]:
        yield json.dumps(value), TYPES[0]
    yield from itertools.product(RAW, TYPES)


def messages():
    """Yield each JSON-RPC message; some lack what one needs."""
    arguments = [*SHAPES, 7, None, *({key: [MARKER]} for key in ("text", "file"))]
    for name, given in itertools.product(TOOLS, arguments):
        params = {"name": name, "arguments": given}
        yield PING | {"method": "tools/call", "params": params}
    for method, key in itertools.product(TOLD, KEYS):
        yield PING | {"method": method, "params": {key: {MARKER: MARKER}}}
    for key, shape in itertools.product([*PING, "params", "result", "error"], SHAPES):
        yield PING | {key: shape}
    yield from SHAPES


def send(visitor, method, path, **request):
    """Send a request and read its answer, of an endless stream the beginning."""
    with visitor.stream(method, path, **request) as reply:
        if "event-stream" not in reply.headers.get("content-type", ""):
            reply.read()


def post_to_all(visitor):
    """Send the name to every route, by every method and in every shape."""
    everywhere = {
        "params": dict.fromkeys(QUERIES, MARKER),
        "headers": dict.fromkeys(HEADERS, MARKER),
    }
    for route, methods in all_routes():
        for path in paths_of(route):
            for method in METHODS:
                send(visitor, method, path, content=MARKER, **everywhere)
            for name in QUERIES:
                send(visitor, methods[0], path, params={name: MARKER})
            if "POST" in methods:
                for content, kind in bodies():
                    headers = {"content-type": kind}
                    send(visitor, "POST", path, content=content, headers=headers)


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


GARBAGE = f"""{MARKER}
GET {MARKER} HTTP/1.1
GET / HTTP/{MARKER}
GET / HTTP/1.1|Host: a|{MARKER}
GET / HTTP/1.1|Host: {MARKER}|Content-Length: {MARKER}
POST / HTTP/1.1|Host: a|Transfer-Encoding: chunked||{MARKER}
POST /gradio_api/run/predict HTTP/1.1|Content-Length: 99||{MARKER}
GET /{MARKER} HTTP/1.1|Host: a|Connection: Upgrade|Upgrade: websocket|Sec-WebSocket-Version: 13"""


def post_garbage(url):
    """Send what is not HTTP, or is half of it, and something else than HTTP."""
    host, port = url.removeprefix("http://").split(":")
    for line in GARBAGE.splitlines():
        with socket.create_connection((host, int(port)), timeout=60) as connection:
            connection.sendall(f"{line}||".replace("|", "\r\n").encode())
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
    try:
        raise KeyError(MARKER) from ValueError(MARKER)
    except KeyError:
        logger.exception(MARKER)
    assert MARKER not in caplog.text
    assert caplog.text.count(f'File "{__file__}"') == 4
    assert caplog.text.rstrip().endswith("KeyError")


@pytest.mark.nightly
def test_nothing_typed_is_in_the_log_or_left_on_the_disk(http, app_url, app_folder):
    pytest.importorskip("mcp", reason="optional: pip install 'gradio[mcp]'")
    post_to_all(http)
    post_to_tools(http)
    post_garbage(app_url)
    status = "/gradio_api/queue/status"
    wait_until(lambda: not http.get(status).json()["queue_size"])
    log = (app_folder / "log").read_text()
    assert "_handle_post_message" in log
    # What the tools refuse is logged, without its words.
    assert "ValidationError\n" in log
    for upload in app_folder.rglob(MARKER):  # which is kept for a while
        upload.unlink()
    assert_nothing_kept(app_folder)
