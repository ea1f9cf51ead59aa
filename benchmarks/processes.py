"""Two processes on one model against two independent trainings, one thread each.

`python benchmarks/processes.py` trains on data/ for some epochs, in turn with torchrun and as two
runs side by side, and prints the names per second of both, by the median epoch.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path
from statistics import median

from common import ROOT, interleave, machine, median_ratio, print_table

from model.dataset import read_names

TORCHRUN = ("-m", "torch.distributed.run", "--standalone", "--nproc_per_node", "2")
EPOCHS = 3


def start(folder: Path, launcher: tuple[str, ...], options: list[str]) -> subprocess.Popen:
    """Start a training on one thread a process that saves into `folder`."""
    command = [sys.executable, *launcher, "train.py", "--output", str(folder), *options]
    environment = os.environ | {"OMP_NUM_THREADS": "1", "ACCELERATE_USE_CPU": "true"}
    quiet = subprocess.DEVNULL
    return subprocess.Popen(command, cwd=ROOT, env=environment, stdout=quiet, stderr=quiet)


def summed_rate(launchers: list[tuple[str, ...]], options: list[str], n_train: int) -> float:
    """Run a training for each launcher at the same time; return their names per second, summed."""
    with tempfile.TemporaryDirectory() as scratch:
        folders = [Path(scratch, str(i)) for i in range(len(launchers))]
        runs = [start(f, launcher, options) for f, launcher in zip(folders, launchers, strict=True)]
        exit_codes = [run.wait() for run in runs]
        if any(exit_codes):
            sys.exit("processes.py: a training failed; run train.py by hand to see why.")
        histories = [json.loads((f / "metrics.json").read_text())["history"] for f in folders]
        return sum(n_train / median(e["seconds"] for e in history) for history in histories)


def main() -> int:
    """Print the machine and the table; return the exit status."""
    parser = argparse.ArgumentParser(prog="processes.py", description=__doc__.split("\n")[0])
    parser.add_argument("--repetitions", type=int, default=2, help="of each (default: 2)")
    repetitions = parser.parse_args().repetitions
    n_train = len(read_names(ROOT / "data").train)
    print(machine(), end="\n\n")
    rows = []
    for name, extra in (("default recipe", []), ("--lecture", ["--lecture"])):
        options = ["--epochs", str(EPOCHS), "--pretrain-epochs", "0", *extra]
        rates = interleave(
            {
                "shared": lambda options=options: summed_rate([TORCHRUN], options, n_train),
                "apart": lambda options=options: summed_rate([(), ()], options, n_train),
            },
            repetitions,
        )
        ratio = median_ratio(rates["shared"], rates["apart"])
        shared, apart = (f"{median(rates[case]):,.0f}" for case in ("shared", "apart"))
        rows.append([name, shared, apart, f"{ratio:.2f}", "≥ 0.8"])
    headers = ["names/s", "two processes, one model", "two trainings, summed", "ratio", "target"]
    print_table(headers, rows)
    return 0


if __name__ == "__main__":
    sys.exit(main())
