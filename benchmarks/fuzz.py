"""Fuzz every way in: coverage-guided inputs by atheris, documented errors only.

    pip install atheris coverage
    python benchmarks/fuzz.py                      # every entry, 1.1 million inputs in all; an hour
    python benchmarks/fuzz.py --entry csv --runs 5000
    python benchmarks/fuzz.py --unguided explain   # its memory, without the fuzzer's own

An entry may return or raise InputError; anything else ends the run with the input that did it. Each
entry runs in a process of its own, with a tiny network, so that inputs are many; the corpus that
the fuzzer kept is then replayed under coverage.py, for the share of lines reached.
"""

import argparse
import json
import os
import random
import re
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from common import ROOT, machine, print_table

ENTRIES = {  # name -> the modules whose lines are counted
    "normalise": ["model/encoding.py"],
    "predict": ["model/encoding.py", "model/classifier.py"],
    "explain": ["model/explanation.py"],
    "csv": [
        "model/csv_records.py",
        "model/decoding.py",
        "model/streams.py",
        "model/prediction_files.py",
    ],
    "list": ["tabs/tables.py", "model/csv_records.py", "model/decoding.py"],
    "training data": ["model/names_dataset.py"],
    "config.json": ["model/persistence.py", "model/network.py"],
    "metrics.json": ["tabs/metrics_check.py", "tabs/matrix.py"],
    "safetensors": ["model/persistence.py", "model/integrity.py"],
    "training texts": ["tabs/shown.py"],
    "checkpoint": ["model/checkpoint.py"],
    "api": ["tabs/name.py", "tabs/listing.py", "tabs/quality.py"],
}
SECONDS, MEGABYTES = 1.0, 1000  # the most that one input may take
RUNS, SLOW_RUNS = 100_000, 50_000  # inputs for each entry; for those that take milliseconds each
SLOW = {"explain", "api"}


def fuzz(name: str, runs: int, seed: int) -> list[str]:
    """Run one entry in a process of its own; return its row, or exit where an input did harm."""
    with tempfile.TemporaryDirectory() as folder:
        flags = [
            f"-runs={runs}",
            f"-seed={seed}",
            "-timeout=60",
            "-rss_limit_mb=0",
            "-max_len=2000",
        ]
        command = [sys.executable, __file__, "--child", name, *flags, f"{folder}/corpus"]
        (Path(folder) / "corpus").mkdir()
        environment = os.environ | {"OMP_NUM_THREADS": "1", "FUZZ_FACTS": f"{folder}/facts"}
        done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True)
        if done.returncode:
            sys.exit(f"{name}: {done.stdout[-3000:]}{done.stderr[-5000:]}")
        branches = re.findall(r"cov: (\d+)", done.stderr)[-1]
        facts = json.loads(Path(folder, "facts").read_text())
        lines = replay(name, Path(folder, "corpus"), environment)
    slow, large = facts["seconds"] > SECONDS, facts["megabytes"] > MEGABYTES
    if slow or large:
        print(f"{name}: over the limit: {facts}", file=sys.stderr)
    return [
        name,
        f"{facts['inputs']:,}",
        f"{facts['refused']:,}",
        branches,
        lines,
        f"{facts['seconds']:.2f}",
        f"{facts['megabytes']:.0f}",
    ]


def replay(name: str, corpus: Path, environment: dict) -> str:
    """Return the share of lines that the corpus reaches in the entry's modules."""
    data = corpus.with_name("coverage")
    include = ",".join(str(ROOT / module) for module in ENTRIES[name])
    base = [sys.executable, "-m", "coverage"]
    options = [f"--data-file={data}"]
    run = [*base, "run", *options, f"--include={include}", __file__, "--replay", name, str(corpus)]
    subprocess.run(run, check=True, env=environment, capture_output=True)
    report = [*base, "report", *options, "--format=total"]
    return subprocess.run(report, check=True, capture_output=True, text=True).stdout.strip() + "%"


class Watch:
    """Calls an entry with one input after another and notes what that took."""

    def __init__(self, entry):
        from model.encoding import InputError

        self.entry, self.documented = entry, InputError
        self.facts = {"inputs": 0, "refused": 0, "seconds": 0.0, "megabytes": 0.0}

    def __call__(self, content: bytes) -> None:
        """Give the entry one input; raise what is no documented error."""
        start = time.process_time()
        try:
            self.entry(content)
        except self.documented as error:
            self.facts["refused"] += 1
            if "\n" in str(error) or len(str(error)) > 2000:
                raise AssertionError(f"not one line: {str(error)[:300]!r}") from None
        self.facts["inputs"] += 1
        self.facts["seconds"] = max(self.facts["seconds"], time.process_time() - start)
        if self.facts["inputs"] % 100 == 0:  # the fuzzer ends the process without a word
            self.save()

    def save(self) -> None:
        """Note the peak of the memory; write all where a parent process looks for it, if any."""
        import resource

        self.facts["megabytes"] = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024 / 1e6
        if path := os.environ.get("FUZZ_FACTS"):
            Path(path).write_text(json.dumps(self.facts))


def child(name: str, flags: list[str]) -> None:
    """Fuzz one entry in this process."""
    import atheris

    with atheris.instrument_imports(include=["model", "tabs"]):
        import fuzz_entries

        watch = Watch(fuzz_entries.make(name))
    for number, content in enumerate(fuzz_entries.seeds(name)):
        Path(flags[-1], f"seed{number}").write_bytes(content)
    atheris.Setup([sys.argv[0], *flags], watch)
    atheris.Fuzz()


def unguided(name: str, runs: int, seed: int) -> None:
    """Call one entry in this process with random bytes; print what it took, ten times."""
    import fuzz_entries

    watch, draw = Watch(fuzz_entries.make(name)), random.Random(seed)
    for _ in range(10):
        for _ in range(runs // 10):
            watch(draw.randbytes(draw.randint(1, 60)))
        watch.save()
        print({key: round(value, 2) for key, value in watch.facts.items()}, flush=True)


def main() -> None:
    """Print a table, one row an entry."""
    if sys.argv[1:2] == ["--child"]:
        return child(sys.argv[2], sys.argv[3:])
    if sys.argv[1:2] == ["--replay"]:
        import fuzz_entries

        watch = Watch(fuzz_entries.make(sys.argv[2]))
        for path in Path(sys.argv[3]).iterdir():
            watch(path.read_bytes())
        return None
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--entry", choices=ENTRIES, action="append", help="default: all")
    parser.add_argument("--runs", type=int, help=f"inputs for each entry, not {RUNS:,}")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--unguided", choices=ENTRIES, metavar="ENTRY", help="without atheris")
    options = parser.parse_args()
    print(f"{machine()}\n")
    if options.unguided:
        return unguided(options.unguided, options.runs or SLOW_RUNS, options.seed)
    headers = ["entry", "inputs", "refused", "branches", "lines", "slowest, s", "peak MB"]
    names = options.entry or ENTRIES
    runs = {name: options.runs or (SLOW_RUNS if name in SLOW else RUNS) for name in names}
    print_table(headers, (fuzz(name, runs[name], options.seed) for name in names))
    return None


if __name__ == "__main__":
    main()
