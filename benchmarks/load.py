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
from typing import NamedTuple

import httpx
import psutil

from benchmarks.common import called, machine, print_table, running_app

CLIENTS = 64
EVERY = 2.0  # seconds between the requests of a client
WARM = 30  # seconds, in which as many visitors come as the app keeps the sessions of
BURST = 300  # more than the queue of 200 holds
SIZES = (1, 1, 1, 1, 100)  # names of a request: of five, one is a list
NAMES = "Nakamura Papadopoulos Kowalczyk O'Sullivan Fernandez Иванов Müller".split()


class Answer(NamedTuple):
    """How long it took, and what is wrong with it, "" if nothing."""

    seconds: float
    problem: str


async def ask(http: httpx.AsyncClient, size: int) -> Answer:
    """Ask about a name, or about a list of it, and check that the answer belongs to it."""
    name = random.choice(NAMES) + "".join(random.choices("abcdefghiklmnop", k=2))
    start = time.perf_counter()
    problem = ""
    try:
        texts = await answered_texts(http, name, size)
        if texts != [name] * size:
            problem = "the answer belongs to another request"
    except (httpx.HTTPError, LookupError, TypeError, ValueError) as error:
        problem = f"{size} names: {error!r}"
    return Answer(time.perf_counter() - start, problem)


async def answered_texts(http: httpx.AsyncClient, name: str, size: int) -> list[str]:
    """Return the texts that an answer is about; raise ValueError if it is an error."""
    if size == 1:
        event, content = await called(http, "predict", [name, 3])
    else:
        event, content = await called(http, "predict_list", ["\n".join([name] * size)])
    if event != "complete":
        raise ValueError(content)
    rows = json.loads(content)
    if size > 1:
        rows = rows[0]
    return [row["text"] for row in rows]


async def visit(http: httpx.AsyncClient, seconds: float) -> list[Answer]:
    """Ask something every EVERY seconds, as one client, out of step with the others."""
    answers = []
    start = time.perf_counter()
    tick = start + random.random() * EVERY
    while tick < start + seconds:
        await asyncio.sleep(max(0, tick - time.perf_counter()))
        answers.append(await ask(http, random.choice(SIZES)))
        tick += EVERY
    return answers


async def measure(address: str, app: psutil.Process, seconds: float) -> list[list[str]]:
    """Return the rows of the table: what is measured, the figures, their target."""
    http = httpx.AsyncClient(
        base_url=f"{address}/gradio_api",
        timeout=120,
        limits=httpx.Limits(max_connections=None),
    )
    sizes = []
    for part in (WARM, seconds / 2, seconds / 2):
        visits = [visit(http, part) for _ in range(CLIENTS)]
        answers = list(chain(*await asyncio.gather(*visits)))
        sizes.append(f"{app.memory_info().rss / 1e6:,.0f}")
    waits = [answer.seconds for answer in answers]
    failed = [answer.problem for answer in answers if answer.problem]
    burst = await asyncio.gather(*[ask(http, 2100) for _ in range(BURST)])
    refused = [answer.problem for answer in burst if answer.problem]

    requests = f"{CLIENTS} clients, {len(waits):,} requests"
    failures = f"{len(failed)} {failed[:1]}"
    times = f"{median(waits):.2f} s, {quantiles(waits, n=20)[-1]:.2f} s"
    counts = f"{BURST - len(refused)} answered, {len(refused)} refused: {refused[:1]}"
    return [
        [f"{requests}: failed", failures, "0"],
        ["median, 95th percentile", times, "≤ 1 s"],
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
        process = psutil.Process(app.pid)
        rows = asyncio.run(measure(address, process, 60 * options.minutes))
    print_table(["", "measured", "target"], rows)


if __name__ == "__main__":
    main()
