"""A running app and its visitors, for the benchmarks that ask it over HTTP. Measures nothing."""

import os
import random
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from tempfile import TemporaryDirectory

import httpx
import psutil

from benchmarks.common import ROOT

WAIT_SECONDS = 120
NAMES = ["Nakamura", "Papadopoulos", "Kowalczyk", "O'Sullivan", "Fernandez", "Иванов", "Müller"]


@contextmanager
def running_app(
    *arguments: str, environment: dict[str, str] | None = None
) -> Iterator[tuple[str, int]]:
    """Start app.py, wait for its first answer, yield its address and process id; end it.

    `environment` is added to that of this process.
    """
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        host, port = free.getsockname()
    with TemporaryDirectory() as uploads:
        server = {"GRADIO_SERVER_NAME": host, "GRADIO_SERVER_PORT": str(port)}
        app = subprocess.Popen(
            [sys.executable, "app.py", *arguments],
            cwd=ROOT,
            env=os.environ | (environment or {}) | server | {"GRADIO_TEMP_DIR": uploads},
            stdout=subprocess.DEVNULL,
        )
        try:
            _wait(app, f"http://{host}:{port}")
            yield f"http://{host}:{port}", app.pid
        finally:
            app.kill()
            app.wait()


def _wait(app: subprocess.Popen, address: str) -> None:
    end = time.perf_counter() + WAIT_SECONDS
    while app.poll() is None and time.perf_counter() < end:
        with suppress(httpx.ConnectError):
            if httpx.get(address, timeout=WAIT_SECONDS).is_success:
                return
        time.sleep(0.01)
    sys.exit(f"app.py gave no answer within {WAIT_SECONDS} s; its exit code: {app.poll()}.")


def resident_mb(pid: int) -> float:
    """Return the resident memory of a process in MB."""
    return psutil.Process(pid).memory_info().rss / 1e6


class Visitor:
    """One visitor's session, which calls the page's private events by number as the page does."""

    def __init__(self, client: httpx.AsyncClient, events: dict[str, int]):
        self.client, self.events = client, events
        self.session = f"{random.getrandbits(50):x}"
        self.waits: list[float] = []  # seconds
        self.errors = 0

    async def type(self, text: str) -> None:
        """Ask for the bars of `text`, as the page does at every key."""
        start = time.perf_counter()
        try:
            reply = await self.client.post(
                "/gradio_api/run/predict", json=self._body("show", text, 3)
            )
            self.errors += 'class="bars"' not in reply.json()["data"][0]
        except (httpx.HTTPError, LookupError, TypeError, ValueError):
            self.errors += 1
        self.waits.append(time.perf_counter() - start)

    async def queue(self, event: str, *inputs: object) -> None:
        """Go through the queue: join it, then read the stream of messages to its end."""
        try:
            body = self._body(event, *inputs)
            (await self.client.post("/gradio_api/queue/join", json=body)).raise_for_status()
            query = {"session_hash": self.session}
            stream = await self.client.get("/gradio_api/queue/data", params=query)
            self.errors += '"success":true' not in stream.text
        except httpx.HTTPError:
            self.errors += 1

    def _body(self, event: str, *inputs: object) -> dict:
        return {"data": inputs, "fn_index": self.events[event], "session_hash": self.session}


async def visitors(client: httpx.AsyncClient, n: int) -> list[Visitor]:
    """Return `n` visitors, with the number of each event by the name of its function."""
    config = (await client.get("/config")).json()
    events = {event["api_name"]: event["id"] for event in config["dependencies"]}
    return [Visitor(client, events) for _ in range(n)]
