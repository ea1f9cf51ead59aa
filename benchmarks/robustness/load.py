"""Load the real app on loopback: 64 clients, a full queue, slow visitors, large uploads.

`python -m benchmarks.robustness.load` takes six minutes (`--minutes 1`: two) and exits 1 if a
target is missed. speed/app_load.py measures how the page feels to a few visitors who type; this
asks whether it withstands many: no failed answer, a clear "busy" when the queue is full, nobody
held up by a client that is slow, gone or greedy, and no answer that belongs to somebody else.
"""

import argparse
import asyncio
import json
import random
import sys
import time
from collections.abc import Awaitable, Callable, Iterator
from contextlib import suppress
from statistics import median, quantiles

import httpx

from benchmarks.common import machine, print_table
from benchmarks.visitors import NAMES, resident_mb, running_app, visitors

CLIENTS, EVERY, P95 = 64, 2.0, 1.0  # seconds
BURST = 300  # more than the queue of 200 holds
GROWTH = 1.10
CLASS, TIMES = 8, 10  # clients, and how often each uploads the file that all of them have
CLASS_FILE = b"surname\nNakamura\nRossi\n"
WARM = 30  # seconds, in which as many visitors come as the app keeps the sessions of
FAILURES = (httpx.HTTPError, RuntimeError, ValueError, TypeError)


class Client:
    """Calls public endpoints as a program does: post, then read the stream to its end."""

    def __init__(self, address: str):
        limits = httpx.Limits(max_connections=None)
        self.http = httpx.AsyncClient(base_url=f"{address}/gradio_api", timeout=120, limits=limits)
        self.waits: list[float] = []
        self.failures: list[str] = []

    async def call(self, endpoint: str, *inputs: object) -> object:
        """Return the answer; raise RuntimeError with the server's words where there is none."""
        posted = await self.http.post(f"/call/{endpoint}", json={"data": inputs})
        if posted.status_code != 200:
            raise RuntimeError(posted.text)
        stream = await self.http.get(f"/call/{endpoint}/{posted.json()['event_id']}")
        event, _, content = stream.text.strip().rpartition("event: ")[2].partition("\n")
        if event != "complete":
            raise RuntimeError(f"{event}: {content}")
        return json.loads(content.removeprefix("data: "))[0]

    async def ask(self, kind: str) -> None:
        """Ask one thing and check that the answer is to it and not to somebody else's question."""
        name = f"{random.choice(NAMES)}{random.choice('abcdefgh')}{random.choice('iklmnop')}"
        start = time.perf_counter()
        try:
            if kind == "predict":
                right = (await self.call("predict", name, 3))["text"] == name
            elif kind == "file":
                right = "\nNakamura,Japanese," in await self.upload_and_call()
            elif kind == "batch":
                rows = await self.call("predict_list", "\n".join([name] * 100))
                right = [row["text"] for row in rows] == [name] * 100
            else:
                errors = await self.call("errors", "Scottish", "English")
                right = {error["label"] for error in errors} == {"Scottish"}
            if not right:
                self.failures.append(f"{kind}: somebody else's answer")
        except FAILURES as error:
            self.failures.append(f"{kind}: {type(error).__name__} {error}")
        self.waits.append(time.perf_counter() - start)

    async def upload_and_call(self) -> str:
        """Upload the file that every client has, and return the CSV that comes of it."""
        files = {"files": ("names.csv", CLASS_FILE)}
        (path,) = (await self.http.post("/upload", files=files)).json()
        file = {"path": path, "meta": {"_type": "gradio.FileData"}}
        return str(await self.call("predict_file", file, "", True))

    async def work(self, until: float) -> None:
        """Ask every two seconds: five in ten a name, two a batch, one a file, two the matrix."""
        await asyncio.sleep(random.random() * EVERY)
        tick = time.perf_counter()
        while tick < until:
            kinds = ["predict"] * 5 + ["batch"] * 2 + ["file"] + ["matrix"] * 2
            await self.ask(random.choice(kinds))
            tick += EVERY
            await asyncio.sleep(max(0, tick - time.perf_counter()))


async def crowd(address: str, seconds: float) -> list[Client]:
    """Let many clients work for `seconds`; return them with their waits and failures."""
    clients = [Client(address) for _ in range(CLIENTS)]
    until = time.perf_counter() + seconds
    await asyncio.gather(*(client.work(until) for client in clients))
    return clients


async def school_class(address: str) -> list[str]:
    """Let clients upload one and the same file over and over at once; return the failures."""
    clients = [Client(address) for _ in range(CLASS)]

    async def one(client: Client) -> None:
        for _ in range(TIMES):
            await client.ask("file")

    await asyncio.gather(*map(one, clients))
    return [failure for client in clients for failure in client.failures]


async def burst(address: str) -> tuple[int, list[str]]:
    """Send more lists at once than the queue holds; return the number of answers, and the rest."""
    client, text = Client(address), "\n".join(NAMES * 300)

    async def one() -> str:
        try:
            return "answered" if await client.call("predict_list", text) else "empty"
        except FAILURES as error:
            return str(error) or type(error).__name__

    outcomes = await asyncio.gather(*(one() for _ in range(BURST)))
    return outcomes.count("answered"), [text for text in outcomes if text != "answered"]


async def typed_beside(
    address: str, disturb: Callable[[str, float], Awaitable[list[str]]], seconds: float
) -> tuple[float, int, list[str]]:
    """Type as a visitor while `disturb` runs.

    Returns the 95th percentile of the waits, the number of failures, and what `disturb` returned.
    """
    async with httpx.AsyncClient(base_url=address, timeout=60) as http:
        (visitor,) = await visitors(http, 1)
        disturbing = asyncio.ensure_future(disturb(address, seconds))
        until = time.perf_counter() + seconds
        while time.perf_counter() < until:
            await visitor.type(random.choice(NAMES))
            await asyncio.sleep(0.25)
        answers = await disturbing
    return quantiles(visitor.waits, n=20)[-1], visitor.errors, answers


async def vanish(address: str, seconds: float) -> list[str]:
    """Open connections that send half a request, or ask for much and leave before the answer."""
    url, half_open = httpx.URL(address), []
    until = time.perf_counter() + seconds
    while time.perf_counter() < until:
        _, writer = await asyncio.open_connection(url.host, url.port)
        writer.write(b"POST /gradio_api/run/predict HTTP/1.1\r\nHost: a\r\nContent-Length: 999\r\n")
        half_open.append(writer)  # a slow one: never goes on
        client = Client(address)
        with suppress(TimeoutError, *FAILURES):
            await asyncio.wait_for(client.call("predict_list", "\n".join(NAMES * 200)), 0.05)
        await client.http.aclose()  # a vanishing one
        await asyncio.sleep(0.3)
    for writer in half_open:
        writer.close()
    return []


async def upload(address: str, seconds: float) -> list[str]:
    """Upload 5 MB over and over; return the server's answers."""
    answers = []
    until = time.perf_counter() + seconds
    files = {"files": ("people.csv", b"name\n" + b"Rossi\n" * 833_000)}
    async with httpx.AsyncClient(base_url=address, timeout=60) as http:
        while time.perf_counter() < until:
            start = time.perf_counter()
            try:
                reply = await http.post("/gradio_api/upload", files=files)
                answer = f"{reply.status_code} {reply.text[:80]}"
            except httpx.HTTPError as error:
                answer = type(error).__name__
            answers.append(f"{answer} after {time.perf_counter() - start:.1f} s")
            await asyncio.sleep(0.1)
    return answers


def measure(seconds: float) -> Iterator[tuple[str, str, str, bool]]:
    """Yield what was measured, its figure, its target, and whether that is met."""
    with running_app() as (address, pid):
        parts, sizes = [], []
        for part in (WARM, seconds / 2, seconds / 2):
            parts.append(asyncio.run(crowd(address, part)))
            sizes.append(resident_mb(pid))
        clients = parts[1] + parts[2]
        waits = [wait for client in clients for wait in client.waits]
        failures = [failure for client in clients for failure in client.failures]
        p95 = quantiles(waits, n=20)[-1]
        what = f"{CLIENTS} clients, {seconds / 60:g} minutes, {len(waits):,} requests"
        figure = f"{median(waits):.2f} s, {p95:.2f} s"
        yield f"{what}: median, 95th percentile", figure, f"under {P95:g} s", p95 < P95
        figure = f"{len(failures)} {failures[:1] or ''}"
        yield f"{what}: failed or somebody else's", figure, "0", not failures
        figure = ", ".join(f"{size:,.0f}" for size in sizes) + " MB"
        met = sizes[2] < GROWTH * sizes[1]
        yield "memory before, halfway, after", figure, f"after ≤ {GROWTH} × halfway", met

        failures = asyncio.run(school_class(address))
        what = f"one file uploaded {CLASS * TIMES} times by {CLASS} clients at once: failed"
        yield what, f"{len(failures)} {failures[:1] or ''}", "0", not failures

        n_answered, others = asyncio.run(burst(address))
        busy = [text for text in others if "queue" in text.casefold() or "busy" in text.casefold()]
        figure = f"{n_answered} answered, {len(busy)} told to wait: {others[:1]}"
        met = bool(busy) and n_answered + len(busy) == BURST
        yield f"burst of {BURST} lists of 2,100 names at once", figure, "all one or the other", met

        for name, disturb in (("slow and vanishing clients", vanish), ("5 MB uploads", upload)):
            p95, n_failed, answers = asyncio.run(
                typed_beside(address, disturb, min(20, seconds / 3))
            )
            what = f"typing beside {name}: 95th percentile, failures"
            met = p95 < P95 and not n_failed
            yield what, f"{p95:.2f} s, {n_failed}", f"under {P95:g} s, 0", met
        met = all(answer.startswith("413") for answer in answers)
        yield f"5 MB uploads, {len(answers)} in all", answers[0], "refused", met


def main() -> int:
    """Print the table; return 1 if a target is missed."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--minutes", type=float, default=5)
    options = parser.parse_args()
    print(f"{machine()}\n", flush=True)
    rows = list(measure(60 * options.minutes))
    cells = ([*row, "yes" if met else "no"] for *row, met in rows)
    print_table(["", "measured", "target", "met"], cells)
    return 0 if all(met for *_, met in rows) else 1


if __name__ == "__main__":
    sys.exit(main())
