"""Visitors of the running app over HTTP: they call the page's private events as the page does.

Counts waits and errors; prints nothing.
"""

import asyncio
import random
import time

import httpx
from benchmarks.robustness.serving import resident_mb

NAMES = ["Nakamura", "Papadopoulos", "Kowalczyk", "O'Sullivan", "Fernandez", "Иванов", "Müller"]
KEYS_PER_SECOND = 4
AT_ONCE = 4  # visitors who repeat one action
WARM_UP = 60  # actions before memory is first read


class Visitor:
    """One visitor's session, who calls the page's private events by their number."""

    def __init__(self, client: httpx.AsyncClient, events: dict[str, int]):
        self.client, self.events = client, events
        self.session = f"{random.getrandbits(50):x}"
        self.waits: list[float] = []
        self.errors = 0

    async def ask(self, text: str) -> None:
        """Ask for the bars of `text`, as the page does at every key."""
        start = time.perf_counter()
        body = {"data": [text, 3], "fn_index": self.events["show"], "session_hash": self.session}
        try:
            reply = await self.client.post("/gradio_api/run/predict", json=body)
            self.errors += reply.status_code != 200 or 'class="bars"' not in reply.json()["data"][0]
        except (httpx.HTTPError, KeyError, ValueError):
            self.errors += 1
        self.waits.append(1000 * (time.perf_counter() - start))

    async def explain(self, text: str) -> None:
        """Ask for the letters of `text`, as the page does when typing pauses, and await them."""
        await self.queued("show_letters", [text])

    async def open_test_split(self) -> None:
        """Open the tab with the matrix and its figures."""
        await self.queued("draw", ["counts"])

    async def queued(self, event: str, data: list) -> None:
        """Go through the queue: join it, then read the stream of messages to its end."""
        body = {"data": data, "fn_index": self.events[event], "session_hash": self.session}
        try:
            (await self.client.post("/gradio_api/queue/join", json=body)).raise_for_status()
            query = {"session_hash": self.session}
            stream = await self.client.get("/gradio_api/queue/data", params=query)
            self.errors += '"success":true' not in stream.text
        except httpx.HTTPError:
            self.errors += 1


async def type_names(visitor: Visitor, until: float) -> None:
    """Type names at 4 keys a second, with a pause and a look at the letters after each."""
    await asyncio.sleep(random.random() / KEYS_PER_SECOND)  # nobody types in step
    tick = time.perf_counter()
    while tick < until:
        name = random.choice(NAMES)
        for end in range(1, len(name) + 1):
            await asyncio.sleep(max(0, tick - time.perf_counter()))
            tick += 1 / KEYS_PER_SECOND
            await visitor.ask(name[:end])
        await visitor.explain(name)
        tick = max(tick, time.perf_counter())


async def visit(address: str, visitors: int, seconds: float) -> list[Visitor]:
    """Let `visitors` type at once for `seconds`; return them with what they met."""
    async with connect(address) as client:
        events = await private_events(client)
        crowd = [Visitor(client, events) for _ in range(visitors)]
        until = time.perf_counter() + seconds
        await asyncio.gather(*(type_names(visitor, until) for visitor in crowd))
    return crowd


async def repeat(address: str, pid: int, action: str, times: int) -> tuple[list[float], int]:
    """Do `action` `times` times, 4 at once; return the app's MB before, halfway and after."""
    async with connect(address) as client:
        crowd = [Visitor(client, await private_events(client)) for _ in range(AT_ONCE)]
        await several(crowd, action, WARM_UP)
        sizes = [resident_mb(pid)]
        for _ in range(2):
            await several(crowd, action, times // 2)
            sizes.append(resident_mb(pid))
    return sizes, sum(visitor.errors for visitor in crowd)


async def several(crowd: list[Visitor], action: str, times: int) -> None:
    """Share `times` of `action` out among `crowd`."""

    async def one(visitor: Visitor) -> None:
        for n in range(times // len(crowd)):
            if action == "predictions":
                await visitor.ask(f"{random.choice(NAMES)}{n:x}")
            else:
                await visitor.open_test_split()

    await asyncio.gather(*map(one, crowd))


def connect(address: str) -> httpx.AsyncClient:
    """Return a client that waits long enough to count slow answers as slow, not as errors."""
    return httpx.AsyncClient(base_url=address, timeout=30, limits=httpx.Limits(max_connections=64))


async def private_events(client: httpx.AsyncClient) -> dict[str, int]:
    """Return the number of each event by the name of its function."""
    config = (await client.get("/config")).json()
    return {d["api_name"]: d["id"] for d in config["dependencies"]}
