"""What the costliest requests that a stranger can send cost, and how long another visitor waits.

`python -m benchmarks.costs` takes three minutes (`--only WORD`: some of them). Each request goes to
a running app.py; meanwhile another visitor asks about one name after the other. A function should
take at most 5 seconds of one core, and the other visitor wait at most a second. Seconds of the CPU
are those of the whole app, so they hold beside a busy core; seconds by the clock do not.
"""

import argparse
import asyncio
import gzip
import io
import json
import random
import time
import zipfile
from collections.abc import Iterator

import httpx
import psutil

from benchmarks.common import machine, print_table, running_app

META = {"_type": "gradio.FileData"}
SYLLABLES = "ka no shi mur ra pov ski tan ber gon zal mac len wil ros vic dan".split()
WORDS = "a the film was is not very good bad slow funny sad with plot and of".split()
BOOK = {  # the parts of a workbook, but for its sheet
    "[Content_Types].xml": '<Types xmlns="http://schemas.openxmlformats.org/package/2006/'
    'content-types"><Override PartName="/xl/workbook.xml" ContentType="application/vnd.'
    'openxmlformats-officedocument.spreadsheetml.sheet.main+xml"/></Types>',
    "xl/workbook.xml": '<workbook xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"'
    ' xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships"><sheets>'
    '<sheet name="a" sheetId="1" r:id="a"/></sheets></workbook>',
    "xl/_rels/workbook.xml.rels": '<Relationships xmlns="http://schemas.openxmlformats.org/package/'
    '2006/relationships"><Relationship Id="a" Type="http://schemas.openxmlformats.org/'
    'officeDocument/2006/relationships/worksheet" Target="worksheets/a.xml"/></Relationships>',
}
SHEET = (
    '<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main">'
    "<sheetData>{}</sheetData></worksheet>"
)


def made_up(
    n: int,
    parts: list[str],
    n_parts: int,
    between: str = "",
) -> list[str]:
    """Return `n` texts of `n_parts` of these parts each."""
    chance = random.Random(0)
    texts = []
    for _ in range(n):
        drawn = chance.choices(parts, k=n_parts)
        texts.append(between.join(drawn))
    return texts


def workbook(n: int, cells: str) -> bytes:
    """Return a workbook of one sheet with `n` rows of these cells, which are XML."""
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as file:
        for name, part in BOOK.items():
            file.writestr(name, part)
        rows = n * f"<row>{cells}</row>"
        file.writestr("xl/worksheets/a.xml", SHEET.format(rows))
    return content.getvalue()


def files() -> Iterator[tuple[str, str, bytes]]:
    """Yield files: what they are, how their names end, and their content."""
    number = "<c><v>1</v></c>"
    day = '<c t="d"><v>2024-02-03T04:05:06</v></c>'
    text = f'<c t="inlineStr"><is><t>{250 * "Kim "}</t></is></c>'
    yield "XLSX of 261,000 numbers", "xlsx", workbook(9000, 29 * number)
    yield "XLSX of 100,000 numbers", "xlsx", workbook(9999, 10 * number)
    yield "XLSX of 110,000 dates", "xlsx", workbook(9999, 11 * day)
    yield "XLSX of long texts", "xlsx", workbook(120, 150 * text)

    lines = {
        "gzip of open quotes": 'b","' + 180 * "c" + "\n",
        "gzip of open quotes, short lines": 'b,"c\n',
    }
    for title, line in lines.items():
        table = "name,x\n" + 9990 * line
        yield title, "csv.gz", gzip.compress(table.encode())

    keys = json.dumps({f"k{i}": "Kim" for i in range(200)})
    one_of_them = '\n{"k1": "Ng"}'
    table = keys + 9990 * one_of_them
    yield "JSON Lines of 200 keys", "jsonl", table.encode()
    lists = 900 * "[" + 900 * "]"
    table = 1090 * f'{{"a": {lists}}}\n'
    yield "JSON Lines, nested", "jsonl", table.encode()

    line = 99 * b"," + b"\n"
    yield "CSV of 10,000 × 100 cells", "csv", 10_000 * line
    line = 199 * b"1," + b"1\n"
    yield "CSV of 5,000 × 200 numbers", "csv", 5000 * line
    table = "name\na" + 240_000 * "\u0316\u0301"
    yield "marks on one letter", "csv", table.encode()
    names = made_up(9999, SYLLABLES, 4)
    table = "\n".join(["name", *names])
    yield "10,000 different names", "csv", table.encode()


def texts() -> Iterator[tuple[str, str, str]]:
    """Yield typed and pasted texts: what they are, the endpoint, and the text."""
    names = made_up(9999, SYLLABLES, 4)
    yield "10,000 different names, pasted", "predict_list", "\n".join(names)
    lengths = {
        9999: 18,
        9000: 40,
        1000: 400,
        100: 4000,
    }
    for n, n_words in lengths.items():
        title = f"{n:,} reviews of {n_words} words"
        reviews = made_up(n, WORDS, n_words, between=" ")
        yield title, "predict_list_review", "\n".join(reviews)
    yield "a review to explain", "explain_review", 199 * "a "
    yield "a name to explain", "explain", 4 * "abcdefghij"


async def called(
    http: httpx.AsyncClient, endpoint: str, inputs: list
) -> tuple[str, str]:
    """Call a function of the app; return the event that it ends with, and what came with it."""
    answer = await http.post(f"/call/{endpoint}", json={"data": inputs})
    if answer.is_success:
        answer = await http.get(f"/call/{endpoint}/{answer.json()['event_id']}")
    _, _, last = answer.text.strip().rpartition("event: ")
    event, _, content = last.partition("\ndata: ")
    return event, content


async def other_visitor(http: httpx.AsyncClient, waits: list[float]) -> None:
    """Ask about one name after the other and note how long each answer takes."""
    while True:
        start = time.perf_counter()
        await called(http, "predict", ["Nakamura", 3])
        waits.append(time.perf_counter() - start)
        await asyncio.sleep(0.05)


async def cost(
    http: httpx.AsyncClient,
    app: psutil.Process,
    endpoint: str,
    inputs: list,
) -> list[str]:
    """Return seconds of the CPU and by the clock, the longest wait of another, and the outcome."""
    waits: list[float] = []
    visitor = asyncio.create_task(other_visitor(http, waits))
    await asyncio.sleep(0.3)
    waits.clear()
    used_before = cpu_seconds(app)
    start = time.perf_counter()
    event, content = await called(http, endpoint, inputs)
    seconds = time.perf_counter() - start
    used = cpu_seconds(app) - used_before
    while not waits:  # for the answer to what was asked meanwhile
        await asyncio.sleep(0.05)
    visitor.cancel()
    outcome = event if event == "complete" else content[:80]
    return [f"{used:.1f}", f"{seconds:.1f}", f"{max(waits):.2f}", outcome]


def cpu_seconds(app: psutil.Process) -> float:
    """Return the seconds that the app has used, for itself and for the system."""
    times = app.cpu_times()
    return times.user + times.system


async def measure(
    address: str,
    app: psutil.Process,
    endpoint: str,
    text: str,
    file: tuple | None,
) -> list[str]:
    """Return what one request costs an app that has answered before."""
    async with httpx.AsyncClient(base_url=f"{address}/gradio_api", timeout=120) as http:
        for first in ("predict_list", "predict_list_review"):
            await called(http, first, ["Kim"])  # what takes a while the first time
        inputs: list = [text]
        if file:
            paths = await http.post("/upload", files={"files": file})
            uploaded = {"path": paths.json()[0], "meta": META}
            inputs = [uploaded, "", None]
        return await cost(http, app, endpoint, inputs)


def rows(address: str, app: psutil.Process, only: str) -> Iterator[list[str]]:
    """Yield a row of the table for each request with `only` in its title."""
    requests: list[tuple] = []
    for title, ending, content in files():
        file = f"a.{ending}", content
        requests.append((title, content, "predict_file", "", file))
    for title, endpoint, text in texts():
        requests.append((title, text.encode(), endpoint, text, None))
    for title, content, *request in requests:
        if only in title:
            cells = asyncio.run(measure(address, app, *request))
            yield [title, f"{len(content):,}", *cells]


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--only", default="", help="a word in the titles")
    options = parser.parse_args()
    print(f"{machine()}\n", flush=True)
    heads = ["request", "bytes", "s of CPU", "s"]
    heads += ["longest wait of another, s", "ends with"]
    with running_app() as (address, app):
        process = psutil.Process(app.pid)
        print_table(heads, rows(address, process, options.only))


if __name__ == "__main__":
    main()
