"""Two processes on one model against two independent trainings, one thread each.

`python -m benchmarks.speed.processes` trains on data/ for some epochs, in turn with torchrun and as
two runs side by side, and prints the names per second of both, by the median epoch. `--accuracy`
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

from benchmarks.common import ROOT, interleave, machine, mean_and_spread, print_table, ratios
from model.tasks.names import read_names

TORCHRUN = ("-m", "torch.distributed.run", "--standalone", "--nproc_per_node", "2")
EPOCHS = 3


def train(launchers: list[tuple[str, ...]], *options: str) -> list[dict]:
    """Run a training for each launcher at the same time; return their metrics.json."""
    environment = os.environ | {"OMP_NUM_THREADS": "1", "ACCELERATE_USE_CPU": "true"}
    options = ("--pretrain-epochs", "0", *options)
    with tempfile.TemporaryDirectory() as scratch:
        folders = [Path(scratch, str(i)) for i in range(len(launchers))]
        runs = [
            subprocess.Popen(
                [sys.executable, *launcher, "train.py", "--output", folder, *options],
                cwd=ROOT,
                env=environment,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
            )
            for folder, launcher in zip(folders, launchers, strict=True)
        ]
        exit_codes = [run.wait() for run in runs]
        if any(exit_codes):
            sys.exit("processes.py: a training failed; run train.py by hand to see why.")
        return [json.loads((folder / "metrics.json").read_text()) for folder in folders]


def rate_row(name: str, options: list[str], repetitions: int, n_train: int) -> list[str]:
    """Return a row of the table of rates, `options` being those of train.py."""

    def summed_rate(*launchers: tuple[str, ...]) -> float:
        metrics = train(list(launchers), "--epochs", str(EPOCHS), *options)
        return sum(n_train / median(e["seconds"] for e in m["history"]) for m in metrics)

    cases = {"shared": lambda: summed_rate(TORCHRUN), "apart": lambda: summed_rate((), ())}
    rates = interleave(cases, repetitions)
    shared, apart = (f"{median(rates[case]):,.0f}" for case in cases)
    ratio = median(ratios(rates["shared"], rates["apart"]))
    return [name, shared, apart, f"{ratio:.2f}", "≥ 0.8"]


def accuracy_row(name: str, launcher: tuple[str, ...], seeds: int) -> list[str]:
    """Return a row of the table of scores: mean and standard deviation."""
    reports = [train([launcher], "--seed", str(seed))[0]["validation"] for seed in range(seeds)]
    forms = {"accuracy": "{:.2%}", "macro_f1": "{:.4f}"}
    return [name, *(mean_and_spread([r[s] for r in reports], form) for s, form in forms.items())]


def main() -> None:
    """Print the machine and the table."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--repetitions", type=int, default=2, help="of each (default: 2)")
    parser.add_argument("--accuracy", action="store_true", help="scores in place of rates")
    parser.add_argument("--seeds", type=int, default=3, help="with --accuracy (default: 3)")
    options = parser.parse_args()
    print(machine(), end="\n\n", flush=True)
    if options.accuracy:
        launchers = {"two processes": TORCHRUN, "one process": ()}
        rows = (accuracy_row(name, how, options.seeds) for name, how in launchers.items())
        print_table(["validation", "accuracy", "macro-F1"], rows)
        return
    n_train = len(read_names(ROOT / "data").train)
    cases = {"default recipe": [], "--lecture": ["--lecture"]}
    rates = (rate_row(name, case, options.repetitions, n_train) for name, case in cases.items())
    headers = ["names/s", "two processes, one model", "two trainings, summed", "ratio", "target"]
    print_table(headers, rates)


if __name__ == "__main__":
    main()
