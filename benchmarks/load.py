"""Load the real app on loopback: 64 clients at once, then a full queue.

`python -m benchmarks.load` takes eight minutes (`--minutes 1`: four). It prints its targets beside
the figures: no failed answer and nobody else's, memory that does not grow, and a clear "busy" when
the queue is full.
"""

import argparse
import asyncio
import json
import random
import time
from itertools import chain
from statistics import median, quantiles

import httpx
import psutil

from benchmarks.common import machine, print_table, running_app

CLIENTS, EVERY = 64, 2.0  # seconds between the requests of a client
WARM = 30  # seconds, in which as many visitors come as the app keeps the sessions of
BURST = 300  # more than the queue of 200 holds
SIZES = (1, 1, 1, 1, 100)  # names of a request: of five, one is a list
NAMES = [
    "Nakamura",
    "Papadopoulos",
    "Kowalczyk",
    "O'Sullivan",
    "Fernandez",
    "Иванов",
    "Müller",
]
Answer = tuple[float, str]  # the seconds that it took, what is wrong with it or ""


async def ask(http: httpx.AsyncClient, size: int) -> Answer:
    """Ask about a name, or about a list of it, and check that the answer belongs to it."""
    name = (
        f"{random.choice(NAMES)}{random.choice('abcdefgh')}{random.choice('iklmnop')}"
    )
    endpoint, inputs = "/call/predict", [name, 3]
    if size > 1:
        endpoint, inputs = "/call/predict_list", ["\n".join([name] * size)]
    start, problem = time.perf_counter(), ""
    try:
        answer = await http.post(endpoint, json={"data": inputs})
        if answer.is_success:
            answer = await http.get(f"{endpoint}/{answer.json()['event_id']}")
        event, _, content = (
            answer.text.strip().rpartition("event: ")[2].partition("\ndata: ")
        )
        if event != "complete":
            problem = f"{size} names: {answer.text}"
        else:
            rows = json.loads(content) if size == 1 else json.loads(content)[0]
            if [row["text"] for row in rows] != [name] * size:
                problem = "the answer belongs to another request"
    except (httpx.HTTPError, LookupError, TypeError, ValueError) as error:
        problem = f"{size} names: {error!r}"
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


async def measure(address: str, app: psutil.Process, seconds: float) -> list[list[str]]:
    """Return the rows of the table: what is measured, the figures, their target."""
    limits, sizes = httpx.Limits(max_connections=None), []
    http = httpx.AsyncClient(
        base_url=f"{address}/gradio_api", timeout=120, limits=limits
    )
    for part in (WARM, seconds / 2, seconds / 2):
        found = await asyncio.gather(*(visit(http, part) for _ in range(CLIENTS)))
        sizes.append(f"{app.memory_info().rss / 1e6:,.0f}")
    waits, problems = zip(*chain(*found), strict=True)
    failed, slow = list(filter(None, problems)), quantiles(waits, n=20)[-1]
    burst = await asyncio.gather(*(ask(http, 2100) for _ in range(BURST)))
    told = [problem for _, problem in burst if problem]
    failures = f"{len(failed)} {' '.join(failed[:1])}"
    counts = f"{BURST - len(told)} answered, {len(told)} refused: {told[:1]}"
    return [
        [f"{CLIENTS} clients, {len(waits):,} requests: failed", failures, "0"],
        ["median, 95th percentile", f"{median(waits):.2f} s, {slow:.2f} s", "≤ 1 s"],
        ["MB before, halfway, after", ", ".join(sizes), "after ≤ 1.1 × halfway"],
        [f"{BURST} lists of 2,100 names at once", counts, "refused: the queue is full"],
    ]


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--minutes", type=float, default=5)
    options = parser.parse_args()
    print(f"{machine()}; {options.minutes:g} minutes\n", flush=True)
    with running_app() as (address, app):
        rows = asyncio.run(
            measure(address, psutil.Process(app.pid), 60 * options.minutes)
        )
    print_table(["", "measured", "target"], rows)


if __name__ == "__main__":
    main()
