"""Load the real app on loopback: 64 clients, equal uploads, a full queue, slow visitors, big files.

`python benchmarks/load.py` takes six minutes (`--minutes 1`: two) and exits 1 if a target is
missed. app_load.py measures how the page feels to a few visitors who type; this asks whether it
stands: no failed answer, a clear "busy" when the queue is full, nobody held up by a client that is
slow, gone or greedy, and no answer that belongs to somebody else. Linux.
"""

import argparse
import asyncio
import json
import random
import sys
import time
from pathlib import Path
from statistics import median, quantiles
from tempfile import TemporaryDirectory

import httpx
from common import machine, print_table
from serving import resident_mb, running_app
from visitors import NAMES, private_events

CLIENTS, EVERY, P95 = 64, 2.0, 1.0  # seconds
BURST = 300  # more than the queue of 200 holds
GROWTH = 1.10
CLASS, TIMES = 8, 10  # clients, and how often each uploads the file that all of them have
CLASS_FILE = b"surname\nNakamura\nRossi\n"
WARM = 30  # seconds, in which as many visitors come as the app keeps the sessions of


class Client:
    """Calls public endpoints as a program does: post, then read the stream to its end."""

    def __init__(self, address: str):
        self.http = httpx.AsyncClient(base_url=f"{address}/gradio_api", timeout=120)
        self.waits: list[float] = []
        self.failures: list[str] = []

    async def call(self, endpoint: str, data: list) -> object:
        """Return the answer; raise RuntimeError with the server's words where there is none."""
        posted = await self.http.post(f"/call/{endpoint}", json={"data": data})
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
                right = (await self.call("predict", [name, 3]))["text"] == name
            elif kind == "file":
                right = "\nNakamura,Japanese," in await self.upload_and_call()
            elif kind == "batch":
                rows = await self.call("predict_list", ["\n".join([name] * 100)])
                right = {row["text"] for row in rows} == {name} and len(rows) == 100
            else:
                errors = await self.call("errors", ["Scottish", "English"])
                right = bool(errors) and {e["label"] for e in errors} == {"Scottish"}
            if not right:
                self.failures.append(f"{kind}: somebody else's answer")
        except (httpx.HTTPError, RuntimeError, ValueError, TypeError) as error:
            self.failures.append(f"{kind}: {type(error).__name__} {error}")
        self.waits.append(time.perf_counter() - start)

    async def upload_and_call(self) -> str:
        """Upload the file that every client has, and return the CSV that comes of it."""
        files = {"files": ("names.csv", CLASS_FILE)}
        (path,) = (await self.http.post("/upload", files=files)).json()
        file = {"path": path, "meta": {"_type": "gradio.FileData"}}
        return str(await self.call("predict_file", [file, "", True]))

    async def work(self, until: float) -> None:
        """Ask every two seconds: five in ten a name, two a batch, one a file, two the matrix."""
        await asyncio.sleep(random.random() * EVERY)
        tick = time.perf_counter()
        while tick < until:
            kinds = ["predict"] * 5 + ["batch"] * 2 + ["file"] + ["matrix"] * 2
            await self.ask(random.choice(kinds))
            tick += EVERY
            await asyncio.sleep(max(0, tick - time.perf_counter()))


async def crowd(address: str, clients: int, seconds: float) -> list[Client]:
    """Let `clients` work for `seconds`; return them with their waits and failures."""
    found = [Client(address) for _ in range(clients)]
    until = time.perf_counter() + seconds
    await asyncio.gather(*(client.work(until) for client in found))
    return found


async def school_class(address: str) -> list[str]:
    """Let clients upload one and the same file over and over at once; return the failures."""
    clients = [Client(address) for _ in range(CLASS)]

    async def one(client: Client) -> None:
        for _ in range(TIMES):
            await client.ask("file")

    await asyncio.gather(*map(one, clients))
    return [failure for client in clients for failure in client.failures]


async def burst(address: str) -> tuple[int, int, list[str]]:
    """Send more at once than the queue holds; return answers, clear refusals, and all else."""
    client = Client(address)
    client.http = httpx.AsyncClient(
        base_url=f"{address}/gradio_api", timeout=120, limits=httpx.Limits(max_connections=None)
    )
    text = "\n".join(NAMES * 300)

    async def one() -> str:
        try:
            return "answered" if await client.call("predict_list", [text]) else "empty"
        except (httpx.HTTPError, RuntimeError) as error:
            return str(error) or type(error).__name__

    said = await asyncio.gather(*(one() for _ in range(BURST)))
    busy = [text for text in said if "queue" in text.casefold() or "busy" in text.casefold()]
    answered = said.count("answered")
    other = [text for text in said if text != "answered" and text not in busy]
    return answered, len(busy), other or busy[:1]


async def typed_beside(address: str, disturb: object, seconds: float) -> tuple[list[float], int]:
    """Type as a visitor while `disturb` runs; return the waits and the failures."""
    waits, failures = [], 0
    async with httpx.AsyncClient(base_url=address, timeout=60) as http:
        events = await private_events(http)
        disturbing = asyncio.create_task(disturb(address, seconds))
        until = time.perf_counter() + seconds
        while time.perf_counter() < until:
            start = time.perf_counter()
            body = {"data": [random.choice(NAMES), 3], "fn_index": events["show"]}
            reply = await http.post("/gradio_api/run/predict", json=body | {"session_hash": "me"})
            failures += "bars" not in reply.text
            waits.append(time.perf_counter() - start)
            await asyncio.sleep(0.25)
        await disturbing
    return waits, failures


async def vanish(address: str, seconds: float) -> None:
    """Open connections that send half a request, or ask for much and leave before the answer."""
    host, port = address.removeprefix("http://").split(":")
    until = time.perf_counter() + seconds
    half_open = []
    while time.perf_counter() < until:
        _, writer = await asyncio.open_connection(host, int(port))
        writer.write(b"POST /gradio_api/run/predict HTTP/1.1\r\nHost: a\r\nContent-Length: 999\r\n")
        half_open.append(writer)  # a slow one: never goes on
        client = Client(address)
        try:
            await asyncio.wait_for(client.call("predict_list", ["\n".join(NAMES * 200)]), 0.05)
        except (TimeoutError, RuntimeError, httpx.HTTPError):
            await client.http.aclose()  # a vanishing one
        await asyncio.sleep(0.3)
    for writer in half_open:
        writer.close()


REFUSALS: list[str] = []


async def upload(address: str, seconds: float) -> None:
    """Upload 5 MB over and over; note what the server says to it."""
    until = time.perf_counter() + seconds
    async with httpx.AsyncClient(base_url=address, timeout=60) as http:
        while time.perf_counter() < until:
            start = time.perf_counter()
            files = {"files": ("people.csv", b"name\n" + b"Rossi\n" * 833_000)}
            try:
                reply = await http.post("/gradio_api/upload", files=files)
                said = f"{reply.status_code} {reply.text[:80]}"
            except httpx.HTTPError as error:
                said = type(error).__name__
            REFUSALS.append(f"{said} after {time.perf_counter() - start:.1f} s")
            await asyncio.sleep(0.1)


def measure(seconds: float, rows: list[list[str]]) -> bool:
    """Fill `rows`; tell whether all targets were met."""
    with TemporaryDirectory() as uploads:
        return measure_app(seconds, rows, uploads)


def measure_app(seconds: float, rows: list[list[str]], uploads: str) -> bool:
    """Fill `rows` from an app that keeps its files in `uploads`."""
    with running_app(environment={"GRADIO_TEMP_DIR": uploads}) as (address, pid):
        asyncio.run(crowd(address, CLIENTS, WARM))
        before = resident_mb(pid)
        clients = asyncio.run(crowd(address, CLIENTS, seconds / 2))
        middle = resident_mb(pid)
        clients += asyncio.run(crowd(address, CLIENTS, seconds / 2))
        after = resident_mb(pid)
        waits = [wait for client in clients for wait in client.waits]
        failures = [failure for client in clients for failure in client.failures]
        p95 = quantiles(waits, n=20)[-1]
        what = f"{CLIENTS} clients, {seconds / 60:g} minutes, {len(waits):,} requests"
        rows.append([f"{what}: median, 95th percentile", f"{median(waits):.2f} s, {p95:.2f} s"])
        rows.append([f"{what}: failed or somebody else's", f"{len(failures)} {failures[:1]}"])
        rows.append(
            ["memory before, halfway, after", f"{before:.0f}, {middle:.0f}, {after:.0f} MB"]
        )
        met = p95 < P95 and not failures and after < GROWTH * middle

        failures = asyncio.run(school_class(address))
        what = f"one file uploaded {CLASS * TIMES} times by {CLASS} clients at once: failed"
        rows.append([what, f"{len(failures)} {failures[:1]}"])
        met &= not failures

        answered, busy, other = asyncio.run(burst(address))
        shown = f"{answered} answered, {busy} told to wait: {other[:1]}"
        rows.append([f"burst of {BURST} lists of 2,100 names at once", shown])
        met &= busy > 0 and answered + busy == BURST

        for name, disturb in (("slow and vanishing clients", vanish), ("5 MB uploads", upload)):
            waits, failed = asyncio.run(typed_beside(address, disturb, min(20, seconds / 3)))
            p95 = quantiles(waits, n=20)[-1]
            rows.append(
                [f"typing beside {name}: 95th percentile, failures", f"{p95:.2f} s, {failed}"]
            )
            met &= p95 < P95 and not failed
        rows.append([f"5 MB uploads, {len(REFUSALS)} in all", REFUSALS[0]])
        left = [path for path in Path(uploads).rglob("*") if path.is_file()]
        rows.append(["files left on the disk", f"{len(left)}"])
        return met and not left and all(refusal.startswith("413") for refusal in REFUSALS)


def main() -> int:
    """Print the table; return 1 if a target is missed."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--minutes", type=float, default=5)
    options = parser.parse_args()
    print(f"{machine()}\n", flush=True)
    rows: list[list[str]] = []
    met = measure(60 * options.minutes, rows)
    print_table(["", "measured"], rows)
    return 0 if met else 1


if __name__ == "__main__":
    sys.exit(main())
