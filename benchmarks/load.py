"""Load the real app on loopback: 64 clients at once, then a full queue.

`python -m benchmarks.load` takes eight minutes (`--minutes 1`: four) and exits with 1 if a target
is missed: no failed answer and nobody else's, memory that does not grow, and a clear "busy" when
the queue is full.
"""

import argparse
import asyncio
import json
import random
import sys
import time
from itertools import chain
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
Row = tuple[str, str, str, bool]  # what was measured, the figure, its target, whether it is met
Answer = tuple[float, str]  # the seconds that it took, what is wrong with it or ""


async def call(http: httpx.AsyncClient, endpoint: str, *inputs: object) -> list:
    """Return the rows of a public endpoint, or raise RuntimeError with the server's message."""
    posted = await http.post(f"/call/{endpoint}", json={"data": inputs})
    if posted.status_code != 200:
        raise RuntimeError(posted.text)
    stream = await http.get(f"/call/{endpoint}/{posted.json()['event_id']}")
    event, _, content = stream.text.strip().rpartition("event: ")[2].partition("\n")
    if event != "complete":
        raise RuntimeError(f"{event}: {content}")
    rows = json.loads(content.removeprefix("data: "))[0]
    return rows if isinstance(rows, list) else [rows]


async def ask(http: httpx.AsyncClient, size: int) -> Answer:
    """Ask about a name, or about a list of it, and check that the answer belongs to it."""
    name = f"{random.choice(NAMES)}{random.choice('abcdefgh')}{random.choice('iklmnop')}"
    question = ("predict", name, 3) if size == 1 else ("predict_list", "\n".join([name] * size))
    start, problem = time.perf_counter(), ""
    try:
        if [row["text"] for row in await call(http, *question)] != [name] * size:
            problem = "the answer belongs to another request"
    except (httpx.HTTPError, LookupError, RuntimeError, TypeError, ValueError) as error:
        problem = f"{size} names: {type(error).__name__} {error}"
    return time.perf_counter() - start, problem


async def visit(http: httpx.AsyncClient, seconds: float) -> list[Answer]:
    """Ask something every EVERY seconds, as one client, out of step with the others."""
    answers, end = [], time.perf_counter() + seconds
    tick = time.perf_counter() + random.random() * EVERY
    while tick < end:
        await asyncio.sleep(max(0, tick - time.perf_counter()))
        answers.append(await ask(http, random.choice(SIZES)))
        tick += EVERY
    return answers


async def measure(address: str, app: psutil.Process, seconds: float) -> list[Row]:
    """Return the rows of the table."""
    limits, sizes = httpx.Limits(max_connections=None), []
    http = httpx.AsyncClient(base_url=f"{address}/gradio_api", timeout=120, limits=limits)
    for part in (WARM, seconds / 2, seconds / 2):
        found = await asyncio.gather(*(visit(http, part) for _ in range(CLIENTS)))
        sizes.append(app.memory_info().rss / 1e6)
    waits, problems = zip(*chain(*found), strict=True)
    failed, p95 = list(filter(None, problems)), quantiles(waits, n=20)[-1]
    what = f"{CLIENTS} clients, {len(waits):,} requests: median, 95th percentile, failures"
    figure = f"{median(waits):.2f} s, {p95:.2f} s, {len(failed)} {failed[:1] or ''}".strip()
    rows = [(what, figure, f"{SLOWEST:g} s at most, 0", p95 <= SLOWEST and not failed)]
    figure, met = ", ".join(f"{size:,.0f}" for size in sizes), sizes[2] < GROWTH * sizes[1]
    rows.append(("MB before, halfway, after", figure, f"after ≤ {GROWTH} × halfway", met))
    burst = await asyncio.gather(*(ask(http, 2100) for _ in range(BURST)))
    told = [problem for _, problem in burst if problem]
    met = 0 < len(told) == sum("queue" in text.casefold() for text in told)
    figure = f"{BURST - len(told)} answered, {len(told)} refused: {told[:1]}"
    what, target = f"{BURST} lists of 2,100 names at once", "refused: the queue is full"
    return [*rows, (what, figure, target, met)]


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
