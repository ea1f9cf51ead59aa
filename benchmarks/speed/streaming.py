"""Show that `python -m model predict` takes time in proportion to rows, and memory that does not.

`python -m benchmarks.speed.streaming` makes files of 10 thousand to 1 million rows (with `--full` 5
million) of names drawn from data/, and predicts each in a process of its own. Seconds include
starting Python and loading torch. Linux.
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


def table(sizes: list[int]) -> Iterator[list[str]]:
    """Yield a row for each size of file, as it is measured."""
    names = read_names(ROOT / "data").train.texts
    command = [sys.executable, "-m", "model", "predict", "--model", "model/weights/names"]
    command += ["--column", "name"]
    with tempfile.TemporaryDirectory() as folder:
        source, output = Path(folder, "names.csv"), Path(folder, "predicted.csv")
        for size in sizes:
            draw = random.Random(0)
            with open(source, "w", encoding="utf-8", newline="") as file:
                csv.writer(file).writerows([["name"], *([draw.choice(names)] for _ in range(size))])
            start = time.perf_counter()
            process = subprocess.Popen([*command, source, "-o", output], cwd=ROOT)
            # wait4 gives the memory of this one process; RUSAGE_CHILDREN the largest of all.
            _, status, usage = os.wait4(process.pid, 0)
            seconds = time.perf_counter() - start
            if code := os.waitstatus_to_exitcode(status):
                sys.exit(f"predict ended with {code}")
            memory = usage.ru_maxrss * 1024 / 1e6
            yield [f"{size:,}", f"{seconds:.1f}", f"{size / seconds:,.0f}", f"{memory:.0f}"]


def main() -> None:
    """Print the table, a row as soon as it is measured."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--full", action="store_true", help=f"{FULL_SIZE:,} rows too")
    sizes = SIZES + parser.parse_args().full * [FULL_SIZE]
    print(f"{machine()}\n", flush=True)
    print_table(["rows", "seconds", "names/s", "peak memory, MB"], table(sizes))


if __name__ == "__main__":
    main()
