"""Show that `python -m model predict` takes time in proportion to rows, and memory that does not.

`python benchmarks/streaming.py` makes files of 10 thousand to 1 million rows (with `--full` 5
million) from the names in data/, drawn at random with replacement, predicts each in a process of
its own and prints a Markdown table. Seconds include starting Python and loading torch.
"""

import argparse
import csv
import gzip
import os
import random
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from common import ROOT, machine

SIZES = (10_000, 100_000, 1_000_000)
FULL_SIZE = 5_000_000
SEED = 0


def read_names() -> list[str]:
    """Return the names of the training file."""
    with gzip.open(
        ROOT / "data" / "names_train.csv.gz", "rt", encoding="utf-8", newline=""
    ) as file:
        return [row[0] for row in csv.reader(file)]


def write_table(path: Path, names: list[str], rows: int) -> None:
    """Write `rows` rows of id and name, with a header."""
    draw = random.Random(SEED)
    with open(path, "w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["id", "name"])
        writer.writerows((number, draw.choice(names)) for number in range(rows))


def count_lines(path: Path) -> int:
    """Return the number of lines; no name in data/ has a line end in it."""
    with open(path, "rb") as file:
        return sum(1 for _ in file)


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
    return seconds, peak_megabytes(usage)


def peak_megabytes(usage: resource.struct_rusage) -> float:
    """Return peak memory in MB; Linux counts it in KiB, macOS in bytes."""
    return usage.ru_maxrss * (1 if sys.platform == "darwin" else 1024) / 1e6


def main() -> None:
    """Print the table, a row as soon as it is measured."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--full", action="store_true", help=f"{FULL_SIZE:,} rows too")
    parser.add_argument("--model", default=str(ROOT / "model" / "weights" / "names"))
    options = parser.parse_args()
    names = read_names()
    print(f"{machine()}\n")
    print("| rows | seconds | names/s | peak memory, MB |\n|---:|---:|---:|---:|")
    with tempfile.TemporaryDirectory() as folder:
        source, output = Path(folder, "names.csv"), Path(folder, "predicted.csv")
        for rows in (*SIZES, *([FULL_SIZE] if options.full else [])):
            write_table(source, names, rows)
            seconds, memory = measure(source, output, options.model)
            if count_lines(output) != rows + 1:
                sys.exit(f"{rows:,} rows in, {count_lines(output) - 1:,} rows out")
            print(
                f"| {rows:,} | {seconds:.1f} | {rows / seconds:,.0f} | {memory:.0f} |", flush=True
            )


if __name__ == "__main__":
    main()
