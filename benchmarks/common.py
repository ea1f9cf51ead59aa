"""What the benchmarks share: the machine, a running app, lists of names, weights, tables."""

import argparse
import csv
import os
import platform
import re
import shutil
import subprocess
import sys
from collections import Counter
from collections.abc import Hashable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from importlib.metadata import version
from pathlib import Path
from tempfile import TemporaryDirectory

import httpx
import numpy as np
from accelerate.state import AcceleratorState
from playwright.sync_api import Browser, sync_playwright

from model.tasks.names import NAMES, TEST_LISTS

ROOT = Path(__file__).resolve().parent.parent


def parser_of(description: str) -> argparse.ArgumentParser:
    """Return a parser of the command line of a script whose docstring this is."""
    return argparse.ArgumentParser(description=description.split("\n")[0])


def machine() -> str:
    """Return the CPU's model name, the number of cores and the versions, in one line."""
    info = Path("/proc/cpuinfo")
    text = info.read_text() if info.exists() else ""
    processor, *_ = re.findall(r"model name\s*: (.+)", text) or [platform.machine()]
    python = platform.python_version()
    return f"{processor}, {os.cpu_count()} cores; Python {python}, torch {version('torch')}"


def forget_accelerator() -> None:
    """Make Accelerate forget device and precision, which it sets once for a whole process."""
    AcceleratorState._reset_state(reset_partial_state=True)


@contextmanager
def open_browser() -> Iterator[Browser]:
    """Start chromium, as Debian has it, and yield it until the block ends."""
    path = shutil.which("chromium") or shutil.which("chromium-browser")
    with sync_playwright() as driver:
        yield driver.chromium.launch(executable_path=path, args=["--no-sandbox"])


@contextmanager
def running_app() -> Iterator[tuple[str, subprocess.Popen]]:
    """Start app.py, yield its address and process after its first answer, and kill it."""
    command = [sys.executable, "app.py", "--host", "127.0.0.1"]
    with (
        TemporaryDirectory() as uploads,
        subprocess.Popen(
            command,
            cwd=ROOT,
            env=os.environ | {"GRADIO_TEMP_DIR": uploads},
            stdout=subprocess.PIPE,
            text=True,
        ) as app,
    ):
        try:
            ready = next((line for line in app.stdout if "ready" in line), None)
            if ready is None:
                sys.exit(f"app.py ended with {app.wait()} before its first answer.")
            address = ready.split()[-1].replace("localhost", "127.0.0.1")
            httpx.get(address, timeout=120).raise_for_status()
            yield address, app
        finally:
            app.kill()


def rows_of(name: str) -> list[dict[str, str]]:
    """Return the rows of a list of tests/data."""
    with open(TEST_LISTS / f"{name}.csv", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def accepted_of_test() -> dict[str, set[str]]:
    """Return the test names, each with all of its languages."""
    dataset = NAMES.read_data(NAMES.data)
    accepted = dataset.accepted(dataset.test)
    return {
        name: {dataset.labels[i] for i in indices}
        for name, indices in zip(dataset.test.texts, accepted, strict=True)
    }


def weigh(
    groups: Sequence[Hashable],
    shares: Mapping,
    within: Sequence[float] | None = None,
) -> np.ndarray:
    """Return the weight of each row (n,), which sum to 1.

    The rows of a group have its share together; `within` says how they divide it, by default alike.
    """
    within = within or [1] * len(groups)
    totals = Counter()
    for group, weight in zip(groups, within, strict=True):
        totals[group] += weight
    weights = [
        shares[group] * weight / totals[group]
        for group, weight in zip(groups, within, strict=True)
    ]
    return np.array(weights) / sum(weights)


def print_table(headers: Sequence[str], rows: Iterable[Sequence]) -> None:
    """Print a Markdown table, each row as soon as it is there, and a blank line.

    Of its cells a float is a share, and None is empty.
    """
    print(f"| {' | '.join(headers)} |")
    print(f"|---{'|--:' * (len(headers) - 1)}|")
    for row in rows:
        print(f"| {' | '.join(map(_cell, row))} |", flush=True)
    print()


def _cell(value: str | float | None) -> str:
    match value:
        case None:
            return ""
        case int():
            return f"{value:,}"
        case float():
            return f"{value:.1%}"
    return str(value)
