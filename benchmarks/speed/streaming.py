"""Show that `python -m model predict` takes time in proportion to rows, and memory that does not.

`python -m benchmarks.speed.streaming` makes CSV files of 10 thousand to 1 million rows of names
drawn from data/ (`--full`: 5 million too; `--rows N`: of N rows alone), and files of 100 thousand
rows in the other forms. Each is predicted in a process of its own, with header and column found by
content. Seconds include starting Python and loading torch. Linux.
"""

import argparse
import csv
import gzip
import json
import os
import random
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from itertools import chain
from pathlib import Path

import openpyxl

from benchmarks.common import ROOT, machine, print_table
from model.tasks.names import read_names

SIZES = [10_000, 100_000, 1_000_000]
FULL_SIZE = 5_000_000
FORMS = [".csv.gz", ".jsonl", ".xlsx"]
FORM_SIZE = 100_000


def write(path: Path, rows: Iterator[list]) -> None:
    """Write a table of number and name in the form that the name of `path` says."""
    if path.suffix == ".xlsx":
        book = openpyxl.Workbook(write_only=True)
        sheet = book.create_sheet()
        for row in [["id", "name"], *rows]:
            sheet.append(row)
        book.save(path)
        return
    packed = path.suffix == ".gz"
    with (gzip.open if packed else open)(path, "wt", encoding="utf-8", newline="") as file:
        if path.suffix == ".jsonl":
            file.writelines(json.dumps({"id": i, "name": name}) + "\n" for i, name in rows)
        else:
            csv.writer(file).writerows(chain([["id", "name"]], rows))


def table(sizes: list[int], forms: list[str]) -> Iterator[list[str]]:
    """Yield a row for each size of CSV file and each other form, as it is measured."""
    names = read_names(ROOT / "data").train.texts
    command = [sys.executable, "-m", "model", "predict", "--model", "model/weights/names"]
    with tempfile.TemporaryDirectory() as folder:
        for form, size in [*((".csv", size) for size in sizes), *((f, FORM_SIZE) for f in forms)]:
            source, output = Path(folder, f"names{form}"), Path(folder, f"predicted{form}")
            draw = random.Random(0)
            write(source, ([i, draw.choice(names)] for i in range(size)))
            start = time.perf_counter()
            process = subprocess.Popen([*command, source, "-o", output], cwd=ROOT)
            # wait4 gives the memory of this one process; RUSAGE_CHILDREN the largest of all.
            _, status, usage = os.wait4(process.pid, 0)
            seconds = time.perf_counter() - start
            if code := os.waitstatus_to_exitcode(status):
                sys.exit(f"predict ended with {code}")
            memory = usage.ru_maxrss * 1024 / 1e6
            rate, took = f"{size / seconds:,.0f}", f"{seconds:.1f}"
            yield [form.removeprefix("."), f"{size:,}", took, rate, f"{memory:.0f}"]


def main() -> None:
    """Print the table, a row as soon as it is measured."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--full", action="store_true", help=f"{FULL_SIZE:,} rows too")
    parser.add_argument("--rows", type=int, metavar="N", help="a CSV file of N rows alone")
    options = parser.parse_args()
    sizes = [options.rows] if options.rows else SIZES + options.full * [FULL_SIZE]
    print(f"{machine()}\n", flush=True)
    headers = ["form", "rows", "seconds", "names/s", "peak memory, MB"]
    print_table(headers, table(sizes, [] if options.rows else FORMS))


if __name__ == "__main__":
    main()
