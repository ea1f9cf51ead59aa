"""What the benchmarks share: the machine, a running app, tables."""

import os
import platform
import re
import subprocess
import sys
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from importlib.metadata import version
from pathlib import Path
from statistics import mean, stdev
from tempfile import TemporaryDirectory

import httpx

ROOT = Path(__file__).resolve().parent.parent


def machine() -> str:
    """Return the CPU's model name, the number of cores and the versions, in one line."""
    name, info = platform.machine(), Path("/proc/cpuinfo")
    if info.exists() and (
        match := re.search(r"model name\s*:\s*(.+)", info.read_text())
    ):
        name = match[1].strip()
    cores, python = os.cpu_count(), platform.python_version()
    return f"{name}, {cores} cores; Python {python}, torch {version('torch')}"


def forget_accelerator() -> None:
    """Make Accelerate forget device and precision, of which it keeps one for a whole process."""
    from accelerate.state import (
        AcceleratorState,
    )  # here because load.py goes without torch

    AcceleratorState._reset_state(reset_partial_state=True)


@contextmanager
def running_app() -> Iterator[tuple[str, subprocess.Popen]]:
    """Start app.py, yield its address and process after its first answer, and kill it."""
    command = [sys.executable, "app.py", "--host", "127.0.0.1"]
    with TemporaryDirectory() as uploads:
        how: dict = {
            "cwd": ROOT,
            "env": os.environ | {"GRADIO_TEMP_DIR": uploads},
            "text": True,
        }
        with subprocess.Popen(command, stdout=subprocess.PIPE, **how) as app:
            try:
                ready = next((line for line in app.stdout if "ready" in line), None)
                if ready is None:
                    sys.exit(f"app.py ended with {app.wait()} before its first answer.")
                address = ready.split()[-1].replace("localhost", "127.0.0.1")
                httpx.get(address, timeout=120).raise_for_status()
                yield address, app
            finally:
                app.kill()


def mean_and_spread(values: Sequence[float], form: str) -> str:
    """Return the mean, with the standard deviation if there are several values.

    >>> mean_and_spread([0.25, 0.75], "{:.0%}")
    '50% ± 35%'
    """
    spread = f" ± {form.format(stdev(values))}" if len(values) > 1 else ""
    return form.format(mean(values)) + spread


def print_table(headers: Sequence[str], rows: Iterable[Sequence[str]]) -> None:
    """Print a Markdown table, each row as soon as it is there, and a blank line."""
    print(f"| {' | '.join(headers)} |")
    print(f"|---{'|--:' * (len(headers) - 1)}|")
    for row in rows:
        print(f"| {' | '.join(row)} |", flush=True)
    print()
