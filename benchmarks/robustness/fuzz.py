"""Fuzz every way in: coverage-guided inputs by atheris, documented errors only.

    pip install atheris
    python -m benchmarks.robustness.fuzz                  # every entry, 1.1 million inputs; an hour
    python -m benchmarks.robustness.fuzz --entry csv --runs 5000
    python -m benchmarks.robustness.fuzz --unguided       # random bytes, without atheris

An entry may return or raise InputError; anything else ends the run with the input that did it. Each
entry runs in a process of its own, with a tiny network, so that inputs are many.
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
ENTRIES = ["normalise", "predict", "explain", "csv", "list", "training data", "config.json"]
ENTRIES += ["metrics.json", "safetensors", "training texts", "checkpoint", "api"]
HEADERS = ["entry", "inputs", "refused", "branches", "slowest, s", "peak MB"]
FLAGS = ["-timeout=60", "-rss_limit_mb=0", "-max_len=2000"]  # of libFuzzer


def fuzz(name: str, runs: int, seed: int, guided: bool) -> list[str]:
    """Run one entry in a process of its own; return its row, or exit where an input did harm."""
    with tempfile.TemporaryDirectory() as folder:
        options = [str(runs), str(seed)]
        if guided:
            options = [f"-runs={runs}", f"-seed={seed}", f"-artifact_prefix={folder}/", *FLAGS]
        module = "benchmarks.robustness.fuzz"
        command = [sys.executable, "-m", module, "--child", name, folder, *options]
        environment = os.environ | {"OMP_NUM_THREADS": "1"}
        done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True)
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

    def __init__(self, entry: Callable[[bytes], None], documented: type[Exception], facts: Path):
        self.entry, self.documented, self.path = entry, documented, facts
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
            self.path.write_text(json.dumps(self.facts))


def run_child(name: str, folder: Path, options: list[str]) -> None:
    """Fuzz one entry in this process; `options` are libFuzzer's, or runs and seed without it."""
    guided = options[0].startswith("-")
    if guided:
        import atheris
    with atheris.instrument_imports(include=["model", "tabs"]) if guided else nullcontext():
        from benchmarks.robustness import fuzz_entries
        from model.errors import InputError
    entry = fuzz_entries.ENTRIES[name]
    with suppress(InputError):
        entry(b"Awarm")  # makes what all inputs start from
    watch = Watch(entry, InputError, folder / "facts")
    if not guided:
        draw = random.Random(int(options[1]))
        for _ in range(int(options[0])):
            watch(draw.randbytes(draw.randint(1, 60)))
        return
    corpus = folder / "corpus"
    corpus.mkdir()
    for number, content in enumerate(fuzz_entries.SEED_INPUTS):
        (corpus / f"seed{number}").write_bytes(content)
    atheris.Setup([sys.argv[0], *options, str(corpus)], watch)
    atheris.Fuzz()


def main() -> None:
    """Print a table, one row an entry."""
    if sys.argv[1:2] == ["--child"]:
        return run_child(sys.argv[2], Path(sys.argv[3]), sys.argv[4:])
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--entry", choices=ENTRIES, action="append", help="default: all")
    parser.add_argument("--runs", type=int, help=f"inputs for each entry, not {RUNS:,}")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--unguided", action="store_true", help="random bytes, without atheris")
    options = parser.parse_args()
    print(f"{machine()}\n")
    runs = {name: options.runs or (SLOW_RUNS if name in SLOW else RUNS) for name in ENTRIES}
    rows = (
        fuzz(name, runs[name], options.seed, not options.unguided)
        for name in options.entry or ENTRIES
    )
    print_table(HEADERS, rows)


if __name__ == "__main__":
    main()
