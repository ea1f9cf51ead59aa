"""Send the running page what once stopped it; print what each attack costs the server.

`python -m benchmarks.attacks` takes three minutes. Seconds are until the answer, MB is the
growth of the server's memory at its peak.
"""

import argparse
import io
import signal
import time
import zipfile
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial

import httpx
import openpyxl
import psutil

from .common import machine, print_table, running_app

JSON = {"content-type": "application/json"}
KEYS = b"{%s}" % b",".join(b'"%d":0' % i for i in range(600_000))
BODIES = {
    "predict: 600,000 keys": ("run/predict", KEYS),
    "predict: 2,500,000 lists": ("run/predict", b'{"data":[%s]}' % b",".join([b"[]"] * 2_500_000)),
    "cancel: 600,000 keys": ("cancel", b'{"event_id":"","session_hash":%s,"fn_index":0}' % KEYS),
    "reset: 600,000 keys": ("reset", b'{"event_id":%s}' % KEYS),
}
KIM, EMPTY = '<row><c t="inlineStr"><is><t>Kim</t></is></c></row>', f"<row>{'<c/>' * 16_000}</row>"
SHEETS = {
    "XLSX: 3,000,000 nested elements": KIM + "<a>" * 3_000_000,
    "XLSX: 200 rows of 16,000 empty cells": KIM + EMPTY * 200,
    "XLSX: 3,000,000 empty rows": KIM + "<row/>" * 3_000_000,
}
SPACE = 'xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"'
FORMATS = f"<styleSheet {SPACE}><cellXfs>{'<xf/>' * 900_000}</cellXfs></styleSheet>"


def workbook(part: str, content: str) -> bytes:
    """Return an XLSX file with this part in place of openpyxl's."""
    usual, made = io.BytesIO(), io.BytesIO()
    openpyxl.Workbook().save(usual)
    with zipfile.ZipFile(usual) as old, zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as new:
        for name in old.namelist():
            new.writestr(name, content if name == part else old.read(name))
    return made.getvalue()


def rows_of(rows: str) -> bytes:
    """Return an XLSX file whose sheet has these rows in XML."""
    sheet = f"<worksheet {SPACE}><sheetData>{rows}</sheetData></worksheet>"
    return workbook("xl/worksheets/sheet1.xml", sheet)


def send_file(page: httpx.Client, function: str, name: str, content: bytes) -> httpx.Response:
    """Upload a file and have a function of the page read it; return the last response."""
    reply = page.post("upload", files={"files": (name, content)})
    if reply.is_success:
        file = {"path": reply.json()[0], "meta": {"_type": "gradio.FileData"}}
        reply = page.post(f"run/{function}", json={"data": [file, "", None]})
    return reply


def cost(app: psutil.Process, ask: Callable[[], httpx.Response]) -> list[str]:
    """Return status and size of what `ask` gets, seconds, MB of growth, and what it says."""
    before = peak = app.memory_info().rss
    with ThreadPoolExecutor(1) as thread:
        start = time.perf_counter()
        asked = thread.submit(ask)
        while not asked.done():
            peak = max(peak, app.memory_info().rss)
            time.sleep(0.005)
        seconds, reply = time.perf_counter() - start, asked.result()
    told = reply.text.split('"error":"')[-1].split('"')[0][:75]
    size = f"{len(reply.content):,}"
    return [str(reply.status_code), size, f"{seconds:.2f}", f"{(peak - before) / 1e6:.0f}", told]


def leave(page: httpx.Client, app: psutil.Process, lists: int) -> str:
    """Ask for lists of 1,000 names and fetch no answer; return what the server keeps of them."""
    before, asked = app.memory_info().rss, 0
    names = {"data": ["\n".join(["Kim"] * 1_000)]}
    while asked < lists or page.get("queue/status").json()["queue_size"]:
        if asked < lists and page.post("call/predict_list", json=names).is_success:
            asked += 1
        else:  # the queue is full, or being worked off
            time.sleep(0.2)
    return f"{lists} answers that nobody fetched: {(app.memory_info().rss - before) / 1e6:.0f} MB"


def end(page: httpx.Client, app: psutil.Process, callers: int) -> str:
    """Send SIGTERM with lists in the queue; return how many came back and the exit code."""
    lists = {"data": ["\n".join(["Kim"] * 500)]}

    def is_answered() -> bool:
        try:
            event = page.post("call/predict_list", json=lists).json()["event_id"]
            return "event: complete" in page.get(f"call/predict_list/{event}").text
        except (httpx.HTTPError, LookupError, ValueError):
            return False

    with ThreadPoolExecutor(callers) as threads:
        asked = [threads.submit(is_answered) for _ in range(callers)]
        time.sleep(1)
        app.send_signal(signal.SIGTERM)
    answered = sum(call.result() for call in asked)
    return f"{answered} of {callers} callers answered, exit code {app.wait()}"


def main() -> None:
    """Print the table."""
    argparse.ArgumentParser(description=__doc__.split("\n")[0]).parse_args()
    print(f"{machine()}\n")
    books = {name: rows_of(rows) for name, rows in SHEETS.items()}
    books["XLSX: 900,000 formats of cells"] = workbook("xl/styles.xml", FORMATS)
    signs = ("review\n" + ("\ufdfa" * 20_000 + "\n") * 33).encode()
    files = [(name, "a.xlsx", "predict_file", content) for name, content in books.items()]
    files.append(("33 lines of U+FDFA", "a.csv", "predict_file_review", signs))
    with running_app() as (address, process):
        app = psutil.Process(process.pid)
        with httpx.Client(base_url=f"{address}/gradio_api/", timeout=300) as page:
            page.post("run/predict", json={"data": ["Kim", 3]})
            headers = ["attack", "bytes sent", "status", "bytes back", "s", "MB", "answer"]
            rows = []
            for name, (path, body) in BODIES.items():
                ask = partial(page.post, path, content=body, headers=JSON)
                rows.append([name, f"{len(body):,}", *cost(app, ask)])
            for name, file, function, content in files:
                ask = partial(send_file, page, function, file, content)
                rows.append([name, f"{len(content):,}", *cost(app, ask)])
            print_table(headers, rows)
            print(f"\n{leave(page, app, 311)}")
            print(f"SIGTERM: {end(page, app, 20)}")


if __name__ == "__main__":
    main()
