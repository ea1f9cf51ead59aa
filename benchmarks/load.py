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
SIZES = (1, 1, 1, 1, 100)  # names of a request: of five, one is a list
NAMES = ["Nakamura", "Papadopoulos", "Kowalczyk", "O'Sullivan", "Fernandez", "Иванов", "Müller"]
LARGE_FILE = {"files": ("people.csv", b"name\n" + b"Rossi\n" * 833_000)}  # 5 MB
HALF = b"POST /gradio_api/run/predict HTTP/1.1\r\nHost: a\r\nContent-Length: 999\r\n"
Row = tuple[str, str, str, bool]  # what was measured, the figure, its target, whether it is met


class Crowd:
    """Calls public endpoints as programs do; keeps how long each call took and what failed."""

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

    async def ask(self, size: int) -> None:
        """Ask about a name, or about a list of it, and check that the answer belongs to it."""
        name = f"{random.choice(NAMES)}{random.choice('abcdefgh')}{random.choice('iklmnop')}"
        question = ("predict", name, 3) if size == 1 else ("predict_list", "\n".join([name] * size))
        start = time.perf_counter()
        try:
            if [row["text"] for row in await self.call(*question)] != [name] * size:
                raise ValueError("the answer belongs to another request")
        except (httpx.HTTPError, LookupError, RuntimeError, TypeError, ValueError) as error:
            self.failures.append(f"{size} names: {type(error).__name__} {error}")
        self.waits.append(time.perf_counter() - start)

    async def visit(self, every: float, seconds: float, sizes: tuple[int, ...] = SIZES) -> None:
        """Ask something every so many seconds, as one client."""
        async for _ in ticks(every, seconds):
            await self.ask(random.choice(sizes))

    def row(self, who: str) -> Row:
        """Return the row of the waits and failures."""
        p95 = quantiles(self.waits, n=20)[-1]
        failed = f"{len(self.failures)} {self.failures[:1] or ''}".strip()
        what = f"{who}, {len(self.waits):,} requests: median, 95th percentile, failures"
        figure, met = f"{median(self.waits):.2f} s, {p95:.2f} s, {failed}", p95 <= SLOWEST
        return what, figure, f"{SLOWEST:g} s at most, 0", met and not self.failures


async def ticks(every: float, seconds: float) -> AsyncIterator[None]:
    """Yield every so many seconds; the first time at random, so that clients are out of step."""
    start = time.perf_counter()
    tick = start + random.random() * every
    while tick < start + seconds:
        await asyncio.sleep(max(0, tick - time.perf_counter()))
        yield
        tick += every


async def vanish(crowd: Crowd, seconds: float) -> None:
    """Open connections that send half a request, or ask for much and leave before the answer."""
    url, slow = crowd.http.base_url, []
    async for _ in ticks(0.3, seconds):
        _, writer = await asyncio.open_connection(url.host, url.port)
        writer.write(HALF)
        slow.append(writer)
        with suppress(TimeoutError):
            await asyncio.wait_for(crowd.ask(1400), 0.05)
    for writer in slow:
        writer.close()


async def upload(crowd: Crowd, seconds: float) -> None:
    """Upload 5 MB over and over; each has to be refused."""
    async for _ in ticks(0.1, seconds):
        reply = await crowd.http.post("/upload", files=LARGE_FILE)
        assert reply.status_code == 413, reply.text


async def measure(address: str, app: psutil.Process, seconds: float) -> list[Row]:
    """Return the rows of the table."""
    sizes = []
    for part in (WARM, seconds / 2, seconds / 2):
        crowd = Crowd(address)
        await asyncio.gather(*(crowd.visit(EVERY, part) for _ in range(CLIENTS)))
        sizes.append(app.memory_info().rss / 1e6)
    rows = [crowd.row(f"{CLIENTS} clients")]
    figure, met = ", ".join(f"{size:,.0f}" for size in sizes), sizes[2] < GROWTH * sizes[1]
    rows.append(("MB before, halfway, after", figure, f"after ≤ {GROWTH} × halfway", met))
    crowd = Crowd(address)
    await asyncio.gather(*(crowd.ask(2100) for _ in range(BURST)))
    told = crowd.failures
    met = 0 < len(told) == sum("queue" in text.casefold() for text in told)
    figure = f"{BURST - len(told)} answered, {len(told)} refused: {told[:1]}"
    what, target = f"{BURST} lists of 2,100 names at once", "refused: the queue is full"
    rows.append((what, figure, target, met))
    for name, disturb in (("slow and vanishing clients", vanish), ("5 MB uploads", upload)):
        visitor, brief = Crowd(address), min(20, seconds / 3)
        await asyncio.gather(visitor.visit(0.25, brief, (1,)), disturb(Crowd(address), brief))
        rows.append(visitor.row(f"a visitor beside {name}"))
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
