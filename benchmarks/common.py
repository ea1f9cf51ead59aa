"""What the benchmarks share: the machine's line, the lecture's files, interleaved timing, tables.

Measures nothing by itself and knows nothing of networks.
"""

import os
import platform
import re
import sys
from collections.abc import Callable, Iterable
from importlib.metadata import version
from pathlib import Path
from statistics import median

ROOT = Path(__file__).resolve().parent.parent
LECTURE_DATA = ROOT / "data" / "lecture"

sys.path.insert(0, str(ROOT))  # so that `python benchmarks/engine.py` finds the package `model`


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
    versions = f"Python {platform.python_version()}, torch {version('torch')}"
    return f"{_cpu_name()}, {cores} cores; {versions}"


def _cpu_name() -> str:
    try:
        info = Path("/proc/cpuinfo").read_text()
    except OSError:  # not Linux
        return platform.processor() or platform.machine()
    found = re.search(r"model name\s*:\s*(.+)", info)
    return found[1].strip() if found else platform.machine()


def interleave(cases: dict[str, Callable[[], float]], repetitions: int) -> dict[str, list[float]]:
    """Run every case in turn, `repetitions` times over; return what each returned.

    In turn, so that a busy moment of the machine falls on all of them. One run of each goes before
    and does not count: it pays for what only a first call pays.
    """
    for case in cases.values():
        case()
    results: dict[str, list[float]] = {name: [] for name in cases}
    for _ in range(repetitions):
        for name, case in cases.items():
            results[name].append(case())
    return results


def ratios(numerators: list[float], denominators: list[float]) -> list[float]:
    """Return the ratio within each repetition: steadier than that of medians."""
    return [a / b for a, b in zip(numerators, denominators, strict=True)]


def median_ratio(numerators: list[float], denominators: list[float]) -> float:
    """Return the median of the ratios within each repetition."""
    return median(ratios(numerators, denominators))


def spread(values: list[float]) -> str:
    """Return the least and the greatest of `values`.

    >>> spread([0.5, 0.75, 0.625])
    '0.50–0.75'
    """
    return f"{min(values):.2f}–{max(values):.2f}"


def print_table(headers: list[str], rows: Iterable[list[str]]) -> None:
    """Print a Markdown table, all columns but the first aligned to the right."""
    print(f"| {' | '.join(headers)} |")
    print(f"|---{'|--:' * (len(headers) - 1)}|")
    for row in rows:
        print(f"| {' | '.join(row)} |", flush=True)
