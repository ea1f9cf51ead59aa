"""Load the real app on loopback: 64 clients, a full queue, slow visitors, large uploads.

`python -m benchmarks.robustness.load` takes seven minutes (`--minutes 1`: three) and exits with 1
if a target is missed. It checks that the app withstands many clients: no failed answer and nobody
else's, a clear "busy" when the queue is full, and no delay by a client that is slow, gone or
greedy.
"""

import argparse
import asyncio
import random
import subprocess
import sys
from collections.abc import AsyncIterator
from contextlib import suppress
from statistics import median, quantiles

import httpx
import psutil

from benchmarks.common import machine, print_targets
from benchmarks.visitors import FAILURES, NAMES, Visitor, running_app, ticks

CLIENTS, EVERY, P95 = 64, 2.0, 1.0  # seconds
KINDS = ["name"] * 5 + ["list"] * 2 + ["file"] + ["matrix"] * 2  # of ten requests
BURST = 300  # more than the queue of 200 holds
GROWTH = 1.10
SMALL_FILE = {"files": ("names.csv", b"surname\nNakamura\nRossi\n")}
LARGE_FILE = {"files": ("people.csv", b"name\n" + b"Rossi\n" * 833_000)}
WARM = 30  # seconds, in which as many visitors come as the app keeps the sessions of
Row = tuple[str, str, str, bool]  # what was measured, the figure, its target, whether it is met


async def ask(visitor: Visitor, kind: str) -> None:
    """Send one request and check that the answer belongs to it."""
    name = f"{random.choice(NAMES)}{random.choice('abcdefgh')}{random.choice('iklmnop')}"
    with visitor.timed(kind):
        if kind == "name":
            right = (await visitor.call("predict", name, 3))["text"] == name
        elif kind == "list":
            rows = await visitor.call("predict_list", "\n".join([name] * 100))
            right = [row["text"] for row in rows] == [name] * 100
        elif kind == "file":
            (path,) = (await visitor.http.post("/upload", files=SMALL_FILE)).json()
            file = {"path": path, "meta": {"_type": "gradio.FileData"}}
            right = "\nNakamura,Japanese," in await visitor.call("predict_file", file, "", True)
        else:
            errors = await visitor.call("errors", "Scottish", "English")
            right = {error["label"] for error in errors} == {"Scottish"}
        if not right:
            raise ValueError("the answer belongs to another request")


async def work(visitor: Visitor, every: float, seconds: float, kinds: list[str] = KINDS) -> None:
    """Ask something every so many seconds."""
    async for _ in ticks(every, seconds):
        await ask(visitor, random.choice(kinds))


async def vanish(address: str, seconds: float) -> list[str]:
    """Open connections that send half a request, or ask for much and leave before the answer."""
    url, slow = httpx.URL(address), []
    async for _ in ticks(0.3, seconds):
        _, writer = await asyncio.open_connection(url.host, url.port)
        writer.write(b"POST /gradio_api/run/predict HTTP/1.1\r\nHost: a\r\nContent-Length: 999\r\n")
        slow.append(writer)
        async with (visitor := Visitor(address)).http:
            with suppress(TimeoutError, *FAILURES):
                await asyncio.wait_for(visitor.call("predict_list", "\n".join(NAMES * 200)), 0.05)
    for writer in slow:
        writer.close()
    return []


async def upload(address: str, seconds: float) -> list[str]:
    """Upload 5 MB over and over; return the server's answers."""
    answers = []
    async with (visitor := Visitor(address)).http as http:
        async for _ in ticks(0.1, seconds):
            with visitor.timed("upload"):
                reply = await http.post("/upload", files=LARGE_FILE)
                wait = reply.elapsed.total_seconds()
                answers.append(f"{reply.status_code} {reply.text[:80]} after {wait:.1f} s")
    return answers + visitor.failures


def wait_row(what: str, crowd: list[Visitor]) -> Row:
    """Return the row of a crowd's waits and failures."""
    waits = [wait for visitor in crowd for kind in visitor.waits.values() for wait in kind]
    failures = [failure for visitor in crowd for failure in visitor.failures]
    p95 = quantiles(waits, n=20)[-1]
    figure = f"{median(waits):.2f} s, {p95:.2f} s, {len(failures)} {failures[:1] or ''}"
    what = f"{what}, {len(waits):,} requests: median, 95th percentile, failures"
    return what, figure.strip(), f"{P95:g} s at most, 0", p95 <= P95 and not failures


async def crowd_rows(address: str, app: psutil.Process, seconds: float) -> AsyncIterator[Row]:
    """Let many clients work, first to warm up."""
    sizes, parts = [], []
    for part in (WARM, seconds / 2, seconds / 2):
        parts.append([Visitor(address) for _ in range(CLIENTS)])
        await asyncio.gather(*(work(visitor, EVERY, part) for visitor in parts[-1]))
        sizes.append(app.memory_info().rss / 1e6)
    yield wait_row(f"{CLIENTS} clients, {seconds / 60:g} minutes", parts[1] + parts[2])
    figure = ", ".join(f"{size:,.0f}" for size in sizes) + " MB"
    met = sizes[2] < GROWTH * sizes[1]
    yield "memory before, halfway, after", figure, f"after ≤ {GROWTH} × halfway", met


async def burst_rows(address: str) -> AsyncIterator[Row]:
    """Send more lists at once than the queue holds."""
    visitor, text = Visitor(address), "\n".join(NAMES * 300)

    async def one() -> None:
        with visitor.timed("list"):
            if not await visitor.call("predict_list", text):
                raise ValueError("empty")

    await asyncio.gather(*(one() for _ in range(BURST)))
    told = visitor.failures
    busy = [text for text in told if "queue" in text.casefold() or "busy" in text.casefold()]
    figure = f"{BURST - len(told)} answered, {len(busy)} told to wait: {told[:1]}"
    what = f"burst of {BURST} lists of 2,100 names at once"
    yield what, figure, "all one or the other", len(busy) == len(told) > 0


async def beside_rows(address: str, seconds: float) -> AsyncIterator[Row]:
    """Ask for a name four times a second while other clients misbehave."""
    for name, disturb in (("slow and vanishing clients", vanish), ("5 MB uploads", upload)):
        visitor = Visitor(address)
        asking = work(visitor, 0.25, seconds, ["name"])
        _, answers = await asyncio.gather(asking, disturb(address, seconds))
        yield wait_row(f"a visitor beside {name}", [visitor])
    refused = all(answer.startswith("413") for answer in answers)
    yield f"5 MB uploads, {len(answers)} in all", answers[0], "refused", refused


async def measure(address: str, app: subprocess.Popen, seconds: float) -> list[Row]:
    """Return the rows of the table."""
    crowd = crowd_rows(address, psutil.Process(app.pid), seconds)
    parts = (crowd, burst_rows(address), beside_rows(address, min(20, seconds / 3)))
    return [row for part in parts async for row in part]


def main() -> int:
    """Print the table; return 1 if a target is missed."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--minutes", type=float, default=5)
    options = parser.parse_args()
    print(f"{machine()}\n", flush=True)
    with running_app() as (address, app):
        rows = asyncio.run(measure(address, app, 60 * options.minutes))
    return print_targets(rows)


if __name__ == "__main__":
    sys.exit(main())
