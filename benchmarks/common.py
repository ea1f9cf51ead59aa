"""What the benchmarks share: the machine, the lecture's files, interleaved timing, tables."""

import os
import platform
import re
import sys
from collections.abc import Callable, Iterable
from importlib.metadata import version
from pathlib import Path
from statistics import mean, stdev

ROOT = Path(__file__).resolve().parent.parent
LECTURE_DATA = ROOT / "data" / "lecture"


def require_lecture_data() -> Path:
    """Return the folder of the lecture's files, or exit with one line if they are absent."""
    for part in ("train", "test"):
        if not (path := LECTURE_DATA / f"names_{part}.csv.gz").exists():
            sys.exit(
                f"No file {path.relative_to(ROOT)}: fetch it with python data/fetch_lecture.py."
            )
    return LECTURE_DATA


def machine() -> str:
    """Return the CPU's model name, the number of cores and the versions, in one line."""
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    name = platform.processor() or platform.machine()
    if (info := Path("/proc/cpuinfo")).exists():
        match = re.search(r"model name\s*:\s*(.+)", info.read_text())
        name = match[1].strip() if match else name
    return f"{name}, {cores} cores; Python {platform.python_version()}, torch {version('torch')}"


def forget_accelerator() -> None:
    """Make Accelerate forget device and precision, of which it keeps one for a whole process."""
    from accelerate.state import AcceleratorState  # here because most scripts go without torch

    AcceleratorState._reset_state(reset_partial_state=True)


def interleave(cases: dict[str, Callable[[], float]], repetitions: int) -> dict[str, list[float]]:
    """Run every case in turn, `repetitions` times over; return what each returned.

    The cases alternate so that a busy moment of the machine affects all of them. The first round
    does not count because it includes one-off costs.
    """
    for case in cases.values():
        case()
    rounds = [{name: case() for name, case in cases.items()} for _ in range(repetitions)]
    return {name: [results[name] for results in rounds] for name in cases}


def ratios(numerators: list[float], denominators: list[float]) -> list[float]:
    """Return the ratio within each repetition, which is steadier than the ratio of medians."""
    return [a / b for a, b in zip(numerators, denominators, strict=True)]


def mean_and_spread(values: list[float], form: str) -> str:
    """Return the mean, with the standard deviation if there are several values.

    >>> mean_and_spread([0.25, 0.75], "{:.0%}")
    '50% ± 35%'
    """
    spread = f" ± {form.format(stdev(values))}" if len(values) > 1 else ""
    return form.format(mean(values)) + spread


def print_table(headers: list[str], rows: Iterable[list[str]]) -> list[list[str]]:
    """Print a Markdown table, each row as soon as it is there; return the rows."""
    print(f"| {' | '.join(headers)} |")
    print(f"|---{'|--:' * (len(headers) - 1)}|")
    printed = []
    for row in rows:
        print(f"| {' | '.join(row)} |", flush=True)
        printed.append(row)
    return printed


def print_targets(rows: Iterable[tuple[str, str, str, bool]]) -> int:
    """Print figures beside their targets; return the exit code, which is 1 if one is missed.

    A row holds what was measured, the figure, its target if any, and whether that is met.
    """
    marks = ([*cells, ("yes" if met else "no") * bool(cells[-1])] for *cells, met in rows)
    printed = print_table(["", "measured", "target", "met"], marks)
    return 1 if any(row[-1] == "no" for row in printed) else 0
