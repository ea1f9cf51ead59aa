"""Time `python app.py` until its first HTTP answer against importing torch and gradio alone.

`python -m benchmarks.speed.start` prints a Markdown table; it starts each program several times in
turn.
"""

import argparse
import subprocess
import sys
import time
from statistics import median

from benchmarks.common import ROOT, interleave, machine, print_table, ratios
from benchmarks.visitors import running_app


def time_imports() -> float:
    """Return the seconds of a Python that only imports torch and gradio."""
    start = time.perf_counter()
    subprocess.run([sys.executable, "-c", "import torch, gradio"], check=True, cwd=ROOT)
    return time.perf_counter() - start


def time_app() -> float:
    """Return the seconds from starting app.py to its first answer to a request for the page."""
    start = time.perf_counter()
    with running_app():
        return time.perf_counter() - start


def main() -> None:
    """Print the machine and the table."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--repetitions", type=int, default=5, help="of each (default: 5)")
    options = parser.parse_args()
    print(machine(), end="\n\n")
    seconds = interleave({"imports": time_imports, "app": time_app}, options.repetitions)
    imports, app = (f"{median(seconds[case]):.2f}" for case in ("imports", "app"))
    ratio = f"{median(ratios(seconds['app'], seconds['imports'])):.2f}"
    rows = [
        ["import torch and gradio", imports, "", ""],
        ["app.py to its first answer", app, ratio, "≤ 1.2"],
    ]
    print_table(["", "seconds", "ratio", "target"], rows)


if __name__ == "__main__":
    main()
