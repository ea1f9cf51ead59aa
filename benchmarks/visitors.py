"""A running app and its visitors, for the benchmarks that send it requests. Measures nothing."""

import asyncio
import json
import os
import random
import socket
import subprocess
import sys
import time
from collections import defaultdict
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager, suppress
from tempfile import TemporaryDirectory

import httpx

from benchmarks.common import ROOT

WAIT_SECONDS = 120
NAMES = ["Nakamura", "Papadopoulos", "Kowalczyk", "O'Sullivan", "Fernandez", "Иванов", "Müller"]
FAILURES = (httpx.HTTPError, LookupError, RuntimeError, TypeError, ValueError)


@contextmanager
def running_app(**environment: str) -> Iterator[tuple[str, subprocess.Popen]]:
    """Start app.py, yield its address and process after its first answer, and kill it.

    `environment` are variables that are set beside those of this process.
    """
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        host, port = free.getsockname()
    address = f"http://{host}:{port}"
    with TemporaryDirectory() as uploads:
        server = {"GRADIO_SERVER_NAME": host, "GRADIO_SERVER_PORT": str(port)}
        app = subprocess.Popen(
            [sys.executable, "app.py"],
            cwd=ROOT,
            env=os.environ | environment | server | {"GRADIO_TEMP_DIR": uploads},
            stdout=subprocess.DEVNULL,
        )
        try:
            end = time.monotonic() + WAIT_SECONDS
            answered = False
            while not answered:
                if app.poll() is not None or time.monotonic() > end:
                    sys.exit(f"app.py gave no answer; its exit code: {app.poll()}.")
                with suppress(httpx.ConnectError):
                    answered = httpx.get(address, timeout=WAIT_SECONDS).is_success
                time.sleep(0.01)
            yield address, app
        finally:
            app.kill()
            app.wait()


class Visitor:
    """Calls public endpoints as a program does, with connections of its own.

    Actions within `timed` add their seconds to `waits` and their errors to `failures`.
    """

    def __init__(self, address: str):
        limits = httpx.Limits(max_connections=None)
        self.http = httpx.AsyncClient(base_url=f"{address}/gradio_api", timeout=120, limits=limits)
        self.waits: dict[str, list[float]] = defaultdict(list)  # by action
        self.failures: list[str] = []

    @contextmanager
    def timed(self, action: str) -> Iterator[None]:
        """Record how long the block takes, and its error in place of raising it."""
        start = time.perf_counter()
        try:
            yield
        except FAILURES as error:
            self.failures.append(f"{action}: {type(error).__name__} {error}")
        self.waits[action].append(time.perf_counter() - start)

    async def call(self, endpoint: str, *inputs: object) -> object:
        """Return the endpoint's answer, or raise RuntimeError with the server's message."""
        posted = await self.http.post(f"/call/{endpoint}", json={"data": inputs})
        if posted.status_code != 200:
            raise RuntimeError(posted.text)
        stream = await self.http.get(f"/call/{endpoint}/{posted.json()['event_id']}")
        event, _, content = stream.text.strip().rpartition("event: ")[2].partition("\n")
        if event != "complete":
            raise RuntimeError(f"{event}: {content}")
        return json.loads(content.removeprefix("data: "))[0]


async def ticks(every: float, seconds: float) -> AsyncIterator[None]:
    """Yield every so many seconds; the first time at random, so that visitors are out of step."""
    start = time.perf_counter()
    tick = start + random.random() * every
    while tick < start + seconds:
        await asyncio.sleep(max(0, tick - time.perf_counter()))
        yield
        tick += every
