"""Load the real app on loopback: 64 clients, a full queue, slow visitors, large uploads.

`python -m benchmarks.load` takes seven minutes (`--minutes 1`: three) and exits with 1 if a target
is missed: no failed answer and nobody else's, a clear "busy" when the queue is full, and no delay
by a client that is slow, gone or greedy.
"""

import argparse
import asyncio
import json
import random
import sys
import time
from collections.abc import AsyncIterator
from contextlib import suppress
from statistics import median, quantiles

import httpx
import psutil

from benchmarks.common import machine, print_table, running_app

CLIENTS, EVERY = 64, 2.0  # seconds between the requests of a client
WARM = 30  # seconds, in which as many visitors come as the app keeps the sessions of
SLOWEST = 1.0  # seconds that 95% of the requests may take
GROWTH = 1.10  # of the memory, from the middle to the end
BURST = 300  # more than the queue of 200 holds
NAMES = ["Nakamura", "Papadopoulos", "Kowalczyk", "O'Sullivan", "Fernandez", "Иванов", "Müller"]
LARGE_FILE = {"files": ("people.csv", b"name\n" + b"Rossi\n" * 833_000)}  # 5 MB
KINDS = ["name"] * 6 + ["list"] * 2 + ["errors"] * 2  # of ten requests
Row = tuple[str, str, str, bool]  # what was measured, the figure, its target, whether it is met


class Visitor:
    """Calls public endpoints as a program does; keeps how long it waited and what failed."""

    def __init__(self, address: str):
        limits = httpx.Limits(max_connections=None)
        self.http = httpx.AsyncClient(base_url=f"{address}/gradio_api", timeout=120, limits=limits)
        self.waits: list[float] = []
        self.failures: list[str] = []

    async def call(self, endpoint: str, *inputs: object) -> list:
        """Return the endpoint's rows, or raise RuntimeError with the server's message."""
        posted = await self.http.post(f"/call/{endpoint}", json={"data": inputs})
        if posted.status_code != 200:
            raise RuntimeError(posted.text)
        stream = await self.http.get(f"/call/{endpoint}/{posted.json()['event_id']}")
        event, _, content = stream.text.strip().rpartition("event: ")[2].partition("\n")
        if event != "complete":
            raise RuntimeError(f"{event}: {content}")
        rows = json.loads(content.removeprefix("data: "))[0]
        return rows if isinstance(rows, list) else [rows]

    async def ask(self, kind: str, times: int = 100) -> None:
        """Send one request, and check that the answer belongs to it."""
        name = f"{random.choice(NAMES)}{random.choice('abcdefgh')}{random.choice('iklmnop')}"
        endpoint, inputs, key, right = {
            "name": ("predict", [name, 3], "text", [name]),
            "list": ("predict_list", ["\n".join([name] * times)], "text", [name] * times),
            "errors": ("errors", ["Scottish", "English"], "predicted", ["English"]),
        }[kind]
        start = time.perf_counter()
        try:
            values = [row[key] for row in await self.call(endpoint, *inputs)]
            if values[: len(right)] != right:
                raise ValueError("the answer belongs to another request")
        except (httpx.HTTPError, LookupError, RuntimeError, TypeError, ValueError) as error:
            self.failures.append(f"{kind}: {type(error).__name__} {error}")
        self.waits.append(time.perf_counter() - start)

    async def work(self, kinds: list[str], every: float, seconds: float) -> None:
        """Ask something of these kinds every so many seconds."""
        async for _ in ticks(every, seconds):
            await self.ask(random.choice(kinds))


async def ticks(every: float, seconds: float) -> AsyncIterator[None]:
    """Yield every so many seconds; the first time at random, so that visitors are out of step."""
    start = time.perf_counter()
    tick = start + random.random() * every
    while tick < start + seconds:
        await asyncio.sleep(max(0, tick - time.perf_counter()))
        yield
        tick += every


async def vanish(address: str, seconds: float) -> None:
    """Open connections that send half a request, or ask for much and leave before the answer."""
    url, slow = httpx.URL(address), []
    async for _ in ticks(0.3, seconds):
        _, writer = await asyncio.open_connection(url.host, url.port)
        writer.write(b"POST /gradio_api/run/predict HTTP/1.1\r\nHost: a\r\nContent-Length: 999\r\n")
        slow.append(writer)
        async with (visitor := Visitor(address)).http:
            with suppress(TimeoutError):
                await asyncio.wait_for(visitor.ask("list", 1400), 0.05)
    for writer in slow:
        writer.close()


async def upload(address: str, seconds: float) -> None:
    """Upload 5 MB over and over; each has to be refused."""
    async with Visitor(address).http as http:
        async for _ in ticks(0.1, seconds):
            reply = await http.post("/upload", files=LARGE_FILE)
            assert reply.status_code == 413, reply.text


def wait_row(what: str, crowd: list[Visitor]) -> Row:
    """Return the row of a crowd's waits and failures."""
    waits = [wait for visitor in crowd for wait in visitor.waits]
    failures = [failure for visitor in crowd for failure in visitor.failures]
    p95 = quantiles(waits, n=20)[-1]
    figure = f"{median(waits):.2f} s, {p95:.2f} s, {len(failures)} {failures[:1] or ''}".strip()
    what = f"{what}, {len(waits):,} requests: median, 95th percentile, failures"
    return what, figure, f"{SLOWEST:g} s at most, 0", p95 <= SLOWEST and not failures


async def measure(address: str, app: psutil.Process, seconds: float) -> list[Row]:
    """Return the rows of the table."""
    sizes = []
    for part in (WARM, seconds / 2, seconds / 2):
        crowd = [Visitor(address) for _ in range(CLIENTS)]
        await asyncio.gather(*(visitor.work(KINDS, EVERY, part) for visitor in crowd))
        sizes.append(app.memory_info().rss / 1e6)
    rows = [wait_row(f"{CLIENTS} clients", crowd)]
    figure, met = ", ".join(f"{size:,.0f}" for size in sizes), sizes[2] < GROWTH * sizes[1]
    rows.append(("MB before, halfway, after", figure, f"after ≤ {GROWTH} × halfway", met))
    visitor = Visitor(address)
    await asyncio.gather(*(visitor.ask("list", 2100) for _ in range(BURST)))
    told = visitor.failures
    met = 0 < len(told) == sum("queue" in text.casefold() for text in told)
    figure = f"{BURST - len(told)} answered, {len(told)} refused: {told[:1]}"
    what, target = f"{BURST} lists of 2,100 names at once", "refused: the queue is full"
    rows.append((what, figure, target, met))
    for name, disturb in (("slow and vanishing clients", vanish), ("5 MB uploads", upload)):
        visitor, brief = Visitor(address), min(20, seconds / 3)
        await asyncio.gather(visitor.work(["name"], 0.25, brief), disturb(address, brief))
        rows.append(wait_row(f"a visitor beside {name}", [visitor]))
    return rows


def main() -> int:
    """Print the table; return 1 if a target is missed."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--minutes", type=float, default=5)
    options = parser.parse_args()
    print(f"{machine()}; {options.minutes:g} minutes\n", flush=True)
    with running_app() as (address, app):
        found = asyncio.run(measure(address, psutil.Process(app.pid), 60 * options.minutes))
    table = ([*cells, "yes" if met else "no"] for *cells, met in found)
    print_table(["", "measured", "target", "met"], table)
    return 0 if all(met for *_, met in found) else 1


if __name__ == "__main__":
    sys.exit(main())
