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


def workbook(row: str, n: int) -> bytes:
    """Return a workbook of one sheet with `n` times the cells of `row`, which are XML."""
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as file:
        for name, part in BOOK.items():
            file.writestr(name, part)
        rows = n * f"<row>{row}</row>"
        file.writestr("xl/worksheets/a.xml", SHEET.format(rows))
    return content.getvalue()


def workbooks() -> Iterator[tuple[str, bytes]]:
    """Yield workbooks with their titles."""
    number = "<c><v>1</v></c>"
    text = '<c t="inlineStr"><is><t>Kim</t></is></c>'
    day = '<c t="d"><v>2024-02-03T04:05:06</v></c>'
    long = text.replace("Kim", "Kim " * 250)
    yield "XLSX of 261,000 numbers", workbook(29 * number, 9000)
    yield "XLSX of 100,000 numbers", workbook(10 * number, 9999)
    yield "XLSX of 300,000 texts", workbook(30 * text, 9990)
    yield "XLSX of 110,000 dates", workbook(11 * day, 9999)
    yield "XLSX of long texts", workbook(150 * long, 120)


def zipped_tables() -> Iterator[tuple[str, str]]:
    """Yield tables that are sent in gzip, with their titles."""
    line = 'b","' + 180 * "c" + "\n"
    yield "gzip of open quotes", "name,x\n" + 9990 * line
    yield "gzip of open quotes, short lines", "name,x\n" + 9990 * 'b,"c\n'
    yield "gzip of nothing but quotes", 1_900_000 * '"'
    yield "gzip of lines of a quote", "a,b\n" + 9990 * '"\n'


def json_lines() -> Iterator[tuple[str, str]]:
    """Yield tables in JSON Lines with their titles."""
    keys = json.dumps({f"k{i}": "Kim" for i in range(200)})
    yield "JSON Lines of 200 keys", keys + "\n" + 9990 * '{"k1": "Ng"}\n'
    many = json.dumps({f"k{i}": 1 for i in range(70_000)})
    twice = many.removesuffix("}") + ', "k69999": 2}\n'
    yield "JSON Lines, a key twice", twice + "{}\n"
    nested = '{"a": ' + 900 * "[" + 900 * "]" + "}\n"
    yield "JSON Lines, nested", 1090 * nested


def tables() -> Iterator[tuple[str, bytes]]:
    """Yield tables in CSV with their titles."""
    yield "CSV of 10,000 × 100 cells", 10_000 * (99 * b"," + b"\n")
    yield "CSV of 5,000 × 200 numbers", 5000 * (199 * b"1," + b"1\n")
    yield "one line of 999,000 letters", 999_000 * b"a"
    yield "marks on one letter", b"name\na" + 240_000 * "\u0316\u0301".encode()
    yield "10,000 different names", "\n".join(["name", *names(9999)]).encode()
    yield "two bytes of no encoding", b"name\n" + 9999 * b"\x81\xfe\x8d\n"


def files() -> Iterator[Request]:
    """Yield the requests with a file."""
    named = [(title, "a.xlsx", content) for title, content in workbooks()]
    for title, text in zipped_tables():
        named.append((title, "a.csv.gz", gzip.compress(text.encode())))
    for title, text in json_lines():
        named.append((title, "a.jsonl", text.encode()))
    named += [(title, "a.csv", content) for title, content in tables()]
    for title, *file in named:
        yield Request(title, "predict_file", file=tuple(file))


def requests() -> Iterator[Request]:
    """Yield the requests."""
    yield from files()
    pasted = names(9999)
    yield Request("10,000 different names, pasted", "predict_list", "\n".join(pasted))
    long = []
    for i in range(9900):
        start = i % 990
        name = " ".join(pasted[start : start + 9])[:98]
        long.append(name + "abcdefghij"[i % 10] + "klmnopqrst"[i // 990])
    yield Request("9,900 names of 100 letters", "predict_list", "\n".join(long))
    for n, n_words in ((9999, 18), (9000, 40), (1000, 400), (100, 4000)):
        title = f"{n:,} reviews of {n_words} words"
        text = "\n".join(reviews(n, n_words))
        yield Request(title, "predict_list_review", text)
    signs = "\n".join(f"{i} {20 * '. , ! ? '}" for i in range(9999))
    yield Request("10,000 reviews of signs", "predict_list_review", signs)
    yield Request("a review of 100,000 letters", "predict_review", 49_999 * "a ")
    yield Request("a review to explain", "explain_review", 199 * "a ")
    yield Request("a name to explain", "explain", 4 * "abcdefghij")


async def call(
    http: httpx.AsyncClient,
    endpoint: str,
    data: list,
) -> str:
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
    http: httpx.AsyncClient,
    app: psutil.Process,
    request: Request,
) -> list[str]:
    """Return a row: title, bytes, seconds of the CPU and by the clock, longest wait, outcome."""
    inputs: list = [request.text]
    size = len(request.text.encode())
    if request.endpoint == "predict_review":
        inputs.append(3)
    if request.file:
        size = len(request.file[1])
        paths = await http.post("/upload", files={"files": request.file})
        inputs = [{"path": paths.json()[0], "meta": META}, "", None]
    waits: list[float] = []
    visitor = asyncio.create_task(other_visitor(http, waits))
    await asyncio.sleep(0.3)
    waits.clear()
    used_before = cpu_seconds(app)
    start = time.perf_counter()
    event = await call(http, request.endpoint, inputs)
    seconds = time.perf_counter() - start
    used = cpu_seconds(app) - used_before
    while not waits:  # for the answer to what was asked meanwhile
        await asyncio.sleep(0.05)
    visitor.cancel()
    times = [f"{used:.1f}", f"{seconds:.1f}", f"{max(waits):.2f}"]
    outcome = event[6:90]  # the message of an error
    if event.startswith("complete"):
        outcome = "complete"
    return [request.title, f"{size:,}", *times, outcome]


def cpu_seconds(app: psutil.Process) -> float:
    """Return the seconds that the app has used, for itself and for the system."""
    times = app.cpu_times()
    return times.user + times.system


async def measure(
    address: str,
    app: psutil.Process,
    request: Request,
) -> list[str]:
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
    heads = ["request", "bytes", "s of CPU", "s"]
    heads += ["longest wait of another, s", "ends with"]
    with running_app() as (address, app):
        process = psutil.Process(app.pid)
        rows = (
            asyncio.run(measure(address, process, request))
            for request in requests()
            if options.only in request.title
        )
        print_table(heads, rows)


if __name__ == "__main__":
    main()
