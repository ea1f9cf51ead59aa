"""Fuzz every way in: inputs by atheris, guided by coverage; only documented errors may be raised.

    pip install atheris
    python -m benchmarks.robustness.fuzz                  # every entry, 900,000 inputs; an hour
    python -m benchmarks.robustness.fuzz --entry csv --runs 5000
    python -m benchmarks.robustness.fuzz --unguided       # random bytes, without atheris

An entry may return or raise InputError; anything else ends the run with the input that caused it.
Each entry runs in a process of its own.
"""

import argparse
import json
import os
import random
import re
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from contextlib import nullcontext, suppress
from pathlib import Path

from benchmarks.common import ROOT, machine, print_table

SECONDS, MEGABYTES = 1.0, 1000  # the most that one input may take
RUNS, SLOW_RUNS = 100_000, 50_000  # inputs for each entry; for those that take milliseconds each
SLOW = {"explain", "api"}
HEADERS = ["entry", "inputs", "refused", "branches", "slowest, s", "peak MB"]
LIBFUZZER = ["-timeout=60", "-rss_limit_mb=0"]
MEMORY = Path("/dev/shm")  # faster than a disk, where there is one


def fuzz(name: str, runs: int, seed: int, guided: bool) -> list[str]:
    """Run one entry in a process of its own; return its row, or exit where an input did harm."""
    length = f"-max_len={25_000 if name == 'checkpoint' else 4_000}"  # of a valid file and more
    flags = [f"-runs={runs}", f"-seed={seed}", length, *LIBFUZZER, "corpus"] if guided else []
    command = [sys.executable, "-m", "benchmarks.robustness.fuzz", "--child", "--entry", name]
    command += ["--runs", str(runs), "--seed", str(seed), "--", *flags]
    environment = os.environ | {"OMP_NUM_THREADS": "1", "PYTHONPATH": str(ROOT)}
    with tempfile.TemporaryDirectory(dir=MEMORY if MEMORY.is_dir() else None) as folder:
        done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True)
        if done.returncode:
            sys.exit(f"{name}: {done.stdout[-3000:]}{done.stderr[-5000:]}")
        facts = json.loads(Path(folder, "facts").read_text())
    if facts["seconds"] > SECONDS or facts["megabytes"] > MEGABYTES:
        print(f"{name}: over the limit: {facts}", file=sys.stderr)
    branches = re.findall(r"cov: (\d+)", done.stderr)[-1] if guided else ""
    counts = [f"{facts['inputs']:,}", f"{facts['refused']:,}", branches]
    return [name, *counts, f"{facts['seconds']:.2f}", f"{facts['megabytes']:.0f}"]


class Watch:
    """Calls an entry with one input after another and records what that took."""

    def __init__(self, entry: Callable[[bytes], None], documented: type[Exception]):
        self.entry, self.documented = entry, documented
        self.facts = {"inputs": 0, "refused": 0, "seconds": 0.0, "megabytes": 0.0}

    def __call__(self, content: bytes) -> None:
        """Give the entry one input; raise any error that is not documented."""
        start = time.process_time()
        try:
            self.entry(content)
        except self.documented as error:
            self.facts["refused"] += 1
            if "\n" in str(error) or len(str(error)) > 2000:
                raise AssertionError(f"not one line: {str(error)[:300]!r}") from None
        self.facts["inputs"] += 1
        self.facts["seconds"] = max(self.facts["seconds"], time.process_time() - start)
        if self.facts["inputs"] % 100 == 0:  # the fuzzer ends the process without notice
            peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
            self.facts["megabytes"] = peak / 1e6
            Path("facts").write_text(json.dumps(self.facts))


def run_child(name: str, runs: int, seed: int, flags: list[str]) -> None:
    """Fuzz one entry in this process: by libFuzzer if there are `flags` for it."""
    if flags:
        import atheris
    # The entries are imported here because atheris instruments modules while they are imported.
    with atheris.instrument_imports(include=["model", "tabs"]) if flags else nullcontext():
        from benchmarks.robustness.fuzz_entries import ENTRIES, corpus
        from model.errors import InputError
    watch = Watch(ENTRIES[name], InputError)
    with suppress(InputError):
        ENTRIES[name](b"Awarm")  # makes what all inputs start from
    if not flags:
        draw = random.Random(seed)
        for _ in range(runs):
            watch(draw.randbytes(draw.randint(1, 60)))
        return
    Path("corpus").mkdir()
    for number, content in enumerate(corpus()):
        Path("corpus", str(number)).write_bytes(content)
    atheris.Setup([sys.argv[0], *flags], watch)
    atheris.Fuzz()


def main() -> None:
    """Print a table, one row an entry."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--entry", action="append", metavar="NAME", help="default: all")
    parser.add_argument("--runs", type=int, help=f"inputs for each entry, not {RUNS:,}")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--unguided", action="store_true", help="random bytes, without atheris")
    parser.add_argument("--child", action="store_true", help=argparse.SUPPRESS)
    parser.add_argument("flags", nargs="*", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.child:
        return run_child(options.entry[0], options.runs, options.seed, options.flags)
    from benchmarks.robustness.fuzz_entries import ENTRIES

    if unknown := set(options.entry or ()) - ENTRIES.keys():
        parser.error(f"no entry {min(unknown)}; there are: {', '.join(ENTRIES)}")
    print(f"{machine()}\n", flush=True)
    rows = (
        fuzz(name, options.runs or (SLOW_RUNS if name in SLOW else RUNS), options.seed, guided)
        for name in options.entry or ENTRIES
        for guided in [not options.unguided]
    )
    print_table(HEADERS, rows)


if __name__ == "__main__":
    main()
