"""Break training or calibration in one place at a time and print which fast test notices it.

    python -m benchmarks.robustness.breaks                          # all of breaks.toml
    python -m benchmarks.robustness.breaks --only "weight decay ignored"

Each break is applied to a copy of the repository, in which the fast tests then run, after the file
that the break names. Exits with 1 if a break goes unnoticed.
"""

import argparse
import os
import re
import shutil
import subprocess
import sys
import tempfile
import tomllib
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import NamedTuple

from benchmarks.common import ROOT, machine, print_table

FAST_TESTS = (
    *("test_optimization.py", "test_training_rows.py", "test_calibration.py", "test_precision.py"),
    *("test_checkpoint.py", "test_stages.py", "test_training.py", "test_options.py"),
    *("test_two_processes.py", "test_few_rows.py"),
)
# The weights in model/ are copied too because a break may overwrite them; data/ is linked.
COPIED = ("model", "tests", "benchmarks", "train.py", "app.py", "pyproject.toml")
SURVIVED = "**survived**"


class Break(NamedTuple):
    """A change for the worse: in `file`, `old`, which occurs once, becomes `new`."""

    name: str
    file: str
    old: str
    new: str
    noticed_in: str = ""  # the test file to run first, if not that of NOTICED_IN


_content = tomllib.loads(Path(__file__).with_suffix(".toml").read_text(encoding="utf-8"))
BREAKS = [Break(**fields) for fields in _content["breaks"]]
NOTICED_IN = _content["noticed_in"]


def broken(each: Break) -> str:
    """Return the content of the break's file with the break in it, or raise ValueError."""
    source = (ROOT / each.file).read_text(encoding="utf-8")
    if (count := source.count(each.old)) != 1:
        raise ValueError(f"{each.name}: {count} matches in {each.file}, not one: {each.old!r}")
    return source.replace(each.old, each.new)


def failing_test(change: Break | None, *options: str) -> str | None:
    """Run the fast tests on a copy with `change` in it; return the first that fails, if any.

    `options` are more of pytest's.
    """
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        for path in (ROOT / name for name in COPIED):
            copy = shutil.copytree if path.is_dir() else shutil.copy2
            copy(path, folder / path.name)
        (folder / "data").symlink_to(ROOT / "data")
        if change:
            (folder / change.file).write_text(broken(change), encoding="utf-8")
        first = change and (change.noticed_in or NOTICED_IN.get(change.file))
        tests = dict.fromkeys((first, *FAST_TESTS) if first else FAST_TESTS)  # each once
        command = [sys.executable, "-m", "pytest", "-x", "-q", "-p", "no:cacheprovider", *options]
        command += [f"tests/{test}" for test in tests]
        environment = os.environ | {"OMP_NUM_THREADS": "1"}
        with open(folder / "output", "w") as output:  # a test that hangs is ended by its timeout
            exit_code = subprocess.run(
                command, cwd=folder, env=environment, stdout=output, stderr=output
            ).returncode
        text = (folder / "output").read_text(encoding="utf-8", errors="replace")
    if not exit_code:
        return None
    match = re.search(r"^(?:FAILED|ERROR) tests/(\S+)", text, re.MULTILINE)
    return match[1] if match else f"exit code {exit_code}: {text[-200:]}"


def main() -> int:
    """Print a row for each break; return 1 if one survives."""
    parser = argparse.ArgumentParser(prog="breaks.py", description=__doc__.split("\n")[0])
    names = [each.name for each in BREAKS]
    parser.add_argument("--only", metavar="NAME", choices=names, action="append")
    parser.add_argument("--jobs", type=int, default=2)
    options = parser.parse_args()
    breaks = [each for each in BREAKS if not options.only or each.name in options.only]
    for each in breaks:
        broken(each)  # raises now, and not after minutes, where the code has moved
    print(f"{machine()}\n", flush=True)
    if test := failing_test(None):
        sys.exit(f"breaks.py: {test} fails without any break")
    with ThreadPoolExecutor(options.jobs) as pool:
        killers = zip(breaks, pool.map(failing_test, breaks), strict=True)
        rows = ([e.name, f"`{e.file}`", f"`{test}`" if test else SURVIVED] for e, test in killers)
        printed = print_table(["break", "in", "caught by"], rows)
    n_caught = sum(row[-1] != SURVIVED for row in printed)
    print(f"\n{n_caught} of {len(breaks)} breaks caught")
    return 0 if n_caught == len(breaks) else 1


if __name__ == "__main__":
    sys.exit(main())
