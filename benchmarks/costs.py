"""What the costliest requests that a stranger can send cost, and how long another visitor waits.

`python -m benchmarks.costs` takes four minutes (`--only WORD`: some of them). Each request goes to
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
from typing import NamedTuple

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


class Request(NamedTuple):
    """What it is, the endpoint, and the text, or the file as a name and its content."""

    title: str
    endpoint: str
    text: str = ""
    file: tuple[str, bytes] | None = None


def names(n: int) -> list[str]:
    """Return different names that nobody has."""
    drawn = random.Random(0)
    return ["".join(drawn.choices(SYLLABLES, k=4)).capitalize() for _ in range(n)]


def reviews(n: int, n_words: int) -> list[str]:
    """Return reviews that hardly repeat."""
    drawn = random.Random(0)
    return [" ".join(drawn.choices(WORDS, k=n_words)) for _ in range(n)]


def sheet(rows: str) -> bytes:
    """Return a workbook of one sheet with these rows as XML."""
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as file:
        for name, part in BOOK.items():
            file.writestr(name, part)
        file.writestr("xl/worksheets/a.xml", SHEET.format(rows))
    return content.getvalue()


def requests() -> Iterator[Request]:
    """Yield the requests."""
    open_quotes = "name,x\n" + ('b","' + 180 * "c" + "\n") * 9990
    plain_quotes = "name,x\n" + ('b,"c\n') * 9990
    number = "<c><v>1</v></c>"
    text = '<c t="inlineStr"><is><t>Kim</t></is></c>'
    day = '<c t="d"><v>2024-02-03T04:05:06</v></c>'
    long = text.replace("Kim", "Kim " * 250)
    twice = json.dumps({f"k{i}": 1 for i in range(70_000)})[:-1] + ', "k69999": 2}'
    keys = json.dumps({f"k{i}": "Kim" for i in range(200)})
    many = {
        "gzip of open quotes": ("a.csv.gz", gzip.compress(open_quotes.encode())),
        "gzip of open quotes, short lines": (
            "a.csv.gz",
            gzip.compress(plain_quotes.encode()),
        ),
        "gzip of nothing but quotes": ("a.csv.gz", gzip.compress(b'"' * 1_900_000)),
        "gzip of lines of a quote": (
            "a.csv.gz",
            gzip.compress(b"a,b\n" + b'"\n' * 9990),
        ),
        "XLSX of 261,000 numbers": (
            "a.xlsx",
            sheet(("<row>" + 29 * number + "</row>") * 9000),
        ),
        "XLSX of 100,000 numbers": (
            "a.xlsx",
            sheet(("<row>" + 10 * number + "</row>") * 9999),
        ),
        "XLSX of 300,000 texts": (
            "a.xlsx",
            sheet(("<row>" + 30 * text + "</row>") * 9990),
        ),
        "XLSX of 140,000 dates": (
            "a.xlsx",
            sheet(("<row>" + 14 * day + "</row>") * 9999),
        ),
        "XLSX of long texts": (
            "a.xlsx",
            sheet(("<row>" + 150 * long + "</row>") * 120),
        ),
        "CSV of 10,000 × 100 cells": ("a.csv", ("," * 99 + "\n").encode() * 10_000),
        "CSV of 5,000 × 200 numbers": (
            "a.csv",
            (",".join("1" * 200) + "\n").encode() * 5000,
        ),
        "JSON Lines of 200 keys": (
            "a.jsonl",
            (keys + "\n" + '{"k1": "Ng"}\n' * 9990).encode(),
        ),
        "JSON Lines, a key twice": ("a.jsonl", (twice + "\n{}\n").encode()),
        "JSON Lines, nested": (
            "a.jsonl",
            ('{"a": ' + "[" * 900 + "]" * 900 + "}\n").encode() * 1090,
        ),
        "one line of 999,000 letters": ("a.csv", b"a" * 999_000),
        "marks on one letter": (
            "a.csv",
            b"name\na" + "\u0316\u0301".encode() * 240_000,
        ),
        "10,000 different names": ("a.csv", "\n".join(["name", *names(9999)]).encode()),
        "two bytes of no encoding": ("a.csv", b"name\n" + b"\x81\xfe\x8d\n" * 9999),
    }
    for title, file in many.items():
        yield Request(title, "predict_file", file=file)
    pasted = "\n".join(names(9999))
    yield Request("10,000 different names, pasted", "predict_list", pasted)
    long = [" ".join(names(1000)[i : i + 9])[:100] for i in range(990)] * 10
    long = [
        name[:98] + "abcdefghij"[i % 10] + "klmnopqrst"[i // 990]
        for i, name in enumerate(long)
    ]
    yield Request("9,900 names of 100 letters", "predict_list", "\n".join(long))
    for n, n_words in ((9999, 18), (9000, 40), (1000, 400), (100, 4000)):
        text = "\n".join(reviews(n, n_words))
        yield Request(f"{n:,} reviews of {n_words} words", "predict_list_review", text)
    dots = [f"{i} " + ". , ! ? " * 20 for i in range(9999)]
    yield Request("10,000 reviews of signs", "predict_list_review", "\n".join(dots))
    yield Request("a review of 100,000 letters", "predict_review", "a " * 49_999)
    yield Request("a review to explain", "explain_review", "a " * 199)
    yield Request("a name to explain", "explain", "abcdefghij" * 4)


async def call(http: httpx.AsyncClient, endpoint: str, data: list) -> str:
    """Return the event that a call ends with, and the beginning of what came with it."""
    answer = await http.post(f"/call/{endpoint}", json={"data": data})
    if answer.is_success:
        answer = await http.get(f"/call/{endpoint}/{answer.json()['event_id']}")
    return answer.text.strip().rpartition("event: ")[2].replace("\ndata: ", " ")


async def other_visitor(http: httpx.AsyncClient, waits: list[float]) -> None:
    """Ask about one name after the other and note how long each answer takes."""
    while True:
        start = time.perf_counter()
        await call(http, "predict", ["Nakamura", 3])
        waits.append(time.perf_counter() - start)
        await asyncio.sleep(0.05)


async def cost(
    http: httpx.AsyncClient, app: psutil.Process, request: Request
) -> list[str]:
    """Return a row: title, bytes, seconds of the CPU and by the clock, longest wait, outcome."""
    data: list = (
        [request.text, 3]
        if request.endpoint.startswith("predict_review")
        else [request.text]
    )
    size = len(request.text.encode())
    if request.file:
        sent = await http.post("/upload", files={"files": request.file})
        data, size = (
            [{"path": sent.json()[0], "meta": META}, "", None],
            len(request.file[1]),
        )
    waits: list[float] = []
    visitor = asyncio.create_task(other_visitor(http, waits))
    await asyncio.sleep(0.3)
    waits.clear()
    before, start = sum(app.cpu_times()[:2]), time.perf_counter()
    found = await call(http, request.endpoint, data)
    seconds, used = time.perf_counter() - start, sum(app.cpu_times()[:2]) - before
    while not waits:  # what was asked meanwhile
        await asyncio.sleep(0.05)
    visitor.cancel()
    told = found.split()[0] if found.startswith("complete") else found[6:90]
    cells = [f"{size:,}", f"{used:.1f}", f"{seconds:.1f}", f"{max(waits):.2f}", told]
    return [request.title, *cells]


async def measure(address: str, app: psutil.Process, request: Request) -> list[str]:
    """Return the row of one request, of an app that has answered before."""
    async with httpx.AsyncClient(base_url=f"{address}/gradio_api", timeout=120) as http:
        for endpoint in ("predict_list", "predict_list_review"):
            await call(http, endpoint, ["Kim"])  # what takes a while the first time
        return await cost(http, app, request)


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--only", default="", help="a word in the titles")
    options = parser.parse_args()
    print(f"{machine()}\n", flush=True)
    heads = [
        "request",
        "bytes",
        "s of CPU",
        "s",
        "longest wait of another, s",
        "ends with",
    ]
    with running_app() as (address, app):
        process = psutil.Process(app.pid)
        chosen = (request for request in requests() if options.only in request.title)
        rows = (asyncio.run(measure(address, process, request)) for request in chosen)
        print_table(heads, rows)


if __name__ == "__main__":
    main()
