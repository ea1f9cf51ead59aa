"""Time `python app.py` until its first HTTP answer against importing torch and gradio alone.

`python benchmarks/start.py` prints a Markdown table; it starts each program several times in turn.
"""

import argparse
import os
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from statistics import median

from common import ROOT, interleave, machine, median_ratio, print_table

WAIT_SECONDS = 120


def time_imports() -> float:
    """Return the seconds of a Python that only imports torch and gradio."""
    start = time.perf_counter()
    subprocess.run([sys.executable, "-c", "import torch, gradio"], check=True, cwd=ROOT)
    return time.perf_counter() - start


def time_app() -> float:
    """Return the seconds from starting app.py to its first answer to a request for the page."""
    port = _free_port()
    environment = os.environ | {
        "GRADIO_SERVER_NAME": "127.0.0.1",
        "GRADIO_SERVER_PORT": str(port),
    }
    start = time.perf_counter()
    app = subprocess.Popen(
        [sys.executable, "app.py"], cwd=ROOT, env=environment, stdout=subprocess.DEVNULL
    )
    try:
        while not _answers(f"http://127.0.0.1:{port}/"):
            if app.poll() is not None:
                sys.exit(f"start.py: app.py ended with exit code {app.returncode}.")
            if time.perf_counter() - start > WAIT_SECONDS:
                sys.exit(f"start.py: app.py gave no answer within {WAIT_SECONDS} s.")
            time.sleep(0.01)
        return time.perf_counter() - start
    finally:
        app.kill()
        app.wait()


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


def main() -> int:
    """Print the machine and the table; return the exit status."""
    parser = argparse.ArgumentParser(prog="start.py", description=__doc__.split("\n")[0])
    parser.add_argument("--repetitions", type=int, default=5, help="of each (default: 5)")
    options = parser.parse_args()
    print(machine(), end="\n\n")
    seconds = interleave({"imports": time_imports, "app": time_app}, options.repetitions)
    ratio = median_ratio(seconds["app"], seconds["imports"])
    print_table(
        ["", "seconds", "ratio", "target"],
        [
            ["import torch and gradio", f"{median(seconds['imports']):.2f}", "", ""],
            [
                "app.py to its first answer",
                f"{median(seconds['app']):.2f}",
                f"{ratio:.2f}",
                "≤ 1.2",
            ],
        ],
    )
    return 0


if __name__ == "__main__":
    sys.exit(main())
