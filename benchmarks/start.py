"""Time `python app.py` until its first HTTP answer against importing torch and gradio alone.

`python benchmarks/start.py` prints a Markdown table; it starts each program several times in turn.
"""

import argparse
import subprocess
import sys
import time
from statistics import median

from common import ROOT, interleave, machine, median_ratio, print_table
from serving import running_app


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
