"""Ask the running app, in every way there is, to read a file of 600 MB from another server.

`python -m benchmarks.robustness.remote` prints the app's answers, the requests that reached that
server, and the app's memory; it exits with 1 if anything was requested. The server is on this
machine, so the app is started without Gradio's refusal of private addresses: the table shows what
a public address would meet. Linux.
"""

import re
import sys
import tempfile
import threading
from collections.abc import Iterator
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import httpx

from benchmarks.common import machine, print_table
from benchmarks.visitors import resident_mb, running_app

REMOTE_MB = 600
WAYS = ["run/predict_file", "api/predict_file", "call/predict_file", "call/v2/predict_file"]
WAYS += ["queue/join", "file=", "proxy="]
HEADERS = ["way", "answer", "requests that arrived", "memory before, peak, MB"]
# A sitecustomize.py that makes Gradio take any host for a public one.
ANY_HOST = """
import safehttpx

async def any_host(name):
    return "127.0.0.1"

safehttpx.async_validate_url = any_host
"""


class Elsewhere(SimpleHTTPRequestHandler):
    """Another server: sends the files of its folder and counts the requests."""

    requests = 0

    def log_request(self, *_: object) -> None:
        """Count, and print nothing."""
        Elsewhere.requests += 1


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


def table(folder: Path) -> Iterator[list[str]]:
    """Yield a row for each way; `folder` is what the other server sends files from."""
    with open(folder / "people.csv", "wb") as file:
        file.truncate(REMOTE_MB * 10**6)
    (folder / "sitecustomize.py").write_text(ANY_HOST)
    server = ThreadingHTTPServer(
        ("127.0.0.1", 0), lambda *request: Elsewhere(*request, directory=folder)
    )
    threading.Thread(target=server.serve_forever, daemon=True).start()
    address = f"http://127.0.0.1:{server.server_port}/people.csv"
    with running_app(PYTHONPATH=str(folder)) as (app, process):
        http = httpx.Client(base_url=f"{app}/gradio_api/", timeout=600)
        for way in WAYS:
            earlier, before = Elsewhere.requests, resident_mb(process)
            answer = re.sub(r"\s+", " ", ask_for(http, way, address)).replace(address, "...")
            answer = answer.replace("|", "\\|")
            shown = answer if len(answer) < 120 else f"{answer[:60]}…{answer[-59:]}"
            status = Path(f"/proc/{process.pid}/status").read_text()
            peak = int(re.search(r"VmHWM:\s+(\d+) kB", status)[1]) * 1024 / 1e6
            memory = f"{before:.0f}, {peak:.0f}"
            yield [way, shown, str(Elsewhere.requests - earlier), memory]
    server.shutdown()


def main() -> int:
    """Print the table; return 1 if anything was requested."""
    print(f"{machine()}\n", flush=True)
    with tempfile.TemporaryDirectory() as name:
        print_table(HEADERS, table(Path(name)))
    return 1 if Elsewhere.requests else 0


if __name__ == "__main__":
    sys.exit(main())
