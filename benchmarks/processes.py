"""Two processes on one model against two independent trainings, one thread each.

`python benchmarks/processes.py` trains on data/ for some epochs, in turn with torchrun and as two
runs side by side, and prints the names per second of both, by the median epoch. `--accuracy`
trains to the end, without pretraining, in one process and in two, and prints scores on validation
rows, from the stage that has not seen them; half an hour.
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
from stages import mean_and_spread

from model.tasks.names import read_names

TORCHRUN = ("-m", "torch.distributed.run", "--standalone", "--nproc_per_node", "2")
EPOCHS = 3


def start(folder: Path, launcher: tuple[str, ...], options: list[str]) -> subprocess.Popen:
    """Start a training on one thread a process that saves into `folder`."""
    command = [sys.executable, *launcher, "train.py", "--output", str(folder), *options]
    environment = os.environ | {"OMP_NUM_THREADS": "1", "ACCELERATE_USE_CPU": "true"}
    quiet = subprocess.DEVNULL
    return subprocess.Popen(command, cwd=ROOT, env=environment, stdout=quiet, stderr=quiet)


def train(launchers: list[tuple[str, ...]], options: list[str]) -> list[dict]:
    """Run a training for each launcher at the same time; return what their metrics.json hold."""
    with tempfile.TemporaryDirectory() as scratch:
        folders = [Path(scratch, str(i)) for i in range(len(launchers))]
        runs = [start(f, launcher, options) for f, launcher in zip(folders, launchers, strict=True)]
        exit_codes = [run.wait() for run in runs]
        if any(exit_codes):
            sys.exit("processes.py: a training failed; run train.py by hand to see why.")
        return [json.loads((folder / "metrics.json").read_text()) for folder in folders]


def summed_rate(launchers: list[tuple[str, ...]], options: list[str], n_train: int) -> float:
    """Run a training for each launcher at the same time; return their names per second, summed."""
    histories = [metrics["history"] for metrics in train(launchers, options)]
    return sum(n_train / median(e["seconds"] for e in history) for history in histories)


def rate_row(name: str, extra: list[str], repetitions: int, n_train: int) -> list[str]:
    """Return a row of the table of rates, `extra` being options of train.py."""
    options = ["--epochs", str(EPOCHS), "--pretrain-epochs", "0", *extra]
    rates = interleave(
        {
            "shared": lambda: summed_rate([TORCHRUN], options, n_train),
            "apart": lambda: summed_rate([(), ()], options, n_train),
        },
        repetitions,
    )
    ratio = median_ratio(rates["shared"], rates["apart"])
    shared, apart = (f"{median(rates[case]):,.0f}" for case in ("shared", "apart"))
    return [name, shared, apart, f"{ratio:.2f}", "≥ 0.8"]


def accuracy_row(name: str, launcher: tuple[str, ...], seeds: int) -> list[str]:
    """Return a row of the table of scores: mean and standard deviation."""
    found = []
    for seed in range(seeds):
        options = ["--pretrain-epochs", "0", "--seed", str(seed)]
        found.append(train([launcher], options)[0]["validation"])
    scores = (("accuracy", "{:.2%}"), ("macro_f1", "{:.4f}"))
    return [name, *(mean_and_spread([of[score] for of in found], form) for score, form in scores)]


def main() -> int:
    """Print the machine and the table; return the exit status."""
    parser = argparse.ArgumentParser(prog="processes.py", description=__doc__.split("\n")[0])
    parser.add_argument("--repetitions", type=int, default=2, help="of each (default: 2)")
    parser.add_argument("--accuracy", action="store_true", help="scores in place of rates")
    parser.add_argument("--seeds", type=int, default=3, help="with --accuracy (default: 3)")
    options = parser.parse_args()
    print(machine(), end="\n\n", flush=True)
    if options.accuracy:
        launchers = {"two processes": TORCHRUN, "one process": ()}
        rows = (accuracy_row(name, how, options.seeds) for name, how in launchers.items())
        print_table(["validation", "accuracy", "macro-F1"], rows)
        return 0
    n_train = len(read_names(ROOT / "data").train)
    cases = {"default recipe": [], "--lecture": ["--lecture"]}
    rates = (rate_row(name, case, options.repetitions, n_train) for name, case in cases.items())
    headers = ["names/s", "two processes, one model", "two trainings, summed", "ratio", "target"]
    print_table(headers, rates)
    return 0


if __name__ == "__main__":
    sys.exit(main())
