"""How long `python train.py` takes: here, in other checkouts, and beside busy programs.

    python -m benchmarks.training ../old                       # the whole of it, on an idle machine
    python -m benchmarks.training ../old --busy 3 --train="--pretrain-epochs 0 --epochs 2"

Each row is a training of names on the CPU: as it is here and in each other checkout, and here with
one thread and with threads that wait without keeping a core busy. `--busy` keeps so many programs
running that do nothing but keep a core busy. OMP_NUM_THREADS must not be set. The commit before
threads were chosen is got by `git worktree add --detach ../old 1c8a674`.
"""

import argparse
import os
import resource
import shlex
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from tempfile import TemporaryDirectory

from benchmarks.common import ROOT, machine, print_table

BUSY = ["sh", "-c", "while :; do :; done"]
ONE = {"OMP_NUM_THREADS": "1"}
PASSIVE = {"OMP_NUM_THREADS": str(os.cpu_count()), "OMP_WAIT_POLICY": "passive"}


def cpu_seconds() -> float:
    """Return the CPU seconds of all programs that this one has started and that have ended."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def train(
    checkout: Path,
    options: list[str],
    variables: dict[str, str],
) -> tuple[float, float]:
    """Train in a checkout; return the seconds and the CPU seconds."""
    with TemporaryDirectory() as folder:
        command = [sys.executable, "train.py", "--no-use-gpu"]
        command += ["--output", f"{folder}/model", *options]
        start, before = time.perf_counter(), cpu_seconds()
        subprocess.run(
            command,
            cwd=checkout,
            env=os.environ | variables,
            stdout=subprocess.DEVNULL,
            check=True,
        )
        return time.perf_counter() - start, cpu_seconds() - before


def table(checkouts: list[Path], options: list[str]) -> Iterator[list[str]]:
    """Yield a row for each training."""
    cases = {"here": (ROOT, {})}
    cases |= {str(checkout): (checkout, {}) for checkout in checkouts}
    cases |= {"here, one thread": (ROOT, ONE), "here, passive wait": (ROOT, PASSIVE)}
    first = 0.0
    for name, (checkout, variables) in cases.items():
        seconds, cpu = train(checkout, options, variables)
        first = first or seconds
        yield [name, f"{seconds:.1f}", f"{cpu:.1f}", f"{seconds / first:.2f}"]


def main() -> None:
    """Print the machine and the table."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("checkouts", nargs="*", type=Path)
    parser.add_argument("--busy", type=int, default=0)
    parser.add_argument("--train", type=shlex.split, default=[])
    options = parser.parse_args()
    print(f"{machine()}; busy programs: {options.busy}", end="\n\n", flush=True)
    with ExitStack() as running:
        for _ in range(options.busy):
            busy = subprocess.Popen(BUSY)
            running.callback(busy.kill)
        rows = table(options.checkouts, options.train)
        print_table(["", "seconds", "CPU seconds", "of the first"], rows)


if __name__ == "__main__":
    main()
