"""Ask the running app, in every way there is, to read a file of 600 MB from another server.

`python -m benchmarks.robustness.remote` prints what that server sent and what memory the app took,
and exits with 1 where anything was fetched. The server is on this machine, so Gradio's refusal of
private addresses is taken out of the app: the table shows what a public address would meet. Linux.
"""

import re
import sys
import tempfile
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import httpx
import psutil

from benchmarks.common import machine, print_table
from benchmarks.visitors import running_app

REMOTE_MB = 600
WAYS = ["run/predict_file", "api/predict_file", "call/predict_file", "call/v2/predict_file"]
WAYS += ["queue/join", "file=", "proxy="]
# Has Gradio take any host for a public one.
ANY_HOST = """
import safehttpx

async def any_host(name):
    return "127.0.0.1"

safehttpx.async_validate_url = any_host
"""


class Elsewhere(BaseHTTPRequestHandler):
    """Another server: sends REMOTE_MB of zeros to whoever asks, and counts."""

    requests, megabytes = 0, 0

    def do_GET(self) -> None:
        """Send the file."""
        Elsewhere.requests += 1
        self.send_response(200)
        self.send_header("Content-Length", str(REMOTE_MB * 10**6))
        self.end_headers()
        for _ in range(REMOTE_MB):
            self.wfile.write(bytes(10**6))
            Elsewhere.megabytes += 1

    def log_message(self, *_: object) -> None:
        """Print nothing."""


def ask_for(http: httpx.Client, way: str, address: str) -> str:
    """Have the app read the file at `address` in this way; return the end of its answer."""
    file = {"path": address, "meta": {"_type": "gradio.FileData"}}
    body: dict = {"data": [file, "", True], "session_hash": way, "fn_index": None}
    if way.endswith(("file=", "proxy=")):
        with http.stream("GET", way + address) as reply:
            return f"{reply.status_code} {next(reply.iter_bytes(100), b'')[:100]!r}"
    if way.startswith("queue"):
        functions = http.get("../config").json()["dependencies"]
        body["fn_index"] = next(f["id"] for f in functions if f["api_name"] == "predict_file")
        http.post(way, json=body)
        stream = http.get("queue/data", params={"session_hash": way}).text
        return stream.strip().split("\n\n")[-2]
    if way.startswith("call"):
        body = {"file": file} if "v2" in way else {"data": [file, "", True]}
        event = http.post(way, json=body).json()["event_id"]
        return http.get(f"call/predict_file/{event}").text.strip()
    return http.post(way, json=body).text


def measure() -> Iterator[tuple[int, list[str]]]:
    """Yield for each way how many requests reached the other server, and a row of the table."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), Elsewhere)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    address = f"http://127.0.0.1:{server.server_port}/people.csv"
    with tempfile.TemporaryDirectory() as folder:
        Path(folder, "sitecustomize.py").write_text(ANY_HOST)
        with running_app(PYTHONPATH=folder) as (app, process):
            memory = psutil.Process(process.pid).memory_info
            http = httpx.Client(base_url=f"{app}/gradio_api/", timeout=600)
            for way in WAYS:
                earlier, fetched = Elsewhere.requests, Elsewhere.megabytes
                before = memory().rss / 1e6
                answer = re.sub(r"\s+", " ", ask_for(http, way, address)).replace(address, "...")
                answer = answer.replace("|", "\\|")
                shown = answer if len(answer) < 120 else f"{answer[:60]}…{answer[-59:]}"
                requests, fetched = Elsewhere.requests - earlier, Elsewhere.megabytes - fetched
                after = f"{before:.0f}, {memory().rss / 1e6:.0f}"
                yield requests, [way, shown, f"{requests}", f"{fetched}", after]
    server.shutdown()


def main() -> int:
    """Print the table; return 1 if anything was fetched."""
    print(f"{machine()}\n", flush=True)
    found = list(measure())
    headers = ["way", "answer", "requests that arrived", "MB fetched", "memory before, after, MB"]
    print_table(headers, (row for _, row in found))
    return 1 if any(requests for requests, _ in found) else 0


if __name__ == "__main__":
    sys.exit(main())
