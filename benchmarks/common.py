"""What the benchmarks share: the machine, a running app, tables."""

import os
import platform
import re
import shutil
import subprocess
import sys
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from importlib.metadata import version
from pathlib import Path
from tempfile import TemporaryDirectory

import httpx
from accelerate.state import AcceleratorState
from playwright.sync_api import Browser, sync_playwright

ROOT = Path(__file__).resolve().parent.parent


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


def print_table(headers: Sequence[str], rows: Iterable[Sequence[str]]) -> None:
    """Print a Markdown table, each row as soon as it is there, and a blank line."""
    print(f"| {' | '.join(headers)} |")
    print(f"|---{'|--:' * (len(headers) - 1)}|")
    for row in rows:
        print(f"| {' | '.join(row)} |", flush=True)
    print()
