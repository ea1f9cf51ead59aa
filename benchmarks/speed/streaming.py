"""Show that `python -m model predict` takes time in proportion to rows, and memory that does not.

`python -m benchmarks.speed.streaming` makes files of 10 thousand to 1 million rows (with `--full` 5
million) from the names in data/, drawn at random with replacement, predicts each in a process of
its own and prints a Markdown table. Seconds include starting Python and loading torch.
"""

import argparse
import csv
import os
import random
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from benchmarks.common import ROOT, machine, print_table
from model.tasks.names import read_names

SIZES = [10_000, 100_000, 1_000_000]
FULL_SIZE = 5_000_000
SEED = 0


def write_table(path: Path, names: list[str], rows: int) -> None:
    """Write `rows` rows of id and name, with a header."""
    draw = random.Random(SEED)
    with open(path, "w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["id", "name"])
        writer.writerows((number, draw.choice(names)) for number in range(rows))


def measure(source: Path, output: Path, model: str) -> tuple[float, float]:
    """Predict in a new process; return its seconds and its peak resident memory in MB."""
    command = [sys.executable, "-m", "model", "predict", "--model", model]
    command += [source, "-o", output, "--column", "name", "--top-k", "3"]
    start = time.perf_counter()
    process = subprocess.Popen(command, cwd=ROOT)
    # wait4 gives the memory of this one process; RUSAGE_CHILDREN only has the largest of all.
    _, status, usage = os.wait4(process.pid, 0)
    seconds = time.perf_counter() - start
    if code := os.waitstatus_to_exitcode(status):
        sys.exit(f"predict ended with {code}")
    unit = 1 if sys.platform == "darwin" else 1024  # macOS counts bytes, Linux KiB
    return seconds, usage.ru_maxrss * unit / 1e6


def table(sizes: list[int], model: str) -> Iterator[list[str]]:
    """Yield a row for each size of file, as it is measured."""
    names = read_names(ROOT / "data").train.texts
    with tempfile.TemporaryDirectory() as folder:
        source, output = Path(folder, "names.csv"), Path(folder, "predicted.csv")
        for rows in sizes:
            write_table(source, names, rows)
            seconds, memory = measure(source, output, model)
            with open(output, "rb") as file:  # no name in data/ has a line end in it
                n_written = sum(1 for _ in file) - 1
            if n_written != rows:
                sys.exit(f"{rows:,} rows in, {n_written:,} rows out")
            yield [f"{rows:,}", f"{seconds:.1f}", f"{rows / seconds:,.0f}", f"{memory:.0f}"]


def main() -> None:
    """Print the table, a row as soon as it is measured."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--full", action="store_true", help=f"{FULL_SIZE:,} rows too")
    parser.add_argument("--model", default=str(ROOT / "model" / "weights" / "names"))
    options = parser.parse_args()
    print(f"{machine()}\n")
    sizes = SIZES + options.full * [FULL_SIZE]
    print_table(["rows", "seconds", "names/s", "peak memory, MB"], table(sizes, options.model))


if __name__ == "__main__":
    main()
