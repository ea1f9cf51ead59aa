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
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager, suppress
from tempfile import TemporaryDirectory

import httpx
import psutil

from benchmarks.common import ROOT

WAIT_SECONDS = 120
KEYS_PER_SECOND = 4
NAMES = ["Nakamura", "Papadopoulos", "Kowalczyk", "O'Sullivan", "Fernandez", "Иванов", "Müller"]
FAILURES = (httpx.HTTPError, LookupError, RuntimeError, TypeError, ValueError)


@contextmanager
def running_app(*arguments: str, **environment: str) -> Iterator[tuple[str, subprocess.Popen]]:
    """Start app.py, yield its address and process after its first answer, and kill it."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        host, port = free.getsockname()
    address = f"http://{host}:{port}"
    with TemporaryDirectory() as uploads:
        server = {"GRADIO_SERVER_NAME": host, "GRADIO_SERVER_PORT": str(port)}
        app = subprocess.Popen(
            [sys.executable, "app.py", *arguments],
            cwd=ROOT,
            env=os.environ | environment | server | {"GRADIO_TEMP_DIR": uploads},
            stdout=subprocess.DEVNULL,
        )
        try:
            end = time.monotonic() + WAIT_SECONDS
            while not _answers(address):
                if app.poll() is not None or time.monotonic() > end:
                    sys.exit(f"app.py gave no answer; its exit code: {app.poll()}.")
                time.sleep(0.01)
            yield address, app
        finally:
            app.kill()
            app.wait()


def _answers(address: str) -> bool:
    with suppress(httpx.ConnectError):
        return httpx.get(address, timeout=WAIT_SECONDS).is_success
    return False


def resident_mb(process: subprocess.Popen) -> float:
    """Return the resident memory of a process in MB."""
    return psutil.Process(process.pid).memory_info().rss / 1e6


class Visitor:
    """A visitor's session, which uses the page as a browser does and the API as a program does.

    Actions within `timed` add their seconds to `waits` and their errors to `failures`.
    """

    def __init__(self, address: str, events: dict[str, int] | None = None):
        limits = httpx.Limits(max_connections=None)
        self.http = httpx.AsyncClient(base_url=f"{address}/gradio_api", timeout=120, limits=limits)
        self.events = events or {}  # the number of each of the page's events, by its name
        self.session = f"{random.getrandbits(50):x}"
        self.waits: dict[str, list[float]] = defaultdict(list)
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

    async def type(self, text: str) -> None:
        """Ask for the bars of `text`, as the page does at every key."""
        with self.timed("type"):
            reply = await self.http.post("/run/predict", json=self._body("show", text, 3))
            if 'class="bars"' not in reply.json()["data"][0]:
                raise ValueError(reply.text)

    async def type_names(self, seconds: float) -> None:
        """Type one name after another, key by key."""
        name = typed = ""
        async for _ in ticks(1 / KEYS_PER_SECOND, seconds):
            name, typed = (random.choice(NAMES), "") if typed == name else (name, typed)
            typed = name[: len(typed) + 1]
            await self.type(typed)
            if typed == name:  # the page asks for the letters when typing pauses
                await self.queue("show_letters", name)

    async def queue(self, event: str, *inputs: object) -> None:
        """Send one of the page's events through the queue and read its messages to the end."""
        with self.timed(event):
            joined = await self.http.post("/queue/join", json=self._body(event, *inputs))
            joined.raise_for_status()
            stream = await self.http.get("/queue/data", params={"session_hash": self.session})
            if '"success":true' not in stream.text:
                raise RuntimeError(stream.text)

    async def call(self, endpoint: str, *inputs: object) -> object:
        """Return a public endpoint's answer, or raise RuntimeError with the server's message."""
        posted = await self.http.post(f"/call/{endpoint}", json={"data": inputs})
        if posted.status_code != 200:
            raise RuntimeError(posted.text)
        stream = await self.http.get(f"/call/{endpoint}/{posted.json()['event_id']}")
        event, _, content = stream.text.strip().rpartition("event: ")[2].partition("\n")
        if event != "complete":
            raise RuntimeError(f"{event}: {content}")
        return json.loads(content.removeprefix("data: "))[0]

    def _body(self, event: str, *inputs: object) -> dict:
        return {"data": inputs, "fn_index": self.events[event], "session_hash": self.session}


@asynccontextmanager
async def visitors(address: str, n: int) -> AsyncIterator[list[Visitor]]:
    """Yield `n` visitors, each with connections of its own."""
    async with AsyncExitStack() as stack:
        http = await stack.enter_async_context(httpx.AsyncClient(timeout=WAIT_SECONDS))
        config = (await http.get(f"{address}/config")).json()
        events = {event["api_name"]: event["id"] for event in config["dependencies"]}
        crowd = [Visitor(address, events) for _ in range(n)]
        for visitor in crowd:
            await stack.enter_async_context(visitor.http)
        yield crowd


async def ticks(every: float, seconds: float) -> AsyncIterator[None]:
    """Yield every so many seconds; the first time at random, so that visitors are out of step."""
    start = time.perf_counter()
    tick = start + random.random() * every
    while tick < start + seconds:
        await asyncio.sleep(max(0, tick - time.perf_counter()))
        yield
        tick += every
