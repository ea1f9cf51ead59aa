"""A real `python app.py` on a free port of this machine, for the benchmarks that ask it.

Measures nothing by itself.
"""

import os
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from common import ROOT

WAIT_SECONDS = 120


@contextmanager
def running_app(
    *arguments: str, environment: dict[str, str] | None = None
) -> Iterator[tuple[str, int]]:
    """Start the app, wait for its first answer, yield its address and process id; end it.

    `environment` is what its environment has beside that of this process.
    """
    with TemporaryDirectory() as uploads:
        app, address = _start(uploads, arguments, environment or {})
        try:
            _wait(app, address)
            yield address, app.pid
        finally:
            app.kill()
            app.wait()


def _start(
    uploads: str, arguments: tuple[str, ...], more: dict[str, str]
) -> tuple[subprocess.Popen, str]:
    port = _free_port()
    environment = os.environ | {
        "GRADIO_SERVER_NAME": "127.0.0.1",
        "GRADIO_SERVER_PORT": str(port),
        "GRADIO_TEMP_DIR": uploads,
    }
    environment |= more
    app = subprocess.Popen(
        [sys.executable, "app.py", *arguments],
        cwd=ROOT,
        env=environment,
        stdout=subprocess.DEVNULL,
    )
    return app, f"http://127.0.0.1:{port}"


def _wait(app: subprocess.Popen, address: str) -> None:
    start = time.perf_counter()
    while not _answers(f"{address}/"):
        if app.poll() is not None:
            sys.exit(f"app.py ended with exit code {app.returncode} before its first answer.")
        if time.perf_counter() - start > WAIT_SECONDS:
            sys.exit(f"app.py gave no answer within {WAIT_SECONDS} s.")
        time.sleep(0.01)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def _answers(address: str) -> bool:
    try:
        with urllib.request.urlopen(address, timeout=WAIT_SECONDS) as reply:
            return reply.status == 200
    except (urllib.error.URLError, ConnectionError):
        return False


def resident_mb(pid: int) -> float:
    """Return the resident memory of a process in MB; Linux only."""
    pages = int(Path(f"/proc/{pid}/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 1e6


def peak_mb(pid: int) -> float:
    """Return the most resident memory that a process has had so far in MB; Linux only."""
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    (kilobytes,) = (line.split()[1] for line in lines if line.startswith("VmHWM"))
    return int(kilobytes) * 1024 / 1e6
